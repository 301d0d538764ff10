internal import Addressing
internal import Diagnostics
internal import Foundation
internal import Ingesting
internal import LogReading
internal import Outbox

/// The sources of a run's application: opens each where the last import of it has ended, and keeps
/// account of how far this run has come. What it does is decided by `SourceMatching`.
final class SourceLedger: SourcePositions, @unchecked Sendable {
  /// A line without an end is taken for finished when the file has not changed for so long: no
  /// server leaves half a line for an hour.
  static let unfinishedLineAge: Int64 = 3600 * 1_000_000_000
  /// How long a pipe may take to come out with what it is to be known by.
  static let pipePatience: Duration = .seconds(5)

  private let app: App
  private let scope: CountingScope
  private let paths: [String]
  /// The name under which standard input is remembered; nil if it is not.
  private let inputName: String?
  /// Whether files are finished, so that their last lines need no end.
  private let isComplete: Bool
  /// Whether all files are archives.
  private let readsArchives: Bool
  private let fingerprintLength = SourceMatching.Limits().fingerprintLength
  private let lock = NSLock()
  private var matching: SourceMatching
  /// What sources are called that are files of archives, by their index.
  private var memberPaths: [Int: String] = [:]
  /// What earlier imports recorded of the sources of this run, by their index.
  private var known: [Int: LedgerSource] = [:]
  private var notes = SourceNotes()
  /// Made when the first new source is over: there may be none. (A lazy property would be copied with all
  /// it holds at each change.)
  private var copySearch: CopySearch?
  /// New paths of sources that have not changed otherwise, by their number in the ledger.
  private var moved: [Int64: String] = [:]
  /// The records of sources that are over, by their index, until a checkpoint has written them.
  private var finished: [Int: LedgerSource] = [:]
  private var formats = FormatTexts()
  private let workingDirectory = FileManager.default.currentDirectoryPath

  /// - Parameters:
  ///   - sources: what earlier runs have recorded.
  ///   - scope: what this run counts.
  ///   - paths: of this run's sources, by their index.
  init(
    app: App, sources: SourceIndex, scope: CountingScope, paths: [String], inputName: String?,
    isComplete: Bool, readsArchives: Bool = false
  ) {
    self.paths = paths
    self.inputName = inputName
    self.isComplete = isComplete
    self.readsArchives = readsArchives
    matching = SourceMatching(app: app, sources: sources, scope: scope)
    self.app = app
    self.scope = scope
  }

  /// One for the same run, which begins once more.
  func anew(knowing sources: SourceIndex) -> SourceLedger {
    SourceLedger(
      app: app, sources: sources, scope: scope, paths: paths, inputName: inputName,
      isComplete: isComplete, readsArchives: readsArchives)
  }

  // MARK: Where to begin

  func predecessors(of paths: [String]) -> [Int?] {
    SourceMatching.sequence(
      of: paths.lazy.map { path in
        // What is read here of a pipe would be lost, and what has not changed is not read at all.
        guard path != "-", let stamp = FileStamp(path: path),
          !self.isUnchanged(stamp, at: self.absolute(path)),
          var reader = try? SourceReader(path: path, sourceIndex: 0)
        else { return [] }
        return reader.beginning(SourceMatching.Limits().sequenceLength)
      })
  }

  private func isUnchanged(_ stamp: FileStamp, at path: String) -> Bool {
    let stamp = LedgerSource.FileStamp(stamp)
    return lock.withLock {
      if matching.isDone(stamp, at: path) { return true }
      if case .unchanged = matching.open(stamp: stamp) { return true } else { return false }
    }
  }

  /// Opens the source at `path` where the last import of it has ended.
  func open(_ path: String, index: Int) throws(ReadingError) -> SourceStart {
    let stamp = FileStamp(path: path).map(LedgerSource.FileStamp.init)
    if let stamp, lock.withLock({ matching.isDone(stamp, at: absolute(path)) }) {
      return .unchanged
    }
    return try follow(index, path, stamp, isPipe: path == "-") { () throws(ReadingError) in
      try begin(path, index)
    }
  }

