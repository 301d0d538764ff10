internal import Diagnostics
internal import Foundation
internal import LogReading

/// The threads of a run and what they do next: carries out what ``WorkSchedule`` decides, and keeps
/// what the threads have come to.
///
/// One thread alone inflates and parses by turns while the chunk is still in its cache, two threads on
/// one file come to inflate and parse side by side, and two files are inflated at once.
final class WorkScheduler: @unchecked Sendable {
  enum Task {
    /// Open the source with this index.
    case open(Int)
    case read(OpenSource)
    case parse(Chunk, SourcePlan?)
    /// Take the tallies of all workers, and call ``endFlush()``.
    case handOver
    case stop
  }

  /// The lines and bytes that all threads have parsed so far, and how many sources are over.
  struct Parsed {
    var lines = 0
    var bytes = 0
    var sources = 0
  }

  /// Everything below is guarded by this, but for what ``stopCondition`` guards.
  private let condition = NSCondition()
  /// Waiting for the threads to stop has a condition of its own: the other is signalled for each chunk.
  private let stopCondition = NSCondition()
  private let threadCount: Int
  private let positions: (any SourcePositions)?
  private var schedule: WorkSchedule
  /// By index; nil before a source was opened and after it has ended.
  private var sources: [OpenSource?]
  /// The archives of sources that are files of one and have not been opened, by their index.
  private var archives: [Int: OpenArchive] = [:]
  /// The first chunks of open sources whose turn to be read has not come, by their index.
  private var first: [Int: PreparedChunk] = [:]
  /// Chunks that wait to be parsed, the first to come first.
  private var ready: [(Chunk, SourcePlan?)] = []
  private var progress: [SourceProgress]
  /// Sources that were opened, and whose end ``takeProgress()`` has not told.
  private var untold: [Int] = []
  /// Of these, the ones that are not over.
  private var unfinished: Set<Int> = []
  /// Of all sources.
  private var totalBytesRead = 0
  private var failure: Diagnostic?
  private var parsed = Parsed()
  /// How many threads have stopped; guarded by ``stopCondition``.
  private var stopped = 0

  /// - Parameter positions: called, under the lock, when a source has been read and parsed to its end.
  /// - Parameter mostOpen: how many sources may be open at once; nil for as many as are of use.
  init(
    paths: [String], positions: (any SourcePositions)?, threadCount: Int, mostOpen: Int? = nil
  ) {
    hasSeveralSources = paths.count > 1
    self.positions = positions
    self.threadCount = threadCount
    schedule = WorkSchedule(
      predecessors: positions?.predecessors(of: paths)
        ?? Array(repeating: nil, count: paths.count), threadCount: threadCount,
      mostOpen: mostOpen ?? Self.mostOpen)
    sources = Array(repeating: nil, count: paths.count)
    progress = Array(repeating: SourceProgress(), count: paths.count)
    for (index, path) in paths.enumerated() {
      (progress[index].index, progress[index].path) = (index, path)
    }
  }

