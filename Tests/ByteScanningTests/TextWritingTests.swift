import ByteScanning
import TestSupport
import Testing

struct TextWritingTests {
  private static let numbers: [Int64] = {
    var numbers: [Int64] = [0, -1, .max, .min, .max - 1]
    var power: Int64 = 1
    for _ in 0..<18 {
      power *= 10
      numbers += [power - 1, power, power + 1, -power, 1 - power]
    }
    return numbers
  }()

  @Test func `a number is written as its digits`() {
    var generator = SeededGenerator(seed: 31)
    let random = (0..<2_000).map { shift in
      Int64.random(in: .min ... .max, using: &generator) >> Int64(shift % 64)
    }
    for number in Self.numbers + random {
      var text = OwnedBuffer<UInt8>(capacity: 1)
      text.append(UInt8(ascii: "<"))
      text.appendDecimal(number)
      let written = String(decoding: text.span.copied(), as: UTF8.self)
      #expect(written == "<\(number)")
    }
  }

  /// Pieces are copied eight bytes at a time: what follows them must not stay behind.
  @Test func `a piece is appended without what stands behind it`() {
    var generator = SeededGenerator(seed: 32)
    for _ in 0..<3_000 {
      let count = Int.random(in: 0...40, using: &generator)
      let source = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      let start = Int.random(in: 0...count, using: &generator)
      let range = start..<Int.random(in: start...count, using: &generator)
      let head = Array(repeating: UInt8(7), count: Int.random(in: 0...20, using: &generator))
      var text = OwnedBuffer<UInt8>(capacity: Int.random(in: 1...64, using: &generator))
      text.append(head.span)
      text.append(source.span, in: range)
      text.append(literal: "end")
      let written = text.copied()
      #expect(written == head + source[range] + Array("end".utf8))
    }
  }

  @Test func `a piece may not reach beyond its source`() async {
    await #expect(processExitsWith: .failure) {
      let source: [UInt8] = [1, 2, 3]
      var text = OwnedBuffer<UInt8>(capacity: 4)
      text.append(source.span, in: 1..<Int(CommandLine.argc) + 12)
    }
  }

  @Test func `the lowest bytes of a word are all ones`() {
    for count in 0...8 {
      let expected = (0..<count).reduce(UInt64(0)) { $0 | 0xFF << UInt64(8 * $1) }
      #expect(lowBytes(count) == expected)
    }
  }

  @Test func `a range of ASCII is found in every byte of a word`() {
    var generator = SeededGenerator(seed: 33)
    for _ in 0..<3_000 {
      let word = generator.next() & generator.next()
      let found = asciiBytes(of: word, from: 0x30, through: 0x39)
      for index in 0..<8 as Range<UInt64> {
        let byte = UInt8(truncatingIfNeeded: word >> (8 * index))
        let isFound = found >> (8 * index) & 0xFF == 0x80
        #expect(isFound == (0x30...0x39).contains(byte))
      }
    }
  }
}
