internal import Diagnostics

/// A condition that a report is not to meet: `p95>800ms`, `5xx>1%`, `apdex<0.9`.
package struct Threshold: Equatable, Sendable {
  package enum Metric: Equatable, Sendable {
    case percentile(Percentile)
    case mean, longest
    case clientErrors, serverErrors, errors
    case requests, apdex
  }

  package let metric: Metric
  package let isUpperBound: Bool
  /// Nanoseconds, a share from 0 to 1, a number of requests, or a score.
  package let value: Double
  /// As it was typed, without spaces.
  package let text: String

  /// nil if `text` is no condition.
  package init?(_ typed: String) {
    text = typed.filter { $0 != " " }
    guard let place = text.firstIndex(where: { $0 == ">" || $0 == "<" }),
      let metric = Self.metric(text[..<place].lowercased())
    else { return nil }
    isUpperBound = text[place] == ">"
    let bound = text[text.index(after: place)...]
    let value: Double?
    switch metric {
    case .percentile, .mean, .longest: value = nanoseconds(bound).map(Double.init)
    case .clientErrors, .serverErrors, .errors:
      value = bound.hasSuffix("%") ? number(bound.dropLast()).map { $0 / 100 } : nil
    case .requests, .apdex: value = number(bound)
    }
    guard let value else { return nil }
    (self.metric, self.value) = (metric, value)
  }

  private static func metric(_ name: String) -> Metric? {
    switch name {
    case "mean": return .mean
    case "max": return .longest
    case "4xx": return .clientErrors
    case "5xx": return .serverErrors
    case "errors": return .errors
    case "requests": return .requests
    case "apdex": return .apdex
    default:
      guard name.first == "p" else { return nil }
      return Percentile(name.dropFirst()).map(Metric.percentile)
    }
  }

  /// A threshold and what the report has.
  package struct Verdict: Equatable, Sendable {
    package var threshold: Threshold
    /// In the threshold's unit; nil if the report cannot say.
    package var value: Double?
    /// Whether the condition is met, or cannot be judged.
    package var isFailure: Bool
  }

  package func judge(_ report: Report) -> Verdict {
    let totals = report.totals
    let found = value(of: totals, in: report)
    // What cannot be judged has not been shown to be well.
    let isFailure = found.map { isUpperBound ? $0 > value : $0 < value } ?? true
    return Verdict(threshold: self, value: found, isFailure: isFailure)
  }

  private func value(of totals: Figures, in report: Report) -> Double? {
    func share(_ count: Int) -> Double? {
      totals.requests > 0 ? Double(count) / Double(totals.requests) : nil
    }
    switch metric {
    case .percentile(let percentile):
      return report.percentile(percentile, of: totals).map(Double.init)
    case .mean: return totals.durations.mean.map(Double.init)
    case .longest: return totals.durations.isEmpty ? nil : Double(totals.durations.largest)
    case .clientErrors: return share(totals.clientErrors)
    case .serverErrors: return share(totals.serverErrors)
    case .errors: return share(totals.errors)
    case .requests: return Double(totals.requests)
    case .apdex: return totals.apdexScore
    }
  }
}

extension Threshold.Verdict {
  /// `✗ p95>800ms  1.23 s`.
  package func line(_ style: ReportStyle, resolution: Int64) -> String {
    let mark = isFailure ? style.verdict(style.missed) : style.good(style.met)
    return "\(mark) \(style.safe(threshold.text))  \(valueText(style, resolution))"
  }

  private func valueText(_ style: ReportStyle, _ resolution: Int64) -> String {
    guard let value else { return "not in the log" }
    switch threshold.metric {
    case .percentile, .mean, .longest:
      return durationText(Int64(value), resolution: resolution, isASCII: style.isASCII)
    case .clientErrors, .serverErrors, .errors: return "\(decimal(value * 100, places: 2)) %"
    case .requests: return grouped(Int(value))
    case .apdex: return decimal(value, places: 3)
    }
  }
}

/// Reads `500ms`, `1.5s`, `800us`; nil if `text` is no duration.
package func nanoseconds(_ text: some StringProtocol) -> Int64? {
  let units: [(String, Double)] = [("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)]
  guard let (name, factor) = units.first(where: { text.hasSuffix($0.0) }),
    let value = number(text.dropLast(name.count))
  else { return nil }
  let nanoseconds = (value * factor).rounded()
  return nanoseconds >= 1 && nanoseconds < 1e18 ? Int64(nanoseconds) : nil
}

/// Reads a decimal number without a sign or an exponent.
func number(_ text: some StringProtocol) -> Double? {
  guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }) else {
    return nil
  }
  return Double(String(text))
}
