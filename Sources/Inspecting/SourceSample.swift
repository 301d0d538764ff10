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
  private let readsArchives: Bool
  private let pool = ChunkPool()
  private let started = ContinuousClock.now

  /// - Parameter readsArchives: whether all sources are archives.
  init(
    planner: SourcePlanner, limit: SampleLimit?, readsArchives: Bool, watcher: any RunWatcher
  ) {
    self.readsArchives = readsArchives
    self.planner = planner
    self.limit = limit
    self.watcher = watcher
  }

  /// What came of one source.
  struct Reading {
    var extent = Extent()
    /// Whether it could be read as far as it was wanted.
    var isReadable = true
  }

  /// Reads the source at `path`, or each file of the archive that it is.
  ///
  /// - Parameters:
  ///   - begin: takes the path of each source before it is read.
  ///   - body: takes a chunk, its plan (nil if no format fits) and how many of its lines to
  ///     look at; says at how many it looked.
  ///   - end: takes what came of each source.
  /// - Throws: what `body` throws. A source that cannot be read (further) is reported to the watcher.
  func read(
    _ path: String, index: Int, begin: (String) -> Void,
    _ body: (Chunk, SourcePlan?, Int) throws -> Int, end: (String, Reading) throws -> Void
  ) throws {
    begin(path)
    let (reading, archive) = try read(path, body) { () throws(ReadingError) in
      OpenSource(
        try SourceReader(path: path, sourceIndex: index, isArchive: readsArchives))
    }
    guard let archive else { return try end(path, reading) }
    do {
      while try archive.advance() {
        let path = archive.memberPath
        begin(path)
        let (reading, _) = try read(path, body) { () throws(ReadingError) in
          try archive.open(sourceIndex: index)
        }
        try end(path, reading)
      }
    } catch let error as ReadingError {
      report(error, path)
      begin(path)
      try end(path, Reading(isReadable: false))
    }
  }

  private func report(_ error: ReadingError, _ path: String) {
    watcher.endProgress()
    watcher.report(error.diagnostic(path: path))
  }

  private func read(
    _ path: String, _ body: (Chunk, SourcePlan?, Int) throws -> Int,
    open: () throws(ReadingError) -> OpenSource
  ) throws -> (Reading, OpenArchive?) {
    var extent = Extent()
    let chunk = pool.take()
    defer { pool.give(chunk) }
    do {
      let source = try open()
      let preparation = ChunkPreparation(planner: planner)
      while !isEnough(extent) {
        guard try source.reader.fill(chunk) else {
          extent.isComplete = true
          if source.reader.isArchive { return (Reading(extent: extent), OpenArchive(source)) }
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
      report(error, path)
      return (Reading(extent: extent, isReadable: false), nil)
    }
    return (Reading(extent: extent), nil)
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
