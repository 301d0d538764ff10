internal import ByteScanning

/// Where the inner line is in a wrapped line, and what the wrapping says about it.
struct WrappedLine {
  var content: FieldSlice
  var time = FieldSlice.absent
  /// Whether the line continues in the next one of the same stream.
  var isPart = false
  /// Whether the content is a list of bytes, as numbers.
  var isListOfBytes = false
  /// 1 for standard error.
  var stream = 0

  init(content: FieldSlice) { self.content = content }
}

extension Span where Element == UInt8 {
  /// `STAMP STREAM TAG LINE` (Kubernetes, CRI log format; `F` for full, `P` for partial).
  func criLine(in line: Range<Int>) -> WrappedLine? {
    let timestampEnd = firstOffset(
      of: UInt8(ascii: " "), from: line.lowerBound, to: line.upperBound)
    guard isTimestamp(line.lowerBound..<timestampEnd) else { return nil }
    let stream = timestampEnd + 1
    let isError = holds("stderr ", at: stream, before: line.upperBound)
    guard isError || holds("stdout ", at: stream, before: line.upperBound),
      stream + 7 < line.upperBound
    else { return nil }
    let tag = self[stream + 7]
    let tagEnd = firstOffset(of: UInt8(ascii: " "), from: stream + 7, to: line.upperBound)
    guard tag == UInt8(ascii: "F") || tag == UInt8(ascii: "P") else { return nil }
    var wrapped = WrappedLine(
      content: FieldSlice(Swift.min(tagEnd + 1, line.upperBound)..<line.upperBound))
    wrapped.time = FieldSlice(line.lowerBound..<timestampEnd)
    wrapped.isPart = tag == UInt8(ascii: "P")
    wrapped.stream = isError ? 1 : 0
    return wrapped
  }

  /// A timestamp and a space before the line.
  func timestampedLine(in line: Range<Int>) -> WrappedLine? {
    let timestampEnd = firstOffset(
      of: UInt8(ascii: " "), from: line.lowerBound, to: line.upperBound)
    guard timestampEnd < line.upperBound, isTimestamp(line.lowerBound..<timestampEnd) else {
      return nil
    }
    var wrapped = WrappedLine(content: FieldSlice(timestampEnd + 1..<line.upperBound))
    wrapped.time = FieldSlice(line.lowerBound..<timestampEnd)
    return wrapped
  }

  /// `name  | line`, the line optionally preceded by a timestamp.
  func composeLine(in line: Range<Int>) -> WrappedLine? {
    var offset = line.lowerBound
    while offset < line.upperBound, isNameByte(self[offset]) { offset += 1 }
    guard offset > line.lowerBound else { return nil }
    while offset < line.upperBound, self[offset] == UInt8(ascii: " ") { offset += 1 }
    guard offset < line.upperBound, self[offset] == UInt8(ascii: "|") else { return nil }
    offset += 1
    if offset < line.upperBound, self[offset] == UInt8(ascii: " ") { offset += 1 }
    let rest = offset..<line.upperBound
    return timestampedLine(in: rest) ?? WrappedLine(content: FieldSlice(rest))
  }

  /// `<34>1 STAMP HOST APP PROCID MSGID SD LINE` (RFC 5424), or `<34>Nov 23 09:10:13 host app[1]:
  /// LINE` (RFC 3164), also without the priority, with an ISO 8601 timestamp and without the host.
  func syslogLine(in line: Range<Int>) -> WrappedLine? {
    var offset = line.lowerBound
    let digitsEnd = endOfDigits(from: offset, to: line.upperBound)
    // Heroku's drains put the length before each message (RFC 6587).
    if digitsEnd > offset, holds(" <", at: digitsEnd, before: line.upperBound) {
      offset = digitsEnd + 1
    }
    if offset < line.upperBound, self[offset] == UInt8(ascii: "<") {
      let close = endOfDigits(from: offset + 1, to: line.upperBound)
      guard close < line.upperBound, self[close] == UInt8(ascii: ">"), close - offset < 5 else {
        return nil
      }
      offset = close + 1
      if holds("1 ", at: offset, before: line.upperBound) {
        return syslog5424Line(in: offset + 2..<line.upperBound)
      }
    }
    return syslog3164Line(in: offset..<line.upperBound)
  }

