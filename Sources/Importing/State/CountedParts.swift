internal import Ingesting
internal import Outbox

/// Spans of time: in order, and not touching.
private typealias Span = Range<Int64>

extension Range<Int64> {
  static var always: Self { .min..<(.max) }
}

/// Which stretches of a known source a run reads again, because it counts requests that earlier runs
/// have left out, and what becomes of them.
///
/// A source's content before its position is kept in parts, each with the time whose requests were
/// counted. A run whose window goes beyond that reads the part again and counts the rest: exactly the
/// complement, so that the parts are afterwards as if they had been read with the union of all windows.
/// A part of which routes or filters have left out every single request is read as if it were new. Where
/// they left out some of them, nobody can tell any more which, and the rest stays out: that is said.
struct PartsToRead {
  /// How many parts a source may have before it is refused: more come only of windows that change from
  /// run to run over one and the same log.
  static let partLimit = 64

  private let parts: [LedgerSource.Part]
  private let scope: CountingScope
  /// Whether each part is to be read again.
  private let isRead: [Bool]
  /// The first part that is.
  private let first: Int?
  private let position: LedgerSource.Position?

  init(_ known: LedgerSource?, _ scope: CountingScope) {
    self.scope = scope
    position = known?.position
    let parts = known?.parts ?? []
    self.parts = parts
    isRead = parts.map { $0.isUncounted(by: scope) || $0.lacksPart(of: scope.window) }
    first = isRead.firstIndex(of: true)
  }

  /// Whether anything before the position is read again.
  var isNeeded: Bool { first != nil }

  /// Where the reading begins, and how many lines are before that.
  var start: (bytes: Int, lines: Int) {
    guard let first else { return (position?.bytes ?? 0, position?.lines ?? 0) }
    return first == 0 ? (0, 0) : (parts[first - 1].end, parts[first - 1].lines)
  }

  /// What is read, from ``start`` on. The last stretch is what follows the position.
  var stretches: [SourceStretch] {
    guard let first else { return [SourceStretch()] }
    return parts.indices[first...].map { index in
      let part = parts[index]
      if !isRead[index] {
        return SourceStretch(end: part.end, countedBefore: [Span.always], wasRead: true)
      }
      return SourceStretch(
        end: part.end, countedBefore: part.isUncounted(by: scope) ? [] : part.counted, wasRead: true
      )
    } + [SourceStretch()]
  }

  /// How many requests other rules than this run's have left out, for good.
  var leftOutByOthers: Int {
    parts.reduce(0) { sum, part in
      part.rules == scope.rules || part.isUncounted(by: scope) ? sum : sum + part.leftOut
    }
  }

  /// The parts as they are now that the stretches were read up to an offset.
  ///
  /// - Parameters:
  ///   - end: the offset behind what was read, and how many lines of the source are before it.
  ///   - counts: what the stretches have come to.
  func parts(
    readUpTo end: (bytes: Int, lines: Int), _ counts: [StretchCounts]
  ) -> [LedgerSource.Part] {
    let firstRead = first ?? parts.count
    var result = Array(parts[..<firstRead])
    if result.isEmpty, first == nil, let position, position.bytes > 0 {
      result = [.whole(upTo: position)]
    }
    var begin = start.bytes
    for index in firstRead..<parts.count {
      let part = parts[index]
      if !isRead[index] || end.bytes <= begin {
        result.append(part)
      } else {
        let count = counts[index - firstRead]
        let reach = end.bytes < part.end ? end : (part.end, part.lines)
        result.append(part.reading(upTo: reach, count, scope))
        if end.bytes < part.end { result.append(part) }
      }
      begin = part.end
    }
    if end.bytes > begin, let last = counts.last {
      result.append(
        LedgerSource.Part(
          end: end.bytes, lines: end.lines,
          counted: last.outsideWindow == 0 ? [Span.always] : [scope.window], rules: scope.rules,
          requests: last.requests, leftOut: last.leftOutByRules))
    }
    return result.joiningAlike()
  }
}

extension LedgerSource.Part {
  /// All that was counted by a version, or a run, that has left nothing out.
  fileprivate static func whole(upTo position: LedgerSource.Position) -> Self {
    Self(
      end: position.bytes, lines: position.lines, counted: [Span.always], rules: "", requests: 0,
      leftOut: 0)
  }

  /// Whether other rules than the run's have left out every request of it.
  fileprivate func isUncounted(by scope: CountingScope) -> Bool {
    rules != scope.rules && requests == 0 && leftOut > 0
  }

  /// Whether some of `window` was not counted.
  fileprivate func lacksPart(of window: Span) -> Bool {
    !counted.contains { $0.lowerBound <= window.lowerBound && window.upperBound <= $0.upperBound }
  }

  /// What it is now that it was read again up to `end`.
  fileprivate func reading(
    upTo end: (bytes: Int, lines: Int), _ count: StretchCounts, _ scope: CountingScope
  ) -> Self {
    var part = self
    (part.end, part.lines) = end
    if isUncounted(by: scope) { (part.counted, part.leftOut) = ([], 0) }
    part.counted =
      count.outsideWindow == 0 ? [Span.always] : part.counted.joined(with: scope.window)
    part.requests += count.requests
    if end.bytes < self.end {
      // What was left out before may be in either half; it is kept with the other.
      (part.rules, part.leftOut) = (scope.rules, count.leftOutByRules)
    } else {
      part.rules = part.leftOut == 0 || rules == scope.rules ? scope.rules : rules
      if part.rules != scope.rules && count.leftOutByRules > 0 { part.rules = "several" }
      part.leftOut += count.leftOutByRules
    }
    return part
  }

  /// Whether the two, one behind the other, can be one.
  fileprivate func isLike(_ next: Self) -> Bool {
    guard counted == next.counted, leftOut == 0 || next.leftOut == 0 || rules == next.rules else {
      return false
    }
    // A part of which nothing was counted can be read anew as a whole.
    return (requests == 0 && leftOut > 0) == (next.requests == 0 && next.leftOut > 0)
  }
}

extension [LedgerSource.Part] {
  /// With neighbours that are alike made one; empty if no option has left anything out.
  fileprivate func joiningAlike() -> [LedgerSource.Part] {
    var result: [LedgerSource.Part] = []
    for part in self {
      guard var last = result.last, last.isLike(part) else {
        result.append(part)
        continue
      }
      if last.leftOut == 0 { last.rules = part.rules }
      (last.end, last.lines) = (part.end, part.lines)
      last.requests += part.requests
      last.leftOut += part.leftOut
      result[result.count - 1] = last
    }
    let isAll = result.allSatisfy { $0.counted == [Span.always] && $0.leftOut == 0 }
    return isAll ? [] : result
  }
}

extension [Range<Int64>] {
  /// Both, in order and not touching.
  func joined(with other: Range<Int64>) -> [Range<Int64>] {
    var result: [Range<Int64>] = []
    for span in (self + [other]).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, span.lowerBound <= last.upperBound {
        result[result.count - 1] =
          last.lowerBound..<Swift.max(last.upperBound, span.upperBound)
      } else {
        result.append(span)
      }
    }
    return result
  }
}

extension SourceStart {
  static func read(
    _ source: OpenSource, format: RememberedFormat?, parts: PartsToRead
  ) -> SourceStart {
    source.entry?.linesBefore = parts.start.lines
    source.entry?.format = format
    source.entry?.stretches = parts.stretches
    return .read(source)
  }
}
