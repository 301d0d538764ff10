package import AccessLogParsing
package import Attribution
internal import ByteScanning
package import LogReading
package import Tallying

/// Counts what became of every line. At the end the counts must balance: each line that was read was either
/// tallied or left out for exactly one reason.
package struct LineCounts: Sendable {
  /// How many rejected lines are kept as examples for each reason.
  package static let exampleLimit = 3

  package private(set) var linesRead = 0
  package private(set) var linesTallied = 0
  package private(set) var blankLines = 0
  /// Lines that held only a part of another.
  package private(set) var joinedLines = 0
  package private(set) var rejections = [Int](
    repeating: 0, count: LineRejection.Reason.allCases.count)
  package private(set) var options = 0
  package private(set) var beforeSince = 0
  package private(set) var afterUntil = 0
  package private(set) var importedBefore = 0
  package private(set) var withoutPath = 0
  package private(set) var unmatchedRoutes = 0
  package private(set) var filtered: [Int]
  /// Paths of requests that match no known route, with the IDs in them replaced, and how many there are.
  package private(set) var unmatchedPaths: [String: Int] = [:]
  /// So many different ones are counted, in so many lines.
  package static let unmatchedPathLimit = 100
  private static let unmatchedLineLimit = 100_000
  /// What the tallied requests lacked.
  package private(set) var absences = TallyAbsences()
  /// Tallied requests without a consumer.
  package var withoutConsumer = 0
  /// A bit for each of the first 64 consumer rules that has found a consumer.
  package var foundConsumerRules: UInt64 = 0
  /// Tallied requests at times that a wrong clock has: in buckets before and after those that are plausible.
  package private(set) var early = 0
  package private(set) var late = 0
  /// Nanoseconds since 1970, of the tallied requests.
  package private(set) var firstRequest = Int64.max
  package private(set) var lastRequest = Int64.min
  package private(set) var examples: [RejectionExample] = []
  /// How many examples of each reason were kept so far, by these counts and those before them.
  private var exampleCounts: [Int]

  package init(filterCount: Int) {
    filtered = Array(repeating: 0, count: filterCount)
    exampleCounts = Array(repeating: 0, count: LineRejection.Reason.allCases.count)
  }

  /// New counts, for the same worker to go on with.
  func successor() -> LineCounts {
    var counts = LineCounts(filterCount: filtered.count)
    counts.exampleCounts = exampleCounts
    return counts
  }

  /// Counts the tallied lines of a chunk.
  package mutating func count(_ chunk: ChunkCounts) {
    linesRead += chunk.requests
    linesTallied += chunk.requests
    firstRequest = min(firstRequest, chunk.firstRequest)
    lastRequest = max(lastRequest, chunk.lastRequest)
  }

  /// Notes what the tallied requests lacked, before their table is merged with others.
  mutating func note(_ table: inout TallyTable, plausible: Range<Int64>) {
    absences += table.takeAbsences()
    let tallies = table.all
    for index in tallies.indices {
      let key = tallies[index].key
      if key.consumer == 0 { withoutConsumer += Int(tallies[index].requestCount) }
      if key.bucket < plausible.lowerBound { early += Int(tallies[index].requestCount) }
      if key.bucket >= plausible.upperBound { late += Int(tallies[index].requestCount) }
    }
  }

  /// Notes what one request lacked that is not tallied.
  @inline(__always)
  mutating func note(
    consumer: NameTable.ID, duration: Int64, requestSize: Int64, responseSize: Int64,
    bucket: Int64, plausible: Range<Int64>
  ) {
    if duration < 0 { absences.durations &+= 1 }
    if requestSize < 0 { absences.requestSizes &+= 1 }
    if responseSize < 0 { absences.responseSizes &+= 1 }
    if consumer == 0 { withoutConsumer &+= 1 }
    if bucket < plausible.lowerBound { early &+= 1 }
    if bucket >= plausible.upperBound { late &+= 1 }
  }

  /// Notes the path of a request that matches no known route.
  mutating func noteUnmatched(_ target: FieldSlice, in bytes: borrowing Span<UInt8>) {
    guard unmatchedRoutes <= Self.unmatchedLineLimit else { return }
    let path = bytes.shownPath(ofTargetIn: target.range)
    if unmatchedPaths[path] != nil || unmatchedPaths.count < Self.unmatchedPathLimit {
      unmatchedPaths[path, default: 0] += 1
    }
  }

  package mutating func countBlank() {
    linesRead += 1
    blankLines += 1
  }

  package mutating func countJoined(_ count: Int) {
    linesRead += count
    joinedLines += count
  }

  package mutating func count(_ reason: LeftOut) {
    linesRead += 1
    switch reason {
    case .options: options += 1
    case .beforeSince: beforeSince += 1
    case .afterUntil: afterUntil += 1
    case .importedBefore: importedBefore += 1
    case .noPath: withoutPath += 1
    case .unmatchedRoute: unmatchedRoutes += 1
    case .filter(let index): filtered[index] += 1
    }
  }

  /// - Returns: whether the line was kept as an example.
  package mutating func count(_ rejection: LineRejection, line: Int, of chunk: Chunk) -> Bool {
    linesRead += 1
    let index = Int(rejection.reason.rawValue)
    rejections[index] += 1
    let isExample = exampleCounts[index] < Self.exampleLimit
    if isExample {
      exampleCounts[index] += 1
      examples.append(
        RejectionExample(
          rejection: rejection, sourceIndex: chunk.sourceIndex, sequence: chunk.sequence,
          lineInChunk: line))
    }
    return isExample
  }

  package mutating func merge(_ other: LineCounts) {
    linesRead += other.linesRead
    linesTallied += other.linesTallied
    blankLines += other.blankLines
    joinedLines += other.joinedLines
    for index in rejections.indices { rejections[index] += other.rejections[index] }
    options += other.options
    beforeSince += other.beforeSince
    afterUntil += other.afterUntil
    importedBefore += other.importedBefore
    withoutPath += other.withoutPath
    unmatchedRoutes += other.unmatchedRoutes
    for index in filtered.indices { filtered[index] += other.filtered[index] }
    for (path, count) in other.unmatchedPaths
    where unmatchedPaths[path] != nil || unmatchedPaths.count < Self.unmatchedPathLimit {
      unmatchedPaths[path, default: 0] += count
    }
    absences += other.absences
    withoutConsumer += other.withoutConsumer
    early += other.early
    late += other.late
    foundConsumerRules |= other.foundConsumerRules
    firstRequest = min(firstRequest, other.firstRequest)
    lastRequest = max(lastRequest, other.lastRequest)
    examples += other.examples
  }

  package func count(of reason: LineRejection.Reason) -> Int { rejections[Int(reason.rawValue)] }

  /// Lines that speak against the format.
  package var rejectedCount: Int {
    LineRejection.Reason.allCases.reduce(0) { sum, reason in
      sum + (reason.speaksAgainstFormat ? count(of: reason) : 0)
    }
  }

  /// The share of lines that speak against the format; nil if there are no lines.
  var rejectedPercent: Double? {
    linesRead > 0 ? Double(rejectedCount) / Double(linesRead) * 100 : nil
  }

  /// The share of requests that match no known route; nil if too few were looked up to judge by.
  func unmatchedPercent(ofAtLeast least: Int) -> Double? {
    let count = linesTallied + unmatchedRoutes
    return count >= least ? Double(unmatchedRoutes) / Double(count) * 100 : nil
  }

  /// Every reason with a count, by its name in summaries.
  package func leftOut(filterNames: [String]) -> [String: Int] {
    var counts: [String: Int] = [:]
    func add(_ name: String, _ count: Int) { if count > 0 { counts[name, default: 0] += count } }
    add("blank", blankLines)
    add("joined", joinedLines)
    add("options", options)
    add("before-since", beforeSince)
    add("after-until", afterUntil)
    add("imported-before", importedBefore)
    add("no-path", withoutPath)
    add("unmatched-route", unmatchedRoutes)
    for (name, count) in zip(filterNames, filtered) { add(name, count) }
    for reason in LineRejection.Reason.allCases { add(reason.name, count(of: reason)) }
    return counts
  }

  package func balance(filterNames: [String]) -> Bool {
    linesRead == linesTallied + leftOut(filterNames: filterNames).values.reduce(0, +)
  }
}

