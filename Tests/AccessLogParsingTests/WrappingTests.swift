import AccessLogParsing
import ByteScanning
import TestSupport
import Testing

/// Lines are taken out of what was put around them.
struct WrappingTests {
  struct Sample: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var wrapping: LineWrapping
    var lines: [String]
    var expected: [String]

    init(
      _ description: String, _ envelope: LineWrapping.Envelope, _ lines: [String],
      _ expected: [String], colors: Bool = false,
      timestampPlacement: LineWrapping.TimestampPlacement = .none, pieces: [PrefixPiece] = []
    ) {
      testDescription = description
      wrapping = LineWrapping(envelope)
      wrapping.hasColors = colors
      wrapping.pieces = pieces
      wrapping.timestampPlacement = timestampPlacement
      (self.lines, self.expected) = (lines, expected)
    }
  }

  static let samples = [
    Sample(
      "Docker", .docker,
      [
        #"{"log":"GET \"/a\" \u00e9\r\n","stream":"stdout","time":"2026-11-23T09:10:13.5Z"}"#,
        #"{"log":"\n","stream":"stderr","time":"2026-11-23T09:10:13.5Z"}"#, "no object",
      ],
      [#"GET "/a" é"#, "", "no object"]),
    Sample(
      "Docker, parts of two streams", .docker,
      [
        #"{"log":"one ","stream":"stdout","time":"1"}"#,
        #"{"log":"other ","stream":"stderr","time":"1"}"#,
        #"{"log":"two ","stream":"stdout","time":"1"}"#,
        #"{"log":"three\n","stream":"stdout","time":"1"}"#,
        #"{"log":"end\n","stream":"stderr","time":"1"}"#,
      ],
      ["one two three", "other end"]),
    Sample(
      "CRI", .cri,
      [
        "2026-11-23T09:10:13.5+01:00 stdout F GET /a", "2026-11-23T09:10:13.5Z stdout P begin ",
        "2026-11-23T09:10:13.5Z stderr F error", "2026-11-23T09:10:13.5Z stdout F end",
        "2026-11-23T09:10:13.5Z stdout F ", "2026-11-23T09:10:13.5Z stdlog F x",
        "2026-11-23T09:10:13.5Z stdout P without an end",
      ],
      [
        "GET /a", "error", "begin end", "", "2026-11-23T09:10:13.5Z stdlog F x", "without an end",
      ]),
    Sample(
      "syslog", .syslog,
      [
        "<134>1 2026-11-23T09:10:13.5Z host nginx 17 - - GET /a",
        #"<134>1 2026-11-23T09:10:13.5Z host nginx - ID47 [a@1 b="x\]y"][c@1 d="e"] GET /b"#,
        "<134>Nov 23 09:10:13 host nginx[17]: GET /c", "Nov  3 09:10:13 host nginx: GET /d",
        "2026-11-23T09:10:13.677020+00:00 heroku[router]: at=info",
        "2026-11-23T09:10:13+0100 host unit[1]: GET /e",
        "83 <40>1 2026-11-23T09:10:13+00:00 host heroku router - at=info",
        "<134>1 2026-11-23T09:10:13.5Z host nginx 17 - - \u{FEFF}GET /f", "<134>", "nothing of it",
      ],
      [
        "GET /a", "GET /b", "GET /c", "GET /d", "at=info", "GET /e", "at=info", "GET /f", "<134>",
        "nothing of it",
      ]),
    Sample(
      "docker compose", .compose,
      [
        "web-1    | GET /a", "db_1|x", "web-1  | 2026-11-23T09:10:13.5Z GET /b", "no bar",
        "two words | x",
      ],
      ["GET /a", "x", "GET /b", "no bar", "two words | x"]),
    Sample(
      "timestamps", .timestamp, ["2026-11-23T09:10:13.123456789Z GET /a", "GET /b"],
      ["GET /a", "GET /b"]),
    Sample(
      "an object with the line", .json,
      [#"{"@timestamp":"2026-11-23T09:10:13Z","message":"GET \"/a\"","host":"x"}"#, #"{"a":1}"#],
      [#"GET "/a""#, #"{"a":1}"#]),
    Sample(
      "objects on a line", .sequence,
      [
        #"{"records":[{"a":"}"},{"b":{"c":1}}]}"#, #"[{"a":1}, {"b":2}]"#, #"{"a":1}{"b":2}"#, "[",
        #"{"a":"\"{"},"#, "]", #"{"cut":"#, "text",
      ],
      [
        #"{"a":"}"}"#, #"{"b":{"c":1}}"#, #"{"a":1}"#, #"{"b":2}"#, #"{"a":1}"#, #"{"b":2}"#,
        #"{"a":"\"{"}"#, #"{"cut":"#, "text",
      ]),
    Sample(
      "colours", .none,
      ["\u{1B}[32mINFO\u{1B}[0m: \u{1B}[1;4mx\u{1B}[m", "#033[32mGET#033[0m /a", "a#b"],
      ["INFO: x", "GET /a", "a#b"], colors: true),
    Sample(
      "a timestamp before the line", .cri, ["2026-11-23T09:10:13.5Z stdout F GET /a", "GET /b"],
      ["2026-11-23T09:10:13.5Z GET /a", "- GET /b"], timestampPlacement: .text),
    Sample(
      "a timestamp in the line", .cri, [#"2026-11-23T09:10:13.5Z stdout F {"a":1}"#],
      [#"{"wrapper_time":"2026-11-23T09:10:13.5Z","a":1}"#], timestampPlacement: .member),
    Sample(
      "a timestamp as a pair", .syslog, ["2026-11-23T09:10:13+00:00 heroku[router]: at=info"],
      ["wrapper_time=2026-11-23T09:10:13+00:00 at=info"], timestampPlacement: .pair),
  ]

  static let furtherSamples = [
    Sample(
      "a stamp, a word and brackets", .prefix,
      [
        "2026-11-23T09:10:13Z app[1] fra [info] GET /a", "2026-11-23T09:10:13Z app[1] GET /b",
        "no stamp", "2026-11-23T09:10:13Z app[1]  fra\t[a b]  GET /c",
      ],
      ["GET /a", "2026-11-23T09:10:13Z app[1] GET /b", "no stamp", "GET /c"],
      pieces: [.stamp, .word, .word, .bracketed]),
    Sample(
      "labels", .prefix,
      [#"2026-11-23T09:10:13Z {app="a b"} GET /a"#, #"2026-11-23T09:10:13Z {"a":1} GET /b"#],
      ["GET /a", #"2026-11-23T09:10:13Z {"a":1} GET /b"#], pieces: [.stamp, .braced]),
    Sample(
      "an object behind a tag", .object,
      [
        #"web: [1795425013.5, {"a":{"b":"}"}}]"#, "2026-11-23T09:10:13Z\tweb\t{\"a\":1}",
        #"{"a":1}"#, "{a} b", "x { ",
      ],
      [#"{"a":{"b":"}"}}"#, #"{"a":1}"#, #"{"a":1}"#, "{a} b", "x { "]),
    Sample(
      "a line in an object behind a tag", .json,
      [#"web: [1795425013.5, {"log":"GET \"/a\""}]"#, #"web {"log":{"file":"x"}}"#],
      [#"GET "/a""#, #"web {"log":{"file":"x"}}"#]),
    Sample(
      "a list of bytes", .json,
      [#"{"MESSAGE":[71, 69,84,300, 10]}"#, #"{"MESSAGE":null}"#, #"{"MESSAGE":[]}"#],
      ["GET", #"{"MESSAGE":null}"#, ""]),
    Sample(
      "Fastify's two lines", .pairs,
      [
        #"{"time":1,"reqId":"a","req":{"method":"GET","url":"/a"},"msg":"incoming request"}"#,
        #"{"time":2,"reqId":"b","req":{"method":"GET","url":"/b"},"msg":"incoming request"}"#,
        #"{"time":3,"reqId":"a","msg":"between"}"#,
        #"{"time":4,"reqId":"a","res":{"statusCode":200},"responseTime":3}"#,
        #"{"time":5,"reqId":"c","res":{"statusCode":200},"responseTime":3}"#,
      ],
      [
        #"{"time":3,"reqId":"a","msg":"between"}"#,
        #"{"time":4,"reqId":"a","res":{"statusCode":200},"responseTime":3,"#
          + #""req":{"method":"GET","url":"/a"}}"#,
        #"{"time":5,"reqId":"c","res":{"statusCode":200},"responseTime":3}"#,
      ]),
    Sample(
      "Rails' two lines", .pairs,
      [
        #"I, [2026-11-23T09:10:13.1 #1]  INFO -- : [8f3a-1] Started GET "/a" for 192.0.2.9 at "#
          + "2026-11-23 09:10:13 +0000",
        "I, [2026-11-23T09:10:13.1 #1]  INFO -- : [8f3a-1] Processing by A#show as JSON",
        "[8f3a-1] Completed 200 OK in 38ms (Views: 2.1ms)", "Completed 200 OK in 38ms",
        #"[8f3a-2] Started GET "/a" for"#, "[8f3a-2] Completed",
      ],
      [
        "I, [2026-11-23T09:10:13.1 #1]  INFO -- : [8f3a-1] Processing by A#show as JSON",
        #"rails 2026-11-23T09:10:13+0000 192.0.2.9 GET "/a" 200 38ms"#, "Completed 200 OK in 38ms",
        "[8f3a-2] Completed",
      ]),
    Sample(
      "Rails' lines without a method or an address", .pairs,
      [
        #"[8f3a-3] Started "/a" for 192.0.2.9 at 2026-11-23 09:10:13 +0000"#,
        "[8f3a-3] Completed 200 OK in 38ms",
        #"[8f3a-4] Started GET "/a" for at 2026-11-23 09:10:13 +0000"#,
        "[8f3a-4] Completed 200 OK in 38ms",
      ],
      ["[8f3a-3] Completed 200 OK in 38ms", "[8f3a-4] Completed 200 OK in 38ms"]),
    Sample(
      "Phoenix' two lines", .pairs,
      [
        "2026-11-23 09:10:13.380 request_id=F3a9b [info] GET /a",
        "2026-11-23 09:10:13.418 request_id=F3a9b [info] Sent 200 in 211µs",
        "09:10:13.380 request_id=F3a9c [info] GET /a",
        "09:10:13.418 request_id=F3a9c [info] Sent 200 in 38ms",
      ],
      [
        "phoenix 2026-11-23 09:10:13.380 GET \"/a\" 200 211µs",
        "09:10:13.418 request_id=F3a9c [info] Sent 200 in 38ms",
      ]),
    Sample(
      "messages with their lengths and nothing between them", .syslog,
      [
        "51 <134>1 2026-11-23T09:10:13.5Z host nginx 17 - - GET51 <134>1 2026-11-23T09:10:13.5Z "
          + "host nginx 17 - - PUT9 <134>text"
      ],
      ["GET", "PUT", "9 <134>text"]),
  ]

  private static func unwrapped(_ text: String, _ wrapping: LineWrapping) -> [String] {
    var unwrapper = LineUnwrapper(wrapping)
    let bytes = Array(text.utf8)
    unwrapper.unwrap(bytes.span)
    return String(decoding: unwrapper.text.span.copied(), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { String($0) }
  }

  @Test(arguments: samples + furtherSamples)
  func `a line is taken out of its wrapping`(_ sample: Sample) {
    let text = sample.lines.map { $0 + "\n" }.joined()
    #expect(Self.unwrapped(text, sample.wrapping) == sample.expected)
  }

  @Test(
    arguments: [
      (["a+", "a-", "b+"], 2), (["a+", "b+", "a-"], 0), (["a+", "a-"], nil), (["b-", "x"], nil),
      (["a+", "a-", "b+", "c+", "b-"], 2), (["b+", "b-", "c+", "d+", "d-", "c-", "e+"], 6),
      ([], nil),
    ] as [([String], Int?)])
  func `requests that go on belong to the next chunk`(_ halves: [String], _ line: Int?) {
    let lines = halves.map { half in
      half.hasSuffix("+")
        ? "{\"reqId\":\"\(half.prefix(1))\",\"req\":{\"method\":\"GET\"}}\n"
        : "{\"reqId\":\"\(half.prefix(1))\",\"res\":{\"statusCode\":200}}\n"
    }
    let bytes = Array(lines.joined().utf8)
    var unwrapper = LineUnwrapper(LineWrapping(.pairs))
    let expected = line.map { lines[..<$0].joined().utf8.count }
    #expect(unwrapper.heldBack(bytes.span) == expected)
  }

  @Test func `requests in two lines are joined inside of a container's lines`() {
    let halves = [
      #"{"reqId":"a","req":{"method":"GET","url":"/a"}}"#, "a word",
      #"{"reqId":"b","req":{"method":"GET","url":"/b"}}"#,
      #"{"reqId":"a","res":{"statusCode":200}}"#,
      #"{"reqId":"c","req":{"method":"GET","url":"/c"}}"#,
    ]
    let lines = halves.map { "2026-11-23T09:10:13.5Z stdout F \($0)\n" }
    let bytes = Array(lines.joined().utf8)
    let wrapping = LineWrapping(.pairs).within(LineWrapping(.cri))
    #expect(
      Self.unwrapped(lines.joined(), wrapping) == [
        "a word", #"{"reqId":"a","res":{"statusCode":200},"req":{"method":"GET","url":"/a"}}"#,
      ])
    var unwrapper = LineUnwrapper(wrapping)
    unwrapper.unwrap(bytes.span)
    #expect(unwrapper.lineCount == 5 && unwrapper.joinedCount == 3)
    #expect(unwrapper.origin(of: 1).line == 3)
    #expect(unwrapper.origin(of: 1).offset == lines[..<3].joined().utf8.count)
    // The first one's two lines are on both sides of the second one's first line.
    #expect(unwrapper.heldBack(bytes.span) == 0)
    let later = Array(lines[1...].joined().utf8)
    #expect(unwrapper.heldBack(later.span) == lines[1].utf8.count)
    #expect(wrapping.name == "two lines each in cri")
  }

  @Test func `a request whose line is in parts begins with the first part`() {
    let parts = [
      ("F", "a word"), ("P", #"{"reqId":"a","#), ("F", #""req":{"method":"GET"}}"#), ("F", "b"),
    ]
    let lines = parts.map { "2026-11-23T09:10:13.5Z stdout \($0.0) \($0.1)\n" }
    let bytes = Array(lines.joined().utf8)
    var unwrapper = LineUnwrapper(LineWrapping(.pairs).within(LineWrapping(.cri)))
    #expect(unwrapper.heldBack(bytes.span) == lines[0].utf8.count)
  }

  @Test func `a line without a time has that of the outer wrapping`() {
    var inner = LineWrapping(.json)
    inner.timestampPlacement = .text
    let wrapping = inner.within(LineWrapping(.syslog))
    #expect(wrapping.suppliesTime)
    let lines = [
      #"<134>1 2026-11-23T09:10:13.5Z host app 17 - - {"log":"GET /a"}"#,
      #"<134>1 2026-11-23T09:10:14Z host app 17 - - {"log":"GET /b","time":"2026-11-23T09:00:00Z"}"#,
      "plain",
    ]
    #expect(
      Self.unwrapped(lines.map { $0 + "\n" }.joined(), wrapping) == [
        "2026-11-23T09:10:13.5Z GET /a", "2026-11-23T09:00:00Z GET /b", "- plain",
      ])
  }

  @Test func `every line out and every part is one of the lines in`() {
    for sample in Self.samples where sample.wrapping.envelope != .sequence {
      var unwrapper = LineUnwrapper(sample.wrapping)
      let bytes = Array(sample.lines.map { $0 + "\n" }.joined().utf8)
      unwrapper.unwrap(bytes.span)
      #expect(unwrapper.lineCount == sample.lines.count)
      #expect(unwrapper.origins.count + unwrapper.joinedCount == sample.lines.count, "\(sample)")
    }
  }

  @Test func `a line out knows where it stood`() {
    var unwrapper = LineUnwrapper(LineWrapping(.cri))
    let lines = [
      "2026-11-23T09:10:13.5Z stdout P a", "2026-11-23T09:10:13.5Z stdout F b", "",
      "2026-11-23T09:10:13.5Z stdout F c",
    ]
    let text = lines.map { $0 + "\n" }.joined()
    let bytes = Array(text.utf8)
    unwrapper.unwrap(bytes.span)
    #expect(unwrapper.origin(of: 0).line == 1 && unwrapper.origin(of: 1).line == 2)
    let last = unwrapper.origin(of: 2)
    #expect(last.line == 3)
    #expect(bytes.span.line(from: last.offset).range.count == lines[3].utf8.count)
  }

  @Test(
    arguments: [
      (["F a", "F b"], nil), (["F a", "P b"], 1), (["F a", "P b", "P c"], 1),
      (["P a", "E F x", "E F y"], 0), (["F a", "E P b", "F c", "F d"], 1), (["P a", "F b"], nil),
      ([], nil),
    ] as [([String], Int?)])
  func `parts whose end is to come belong to the next chunk`(_ tags: [String], _ line: Int?) {
    let lines = tags.map { tag in
      tag.hasPrefix("E ")
        ? "2026-11-23T09:10:13.5Z stderr \(tag.dropFirst(2))\n"
        : "2026-11-23T09:10:13.5Z stdout \(tag)\n"
    }
    let bytes = Array(lines.joined().utf8)
    var unwrapper = LineUnwrapper(LineWrapping(.cri))
    let expected = line.map { lines[..<$0].joined().utf8.count }
    #expect(unwrapper.heldBack(bytes.span) == expected)
  }

  private static func containerLine(_ text: String, _ stream: String = "stdout") -> String {
    "2026-11-23T09:10:13.5Z \(stream) \(text)\n"
  }

  @Test func `parts are kept up to a limit, however many they are`() {
    let before = Self.containerLine("F whole")
    let part = Self.containerLine("P " + String(repeating: "x", count: 100))
    for (count, isKept) in [(1_000, true), (LineWrapping.partsLimit / part.utf8.count + 2, false)] {
      let bytes = Array((before + String(repeating: part, count: count)).utf8)
      var unwrapper = LineUnwrapper(LineWrapping(.cri))
      #expect(unwrapper.heldBack(bytes.span) == (isKept ? before.utf8.count : nil))
    }
  }

  /// A program that was killed within a line does not hold up what the other stream says.
  @Test func `a part whose end does not come is not waited for`() {
    let part = Self.containerLine("P begin", "stderr")
    let other = Self.containerLine("F GET /a")
    for (count, isKept) in [(100, true), (10_000, false)] {
      let bytes = Array((part + String(repeating: other, count: count)).utf8)
      var unwrapper = LineUnwrapper(LineWrapping(.cri))
      #expect(unwrapper.heldBack(bytes.span) == (isKept ? 0 : nil))
    }
  }

  @Test(arguments: LineWrapping.Envelope.allCases)
  func `any bytes are unwrapped`(_ envelope: LineWrapping.Envelope) throws {
    var generator = SeededGenerator(seed: 41)
    let samples = Self.samples + Self.furtherSamples
    let seeds = samples.filter { $0.wrapping.envelope == envelope }.flatMap(\.lines)
    for _ in 0..<2_000 {
      let seed = try #require(seeds.randomElement(using: &generator))
      let line = MutatedLineTests.mutated(Array(seed.utf8), &generator)
      var wrapping = LineWrapping(envelope)
      wrapping.hasColors = Bool.random(using: &generator)
      wrapping.pieces = [.stamp, .word, .word, .bracketed]
      wrapping.timestampPlacement =
        [.none, .text, .member, .pair].randomElement(using: &generator) ?? .none
      var unwrapper = LineUnwrapper(wrapping)
      unwrapper.unwrap(line.span)
      _ = unwrapper.heldBack(line.span)
      #expect(unwrapper.lineCount <= line.count { $0 == 0x0A } + 1)
    }
  }
}
