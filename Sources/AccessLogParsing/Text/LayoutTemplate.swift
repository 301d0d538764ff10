/// The small language in which the catalogue describes lines of text.
///
/// `{name}` is a value; `{name|other}` has two names; `{name:role}` also gives its meaning:
///
/// | role | |
/// |---|---|
/// | `clf` | a timestamp in the common log format |
/// | `time` | a timestamp whose own form shows how to read it |
/// | `%d/%b/%Y` … | a timestamp of that form; after `utc`, one in UTC |
/// | `request`, `method`, `target`, `route`, `status` | |
/// | `received`, `sent` | sizes of bodies; `sent-` if `-` means zero bytes |
/// | `s`, `ms`, `us`, `ns` | a duration; several are added up |
/// | `duration` | a duration whose unit the format does not define |
/// | `word`, `digits`, `number`, `addresses`, `list` | a value of that form |
///
/// `{{` and `}}` are braces, `{~}` any number of spaces, and what is between `<?` and `?>` is
/// optional.
extension TextLayout {
  init(
    _ name: String, _ template: String, _ moment: TimestampMoment = .start, escapes: Bool = true,
    allowsMore: Bool = false
  ) {
    var reader = TemplateReader(bytes: Array(template.utf8))
    self.init(name: name, pieces: reader.pieces(), timestampMoment: moment)
    hasEscapes = escapes
    self.allowsMore = allowsMore
  }
}

/// Parses one of our own templates; a mistake in one is our mistake.
private struct TemplateReader {
  let bytes: [UInt8]
  private var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func pieces() -> [TextLayout.Piece] {
    var pieces: [TextLayout.Piece] = []
    var literal: [UInt8] = []
    func endLiteral() {
      if !literal.isEmpty { pieces.append(.literal(literal)) }
      literal = []
    }
    while offset < bytes.count {
      if take("{{") {
        literal.append(UInt8(ascii: "{"))
      } else if take("}}") {
        literal.append(UInt8(ascii: "}"))
      } else if take("<?") {
        endLiteral()
        pieces.append(.optional(self.pieces()))
      } else if take("?>") {
        break
      } else if take("{~}") {
        endLiteral()
        pieces.append(.spaces)
      } else if take("{") {
        endLiteral()
        pieces.append(.value(field()))
      } else {
        literal.append(bytes[offset])
        offset += 1
      }
    }
    endLiteral()
    return pieces
  }

  private mutating func take(_ text: String) -> Bool {
    guard bytes[offset...].starts(with: text.utf8) else { return false }
    offset += text.utf8.count
    return true
  }

  private mutating func field() -> TextField {
    let start = offset
    while bytes[offset] != UInt8(ascii: "}") { offset += 1 }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    offset += 1
    let parts = text.split(separator: ":", maxSplits: 1)
    var field = TextField(names: parts[0].split(separator: "|").map { String($0) })
    if parts.count == 2 { enter(String(parts[1]), into: &field) }
    return field
  }

  private func enter(_ role: String, into field: inout TextField) {
    switch role {
    case "clf": field.role = .commonTime
    case "time": field.role = .time
    case "request": field.role = .request
    case "method": field.role = .method
    case "target": field.role = .target
    case "route": field.role = .route
    case "status": field.role = .status
    case "received": field.role = .requestSize
    case "sent": field.role = .responseSize
    case "sent-": field.role = .responseSizeOrNone
    case "duration": (field.role, field.shape) = (.undecidedDuration, .number)
    case "digits": field.shape = .digits
    case "number": field.shape = .number
    case "word": field.shape = .word
    case "addresses": field.shape = .addresses
    case "list": field.shape = .list
    default:
      if let unit = DurationUnit(rawValue: role) {
        field.role = .duration(unit)
        return
      }
      let isUTC = role.hasPrefix("utc")
      let pattern = try? TimestampPattern(String(role.dropFirst(isUTC ? 3 : 0)), isUTC: isUTC)
      guard let pattern, pattern.isComplete else { preconditionFailure("no role: \(role)") }
      field.role = .patternedTime(pattern)
    }
  }
}
