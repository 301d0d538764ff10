package import AccessLogParsing

/// The decisions about the sources of a run: as many as are ever shown.
package struct DecisionLog: Sendable {
  package typealias Decision = SourcePlanner.Decision

  /// How many decisions are shown one by one; of the others only the formats are named.
  package static let limit = 5
  /// How many different formats are named.
  package static let nameLimit = 20

  /// The first ones that found a format.
  package private(set) var found: [Decision] = []
  /// The first ones whose format leaves the unit of durations open.
  package private(set) var units: [Decision] = []
  /// The newest, whatever it was.
  package private(set) var newest: Decision?
  /// How many sources or parts of them had their format found out, and not by the first ones.
  package private(set) var otherCount = 0
  package private(set) var otherNames: Set<String> = []
  /// Fields that look like durations or sizes, and are not counted.
  package private(set) var notTaken: [String] = []
  /// How many different ones are named. Hostile lines may invent keys.
  package static let notTakenLimit = 20
  /// Fields that lines have.
  package private(set) var fields: Set<String> = []
  /// How many different ones are known.
  package static let fieldLimit = 1000
  /// The different formats, as the lines have settled them.
  private(set) var formats: [LogFormat] = []
  /// Whether a unit that the user gave was applied to no source.
  package private(set) var isUnitUnused = true
  /// The first sources that no format reads, and why, where that is known.
  package private(set) var obstacles: [(path: String, obstacle: DetectionObstacle)] = []
  /// Whether any source has lines without a time.
  package private(set) var lacksTime = false

  mutating func add(_ obstacle: DetectionObstacle, of path: String) {
    guard obstacles.count < Self.limit, !obstacles.contains(where: { $0.path == path }) else {
      return
    }
    obstacles.append((path, obstacle))
  }

  mutating func add(_ decision: Decision) {
    newest = decision
    if decision.unit?.unit != nil { isUnitUnused = false }
    for name in decision.notTaken
    where notTaken.count < Self.notTakenLimit && !notTaken.contains(name) {
      notTaken.append(name)
    }
    if fields.count < Self.fieldLimit { fields.formUnion(decision.fields) }
    if formats.count < Self.nameLimit, !formats.contains(decision.format) {
      formats.append(decision.format)
    }
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