  private func syslog5424Line(in line: Range<Int>) -> WrappedLine? {
    var offset = line.lowerBound
    let timestampEnd = firstOffset(of: UInt8(ascii: " "), from: offset, to: line.upperBound)
    let time = FieldSlice(offset..<timestampEnd)
    offset = timestampEnd
    for _ in 0..<4 {
      guard offset < line.upperBound else { return nil }
      offset = firstOffset(of: UInt8(ascii: " "), from: offset + 1, to: line.upperBound)
    }
    guard offset + 1 < line.upperBound else { return nil }
    offset += 1
    if self[offset] == UInt8(ascii: "-") {
      offset += 1
    } else {
      while offset < line.upperBound, self[offset] == UInt8(ascii: "[") {
        guard let close = endOfElement(from: offset, to: line.upperBound) else { return nil }
        offset = close
      }
      // Heroku omits the structured data.
    }
    if offset < line.upperBound, self[offset] == UInt8(ascii: " ") { offset += 1 }
    if holds("\u{FEFF}", at: offset, before: line.upperBound) { offset += 3 }
    var wrapped = WrappedLine(content: FieldSlice(offset..<line.upperBound))
    if isTimestamp(time.range) { wrapped.time = time }
    return wrapped
  }

  /// The offset after a structured-data element, in whose values `\]` is escaped.
  private func endOfElement(from start: Int, to end: Int) -> Int? {
    var offset = start + 1
    while offset < end {
      if self[offset] == UInt8(ascii: "\\") {
        offset += 2
        continue
      }
      if self[offset] == UInt8(ascii: "]") { return offset + 1 }
      offset += 1
    }
    return nil
  }

  private func syslog3164Line(in line: Range<Int>) -> WrappedLine? {
    var offset = line.lowerBound
    var time = FieldSlice.absent
    if line.count > 16, month(at: offset) != nil, self[offset + 3] == UInt8(ascii: " "),
      self[offset + 9] == UInt8(ascii: ":"), self[offset + 15] == UInt8(ascii: " ")
    {
      // A timestamp without a year and a zone is not passed on.
      offset += 16
    } else {
      let timestampEnd = firstOffset(of: UInt8(ascii: " "), from: offset, to: line.upperBound)
      guard isTimestamp(offset..<timestampEnd) else { return nil }
      time = FieldSlice(offset..<timestampEnd)
      offset = timestampEnd + 1
    }
    // The host may be missing; the tag ends with a colon.
    for _ in 0..<2 {
      let space = firstOffset(
        of: UInt8(ascii: " "), from: Swift.min(offset, line.upperBound), to: line.upperBound)
      guard space < line.upperBound, space > offset else { return nil }
      if self[space - 1] == UInt8(ascii: ":") {
        var wrapped = WrappedLine(content: FieldSlice(space + 1..<line.upperBound))
        wrapped.time = time
        return wrapped
      }
      offset = space + 1
    }
    return nil
  }

  fileprivate func endOfDigits(from start: Int, to end: Int) -> Int {
    var offset = start
    while offset < end, self[offset] &- UInt8(ascii: "0") <= 9 { offset += 1 }
    return offset
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") <= 9
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "@")
  }

  /// Whether `range` is a timestamp with date, time and zone and without spaces.
  func isTimestamp(_ range: Range<Int>) -> Bool {
    guard range.count >= 20, range.count <= 40, self[range.lowerBound + 4] == UInt8(ascii: "-"),
      self[range.lowerBound + 7] == UInt8(ascii: "-"),
      self[range.lowerBound + 10] == UInt8(ascii: "T")
    else { return false }
    return self[range.lowerBound + 13] == UInt8(ascii: ":")
  }
}

extension Span where Element == UInt8 {
  /// Where the message ends that has its length before it, if another follows or the line ends there.
  func endOfFrame(in line: Range<Int>) -> Int? {
    let digitsEnd = endOfDigits(from: line.lowerBound, to: line.upperBound)
    let digits = digitsEnd - line.lowerBound
    guard digits > 0, digits < 8, holds(" <", at: digitsEnd, before: line.upperBound) else {
      return nil
    }
    var length = 0
    for offset in line.lowerBound..<digitsEnd {
      length = length * 10 + Int(self[offset] &- UInt8(ascii: "0"))
    }
    let end = digitsEnd + 1 + length
    guard end < line.upperBound else { return nil }
    let next = endOfDigits(from: end, to: line.upperBound)
    return next > end && holds(" <", at: next, before: line.upperBound) ? end : nil
  }

  /// Whether `range` is the content of a JSON string.
  func isString(_ range: Range<Int>) -> Bool {
    range.lowerBound > 0 && self[range.lowerBound - 1] == UInt8(ascii: "\"")
  }

