import Attribution
import Testing

struct ConsumerTests {
  /// The consumer that `rules` find in `values`, one for each rule.
  private static func consumer(_ rules: [ConsumerRule], _ values: [[UInt8]?]) throws -> String? {
    var harness = try AttributionHarness(consumers: rules)
    var request = RequestSample()
    request.captured = values
    let first = harness.outcome(request)
    // What is remembered says the same.
    #expect(harness.outcome(request) == first)
    let prefix = "GET / by "
    return first.hasPrefix(prefix) ? String(first.dropFirst(prefix.count)) : nil
  }

  private static func consumer(_ rule: ConsumerRule, _ value: String) throws -> String? {
    try consumer([rule], [Array(value.utf8)])
  }

  @Test(
    arguments: [
      ([nil, nil], nil), (["acme", "globex"], "acme"), ([nil, "globex"], "globex"),
      (["", "globex"], "globex"), (["-", "globex"], "globex"), (["  ", "globex"], "globex"),
      (["acme", nil], "acme"), (["--", nil], "--"),
    ] as [([String?], String?)])
  func `the first rule that yields a value wins`(_ values: [String?], _ expected: String?) throws {
    let rules = [ConsumerRule(field: "a"), ConsumerRule(field: "b")]
    #expect(try Self.consumer(rules, values.map { $0.map { Array($0.utf8) } }) == expected)
  }

  @Test(
    arguments: [
      ("arg_api_key", nil, "k%20x", "k x"), ("arg_api_key", nil, "k+x", "k x"),
      ("arg_api_key", nil, "%6B%20x", "k x"), ("arg_api_key", nil, "a%2Bb", "a+b"),
      ("arg_api_key", nil, "%", "%"), ("arg_api_key", nil, "%zz%4", "%zz%4"),
      ("arg_api_key", nil, "%20%20", nil), ("arg_name", nil, "caf%C3%A9", "caf\u{E9}"),
      ("arg_name", nil, "%ff", "\u{FFFD}"), ("arg_api_key", "^(..)", "%61bc", "ab"),
      ("args", "(?:^|&)key=([^&]+)", "a=1&key=k%2Bx", "k+x"),
      ("cs-uri-query", "key=([^&]+)", "key=k+x", "k x"),
      ("request_uri", "[?&]key=([^&]+)", "/a?key=k%20x", "k x"),
      ("request_uri", "^/([^/]+)/", "/a+b%20c/d?x=%20", "a+b%20c"),
      ("request", "key=([^& ]+)", "GET /a?b=c&key=%6B HTTP/1.1", "k"),
      ("http_x_api_key", nil, "k%20x+y", "k%20x+y"),
      ("http_x_api_key", "^(.*)$", "a?k%20x", "a?k%20x"), ("remote_user", nil, "a+b", "a+b"),
    ] as [(String, String?, String, String?)])
  func `the spellings of a query's value are one consumer`(
    _ field: String, _ pattern: String?, _ value: String, _ expected: String?
  ) throws {
    #expect(try Self.consumer(ConsumerRule(field: field, pattern: pattern), value) == expected)
  }

  @Test func `a dash is a name where the log has better ways to say that there is none`() throws {
    var harness = try AttributionHarness(consumers: [ConsumerRule(field: "a")])
    var request = RequestSample()
    request.captured = [Array("-".utf8)]
    for (isAbsent, expected) in [(true, "GET /"), (false, "GET / by -"), (true, "GET /")] {
      request.dashMeansAbsent = isAbsent
      #expect(harness.outcome(request) == expected)
    }
  }

  @Test func `two rules may read the same field in their own way`() throws {
    let rules = [
      ConsumerRule(field: "a", pattern: "^key=(.+)"), ConsumerRule(field: "b"),
      ConsumerRule(field: "a", pattern: "^id=(.+)"),
    ]
    var harness = try AttributionHarness(consumers: rules)
    for (first, second, expected) in [
      ("key=k", "x", "k"), ("id=i", "x", "x"), ("id=i", "", "i"), ("other", "", nil),
    ] as [(String, String, String?)] {
      var request = RequestSample()
      request.captured = [Array(first.utf8), Array(second.utf8)]
      #expect(harness.outcome(request) == "GET /" + (expected.map { " by \($0)" } ?? ""))
    }
  }

  @Test(arguments: [
    ("^Bearer (.{8})", "Bearer abcdefghijk", "abcdefgh"),
    ("^Bearer (.{8})", "Basic abcdefghijk", nil),
    ("^Bearer (.{8})", "Bearer short", nil), ("(b+)", "abbbc", "bbb"), ("b+", "abbbc", nil),
    ("^(?:x=(\\d+))?", "y", nil), ("(a)|(b)", "b", nil), ("^( *)", "   a", nil),
    ("(-)", "a-b", "-"),
    ("key: (.*)", "key:   padded  ", "padded"), ("^(.)", "e\u{301}a", "e"),
    ("(?i)^KEY (\\w+)", "key é", "é"),
  ])
  func `the consumer is the first group of the pattern`(
    _ pattern: String, _ value: String, _ expected: String?
  ) throws {
    #expect(try Self.consumer(ConsumerRule(field: "a", pattern: pattern), value) == expected)
  }

