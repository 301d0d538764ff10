import ByteScanning
import Diagnostics
import LogReading
import TestSupport
import Testing

/// What is compressed otherwise than with gzip is read as gzip is.
struct CompressionTests {
  static let compressions = Compression.allCases

  private static func compressed(_ bytes: [UInt8], _ compression: Compression) -> [UInt8] {
    switch compression {
    case .gzip: Gzip.deflated(bytes)
    case .zstd: Compressed.zstd(bytes)
    case .xz: Compressed.xz(bytes)
    case .bzip2: Compressed.bzip2(bytes)
    }
  }

  private static let lines: [UInt8] = {
    var generator = SeededGenerator(seed: 7)
    let lines = (0..<9_000).map {
      "GET /\($0)/\(UInt64.random(in: 0...(.max), using: &generator))\n"
    }
    return Array(lines.joined().utf8)
  }()

  @Test(arguments: compressions)
  func `members follow one another, wherever lines end`(_ compression: Compression) throws {
    let folder = try TemporaryFolder()
    let cut = Self.lines.count / 3 + 5
    let file =
      Self.compressed(Array(Self.lines[..<cut]), compression)
      + Self.compressed([], compression)
      + Self.compressed(Array(Self.lines[cut...]), compression)
    let reading = Reading(path: try folder.write(file))
    #expect(reading.error == nil && reading.bytesRead == file.count)
    #expect(reading.content == Self.lines)
  }

  @Test(arguments: compressions)
  func `a stream that is cut gives its whole lines`(_ compression: Compression) throws {
    let folder = try TemporaryFolder()
    let file = Self.compressed(Self.lines, compression)
    for length in [9, file.count / 2, file.count - 1] {
      let reading = Reading(path: try folder.write(Array(file[..<length])))
      let code = reading.error?.diagnostic(path: "a").code
      #expect(code == "truncated-\(compression.rawValue)", "\(length) bytes")
      #expect(Self.lines.starts(with: reading.content))
      #expect(reading.content.last ?? 0x0A == 0x0A)
    }
  }

  @Test(arguments: compressions)
  func `what follows a stream is told`(_ compression: Compression) throws {
    let folder = try TemporaryFolder()
    let file = Self.compressed(Self.lines, compression)
    let reading = Reading(path: try folder.write(file + Array("text".utf8)))
    #expect(reading.content == Self.lines)
    let diagnostic = reading.error?.diagnostic(path: "a")
    #expect(diagnostic?.code == "trailing-bytes" && diagnostic?.place?.byteOffset == file.count)
    let padded = Reading(path: try folder.write(file + [UInt8](repeating: 0, count: 512)))
    #expect(padded.content == Self.lines && padded.error == nil)
  }

  @Test(arguments: compressions)
  func `a damaged byte never gives other lines without an error`(
    _ compression: Compression
  ) throws {
    let folder = try TemporaryFolder()
    let text = Array(Self.lines.prefix(4_000))
    let file = Self.compressed(text, compression)
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      var damaged = file
      // Without its magic number it is another file.
      damaged[Int.random(in: 10..<damaged.count, using: &generator)] ^=
        UInt8.random(in: 1...255, using: &generator)
      let reading = Reading(path: try folder.write(damaged))
      // zstd's frames need no check value, and libzstd's simple function writes none.
      if reading.error == nil, compression != .zstd { #expect(reading.content == text) }
    }
  }

  @Test(arguments: compressions)
  func `a stream that is small and becomes large takes no more memory than others`(
    _ compression: Compression
  ) throws {
    let folder = try TemporaryFolder()
    let line = Array(repeating: UInt8(ascii: "a"), count: 999) + [0x0A]
    let text = Array([[UInt8]](repeating: line, count: 20_000).joined())
    let file = Self.compressed(text, compression)
    let reading = Reading(path: try folder.write(file))
    #expect(reading.content.count == text.count && reading.error == nil)
    #expect(reading.largestCapacity <= 4 * ChunkPool.targetSize)
  }

  @Test(arguments: compressions)
  func `reading goes on where it stopped`(_ compression: Compression) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.compressed(Self.lines, compression))
    var reader = try SourceReader(path: path, sourceIndex: 0)
    let position = 100_000 + (Self.lines[100_000...].firstIndex(of: 0x0A) ?? 0) - 100_000 + 1
    let last = try reader.skip(to: position, returningLast: 20)
    #expect(last == Array(Self.lines[position - 20..<position]))
    let isDecoded = reader.isDecoded
    #expect(isDecoded)
    var content: [UInt8] = []
    let chunk = Chunk(copying: [])
    while try reader.fill(chunk) { content += chunk.bytes.span.copied() }
    #expect(content == Array(Self.lines[position...]))
  }
}
