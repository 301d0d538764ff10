internal import ByteScanning

/// Parses the common log format and its descendants: Apache `common`, `combined` and
/// `vhost_combined`, nginx `combined`, each optionally followed by fields of the user's own.
///
///     [vhost ]host ident user [time] "request" status bytes[ "referer" "user agent"][ extra…]
///
/// Sources: Apache HTTP Server documentation, mod_log_config; nginx documentation,
/// ngx_http_log_module. The user may contain spaces, quoted strings contain `\"` and `\xHH`.
package struct CommonLogParser {
  private let layout: CommonLogLayout
  private let captures: [CommonLogField]
  private var timestamps = TimestampReader()

  package init(layout: CommonLogLayout, captures: [CommonLogField]) {
    precondition(captures.count <= AccessRecord.capturedLimit)
    self.layout = layout
    self.captures = captures
  }

  /// Parses the line in `line` into `record`.
  @inline(__always)
  package mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    var cursor = Cursor(offset: line.lowerBound, lineStart: line.lowerBound, end: line.upperBound)
    var places = CommonLogPlaces(line: line)
    record.requestSize = AccessRecord.absent
    record.route = .absent
    if layout.hasVirtualHost { places.virtualHost = try cursor.token(in: bytes) }
    try Self.parseClient(bytes, &cursor, &places)
    record.start = try parseTimestamp(bytes, &cursor, &places)
    try Self.parseRequest(bytes, &cursor, &places, into: &record)
    try Self.parseStatusAndSize(bytes, &cursor, &places, into: &record)
    if layout.hasRefererAndAgent && !cursor.isAtEnd {
      try Self.parseAgent(bytes, &cursor, &places)
    }
    places.extras = min(cursor.offset, line.upperBound)
    try applyDuration(bytes, &places, to: &record)
    record.dashMeansAbsent = true
    for index in captures.indices {
      record.captured[index] = places.slice(of: captures[index], in: bytes)
    }
  }

  // These are static, or mutating, or take what they only read as inout, because the parser and the
  // places are too large to be passed by value for every line.

  /// `host ident user`, up to the bracket of the timestamp.
  @inline(__always)
  private static func parseClient(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, _ places: inout CommonLogPlaces
  ) throws(LineRejection) {
    places.client = cursor.offset
    if let words = bytes.clientWords(at: cursor.offset, before: cursor.end) {
      places.ident = words.ident
      places.user = words.user
      cursor.offset = words.time
    } else {
      try parseUnusualClient(bytes, &cursor, &places)
    }
  }

  @inline(never)
  private static func parseUnusualClient(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, _ places: inout CommonLogPlaces
  ) throws(LineRejection) {
    if let words = cursor.threeWords(in: bytes) {
      (places.ident, places.user) = (words.ident, words.user)
      cursor.offset = words.time
      return
    }
    try cursor.skipAddresses(in: bytes)
    places.ident = try cursor.nextWord(in: bytes)
    _ = try cursor.token(in: bytes)
    places.user = try cursor.nextWord(in: bytes)
    // The user may contain spaces and brackets; the timestamp's shape shows where it ends.
    var search = cursor.offset
    while true {
      let bracket = bytes.firstOffset(of: UInt8(ascii: "["), from: search, to: cursor.end)
      guard bracket + TimestampReader.commonLength + 1 < cursor.end else {
        throw cursor.rejection(.unrecognized)
      }
      if bracket > places.user && bytes[bracket - 1] == UInt8(ascii: " ")
        && bytes.isTimestamp(after: bracket, before: cursor.end)
      {
        cursor.offset = bracket + 1
        return
      }
      search = bracket + 1
    }
  }

  @inline(__always)
  private mutating func parseTimestamp(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, _ places: inout CommonLogPlaces
  ) throws(LineRejection) -> Int64 {
    let start = cursor.offset
    places.time = start
    cursor.offset += TimestampReader.commonLength + 1
    do throws(TimestampError) {
      return try timestamps.common(bytes, at: start)
    } catch {
      throw LineRejection(error.reason, at: start - cursor.lineStart)
    }
  }

  @inline(__always)
  private static func parseRequest(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, _ places: inout CommonLogPlaces,
    into record: inout AccessRecord
  ) throws(LineRejection) {
    try cursor.expect(UInt8(ascii: " "), in: bytes)
    let request = try cursor.quoted(in: bytes) { bytes, quote, lineEnd in
      // Old servers do not escape a quote in the request: the status must follow the last one.
      quote + 2 < lineEnd && bytes[quote + 1] == UInt8(ascii: " ")
        && (bytes[quote + 2] &- UInt8(ascii: "0") <= 9
          || bytes.holds("- ", at: quote + 2, before: lineEnd))
    }
    places.request = request
    if !record.setRequest(bytes, in: request.range, isEscaped: request.isEscaped) {
      throw LineRejection(.noRequest, at: Int(request.offset) - cursor.lineStart)
    }
  }

  @inline(__always)
  private static func parseStatusAndSize(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, _ places: inout CommonLogPlaces,
    into record: inout AccessRecord
  ) throws(LineRejection) {
    // ` 200 1234`, where the line is long enough: three digits between spaces.
    let start = cursor.offset
    if start &+ 16 <= bytes.count && start &+ 5 < cursor.end {
      let word = bytes.word(at: start)
      let size = bytes.word(at: start &+ 5)
      let space = zeroBytes(size ^ repeated(UInt8(ascii: " "))).trailingZeroBitCount &>> 3
      let length = min(space, cursor.end &- start &- 5)
      if word & 0xFF_0000_00FF == 0x20_0000_0020, length > 0, length < 8,
        let status = number(ofDigits: word &>> 8 & 0xFF_FFFF, count: 3), status >= 100,
        let value = number(ofDigits: size & lowBytes(length), count: length)
      {
        record.status = UInt16(truncatingIfNeeded: status)
        record.responseSize = value
        places.status = start &+ 1..<start &+ 4
        places.size = start &+ 5..<start &+ 5 &+ length
        cursor.offset = min(start &+ 6 &+ length, cursor.end)
        return
      }
    }
    try parseUnusualStatusAndSize(bytes, &cursor, &places, into: &record)
  }

  @inline(never)
  private static func parseUnusualStatusAndSize(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, _ places: inout CommonLogPlaces,
    into record: inout AccessRecord
  ) throws(LineRejection) {
    try cursor.expect(UInt8(ascii: " "), in: bytes)
    let status = try cursor.token(in: bytes)
    guard let value = bytes.status(in: status) else {
      throw LineRejection(
        bytes.statusRejection(in: status), at: status.lowerBound - cursor.lineStart)
    }
    record.status = value
    places.status = status
    let size = cursor.lastToken(in: bytes)
    places.size = size
    // Apache: "%b: size of response in bytes, excluding HTTP headers, in CLF format, i.e. a '-'
    // rather than a 0 when no bytes are sent."
    if size.count == 1 && bytes[size.lowerBound] == UInt8(ascii: "-") {
      record.responseSize = 0
      return
    }
    do throws(ValueError) {
      record.responseSize = try bytes.size(in: size)
    } catch {
      throw LineRejection(.invalidSize, at: size.lowerBound - cursor.lineStart)
    }
  }

  /// The quoted referer and user agent. A line truncated within one of them still describes its
  /// request; the field then extends to its end.
  @inline(__always)
  private static func parseAgent(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, _ places: inout CommonLogPlaces
  ) throws(LineRejection) {
    places.referer = try cursor.lastQuoted(in: bytes)
    guard !cursor.isAtEnd else { return }
    cursor.offset += 1
    places.userAgent = try cursor.lastQuoted(in: bytes)
    if !cursor.isAtEnd { cursor.offset += 1 }
  }

  /// nginx's `$request_time` has exactly three decimals; whether a field that looks like it is one, the
  /// first lines of the source have to show (``ExtraFieldEvidence``). Any other number has no unit and is
  /// left alone, unless those lines or the configuration say what it is.
  @inline(__always)
  private mutating func applyDuration(
    _ bytes: borrowing Span<UInt8>, _ places: inout CommonLogPlaces,
    to record: inout AccessRecord
  ) throws(LineRejection) {
    record.duration = AccessRecord.absent
    switch layout.duration {
    case .none: return
    case .requestTime(.extra) where places.extras >= places.line.upperBound: return
    case .requestTime(.extra(1)):
      // The common case, without looking for quotes.
      let field = bytes.shortToken(from: places.extras, to: places.line.upperBound)
      if let value = bytes.milliseconds(in: field) {
        record.duration = value * 1_000_000
      } else {
        try applyUnusualDuration(bytes, &places, to: &record)
      }
    default: try applyUnusualDuration(bytes, &places, to: &record)
    }
    if layout.timestampMoment == .end && record.duration > 0 { record.start -= record.duration }
  }

  @inline(never)
  private mutating func applyUnusualDuration(
    _ bytes: borrowing Span<UInt8>, _ places: inout CommonLogPlaces,
    to record: inout AccessRecord
  ) throws(LineRejection) {
    let slice: FieldSlice
    let unit: DurationUnit
    switch layout.duration {
    case .field(let field, let fieldUnit):
      slice = places.slice(of: field, in: bytes)
      unit = fieldUnit
    case .requestTime(let field):
      slice = places.slice(of: field, in: bytes)
      unit = .seconds
      guard bytes.isRequestTime(in: slice.range) else { return }
    case .found(let field, let foundUnit):
      let text = bytes.durationText(in: places.slice(of: field, in: bytes).range).text
      record.duration = (try? bytes.duration(in: text, unit: foundUnit)) ?? AccessRecord.absent
      return
    case .none: return
    }
    guard bytes.hasValue(slice) else { return }
    do throws(ValueError) {
      record.duration = try bytes.duration(in: slice.range, unit: unit)
    } catch {
      throw LineRejection(.invalidDuration, at: Int(slice.offset) - places.line.lowerBound)
    }
  }
}

