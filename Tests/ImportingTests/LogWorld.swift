import TestSupport

@testable import Importing

/// Logs as servers write them and logrotate moves them, in memory.
///
/// Every line has a number of its own, its tag: by what it was when it was written and not by its
/// text, since two logs may begin with the same lines. A copy of a file has the tags of the original.
struct LogWorld {
  /// A file, whatever its names: what an inode is.
  final class File {
    fileprivate(set) var bytes: [UInt8] = []
    /// The offsets behind the lines, and the lines' tags.
    fileprivate(set) var ends: [Int] = []
    fileprivate(set) var tags: [Int] = []
    /// For each line what it and all before it say.
    fileprivate(set) var digests: [UInt64] = []
    let inode: Int
    let isCompressed: Bool
    /// Changes with each write.
    fileprivate(set) var modified = 0
    /// Changes when what was read is no longer there.
    fileprivate(set) var truncations = 0

    fileprivate init(inode: Int, isCompressed: Bool = false) {
      self.inode = inode
      self.isCompressed = isCompressed
    }

    /// How many bytes are whole lines.
    var wholeCount: Int { ends.last ?? 0 }
    var lineCount: Int { ends.count }

    fileprivate func copyContent(of other: File, lines: Int = .max) {
      ends = Array(other.ends.prefix(lines))
      tags = Array(other.tags.prefix(lines))
      digests = Array(other.digests.prefix(lines))
      bytes = Array(other.bytes.prefix(lines < other.lineCount ? wholeCount : .max))
    }
  }

  /// A service and its logs: the newest first.
  private struct Service {
    var name: String
    var files: [(name: String, file: File)] = []
    /// Where the service writes, even after that was renamed, until it opens its log again.
    var open: File?
    /// A copy that somebody has not finished.
    var copying: (original: File, copy: File)?
  }

  /// The lines that logs begin with, all or none of them: some servers' logs begin alike.
  private static let headers = [
    "", "#V 1\n#Fields a b\n", String(repeating: "#Software x\n", count: 8),
  ]
  /// How many old logs are kept.
  private static let keptCount = 3

