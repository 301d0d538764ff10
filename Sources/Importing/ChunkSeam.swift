internal import AccessLogParsing
internal import ByteScanning
internal import LogReading

// What the reading side has to know of a chunk's lines, so that chunks can be parsed in any order:
// parts of a line stay together, columns that a file names hold for what follows, and where the
// format changes a chunk ends.

/// One for all sources of a run.
struct ChunkSeam {
  let planner: SourcePlanner

  /// How many lines at the end of a chunk have to be of another format for it to be looked at.
  static let changeLimit = 4

  /// Prepares `chunk`, just read from `source`, for whoever parses it.
  ///
  /// - Returns: the plan that the chunk is to be read by.
  func prepare(_ chunk: Chunk, from source: ReadingCrew.OpenSource) -> SourcePlan? {
    if chunk.isOversizedLine { return source.plan }
    if source.plan == nil { source.plan = firstPlan(chunk, source) }
    guard let plan = source.plan else { return nil }
    if let wrapping = plan.wrapping {
      if let held = heldBack(in: chunk.bytes, wrapping), held > 0 {
        source.reader.giveBack(chunk, from: held)
      }
    }
    if case .columns = plan.format.unwrapped {
      if let columns = lastColumns(in: chunk.bytes) {
        source.plan = planner.plan(plan, columns: columns)
      }
      return plan
    }
    guard plan.isDetected, plan.alternate == nil,
      let change = change(in: chunk.bytes, plan, source),
      let changed = changedPlan(plan, source.reader.path, chunk.bytes, from: change)
    else { return plan }
    source.plan = changed
    if change == 0 { return changed }
    source.reader.giveBack(chunk, from: change)
    return plan
  }

  private func heldBack(
    in content: borrowing OwnedBuffer<UInt8>, _ wrapping: LineWrapping
  ) -> Int? {
    var unwrapper = LineUnwrapper(wrapping)
    return unwrapper.heldBack(content.span)
  }

  private func lastColumns(in content: borrowing OwnedBuffer<UInt8>) -> ColumnLayout? {
    ColumnLayout(lastIn: content.span)
  }

  private func changedPlan(
    _ plan: SourcePlan, _ path: String, _ content: borrowing OwnedBuffer<UInt8>, from start: Int
  ) -> SourcePlan? {
    planner.changedPlan(plan, path: path, content.span.extracting(start..<content.count))
  }

  /// The plan for a source by its first chunk. One that is read on from the middle has the names of its
  /// columns before that.
  private func firstPlan(_ chunk: Chunk, _ source: ReadingCrew.OpenSource) -> SourcePlan? {
    let path = source.reader.path
    guard chunk.sourceOffset > 0, path != "-", let entry = source.entry,
      namesColumns(entry.prefix),
      let columns = columns(of: path, before: chunk.sourceOffset)
    else { return plan(path, chunk.bytes, nil) }
    return plan(path, chunk.bytes, columns)
  }

  private func namesColumns(_ prefix: [UInt8]) -> Bool { ColumnLayout(lastIn: prefix.span) != nil }

  private func plan(
    _ path: String, _ content: borrowing OwnedBuffer<UInt8>, _ columns: ColumnLayout?
  ) -> SourcePlan? {
    guard let columns else { return planner.plan(path: path, firstChunk: content.span) }
    var beginning = OwnedBuffer<UInt8>(capacity: 4096)
    beginning.append("#Fields: " + columns.columns.joined(separator: " ") + "\n")
    beginning.append(content.span)
    return planner.plan(path: path, firstChunk: beginning.span)
  }

  /// The columns that hold at `position` of a file.
  private func columns(of path: String, before position: Int) -> ColumnLayout? {
    guard var reader = try? SourceReader(path: path, sourceIndex: 0) else { return nil }
    let pool = ChunkPool()
    let chunk = pool.take()
    var columns: ColumnLayout?
    while reader.position < position, (try? reader.fill(chunk)) == true {
      let end = min(chunk.bytes.count, position - chunk.sourceOffset)
      if end < chunk.bytes.count { reader.giveBack(chunk, from: end) }
      if let found = lastColumns(in: chunk.bytes) { columns = found }
    }
    return columns
  }

  /// Where in `chunk` the lines begin that `plan` does not read, if its last ones are such and more
  /// than a few.
  private func change(
    in content: borrowing OwnedBuffer<UInt8>, _ plan: SourcePlan, _ source: ReadingCrew.OpenSource
  ) -> Int? {
    let bytes = content.span
    if source.probe?.plan !== plan { source.probe = LineProbe(plan) }
    guard let probe = source.probe else { return nil }
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

/// Tries lines, one at a time and in any order: the last of each chunk.
final class LineProbe {
  let plan: SourcePlan
  private var parser: LineParser
  private var unwrapper: LineUnwrapper?
  private var record = AccessRecord()

  init?(_ plan: SourcePlan) {
    guard let parser = try? LineParser(format: plan.format, capturing: [], clock: plan.clock) else {
      return nil
    }
    self.plan = plan
    self.parser = parser
    unwrapper = plan.wrapping.map { LineUnwrapper($0) }
  }

  /// Whether the line with its terminator in `range` says nothing against the format.
  func reads(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    var unwrapper: LineUnwrapper? = nil
    swap(&unwrapper, &self.unwrapper)
    guard var unwrapper else { return reads(line: bytes.extracting(range)) }
    unwrapper.unwrap(bytes.extracting(range))
    let isRead = reads(line: unwrapper.text.span)
    self.unwrapper = consume unwrapper
    return isRead
  }

  private func reads(line bytes: borrowing Span<UInt8>) -> Bool {
    let line = bytes.line(from: 0).range
    if line.isEmpty { return true }
    do throws(LineRejection) {
      try parser.parse(bytes, line: line, into: &record)
      return true
    } catch {
      return !error.reason.speaksAgainstFormat || !error.reason.isOtherShape
    }
  }
}

extension ColumnLayout {
  /// The columns that the last `#Fields:` line of `bytes` names.
  init?(lastIn bytes: borrowing Span<UInt8>) {
    var end = bytes.count
    while end > 0 {
      let mark = bytes.lastOffset(of: UInt8(ascii: "#"), from: 0, to: end)
      guard let mark else { return nil }
      if mark == 0 || bytes[mark - 1] == UInt8(ascii: "\n"),
        let columns = ColumnLayout(bytes, line: bytes.line(from: mark).range)
      {
        self = columns
        return
      }
      end = mark
    }
    return nil
  }
}

extension Span where Element == UInt8 {
  /// Where the line begins whose terminator, or the end of the source, is before `end`.
  fileprivate func startOfLine(before end: Int) -> Int {
    (lastOffset(of: UInt8(ascii: "\n"), from: 0, to: end - 1) ?? -1) + 1
  }
}