/// Where the words before the timestamp begin, and the timestamp.
fileprivate struct ClientWords {
  var ident: Int
  var user: Int
  var time: Int
}

/// Where the fields of one line are.
private struct CommonLogPlaces {
  let line: Range<Int>
  var virtualHost = 0..<0
  /// Where the client's address begins, and the words after it, up to the space and the bracket
  /// before the timestamp.
  var client = 0
  var ident = 0
  var user = 0
  /// Where the timestamp begins.
  var time = 0
  var request = FieldSlice.absent
  var status = 0..<0
  var size = 0..<0
  var referer = FieldSlice.absent
  var userAgent = FieldSlice.absent
  /// Where the fields after the format's own begin; the line's end if there are none.
  var extras = 0

  init(line: Range<Int>) { self.line = line }

  @inline(__always)
  mutating func slice(of field: CommonLogField, in bytes: borrowing Span<UInt8>) -> FieldSlice {
    switch field {
    case .virtualHost: virtualHost.isEmpty ? .absent : FieldSlice(virtualHost)
    case .remoteAddress: bytes.firstAddress(in: client..<ident - 1)
    case .ident: FieldSlice(bytes.withoutFinalSpaces(ident..<user - 1))
    case .remoteUser: bytes.bareField(in: bytes.withoutFinalSpaces(user..<time - 2))
    case .time: FieldSlice(time..<time + TimestampReader.commonLength)
    case .request: request
    case .status: FieldSlice(status)
    case .size: FieldSlice(size)
    case .referer: referer
    case .userAgent: userAgent
    case .extra(let number): extra(number, in: bytes)
    }
  }

