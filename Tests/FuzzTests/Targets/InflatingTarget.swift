import ByteScanning

@testable import LogReading

/// The same files as those of `framing`, or one with a byte changed anywhere, given to the inflater
/// itself in pieces and with little room for what comes out: it makes of them what libz makes of all
/// of a member at once, and stops for the same reason at the same byte.
final class InflatingTarget: FuzzTarget {
  init() {}

  func run(_ bytes: borrowing Span<UInt8>) throws(Violation) {
    var reader = ParameterReader()
    let sizes = (0..<3).map { _ in 1 + reader.number(below: 64, bytes) }
    let room = 1 + reader.number(below: 256, bytes)
    let change = reader.byte(bytes)
    let place = reader.number(below: 256, bytes) << 8 | reader.number(below: 256, bytes)
    var script = GzipScript(allowsLongMembers: false)
    script.run(bytes, &reader)
    var file = script.file
    if file.isEmpty { return }
    // The first two bytes are what says that a file is gzip.
    if file.count > 2 { file[2 + place % (file.count - 2)] ^= change }
    let reference = SourceReference(of: file)
    let (content, error) = Self.inflate(file, inPiecesOf: sizes, room: room)
    try check(
      error == reference.error,
      "\(String(describing: error)), not \(String(describing: reference.error)), of \(file)")
    try check(
      SourceReading.agree(content, reference.content),
      "\(content.count) bytes of content, not \(reference.content.count), of \(file)")
  }

  /// Inflates all members, with the padding between them, as ``DecodedStream`` does.
  private static func inflate(
    _ file: [UInt8], inPiecesOf sizes: [Int], room: Int
  ) -> (content: [UInt8], error: ReadingError?) {
    let inflater = Inflater()
    var output = OwnedBuffer<UInt8>(capacity: 1024)
    var offset = 0
    var isBetweenMembers = true
    for turn in 0... {
      if isBetweenMembers {
        while offset < file.count, offset > 0, file[offset] == 0 { offset += 1 }
        if offset == file.count { break }
        guard file[offset] == 0x1F else {
          return (output.withoutMark, .trailingBytes(fileOffset: offset))
        }
      }
      let end = min(offset + sizes[turn % sizes.count], file.count)
      let before = output.count
      output.reserve(room)
      do throws(Corruption) {
        let step = try inflater.decompress(
          file.span.extracting(offset..<end), into: &output, atMost: room)
        offset += step.consumed
        isBetweenMembers = step.progress == .memberEnded
      } catch {
        let place = offset + error.consumed
        return (output.withoutMark, .corruptGzip(reason: error.reason, fileOffset: place))
      }
      if !isBetweenMembers, offset == file.count, output.count == before {
        return (output.withoutMark, .truncatedGzip(fileOffset: file.count))
      }
    }
    return (output.withoutMark, nil)
  }
}

extension OwnedBuffer<UInt8> {
  /// The bytes without a byte-order mark before them.
  fileprivate var withoutMark: [UInt8] {
    let bytes = span.copied()
    return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }
}
