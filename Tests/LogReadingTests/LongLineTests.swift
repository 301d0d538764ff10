import LogReading
import Testing
import TestSupport

struct LongLineTests {
  private static let limit = SourceReader.lineLimit

  /// Lengths around the limit, with either terminator, in a file read as it is and inflated.
  @Test(
    arguments: [-1, 0, 1, 70_000, 3_000_000], ["\n", "\r\n"])
  func `a line over the limit is one rejection and its neighbours are whole`(
    _ excess: Int, _ terminator: String
  ) throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "x", count: Self.limit + excess)
    let neighbours = (0..<1_000).map { "GET /neighbour/\($0)" }
    let text = (neighbours + [long] + neighbours).map { $0 + terminator }.joined()
    let bytes = Array(text.utf8)
    let plain = try folder.write(bytes, to: "plain")
    let gzipped = try folder.write(Gzip.deflated(bytes), to: "gzipped")
    for path in [plain, gzipped] {
      let reading = Reading(path: path)
      #expect(reading.error == nil)
      let kept = reading.lines.map { $0.last == 0x0D ? $0.dropLast() : $0 }
      let usual = kept.filter { $0.count < Self.limit - 1 }
      #expect(usual.map { String(decoding: $0, as: UTF8.self) } == neighbours + neighbours)
      // A line that is over the limit by less than one read may still be given out: whoever takes
      // it apart sees its length. It is there once in any case.
      let isGiven = kept.contains { $0.count == Self.limit + excess }
      #expect(isGiven ? reading.oversized.isEmpty : reading.oversized.count == 1)
      if excess <= 0 { #expect(isGiven) }
      if excess >= 200_000 { #expect(!isGiven) }
      if let skipped = reading.oversized.first {
        #expect(skipped.length == Self.limit + excess + terminator.utf8.count)
      }
    }
  }

  @Test(arguments: [0, 1, 500_000])
  func `the last line may be over the limit too`(_ excess: Int) throws {
    let folder = try TemporaryFolder()
    let bytes = [UInt8](repeating: 0x78, count: Self.limit + excess)
    let reading = Reading(path: try folder.write(Array("GET /a\n".utf8) + bytes))
    #expect(reading.error == nil)
    #expect(reading.oversized.map(\.length) == (excess > 1 ? [Self.limit + excess] : []))
    #expect(reading.content.count == 7 + (excess > 1 ? 0 : Self.limit + excess))
  }

  @Test func `a line at the limit is kept even where its CR and LF come apart`() throws {
    let folder = try TemporaryFolder()
    let line = [UInt8](repeating: 0x78, count: Self.limit)
    let file = Gzip.deflated(line + [0x0D]) + Gzip.deflated(Array("\nGET /a\n".utf8))
    let reading = Reading(path: try folder.write(file))
    #expect(reading.oversized.isEmpty)
    #expect(reading.content == line + Array("\r\nGET /a\n".utf8))
  }

  @Test func `one long line after another is counted each`() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "x", count: 2 * Self.limit) + "\n"
    let reading = Reading(
      path: try folder.write(Array((long + long + "GET /a\n" + long + "GET /b").utf8)))
    #expect(reading.oversized.map(\.length) == [Int](repeating: 2 * Self.limit + 1, count: 3))
    #expect(reading.oversized.map(\.chunkNumber) == [0, 1, 3])
    #expect(reading.content == Array("GET /a\nGET /b".utf8))
  }

  @Test func `a long line that a broken stream cuts off is dropped like any half line`() throws {
    let folder = try TemporaryFolder()
    let text = "GET /a\n" + String(repeating: "x", count: 3 * Self.limit)
    let path = try folder.write(Gzip.deflated(Array(text.utf8), isFinished: false))
    let reading = Reading(path: path)
    #expect(reading.content == Array("GET /a\n".utf8))
    #expect(reading.oversized.isEmpty)
    #expect(reading.error == .truncatedGzip(fileOffset: reading.bytesRead))
  }

  @Test func `a hundred megabytes without a line terminator take a few of memory`() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let megabyte = Gzip.deflated([UInt8](repeating: 0x78, count: 1_000_000))
      var file: [UInt8] = []
      for _ in 0..<100 { file += megabyte }
      let reading = Reading(path: try folder.write(file + Gzip.stored(Array("\nGET /a\n".utf8))))
      precondition(reading.oversized.map(\.length) == [100_000_001])
      precondition(reading.content == Array("GET /a\n".utf8))
      let peak = peakResidentBytes()
      precondition(peak > 0 && peak < 80 << 20, "\(peak >> 20) MiB")
    }
  }
}
