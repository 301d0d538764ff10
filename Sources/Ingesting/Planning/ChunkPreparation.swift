internal import AccessLogParsing
internal import ByteScanning
package import LogReading

/// Settles, while chunks are still in order, what depends on the lines before, so that they can then be
/// parsed in any order: parts of a line stay together, columns that a file names hold for the lines that
/// follow, and a chunk ends where the format changes.
///
/// One for all sources of a run.
package struct ChunkPreparation {
  let planner: SourcePlanner

  package init(planner: SourcePlanner) { self.planner = planner }

  /// How many lines at the end of a chunk must be of another format before a change is suspected.
  static let changeLimit = 4

  /// Prepares `chunk`, just read from `source`, to be parsed. If all of its lines wait for more, it is
  /// empty afterwards, and to be forgotten.
  ///
  /// - Returns: the plan that the chunk is to be read by.
  package func prepare(_ chunk: Chunk, from source: OpenSource) -> SourcePlan? {
    if chunk.isOversizedLine { return source.plan }
    if source.plan == nil, source.pause.isOver(at: chunk.sourceOffset) {
      source.plan = firstPlan(chunk, source)
      if source.plan == nil { source.pause.begin(afterAllOf: chunk) }
    }
    guard let plan = source.plan else { return nil }
    keepPartsTogether(chunk, plan, source)
    if chunk.bytes.isEmpty { return plan }
    if case .columns = plan.format.unwrapped {
      if let columns = lastColumns(in: chunk.bytes, plan.wrapping) {
        source.plan = planner.plan(plan, columns: columns)
      }
      return plan
    }
    guard plan.isDetected, plan.alternate == nil else { return plan }
    if isReadToItsEnd(chunk.bytes, plan, source) {
      source.pause = DetectionPause()
      return plan
    }
    guard source.pause.isOver(at: chunk.sourceOffset),
      let change = change(in: chunk.bytes, plan, source)
    else { return plan }
    guard let changed = changedPlan(plan, source.reader.path, chunk.bytes, from: change) else {
      source.pause.begin(after: chunk, from: change)
      return plan
    }
    source.plan = changed
    if change == 0 { return changed }
    source.reader.giveBack(chunk, from: change, waits: false)
    return plan
  }

  /// How many lines at each end of a chunk are looked at for the time.
  private static let timeLimit = 16

  /// When the first and last requests of `chunk`, which was prepared, began.
  func times(of chunk: Chunk, by plan: SourcePlan, _ source: OpenSource) -> ClosedRange<Int64>? {
    times(in: chunk.bytes, plan, source)
  }

  private func times(
    in content: borrowing OwnedBuffer<UInt8>, _ plan: SourcePlan, _ source: OpenSource
  ) -> ClosedRange<Int64>? {
    let bytes = content.span
    guard let probe = probe(plan, source) else { return nil }
    var (start, end) = (0, bytes.count)
    var first: Int64?
    var last: Int64?
    for _ in 0..<Self.timeLimit where first == nil && start < bytes.count {
      let next = bytes.line(from: start).next
      first = probe.time(bytes, start..<next)
      start = next
    }
    for _ in 0..<Self.timeLimit where last == nil && end > 0 {
      let begin = bytes.startOfLine(before: end)
      last = probe.time(bytes, begin..<end)
      end = begin
    }
    guard let first, let last else { return nil }
    return min(first, last)...max(first, last)
  }

  /// Gives back the parts of lines whose ends are still to come, with what stands behind them.
  private func keepPartsTogether(
    _ chunk: Chunk, _ plan: SourcePlan, _ source: OpenSource
  ) {
    guard let wrapping = plan.wrapping, let held = heldBack(in: chunk.bytes, wrapping) else {
      return
    }
    if source.reader.mayWait {
      source.reader.giveBack(chunk, from: held, waits: true)
    } else if source.reader.mayLeave {
      source.reader.leave(chunk, from: held)
    }
  }

  private func heldBack(
    in content: borrowing OwnedBuffer<UInt8>, _ wrapping: LineWrapping
  ) -> Int? {
    var unwrapper = LineUnwrapper(wrapping)
    return unwrapper.heldBack(content.span)
  }

  private func changedPlan(
    _ plan: SourcePlan, _ path: String, _ content: borrowing OwnedBuffer<UInt8>, from start: Int
  ) -> SourcePlan? {
    planner.changedPlan(plan, path: path, content.span.extracting(start..<content.count))
  }

  // MARK: Columns

  private func lastColumns(
    in content: borrowing OwnedBuffer<UInt8>, _ wrapping: LineWrapping?
  ) -> ColumnLayout? {
    ColumnLayout(lastIn: content.span, wrapping)
  }

  /// The plan for a source by the first chunk that is looked at. One that is read on from the middle
  /// has the names of its columns before that.
  private func firstPlan(_ chunk: Chunk, _ source: OpenSource) -> SourcePlan? {
    let path = source.reader.path
    let known = source.entry?.format
    guard chunk.sequence == 0, chunk.sourceOffset > 0, path != "-", let entry = source.entry else {
      return plan(path, chunk.bytes, nil, known)
    }
    if columns(in: entry.prefix) == nil, !planner.hasFixedColumns,
      let plan = resumedPlan(path, chunk.bytes, known)
    {
      return plan
    }
    let columns = columns(of: path, before: chunk.sourceOffset)
    return columns == nil && !planner.hasFixedColumns
      ? nil : plan(path, chunk.bytes, columns, known)
  }

  /// The plan for a source of which lines were read before.
  private func resumedPlan(
    _ path: String, _ content: borrowing OwnedBuffer<UInt8>, _ known: RememberedFormat?
  ) -> SourcePlan? {
    planner.plan(path: path, firstChunk: content.span, known: known) {
      guard var reader = try? SourceReader(path: path, sourceIndex: 0) else { return nil }
      let chunk = ChunkPool().take()
      return (try? reader.fill(chunk)) == true ? chunk.bytes.copied() : nil
    }
  }

  private func columns(in prefix: [UInt8]) -> ColumnLayout? {
    ColumnLayout(lastInAny: prefix.span)
  }

  private func columns(in content: borrowing OwnedBuffer<UInt8>) -> ColumnLayout? {
    ColumnLayout(lastInAny: content.span)
  }

  private func plan(
    _ path: String, _ content: borrowing OwnedBuffer<UInt8>, _ columns: ColumnLayout?,
    _ known: RememberedFormat?
  ) -> SourcePlan? {
    guard let columns else {
      return planner.plan(path: path, firstChunk: content.span, known: known)
    }
    var beginning = OwnedBuffer<UInt8>(capacity: 4096)
    beginning.append("#Fields: " + columns.columns.joined(separator: " ") + "\n")
    beginning.append(content.span)
    return planner.plan(path: path, firstChunk: beginning.span, known: known)
  }

  /// The columns that hold at `position` of a file.
  private func columns(of path: String, before position: Int) -> ColumnLayout? {
    guard var reader = try? SourceReader(path: path, sourceIndex: 0) else { return nil }
    let pool = ChunkPool()
    let chunk = pool.take()
    var columns: ColumnLayout?
    while reader.position < position, (try? reader.fill(chunk)) == true {
      let end = min(chunk.bytes.count, position - chunk.sourceOffset)
      if end < chunk.bytes.count { reader.giveBack(chunk, from: end, waits: false) }
      if let found = self.columns(in: chunk.bytes) { columns = found }
    }
    return columns
  }

  // MARK: Changes

  /// Whether the last line is one of the plan's.
  private func isReadToItsEnd(
    _ content: borrowing OwnedBuffer<UInt8>, _ plan: SourcePlan, _ source: OpenSource
  ) -> Bool {
    let bytes = content.span
    return probe(plan, source)?.reads(bytes, bytes.startOfLine(before: bytes.count)..<bytes.count)
      ?? true
  }

  private func probe(_ plan: SourcePlan, _ source: OpenSource) -> LineProbe? {
    if source.probe?.plan !== plan { source.probe = LineProbe(plan) }
    return source.probe
  }

  /// Where in `chunk` the lines begin that `plan` does not read, if its last ones are such and more
  /// than a few.
  private func change(
    in content: borrowing OwnedBuffer<UInt8>, _ plan: SourcePlan, _ source: OpenSource
  ) -> Int? {
    let bytes = content.span
    guard let probe = probe(plan, source) else { return nil }
    var start = bytes.count
    var count = 0
    while start > 0 {
      let before = bytes.startOfLine(before: start)
      if probe.reads(bytes, before..<start) { break }
      start = before
      count += 1
    }
    return count >= Self.changeLimit ? start : nil
  }
}

extension DetectionPause {
  /// No format was found for `chunk`.
  fileprivate mutating func begin(afterAllOf chunk: Chunk) {
    begin(after: chunk.sampleLength(from: 0, limit: nil), at: chunk.endOffset)
  }

  /// No other format was found in `chunk` from `start` on.
  fileprivate mutating func begin(after chunk: Chunk, from start: Int) {
    begin(
      after: chunk.sampleLength(from: start, limit: FormatDetection.quickLimit),
      at: chunk.endOffset)
  }
}

extension Chunk {
  fileprivate func sampleLength(from start: Int, limit: Int?) -> Int {
    sampleLength(of: bytes, from: start, limit)
  }

  private func sampleLength(
    of content: borrowing OwnedBuffer<UInt8>, from start: Int, _ limit: Int?
  ) -> Int {
    FormatDetection.sampleLength(content.span.extracting(start..<content.count), limit: limit)
  }
}