  private var services: [Service]
  private var generator: SeededGenerator
  private var lastInode = 0
  private var time = 0
  private(set) var lastTag = 0
  /// How many different logs there have been.
  private(set) var logCount = 0
  /// How many bytes of a file, by inode, a run reads in one piece: what logs may have in common, and
  /// the line that tells them apart.
  private(set) var headerCounts: [Int: Int] = [:]

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    services = ["a", "b", "c"].map { Service(name: $0) }
  }

  /// The files that there are, as a glob lists them: by name.
  var listing: [(name: String, file: File)] {
    services.flatMap(\.files).sorted { $0.name < $1.name }
  }

  /// What there is, and what there will be when all copies are finished.
  var contents: [File] { listing.map(\.file) + services.compactMap(\.copying?.original) }

  func file(named name: String) -> File? {
    for service in services {
      if let found = service.files.first(where: { $0.name == name }) { return found.file }
    }
    return nil
  }

  /// What `cat` gives of a file now.
  mutating func piped(_ file: File) -> File {
    let copy = newFile()
    copy.copyContent(of: file)
    headerCounts[copy.inode] = headerCounts[file.inode]
    return copy
  }

  /// Something happens.
  mutating func act() {
    let index = Int.random(in: services.indices, using: &generator)
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<72: write(index)
    case 72..<80: rename(index)
    case 80..<86: reopen(index)
    case 86..<90: copyAndTruncate(index)
    case 90..<95: compress(index)
    case 95..<97: truncate(index)
    case 97..<99: copy(index)
    default: touch(index)
    }
  }

  private mutating func newFile(isCompressed: Bool = false) -> File {
    lastInode += 1
    return File(inode: lastInode, isCompressed: isCompressed)
  }

  /// Changes a file's content, and what the file system says of it.
  private mutating func change(_ file: File, _ body: (File) -> Void) {
    body(file)
    time += 1
    file.modified = time
  }

  private static func append(_ line: String, _ tag: Int, to file: File) {
    file.bytes += Array(line.utf8)
    file.ends.append(file.bytes.count)
    file.tags.append(tag)
    var digest = file.digests.last ?? 0xCBF2_9CE4_8422_2325
    for byte in line.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    file.digests.append(digest)
  }

  /// Whole lines, and perhaps the beginning of another.
  private mutating func write(_ index: Int) {
    if services[index].open == nil { reopen(index) }
    guard let file = services[index].open else { return }
    finishLine(of: file)
    if file.bytes.isEmpty { begin(file) }
    for _ in 0..<Int.random(in: 1...4, using: &generator) { writeLine(to: file) }
    if Int.random(in: 0..<4, using: &generator) == 0 {
      let half = "half \(lastTag)"
      change(file) { $0.bytes += Array(half.utf8) }
    }
  }

  private mutating func writeLine(to file: File) {
    lastTag += 1
    // A text of its own: what comes in between is what a reader could be mistaken about.
    let line = "\(services.count) GET /\(lastTag)\n"
    let tag = lastTag
    change(file) { Self.append(line, tag, to: $0) }
  }

  /// The header. It never stands alone, or two logs could not be told apart.
  private mutating func begin(_ file: File) {
    let header = Self.headers[Int.random(in: Self.headers.indices, using: &generator)]
    for line in header.split(separator: "\n") {
      lastTag += 1
      let tag = lastTag
      change(file) { Self.append("\(line)\n", tag, to: $0) }
    }
    for _ in 0..<2 { writeLine(to: file) }
    logCount += 1
    headerCounts[file.inode] = file.wholeCount
  }

  /// Ends the half line, if there is one.
  private mutating func finishLine(of file: File) {
    guard file.bytes.count > file.wholeCount else { return }
    lastTag += 1
    let half = String(decoding: file.bytes[file.wholeCount...], as: UTF8.self)
    let tag = lastTag
    change(file) {
      $0.bytes.removeLast($0.bytes.count - $0.wholeCount)
      Self.append("\(half) end\n", tag, to: $0)
    }
  }

  /// `access.log` becomes `access.log.1`, that `access.log.2`, and so on. The service writes on.
  private mutating func rename(_ index: Int) {
    guard services[index].files.first?.name == "\(services[index].name).log" else { return }
    services[index].files = services[index].files.prefix(Self.keptCount).enumerated().map {
      ("\(services[index].name).log.\($0 + 1)" + ($1.file.isCompressed ? ".gz" : ""), $1.file)
    }
  }

  /// The service makes itself a new `access.log`, if that was renamed.
  private mutating func reopen(_ index: Int) {
    let name = "\(services[index].name).log"
    if let first = services[index].files.first, first.name == name {
      services[index].open = first.file
      return
    }
    if let open = services[index].open { finishLine(of: open) }
    let file = newFile()
    begin(file)
    services[index].files.insert((name, file), at: 0)
    services[index].open = file
  }

  /// logrotate's `copytruncate`. What is written in between, nobody has.
  private mutating func copyAndTruncate(_ index: Int) {
    guard let first = services[index].files.first, services[index].open === first.file,
      first.name == "\(services[index].name).log"
    else { return }
    finishLine(of: first.file)
    let copy = newFile()
    change(copy) { $0.copyContent(of: first.file) }
    headerCounts[copy.inode] = headerCounts[first.file.inode]
    rename(index)
    // The rename has moved the original; it is the copy that is kept under the old names.
    services[index].files[0].file = copy
    services[index].files.insert(("\(services[index].name).log", first.file), at: 0)
    change(first.file) { file in
      (file.bytes, file.ends, file.tags, file.digests) = ([], [], [], [])
      file.truncations += 1
    }
  }

  private mutating func compress(_ index: Int) {
    guard
      let place = services[index].files.indices.first(where: { place in
        let (name, file) = services[index].files[place]
        return !file.isCompressed && file !== services[index].open && name.contains(".log.")
      })
    else { return }
    let plain = services[index].files[place].file
    let file = newFile(isCompressed: true)
    change(file) { $0.copyContent(of: plain) }
    headerCounts[file.inode] = headerCounts[plain.inode]
    services[index].files[place].file = file
    services[index].files[place].name += ".gz"
  }

  /// Somebody empties the log but for its first lines, and the service goes on: it is another log
  /// then, which begins as the old one did.
  private mutating func truncate(_ index: Int) {
    guard let open = services[index].open, let header = headerCounts[open.inode],
      open.wholeCount > header
    else { return }
    // One line less than what a first chunk has, so that no run has ended there.
    let kept = open.ends.count { $0 < header }
    let tags = (0..<kept).map { lastTag + 1 + $0 }
    lastTag += kept
    change(open) { file in
      file.bytes = Array(file.bytes[..<(kept == 0 ? 0 : file.ends[kept - 1])])
      file.ends = Array(file.ends[..<kept])
      file.digests = Array(file.digests[..<kept])
      file.tags = tags
      file.truncations += 1
    }
    writeLine(to: open)
    logCount += 1
    headerCounts[open.inode] = open.wholeCount
  }

  /// Somebody copies an old log, and takes a while: as long as the copy is shorter, it looks like a
  /// log that has shrunk.
  private mutating func copy(_ index: Int) {
    if let (original, copy) = services[index].copying {
      change(copy) { $0.copyContent(of: original) }
      services[index].copying = nil
      return
    }
    guard let last = services[index].files.last, last.file !== services[index].open,
      !last.name.hasSuffix(".bak"), services[index].files.count < 6
    else { return }
    let file = newFile(isCompressed: last.file.isCompressed)
    let header = headerCounts[last.file.inode] ?? 0
    headerCounts[file.inode] = header
    let count = Int.random(in: 0...last.file.lineCount, using: &generator)
    // Of less than a fingerprint nobody could say what it is the beginning of.
    let least = max(header, ImportSimulation.limits.fingerprintLength)
    let enough = last.file.ends.firstIndex { $0 >= least } ?? last.file.lineCount - 1
    let kept = max(count, enough + 1)
    change(file) { $0.copyContent(of: last.file, lines: kept) }
    services[index].copying = (last.file, file)
    services[index].files.append((last.name + ".bak", file))
  }

  private mutating func touch(_ index: Int) {
    guard let file = services[index].files.last?.file else { return }
    change(file) { _ in }
  }
}
