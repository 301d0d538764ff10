internal import Attribution
internal import Diagnostics
internal import Messaging

/// Where a run's messages go: an outlet. Used by one thread at a time.
protocol MessageSink: AnyObject {
  /// Takes a message, which does not count before the next checkpoint.
  ///
  /// - Returns: false for a message that says nothing new and was dropped.
  func accept(_ message: HubMessage) throws(Diagnostic) -> Bool
  /// The routes that earlier imports of the application have found.
  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute]
  /// The consumers whose names and groups were reported before.
  func reportedConsumers() throws(Diagnostic) -> [String: ConsumerDetails]
  /// Remembers, with the next checkpoint, what is reported of consumers.
  func remember(
    _ consumers: [(identifier: String, details: ConsumerDetails)]
  ) throws(Diagnostic)
  /// Makes what was accepted since the last checkpoint count.
  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic)
}

/// What a checkpoint settles besides its messages.
struct CheckpointFacts {
  /// How far each source has been read.
  var sources: [ReadingCrew.Progress]
  /// The routes that were found so far, those remembered included; nil if they are known.
  var foundRoutes: [KnownRoute]?
  /// What the run has done so far, this checkpoint included.
  var totals = CheckpointTotals()
}

/// What a run has done up to a checkpoint, for the run's record in the outbox.
struct CheckpointTotals: Equatable {
  /// Of the files as they are, compressed or not.
  var bytesRead = 0
  var linesRead = 0
  var linesTallied = 0
  /// Requests in the messages queued so far.
  var requests = 0
  var messagesQueued = 0
}

/// Of sinks that remember nothing from run to run.
extension MessageSink {
  func reportedConsumers() throws(Diagnostic) -> [String: ConsumerDetails] { [:] }
  func remember(
    _ consumers: [(identifier: String, details: ConsumerDetails)]
  ) throws(Diagnostic) {}
}

/// Takes messages and forgets them (`--dry-run`).
final class DiscardingSink: MessageSink {
  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute] { [] }
  func accept(_ message: HubMessage) throws(Diagnostic) -> Bool { true }
  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {}
}
