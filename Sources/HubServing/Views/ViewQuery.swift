import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// What a view shows: which time, how finely, and what is left out.
struct ViewQuery: Sendable {
  /// In seconds; all but those below an hour are of whole hours.
  enum Step: Int64, CaseIterable, Sendable {
    case minute = 60
    case fiveMinutes = 300
    case quarter = 900
    case halfHour = 1_800
    case hour = 3_600
    case threeHours = 10_800
    case sixHours = 21_600
    case twelveHours = 43_200
    case day = 86_400
    case twoDays = 172_800
    case week = 604_800

    init?(_ text: Substring) {
      let names: [Substring: Step] = [
        "1m": .minute, "minute": .minute, "5m": .fiveMinutes, "15m": .quarter, "30m": .halfHour,
        "1h": .hour, "hour": .hour, "3h": .threeHours, "6h": .sixHours, "12h": .twelveHours,
        "1d": .day, "day": .day, "2d": .twoDays, "7d": .week,
      ]
      guard let step = names[text] else { return nil }
      self = step
    }
  }

  /// How many rows a list has at most.
  static let rowLimit = 1_000
  /// The last second of the year 9999: what is later is no moment, and no sum of it overflows.
  private static let lastMoment: Int64 = 253_402_300_799
  /// How many steps a series has at most.
  static let stepLimit = 10_000

  /// Seconds since 1970; half open.
  var span: Range<Int64>
  var step: Step
  /// Whether the span does not depend on when it is asked for.
  private(set) var isOfFixedTime = false
  /// Whether the step is the user's, and not what goes with the span.
  private(set) var isStepChosen = false
  /// An identifier; empty for requests without one. nil for all.
  var consumer: String?
  var group: String?
  var path: String?
  var method: String?
  /// Statuses, and the first digits of classes of them; empty for all.
  var statuses: [Int64] = []
  var classes: [Int64] = []
  var limit = 100

  /// What a time is compared with.
  enum Baseline: String, CaseIterable {
    /// The time of the same length before it.
    case previous
    /// The same time so many whole weeks before that it is over when the other begins: of up to a week, one.
    case week
  }

  var baseline = Baseline.previous

  /// What a view takes that says nothing else.
  static let usualKeys: Set<Substring> = [
    "since", "until", "step", "consumer", "group", "endpoint", "method", "status", "limit",
  ]

  /// - Parameter keys: the parameters that there may be.
  init(
    _ parameters: FlatDictionary<Substring, Substring>, now: Date,
    keys: Set<Substring> = usualKeys
  ) throws {
    if let unknown = parameters.first(where: { !keys.contains($0.key) }) {
      throw Self.refused(String(unknown.key), "unknown parameter")
    }
    let now = Int64(now.timeIntervalSince1970)
    let until = try Self.moment(parameters, "until") ?? now + 1
    let since = try Self.moment(parameters, "since") ?? max(0, until - 30 * 86_400)
    guard since < until else { throw Self.refused("until", "not after since") }
    span = since..<until
    isOfFixedTime = parameters["since"] != nil && parameters["until"] != nil
    let length = until - since
    if let text = parameters["step"] {
      guard let step = Step(text) else {
        throw Self.refused("step", "1m, 5m, 15m, 30m, 1h, 3h, 6h, 12h, 1d, 2d or 7d")
      }
      guard length / step.rawValue <= Self.stepLimit else {
        throw Self.refused("step", "more than \(Self.stepLimit) steps; ask for longer ones")
      }
      self.step = step
      isStepChosen = true
    } else {
      step = length <= 6 * 3_600 ? .minute : length <= 14 * 86_400 ? .hour : .day
    }
    consumer = parameters["consumer"].map { String($0) }
    group = parameters["group"].map { String($0) }
    method = parameters["method"]?.uppercased()
    path = parameters["endpoint"].map { String($0) }
    try readStatuses(parameters["status"] ?? "")
    if let text = parameters["baseline"] {
      guard let known = Baseline(rawValue: String(text)) else {
        throw Self.refused("baseline", "previous or week")
      }
      baseline = known
    }
    if let text = parameters["limit"] {
      guard let limit = Int(text), (1...Self.rowLimit).contains(limit) else {
        throw Self.refused("limit", "not a number from 1 to \(Self.rowLimit)")
      }
      self.limit = limit
    }
  }

  private mutating func readStatuses(_ text: Substring) throws {
    for word in text.split(separator: ",") {
      if word.count == 3, word.hasSuffix("xx"), let digit = Int64(word.prefix(1)) {
        classes.append(digit)
      } else if let status = Int64(word), (100...999).contains(status) {
        statuses.append(status)
      } else {
        throw Self.refused("status", "statuses such as 404 or 5xx, separated by commas")
      }
    }
  }

  /// The same of the time that this one is compared with; nil if that would be before 1970.
  var before: ViewQuery? {
    let length = span.upperBound - span.lowerBound
    let week: Int64 = 604_800
    let distance =
      switch baseline {
      case .previous: length
      case .week: (length + week - 1) / week * week
      }
    guard span.lowerBound >= distance else { return nil }
    var query = self
    query.span = span.lowerBound - distance..<span.upperBound - distance
    return query
  }

  /// The same of all of the time of some slots.
  func over(_ slots: ViewSlots) -> ViewQuery {
    var query = self
    query.span = slots.span
    query.step = Step(rawValue: slots.width) ?? step
    return query
  }

  func includes(status: Int64) -> Bool {
    statuses.isEmpty && classes.isEmpty || statuses.contains(status)
      || classes.contains(status / 100)
  }

  static func refused(_ name: String, _ message: String) -> InvalidMessage {
    InvalidMessage(complaints: [
      Complaint(location: [.name("query"), .name(name)], message: message, kind: .wrongValue)
    ])
  }

  private static func moment(
    _ parameters: FlatDictionary<Substring, Substring>, _ name: String
  ) throws -> Int64? {
    guard let text = parameters[name[...]] else { return nil }
    if let second = Int64(text), (0...lastMoment).contains(second) { return second }
    // A `+` of a zone is a space in a query.
    guard let second = secondsSince1970(of: String(text).replacing(" ", with: "+")) else {
      throw refused(name, "not a moment in ISO 8601, nor seconds since 1970")
    }
    return second
  }
}
