internal import CZlib

/// Why a gzip stream was refused.
package enum InflationError: Error, Equatable {
  /// Not gzip, damaged, truncated, or followed by something else.
  case invalid
  /// The content is larger than the limit.
  case tooLarge
  /// zlib could not allocate memory.
  case outOfMemory
}

/// The content of `bytes`, which must be exactly one gzip stream (RFC 1952) of at most `limit`
/// bytes. Allocates memory for actual content, not for what a bomb claims to contain.
package func inflated(_ bytes: [UInt8], limit: Int) throws(InflationError) -> [UInt8] {
  precondition(bytes.count <= Int(UInt32.max))
  var stream = unsafe z_stream()
  // Adding 16 to the largest window selects the gzip wrapper.
  let status = unsafe inflateInit2_(
    &stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  guard status == Z_OK else { throw .outOfMemory }
  defer { unsafe inflateEnd(&stream) }

  var input = bytes
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  // SAFETY: zlib keeps `next_in` between calls, so the input's buffer is held in place around all
  // of them; `avail_in` is its length. `next_out` is set for each call to a buffer that outlives
  // it. zlib does not write to its input.
  return try unsafe input.withUnsafeMutableBufferPointer { input throws(InflationError) in
    unsafe stream.next_in = input.baseAddress
    unsafe stream.avail_in = UInt32(input.count)
    while true {
      let (status, count) = unsafe inflateOnce(&stream, into: &chunk)
      guard content.count + count <= limit else { throw .tooLarge }
      content.append(contentsOf: chunk[..<count])
      switch status {
      case Z_OK where unsafe count > 0 || stream.avail_in > 0: continue
      case Z_STREAM_END where unsafe stream.avail_in == 0: return content
      case Z_MEM_ERROR: throw .outOfMemory
      default: throw .invalid
      }
    }
  }
}

/// Makes one call of `inflate` and returns how many bytes it wrote to `chunk`.
private func inflateOnce(
  _ stream: inout z_stream, into chunk: inout [UInt8]
) -> (status: Int32, count: Int) {
  // SAFETY: `next_out` and `avail_out` describe `chunk`, which is held in place during the call.
  unsafe chunk.withUnsafeMutableBufferPointer { output in
    unsafe stream.next_out = output.baseAddress
    unsafe stream.avail_out = UInt32(output.count)
    let status = unsafe inflate(&stream, Z_NO_FLUSH)
    return (status, unsafe output.count - Int(stream.avail_out))
  }
}
