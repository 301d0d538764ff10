internal import ByteScanning

/// Detects the format of a source from its first lines.
package struct FormatDetection: Equatable, Sendable {
  /// How many lines are examined.
  package static let sampleLimit = 500
  /// How many of them are tried with every format; the rest only with formats that can read some of
  /// these.
  package static let quickLimit = 40

  /// How many bytes of `bytes` are examined, in up to `limit` or ``sampleLimit`` lines.
  package static func sampleLength(_ bytes: borrowing Span<UInt8>, limit: Int?) -> Int {
    bytes.endOfLines(limit ?? sampleLimit)
  }

  /// How well one format reads the first lines.
  package struct Score: Equatable, Sendable {
    package var format: LogFormat
    /// How many of the examined lines it read.
    package var readCount: Int
    package var lineCount: Int
    /// How much detail the records have: the durations, sizes and routes in all of them.
    package var detailCount: Int

    package var name: String { format.name }
  }

  /// The format that reads the most lines, or nil if none reads any.
  package var format: LogFormat? { scores.first?.format }
  /// How many of the examined lines it read.
  package var readCount: Int { scores.first?.readCount ?? 0 }
  package private(set) var lineCount = 0
  /// Every format that reads any line, best first. Of formats that read the same number of lines,
  /// the one whose records have more detail is better, and after that the one with more values that
  /// could fail to parse.
  package private(set) var scores: [Score] = []
  /// The format of the lines that the best format cannot read, if there are enough of them: two
  /// programs writing to one log. It is inside the same wrapping.
  package private(set) var alternate: LogFormat?
  /// How many lines the two read together.
  package private(set) var alternateCount = 0

  /// All formats that are considered when the format is detected.
  package static let candidates: [LogFormat] = FormatCatalogue.entries
    .filter { $0.isDetected && $0.name != "common" && $0.name != "vhost_common" }
    .map(\.format)

  /// Tries each of `candidates` on the first lines of `bytes`, both as they are and with possible
  /// wrappings removed.
  ///
  /// - Parameter limit: how many lines to examine, if not ``sampleLimit``.
  package init(
    _ bytes: borrowing Span<UInt8>, candidates: [LogFormat] = FormatDetection.candidates,
    limit: Int? = nil
  ) {
    let sample = bytes.extracting(0..<bytes.endOfLines(limit ?? Self.sampleLimit))
    let all = candidates.map { Candidate($0) }
    lineCount = sample.lineCount
    scores = Self.scores(sample, all)
    // If the lines can be read as they are, there is no wrapping to remove.
    if readCount * 10 < lineCount * 9 {
      for wrapping in LineWrapping.found(in: sample) {
        let wrapped = Self.scores(sample, all, wrapping)
        let best = wrapped.first?.readCount ?? 0
        if best > readCount { scores = wrapped + scores }
      }
      if let best = scores.first { lineCount = max(best.lineCount, best.readCount) }
      findAlternate(sample, all)
    }
    // Of equal scores the earlier stays first: `sort` preserves their order.
    scores.sort { $0.readCount > $1.readCount }
  }

  /// Looks for a second format among the lines that the first cannot read.
  private mutating func findAlternate(_ bytes: borrowing Span<UInt8>, _ candidates: [Candidate]) {
    guard let best = format, readCount > 0 else { return }
    var wrapping: LineWrapping?
    if case .wrapped(let outer, _) = best { wrapping = outer }
    let sample = Sample(bytes, wrapping, wrapping?.timestampPlacement ?? .none)
    let lines = sample.text.span
    guard var parser = try? LineParser(format: best, capturing: []) else { return }
    var unread = OwnedBuffer<UInt8>(capacity: 1024)
    var record = AccessRecord()
    var start = 0
    while start < lines.count {
      let line = lines.line(from: start)
      do throws(LineRejection) {
        if !line.range.isEmpty { try parser.parse(lines, line: line.range, into: &record) }
      } catch {
        if error.reason.isOtherShape { unread.append(lines.extracting(start..<line.next)) }
      }
      start = line.next
    }
    // In one file, one kind of columns replaces the other, and many comments begin with `#`.
    let others = candidates.filter {
      if case .columns = $0.format { return false }
      return $0.format.hasTime && $0.format != best.unwrapped
    }
    let second = Self.scores(unread.span, others).first
    guard let second, second.readCount > 1, second.readCount * 10 >= lineCount else { return }
    alternate = second.format
    alternateCount = second.readCount
  }

  /// Whether the source contains other lines among those that the format reads, too many to be
  /// damage: an application's own. If the lines were collected from a program's output, such lines
  /// are more likely than damage.
  package var isMixed: Bool {
    let otherCount = lineCount - readCount
    if case .wrapped(let wrapping, _)? = format, wrapping.isOfOutput { return otherCount > 0 }
    return readCount * 10 >= lineCount && otherCount * 4 > lineCount
  }

  // MARK: Scores

  /// A format, with facts about it that are computed once.
  private struct Candidate {
    var format: LogFormat
    var marks: [String]
    /// How many values its lines have.
    var valueCount: Int

    init(_ format: LogFormat) {
      self.format = format
      let entry = FormatCatalogue.entries.first { $0.format == format }
      marks = entry?.marks ?? []
      valueCount =
        switch format {
        case .common: 9
        case .text(let layout): layout.fields.count
        case .columns(let layout): layout.columns.count
        case .json, .pairs: 9 + marks.count
        case .wrapped: 9
        }
    }
  }

  /// The score of each of `candidates` for `bytes`, inside `wrapping` if there is one.
  private static func scores(
    _ bytes: borrowing Span<UInt8>, _ candidates: [Candidate], _ wrapping: LineWrapping? = nil
  ) -> [Score] {
    var ranked: [(score: Score, candidate: Candidate)] = []
    for timestampPlacement in [LineWrapping.TimestampPlacement.none, .text, .member, .pair] {
      let suitable = candidates.filter { $0.format.timestampPlacement == timestampPlacement }
      if suitable.isEmpty { continue }
      let sample = Sample(bytes, wrapping, timestampPlacement)
      let lines = sample.text.span
      let quick = lines.extracting(0..<lines.endOfLines(quickLimit))
      let promising = suitable.filter { count(quick, $0).read > 0 }
      for candidate in promising.isEmpty ? suitable : promising {
        let (format, read, details) = count(lines, candidate)
        guard read > 0 else { continue }
        var outer = wrapping
        outer?.timestampPlacement = timestampPlacement
        ranked.append(
          (
            Score(
              format: outer.map { .wrapped($0, format) } ?? format, readCount: read,
              lineCount: lines.lineCount, detailCount: details), candidate
          ))
      }
    }
    let order = ranked.indices.sorted { left, right in
      let (a, b) = (ranked[left], ranked[right])
      if a.score.readCount != b.score.readCount { return a.score.readCount > b.score.readCount }
      if a.score.detailCount != b.score.detailCount {
        return a.score.detailCount > b.score.detailCount
      }
      if a.candidate.valueCount != b.candidate.valueCount {
        return a.candidate.valueCount > b.candidate.valueCount
      }
      return left < right
    }
    return order.map { ranked[$0].score }
  }

  /// How many of the lines `candidate` reads and in how much detail; and the format, refined by the
  /// lines.
  private static func count(
    _ bytes: borrowing Span<UInt8>, _ candidate: Candidate
  ) -> (format: LogFormat, read: Int, details: Int) {
    let format = refined(candidate.format, bytes)
    let users = format.isCommon ? ["remote_user", "host"] : []
    var count = (format: format, read: 0, details: 0)
    let shaped = format.hasTime ? format : format.afterTimestamp
    guard var parser = try? LineParser(format: shaped, capturing: users) else { return count }
    var record = AccessRecord()
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      if !candidate.marks.isEmpty, !bytes.holdsAll(candidate.marks, in: line.range) { continue }
      do throws(LineRejection) {
        try parser.parse(bytes, line: line.range, into: &record)
        // Users may contain spaces, so a line with a virtual host can be read as one without: the
        // client is then taken for the identity, and the user begins with the dash that is the
        // identity. The wrapping of a line can be mistaken for its first words, too.
        let isShifted =
          !users.isEmpty
          && (bytes.holdsIdentity(in: record.captured[0].range)
            || bytes.isTimestamp(record.captured[1].range))
        if isShifted || parser.wasCut { continue }
        count.read += 1
        count.details += record.detailCount
      } catch {
        if parser.wasCut { continue }
        // A timestamp without a zone is understood; the user just has to supply the zone. Nor is a
        // duration in an unusual unit evidence against everything else.
        let isUnderstood = error.reason == .timeWithoutZone || error.reason == .invalidDuration
        if !error.reason.speaksAgainstFormat || isUnderstood { count.read += 1 }
      }
    }
    if case .columns = format, let columns = bytes.lastColumns {
      count.format = .columns(columns)
    }
    return count
  }

  /// Whether quoted strings follow the size decides between `common` and `combined`: in the latter,
  /// most lines that have a quoted request have more quotes. A file with columns names them.
  private static func refined(_ format: LogFormat, _ bytes: borrowing Span<UInt8>) -> LogFormat {
    guard case .common(var layout) = format else { return format }
    var withRequest = 0
    var withMore = 0
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      let quotes = line.range.reduce(0) { $0 + (bytes[$1] == UInt8(ascii: "\"") ? 1 : 0) }
      if quotes >= 2 && bytes[line.range.lowerBound] != UInt8(ascii: "{") { withRequest += 1 }
      if quotes >= 6 { withMore += 1 }
    }
    layout.hasRefererAndAgent = withMore * 2 >= withRequest
    return .common(layout)
  }
}

