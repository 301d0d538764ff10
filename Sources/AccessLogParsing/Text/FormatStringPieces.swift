/// A server's format string taken apart: literal text, and values that the server inserts.
struct FormatStringPieces {
  enum Piece: Equatable {
    case text([UInt8])
    case value(ServerValue)
  }

  var pieces: [Piece] = []

  mutating func append(text: some Sequence<UInt8>) {
    let text = Array(text)
    if text.isEmpty { return }
    if case .text(let before)? = pieces.last {
      pieces[pieces.count - 1] = .text(before + text)
    } else {
      pieces.append(.text(text))
    }
  }

  mutating func append(_ value: ServerValue) { pieces.append(.value(value)) }

  /// Whether it is a template for JSON.
  var isJSON: Bool {
    guard case .text(let text)? = pieces.first else { return false }
    let rest = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    return rest.first == UInt8(ascii: "{")
      && rest.dropFirst().first { $0 > UInt8(ascii: " ") } == UInt8(ascii: "\"")
  }
}

/// A value that a server logs, and what it means to us.
struct ServerValue: Equatable {
  /// Which part of a record it can be. Of several for the same part, the one with the lowest rank
  /// is used.
  enum Part: Equatable {
    case none
    case time, request, method, target, status, requestSize, responseSize, duration
  }

  /// As written in the format string, for messages.
  var spelling: String
  var offset: Int
  var names: [String]
  var part = Part.none
  var rank = 0
  var role = TextField.Role.none
  var shape = TextField.Shape.any
  var moment = TimestampMoment.start
  /// The part of a JSON mapping that rules may name no matter what its key is.
  var alias: WritableKeyPath<FieldMapping, [String]>?

  init(_ spelling: String, at offset: Int, names: [String]) {
    (self.spelling, self.offset, self.names) = (spelling, offset, names)
  }

  static func == (left: ServerValue, right: ServerValue) -> Bool {
    left.spelling == right.spelling && left.offset == right.offset
  }
}

/// Turns format strings into formats; servers differ only in the values they have.
struct FormatStringCompiler {
  let name: String
  var pieces: FormatStringPieces
  var hasEscapes = true
  /// Whether the server writes `-` for a value that does not exist.
  var dashMeansAbsent = true
  /// Whether a word in the format string, such as `ms`, says what the unit is: the same directive has
  /// another one in another server, and whoever wrote the word knew.
  var takesUnitsFromText = false
  let requestName: String
  let statusName: String

  func format() throws(FormatStringError) -> LogFormat {
    let values = pieces.pieces.compactMap { piece -> ServerValue? in
      if case .value(let value) = piece { value } else { nil }
    }
    guard values.count <= TextProgram.fieldLimit else {
      throw FormatStringError(.tooManyValues(limit: TextProgram.fieldLimit), at: 0)
    }
    if pieces.isJSON {
      var template = JSONTemplate(pieces: pieces)
      var mapping = try template.mapping()
      mapping.mapping.dashMeansAbsent = dashMeansAbsent
      try check(
        hasRequest: !mapping.mapping.request.isEmpty
          || !mapping.mapping.method.isEmpty && !mapping.mapping.target.isEmpty,
        hasStatus: !mapping.mapping.status.isEmpty)
      return .json(mapping.mapping, mapping.moment)
    }
    let parts = values.map(\.part)
    try check(
      hasRequest: parts.contains(.request) || parts.contains(.method) && parts.contains(.target),
      hasStatus: parts.contains(.status))
    return .text(try layout(values))
  }

  private func check(hasRequest: Bool, hasStatus: Bool) throws(FormatStringError) {
    if !hasRequest { throw FormatStringError(.noRequest(suggestion: requestName), at: 0) }
    if !hasStatus { throw FormatStringError(.noStatus(suggestion: statusName), at: 0) }
  }

  private func layout(_ values: [ServerValue]) throws(FormatStringError) -> TextLayout {
    let best = BestValues(values)
    var result: [TextLayout.Piece] = []
    let takesUnits = takesUnitsFromText
    for (index, piece) in pieces.pieces.enumerated() {
      switch piece {
      case .text(let text): result.append(.literal(text))
      case .value(let value):
        var field = TextField(
          names: value.names, best.has(value) ? value.role : .none, shape: value.shape)
        let text = self.text(at: index + 1)
        if takesUnits, case .duration = field.role, let unit = Self.unit(at: text) {
          field.role = .duration(unit)
        }
        let isLast = index == pieces.pieces.count - 1
        if field.role == .request, isLast || text.first == UInt8(ascii: " ") {
          result += Self.openRequest(names: value.names, isLast: isLast)
          continue
        }
        if isLast { field.shape = value.shapeAtEnd }
        // The server escapes quotes, so one in the last value belongs to what the format string lacks.
        let quote = [UInt8(ascii: "\"")]
        if hasEscapes, field.shape == .any, index == pieces.pieces.count - 2, text == quote,
          self.text(at: index - 1).last == quote[0]
        {
          field.shape = .unquoted
        }
        if let before = self.value(at: index - 1), before.canEndAtPath, value.part == .target {
          field.shape = .path
        }
        if let next = self.value(at: index + 1), !field.hasOwnEnd {
          guard value.canEndAtPath, next.part == .target else {
            throw FormatStringError(.adjacent(value.spelling, next.spelling), at: next.offset)
          }
          field.shape = .unspaced
        }
        result.append(.value(field))
      }
    }
    var layout = TextLayout(name: name, pieces: result, timestampMoment: best.moment)
    layout.hasEscapes = hasEscapes
    return layout
  }

