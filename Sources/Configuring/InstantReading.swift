/// What is wrong with a point in time.
package enum InstantProblem: Error, Equatable, Sendable {
  case malformed
  case noZone
  /// Such as 30 February, or 24:30.
  case nonexistent
  case outOfRange

  var message: String {
    switch self {
    case .malformed: "is not an ISO 8601 date and time"
    case .noZone: "has no time zone"
    case .nonexistent: "is a day or time that does not exist"
    case .outOfRange: "must be between 1970 and 2261"
    }
  }
}

/// Nanoseconds since 1970 of an ISO 8601 date and time with time zone, in the extended format:
/// `2025-11-10T08:30:00.25+01:00`.
///
/// Seconds and their fraction (up to nine digits) may be missing; the zone is `Z`, `±hh:mm`,
/// `±hhmm` or `±hh`. The years are those that 64 bits of nanoseconds can represent.
package func nanosecondsSince1970(ofInstant text: String) throws(InstantProblem) -> Int64 {
  var reader = InstantReader(rest: Array(text.utf8)[...])
  return try reader.instant()
}

private struct InstantReader {
  var rest: ArraySlice<UInt8>

  mutating func instant() throws(InstantProblem) -> Int64 {
    let year = try number(digitCount: 4)
    try expect("-")
    let month = try number(digitCount: 2)
    try expect("-")
    let day = try number(digitCount: 2)
    guard !rest.isEmpty else { throw .noZone }
    try expect("T")
    let seconds = try secondsOfDay()
    let nanoseconds = try fraction()
    let offset = try zoneOffset()
    guard rest.isEmpty else { throw .malformed }
    guard (1...12).contains(month), (1...dayCount(month: month, year: year)).contains(day) else {
      throw .nonexistent
    }
    guard (1970...2261).contains(year) else { throw .outOfRange }
    let days = daysSince1970(year: year, month: month, day: day)
    return (days * 86_400 + seconds - offset) * 1_000_000_000 + nanoseconds
  }

  private mutating func secondsOfDay() throws(InstantProblem) -> Int64 {
    let hour = try number(digitCount: 2)
    try expect(":")
    let minute = try number(digitCount: 2)
    let second = take(":") ? try number(digitCount: 2) : 0
    guard hour < 24, minute < 60, second < 60 else { throw .nonexistent }
    return hour * 3_600 + minute * 60 + second
  }

  private mutating func fraction() throws(InstantProblem) -> Int64 {
    guard take(".") || take(",") else { return 0 }
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard (1...9).contains(digits.count) else { throw .malformed }
    let scale = (digits.count..<9).reduce(Int64(1)) { scale, _ in scale * 10 }
    return try number(digitCount: digits.count) * scale
  }

  /// Seconds east of Greenwich.
  private mutating func zoneOffset() throws(InstantProblem) -> Int64 {
    if take("Z") { return 0 }
    let isWest = rest.first == UInt8(ascii: "-")
    guard take("+") || take("-") else { throw rest.isEmpty ? .noZone : .malformed }
    let hours = try number(digitCount: 2)
    let minutes = take(":") || !rest.isEmpty ? try number(digitCount: 2) : 0
    guard hours < 24, minutes < 60 else { throw .nonexistent }
    return (hours * 60 + minutes) * (isWest ? -60 : 60)
  }

  private mutating func number(digitCount: Int) throws(InstantProblem) -> Int64 {
    let digits = rest.prefix(digitCount)
    guard digits.count == digitCount, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw .malformed
    }
    rest = rest.dropFirst(digitCount)
    return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  private mutating func expect(_ byte: Unicode.Scalar) throws(InstantProblem) {
    guard take(byte) else { throw .malformed }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: byte) else { return false }
    rest = rest.dropFirst()
    return true
  }
}

private func dayCount(month: Int64, year: Int64) -> Int64 {
  switch month {
  case 2:
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days of the Gregorian calendar, computed in years that begin in March, so that the leap day
/// comes last. For years from 1970 on.
private func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
  let year = month > 2 ? year : year - 1
  let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
}
