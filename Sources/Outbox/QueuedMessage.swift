/// An application and environment of Apitally: whom numbers belong to.
package struct AppKey: Hashable, Sendable {
  package var clientID: String
  package var env: String

  package init(clientID: String, env: String) {
    self.clientID = clientID
    self.env = env
  }
}

/// A message on its way into the queue.
package struct NewMessage: Equatable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    case startup, sync, log
  }

  package var app: AppKey
  package var kind: Kind
  /// The identity by which the hub drops what it has already taken. Unique in the queue.
  package var uuid: String
  /// The request's path below the hub's base URL, beginning with `/`, and its query without `?`.
  package var path: String
  package var query: String?
  /// The request's body as it is sent: JSON, or gzip for request logs.
  package var body: [UInt8]
  /// Nanoseconds since 1970.
  package var enqueuedAt: Int64

  package init(
    app: AppKey, kind: Kind, uuid: String, path: String, query: String? = nil, body: [UInt8],
    enqueuedAt: Int64
  ) {
    self.app = app
    self.kind = kind
    self.uuid = uuid
    self.path = path
    self.query = query
    self.body = body
    self.enqueuedAt = enqueuedAt
  }
}

/// A message that waits to be delivered.
package struct QueuedMessage: Equatable, Sendable {
  package var id: Int64
  package var message: NewMessage
  /// How many attempts have failed so far, in all runs.
  package var failedAttempts: Int
}

/// A message that the hub has refused.
package struct SetAsideMessage: Equatable, Sendable {
  package var id: Int64
  package var app: AppKey
  package var kind: NewMessage.Kind
  package var uuid: String
  package var bodySize: Int
  package var reason: String
  /// Nanoseconds since 1970.
  package var setAsideAt: Int64
}

/// How many messages of an app are where.
package struct QueueCounts: Equatable, Sendable {
  package var app: AppKey
  package var waiting = 0
  package var setAside = 0
}

/// How many messages of an app and kind the hub has taken since the database was made.
package struct DeliveredCount: Equatable, Sendable {
  package var app: AppKey
  package var kind: NewMessage.Kind
  package var count: Int
  /// Nanoseconds since 1970.
  package var lastAt: Int64
}
