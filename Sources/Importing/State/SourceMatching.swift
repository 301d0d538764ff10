internal import Addressing
internal import Crypto
internal import Ingesting
internal import Outbox

/// Decides which of an application's sources a file is, and where a run begins with it.
///
/// A pure state machine: `open` and the functions after it name a step for the ledger to take, and are
/// told what came of it. It opens no file and reads no clock; a source's content reaches it as a few
/// bytes at a time.
///
/// A source is known by its content: by a hash of its first bytes, and by a hash of the bytes just
/// before the position up to which it was imported. So `access.log`, the same file renamed to
/// `access.log.1` and compressed as `access.log.2.gz` are one source, while two logs that begin alike
/// part ways at the position.
///
///     open ──▶ begin ──▶ began ──▶ pass ──▶ passed ──▶ read
///       │        ▲         │                  │
///       │        └─────────┼── another one ◀──┤
///       ▼                  ▼                  ▼
///     unchanged     refuse (rotated)    refuse (shrunk, parted), or readAgain
///
/// What it promises: no part of a log is read twice, whatever happens to files and runs, and what is
/// not read is refused with a reason. It assumes that two logs differ somewhere before the first
/// position that is recorded of either, unless the file of the one still stands where it was beside the
/// other (the same health check may be the first line on two servers); a log that is rewritten behind
/// that point is another log. And a known log of which less than a fingerprint is left is not
/// recognised: there is no hash of so little.
struct SourceMatching {
  struct Limits {
    /// How many of the first bytes make the fingerprint: some twenty lines.
    var fingerprintLength = 4096
    /// How many of the first bytes decide which sources of a run are read one after another.
    var sequenceLength = 4096
  }

  /// Where to begin with a source, or what has to be known before that can be said.
  enum Step: Equatable {
    /// Open the source at its beginning, and tell `began` what that is.
    case begin
    /// Pass over the content before `position`, and tell `passed` which bytes were the last.
    case pass(to: Int, returningLast: Int)
    /// Read on at the reader's place: behind what is known, or at the beginning.
    case read(known: LedgerSource?)
    /// Open the source once more, tell `reopened` what it is, and pass over the content before
    /// `start`: a run with a wider window counts what was left out of what is known.
    case readAgain(known: LedgerSource, from: Int)
    /// Not at all: the file has not changed since it was read to its end, and nothing is wanted of it
    /// that was left out.
    case unchanged(LedgerSource)
    case refuse(Refusal)
  }

  /// Why nothing is read of a source.
  enum Refusal: Equatable {
    /// It holds less than what was imported of it.
    case shrunk
    /// Another source of this run has the same content: logs were rotated since the run began.
    case rotated
    /// It begins like a known source and then differs, and cannot be had from its beginning again.
    case parted
    /// Requests are wanted that were left out of what is known, and it cannot be had once more.
    case passedOver
    /// It was imported with so many windows that no more are kept apart.
    case tooManyParts
  }

  /// How far a run has come with a source.
  struct Reach {
    /// The first bytes of the content.
    var prefix: [UInt8]
    /// What was known of the source when it was opened.
    var known: LedgerSource?
    /// The offset behind what was parsed, and how many lines are before it.
    var position: Int
    var lines: Int
    /// The last bytes before the position.
    var tail: [UInt8]
    /// The file as it was when it was opened, if all of that was read.
    var stampAtEnd: LedgerSource.FileStamp?
    var path: String
    /// How it was read, as the ledger keeps it.
    var format: String?
    /// Of this run.
    var requestCount: Int
    /// What the stretches came to that were read.
    var stretchCounts: [StretchCounts] = []
    var firstRequest: Int64?
    var lastRequest: Int64?
  }

  /// Which file this is, whatever its name.
  private struct FileNumber: Equatable {
    var inode: Int64
    var device: Int64

    init(_ stamp: LedgerSource.FileStamp) { (inode, device) = (stamp.inode, stamp.device) }
  }

  /// What is left to try for a source that is being opened.
  private struct Opening {
    var prefix: [UInt8]
    var file: FileNumber?
    var size: Int
    var candidates: [LedgerSource]
    /// Whether some candidate's position is behind the end of the content.
    var endsTooEarly = false
  }

  private let app: App
  private let scope: CountingScope
  private let limits: Limits
  private(set) var sources: SourceIndex
  private var openings: [Int: Opening] = [:]
  /// How the sources begin that are being read, by their index in the run.
  private var beingRead: [Int: [UInt8]] = [:]
  /// What was opened, of sources that are to be opened once more.
  private var reopenings: [Int: Opening] = [:]
  /// Which source of the run has turned out to be which known one, by its number.
  private var claims: [Int64: Int] = [:]
  /// The ledger's numbers of sources that this run has recorded, by their index.
  private var rowIDs: [Int: Int64] = [:]

  /// - Parameters:
  ///   - sources: what earlier runs have recorded.
  ///   - scope: what this run counts.
  init(
    app: App, sources: SourceIndex, scope: CountingScope = CountingScope(),
    limits: Limits = Limits()
  ) {
    self.app = app
    self.scope = scope
    self.sources = sources
    self.limits = limits
  }

