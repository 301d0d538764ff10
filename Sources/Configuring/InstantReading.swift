internal import AccessLogParsing

/// What is wrong with a point in time.
package enum InstantProblem: Error, Equatable, Sendable {
  case malformed
  case noZone
  /// Such as 30 February, or 24:30.
  case nonexistent
  case outOfRange

  var message: String {
    switch self {
    case .malformed: "is not a time that is understood"
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

/// Reads moments as `--since` and `--until` take them: an ISO 8601 date and time, a date, `today` and
/// `yesterday` (midnight in the zone of the logs), `-24h` and `-7d` (before now), seconds since 1970, or
/// the timestamp of nginx and Apache.
struct MomentReader {
  /// The zone of dates; UTC if it is not known.
  let clock: LocalClock?
  /// Nanoseconds since 1970; nil where there is no clock, and words that need one are not understood.
  let now: Int64?
  /// Whether a date was read without knowing its zone.
  private(set) var assumesUTC = false

  init(clock: LocalClock?, now: Int64?) {
    self.clock = clock
    self.now = now
  }

  mutating func moment(_ text: String) throws(InstantProblem) -> Int64 {
    if let now {
      let day = today(at: now / 1_000_000_000)
      if text == "today" { return midnight(day) }
      if text == "yesterday" { return midnight(day - 1) }
      if text.hasPrefix("-") { return try moment(before: now, text.dropFirst()) }
    }
    let bytes = Array(text.utf8)
    if (9...10).contains(bytes.count), let seconds = Int64(text), seconds >= 0 {
      return seconds * 1_000_000_000
    }
    if bytes.count == 10 {
      var reader = InstantReader(rest: bytes[...])
      return midnight(try reader.date())
    }
    if text.contains("/") {
      let stamp = bytes.first == UInt8(ascii: "[") ? bytes.dropFirst() : bytes[...]
      var reader = InstantReader(
        rest: stamp.last == UInt8(ascii: "]") ? stamp.dropLast() : stamp)
      return try reader.serverStamp()
    }
    return try nanosecondsSince1970(ofInstant: text)
  }

  /// `24h` before `now`.
  private func moment(
    before now: Int64, _ text: Substring
  ) throws(InstantProblem) -> Int64 {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
      text.dropLast().allSatisfy(\.isNumber)
    else { throw .malformed }
    let (length, isTooLong) = count.multipliedReportingOverflow(by: unit * 1_000_000_000)
    guard !isTooLong, length <= now else { throw .outOfRange }
    return now - length
  }

  /// The number of the day, since 1970, that it is at `second`.
  private func today(at second: Int64) -> Int64 {
    let day = second / 86_400
    let isOver = { (day: Int64) in (clock?.utc(ofLocal: day * 86_400) ?? day * 86_400) <= second }
    return isOver(day + 1) ? day + 1 : isOver(day) ? day : day - 1
  }

  private mutating func midnight(_ day: Int64) -> Int64 {
    if clock == nil { assumesUTC = true }
    return (clock?.utc(ofLocal: day * 86_400) ?? day * 86_400) * 1_000_000_000
  }
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
    try check(year, month, day)
    let days = daysSince1970(year: year, month: month, day: day)
    return (days * 86_400 + seconds - offset) * 1_000_000_000 + nanoseconds
  }

  /// The number of a day since 1970: `2025-11-10`.
  mutating func date() throws(InstantProblem) -> Int64 {
    let year = try number(digitCount: 4)
    try expect("-")
    let month = try number(digitCount: 2)
    try expect("-")
    let day = try number(digitCount: 2)
    guard rest.isEmpty else { throw .malformed }
    try check(year, month, day)
    return daysSince1970(year: year, month: month, day: day)
  }

  /// `10/Nov/2025:08:30:00 +0100`
  mutating func serverStamp() throws(InstantProblem) -> Int64 {
    let day = try number(digitCount: 2)
    try expect("/")
    let name = String(decoding: rest.prefix(3), as: UTF8.self)
    let names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(separator: " ")
    guard let index = names.firstIndex(where: { $0 == name }) else { throw .malformed }
    rest = rest.dropFirst(3)
    try expect("/")
    let year = try number(digitCount: 4)
    try expect(":")
    let seconds = try secondsOfDay()
    if rest.isEmpty { throw .noZone }
    try expect(" ")
    let offset = try zoneOffset()
    guard rest.isEmpty else { throw .malformed }
    let month = Int64(index) + 1
    try check(year, month, day)
    let days = daysSince1970(year: year, month: month, day: day)
    return (days * 86_400 + seconds - offset) * 1_000_000_000
  }

  private func check(_ year: Int64, _ month: Int64, _ day: Int64) throws(InstantProblem) {
    guard (1...12).contains(month), (1...dayCount(month: month, year: year)).contains(day) else {
      throw .nonexistent
    }
    guard (1970...2261).contains(year) else { throw .outOfRange }
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
