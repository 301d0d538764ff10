internal import ByteScanning
internal import Clustering
internal import Diagnostics
internal import Foundation
internal import Ingesting
internal import LogReading
internal import Outbox

/// The sources of a tally: each is read from its beginning to its end, whatever was read before, and is known
/// by what the ledger would know it by.
final class TallySources: SourcePositions, @unchecked Sendable {
  private let readsArchives: Bool
  private let fingerprintLength = SourceMatching.Limits().fingerprintLength
  private let lock = NSLock()
  /// Sources that were read to where they end, until they are taken.
  private var finished: [Int: SourceRow] = [:]
  private var formats = FormatTexts()
  private let workingDirectory = FileManager.default.currentDirectoryPath

  private let scope: CountingScope

  init(readsArchives: Bool, scope: CountingScope) {
    (self.readsArchives, self.scope) = (readsArchives, scope)
  }

  func predecessors(of paths: [String]) -> [Int?] { Array(repeating: nil, count: paths.count) }

  func open(_ path: String, index: Int) throws(ReadingError) -> SourceStart {
    let source = OpenSource(
      try SourceReader(path: path, sourceIndex: index, isArchive: readsArchives))
    remember(source)
    return .read(source)
  }

  func open(_ member: OpenSource, index: Int) throws(ReadingError) -> SourceStart {
    remember(member)
    return .read(member)
  }

  private func remember(_ source: OpenSource) {
    let prefix = source.reader.beginning(fingerprintLength)
    // An archive's files are the sources.
    if source.reader.isArchive { return }
    source.entry = SourceEntry(prefix: prefix, isCompressed: true)
  }

  func didRefuse(_ index: Int) {}

  func didFinish(_ progress: SourceProgress, index: Int) {
    guard let entry = progress.entry else { return }
    lock.withLock { finished[index] = row(progress, entry.prefix) }
  }

  /// What the source with this index goes by; nil if it was not read.
  func takeRow(of index: Int) -> SourceRow? {
    lock.withLock { finished.removeValue(forKey: index) }
  }

  /// What a source is called that was not read.
  func unreadRow(_ path: String) -> SourceRow {
    SourceRow(source: SourceID(unreadableAt: name(path)), path: name(path))
  }

  private func row(_ progress: SourceProgress, _ prefix: [UInt8]) -> SourceRow {
    let length = min(prefix.count, progress.position, fingerprintLength)
    let fingerprint = sha256(Array(prefix[..<length]))
    let check = sha256(progress.tail)
    let path = name(progress.path)
    var row = SourceRow(
      source: SourceID(fingerprint: fingerprint, position: progress.position, check: check),
      path: path)
    row.fingerprint = hexadecimal(fingerprint)
    row.fingerprint_length = length
    row.beginnings = Self.beginnings(Array(prefix[..<length]))
    row.position = progress.position
    row.lines = progress.lineCount
    row.check = hexadecimal(check)
    row.check_length = progress.tail.count
    row.format = progress.format.flatMap { formats.text(of: $0) }
    row.tallied = progress.requestCount
    (row.first_request, row.last_request) = (progress.firstRequest, progress.lastRequest)
    row.since = scope.window.lowerBound == .min ? nil : scope.window.lowerBound
    row.until = scope.window.upperBound == .max ? nil : scope.window.upperBound
    row.rules = scope.rules
    row.outside_window = progress.stretchCounts.reduce(0) { $0 + $1.outsideWindow }
    row.left_out_by_rules = progress.stretchCounts.reduce(0) { $0 + $1.leftOutByRules }
    if let stamp = progress.stamp.map(LedgerSource.FileStamp.init) {
      row.stamp = SourceRow.Stamp(
        size: stamp.size, modified: stamp.modifiedAt, inode: stamp.inode, device: stamp.device)
    }
    return row
  }

  /// What a source is called: the path from the root; of a file in an archive that is standard input, the
  /// name that it has there.
  private func name(_ path: String) -> String {
    path.hasPrefix("-!") ? String(path.dropFirst(2)) : absolutePath(path, in: workingDirectory)
  }

  /// How many beginnings are told.
  private static let beginningLimit = 128

  /// Sums of what `prefix` begins with, up to the end of each line, and of all of it.
  private static func beginnings(_ prefix: [UInt8]) -> [[UInt64]] {
    guard !prefix.isEmpty else { return [] }
    var beginnings: [[UInt64]] = []
    var sum = BeginningSum()
    var end = prefix.span.firstOffset(of: 0x0A, from: 0, to: prefix.count) + 1
    while end < prefix.count, beginnings.count < beginningLimit - 1 {
      sum.add(prefix, upTo: end)
      beginnings.append([UInt64(end), sum.value])
      end = prefix.span.firstOffset(of: 0x0A, from: end, to: prefix.count) + 1
    }
    sum.add(prefix, upTo: prefix.count)
    beginnings.append([UInt64(prefix.count), sum.value])
    return beginnings
  }
}
