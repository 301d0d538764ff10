// Appending text to a buffer of bytes: literals, pieces of an arena, decimal numbers.

extension OwnedBuffer<UInt8> {
  /// Appends the UTF-8 bytes of `text`.
  @inlinable @inline(__always)
  package mutating func append(literal text: StaticString) {
    let added = text.utf8CodeUnitCount
    reserve(added)
    // SAFETY: a StaticString's UTF-8 buffer has utf8CodeUnitCount bytes and lives forever; there is
    // room for that many.
    unsafe (base + used).initialize(from: text.utf8Start, count: added)
    used &+= added
  }

  /// Appends the UTF-8 bytes of `text`.
  package mutating func append(_ text: String) {
    for byte in text.utf8 { append(byte) }
  }

  /// Appends the bytes of `source` in `range`, eight at a time where `source` extends beyond them.
  ///
  /// - Precondition: `range` lies inside `source`.
  @inlinable @inline(__always)
  package mutating func append(_ source: borrowing Span<UInt8>, in range: Range<Int>) {
    let added = range.count
    reserve(added &+ 8)
    guard range.upperBound &+ 8 <= source.count else {
      append(source.extracting(range))
      return
    }
    var copied = 0
    while copied < added {
      // SAFETY: `copied < added`, so the word begins below `used + added` and ends within the room
      // for eight more. Bytes are trivial: what is written beyond `added` is not in use.
      unsafe UnsafeMutableRawPointer(base + (used &+ copied))
        .storeBytes(of: source.word(at: range.lowerBound &+ copied).littleEndian, as: UInt64.self)
      copied &+= 8
    }
    used &+= added
  }

  /// Appends `number` in decimal digits.
  @inlinable @inline(__always)
  package mutating func appendDecimal(_ number: Int64) {
    if number >= 0 && number < 10 {
      append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number))
    } else if number > 0 && number < 100_000_000 {
      appendEightDigits(UInt64(truncatingIfNeeded: number))
    } else {
      appendLongDecimal(number)
    }
  }

  /// Appends a number from 1 to 99,999,999.
  @usableFromInline
  mutating func appendEightDigits(_ number: UInt64) {
    let (text, count) = eightDigits(of: number)
    reserve(8)
    // SAFETY: there is room for eight bytes after those in use; what is written beyond the digits
    // is not in use.
    unsafe UnsafeMutableRawPointer(base + used)
      .storeBytes(of: text.littleEndian, as: UInt64.self)
    used &+= count
  }

  /// Appends a number that is negative or has more than eight digits.
  @usableFromInline
  mutating func appendLongDecimal(_ number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var rest = number.magnitude
    var count = 0
    repeat {
      digits[count] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
      count += 1
    } while rest > 0
    for index in (0..<count).reversed() { append(digits[index]) }
  }

  /// A copy of the bytes as an array.
  package func copied() -> [UInt8] { span.copied() }
}

/// The decimal digits of a number from 1 to 99,999,999 as a little-endian word, the first digit
/// lowest, and how many there are.
///
/// Halves, pairs and digits are computed side by side.
@inlinable @inline(__always)
func eightDigits(of number: UInt64) -> (text: UInt64, count: Int) {
  let halves = number / 10_000 | (number % 10_000) &<< 32
  // x * 10486 >> 20 is x / 100 for x below 10,000; x * 103 >> 10 is x / 10 for x below 100.
  let hundreds = ((halves &* 10_486) &>> 20) & 0x0000_007F_0000_007F
  let pairs = hundreds | (halves &- hundreds &* 100) &<< 16
  let tens = ((pairs &* 103) &>> 10) & 0x000F_000F_000F_000F
  let digits = tens | (pairs &- tens &* 10) &<< 8
  let zeros = digits.trailingZeroBitCount &>> 3
  let text = digits | repeated(UInt8(ascii: "0"))
  return (text &>> UInt64(truncatingIfNeeded: zeros &* 8), 8 &- zeros)
}
