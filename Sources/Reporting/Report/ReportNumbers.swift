internal import Diagnostics

// Numbers and moments as a report shows them.

/// A duration in nanoseconds, with three digits at most: `550 us`, `3.4 ms`, `176 ms`, `1.23 s`.
///
/// - Parameter resolution: what the log's durations are multiples of; no finer digit is shown.
package func durationText(_ nanoseconds: Int64, resolution: Int64, isASCII: Bool = false) -> String
{
  let units: [(Int64, String)] = [
    (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, isASCII ? "us" : "µs"), (1, "ns"),
  ]
  if nanoseconds == 0 { return resolution >= 1_000_000 ? "0 ms" : "0 s" }
  if nanoseconds >= 3_600_000_000_000 {
    return "\(decimal(Double(nanoseconds) / 3.6e12, places: 1)) h"
  }
  // 999,700 ns is 1 ms in three digits.
  let place = units.first { Double(nanoseconds) >= Double($0.0) * 0.9995 } ?? units[3]
  let value = Double(nanoseconds) / Double(place.0)
  var places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  if place.0 <= 1_000_000 && place.0 > 1 { places = max(0, places - 1) }
  var unit = place.0
  var known = 0
  while unit > resolution && known < places {
    unit /= 10
    known += 1
  }
  return "\(decimal(value, places: known)) \(place.1)"
}

package func byteText(_ bytes: Int64) -> String {
  let value = Double(bytes)
  switch value {
  case 999_500_000_000...: return "\(decimal(value / 1e12, places: 2)) TB"
  case 999_500_000...: return "\(decimal(value / 1e9, places: 2)) GB"
  case 999_500...: return "\(decimal(value / 1e6, places: 1)) MB"
  case 1_000...: return "\(decimal(value / 1e3, places: 1)) kB"
  default: return "\(bytes) B"
  }
}

/// A share in percent without the sign: one decimal, two below 1 %; empty if there is none.
package func shareText(_ count: Int, of total: Int) -> String {
  guard count > 0, total > 0 else { return "" }
  let percent = Double(count) / Double(total) * 100
  if percent < 0.01 { return "<.01" }
  return decimal(percent, places: percent < 0.995 ? 2 : 1)
}

/// `2 h 59 min`, `89 d 23 h`, `45 s`.
package func spanText(_ seconds: Int) -> String {
  let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
  guard let index = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
  let (size, name) = units[index]
  var text = "\(grouped(seconds / size)) \(name)"
  if index + 1 < units.count {
    let (nextSize, nextName) = units[index + 1]
    let rest = seconds % size / nextSize
    if rest > 0 { text += " \(rest) \(nextName)" }
  }
  return text
}

/// The parts of a second since 1970, in UTC.
struct MomentText {
  /// `2025-11-09T23:59:00.000`.
  private let text: String

  init(_ second: Int) {
    let (nanoseconds, overflow) = Int64(second).multipliedReportingOverflow(by: 1_000_000_000)
    text = timestamp(overflow ? .max : nanoseconds, separator: "T")
  }

  private func part(_ range: Range<Int>) -> String {
    let utf8 = Array(text.utf8)
    return String(decoding: utf8[range.clamped(to: utf8.indices)], as: UTF8.self)
  }

  var date: String { part(0..<10) }
  var time: String { part(11..<16) }
  var timeWithSeconds: String { part(11..<19) }
  var year: String { part(0..<4) }
  /// `Nov 09`.
  var day: String {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let month = Int(part(5..<7)) ?? 1
    return "\(months[(month - 1) % 12]) \(part(8..<10))"
  }
}

/// How moments of a log are written, by how long it is.
struct MomentStyle {
  let isLong: Bool
  let isShort: Bool

  /// - Parameter seconds: how long the log is.
  init(spanning seconds: Int) {
    isLong = seconds > 2 * 86_400
    isShort = seconds < 600
  }

  /// In tables: a day of a long log, else a time.
  func cell(_ second: Int) -> String {
    let moment = MomentText(second)
    return isLong ? moment.day : isShort ? moment.timeWithSeconds : moment.time
  }

  /// In sentences.
  func sentence(_ second: Int) -> String {
    let moment = MomentText(second)
    return isLong ? "\(moment.day) \(moment.time)" : isShort ? moment.timeWithSeconds : moment.time
  }
}

/// `23:59 – 02:59 UTC`, with the dates that it needs.
package func periodText(_ period: ClosedRange<Int64>, _ style: ReportStyle) -> String {
  let (first, last) = (period.lowerBound / 1_000_000_000, period.upperBound / 1_000_000_000)
  let (start, end) = (MomentText(Int(first)), MomentText(Int(last)))
  let isShort = last - first < 600
  let from = isShort ? start.timeWithSeconds : start.time
  let to = isShort ? end.timeWithSeconds : end.time
  let isSameDay = start.date == end.date
  let isNight = last - first < 86_400
  let endText = isSameDay || isNight ? to : "\(end.date) \(to)"
  return "\(start.date) \(from) \(style.dash) \(endText) UTC, "
    + spanText(Int(last - first))
}
