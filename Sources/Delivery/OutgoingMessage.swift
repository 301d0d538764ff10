package import Addressing

/// A message for the hub, as the courier carries it.
package struct OutgoingMessage: Equatable, Sendable {
  /// Its place in the queue: greater than that of every message queued before.
  package var id: Int64
  package var envelope: Envelope
  /// Sent as it is.
  package var body: [UInt8]
  /// How long ago it was first attempted; nil unless the hub may have taken it then.
  package var uncertainFor: Duration?

  package init(id: Int64, envelope: Envelope, body: [UInt8], uncertainFor: Duration? = nil) {
    self.id = id
    self.envelope = envelope
    self.body = body
    self.uncertainFor = uncertainFor
  }
}

/// What became of a message, for the queue to record.
package struct SettledMessage: Equatable, Sendable {
  package enum Result: Equatable, Sendable {
    /// The hub has taken it: it may leave the queue.
    case delivered
    /// The hub will never take it.
    case setAside(reason: String)
    /// The hub wants no droppable messages for the time being: it leaves the queue undelivered.
    case dropped
    /// An attempt failed; the message still waits. Unless it is `isUncertain`, the hub has not taken
    /// it, now or before, and the note of its first attempt is void.
    case attempted(error: String, isUncertain: Bool)
    /// The attempt that was noted was not made.
    case notAttempted
    /// The hub may have taken it, and would take it twice by now.
    case uncertain(reason: String)
  }

  package var id: Int64
  package var result: Result

  package init(_ id: Int64, _ result: Result) {
    self.id = id
    self.result = result
  }
}

/// What the courier asks the queue for: messages with an id greater than `after`, in order.
package struct BatchRequest: Equatable, Sendable {
  package var after: Int64
  /// At most so many, and as many as have bodies of `bytes` together, but at least one.
  package var count: Int
  package var bytes: Int
}

/// The queue as the courier sees it. Called by one task, one call at a time.
package protocol MessageSource: Sendable {
  /// Waiting messages; none means that the end of the queue is reached for now. A message that was
  /// settled as delivered or set aside is not returned again.
  func nextBatch(_ request: BatchRequest) async throws -> [OutgoingMessage]
  /// Notes that these messages are about to be attempted for the first time, as far as the hub can
  /// know. Once this returns, a crash does not forget it.
  func noteAttempts(of ids: [Int64]) async throws
  /// Records what became of messages. Once this returns, a crash forgets none of it, or the
  /// message is sent again with the same uuid.
  func settle(_ messages: [SettledMessage]) async throws
  /// How many messages wait.
  func waitingCount() async throws -> Int
}
