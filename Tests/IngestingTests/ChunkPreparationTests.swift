import AccessLogParsing
import Configuring
import Foundation
import LogReading
import Testing

@testable import Ingesting

/// What is settled of chunks before they are parsed.
struct ChunkPreparationTests {
  private static let line =
    #"192.0.2.1 - - [23/Nov/2026:09:10:13 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl""# + "\n"

  /// The chunks of a file of these lines.
  private static func chunks(
    _ text: String, _ body: (Chunk, OpenSource) throws -> Void
  ) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let source = OpenSource(try SourceReader(path: url.path, sourceIndex: 0))
    let chunk = ChunkPool().take()
    while try source.reader.fill(chunk) { try body(chunk, source) }
  }

  @Test func `a source that is not to be looked at yet has no plan`() throws {
    let preparation = ChunkPreparation(planner: SourcePlanner(choice: .detect))
    var plans: [Bool] = []
    try Self.chunks(String(repeating: Self.line, count: 30_000)) { chunk, source in
      if plans.isEmpty { source.pause.begin(after: 1 << 20, at: 0) }
      plans.append(preparation.prepare(chunk, from: source) != nil)
    }
    // The first pause lasts a mebibyte, of chunks of half of one.
    #expect(plans.prefix(2) == [false, false])
    #expect(plans.last == true)
  }

  @Test func `lines that are read again end the pauses`() throws {
    let preparation = ChunkPreparation(planner: SourcePlanner(choice: .detect))
    try Self.chunks(String(repeating: Self.line, count: 10_000)) { chunk, source in
      _ = preparation.prepare(chunk, from: source)
      source.pause.begin(after: 1 << 30, at: chunk.endOffset)
      #expect(source.pause != DetectionPause())
      _ = preparation.prepare(chunk, from: source)
      #expect(source.pause == DetectionPause())
    }
  }

  @Test func `the last line that names columns is found in any wrapping, and at little cost`() {
    let lines = [
      "#Fields: date time a", "2026-11-23T09:10:13.5Z stdout F #Fields: date time b",
      ##"{"log":"#Fields: date time c\n","stream":"stdout","time":"2026-11-23T09:10:13Z"}"##,
      "a row with #Fields: in it",
    ]
    for (count, name) in [(4, "c"), (2, "b"), (1, "a")] {
      let bytes = Array(lines.prefix(count).map { $0 + "\n" }.joined().utf8)
      #expect(ColumnLayout(lastInAny: bytes.span)?.columns.last == name)
    }
    let row = Array(lines[3].utf8)
    #expect(ColumnLayout(lastInAny: row.span) == nil)
    // A line over and over of what is looked for.
    let hostile = Array(
      (#"{"log":"x"# + String(repeating: "#Fields: ", count: 100_000) + #""}"#).utf8)
    let clock = ContinuousClock()
    let took = clock.measure { #expect(ColumnLayout(lastInAny: hostile.span) == nil) }
    #expect(took < .seconds(5))
  }
}
