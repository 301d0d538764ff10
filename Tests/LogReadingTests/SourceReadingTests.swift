import ByteScanning
import Diagnostics
import LogReading
import TestSupport
import Testing

struct SourceReadingTests {
  @Test(arguments: try SourceRecipe.all())
  func `a source gives its lines and then its error`(_ recipe: SourceRecipe) throws {
    let folder = try TemporaryFolder()
    let reading = Reading(path: try folder.write(recipe.file))
    #expect(reading.content == recipe.content)
    let diagnostic = reading.error?.diagnostic(path: "access.log")
    let offset = diagnostic?.place?.byteOffset.map { " \($0)" } ?? ""
    #expect(diagnostic.map { "\($0.code)\(offset)" } == recipe.error)
    if recipe.error == nil { #expect(reading.bytesRead == recipe.file.count) }
  }

  @Test func `the name of a file does not decide what it is`() throws {
    let folder = try TemporaryFolder()
    let plain = try folder.write(Array("GET /a\n".utf8), to: "access.log.gz")
    let gzipped = try folder.write(Gzip.deflated(Array("GET /a\n".utf8)), to: "access.log")
    #expect(Reading(path: plain).content == Reading(path: gzipped).content)
  }

  @Test func `a directory and a missing file cannot be read`() throws {
    let folder = try TemporaryFolder()
    #expect(Reading(path: folder.path).error == .isDirectory)
    #expect(Reading(path: folder.path(of: "missing")).error == .cannotOpen(errno: 2))
  }

  @Test func `an error stays when it is asked again`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Gzip.stored(Array("GET /a\nGET".utf8)).dropLast(9) as [UInt8])
    var reader = try SourceReader(path: path, sourceIndex: 0)
    let chunk = Chunk(copying: [])
    #expect(try reader.fill(chunk))
    for _ in 0..<3 {
      do throws(ReadingError) {
        _ = try reader.fill(chunk)
        Issue.record("the stream is cut")
      } catch {
        #expect(error == .truncatedGzip(fileOffset: 24))
      }
    }
    #expect(reader.position == 7)
  }

  /// Random lines, cut into random members, must come back as they were.
  @Test(arguments: 0..<6 as Range<UInt64>)
  func `the chunks together are the content, however it is packed`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    let content = Self.randomLines(&generator)
    var members: [UInt8] = []
    var rest = content[...]
    while !rest.isEmpty {
      let longest = Bool.random(using: &generator) ? 200 : 700_000
      let piece = rest.prefix(Int.random(in: 0...longest, using: &generator))
      rest = rest.dropFirst(piece.count)
      members += Gzip.deflated(Array(piece), level: Int32.random(in: 0...9, using: &generator))
    }
    let plain = Reading(path: try folder.write(content, to: "plain"))
    let gzipped = Reading(path: try folder.write(members, to: "gzipped"))
    #expect(plain.error == nil && gzipped.error == nil)
    #expect(plain.content == content)
    #expect(gzipped.content == content)
    #expect(gzipped.bytesRead == members.count)
    #expect(plain.oversized.isEmpty && gzipped.oversized.isEmpty)
    let largest = max(plain.largestCapacity, gzipped.largestCapacity)
    #expect(largest < 2 * SourceReader.lineLimit)
  }

  /// About two megabytes of lines between nothing and a few hundred kilobytes.
  private static func randomLines(_ generator: inout SeededGenerator) -> [UInt8] {
    var content: [UInt8] = []
    while content.count < 2_000_000 {
      let longest = [0, 3, 300, 300, 300, 300_000].randomElement(using: &generator) ?? 0
      let length = Int.random(in: 0...longest, using: &generator)
      let byte = ([0x00, 0x0D, 0x41, 0x61, 0xFF] as [UInt8]).randomElement(using: &generator) ?? 0
      content += [UInt8](repeating: byte, count: length)
      content += length > 200 ? Array("\(generator.next())".utf8) : []
      content += Bool.random(using: &generator) ? [0x0A] : [0x0D, 0x0A]
    }
    if Bool.random(using: &generator) { content.removeLast() }
    return content
  }

  @Test func `a chunk that grew is not kept by the pool`() {
    let pool = ChunkPool()
    let usual = pool.take()
    let capacity = usual.bytes.capacity
    pool.give(usual)
    #expect(pool.take() === usual)
    pool.give(Chunk(copying: [UInt8](repeating: 0, count: 4 * capacity)))
    #expect(pool.take().bytes.capacity == capacity)
  }
}
