import ByteScanning
import LogReading
import TestSupport
import Testing

/// Looking at the beginning of a source, and going on where the last run has ended.
struct ResumingTests {
  private static let content: [UInt8] = (0..<9_000).flatMap { Array("GET /line/\($0)\n".utf8) }

  /// The same content as plain text, gzipped, and with a byte-order mark.
  private static func files(in folder: TemporaryFolder) throws -> [String] {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return [
      try folder.write(content, to: "plain"), try folder.write(mark + content, to: "marked"),
      try folder.write(Gzip.deflated(content), to: "gzipped"),
      try folder.write(Gzip.deflated(mark + content), to: "gzipped-marked"),
    ]
  }

  private static func rest(of reader: inout SourceReader) throws -> [UInt8] {
    var content: [UInt8] = []
    let chunk = Chunk(copying: [])
    var sequence = 0
    while try reader.fill(chunk) {
      #expect(chunk.sequence == sequence)
      sequence += 1
      content += chunk.lastBytes(.max)
    }
    return content
  }

  @Test(arguments: [0, 1, 3, 256, 1_024, 70_000, 1_000_000])
  func `the beginning is what it says and will be read all the same`(_ length: Int) throws {
    let folder = try TemporaryFolder()
    for path in try Self.files(in: folder) {
      var reader = try SourceReader(path: path, sourceIndex: 0)
      for _ in 0..<2 {
        #expect(reader.beginning(length) == Array(Self.content.prefix(length)))
      }
      #expect(reader.position == 0)
      #expect(try Self.rest(of: &reader) == Self.content)
    }
  }

  @Test func `an empty source begins with nothing`() throws {
    let folder = try TemporaryFolder()
    for file in [[], [0xEF, 0xBB, 0xBF], Gzip.stored([])] as [[UInt8]] {
      var reader = try SourceReader(path: try folder.write(file), sourceIndex: 0)
      #expect(reader.beginning(100).isEmpty)
      #expect(try reader.skip(to: 0, returningLast: 0)?.isEmpty == true)
      #expect(try Self.rest(of: &reader).isEmpty)
    }
  }

  @Test func `what cannot be read is told when the lines before it are given out`() throws {
    let folder = try TemporaryFolder()
    let file = Gzip.stored(Array("GET /a\nGET /b".utf8)).dropLast(9) as [UInt8]
    var reader = try SourceReader(path: try folder.write(file), sourceIndex: 0)
    #expect(reader.beginning(100) == Array("GET /a\nGET /".utf8))
    let chunk = Chunk(copying: [])
    #expect(try reader.fill(chunk))
    #expect(chunk.lastBytes(.max) == Array("GET /a\n".utf8))
    #expect(throws: ReadingError.truncatedGzip(fileOffset: file.count)) { try reader.fill(chunk) }
  }

  @Test(arguments: [false, true])
  func `a source goes on behind any position`(_ looksAhead: Bool) throws {
    var generator = SeededGenerator(seed: 30)
    let folder = try TemporaryFolder()
    for path in try Self.files(in: folder) {
      let count = Self.content.count
      let places = (0..<12).map { _ in Int.random(in: 0...count, using: &generator) }
      for position in [0, 1, 32_768, 65_536, count - 1, count] + places {
        var reader = try SourceReader(path: path, sourceIndex: 0)
        if looksAhead { _ = reader.beginning(1_024) }
        let length = min(position, 64)
        let last = try reader.skip(to: position, returningLast: length)
        #expect(last == Array(Self.content[position - length..<position]))
        #expect(reader.position == position)
        #expect(try Self.rest(of: &reader) == Array(Self.content[position...]), "\(position)")
        #expect(reader.position == count)
      }
    }
  }

  @Test func `a position behind the end is told`() throws {
    let folder = try TemporaryFolder()
    for path in try Self.files(in: folder) {
      var reader = try SourceReader(path: path, sourceIndex: 0)
      #expect(try reader.skip(to: Self.content.count + 1, returningLast: 64) == nil)
    }
    let cut = Array(Gzip.deflated(Self.content).dropLast(20))
    var reader = try SourceReader(path: try folder.write(cut), sourceIndex: 0)
    #expect(throws: ReadingError.truncatedGzip(fileOffset: cut.count)) {
      try reader.skip(to: Self.content.count, returningLast: 64)
    }
  }

  @Test func `in a plain file what is skipped is not read`() throws {
    let folder = try TemporaryFolder()
    let long = Self.content + [UInt8](repeating: 0x78, count: 5_000_000) + Self.content
    var reader = try SourceReader(path: try folder.write(long), sourceIndex: 0)
    _ = reader.beginning(1_024)
    _ = try reader.skip(to: long.count - 100, returningLast: 64)
    #expect(try Self.rest(of: &reader) == Array(long.suffix(100)))
    #expect(reader.bytesRead < 200_000)
  }

  @Test func `a line that may still be written is left for the next time`() throws {
    let folder = try TemporaryFolder()
    for (text, position) in [
      ("GET /a\nGET /b", 7), ("GET /a\n", 7), ("GET", 0), ("", 0), ("\n\r", 1),
    ] {
      let bytes = Array(text.utf8)
      var reader = try SourceReader(path: try folder.write(bytes), sourceIndex: 0)
      reader.leavesUnfinishedLine = true
      #expect(try Self.rest(of: &reader) == Array(bytes[..<position]))
      #expect(reader.position == position)
      let more = bytes + Array("etc\n".utf8)
      var next = try SourceReader(path: try folder.write(more), sourceIndex: 0)
      _ = try next.skip(to: position, returningLast: min(position, 2))
      #expect(try Self.rest(of: &next) == Array(more[position...]))
    }
  }

  @Test func `a line over the limit may still be written, too`() throws {
    let folder = try TemporaryFolder()
    let file = Array("GET /a\n".utf8) + [UInt8](repeating: 0x78, count: 2 * SourceReader.lineLimit)
    var reader = try SourceReader(path: try folder.write(file), sourceIndex: 0)
    reader.leavesUnfinishedLine = true
    #expect(try Self.rest(of: &reader) == Array("GET /a\n".utf8))
    #expect(reader.position == 7)
  }

  @Test func `a file has a stamp as long as it is the same`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.content)
    let stamp = try #require(FileStamp(path: path))
    #expect(stamp.size == Self.content.count && stamp.modifiedAt > 0)
    #expect(try SourceReader(path: path, sourceIndex: 0).stamp == stamp)
    let other = try folder.write(Self.content, to: "other")
    #expect(FileStamp(path: other) != stamp)
    #expect(FileStamp(path: folder.path) == nil && FileStamp(path: "/dev/null") == nil)
    #expect(FileStamp(path: folder.path(of: "missing")) == nil)
  }
}
