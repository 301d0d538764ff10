import ByteScanning
import LogReading
import TestSupport
import Testing

/// Content that is no lines of UTF-8 is made into some. What comes of which is in
/// `fixtures/reading/sources.txt`.
struct ConversionTests {
  private static func object(_ number: Int) -> String {
    #"{"time":\#(1_795_425_013 + number),"message":"GET /\#(number) \u00e9","list":[{"a":[]}]}"#
  }

  /// The same records in every form that they may come in.
  private static func forms(_ records: [String]) -> [String: [UInt8]] {
    let spread = records.map { $0.replacing(",", with: ",\n  ").replacing("{", with: "{\n ") }
    let text = [
      "objects over lines": spread.joined(separator: "\n"),
      "an array over lines": "[\n" + spread.joined(separator: ",\n") + "\n]\n",
      "an array of arrays": "[[" + records.joined(separator: "],[") + "]]",
      "a list in an object": #"{"status":"ok","hits":{"hits":["# + records.joined(separator: ",")
        + #"],"total":9},"more":[{"a":1}]}"#,
      "a list of events":
        #"{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":["#
        + records.joined(separator: ",") + "]}\n",
      "the same in another order": #"{"apiVersion":"audit.k8s.io/v1","items":["#
        + records.joined(separator: ",") + #"],"kind":"EventList"}"#,
      "an answer": #"{"events":["# + records.joined(separator: ", ") + #"],"nextToken":"x"}"#,
    ]
    return text.mapValues { Array($0.utf8) }
  }

  @Test func `documents of any length give their records`() throws {
    let folder = try TemporaryFolder()
    for count in [1, 3, 20_000] {
      let records = (0..<count).map(Self.object)
      let expected = records.map { $0 + "\n" }.joined()
      for (form, bytes) in Self.forms(records) {
        let reading = Reading(path: try folder.write(bytes))
        let text = String(decoding: reading.content, as: UTF8.self)
          .replacing("GET/", with: "GET /")
        #expect(text == expected, "\(form), \(count)")
        #expect(reading.oversized.isEmpty && reading.largestCapacity <= 4 * ChunkPool.targetSize)
      }
    }
  }

  @Test func `a record over the limit of a line is told and passed over`() throws {
    let folder = try TemporaryFolder()
    let long = #"{"a":""# + String(repeating: "x", count: SourceReader.lineLimit + 9) + #""}"#
    let text = "[\n{\n\"a\":1},\(long),{\"a\":2}]"
    let reading = Reading(path: try folder.write(Array(text.utf8)))
    // It may be passed on as a line that is too long, if its end came with the step that crossed the limit.
    let lines = reading.lines.map { String(decoding: $0, as: UTF8.self) }
    #expect(lines.filter { $0.count < 100 } == ["{\"a\":1}", "{\"a\":2}"])
    let lengths =
      lines.map(\.utf8.count).filter { $0 >= 100 } + reading.oversized.map { $0.length - 1 }
    #expect(lengths == [long.utf8.count])
  }

  /// Nothing comes of such a document, and a source without a line would pass for an empty one.
  @Test(arguments: ["[", "[\n", "[\n\n["])
  func `arrays that are never closed are told by their beginning`(_ part: String) throws {
    let folder = try TemporaryFolder()
    let count = 3 * SourceReader.lineLimit / part.utf8.count
    let reading = Reading(path: try folder.write(Array(String(repeating: part, count: count).utf8)))
    #expect(
      reading.lines.map { String(decoding: $0, as: UTF8.self) }
        == [String(repeating: "[", count: 64)])
  }

  @Test func `a text that a document breaks off into is read`() throws {
    let folder = try TemporaryFolder()
    let text = "[\n{\n\"a\":1},\n\"half a text\n203.0.113.7 GET /a\n203.0.113.7 GET /b\n"
    let reading = Reading(path: try folder.write(Array(text.utf8)))
    #expect(
      reading.lines.map { String(decoding: $0, as: UTF8.self) }
        == [#"{"a":1}"#, "203.0.113.7 GET /a", "203.0.113.7 GET /b"])
  }

  @Test func `UTF-16 of any length is read`() throws {
    let folder = try TemporaryFolder()
    let text = (0..<30_000).map { "GET /\($0) é 😀\n" }.joined()
    for isBigEndian in [false, true] {
      let units = (isBigEndian ? [0xFEFF] : [0xFEFF]) + Array(text.utf16)
      let bytes = units.flatMap {
        isBigEndian
          ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)]
      }
      #expect(Reading(path: try folder.write(bytes)).content == Array(text.utf8))
    }
  }

  @Test func `rows of any length are read`() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<30_000).map { "\($0),\"GET \"\"/\($0)\"\", é\",\n" }
    let reading = Reading(path: try folder.write(Array(("time,message,x\n" + rows.joined()).utf8)))
    let expected = (0..<30_000).map {
      #"{"time":"\#($0)","message":"GET \"/\#($0)\", é"}"# + "\n"
    }
    #expect(reading.content == Array(expected.joined().utf8))
  }

  @Test func `a converted source is skipped into by its lines`() throws {
    let folder = try TemporaryFolder()
    let records = (0..<5_000).map { #"{"a":\#($0)}"# + "\n" }
    let file = "[\n" + records.map { $0.replacing("{", with: "{\n") }.joined(separator: ",") + "]"
    let path = try folder.write(Array(file.utf8))
    var reader = try SourceReader(path: path, sourceIndex: 0)
    _ = reader.beginning(100)
    let isDecoded = reader.isDecoded
    #expect(isDecoded)
    let content = Array(records.joined().utf8)
    let position = records[..<3_000].joined().utf8.count
    let last = try reader.skip(to: position, returningLast: 9)
    #expect(last == Array(content[position - 9..<position]))
    let chunk = Chunk(copying: [])
    var rest: [UInt8] = []
    while try reader.fill(chunk) { rest += chunk.bytes.span.copied() }
    #expect(rest == Array(content[position...]))
  }

  /// What is lines already is passed on as it is, and can be sought in.
  @Test func `lines are left alone`() throws {
    let folder = try TemporaryFolder()
    let texts = [
      "GET /a\n", "{\"a\":1}\n", "[x] y\n", "a,b\n1,2\n", "{\"records\":[{\"a\":1},{\"a\":2}]}\n",
      "[{\"a\":1},{\"a\":2}]\n", "{\"name\":\"x\",\"events\":[{\"a\":1}]}\n", "\u{1B}[32mINFO\n",
      "[\n{\"a\":1},\n{\"a\":2}\n]\n", "{ not JSON\n", "[2026-11-23T09:10:13Z] \"GET /\"\n",
    ]
    for text in texts {
      let path = try folder.write(Array(text.utf8))
      var reader = try SourceReader(path: path, sourceIndex: 0)
      _ = reader.beginning(10)
      let isDecoded = reader.isDecoded
      #expect(!isDecoded, "\(text)")
      #expect(Reading(path: path).content == Array(text.utf8))
    }
  }
}
