internal import ByteScanning

// Durations as people write them into format strings: with a unit behind the number, a name in front of
// it, or parentheses around it.

extension Span where Element == UInt8 {
  /// The duration in `range`, without a name and an equals sign before it, and without the quotes or
  /// parentheses around it: the `0.038` of `rt="0.038"`, the `38` of `(38`, and the `38123` of `0/38123`,
  /// which Apache writes for `%T/%D`: whole seconds, and the same in a smaller unit.
  func durationText(in range: Range<Int>) -> (text: Range<Int>, secondsInFront: Int64?) {
    var start = range.lowerBound
    var end = range.upperBound
    let equals = firstOffset(of: UInt8(ascii: "="), from: start, to: end)
    if equals < end { start = equals + 1 }
    while start < end, Self.opening.contains(self[start]) { start += 1 }
    while end > start, Self.closing.contains(self[end - 1]) { end -= 1 }
    let slash = firstOffset(of: UInt8(ascii: "/"), from: start, to: end)
    guard slash < end, let seconds = integer(in: start..<slash),
      let value = integer(in: slash + 1..<end),
      seconds == value / 1_000_000 || seconds == value / 1_000
    else { return (start..<end, nil) }
    return (slash + 1..<end, seconds)
  }

  private static var opening: [UInt8] { Array("([{\"'".utf8) }
  private static var closing: [UInt8] { Array(")]}\"',;".utf8) }
}

extension DurationUnit {
  /// The unit that a word stands for: `ms`, `msecs`, `microseconds`; nil if it is another word.
  init?(word: some StringProtocol) {
    switch word.lowercased() {
    case "s", "sec", "secs", "second", "seconds": self = .seconds
    case "ms", "msec", "msecs", "milli", "millis", "millisecond", "milliseconds":
      self = .milliseconds
    case "us", "µs", "μs", "usec", "usecs", "micro", "micros", "microsecond", "microseconds":
      self = .microseconds
    case "ns", "nsec", "nsecs", "nano", "nanos", "nanosecond", "nanoseconds": self = .nanoseconds
    default: return nil
    }
  }

  /// The unit in words.
  var words: String {
    switch self {
    case .nanoseconds: "nanoseconds"
    case .microseconds: "microseconds"
    case .milliseconds: "milliseconds"
    case .seconds: "seconds"
    }
  }
}

/// What the name of a key or a variable says about a duration.
package struct DurationName: Equatable, Sendable {
  /// The unit in the name: `duration_ms`, `elapsedSeconds`; nil if there is none.
  package var unit: DurationUnit?

  /// Words that name how long a request took, as a whole. Names with other words in them, such as
  /// `db_duration` or `upstream_response_time`, are of a part of it.
  private static let names: Set<String> = [
    "duration", "latency", "elapsed", "elapsed_time", "took", "time_taken", "taken_time",
    "response_time", "request_time", "process_time", "processing_time", "total_time", "run_time",
    "runtime", "request_duration", "response_duration", "http_duration", "total_duration",
    "request_latency", "total_latency", "req_time", "reqtime", "resp_time", "rt", "duration_time",
    "time_elapsed", "request_processing_time", "handling_time", "serve_time", "execution_time",
    "http_request_duration", "http_response_time", "cost", "timespent", "time_spent",
  ]

  /// - Returns: nil if the name is not that of a request's duration.
  package init?(_ path: String) {
    let name = path.split(separator: ".").last.map { String($0) } ?? path
    var words = Self.words(of: name)
    // `elapsed_ms`, and `duration_in_seconds`, but `time_s` only as a whole.
    if words.count > 1, let last = words.last, let unit = DurationUnit(word: last) {
      self.unit = unit
      words.removeLast()
      if words.last == "in" { words.removeLast() }
    }
    guard Self.names.contains(words.joined(separator: "_")) || unit != nil && words == ["time"]
    else { return nil }
  }

  /// `responseTimeMs` as `response`, `time`, `ms`.
  private static func words(of name: String) -> [String] {
    var words: [String] = [""]
    var wasLower = false
    for character in name {
      if !character.isLetter && !character.isNumber {
        words.append("")
        wasLower = false
        continue
      }
      if character.isUppercase && wasLower { words.append("") }
      words[words.count - 1] += character.lowercased()
      wasLower = character.isLowercase || character.isNumber
    }
    return words.filter { !$0.isEmpty }
  }
}