  /// Begins with a file of an archive where the last import of it has ended, under whatever name.
  func open(_ member: OpenSource, index: Int) throws(ReadingError) -> SourceStart {
    let path = member.reader.path
    // The archive is no source itself.
    if let archive = member.archive { lock.withLock { _ = notes.forgotten.remove(archive.index) } }
    lock.withLock { memberPaths[index] = path }
    var isFirst = true
    return try follow(index, path, nil, isPipe: member.archive?.path == "-") {
      () throws(ReadingError) in
      let source = isFirst ? member : try member.archive?.reopened(sourceIndex: index)
      isFirst = false
      guard let source else { throw .cannotOpen(errno: ESTALE) }
      source.entry = SourceEntry(
        prefix: source.reader.beginning(fingerprintLength), isCompressed: true)
      return source
    }
  }

  /// Takes the steps that lead to the place to begin at.
  ///
  /// - Parameter begin: opens the source at its beginning.
  private func follow(
    _ index: Int, _ path: String, _ stamp: LedgerSource.FileStamp?, isPipe: Bool,
    _ begin: () throws(ReadingError) -> OpenSource
  ) throws(ReadingError) -> SourceStart {
    do throws(ReadingError) {
      return try take(lock.withLock { matching.open(stamp: stamp) }, index, path, isPipe, begin)
    } catch {
      lock.withLock { matching.giveUp(index) }
      throw error
    }
  }

  private func take(
    _ first: SourceMatching.Step, _ index: Int, _ path: String, _ isPipe: Bool,
    _ begin: () throws(ReadingError) -> OpenSource
  ) throws(ReadingError) -> SourceStart {
    var step = first
    var opened: OpenSource?
    while true {
      switch step {
      case .begin:
        let source = try begin()
        guard let entry = source.entry else { return .read(source) }
        opened = source
        let stamp = source.reader.stamp.map(LedgerSource.FileStamp.init)
        step = lock.withLock { matching.began(index, with: entry.prefix, stamp: stamp) }
      case .pass(let position, let count):
        guard let source = opened else { preconditionFailure("nothing is open") }
        let last = try source.reader.skip(to: position, returningLast: count)
        let standsElsewhere =
          last != nil && !isPipe
          && stands(lock.withLock { matching.candidate(for: index) }, beside: source)
        step = lock.withLock {
          matching.passed(index, last: last, standsElsewhere: standsElsewhere, isPipe: isPipe)
        }
      case .read(let known):
        guard let source = opened else { preconditionFailure("nothing is open") }
        return self.begin(source, index, from: known)
      case .readAgain(let known, let start):
        let source = try begin()
        let stamp = source.reader.stamp.map(LedgerSource.FileStamp.init)
        let prefix = source.entry?.prefix ?? []
        guard lock.withLock({ matching.reopened(index, with: prefix, stamp: stamp) }),
          try source.reader.skip(to: start, returningLast: 0) != nil
        else {
          lock.withLock { matching.giveUp(index) }
          return .refused(SourceMatching.Refusal.rotated.diagnostic(path))
        }
        return self.begin(source, index, from: known)
      case .unchanged(let known):
        noteLeftOut(index, of: known)
        noteMove(of: known, to: absolute(path))
        return .unchanged
      case .refuse(let refusal): return .refused(refusal.diagnostic(path))
      }
    }
  }

  /// Whether the file of `known` is where it was last seen, unchanged or grown, and is another than
  /// `source`, which has more content than is known.
  private func stands(_ known: LedgerSource?, beside source: OpenSource) -> Bool {
    // So much is alike in two logs only if one is a copy of the other.
    guard let known, known.position.bytes < fingerprintLength, let before = known.file,
      let own = source.reader.stamp,
      let now = FileStamp(path: known.lastPath),
      now.inode == before.inode && now.device == before.device,
      now.inode != own.inode || now.device != own.device, source.reader.hasMore
    else { return false }
    if LedgerSource.FileStamp(now) == before { return true }
    // The same file number does not mean the same content: it may have been emptied, and filled again.
    guard var reader = try? SourceReader(path: known.lastPath, sourceIndex: 0),
      let last = try? reader.skip(
        to: known.position.bytes, returningLast: known.position.checkLength)
    else { return false }
    return SourceMatching.isEnd(last, of: known)
  }

