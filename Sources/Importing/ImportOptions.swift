package import Configuring
internal import Ingesting

/// The options of an import, validated.
package struct ImportOptions: Sendable {
  package enum Destination: Equatable, Sendable {
    /// Through the outbox to the hub.
    case hub
    /// To a file, or standard output for `-`.
    case payloads(path: String)
    /// Nowhere: a dry run.
    case nowhere
  }

  package var settings: Settings
  /// How messages of OTLP are written to a file.
  package var payloadEncoding = PayloadEncoding.json
  package var destination = Destination.hub
  /// Whether the run uses the ledger of earlier imports, and records itself in it.
  package var usesLedger = true
  /// Whether to wait for another run on the same state directory to end.
  package var waitsForLock = false
  /// The name of standard input in the ledger; nil if it is not to be remembered.
  package var inputName: String?
  /// Whether files are finished, so that a last line without a newline counts.
  package var isComplete = false
  /// How often, in seconds, numbers read from a pipe are saved and sent; nil for as often as the receiver
  /// asks for.
  package var flushEverySeconds: Int?
  /// How many threads read and parse.
  package var jobs: Int
  /// Where rejected lines go.
  package var rejectsPath: String?
  /// The share of rejected lines above which the run fails.
  package var maxRejectedPercent = 10.0
  /// With known routes: the share of requests that match none above which the run fails.
  package var maxUnmatchedPercent = 90.0
  /// How long the hub may be out of reach before the rest is left to the next run.
  package var giveUpAfterSeconds = 30
  /// Whether to say of each source what became of it.
  package var explainsSources = false
  /// This program's version, for the startup message.
  package var version: String

  /// nil if messages go elsewhere.
  var payloadsPath: String? {
    if case .payloads(let path) = destination { path } else { nil }
  }

  /// How far ahead the clock of a machine that logs may be before its requests are remarked on: a day, in
  /// nanoseconds.
  private static let clockTolerance: Int64 = 86_400_000_000_000

  /// The options of the reading.
  var ingestion: Ingestion.Options {
    var ingestion = Ingestion.Options(settings: settings, jobs: jobs)
    ingestion.maxRejectedPercent = maxRejectedPercent
    ingestion.maxUnmatchedPercent = maxUnmatchedPercent
    if let flushEverySeconds { ingestion.flushEverySeconds = flushEverySeconds }
    ingestion.rejectsPath = rejectsPath
    ingestion.plausibleTimes = ingestion.plausibleTimes.lowerBound..<(now() + Self.clockTolerance)
    ingestion.countsConsumersByDay = destination == .nowhere
    return ingestion
  }

  /// How many seconds there are between two flushes of a live stream, if its receiver asks for as many: not
  /// fewer than the user wants. Nil to leave it at the options'.
  func flushInterval(asked seconds: Int?) -> Int? {
    seconds.map { max($0, flushEverySeconds ?? 0) }
  }

  package init(settings: Settings, jobs: Int, version: String) {
    self.settings = settings
    self.jobs = jobs
    self.version = version
  }
}
