internal import AccessLogParsing
internal import ByteScanning
internal import Configuring
internal import Diagnostics
internal import LogReading
internal import Synchronization

/// What one thread of a run does: it opens, reads and parses whatever the scheduler gives it next.
extension Ingestion {
  func work() {
    defer { scheduler.didStop() }
    do {
      while true {
        switch scheduler.next() {
        case .open(let index): open(index)
        case .read(let source): read(source)
        case .parse(let chunk, let plan): try parse(chunk, plan)
        case .handOver: try flush()
        case .stop: return
        }
      }
    } catch {
      scheduler.fail(Diagnostic(reading: error))
    }
  }

  private func open(_ index: Int) {
    let (path, archive) = scheduler.place(of: index)
    if let reason = refused[path] { return skip(index, reason, archive) }
    do throws(ReadingError) {
      switch try start(path, index, archive) {
      case .read(let source): didOpen(source)
      case .unchanged: scheduler.didSkip(index, failure: nil, isUnchanged: true)
      case .refused(let diagnostic): skip(index, diagnostic, archive)
      }
    } catch {
      skip(index, error.diagnostic(path: path), archive)
    }
  }

  private func skip(_ index: Int, _ reason: Diagnostic, _ archive: OpenArchive?) {
    scheduler.didSkip(
      index, failure: reason, isUnchanged: false, of: archive.map { nextStep(of: $0) })
  }

  private func start(
    _ path: String, _ index: Int, _ archive: OpenArchive?
  ) throws(ReadingError) -> SourceStart {
    if let archive {
      let member = try archive.open(sourceIndex: index)
      return try positions?.open(member, index: index) ?? .read(member)
    }
    if let positions { return try positions.open(path, index: index) }
    return .read(
      OpenSource(
        try SourceReader(
          path: path, sourceIndex: index, isArchive: options.settings.readsArchives)))
  }

  /// Among several sources, the time of the first chunk decides when it is a source's turn.
  private func didOpen(_ source: OpenSource) {
    source.begin()
    guard scheduler.hasSeveralSources || source.archive != nil,
      case .chunk(let first) = nextChunk(of: source)
    else {
      // Its end, or why it can't be read, comes again with the next attempt.
      scheduler.didOpen(source)
      return
    }
    if let plan = first.plan, fields.areMissing(in: plan) {
      chunks.give(first.chunk)
      let index = source.reader.sourceIndex
      positions?.didRefuse(index)
      return skip(index, fields.refusal(of: source.reader.path), source.archive)
    }
    scheduler.didOpen(source, first)
  }

  private func read(_ source: OpenSource) {
    switch nextChunk(of: source) {
    case .chunk(let chunk): scheduler.didRead(chunk, from: source)
    case .nothing: scheduler.didWait(for: source)
    case .end(nil) where source.reader.isArchive:
      scheduler.didBecomeArchive(source, nextStep(of: OpenArchive(source)))
    case .end(let failure):
      scheduler.didEnd(source, failure: failure, of: source.archive.map { nextStep(of: $0) })
      // Of a source that holds nothing new, no chunk is parsed, and its record waits all the same.
      if isCheckpointDue(scheduler.parsedSoFar) { scheduler.requestFlush() }
    }
  }

  /// Goes to the next file of `archive`.
  private func nextStep(of archive: OpenArchive) -> WorkScheduler.ArchiveStep {
    if scheduler.isStopping { return WorkScheduler.ArchiveStep(archive: archive, place: .stopped) }
    do throws(ReadingError) {
      let hasNext = try archive.advance()
      return WorkScheduler.ArchiveStep(archive: archive, place: hasNext ? .nextFile : .end(nil))
    } catch {
      return WorkScheduler.ArchiveStep(archive: archive, place: .end(error))
    }
  }

  private enum NextChunk {
    case chunk(PreparedChunk)
    /// A pipe may have nothing to give for now, and all lines of a chunk may wait for those that follow.
    case nothing
    case end(ReadingError?)
  }

  private func nextChunk(of source: OpenSource) -> NextChunk {
    let chunk = chunks.take()
    do throws(ReadingError) {
      guard try source.reader.fill(chunk) else {
        chunks.give(chunk)
        return .end(nil)
      }
    } catch {
      chunks.give(chunk)
      return .end(error)
    }
    cut(chunk, source)
    let preparation = ChunkPreparation(planner: planner)
    var prepared = PreparedChunk(chunk: chunk)
    if !chunk.isForgettable { prepared.plan = preparation.prepare(chunk, from: source) }
    if chunk.isForgettable {
      chunks.give(chunk)
      return .nothing
    }
    if scheduler.hasSeveralSources, let plan = prepared.plan, !chunk.isOversizedLine {
      prepared.times = preparation.times(of: chunk, by: plan, source)
    }
    return .chunk(prepared)
  }

  /// Has `chunk` end with the stretch that it begins in, and know what was counted of that before.
  private func cut(_ chunk: Chunk, _ source: OpenSource) {
    guard
      let stretch = source.entry?.stretches.first(where: { chunk.sourceOffset < $0.end })
    else { return }
    chunk.countedBefore = stretch.countedBefore
    chunk.wasRead = stretch.wasRead
    if chunk.endOffset > stretch.end && !chunk.isOversizedLine {
      source.reader.giveBack(chunk, from: stretch.end - chunk.sourceOffset, waits: false)
    }
  }

  private func parse(_ chunk: Chunk, _ plan: SourcePlan?) throws {
    let box = try workers.take() ?? WorkerBox(worker())
    let counts: ChunkCounts
    do throws(LineParser.SetupError) {
      counts = try box.worker.process(chunk, plan: plan)
    } catch {
      fields.didFail(scheduler.place(of: chunk.sourceIndex).path, error)
      throw error
    }
    let isFull =
      box.worker.tableMemory > currentTableLimit / options.jobs || box.worker.isObserverFull
    workers.give(box)
    let parsed = scheduler.didParse(chunk, counts)
    chunks.give(chunk)
    if isFull || isFlushDue(parsed) { scheduler.requestFlush() }
  }

  /// How many bytes the tables of all workers may take together.
  private var currentTableLimit: Int {
    let limit = tableLimit.load(ordering: .relaxed)
    return isGiving.load(ordering: .relaxed) ? max(limit, Self.tableLimitWhileFlushing) : limit
  }

  private func worker() throws -> LineWorker {
    try LineWorker(
      rules: rules, names: names, width: width, plausible: options.plausibleTimes,
      measures: sink.measures, counter: sink.makeCounter(), observer: sink.makeObserver(),
      rejects: rejects)
  }

  /// Whether, with so much parsed, rejections are to be judged for the first time, or a checkpoint
  /// is due.
  private func isFlushDue(_ parsed: WorkScheduler.Parsed) -> Bool {
    if parsed.lines >= Self.firstJudgement && !isJudged.load(ordering: .relaxed) { return true }
    return isCheckpointDue(parsed)
  }

  func isCheckpointDue(_ parsed: WorkScheduler.Parsed) -> Bool {
    parsed.bytes - checkpointPosition.load(ordering: .relaxed) >= options.checkpointInterval
      || parsed.sources - checkpointedSources.load(ordering: .relaxed) >= options.checkpointSources
  }
}

extension Chunk {
  /// Whether the chunk stands for nothing.
  fileprivate var isForgettable: Bool { bytes.isEmpty && !isOversizedLine }
}
