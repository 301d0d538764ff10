internal import ByteScanning
internal import Diagnostics
internal import Foundation
internal import LogReading
internal import Tallying

/// The threads of a run and what they do next.
///
/// There are no fixed roles. A thread that is free reads on in a source that nobody reads, as long
/// as few chunks wait; else it parses one of those that wait. So one thread alone inflates and
/// parses by turns while the chunk is still in its cache, two threads on one file come to inflate
/// and parse side by side, and two files are inflated at once.
///
/// A flush begins when no chunk is being parsed, and none is before the workers' tallies are handed
/// over. What was handed over is then exactly the first so many chunks of each source, and the sources'
/// positions say which. Nobody stops reading for it.
final class ReadingCrew: @unchecked Sendable {
  enum Task {
    /// Open the source with this index.
    case open(Int)
    case read(OpenSource)
    case parse(Chunk, SourcePlan?)
    /// Take the tallies of all workers, and call ``endFlush()``.
    case handOver
    case stop
  }

  /// How far a source has been parsed.
  struct Progress: Sendable {
    /// Where this run began: an offset in the uncompressed source, and how many lines are before.
    var startPosition = 0
    var startLines = 0
    /// Offset in the uncompressed source behind the last chunk parsed.
    var position = 0
    /// Lines of the chunks parsed.
    var lineCount = 0
    private var lineNumbers = LineNumbers()
    /// The last bytes before `position`, up to what the ledger checks.
    var tail: [UInt8] = []
    private var tailSequence = -1
    /// Tallied requests, and when the first and the last of them began.
    var requestCount = 0
    var firstRequest: Int64?
    var lastRequest: Int64?
    /// Bytes read from the file.
    var bytesRead = 0
    /// The source was read to its end, and all of it was parsed: only then may a run after this one
    /// take an unchanged file for done.
    var isAtEnd = false
    /// The file had not changed since it was last read to its end.
    var isUnchanged = false
    var failure: Diagnostic?
    /// What the ledger knows of the source; nil if it is not to be remembered.
    var entry: SourceEntry?
    var stamp: FileStamp?

    fileprivate mutating func didParse(_ chunk: Chunk, _ counts: ChunkCounts) {
      lineCount += counts.lines
      lineNumbers.count(counts, ofChunk: chunk.sequence)
      position = max(position, chunk.endOffset)
      requestCount += counts.requests
      if counts.requests > 0 {
        firstRequest = min(firstRequest ?? .max, counts.firstRequest)
        lastRequest = max(lastRequest ?? .min, counts.lastRequest)
      }
      if entry != nil && chunk.sequence > tailSequence {
        tailSequence = chunk.sequence
        tail = chunk.lastBytes(SourceLedger.checkLength)
      }
    }

    /// The number of a line of a chunk, from 1 in the source.
    func lineNumber(_ line: Int, inChunk sequence: Int) -> Int {
      startLines + lineNumbers.linesBefore(chunk: sequence) + line + 1
    }
  }

  /// Everything below is guarded by this, but for what ``stopCondition`` guards.
  private let condition = NSCondition()
  /// Whoever waits for the threads to stop waits apart from them: it would be woken for each chunk.
  private let stopCondition = NSCondition()
  private let threadCount: Int
  private let paths: [String]
  /// For each path the index of one that has to be at its end before.
  private let predecessors: [Int?]
  /// Indexes of the paths that were not opened yet.
  private var unopened: [Int]
  private var idle: [OpenSource] = []
  private var busyReaders = 0
  private var busyParsers = 0
  private var ready: [(Chunk, SourcePlan?)] = []
  private var progress: [Progress]
  /// The position behind the last chunk of each source that was read to its end.
  private var endPosition: [Int?]
  private var isOver: [Bool]
  /// Called, under the lock, when a source was read and parsed to its end.
  private let didFinish: (Int, Progress) -> Void
  private var flush = Flush.none
  private var failure: Diagnostic?
  private var parsed = Parsed()
  private var isStopping = false
  /// How many threads have stopped; guarded by ``stopCondition``.
  private var stopped = 0

  private enum Flush { case none, asked, underWay }

  /// A source that is being read.
  final class OpenSource {
    var reader: SourceReader
    var plan: SourcePlan?
    /// What tries the last lines of its chunks.
    var probe: LineProbe?
    var pause = DetectionPause()
    var entry: SourceEntry?
    init(_ reader: consuming SourceReader) { self.reader = reader }
  }

  init(
    paths: [String], predecessors: [Int?], threadCount: Int,
    didFinish: @escaping (Int, Progress) -> Void
  ) {
    self.didFinish = didFinish
    endPosition = Array(repeating: nil, count: paths.count)
    isOver = Array(repeating: false, count: paths.count)
    self.paths = paths
    self.predecessors = predecessors
    unopened = Array(paths.indices)
    self.threadCount = threadCount
    progress = Array(repeating: Progress(), count: paths.count)
  }

  /// How many chunks may wait: enough that no thread starves, few enough to stay in the cache.
  private var readyLimit: Int { threadCount == 1 ? 1 : threadCount + 1 }

