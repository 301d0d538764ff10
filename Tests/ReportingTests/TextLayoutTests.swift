import Testing

@testable import Reporting

struct TextLayoutTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("😀", 2), ("\u{200B}", 0),
  ])
  func `text takes as many columns as a terminal gives it`(text: String, expected: Int) {
    #expect(columns(of: text) == expected)
  }

  @Test(arguments: [
    ("short", 10, "short"), ("longer than that", 8, "longer …"), ("日本語です", 6, "日本…"),
    ("a\u{1B}[2Jb", 40, "a\\u{1B}[2Jb"), ("a\u{1B}[2Jb", 5, "a\\u{…"),
  ])
  func `text is cut to columns, and nothing in it acts on a terminal`(
    text: String, width: Int, expected: String
  ) {
    #expect(fitted(text, to: width) == expected)
  }

  @Test func `lines are broken between words, and keep the spaces they begin with`() {
    #expect(wrapped("  one two three", to: 9, indent: 4) == ["  one two", "    three"])
    #expect(wrapped("x", to: 1) == ["x"])
    #expect(wrapped("longerthan that", to: 4) == ["longerthan", "that"])
    #expect(wrapped("", to: 4) == [""])
  }

  @Test func `a table is as wide as there is room`() {
    var table = TextTable([.right, .left, .left], heading: ["n", "name", "example"])
    table.add("1", "one", String(repeating: "x", count: 80))
    table.add("200", String(repeating: "y", count: 70), "z")
    for width in TextStyle.widths {
      let lines = table.lines(indent: 2, TextStyle(width: width))
      #expect(lines.count == 3)
      #expect(lines.allSatisfy { columns(of: $0) <= width }, "\(lines)")
      #expect(lines[1].hasPrefix("    1  one"))
    }
  }

  @Test(arguments: [
    (0, "0 ms"), (999, "999 ns"), (1_500, "1.5 µs"), (7_000_000, "7 ms"), (18_400_000, "18.4 ms"),
    (231_499_000, "231 ms"), (1_660_000_000, "1.66 s"), (120_000_000_000, "120 s"),
  ])
  func `spans of time are short`(nanoseconds: Int64, expected: String) {
    #expect(span(nanoseconds) == expected)
  }
}

struct YAMLWritingTests {
  @Test(arguments: [
    ("plain", "plain"), ("/var/log/x.log", "/var/log/x.log"), ("user.id", "user.id"),
    ("", #""""#), ("null", #""null""#), ("No", #""No""#), ("~", #""~""#), ("1", #""1""#),
    ("a b", #""a b""#), ("a: b", #""a: b""#), ("- x", #""- x""#), ("@timestamp", #""@timestamp""#),
    ("^Bearer (.{8})", #""^Bearer (.{8})""#), (#"a"b\c"#, #""a\"b\\c""#), ("é", #""é""#),
    ("\u{1B}[2J\u{9B}\u{202E}\u{2028}", #""\u001b[2J\u009b\u202e\u2028""#),
  ])
  func `text is quoted where YAML would read something else`(text: String, expected: String) {
    #expect(yamlText(text) == expected)
  }
}
