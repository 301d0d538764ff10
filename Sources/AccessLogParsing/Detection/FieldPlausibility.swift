internal import ByteScanning

/// What the words before the time of a line have to look like, for a reading of it to be believed.
///
/// Hosts may be names and users may contain spaces, so what a collector puts before a line fits into
/// the common log family's first three values: `2026-11-23T09:10:13Z stdout F 192.0.2.1 - - […]` has
/// the stamp for an address and `F 192.0.2.1 - -` for a user. Counting that would be wrong, and would
/// send addresses away as users.
struct FieldPlausibility {
  private enum Kind {
    case address, identity, user
    /// Any value that stands neither in quotes nor in brackets.
    case word
  }

  /// The fields to capture.
  private(set) var fields: [String] = []
  private var kinds: [Kind] = []

  init(of format: LogFormat) {
    switch format {
    case .common(let layout):
      if layout.hasVirtualHost { add("host", .address) }
      add("remote_addr", .address)
      add("ident", .identity)
      add("remote_user", .user)
    case .text(let layout):
      for field in layout.fieldsInFront {
        guard let name = field.names.first else { continue }
        switch name {
        case "remote_addr", "remote_address": add(name, .address)
        case "ident": add(name, .identity)
        case "remote_user": add(name, .user)
        // A time of the day is what it is.
        case "clock": break
        default: add(name, .word)
        }
      }
    case .json, .columns, .pairs, .wrapped: break
    }
  }

  private mutating func add(_ field: String, _ kind: Kind) {
    fields.append(field)
    kinds.append(kind)
  }

  /// Whether the values of `record`, of which the first were captured for this, can be what the
  /// format takes them for.
  func holds(for record: borrowing AccessRecord, in bytes: borrowing Span<UInt8>) -> Bool {
    for index in kinds.indices {
      let range = record.captured[index].range
      if range.isEmpty { continue }
      switch kinds[index] {
      case .address: if !bytes.mayBeAddress(range) { return false }
      case .identity: if bytes.isAddress(range) || bytes.isOfOutput(range) { return false }
      case .user:
        if !bytes.mayBeUser(range) { return false }
        // Behind a dash some log the client of a proxy; behind a word it is the line's own first one.
        let before = index > 0 ? record.captured[index - 1].range : range
        let isDash = before.count == 1 && bytes[before.lowerBound] == UInt8(ascii: "-")
        if bytes.isAddress(range), !isDash { return false }
      case .word: if !bytes.mayBeWord(range) { return false }
      }
    }
    return true
  }
}

extension TextLayout {
  /// The values before the time and the request, that stand neither in quotes nor in brackets.
  fileprivate var fieldsInFront: [TextField] {
    var fields: [TextField] = []
    var isOpen = false
    for piece in pieces {
      switch piece {
      case .literal(let text): isOpen = text.last.map { "\"[{(<".utf8.contains($0) } ?? false
      case .spaces, .optional: isOpen = false
      case .value(let field):
        if field.isTime || field.role == .request || field.role == .target { return fields }
        if !isOpen, field.role == .none { fields.append(field) }
        isOpen = false
      }
    }
    return fields
  }
}

