internal import Addressing
internal import Crypto
internal import Diagnostics
internal import Foundation
internal import LogReading
internal import Outbox

/// What a run knows of the sources of its application: those that earlier runs have recorded, and
/// how far it has come with them itself.
///
/// A source is known by its content: by a hash of its first bytes, and by a hash of the bytes just
/// before the position up to which it was imported. So `access.log`, the same file renamed to
/// `access.log.1` and compressed as `access.log.2.gz` are one source, while two logs that begin alike
/// part ways at the position.
final class SourceLedger: @unchecked Sendable {
  /// How many of the first bytes make the fingerprint: some twenty lines.
  static let fingerprintLength = 4096
  /// How many bytes before the position are held against what was imported.
  static let checkLength = 1024
  /// A line without an end is taken for finished when the file has not changed for so long: no
  /// server leaves half a line for an hour.
  static let unfinishedLineAge: Int64 = 3600 * 1_000_000_000

  /// How long a pipe may take to come out with what it is to be known by.
  static let pipePatience: Duration = .seconds(5)

  /// Where to begin with a source.
  enum Start {
    /// At the reader's place.
    case read(ReadingCrew.OpenSource)
    /// Not at all: the file has not changed since it was read to its end.
    case unchanged(lines: Int)
    /// Not at all: it holds less than what was imported of it, or something else.
    case shrunk(Diagnostic)
  }

  private let app: App
  /// What standard input is called, if it is to be remembered.
  private let inputName: String?
  private let lock = NSLock()
  private var sources: [LedgerSource]
  /// How the sources begin that are being read, by their index.
  private var beingRead: [Int: [UInt8]] = [:]

  init(app: App, sources: [LedgerSource], inputName: String?) {
    self.app = app
    self.sources = sources
    self.inputName = inputName
  }

  /// Opens the source at `path` where the last import of it has ended.
  func open(path: String, index: Int) throws(ReadingError) -> Start {
    if let stamp = FileStamp(path: path), let known = known(unchanged: stamp) {
      return .unchanged(lines: known.position.lines)
    }
    var source = try begin(path, index)
    guard let entry = source.entry else { return .read(source) }
    guard claim(entry.prefix, index) else { return .shrunk(.rotated(path)) }
    var endsTooEarly = false
    for candidate in candidates(entry.prefix) {
      let position = candidate.position
      let last = try source.reader.skip(to: position.bytes, returningLast: position.checkLength)
      if let last, digest(last) == position.check {
        source.entry = entry.resuming(candidate)
        return .read(source)
      }
      if last == nil { endsTooEarly = true }
      // What was passed over in standard input cannot be had again.
      if path == "-" { return .shrunk(endsTooEarly ? .shrunk(path) : .parted(path)) }
      source = try begin(path, index)
    }
    return endsTooEarly ? .shrunk(.shrunk(path)) : .read(source)
  }

  /// Opens the source at `path` at its beginning; without an entry if it is not to be remembered.
  ///
  /// A pipe can be read only once, so what it begins with cannot be looked at before; it is
  /// remembered only if it is standard input and has a name.
  private func begin(_ path: String, _ index: Int) throws(ReadingError) -> ReadingCrew.OpenSource {
    let source = ReadingCrew.OpenSource(try SourceReader(path: path, sourceIndex: index))
    let stamp = source.reader.stamp
    guard path == "-" ? inputName != nil : stamp != nil else { return source }
    let isCompressed = stamp != nil && isGzip(path == "-" ? "/dev/stdin" : path)
    source.reader.leavesUnfinishedLine = !isCompressed && wasWrittenLately(stamp)
    source.entry = SourceEntry(
      prefix: beginning(of: source), known: nil, isCompressed: isCompressed)
    return source
  }

