internal import Attribution
internal import Diagnostics
internal import Ingesting
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
  /// Drops what was accepted since the last checkpoint, so that the same may come again.
  ///
  /// - Returns: false if that cannot be had back any more.
  func startOver() -> Bool
  /// Makes what was accepted since the last checkpoint count.
  func checkpoint(_ checkpoint: OutletCheckpoint) throws(Diagnostic)
}

/// What a checkpoint settles besides its messages.
struct OutletCheckpoint {
  /// How far the reading has come.
  var facts: CheckpointFacts
  /// The routes that were found so far, those remembered included; nil if there is nothing new to
  /// remember.
  var foundRoutes: [KnownRoute]?
  /// Requests in the messages of the run so far.
  var requestCount: Int64
  /// Messages of the run so far.
  var messageCount: Int
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
  func startOver() -> Bool { true }
  func checkpoint(_ checkpoint: OutletCheckpoint) throws(Diagnostic) {}
}
