/// Apache's `LogFormat` (Apache HTTP Server documentation, mod_log_config and mod_logio): the
/// format string alone, or the whole directive.
package enum ApacheFormatString {
  /// Compiles `text`.
  package static func format(of text: String) throws(FormatStringError) -> LogFormat {
    guard text.utf8.count <= formatStringLimit else {
      throw FormatStringError(.tooLong(limit: formatStringLimit), at: formatStringLimit)
    }
    var reader = DirectiveReader(bytes: Array(text.utf8))
    let pieces = try reader.pieces()
    if pieces.pieces.isEmpty { throw FormatStringError(.empty, at: 0) }
    var compiler = FormatStringCompiler(
      name: "apache", pieces: pieces, requestName: "%r", statusName: "%>s")
    compiler.takesUnitsFromText = true
    return try compiler.format()
  }
}

/// Takes a format string apart, byte by byte.
private struct DirectiveReader {
  let bytes: [UInt8]
  private var offset = 0
  private var end: Int
  private var result = FormatStringPieces()
  /// The timestamp whose parts are being gathered, and the text after the last of them.
  private var timestamp: GatheredTimestamp?

  init(bytes: [UInt8]) {
    self.bytes = bytes
    end = bytes.count
  }

  mutating func pieces() throws(FormatStringError) -> FormatStringPieces {
    try takeFrame()
    while offset < end {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "%") {
        try directive()
      } else if byte == UInt8(ascii: "\\"), offset + 1 < end {
        append(text: unescaped(bytes[offset + 1]))
        offset += 2
      } else {
        append(text: [byte])
        offset += 1
      }
    }
    try endTimestamp()
    return result
  }

  /// Strips `LogFormat "…" name` around the string, or the quotes that its escapes imply.
  private mutating func takeFrame() throws(FormatStringError) {
    func skipSpace() { while offset < end, bytes[offset] <= UInt8(ascii: " ") { offset += 1 } }
    skipSpace()
    let isDirective = bytes[offset...].starts(with: "LogFormat".utf8)
    if isDirective {
      offset += 9
      skipSpace()
    }
    let hasEscapedQuotes = zip(bytes, bytes.dropFirst()).contains { $0 == 0x5C && $1 == 0x22 }
    guard offset < end, bytes[offset] == UInt8(ascii: "\""), isDirective || hasEscapedQuotes
    else { return }
    let start = offset
    offset += 1
    var index = offset
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard index < bytes.count else { throw FormatStringError(.unterminated("\""), at: start) }
    end = index
  }

  private func unescaped(_ letter: UInt8) -> [UInt8] {
    switch letter {
    case UInt8(ascii: "t"): [0x09]
    case UInt8(ascii: "n"): [0x0A]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): [letter]
    default: [UInt8(ascii: "\\"), letter]
    }
  }

  /// `%`, conditions and redirections, `{argument}`, and a letter.
  private mutating func directive() throws(FormatStringError) {
    let start = offset
    offset += 1
    if offset < end, bytes[offset] == UInt8(ascii: "%") {
      append(text: [UInt8(ascii: "%")])
      offset += 1
      return
    }
    var takesFinal = false
    var argument: String?
    while offset < end {
      let byte = bytes[offset]
      if byte == UInt8(ascii: ">") { takesFinal = true }
      if byte == UInt8(ascii: "{") {
        argument = try braced()
        continue
      }
      let isModifier =
        byte &- UInt8(ascii: "0") <= 9 || "!,<>".utf8.contains(byte)
      if !isModifier { break }
      offset += 1
    }
    var letter = offset < end ? String(UnicodeScalar(bytes[offset])) : ""
    offset = min(offset + 1, end)
    if letter == "^", offset + 1 < end {
      letter += String(decoding: bytes[offset..<offset + 2], as: UTF8.self)
      offset += 2
    }
    let spelling = String(decoding: bytes[start..<offset], as: UTF8.self)
    let directive = Directive(
      spelling: spelling, offset: start, argument: argument, letter: letter,
      takesFinal: takesFinal)
    if letter == "t", let argument {
      try append(timestamp: argument, directive)
      return
    }
    try endTimestamp()
    try directive.append(to: &result)
  }

  private mutating func braced() throws(FormatStringError) -> String {
    let start = offset
    guard let close = bytes[offset..<end].firstIndex(of: UInt8(ascii: "}")) else {
      throw FormatStringError(.unterminated("{"), at: start)
    }
    offset = close + 1
    return String(decoding: bytes[start + 1..<close], as: UTF8.self)
  }

  // MARK: Timestamps

  /// Parts of one timestamp: `%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t`.
  private struct GatheredTimestamp {
    var directive: Directive
    var parts: [TimestampPattern.Part]
    var moment: TimestampMoment
    /// Text after the last part, which belongs to the timestamp if another part follows.
    var text: [UInt8] = []
  }

  private mutating func append(text: [UInt8]) {
    if timestamp == nil { result.append(text: text) } else { timestamp?.text += text }
  }

  private mutating func append(
    timestamp argument: String, _ directive: Directive
  ) throws(FormatStringError) {
    var format = argument
    var moment = TimestampMoment.start
    if format.hasPrefix("begin:") { format.removeFirst(6) }
    if format.hasPrefix("end:") {
      format.removeFirst(4)
      moment = .end
    }
    let parts = try parts(of: format, directive)
    let addsDetail = parts.allSatisfy { part in
      switch part {
      case .fraction, .zone, .zoneName, .literal: true
      default: false
      }
    }
    if var open = timestamp, open.moment == moment,
      addsDetail || !TimestampPattern(parts: open.parts).isComplete
    {
      open.parts += open.text.map { .literal($0) } + parts
      open.directive.spelling += String(decoding: open.text, as: UTF8.self) + directive.spelling
      open.text = []
      timestamp = open
      return
    }
    try endTimestamp()
    timestamp = GatheredTimestamp(directive: directive, parts: parts, moment: moment)
  }

  private func parts(
    of format: String, _ directive: Directive
  ) throws(FormatStringError) -> [TimestampPattern.Part] {
    switch format {
    case "sec": return [.epoch(.seconds)]
    case "msec": return [.epoch(.milliseconds)]
    case "usec": return [.epoch(.microseconds)]
    case "msec_frac": return [.fraction(3)]
    case "usec_frac": return [.fraction(6)]
    default: break
    }
    do throws(TimestampPattern.PatternError) {
      return try TimestampPattern(format).parts
    } catch {
      throw FormatStringError(.unreadableTime(error.conversion), at: directive.offset)
    }
  }

  private mutating func endTimestamp() throws(FormatStringError) {
    guard let open = timestamp else { return }
    timestamp = nil
    let pattern = TimestampPattern(parts: open.parts)
    guard pattern.isComplete else {
      throw FormatStringError(
        .unreadableTime(open.directive.spelling), at: open.directive.offset)
    }
    var value = ServerValue(
      open.directive.spelling, at: open.directive.offset, names: ["time"])
    value.part = .time
    value.role = .patternedTime(pattern)
    value.moment = open.moment
    let isFine = open.parts.contains { part in
      switch part {
      case .fraction, .epoch(.milliseconds), .epoch(.microseconds): true
      default: false
      }
    }
    let hasZone = open.parts.contains { part in
      switch part {
      case .zone, .zoneName, .epoch: true
      default: false
      }
    }
    value.rank = (hasZone ? 0 : 4) + (isFine ? 0 : 2) + (open.moment == .start ? 0 : 1)
    result.append(value)
    result.append(text: open.text)
  }
}

