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
  /// Why no format reads the lines, where that is known.
  package private(set) var obstacle: DetectionObstacle?
  /// Whether the lines, or what they are wrapped in, have the time of the request.
  private var isTimed = true
  /// How to find the best format sooner in lines like these; nil if it is none of the catalogue's.
  package private(set) var guess: Guess?

  /// All formats that are considered when the format is detected.
  package static let candidates: [LogFormat] = FormatCatalogue.entries
    .filter { $0.isDetected && $0.name != "common" && $0.name != "vhost_common" }
    .map(\.format)

  /// Formats that may be a log's, with what is computed once for all logs.
  package struct Candidates: Sendable {
    fileprivate let all: [DetectionCandidate]

    package init(_ formats: [LogFormat]) { all = formats.map { DetectionCandidate.of($0) } }
  }

  /// Tries each of `candidates` on the first lines of `bytes`, both as they are and with possible
  /// wrappings removed.
  ///
  /// - Parameters:
  ///   - candidates: those of the catalogue if there are none.
  ///   - limit: how many lines to examine, if not ``sampleLimit``.
  package init(
    _ bytes: borrowing Span<UInt8>, candidates: Candidates? = nil, limit: Int? = nil
  ) {
    let sample = bytes.extracting(0..<bytes.endOfLines(limit ?? Self.sampleLimit))
    let all = candidates?.all ?? DetectionCandidate.known
    lineCount = sample.lineCount
    var readings = Self.readings(sample, all)
    // Text that is read as it stands, plausibly and with its time, is in no wrapping.
    if !Self.isCertain(readings, of: lineCount) {
      for wrapping in LineWrapping.found(in: sample) {
        readings += Self.readings(sample, all, wrapping)
      }
      if !Self.isConclusive(readings, of: lineCount) {
        for wrapping in LineWrapping.prefixes(in: sample) {
          readings += Self.readings(sample, all, wrapping)
        }
      }
      if !Self.isConclusive(readings, of: lineCount) {
        for wrapping in LineWrapping.nested(in: sample) {
          readings += Self.readings(sample, all, wrapping)
        }
      }
    }
    rank(readings)
    if case .wrapped? = format, let best = scores.first {
      lineCount = max(best.lineCount, best.readCount)
    }
    if readCount * 10 < lineCount * 9 { findAlternate(sample, all) }
    if scores.isEmpty {
      obstacle = DetectionObstacle(sample)
    } else if !isTimed {
      obstacle = LineFeatures(sample)?.untimedObstacle ?? DetectionObstacle(sample)
    }
  }

  /// - Parameter readings: of which one reads all of the lines.
  init(_ readings: [Reading], of lineCount: Int) {
    self.lineCount = lineCount
    rank(readings)
  }

  private mutating func rank(_ readings: [Reading]) {
    let most = readings.map(\.likelyCount).max() ?? 0
    let order = readings.indices.sorted { left, right in
      let (a, b) = (readings[left].rank(among: most), readings[right].rank(among: most))
      return a == b ? left < right : a.lexicographicallyPrecedes(b)
    }
    scores = order.map { readings[$0].score }
    guard let best = order.first.map({ readings[$0] }) else { return }
    isTimed = best.isTimed
    let isKnown = DetectionCandidate.known(best.candidate.name) === best.candidate
    guess = isKnown ? Guess(best.candidate, in: best.wrapping) : nil
  }

  /// Looks for a second format among the lines that the first cannot read.
  private mutating func findAlternate(
    _ bytes: borrowing Span<UInt8>, _ candidates: [DetectionCandidate]
  ) {
    guard let best = format, readCount > 0 else { return }
    var wrapping: LineWrapping?
    if case .wrapped(let outer, _) = best { wrapping = outer }
    let sample = DetectionSample(bytes, wrapping, wrapping?.timestampPlacement ?? .none)
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
    let second = Self.readings(unread.span, others)
      .min { $0.rank(among: 0).lexicographicallyPrecedes($1.rank(among: 0)) }?.score
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

  // MARK: Readings

  /// One way to read the lines.
  struct Reading {
    var score: Score
    var candidate: DetectionCandidate
    /// How many of the lines that were read are requests, rather than connections without one.
    var requestCount: Int
    /// Whether the lines, or what they are wrapped in, have the time of the request.
    var isTimed: Bool

    /// How many lines it reads, unless most of these would be connections without a request: that
    /// is also what lines of other formats look like.
    var likelyCount: Int { min(score.readCount, 2 * requestCount) }

    var wrapping: LineWrapping? {
      if case .wrapped(let wrapping, _) = score.format { wrapping } else { nil }
    }

    /// What is compared with other readings, of which the best reads `most` lines: the lowest is the
    /// best.
    ///
    /// A reading that lacks the time loses to one that has it, and one with the wrapping's time to one with
    /// the line's own. A wrapping that is known by its looks
    /// wins a tie, since what it puts before a line may pass for a part of it. An object that has a
    /// line may be a request by itself: the one that says more wins. A prefix that is only
    /// understood as such because the rest can be read loses a tie.
    func rank(among most: Int) -> [Int] {
      let isTimely = isTimed && likelyCount * 2 >= most
      let envelope = wrapping?.envelope
      let likelihood =
        switch envelope {
        case .docker, .cri, .syslog, .compose, .timestamp: 0
        case nil, .json: 1
        case .prefix, .object, .none?, .pairs, .sequence: 2
        }
      return [
        isTimely ? 0 : 1, -likelyCount, -score.readCount, -requestCount,
        wrapping?.outer.count ?? 0,
        // Pairs are found behind any words: their own time decides before the looks of what is around them.
        candidate.placement == .pair ? 1 : 0,
        likelihood, candidate.placement == .none ? 0 : 1, -score.detailCount,
        envelope == .json ? 0 : 1,
        -candidate.valueCount,
        wrapping?.pieces.count ?? 0,
      ]
    }
  }

  /// Whether no wrapping can read more of the lines than the best of `readings`.
  private static func isCertain(_ readings: [Reading], of lineCount: Int) -> Bool {
    readings.contains { reading in
      switch reading.score.format {
      case .json, .pairs, .wrapped: false
      case .common, .text, .columns:
        reading.isTimed && reading.likelyCount * 10 >= lineCount * 9
      }
    }
  }

  /// Whether nearly all lines are read, with their time.
  private static func isConclusive(_ readings: [Reading], of lineCount: Int) -> Bool {
    readings.contains { reading in
      reading.isTimed && reading.likelyCount * 10 >= max(reading.score.lineCount, lineCount) * 9
    }
  }

  /// How each of `candidates` reads `bytes`, inside `wrapping` if there is one.
  static func readings(
    _ bytes: borrowing Span<UInt8>, _ candidates: [DetectionCandidate],
    _ wrapping: LineWrapping? = nil
  ) -> [Reading] {
    var readings: [Reading] = []
    for placement in LineWrapping.TimestampPlacement.allCases {
      let suitable = candidates.filter { $0.placement == placement }
      if suitable.isEmpty { continue }
      let sample = DetectionSample(bytes, wrapping, placement)
      let lines = sample.text.span
      let lineCount = lines.lineCount
      let quick = lines.extracting(0..<lines.endOfLines(quickLimit))
      // If none of the first lines can be read, those behind them are tried.
      let possible = lines.possible(among: suitable)
      let isWhole = quick.count == lines.count
      let quickCounts = possible.map { $0.count(quick) }
      let isVain = quickCounts.allSatisfy { $0.read == 0 }
      for (candidate, quickCount) in zip(possible, quickCounts)
      where quickCount.read > 0 || isVain && !isWhole {
        let count = isWhole ? quickCount : candidate.count(lines)
        guard count.read > 0 else { continue }
        // What follows a guess has to be requests.
        if count.requests == 0, wrapping?.isGuess ?? false { continue }
        readings.append(Reading(count, of: lineCount, candidate, wrapping))
      }
    }
    return readings
  }
}

