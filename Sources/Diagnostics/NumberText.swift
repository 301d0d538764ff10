// Numbers and moments as text for people.

/// `1234567` as `1,234,567`.
package func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  var text = ""
  for (index, digit) in digits.enumerated() {
    if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return number < 0 ? "-" + text : text
}

/// A number of things: `1 line`, `1,234 lines`.
///
/// - Parameter plural: of nouns that form it otherwise than with an s.
package func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// `value` with `places` decimals, at most nine.
package func decimal(_ value: Double, places: Int) -> String {
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  let scaled = (value * scale).rounded()
  guard scaled.magnitude < 1e15 else { return "\(value)" }
  let digits = Int(scaled)
  guard places > 0 else { return String(digits) }
  let fraction = String(digits.magnitude % Int(scale).magnitude)
  let padding = String(repeating: "0", count: places - fraction.count)
  let sign = digits < 0 ? "-" : ""
  return "\(sign)\(digits.magnitude / Int(scale).magnitude).\(padding)\(fraction)"
}

/// A moment in nanoseconds since 1970 as `2026-11-23T09:10:13.501`, in UTC.
package func timestamp(_ moment: Int64, separator: String) -> String {
  let (second, rest) = (moment.flooredDivision(by: 1_000_000_000))
  let (day, secondOfDay) = second.flooredDivision(by: 86_400)
  // Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
  let (era, dayOfEra) = (day + 719_468).flooredDivision(by: 146_097)
  let yearOfEra =
    (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shifted = (5 * dayOfYear + 2) / 153
  let dayOfMonth = dayOfYear - (153 * shifted + 2) / 5 + 1
  let month = shifted < 10 ? shifted + 3 : shifted - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))\(separator)"
    + "\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2)):"
    + "\(padded(secondOfDay % 60, 2)).\(padded(rest / 1_000_000, 3))"
}

private func padded(_ number: Int64, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
  /// The quotient rounded down, and the corresponding remainder, which is never negative.
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
