/// Where the fields of a line of the common log family stand, read byte by byte:
///
///     [vhost ]host ident user [time] "request" status bytes[ "referer" "user agent"][ extra…]
package struct SlowCommonLog {
  package var virtualHost: SlowSlice?
  package var remoteAddress = 0..<0
  package var ident = 0..<0
  package var remoteUser = SlowSlice(0..<0)
  package var time = 0..<0
  package var request = SlowSlice(0..<0)
  package var method = 0..<0
  package var target = SlowSlice(0..<0)
  package var status = 0..<0
  package var size = 0..<0
  package var referer: SlowSlice?
  package var userAgent: SlowSlice?
  package private(set) var extras: [SlowSlice] = []

  private let line: [UInt8]
  private var offset = 0
  private static let timestampLength = 26

  /// Reads up to the time, which may be no timestamp at all.
  package init(_ line: [UInt8], hasVirtualHost: Bool) throws(SlowRejection) {
    self.line = line
    if hasVirtualHost { virtualHost = SlowSlice(try token()) }
    let start = offset
    if readThreeWords() { return }
    offset = start
    try readWords()
  }

  /// `address ident user [time]`, with one space between them.
  private mutating func readThreeWords() -> Bool {
    guard let address = try? token(), let second = try? token(), let third = try? token(),
      offset < line.count, line[offset] == UInt8(ascii: "["), isTimestamp(offset)
    else { return false }
    take(address, second, third, timeAt: offset + 1)
    return true
  }

  /// An address, which may be a list, an ident and a user, which may have spaces, and more spaces.
  private mutating func readWords() throws(SlowRejection) {
    let start = offset
    var end = start
    repeat {
      end = try token().upperBound
      if line[end - 1] == UInt8(ascii: ",") { try skipSpaces() }
    } while line[end - 1] == UInt8(ascii: ",")
    try skipSpaces()
    let second = try token()
    try skipSpaces()
    let user = offset
    for bracket in user..<max(user, line.count) where line[bracket] == UInt8(ascii: "[") {
      let close = bracket + 1 + Self.timestampLength
      guard close < line.count else { break }
      if isTimestamp(bracket), bracket > user, line[bracket - 1] == UInt8(ascii: " ") {
        take(start..<end, second, user..<bracket - 1, timeAt: bracket + 1)
        return
      }
    }
    throw SlowRejection(.unrecognized, at: user)
  }

  private func isTimestamp(_ bracket: Int) -> Bool {
    let close = bracket + 1 + Self.timestampLength
    return close < line.count && line[close] == UInt8(ascii: "]")
      && line[bracket + 12] == UInt8(ascii: ":")
  }

  private mutating func take(
    _ address: Range<Int>, _ second: Range<Int>, _ user: Range<Int>, timeAt start: Int
  ) {
    remoteAddress = firstAddress(address)
    ident = second
    remoteUser = bare(withoutFinalSpaces(user))
    time = start..<start + Self.timestampLength
    offset = start + Self.timestampLength + 1
  }

  private func firstAddress(_ list: Range<Int>) -> Range<Int> {
    let comma = list.first { line[$0] == UInt8(ascii: ",") } ?? list.upperBound
    var start = list.lowerBound
    var end = withoutFinalSpaces(start..<comma).upperBound
    guard start < end, line[start] == UInt8(ascii: "\"") else { return start..<end }
    start += 1
    if start < end, line[end - 1] == UInt8(ascii: "\"") { end -= 1 }
    return start..<end
  }

  private func withoutFinalSpaces(_ range: Range<Int>) -> Range<Int> {
    var end = range.upperBound
    while end > range.lowerBound, line[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return range.lowerBound..<end
  }

  private mutating func skipSpaces() throws(SlowRejection) {
    while offset < line.count, line[offset] == UInt8(ascii: " ") { offset += 1 }
    guard offset < line.count else { throw SlowRejection(.unrecognized, at: offset) }
  }

  /// Reads the request line and splits it.
  package mutating func readRequest() throws(SlowRejection) {
    try expect(UInt8(ascii: " "))
    let quote = offset
    try expect(UInt8(ascii: "\""))
    var isEscaped = false
    while offset < line.count {
      if line[offset] == UInt8(ascii: "\\") {
        isEscaped = true
        offset += 2
        continue
      }
      // A quote that nobody escaped may stand in the request: the status follows the last one.
      if line[offset] == UInt8(ascii: "\""), offset + 2 < line.count,
        line[offset + 1] == UInt8(ascii: " "),
        Self.isDigit(line[offset + 2]) || line[(offset + 2)...].starts(with: "- ".utf8)
      {
        request = SlowSlice(quote + 1..<offset, isEscaped: isEscaped)
        offset += 1
        guard splitRequest() else { throw SlowRejection(.noRequest, at: quote + 1) }
        return
      }
      offset += 1
    }
    throw SlowRejection(.unterminatedString, at: quote)
  }

  /// `GET /path HTTP/1.1`, or without a version.
  private mutating func splitRequest() -> Bool {
    guard let space = request.range.first(where: { line[$0] == UInt8(ascii: " ") }) else {
      return false
    }
    method = request.start..<space
    guard (1...32).contains(method.count),
      line[method].allSatisfy({ Self.isLetter($0) || $0 == UInt8(ascii: "-") || $0 == 0x5F }),
      line[method.lowerBound] != UInt8(ascii: "-")
    else { return false }
    let start = space + 1
    var end = request.end
    for length in [9, 7] where end - length >= start {
      if line[(end - length)...].starts(with: " HTTP/".utf8) {
        end -= length
        break
      }
    }
    if request.isEscaped {
      for length in [10, 8] where end - length >= start {
        if line[(end - length)..<end].starts(with: " HTTP\\/".utf8) {
          end -= length
          break
        }
      }
    }
    target = SlowSlice(start..<max(start, end), isEscaped: request.isEscaped)
    return end > start
  }

  /// Reads where the status and the size stand.
  package mutating func readStatus() throws(SlowRejection) {
    try expect(UInt8(ascii: " "))
    status = try token()
  }

  package mutating func readSize() { size = lastToken() }

  /// Reads what stands behind the size.
  package mutating func readRest(hasRefererAndAgent: Bool) throws(SlowRejection) {
    if hasRefererAndAgent && offset < line.count {
      referer = try lastQuoted()
      if offset < line.count {
        offset += 1
        userAgent = try lastQuoted()
        offset += 1
      }
    }
    offset = min(offset, line.count)
    while offset < line.count {
      if line[offset] == UInt8(ascii: "\"") {
        // It begins with a quote, so it is one.
        extras.append((try? lastQuoted()) ?? SlowSlice(0..<0))
        offset += 1
      } else {
        extras.append(bare(lastToken()))
      }
    }
  }

  // MARK: Pieces

  private mutating func token() throws(SlowRejection) -> Range<Int> {
    let start = offset
    while offset < line.count, line[offset] != UInt8(ascii: " ") { offset += 1 }
    guard offset < line.count, offset > start else {
      throw SlowRejection(.unrecognized, at: start)
    }
    defer { offset += 1 }
    return start..<offset
  }

  private mutating func lastToken() -> Range<Int> {
    let start = min(offset, line.count)
    var end = start
    while end < line.count, line[end] != UInt8(ascii: " ") { end += 1 }
    offset = min(end + 1, line.count)
    return start..<end
  }

  /// Ends at a quote before a space or the line's end; or, if the line was cut off, with it.
  private mutating func lastQuoted() throws(SlowRejection) -> SlowSlice {
    try expect(UInt8(ascii: "\""))
    let start = offset
    var isEscaped = false
    while offset < line.count {
      if line[offset] == UInt8(ascii: "\\") {
        isEscaped = true
        offset += 2
        continue
      }
      if line[offset] == UInt8(ascii: "\""),
        offset + 1 == line.count || line[offset + 1] == UInt8(ascii: " ")
      {
        offset += 1
        return SlowSlice(start..<offset - 1, isEscaped: isEscaped)
      }
      offset += 1
    }
    offset = line.count
    return SlowSlice(start..<line.count, isEscaped: true)
  }

  private func bare(_ range: Range<Int>) -> SlowSlice {
    if line[range] == Array("\"\"".utf8)[...] {
      return SlowSlice(range.upperBound..<range.upperBound)
    }
    let isEscaped = range.count > 1 && line[range].contains(UInt8(ascii: "\\"))
    return SlowSlice(range, isEscaped: isEscaped)
  }

  private mutating func expect(_ byte: UInt8) throws(SlowRejection) {
    guard offset < line.count, line[offset] == byte else {
      throw SlowRejection(.unrecognized, at: offset)
    }
    offset += 1
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  private static func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
  }
}
