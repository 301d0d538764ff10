internal import AccessLogParsing

/// What was decided about the sources of a run: as much of it as is ever told.
struct DecisionLog: Sendable {
  typealias Decision = SourcePlanner.Decision

  /// How many decisions are told one by one; of the others only the formats are named.
  static let limit = 5
  /// How many different formats are named.
  static let nameLimit = 20

  /// The first ones that found a format.
  private(set) var found: [Decision] = []
  /// The first ones whose format leaves the unit of durations open.
  private(set) var units: [Decision] = []
  /// The newest, whatever it was.
  private(set) var newest: Decision?
  /// How many sources or parts of them had their format found out, and not by the first ones.
  private(set) var otherCount = 0
  private(set) var otherNames: Set<String> = []
  /// Whether any source has lines without a time.
  private(set) var lacksTime = false

  mutating func add(_ decision: Decision) {
    newest = decision
    if !decision.format.hasTime { lacksTime = true }
    if decision.unit != nil, units.count < Self.limit { units.append(decision) }
    guard decision.evidence != nil else { return }
    if found.count < Self.limit {
      found.append(decision)
    } else {
      otherCount += 1
      let name = decision.format.displayName
      if otherNames.count < Self.nameLimit { otherNames.insert(name) }
    }
  }
}
