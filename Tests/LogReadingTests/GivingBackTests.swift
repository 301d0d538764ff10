import ByteScanning
import LogReading
import Testing
import TestSupport

/// Lines that belong together with those that follow come with the next chunk.
struct GivingBackTests {
  private static func text(_ chunk: Chunk) -> String {
    String(decoding: chunk.lastBytes(.max), as: UTF8.self)
  }

  @Test func `what is given back comes again, in front of what follows`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("GET /a\nGET /b\nGET /c".utf8))
    var reader = try SourceReader(path: path, sourceIndex: 0)
    let chunk = Chunk(copying: [])
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /a\nGET /b\nGET /c")
    let mayWait = reader.mayWait
    #expect(!mayWait)
    reader.giveBack(chunk, from: 7, waits: false)
    #expect(Self.text(chunk) == "GET /a\n")
    #expect(chunk.endOffset == 7 && reader.position == 7)
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /b\nGET /c")
    #expect(chunk.sourceOffset == 7 && chunk.endOffset == 20 && chunk.sequence == 1)
    #expect(try !reader.fill(chunk))
  }

  /// As long as nothing is added, there is nothing to give out.
  @Test func `a pipe waits for more than what was given back`() throws {
    let pipe = try NamedPipe()
    let chunk = Chunk(copying: [])
    pipe.write("GET /a\nGET /b\n")
    var reader = try SourceReader(path: pipe.path, sourceIndex: 0)
    #expect(try reader.fill(chunk))
    reader.giveBack(chunk, from: 7, waits: true)
    for _ in 0..<2 {
      #expect(try reader.fill(chunk))
      #expect(Self.text(chunk) == "")
    }
    pipe.write("GET /c\n")
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /b\nGET /c\n")
    reader.giveBack(chunk, from: 7, waits: true)
    pipe.closeWriter()
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /c\n")
    #expect(try !reader.fill(chunk))
    #expect(reader.position == 21)
  }

  @Test func `a chunk that is given back whole was never given out`() throws {
    let pipe = try NamedPipe()
    let chunk = Chunk(copying: [])
    pipe.write("GET /a\n")
    var reader = try SourceReader(path: pipe.path, sourceIndex: 0)
    #expect(try reader.fill(chunk) && reader.mayWait)
    reader.giveBack(chunk, from: 0, waits: true)
    #expect(chunk.bytes.isEmpty && reader.position == 0)
    pipe.write("GET /b\n")
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /a\nGET /b\n")
    #expect(chunk.sequence == 0 && chunk.sourceOffset == 0 && chunk.endOffset == 14)
  }

  @Test func `what does not wait comes out of a pipe at once`() throws {
    let pipe = try NamedPipe()
    let chunk = Chunk(copying: [])
    pipe.write("GET /a\n{}\n")
    var reader = try SourceReader(path: pipe.path, sourceIndex: 0)
    #expect(try reader.fill(chunk))
    reader.giveBack(chunk, from: 7, waits: false)
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "{}\n")
  }

  @Test func `lines that wait grow the chunks, and end before a line over the limit`() throws {
    let folder = try TemporaryFolder()
    let line = Array(String(repeating: "x", count: 99).utf8) + [0x0A]
    let lines = Array(repeatElement(line, count: 20_000).joined())
    let path = try folder.write(lines + Array(repeating: 0x79, count: SourceReader.lineLimit + 9))
    var reader = try SourceReader(path: path, sourceIndex: 0)
    let chunk = Chunk(copying: [])
    var lengths: [Int] = []
    while try reader.fill(chunk), !chunk.isOversizedLine {
      lengths.append(chunk.bytes.count)
      if !reader.mayWait { break }
      reader.giveBack(chunk, from: 0, waits: true)
    }
    #expect(lengths == lengths.sorted() && Set(lengths.dropLast()).count == lengths.count - 1)
    #expect(lengths.last == lines.count)
    #expect(try reader.fill(chunk) && chunk.isOversizedLine && chunk.sequence == 1)
    #expect(try !reader.fill(chunk))
  }

  @Test(arguments: [7, 0])
  func `what waits at the end of a file that may grow is left for the next run`(
    _ offset: Int
  ) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("GET /a\nGET /b\n".utf8))
    var reader = try SourceReader(path: path, sourceIndex: 0)
    reader.leavesUnfinishedLine = true
    let chunk = Chunk(copying: [])
    #expect(try reader.fill(chunk))
    let (mayWait, mayLeave) = (reader.mayWait, reader.mayLeave)
    #expect(!mayWait && mayLeave)
    reader.leave(chunk, from: offset)
    #expect(Self.text(chunk) == "GET /a\n".prefix(offset))
    #expect(chunk.endOffset == offset && reader.position == offset)
    #expect(try !reader.fill(chunk))
    #expect(reader.position == offset)
  }
}
