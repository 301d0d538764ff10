internal import ByteScanning

/// Reads time stamps to nanoseconds since 1970, and remembers the last minute: neighbouring lines
/// mostly share theirs.
package struct StampReader: Sendable {
  private var minute = RecentMinute()

  package init() {}

  /// The last whole second that nanoseconds in 64 bits reach, with room to add a zone.
  static let lastSecond: Int64 = 9_214_646_399  // 2261-12-31T23:59:59Z
  /// The length of `23/Nov/2026:09:10:13 +0000`.
  static let commonLength = 26

  /// Reads a stamp of the common log format (Apache mod_log_config, `%t`; nginx `$time_local`).
  @inline(__always)
  mutating func common(
    _ bytes: borrowing Span<UInt8>, at offset: Int
  ) throws(StampError) -> Int64 {
    let text = RecentMinute.Text(common: bytes, at: offset)
    if let second = minute.second(of: text, bytes, at: offset + 18) { return second }
    let value = try Self.readCommon(bytes, at: offset)
    minute = RecentMinute(text, value: value, bytes, at: offset + 18)
    return value
  }

  private static func readCommon(
    _ bytes: borrowing Span<UInt8>, at offset: Int
  ) throws(StampError) -> Int64 {
    guard let day = bytes.digits(2, at: offset), bytes[offset + 2] == UInt8(ascii: "/"),
      let month = bytes.month(at: offset + 3), bytes[offset + 6] == UInt8(ascii: "/"),
      let year = bytes.digits(4, at: offset + 7), bytes[offset + 11] == UInt8(ascii: ":"),
      let time = bytes.timeOfDay(at: offset + 12), bytes[offset + 20] == UInt8(ascii: " "),
      let zone = bytes.zoneOffset(in: offset + 21..<offset + 26)
    else { throw .invalid }
    return try nanoseconds(year: year, month: month, day: day, secondOfDay: time, zone: zone)
  }

  /// Reads a stamp in any of the shapes that JSON logs have: ISO 8601 (RFC 3339) with any fraction,
  /// the common log format, or a number of seconds, ms, µs or ns since 1970.
  @inline(__always)
  mutating func any(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(StampError) -> Int64 {
    let start = range.lowerBound
    if range.count >= 20, bytes[start + 4] == UInt8(ascii: "-") {
      return try iso(bytes, in: range)
    }
    if range.count == Self.commonLength, bytes[start + 2] == UInt8(ascii: "/") {
      return try common(bytes, at: start)
    }
    return try Self.readOther(bytes, in: range)
  }

  /// Reads a stamp of at least 20 characters, with an ISO 8601 date.
  @inline(__always)
  private mutating func iso(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(StampError) -> Int64 {
    var zoneStart = range.lowerBound + 19
    let fraction = bytes.fraction(from: &zoneStart, to: range.upperBound)
    let zone = zoneStart..<range.upperBound
    guard zone.count <= 8, bytes[range.lowerBound + 16] == UInt8(ascii: ":") else {
      return try Self.readISO(bytes, in: range)
    }
    let text = RecentMinute.Text(iso: bytes, at: range.lowerBound, zone: zone)
    if let second = minute.second(of: text, bytes, at: range.lowerBound + 17) {
      return second &+ fraction
    }
    let value = try Self.readISO(bytes, in: range)
    minute = RecentMinute(text, value: value &- fraction, bytes, at: range.lowerBound + 17)
    return value
  }

  @inline(never)
  private static func readOther(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(StampError) -> Int64 {
    if range.count >= 19, bytes[range.lowerBound + 4] == UInt8(ascii: "-") {
      return try readISO(bytes, in: range)
    }
    return try readEpoch(bytes, in: range)
  }

  private static func readISO(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(StampError) -> Int64 {
    let second = try readISOSecond(bytes, at: range.lowerBound)
    var offset = range.lowerBound + 19
    let fraction = bytes.fraction(from: &offset, to: range.upperBound)
    guard offset < range.upperBound else { throw .withoutZone }
    guard let zone = bytes.zoneOffset(in: offset..<range.upperBound) else { throw .invalid }
    return try nanoseconds(second: second - zone, fraction: fraction)
  }

  private static func readISOSecond(
    _ bytes: borrowing Span<UInt8>, at start: Int
  ) throws(StampError) -> Int64 {
    let separator = bytes[start + 10]
    guard let year = bytes.digits(4, at: start), bytes[start + 4] == UInt8(ascii: "-"),
      let month = bytes.digits(2, at: start + 5), bytes[start + 7] == UInt8(ascii: "-"),
      let day = bytes.digits(2, at: start + 8),
      separator | 0x20 == UInt8(ascii: "t") || separator == UInt8(ascii: " "),
      let time = bytes.timeOfDay(at: start + 11)
    else { throw .invalid }
    return try second(year: year, month: month, day: day, secondOfDay: time)
  }

  /// A number since 1970. Its unit follows from its size: 10^11 seconds are the year 5138, and
  /// 10^11 milliseconds are 1973, so no stamp of a web server fits two units.
  private static func readEpoch(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) throws(StampError) -> Int64 {
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
  ) throws(StampError) -> Int64 {
    let local = try second(year: year, month: month, day: day, secondOfDay: secondOfDay)
    return try nanoseconds(second: local - zone, fraction: 0)
  }

  private static func nanoseconds(second: Int64, fraction: Int64) throws(StampError) -> Int64 {
    guard second >= 0, second <= lastSecond else { throw .outOfRange }
    return second * 1_000_000_000 + fraction
  }

  /// Seconds since 1970 on a clock in UTC. Days are counted in the proleptic Gregorian calendar
  /// (Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil).
  private static func second(
    year: Int, month: Int, day: Int, secondOfDay: Int
  ) throws(StampError) -> Int64 {
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

/// The last stamp's minute and what it came to, found by its text.
private struct RecentMinute {
  /// What stamps of the same minute, shape and zone have in common.
  struct Text {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// The length of an ISO stamp's zone; that of the whole stamp in the common log format.
    private var length = 0

    init() {}

    /// `10/Nov/2025:00:00:` and ` +0000` of the stamp of the common log format at `offset`.
    @inline(__always)
    init(common bytes: borrowing Span<UInt8>, at offset: Int) {
      // Between the two words the digits of the second are left out.
      let colon = bytes.word(at: offset + 16) & 0xFFFF
      let zone = bytes.word(at: offset + 18) & ~0xFFFF
      words = (bytes.word(at: offset), bytes.word(at: offset + 8), colon | zone)
      length = StampReader.commonLength
    }

    /// `2025-11-10T00:00` of the stamp at `offset`, and its zone of up to 8 characters.
    @inline(__always)
    init(iso bytes: borrowing Span<UInt8>, at offset: Int, zone: Range<Int>) {
      words = (
        bytes.word(at: offset), bytes.word(at: offset + 8),
        bytes.word(at: zone.lowerBound, count: zone.count)
      )
      length = zone.count
    }

    @inline(__always)
    static func == (left: Text, right: Text) -> Bool {
      left.words == right.words && left.length == right.length
    }
  }

  private var text = Text()
  /// Nanoseconds since 1970 at the minute's start; nil if nothing is remembered.
  private var start: Int64?

  init() {}

  /// - Parameters:
  ///   - value: what the stamp came to, without a fraction.
  ///   - offset: where its second stands.
  init(_ text: Text, value: Int64, _ bytes: borrowing Span<UInt8>, at offset: Int) {
    // The last second of all is followed by one that is out of range.
    guard let second = Self.second(bytes, at: offset),
      value < (StampReader.lastSecond - 60) * 1_000_000_000
    else { return }
    self.text = text
    start = value - second
  }

  /// What the stamp with this text comes to, whose second stands at `offset`; nil if it is of
  /// another minute or unsound.
  @inline(__always)
  func second(of text: Text, _ bytes: borrowing Span<UInt8>, at offset: Int) -> Int64? {
    guard text == self.text, let start, let second = Self.second(bytes, at: offset) else {
      return nil
    }
    return start &+ second
  }

  /// Two digits, up to 60, in nanoseconds.
  @inline(__always)
  private static func second(_ bytes: borrowing Span<UInt8>, at offset: Int) -> Int64? {
    let tens = bytes[offset] &- UInt8(ascii: "0")
    let ones = bytes[offset + 1] &- UInt8(ascii: "0")
    guard tens <= 6, ones <= 9 else { return nil }
    let second = tens &* 10 &+ ones
    return second <= 60 ? Int64(second) &* 1_000_000_000 : nil
  }
}

package enum StampError: Error, Equatable, Sendable {
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
  /// The number that `count` digits at `offset` make.
  fileprivate func digits(_ count: Int, at offset: Int) -> Int? {
    integer(in: offset..<offset + count).map { Int($0) }
  }

  /// `HH:MM:SS` as seconds. A leap second (60) counts as the second after.
  fileprivate func timeOfDay(at offset: Int) -> Int? {
    guard let hour = digits(2, at: offset), self[offset + 2] == UInt8(ascii: ":"),
      let minute = digits(2, at: offset + 3), self[offset + 5] == UInt8(ascii: ":"),
      let second = digits(2, at: offset + 6), hour < 24, minute < 60, second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  /// The number of the month whose English abbreviation stands at `offset`, from 1.
  fileprivate func month(at offset: Int) -> Int? {
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
  fileprivate func zoneOffset(in range: Range<Int>) -> Int64? {
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

  /// The fraction of a second at `offset`, as nanoseconds (digits past the ninth are dropped);
  /// moves `offset` behind it. ISO 8601 allows a comma for the point.
  fileprivate func fraction(from offset: inout Int, to end: Int) -> Int64 {
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
