import Testing
import TestSupport

@testable import Compressing

struct InflatingTests {
  /// What `printf 'hello hello hello\n' | gzip -n` writes.
  static let hello: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57,
    0xC8, 0x40, 0x90, 0x5C, 0x00, 0x3B, 0x7C, 0x8A, 0xDF, 0x12, 0x00, 0x00, 0x00,
  ]

  @Test func `a stream is inflated`() throws {
    #expect(try inflated(Self.hello, limit: 100) == Array("hello hello hello\n".utf8))
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
  func `content of any length is inflated`(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    #expect(try inflated(Gzip.stored(bytes), limit: count) == bytes)
  }

  @Test func `every prefix of a stream is refused`() {
    for count in 0..<Self.hello.count {
      #expect(throws: InflationError.invalid) {
        try inflated(Array(Self.hello[..<count]), limit: 100)
      }
    }
  }

  @Test(arguments: [[0], hello])
  func `what follows the stream is refused`(_ tail: [UInt8]) {
    #expect(throws: InflationError.invalid) { try inflated(Self.hello + tail, limit: 100) }
  }

  @Test(arguments: [10, 12, 22, 25])
  func `a damaged stream is refused`(_ index: Int) {
    var bytes = Self.hello
    bytes[index] ^= 0x40
    #expect(throws: InflationError.invalid) { try inflated(bytes, limit: 100) }
  }

  @Test func `content has a limit`() throws {
    #expect(try inflated(Gzip.stored("12345"), limit: 5).count == 5)
    #expect(throws: InflationError.tooLarge) { try inflated(Gzip.stored("12345"), limit: 4) }
    #expect(throws: InflationError.tooLarge) {
      try inflated(Gzip.bomb(byteCount: 1 << 20), limit: 1 << 20)
    }
  }
}
