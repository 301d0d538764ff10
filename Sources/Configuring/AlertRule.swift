package import Diagnostics

/// When the local hub raises an alert, and what it does then.
package struct AlertRule: Equatable, Sendable {
  package enum Metric: String, CaseIterable, Sendable {
    case requestsPerMinute = "rpm"
    case requests
    /// Received and sent.
    case bytes
    case bytesReceived = "bytes_received"
    case bytesSent = "bytes_sent"
    case consumers
    case clientErrors = "client_errors"
    case serverErrors = "server_errors"
    /// Of all requests: with a status from 400 on, of 4xx, and of 5xx.
    case errorRate = "error_rate"
    case clientErrorRate = "client_error_rate"
    case serverErrorRate = "server_error_rate"
    case p50, p75, p95
    case apdex
    /// How much of the window the environment was up.
    case uptime

    /// What a value of it is measured in, and so how a threshold is written.
    package var unit: Unit {
      switch self {
      case .requestsPerMinute, .requests, .consumers, .clientErrors, .serverErrors: .count
      case .bytes, .bytesReceived, .bytesSent: .bytes
      case .errorRate, .clientErrorRate, .serverErrorRate, .uptime: .percent
      case .p50, .p75, .p95: .milliseconds
      case .apdex: .score
      }
    }

    /// Whether it tells errors by their status itself.
    var isOfErrors: Bool {
      switch self {
      case .clientErrors, .serverErrors, .errorRate, .clientErrorRate, .serverErrorRate: true
      default: false
      }
    }
  }

  package enum Unit: Equatable, Sendable {
    case count, bytes, percent, milliseconds
    /// From 0 to 1.
    case score
  }

  package enum Direction: String, Sendable {
    case above, below
  }

  /// What is looked at; nil and empty for all.
  package struct Filter: Equatable, Sendable {
    /// A UUID in lower case.
    package var clientID: String?
    package var environment: String?
    /// In upper case.
    package var method: String?
    /// As the hub shows it: a template.
    package var path: String?
    package var consumer: String?
    package var statuses: [ClosedRange<Int>] = []
  }

  /// Where an alert is posted to.
  package struct Webhook: Equatable, Sendable {
    package var url: Redacted<String>
    /// Scheme and host, without what may be a secret.
    package var shown: String
  }

  /// No file has more rules, since each is evaluated again and again.
  package static let countLimit = 100
  package static let secondsOfWindow = 60...86_400
  package static let secondsOfHold = 0...86_400
  package static let secondsBetween = 10...3_600

  package var name: String
  package var metric: Metric
  package var direction: Direction
  /// In the metric's unit.
  package var threshold: Double
  /// The time that a value is of, in seconds.
  package var window = 300
  /// How long the value has to be on the wrong side before there is an alert, in seconds.
  package var hold = 0
  /// How often it is evaluated, in seconds.
  package var interval = 60
  /// Response times up to this satisfy, in milliseconds.
  package var apdexThreshold = 500.0
  package var filter = Filter()
  package var webhook: Webhook?
  /// A program and its arguments; empty for none.
  package var command: [String] = []

  init(name: String, metric: Metric, direction: Direction, threshold: Double) {
    (self.name, self.metric) = (name, metric)
    (self.direction, self.threshold) = (direction, threshold)
  }
}