  /// Whether there is anything that a source could be known by.
  var knowsSources: Bool { !sources.isEmpty }

  // MARK: Where to begin

  /// Whether the file with this stamp at `path` is known to its end, and nothing is wanted of it that was
  /// left out. False says nothing: `open` knows.
  func isDone(_ stamp: LedgerSource.FileStamp, at path: String) -> Bool {
    sources.isDone(stamp, at: path)
  }

  /// - Parameter stamp: of the file, as it is now; nil for a pipe.
  func open(stamp: LedgerSource.FileStamp?) -> Step {
    guard let stamp, let known = sources.source(at: stamp), !parts(of: known).isNeeded else {
      return .begin
    }
    return .unchanged(known)
  }

  /// The source with this index was opened.
  ///
  /// - Parameters:
  ///   - prefix: its first bytes, up to `fingerprintLength`.
  ///   - stamp: of the file that was opened; nil for a pipe.
  mutating func began(
    _ index: Int, with prefix: [UInt8], stamp: LedgerSource.FileStamp?
  ) -> Step {
    let file = stamp.map(FileNumber.init)
    // What is opened again by its name may be another file by now, or have grown.
    if openings[index]?.prefix != prefix || openings[index]?.file != file {
      giveUp(index)
      // Read side by side they would be counted twice.
      if beingRead.values.contains(where: { beginAlike($0, prefix) }) { return .refuse(.rotated) }
      beingRead[index] = prefix
      openings[index] = Opening(
        prefix: prefix, file: file, size: stamp?.size ?? 0,
        candidates: sources.sources(beginningLike: prefix))
    }
    guard let opening = openings[index] else { preconditionFailure("nothing is being opened") }
    if let candidate = opening.candidates.first {
      return .pass(
        to: candidate.position.bytes, returningLast: candidate.position.checkLength)
    }
    return decide(index)
  }

  /// The known source that the one with this index may be, while its content is passed over.
  func candidate(for index: Int) -> LedgerSource? { openings[index]?.candidates.first }

  /// The content before a position was passed over.
  ///
  /// - Parameters:
  ///   - last: the last bytes of it; nil if the content ends before the position.
  ///   - standsElsewhere: whether there is more content, while the candidate's own file stands where it
  ///     was: then this is another log that begins alike.
  ///   - isPipe: whether what was passed over cannot be had again.
  mutating func passed(
    _ index: Int, last: [UInt8]?, standsElsewhere: Bool = false, isPipe: Bool = false
  ) -> Step {
    guard var opening = openings[index], !opening.candidates.isEmpty else {
      preconditionFailure("nothing was to be passed over")
    }
    let candidate = opening.candidates.removeFirst()
    if let last, Self.isEnd(last, of: candidate), !standsElsewhere,
      !isClaimed(candidate, byOtherThan: index)
    {
      openings[index] = nil
      if let id = candidate.id { claims[id] = index }
      return begin(index, opening, with: candidate, isPipe)
    }
    if last == nil { opening.endsTooEarly = true }
    openings[index] = opening
    if isPipe {
      giveUp(index)
      return .refuse(opening.endsTooEarly ? .shrunk : .parted)
    }
    return opening.candidates.isEmpty && opening.endsTooEarly ? decide(index) : .begin
  }

  /// Whether another source of the run is the known one, and not the same content as this one: the two
  /// differ behind what is known, or they would not be read side by side.
  private func isClaimed(_ candidate: LedgerSource, byOtherThan index: Int) -> Bool {
    guard let id = candidate.id, let other = claims[id], other != index else { return false }
    return beingRead[other] != nil || sources.source(id)?.position != candidate.position
  }

  /// The source is a known one.
  private mutating func begin(
    _ index: Int, _ opening: Opening, with known: LedgerSource, _ isPipe: Bool
  ) -> Step {
    if known.parts.count > PartsToRead.partLimit {
      giveUp(index)
      return .refuse(.tooManyParts)
    }
    let parts = parts(of: known)
    guard parts.isNeeded else { return .read(known: known) }
    if isPipe {
      giveUp(index)
      return .refuse(.passedOver)
    }
    reopenings[index] = opening
    return .readAgain(known: known, from: parts.start.bytes)
  }

  /// The source with this index was opened once more: whether it is still the one that was recognised.
  /// If it is not, it is left to the next run.
  mutating func reopened(
    _ index: Int, with prefix: [UInt8], stamp: LedgerSource.FileStamp?
  ) -> Bool {
    // One that has become smaller was emptied meanwhile, and begins alike.
    if let before = reopenings.removeValue(forKey: index), before.prefix == prefix,
      before.file == stamp.map(FileNumber.init), before.size <= stamp?.size ?? 0
    {
      return true
    }
    giveUp(index)
    return false
  }

  /// Which stretches of a source this run reads.
  func parts(of known: LedgerSource?) -> PartsToRead { PartsToRead(known, scope) }

  /// Whether `last` are the bytes before the position that is known of a source.
  static func isEnd(_ last: [UInt8], of known: LedgerSource) -> Bool {
    digest(last) == known.position.check
  }