  /// Field number `number`, from 1, after the format's own.
  @inline(never)
  private mutating func extra(_ number: Int, in bytes: borrowing Span<UInt8>) -> FieldSlice {
    var cursor = Cursor(offset: extras, lineStart: line.lowerBound, end: line.upperBound)
    var slice = FieldSlice.absent
    for _ in 0..<number {
      guard !cursor.isAtEnd else { return .absent }
      if bytes[cursor.offset] == UInt8(ascii: "\"") {
        // It begins with a quote, so it is a quoted string.
        slice = (try? cursor.lastQuoted(in: bytes)) ?? .absent
        if !cursor.isAtEnd { cursor.offset += 1 }
      } else {
        slice = bytes.bareField(in: cursor.lastToken(in: bytes))
      }
    }
    return slice
  }
}

extension Span where Element == UInt8 {
  /// The token that begins at `start` and ends at a space or at `end`, if it has up to seven bytes
  /// or `end` is at most eight bytes away; otherwise a longer range.
  @inline(__always)
  fileprivate func shortToken(from start: Int, to end: Int) -> Range<Int> {
    let room = end &- start
    let word = word(at: start, count: Swift.min(room, 8))
    let space = zeroBytes(word ^ repeated(UInt8(ascii: " "))).trailingZeroBitCount &>> 3
    return start..<(space < 8 ? start &+ space : end)
  }

