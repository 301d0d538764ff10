// Appending text to a buffer of bytes: literals, pieces of an arena, decimal numbers.

extension OwnedBuffer<UInt8> {
  /// Appends the UTF-8 bytes of `text`.
  @inlinable @inline(__always)
  package mutating func append(literal text: StaticString) {
    let added = text.utf8CodeUnitCount
    reserve(added)
    // SAFETY: a StaticString's UTF-8 buffer has utf8CodeUnitCount bytes and lives forever; there is
    // room for as many.
    unsafe (base + used).initialize(from: text.utf8Start, count: added)
    used &+= added
  }

  /// Appends the UTF-8 bytes of `text`.
  package mutating func append(_ text: String) {
    for byte in text.utf8 { append(byte) }
  }

  /// Appends the bytes of `source` in `range`, eight at a time where `source` goes on behind them.
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
    } else {
      appendLongDecimal(number)
    }
  }

  @usableFromInline
  mutating func appendLongDecimal(_ number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    var length = 1
    var bound: UInt64 = 10
    // 20 digits are more than UInt64 holds, so `bound` does not overflow.
    while length < 20 && rest >= bound {
      length &+= 1
      bound = length < 20 ? bound &* 10 : .max
    }
    reserve(length)
    var offset = used &+ length
    repeat {
      offset &-= 1
      precondition(offset >= used)
      // SAFETY: `used <= offset < used + length`, for which there is room.
      unsafe base[offset] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    precondition(offset == used)
    used &+= length
  }

  /// A copy of the bytes as an array.
  package func copied() -> [UInt8] { span.copied() }
}
