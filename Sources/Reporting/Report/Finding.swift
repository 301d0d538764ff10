/// Something in a log that differs from itself or the rest beyond chance.
package struct Finding: Equatable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// No requests for a while.
    case gap
    /// An endpoint's times or server errors changed at a moment.
    case endpointChange = "endpoint-change"
    /// A consumer's share of errors differs from that of all others.
    case consumerErrors = "consumer-errors"
    /// A consumer that appeared after the first day, and makes many requests.
    case newConsumer = "new-consumer"
  }

  package enum Severity: String, Sendable {
    case notice, warning
  }

  /// What is compared: requests of a set, and how they went.
  package struct Sample: Equatable, Sendable {
    package var requests: Int
    package var clientErrors = 0
    /// Status 429.
    package var rateLimited = 0
    package var serverErrors = 0
    /// Nanoseconds; nil if the log has no durations.
    package var p95: Int64?

    package init(requests: Int) { self.requests = requests }
  }

  package var kind: Kind
  package var severity = Severity.warning
  /// Seconds since 1970: when it began and ended, if it did within the log.
  package var since: Int?
  package var until: Int?
  package var endpoint: String?
  package var consumer: String?
  /// For a gap: the requests in as long a time before it. For a consumer: all others.
  package var before: Sample?
  package var after: Sample?
  /// How probable such a difference is by chance; nil for gaps.
  package var pValue: Double?
  /// The status that a change of errors is mostly due to, and its requests.
  package var status: Int?
  package var statusCount = 0
  /// For a consumer's errors: the share of all such errors that are its own, 0 to 1; for a new consumer: its
  /// share of all requests since it appeared.
  package var share: Double?

  package init(_ kind: Kind) { self.kind = kind }
}
