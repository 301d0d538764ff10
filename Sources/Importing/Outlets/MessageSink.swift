internal import Attribution
internal import Diagnostics
internal import Messaging

/// Where a run's messages go. Used by one thread at a time.
protocol MessageSink: AnyObject {
  /// Takes a message, which does not count before the next checkpoint.
  ///
  /// - Returns: false for a message that says nothing new and was dropped.
  func accept(_ message: HubMessage) throws(Diagnostic) -> Bool
  /// The routes that earlier imports of the application have found.
  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute]
  /// The consumers whose names and groups the hub was told before.
  func toldConsumers() throws(Diagnostic) -> [String: ConsumerDetails]
  /// Remembers, with the next checkpoint, what the hub is told of consumers.
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
}

/// Of sinks that remember nothing from run to run.
extension MessageSink {
  func toldConsumers() throws(Diagnostic) -> [String: ConsumerDetails] { [:] }
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
