import TestSupport
import Testing

@testable import Attribution

struct PatternTests {
  private static func isFound(_ pattern: String, _ text: String) throws -> Bool {
    let bytes = Array(text.utf8)
    return try Pattern(pattern, takesGroup: false).isFound(in: bytes.span)
  }

  private static func group(_ pattern: String, _ text: String) throws -> String? {
    let bytes = Array(text.utf8)
    return try Pattern(pattern, takesGroup: true).firstGroup(in: bytes.span).map {
      String(decoding: bytes[$0], as: UTF8.self)
    }
  }

  @Test(arguments: [
    // Words, digits and white space are Unicode's.
    (#"^\w+$"#, "caf\u{E9}", true), (#"^\w+$"#, "cafe\u{301}", true), (#"^\w+$"#, "日本", true),
    (#"^\w+$"#, "a-b", false), (#"^\W$"#, "é", false), (#"^\W$"#, "-", true),
    (#"^\d+$"#, "٣", true),
    (#"^\D$"#, "٣", false), (#"^\s$"#, "\u{A0}", true), (#"^\S$"#, "\u{2003}", false),
    (#"^\S$"#, "\u{180E}", true), (#"^[\w.]+$"#, "é.é", true), (#"^[^\w]$"#, "é", false),
    (#"^[\S]$"#, "\u{3000}", false), (#"^[\s\d]+$"#, "1 \u{85}", true), (#"^[^\s]$"#, "x", true),
    (#"^[\D]$"#, "5", false),
    // One character is one scalar.
    ("^.$", "é", true), ("^.$", "e\u{301}", false), ("^.{2}$", "😀x", true), ("^.$", "\n", false),
    ("(?s)^.$", "\n", true), ("^$", "", true), ("x*", "", true), ("a", "", false),
    // Spellings of other languages.
    (#"^\u00e9$"#, "é", true), (#"^\u{1F600}$"#, "😀", true), (#"^[\u0061-\u0063]$"#, "b", true),
    (#"^\x{e9}\x41$"#, "éA", true), ("^(?<name>a)$", "a", true), ("^(?P<name>a)$", "a", true),
    ("(?x) ^ a b # both\n c $", "abc", true), ("(?x: a b )c d", "abc d", true),
    ("(?x) [ ] ", "a b", true), ("(?xi)A b", "aB", true), ("(?i-x:A b)", "a B", true),
    ("^a(?#any comment)b$", "ab", true), (#"^\Qa.b\E.$"#, "a.bx", true), (#"\Q[("#, "[(", true),
    ("(?i)É", "é", true), ("(?i)ß", "ẞ", true), ("^[[:digit:]]$", "5", true), ("^[]a]$", "]", true),
    ("^[^]a]$", "]", false), ("a{,3}", "a{,3}", true), ("^a{2}$", "aa", true),
    (#"\bfoo\b"#, "a foo", true),
    // "Does not begin with", as a whole pattern.
    (#"^(?!(?i)api\.example\.com)"#, "API.example.com:443", false),
    (#"^(?!(?i)api\.example\.com)"#, "shop.example.com", true), ("^(?!a|b).*$", "b", false),
    ("^(?!a|b).*", "c", true), (#"^(?![)(]\)|(x))"#, "))", false), ("^(?!.*health)", "", true),
    ("^(?!.*health)", "/a/health", false),
    (#"^\[a\]\]$"#, "[a]]", true), ("a#b", "a#b", true), (#"\p{Greek}"#, "λ", true),
    // Bytes that end strings elsewhere.
    ("^a.b$", "a\u{0}b", true), ("\u{0}b$", "a\u{0}b", true), ("b$", "ab\n", false),
  ])
  func `a pattern means what it says`(_ pattern: String, _ text: String, _ isFound: Bool) throws {
    #expect(try Self.isFound(pattern, text) == isFound)
  }

  /// What cannot be done in linear time, and what RE2 would take for something else.
  @Test(arguments: [
    "(", "[a", "a**", #"\"#, "(?<x", "a)", "(?#", #"(a)\1"#, #"(?<n>a)\k<n>"#, "(?=a)", "(?!a)",
    "(?<=a)b", "(?<!a)b", "(?>a)", "a++", "(?(1)a|b)", #"\p{Foo}"#, "[[a]&&[b]]", "[a&&b]",
    "[a--b]",
    "[a~~b]", "[a[b]]", #"[\W]"#, #"\C"#, #"\u00"#, #"\u{}"#, #"\u{110000}"#, "a{1,129}", "a{1000}",
    "a{99999999999999999999}", "(a{1,12}){1,12}", "((a{9}){5}){4}", "(a{20}b|c{40}){4}",
    "(?:a|b|", "[z-a]", "(?i", #"\R"#, #"\X"#, "(?z)a", "[[:foo:]]",
    String(repeating: #"\p{L}{100}"#, count: 50),
  ])
  func `what cannot be searched as it reads is refused`(_ pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern, takesGroup: false) }
  }

  @Test(arguments: [
    ("(b+)", "abbbc", "bbb"), ("b+", "abbbc", nil), ("(a)|(b)", "b", nil), ("(x*)", "abc", ""),
    ("(é+)", "aééb", "éé"), ("^(.+?)/", "é/a/b", "é"), ("(a|ab)(c|bcd)", "abcd", "a"),
    ("(a+)(?:b)", "aab", "aa"), ("()", "", ""), ("(x)?", "", nil), ("(a)?b", "b", nil),
    ("(?<key>\\w+)=", "  clé=1", "clé"),
  ])
  func `the first group of the first match is found`(
    _ pattern: String, _ text: String, _ expected: String?
  ) throws {
    #expect(try Self.group(pattern, text) == expected)
  }

  @Test func `groups are counted`() throws {
    let counts = try ["a", "(a)", "(?:a)", "(?<n>a)(b)", #"\(a\)"#, "[(]a", "(?x) (a) # (b)"]
      .map { try Pattern($0, takesGroup: true).groupCount }
    #expect(counts == [0, 1, 0, 2, 0, 0, 1])
  }

  @Test func `a pattern that ignores case does so in every language`() throws {
    for (pattern, text) in [("token", "X-ToKeN"), ("é", "É"), ("straSSe", "STRASSE")] {
      let bytes = Array(text.utf8)
      let isFound = try Pattern(pattern, ignoringCase: true, takesGroup: false).isFound(
        in: bytes.span)
      #expect(isFound)
    }
  }

  @Test func `whole characters of a long value are searched`() throws {
    let limit = Pattern.valueLimit
    for count in limit - 4...limit + 4 {
      let value = String(repeating: "a", count: count) + "😀😀"
      let searched = Pattern.searched(value)
      #expect(searched.count <= limit && searched.count >= min(limit - 3, value.utf8.count))
      #expect(String(validating: searched, as: UTF8.self).map { value.hasPrefix($0) } == true)
    }
    #expect(Pattern.searched("é") == Array("é".utf8))
  }

  /// Each would take a search that goes back years: with these, this test would not end.
  @Test(arguments: [
    ("^(a+)+$", String(repeating: "a", count: 4_095) + "!"),
    (#"^(\w+\s?)*$"#, String(repeating: "aaaa ", count: 819) + "!"),
    ("(x+x+)+y", String(repeating: "x", count: 4_096)),
    (#"(\w+)bot"#, String(repeating: "a", count: 4_096)),
    (#"([\w.]+)@[\w.]+"#, String(repeating: "a.", count: 2_048)),
    ("^(.*)a(.*)b(.*)c$", String(repeating: "a", count: 4_096)),
    (#"(\s+)$"#, String(repeating: " ", count: 4_095) + "x"),
    ("((a|a)+|(a|aa)+)*b", String(repeating: "a", count: 4_096)),
    ("(a?){64}(a){64}b", String(repeating: "a", count: 4_096)),
    ("(.+)*=.*", String(repeating: "é", count: 2_048)),
    (#"^(([a-z])+.)+[A-Z]([a-z])+$"#, String(repeating: "a", count: 4_096)),
    (#"(\pL+\d*)+\z-"#, String(repeating: "é", count: 2_048)),
  ])
  func `searching takes linear time`(_ pattern: String, _ value: String) throws {
    let pattern = try Pattern(pattern, takesGroup: true)
    let bytes = Array(value.utf8)
    for _ in 0..<100 {
      let (isFound, group) = (pattern.isFound(in: bytes.span), pattern.firstGroup(in: bytes.span))
      #expect(!isFound && group == nil)
    }
  }

  @Test(arguments: [
    String(repeating: "(", count: 5_000) + "a" + String(repeating: ")", count: 5_000),
    String(repeating: "(?:a|b|", count: 3_000) + "c" + String(repeating: ")", count: 3_000),
    String(repeating: "(a|b?)", count: 500),
  ])
  func `a pattern may be nested deeply`(_ pattern: String) throws {
    #expect(try Self.isFound(pattern, "c or a"))
  }

  /// Whatever a client sends, no pattern finds anything outside of it, or does not end.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func `a group lies in the text`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let parts = [
      "a", "é", ".", "\\w", "\\s+", "(b|c)", "(a*)", "[^a]", "(?i)x", "{2}", "|", "^", "$", "+",
      "?",
    ]
    var text = ""
    for _ in 0..<8 { text += parts.randomElement(using: &generator) ?? "" }
    guard let pattern = try? Pattern(text, takesGroup: true) else { return }
    for _ in 0..<50 {
      let raw = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
        UInt8.random(in: .min ... .max, using: &generator)
      }
      let bytes = Array(String(decoding: raw, as: UTF8.self).utf8)
      let group = pattern.firstGroup(in: bytes.span)
      if let group {
        #expect(group.lowerBound >= 0 && group.upperBound <= bytes.count)
        #expect(String(validating: bytes[group], as: UTF8.self) != nil)
        let isFound = pattern.isFound(in: bytes.span)
        #expect(isFound)
      }
      // Bytes that are no UTF-8 are no reason to stop, either.
      _ = pattern.firstGroup(in: raw.span)
    }
  }
}
