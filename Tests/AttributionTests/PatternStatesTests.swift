import Testing

@testable import Attribution

/// What a search can cost is known before it begins: the states that a value can lead through are counted,
/// and there is room for all of them.
struct PatternStatesTests {
  private static func states(_ pattern: String, takesGroup: Bool = false) -> Int? {
    guard let text = try? PatternSyntax.translated(pattern),
      (try? Pattern(pattern, takesGroup: takesGroup)) != nil
    else { return nil }
    return try? PatternStates(text, ignoringCase: false, takesGroup: takesGroup) { pattern, texts in
      let atom = try? Pattern(pattern, takesGroup: false)
      return texts.map { atom?.isFound(in: Array(String($0).utf8).span) ?? true }
    }.count
  }

  @Test(arguments: [
    // The automaton that finds `abc`: after nothing, `a`, `ab`, `abc`.
    ("abc", 3), ("^abc", 4), ("a|b|c", 1), ("a*", 0), ("[ab]c", 2), ("(?i)abc", 3), ("a{3}", 3),
    ("^a{3}$", 3), ("^a{0,2}b", 4), (#"\w+bot"#, 4), (#"^Bearer (.{8})"#, 16), ("é", 1),
  ])
  func `states are those of the automaton`(_ pattern: String, _ count: Int) {
    #expect(Self.states(pattern) == count)
  }

  /// A repetition that may have begun at any of its places makes twice the states each time.
  @Test func `states double with each place at which a repetition can have begun`() {
    let counts = (1...6).map { Self.states("a.{\($0)}c") ?? 0 }
    for (one, next) in zip(counts, counts.dropFirst()) {
      #expect((one * 2 - 2...one * 2 + 2).contains(next))
    }
  }

  @Test(arguments: [
    "a.{100}c", "a.{20}c", "(a|b)*a(a|b){20}c", #"\w+\W.{30}x"#, "(?i)a.{64}b", "[ab]*a[ab]{24}y",
    "a[^c]{16}b[^c]{16}c", "x(.|y){1,40}z", "a.{14}b|c.{14}d",
    "(?s)e.{0,3}e.{15}e", "(a?){1,64}.{16}a.{16}b", #"é.{18}é"#, #"\s\S{0,9}\s.{14}\s"#,
  ])
  func `a pattern that a value can lead through very many states is refused`(_ pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern, takesGroup: false) }
  }

  @Test(arguments: [
    "^.*(.{1,20})$", "([ab]{1,64})*$", "^(?:.{0,30})*(a)", "(.*)(.{12})$", "x*(x{0,40})x*y",
    #"(\w{1,20}\W?)*$"#,
  ])
  func `a group that can begin at very many places at once is refused`(_ pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern, takesGroup: true) }
  }

  @Test(arguments: ["(a*)*", "(|a)*", "(?:a*|(b))*", #"(\w*\s*)+"#, "(?:(x)|^)*", "((?:a?){2})+"])
  func `a group beside a repetition of what may be empty is refused`(_ pattern: String) throws {
    #expect(throws: PatternError.self) { try Pattern(pattern, takesGroup: true) }
    // What only has to be found is found at once.
    _ = try Pattern(pattern, takesGroup: false)
  }

  /// What people write.
  @Test(arguments: [
    #"^Bearer (.{8})"#, #"^Bearer\s+(.+?)\s*$"#, #"(\w+)bot"#, #"([\w.]+)@[\w.]+"#,
    "^(.+?)/(.+?)/(.+?)$", #"sub=([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"#,
    "(?i)(?:^|; )session=([^;]+)", "^([^:]+):", #"key-([A-Za-z0-9]{32})"#, #"/tenants/(\d+)/"#,
    #"CN=([^,]+)(?:,|$)"#, "^(?:mobile|desktop)-(.+)$", #"([0-9a-f]{32})"#, "^(.*)$", "(.+)",
    #"^(\w+\s?)*$"#, "(a+)+$", #"^([a-zA-Z0-9._%+-]+)@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}$"#,
    #"(?:\d{1,3}\.){3}(\d{1,3})"#, "^(GET|POST|PUT|PATCH|HEAD|TRACE|CONNECT) .*",
    #"api_key=(.{32})"#,
  ])
  func `usual patterns are not refused`(_ pattern: String) throws {
    _ = try Pattern(pattern, takesGroup: true)
  }

  @Test func `a long list of names is not refused`() throws {
    let names = (0..<400).map { "crawler\($0 &* 7_919 % 10_007)/[0-9.]+" }
    _ = try Pattern("(?i)" + names.joined(separator: "|"), takesGroup: false)
  }

  @Test func `deep nesting is counted without recursion`() throws {
    let deep =
      String(repeating: "(?:a|b|", count: 5_000) + "c" + String(repeating: ")", count: 5_000)
    #expect(Self.states(deep) == 1)
  }
}
