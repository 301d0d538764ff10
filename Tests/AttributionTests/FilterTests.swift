import Attribution
import Testing

struct FilterTests {
  private static func outcome(_ filters: [RecordFilter], _ values: [String?]) throws -> String {
    var harness = try AttributionHarness(filters: filters)
    var request = RequestSample("GET", "/x")
    request.captured = values.map { $0.map { Array($0.utf8) } }
    let outcome = harness.outcome(request)
    #expect(harness.outcome(request) == outcome)
    return outcome
  }

  @Test(arguments: [
    ("", "", true), ("", nil, false), ("", "-", false), ("", " ", false), ("-", "-", true),
    ("GET", "GET", true), ("GET", "get", false), ("GET", "GETS", false), ("GET", "GE", false),
    ("é", "é", true), ("é", #"\xC3\xA9"#, true), ("é", #"\u00e9"#, true), (#"a"b"#, #"a\"b"#, true),
    (#"a\b"#, #"a\\b"#, true), (#"a\"b"#, #"a"b"#, false),
  ])
  func `a filter matches a field that is exactly its value`(
    _ value: String, _ field: String?, _ isMatch: Bool
  ) throws {
    let filter = RecordFilter(name: "f", field: "a", condition: .equals(value))
    #expect(try Self.outcome([filter], [field]) == (isMatch ? "filter(0)" : "GET /x"))
  }

  @Test(arguments: [
    ("bot", "Googlebot/2.1", true), ("bot", nil, false), ("^$", "", true), ("bot", "", false),
    ("(?i)BOT", "robot", true), ("^/a.b$", "/a\u{301}b", true), (#"^\d{3}$"#, "200", true),
    (#"^"x"$"#, #"\"x\""#, true), ("é", #"caf\xC3\xA9"#, true), ("\u{FFFD}", "\\xFF", true),
  ])
  func `a filter matches where its pattern is found`(
    _ pattern: String, _ field: String?, _ isMatch: Bool
  ) throws {
    let filter = RecordFilter(name: "f", field: "a", condition: .matches(pattern))
    #expect(try Self.outcome([filter], [field]) == (isMatch ? "filter(0)" : "GET /x"))
  }

  @Test func `the first filter that matches counts`() throws {
    let filters = [
      RecordFilter(name: "f", field: "a", condition: .equals("1")),
      RecordFilter(name: "g", field: "b", condition: .matches("x")),
      RecordFilter(name: "h", field: "a", condition: .matches("2")),
    ]
    #expect(try Self.outcome(filters, ["1", "x"]) == "filter(0)")
    #expect(try Self.outcome(filters, ["2", "x"]) == "filter(1)")
    #expect(try Self.outcome(filters, ["2", nil]) == "filter(2)")
    #expect(try Self.outcome(filters, [nil, nil]) == "GET /x")
  }

  @Test func `a pattern that is none is refused when the run begins`() {
    let filter = RecordFilter(name: "f", field: "a", condition: .matches("[z-a]"))
    let error = #expect(throws: PatternError.self) {
      _ = try AttributionHarness(filters: [filter])
    }
    #expect(error?.pattern == "[z-a]")
  }
}