  /// The source with this index is `known`, or new.
  private func begin(_ source: OpenSource, _ index: Int, from known: LedgerSource?) -> SourceStart {
    if let known { noteLeftOut(index, of: known) }
    return lock.withLock {
      self.known[index] = known
      return .read(
        source, format: known?.format.flatMap { formats.format(of: $0) },
        parts: matching.parts(of: known))
    }
  }

  /// Takes note of what other rules have left out of the source with this index.
  private func noteLeftOut(_ index: Int, of known: LedgerSource) {
    if known.parts.isEmpty { return }
    lock.withLock {
      let count = matching.parts(of: known).leftOutByOthers
      if count > 0 { notes.leftOut[index] = (known, count) }
    }
  }

  /// Opens the source at `path` at its beginning; without an entry if it is not to be remembered.
  ///
  /// A pipe can be read only once, so what it begins with cannot be looked at before; it is
  /// remembered only if it is standard input and has a name.
  private func begin(_ path: String, _ index: Int) throws(ReadingError) -> OpenSource {
    let source = OpenSource(
      try SourceReader(path: path, sourceIndex: index, isArchive: readsArchives))
    let stamp = source.reader.stamp
    guard path == "-" ? inputName != nil : stamp != nil else {
      lock.withLock { _ = notes.forgotten.insert(index) }
      return source
    }
    let prefix = beginning(of: source)
    // Its files are the sources.
    if source.reader.isArchive { return source }
    let isCompressed = stamp != nil && source.reader.isDecoded
    source.reader.leavesUnfinishedLine =
      !isCompressed && !isComplete && wasWrittenLately(stamp)
    source.entry = SourceEntry(prefix: prefix, isCompressed: isCompressed)
    return source
  }

