/// The unit in which a log writes durations. It comes from the format's own definition or from the
/// user, never from a guess.
package enum DurationUnit: String, CaseIterable, Sendable {
  case nanoseconds = "ns"
  case microseconds = "us"
  case milliseconds = "ms"
  case seconds = "s"

  /// Nanoseconds in one unit.
  package var nanoseconds: Int64 {
    switch self {
    case .nanoseconds: 1
    case .microseconds: 1_000
    case .milliseconds: 1_000_000
    case .seconds: 1_000_000_000
    }
  }
}

/// Which moment of a request a log's time stamp is. The live middleware stamps the start, so an
/// end is moved back by the duration where the line has one.
package enum StampMoment: String, CaseIterable, Sendable {
  case start, end
}

/// Where each part of a record stands in a JSON log: for each the keys to look for, of which the
/// first present wins. A key is a name or a dotted path (`request.uri`), which finds both nested
/// objects and a key that holds the dot itself.
package struct FieldMapping: Equatable, Sendable {
  package var time: [String] = []
  package var method: [String] = []
  /// The request target as the client sent it, with its query.
  package var target: [String] = []
  /// A key that already holds the route template.
  package var route: [String] = []
  /// The whole request line, `GET /path HTTP/1.1`, where method and target have no keys of their own.
  package var request: [String] = []
  package var status: [String] = []
  package var requestSize: [String] = []
  package var responseSize: [String] = []
  package var duration: [String] = []
  package var durationUnit: DurationUnit = .seconds
  package var host: [String] = []
  package var scheme: [String] = []
  package var userAgent: [String] = []
  package var remoteAddress: [String] = []
  package var referer: [String] = []
  /// The exception behind a 500, where the application logs one.
  package var exceptionType: [String] = []
  package var exceptionMessage: [String] = []
  package var exceptionTraceback: [String] = []
  /// What a 422 was refused for: a list of objects with `loc`, `msg` and `type`, as FastAPI makes
  /// them, or an object that has the list under `detail`.
  package var validationErrors: [String] = []

  package init() {}
}

extension FieldMapping {
  /// The keys of the part of a record that is called `name` in configurations, so that a rule can
  /// say `remote_address` whatever the log calls it; nil if there is no such part.
  package func keys(ofPart name: String) -> [String]? {
    switch name {
    case "time": time
    case "method": method
    case "target": target
    case "route": route
    case "request": request
    case "status": status
    case "request_size": requestSize
    case "response_size": responseSize
    case "duration": duration
    case "host": host
    case "scheme": scheme
    case "user_agent": userAgent
    case "remote_address": remoteAddress
    case "referer": referer
    case "exception_type": exceptionType
    case "exception_message": exceptionMessage
    case "exception_traceback": exceptionTraceback
    case "validation_errors": validationErrors
    default: nil
    }
  }
}
