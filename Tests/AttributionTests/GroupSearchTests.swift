import TestSupport
import Testing

@testable import Attribution

/// What RE2 says is the first group, the search that goes from state to state says, too.
struct GroupSearchTests {
  private static func groups(
    _ pattern: String, _ value: String
  ) throws -> (search: GroupSearch.Outcome?, expected: Range<Int>?) {
    let pattern = try Pattern(pattern, takesGroup: true)
    let bytes = Array(value.utf8)
    let expected = pattern.firstGroup(in: bytes.span)
    guard let match = pattern.firstMatch(in: bytes.span) else { return (nil, nil) }
    return (GroupSearch(pattern)?.group(in: bytes.span, match: match), expected)
  }

  @Test(arguments: [
    (#"^(\w+\s?)*$"#, "aaaa bbb cc"), (#"^(\w+\s?)*$"#, "été 日本 x"), ("(b+)", "abbbc"),
    ("(a|ab)(c|bcd)", "abcd"), ("(ab|a)(c|bcd)?", "abcd"), ("^(.+?)/(.+?)/(.+?)$", "a/b/c/d"),
    (#"^Bearer\s+(.+?)\s*$"#, "Bearer  x y  "), ("(a+?)(a*)", "aaaa"), ("(a+)(a*)", "aaaa"),
    ("^.*user=(\\w+).*$", "user=a; user=b; c"), ("^.*?user=(\\w+).*$", "user=a; user=b; c"),
    ("(a)|(b)", "b"), ("(x)?y", "y"), ("(x)?y", "xy"), ("(?:(a)|b)+", "aab"), ("(?:(a)|b)+", "ba"),
    ("(a{2,3}?)a*", "aaaaa"), ("(a{2,3})a*", "aaaaa"), ("(a{2,}?)b", "aaab"), ("((a)(b))c", "abc"),
    ("(?:x(a|b)){2}", "xaxb"), ("(a*)b", "b"), ("(a*)$", "baa"), ("^(a*)", "baa"),
    ("(^a|b)+", "ab"),
    ("(a|b$)+", "ab"), ("(?i)(É)", "é"), ("(?P<key>\\w+)=", "clé=1"), ("(?:a|(b)c|(d))+", "abcda"),
    ("()a", "a"), ("a()", "a"), ("(a?)(?:ab)?", "ab"), ("(.)\\Qa.b\\E", "xa.b"), ("(😀+).", "😀😀x"),
    ("([^a-c]+)", "abcdef"), ("(?s)(.+)\\n", "a\nb\nc"), ("(.+)\\n", "a\nb\nc"), ("(a$|a)b?", "ab"),
    ("((?:ab?)+)(b*)", "abbb"), ("(?:(a+)b?){1,3}", "aabaab"), ("((?:a{1,2}?){2,3})", "aaaaaa"),
  ])
  func `the group is RE2's`(_ pattern: String, _ value: String) throws {
    let (search, expected) = try Self.groups(pattern, value)
    #expect(search == .found(expected))
  }

  @Test(arguments: ["(?m)^(a)$", "\\b(a)", "(?U)(a+)", "a", "(?mi:(a)$)"])
  func `what only RE2 knows is left to it`(_ pattern: String) throws {
    #expect(GroupSearch(try Pattern(pattern, takesGroup: true)) == nil)
  }

  /// Short matches are RE2's own; long ones are gone through here.
  @Test func `a rule finds the group of long and short matches`() throws {
    let search = try #require(GroupSearch(Pattern(#"^(\w+) (?:\w+\s?)*$"#, takesGroup: true)))
    for count in [1, 20, 60, 61, 62, 63, 64, 65, 66, 500] {
      let bytes = Array(("ada " + String(repeating: "b ", count: count)).utf8)
      #expect(search.firstGroup(in: bytes.span) == 0..<3)
    }
    let none = Array(("ada-" + String(repeating: "b ", count: 200)).utf8)
    #expect(search.firstGroup(in: none.span) == nil)
  }

  /// Each pattern on many values, so that states are met again.
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `the group of patterns put together at random is RE2's`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let parts = [
      "a", "b", "é", ".", "\\w", "\\s", "(b|c)", "(a+)", "(ab?)", "[^a]", "(?:ba|b)", "{2}", "|",
      "+", "?", "*", "+?", "??", "*?", "{1,2}?", "(", ")", "(?:", ")", "^", "$", "x",
    ]
    for _ in 0..<40 {
      var text = "("
      for _ in 0..<Int.random(in: 1...9, using: &generator) {
        text += parts.randomElement(using: &generator) ?? ""
      }
      let open = text.count { $0 == "(" } - text.count { $0 == ")" }
      if open > 0 { text += String(repeating: ")", count: open) }
      guard let pattern = try? Pattern(text, takesGroup: true), let search = GroupSearch(pattern)
      else { continue }
      for _ in 0..<20 {
        var value = ""
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
          value += ["a", "b", "c", "é", " ", "x", "日"].randomElement(using: &generator) ?? ""
        }
        let bytes = Array(value.utf8)
        guard let match = pattern.firstMatch(in: bytes.span) else { continue }
        let found = search.group(in: bytes.span, match: match)
        #expect(
          found == .found(pattern.firstGroup(in: bytes.span)) || found == .unknown,
          "\(text) in \(value)")
      }
    }
  }

  @Test func `values that lead through ever new states have RE2's group`() throws {
    var generator = SeededGenerator(seed: 7)
    let pattern = try Pattern("((?:a|b)*)a[ab]{5}x?", takesGroup: true)
    let search = try #require(GroupSearch(pattern))
    for _ in 0..<40 {
      let bytes = (0..<4_000).map { _ in
        Bool.random(using: &generator) ? UInt8(ascii: "a") : UInt8(ascii: "b")
      }
      #expect(search.firstGroup(in: bytes.span) == pattern.firstGroup(in: bytes.span))
    }
  }
}