extension Span where Element == UInt8 {
  /// Whether `range` can be the address or the name of a host, optionally with a port: not what
  /// collectors put before lines.
  fileprivate func mayBeAddress(_ range: Range<Int>) -> Bool {
    if holds("unix:", at: range.lowerBound, before: range.upperBound) { return true }
    let first = self[range.lowerBound]
    let last = self[range.upperBound - 1]
    if last == UInt8(ascii: ":") || last == UInt8(ascii: ",") && !isAddress(range.dropLast()) {
      return false
    }
    // A list in quotes, or an IPv6 address with a port.
    if first == UInt8(ascii: "\"") { return true }
    if first == UInt8(ascii: "["), isAddress(range.dropFirst()) { return true }
    var digits = 0
    var points = 0
    for offset in range {
      switch self[offset] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case UInt8(ascii: "."): points += 1
      case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["), UInt8(ascii: "]"),
        UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "("), UInt8(ascii: ")"),
        UInt8(ascii: "|"), UInt8(ascii: "="), UInt8(ascii: "\""), UInt8(ascii: "/"), 0x1B:
        return false
      case UInt8(ascii: " "):
        // A list of addresses may have one after each comma.
        if offset == range.lowerBound || self[offset - 1] != UInt8(ascii: ",") { return false }
      default: break
      }
    }
    // A number of seconds; a date; a month; a stream or a level.
    if digits + points == range.count, points < 2, digits > 5 { return false }
    if isDateOrTime(range) || isMonth(range) || isOfOutput(range) { return false }
    return true
  }

  /// Whether `range` can be a value without blanks, rather than a stamp or what collectors put before
  /// lines.
  fileprivate func mayBeWord(_ range: Range<Int>) -> Bool {
    for offset in range {
      switch self[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "<"), UInt8(ascii: "{"), UInt8(ascii: "|"), 0x1B:
        return false
      case UInt8(ascii: "["):
        if offset > range.lowerBound || !isAddress(range.dropFirst()) { return false }
      default: break
      }
    }
    return self[range.upperBound - 1] != UInt8(ascii: ":") && !isDateOrTime(range)
      && !isMonth(range) && !isOfOutput(range)
  }

  /// Whether `range` is an IPv4 or IPv6 address, possibly with a port.
  fileprivate func isAddress(_ range: Range<Int>) -> Bool {
    var points = 0
    var colons = 0
    var digits = 0
    for offset in range {
      switch self[offset] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case UInt8(ascii: "."): points += 1
      case UInt8(ascii: ":"): colons += 1
      case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): break
      case UInt8(ascii: "]"), UInt8(ascii: "["): break
      default: return false
      }
    }
    return points == 3 && digits >= 4 || colons >= 2 && !isDateOrTime(range)
  }

  /// Whether `range` begins like `2026-11-23`, `2026/11/23` or `09:10:13`.
  private func isDateOrTime(_ range: Range<Int>) -> Bool {
    func isDigit(_ index: Int) -> Bool { self[range.lowerBound + index] &- 0x30 <= 9 }
    func has(_ byte: Unicode.Scalar, _ index: Int) -> Bool {
      self[range.lowerBound + index] == UInt8(ascii: byte)
    }
    if range.count >= 10, (0..<4).allSatisfy(isDigit), isDigit(5), isDigit(8),
      has("-", 4) && has("-", 7) || has("/", 4) && has("/", 7)
    {
      return true
    }
    guard range.count >= 8, isDigit(0), isDigit(1), has(":", 2), isDigit(3), isDigit(4),
      has(":", 5), isDigit(6), isDigit(7)
    else { return false }
    // `12:34:56:78::1` is an address.
    return range.count == 8 || has(".", 8) || has(",", 8)
  }

  /// Whether `range` is `Nov`, with which syslog's old stamps begin, or a day of the week.
  private func isMonth(_ range: Range<Int>) -> Bool {
    guard range.count == 3, self[range.lowerBound] &- UInt8(ascii: "A") < 26 else { return false }
    return Self.calendarWords.contains { holds($0, at: range.lowerBound, before: range.upperBound) }
  }

  private static var calendarWords: [StaticString] {
    [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mon",
      "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
    ]
  }

  /// Whether `range` is the name of a stream, as container runtimes write it, or a level.
  fileprivate func isOfOutput(_ range: Range<Int>) -> Bool {
    func isWord(_ text: StaticString) -> Bool {
      holds(text, at: range.lowerBound, before: range.upperBound)
    }
    return switch range.count {
    // `F` and `P` are the tags of a container runtime's lines.
    case 1: isWord("F") || isWord("P") || isWord("|")
    case 4: isWord("INFO") || isWord("WARN")
    case 5: isWord("DEBUG") || isWord("ERROR")
    case 6: isWord("stdout") || isWord("stderr")
    case 7: isWord("WARNING")
    default: false
    }
  }

  /// Whether `range` can be a user's name: it may contain spaces, but neither another line's first
  /// words, nor a stamp, nor the bar of docker compose.
  fileprivate func mayBeUser(_ range: Range<Int>) -> Bool {
    let start = range.lowerBound
    let end = range.upperBound
    if range.count == 1 { return true }
    // The client was taken for the identity, and the dash is the identity.
    if holds("- ", at: start, before: end) || holds("| ", at: start, before: end) { return false }
    if range.count > 4, holdsAll([Array(" - ".utf8)], in: range) { return false }
    var offset = start
    while offset < end {
      let wordEnd = firstOffset(of: UInt8(ascii: " "), from: offset, to: end)
      let word = offset..<wordEnd
      if !word.isEmpty {
        if isTimestamp(word) || wordEnd < end && isAddress(word) { return false }
      }
      offset = wordEnd + 1
    }
    return true
  }
}