  @Test func `a pattern that is none is refused when the run begins`() {
    let error = #expect(throws: PatternError.self) {
      _ = try AttributionHarness(consumers: [ConsumerRule(field: "a", pattern: "(")])
    }
    #expect(error?.pattern == "(")
  }

  /// As `printf acme | sha256sum | cut -c 1-16` prints it.
  @Test(arguments: [
    ("acme", "822b33ad87c148a0"), ("  acme ", "822b33ad87c148a0"), ("é", "4a99557e4033c353"),
    (String(repeating: "x", count: 200), "aa20c23e32018340"),
  ])
  func `a hash hides the value`(_ value: String, _ expected: String) throws {
    #expect(try Self.consumer(ConsumerRule(field: "a", digest: .sha256), value) == expected)
  }

  /// Exactly what Python's `str.strip()` strips, which the middleware calls.
  @Test func `white space around a value is not part of it`() throws {
    let spaces: [UInt32] =
      Array(0x09...0x0D) + Array(0x1C...0x20) + [0x85, 0xA0, 0x1680] + Array(0x2000...0x200A)
      + [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
    var harness = try AttributionHarness(consumers: [ConsumerRule(field: "a")])
    for value in 1...0x3001 as ClosedRange<UInt32> {
      guard let scalar = Unicode.Scalar(value) else { continue }
      var request = RequestSample()
      request.captured = [Array("\(scalar)a\(scalar)".utf8)]
      let expected = spaces.contains(value) ? "a" : "\(scalar)a\(scalar)"
      #expect(harness.outcome(request) == "GET / by \(expected)", "U+\(String(value, radix: 16))")
    }
  }

  @Test func `a value is cut after 128 Unicode scalars`() throws {
    let rule = ConsumerRule(field: "a")
    for (unit, count) in [("a", 128), ("é", 128), ("😀", 128), ("e\u{301}", 64)] {
      let long = String(repeating: unit, count: 200)
      let expected = String(repeating: unit, count: count)
      #expect(try Self.consumer(rule, long).map { Array($0.utf8) } == Array(expected.utf8))
    }
    let exact = String(repeating: "a", count: 127)
    #expect(try Self.consumer(rule, exact + "b") == exact + "b")
    #expect(try Self.consumer(rule, exact + "e\u{301}") == exact + "e")
    #expect(try Self.consumer(rule, " " + exact + " b") == exact + " ")
  }

  @Test(
    arguments: [
      (.utf8, [0x52, 0xC3, 0xA9], "R\u{E9}"), (.latin1, [0x52, 0xC3, 0xA9], "R\u{C3}\u{A9}"),
      (.latin1, [0x52, 0xE9], "R\u{E9}"), (.utf8, [0x52, 0xE9], "R\u{FFFD}"),
      (.utf8, [0xED, 0xA0, 0x80, 0x41], "\u{FFFD}\u{FFFD}\u{FFFD}A"),
      // A no-break space is white space once it is read as one.
      (.latin1, [0xA0, 0x41, 0xA0], "A"), (.latin1, [0x85], nil), (.utf8, [0xA0], "\u{FFFD}"),
      // NUL, which databases refuse, is corrected like other bytes that are no text.
      (.utf8, [0x41, 0x00, 0x42], "A\u{FFFD}B"), (.latin1, [0x41, 0x00], "A\u{FFFD}"),
      (.utf8, Array(#"R\xC3\xA9"#.utf8), "R\u{E9}"),
      (.latin1, Array(#"\xE9\u00e9"#.utf8), "\u{E9}\u{C3}\u{A9}"),
    ] as [(ConsumerRule.Encoding, [UInt8], String?)])
  func `bytes are read in the encoding of the rule`(
    _ encoding: ConsumerRule.Encoding, _ bytes: [UInt8], _ expected: String?
  ) throws {
    let found = try Self.consumer([ConsumerRule(field: "a", encoding: encoding)], [bytes])
    #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test func `more values than are remembered are still told apart`() throws {
    var harness = try AttributionHarness(consumers: [ConsumerRule(field: "a")])
    var request = RequestSample()
    for number in 0..<100_050 {
      request.captured = [Array("consumer \(number)".utf8)]
      let outcome = harness.outcome(request)
      if outcome != "GET / by consumer \(number)" { Issue.record("\(outcome)") }
    }
    request.captured = [Array("consumer 7".utf8)]
    #expect(harness.outcome(request) == "GET / by consumer 7")
  }
}