  /// A field without quotes. Servers escape its contents nevertheless. Apache writes a user whose
  /// name is empty as `""` (mod_log_config.c, log_remote_user).
  @inline(__always)
  fileprivate func bareField(in range: Range<Int>) -> FieldSlice {
    if range.count == 1 { return FieldSlice(range) }
    if range.count == 2 && holds("\"\"", at: range.lowerBound, before: range.upperBound) {
      return FieldSlice(range.upperBound..<range.upperBound)
    }
    let backslash = firstOffset(
      of: UInt8(ascii: "\\"), from: range.lowerBound, to: range.upperBound)
    return FieldSlice(range, isEscaped: backslash < range.upperBound)
  }

  /// Jetty up to 9.3 puts a second space before and after the user.
  @inline(__always)
  fileprivate func withoutFinalSpaces(_ range: Range<Int>) -> Range<Int> {
    var end = range.upperBound
    while end > range.lowerBound, self[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return range.lowerBound..<end
  }

  /// The client's address: the first of a list, `X-Forwarded-For` in place of the peer's, which some
  /// put between quotes.
  @inline(__always)
  fileprivate func firstAddress(in range: Range<Int>) -> FieldSlice {
    let comma = firstOffset(of: UInt8(ascii: ","), from: range.lowerBound, to: range.upperBound)
    var address = withoutFinalSpaces(range.lowerBound..<comma)
    if !address.isEmpty, self[address.lowerBound] == UInt8(ascii: "\"") {
      address = address.lowerBound + 1..<address.upperBound
      if let last = address.last, self[last] == UInt8(ascii: "\"") {
        address = address.lowerBound..<last
      }
    }
    return FieldSlice(address)
  }

  /// Where the words after the client's address begin, and the timestamp after their bracket, in
  /// the usual case: two words of their own and a bracket within 64 bytes.
  ///
  /// Not inlined: in blocks of a throwing function that the compiler considers rare, it calls even
  /// functions that must always be inlined (Swift 6.3).
  @inline(never)
  fileprivate func clientWords(at start: Int, before end: Int) -> ClientWords? {
    let spaces = bits64(at: start) { lanes(of: $0, holding: UInt8(ascii: " ")) }
    let others = spaces & (spaces &- 1)
    let addressEnd = spaces.trailingZeroBitCount
    let identEnd = others.trailingZeroBitCount
    let userEnd = (others & (others &- 1)).trailingZeroBitCount
    // Three words and the bracket: anything else, a list of addresses or a user with spaces among
    // them, takes the long way.
    let bracket = userEnd &+ 1
    guard addressEnd > 0, identEnd > addressEnd &+ 1, userEnd > identEnd &+ 1, bracket < 64,
      isTimestamp(after: start &+ bracket, before: end),
      self[start &+ bracket] == UInt8(ascii: "[")
    else { return nil }
    return ClientWords(
      ident: start &+ addressEnd &+ 1, user: start &+ identEnd &+ 1, time: start &+ bracket &+ 1)
  }

  /// Whether the bracket at `bracket` is followed by a timestamp, and that by the rest of the line.
  @inline(__always)
  fileprivate func isTimestamp(after bracket: Int, before end: Int) -> Bool {
    bracket &+ TimestampReader.commonLength &+ 1 < end
      && self[bracket &+ 1 &+ TimestampReader.commonLength] == UInt8(ascii: "]")
      && self[bracket &+ 12] == UInt8(ascii: ":")
  }

  /// Whether a field looks like nginx's `$request_time`: digits, with exactly three after a point.
  /// Host names and addresses may end like this, too (`example.com`, `10.0.0.100`), except that
  /// they are not all digits.
  @inline(__always)
  fileprivate func isRequestTime(in range: Range<Int>) -> Bool {
    guard range.count >= 5 else { return false }
    let point = range.upperBound - 4
    for offset in range where offset != point && self[offset] &- UInt8(ascii: "0") > 9 {
      return false
    }
    return self[point] == UInt8(ascii: ".")
  }
}

/// A closing quote ends a field if the line ends there or a space follows.
@inline(__always)
private func endsField(_ bytes: borrowing Span<UInt8>, _ quote: Int, _ lineEnd: Int) -> Bool {
  quote + 1 == lineEnd || bytes[quote + 1] == UInt8(ascii: " ")
}

/// The parser's position in a line.
private struct Cursor {
  var offset: Int
  let lineStart: Int
  let end: Int

