internal import ByteScanning

/// The content of one file, of standard input or of an archive's member, decompressed.
///
/// A compression is recognized by its first bytes, not by the file's name. Members may follow one
/// another, and zero bytes may pad the end, as in tape blocks. A byte-order mark at the start of plain
/// content is dropped.
final class RawStream {
  /// How much libz is asked to inflate at a time. After each step it copies the last 32 KiB into
  /// its window, and near both ends of a step it works byte by byte: with half of this, and a
  /// quarter of the input, inflating took 7 % longer.
  static let stepSize = 128 * 1024
  static let inputSize = 128 * 1024

  /// The offset in the file after the bytes taken from it so far (compressed, if the file is).
  private(set) var fileOffset = 0
  /// Bytes that were skipped without reading them.
  private var skippedBytes = 0
  /// Where the content begins in a plain file: after a byte-order mark.
  private var contentStart = 0

  private let source: any ByteSource
  private var encoding = Encoding.unknown
  private var isBetweenMembers = true
  private var input: OwnedBuffer<UInt8>
  /// Where the unused bytes in `input` begin.
  private var inputStart = 0
  /// Whether libz may have more output than the last step had room for, although it took all input.
  private var mayHoldBackOutput = false

  private enum Encoding {
    case unknown
    case plain
    case compressed(Compression, any Decompressor)
  }

  init(_ source: any ByteSource) {
    self.source = source
    // Many small files may be open at once.
    let size = source.stamp?.size ?? Self.inputSize
    input = OwnedBuffer(capacity: min(max(size, 16), Self.inputSize))
  }

  var stamp: FileStamp? { source.stamp }

  /// Whether all bytes are those of the file. Known once the beginning was read.
  var isPlain: Bool { if case .plain = encoding { true } else { false } }

  /// About how many bytes are needed to decompress it.
  var memory: Int {
    if case .compressed(_, let decompressor) = encoding { decompressor.memory } else { 0 }
  }

  /// Bytes read from the file.
  var bytesRead: Int { fileOffset - skippedBytes }

  /// Whether `read` would return at once, now or within this many milliseconds.
  func hasInput(within milliseconds: Int32) -> Bool {
    inputStart < input.count || mayHoldBackOutput || source.hasInput(within: milliseconds)
  }

  /// Makes `position` in the content the place to read next.
  ///
  /// - Precondition: it is plain, and no pipe.
  func seek(to position: Int) throws(ReadingError) {
    let offset = contentStart + position
    try source.seek(to: offset)
    input.removeAll()
    inputStart = 0
    skippedBytes += offset - fileOffset
    fileOffset = offset
  }

  /// Appends the next piece of the content, usually at most `stepSize` bytes and possibly none;
  /// returns false at the end.
  func read(into bytes: inout OwnedBuffer<UInt8>) throws(ReadingError) -> Bool {
    switch encoding {
    case .unknown:
      try recognize()
      return true
    case .plain: return try readPlain(into: &bytes)
    case .compressed(let compression, let decompressor):
      return try readCompressed(compression, by: decompressor, into: &bytes)
    }
  }

  /// Reads the first bytes and determines what they are.
  private func recognize() throws(ReadingError) {
    while input.count < 6, try refill() {}
    if let compression = Self.compression(input) {
      encoding = .compressed(compression, compression.makeDecompressor())
      return
    }
    if let container = Self.unsupportedContainer(input) { throw container }
    encoding = .plain
    if input.span.holds("\u{FEFF}", at: 0, before: input.count) {
      inputStart = 3
      contentStart = 3
    }
  }

  private static func unsupportedContainer(
    _ bytes: borrowing OwnedBuffer<UInt8>
  ) -> ReadingError? {
    bytes.span.unsupportedContainer
  }

  private static func compression(_ bytes: borrowing OwnedBuffer<UInt8>) -> Compression? {
    Compression(magicNumberOf: bytes.span)
  }

  private func readPlain(
    into bytes: inout OwnedBuffer<UInt8>
  ) throws(ReadingError) -> Bool {
    if inputStart < input.count {
      bytes.append(input.span.extracting(inputStart..<input.count))
      inputStart = input.count
      return true
    }
    let before = bytes.count
    try source.read(atMost: Self.stepSize, into: &bytes)
    fileOffset += bytes.count - before
    return bytes.count > before
  }

