/// Decides what the threads of a run do next. A pure state machine: it owns no thread, lock, file or
/// chunk, and knows sources by their index. ``WorkScheduler`` carries out what it decides.
///
/// A thread asks for its ``next()`` step, carries it out and reports what came of it. There are no fixed
/// roles: a free thread reads on in a source that nobody reads, as long as few chunks wait, and else
/// parses the chunk that has waited longest.
///
/// Of the sources that are open it is the one that lags behind in time: the files of several servers, or
/// of several hours, are so read in the order of their requests, and few buckets are filled at a time.
///
/// A flush begins when no chunk is being parsed, and none is begun before it ends. What has been parsed
/// then is an unbroken beginning of each source. Reading goes on meanwhile.
struct WorkSchedule: Sendable {
  enum Step: Equatable, Sendable {
    /// Open the source with this index.
    case open(Int)
    /// Read the next chunk of the source with this index.
    case read(Int)
    /// Parse the chunk that has waited longest.
    case parse
    /// Take the tallies of all workers and call ``endFlush()``.
    case handOver
    /// Ask again when something has changed.
    case wait
    case stop
  }

  private struct Source {
    var chunksRead = 0
    var chunksParsed = 0
    /// Nothing more comes out of it.
    var isEnded = false
    /// It was ended, and all of it was parsed.
    var isOver = false
    /// Sources that may not be opened before this one is over.
    var successors: [Int] = []
    /// What it takes of ``openLimit`` while it is open.
    var weight = 0
  }

  /// An open source that no thread reads.
  private struct Idle {
    var index: Int
    /// The time that it has come to; nil if that is not known.
    var time: Int64?
  }

  /// How many sources are open at once, so that those of the same time can be read side by side.
  static let openLimit = 64

  private enum Flush { case none, requested, underWay }

  private let threadCount: Int
  private let mostOpen: Int
  private var sources: [Source]
  /// Sources without a predecessor; those from `nextFree` on have not been opened.
  private var free: [Int]
  private var nextFree = 0
  /// Sources whose predecessor is over and that have not been opened. Few at a time: sources that
  /// begin alike form a chain.
  private var released: [Int] = []
  private var unopenedCount: Int
  /// The one that has waited longest first.
  private var idle: [Idle] = []
  /// Of the open sources.
  private var openWeight = 0
  /// Whether it is the turn of a source whose time is not known.
  private var prefersUntimed = true
  private var readerCount = 0
  private var parserCount = 0
  /// How many chunks wait to be parsed.
  private(set) var readyCount = 0
  private var flush = Flush.none
  private var hasFailed = false
  private(set) var isStopping = false

  /// - Parameter predecessors: for each source, the index of one that must be over before it is opened.
  /// - Parameter mostOpen: how many sources may be open at once.
  init(predecessors: [Int?], threadCount: Int, mostOpen: Int = Self.openLimit) {
    self.threadCount = threadCount
    self.mostOpen = mostOpen
    sources = Array(repeating: Source(), count: predecessors.count)
    for (index, predecessor) in predecessors.enumerated() {
      if let predecessor { sources[predecessor].successors.append(index) }
    }
    free = predecessors.indices.filter { predecessors[$0] == nil }
    unopenedCount = predecessors.count
  }

  /// Whether one source is read after another.
  private var opensOne: Bool { mostOpen == 1 }

  /// How many chunks may wait: enough that no thread starves, few enough to stay in the cache.
  private var readyLimit: Int { threadCount == 1 ? 1 : threadCount + 1 }

  // MARK: What a free thread does

  mutating func next() -> Step {
    if hasFailed || isFinished { return .stop }
    if case .requested = flush, parserCount == 0 {
      flush = .underWay
      return .handOver
    }
    if readyCount < readyLimit, let step = stepToRead() {
      readerCount += 1
      return step
    }
    if case .none = flush, readyCount > 0 {
      parserCount += 1
      readyCount -= 1
      return .parse
    }
    return .wait
  }

  /// Whether nothing is left to do, and no thread does anything that could lead to more.
  private var isFinished: Bool {
    guard case .none = flush else { return false }
    return (isStopping || unopenedCount == 0 && idle.isEmpty) && readerCount == 0
      && readyCount == 0 && parserCount == 0
  }

  /// The next source to open, if not too many are, or else an open one that no thread reads.
  private mutating func stepToRead() -> Step? {
    if isStopping { return nil }
    if openWeight < mostOpen, readerCount < threadCount, let index = takeUnopened() {
      unopenedCount -= 1
      return .open(index)
    }
    return takeIdle().map { .read($0) }
  }

