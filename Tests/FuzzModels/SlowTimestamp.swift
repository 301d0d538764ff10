/// Timestamps of the common log format and of ISO 8601 with a zone, read by their rules and a count of days.
package enum SlowTimestamp {
  /// Nanoseconds since 1970, which may be out of any range that a log has; nil if `text` is no such
  /// timestamp.
  package static func nanoseconds(_ text: [UInt8]) -> Int64? { common(text) ?? iso(text) }

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  /// `23/Nov/2026:09:10:13 +0000`
  private static func common(_ text: [UInt8]) -> Int64? {
    guard text.count == 26, text[2] == UInt8(ascii: "/"), text[6] == UInt8(ascii: "/"),
      text[11] == UInt8(ascii: ":"), text[20] == UInt8(ascii: " ")
    else { return nil }
    guard text[3..<6].allSatisfy({ $0 >= 0x41 && $0 <= 0x7A }) else { return nil }
    let name = String(decoding: text[3..<6], as: UTF8.self).lowercased()
    guard let month = months.firstIndex(of: name), let day = number(text[0..<2]),
      let year = number(text[7..<11]), let time = timeOfDay(text[12..<20]),
      let zone = zone(text[21..<26])
    else { return nil }
    return moment(year, month + 1, day, time - zone, fraction: 0)
  }

  /// `2026-11-23T09:10:13.123Z`, `2026-11-23 09:10:13,5 +01:00`
  private static func iso(_ text: [UInt8]) -> Int64? {
    guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      "Tt ".utf8.contains(text[10]), let year = number(text[0..<4]),
      let month = number(text[5..<7]), let day = number(text[8..<10]),
      let time = timeOfDay(text[11..<19])
    else { return nil }
    var rest = text[19...]
    var fraction: Int64 = 0
    if let first = rest.first, ".,".utf8.contains(first), let digit = rest.dropFirst().first,
      isDigit(digit)
    {
      rest = rest.dropFirst()
      var unit: Int64 = 100_000_000
      while let digit = rest.first, isDigit(digit) {
        fraction += Int64(digit - 0x30) * unit
        unit /= 10
        rest = rest.dropFirst()
      }
    }
    if rest.first == UInt8(ascii: " "), rest.count > 1 { rest = rest.dropFirst() }
    guard let zone = zone(rest) else { return nil }
    return moment(year, month, day, time - zone, fraction: fraction)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func timeOfDay(_ text: ArraySlice<UInt8>) -> Int? {
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ $0.count == 2 }), let hour = number(parts[0]),
      let minute = number(parts[1]), let second = number(parts[2]), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  /// Seconds east of UTC.
  private static func zone(_ text: ArraySlice<UInt8>) -> Int? {
    guard let sign = text.first else { return nil }
    let rest = Array(text.dropFirst())
    if sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") { return rest.isEmpty ? 0 : nil }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    let hour: Int?
    let minute: Int?
    switch rest.count {
    case 2: (hour, minute) = (number(rest[0..<2]), 0)
    case 4: (hour, minute) = (number(rest[0..<2]), number(rest[2..<4]))
    case 5 where rest[2] == UInt8(ascii: ":"):
      (hour, minute) = (number(rest[0..<2]), number(rest[3..<5]))
    default: return nil
    }
    guard let hour, let minute, hour < 24, minute < 60 else { return nil }
    let seconds = hour * 3600 + minute * 60
    return sign == UInt8(ascii: "-") ? -seconds : seconds
  }

  private static func moment(
    _ year: Int, _ month: Int, _ day: Int, _ second: Int, fraction: Int64
  ) -> Int64? {
    guard (1...12).contains(month), day >= 1, day <= length(ofMonth: month, year) else {
      return nil
    }
    // The days of all years before, by the rule for leap years, and of this one's months.
    let before = year - 1
    var days = before * 365 + before / 4 - before / 100 + before / 400
    if year == 0 { days = -366 }
    for earlier in 1..<month { days += length(ofMonth: earlier, year) }
    // Day 719,162 from the first of January of the year 1 is that of 1970.
    let seconds = Int64(days + day - 1 - 719_162) * 86_400 + Int64(second)
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    return nanoseconds + (seconds < 0 ? 0 : fraction)
  }

  private static func length(ofMonth month: Int, _ year: Int) -> Int {
    if [4, 6, 9, 11].contains(month) { return 30 }
    guard month == 2 else { return 31 }
    return year % 4 == 0 && year % 100 != 0 || year % 400 == 0 ? 29 : 28
  }
}
