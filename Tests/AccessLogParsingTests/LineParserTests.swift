import AccessLogParsing
import Foundation
import TestSupport
import Testing

struct LineParserTests {
  @Test(arguments: try FormatFixture.allCases())
  func `a line yields its record, or says which byte was refused`(_ item: LineCase) throws {
    var parser = try item.fixture.parser()
    #expect(item.fixture.reading(of: item.line, by: &parser) == item.expected)
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["RECORD_FIXTURES"] != nil))
  func `expectations are written anew when they are asked for`() throws {
    for name in FormatFixture.names { try FormatFixture.record(name) }
  }

  /// What a parser remembers of earlier lines must not show in later ones.
  @Test(arguments: FormatFixture.names)
  func `a parser reads a line the same after any others`(_ name: String) throws {
    var generator = SeededGenerator(seed: 10)
    let cases = try FormatFixture.allCases().filter { $0.fixture.name == name }
    let fixture = try #require(cases.first).fixture
    var parser = try fixture.parser()
    for _ in 0..<20 {
      for item in cases.shuffled(using: &generator) {
        #expect(fixture.reading(of: item.line, by: &parser) == item.expected)
      }
    }
  }

  @Test func `a record that is used again holds nothing of the last line`() throws {
    var format = LogFormat(name: "combined")
    var parser = try LineParser(format: #require(format), capturing: [])
    var record = AccessRecord()
    record.duration = 5
    record.requestSize = 6
    record.route = FieldSlice(0..<3)
    let bytes = Array(
      #"127.0.0.1 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#.utf8)
    try parser.parse(bytes.span, line: 0..<bytes.count, into: &record)
    #expect(record.duration == AccessRecord.absent && record.requestSize == AccessRecord.absent)
    #expect(record.route.isAbsent)
    format = nil
  }

  /// Bytes that no text has, raw, where servers do not escape them.
  @Test(
    arguments: [
      [0x00], [0x01, 0x1F, 0x7F], [0x09], [0xFF], [0xC3], [0xE9, 0x20, 0xE9], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xC0, 0x80], [0xEF, 0xBB, 0xBF], [0xE2, 0x80, 0xA8], [0x0D, 0x61],
    ] as [[UInt8]])
  func `bytes that are no text are passed on as they are`(_ odd: [UInt8]) throws {
    let format = try #require(LogFormat(name: "combined"))
    var common = try LineParser(format: format, capturing: ["remote_user", "http_user_agent"])
    let start = Array("127.0.0.1 - u".utf8) + odd + Array("v [23/Nov/2026:09:10:13 +0000] ".utf8)
    let request = Array(#""GET /"#.utf8) + odd + Array(#" HTTP/1.1" 200 5 "-" "a"#.utf8)
    let combined = try LineReading(start + request + odd + Array(#"b""#.utf8), by: &common)
    var json = try LineParser(format: .json(.nginx, .end), capturing: ["user", "agent"])
    let members: [[UInt8]] = [
      Array(#"{"ts":1,"status":200,"key"#.utf8) + odd + Array(#"":1,"method":"GET","uri":"/"#.utf8)
        + odd,
      Array(#"","user":"u"#.utf8) + odd + Array(#"v","agent":"a"#.utf8) + odd + Array(#"b"}"#.utf8),
    ]
    let object = try LineReading(members.flatMap { $0 }, by: &json)
    for reading in [combined, object] {
      #expect(reading.bytes(of: reading.record.target) == Array("/".utf8) + odd)
      #expect(
        reading.bytes(of: reading.record.captured[0]) == Array("u".utf8) + odd + Array("v".utf8))
      #expect(
        reading.bytes(of: reading.record.captured[1]) == Array("a".utf8) + odd + Array("b".utf8))
    }
  }

  @Test(arguments: [
    (LogFormat(name: "combined"), "http_x_api_user"), (LogFormat(name: "common"), "extra_0"),
    (LogFormat(name: "common"), "extra_9"), (LogFormat(name: "common"), "extra_"),
    (LogFormat(name: "combined"), ""),
  ])
  func `a field that the format does not have is refused at once`(
    _ format: LogFormat?, _ name: String
  ) throws {
    let format = try #require(format)
    do throws(LineParser.SetupError) {
      _ = try LineParser(format: format, capturing: ["status", name])
      Issue.record("`\(name)` was taken")
    } catch {
      guard case .unknownField(name, let known) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(known.contains("remote_user"))
    }
  }

  @Test func `there is a limit on captured fields and on keys`() throws {
    let keys = (0..<49).map { "key\($0)" }
    #expect(throws: LineParser.SetupError.tooManyCapturedFields(limit: 48)) {
      _ = try LineParser(format: .json(.nginx, .end), capturing: keys)
    }
    var mapping = FieldMapping()
    mapping.time = (0..<64).map { "time\($0)" }
    _ = try LineParser(format: .json(mapping, .end), capturing: ["time0"])
    #expect(throws: LineParser.SetupError.tooManyKeys(limit: 64)) {
      _ = try LineParser(format: .json(mapping, .end), capturing: ["key"])
    }
  }

  @Test func `a key of thousands of dots is refused, not a crash`() throws {
    var mapping = FieldMapping.nginx
    mapping.route = [String(repeating: "a.", count: 40_000)]
    #expect(throws: LineParser.SetupError.self) {
      _ = try LineParser(format: .json(mapping, .end), capturing: [])
    }
  }

  /// Rules may name a part of the record whatever the log calls it.
  @Test(arguments: [
    ("method", #""request_method":"GET""#, "GET"), ("method", #""method":"GET""#, "GET"),
    ("user_agent", #""http_user_agent":"curl""#, "curl"),
    ("user_agent", #""user_agent":"curl""#, "curl"),
    ("user_agent", #""http_user_agent":"a","user_agent":"b""#, "b"),
    ("host", #""server_name":"a.test""#, "a.test"), ("remote_addr", #""remote_addr":"::1""#, "::1"),
    ("request_time", #""request_time":"""#, ""),
  ])
  func `a captured field is the log's own key, else the part of that name`(
    _ field: String, _ member: String, _ expected: String
  ) throws {
    var parser = try LineParser(format: .json(.nginx, .end), capturing: [field])
    let line = #"{"ts":1,"status":200,"request":"GET / HTTP/1.1",\#(member)}"#
    let reading = try LineReading(Array(line.utf8), by: &parser)
    #expect(reading.text(of: reading.record.captured[0]) == expected)
  }

  @Test(arguments: [
    (CommonLogLayout.Duration.none, "0.032", nil as Int64?),
    (.requestTime(.extra(2)), "0.032 0.500", 500_000_000),
    (.requestTime(.extra(2)), "0.032", nil),
    (.field(.extra(1), .microseconds), "20798", 20_798_000),
    (.field(.extra(1), .milliseconds), "12", 12_000_000),
    (.field(.extra(2), .seconds), "x 3", 3_000_000_000),
    (.field(.extra(1), .seconds), "-", nil),
    (.field(.extra(1), .seconds), "-1", nil),
    (.field(.size, .nanoseconds), "", 5),
  ])
  func `a duration is read from the field and in the unit that the layout says`(
    _ duration: CommonLogLayout.Duration, _ extras: String, _ expected: Int64?
  ) throws {
    var layout = CommonLogLayout()
    layout.hasRefererAndAgent = false
    layout.duration = duration
    layout.timestampMoment = .start
    var parser = try LineParser(format: .common(layout), capturing: [])
    let line = #"127.0.0.1 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 5 \#(extras)"#
    let reading = try LineReading(Array(line.utf8), by: &parser)
    #expect(reading.record.duration == expected ?? AccessRecord.absent)
    #expect(reading.record.start == 1_795_425_013_000_000_000)
  }

  @Test(arguments: ["1.2.3.4", "x", "9e12", "1:30"])
  func `a field that the layout names as duration must be one`(_ text: String) throws {
    var layout = CommonLogLayout()
    layout.hasRefererAndAgent = false
    layout.duration = .field(.extra(1), .seconds)
    var parser = try LineParser(format: .common(layout), capturing: [])
    let line = #"127.0.0.1 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 5 \#(text)"#
    #expect(throws: LineRejection(.invalidDuration, at: 66)) {
      _ = try LineReading(Array(line.utf8), by: &parser)
    }
  }
}
