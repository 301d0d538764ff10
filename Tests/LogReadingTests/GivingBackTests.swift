import LogReading
import Testing

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
    reader.giveBack(chunk, from: 7)
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
    reader.giveBack(chunk, from: 7)
    for _ in 0..<2 {
      #expect(try reader.fill(chunk))
      #expect(Self.text(chunk) == "")
    }
    pipe.write("GET /c\n")
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /b\nGET /c\n")
    reader.giveBack(chunk, from: 7)
    pipe.closeWriter()
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /c\n")
    #expect(try !reader.fill(chunk))
    #expect(reader.position == 21)
  }
}
