/// nginx's `log_format` (nginx documentation, ngx_http_log_module): its body alone, or the whole
/// statement.
package enum NginxFormatString {
  enum Escaping: String {
    /// `\xHH` for unprintable bytes, and `-` for an absent value.
    case standard = "default"
    case json
    case none
  }

  /// Compiles `text`.
  package static func format(of text: String) throws(FormatStringError) -> LogFormat {
    var reader = StatementReader(bytes: Array(text.utf8))
    let (body, offsets) = try reader.body()
    var pieces = FormatStringPieces()
    try split(body, offsets, into: &pieces)
    if pieces.pieces.isEmpty { throw FormatStringError(.empty, at: 0) }
    var compiler = FormatStringCompiler(
      name: "nginx", pieces: pieces, requestName: "$request", statusName: "$status")
    compiler.hasEscapes = reader.escaping != .none
    compiler.dashMeansAbsent = reader.escaping == .standard
    return try compiler.format()
  }

  /// Takes `body` apart; `offsets` gives the position in the text of each of its bytes.
  private static func split(
    _ body: [UInt8], _ offsets: [Int], into pieces: inout FormatStringPieces
  ) throws(FormatStringError) {
    var index = 0
    while index < body.count {
      guard body[index] == UInt8(ascii: "$") else {
        pieces.append(text: [body[index]])
        index += 1
        continue
      }
      let start = index
      index += 1
      let isBraced = index < body.count && body[index] == UInt8(ascii: "{")
      if isBraced { index += 1 }
      let nameStart = index
      while index < body.count, isNameByte(body[index]) { index += 1 }
      let name = String(decoding: body[nameStart..<index], as: UTF8.self)
      if isBraced {
        guard index < body.count, body[index] == UInt8(ascii: "}") else {
          throw FormatStringError(.unterminated("${"), at: offsets[start])
        }
        index += 1
      }
      guard !name.isEmpty else {
        throw FormatStringError(.unknownDirective("$"), at: offsets[start])
      }
      // A target that is put together again counts as one.
      if name == "is_args" || name == "args" || name == "query_string",
        case .value(let before)? = pieces.pieces.last, before.part == .target
      {
        continue
      }
      pieces.append(variable(name, at: offsets[start]))
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") <= 9
      || byte == UInt8(ascii: "_")
  }

  /// The meanings of nginx's variables (ngx_http_core_module, ngx_http_log_module). Sizes are those
  /// of bodies: `$request_length` and `$bytes_sent` include the headers.
  static func variable(_ name: String, at offset: Int) -> ServerValue {
    var value = ServerValue("$\(name)", at: offset, names: [name])
    value.moment = .end
    func be(_ part: ServerValue.Part, _ role: TextField.Role, rank: Int = 0) {
      (value.part, value.role, value.rank) = (part, role, rank)
    }
    func alsoCalled(_ name: String, _ alias: WritableKeyPath<FieldMapping, [String]>) {
      value.names.append(name)
      value.alias = alias
    }
    switch name {
    case "msec": be(.time, .time)
    case "time_iso8601": be(.time, .time, rank: 1)
    case "time_local": be(.time, .commonTime, rank: 2)
    case "request": be(.request, .request)
    case "request_method": be(.method, .method)
    case "request_uri": be(.target, .target)
    case "uri", "document_uri": be(.target, .target, rank: 1)
    case "status": be(.status, .status)
    case "content_length": be(.requestSize, .requestSize)
    case "http_content_length": be(.requestSize, .requestSize, rank: 1)
    case "sent_http_content_length": be(.responseSize, .declaredResponseSize)
    case "body_bytes_sent": be(.responseSize, .responseSize, rank: 1)
    case "request_time": be(.duration, .duration(.seconds))
    case "host", "http_host", "server_name": alsoCalled("host", \.host)
    case "scheme": value.alias = \.scheme
    case "http_user_agent": alsoCalled("user_agent", \.userAgent)
    case "remote_addr": alsoCalled("remote_address", \.remoteAddress)
    default: if name.hasPrefix("upstream_") { value.shape = .list }
    }
    return value
  }
}

/// Parses what surrounds the body: `log_format name escape=json '…' '…';`, only quotes, or nothing.
private struct StatementReader {
  let bytes: [UInt8]
  private(set) var escaping = NginxFormatString.Escaping.standard
  private var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The body, and the position of each of its bytes.
  mutating func body() throws(FormatStringError) -> ([UInt8], [Int]) {
    guard bytes.count <= formatStringLimit else {
      throw FormatStringError(.tooLong(limit: formatStringLimit), at: formatStringLimit)
    }
    skipSpace()
    let isStatement = takeWord("log_format")
    if isStatement {
      // The name.
      skipSpace()
      while offset < bytes.count, bytes[offset] > UInt8(ascii: " ") { offset += 1 }
      skipSpace()
    }
    for escaping in [NginxFormatString.Escaping.standard, .json, .none]
    where takeWord("escape=\(escaping.rawValue)") {
      self.escaping = escaping
      skipSpace()
    }
    guard offset < bytes.count else { throw FormatStringError(.empty, at: offset) }
    let first = bytes[offset]
    let isQuoted = first == UInt8(ascii: "'") || first == UInt8(ascii: "\"")
    if isStatement && !isQuoted { throw FormatStringError(.empty, at: offset) }
    guard first == UInt8(ascii: "'") || isStatement || isQuoted && isOnlyQuoted else {
      let end = bytes.lastIndex { $0 > UInt8(ascii: " ") } ?? offset
      return (Array(bytes[offset...end]), Array(offset...end))
    }
    return try quotedPieces()
  }

  /// A body may begin with a quote of its own, `"$request" …`. The quote is the statement's if the
  /// closing one is followed by another piece, a semicolon or nothing, and there is no second pair
  /// in between.
  private var isOnlyQuoted: Bool {
    var index = offset + 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    var rest = bytes[min(index + 1, bytes.count)...].drop { $0 <= UInt8(ascii: " ") }
    if rest.first == UInt8(ascii: ";") { rest = rest.dropFirst() }
    return rest.allSatisfy { $0 <= UInt8(ascii: " ") } || index > offset + 40 && rest.first == 0x22
  }

  private mutating func quotedPieces() throws(FormatStringError) -> ([UInt8], [Int]) {
    var body: [UInt8] = []
    var offsets: [Int] = []
    while offset < bytes.count, bytes[offset] != UInt8(ascii: ";") {
      let quote = bytes[offset]
      let start = offset
      guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
        throw FormatStringError(.unterminated("'"), at: start)
      }
      offset += 1
      while offset < bytes.count, bytes[offset] != quote {
        // nginx resolves these in its configuration.
        if bytes[offset] == UInt8(ascii: "\\"), offset + 1 < bytes.count,
          let byte = escaped(bytes[offset + 1])
        {
          body.append(byte)
          offsets.append(offset)
          offset += 2
          continue
        }
        body.append(bytes[offset])
        offsets.append(offset)
        offset += 1
      }
      guard offset < bytes.count else {
        let text = String(decoding: [quote], as: UTF8.self)
        throw FormatStringError(.unterminated(text), at: start)
      }
      offset += 1
      skipSpace()
    }
    if body.isEmpty { throw FormatStringError(.empty, at: offset) }
    return (body, offsets)
  }

  private func escaped(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"): letter
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "n"): 0x0A
    default: nil
    }
  }

  private mutating func skipSpace() {
    while offset < bytes.count, bytes[offset] <= UInt8(ascii: " ") { offset += 1 }
  }

  /// Consumes `word` if it comes next as a whole word.
  private mutating func takeWord(_ word: String) -> Bool {
    let end = offset + word.utf8.count
    guard bytes[offset...].starts(with: word.utf8),
      end == bytes.count || bytes[end] <= UInt8(ascii: " ") || bytes[end] == UInt8(ascii: "'")
        || bytes[end] == UInt8(ascii: "\"")
    else { return false }
    offset = end
    return true
  }
}
