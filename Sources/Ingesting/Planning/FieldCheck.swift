internal import AccessLogParsing
internal import Diagnostics
internal import Synchronization

/// Finds the sources whose format lacks a field that consumers or filters use. Such a source is refused, and
/// holds up no other: counted without, its requests would be nobody's, or those of a filter would count.
final class FieldCheck: Sendable {
  private struct State {
    var error: LineParser.SetupError?
    var failedPath: String?
  }

  private let fields: [String]
  private let state = Mutex(State())
  /// The number of the last plan that has all fields: sources of one kind come one after another.
  private let lastFitting = Atomic<Int>(-1)

  /// - Parameter fields: those that the rules use.
  init(_ fields: [String]) { self.fields = fields }

  /// Whether lines that are read by `plan` lack one of the fields.
  func areMissing(in plan: SourcePlan) -> Bool {
    if fields.isEmpty || lastFitting.load(ordering: .relaxed) == plan.number { return false }
    do throws(LineParser.SetupError) {
      _ = try LineParser(format: plan.format, capturing: fields, clock: plan.clock)
    } catch {
      guard case .unknownField = error else { return false }
      state.withLock { $0.error = $0.error ?? error }
      return true
    }
    lastFitting.store(plan.number, ordering: .relaxed)
    return false
  }

  /// The source at `path` turned out to lack a field in the middle of it.
  func didFail(_ path: String, _ error: LineParser.SetupError) {
    guard case .unknownField = error else { return }
    state.withLock { ($0.error, $0.failedPath) = ($0.error ?? error, path) }
  }

  /// What the first one was refused for; nil if none was.
  var error: LineParser.SetupError? { state.withLock { $0.error } }

  /// The source that the reading failed at; nil if it did not.
  var failedPath: String? { state.withLock { $0.failedPath } }

  /// Why the source at `path` is not read.
  func refusal(of path: String) -> Diagnostic {
    guard case .unknownField(let name, let known)? = error else {
      preconditionFailure("no field is missing")
    }
    return .fieldMissing(path, name, known)
  }
}
