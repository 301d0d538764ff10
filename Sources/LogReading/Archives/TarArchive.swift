internal import ByteScanning

/// A tar archive, read once from its beginning to its end: its files one after another.
///
/// Nothing of it is kept but the block that is being read, so an archive may be of any size. Links,
/// directories and devices are passed over. What follows the end of the archive is read on as another
/// one, as `tar --ignore-zeros` does, since two may have been joined.
///
/// It belongs to one thread at a time.
package final class TarArchive {
  /// How many bytes of pax records, or of a long name, an entry may have.
  static let recordsLimit = 1 << 20
  /// How many files are read; the rest is an error.
  package static let memberLimit = 100_000

  /// A file in an archive.
  package struct Member {
    /// As the archive has it: any bytes but NUL.
    package var name: [UInt8]
    /// Bytes.
    package var size: Int
    /// Why it cannot be read.
    package var problem: ReadingError?
  }

  /// How many files have come so far.
  package private(set) var memberCount = 0

  private let content: RawStream
  private var buffer: OwnedBuffer<UInt8>
  /// Where the unused bytes in `buffer` begin.
  private var start = 0
  /// How many bytes of the current file are still to come, and how many of them pad its last block.
  private var left = 0
  private var padding = 0
  /// The offset in the content behind what was taken.
  private var offset = 0

  init(_ content: RawStream, beginning: consuming OwnedBuffer<UInt8>) {
    self.content = content
    buffer = beginning
  }

  /// Bytes read from the file.
  package var bytesRead: Int { content.bytesRead }

  /// The next file; nil at the end. What is left of the one before is passed over.
  package func next() throws(ReadingError) -> Member? {
    try skip(left + padding)
    (left, padding) = (0, 0)
    var records: PaxRecords?
    var longName: [UInt8]?
    while let header = try nextHeader() {
      switch header.kind {
      case .records:
        let bytes = try take(header)
        guard let found = PaxRecords(bytes.span) else { throw damaged("records") }
        records = found
        continue
      case .longName:
        longName = Array(try take(header).prefix { $0 != 0 })
        continue
      case .file, .sparse:
        if memberCount == Self.memberLimit { throw .tooManyMembers(limit: Self.memberLimit) }
        memberCount += 1
        left = records?.size ?? header.size
        padding = Self.padding(of: left)
        return member(header, records, longName ?? records?.name)
      case .empty, .other:
        let size = header.kind == .empty ? 0 : header.size
        try skip(size + Self.padding(of: size))
      }
      (records, longName) = (nil, nil)
    }
    return nil
  }

  private func member(
    _ header: TarHeader, _ records: PaxRecords?, _ name: [UInt8]?
  ) -> Member {
    var member = Member(name: name ?? header.name, size: left)
    if header.kind == .sparse || records?.isSparse == true { member.problem = .sparseMember }
    return member
  }

  /// Appends at most `limit` of the current file's next bytes; nothing at its end.
  func read(atMost limit: Int, into bytes: inout OwnedBuffer<UInt8>) throws(ReadingError) {
    guard left > 0 else { return }
    if start == buffer.count, try !refill() { throw .truncatedArchive(contentOffset: offset) }
    let count = min(limit, left, buffer.count - start)
    bytes.append(buffer.span.extracting(start..<start + count))
    pass(count)
    left -= count
  }

  // MARK: Blocks

  private static func padding(of size: Int) -> Int { -size & (TarHeader.blockSize - 1) }

  /// The next block that is no padding; nil at the end of the content.
  private func nextHeader() throws(ReadingError) -> TarHeader? {
    while let block = try nextBlock() {
      if block.allSatisfy({ $0 == 0 }) { continue }
      guard let header = TarHeader(block.span) else { throw damaged("a header") }
      return header
    }
    return nil
  }

  private func nextBlock() throws(ReadingError) -> [UInt8]? {
    while buffer.count - start < TarHeader.blockSize {
      guard try refill() else {
        // Some programs write no whole block at the end.
        let rest = buffer.span.extracting(start..<buffer.count).copied()
        if rest.allSatisfy({ $0 == 0 }) { return nil }
        throw memberCount == 0 && offset == 0
          ? damaged("a header") : .truncatedArchive(contentOffset: offset)
      }
    }
    defer { pass(TarHeader.blockSize) }
    return buffer.span.extracting(start..<start + TarHeader.blockSize).copied()
  }

  /// The content behind a header that describes another.
  private func take(_ header: TarHeader) throws(ReadingError) -> [UInt8] {
    guard header.size <= Self.recordsLimit else { throw damaged("a name") }
    while buffer.count - start < header.size {
      guard try refill() else { throw .truncatedArchive(contentOffset: offset) }
    }
    let bytes = buffer.span.extracting(start..<start + header.size).copied()
    pass(header.size)
    try skip(Self.padding(of: header.size))
    return bytes
  }

  private func skip(_ count: Int) throws(ReadingError) {
    var count = count
    while count > 0 {
      if start == buffer.count, try !refill() {
        throw .truncatedArchive(contentOffset: offset)
      }
      let part = min(count, buffer.count - start)
      pass(part)
      count -= part
    }
  }

  private func pass(_ count: Int) {
    start += count
    offset += count
  }

  /// Appends the content's next bytes to the buffer, and drops those that were used; false at the end.
  private func refill() throws(ReadingError) -> Bool {
    if start > 0 {
      buffer = OwnedBuffer(copying: buffer.span.extracting(start..<buffer.count))
      start = 0
    }
    let before = buffer.count
    while buffer.count == before {
      guard try content.read(into: &buffer) else { return false }
    }
    return true
  }

  private func damaged(_ part: String) -> ReadingError {
    .corruptArchive(part: part, contentOffset: offset)
  }
}

/// The file that an archive has come to, as a source of bytes.
final class TarMember: ByteSource {
  private let archive: TarArchive

  init(of archive: TarArchive) { self.archive = archive }

  var stamp: FileStamp? { nil }
  func hasInput(within milliseconds: Int32) -> Bool { true }
  func read(atMost limit: Int, into bytes: inout OwnedBuffer<UInt8>) throws(ReadingError) {
    try archive.read(atMost: limit, into: &bytes)
  }
  func seek(to offset: Int) throws(ReadingError) {
    preconditionFailure("a member has no other place to go to")
  }
}
