internal import ByteScanning

/// Makes lines of UTF-8 of content that is none: UTF-16, lines that end with a carriage return alone,
/// JSON over several lines or around many records, and CSV. What is neither is passed on as it is.
///
/// The first bytes decide, once there are enough of them. Nothing is kept beyond these and a record.
struct ContentConversion: ~Copyable {
  /// How many bytes at the start may be looked at before it is known what they are: a line at the
  /// limit, and more.
  static let beginningLimit = 2 << 20

  private enum Form {
    /// It is not known yet.
    case open
    case lines
    case carriageReturns
    case json
    case values
    case tar
  }

  private var decoder: UTF16Decoder?
  /// Whether the first bytes have shown whether the text is UTF-16, or begins with a byte-order mark.
  private var isMarkRead = false
  private var form = Form.open
  /// What came before it was known what it is.
  private var beginning = OwnedBuffer<UInt8>(capacity: 16)
  private var decoded = OwnedBuffer<UInt8>(capacity: 16)
  private var flattening = JSONFlattening()
  private var rows = DelimitedRows()
  /// Whether the last byte was a carriage return.
  private var endsWithReturn = false

  /// - Parameter isArchive: whether it is known to be a tar archive.
  init(ofArchive isArchive: Bool = false) {
    if isArchive { (form, isMarkRead) = (.tar, true) }
  }

  /// Whether all that follows is passed on as it is.
  var isTransparent: Bool {
    if case .lines = form { decoder == nil } else { false }
  }

  /// Whether the content is made into something else.
  var isConverting: Bool {
    switch form {
    case .open, .lines: decoder != nil
    case .carriageReturns, .json, .values, .tar: true
    }
  }

  /// Whether the content is a tar archive, of which nothing is passed on.
  var isArchive: Bool { if case .tar = form { true } else { false } }

  /// What was read of an archive before it was known to be one.
  mutating func takeBeginning() -> OwnedBuffer<UInt8> { take() }

  /// Appends what `bytes`, the next ones of the content, stand for.
  mutating func convert(_ bytes: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>) {
    if !isMarkRead {
      beginning.append(bytes)
      guard beginning.count >= 3 else { return }
      readMark()
      let rest = take()
      convertMarked(rest.span, into: &output)
      return
    }
    convertMarked(bytes, into: &output)
  }

  /// Appends what is left at the end.
  ///
  /// - Parameter isCut: whether the content was to go on, so that half a record is none.
  mutating func finish(isCut: Bool, into output: inout OwnedBuffer<UInt8>) {
    if !isMarkRead {
      readMark()
      let rest = take()
      convertMarked(rest.span, into: &output)
    }
    if case .open = form {
      let rest = take()
      form = Self.form(of: rest.span, isWhole: true) ?? .lines
      pass(rest.span, into: &output)
    }
    switch form {
    case .json: flattening.finish(isCut: isCut, into: &output)
    case .values: rows.finish(isCut: isCut, into: &output)
    case .open, .lines, .carriageReturns, .tar: break
    }
  }

  private mutating func readMark() {
    isMarkRead = true
    let first = take()
    let length: Int
    switch Self.mark(of: first.span) {
    case .littleEndian:
      decoder = UTF16Decoder(isBigEndian: false)
      length = 2
    case .bigEndian:
      decoder = UTF16Decoder(isBigEndian: true)
      length = 2
    case .utf8: length = 3
    case nil: length = 0
    }
    beginning.append(first.span.extracting(length..<first.count))
  }

  private enum Mark { case littleEndian, bigEndian, utf8 }

  private static func mark(of bytes: borrowing Span<UInt8>) -> Mark? {
    if bytes.count >= 2, bytes[0] == 0xFF, bytes[1] == 0xFE { return .littleEndian }
    if bytes.count >= 2, bytes[0] == 0xFE, bytes[1] == 0xFF { return .bigEndian }
    return bytes.holds("\u{FEFF}", at: 0, before: bytes.count) ? .utf8 : nil
  }

  private mutating func take() -> OwnedBuffer<UInt8> {
    var taken = OwnedBuffer<UInt8>(capacity: 16)
    swap(&taken, &beginning)
    return taken
  }

  private mutating func convertMarked(
    _ bytes: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>
  ) {
    guard var decoder else { return convertText(bytes, into: &output) }
    var text = OwnedBuffer<UInt8>(capacity: 16)
    swap(&text, &decoded)
    text.removeAll()
    decoder.decode(bytes, into: &text)
    self.decoder = decoder
    convertText(text.span, into: &output)
    decoded = text
  }

  private mutating func convertText(
    _ bytes: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>
  ) {
    guard case .open = form else { return pass(bytes, into: &output) }
    beginning.append(bytes)
    let isTooLong = beginning.count > Self.beginningLimit
    guard let found = Self.form(of: beginning.span, isWhole: isTooLong) else { return }
    form = found
    let rest = take()
    pass(rest.span, into: &output)
  }

  private mutating func pass(
    _ bytes: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>
  ) {
    switch form {
    case .open, .lines: output.append(bytes)
    case .carriageReturns: replaceReturns(bytes, into: &output)
    case .json: flattening.flatten(bytes, into: &output)
    case .values: rows.convert(bytes, into: &output)
    case .tar: beginning.append(bytes)
    }
  }

  private mutating func replaceReturns(
    _ bytes: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>
  ) {
    for index in bytes.indices {
      let byte = bytes[index]
      // A line feed after one would end an empty line.
      if byte != UInt8(ascii: "\n") || !endsWithReturn {
        output.append(byte == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : byte)
      }
      endsWithReturn = byte == UInt8(ascii: "\r")
    }
  }

  // MARK: What it is

  /// How many bytes without a line feed are looked at for carriage returns.
  private static let returnsLimit = 16 << 10

  /// What content that begins with `bytes` is; nil if more of it has to be seen.
  ///
  /// - Parameter isWhole: whether no more will be seen.
  private static func form(of bytes: borrowing Span<UInt8>, isWhole: Bool) -> Form? {
    // Text has no NUL: a tar archive has many in its first header (POSIX, ustar).
    let nul = bytes.firstOffset(of: 0, from: 0, to: min(bytes.count, 512))
    if nul < min(bytes.count, 512) {
      if bytes.count < 512, !isWhole { return nil }
      if bytes.holds("ustar", at: 257, before: bytes.count) { return .tar }
    }
    var start = 0
    while start < bytes.count, bytes[start] <= UInt8(ascii: " ") { start += 1 }
    guard start < bytes.count else { return isWhole ? .lines : nil }
    if bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "[") {
      switch JSONFlattening.isNeeded(for: bytes, from: start, isWhole: isWhole) {
      case true?: return .json
      case false?: return .lines
      case nil: return nil
      }
    }
    let limit = min(bytes.count, returnsLimit)
    let end = bytes.firstOffset(of: UInt8(ascii: "\n"), from: 0, to: limit)
    if end == limit {
      guard isWhole || limit == returnsLimit else { return nil }
      let carriageReturn = bytes.firstOffset(of: UInt8(ascii: "\r"), from: 0, to: end)
      return carriageReturn < end ? .carriageReturns : .lines
    }
    switch DelimitedRows.areFound(in: bytes, isWhole: isWhole) {
    case true?: return .values
    case false?: return .lines
    case nil: return nil
    }
  }
}