  /// What a free thread does next; waits until there is something.
  func next() -> Task {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if failure != nil || isFinished { return .stop }
      if case .asked = flush, busyParsers == 0 {
        flush = .underWay
        return .handOver
      }
      if ready.count < readyLimit, let task = taskToRead() {
        busyReaders += 1
        return task
      }
      if case .none = flush, !ready.isEmpty {
        busyParsers += 1
        let (chunk, plan) = ready.removeFirst()
        return .parse(chunk, plan)
      }
      condition.wait()
    }
  }

  /// Whether nothing is left to do, and nobody does anything that could lead to more.
  private var isFinished: Bool {
    guard case .none = flush else { return false }
    return (isStopping || unopened.isEmpty && idle.isEmpty) && busyReaders == 0 && ready.isEmpty
      && busyParsers == 0
  }

  /// A source that nobody reads: one that is open, or else the next to open, if not too many are.
  private func taskToRead() -> Task? {
    if isStopping { return nil }
    if !idle.isEmpty { return .read(idle.removeFirst()) }
    guard busyReaders < threadCount else { return nil }
    let next = unopened.firstIndex { index in
      predecessors[index].map { isOver[$0] } ?? true
    }
    return next.map { .open(unopened.remove(at: $0)) }
  }

  /// The source with this index was opened.
  func didOpen(_ source: OpenSource) {
    condition.withLock {
      busyReaders -= 1
      let index = source.reader.sourceIndex
      progress[index].entry = source.entry
      progress[index].stamp = source.reader.stamp
      progress[index].startPosition = source.reader.position
      progress[index].position = source.reader.position
      progress[index].startLines = source.entry?.importedLines ?? 0
      idle.append(source)
      condition.broadcast()
    }
  }

  /// There is nothing to read in the source with this index, or it cannot be read.
  func didSkip(_ index: Int, failure: Diagnostic?, isUnchanged: Bool) {
    condition.withLock {
      busyReaders -= 1
      progress[index].failure = failure
      progress[index].isUnchanged = isUnchanged
      isOver[index] = true
      condition.broadcast()
    }
  }

  /// `source` gave `chunk`, to be read by `plan`, and can be read on.
  func didRead(_ chunk: Chunk, _ plan: SourcePlan?, from source: OpenSource) {
    condition.withLock {
      busyReaders -= 1
      progress[source.reader.sourceIndex].bytesRead = source.reader.bytesRead
      ready.append((chunk, plan))
      idle.append(source)
      condition.broadcast()
    }
  }

  /// `source` is a pipe that has nothing to give for now.
  func didWait(for source: OpenSource) {
    condition.withLock {
      busyReaders -= 1
      idle.append(source)
      condition.broadcast()
    }
  }

  /// Reads nothing more; what was read is parsed.
  func stopReading() {
    condition.withLock {
      isStopping = true
      condition.broadcast()
    }
  }

  /// `source` has no more to give, or failed.
  func didEnd(_ source: OpenSource, failure: ReadingError?) {
    condition.withLock {
      busyReaders -= 1
      let index = source.reader.sourceIndex
      progress[index].bytesRead = source.reader.bytesRead
      progress[index].failure = failure?.diagnostic(path: paths[index])
      endPosition[index] = source.reader.position
      noteEnd(of: index)
      condition.broadcast()
    }
  }

  /// A source is over when it was read to its end and all of it was parsed.
  private func noteEnd(of index: Int) {
    guard let end = endPosition[index], progress[index].position >= end, !isOver[index] else {
      return
    }
    isOver[index] = true
    progress[index].isAtEnd = progress[index].failure == nil
    didFinish(index, progress[index])
  }

  /// What all threads have parsed so far.
  struct Parsed {
    var lines = 0
    var bytes = 0
  }

  /// `chunk` was parsed and came to `counts`.
  func didParse(_ chunk: Chunk, _ counts: ChunkCounts) -> Parsed {
    condition.withLock {
      busyParsers -= 1
      progress[chunk.sourceIndex].didParse(chunk, counts)
      parsed.lines += counts.lines
      parsed.bytes += chunk.endOffset - chunk.sourceOffset
      noteEnd(of: chunk.sourceIndex)
      condition.broadcast()
      return parsed
    }
  }

  /// Ends the run: every thread stops at its next task.
  func fail(_ diagnostic: Diagnostic) {
    condition.withLock {
      if failure == nil { failure = diagnostic }
      condition.broadcast()
    }
  }

  /// Asks for all tallies; nothing happens if that is going on already.
  func requestFlush() {
    condition.withLock {
      guard case .none = flush else { return }
      flush = .asked
      condition.broadcast()
    }
  }

  /// All tallies were taken: chunks may be parsed again.
  func endFlush() {
    condition.withLock {
      flush = .none
      condition.broadcast()
    }
  }

  /// A thread has stopped.
  func didStop() {
    stopCondition.withLock {
      stopped += 1
      stopCondition.broadcast()
    }
  }

  /// Waits until all threads have stopped or `seconds` have passed; true if they have.
  func waitUntilStopped(forAtMost seconds: Double) -> Bool {
    stopCondition.withLock {
      if stopped < threadCount {
        _ = stopCondition.wait(until: Date(timeIntervalSinceNow: seconds))
      }
      return stopped == threadCount
    }
  }

  // MARK: What the threads have come to

  /// The sources that a stop has left before their end.
  var unfinishedIndexes: [Int] {
    condition.withLock {
      guard isStopping else { return [] }
      return paths.indices.filter { endPosition[$0] == nil && !isOver[$0] }
    }
  }
  var fatalFailure: Diagnostic? { condition.withLock { failure } }
  var sourceProgress: [Progress] { condition.withLock { progress } }
  var bytesRead: Int { condition.withLock { progress.reduce(0) { $0 + $1.bytesRead } } }
  var bytesParsed: Int { condition.withLock { parsed.bytes } }
}
