internal import AccessLogParsing
internal import Configuring
internal import Synchronization

/// How the lines of a source are read. Sources of the same format share one.
final class SourcePlan: Sendable {
  /// From 0, in the order in which formats turned up.
  let number: Int
  let format: LogFormat

  init(number: Int, format: LogFormat) {
    self.number = number
    self.format = format
  }
}

/// Decides the format of each source: what the user said, or what its first lines show.
final class SourcePlanner: Sendable {
  /// What a source's format was taken to be, for the notes.
  struct Decision: Equatable, Sendable {
    var path: String
    var format: LogFormat
    /// How many of the lines looked at the format read; nil if the user named it.
    var evidence: Evidence?
    /// What all candidates came to, best first; empty if the user named the format.
    var scores: [FormatDetection.Score] = []

    struct Evidence: Equatable, Sendable {
      var readCount: Int
      var lineCount: Int
    }
  }

  /// The format that the user named.
  let fixed: LogFormat?
  private let candidates: [LogFormat]
  private let state = Mutex(State())

  private struct State {
    var plans: [SourcePlan] = []
    var decisions: [Decision] = []
  }

  init(choice: FormatChoice) {
    switch choice {
    case .detect:
      fixed = nil
      candidates = ["combined", "vhost_combined", "json"].compactMap { LogFormat(name: $0) }
    case .named(let name):
      fixed = LogFormat(name: name)
      candidates = []
    case .json(let mapping, let moment):
      let mapping = mapping ?? .nginx
      fixed = .json(mapping, moment ?? .end)
      candidates = []
    }
  }

  /// The plan for the source at `path`, whose first chunk is `bytes`; nil if no format reads any
  /// of its lines.
  func plan(path: String, firstChunk bytes: borrowing Span<UInt8>) -> SourcePlan? {
    if let fixed { return plan(Decision(path: path, format: fixed)) }
    let detection = FormatDetection(bytes, candidates: candidates)
    guard let format = detection.format else { return nil }
    let evidence = Decision.Evidence(
      readCount: detection.readCount, lineCount: detection.lineCount)
    return plan(
      Decision(path: path, format: format, evidence: evidence, scores: detection.scores))
  }

  private func plan(_ decision: Decision) -> SourcePlan {
    state.withLock { state in
      state.decisions.append(decision)
      if let known = state.plans.first(where: { $0.format == decision.format }) { return known }
      let plan = SourcePlan(number: state.plans.count, format: decision.format)
      state.plans.append(plan)
      return plan
    }
  }

  var decisions: [Decision] { state.withLock { $0.decisions } }
}
