import AccessLogParsing
import Testing

@testable import Configuring

struct ValueRulesTests {
  @Test(
    arguments: [
      ("2025-11-10T00:00:00Z", 1_762_732_800_000_000_000),
      ("2025-11-10T00:00Z", 1_762_732_800_000_000_000),
      ("2025-11-10T01:00:00+01:00", 1_762_732_800_000_000_000),
      ("2025-11-09T18:30:00-0530", 1_762_732_800_000_000_000),
      ("2025-11-10T02:00:00+02", 1_762_732_800_000_000_000),
      ("2025-11-10T00:00:00.5Z", 1_762_732_800_500_000_000),
      ("2025-11-10T00:00:00,000000001Z", 1_762_732_800_000_000_001),
      ("1970-01-01T00:00:00Z", 0),
      ("1970-01-01T00:00:00+00:01", -60_000_000_000),
      ("2000-02-29T23:59:59Z", 951_868_799_000_000_000),
      ("2024-03-01T00:00:00Z", 1_709_251_200_000_000_000),
      ("2100-03-01T00:00:00Z", 4_107_542_400_000_000_000),
      ("2261-12-31T23:59:59.999999999Z", 9_214_646_399_999_999_999),
    ] as [(String, Int64)])
  func `an instant counts nanoseconds since 1970`(_ text: String, _ expected: Int64) throws {
    #expect(try nanosecondsSince1970(ofInstant: text) == expected)
  }