/// One directive.
private struct Directive {
  var spelling: String
  var offset: Int
  var argument: String?
  var letter: String
  /// Whether it describes the last of several internally redirected requests.
  var takesFinal: Bool

  /// Appends what the directive logs.
  func append(to pieces: inout FormatStringPieces) throws(FormatStringError) {
    if letter == "t" {
      pieces.append(text: [UInt8(ascii: "[")])
      var value = value(["time"], .time, .commonTime)
      value.rank = 3
      pieces.append(value)
      pieces.append(text: [UInt8(ascii: "]")])
      return
    }
    // The path and its query are one target.
    if letter == "q", case .value(let before)? = pieces.pieces.last, before.part == .target {
      return
    }
    guard let value = value() else {
      throw FormatStringError(.unknownDirective(spelling), at: offset)
    }
    pieces.append(value)
  }

  private func value(
    _ names: [String], _ part: ServerValue.Part = .none, _ role: TextField.Role = .none,
    rank: Int = 0, shape: TextField.Shape = .any,
    alias: WritableKeyPath<FieldMapping, [String]>? = nil
  ) -> ServerValue {
    var value = ServerValue(spelling, at: offset, names: names)
    (value.part, value.role, value.rank, value.shape) = (part, role, rank, shape)
    value.alias = alias
    return value
  }