  /// The source that lags behind. Those whose time is not known, such as pipes, have every other turn.
  private mutating func takeIdle() -> Int? {
    let untimed = idle.firstIndex { $0.time == nil }
    let timed = idle.indices.filter { idle[$0].time != nil }
      .min { (idle[$0].time ?? 0) < (idle[$1].time ?? 0) }
    guard let place = prefersUntimed ? untimed ?? timed : timed ?? untimed else { return nil }
    prefersUntimed = idle[place].time != nil
    return idle.remove(at: place).index
  }

  private mutating func takeUnopened() -> Int? {
    let place = released.indices.min { released[$0] < released[$1] }
    if let place, nextFree == free.count || released[place] < free[nextFree] || opensOne {
      return released.remove(at: place)
    }
    guard nextFree < free.count else { return nil }
    nextFree += 1
    return free[nextFree - 1]
  }

  // MARK: What came of it

  /// - Parameters:
  ///   - time: when its first request began, in nanoseconds since 1970; nil if that is not known.
  ///   - weight: what it takes of ``openLimit``.
  mutating func didOpen(_ index: Int, at time: Int64? = nil, weight: Int = 1) {
    readerCount -= 1
    openWeight += weight
    sources[index].weight = weight
    idle.append(Idle(index: index, time: time))
  }

  /// There is nothing to read in the source, or it can't be read.
  mutating func didSkip(_ index: Int) {
    readerCount -= 1
    sources[index].isEnded = true
    sources[index].isOver = true
    release(index)
  }

  /// The source gave a chunk, which now waits to be parsed, and can be read on.
  ///
  /// - Parameter time: when its last request began.
  mutating func didRead(_ index: Int, upTo time: Int64? = nil) {
    readerCount -= 1
    readyCount += 1
    sources[index].chunksRead += 1
    idle.append(Idle(index: index, time: time))
  }

  /// The source is a pipe that has nothing to give for now.
  mutating func didWait(_ index: Int) {
    readerCount -= 1
    idle.append(Idle(index: index, time: nil))
  }

  /// The source has no more to give.
  ///
  /// - Returns: whether all of it has been parsed.
  mutating func didEnd(_ index: Int) -> Bool {
    readerCount -= 1
    openWeight -= sources[index].weight
    sources[index].isEnded = true
    return endIfParsed(index)
  }

  /// A chunk of the source was parsed.
  ///
  /// - Returns: whether it was the last.
  mutating func didParse(_ index: Int) -> Bool {
    parserCount -= 1
    sources[index].chunksParsed += 1
    return endIfParsed(index)
  }

  private mutating func endIfParsed(_ index: Int) -> Bool {
    let source = sources[index]
    guard source.isEnded, source.chunksParsed == source.chunksRead, !source.isOver else {
      return false
    }
    sources[index].isOver = true
    release(index)
    return true
  }

  private mutating func release(_ index: Int) {
    released += sources[index].successors
    sources[index].successors = []
  }

  // MARK: Archives

  /// The source is an archive: it stays open until ``didEndArchive(_:)``, and its files are sources that
  /// are added one after another.
  mutating func didBecomeArchive(_ index: Int) {
    readerCount -= 1
    // There has to be room for its files, of which the next comes before any other source.
    if opensOne {
      openWeight -= sources[index].weight
      sources[index].weight = 0
    }
  }

  /// Nothing more comes out of the archive.
  ///
  /// - Returns: whether all of it was parsed, which is the case.
  mutating func didEndArchive(_ index: Int) -> Bool {
    openWeight -= sources[index].weight
    sources[index].isEnded = true
    return endIfParsed(index)
  }

  /// Adds a source that is to be opened once the one with the index `predecessor` is over, if there is
  /// one.
  ///
  /// - Returns: its index.
  mutating func add(after predecessor: Int?) -> Int {
    let index = sources.count
    sources.append(Source())
    unopenedCount += 1
    if let predecessor, !sources[predecessor].isOver {
      sources[predecessor].successors.append(index)
    } else {
      released.append(index)
    }
    return index
  }

  // MARK: What is asked of it

  /// Asks for all tallies; nothing happens if that is going on already.
  mutating func requestFlush() {
    if case .none = flush { flush = .requested }
  }

  /// All tallies were taken: chunks may be parsed again.
  mutating func endFlush() { flush = .none }

  /// Reads nothing more; what was read is parsed.
  mutating func stopReading() { isStopping = true }

  /// Ends the run: every thread stops at its next step.
  mutating func fail() { hasFailed = true }

  /// Whether the source was read to its end, or was not to be read.
  func isEnded(_ index: Int) -> Bool { sources[index].isEnded }
}
