internal import CZlib

/// Gzip streams for tests: by hand, so that offsets are known and nothing leans on what it tests; and
/// by libz, so that they are real.
package enum Gzip {
  /// `bytes` as one member of stored blocks (RFC 1951, 3.2.4). With at most 65,535 bytes that is one
  /// block: 23 bytes and the text.
  package static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var stream = header
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(0xFFFF)
      rest = rest.dropFirst(block.count)
      stream.append(rest.isEmpty ? 1 : 0)
      stream += littleEndian(UInt32(block.count), byteCount: 2)
      stream += littleEndian(~UInt32(block.count), byteCount: 2)
      stream += block
    } while !rest.isEmpty
    return stream + littleEndian(crc32(bytes), byteCount: 4)
      + littleEndian(UInt32(bytes.count), byteCount: 4)
  }

  package static func stored(_ text: String) -> [UInt8] { stored(Array(text.utf8)) }

  /// A stream of one block with fixed codes that repeats one byte; it has no end, but a reader with
  /// a limit should not get there.
  package static func bomb(byteCount: Int) -> [UInt8] {
    var bits = BitWriter(bytes: header)
    bits.write(0b1, count: 1)
    bits.write(0b01, count: 2)
    // The literal 0x00 is the code 00110000; codes are written from their first bit on.
    bits.write(0b0000_1100, count: 8)
    for _ in 0..<(byteCount / 258 + 1) {
      // Length 258 is code 285, 11000101; distance 1 is 00000.
      bits.write(0b1010_0011, count: 8)
      bits.write(0, count: 5)
    }
    return bits.bytes
  }

  /// `bytes` as one member; without `isFinished` as a stream that has been flushed but goes on.
  package static func deflated(
    _ bytes: [UInt8], level: Int32 = 6, isFinished: Bool = true
  ) -> [UInt8] {
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
  package static func inflated(prefix bytes: ArraySlice<UInt8>, room: Int) -> [UInt8] {
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

  private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

  private static func littleEndian(_ number: UInt32, byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = ~0
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  /// Fills bytes from their lowest bit on.
  private struct BitWriter {
    var bytes: [UInt8]
    private var bitCount = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func write(_ bits: UInt8, count: Int) {
      for index in 0..<count {
        if bitCount.isMultiple(of: 8) { bytes.append(0) }
        bytes[bytes.count - 1] |= (bits >> UInt8(index) & 1) << UInt8(bitCount % 8)
        bitCount += 1
      }
    }
  }
}