  /// How many sources may be open at once, where the process may not open as many files as usual.
  private static var mostOpen: Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return WorkSchedule.openLimit
    }
    let room = Int(clamping: limit.rlim_cur) - otherFiles
    return min(max(room, 1), WorkSchedule.openLimit)
  }

  /// How many files a run has open beside its sources: state, connections, what it writes.
  private static let otherFiles = 30

  /// The next task of a free thread; waits until there is one.
  func next() -> Task {
    condition.lock()
    defer { condition.unlock() }
    while true {
      switch schedule.next() {
      case .open(let index): return .open(index)
      case .read(let index):
        if let chunk = first.removeValue(forKey: index) {
          enqueue(chunk, of: index)
          condition.broadcast()
          continue
        }
        guard let source = sources[index] else { preconditionFailure("read before it was opened") }
        return .read(source)
      case .parse:
        let (chunk, plan) = ready.removeFirst()
        return .parse(chunk, plan)
      case .handOver: return .handOver
      case .stop: return .stop
      case .wait: condition.wait()
      }
    }
  }

  // MARK: What threads report

  /// Changes the state, and wakes the threads that wait for something to do.
  private func update<Result>(_ body: () -> Result) -> Result {
    condition.withLock {
      defer { condition.broadcast() }
      return body()
    }
  }

  /// Whether there are several sources, so that it matters which is read first.
  let hasSeveralSources: Bool

  /// - Parameter chunk: the first of `source`, if it was read already.
  func didOpen(_ source: OpenSource, _ chunk: PreparedChunk? = nil) {
    update {
      let index = source.reader.sourceIndex
      sources[index] = source
      first[index] = chunk
      noteReading(of: source)
      progress[index].begin(source, at: chunk?.times?.lowerBound)
      untold.append(index)
      unfinished.insert(index)
      schedule.didOpen(index, at: chunk?.times?.lowerBound, weight: source.weight)
    }
  }

  /// There is nothing to read in the source with this index, or it cannot be read.
  ///
  /// - Parameter archive: the one that it is a file of, and what that has come to.
  func didSkip(
    _ index: Int, failure: Diagnostic?, isUnchanged: Bool, of archive: ArchiveStep? = nil
  ) {
    update {
      if let archive { follow(archive, after: index) }
      progress[index].failure = failure
      progress[index].isUnchanged = isUnchanged
      schedule.didSkip(index)
    }
  }

  /// `source` gave `chunk`, and can be read on.
  func didRead(_ chunk: PreparedChunk, from source: OpenSource) {
    update {
      noteReading(of: source)
      enqueue(chunk, of: source.reader.sourceIndex)
    }
  }

  private func enqueue(_ chunk: PreparedChunk, of index: Int) {
    ready.append((chunk.chunk, chunk.plan))
    schedule.didRead(index, upTo: chunk.times?.upperBound)
  }

  /// `source` is a pipe that has nothing to give for now.
  func didWait(for source: OpenSource) {
    update { schedule.didWait(source.reader.sourceIndex) }
  }

  /// `source` has no more to give, or failed.
  ///
  /// - Parameter archive: the one that it is a file of, and what that has come to.
  func didEnd(
    _ source: OpenSource, failure: ReadingError?, of archive: ArchiveStep? = nil
  ) {
    update {
      if let archive { follow(archive, after: source.reader.sourceIndex) }
      let index = source.reader.sourceIndex
      noteReading(of: source)
      if let failure { progress[index].failure = failure.diagnostic(path: progress[index].path) }
      progress[index].hasLeftLine = source.reader.hasLeftLine
      sources[index] = nil
      if schedule.didEnd(index) { finish(index) }
    }
  }

  /// `chunk` was parsed and came to `counts`.
  func didParse(_ chunk: Chunk, _ counts: ChunkCounts) -> Parsed {
    update {
      progress[chunk.sourceIndex].add(chunk, counts)
      parsed.lines += counts.lines
      parsed.bytes += chunk.endOffset - chunk.sourceOffset
      if schedule.didParse(chunk.sourceIndex) { finish(chunk.sourceIndex) }
      return parsed
    }
  }

  // MARK: Archives

  /// What an archive has come to when one of its files is at its end.
  struct ArchiveStep {
    enum Place {
      case nextFile
      /// Its end, or why it can't be read any further.
      case end(ReadingError?)
      /// The run was stopped: it is not read further.
      case stopped
    }

    var archive: OpenArchive
    var place: Place
  }

  /// `source` turned out to be an archive.
  func didBecomeArchive(_ source: OpenSource, _ step: ArchiveStep) {
    update {
      let index = source.reader.sourceIndex
      progress[index].isArchive = true
      sources[index] = nil
      schedule.didBecomeArchive(index)
      follow(step, after: nil)
    }
  }

  private func follow(_ step: ArchiveStep, after index: Int?) {
    let archive = step.archive
    totalBytesRead += archive.bytesRead - progress[archive.index].bytesRead
    progress[archive.index].bytesRead = archive.bytesRead
    switch step.place {
    case .nextFile:
      let next = schedule.add(after: index)
      var member = SourceProgress()
      (member.index, member.path) = (next, archive.memberPath)
      progress.append(member)
      sources.append(nil)
      archives[next] = archive
    case .end(let failure):
      progress[archive.index].failure = failure?.diagnostic(path: archive.path)
      if schedule.didEndArchive(archive.index) { finish(archive.index) }
    case .stopped: break
    }
  }

  /// The path of the source with this index, and the archive that it is a file of.
  func place(of index: Int) -> (path: String, archive: OpenArchive?) {
    condition.withLock { (progress[index].path, archives.removeValue(forKey: index)) }
  }

  var isStopping: Bool { condition.withLock { schedule.isStopping } }

  private func noteReading(of source: OpenSource) {
    let index = source.reader.sourceIndex
    progress[index].noteFormat(of: source)
    // Those of a file in an archive are the archive's.
    if source.archive != nil { return }
    totalBytesRead += source.reader.bytesRead - progress[index].bytesRead
    progress[index].bytesRead = source.reader.bytesRead
  }

  private func finish(_ index: Int) {
    parsed.sources += 1
    unfinished.remove(index)
    progress[index].isOver = true
    progress[index].isAtEnd = progress[index].failure == nil
    positions?.didFinish(progress[index], index: index)
    progress[index].forgetContent()
  }

  /// A thread has stopped.
  func didStop() {
    stopCondition.withLock {
      stopped += 1
      stopCondition.broadcast()
    }
  }

  // MARK: What is asked of the threads

  /// Reads nothing more; what was read is parsed.
  func stopReading() { update { schedule.stopReading() } }

  /// The time up to which requests of all open sources were parsed, as far as it is known, in
  /// nanoseconds since 1970; nil if nothing is.
  var timeReached: Int64? {
    condition.withLock {
      unfinished.lazy.compactMap { self.progress[$0].timeReached }.min()
    }
  }

  /// Ends the run: every thread stops at its next task.
  func fail(_ diagnostic: Diagnostic) {
    update {
      if failure == nil { failure = diagnostic }
      schedule.fail()
    }
  }

  /// Asks for all tallies; nothing happens if that is going on already.
  func requestFlush() { update { schedule.requestFlush() } }

  /// All tallies were taken: chunks may be parsed again.
  func endFlush() { update { schedule.endFlush() } }

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

  /// How far the sources are that are being read, and those that are over since this was last called.
  func takeProgress() -> [SourceProgress] {
    condition.withLock {
      let taken = untold.map { progress[$0] }
      untold.removeAll { progress[$0].isOver }
      return taken
    }
  }

  /// The sources that a stop has left before their end.
  var unfinishedIndexes: [Int] {
    condition.withLock {
      schedule.isStopping ? progress.indices.filter { !schedule.isEnded($0) } : []
    }
  }
  var fatalFailure: Diagnostic? { condition.withLock { failure } }
  /// How far all sources are, when the threads have stopped.
  var sourceProgress: [SourceProgress] { condition.withLock { progress } }
  var bytesRead: Int { condition.withLock { totalBytesRead } }
  var parsedSoFar: Parsed { condition.withLock { parsed } }
}