  private func text(at index: Int) -> [UInt8] {
    guard pieces.pieces.indices.contains(index), case .text(let text) = pieces.pieces[index]
    else { return [] }
    return text
  }

  /// The unit that the word at the beginning of `text` names, as in `%D ms` or `(%D microseconds)`.
  private static func unit(at text: [UInt8]) -> DurationUnit? {
    let word = text.drop { $0 == UInt8(ascii: " ") }
      .prefix { ($0 | 0x20) &- UInt8(ascii: "a") < 26 || $0 > 0x7F }
    return DurationUnit(word: String(decoding: word, as: UTF8.self))
  }

  /// A request line that no quotes close. Its first two spaces and the one behind it divide it.
  private static func openRequest(names: [String], isLast: Bool) -> [TextLayout.Piece] {
    let space = TextLayout.Piece.literal([UInt8(ascii: " ")])
    return [
      .value(TextField(names: ["request_method", "method"], .method)), space,
      .value(TextField(names: ["request_uri", "target"], .target)), space,
      .value(TextField(names: ["server_protocol"], shape: isLast ? .word : .any)),
    ]
  }

  private func value(at index: Int) -> ServerValue? {
    guard pieces.pieces.indices.contains(index), case .value(let value) = pieces.pieces[index]
    else { return nil }
    return value
  }
}

extension TextField {
  /// Whether the value itself shows where it ends.
  fileprivate var hasOwnEnd: Bool {
    switch role {
    case .commonTime: true
    case .patternedTime(let pattern): pattern.fixedLength != nil
    default: shape == .byte
    }
  }
}

extension ServerValue {
  /// What the value's text may be where the format string ends with it. A line that goes on is one that the
  /// format string does not describe: what is behind would be lost without a word.
  fileprivate var shapeAtEnd: TextField.Shape {
    if shape == .list {
      // Headers of a response are text.
      let isText = names.contains { name in
        ["upstream_http_", "upstream_cookie_", "upstream_trailer_"].contains { name.hasPrefix($0) }
      }
      return isText ? .any : .list
    }
    let isList = names.contains { $0.hasSuffix("x_forwarded_for") }
    if shape == .any, isList { return .list }
    let isWord = names.contains { Self.namesWithoutSpace.contains($0) }
    return shape == .any && isWord ? .unspaced : shape
  }

  private static let namesWithoutSpace = namesWithoutSlash.union([
    "args", "body_bytes_sent", "bytes_total", "connection_requests", "connection_status",
    "connection_time", "connections_active", "content_length", "geoip2_data_country_code",
    "geoip_country_code", "gzip_ratio", "handler", "http2", "http3", "http_content_length",
    "http_host", "http_origin", "http_x_real_ip", "http_x_request_id", "ident",
    "keepalive_requests", "limit_rate", "log_id", "msec", "nginx_version", "pipe",
    "proxy_protocol_addr", "proxy_protocol_port", "query_string", "request_completion",
    "request_uri", "sent_http_content_length", "server_addr", "server_protocol", "ssl_cipher",
    "ssl_curve", "ssl_protocol", "ssl_server_name", "ssl_session_id", "ssl_session_reused",
    "tcpinfo_rtt", "time_iso8601",
  ])

  /// Whether the value contains no slash, so that it ends where a path begins directly after it.
  fileprivate var canEndAtPath: Bool { names.contains { Self.namesWithoutSlash.contains($0) } }

  private static let namesWithoutSlash: Set<String> = [
    "host", "http_host", "server_name", "hostname", "proxy_host", "scheme", "request_scheme",
    "remote_addr", "realip_remote_addr", "server_addr", "peer_addr", "server_port", "remote_port",
    "proxy_port", "status", "request_method", "msec", "pid", "process_id", "connection",
    "request_time", "duration", "duration_s", "duration_ms", "duration_us", "body_bytes_sent",
    "bytes_sent", "bytes_received", "request_length", "content_length", "request_id",
  ]
}

/// Which of a format string's values are used for the parts of a record.
struct BestValues {
  private var taken: [ServerValue] = []
  /// Which moment the timestamp is.
  private(set) var moment = TimestampMoment.start

  init(_ values: [ServerValue]) {
    // Methods and targets add nothing to the request line.
    let hasRequest = values.contains { $0.part == .request }
    for value in values where value.part != .none {
      if hasRequest && (value.part == .method || value.part == .target) { continue }
      // A size has several sources, of which the first with a value counts.
      let isSize = value.part == .requestSize || value.part == .responseSize
      let rival = taken.firstIndex { $0.part == value.part }
      if let rival, !isSize {
        if taken[rival].rank > value.rank { taken[rival] = value }
      } else {
        taken.append(value)
      }
    }
    if let time = taken.first(where: { $0.part == .time }) { moment = time.moment }
  }

  func has(_ value: ServerValue) -> Bool { taken.contains(value) }
}