  /// What the directive means; nil if there is none of that letter.
  private func value() -> ServerValue? {
    if let argument, letter != "a", letter != "p", letter != "P", letter != "T" {
      return value(of: argument)
    }
    switch letter {
    case "a" where argument == "c": return value(["peer_addr"])
    case "a", "h": return value(["remote_addr", "remote_address"], alias: \.remoteAddress)
    case "l": return value(["ident"])
    case "u": return value(["remote_user"])
    case "r": return value(["request"], .request, .request)
    case "m": return value(["request_method", "method"], .method, .method)
    case "U": return value(["uri"], .target, .target)
    case "q": return value(["args"])
    case "s": return value(["status"], .status, .status, rank: takesFinal ? 0 : 1)
    case "b": return value(["body_bytes_sent"], .responseSize, .responseSizeOrNone, rank: 1)
    case "B": return value(["body_bytes_sent"], .responseSize, .responseSize, rank: 1)
    case "D": return value(["duration"], .duration, .duration(.microseconds))
    case "T": return time()
    case "v", "V": return value(["host", "server_name"], alias: \.host)
    case "H": return value(["server_protocol"])
    case "X": return value(["connection_status"], shape: .byte)
    case "I": return value(["bytes_received"])
    case "O": return value(["bytes_sent"])
    case "S": return value(["bytes_total"])
    case "A": return value(["server_addr"])
    case "f": return value(["request_filename"])
    case "k": return value(["keepalive_requests"])
    case "L": return value(["log_id"])
    case "p": return value(["server_port"])
    case "P": return value(["process_id"])
    case "R": return value(["handler"])
    default: return nil
    }
  }

  /// `%T`, and `%{UNIT}T` since 2.4.13.
  private func time() -> ServerValue? {
    switch argument {
    case nil, "s": value(["duration_s"], .duration, .duration(.seconds), rank: 2)
    case "ms": value(["duration_ms"], .duration, .duration(.milliseconds), rank: 1)
    case "us": value(["duration_us"], .duration, .duration(.microseconds))
    default: nil
    }
  }

  /// A named header, note, cookie or variable.
  private func value(of name: String) -> ServerValue? {
    switch letter {
    case "i":
      let isLength = name.lowercased() == "content-length"
      var value = value(
        [headerVariable(name), name], isLength ? .requestSize : .none,
        isLength ? .requestSize : .none)
      switch name.lowercased() {
      case "user-agent":
        value.names.append("user_agent")
        value.alias = \.userAgent
      case "host":
        value.names.append("host")
        value.alias = \.host
      default: break
      }
      return value
    case "o":
      let isLength = name.lowercased() == "content-length"
      return value(
        ["sent_\(headerVariable(name))"], isLength ? .responseSize : .none,
        isLength ? .declaredResponseSize : .none)
    case "C": return value(["cookie_\(name)", name])
    case "n", "e", "x", "^ti", "^to": return value([name])
    default: return nil
    }
  }
}
