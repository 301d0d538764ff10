/// What the software that collected the lines has put around each of them.
package struct LineWrapping: Hashable, Codable, Sendable {
  package enum Envelope: String, CaseIterable, Codable, Sendable {
    /// Nothing; only colours are removed.
    case none
    /// Docker's json-file: `{"log":"…\n","stream":"stdout","time":"…"}`. A line over 16 KiB comes
    /// in parts, of which the last ends with the line feed.
    case docker
    /// A container runtime's (CRI): `2026-11-23T09:10:13.5Z stdout F …`, parts with `P` before the
    /// last.
    case cri
    /// RFC 3164 or RFC 5424, as rsyslog, journald and Heroku write them.
    case syslog
    /// `web-1  | …`, as docker compose shows lines of several containers.
    case compose
    /// A timestamp and a space: `kubectl logs --timestamps`, `docker logs -t`.
    case timestamp
    /// An object that has the line under one of ``lineKeys``; text may stand before and behind it,
    /// as in the files of Fluentd and Fluent Bit.
    case json
    /// Other text before the line, in ``LineWrapping/pieces``: `[pod/web-1/nginx] …`, `web-1 nginx …`,
    /// `2026-11-23T09:10:13Z app[1] fra [info] …`.
    case prefix
    /// Other text before and behind an object: `web.access: [1795425013.5, {…}]`.
    case object
    /// Nothing, but each request has two lines (``PairedLines``).
    case pairs
    /// Objects one after another on a line, in an array, or in `{"records":[…]}`.
    case sequence
  }

  /// How the time of the wrapping is passed on, for lines that have none of their own.
  package enum TimestampPlacement: String, CaseIterable, Codable, Sendable {
    case none
    /// Before the line, followed by a space.
    case text
    /// As a member of the line, which is an object.
    case member
    /// As a pair.
    case pair
  }

  package var envelope: Envelope
  package var hasColors = false
  /// For ``Envelope/json``, the key that has the line; nil for the first of ``lineKeys`` that has one.
  package var key: String?
  /// For ``Envelope/prefix``, what stands before the line.
  package var pieces: [PrefixPiece] = []
  package var timestampPlacement = TimestampPlacement.none
  /// What another collector has put around the wrapped line, outermost first: at most
  /// ``layerLimit`` layers less one.
  package private(set) var outer: [LineWrapping] = []

  /// How many wrappings may be around each other.
  package static let layerLimit = 3

  package init(_ envelope: Envelope) { self.envelope = envelope }

  /// The same inside `outer`.
  package func within(_ outer: LineWrapping) -> LineWrapping {
    precondition(outer.outer.count + 2 <= Self.layerLimit && self.outer.isEmpty)
    var wrapping = self
    wrapping.outer = outer.outer + [outer]
    return wrapping
  }

  /// The layers around this one, as one wrapping; nil if there are none.
  var around: LineWrapping? {
    guard var wrapping = outer.last else { return nil }
    wrapping.outer = outer.dropLast()
    return wrapping
  }

  /// Its name, for people.
  package var name: String {
    ([ownName] + outer.reversed().map(\.ownName)).joined(separator: " in ")
  }

  private var ownName: String {
    let name =
      switch envelope {
      case .none: "colours"
      case .docker: "docker json-file"
      case .cri: "cri"
      case .syslog: "syslog"
      case .compose: "docker compose"
      case .timestamp: "timestamps"
      case .json: "json"
      case .prefix: "prefixed lines"
      case .object: "prefixed objects"
      case .pairs: "two lines each"
      case .sequence: "json arrays"
      }
    return hasColors && envelope != .none ? "\(name) with colours" : name
  }

  /// Whether it is put around everything that a program prints.
  var isOfOutput: Bool {
    if outer.contains(where: \.isOfOutput) { return true }
    return switch envelope {
    case .docker, .cri, .syslog, .compose, .timestamp, .json, .prefix, .object: true
    // The other lines of an application, and requests that do not end.
    case .pairs: true
    case .none, .sequence: false
    }
  }

  var passesTime: Bool { timestampPlacement != .none }

  /// Whether it has a time of its own to pass on.
  package var suppliesTime: Bool {
    outer.contains(where: \.suppliesTime)
      || envelope != .none && envelope != .sequence && envelope != .pairs
  }

  /// Whether it is only understood as a wrapping because the rest can be read.
  var isGuess: Bool {
    outer.contains(where: \.isGuess) || [.prefix, .object, .sequence].contains(envelope)
  }

  /// The keys that log shippers put a line under: Docker and Fluent Bit, Filebeat and Vector, Loki,
  /// journald's export, Google Cloud, CloudWatch, Splunk, GELF, OpenTelemetry and dumps of
  /// Elasticsearch, Azure's tables of container logs, Mezmo, and Grafana's tables.
  static let lineKeys = [
    "log", "message", "msg", "line", "MESSAGE", "textPayload", "event.original", "@message",
    "_source.message", "_source.event.original", "_source.log", "jsonPayload.message",
    "jsonPayload.log", "body", "Body", "body.stringValue", "content", "_raw", "result._raw",
    "event", "full_message", "short_message", "raw", "text", "original", "fields.message",
    "Message", "Content", "LogMessage", "LogEntry", "Log_s", "_line", "Line",
  ]
  static let timeKeys = [
    "time", "@timestamp", "timestamp", "date", "__REALTIME_TIMESTAMP", "ts", "_source.@timestamp",
    "timeUnixNano", "_time", "result._time", "datetime", "Date",
    "Timestamp", "TimeGenerated", "_ts",
  ]
  static let streamKey = "stream"
  /// The key of a time that was passed on.
  static let timeName = "wrapper_time"
  /// How many bytes of wrapped lines are kept until the end of a line arrives whose parts they
  /// contain: a line at the reader's limit, with all of it escaped. Parts that wait longer are read
  /// as they are.
  package static let partsLimit = 4 << 20
  /// How many bytes at the end of a chunk are searched for a part that lines of another stream
  /// follow. Programs write a line at once, so its parts are close together.
  static let streamWindow = 64 << 10
  /// How many bytes at the end of a chunk are searched for requests whose second line follows. One
  /// that takes longer than so much log is not joined.
  package static let pairWindow = 1 << 20
}

extension LogFormat {
  /// The format of lines into which ``LineUnwrapper`` has put the wrapping's time.
  var afterTimestamp: LogFormat {
    switch self {
    case .text(let layout): return .text(layout.afterTimestamp)
    case .json(var mapping, let moment):
      mapping.time.append(LineWrapping.timeName)
      return .json(mapping, moment)
    case .pairs(var mapping, let moment):
      mapping.time.append(LineWrapping.timeName)
      return .pairs(mapping, moment)
    case .common, .columns, .wrapped: return self
    }
  }

  /// How the format accepts a time that its lines do not have.
  var timestampPlacement: LineWrapping.TimestampPlacement {
    if hasTime { return .none }
    switch self {
    case .text: return .text
    case .json: return .member
    case .pairs: return .pair
    case .common, .columns, .wrapped: return .none
    }
  }
}
