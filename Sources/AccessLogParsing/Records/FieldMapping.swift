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

/// Which moment of a request a log's timestamp is. The live middleware records the start, so an end
/// is moved back by the duration if the line has one.
package enum TimestampMoment: String, CaseIterable, Sendable {
  case start, end
}

/// Where to find each part of a record in a JSON log: for each part the keys to look for, of which
/// the first that is present wins. A key is a name or a dotted path (`request.uri`), which finds
/// both nested objects and a key that itself contains the dot.
package struct FieldMapping: Equatable, Sendable {
  /// The name of the format in the catalogue; nil for the user's own.
  package var name: String?
  package var time: [String] = []
  package var method: [String] = []
  /// Whether the method is the verb of an API (``APIVerb``).
  package var methodIsVerb = false
  /// The request target as the client sent it, with its query.
  package var target: [String] = []
  /// A key that contains the route template.
  package var route: [String] = []
  /// The whole request line, `GET /path HTTP/1.1`, if method and target have no keys of their own.
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
  /// The exception behind a 500, if the application logs it.
  package var exceptionType: [String] = []
  package var exceptionMessage: [String] = []
  package var exceptionTraceback: [String] = []
  /// Why a request was refused with 422: a list of objects with `loc`, `msg` and `type`, as
  /// produced by FastAPI, or an object that has the list under `detail`.
  package var validationErrors: [String] = []
  /// Whether the duration is the sum of all its keys, rather than the first of them.
  package var sumsDurations = false
  /// Whether a captured `-` means that there is no value.
  package var dashMeansAbsent = false
  /// Keys for a duration whose unit the format does not define. They are ignored until the user, or
  /// the log itself, has determined it.
  package var undecidedDuration: [String] = []
  /// The units that the duration may have if it is a whole number on every line; empty if a number
  /// without decimals is in ``durationUnit``, too.
  package var wholeNumberUnits: [DurationUnit] = []
  /// Text in the lines that reveals the unit if the format does not define it.
  package var unitMarks: [UnitMark] = []
  /// The date in UTC, for lines whose time is only that of the day.
  package var date: [String] = []
  /// What tells the lines of requests from others with the same keys.
  package var condition: FieldCondition?
  /// What precedes the name of a request header in its key.
  package var headerPrefix: String?
  /// Other names that rules may use for keys: those of the server's variables that a template puts
  /// under keys of the user's own.
  package var aliases: [String: String] = [:]

  package init() {}
}

/// A key whose value tells lines that are to be counted from others that describe the same requests, or
/// none. Lines without the key are counted.
package struct FieldCondition: Equatable, Sendable {
  package var key: String
  /// What the value begins with, one of them; if there are none, no line with the key is counted.
  package var prefixes: [String]

  package init(_ key: String, _ prefixes: String...) {
    (self.key, self.prefixes) = (key, prefixes)
  }
}

/// Something that occurs only in lines whose durations are in one particular unit.
package struct UnitMark: Equatable, Sendable {
  /// The literal text in the line.
  package var text: String
  package var unit: DurationUnit
  /// What it means, for people.
  package var meaning: String
}

extension FieldMapping {
  /// The keys of the part of a record that is called `name` in the configuration, so that a rule
  /// can say `remote_address` no matter what the log calls it; nil if there is no such part.
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
    default: keys(ofVariable: name)
    }
  }

  /// The keys of a server's variable, or of a request header.
  private func keys(ofVariable name: String) -> [String]? {
    if let key = aliases[name] ?? aliases[headerVariable(name)] { return [key] }
    // HTTP/2 has lower-case headers, and some producers write them that way, too.
    return headerPrefix.map { [$0 + name, $0 + name.lowercased()] }
  }
}

/// The name of the variable that holds a request header, as nginx forms it: for `X-Api-User` it is
/// `http_x_api_user`.
func headerVariable(_ header: String) -> String {
  "http_" + header.lowercased().map { $0 == "-" ? "_" : String($0) }.joined()
}
