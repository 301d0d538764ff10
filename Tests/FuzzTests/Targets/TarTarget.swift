import ByteScanning

@testable import LogReading

/// Blocks as a tar archive. The first byte of an input chooses how long the pieces are that the rest comes
/// in; the sum of each block that names a type is set right, so that the rest of the header is read, too.
///
/// The archive comes to an end, gives no more than it has, and gives the same in pieces of any size.
final class TarTarget: FuzzTarget {
  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    // Where damage in a compressed stream is found depends on the pieces: the business of other targets.
    guard input.count > 1, Compression(magicNumberOf: input.extracting(1..<input.count)) == nil
    else {
      return
    }
    let bytes = Self.withSums(input.extracting(1..<input.count).copied())
    let whole = Contents(of: bytes, inPiecesOf: 1 << 16)
    let pieces = Contents(of: bytes, inPiecesOf: 1 + Int(input[0]))
    try check(whole == pieces, "the same in pieces")
    let size = whole.files.reduce(0) { $0 + $1.content.count }
    try check(size <= bytes.count, "\(size) bytes of \(bytes.count)")
    try check(whole.files.allSatisfy { !$0.name.contains(0) }, "a name with NUL")
  }

  private static func withSums(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for start in stride(from: 0, to: bytes.count - TarHeader.blockSize + 1, by: TarHeader.blockSize)
    where "01235SxgLK".utf8.contains(bytes[start + 156]) {
      for place in 148..<156 { bytes[start + place] = UInt8(ascii: " ") }
      let sum = bytes[start..<start + TarHeader.blockSize].reduce(0) { $0 + Int($1) }
      let digits = Array(String(sum, radix: 8).utf8)
      for (place, digit) in digits.enumerated() {
        bytes[start + 148 + 6 - digits.count + place] = digit
      }
      for place in 148..<(154 - digits.count) { bytes[start + place] = UInt8(ascii: "0") }
      bytes[start + 154] = 0
    }
    return bytes
  }

  private struct Contents: Equatable {
    struct File: Equatable {
      var name: [UInt8]
      var content: [UInt8]
      var problem: ReadingError?
    }

    var files: [File] = []
    var error: ReadingError?

    init(of bytes: [UInt8], inPiecesOf length: Int) {
      let archive = TarArchive(
        RawStream(Pieces(of: bytes, length)), beginning: OwnedBuffer(capacity: 16))
      do throws(ReadingError) {
        while let member = try archive.next() {
          files.append(File(name: member.name, content: [], problem: member.problem))
          try read(archive, inPiecesOf: length)
        }
      } catch {
        self.error = error
      }
    }

    private mutating func read(
      _ archive: TarArchive, inPiecesOf length: Int
    ) throws(ReadingError) {
      var content = OwnedBuffer<UInt8>(capacity: 64)
      defer { files[files.count - 1].content = content.span.copied() }
      while true {
        let before = content.count
        try archive.read(atMost: length, into: &content)
        if content.count == before { return }
      }
    }
  }

  /// Bytes that come a few at a time.
  private final class Pieces: ByteSource {
    private let bytes: [UInt8]
    private let length: Int
    private var start = 0

    init(of bytes: [UInt8], _ length: Int) { (self.bytes, self.length) = (bytes, length) }

    var stamp: FileStamp? { nil }
    func hasInput(within milliseconds: Int32) -> Bool { true }
    func read(atMost limit: Int, into output: inout OwnedBuffer<UInt8>) throws(ReadingError) {
      let end = min(start + length, start + limit, bytes.count)
      for place in start..<end { output.append(bytes[place]) }
      start = end
    }
    func seek(to offset: Int) throws(ReadingError) {}
  }
}