extension FormatDetection.Reading {
  /// - Parameter count: how the candidate has read all of the lines, taken out of `wrapping`.
  init(
    _ count: DetectionCandidate.Count, of lineCount: Int, _ candidate: DetectionCandidate,
    _ wrapping: LineWrapping?
  ) {
    var outer = wrapping
    outer?.timestampPlacement = candidate.placement
    let inner = count.refined ?? candidate.format
    score = FormatDetection.Score(
      format: outer.map { .wrapped($0, inner) } ?? inner, readCount: count.read,
      lineCount: lineCount, detailCount: count.details)
    self.candidate = candidate
    requestCount = count.requests
    isTimed = candidate.placement == .none || wrapping?.suppliesTime ?? false
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
  var lineCount: Int {
    var start = 0
    var lines = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      if !line.range.isEmpty { lines += 1 }
    }
    return lines
  }

  /// Those of `candidates` that lines like these may be of.
  func possible(among candidates: [DetectionCandidate]) -> [DetectionCandidate] {
    let kinds = lineKinds
    return candidates.filter { $0.isJSON ? kinds.hasObjects : kinds.hasOthers }
  }

  /// Whether there are lines that begin like an object, and others.
  private var lineKinds: (hasObjects: Bool, hasOthers: Bool) {
    var kinds = (hasObjects: false, hasOthers: false)
    var start = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      var first = line.range.lowerBound
      while first < line.range.upperBound, self[first] <= 0x20 { first += 1 }
      if first == line.range.upperBound { continue }
      let isObject = self[first] == UInt8(ascii: "{")
      if isObject { kinds.hasObjects = true } else { kinds.hasOthers = true }
    }
    return kinds
  }

  func holds(_ text: String) -> Bool { holds(Array(text.utf8), in: 0..<count) }

  /// Whether each of `texts` occurs in `range`.
  func holdsAll(_ texts: [[UInt8]], in range: Range<Int>) -> Bool {
    for text in texts where !holds(text, in: range) { return false }
    return true
  }

  /// Whether `text`, which is not empty, occurs in `range`.
  func holds(_ text: [UInt8], in range: Range<Int>) -> Bool {
    let (first, length) = (text[0], text.count)
    let end = range.upperBound - length + 1
    var offset = range.lowerBound
    while offset < end {
      offset = firstOffset(of: first, from: offset, to: end)
      if offset < end, equals(offset..<offset + length, text.span, 0..<length) { return true }
      offset += 1
    }
    return false
  }
}
