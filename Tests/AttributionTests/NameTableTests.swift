import Attribution
import TestSupport
import Testing

struct NameTableTests {
  @Test func `names are numbered from 1 in the order of their coming`() {
    let table = NameTable(limit: 10)
    #expect(["b", "a", "", "b"].map { table.id(for: $0) } == [1, 2, 3, 1])
    #expect(table.count == 3)
    #expect(table.names(from: 1) == [[0x62], [0x61], []])
    #expect(table.names(from: 3) == [[]])
    #expect(table.names(from: 4).isEmpty && table.names(from: 9).isEmpty)
  }

  @Test func `a full table knows its names and refuses others`() {
    let table = NameTable(limit: 2)
    _ = (table.id(for: "a"), table.id(for: "b"))
    #expect(table.isFull && table.refusalCount == 0)
    #expect(table.id(for: "c") == nil && table.id(for: "c") == nil)
    #expect(table.id(for: "b") == 2)
    #expect(table.refusalCount == 2)
  }

  @Test(
    arguments: [
      ([0x61, 0xFF], "a\u{FFFD}"), ([0x00], "\u{FFFD}"),
      ([0x61, 0x00, 0xCC, 0x81], "a\u{FFFD}\u{301}"),
      ([0x0D, 0x0A, 0x00, 0x0D], "\r\n\u{FFFD}\r"), ([0xC3, 0x00], "\u{FFFD}\u{FFFD}"),
      ([0xF0, 0x9F, 0x98, 0x80], "😀"),
    ] as [([UInt8], String)])
  func `a name is valid text without NUL`(_ bytes: [UInt8], _ expected: String) {
    let table = NameTable(limit: 10)
    #expect(table.id(for: bytes.span, in: 0..<bytes.count) == 1)
    #expect(table.names(from: 1) == [Array(expected.utf8)])
    #expect(table.id(for: expected) == 1)
  }

  /// The hash's steps can be undone, so a client who knows its seed can send names of one hash.
  @Test func `names made to collide cost no more than others`() {
    func time(_ names: [[UInt8]]) -> Duration {
      let table = NameTable(limit: names.count)
      return ContinuousClock().measure {
        for name in names { _ = table.id(for: name.span, in: 0..<name.count) }
      }
    }
    let colliding = CollidingNames.names(4_000)
    #expect(Set(colliding).count == 4_000)
    let usual = (0..<4_000).map { Array("consumer-\(1_000_000 + $0)".utf8) }
    #expect(time(colliding) < time(usual) * 10 + .seconds(1))
  }
}

/// Sixteen bytes each, whose hash with the seed that stands in the source is the same.
private enum CollidingNames {
  static func names(_ count: Int) -> [[UInt8]] {
    var generator = SeededGenerator(seed: 21)
    var names: [[UInt8]] = []
    while names.count < count {
      // Eight letters; then what takes the hash's state to the same value whatever they were.
      let first = generator.next() & 0x0F0F_0F0F_0F0F_0F0F | 0x6060_6060_6060_6060
      let second = mixed(0x9E37_79B9_7F4A_7C15 ^ 16 ^ first) ^ 0x1234_5678_9ABC_DEF0
      // In ASCII and without NUL, so that the name is taken as it is.
      if second & 0x8080_8080_8080_8080 != 0 { continue }
      let name = bytes(first) + bytes(second)
      if !name.contains(0) { names.append(name) }
    }
    return names
  }

  private static func bytes(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xFF51_AFD7_ED55_8CCD)
    return product.high ^ product.low
  }
}
