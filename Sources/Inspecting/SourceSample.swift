internal import ByteScanning
internal import Diagnostics
internal import Ingesting
internal import LogReading

/// Sources that are read from their beginnings, one after another, by one thread.
struct SourceSample {
  /// How far one source was read.
  struct Extent: Equatable {
    var lineCount = 0
    var byteCount = 0
    /// Whether it was read to its end.
    var isComplete = false
  }

  let planner: SourcePlanner
  /// nil if everything is to be read.
  let limit: SampleLimit?
  let watcher: any RunWatcher
  private let pool = ChunkPool()
  private let started = ContinuousClock.now

  init(planner: SourcePlanner, limit: SampleLimit?, watcher: any RunWatcher) {
    self.planner = planner
    self.limit = limit
    self.watcher = watcher
  }

  /// Reads the source at `path`.
  ///
  /// - Parameter body: takes a chunk, its plan (nil if no format fits) and how many of its lines to
  ///   look at; says at how many it looked.
  /// - Throws: what `body` throws. A source that cannot be read (further) is reported to the watcher.
  func read(
    _ path: String, index: Int, _ body: (Chunk, SourcePlan?, Int) throws -> Int
  ) throws -> (extent: Extent, isReadable: Bool) {
    var extent = Extent()
    let chunk = pool.take()
    defer { pool.give(chunk) }
    do {
      let source = OpenSource(try SourceReader(path: path, sourceIndex: index))
      let preparation = ChunkPreparation(planner: planner)
      while !isEnough(extent) {
        guard try source.reader.fill(chunk) else {
          extent.isComplete = true
          break
        }
        if chunk.bytes.isEmpty && !chunk.isOversizedLine { continue }
        let plan = preparation.prepare(chunk, from: source)
        if chunk.bytes.isEmpty && !chunk.isOversizedLine { continue }
        extent.lineCount += try body(
          chunk, plan, (limit?.lineCount ?? .max) - extent.lineCount)
        extent.byteCount = chunk.endOffset
        show(extent, bytesRead: source.reader.bytesRead)
      }
    } catch let error as ReadingError {
      watcher.endProgress()
      watcher.report(error.diagnostic(path: path))
      return (extent, isReadable: false)
    }
    return (extent, isReadable: true)
  }

  private func isEnough(_ extent: Extent) -> Bool {
    guard let limit else { return false }
    return extent.lineCount >= limit.lineCount || extent.byteCount >= limit.byteCount
  }

  private func show(_ extent: Extent, bytesRead: Int) {
    watcher.show(
      ReadingProgress(
        bytesRead: bytesRead, bytesTotal: nil, bytesUncompressed: extent.byteCount,
        seconds: started.duration(to: .now).inSeconds))
  }
}
