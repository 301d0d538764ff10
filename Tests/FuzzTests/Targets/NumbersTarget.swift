import FuzzModels

@testable import AccessLogParsing

/// Numbers in fields, eight digits at a time and one at a time. An input is the field's text; what
/// stands behind its first line feed stands behind it.
final class NumbersTarget: FuzzTarget {
  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let range = 0..<input.plainLineEnd(from: 0)
    let field = input.extracting(range)
    let alone = Surroundings(of: field)
    let among = Surroundings(of: field, filledBy: range.count)
    let text = field.text(0..<field.count)
    let digits = Self.digits(field)

    let integer = input.integer(in: range)
    let isPlain = (1...16).contains(range.count) && digits != nil
    let expected = isPlain ? digits.flatMap { $0 <= 1 << 53 ? Int64($0) : nil } : nil
    try check(integer == expected, "integer \(text): \(String(describing: integer))")
    try check(alone.span.integer(in: alone.range) == expected, "integer \(text) alone")
    try check(among.span.integer(in: among.range) == expected, "integer \(text) among others")

    let decimal = input.decimal(in: range)
    try check(alone.span.decimal(in: alone.range) == decimal, "decimal \(text) alone")
    if let digits, !range.isEmpty, range.count <= 18 {
      let value = decimal?.scaled(byPowerOfTen: 0)
      try check(value == Int64(digits), "decimal \(text)")
    }
    try checkMilliseconds(input, range, decimal, text)

    let status = input.status(in: range)
    try check(alone.span.status(in: alone.range) == status, "status \(text) alone")
    try check(
      status
        == decimal?.scaled(byPowerOfTen: 0).flatMap {
          (100...999).contains($0) ? UInt16($0) : nil
        }, "status \(text)")
    if status == nil { _ = input.statusRejection(in: range) }
    let size = Result { () throws(ValueError) in try input.size(in: range) }
    try check(
      (try? size.get()) == (try? alone.span.size(in: alone.range)), "size \(text) alone")
    try checkDurations(input, range, alone, text)
  }

  /// The number that the field's bytes make if all are digits.
  private static func digits(_ field: borrowing Span<UInt8>) -> UInt64? {
    if field.isEmpty { return nil }
    var value: UInt64 = 0
    for offset in 0..<field.count {
      let byte = field[offset]
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value &* 10 &+ UInt64(byte - 0x30)
    }
    return value
  }

  /// The short cut for seconds with three decimals comes to what the long way comes to.
  private func checkMilliseconds(
    _ input: borrowing Span<UInt8>, _ range: Range<Int>, _ decimal: Decimal?, _ text: String
  ) throws(Violation) {
    let quick = input.milliseconds(in: range)
    let isShaped =
      (5...8).contains(range.count) && input[range.upperBound - 4] == UInt8(ascii: ".")
    var areDigits = true
    for offset in range where offset != range.upperBound - 4 {
      if input[offset] < 0x30 || input[offset] > 0x39 { areDigits = false }
    }
    try check((quick != nil) == (isShaped && areDigits), "milliseconds \(text)")
    if let quick { try check(decimal?.scaled(byPowerOfTen: 3) == quick, "milliseconds \(text)") }
  }

  private func checkDurations(
    _ input: borrowing Span<UInt8>, _ range: Range<Int>, _ alone: borrowing Surroundings,
    _ text: String
  ) throws(Violation) {
    for unit in DurationUnit.allCases {
      let duration = try? input.duration(in: range, unit: unit)
      try check(
        duration == (try? alone.span.duration(in: alone.range, unit: unit)),
        "duration \(text) \(unit) alone")
      if let duration {
        try check((-1...Span<UInt8>.durationLimit).contains(duration), "duration \(text) \(unit)")
      }
    }
  }
}
