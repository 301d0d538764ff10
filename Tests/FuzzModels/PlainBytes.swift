// What ByteScanning does many bytes at a time, one byte after the other. This module imports nothing:
// what it says is independent of what is held against it.

extension Span<UInt8> {
  /// The first offset of `range` that holds one of `bytes`, else its end.
  package func plainFirst(of bytes: (UInt8, UInt8, UInt8), in range: Range<Int>) -> Int {
    for offset in range {
      let byte = self[offset]
      if byte == bytes.0 || byte == bytes.1 || byte == bytes.2 { return offset }
    }
    return range.upperBound
  }

  /// The last offset of `range` that holds `byte`.
  package func plainLast(of byte: UInt8, in range: Range<Int>) -> Int? {
    for offset in range.reversed() where self[offset] == byte { return offset }
    return nil
  }

  /// Where the line that begins at `start` ends: at a line feed or with the span.
  package func plainLineEnd(from start: Int) -> Int {
    plainFirst(of: (0x0A, 0x0A, 0x0A), in: start..<count)
  }

  /// Whether `range` begins with `text`.
  package func plainHolds(_ text: [UInt8], in range: Range<Int>) -> Bool {
    guard range.count >= text.count else { return false }
    for index in text.indices where self[range.lowerBound + index] != text[index] { return false }
    return true
  }

  /// The `count` bytes at `offset` as a little-endian word.
  package func plainWord(at offset: Int, count: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<count { word |= UInt64(self[offset + index]) << UInt64(8 * index) }
    return word
  }

  package func plainCopy(of range: Range<Int>) -> [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(range.count)
    for offset in range { copy.append(self[offset]) }
    return copy
  }
}

package enum PlainWords {
  /// The index of the first byte that is zero, else 8; and the highest bit of each byte that is in
  /// `range`.
  package static func bytes(
    of word: UInt64, in range: ClosedRange<UInt8>
  ) -> (firstZero: Int, within: UInt64) {
    var firstZero = 8
    var within: UInt64 = 0
    for index in (0..<8).reversed() {
      let byte = UInt8(truncatingIfNeeded: word >> UInt64(8 * index))
      if byte == 0 { firstZero = index }
      if range.contains(byte) { within |= 0x80 << UInt64(8 * index) }
    }
    return (firstZero, within)
  }

  /// Bits that say which of the `count` bytes at `offset`, as many as there are, lie in `range`.
  package static func bits(
    of range: ClosedRange<UInt8>, in text: borrowing Span<UInt8>, at offset: Int, count: Int
  ) -> UInt64 {
    var bits: UInt64 = 0
    for index in 0..<min(count, text.count - offset) where range.contains(text[offset + index]) {
      bits |= 1 << UInt64(index)
    }
    return bits
  }

  /// Bytes of ones where the `count` bytes at `offset` are `byte`.
  package static func marks(
    of byte: UInt8, in text: borrowing Span<UInt8>, at offset: Int, count: Int
  ) -> UInt64 {
    var marks: UInt64 = 0
    for index in 0..<count where text[offset + index] == byte {
      marks |= 0xFF << UInt64(8 * index)
    }
    return marks
  }
}
