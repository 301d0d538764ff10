/// Gzip streams made by hand, so that the tests do not lean on what they test.
enum Gzip {
  /// `bytes` in stored blocks (RFC 1951, 3.2.4).
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
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

  static func stored(_ text: String) -> [UInt8] { stored(Array(text.utf8)) }

  /// A stream of one block with fixed codes that repeats one byte; it has no end, but a reader with
  /// a limit should not get there.
  static func bomb(byteCount: Int) -> [UInt8] {
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