  /// The first bytes of the content. A pipe is given some time to come out with as many as a source
  /// is known by, since with fewer it would be taken for another.
  private func beginning(of source: ReadingCrew.OpenSource) -> [UInt8] {
    var prefix = source.reader.beginning(Self.fingerprintLength)
    guard source.reader.stamp == nil, lock.withLock({ !sources.isEmpty }) else { return prefix }
    let deadline = ContinuousClock.now + Self.pipePatience
    var vainCount = 0
    while prefix.count < Self.fingerprintLength, ContinuousClock.now < deadline {
      var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&request, 1, 100) > 0 else { continue }
      let longer = source.reader.beginning(Self.fingerprintLength)
      // At its end a pipe is always ready, and gives nothing. So may a piece of a gzip stream.
      vainCount = longer.count > prefix.count ? 0 : vainCount + 1
      if vainCount == 3 { break }
      prefix = longer
    }
    return prefix
  }

  /// Notes that a source that begins like this is being read; false if one is already, because the
  /// logs were rotated since the run began. Read side by side they would be counted twice.
  private func claim(_ prefix: [UInt8], _ index: Int) -> Bool {
    lock.withLock {
      let isTaken = beingRead.values.contains { beginAlike($0, prefix) }
      if !isTaken { beingRead[index] = prefix }
      return !isTaken
    }
  }

  /// Whether the file may end in half a line.
  private func wasWrittenLately(_ stamp: FileStamp?) -> Bool {
    guard let stamp else { return false }
    return now() - stamp.modifiedAt < Self.unfinishedLineAge
  }

  /// Compressed logs are finished: their last line needs no end.
  private func isGzip(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path) else { return false }
    return (try? file.read(upToCount: 2)) == Data([0x1F, 0x8B])
  }

  private func known(unchanged stamp: FileStamp) -> LedgerSource? {
    let stamp = LedgerSource.FileStamp(stamp)
    return lock.withLock { sources.last { $0.file == stamp } }
  }

  /// The sources that begin as `prefix` does, those of which most is known first.
  private func candidates(_ prefix: [UInt8]) -> [LedgerSource] {
    lock.withLock {
      sources.filter { source in
        guard case .fingerprint(let hash, let length) = source.identity, length > 0,
          length <= prefix.count
        else { return false }
        return digest(prefix[..<length]) == hash
      }
      .sorted { $0.position.bytes > $1.position.bytes }
    }
  }

  // MARK: What a run has come to

  /// The ledger's record of a source as far as it has been parsed, or nil if there is nothing new.
  func record(_ progress: ReadingCrew.Progress, path: String) -> LedgerSource? {
    guard let entry = progress.entry, progress.position > 0 else { return nil }
    let time = now()
    let length = min(entry.prefix.count, progress.position)
    let known = entry.known
    let isNew = known?.position.bytes != progress.position
    let position =
      isNew || known == nil
      ? LedgerSource.Position(
        bytes: progress.position, lines: progress.startLines + progress.lineCount,
        check: digest(progress.tail[...]), checkLength: progress.tail.count)
      : known?.position ?? .init(bytes: 0, lines: 0, check: [], checkLength: 0)
    return LedgerSource(
      id: known?.id, app: app,
      identity: .fingerprint(digest(entry.prefix[..<length]), length: length),
      position: position,
      file: stampAtEnd(progress, entry),
      lastPath: path == "-" ? inputName ?? path : absolutePath(path),
      firstRequestAt: smallest(known?.firstRequestAt, progress.firstRequest),
      lastRequestAt: largest(known?.lastRequestAt, progress.lastRequest),
      lineCount: position.lines,
      requestCount: (known?.requestCount ?? 0) + progress.requestCount,
      firstImportedAt: known?.firstImportedAt ?? time, lastImportedAt: time)
  }

  /// The stamp of a file of which nothing was left, so that it need not be opened as long as it is
  /// the same. A line without an end has to be looked at again: time may finish it.
  private func stampAtEnd(
    _ progress: ReadingCrew.Progress, _ entry: SourceEntry
  ) -> LedgerSource.FileStamp? {
    guard progress.isAtEnd, let stamp = progress.stamp,
      entry.isCompressed || progress.position >= stamp.size
    else { return nil }
    return LedgerSource.FileStamp(stamp)
  }

  /// Takes note of how far the source with this index has come, for others of the run that hold the
  /// same content. As long as it has no number in the ledger it goes by one below zero.
  func note(_ source: LedgerSource, index: Int) {
    var source = source
    if source.id == nil { source.id = -1 - Int64(index) }
    lock.withLock {
      beingRead[index] = nil
      sources.removeAll { $0.id == source.id }
      sources.append(source)
    }
  }

  private func smallest(_ left: Int64?, _ right: Int64?) -> Int64? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
  }

  private func largest(_ left: Int64?, _ right: Int64?) -> Int64? {
    guard let left, let right else { return left ?? right }
    return max(left, right)
  }
}

