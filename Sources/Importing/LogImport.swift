internal import AccessLogParsing
internal import Addressing
internal import Attribution
internal import ByteScanning
internal import Configuring
internal import Diagnostics
internal import Foundation
internal import LogReading
internal import Messaging
internal import Reporting
internal import Synchronization
internal import Tallying

/// The reading half of an import: files in, messages in the sink.
final class LogImport: @unchecked Sendable {
  /// Rejections are judged when so many lines have been read, and whenever messages are about to
  /// count.
  static let firstJudgement = 1000
  /// Uncompressed bytes between two checkpoints: a few seconds of work that a crash would repeat.
  static let checkpointInterval = 256 << 20
  /// What the tables of all workers may take together before they are flushed. Measured: between 256
  /// KiB and 2 MiB it makes no difference but to the memory.
  static let tableLimit = 1 << 19

  let options: ImportOptions
  let inputs: InputList
  let rules: AttributionRules
  let names: RunNames
  let app: App
  let width: BucketWidth
  let detailPlan: DetailPlan
  private let rejects: RejectsFile?
  let crew: ReadingCrew
  let planner: SourcePlanner
  /// nil if nothing is to be remembered.
  let ledger: SourceLedger?
  private let pool = ChunkPool()
  private let workers = WorkerPool()
  private let tables = TablePool()
  private let started = ContinuousClock.now

  /// How many bytes were parsed at the last checkpoint.
  private let checkpointPosition = Atomic<Int>(0)
  private let messagesQueued = Atomic<Int>(0)
  private let isCheckpointAsked = Atomic<Bool>(false)
  private var lastTimedCheckpoint = ContinuousClock.now
  let isJudged = Atomic<Bool>(false)

  /// Guards what follows, which a flush works on.
  private let writing = NSLock()
  let writer: MessageWriter
  var books: Books

  init(
    _ setup: ReadingSetup, inputs: InputList, consumerNames: ConsumerNames?,
    sink: any MessageSink, ledger: SourceLedger?
  ) {
    let options = setup.options
    self.options = options
    self.inputs = inputs
    rules = setup.rules
    names = setup.names
    app = setup.app
    width = setup.width
    detailPlan = setup.detailPlan
    planner = setup.planner
    rejects = setup.rejects
    self.ledger = ledger
    let paths = inputs.paths
    crew = ReadingCrew(
      paths: paths,
      predecessors: ledger == nil
        ? Array(repeating: nil, count: paths.count) : sourcesInSequence(paths),
      threadCount: options.jobs
    ) { index, progress in ledger?.didFinish(progress, index: index) }
    books = Books(filterCount: rules.filters.count)
    writer = MessageWriter(
      sink: sink,
      encoder: SyncEncoder(
        app: app, width: width, names: names, generator: SystemRandomNumberGenerator()),
      details: DetailWriter(
        DetailEncoder(app: app, width: width, names: names), names: names,
        consumerNames: consumerNames),
      countsConsumersOfDays: options.destination == .nowhere, width: width)
  }

  /// Queues the startup message of an application whose routes are known.
  ///
  /// - Parameter openAPI: the document that they come from, as JSON.
  func announce(_ routes: [KnownRoute], openAPI: String? = nil) throws(Diagnostic) {
    var generator = SystemRandomNumberGenerator()
    var versions = [(name: "backtally", version: options.version)]
    if let version = options.settings.appVersion { versions.append(("app", version)) }
    let facts = StartupFacts(
      routes: routes, versions: versions, client: options.settings.client ?? StartupFacts.client,
      openAPI: openAPI)
    try writer.send(facts.message(from: app, using: &generator))
  }

  /// How far the reading is.
  func progress(total: Int?) -> ImportProgress {
    ImportProgress(
      bytesRead: crew.bytesRead, bytesTotal: total, bytesUncompressed: crew.bytesParsed,
      messagesQueued: messagesQueued.load(ordering: .relaxed),
      seconds: started.duration(to: .now).inSeconds)
  }

  /// Reads all sources, with a look at the progress a few times a second.
  ///
  /// - Parameter shouldStop: asked as often; once it says so, no more is read, and what was read is
  ///   brought to its end.
  func run(
    until shouldStop: () -> Bool, progress show: (ImportProgress) -> Void
  ) throws(Diagnostic) {
    let total = knownTotal()
    for number in 0..<options.jobs {
      let thread = Thread { self.work() }
      thread.stackSize = 8 << 20
      thread.name = "reader \(number)"
      thread.start()
    }
    while !crew.waitUntilStopped(forAtMost: 0.2) {
      if shouldStop() { crew.stopReading() }
      if total == nil { flushIfDue() }
      show(progress(total: total))
    }
    if let failure = crew.fatalFailure { throw failure }
    try finish()
  }

  /// For a pipe, which may run for days: a checkpoint by time.
  private func flushIfDue() {
    let bytes = crew.bytesParsed
    guard lastTimedCheckpoint.duration(to: .now) >= .seconds(options.flushEverySeconds),
      bytes > checkpointPosition.load(ordering: .relaxed)
    else { return }
    lastTimedCheckpoint = .now
    isCheckpointAsked.store(true, ordering: .relaxed)
    crew.requestFlush()
  }

  // MARK: One thread