/// The first lines of a source as a format gets to see them.
private struct Sample: ~Copyable {
  var text = OwnedBuffer<UInt8>(capacity: 1024)

  /// - Parameter timestampPlacement: for formats without a time: unless a wrapping supplies one, each line is
  ///   given a timestamp, so that everything else can be examined.
  init(
    _ bytes: borrowing Span<UInt8>, _ wrapping: LineWrapping?,
    _ timestampPlacement: LineWrapping.TimestampPlacement
  ) {
    if var wrapping {
      // Colours and arrays do not supply a time.
      let hasTime = wrapping.envelope != .none && wrapping.envelope != .sequence
      wrapping.timestampPlacement = hasTime ? timestampPlacement : .none
      var unwrapper = LineUnwrapper(wrapping)
      unwrapper.unwrap(bytes)
      if hasTime {
        text.append(unwrapper.text.span)
      } else {
        let lines = Sample(unwrapper.text.span, nil, timestampPlacement)
        text.append(lines.text.span)
      }
      return
    }
    guard timestampPlacement != .none else {
      text.append(bytes)
      return
    }
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      switch timestampPlacement {
      case .none: break
      case .text: text.append(literal: "1 ")
      case .pair: text.append(literal: "wrapper_time=1 ")
      case .member: text.append(literal: "{\"wrapper_time\":1,")
      }
      let isObject =
        timestampPlacement == .member && bytes[line.range.lowerBound] == UInt8(ascii: "{")
      text.append(
        bytes.extracting(line.range.lowerBound + (isObject ? 1 : 0)..<line.range.upperBound))
      text.append(UInt8(ascii: "\n"))
    }
  }
}

