internal import ByteScanning

/// The content of one file or of standard input, inflated if it is gzip.
///
/// Gzip (RFC 1952) is recognized by its first two bytes, not by the file's name. Members may follow
/// one another, and zero bytes may pad the end, as in tape blocks. A byte-order mark at the start
/// of the content is dropped.
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
  /// How many bytes have been inflated so far, until it is known whether they begin with a
  /// byte-order mark.
  private var beginningCount: Int? = 0

  private enum Encoding {
    case unknown
    case plain
    case gzip(Inflater)
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
    guard case .plain = encoding, !isPipe else { return false }
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

  /// Bytes read from the file.
  var bytesRead: Int { fileOffset - skippedBytes }

  /// Whether `read` would return at once, now or within this many milliseconds.
  func hasInput(within milliseconds: Int32) -> Bool {
    inputStart < input.count || mayHoldBackOutput || file.hasInput(within: milliseconds)
  }

  /// Appends the next piece of the content, at most `stepSize` bytes and possibly none; returns
  /// false at the end.
  mutating func read(into bytes: inout OwnedBuffer<UInt8>) throws(ReadingError) -> Bool {
    switch encoding {
    case .unknown:
      try recognize()
      return true
    case .plain:
      return try readPlain(into: &bytes)
    case .gzip(let inflater):
      guard let known = beginningCount else { return try readGzip(by: inflater, into: &bytes) }
      let before = bytes.count
      defer { dropByteOrderMark(from: &bytes, known: known + bytes.count - before) }
      return try readGzip(by: inflater, into: &bytes)
    }
  }

  /// Drops a byte-order mark from the beginning of inflated content, as soon as enough of it is
  /// there to tell: `known` bytes, all of them in `bytes` unless some were passed on already.
  private mutating func dropByteOrderMark(
    from bytes: inout OwnedBuffer<UInt8>, known: Int
  ) {
    beginningCount = known < 3 && known == bytes.count ? known : nil
    guard beginningCount == nil, known == bytes.count, case .byteOrderMark = bytes.span.signature()
    else { return }
    let rest = OwnedBuffer<UInt8>(copying: bytes.span.extracting(3..<bytes.count))
    bytes = rest
  }

  /// Reads the first bytes and determines what they are.
  private mutating func recognize() throws(ReadingError) {
    while input.count < 6, try refill() {}
    switch input.span.signature() {
    case .gzip: encoding = .gzip(Inflater())
    case .none: encoding = .plain
    case .byteOrderMark:
      encoding = .plain
      inputStart = 3
      contentStart = 3
    case .other(let name, let command):
      throw .unsupportedCompression(name: name, command: command)
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

  private mutating func readGzip(
    by inflater: Inflater, into bytes: inout OwnedBuffer<UInt8>
  ) throws(ReadingError) -> Bool {
    if inputStart == input.count && !mayHoldBackOutput {
      guard try refill() else {
        if isBetweenMembers { return false }
        throw .truncatedGzip(fileOffset: fileOffset)
      }
    }
    if isBetweenMembers {
      guard try skipToMember() else { return true }
      isBetweenMembers = false
    }
    bytes.reserve(Self.stepSize)
    let unused = inputStart..<input.count
    let before = bytes.count
    do throws(Inflater.Corruption) {
      let step = try inflater.inflate(
        input.span.extracting(unused), into: &bytes, atMost: Self.stepSize)
      inputStart += step.consumed
      isBetweenMembers = step.progress == .memberEnded
    } catch {
      let offset = fileOffset - unused.count + error.consumed
      throw .corruptGzip(reason: error.reason, fileOffset: offset)
    }
    mayHoldBackOutput = !isBetweenMembers && bytes.count - before == Self.stepSize
    return true
  }

  /// Between members, skips zero bytes; true if a member begins after them.
  ///
  /// - Throws: `trailingBytes` if something else begins there.
  private mutating func skipToMember() throws(ReadingError) -> Bool {
    while inputStart < input.count, input[inputStart] == 0 { inputStart += 1 }
    if inputStart == input.count { return false }
    guard input[inputStart] == 0x1F else {
      throw .trailingBytes(fileOffset: fileOffset - (input.count - inputStart))
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

/// What the first bytes of a file say about the rest.
private enum Signature {
  case none
  case byteOrderMark
  case gzip
  case other(name: String, command: String)
}

extension Span where Element == UInt8 {
  fileprivate func signature() -> Signature {
    if count >= 2, self[0] == 0x1F, self[1] == 0x8B { return .gzip }
    // A host name may begin like this, too; the level and the first byte of the magic number
    // decide.
    if holds("BZh", at: 0, before: count), count >= 5, self[3] &- UInt8(ascii: "1") < 9,
      self[4] == 0x31 || self[4] == 0x17
    {
      return .other(name: "bzip2", command: "bzcat")
    }
    if holds("7zXZ", at: 1, before: count), self[0] == 0xFD {
      return .other(name: "xz", command: "xzcat")
    }
    if count >= 4, self[0] == 0x28, self[1] == 0xB5, self[2] == 0x2F, self[3] == 0xFD {
      return .other(name: "zstd", command: "zstdcat")
    }
    return holds("\u{FEFF}", at: 0, before: count) ? .byteOrderMark : .none
  }
}