  /// The first bytes of the content. A pipe is given some time to come out with as many as a source
  /// is known by, since with fewer it would be taken for another.
  private func beginning(of source: OpenSource) -> [UInt8] {
    var prefix = source.reader.beginning(fingerprintLength)
    guard source.reader.stamp == nil, lock.withLock({ matching.knowsSources }) else {
      return prefix
    }
    let deadline = ContinuousClock.now + Self.pipePatience
    var vainCount = 0
    while prefix.count < fingerprintLength, ContinuousClock.now < deadline {
      var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&request, 1, 100) > 0 else { continue }
      let longer = source.reader.beginning(fingerprintLength)
      // At its end a pipe is always ready, and gives nothing. So may a piece of a gzip stream.
      vainCount = longer.count > prefix.count ? 0 : vainCount + 1
      if vainCount == 3 { break }
      prefix = longer
    }
    return prefix
  }

  /// Whether the file may end in half a line.
  private func wasWrittenLately(_ stamp: FileStamp?) -> Bool {
    guard let stamp else { return false }
    return now() - stamp.modifiedAt < Self.unfinishedLineAge
  }

  // MARK: What a run has come to

  func didRefuse(_ index: Int) {
    lock.withLock {
      matching.giveUp(index)
      known[index] = nil
    }
  }

  /// The source with this index was read and parsed to its end.
  func didFinish(_ progress: SourceProgress, index: Int) {
    let time = now()
    lock.withLock {
      let reach = self.reach(progress)
      let record = reach.flatMap { matching.record($0, at: time) }
      if let reach, let record, known[index] == nil { noteIfCopy(record, reach, index) }
      matching.didFinish(index, record)
      finished[index] = record
    }
  }

  /// Looks whether a new source is a changed copy of others, or a part of one.
  private func noteIfCopy(_ record: LedgerSource, _ reach: SourceMatching.Reach, _ index: Int) {
    var search = copySearch.take() ?? CopySearch(matching.sources.all)
    let originals = search.originals(of: record)
    if !originals.isEmpty {
      notes.copies[index] = originals.compactMap { matching.sources.source($0)?.lastPath }
    } else if search.overlaps(record) {
      notes.overlapping.insert(index)
    } else {
      notes.parts[index] =
        search.wholes(of: record).lazy
        .compactMap { self.matching.sources.source($0) }.compactMap { self.part(reach, of: $0) }
        .first
    }
    search.insert(record, as: SourceMatching.number(ofNew: index))
    copySearch = search
  }

  /// Which lines of `whole` a new source holds; nil if its content is another, or that cannot be known.
  private func part(
    _ reach: SourceMatching.Reach, of whole: LedgerSource
  ) -> SourceNotes.Part? {
    let position = whole.position
    if reach.tail.count >= position.checkLength, whole.lastRequestAt == reach.lastRequest,
      SourceMatching.isEnd(Array(reach.tail.suffix(position.checkLength)), of: whole)
    {
      return SourceNotes.Part(path: whole.lastPath, isBeginning: false)
    }
    guard whole.firstRequestAt == reach.firstRequest, reach.position <= reach.prefix.count,
      whole.lastPath != reach.path,
      var reader = try? SourceReader(path: whole.lastPath, sourceIndex: 0),
      reader.beginning(reach.position) == Array(reach.prefix[..<reach.position])
    else { return nil }
    return SourceNotes.Part(path: whole.lastPath, isBeginning: true)
  }

  /// Writes how far these sources of the run have come, those without progress left out.
  func record(
    _ sources: [SourceProgress], in checkpoint: Outbox.Checkpoint
  ) throws(OutboxError) {
    let time = now()
    let rows = lock.withLock {
      matching.rows(
        sources.compactMap { progress in
          record(of: progress, at: time).map { (progress.index, $0) }
        })
    }
    // A path follows its source, also if that is only known by its stamp.
    for (id, path) in lock.withLock({ takeMoved() }) { try checkpoint.move(id, to: path) }
    for row in rows {
      let id = try checkpoint.record(row.source)
      lock.withLock { matching.didWrite(row, as: id) }
    }
  }

  /// What is to be written of a source; nil if it is not to be remembered, or has not come further.
  ///
  /// - Parameter progress: as it was at the checkpoint. It may have ended since, which is for the next
  ///   one to write.
  private func record(of progress: SourceProgress, at time: Int64) -> LedgerSource? {
    guard progress.isOver else { return reach(progress).flatMap { matching.record($0, at: time) } }
    let record = finished.removeValue(forKey: progress.index)
    known[progress.index] = nil
    return progress.isRemembered ? record : nil
  }

  private func absolute(_ path: String) -> String { absolutePath(path, in: workingDirectory) }

  private func noteMove(of known: LedgerSource, to path: String) {
    guard let id = known.id, id > 0, known.lastPath != path else { return }
    lock.withLock { moved[id] = path }
  }

  private func takeMoved() -> [Int64: String] {
    defer { moved = [:] }
    return moved
  }

  /// What is to be said when the run is over.
  var diagnostics: [Diagnostic] {
    lock.withLock { notes.diagnostics { memberPaths[$0] ?? paths[$0] } }
  }

  /// What the matching needs to know of a source; nil if it is not to be remembered.
  private func reach(_ progress: SourceProgress) -> SourceMatching.Reach? {
    guard let entry = progress.entry else { return nil }
    let path = progress.path
    return SourceMatching.Reach(
      prefix: entry.prefix, known: known[progress.index], position: progress.position,
      lines: progress.startLines + progress.lineCount, tail: progress.tail,
      stampAtEnd: stampAtEnd(progress, entry),
      path: path == "-" ? inputName ?? path : path.hasPrefix("-!") ? path : absolute(path),
      format: progress.format.flatMap { formats.text(of: $0) },
      requestCount: progress.requestCount, stretchCounts: progress.stretchCounts,
      firstRequest: progress.firstRequest, lastRequest: progress.lastRequest)
  }

  /// The stamp of a file of which nothing was left, so that it need not be opened as long as it is
  /// the same. A line without an end has to be looked at again: time may finish it.
  private func stampAtEnd(
    _ progress: SourceProgress, _ entry: SourceEntry
  ) -> LedgerSource.FileStamp? {
    guard progress.isAtEnd, let stamp = progress.stamp,
      entry.isCompressed || progress.position >= stamp.size
    else { return nil }
    return LedgerSource.FileStamp(stamp)
  }
}