extension LineWrapping {
  /// The wrappings that at least half of the lines in `bytes` have.
  static func found(in bytes: borrowing Span<UInt8>) -> [LineWrapping] {
    let hasColors =
      bytes.firstOffset(of: 0x1B, from: 0, to: bytes.count) < bytes.count
      || bytes.holds("#033[") || bytes.holds("\\u001b[")
    var found: [LineWrapping] = []
    for envelope in Envelope.allCases where envelope != .none {
      var wrapping = LineWrapping(envelope)
      wrapping.hasColors = hasColors
      if bytes.isWrapped(in: wrapping) { found.append(wrapping) }
    }
    if hasColors {
      var colors = LineWrapping(.none)
      colors.hasColors = true
      found.append(colors)
    }
    return found
  }
}

extension LogFormat {
  fileprivate var isCommon: Bool { if case .common = self { true } else { false } }
}

extension AccessRecord {
  fileprivate var detailCount: Int {
    (duration == Self.absent ? 0 : 1) + (requestSize == Self.absent ? 0 : 1)
      + (responseSize == Self.absent ? 0 : 1) + (route.isAbsent ? 0 : 1)
  }
}

extension Span where Element == UInt8 {
  /// The offset after the first `limit` lines that are not empty.
  func endOfLines(_ limit: Int) -> Int {
    var start = 0
    var lines = 0
    while start < count, lines < limit {
      let line = line(from: start)
      start = line.next
      if !line.range.isEmpty { lines += 1 }
    }
    return start
  }