/// Counts the lines of one chunk.
package struct ChunkCounts: Equatable, Sendable {
  var lines = 0
  /// Whether a rejected line of the chunk was kept as an example.
  var hasExamples = false
  var idle = IdleLines()
  /// Why not all of it can be counted.
  var failure: ReadingError?
  /// Tallied lines.
  var requests = 0
  /// Lines outside of `--since` and `--until`, and those that routes or filters have left out.
  var outsideWindow = 0
  var leftOutByRules = 0
  /// When the first and the last of them began, in nanoseconds since 1970.
  var firstRequest = Int64.max
  var lastRequest = Int64.min

  package init() {}

  mutating func count(_ reason: LeftOut) {
    switch reason {
    case .beforeSince, .afterUntil: outsideWindow += 1
    case .unmatchedRoute, .filter: leftOutByRules += 1
    case .noPath: idle.withoutPath += 1
    case .options, .importedBefore: break
    }
  }

  @inline(__always)
  package mutating func countRequest(at start: Int64) {
    requests &+= 1
    if start < firstRequest { firstRequest = start }
    if start > lastRequest { lastRequest = start }
  }
}

/// Lines that a source may consist of if it is not what it is read as: none of them counts.
package struct IdleLines: Equatable, Sendable {
  package var withoutRequest = 0
  package var ofOtherKind = 0
  package var ofUnmatchedRoutes = 0
  /// Those whose target is no path.
  package var withoutPath = 0
  /// Those that held only a part of another, or half of a request.
  package var parts = 0
  /// Lines that speak against the format.
  package var rejected = 0

  package init() {}

  var total: Int {
    withoutRequest + ofOtherKind + ofUnmatchedRoutes + withoutPath + parts + rejected
  }

  @inline(__always)
  mutating func note(_ reason: LineRejection.Reason) {
    if reason == .noRequest { withoutRequest += 1 }
    if reason == .otherLine { ofOtherKind += 1 }
    if reason.speaksAgainstFormat { rejected += 1 }
  }

  static func += (left: inout IdleLines, right: IdleLines) {
    left.withoutRequest += right.withoutRequest
    left.ofOtherKind += right.ofOtherKind
    left.ofUnmatchedRoutes += right.ofUnmatchedRoutes
    left.withoutPath += right.withoutPath
    left.parts += right.parts
    left.rejected += right.rejected
  }
}

