package import Addressing

/// A message on its way into the queue.
package struct NewMessage: Equatable, Sendable {
  package var app: App
  package var kind: MessageKind
  package var envelope: Envelope
  /// The identity by which the hub drops what it has already taken. Unique in the queue.
  package var uuid: String
  /// The request's body as it is sent.
  package var body: [UInt8]
  /// Nanoseconds since 1970.
  package var enqueuedAt: Int64

  package init(
    app: App, kind: MessageKind, uuid: String, envelope: Envelope, body: [UInt8],
    enqueuedAt: Int64
  ) {
    self.app = app
    self.kind = kind
    self.uuid = uuid
    self.envelope = envelope
    self.body = body
    self.enqueuedAt = enqueuedAt
  }
}

/// A message that waits to be delivered.
package struct QueuedMessage: Equatable, Sendable {
  package var id: Int64
  package var message: NewMessage
  /// Since when the hub may have it: when the first attempt began that may have come to it, in
  /// nanoseconds since 1970. nil if there was none.
  package var uncertainSince: Int64?
  /// Why it cannot be sent; its body is empty then.
  package var damage: BodyDamage?
}

/// A message in the queue as people are shown it: all but its body.
package struct ListedMessage: Equatable, Sendable {
  package enum State: String, CaseIterable, Sendable {
    case waiting
    /// The hub has refused it, or its body is damaged.
    case setAside = "set_aside"
    /// Set aside because the hub may have it, and might take it twice.
    case uncertain
  }

  package var id: Int64
  package var app: App
  package var kind: MessageKind
  package var state: State
  package var bodySize: Int
  /// Nanoseconds since 1970.
  package var enqueuedAt: Int64
  /// How many attempts have failed, in all runs.
  package var failedAttempts: Int
  /// Why it was set aside, or what the last attempt failed with; nil if none has.
  package var error: String?
}

/// Some messages of an app.
package enum MessageSelection: Equatable, Sendable {
  case all(Set<ListedMessage.State>)
  case numbers(Set<Int64>)
}

/// How many messages of an app are where.
package struct QueueCounts: Equatable, Sendable {
  package var app: App
  package var waiting = 0
  package var setAside = 0
  package var uncertain = 0
}

/// How many messages of an app the hub has taken since the database was made.
package struct DeliveredCount: Equatable, Sendable {
  package var app: App
  package var count: Int
}