  /// How many lines are not empty.
  fileprivate var lineCount: Int {
    var start = 0
    var lines = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      if !line.range.isEmpty { lines += 1 }
    }
    return lines
  }

  /// The columns that the first `#Fields:` line names.
  fileprivate var lastColumns: ColumnLayout? {
    var start = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      if let columns = ColumnLayout(self, line: line.range) { return columns }
    }
    return nil
  }

  /// Whether an apparent user begins with the dash of an identity, or has one in the middle: the
  /// line is then preceded by a timestamp and a stream, or by syslog's words.
  fileprivate func holdsIdentity(in user: Range<Int>) -> Bool {
    holds("- ", at: user.lowerBound, before: user.upperBound)
      || user.count > 8 && holdsAll([" - "], in: user)
  }

  func holds(_ text: String) -> Bool { holdsAll([text], in: 0..<count) }

  /// Whether each of `texts` occurs in `range`.
  fileprivate func holdsAll(_ texts: [String], in range: Range<Int>) -> Bool {
    texts.allSatisfy { text in
      let bytes = Array(text.utf8)
      var offset = range.lowerBound
      while offset < range.upperBound {
        offset = firstOffset(of: bytes[0], from: offset, to: range.upperBound)
        let end = offset + bytes.count
        if end <= range.upperBound, equals(offset..<end, bytes.span, 0..<bytes.count) {
          return true
        }
        offset += 1
      }
      return false
    }
  }

  /// Whether at least half of the lines have this wrapping.
  fileprivate func isWrapped(in wrapping: LineWrapping) -> Bool {
    var unwrapper = LineUnwrapper(wrapping)
    var wrapped = 0
    var lines = 0
    var start = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      lines += 1
      if wrapping.envelope == .sequence {
        wrapped += isSequence(line.range) ? 1 : 0
      } else if unwrapper.wrappedLine(self, line.range) != nil {
        wrapped += 1
      }
    }
    return wrapped * 2 >= lines && wrapped > 0
  }

  /// Whether the line has several objects, or a bracket or a comma next to one.
  private func isSequence(_ range: Range<Int>) -> Bool {
    switch self[range.lowerBound] {
    case UInt8(ascii: "["), UInt8(ascii: "]"): return true
    case UInt8(ascii: "{"):
      if self[range.upperBound - 1] == UInt8(ascii: ",") { return true }
      var unwrapper = LineUnwrapper(LineWrapping(.sequence))
      unwrapper.unwrap(extracting(range))
      return unwrapper.origins.count > 1 || unwrapper.text.count < range.count
    default: return false
    }
  }
}
