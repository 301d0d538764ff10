internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
package import Configuring
package import Diagnostics
internal import Foundation
internal import LogReading
internal import Synchronization
internal import Tallying

/// One reading of logs, from their names to tallies in a sink:
///
///     sources → chunks of whole lines → records → consumer and route → tallies by bucket → sink
///
/// What happens to the tallies is the sink's business; nothing here sends, stores or prints.
package final class Ingestion: @unchecked Sendable {
  /// Rejections are first judged after this many lines, then whenever a checkpoint is due.
  static let firstJudgement = 1000
  /// How many bytes the tables of all workers may take together before they are flushed, unless what they
  /// hold would have to wait. Measured: between 256 KiB and 2 MiB it makes no difference but to the memory.
  package static let tableLimit = 1 << 19
  /// The same while a flush gives the sink what it took: another one would have to wait for it, and with it the
  /// thread that had it to do.
  static let tableLimitWhileFlushing = 4 << 20
  /// Fewer requests say nothing about whether the known routes are the log's: a quiet night may have
  /// nothing but a scanner's.
  static let leastToMatch = 100

  package struct Options: Sendable {
    package static let jobsRange = 1...64

    package var settings: Settings
    /// How many threads read and parse.
    package var jobs: Int
    /// The share of rejected lines above which the run fails.
    package var maxRejectedPercent = 10.0
    /// The share of requests without a known route above which the run fails.
    package var maxUnmatchedPercent = 90.0
    /// Uncompressed bytes between two checkpoints: a few seconds of work that a crash would repeat.
    package var checkpointInterval = 256 << 20
    /// How many sources may be over between two checkpoints: as many records of where they ended are
    /// kept in memory.
    package var checkpointSources = 1024
    /// How often there is a checkpoint where an input has no known end.
    package var flushEverySeconds = 60
    /// Where rejected lines go.
    package var rejectsPath: String?
    /// Times that requests may have, in nanoseconds since 1970, unless a clock is wrong: from the year
    /// 2000 to a day from now.
    package var plausibleTimes: Range<Int64> = 946_684_800_000_000_000..<(.max)
    /// Whether all formats that read any lines of a source are to be known.
    package var comparesFormats = false
    /// Whether each source is read by itself, from its beginning to a checkpoint at its end: so the sink knows
    /// which source its tallies are of. Nothing is settled or judged by what one reading happens to see:
    /// provisional templates reach the sink with their own numbers. One thread reads.
    package var readsSourcesApart = false
    /// Whether to count the consumers of each day.
    package var countsConsumersByDay = false

    package init(settings: Settings, jobs: Int) {
      self.settings = settings
      self.jobs = jobs
    }
  }

  let options: Options
  private let inputs: InputList
  let rules: AttributionRules
  let names: RunNames
  let width: BucketWidth
  let rejects: RejectsFile?
  let planner: SourcePlanner
  let sink: any TallySink
  let positions: (any SourcePositions)?
  let scheduler: WorkScheduler
  let chunks = ChunkPool()
  let workers = WorkerPool()
  private let tables: TablePool
  private let started = ContinuousClock.now
  /// Sources that are not read, by their path, and why.
  let refused: [String: Diagnostic]
  let fields: FieldCheck

  /// How many bytes were parsed at the last checkpoint, and how many sources were over.
  let checkpointPosition = Atomic<Int>(0)
  let checkpointedSources = Atomic<Int>(0)
  private let isCheckpointRequested = Atomic<Bool>(false)
  /// How many bytes the tables of all workers may take now (``HeldTallies/tableLimit``).
  let tableLimit = Atomic<Int>(Ingestion.tableLimit)
  /// Whether a flush has taken the tallies and gives them to the sink.
  let isGiving = Atomic<Bool>(false)
  private var lastTimedCheckpoint = ContinuousClock.now
  let isJudged = Atomic<Bool>(false)

  /// Guards what follows, which a flush works on.
  private let flushing = NSLock()
  private var held: HeldTallies
  private var coverage: Coverage
  private var counts: LineCounts
  private var isAnythingSaved = false
  private var judgement: RejectionJudgement?

  /// - Parameters:
  ///   - preparation: what was checked before the sink was opened.
  ///   - positions: nil for a run that remembers nothing.
  ///   - refused: sources that are not read, by their path, and why.
  package init(
    _ preparation: IngestionPreparation, into sink: any TallySink,
    from positions: (any SourcePositions)? = nil, without refused: [String: Diagnostic] = [:]
  ) {
    precondition(!preparation.options.readsSourcesApart || preparation.options.jobs == 1)
    self.refused = refused
    fields = FieldCheck(preparation.rules.capturedFields)
    options = preparation.options
    inputs = preparation.inputs
    rules = preparation.rules
    names = preparation.names
    planner = preparation.planner
    rejects = preparation.rejects
    width = preparation.width
    self.sink = sink
    self.positions = positions
    scheduler = WorkScheduler(
      paths: inputs.paths, positions: positions, threadCount: options.jobs,
      mostOpen: options.readsSourcesApart ? 1 : nil)
    tables = TablePool(measuring: sink.measures)
    held = HeldTallies(
      measuring: sink.measures, width: width, routes: names.routes,
      settlesRoutes: !options.readsSourcesApart)
    coverage = Coverage(width: width, countsConsumersByDay: options.countsConsumersByDay)
    counts = LineCounts(filterCount: rules.filters.count)
  }

  /// Reads all sources, with a look at the progress a few times a second.
  ///
  /// - Parameters:
  ///   - shouldStop: asked as often; once it says so, no more is read, and what was read is taken to its
  ///     end.
  ///   - flushInterval: asked as often; how many seconds there are between checkpoints where an input has no
  ///     known end, if not as many as the options say.
  /// - Throws: what the sink throws, and if too many lines were rejected.
  package func run(
    until shouldStop: () -> Bool = { false }, flushingEvery flushInterval: () -> Int? = { nil },
    progress show: (ReadingProgress) -> Void = { _ in }
  ) throws(Diagnostic) {
    rejects?.begin()
    let total = totalSize
    for number in 0..<options.jobs {
      let thread = Thread { self.work() }
      thread.stackSize = 8 << 20
      thread.name = "reader \(number)"
      thread.start()
    }
    while !scheduler.waitUntilStopped(forAtMost: 0.2) {
      if shouldStop() { scheduler.stopReading() }
      if total == nil { flushIfDue(afterSeconds: flushInterval() ?? options.flushEverySeconds) }
      show(progress(total: total))
    }
    if let failure = scheduler.fatalFailure { throw failure }
    try finish()
  }

  /// The sources that made the run fail, by their paths, if a reading without them would not: nothing of
  /// this one counts yet, and all the others can be read again. Valid after ``run(until:progress:)`` has
  /// thrown.
  package var blamed: [String: Diagnostic] {
    flushing.withLock {
      guard !isAnythingSaved, !inputs.paths.contains(where: Self.isPipe),
        rejects?.canBeginAnew ?? true
      else { return [:] }
      let sources = scheduler.sourceProgress
      var blamed: [String: Diagnostic] = [:]
      for (index, percent) in judgement?.blamed ?? [:] {
        let path = sources[index].path
        blamed[path] = .sourceRejected(
          path, percent: percent, limit: options.maxRejectedPercent)
      }
      if sources.count(where: { !$0.isArchive }) > 1, let path = fields.failedPath {
        blamed[path] = fields.refusal(of: path)
      }
      return blamed
    }
  }

  /// How far the reading is.
  ///
  /// - Parameter total: ``totalSize``, which is asked for once.
  package func progress(total: Int?) -> ReadingProgress {
    ReadingProgress(
      bytesRead: scheduler.bytesRead, bytesTotal: total,
      bytesUncompressed: scheduler.parsedSoFar.bytes,
      seconds: started.duration(to: .now).inSeconds)
  }

  /// Whether what was read from `path` cannot be read again.
  private static func isPipe(_ path: String) -> Bool {
    if path == "-" { return true }
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  /// The total size of all inputs in bytes, or nil if one is a pipe.
  package var totalSize: Int? { inputs.totalSize }

  /// The result of the reading. Valid after ``run(until:progress:)`` has returned or thrown.
  package var outcome: IngestionOutcome {
    flushing.withLock {
      var sources = scheduler.sourceProgress
      for index in sources.indices {
        let judged = judged(sources[index])
        // All of them are copied if one is changed, and there may be a hundred thousand.
        if judged.failure != nil { sources[index] = judged }
      }
      return IngestionOutcome(
        paths: sources.map(\.path), sources: sources, counts: counts, coverage: coverage,
        decisions: planner.decisions, unfinishedIndexes: scheduler.unfinishedIndexes,
        rules: rules, names: names, rejectsFailure: rejects?.failure)
    }
  }

  /// For a pipe, which may run for days: a checkpoint by time.
  private func flushIfDue(afterSeconds seconds: Int) {
    let bytes = scheduler.parsedSoFar.bytes
    guard lastTimedCheckpoint.duration(to: .now) >= .seconds(seconds),
      bytes > checkpointPosition.load(ordering: .relaxed)
    else { return }
    lastTimedCheckpoint = .now
    isCheckpointRequested.store(true, ordering: .relaxed)
    scheduler.requestFlush()
  }

  // MARK: Flushes and checkpoints

  /// Gives the sink what the workers have counted. Others read on meanwhile, and parse on once the
  /// tallies are taken.
  func flush() throws(Diagnostic) {
    // The lock is taken before, so that one flush cannot overtake another.
    flushing.lock()
    defer { flushing.unlock() }
    let boxes = takeTallies()
    let parsed = scheduler.parsedSoFar
    let isRequested = isCheckpointRequested.exchange(false, ordering: .relaxed)
    let isCheckpoint = isCheckpointDue(parsed) || isRequested
    // What is still to come of the buckets that are filled at this time goes into the same message.
    let reached = isCheckpoint ? nil : scheduler.timeReached ?? .max
    // Of exactly the lines whose tallies were taken.
    let sources = isCheckpoint ? scheduler.takeProgress().map(judged) : []
    isGiving.store(true, ordering: .relaxed)
    defer { isGiving.store(false, ordering: .relaxed) }
    scheduler.endFlush()
    if isCheckpoint || counts.linesRead >= Self.firstJudgement { try judge() }
    if isCheckpoint {
      checkpointPosition.store(parsed.bytes, ordering: .relaxed)
      checkpointedSources.store(parsed.sources, ordering: .relaxed)
    }
    try held.flush(boxes, holdingFrom: reached, into: sink, noting: &coverage)
    tableLimit.store(held.tableLimit, ordering: .relaxed)
    for box in boxes { tables.give(box) }
    if isCheckpoint { try checkpoint(sources, isLast: false) }
  }

  /// Gives the sink what the workers had when the threads stopped.
  private func finish() throws(Diagnostic) {
    flushing.lock()
    defer { flushing.unlock() }
    let boxes = takeTallies()
    precondition(
      counts.balance(filterNames: rules.filters.map(\.name)),
      "a line was counted twice, or not at all")
    if let error = fields.error,
      scheduler.sourceProgress.allSatisfy({
        $0.isArchive || $0.failure?.code == Diagnostic.unknownFieldCode
      })
    {
      throw Diagnostic(reading: error)
    }
    try judge()
    if options.settings.durationUnit != nil, counts.linesTallied > 0,
      planner.decisions.isUnitUnused, !options.readsSourcesApart
    {
      throw .unusedDurationUnit
    }
    try held.flush(boxes, holdingFrom: nil, into: sink, noting: &coverage)
    try checkpoint(scheduler.takeProgress().map(judged), isLast: true)
  }

  /// A source as it is to be remembered, and whether it came to nothing.
  private func judged(_ source: SourceProgress) -> SourceProgress {
    source.judged(limit: options.maxRejectedPercent) {
      .nothingCounted($0, at: source.path)
    }
  }

  private func checkpoint(_ sources: [SourceProgress], isLast: Bool) throws(Diagnostic) {
    precondition(held.isEmpty, "a checkpoint leaves nothing behind")
    try sink.checkpoint(
      CheckpointFacts(
        sources: sources, bytesRead: scheduler.bytesRead, counts: counts, coverage: coverage,
        isLast: isLast))
    isAnythingSaved = true
  }

  /// Empties all workers, none of which is at work.
  private func takeTallies() -> [TableBox] {
    workers.all.map { box in
      counts.merge(box.worker.takeCounts())
      let tallies = tables.take()
      box.worker.handOver(to: tallies)
      return tallies
    }
  }

  /// Fails if too large a share of the lines was rejected.
  private func judge() throws(Diagnostic) {
    isJudged.store(true, ordering: .relaxed)
    // Of a hundred thousand sources, each is looked at only if there is a reason to.
    if let share = counts.rejectedPercent, share > options.maxRejectedPercent {
      let judgement = RejectionJudgement(
        scheduler.sourceProgress, limit: options.maxRejectedPercent)
      if judgement.share > options.maxRejectedPercent {
        self.judgement = judgement
        throw .tooManyRejected(percent: judgement.share, limit: options.maxRejectedPercent)
      }
    }
    if !rules.routes.infers, let share = counts.unmatchedPercent(ofAtLeast: Self.leastToMatch),
      share > options.maxUnmatchedPercent
    {
      throw .tooManyUnmatched(percent: share, limit: options.maxUnmatchedPercent)
    }
  }
}
