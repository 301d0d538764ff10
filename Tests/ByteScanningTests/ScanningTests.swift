import ByteScanning
import TestSupport
import Testing

/// Scanning eight bytes at a time must find what a loop over single bytes finds, wherever a range
/// begins and ends, and whatever stands in the other bytes of a word.
struct ScanningTests {
  /// Few different bytes, so that hits are frequent, and those that a borrow could mistake.
  private static let alphabet: [UInt8] = [
    0x00, 0x01, 0x20, 0x21, 0x22, 0x5C, 0x7F, 0x80, 0xA2, 0xFF,
  ]

  private static func samples(_ count: Int, seed: UInt64) -> [(bytes: [UInt8], range: Range<Int>)] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let length = Int.random(in: 0...40, using: &generator)
      let bytes = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      let start = Int.random(in: 0...length, using: &generator)
      return (bytes, start..<Int.random(in: start...length, using: &generator))
    }
  }

  @Test(arguments: Self.alphabet)
  func `the first of a byte is where a plain loop finds it`(_ byte: UInt8) {
    for (bytes, range) in Self.samples(2_000, seed: 1) {
      let expected = range.first { bytes[$0] == byte } ?? range.upperBound
      let found = bytes.span.firstOffset(of: byte, from: range.lowerBound, to: range.upperBound)
      #expect(found == expected, "\(bytes) \(range)")
    }
  }

  @Test(arguments: Self.alphabet)
  func `the first of two bytes is where a plain loop finds it`(_ byte: UInt8) {
    for (bytes, range) in Self.samples(2_000, seed: 2) {
      let expected = range.first { bytes[$0] == byte || bytes[$0] == 0x22 } ?? range.upperBound
      let found = bytes.span.firstOffset(
        of: byte, or: 0x22, from: range.lowerBound, to: range.upperBound)
      #expect(found == expected, "\(bytes) \(range)")
    }
  }

  @Test(arguments: Self.alphabet)
  func `a byte before another is where a plain loop finds it`(_ byte: UInt8) {
    for (bytes, range) in Self.samples(2_000, seed: 6)
      + Self.samples(200, seed: 7).map({
        ([UInt8](repeating: 0x41, count: 70) + $0.bytes, 0..<70 + $0.range.upperBound)
      })
    {
      let first = range.first { bytes[$0] == byte || bytes[$0] == 0x5C }
      let found = bytes.span.firstOffset(
        of: byte, before: 0x5C, from: range.lowerBound, to: range.upperBound)
      #expect(found == first.flatMap { bytes[$0] == byte ? $0 : nil }, "\(bytes) \(range)")
    }
  }

  @Test func `the last of a byte is where a plain loop finds it`() {
    for (bytes, range) in Self.samples(2_000, seed: 3) {
      let expected = range.last { bytes[$0] == 0x22 }
      let found = bytes.span.lastOffset(of: 0x22, from: range.lowerBound, to: range.upperBound)
      #expect(found == expected, "\(bytes) \(range)")
    }
  }

  @Test func `two ranges are equal when their bytes are`() {
    let samples = Self.samples(300, seed: 4)
    for (left, leftRange) in samples {
      for (right, rightRange) in samples.prefix(60) {
        let isEqual = left.span.equals(leftRange, right.span, rightRange)
        #expect(isEqual == (left[leftRange] == right[rightRange]))
      }
      let moved = [7, 7, 7] + left + [UInt8](repeating: 9, count: leftRange.count % 20)
      let movedRange = leftRange.lowerBound + 3..<leftRange.upperBound + 3
      let isEqual = left.span.equals(leftRange, moved.span, movedRange)
      let hashes = (left.span.hash(of: leftRange), moved.span.hash(of: movedRange))
      #expect(isEqual && hashes.0 == hashes.1)
    }
  }

  @Test func `a byte more or a byte changed gives another hash`() {
    let bytes = Array("/users/{user_id}/orders".utf8)
    var hashes: Set<UInt64> = []
    for count in 0...bytes.count { hashes.insert(bytes.span.hash(of: 0..<count)) }
    for offset in bytes.indices {
      var changed = bytes
      changed[offset] ^= 1
      hashes.insert(changed.span.hash(of: 0..<changed.count))
    }
    #expect(hashes.count == 2 * bytes.count + 1)
  }

  @Test func `a short word holds what stands before its end`() {
    for (bytes, range) in Self.samples(500, seed: 5) where range.count <= 8 {
      let expected = bytes[range].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      #expect(bytes.span.word(at: range.lowerBound, count: range.count) == expected)
    }
  }

  @Test func `a word holds its first byte lowest`() {
    let bytes: [UInt8] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    #expect(bytes.span.word(at: 0) == 0x0706_0504_0302_0100)
    #expect(bytes.span.word(at: 2) == 0x0908_0706_0504_0302)
  }

  @Test(arguments: [
    ("needle", 0, 6, true), ("needle", 0, 10, true), ("needle", 0, 5, false),
    ("needle", 1, 10, false), ("needle", -1, 10, false), ("needle", 0, 11, false),
    ("needle", 10, 10, false),
  ])
  func `text is found only where all of it stands before the end`(
    _ text: String, _ offset: Int, _ end: Int, _ expected: Bool
  ) {
    let bytes = Array("needle here".utf8.prefix(10))
    #expect(bytes.span.holds("needle", at: offset, before: end) == expected)
  }

  /// Texts are compared in words, of which the last overlaps the one before.
  @Test(
    arguments: [
      "a", "ab", "abc", "abcd", "abcde", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmno",
      "abcdefghijklmnop", "abcdefghijklmnopq",
    ] as [StaticString])
  func `a text of any length is found, and not if a byte differs`(_ text: StaticString) {
    let letters = Array("\(text)".utf8)
    for offset in 0..<9 {
      var bytes = [UInt8](repeating: 0x2E, count: offset) + letters
      let end = bytes.count
      let isFound = bytes.span.holds(text, at: offset, before: end)
      #expect(isFound)
      for place in offset..<end {
        bytes[place] ^= 0x80
        let isFound = bytes.span.holds(text, at: offset, before: end)
        #expect(!isFound)
        bytes[place] ^= 0x80
      }
    }
  }

  @Test(arguments: [
    ("GET\nPUT\n", [0..<3, 4..<7]), ("GET\r\nPUT", [0..<3, 5..<8]),
    ("\n\r\n\r", [0..<0, 1..<1, 3..<3]),
    ("a\rb\r\r\n", [0..<4]), ("", []), ("last", [0..<4]),
  ])
  func `a line ends before its LF or CRLF`(_ text: String, _ expected: [Range<Int>]) {
    let bytes = Array(text.utf8)
    var lines: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
      let line = bytes.span.line(from: start)
      lines.append(line.range)
      start = line.next
    }
    #expect(lines == expected)
  }
}