  /// None of the candidates is the source.
  private mutating func decide(_ index: Int) -> Step {
    let endsTooEarly = openings[index]?.endsTooEarly == true
    openings[index] = nil
    if endsTooEarly {
      giveUp(index)
      return .refuse(.shrunk)
    }
    return .read(known: nil)
  }

  /// The source with this index is not read, or no longer.
  mutating func giveUp(_ index: Int) {
    openings[index] = nil
    beingRead[index] = nil
    reopenings[index] = nil
  }

  /// Which sources of a run begin alike and must be read one after another, so that the later ones
  /// find what the earlier ones have counted (`access.log.1` beside `access.log.1.gz`).
  ///
  /// - Parameter prefixes: the first bytes of each source; empty if they cannot be had.
  /// - Returns: for each source the index of one that has to be over before.
  static func sequence(of prefixes: some Sequence<[UInt8]>) -> [Int?] {
    var beginnings = AlikeBeginnings(count: prefixes.underestimatedCount)
    for prefix in prefixes { beginnings.add(prefix) }
    return beginnings.predecessors
  }

  // MARK: What a run has come to

  /// The ledger's record of a source as far as it has been parsed, or nil if that is nothing.
  func record(_ reach: Reach, at time: Int64) -> LedgerSource? {
    guard reach.position > 0 else { return nil }
    let known = reach.known
    let length = min(
      reach.prefix.count, max(reach.position, known?.position.bytes ?? 0),
      limits.fingerprintLength)
    var position = LedgerSource.Position(
      bytes: reach.position, lines: reach.lines, check: digest(reach.tail),
      checkLength: reach.tail.count)
    // Of what was only passed over, this run has seen no bytes, and what was read again has not come
    // further than it was.
    if let known, known.position.bytes >= reach.position { position = known.position }
    let counts =
      reach.stretchCounts.isEmpty ? [StretchCounts()] : reach.stretchCounts
    return LedgerSource(
      id: known?.id, app: app,
      identity: .fingerprint(digest(reach.prefix[..<length]), length: length),
      beginning: BeginningSum.of(reach.prefix, upTo: length), position: position,
      format: reach.format ?? known?.format,
      parts: parts(of: known).parts(readUpTo: (reach.position, reach.lines), counts),
      file: reach.stampAtEnd, lastPath: reach.path,
      firstRequestAt: [known?.firstRequestAt, reach.firstRequest].compactMap(\.self).min(),
      lastRequestAt: [known?.lastRequestAt, reach.lastRequest].compactMap(\.self).max(),
      lineCount: position.lines,
      requestCount: (known?.requestCount ?? 0) + reach.requestCount,
      firstImportedAt: known?.firstImportedAt ?? time, lastImportedAt: time)
  }

  /// The source with this index was read and parsed to its end. Others of the run that hold the same
  /// content go on from there.
  ///
  /// - Parameter source: its record, if there is one. As long as it has no number in the ledger it
  ///   goes by one below zero.
  mutating func didFinish(_ index: Int, _ source: LedgerSource?) {
    giveUp(index)
    guard var source else { return }
    if source.id == nil { source.id = Self.number(ofNew: index) }
    sources.insert(source)
  }

  /// What the source with this index goes by as long as it has no number in the ledger.
  static func number(ofNew index: Int) -> Int64 { -1 - Int64(index) }

  /// What a checkpoint has to write of these records, each with the index of its source. Where two
  /// are of one source, because the second went on where the first had ended, it is the one that has
  /// come further.
  func rows(_ records: [(index: Int, source: LedgerSource)]) -> [Row] {
    var furthest: [Int64: LedgerSource] = [:]
    var keys: [Int64] = []
    for (index, source) in records {
      let key = rowKey(source, index)
      if let other = furthest[key] {
        if other.position.bytes > source.position.bytes { continue }
      } else {
        keys.append(key)
      }
      furthest[key] = source
      furthest[key]?.id = key > 0 ? key : nil
    }
    return keys.compactMap { key in furthest[key].map { Row(key: key, source: $0) } }
  }

  /// A row of the ledger, to be written.
  struct Row {
    fileprivate var key: Int64
    var source: LedgerSource
  }

  /// `row` was written, and has this number in the ledger.
  mutating func didWrite(_ row: Row, as id: Int64) {
    if row.key < 0 { rowIDs[Int(-1 - row.key)] = id }
  }

  /// The number of the ledger's row that a record belongs to; below zero if it has none yet, for the
  /// source with the index `-1 - key`.
  private func rowKey(_ source: LedgerSource, _ index: Int) -> Int64 {
    guard let id = source.id, id > 0 else {
      let first = source.id.map { Int(-1 - $0) } ?? index
      return rowIDs[first] ?? -1 - Int64(first)
    }
    return id
  }
}

/// The SHA-256 of `bytes`.
private func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
  Array(SHA256.hash(data: Array(bytes)))
}

/// Whether one of the two may be the beginning of what the other is the beginning of.
private func beginAlike(_ first: [UInt8], _ second: [UInt8]) -> Bool {
  let length = min(first.count, second.count)
  return length > 0 && first[..<length] == second[..<length]
}