/// A rejected line's place; its number in the source follows when the chunks before it are counted.
package struct RejectionExample: Sendable {
  var rejection: LineRejection
  var sourceIndex: Int
  /// The chunk, and the line in it from 0.
  var sequence: Int
  var lineInChunk: Int
}

extension Span where Element == UInt8 {
  /// How much of a path is shown, in bytes.
  private static var shownLimit: Int { 200 }

  /// What is shown of the target in `range`: the template of its path, without query and parameters of
  /// segments, so that nothing that identifies somebody is in it.
  fileprivate func shownPath(ofTargetIn range: Range<Int>) -> String {
    var start = range.lowerBound
    if start < range.upperBound, self[start] != UInt8(ascii: "/") {
      // `http://host/path`: the third slash.
      for _ in 0..<3 {
        start = firstOffset(of: UInt8(ascii: "/"), from: start, to: range.upperBound)
        if start < range.upperBound { start += 1 }
      }
      start = Swift.max(start - 1, range.lowerBound)
    }
    let end = firstOffset(
      of: UInt8(ascii: "?"), or: UInt8(ascii: "#"), from: start, to: range.upperBound)
    var path = OwnedBuffer<UInt8>(capacity: Self.shownLimit)
    path.appendDecodedPath(self, in: start..<end)
    guard !path.isEmpty, path.span[0] == UInt8(ascii: "/") else { return "/" }
    var template = OwnedBuffer<UInt8>(capacity: Self.shownLimit)
    guard PathFolder().fold(path.span, in: 0..<path.count, into: &template, foldsDoubtful: true)
    else { return RouteRules.overflowTemplate }
    return String(decoding: template.copied().prefix(Self.shownLimit), as: UTF8.self)
  }
}
