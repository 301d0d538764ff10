package import AccessLogParsing
internal import ByteScanning
package import Configuring
internal import Synchronization

/// Decides the format of each source: what the user said, or what its first lines show.
package final class SourcePlanner: Sendable {
  /// The format that was chosen for a source, for the notes.
  package struct Decision: Equatable, Sendable {
    package var path: String
    package var format: LogFormat
    /// How many of the sampled lines the format read; nil if the user named it.
    package var evidence: Evidence?
    /// All formats that read any line, the best first.
    package var scores: [FormatDetection.Score] = []
    /// The unit of a duration that the format leaves open.
    package var unit: UnitDecision?
    /// Fields that look like durations or sizes, and are not counted.
    package var notTaken: [String] = []
    /// The fields that the lines have.
    package var fields: [String] = []
    package var isMixed = false
    /// The format is that of later lines: the server was reconfigured.
    package var isChange = false
    /// A second format among the lines, and how many of them it reads.
    package var alternate: LogFormat?
    package var alternateCount = 0

    package struct Evidence: Equatable, Sendable {
      package var readCount: Int
      package var lineCount: Int
    }

    var leavesUnitOpen: Bool { unit.map { $0.unit == nil } ?? false }

    /// The decision with the unit that earlier lines of the source, which have the same format, have shown.
    func settled(by earlier: Decision?) -> Decision {
      guard let earlier, let unit = earlier.unit, unit.unit != nil, unit.field == self.unit?.field,
        earlier.format.unwrapped.name == format.unwrapped.name
      else { return self }
      var decision = self
      decision.format = format.replacingUnwrapped(by: earlier.format.unwrapped)
      decision.unit?.unit = unit.unit
      decision.unit?.evidence = "in the lines before, \(unit.evidence)"
      decision.notTaken = earlier.notTaken
      return decision
    }
  }

  /// The format that the user named.
  package let fixed: LogFormat?
  package let clock: LocalClock?
  /// The unit of durations whose format leaves it open.
  private let durationUnit: DurationUnit?
  private let state = Mutex(State())

  /// How many plans are known again when their format comes again: the newest, and more than the
  /// formats of any folder of logs. What is made twice has two numbers, and is read alike.
  package static let planLimit = 64

  private struct State {
    var plans: [SourcePlan] = []
    var planCount = 0
    var decisions = DecisionLog()
  }

  package init(choice: FormatChoice, durationUnit: DurationUnit? = nil, clock: LocalClock? = nil) {
    self.durationUnit = durationUnit
    self.clock = clock
    switch choice {
    case .detect: fixed = nil
    case .named(let name): fixed = LogFormat(name: name)
    case .format(let format): fixed = format
    case .json(let mapping, let moment): fixed = .json(mapping ?? .nginx, moment ?? .end)
    }
  }

  /// The plan for the source at `path`, whose first chunk is `bytes`; nil if no format reads any
  /// of its lines.
  ///
  /// - Parameter beginning: the first lines of a source that is read on from the middle, which may show
  ///   what few lines behind them leave open.
  func plan(
    path: String, firstChunk bytes: borrowing Span<UInt8>, beginning: () -> [UInt8]? = { nil }
  ) -> SourcePlan? {
    var decision: Decision?
    if let fixed {
      decision = decided(Decision(path: path, format: seen(fixed, bytes)), bytes)
    } else {
      decision = detected(path: path, bytes, isChange: false)
    }
    if decision == nil || decision?.leavesUnitOpen == true, let lines = beginning() {
      let earlier = detected(path: path, lines.span, isChange: false)
      decision = decision.map { $0.settled(by: earlier) } ?? earlier
    }
    return decision.map { plan($0) }
  }

  /// The plan for what follows, if `bytes`, which `plan` does not read, shows another format.
  func changedPlan(
    _ plan: SourcePlan, path: String, _ bytes: borrowing Span<UInt8>
  ) -> SourcePlan? {
    guard let decision = detected(path: path, bytes, isChange: true),
      let evidence = decision.evidence, evidence.readCount * 10 >= evidence.lineCount * 9,
      decision.format != plan.format
    else { return nil }
    return self.plan(decision)
  }

  /// The plan with the columns that a `#Fields:` line has named.
  func plan(_ plan: SourcePlan, columns: ColumnLayout) -> SourcePlan {
    guard case .columns(let known) = plan.format.unwrapped else { return plan }
    var columns = columns
    columns.durationUnit = known.durationUnit
    columns.timestampMoment = known.timestampMoment
    let format = plan.format.replacingUnwrapped(by: .columns(columns))
    return state.withLock { state in
      Self.plan(format, like: plan, in: &state, clock)
    }
  }

  private func detected(
    path: String, _ bytes: borrowing Span<UInt8>, isChange: Bool
  ) -> Decision? {
    let detection = FormatDetection(bytes, limit: isChange ? FormatDetection.quickLimit : nil)
    guard let format = detection.format else {
      if let obstacle = detection.obstacle, !isChange {
        state.withLock { $0.decisions.add(obstacle, of: path) }
      }
      return nil
    }
    var decision = Decision(path: path, format: format)
    decision.evidence = Decision.Evidence(
      readCount: detection.readCount, lineCount: detection.lineCount)
    decision.scores = detection.scores
    decision.isMixed = detection.isMixed
    decision.alternate = detection.alternate
    decision.alternateCount = detection.alternateCount
    decision.isChange = isChange
    return decided(decision, bytes)
  }

  /// A format that the user named, as the lines show it: taken out of a wrapping, and with the columns
  /// that the file names.
  private func seen(_ format: LogFormat, _ bytes: borrowing Span<UInt8>) -> LogFormat {
    let detection = FormatDetection(bytes, candidates: [format])
    switch detection.format {
    case .wrapped(let wrapping, .columns(let columns)): return .wrapped(wrapping, .columns(columns))
    case .wrapped(let wrapping, _): return .wrapped(wrapping, format)
    case .columns(var columns):
      if case .columns(let given) = format { columns.durationUnit = given.durationUnit }
      return .columns(columns)
    default: return format
    }
  }

  /// Settles what the format leaves open, by what the user said and by what the lines show.
  private func decided(_ decision: Decision, _ bytes: borrowing Span<UInt8>) -> Decision {
    let settled = decision.format.settled(by: bytes, clock: clock, asked: durationUnit)
    var decision = decision
    decision.format = settled.format
    decision.unit = settled.decision
    decision.notTaken = settled.notTaken
    decision.fields = settled.fields
    return decision
  }

  private func plan(_ decision: Decision) -> SourcePlan {
    state.withLock { state in
      state.decisions.add(decision)
      let model = SourcePlan(
        number: -1, format: decision.format, clock: clock, isMixed: decision.isMixed,
        isDetected: decision.evidence != nil, alternate: decision.alternate)
      return Self.plan(decision.format, like: model, in: &state, clock)
    }
  }

  private static func plan(
    _ format: LogFormat, like model: SourcePlan, in state: inout State, _ clock: LocalClock?
  ) -> SourcePlan {
    let known = state.plans.first {
      $0.format == format && $0.isMixed == model.isMixed && $0.isDetected == model.isDetected
        && $0.alternate == model.alternate
    }
    if let known { return known }
    let plan = SourcePlan(
      number: state.planCount, format: format, clock: clock, isMixed: model.isMixed,
      isDetected: model.isDetected, alternate: model.alternate)
    state.planCount += 1
    if state.plans.count == planLimit { state.plans.removeFirst() }
    state.plans.append(plan)
    return plan
  }

  package var decisions: DecisionLog { state.withLock { $0.decisions } }

  /// Whether the user has said that files name their columns.
  var hasFixedColumns: Bool {
    if case .columns? = fixed?.unwrapped { true } else { false }
  }
}