  private func work() {
    defer { crew.didStop() }
    do {
      while true {
        switch crew.next() {
        case .open(let index): open(index)
        case .read(let source): read(source)
        case .parse(let chunk, let plan): try parse(chunk, plan)
        case .handOver: try flush()
        case .stop: return
        }
      }
    } catch {
      crew.fail(Diagnostic.forUser(error))
    }
  }

  private func parse(_ chunk: Chunk, _ plan: SourcePlan?) throws {
    let box = try workers.take() ?? WorkerBox(LineWorker(detailPlan, rejects: rejects))
    let counts = try box.worker.process(chunk, plan: plan)
    let isFull =
      box.worker.tableMemory > Self.tableLimit / options.jobs || box.worker.isFullOfDetails
    workers.give(box)
    let parsed = crew.didParse(chunk, counts)
    pool.give(chunk)
    if isFull || isFlushDue(parsed) { crew.requestFlush() }
  }

  private func open(_ index: Int) {
    let path = inputs.paths[index]
    do throws(ReadingError) {
      guard let ledger else {
        crew.didOpen(
          ReadingCrew.OpenSource(try SourceReader(path: path, sourceIndex: index)))
        return
      }
      switch try ledger.open(path: path, index: index) {
      case .read(let source): crew.didOpen(source)
      case .unchanged: crew.didSkip(index, failure: nil, isUnchanged: true)
      case .refused(let diagnostic):
        crew.didSkip(index, failure: diagnostic, isUnchanged: false)
      }
    } catch {
      crew.didSkip(index, failure: error.diagnostic(path: path), isUnchanged: false)
    }
  }

  private func read(_ source: ReadingCrew.OpenSource) {
    let chunk = pool.take()
    do throws(ReadingError) {
      guard try source.reader.fill(chunk) else {
        pool.give(chunk)
        crew.didEnd(source, failure: nil)
        return
      }
    } catch {
      pool.give(chunk)
      crew.didEnd(source, failure: error)
      return
    }
    if chunk.bytes.isEmpty && !chunk.isOversizedLine {
      pool.give(chunk)
      crew.didWait(for: source)
      return
    }
    let plan = ChunkSeam(planner: planner).prepare(chunk, from: source)
    if chunk.bytes.isEmpty && !chunk.isOversizedLine {
      pool.give(chunk)
      crew.didWait(for: source)
      return
    }
    crew.didRead(chunk, plan, from: source)
  }

  /// Writes what the workers have counted, while others read on, and parse on once it is taken.
  private func flush() throws {
    // The lock is taken before, so that one flush cannot overtake another.
    try writing.withLock {
      let boxes = takeTallies()
      let sources = crew.sourceProgress
      crew.endFlush()
      let parsed = sources.reduce(0) { $0 + $1.position - $1.startPosition }
      let isCheckpoint =
        parsed - checkpointPosition.load(ordering: .relaxed) >= Self.checkpointInterval
        || isCheckpointAsked.exchange(false, ordering: .relaxed)
      if isCheckpoint || books.linesRead >= Self.firstJudgement { try judge() }
      if isCheckpoint { checkpointPosition.store(parsed, ordering: .relaxed) }
      try writer.absorb(boxes, holdsBack: !isCheckpoint)
      for box in boxes { tables.give(box) }
      messagesQueued.store(writer.messageCount, ordering: .relaxed)
      if isCheckpoint {
        try writer.checkpoint(CheckpointFacts(sources: sources, totals: totals(sources)))
      }
    }
  }

  /// What was read up to a checkpoint that follows at once.
  private func totals(_ sources: [ReadingCrew.Progress]) -> CheckpointTotals {
    CheckpointTotals(
      bytesRead: sources.reduce(0) { $0 + $1.bytesRead }, linesRead: books.linesRead,
      linesTallied: books.linesTallied)
  }

  /// Empties all workers, none of which is at work.
  private func takeTallies() -> [TableBox] {
    workers.all.map { box in
      books.merge(box.worker.takeBooks())
      let tallies = tables.take()
      box.worker.handOver(to: tallies)
      return tallies
    }
  }

  /// Whether, with so much parsed, rejections are to be judged for the first time, or a checkpoint
  /// is due.
  private func isFlushDue(_ parsed: ReadingCrew.Parsed) -> Bool {
    if parsed.lines >= Self.firstJudgement && !isJudged.load(ordering: .relaxed) { return true }
    return parsed.bytes - checkpointPosition.load(ordering: .relaxed) >= Self.checkpointInterval
  }

  // MARK: The end

  /// Writes what the workers had when the threads stopped.
  private func finish() throws(Diagnostic) {
    let boxes = takeTallies()
    precondition(
      books.balance(filterNames: filterNames), "a line was counted twice, or not at all")
    try judge()
    try writer.absorb(boxes, holdsBack: false)
    var found: [KnownRoute]?
    if rules.routes.infers {
      // What earlier imports found belongs to the application as well.
      let routes = Set(foundRoutes() + rules.routes.known + (try writer.rememberedRoutes()))
      found = routes.sorted { ($0.template, $0.method) < ($1.template, $1.method) }
    }
    if let found, !found.isEmpty { try announce(found) }
    let sources = crew.sourceProgress
    try writer.checkpoint(
      CheckpointFacts(sources: sources, foundRoutes: found, totals: totals(sources)))
    messagesQueued.store(writer.messageCount, ordering: .relaxed)
  }
}
