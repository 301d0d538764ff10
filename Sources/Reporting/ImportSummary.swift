internal import Diagnostics

/// What a run did, for its closing summary.
package struct ImportSummary: Equatable, Sendable {
  package struct Messages: Equatable, Sendable {
    /// Created by this run.
    package var queued = 0
    /// Accepted by the hub during this run, including messages of earlier runs.
    package var delivered = 0
    /// Still in the outbox.
    package var waiting = 0
    /// Permanently refused by the hub and set aside.
    package var refused = 0
    /// Set aside because the hub may have taken them, and might take them twice.
    package var uncertain = 0
    /// Set aside because what the outbox holds of them is damaged.
    package var damaged = 0
    /// Request-log files that the hub did not want.
    package var dropped = 0

    package init() {}
  }

  /// What became of the requests that could have had an entry in the request logs.
  package struct RequestLogs: Equatable, Sendable {
    package var items = 0
    package var files = 0
    /// Excluded because of their path, user agent or status.
    package var excluded = 0
    package var notSampled = 0
    package var overLimit = 0
    package var tooLong = 0

    package init() {}
  }

  /// What one part of the requests comes from, and how many have it.
  package struct Part: Equatable, Sendable {
    package var name: String
    package var requestCount: Int
    package var field: String?
    package var unit: String?

    package init(name: String, requestCount: Int, field: String?, unit: String?) {
      (self.name, self.requestCount, self.field, self.unit) = (name, requestCount, field, unit)
    }
  }

  /// A path that matches no known route.
  package struct UnmatchedPath: Equatable, Sendable {
    package var path: String
    package var requestCount: Int

    package init(path: String, requestCount: Int) {
      (self.path, self.requestCount) = (path, requestCount)
    }
  }

  /// What sending the messages of a dry run by OTLP would come to.
  package struct Sending: Equatable, Sendable {
    /// What Apitally takes in a minute, and in a second.
    package static let messagesPerMinute = 1_800
    package static let messagesPerSecond = 200

    /// About how many it would be to send: most messages of a dry run are not compressed.
    package var bytes: Int
    package var messages: Int
    package var environment: String

    package init(bytes: Int, messages: Int, environment: String) {
      (self.bytes, self.messages, self.environment) = (bytes, messages, environment)
    }

    /// How long it takes at least, at the rate that is allowed.
    package var seconds: Double {
      let minutes = (messages - 1) / Self.messagesPerMinute
      let rest = messages - minutes * Self.messagesPerMinute
      return Double(minutes) * 60 + Double(rest) / Double(Self.messagesPerSecond)
    }
  }

  /// With what status the run ends, and the first error that decided it.
  package var exitStatus = 0
  package var error: String?
  package var linesRejected = 0
  /// Durations, sizes, consumers and routes.
  package var coverage: [Part] = []
  /// Fields that look like durations or sizes, and are not counted.
  package var notTaken: [String] = []
  /// The paths with the most requests to no known route, with the IDs in them replaced.
  package var unmatched: [UnmatchedPath] = []
  package var linesRead = 0
  package var linesTallied = 0
  /// Lines left out, by reason.
  package var leftOut: [String: Int] = [:]
  /// What the reasons mean, where their names are not enough.
  package var explanations: [String: String] = [:]
  package var bytesRead = 0
  package var bytesUncompressed = 0
  package var sourceCount = 0
  package var requestCount: Int64 = 0
  package var consumerCount = 0
  /// The highest number of consumers on one day (UTC); nil if they were not counted by day.
  package var consumersPerDay: Int?
  package var routeCount = 0
  package var bucketCount = 0
  package var bucketSeconds = 60
  package var messages = Messages()
  /// nil unless it is a dry run by OTLP.
  package var sending: Sending?
  /// nil if none were requested.
  package var requestLogs: RequestLogs?
  /// When the first and the last tallied request began, in nanoseconds since 1970.
  package var firstRequest: Int64?
  package var lastRequest: Int64?
  package var seconds = 0.0
  /// How much of it passed until all was read.
  package var readingSeconds = 0.0
  /// How much passed after that until what could be sent was sent; nil if nothing goes to a hub.
  package var sendingSeconds: Double?
  /// Where messages went if not to the hub: a payload file, or nowhere.
  package var destination = Destination.hub

  package enum Destination: Equatable, Sendable {
    case hub, payloads, nowhere
  }

  package init() {}
}

