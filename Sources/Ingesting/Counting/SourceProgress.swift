package import Diagnostics
package import LogReading

/// How far a source has been parsed, and what that came to.
package struct SourceProgress: Sendable {
  /// The source's index in the run.
  package internal(set) var index = 0
  package internal(set) var path = ""
  /// Whether it is an archive, whose files are sources of their own.
  package internal(set) var isArchive = false
  /// Where this run began: an offset in the uncompressed source, and how many lines are before.
  package internal(set) var startPosition = 0
  package internal(set) var startLines = 0
  /// Offset in the uncompressed source behind the last chunk parsed.
  package internal(set) var position = 0
  /// Lines of the chunks parsed.
  package internal(set) var lineCount = 0
  private var lineNumbers = LineNumbers()
  /// The last bytes before `position`, at most ``SourceEntry/tailLength``; empty if the source is not
  /// to be remembered.
  package internal(set) var tail: [UInt8] = []
  private var tailSequence = -1
  /// Lines that were left out because they are no requests, or not to known routes.
  package internal(set) var idle = IdleLines()
  /// Tallied requests, and when the first and the last of them began, in nanoseconds since 1970.
  package internal(set) var requestCount = 0
  /// What the stretches of the source have come to (``SourceEntry/stretches``).
  package internal(set) var stretchCounts = [StretchCounts()]
  package internal(set) var firstRequest: Int64?
  package internal(set) var lastRequest: Int64?
  /// Bytes read from the file.
  package internal(set) var bytesRead = 0
  /// Nothing more comes of it in this run.
  package internal(set) var isOver = false
  /// The source was read to its end, and all of it was parsed: only then may a run after this one
  /// take an unchanged file for done.
  package internal(set) var isAtEnd = false
  /// The file had not changed since it was last read to its end.
  package internal(set) var isUnchanged = false
  /// Its last line has no terminator, and was left for a later run.
  package internal(set) var hasLeftLine = false
  package internal(set) var failure: Diagnostic? {
    get { failures.first }
    set { failures = newValue.map { [$0] } ?? [] }
  }
  /// At most one. There may be a hundred thousand sources, and hardly one fails.
  private var failures: [Diagnostic] = []
  /// nil if the source is not to be remembered, and when what it is to be remembered by was taken.
  package internal(set) var entry: SourceEntry? {
    get { entries.first }
    set { entries = newValue.map { [$0] } ?? [] }
  }
  /// At most one, for as long as it is needed.
  private var entries: [SourceEntry] = []
  /// Whether the source is to be remembered.
  package private(set) var isRemembered = false
  /// How its last lines were read; nil if no format was found.
  private var plan: SourcePlan?
  /// How it was read, for the next run.
  package var format: RememberedFormat? { plan.map { RememberedFormat($0) } ?? entry?.format }
  /// nil for a pipe.
  package internal(set) var stamp: FileStamp?

  package init() {}

  /// When the first request of what is read began, if that was known before it was parsed.
  private var expectedRequest: Int64?

  /// The time up to which its requests were parsed.
  var timeReached: Int64? { lastRequest ?? expectedRequest }

  /// Takes note of where the reading of `source` begins, and at what time.
  mutating func begin(_ source: OpenSource, at time: Int64?) {
    entry = source.entry
    isRemembered = entry != nil
    stamp = source.reader.stamp
    expectedRequest = time
    startPosition = source.startPosition
    position = source.startPosition
    startLines = source.entry?.linesBefore ?? 0
    stretchCounts = Array(repeating: StretchCounts(), count: entry?.stretches.count ?? 1)
  }

  /// Takes note of how `source` is read by now.
  mutating func noteFormat(of source: OpenSource) { plan = source.plan }

  /// Nothing more comes of the source, and what it is to be remembered by was taken: there may be a
  /// hundred thousand of them.
  mutating func forgetContent() {
    entry = nil
    tail = []
    stretchCounts = []
    plan = nil
  }

  /// `chunk` was parsed and came to `counts`.
  mutating func add(_ chunk: Chunk, _ counts: ChunkCounts) {
    lineCount += counts.lines
    lineNumbers.count(counts, ofChunk: chunk.sequence)
    position = max(position, chunk.endOffset)
    requestCount += counts.requests
    let stretch =
      stretchCounts.count == 1
      ? 0 : entry?.stretches.firstIndex { chunk.sourceOffset < $0.end } ?? 0
    stretchCounts[stretch].add(counts)
    idle += counts.idle
    if let error = counts.failure, failure == nil { failure = error.diagnostic(path: path) }
    if counts.requests > 0 {
      firstRequest = min(firstRequest ?? .max, counts.firstRequest)
      lastRequest = max(lastRequest ?? .min, counts.lastRequest)
    }
    if isRemembered && chunk.sequence > tailSequence {
      tailSequence = chunk.sequence
      tail = chunk.lastBytes(SourceEntry.tailLength)
    }
  }

  /// So many lines in which one is counted are about as good as none.
  private static let nearlyAll = 1000

  /// Whether (nearly) all of its lines are left out as what another kind of file would consist of. A source
  /// that was known and had a quiet night is none, unless none of its lines is in its format any more.
  ///
  /// - Parameter limit: the share of rejected lines that is put up with, in percent.
  package func isNothingCounted(limit: Double) -> Bool {
    let isRejected = Double(idle.rejected) / Double(max(lineCount, 1)) * 100 > limit
    let count = isRejected ? idle.total : idle.total - idle.rejected
    let isStrange =
      count > 0 && requestCount * Self.nearlyAll < count && count * 10 >= lineCount * 9
    return isStrange
      && (startPosition == 0 || isRejected && idle.rejected * 10 >= lineCount * 9)
  }

  /// The source as it is to be remembered: one of which nothing was counted is not, so that it is read
  /// again once it is known what it is.
  ///
  /// - Parameters:
  ///   - limit: the share of rejected lines that is put up with, in percent.
  ///   - failure: makes the reason.
  func judged(limit: Double, _ failure: (SourceProgress) -> Diagnostic) -> SourceProgress {
    guard isNothingCounted(limit: limit) else { return self }
    var judged = self
    judged.entry = nil
    judged.isRemembered = false
    judged.failure = judged.failure ?? failure(self)
    return judged
  }

  /// The number of a line of a chunk, from 1 in the source.
  func lineNumber(_ line: Int, inChunk sequence: Int) -> Int {
    startLines + lineNumbers.linesBefore(chunk: sequence) + line + 1
  }
}

extension StretchCounts {
  fileprivate mutating func add(_ counts: ChunkCounts) {
    requests += counts.requests
    outsideWindow += counts.outsideWindow
    leftOutByRules += counts.leftOutByRules
  }
}
