internal import CZlib

/// What libz may do for a smaller stream.
package enum DeflateLevel: Int32 {
  /// A few per cent more bytes in a fraction of the time.
  case fast = 4
  case best = 9
}

/// `bytes` as a raw deflate stream (RFC 1951), by the system's libz.
package func deflated(_ bytes: [UInt8], level: DeflateLevel) -> [UInt8] {
  var stream = unsafe z_stream()
  // -15: a window of 32 KiB, and no wrapper.
  let status = unsafe deflateInit2_(
    &stream, level.rawValue, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  precondition(status == Z_OK, "libz has no memory for its window, or another version's header")
  defer { _ = unsafe deflateEnd(&stream) }
  var output = [UInt8](repeating: 0, count: unsafe Int(deflateBound(&stream, UInt(bytes.count))))
  let written = unsafe bytes.withUnsafeBufferPointer { source in
    unsafe output.withUnsafeMutableBufferPointer { room in
      // SAFETY: libz only reads through next_in, although its type lacks the const; both buffers outlive the
      // call, and avail_in and avail_out are their sizes. The room is what libz says is enough for one call.
      unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      unsafe stream.avail_in = UInt32(source.count)
      unsafe stream.next_out = room.baseAddress
      unsafe stream.avail_out = UInt32(room.count)
      let status = unsafe deflate(&stream, Z_FINISH)
      precondition(status == Z_STREAM_END)
      return unsafe room.count - Int(stream.avail_out)
    }
  }
  return Array(output[..<written])
}