/// What the ledger needs of a source that is being read.
final class SourceEntry: Sendable {
  /// The first bytes of the content.
  let prefix: [UInt8]
  /// The record of the last import; nil for a new source.
  let known: LedgerSource?

  let isCompressed: Bool

  /// How many lines were imported before.
  var importedLines: Int { known?.position.lines ?? 0 }

  init(prefix: [UInt8], known: LedgerSource?, isCompressed: Bool) {
    self.prefix = prefix
    self.known = known
    self.isCompressed = isCompressed
  }

  /// The same source, found to be one that was imported before.
  func resuming(_ known: LedgerSource) -> SourceEntry {
    SourceEntry(prefix: prefix, known: known, isCompressed: isCompressed)
  }
}

/// The path from the root, so that it says the same in every working directory.
func absolutePath(_ path: String) -> String {
  URL(fileURLWithPath: path).standardizedFileURL.path
}

/// The SHA-256 of `bytes`.
private func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
  Array(SHA256.hash(data: Array(bytes)))
}

extension LedgerSource.FileStamp {
  fileprivate init(_ stamp: FileStamp) {
    self.init(
      size: stamp.size, modifiedAt: stamp.modifiedAt, inode: stamp.inode, device: stamp.device)
  }
}

extension Diagnostic {
  fileprivate static func shrunk(_ path: String) -> Diagnostic {
    Diagnostic(
      .warning, code: "source-shrunk",
      "holds less than what was imported of it before; nothing of it is counted again",
      hint: "if it is another log that begins alike, import it with --no-ledger",
      at: Place(source: path))
  }

  fileprivate static func rotated(_ path: String) -> Diagnostic {
    Diagnostic(
      .note, code: "rotated-meanwhile",
      "has the content of another file of this run by now, and is left to the next run",
      at: Place(source: path))
  }

  fileprivate static func parted(_ path: String) -> Diagnostic {
    Diagnostic(
      .error, code: "source-parted",
      "begins like a source that was imported before, and then differs; nothing of it is counted",
      hint: "import it with --no-ledger, or from a file", at: Place(source: path),
      exitStatus: .inputUnreadable)
  }
}

/// Which sources of a run begin alike and must be read one after another, so that the later ones
/// find what the earlier ones have counted (`access.log.1` beside `access.log.1.gz`).
func sourcesInSequence(_ paths: [String]) -> [Int?] {
  var earlier: [(prefix: [UInt8], index: Int)] = []
  return paths.enumerated().map { index, path in
    // What is read here of a pipe would be lost.
    guard path != "-", FileStamp(path: path) != nil,
      var reader = try? SourceReader(path: path, sourceIndex: index)
    else { return nil }
    let prefix = reader.beginning(256)
    guard !prefix.isEmpty else { return nil }
    defer { earlier.append((prefix, index)) }
    return earlier.last { beginAlike($0.prefix, prefix) }?.index
  }
}

/// Whether one of the two may be the beginning of what the other is the beginning of.
private func beginAlike(_ first: [UInt8], _ second: [UInt8]) -> Bool {
  let length = min(first.count, second.count)
  return length > 0 && first[..<length] == second[..<length]
}
