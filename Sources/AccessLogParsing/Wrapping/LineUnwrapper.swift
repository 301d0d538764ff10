package import ByteScanning

/// Removes the wrapping around lines: turns a chunk of wrapped lines into the lines themselves, one
/// after the other, and remembers where each came from.
package struct LineUnwrapper: ~Copyable {
  private let wrapping: LineWrapping
  private var scanner: JSONLineScanner
  private let lineSlots: [Int]
  private let timeSlots: [Int]
  private let streamSlot: Int?

  /// The lines, each with a line feed.
  package private(set) var text = OwnedBuffer<UInt8>(capacity: 4096)
  /// For each line, where it was in the chunk; for one in several parts, where the last part was.
  package private(set) var origins = OwnedBuffer<Origin>(capacity: 1024)
  /// How many lines contained only a part of another.
  package private(set) var joinedCount = 0
  /// How many lines the chunk has.
  package private(set) var lineCount = 0
  /// Parts of lines whose end has not come yet, for each stream.
  private var output = OwnedBuffer<UInt8>(capacity: 1024)
  private var errors = OwnedBuffer<UInt8>(capacity: 1024)
  private var plain = OwnedBuffer<UInt8>(capacity: 1024)
  private var lineStart = 0
  private var pairing = Pairing()
  /// Removes what is around this wrapping.
  private let layers: OuterLayers?
  /// The time that the layers around have for the line that is being read.
  private var outerTime = OwnedBuffer<UInt8>(capacity: 64)
  /// The times of the lines, if another wrapping is inside of this one.
  private(set) var times = LineTimes()
  private let keepsTimes: Bool

  package struct Origin: BitwiseCopyable, Sendable {
    /// The number of the line, from 0.
    var number: Int32
    var offset: Int32
  }

  /// Where the line with this number in ``text`` was: its number in the chunk, and its offset.
  package func origin(of line: Int) -> (line: Int, offset: Int) {
    (Int(origins[line].number), Int(origins[line].offset))
  }

  package init(_ wrapping: LineWrapping) { self.init(wrapping, keepsTimes: false) }

  init(_ wrapping: LineWrapping, keepsTimes: Bool) {
    self.wrapping = wrapping
    layers = wrapping.around.map { OuterLayers($0) }
    self.keepsTimes = keepsTimes
    let members =
      switch wrapping.envelope {
      case .docker: Members.ofDocker
      case .json: wrapping.key.map { Members(lineKeys: [$0]) } ?? Members.ofObjects
      default: Members.none
      }
    (scanner, lineSlots) = (members.scanner, members.lineSlots)
    (timeSlots, streamSlot) = (members.timeSlots, members.streamSlot)
  }

  /// The members of an object to look for. Making the table of their keys takes longer than many lines.
  private struct Members {
    var scanner: JSONLineScanner
    var lineSlots: [Int]
    var timeSlots: [Int]
    var streamSlot: Int?

    static let none = Members(lineKeys: [], timeKeys: [])
    static let ofDocker = Members(lineKeys: ["log"])
    static let ofObjects = Members(lineKeys: LineWrapping.lineKeys)

    init(lineKeys: [String], timeKeys: [String] = LineWrapping.timeKeys) {
      var table = JSONKeyTable()
      lineSlots = lineKeys.compactMap { table.slot(for: $0) }
      timeSlots = timeKeys.compactMap { table.slot(for: $0) }
      streamSlot = timeKeys.isEmpty ? nil : table.slot(for: LineWrapping.streamKey)
      scanner = JSONLineScanner(table: table)
    }
  }

  /// Counts for each of ``LineWrapping/lineKeys`` whether the object in the line has a text there.
  mutating func countKeys(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, _ counts: inout [Int]
  ) {
    guard let object = bytes.object(in: line)?.range,
      (try? scanner.scan(bytes, line: object)) != nil
    else { return }
    for (index, slot) in lineSlots.enumerated() where bytes.isString(scanner[slot].range) {
      counts[index] += 1
    }
    guard memberOfBytes(bytes, object) != nil else { return }
    for (index, key) in LineWrapping.lineKeys.enumerated() where key == "MESSAGE" {
      counts[index] += 1
    }
  }

  /// Unwraps the lines of `bytes`; lines unwrapped before are discarded.
  package mutating func unwrap(_ bytes: borrowing Span<UInt8>, limit: Int = .max) {
    guard let layers else { return unwrapLines(bytes, limit: limit) }
    layers.unwrapper.unwrap(bytes, limit: limit)
    unwrapLines(of: layers.unwrapper.text)
    for index in 0..<origins.count {
      origins[index] = layers.unwrapper.origins[Int(origins[index].number)]
    }
    lineCount = layers.unwrapper.lineCount
    joinedCount += layers.unwrapper.joinedCount
  }

  private mutating func unwrapLines(of content: borrowing OwnedBuffer<UInt8>) {
    unwrapLines(content.span, limit: .max)
  }

  private mutating func unwrapLines(_ bytes: borrowing Span<UInt8>, limit: Int) {
    text.removeAll()
    times.removeAll()
    origins.removeAll()
    joinedCount = 0
    lineCount = 0
    output.removeAll()
    errors.removeAll()
    pairing.removeAll()
    var start = 0
    while start < bytes.count, lineCount < limit {
      let line = bytes.line(from: start)
      lineStart = start
      start = line.next
      if let layers {
        outerTime.removeAll()
        layers.unwrapper.times.append(timeOf: lineCount, to: &outerTime)
      }
      unwrap(bytes, line: line.range)
      lineCount += 1
    }
    // A source may end with a part.
    if !output.isEmpty { finishParts(stream: 0) }
    if !errors.isEmpty { finishParts(stream: 1) }
  }

  private mutating func finishParts(stream: Int) {
    let nothing: [UInt8] = []
    lineCount -= 1
    emit(.absent, of: nothing.span, time: .absent, stream: stream)
    lineCount += 1
    joinedCount -= 1
  }

  private mutating func unwrap(_ bytes: borrowing Span<UInt8>, line: Range<Int>) {
    if wrapping.envelope == .sequence {
      emitObjects(bytes, line)
      return
    }
    if wrapping.envelope == .pairs {
      emitPaired(bytes, line)
      return
    }
    if wrapping.envelope == .syslog, let end = bytes.endOfFrame(in: line) {
      emitFrames(bytes, line, firstEnd: end)
      return
    }
    guard let wrapped = wrappedLine(bytes, line) else {
      emit(FieldSlice(line), of: bytes, time: .absent, stream: -1)
      return
    }
    if wrapped.isPart {
      joinedCount += 1
      if wrapped.stream == 0 {
        Unescaping.append(wrapped.content, of: bytes, to: &output)
      } else {
        Unescaping.append(wrapped.content, of: bytes, to: &errors)
      }
      return
    }
    emit(wrapped, of: bytes)
  }

  /// Where the inner line is in the line in `line`; nil if that is not wrapped.
  mutating func wrappedLine(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) -> WrappedLine? {
    switch wrapping.envelope {
    case .none, .pairs, .sequence: nil
    case .docker: member(bytes, line)
    case .json: bytes.object(in: line).flatMap { member(bytes, $0.range, time: $0.time) }
    case .prefix: bytes.prefixedLine(in: line, after: wrapping.pieces)
    case .object: bytes.objectLine(in: line)
    case .cri: bytes.criLine(in: line)
    case .syslog: bytes.syslogLine(in: line)
    case .compose: bytes.composeLine(in: line)
    case .timestamp: bytes.timestampedLine(in: line)
    }
  }

  private mutating func member(
    _ bytes: borrowing Span<UInt8>, _ object: Range<Int>, time: FieldSlice = .absent
  ) -> WrappedLine? {
    guard (try? scanner.scan(bytes, line: object)) != nil else { return nil }
    // Elsewhere an object may stand under the same key.
    let slot = lineSlots.first { bytes.isString(scanner[$0].range) }
    guard let slot else { return memberOfBytes(bytes, object) }
    var content = scanner[slot]
    var wrapped = WrappedLine(content: content)
    let endsLine = bytes.endsWithEscapedLineFeed(content.range)
    if endsLine { content.end -= 2 }
    if endsLine, bytes.holds("\\r", at: Int(content.end) - 2, before: Int(content.end)) {
      content.end -= 2
    }
    // What rsyslog calls `msg` begins with the space behind the tag.
    let start = Int(content.offset)
    if wrapping.envelope == .json, bytes.holds(" ", at: start, before: Int(content.end)),
      !bytes.holds("  ", at: start, before: Int(content.end))
    {
      content.offset += 1
    }
    wrapped.content = content
    wrapped.isPart = wrapping.envelope == .docker && !endsLine
    wrapped.time = timeOfObject ?? time
    if let streamSlot {
      let stream = scanner[streamSlot]
      if bytes.holds("stderr", at: stream.range.lowerBound, before: stream.range.upperBound) {
        wrapped.stream = 1
      }
    }
    return wrapped
  }

  private var timeOfObject: FieldSlice? {
    timeSlots.first { !scanner[$0].isAbsent }.map { scanner[$0] }
  }

  /// journald exports a message that has control characters, such as those of colours, as a list of
  /// its bytes.
  private func memberOfBytes(
    _ bytes: borrowing Span<UInt8>, _ object: Range<Int>
  ) -> WrappedLine? {
    guard wrapping.envelope == .json, wrapping.key == nil || wrapping.key == "MESSAGE",
      let list = JSONMembers.value(at: "MESSAGE", of: bytes, line: object),
      list.count >= 2, bytes[list.lowerBound] == UInt8(ascii: "["),
      bytes[list.upperBound - 1] == UInt8(ascii: "]")
    else { return nil }
    var wrapped = WrappedLine(content: FieldSlice(list.lowerBound + 1..<list.upperBound - 1))
    wrapped.isListOfBytes = true
    wrapped.time = timeOfObject ?? .absent
    return wrapped
  }

  // MARK: Lines out

  private mutating func emit(_ wrapped: WrappedLine, of bytes: borrowing Span<UInt8>) {
    guard wrapped.isListOfBytes else {
      emit(wrapped.content, of: bytes, time: wrapped.time, stream: wrapped.stream)
      return
    }
    plain.removeAll()
    bytes.appendListed(wrapped.content.range, to: &plain)
    while !plain.isEmpty, plain[plain.count - 1] == 0x0A || plain[plain.count - 1] == 0x0D {
      plain.truncate(to: plain.count - 1)
    }
    appendPlain(of: bytes, time: wrapped.time)
  }

  /// Appends the line in `content`, after the parts of it that came before.
  private mutating func emit(
    _ content: FieldSlice, of bytes: borrowing Span<UInt8>, time: FieldSlice, stream: Int
  ) {
    plain.removeAll()
    if stream == 0 { swap(&plain, &output) }
    if stream == 1 { swap(&plain, &errors) }
    if !content.isAbsent { Unescaping.append(content, of: bytes, to: &plain) }
    appendPlain(of: bytes, time: time)
  }

  /// Appends the line in ``plain``.
  private mutating func appendPlain(of bytes: borrowing Span<UInt8>, time: FieldSlice) {
    if wrapping.passesTime || keepsTimes {
      if bytes.hasValue(time) {
        outerTime.removeAll()
        outerTime.append(bytes.extracting(time.range))
      }
      if keepsTimes { times.add(outerTime) }
    }
    let hasTime = !outerTime.isEmpty
    switch wrapping.timestampPlacement {
    case .none: appendContent(from: 0)
    case .text:
      if hasTime { outerTime.append(to: &text) } else { text.append(0x2D) }
      text.append(UInt8(ascii: " "))
      appendContent(from: 0)
    case .pair:
      if hasTime {
        text.append(literal: "wrapper_time=")
        outerTime.append(to: &text)
        text.append(UInt8(ascii: " "))
      }
      appendContent(from: 0)
    case .member:
      let isObject = !plain.isEmpty && plain[0] == UInt8(ascii: "{")
      if hasTime, isObject {
        text.append(literal: "{\"wrapper_time\":\"")
        outerTime.append(to: &text)
        text.append(literal: "\",")
        appendContent(from: 1)
      } else {
        appendContent(from: 0)
      }
    }
    if layers == nil { outerTime.removeAll() }
    text.append(UInt8(ascii: "\n"))
    origins.append(
      Origin(
        number: Int32(truncatingIfNeeded: lineCount), offset: Int32(truncatingIfNeeded: lineStart)))
  }

  /// Appends the contents of `plain` from `start` on, without colours and line feeds.
  private mutating func appendContent(from start: Int) {
    Self.append(plain, from: start, withColors: wrapping.hasColors, to: &text)
  }

  private static func append(
    _ plain: borrowing OwnedBuffer<UInt8>, from start: Int, withColors hasColors: Bool,
    to text: inout OwnedBuffer<UInt8>
  ) {
    let bytes = plain.span
    var offset = start
    while offset < bytes.count {
      // What has to be looked at by itself is rare.
      let next = bytes.endOfOrdinary(from: offset, withColors: hasColors)
      text.append(bytes, in: offset..<next)
      offset = next
      guard offset < bytes.count else { return }
      if hasColors, let end = bytes.endOfColor(at: offset) {
        offset = end
        continue
      }
      let byte = bytes[offset]
      text.append(byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") ? 0x20 : byte)
      offset += 1
    }
  }

  // MARK: Frames on a line

  /// Appends every message of the line, each of which has its length before it (RFC 6587, 3.4.1):
  /// many senders put no line feed between them.
  private mutating func emitFrames(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, firstEnd: Int
  ) {
    var start = line.lowerBound
    var end = firstEnd
    while true {
      let frame = start..<end
      if let wrapped = bytes.syslogLine(in: frame) {
        emit(wrapped, of: bytes)
      } else {
        emit(FieldSlice(frame), of: bytes, time: .absent, stream: -1)
      }
      if end == line.upperBound { return }
      start = end
      end = bytes.endOfFrame(in: start..<line.upperBound) ?? line.upperBound
    }
  }

  // MARK: Requests in two lines

  /// Appends the request that the line ends, or the line if it is no half of one. A half without the
  /// other counts as a part of a line.
  private mutating func emitPaired(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) {
    guard let half = bytes.halfOfRequest(in: line) else {
      emit(FieldSlice(line), of: bytes, time: .absent, stream: -1)
      return
    }
    if !half.isEnd {
      joinedCount += 1
      _ = pairing.begin(half, in: line, at: outerTime, of: bytes)
      return
    }
    plain.removeAll()
    guard let start = pairing.end(half, of: bytes),
      bytes.appendRequest(
        start.half, in: start.line, at: start.time, half, in: line, to: &plain)
    else {
      emit(FieldSlice(line), of: bytes, time: .absent, stream: -1)
      return
    }
    appendPlain(of: bytes, time: .absent)
  }

  // MARK: Objects on a line

  /// Appends every object of the line: those in an array, one after another, or under `records`.
  private mutating func emitObjects(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) {
    var offset = line.lowerBound
    var isEmpty = true
    while offset < line.upperBound {
      guard bytes[offset] == UInt8(ascii: "{") else {
        // Brackets and commas between the objects; anything else is not a sequence.
        if !" \t[],}".utf8.contains(bytes[offset]) { break }
        offset += 1
        continue
      }
      if let inner = bytes.recordsStart(at: offset, before: line.upperBound) {
        offset = inner
        continue
      }
      let end = bytes.endOfObject(from: offset, to: line.upperBound)
      emit(FieldSlice(offset..<end), of: bytes, time: .absent, stream: -1)
      isEmpty = false
      offset = end
    }
    if offset < line.upperBound || isEmpty && line.isEmpty {
      emit(FieldSlice(offset..<line.upperBound), of: bytes, time: .absent, stream: -1)
    } else if isEmpty {
      // Only brackets: a line of an array that spans several.
      joinedCount += 1
    }
  }
}

extension LineUnwrapper {
  /// The offset in `bytes` from which a part is waiting for its end, so that the lines from there
  /// on belong to the next chunk; nil if none is, or if one has waited for
  /// ``LineWrapping/partsLimit`` bytes.
  package mutating func heldBack(_ bytes: borrowing Span<UInt8>) -> Int? {
    guard let layers else { return heldBackLines(bytes) }
    let held = layers.unwrapper.heldBack(bytes)
    guard [.pairs, .docker, .cri].contains(wrapping.envelope) else { return held }
    layers.unwrapper.unwrap(bytes.extracting(0..<(held ?? bytes.count)))
    guard let line = heldBackLine(of: layers.unwrapper.text) else { return held }
    let offset = layers.unwrapper.origin(of: line).offset
    // A line in several parts begins before its last one.
    return layers.unwrapper.heldBack(bytes.extracting(0..<offset)) ?? offset
  }

  /// The number of the line in `content` from which lines belong to the next chunk.
  private mutating func heldBackLine(of content: borrowing OwnedBuffer<UInt8>) -> Int? {
    let bytes = content.span
    guard let held = heldBackLines(bytes) else { return nil }
    var line = 0
    var start = 0
    while start < held {
      start = bytes.line(from: start).next
      line += 1
    }
    return line
  }

  private mutating func heldBackLines(_ bytes: borrowing Span<UInt8>) -> Int? {
    if wrapping.envelope == .pairs { return heldBackPairs(bytes) }
    guard wrapping.envelope == .docker || wrapping.envelope == .cri else { return nil }
    var isDecided = [false, false]
    var isWaiting = [false, false]
    var held: Int?
    var end = bytes.count
    while end > 0, isDecided.contains(false) {
      let length = bytes.count - end
      if length >= LineWrapping.streamWindow, !isWaiting.contains(true) { break }
      if length >= LineWrapping.partsLimit { return nil }
      // `end` is right after a line feed.
      let start = (bytes.lastOffset(of: UInt8(ascii: "\n"), from: 0, to: end - 1) ?? -1) + 1
      let line = bytes.line(from: start).range
      if let wrapped = wrappedLine(bytes, line), !isDecided[wrapped.stream] {
        isWaiting[wrapped.stream] = wrapped.isPart
        if wrapped.isPart { held = start } else { isDecided[wrapped.stream] = true }
      }
      end = start
    }
    return held
  }
}

extension LineUnwrapper {
  /// The offset from which the requests are that have not ended: no request may have one of its lines
  /// before it and the other behind.
  private mutating func heldBackPairs(_ bytes: borrowing Span<UInt8>) -> Int? {
    var pairs: [Range<Int>] = []
    var open: [[UInt8]: Int] = [:]
    var start = 0
    if bytes.count > LineWrapping.pairWindow {
      let before = bytes.count - LineWrapping.pairWindow
      start = (bytes.lastOffset(of: UInt8(ascii: "\n"), from: 0, to: before) ?? -1) + 1
    }
    let windowStart = start
    while start < bytes.count {
      let line = bytes.line(from: start)
      if let half = bytes.halfOfRequest(in: line.range) {
        let id = bytes.key(of: half)
        if !half.isEnd {
          open[id] = start
        } else if let begin = open.removeValue(forKey: id) {
          pairs.append(begin..<start)
        }
      }
      start = line.next
    }
    guard var held = open.values.min() else { return nil }
    for pair in pairs.sorted(by: { $0.lowerBound > $1.lowerBound })
    where pair.lowerBound < held && pair.upperBound >= held {
      held = pair.lowerBound
    }
    // What has been under way for so long is not waited for.
    return held == windowStart && windowStart > 0 ? nil : held
  }
}

extension Span where Element == UInt8 {
  /// The offset after the bracket in `{"records":[`, if that is at `start`.
  func recordsStart(at start: Int, before end: Int) -> Int? {
    var offset = skippingBlanks(start + 1, end)
    guard holds("\"records\"", at: offset, before: end) else { return nil }
    offset = skippingBlanks(offset + 9, end)
    guard offset < end, self[offset] == UInt8(ascii: ":") else { return nil }
    offset = skippingBlanks(offset + 1, end)
    return offset < end && self[offset] == UInt8(ascii: "[") ? offset + 1 : nil
  }

  private func skippingBlanks(_ start: Int, _ end: Int) -> Int {
    var offset = start
    while offset < end, self[offset] <= UInt8(ascii: " ") { offset += 1 }
    return offset
  }

  /// The offset after the object that begins at `start`, or `end` if it is not closed.
  func endOfObject(from start: Int, to end: Int) -> Int {
    var depth = 0
    var offset = start
    while offset < end {
      offset = firstOffset(
        of: UInt8(ascii: "\""), or: UInt8(ascii: "{"), or: UInt8(ascii: "}"), from: offset, to: end)
      if offset >= end { return end }
      switch self[offset] {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return offset + 1 }
      default:
        offset += 1
        while offset < end, self[offset] != UInt8(ascii: "\"") {
          offset += self[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
      }
      offset += 1
    }
    return end
  }
}

extension Span where Element == UInt8 {
  /// Whether the text in `range`, of a JSON string, ends with `\n` rather than a backslash and an
  /// n.
  fileprivate func endsWithEscapedLineFeed(_ range: Range<Int>) -> Bool {
    guard holds("\\n", at: range.upperBound - 2, before: range.upperBound) else { return false }
    var start = range.upperBound - 1
    while start > range.lowerBound, self[start - 1] == UInt8(ascii: "\\") { start -= 1 }
    return (range.upperBound - 1 - start) % 2 == 1
  }
}

extension Span where Element == UInt8 {
  /// Where the first byte is from `start` on that may end a line or begin a colour.
  fileprivate func endOfOrdinary(from start: Int, withColors hasColors: Bool) -> Int {
    let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    return hasColors
      ? firstOffset(
        of: lineFeed, or: carriageReturn, or: 0x1B, or: UInt8(ascii: "#"), from: start, to: count)
      : firstOffset(of: lineFeed, or: carriageReturn, from: start, to: count)
  }

  /// The offset after the control sequence that begins at `start` (ECMA-48, 5.4; rsyslog writes its
  /// first byte as `#033`); nil if there is none.
  fileprivate func endOfColor(at start: Int) -> Int? {
    var offset = start
    if self[start] == 0x1B {
      offset += 1
    } else if holds("#033", at: start, before: count) {
      offset += 4
    } else {
      return nil
    }
    guard offset < count, self[offset] == UInt8(ascii: "[") else { return nil }
    offset += 1
    while offset < count, self[offset] < 0x40 { offset += 1 }
    return Swift.min(offset + 1, count)
  }
}
