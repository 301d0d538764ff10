internal import ByteScanning

/// Reads timestamps as nanoseconds since 1970, and remembers the last minute: neighbouring lines
/// mostly share theirs.
package struct TimestampReader: Sendable {
  private var minute = RecentMinute()
  private var recent = RecentTimestamps()
  /// Converts timestamps without a zone; nil if no zone was given.
  private let clock: LocalClock?

  package init(clock: LocalClock? = nil) { self.clock = clock }

  /// The last whole second that 64 bits of nanoseconds can represent, with room to add a zone.
  static let lastSecond: Int64 = 9_214_646_399  // 2261-12-31T23:59:59Z
  /// The length of `23/Nov/2026:09:10:13 +0000`.
  static let commonLength = 26

  /// Reads a timestamp in the common log format (Apache mod_log_config, `%t`; nginx `$time_local`).
  @inline(__always)
  mutating func common(
    _ bytes: borrowing Span<UInt8>, at offset: Int
  ) throws(TimestampError) -> Int64 {
    let text = RecentMinute.Text(common: bytes, at: offset)
    if let second = minute.second(of: text, bytes, at: offset + 18) { return second }
    let value = try Self.readCommon(bytes, at: offset)
    minute = RecentMinute(text, value: value, bytes, at: offset + 18)
    return value
  }

  private static func readCommon(
    _ bytes: borrowing Span<UInt8>, at offset: Int
  ) throws(TimestampError) -> Int64 {
    guard let day = bytes.digits(2, at: offset), bytes[offset + 2] == UInt8(ascii: "/"),
      let month = bytes.month(at: offset + 3), bytes[offset + 6] == UInt8(ascii: "/"),
      let year = bytes.digits(4, at: offset + 7), bytes[offset + 11] == UInt8(ascii: ":"),
      let time = bytes.timeOfDay(at: offset + 12), bytes[offset + 20] == UInt8(ascii: " "),
      let zone = bytes.zoneOffset(in: offset + 21..<offset + 26)
    else { throw .invalid }
    return try nanoseconds(year: year, month: month, day: day, secondOfDay: time, zone: zone)
  }

  /// Reads a timestamp in any form that occurs in JSON logs: ISO 8601 (RFC 3339) with any fraction,
  /// the common log format, or a number of seconds, ms, µs or ns since 1970.
  @inline(__always)
  package mutating func any(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(TimestampError) -> Int64 {
    let start = range.lowerBound
    if range.count >= 20, bytes[start + 4] == UInt8(ascii: "-") {
      return try iso(bytes, in: range)
    }
    if range.count == Self.commonLength, bytes[start + 2] == UInt8(ascii: "/") {
      return try common(bytes, at: start)
    }
    return try readOther(bytes, in: range)
  }

  /// Reads a timestamp of at least 20 characters, with an ISO 8601 date.
  @inline(__always)
  private mutating func iso(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(TimestampError) -> Int64 {
    var zoneStart = range.lowerBound + 19
    let fraction = bytes.fraction(from: &zoneStart, to: range.upperBound)
    let zone = zoneStart..<range.upperBound
    guard zone.count <= 8, bytes[range.lowerBound + 16] == UInt8(ascii: ":") else {
      return try readISO(bytes, in: range)
    }
    let text = RecentMinute.Text(iso: bytes, at: range.lowerBound, zone: zone)
    if let second = minute.second(of: text, bytes, at: range.lowerBound + 17) {
      return second &+ fraction
    }
    let value = try readISO(bytes, in: range)
    minute = RecentMinute(text, value: value &- fraction, bytes, at: range.lowerBound + 17)
    return value
  }

  /// Reads a timestamp of the form of `pattern` at `offset`, and moves past it.
  mutating func patterned(
    _ bytes: borrowing Span<UInt8>, at offset: inout Int, before end: Int,
    _ pattern: TimestampPattern
  ) throws(TimestampError) -> Int64 {
    let fixedEnd = offset + (pattern.fixedLength ?? 0)
    guard RecentTimestamps.lengths.contains(fixedEnd - offset), fixedEnd <= end else {
      return try pattern.read(bytes, at: &offset, before: end, clock)
    }
    let text = RecentTimestamps.Text(bytes, in: offset..<fixedEnd)
    if let known = recent.value(of: text) {
      offset = fixedEnd
      return known
    }
    let value = try pattern.read(bytes, at: &offset, before: end, clock)
    if offset == fixedEnd { recent.remember(value, of: text) }
    return value
  }

  @inline(never)
  private func readOther(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(TimestampError) -> Int64 {
    var range = range
    // Apache's `%t` includes its brackets, even in a JSON template.
    if range.count > 2, bytes[range.lowerBound] == UInt8(ascii: "["),
      bytes[range.upperBound - 1] == UInt8(ascii: "]")
    {
      range = range.lowerBound + 1..<range.upperBound - 1
    }
    let start = range.lowerBound
    if range.count >= 19,
      bytes[start + 4] == UInt8(ascii: "-") || bytes[start + 4] == UInt8(ascii: "/")
    {
      return try readISO(bytes, in: range)
    }
    if range.count == Self.commonLength, bytes[start + 2] == UInt8(ascii: "/") {
      return try Self.readCommon(bytes, at: start)
    }
    return try Self.readEpoch(bytes, in: range)
  }

  private func readISO(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(TimestampError) -> Int64 {
    let second = try Self.readISOSecond(bytes, at: range.lowerBound)
    var offset = range.lowerBound + 19
    let fraction = bytes.fraction(from: &offset, to: range.upperBound)
    guard offset < range.upperBound else {
      guard let clock else { throw .withoutZone }
      return try Self.nanoseconds(second: clock.utc(ofLocal: second), fraction: fraction)
    }
    // BigQuery writes ` UTC` for a zone, and Go behind one.
    var range = range
    if bytes.holds(" UTC", at: range.upperBound - 4, before: range.upperBound),
      range.upperBound - 4 >= offset
    {
      if offset == range.upperBound - 4 {
        return try Self.nanoseconds(second: second, fraction: fraction)
      }
      range = range.lowerBound..<range.upperBound - 4
    }
    // Some producers put a space before the zone.
    if bytes[offset] == UInt8(ascii: " ") && offset + 1 < range.upperBound { offset += 1 }
    guard let zone = bytes.zoneOffset(in: offset..<range.upperBound) else { throw .invalid }
    return try Self.nanoseconds(second: second - zone, fraction: fraction)
  }

  private static func readISOSecond(
    _ bytes: borrowing Span<UInt8>, at start: Int
  ) throws(TimestampError) -> Int64 {
    let separator = bytes[start + 10]
    // Go's log and Caddy's `wall` put slashes between the parts of a date.
    let dash = bytes[start + 4]
    guard let year = bytes.digits(4, at: start),
      dash == UInt8(ascii: "-") || dash == UInt8(ascii: "/"),
      let month = bytes.digits(2, at: start + 5), bytes[start + 7] == dash,
      let day = bytes.digits(2, at: start + 8),
      separator | 0x20 == UInt8(ascii: "t") || separator == UInt8(ascii: " "),
      let time = bytes.timeOfDay(at: start + 11)
    else { throw .invalid }
    return try second(year: year, month: month, day: day, secondOfDay: time)
  }

  /// A number since 1970. Its unit follows from its size: 10^11 seconds are the year 5138, and
  /// 10^11 milliseconds are 1973, so no timestamp of a web server fits two units.
  static func readEpoch(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(TimestampError) -> Int64 {
    guard let number = bytes.decimal(in: range) else { throw .invalid }
    guard !number.isNegative, let whole = number.scaled(byPowerOfTen: 0) else {
      throw .outOfRange
    }
    let power =
      switch whole {
      case ..<100_000_000_000: 9
      case ..<100_000_000_000_000: 6
      case ..<100_000_000_000_000_000: 3
      default: 0
      }
    guard let value = number.scaled(byPowerOfTen: power),
      value <= lastSecond * 1_000_000_000
    else { throw .outOfRange }
    return value
  }

  private static func nanoseconds(
    year: Int, month: Int, day: Int, secondOfDay: Int, zone: Int64
  ) throws(TimestampError) -> Int64 {
    let local = try second(year: year, month: month, day: day, secondOfDay: secondOfDay)
    return try nanoseconds(second: local - zone, fraction: 0)
  }

  static func nanoseconds(second: Int64, fraction: Int64) throws(TimestampError) -> Int64 {
    guard second >= 0, second <= lastSecond else { throw .outOfRange }
    return second * 1_000_000_000 + fraction
  }

  /// Seconds since 1970 on a clock in UTC. Days are counted in the proleptic Gregorian calendar
  /// (Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil).
  static func second(
    year: Int, month: Int, day: Int, secondOfDay: Int
  ) throws(TimestampError) -> Int64 {
    guard (1...12).contains(month), day >= 1, day <= daysInMonth(month, year: year) else {
      throw .invalid
    }
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468) * 86_400 + Int64(secondOfDay)
  }

  private static func daysInMonth(_ month: Int, year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }
}

package enum TimestampError: Error, Equatable, Sendable {
  case invalid
  case outOfRange
  case withoutZone

  var reason: LineRejection.Reason {
    switch self {
    case .invalid: .invalidTime
    case .outOfRange: .timeOutOfRange
    case .withoutZone: .timeWithoutZone
    }
  }
}

extension Span where Element == UInt8 {
  /// The number that `count` digits at `offset` form.
  func digits(_ count: Int, at offset: Int) -> Int? {
    integer(in: offset..<offset + count).map { Int($0) }
  }

  /// `HH:MM:SS` as seconds. A leap second (60) counts as the following second.
  func timeOfDay(at offset: Int) -> Int? {
    guard let hour = digits(2, at: offset), self[offset + 2] == UInt8(ascii: ":"),
      let minute = digits(2, at: offset + 3), self[offset + 5] == UInt8(ascii: ":"),
      let second = digits(2, at: offset + 6), hour < 24, minute < 60, second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  /// The number, from 1, of the month whose English abbreviation is at `offset`.
  func month(at offset: Int) -> Int? {
    let letters =
      UInt32(self[offset]) << 16 | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2])
    switch letters | 0x202020 {
    case 0x6A616E: return 1
    case 0x666562: return 2
    case 0x6D6172: return 3
    case 0x617072: return 4
    case 0x6D6179: return 5
    case 0x6A756E: return 6
    case 0x6A756C: return 7
    case 0x617567: return 8
    case 0x736570: return 9
    case 0x6F6374: return 10
    case 0x6E6F76: return 11
    case 0x646563: return 12
    default: return nil
    }
  }

  /// `Z`, `+0000`, `-05:00` or `+01` as seconds east of UTC.
  func zoneOffset(in range: Range<Int>) -> Int64? {
    let start = range.lowerBound
    let sign: Int64
    switch self[start] {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"): return range.count == 1 ? 0 : nil
    case UInt8(ascii: "+"): sign = 1
    case UInt8(ascii: "-"): sign = -1
    default: return nil
    }
    guard range.count >= 3, let hours = digits(2, at: start + 1), hours < 24 else { return nil }
    let minutes: Int?
    switch range.count {
    case 3: minutes = 0
    case 5: minutes = digits(2, at: start + 3)
    case 6: minutes = self[start + 3] == UInt8(ascii: ":") ? digits(2, at: start + 4) : nil
    default: minutes = nil
    }
    guard let minutes, minutes < 60 else { return nil }
    return sign * Int64(hours * 3600 + minutes * 60)
  }

  /// The fraction of a second at `offset`, as nanoseconds (digits after the ninth are dropped);
  /// moves `offset` past it. ISO 8601 allows a comma instead of the point.
  func fraction(from offset: inout Int, to end: Int) -> Int64 {
    guard offset + 1 < end,
      self[offset] == UInt8(ascii: ".") || self[offset] == UInt8(ascii: ","),
      self[offset + 1] &- UInt8(ascii: "0") <= 9
    else { return 0 }
    offset += 1
    var value: Int64 = 0
    var scale: Int64 = 100_000_000
    while offset < end {
      let digit = self[offset] &- UInt8(ascii: "0")
      if digit > 9 { break }
      value += Int64(digit) * scale
      scale /= 10
      offset += 1
    }
    return value
  }
}
