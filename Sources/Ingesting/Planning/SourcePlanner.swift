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
    /// How to find the format again.
    var guess: FormatDetection.Guess?

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
  /// The same, as the first lines of a source are tried with it.
  private let fixedCandidate: FormatDetection.Candidates?
  package let clock: LocalClock?
  /// The unit of durations whose format leaves it open.
  private let durationUnit: DurationUnit?
  /// Whether a decision names all formats that read any of the lines.
  private let comparesAll: Bool
  private let state = Mutex(State())

  /// How many plans are known again when their format comes again: the newest, and more than the
  /// formats of any folder of logs. What is made twice has two numbers, and is read alike.
  package static let planLimit = 64

  private struct State {
    var plans: [SourcePlan] = []
    var planCount = 0
    var decisions = DecisionLog()
    /// The last few different ones, the newest first.
    var guesses: [FormatDetection.Guess] = []

    mutating func note(_ guess: FormatDetection.Guess) {
      if guesses.first == guess { return }
      guesses.removeAll { $0 == guess }
      guesses.insert(guess, at: 0)
      if guesses.count > guessLimit { guesses.removeLast() }
    }
  }

  /// How many formats that were found lately are tried first: those of a folder that has several.
  private static let guessLimit = 4

  package init(
    choice: FormatChoice, durationUnit: DurationUnit? = nil, clock: LocalClock? = nil,
    comparesAll: Bool = false
  ) {
    self.durationUnit = durationUnit
    self.comparesAll = comparesAll
    self.clock = clock
    switch choice {
    case .detect: fixed = nil
    case .named(let name): fixed = LogFormat(name: name)
    case .format(let format): fixed = format
    case .json(let mapping, let moment): fixed = .json(mapping ?? .nginx, moment ?? .end)
    }
    fixedCandidate = fixed.map { FormatDetection.Candidates([$0]) }
  }

  /// The plan for the source at `path`, whose first chunk is `bytes`; nil if no format reads any
  /// of its lines.
  ///
  /// - Parameters:
  ///   - known: how earlier runs have read it.
  ///   - beginning: the first lines of a source that is read on from the middle, which may show what few
  ///     lines behind them leave open.
  func plan(
    path: String, firstChunk bytes: borrowing Span<UInt8>, known: RememberedFormat? = nil,
    beginning: () -> [UInt8]? = { nil }
  ) -> SourcePlan? {
    var decision: Decision?
    if let fixed, let fixedCandidate {
      var named = seen(fixed, fixedCandidate, path: path, bytes)
      if known?.isMixed == true { named.isMixed = true }
      decision = decided(named, bytes)
    } else {
      decision = detected(path: path, bytes, isChange: false, known: known)
    }
    if decision == nil || decision?.leavesUnitOpen == true, let lines = beginning() {
      let earlier = detected(path: path, lines.span, isChange: false, known: known)
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
    path: String, _ bytes: borrowing Span<UInt8>, isChange: Bool, known: RememberedFormat? = nil
  ) -> Decision? {
    let detection =
      isChange
      ? FormatDetection(bytes, limit: FormatDetection.quickLimit) : detection(of: bytes)
    if let decision = Decision(path, detection, known) { return decided(decision, bytes) }
    if let obstacle = detection.obstacle, !isChange {
      state.withLock { $0.decisions.add(obstacle, of: path) }
    }
    guard let format = detection.format else { return nil }
    var decision = Decision(path: path, format: format)
    decision.evidence = Decision.Evidence(
      readCount: detection.readCount, lineCount: detection.lineCount)
    decision.scores = detection.scores
    decision.isMixed = detection.isMixed
    decision.alternate = detection.alternate
    decision.alternateCount = detection.alternateCount
    decision.isChange = isChange
    decision.guess = detection.guess
    return decided(decision, bytes)
  }

  /// Sources of one kind come one after another, so what was found before is tried first.
  private func detection(of bytes: borrowing Span<UInt8>) -> FormatDetection {
    for guess in comparesAll ? [] : state.withLock({ $0.guesses }) {
      if let detection = FormatDetection(bytes, expecting: guess) { return noting(detection) }
    }
    return noting(FormatDetection(bytes))
  }

  private func noting(_ detection: FormatDetection) -> FormatDetection {
    if let guess = detection.guess { state.withLock { $0.note(guess) } }
    return detection
  }

  /// A format that the user named, as the lines show it: taken out of a wrapping, with the columns
  /// that the file names, and among other lines if these are no requests.
  private func seen(
    _ format: LogFormat, _ candidate: FormatDetection.Candidates, path: String,
    _ bytes: borrowing Span<UInt8>
  ) -> Decision {
    let detection = FormatDetection(bytes, candidates: candidate)
    var decision = Decision(path: path, format: format)
    switch detection.format {
    case .wrapped(let wrapping, .columns(let columns)):
      decision.format = .wrapped(wrapping, .columns(columns))
    case .wrapped(let wrapping, _): decision.format = .wrapped(wrapping, format)
    case .columns(let columns): decision.format = .columns(columns.keepingUnit(of: format))
    default: break
    }
    decision.isMixed = detection.isMixed && FormatDetection(bytes).readCount <= detection.readCount
    return decision
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
        isDetected: decision.evidence != nil, alternate: decision.alternate,
        guess: decision.guess)
      return Self.plan(decision.format, like: model, in: &state, clock)
    }
  }

  private static func plan(
    _ format: LogFormat, like model: SourcePlan, in state: inout State, _ clock: LocalClock?
  ) -> SourcePlan {
    let known = state.plans.first {
      $0.format == format && $0.isMixed == model.isMixed && $0.isDetected == model.isDetected
        && $0.alternate == model.alternate && $0.guess == model.guess
    }
    if let known { return known }
    let plan = SourcePlan(
      number: state.planCount, format: format, clock: clock, isMixed: model.isMixed,
      isDetected: model.isDetected, alternate: model.alternate, guess: model.guess)
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

extension ColumnLayout {
  /// With the unit of durations that `format` was given.
  fileprivate func keepingUnit(of format: LogFormat) -> ColumnLayout {
    guard case .columns(let given) = format else { return self }
    var columns = self
    columns.durationUnit = given.durationUnit
    return columns
  }
}

extension SourcePlanner.Decision {
  /// The decision about a source that is known to hold other lines: a quiet stretch, in which hardly
  /// any line is a request, shows no other format. Nil if what was detected stands.
  fileprivate init?(_ path: String, _ detection: FormatDetection, _ known: RememberedFormat?) {
    guard let known, known.isMixed, let guess = known.guess, let format = guess.format else {
      return nil
    }
    let isSame = detection.guess == guess
    guard isSame || detection.readCount * 10 < detection.lineCount else { return nil }
    self.init(path: path, format: isSame ? detection.format ?? format : format)
    evidence = Evidence(
      readCount: isSame ? detection.readCount : 0, lineCount: detection.lineCount)
    scores = detection.scores
    isMixed = true
    if isSame { (alternate, alternateCount) = (detection.alternate, detection.alternateCount) }
    self.guess = guess
  }
}