// MARK: As JSON

extension ImportSummary {
  /// One JSON object with the documented keys (`--summary json`).
  package var json: String {
    let reasons = leftOut.sorted { $0.key < $1.key }
      .map { "\(jsonString($0.key)):\($0.value)" }.joined(separator: ",")
    return """
      {"exit_status":\(exitStatus),"error":\(error.map { jsonString($0) } ?? "null"),\
      "lines":{"read":\(linesRead),"tallied":\(linesTallied),"rejected":\(linesRejected),\
      "left_out":{\(reasons)}},\
      "coverage":{\(coverage.map(\.json).joined(separator: ","))},\
      "not_taken":[\(notTaken.map { jsonString($0) }.joined(separator: ","))],\
      "unmatched":[\(unmatchedJSON)],\
      "bytes":{"read":\(bytesRead),"uncompressed":\(bytesUncompressed)},\
      "sources":\(sourceCount),"requests":\(requestCount),"consumers":\(consumerCount),\
      "consumers_per_day":\(consumersPerDay.map { String($0) } ?? "null"),\
      "routes":\(routeCount),"buckets":\(bucketCount),\
      "messages":{"queued":\(messages.queued),"delivered":\(messages.delivered),\
      "waiting":\(messages.waiting),"refused":\(messages.refused),\
      "uncertain":\(messages.uncertain),"damaged":\(messages.damaged),\
      "dropped":\(messages.dropped)},\
      \(sending.map { "\"sending\":\($0.json)," } ?? "")\
      "request_logs":\(requestLogs?.json ?? "null"),\
      "first_request":\(jsonInstant(firstRequest)),"last_request":\(jsonInstant(lastRequest)),\
      "seconds":\(decimal(seconds, places: 3)),\
      "seconds_reading":\(decimal(readingSeconds, places: 3)),\
      "seconds_sending":\(sendingSeconds.map { decimal($0, places: 3) } ?? "null")}
      """
  }

  private var unmatchedJSON: String {
    unmatched.map { "{\"path\":\(jsonString($0.path)),\"requests\":\($0.requestCount)}" }
      .joined(separator: ",")
  }
}

// MARK: As text

