internal import ByteScanning

/// The content of one file or of standard input: decompressed, and made into lines of UTF-8 where it
/// is something else (``ContentConversion``).
///
/// A compression is recognized by its first bytes, not by the file's name. Members may follow one
/// another, and zero bytes may pad the end, as in tape blocks. A byte-order mark at the start of the
/// content is dropped.
struct DecodedStream: ~Copyable {
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

  private let file: OpenFile
  private var encoding = Encoding.unknown
  private var isBetweenMembers = true
  private var input = OwnedBuffer<UInt8>(capacity: DecodedStream.inputSize)
  /// Where the unused bytes in `input` begin.
  private var inputStart = 0
  /// Whether libz may have more output than the last step had room for, although it took all input.
  private var mayHoldBackOutput = false
  private var conversion = ContentConversion()
  /// What was read and is to be converted.
  private var unconverted = OwnedBuffer<UInt8>(capacity: 16)
  /// Why reading has failed, until what came before is passed on.
  private var failure: ReadingError?
  private var isAtEnd = false

  private enum Encoding {
    case unknown
    case plain
    case compressed(Compression, any Decompressor)
  }

  /// Opens the file at `path`, or standard input for `-`.
  init(path: String) throws(ReadingError) {
    file = try OpenFile(path: path)
  }

  /// A pipe or a terminal, which delivers data as it becomes available.
  var isPipe: Bool { file.stamp == nil }

  var stamp: FileStamp? { file.stamp }

  /// Makes `position` in the content the place to read next, if that is possible without reading
  /// everything before it.
  mutating func seek(to position: Int) throws(ReadingError) -> Bool {
    guard case .plain = encoding, !isPipe, conversion.isTransparent else { return false }
    let offset = contentStart + position
    do throws(OpenFile.ErrorNumber) {
      try file.seek(to: offset)
    } catch {
      throw .readFailed(errno: error.value, fileOffset: offset)
    }
    input.removeAll()
    inputStart = 0
    skippedBytes += offset - fileOffset
    fileOffset = offset
    return true
  }

  /// Whether positions in the content are not those in the file, so that all before them has to be
  /// read again to get there.
  var isDecoded: Bool {
    if case .plain = encoding { !conversion.isTransparent } else { true }
  }

  /// Whether the content is made into lines.
  var isConverted: Bool { conversion.isConverting }

  /// About how many bytes are needed to decompress it.
  var memory: Int {
    if case .compressed(let compression, _) = encoding { compression.memory } else { 0 }
  }

  /// Bytes read from the file.
  var bytesRead: Int { fileOffset - skippedBytes }

  /// Whether `read` would return at once, now or within this many milliseconds.
  func hasInput(within milliseconds: Int32) -> Bool {
    inputStart < input.count || mayHoldBackOutput || file.hasInput(within: milliseconds)
  }

  /// Appends the next piece of the content, usually at most `stepSize` bytes and possibly none;
  /// returns false at the end.
  mutating func read(into bytes: inout OwnedBuffer<UInt8>) throws(ReadingError) -> Bool {
    if let failure { throw failure }
    if isAtEnd { return false }
    if conversion.isTransparent { return try readUnconverted(into: &bytes) }
    var read = OwnedBuffer<UInt8>(capacity: 16)
    swap(&read, &unconverted)
    read.removeAll()
    do throws(ReadingError) {
      isAtEnd = try !readUnconverted(into: &read)
      conversion.convert(read.span, into: &bytes)
      if isAtEnd { conversion.finish(isCut: false, into: &bytes) }
    } catch {
      // What came before the failure is passed on first.
      failure = error
      conversion.convert(read.span, into: &bytes)
      conversion.finish(isCut: true, into: &bytes)
    }
    if conversion.isArchive {
      throw .unsupportedFile(name: "a tar archive", command: "tar xOf FILE")
    }
    if !conversion.isTransparent { unconverted = read }
    return true
  }

  private mutating func readUnconverted(
    into bytes: inout OwnedBuffer<UInt8>
  ) throws(ReadingError) -> Bool {
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
  private mutating func recognize() throws(ReadingError) {
    while input.count < 6, try refill() {}
    if let compression = Compression(magicNumberOf: input.span) {
      encoding = .compressed(compression, compression.makeDecompressor())
      return
    }
    if let container = input.span.unsupportedContainer { throw container }
    encoding = .plain
    if input.span.holds("\u{FEFF}", at: 0, before: input.count) {
      inputStart = 3
      contentStart = 3
    }
  }

  private mutating func readPlain(
    into bytes: inout OwnedBuffer<UInt8>
  ) throws(ReadingError) -> Bool {
    if inputStart < input.count {
      bytes.append(input.span.extracting(inputStart..<input.count))
      inputStart = input.count
      return true
    }
    let before = bytes.count
    do throws(OpenFile.ErrorNumber) {
      try file.read(atMost: Self.stepSize, into: &bytes)
    } catch {
      throw .readFailed(errno: error.value, fileOffset: fileOffset)
    }
    fileOffset += bytes.count - before
    return bytes.count > before
  }

  private mutating func readCompressed(
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
  private mutating func skipToMember(
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
  private mutating func refill() throws(ReadingError) -> Bool {
    if inputStart == input.count {
      input.removeAll()
      inputStart = 0
    }
    let before = input.count
    do throws(OpenFile.ErrorNumber) {
      try file.read(atMost: Self.inputSize, into: &input)
    } catch {
      throw .readFailed(errno: error.value, fileOffset: fileOffset)
    }
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
