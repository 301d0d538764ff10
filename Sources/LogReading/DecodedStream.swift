internal import ByteScanning

/// The content of a source made into lines of UTF-8 where it is something else (``ContentConversion``).
/// If it is an archive, nothing comes of it but the archive.
struct DecodedStream: ~Copyable {
  private let raw: RawStream
  /// Whether an archive may be what it holds.
  private let mayBeArchive: Bool
  private var conversion: ContentConversion
  /// What was read and is to be converted.
  private var unconverted = OwnedBuffer<UInt8>(capacity: 16)
  /// Why reading has failed, until what came before is passed on.
  private var failure: ReadingError?
  private var isAtEnd = false

  /// Opens the file at `path`, or standard input for `-`.
  ///
  /// - Parameter isArchive: whether it is a tar archive, whatever it looks like.
  init(path: String, isArchive: Bool) throws(ReadingError) {
    raw = RawStream(try OpenFile(path: path))
    mayBeArchive = true
    conversion = ContentConversion(ofArchive: isArchive)
  }

  init(_ member: TarMember) {
    raw = RawStream(member)
    mayBeArchive = false
    conversion = ContentConversion(ofArchive: false)
  }

  /// A pipe or a terminal, which delivers data as it becomes available, or what else is read only once.
  var isPipe: Bool { raw.stamp == nil }

  var stamp: FileStamp? { raw.stamp }

  /// About how many bytes are needed to decompress it.
  var memory: Int { raw.memory }

  /// Whether positions in the content are not those in the file, so that all before them has to be
  /// read again to get there.
  var isDecoded: Bool { !raw.isPlain || !conversion.isTransparent }

  /// Whether the content is made into lines.
  var isConverted: Bool { conversion.isConverting }

  /// Bytes read from the file.
  var bytesRead: Int { raw.bytesRead }

  /// Whether the content is an archive. Known once the beginning was read.
  var isArchive: Bool { conversion.isArchive }

  /// The archive that the content is, of which nothing was passed on.
  mutating func takeArchive() -> TarArchive {
    TarArchive(raw, beginning: conversion.takeBeginning())
  }

  /// Whether `read` would return at once, now or within this many milliseconds.
  func hasInput(within milliseconds: Int32) -> Bool { raw.hasInput(within: milliseconds) }

  /// Makes `position` in the content the place to read next, if that is possible without reading
  /// everything before it.
  mutating func seek(to position: Int) throws(ReadingError) -> Bool {
    guard raw.isPlain, !isPipe, conversion.isTransparent else { return false }
    try raw.seek(to: position)
    return true
  }

  /// Appends the next piece of the content, usually at most `RawStream.stepSize` bytes and possibly
  /// none; returns false at the end, and if it is an archive.
  mutating func read(into bytes: inout OwnedBuffer<UInt8>) throws(ReadingError) -> Bool {
    if let failure { throw failure }
    if isAtEnd || conversion.isArchive { return false }
    if conversion.isTransparent { return try raw.read(into: &bytes) }
    var read = OwnedBuffer<UInt8>(capacity: 16)
    swap(&read, &unconverted)
    read.removeAll()
    do throws(ReadingError) {
      isAtEnd = try !raw.read(into: &read)
      conversion.convert(read.span, into: &bytes)
      if isAtEnd { conversion.finish(isCut: false, into: &bytes) }
    } catch {
      // What came before the failure is passed on first.
      failure = error
      conversion.convert(read.span, into: &bytes)
      conversion.finish(isCut: true, into: &bytes)
    }
    if conversion.isArchive {
      guard mayBeArchive else {
        throw .unsupportedFile(name: "a tar archive within another", command: "tar xOf FILE")
      }
      return failure == nil ? false : true
    }
    if !conversion.isTransparent { unconverted = read }
    return true
  }
}
