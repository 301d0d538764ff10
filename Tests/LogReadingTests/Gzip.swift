import CZlib

/// Gzip streams for tests: by hand, so that offsets are known, and by libz, so that they are real.
enum Gzip {
  /// `bytes` as one member of one stored block (RFC 1951, 3.2.4): 23 bytes and the text.
  ///
  /// - Precondition: at most 65,535 bytes.
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let count = UInt32(bytes.count)
    precondition(count <= 0xFFFF)
    let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
    let sum = unsafe UInt32(truncatingIfNeeded: crc32(0, bytes, count))
    return header + [1] + littleEndian(count).prefix(2) + littleEndian(~count).prefix(2)
      + bytes + littleEndian(sum) + littleEndian(count)
  }

  /// `bytes` as one member; without `isFinished` as a stream that has been flushed but goes on.
  static func deflated(_ bytes: [UInt8], level: Int32 = 6, isFinished: Bool = true) -> [UInt8] {
    var stream = unsafe z_stream()
    let status = unsafe deflateInit2_(
      &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
    defer { unsafe deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 500 + 1024)
    let room = UInt32(output.count)
    unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = room
        _ = unsafe deflate(&stream, isFinished ? Z_FINISH : Z_SYNC_FLUSH)
      }
    }
    return unsafe Array(output.prefix(Int(room - stream.avail_out)))
  }

  /// All that libz can make of the first bytes of one member, by a single call with room for it.
  static func inflated(prefix bytes: ArraySlice<UInt8>, room: Int) -> [UInt8] {
    var stream = unsafe z_stream()
    let status = unsafe inflateInit2_(
      &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
    defer { unsafe inflateEnd(&stream) }
    var input = Array(bytes)
    var output = [UInt8](repeating: 0, count: room)
    unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(room)
        _ = unsafe inflate(&stream, Z_SYNC_FLUSH)
      }
    }
    return unsafe Array(output.prefix(room - Int(stream.avail_out)))
  }

  private static func littleEndian(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
  }
}
