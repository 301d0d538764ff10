internal import Addressing
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
  /// Notes that one more part is made of a bucket of numbers, with the next checkpoint.
  ///
  /// - Parameter start: of the bucket, in seconds since 1970.
  /// - Returns: how many parts were made of it before.
  func addPart(ofBucketAt start: Int64) throws(Diagnostic) -> Int
  /// Whether it remembers what the messages add up to.
  var keepsSums: Bool { get }
  /// Adds to what the messages add up to, with the next checkpoint.
  func add(_ sums: TrafficRows) throws(Diagnostic)
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
  var keepsSums: Bool { false }
  func add(_ sums: TrafficRows) throws(Diagnostic) {}
  func reportedConsumers() throws(Diagnostic) -> [String: ConsumerDetails] { [:] }
  func remember(
    _ consumers: [(identifier: String, details: ConsumerDetails)]
  ) throws(Diagnostic) {}
}

/// Takes messages and forgets them (`--dry-run`).
final class DiscardingSink: MessageSink {
  private var parts = BucketParts()

  func addPart(ofBucketAt start: Int64) throws(Diagnostic) -> Int { parts.add(start) }
  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute] { [] }
  func accept(_ message: HubMessage) throws(Diagnostic) -> Bool { true }
  func startOver() -> Bool {
    parts = BucketParts()
    return true
  }
  func checkpoint(_ checkpoint: OutletCheckpoint) throws(Diagnostic) {}
}

/// How many parts one run has made of each bucket.
struct BucketParts {
  private var counts: [Int64: Int] = [:]

  /// Adds a part; how many there were before.
  mutating func add(_ start: Int64) -> Int {
    let count = counts[start, default: 0]
    counts[start] = count + 1
    return count
  }
}
