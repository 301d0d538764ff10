internal import ByteScanning

/// A decimal number as text, split so that it can be scaled without floating point.
struct Decimal: Equatable {
  /// All digits without the point, at most 19 of them.
  var mantissa: UInt64
  /// The value is mantissa × 10^exponent.
  var exponent: Int
  var isNegative: Bool
}

extension Span where Element == UInt8 {
  /// The unsigned integer in `range`, or nil if it is empty, contains anything but digits, or is
  /// larger than 2^53 (the largest that JSON readers in other languages represent exactly).
  @inline(__always)
  func integer(in range: Range<Int>) -> Int64? {
    if !range.isEmpty && range.count <= 8 {
      return number(ofDigits: word(at: range.lowerBound, count: range.count), count: range.count)
    }
    return longInteger(in: range)
  }

  private func longInteger(in range: Range<Int>) -> Int64? {
    guard !range.isEmpty, range.count <= 16 else { return nil }
    var value: Int64 = 0
    for offset in range {
      let digit = self[offset] &- UInt8(ascii: "0")
      if digit > 9 { return nil }
      value = value &* 10 &+ Int64(digit)
    }
    return value <= 1 << 53 ? value : nil
  }

  /// The decimal number in `range` (`-1`, `0.032`, `6.3e-05`), or nil if it is not one.
  func decimal(in range: Range<Int>) -> Decimal? {
    var offset = range.lowerBound
    let end = range.upperBound
    let isNegative = offset < end && self[offset] == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    var mantissa: UInt64 = 0
    var exponent = 0
    var digits = 0
    var hasDigits = false
    var isFraction = false
    while offset < end {
      let byte = self[offset]
      let digit = byte &- UInt8(ascii: "0")
      if digit <= 9 {
        hasDigits = true
        if digits < 19 {
          mantissa = mantissa &* 10 &+ UInt64(digit)
          if mantissa > 0 { digits += 1 }
          if isFraction { exponent -= 1 }
        } else if !isFraction {
          exponent += 1
        }
      } else if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else {
        break
      }
      offset += 1
    }
    guard hasDigits else { return nil }
    if offset < end {
      guard let scale = decimalExponent(in: offset..<end) else { return nil }
      exponent += scale
    }
    return Decimal(mantissa: mantissa, exponent: exponent, isNegative: isNegative)
  }

  /// `e-05`, `E+3`: the exponent of a number in scientific notation, at most three digits.
  private func decimalExponent(in range: Range<Int>) -> Int? {
    var offset = range.lowerBound
    guard self[offset] | 0x20 == UInt8(ascii: "e") else { return nil }
    offset += 1
    guard offset < range.upperBound else { return nil }
    let isNegative = self[offset] == UInt8(ascii: "-")
    if isNegative || self[offset] == UInt8(ascii: "+") { offset += 1 }
    guard range.upperBound - offset <= 3,
      let value = integer(in: offset..<range.upperBound)
    else { return nil }
    return isNegative ? -Int(value) : Int(value)
  }
}

/// The number that the `count` (1 to 8) lowest bytes of `word` form, the first digit lowest; nil if
/// one of them is not a digit.
///
/// Neighbours are combined in three steps: eight digits into four numbers below 100, those into two
/// below 10,000, and those into one.
@inline(__always)
func number(ofDigits word: UInt64, count: Int) -> Int64? {
  // Zeros in front: the digits move up to the highest bytes.
  let shift = UInt64(truncatingIfNeeded: (8 &- count) &* 8)
  let text = count == 8 ? word : word &<< shift | repeated(UInt8(ascii: "0")) & (1 &<< shift &- 1)
  let digits = text &- repeated(UInt8(ascii: "0"))
  let areDigits =
    asciiBytes(of: text, from: UInt8(ascii: "0"), through: UInt8(ascii: "9")) == repeated(0x80)
  guard areDigits else { return nil }
  let pairs = (digits &* 10 &+ digits &>> 8) & 0x00FF_00FF_00FF_00FF
  let quads = (pairs &* 100 &+ pairs &>> 16) & 0x0000_FFFF_0000_FFFF
  return Int64(truncatingIfNeeded: (quads &* 10_000 &+ quads &>> 32) & 0xFFFF_FFFF)
}

extension Decimal {
  /// The value × 10^`power`, rounded toward zero; nil if it does not fit Int64.
  func scaled(byPowerOfTen power: Int) -> Int64? {
    var value = mantissa
    var exponent = exponent + power
    while exponent > 0 && value != 0 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
      exponent -= 1
    }
    while exponent < 0 && value != 0 {
      value /= 10
      exponent += 1
    }
    guard let magnitude = Int64(exactly: value) else { return nil }
    return isNegative ? -magnitude : magnitude
  }

  /// The same, rounded to the nearest integer, and away from zero if two are: a clock's reading in seconds
  /// may have more decimals than there are nanoseconds.
  func rounded(byPowerOfTen power: Int) -> Int64? {
    guard exponent + power < 0 else { return scaled(byPowerOfTen: power) }
    let tenfold = scaledDown(to: exponent + power + 1)
    guard let magnitude = Int64(exactly: tenfold / 10 + (tenfold % 10 >= 5 ? 1 : 0)) else {
      return nil
    }
    return isNegative ? -magnitude : magnitude
  }

  /// The mantissa without so many digits at its end as `exponent` is below 0.
  private func scaledDown(to exponent: Int) -> UInt64 {
    var value = mantissa
    var exponent = exponent
    while exponent < 0 && value != 0 {
      value /= 10
      exponent += 1
    }
    return value
  }
}