extension ImportSummary {
  /// A few lines for people.
  package var text: String {
    var lines = [
      "\(counted(linesRead, "line")) read, \(grouped(linesTallied)) tallied"
        + (leftOut.isEmpty ? "" : ", left out:")
    ]
    let width = leftOut.values.map { grouped($0).count }.max() ?? 0
    for (reason, count) in leftOut.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      let number = grouped(count)
      let padding = String(repeating: " ", count: width - number.count)
      let explanation = explanations[reason].map { "  (\($0))" } ?? ""
      lines.append("  \(padding)\(number)  \(terminalSafe(reason))\(explanation)")
    }
    if let firstRequest, let lastRequest {
      lines.append(
        "from \(timestamp(firstRequest, separator: " ")) to "
          + "\(timestamp(lastRequest, separator: " ")) UTC, "
          + counted(bucketCount, "bucket") + " of \(bucketSeconds) s")
    }
    lines.append("\(consumerText), \(counted(routeCount, "route"))")
    if linesTallied > 0, !coverage.isEmpty { lines.append(coverageText) }
    if let requestLogs { lines.append(requestLogs.text) }
    lines.append(messageLine)
    if let sending { lines.append(sending.text) }
    lines.append(speedLine)
    return lines.joined(separator: "\n")
  }

  private var consumerText: String {
    let count = counted(consumerCount, "consumer")
    guard let consumersPerDay, consumerCount > 0 else { return count }
    return "\(count) (at most \(grouped(consumersPerDay)) in a day)"
  }

  /// `durations on 1,950 of 1,950 requests (extra_1, s), response sizes on all (body_bytes_sent)`
  private var coverageText: String {
    let names = [
      "duration": "durations", "request_size": "request sizes", "response_size": "response sizes",
      "consumer": "consumers",
    ]
    let parts = coverage.compactMap { part -> String? in
      guard let name = names[part.name] else { return nil }
      if part.requestCount == 0 { return "no \(name)" }
      let source = [part.field, part.name == "duration" ? part.unit : nil].compactMap { $0 }
        .map { terminalSafe($0) }.joined(separator: ", ")
      return "\(name) on \(grouped(part.requestCount)) of \(counted(linesTallied, "request"))"
        + (source.isEmpty ? "" : " (\(source))")
    }
    return parts.joined(separator: "; ")
  }

  private var messageLine: String {
    let made = counted(messages.queued, "message")
    switch destination {
    case .payloads: return "\(made) written"
    case .nowhere: return "\(made), none stored or sent (dry run)"
    case .hub:
      var parts = ["\(grouped(messages.delivered)) delivered"]
      if messages.waiting > 0 { parts.append("\(grouped(messages.waiting)) waiting") }
      if messages.refused > 0 { parts.append("\(grouped(messages.refused)) refused") }
      if messages.uncertain > 0 { parts.append("\(grouped(messages.uncertain)) uncertain") }
      if messages.damaged > 0 { parts.append("\(grouped(messages.damaged)) damaged") }
      if messages.dropped > 0 { parts.append("\(grouped(messages.dropped)) dropped") }
      return "\(made) queued, " + parts.joined(separator: ", ")
    }
  }

  private var speedLine: String {
    let size =
      bytesRead == bytesUncompressed
      ? megabytes(bytesUncompressed)
      : "\(megabytes(bytesUncompressed)) from \(megabytes(bytesRead))"
    let rate =
      readingSeconds > 0.01
      ? ", \(decimal(Double(bytesUncompressed) / readingSeconds / 1e6, places: 0)) MB/s" : ""
    guard let sendingSeconds else {
      return "\(size) in \(decimal(seconds, places: 2)) s\(rate)"
    }
    return "\(size) read in \(decimal(readingSeconds, places: 2)) s\(rate), "
      + "sent in \(decimal(sendingSeconds, places: 2)) s"
  }

  /// What a log says of a run that went well, in one line.
  package var line: String {
    var parts = ["\(counted(linesRead, "line")) read", counted(Int(requestCount), "request")]
    if sourceCount != 1 { parts.insert(counted(sourceCount, "source"), at: 0) }
    return (parts + [messageLine, speedLine]).joined(separator: ", ")
  }

  private func megabytes(_ bytes: Int) -> String { decimal(Double(bytes) / 1e6, places: 1) + " MB" }

}

extension ImportSummary.Part {
  fileprivate var json: String {
    """
    \(jsonString(name)):{"requests":\(requestCount),\
    "field":\(field.map { jsonString($0) } ?? "null"),\
    "unit":\(unit.map { jsonString($0) } ?? "null")}
    """
  }
}

extension ImportSummary.Sending {
  fileprivate var json: String {
    """
    {"bytes":\(bytes),"messages_per_minute":\(Self.messagesPerMinute),\
    "seconds":\(decimal(seconds, places: 1)),"instances":1,"environment":\(jsonString(environment))}
    """
  }

  /// `about 0.3 MB to send, in 1 s or more at 1,800 messages a minute; …`
  fileprivate var text: String {
    let size = decimal(Double(bytes) / 1e6, places: 1)
    let time = decimal(seconds, places: 0)
    return "about \(size) MB to send by OTLP, in \(time) s or more at "
      + "\(grouped(Self.messagesPerMinute)) messages a minute; 1 instance, and the environment "
      + "\(environment.isEmpty ? "" : "\(environment) ")will show as online"
  }
}

extension ImportSummary.RequestLogs {
  fileprivate var json: String {
    """
    {"items":\(items),"files":\(files),"excluded":\(excluded),"not_sampled":\(notSampled),\
    "over_limit":\(overLimit),"too_long":\(tooLong)}
    """
  }

  /// `1,950 request-log entries in 2 files; left out: 12 excluded`
  fileprivate var text: String {
    let entries = counted(items, "request-log entry", plural: "request-log entries")
    let left = [
      (excluded, "excluded"), (notSampled, "not sampled"), (overLimit, "over the limit"),
      (tooLong, "too long"),
    ].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    return entries + (files > 0 ? " in \(counted(files, "file"))" : "")
      + (left.isEmpty ? "" : "; left out: " + left.joined(separator: ", "))
  }
}
