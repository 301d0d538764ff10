package import Configuring
import Diagnostics

// Values and thresholds for people.

extension AlertRule.Unit {
  package func text(_ value: Double) -> String {
    switch self {
    case .count: decimal(value, places: value == value.rounded() ? 0 : 1)
    case .percent: decimal(value, places: value == value.rounded() ? 0 : 2) + "%"
    case .milliseconds: decimal(value, places: value == value.rounded() ? 0 : 1) + " ms"
    case .score: decimal(value, places: 2)
    case .bytes: Self.bytes(value)
    }
  }

  private static func bytes(_ value: Double) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var (value, place) = (value, 0)
    while value >= 1_000, place < units.count - 1 {
      value /= 1_000
      place += 1
    }
    return decimal(value, places: value == value.rounded() ? 0 : 1) + " " + units[place]
  }
}

extension AlertTrial {
  package var valueText: String { value.map { rule.metric.unit.text($0) } ?? "unknown" }

  package var thresholdText: String {
    "\(rule.direction.rawValue) \(rule.metric.unit.text(rule.threshold))"
  }

  /// Whether there would be an alert.
  package var verdict: String {
    guard isBroken else { return "no" }
    return rule.hold == 0 ? "yes" : "after \(rule.hold) s of this"
  }
}
