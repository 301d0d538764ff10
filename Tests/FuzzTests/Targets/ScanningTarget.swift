import FuzzModels

@testable import ByteScanning

/// ByteScanning against loops over bytes: what looks at many bytes at once finds what a loop finds.
///
/// The first four bytes of an input choose what is tried, which bytes are looked for, and where; the
/// rest is looked through.
final class ScanningTarget: FuzzTarget {
  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    var reader = ParameterReader()
    let first = reader.byte(input)
    let second = reader.byte(input)
    let third = reader.byte(input)
    let place = Int(reader.byte(input))
    let text = input.extracting(reader.offset..<input.count)
    let low = place % 16 % (text.count + 1)
    let high = text.count - place / 16 % (text.count - low + 1)
    switch third % 4 {
    case 0:
      try checkSearches(text, low..<high, first, second, third)
      try checkSearches(text, low..<text.count, first, second, third)
      try checkLines(text)
    case 1: try checkWords(text, from: low, first, second)
    case 2:
      try checkCopies(text, low..<high, filler: first)
      try checkWriting(text, low..<high)
    default: try checkTable(text, separator: first, mask: second)
    }
  }

  // MARK: Searches

  private func checkSearches(
    _ text: borrowing Span<UInt8>, _ range: Range<Int>, _ first: UInt8, _ second: UInt8,
    _ third: UInt8
  ) throws(Violation) {
    let (start, end) = (range.lowerBound, range.upperBound)
    try check(
      text.firstOffset(of: first, from: start, to: end)
        == text.plainFirst(of: (first, first, first), in: range), "one of \(range)")
    try check(
      text.firstOffset(of: first, or: second, from: start, to: end)
        == text.plainFirst(of: (first, second, second), in: range), "two of \(range)")
    try check(
      text.firstOffset(of: first, or: second, or: third, from: start, to: end)
        == text.plainFirst(of: (first, second, third), in: range), "three of \(range)")
    let hit = text.plainFirst(of: (first, second, second), in: range)
    try check(
      text.firstOffset(of: first, before: second, from: start, to: end)
        == (hit < end && text[hit] == first ? hit : nil), "one before another of \(range)")
    try check(
      text.lastOffset(of: first, from: start, to: end) == text.plainLast(of: first, in: range),
      "last of \(range)")
    try check(text.firstNewline(from: start) == text.plainLineEnd(from: start), "line feed")
    try check(
      text.holds("://", at: start, before: end) == text.plainHolds(Self.signs, in: range),
      "holds ://")
    try check(
      text.holds("HTTP/1.1", at: start, before: end) == text.plainHolds(Self.version, in: range),
      "holds HTTP/1.1")
  }

  private static let signs = Array("://".utf8)
  private static let version = Array("HTTP/1.1".utf8)

  private func checkLines(_ text: borrowing Span<UInt8>) throws(Violation) {
    var start = 0
    while start < text.count {
      let end = text.plainLineEnd(from: start)
      let isTerminated = end > start && text[end - 1] == 0x0D
      let line = text.line(from: start)
      try check(line.range == start..<(isTerminated ? end - 1 : end), "line at \(start)")
      try check(line.next == min(end + 1, text.count), "line behind \(start)")
      start = line.next
    }
  }

  // MARK: Words

  private func checkWords(
    _ text: borrowing Span<UInt8>, from start: Int, _ first: UInt8, _ second: UInt8
  ) throws(Violation) {
    for offset in start..<min(text.count, start + 5) {
      let left = text.count - offset
      for length in 0...min(8, left) {
        try check(
          text.word(at: offset, count: length) == text.plainWord(at: offset, count: length), "word")
      }
      guard left >= 8 else { continue }
      let word = text.word(at: offset)
      try check(word == text.plainWord(at: offset, count: 8), "whole word")
      try checkBytes(of: word, min(first, second) & 0x7F...max(first & 0x7F, second & 0x7F))
      try check((text.vectorIfWhole(at: offset) != nil) == (left >= 16), "a whole vector")
      guard left >= 16 else { continue }
      try checkVector(text, at: offset, first)
      let whole = text.fiveWords(at: offset)
      try check((whole != nil) == (left >= 40), "five words")
      guard let five = whole else { continue }
      for (index, word) in [five.0, five.1, five.2, five.3, five.4].enumerated() {
        try check(word == text.plainWord(at: offset + 8 * index, count: 8), "five words")
      }
    }
    for count in 0...8 {
      let expected = (0..<count).reduce(0) { $0 | 0xFF << UInt64(8 * $1) } as UInt64
      try check(lowBytes(count) == expected, "low bytes")
    }
  }

  private func checkBytes(of word: UInt64, _ range: ClosedRange<UInt8>) throws(Violation) {
    let expected = PlainWords.bytes(of: word, in: range)
    try check(zeroBytes(word).trailingZeroBitCount / 8 == expected.firstZero, "zero bytes")
    try check(
      asciiBytes(of: word, from: range.lowerBound, through: range.upperBound) == expected.within,
      "\(range) in \(word)")
    try check(
      repeated(range.lowerBound) == UInt64(range.lowerBound) * 0x0101_0101_0101_0101, "repeated")
  }

  private func checkVector(
    _ text: borrowing Span<UInt8>, at offset: Int, _ byte: UInt8
  ) throws(Violation) {
    let vector = text.vector(at: offset)
    let halves = words(of: vector)
    try check(halves.low == text.plainWord(at: offset, count: 8), "low half")
    try check(halves.high == text.plainWord(at: offset + 8, count: 8), "high half")
    let mask = lanes(of: vector, holding: byte)
    let marks = words(of: mask)
    try check(marks.low == PlainWords.marks(of: byte, in: text, at: offset, count: 8), "low lanes")
    try check(
      marks.high == PlainWords.marks(of: byte, in: text, at: offset + 8, count: 8), "high lanes")
    let first = text.plainFirst(of: (byte, byte, byte), in: offset..<offset + 16)
    let hit = firstHit(mask)
    try check(hit == first - offset || hit >= 16 && first == offset + 16, "first hit")
    try checkBits(text, at: offset, byte, mask)
  }

  private func checkBits(
    _ text: borrowing Span<UInt8>, at offset: Int, _ byte: UInt8,
    _ mask: SIMDMask<SIMD16<Int8>>
  ) throws(Violation) {
    let expected = PlainWords.bits(of: byte...byte, in: text, at: offset, count: 64)
    try check(UInt64(bits(of: mask)) == expected & 0xFFFF, "bits of a vector")
    // Behind the span zeros are looked at.
    let behind = byte == 0 ? ~lowBits(text.count - offset) : 0
    let all = text.bits64(at: offset) { lanes(of: $0, holding: byte) }
    try check(all == expected | behind, "64 bits")
    let range = min(byte, 0x7F)...min(byte | 0x0F, 0x7F)
    let within = text.bits64(at: offset) {
      lanes(of: $0, from: range.lowerBound, through: range.upperBound)
    }
    let zeros = range.contains(0) ? ~lowBits(text.count - offset) : 0
    try check(
      within == PlainWords.bits(of: range, in: text, at: offset, count: 64) | zeros,
      "64 bits of \(range)")
    let count = Int(byte % 17)
    let kept = words(of: firstLanes(of: text.vector(at: offset), count: count))
    try check(kept.low == text.plainWord(at: offset, count: min(count, 8)), "first lanes")
    try check(kept.high == text.plainWord(at: offset + 8, count: max(count - 8, 0)), "last lanes")
    try check(lowBits(count) == (0..<count).reduce(0) { $0 | 1 << UInt64($1) }, "low bits")
  }

  // MARK: Copies

  /// What is told of a range must not depend on where it stands and what stands around it.
  private func checkCopies(
    _ text: borrowing Span<UInt8>, _ range: Range<Int>, filler: UInt8
  ) throws(Violation) {
    let alone = Surroundings(of: text.extracting(range))
    let among = Surroundings(of: text.extracting(range), filledBy: Int(filler))
    let hash = text.hash(of: range)
    try check(alone.span.hash(of: alone.range) == hash, "hash alone")
    try check(among.span.hash(of: among.range) == hash, "hash among others")
    try check(text.equals(range, alone.span, alone.range), "equals alone")
    try check(text.equals(range, among.span, among.range), "equals among others")
    try check(alone.span.equals(alone.range, among.span, among.range), "equals both")
    try check(
      !text.equals(range, among.span, among.start..<among.start + among.count + 1), "longer")
    guard !range.isEmpty else { return }
    var other = text.plainCopy(of: 0..<text.count)
    let place = range.lowerBound + Int(filler) % range.count
    other[place] ^= 1 << (filler & 7)
    try check(!text.equals(range, other.span, range), "a bit differs at \(place)")
  }

  // MARK: Writing

  private func checkWriting(
    _ text: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(Violation) {
    let alone = Surroundings(of: text.extracting(range))
    var buffer = OwnedBuffer<UInt8>(capacity: 1)
    buffer.append(text, in: range)
    buffer.append(UInt8(ascii: "|"))
    buffer.append(alone.span, in: alone.range)
    buffer.append(literal: "literal")
    buffer.write(atMost: 2 * range.count + 27) { writer in
      writer.put(text, in: range)
      writer.put(literal: "literal")
      writer.put(alone.span, in: alone.range)
      writer.putDecimal(7)
    }
    let copy = text.plainCopy(of: range)
    let literal = Array("literal".utf8)
    let expected = copy + [UInt8(ascii: "|")] + copy + literal + copy + literal + copy + [0x37]
    try check(buffer.copied() == expected, "appended")
    for length in [1, 2, 4, 8] where range.count >= length {
      let number = Int64(
        bitPattern: text.plainWord(at: range.lowerBound, count: length))
      buffer.removeAll()
      buffer.appendDecimal(number)
      try check(buffer.copied() == Array(String(number).utf8), "decimal \(number)")
      guard number >= 0 else { continue }
      buffer.removeAll()
      buffer.write(atMost: 20) { $0.putDecimal(number) }
      try check(buffer.copied() == Array(String(number).utf8), "put decimal \(number)")
    }
  }

  // MARK: Tables

  /// The pieces of the text as keys; few bits of their hashes are kept, so that they collide.
  private func checkTable(
    _ text: borrowing Span<UInt8>, separator: UInt8, mask: UInt8
  ) throws(Violation) {
    var table = ByteTable()
    var model: [[UInt8]: UInt32] = [:]
    var start = 0
    while start <= text.count, model.count < 40 {
      let end = text.plainFirst(of: (separator, separator, separator), in: start..<text.count)
      let key = text.plainCopy(of: start..<end)
      let hash = text.hash(of: start..<end) & (UInt64(mask) << 32 | 0xFFFF_FFFF)
      let found = table.value(for: text, in: start..<end, hash: hash)
      try check(found == model[key], "a key that was inserted is found, and no other")
      if found == nil {
        let value = UInt32(model.count + 1)
        table.insert(value, for: text, in: start..<end, hash: hash)
        model[key] = value
        try check(table.key(at: Int(value) - 1) == key, "a key is kept")
      }
      start = end + 1
    }
    try check(table.count == model.count, "as many keys")
  }
}
