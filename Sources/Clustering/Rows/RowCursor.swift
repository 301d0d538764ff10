internal import ByteScanning

/// Why a row is refused, and where in it, from 0.
struct RowProblem: Error, Equatable {
  var expected: String
  var offset: Int
}

/// Goes through a row, which has to be spelled as this module's writers spell it: no white space, members
/// in their order, numbers and texts in their one spelling. So two rows that say the same are the same
/// bytes, and a text can be compared without being read.
struct RowCursor {
  var offset = 0

  @inline(__always)
  mutating func expect(
    _ text: StaticString, in row: borrowing Span<UInt8>
  ) throws(RowProblem) {
    guard row.holds(text, at: offset, before: row.count) else {
      throw RowProblem(expected: "\(text)", offset: offset)
    }
    offset &+= text.utf8CodeUnitCount
  }

  /// Passes over `text` if it is there.
  @inline(__always)
  mutating func pass(_ text: StaticString, in row: borrowing Span<UInt8>) -> Bool {
    guard row.holds(text, at: offset, before: row.count) else { return false }
    offset &+= text.utf8CodeUnitCount
    return true
  }

  @inline(__always)
  func isAt(_ byte: UInt8, in row: borrowing Span<UInt8>) -> Bool {
    offset < row.count && row[offset] == byte
  }

  func expectEnd(of row: borrowing Span<UInt8>) throws(RowProblem) {
    guard offset == row.count else {
      throw RowProblem(expected: "the end of the row", offset: offset)
    }
  }

  // MARK: Numbers

  /// A number from 0 to `Int64.max`, without leading zeros.
  @inline(__always)
  mutating func number(in row: borrowing Span<UInt8>) throws(RowProblem) -> Int64 {
    let start = offset
    var value: Int64 = 0
    while offset < row.count {
      let digit = row[offset] &- UInt8(ascii: "0")
      if digit > 9 { break }
      // 18 digits fit; what is longer is looked at closely.
      if offset &- start >= 18 { return try longNumber(in: row, from: start) }
      value = value &* 10 &+ Int64(digit)
      offset &+= 1
    }
    guard offset > start, offset == start &+ 1 || row[start] != UInt8(ascii: "0") else {
      throw RowProblem(expected: "a number", offset: start)
    }
    return value
  }

  private mutating func longNumber(
    in row: borrowing Span<UInt8>, from start: Int
  ) throws(RowProblem) -> Int64 {
    offset = start
    let value = try wideNumber(in: row)
    guard let number = Int64(exactly: value) else {
      throw RowProblem(expected: "a number below 2^63", offset: start)
    }
    return number
  }

  /// A number from 1.
  @inline(__always)
  mutating func count(in row: borrowing Span<UInt8>) throws(RowProblem) -> Int64 {
    let start = offset
    let value = try number(in: row)
    guard value > 0 else { throw RowProblem(expected: "a count above 0", offset: start) }
    return value
  }

  /// A number that may be negative.
  mutating func signedNumber(in row: borrowing Span<UInt8>) throws(RowProblem) -> Int64 {
    let start = offset
    guard pass("-", in: row) else { return try number(in: row) }
    let value = try number(in: row)
    guard value > 0 else { throw RowProblem(expected: "a number", offset: start) }
    return -value
  }

  /// A number from 0 to 2^127, without leading zeros.
  mutating func wideNumber(in row: borrowing Span<UInt8>) throws(RowProblem) -> UInt128 {
    let start = offset
    var value: UInt128 = 0
    while offset < row.count {
      let digit = row[offset] &- UInt8(ascii: "0")
      if digit > 9 { break }
      guard value < 1 << 120 else {
        throw RowProblem(expected: "a number below 2^120", offset: start)
      }
      value = value * 10 + UInt128(digit)
      offset += 1
    }
    guard offset > start, offset == start + 1 || row[start] != UInt8(ascii: "0") else {
      throw RowProblem(expected: "a number", offset: start)
    }
    return value
  }

  // MARK: Texts

  /// A text; where its content is, between the quotes.
  @inline(__always)
  mutating func text(in row: borrowing Span<UInt8>) throws(RowProblem) -> Range<Int> {
    try expect("\"", in: row)
    let start = offset
    while offset < row.count {
      let byte = row[offset]
      if byte == UInt8(ascii: "\"") {
        offset &+= 1
        return start..<offset &- 1
      }
      if byte == UInt8(ascii: "\\") {
        try passEscape(in: row)
      } else {
        guard byte >= 0x20 && byte != 0x7F else {
          throw RowProblem(expected: "an escaped character", offset: offset)
        }
        offset &+= 1
      }
    }
    throw RowProblem(expected: "the end of the text", offset: start)
  }

  private mutating func passEscape(in row: borrowing Span<UInt8>) throws(RowProblem) {
    let start = offset
    offset += 1
    let byte = offset < row.count ? row[offset] : 0
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "n"), UInt8(ascii: "r"),
      UInt8(ascii: "t"):
      return
    case UInt8(ascii: "u"):
      guard let value = Self.escaped(in: row, at: start), value < 0x20 || value == 0x7F,
        value != 0x0A, value != 0x0D, value != 0x09
      else { break }
      offset = start + 6
      return
    default: break
    }
    throw RowProblem(expected: "an escape as it is written", offset: start)
  }

  /// The character of `\u00XX` at `start`; nil if there is none.
  private static func escaped(in row: borrowing Span<UInt8>, at start: Int) -> UInt8? {
    guard row.holds("\\u00", at: start, before: row.count), start + 6 <= row.count,
      let high = digit(row[start + 4]), let low = digit(row[start + 5])
    else { return nil }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  /// What the text with this content says.
  ///
  /// - Precondition: it was passed by `text(in:)`.
  static func unescaped(_ row: borrowing Span<UInt8>, in range: Range<Int>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(range.count)
    var offset = range.lowerBound
    while offset < range.upperBound {
      let byte = row[offset]
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        offset += 1
        continue
      }
      let kind = row[offset + 1]
      switch kind {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"): text.append(escaped(in: row, at: offset) ?? 0)
      default: text.append(kind)
      }
      offset += kind == UInt8(ascii: "u") ? 6 : 2
    }
    return text
  }
}