  private func readCompressed(
    _ compression: Compression, by decompressor: any Decompressor,
    into bytes: inout OwnedBuffer<UInt8>
  ) throws(ReadingError) -> Bool {
    if inputStart == input.count && !mayHoldBackOutput {
      guard try refill() else {
        if isBetweenMembers { return false }
        throw compression.truncation(at: fileOffset)
      }
    }
    if isBetweenMembers {
      guard try skipToMember(of: compression) else { return true }
      isBetweenMembers = false
    }
    bytes.reserve(Self.stepSize)
    let unused = inputStart..<input.count
    let before = bytes.count
    do throws(Corruption) {
      let step = try decompressor.decompress(
        input.span.extracting(unused), into: &bytes, atMost: Self.stepSize)
      inputStart += step.consumed
      isBetweenMembers = step.progress == .memberEnded
    } catch {
      let offset = fileOffset - unused.count + error.consumed
      throw compression.corruption(error.reason, at: offset)
    }
    mayHoldBackOutput = !isBetweenMembers && bytes.count - before == Self.stepSize
    return true
  }

  /// Between members, skips zero bytes; true if a member begins after them.
  ///
  /// - Throws: `trailingBytes` if something else begins there.
  private func skipToMember(
    of compression: Compression
  ) throws(ReadingError) -> Bool {
    while inputStart < input.count, input[inputStart] == 0 { inputStart += 1 }
    if inputStart == input.count { return false }
    guard compression.mayBegin(input.span, at: inputStart) else {
      throw compression.surplus(at: fileOffset - (input.count - inputStart))
    }
    return true
  }

  /// Appends the file's next bytes to the input and drops those already used; false at the end.
  private func refill() throws(ReadingError) -> Bool {
    if inputStart == input.count {
      input.removeAll()
      inputStart = 0
    }
    let before = input.count
    try source.read(atMost: Self.inputSize, into: &input)
    fileOffset += input.count - before
    return input.count > before
  }
}

extension Compression {
  fileprivate func truncation(at offset: Int) -> ReadingError {
    self == .gzip ? .truncatedGzip(fileOffset: offset) : .truncated(self, fileOffset: offset)
  }

  fileprivate func corruption(_ reason: String, at offset: Int) -> ReadingError {
    self == .gzip
      ? .corruptGzip(reason: reason, fileOffset: offset)
      : .corrupt(self, reason: reason, fileOffset: offset)
  }

  fileprivate func surplus(at offset: Int) -> ReadingError {
    self == .gzip ? .trailingBytes(fileOffset: offset) : .followed(self, fileOffset: offset)
  }
}

extension Span where Element == UInt8 {
  /// What the first bytes are that is known, and not read.
  fileprivate var unsupportedContainer: ReadingError? {
    func begins(_ magic: [UInt8]) -> Bool {
      count >= magic.count && magic.indices.allSatisfy { self[$0] == magic[$0] }
    }
    if begins([0x50, 0x4B, 0x03, 0x04]) || begins([0x50, 0x4B, 0x05, 0x06]) {
      return .unsupportedFile(name: "a zip archive", command: "unzip -p FILE")
    }
    if begins([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]) {
      return .unsupportedFile(name: "a 7z archive", command: "7z x -so FILE")
    }
    if begins(Array("Rar!".utf8) + [0x1A, 0x07]) {
      return .unsupportedFile(name: "a RAR archive", command: "unrar p -inul FILE")
    }
    if begins(Array("PAR1".utf8)) {
      return .unsupportedFile(
        name: "a Parquet file", command: "duckdb -json -c \"SELECT * FROM 'FILE'\"")
    }
    if begins([0x1F, 0x9D]) { return .unsupportedCompression(name: "compress", command: "zcat") }
    if begins([0x04, 0x22, 0x4D, 0x18]) {
      return .unsupportedCompression(name: "lz4", command: "lz4cat")
    }
    // Properties, then the size of the dictionary (LZMA_Alone).
    if count >= 6, self[0] == 0x5D, self[1] == 0, self[2] == 0, self[4] <= 0x08 {
      return .unsupportedCompression(name: "lzma", command: "lzcat")
    }
    return nil
  }
}