  /// At 2025-11-10T22:30:00Z, when it is the next day in Berlin.
  @Test(
    arguments: [
      ("2025-11-10", "UTC", "2025-11-10T00:00:00Z"),
      ("2025-11-10", "Europe/Berlin", "2025-11-10T00:00:00+01:00"),
      ("2025-07-10", "Europe/Berlin", "2025-07-10T00:00:00+02:00"),
      ("2025-11-10", nil, "2025-11-10T00:00:00Z"), ("today", nil, "2025-11-10T00:00:00Z"),
      ("today", "-10:00", "2025-11-10T00:00:00-10:00"),
      ("today", "+02:00", "2025-11-11T00:00:00+02:00"),
      ("yesterday", "+02:00", "2025-11-10T00:00:00+02:00"),
      ("-24h", nil, "2025-11-09T22:30:00Z"), ("-7d", "+02:00", "2025-11-03T22:30:00Z"),
      ("-90m", nil, "2025-11-10T21:00:00Z"), ("-2w", nil, "2025-10-27T22:30:00Z"),
      ("1762732800", nil, "2025-11-10T00:00:00Z"),
      ("10/Nov/2025:01:00:00 +0100", nil, "2025-11-10T00:00:00Z"),
      ("[10/Nov/2025:00:00:00 +0000]", nil, "2025-11-10T00:00:00Z"),
      ("2025-11-10T00:00:00.5Z", nil, "2025-11-10T00:00:00.5Z"),
    ] as [(String, String?, String)])
  func `a moment may be a date, relative to now, or the server's`(
    _ text: String, _ zone: String?, _ expected: String
  ) throws {
    let clock = try zone.map { try #require(LocalClock(zone: $0)) }
    let now = try nanosecondsSince1970(ofInstant: "2025-11-10T22:30:00Z")
    var reader = MomentReader(clock: clock, now: now)
    #expect(try reader.moment(text) == nanosecondsSince1970(ofInstant: expected))
    let isDate = text == "today" || text == "2025-11-10"
    #expect(reader.assumesUTC == (isDate && zone == nil))
  }

  @Test(
    arguments: [
      ("2026", .malformed), ("-24", .malformed), ("-h", .malformed), ("--1h", .malformed),
      ("-9999999w", .outOfRange), ("2025-02-30", .nonexistent), ("2025-13-01", .nonexistent),
      ("tomorrow", .malformed), ("10/Nov/2025:01:00:00", .noZone),
      ("10/Nop/2025:01:00:00 +0100", .malformed), ("31/Feb/2025:01:00:00 +0100", .nonexistent),
      ("2025-11-10T00:00:00", .noZone), ("10/11/2025", .malformed),
    ] as [(String, InstantProblem)])
  func `what is no moment is refused for its reason`(_ text: String, _ problem: InstantProblem) {
    var reader = MomentReader(clock: nil, now: 1_762_732_800_000_000_000)
    #expect(throws: problem) { try reader.moment(text) }
  }

  @Test(
    arguments: [
      ("", .malformed), ("now", .malformed), ("1762732800", .malformed),
      ("2025-11-10", .noZone), ("2025-11-10T00:00:00", .noZone), ("2025-11-10T00:00", .noZone),
      ("2025-11-10T00:00:00.25", .noZone), ("2025-11-10 00:00:00Z", .malformed),
      ("2025-11-10T00Z", .malformed), ("20251110T000000Z", .malformed),
      ("2025-11-10T00:00:00z", .malformed), ("2025-11-10T00:00:00ZZ", .malformed),
      ("2025-11-10T00:00:00 Z", .malformed), ("2025-11-10T00:00:00+1", .malformed),
      ("2025-11-10T00:00:00+01:", .malformed), ("2025-11-10T00:00:00.Z", .malformed),
      ("2025-11-10T00:00:00.1234567890Z", .malformed), ("2025-1-10T00:00:00Z", .malformed),
      ("+2025-11-10T00:00:00Z", .malformed), ("2025-11-10T00:00:00+01:00x", .malformed),
      ("2025-02-29T00:00:00Z", .nonexistent), ("2100-02-29T00:00:00Z", .nonexistent),
      ("2025-04-31T00:00:00Z", .nonexistent), ("2025-00-10T00:00:00Z", .nonexistent),
      ("2025-13-10T00:00:00Z", .nonexistent), ("2025-11-00T00:00:00Z", .nonexistent),
      ("2025-11-10T24:00:00Z", .nonexistent), ("2025-11-10T00:60:00Z", .nonexistent),
      ("2025-11-10T00:00:60Z", .nonexistent), ("2025-11-10T00:00:00+24:00", .nonexistent),
      ("2025-11-10T00:00:00+01:60", .nonexistent),
      ("1969-12-31T23:59:59Z", .outOfRange), ("2262-01-01T00:00:00Z", .outOfRange),
    ] as [(String, InstantProblem)])
  func `what is no instant is refused for its reason`(_ text: String, _ problem: InstantProblem) {
    #expect(throws: problem) { try nanosecondsSince1970(ofInstant: text) }
  }

  @Test(arguments: [
    ("76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", true), ("76B5CB91-A0A4-4EA0-A894-57D2B9FCB2C9", true),
    ("", false), ("76b5cb91a0a44ea0a89457d2b9fcb2c9", false),
    ("{76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9}", false),
    ("76b5cb91-a0a4-4ea0-a894-57d2b9fcb2cg", false),
    ("76b5cb91-a0a4-4ea0-a89457d2b9fcb2c9", false),
    ("76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9 ", false),
  ])
  func `a client ID is a UUID`(_ text: String, _ isValid: Bool) {
    #expect(isUUID(text) == isValid)
  }

  @Test(arguments: [
    ("prod", true), ("a", true), ("PROD_eu-1", true), (String(repeating: "x", count: 32), true),
    (String(repeating: "x", count: 33), false), ("", false), ("a b", false), ("a/b", false),
    ("a.b", false), ("größe", false), ("prod\n", false),
  ])
  func `an environment is a word of at most 32 characters`(_ text: String, _ isValid: Bool) {
    #expect(isEnvironmentName(text) == isValid)
  }

  @Test(arguments: [
    ("https://hub.apitally.io", true), ("http://127.0.0.1:8900/", true), ("http://[::1]:80", true),
    ("HTTPS://hub/apitally/x", true), ("http://localhost", true),
    ("", false), ("hub.apitally.io", false), ("http://", false), ("http:///x", false),
    ("ftp://hub", false), ("http://user:secret@hub", false), ("http://hub?x=1", false),
    ("http://hub#x", false), ("http://hub/a b", false), ("http://hub:0", false),
    ("http://hub:65536", false), ("http://hub:", false), ("http://hub:+80", false),
    ("http://[::1", false), ("http://[::1]x", false), ("http://hub\n", false),
    ("http://hüb", false),
  ])
  func `a hub address has a scheme, a host and no query`(_ text: String, _ isValid: Bool) {
    #expect(isHubURL(text) == isValid)
  }

  @Test(
    arguments: [
      ("(a)", nil), ("^Bearer (.{8})", nil), ("(?<key>a)|b", nil), ("a (b) # c", nil),
      ("(?x) (a) # comment", nil), ("(a)|(b)", nil), ("^(?i)(key)$", nil),
      ("a", .patternWithoutGroup), ("(?:a)", .patternWithoutGroup),
      (#"\(a\)"#, .patternWithoutGroup),
      ("[(]a[)]", .patternWithoutGroup),
    ] as [(String, ConfigurationProblem.Reason?)])
  func `a pattern for consumers has a group`(
    _ pattern: String, _ expected: ConfigurationProblem.Reason?
  ) {
    #expect(problem(withPattern: pattern, needsGroup: true) == expected)
    #expect(problem(withPattern: pattern, needsGroup: false) == nil)
  }

  @Test(arguments: ["(", "[a", "a**", #"\"#, "(?<x", "a)", "(?#"])
  func `what is no pattern is refused`(_ pattern: String) {
    let reason = problem(withPattern: pattern, needsGroup: false)
    guard case .invalidPattern = reason else {
      Issue.record("accepted, or refused for \(String(describing: reason))")
      return
    }
  }
}

struct NearestNameTests {
  @Test(arguments: [
    ("client-id", "client_id"), ("clientid", "client_id"), ("Client_Id", "client_id"),
    ("evn", "env"), ("input", "inputs"), ("fromat", "format"), ("consumer", "consumers"),
    ("environment", nil), ("log", nil), ("x", nil), ("", nil), ("password", nil),
    (String(repeating: "client_id", count: 8), nil),
  ])
  func `the nearest name is a slip away or there is none`(_ word: String, _ expected: String?) {
    let names = ["client_id", "env", "inputs", "format", "consumers"]
    #expect(nearestName(to: word, among: names) == expected)
  }

  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1),
    ("abc", "ab", 1), ("abc", "abxc", 1), ("abc", "axc", 1), ("ca", "abc", 3),
    ("kitten", "sitting", 3), ("abcd", "badc", 2),
  ])
  func `a swap of neighbours is one edit`(_ first: String, _ second: String, _ distance: Int) {
    #expect(editDistance(Array(first.utf8), Array(second.utf8)) == distance)
    #expect(editDistance(Array(second.utf8), Array(first.utf8)) == distance)
  }
}