  var isAtEnd: Bool { offset >= end }

  func rejection(_ reason: LineRejection.Reason) -> LineRejection {
    LineRejection(reason, at: offset - lineStart)
  }

  /// The bytes up to the next space, which is skipped.
  @inline(__always)
  mutating func token(in bytes: borrowing Span<UInt8>) throws(LineRejection) -> Range<Int> {
    let start = offset
    let space = bytes.firstOffset(of: UInt8(ascii: " "), from: start, to: end)
    guard space < end, space > start else { throw rejection(.unrecognized) }
    offset = space + 1
    return start..<space
  }

  /// Where the words after the first begin, if there are three, each followed by one space, and then
  /// a timestamp.
  fileprivate func threeWords(in bytes: borrowing Span<UInt8>) -> ClientWords? {
    var cursor = self
    guard (try? cursor.token(in: bytes)) != nil else { return nil }
    let ident = cursor.offset
    guard (try? cursor.token(in: bytes)) != nil else { return nil }
    let user = cursor.offset
    guard (try? cursor.token(in: bytes)) != nil, cursor.offset < end,
      bytes[cursor.offset] == UInt8(ascii: "["),
      bytes.isTimestamp(after: cursor.offset, before: end)
    else { return nil }
    return ClientWords(ident: ident, user: user, time: cursor.offset + 1)
  }

  /// Skips the client's address, and the space after it. It may be a list, as in
  /// `203.0.113.8, 10.0.0.1` or `"203.0.113.8, 10.0.0.1"`.
  mutating func skipAddresses(in bytes: borrowing Span<UInt8>) throws(LineRejection) {
    while bytes[try token(in: bytes).upperBound - 1] == UInt8(ascii: ",") {
      _ = try nextWord(in: bytes)
    }
  }

  /// Skips spaces.
  ///
  /// - Returns: where the next word begins.
  mutating func nextWord(in bytes: borrowing Span<UInt8>) throws(LineRejection) -> Int {
    while offset < end, bytes[offset] == UInt8(ascii: " ") { offset += 1 }
    guard offset < end else { throw rejection(.unrecognized) }
    return offset
  }

  /// The bytes up to the next space, which is skipped, or to the end of the line.
  @inline(__always)
  mutating func lastToken(in bytes: borrowing Span<UInt8>) -> Range<Int> {
    let start = offset
    let space = bytes.firstOffset(of: UInt8(ascii: " "), from: min(start, end), to: end)
    offset = min(space + 1, end)
    return start..<max(start, space)
  }

  @inline(__always)
  mutating func expect(_ byte: UInt8, in bytes: borrowing Span<UInt8>) throws(LineRejection) {
    guard offset < end, bytes[offset] == byte else { throw rejection(.unrecognized) }
    offset += 1
  }

  /// A quoted string, without the quotes, that ends where a space or the line's end follows; or the
  /// rest of a truncated line.
  @inline(__always)
  mutating func lastQuoted(in bytes: borrowing Span<UInt8>) throws(LineRejection) -> FieldSlice {
    let start = offset
    do throws(LineRejection) {
      return try quoted(in: bytes, endsWhere: endsField)
    } catch {
      guard error.reason == .unterminatedString else { throw error }
      offset = end
      return FieldSlice(start + 1..<end, isEscaped: true)
    }
  }

  /// A quoted string, without the quotes. After a backslash any byte is part of the string; so is a
  /// quote where `endsWhere` says that the string does not end there.
  @inline(__always)
  mutating func quoted(
    in bytes: borrowing Span<UInt8>,
    endsWhere isEnd: (borrowing Span<UInt8>, Int, Int) -> Bool
  ) throws(LineRejection) -> FieldSlice {
    try expect(UInt8(ascii: "\""), in: bytes)
    let start = offset
    var search = start
    var isEscaped = false
    while true {
      let hit = bytes.firstOffset(
        of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: search, to: end)
      guard hit < end else {
        throw LineRejection(.unterminatedString, at: start - 1 - lineStart)
      }
      if bytes[hit] == UInt8(ascii: "\\") {
        isEscaped = true
        search = min(hit + 2, end)
      } else if isEnd(bytes, hit, end) {
        offset = hit + 1
        return FieldSlice(start..<hit, isEscaped: isEscaped)
      } else {
        search = hit + 1
      }
    }
  }
}
