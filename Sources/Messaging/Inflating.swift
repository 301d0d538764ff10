internal import CZlib

/// The content of one gzip stream that this program has made; nil if it is not one, or holds more than
/// `limit` bytes.
package func inflated(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
  var stream = unsafe z_stream()
  // Adding 16 to the largest window selects the gzip wrapper.
  let status = unsafe inflateInit2_(
    &stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  guard status == Z_OK else { return nil }
  defer { unsafe inflateEnd(&stream) }
  var input = bytes
  return unsafe input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
    // SAFETY: the input's buffer stays in place for all calls, and `avail_in` is its size; libz does not
    // write to it. `next_out` is set for each call to a buffer that outlives it.
    unsafe stream.next_in = input.baseAddress
    unsafe stream.avail_in = UInt32(input.count)
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var status = Z_OK
      let count = unsafe chunk.withUnsafeMutableBufferPointer { room in
        unsafe stream.next_out = room.baseAddress
        unsafe stream.avail_out = UInt32(room.count)
        status = unsafe inflate(&stream, Z_NO_FLUSH)
        return unsafe room.count - Int(stream.avail_out)
      }
      guard content.count + count <= limit else { return nil }
      content += chunk[..<count]
      if status == Z_STREAM_END { return content }
      guard status == Z_OK, unsafe count > 0 || stream.avail_in > 0 else { return nil }
    }
  }
}
