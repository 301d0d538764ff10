/// Reads the header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date as in
/// `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// The two obsolete date formats and anything else count as absent: the backoff does without.
/// - Parameter now: seconds since 1970, to measure a date from. A date in the past is no wait.
package func retryAfter(_ header: String, now: Int64) -> Duration? {
  let text = Array(header.utf8).trimmingSpaces()
  if !text.isEmpty, text.allSatisfy({ (0x30...0x39).contains($0) }) {
    // More digits than any limit of ours are no different from the limit.
    return .seconds(text.count > 9 ? 999_999_999 : digits(text[...]) ?? 0)
  }
  return secondsSince1970(ofDate: text).map { .seconds(max($0 - now, 0)) }
}

private let monthNames = [
  "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]
private let dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

/// IMF-fixdate (RFC 9110, 5.6.7) has a fixed length and everything at a fixed offset. The name of
/// the day has to be one, but is not checked against the date.
private func secondsSince1970(ofDate text: [UInt8]) -> Int64? {
  let pattern = Array("___, __ ___ ____ __:__:__ GMT".utf8)
  guard text.count == pattern.count,
    zip(pattern, text).allSatisfy({ $0 == UInt8(ascii: "_") || $0 == $1 }),
    dayNames.contains(String(decoding: text[0..<3], as: UTF8.self)),
    let month = monthNames.firstIndex(of: String(decoding: text[8..<11], as: UTF8.self)),
    let day = digits(text[5..<7]), let year = digits(text[12..<16]),
    let hour = digits(text[17..<19]), let minute = digits(text[20..<22]),
    let second = digits(text[23..<25]),
    (1...31).contains(day), hour < 24, minute < 60, second <= 60, year >= 1970
  else { return nil }
  let days = daysSince1970(year: year, month: month + 1, day: day)
  return ((days * 24 + hour) * 60 + minute) * 60 + second
}

/// Days by the Gregorian calendar, for dates from 1970 on. Years begin in March here, so that a
/// leap day is the last of its year; 719,468 days lie between March of the year 0 and 1970.
private func daysSince1970(year: Int64, month: Int, day: Int64) -> Int64 {
  let year = month <= 2 ? year - 1 : year
  let monthFromMarch = Int64((month + 9) % 12)
  let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
  return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
}

/// The number that at most nine digits stand for.
private func digits(_ text: ArraySlice<UInt8>) -> Int64? {
  var number: Int64 = 0
  for byte in text {
    guard (0x30...0x39).contains(byte) else { return nil }
    number = number * 10 + Int64(byte - 0x30)
  }
  return number
}

extension [UInt8] {
  fileprivate func trimmingSpaces() -> [UInt8] {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    return Array(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