  /// Appends the bytes that `range` lists: `72, 105`.
  func appendListed(_ range: Range<Int>, to text: inout OwnedBuffer<UInt8>) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let end = endOfDigits(from: offset, to: range.upperBound)
      if end > offset, end - offset <= 3 {
        var value = 0
        for place in offset..<end { value = value * 10 + Int(self[place] &- UInt8(ascii: "0")) }
        if value <= 0xFF { text.append(UInt8(value)) }
      }
      offset = Swift.max(end, offset + 1)
    }
  }

  // MARK: Objects

  /// The JSON object of the line, and the time before it.
  func object(in line: Range<Int>) -> (range: Range<Int>, time: FieldSlice)? {
    var start = line.lowerBound
    while start < line.upperBound, self[start] <= UInt8(ascii: " ") { start += 1 }
    guard start < line.upperBound else { return nil }
    if self[start] == UInt8(ascii: "{") { return (line, .absent) }
    while true {
      start = firstOffset(of: UInt8(ascii: "{"), from: start, to: line.upperBound)
      guard start < line.upperBound else { return nil }
      if beginsObject(at: start, before: line.upperBound) { break }
      start += 1
    }
    guard let last = lastOffset(of: UInt8(ascii: "}"), from: start, to: line.upperBound) else {
      return nil
    }
    return (start..<last + 1, timeBefore(start, from: line.lowerBound))
  }

  /// Whether the bracket at `start` is followed by the quote of an object's first key.
  fileprivate func beginsObject(at start: Int, before end: Int) -> Bool {
    var offset = start + 1
    while offset < end, self[offset] <= UInt8(ascii: " ") { offset += 1 }
    return offset < end && self[offset] == UInt8(ascii: "\"")
  }

  /// The time in the text before an object: a stamp in the first word, or a number of seconds in
  /// brackets.
  private func timeBefore(_ end: Int, from start: Int) -> FieldSlice {
    var offset = start
    while offset < end {
      let wordEnd = firstOffset(
        of: UInt8(ascii: " "), or: UInt8(ascii: "\t"), from: offset, to: end)
      if isTimestamp(offset..<wordEnd) { return FieldSlice(offset..<wordEnd) }
      while offset < wordEnd, self[offset] == UInt8(ascii: "[") { offset += 1 }
      var numberEnd = endOfDigits(from: offset, to: wordEnd)
      let isEpoch = numberEnd - offset >= 10
      if numberEnd < wordEnd, self[numberEnd] == UInt8(ascii: ".") {
        numberEnd = endOfDigits(from: numberEnd + 1, to: wordEnd)
      }
      if isEpoch { return FieldSlice(offset..<numberEnd) }
      offset = wordEnd + 1
    }
    return .absent
  }

  /// An object with other text before it.
  func objectLine(in line: Range<Int>) -> WrappedLine? {
    guard let object = object(in: line), object.range.lowerBound > line.lowerBound else {
      return nil
    }
    var wrapped = WrappedLine(content: FieldSlice(object.range))
    wrapped.time = object.time
    return wrapped
  }
}

/// A part of what stands before a line, up to a blank.
package enum PrefixPiece: UInt8, Codable, Sendable {
  /// A timestamp.
  case stamp
  /// Anything else without blanks.
  case word
  /// `[…]`, which may contain blanks.
  case bracketed
  /// `{…}`, such as the labels of a stream. A JSON object is none.
  case braced
}

extension Span where Element == UInt8 {
  /// The line after `pieces`.
  func prefixedLine(in line: Range<Int>, after pieces: [PrefixPiece]) -> WrappedLine? {
    var offset = line.lowerBound
    var time = FieldSlice.absent
    for expected in pieces {
      guard let found = prefixPiece(at: offset, before: line.upperBound), found.piece == expected
      else { return nil }
      if time.isAbsent { time = found.time }
      offset = found.next
    }
    var wrapped = WrappedLine(content: FieldSlice(offset..<line.upperBound))
    wrapped.time = time
    return wrapped
  }

  /// The piece that begins at `start`, and where the one after it does.
  func prefixPiece(
    at start: Int, before end: Int
  ) -> (piece: PrefixPiece, time: FieldSlice, next: Int)? {
    guard start < end else { return nil }
    var piece = PrefixPiece.word
    var time = FieldSlice.absent
    var offset = start
    switch self[start] {
    case UInt8(ascii: "\""), UInt8(ascii: " "), UInt8(ascii: "\t"): return nil
    case UInt8(ascii: "["):
      piece = .bracketed
      offset = firstOffset(of: UInt8(ascii: "]"), from: start, to: end)
      let word = start + 1..<Swift.min(firstOffset(of: 0x20, from: start + 1, to: end), offset)
      if !word.isEmpty, isTimestamp(word) { time = FieldSlice(word) }
      offset += 1
    case UInt8(ascii: "{"):
      guard !beginsObject(at: start, before: end) else { return nil }
      piece = .braced
      offset = firstOffset(of: UInt8(ascii: "}"), from: start, to: end) + 1
    default:
      offset = firstOffset(of: 0x20, or: UInt8(ascii: "\t"), from: start, to: end)
      if isTimestamp(start..<offset) {
        piece = .stamp
        time = FieldSlice(start..<offset)
      }
    }
    guard offset < end, self[offset] == 0x20 || self[offset] == UInt8(ascii: "\t") else {
      return nil
    }
    while offset < end, self[offset] == 0x20 || self[offset] == UInt8(ascii: "\t") { offset += 1 }
    return (piece, time, offset)
  }
}
