/// Carries one message to the hub, once. The edge: tests put another one here.
package protocol Transport: Sendable {
  /// Sends the message and returns what came of it within the time for one attempt, or soon after
  /// the task is cancelled.
  func send(_ message: OutgoingMessage) async -> AttemptOutcome
  /// Where `send` is best run, by tasks that never block; nil if it does not matter.
  var executor: (any TaskExecutor)? { get }
}

extension Transport {
  package var executor: (any TaskExecutor)? { nil }
}

/// What came of sending a message once.
package enum AttemptOutcome: Equatable, Sendable {
  case answered(HubAnswer)
  case failed(TransportFault)
  /// The attempt was called off. The hub may have taken the message or not.
  case cancelled

  /// Whether the hub may have the message although it was not seen to take it.
  ///
  /// No: nothing was sent, because no connection came about, or somebody has answered that it was not
  /// taken. Besides every 4xx that is 503, by which a hub, or a proxy before it, turns away what it has no
  /// room for. Any other 5xx may come after the message was kept, as may a silence.
  package var mayHaveBeenTaken: Bool {
    switch self {
    case .answered(let answer): answer.status >= 500 && answer.status != 503
    case .failed(let fault): fault.kind == .interrupted || fault.kind == .timedOut
    case .cancelled: true
    }
  }
}

/// What the hub said.
package struct HubAnswer: Equatable, Sendable {
  package var status: Int
  /// How long the hub asks us to wait.
  package var retryAfter: Duration?
  /// The beginning of the body, safe to print; empty if there was none.
  package var reason: String
  /// Whether it is a web page, or whatever else is no answer of a hub.
  package var isForeign: Bool
  /// What of a message was not taken, although the rest was; nil if all was.
  package var rejection: PartialRejection?

  package init(
    status: Int, isForeign: Bool = false, retryAfter: Duration? = nil, reason: String = ""
  ) {
    self.status = status
    self.isForeign = isForeign
    self.retryAfter = retryAfter
    self.reason = reason
  }
}

/// Why there was no answer. The hub may have taken the message all the same.
package struct TransportFault: Equatable, Sendable {
  package enum Kind: CaseIterable, Sendable {
    /// No connection came about, so nothing was sent: the hub, or the way to it, is down.
    case notConnected
    /// The connection ended before the answer.
    case interrupted
    case timedOut
    /// It will not get better by trying again (the proxy refuses us).
    case misconfigured
  }

  package var kind: Kind
  /// One clause without a full stop, a URL or a secret: "connection refused".
  package var text: String

  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}
