internal import ByteScanning

/// Reads one source from its first byte to its last and passes it on in chunks of whole lines.
///
/// A line may be up to `lineLimit` bytes long; a longer one is skipped, and a placeholder chunk
/// stands for it. If its end arrived with the read that crossed the limit, it is passed on
/// nevertheless, so code that takes a chunk apart has to check the length of its lines.
@usableFromInline
package struct SourceReader: ~Copyable {
  /// The longest line that is kept, in bytes without its terminator. Nothing that a web server
  /// writes comes close: nginx limits a request line to 8 KiB and headers to 32 KiB by default.
  @inlinable package static var lineLimit: Int { 1 << 20 }
  /// A line without LF that is longer than this is over the limit: the byte allowed beyond it may
  /// be the CR of a CRLF.
  private static let keptLimit = lineLimit + 1

  /// How long to wait for a pipe, in milliseconds, before the reading thread gets to do something
  /// else.
  package static let patience: Int32 = 200

  /// The path as the user gave it; `-` for standard input.
  package let path: String
  package let sourceIndex: Int
  /// The offset in the uncompressed content after the last chunk passed on.
  package private(set) var position = 0

  private var stream: DecodedStream
  private var reachedEnd = false
  private var failure: ReadingError?
  /// The start of a line whose end was not in the last chunk.
  private var carry = OwnedBuffer<UInt8>(capacity: 8192)
  private var sequence = 0
  /// How many of the bytes in `carry` were given back: whole lines that wait for more.
  private var heldBack = 0
  /// Whether lines may be given back to wait for those that follow. Not if none do: at the end of
  /// the source, and before a line over the limit.
  package private(set) var mayWait = true

  /// Whether lines that nothing follows yet may be left for a later run.
  package var mayLeave: Bool { leavesUnfinishedLine && reachedEnd }

  /// Opens the file at `path`, or standard input for `-`.
  ///
  /// - Parameter isArchive: whether it is a tar archive, whatever it looks like.
  package init(path: String, sourceIndex: Int, isArchive: Bool = false) throws(ReadingError) {
    self.path = path
    self.sourceIndex = sourceIndex
    stream = try DecodedStream(path: path, isArchive: isArchive)
  }

  /// Reads the file that `archive` has come to.
  ///
  /// - Parameter path: what it is called.
  package init(memberOf archive: TarArchive, path: String, sourceIndex: Int) {
    self.path = path
    self.sourceIndex = sourceIndex
    stream = DecodedStream(TarMember(of: archive))
  }

  /// Whether the content is an archive, of which there are no lines but those of its files. Known once
  /// the beginning was read.
  package var isArchive: Bool { stream.isArchive }

  /// The archive that the source is.
  ///
  /// - Precondition: it is one, and this is asked for once.
  package mutating func takeArchive() -> TarArchive { stream.takeArchive() }

  /// Whether the last line of a source is left alone while it has no terminator, because the server
  /// may still be writing it.
  package var leavesUnfinishedLine = false
  /// Whether that has happened: the source does not end with a line terminator, and what follows the last
  /// one was not passed on.
  package private(set) var hasLeftLine = false

  /// Bytes read from the file so far (compressed, if the file is).
  package var bytesRead: Int { stream.bytesRead }

  /// Whether positions in the content are not those in the file: it is compressed, or made into lines.
  /// Such logs are finished: their last line needs no end. Known once the beginning was read.
  package var isDecoded: Bool { stream.isDecoded }

  /// Whether the content is made into lines of UTF-8, because it is none.
  package var isConverted: Bool { stream.isConverted }

  /// About how many bytes the reading takes while it goes on.
  package var memory: Int { stream.memory }

  /// nil for a pipe.
  package var stamp: FileStamp? { stream.stamp }

  /// The first `length` bytes of the content, or fewer if there are not as many; for a pipe, those
  /// that have arrived. They will be read again as part of the chunks.
  ///
  /// - Precondition: nothing was read yet.
  package mutating func beginning(_ length: Int) -> [UInt8] {
    precondition(position == 0 && sequence == 0)
    var ahead = takeCarry()
    while ahead.count < length && !reachedEnd {
      if stream.isPipe && !ahead.isEmpty && !stream.hasInput(within: 0) { break }
      readMore(into: &ahead)
    }
    carry = ahead
    return carry.span.extracting(0..<min(length, carry.count)).copied()
  }

  /// Skips the content before `position`; in a plain file, without reading it.
  ///
  /// - Returns: the `length` bytes before `position`, or nil if the content ends before it.
  /// - Precondition: nothing has been passed on yet, and `length <= position`.
  package mutating func skip(
    to position: Int, returningLast length: Int
  ) throws(ReadingError) -> [UInt8]? {
    precondition(self.position == 0 && sequence == 0 && length <= position)
    var ahead = takeCarry()
    /// The offset in the content of the first byte in `ahead`.
    var start = 0
    if ahead.count < position, try stream.seek(to: position - length) {
      ahead.removeAll()
      reachedEnd = false
      start = position - length
    }
    while start + ahead.count < position && !reachedEnd {
      let surplus = ahead.count - length
      if surplus > ChunkPool.targetSize {
        ahead = OwnedBuffer(copying: ahead.span.extracting(surplus..<ahead.count))
        start += surplus
      }
      readMore(into: &ahead)
    }
    guard start + ahead.count >= position else {
      if let failure { throw failure }
      return nil
    }
    let offset = position - start
    carry.append(ahead.span.extracting(offset..<ahead.count))
    self.position = position
    return ahead.span.extracting(offset - length..<offset).copied()
  }

  /// Whether there is content that was neither skipped nor passed on.
  package var hasMore: Bool {
    mutating get {
      var ahead = takeCarry()
      while ahead.isEmpty && !reachedEnd { readMore(into: &ahead) }
      swap(&ahead, &carry)
      return !carry.isEmpty
    }
  }

  private mutating func takeCarry() -> OwnedBuffer<UInt8> {
    var taken = OwnedBuffer<UInt8>(capacity: 8192)
    swap(&taken, &carry)
    return taken
  }

  /// Takes back the content of `chunk`, the last one filled, from `offset` on. It comes with the
  /// next chunk; if all of it is taken back, it is as if the chunk had never been filled.
  ///
  /// - Parameter waits: whether these lines belong together with those that follow, so that a pipe
  ///   passes nothing on until some arrive.
  /// - Precondition: `offset` is the start of a line, and lines that wait ``mayWait``.
  package mutating func giveBack(_ chunk: Chunk, from offset: Int, waits: Bool) {
    precondition(offset >= 0 && offset <= chunk.bytes.count && chunk.endOffset == position)
    precondition(!waits || mayWait, "there is nothing to wait for")
    let incomplete = takeCarry()
    carry.append(chunk.bytes.span.extracting(offset..<chunk.bytes.count))
    heldBack = waits ? carry.count : 0
    position -= chunk.bytes.count - offset
    carry.append(incomplete.span)
    chunk.bytes.truncate(to: offset)
    chunk.endOffset = position
    if chunk.bytes.isEmpty { sequence -= 1 }
  }

  /// Leaves the content of `chunk`, the last of the source, from `offset` on for a later run to
  /// read.
  package mutating func leave(_ chunk: Chunk, from offset: Int) {
    precondition(mayLeave && chunk.endOffset == position)
    position -= chunk.bytes.count - offset
    chunk.bytes.truncate(to: offset)
    chunk.endOffset = position
    if chunk.bytes.isEmpty { sequence -= 1 }
  }

  /// Fills `chunk` with the next whole lines; false if the source has no more.
  ///
  /// A pipe passes on the lines it has rather than wait for a full chunk, and an empty chunk if it
  /// has had none for `patience`; empty chunks have no number in the sequence. A failure is thrown
  /// after the lines before it have been passed on; anything between the last line terminator and
  /// the failure is dropped, because it may be half a line, and half a number is a wrong one.
  package mutating func fill(_ chunk: Chunk) throws(ReadingError) -> Bool {
    chunk.reset(sourceIndex: sourceIndex, sequence: sequence, sourceOffset: position)
    chunk.bytes.append(carry.span)
    carry.removeAll()
    /// Lines given back to wait are no reason to pass on a chunk.
    let held = heldBack
    heldBack = 0
    mayWait = true
    // Lines that keep waiting are examined again with each chunk, so the chunks grow with them.
    let goal = ChunkPool.targetSize + (held > ChunkPool.targetSize / 2 ? held : 0)
    /// The offset after the last line terminator in the chunk.
    var end = 0
    var searched = 0
    while true {
      if let newline = chunk.bytes.span.lastNewline(from: searched) { end = newline + 1 }
      searched = chunk.bytes.count
      if end == 0 && searched > Self.keptLimit {
        if !dropHole(from: chunk) { return try skipLine(in: chunk) }
        searched = 0
        continue
      }
      if reachedEnd || end == held && searched - end > Self.keptLimit {
        mayWait = false
        break
      }
      if end > held && searched >= goal { break }
      if stream.isPipe && !stream.hasInput(within: end > held ? 0 : Self.patience) {
        if end <= held {
          carry.append(chunk.bytes.span)
          chunk.bytes.removeAll()
          heldBack = held
          return true
        }
        break
      }
      readMore(into: &chunk.bytes)
    }
    return try cut(chunk, at: end)
  }

  /// Passes on the lines up to `end` and keeps the rest for the next chunk. At the end of the
  /// source, the last line needs no terminator.
  private mutating func cut(_ chunk: Chunk, at end: Int) throws(ReadingError) -> Bool {
    let isLast = reachedEnd && failure == nil && chunk.bytes.count - end <= Self.keptLimit
    if isLast && leavesUnfinishedLine {
      if chunk.bytes.count > end { hasLeftLine = true }
      chunk.bytes.truncate(to: end)
    } else if !isLast {
      carry.append(chunk.bytes.span.extracting(end..<chunk.bytes.count))
      chunk.bytes.truncate(to: end)
    }
    if chunk.bytes.isEmpty {
      if let failure { throw failure }
      return false
    }
    finish(chunk, length: chunk.bytes.count)
    return true
  }

  /// Drops zeros before the first byte of `chunk`: a log whose server does not append begins with a hole
  /// after it was copied and truncated, as long as it was before.
  ///
  /// - Returns: whether there were any.
  private mutating func dropHole(from chunk: Chunk) -> Bool {
    let count = chunk.bytes.span.zeroCount
    if count == 0 { return false }
    carry.append(chunk.bytes.span.extracting(count..<chunk.bytes.count))
    position += count
    chunk.reset(sourceIndex: sourceIndex, sequence: sequence, sourceOffset: position)
    chunk.bytes.append(carry.span)
    carry.removeAll()
    return true
  }

  /// Reads on, discarding what it reads, until the line that fills `chunk` ends. A partial line,
  /// after which the source failed or may go on, counts as little here as a short one.
  private mutating func skipLine(in chunk: Chunk) throws(ReadingError) -> Bool {
    var length = 0
    while true {
      if let newline = chunk.bytes.span.firstNewline() {
        length += newline + 1
        carry.append(chunk.bytes.span.extracting((newline + 1)..<chunk.bytes.count))
        break
      }
      length += chunk.bytes.count
      chunk.bytes.removeAll()
      if reachedEnd {
        if let failure { throw failure }
        if leavesUnfinishedLine {
          hasLeftLine = true
          return false
        }
        break
      }
      readMore(into: &chunk.bytes)
    }
    chunk.bytes.removeAll()
    chunk.isOversizedLine = true
    finish(chunk, length: length)
    return true
  }

  private mutating func finish(_ chunk: Chunk, length: Int) {
    position += length
    chunk.endOffset = position
    sequence += 1
  }

  private mutating func readMore(into bytes: inout OwnedBuffer<UInt8>) {
    do throws(ReadingError) {
      reachedEnd = try !stream.read(into: &bytes)
    } catch {
      failure = error
      reachedEnd = true
    }
  }
}

extension Span where Element == UInt8 {
  fileprivate func lastNewline(from start: Int) -> Int? {
    lastOffset(of: UInt8(ascii: "\n"), from: start, to: count)
  }

  /// How many zeros it begins with.
  fileprivate var zeroCount: Int {
    var count = 0
    while count < self.count, self[count] == 0 { count += 1 }
    return count
  }

  fileprivate func firstNewline() -> Int? {
    let offset = firstOffset(of: UInt8(ascii: "\n"), from: 0, to: count)
    return offset == count ? nil : offset
  }
}
