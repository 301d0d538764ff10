import AccessLogParsing
import Testing

/// Why lines are refused that no format reads, in the words that say what they lack.
struct DetectionObstacleTests {
  private static func obstacle(_ lines: [String]) -> DetectionObstacle? {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    return FormatDetection(bytes.span).obstacle
  }

  @Test func `objects without the keys of a request say what they lack`() {
    let vercel =
      #"{"timestamp":1795425013500,"source":"lambda","path":"/v1/a","statusCode":200,"#
      + #""proxy":{"method":"GET","path":"/v1/a"}}"#
    let obstacle = Self.obstacle([vercel, vercel])
    #expect(obstacle == .objectsWithout(["the method", "the status"]))
    #expect(
      obstacle?.explanation.problem
        == "these are JSON objects in which no key that is known has the method and the status")
    let started = #"{"event":"request_started","request":"GET /v1/a","timestamp":"2026-11-23"}"#
    #expect(Self.obstacle([started]) == .objectsWithout(["the status"]))
    let tagged = "2026-11-23T09:10:13Z app " + #"{"level":"info","msg":"ready","url":"/"}"#
    #expect(
      Self.obstacle([tagged]) == .objectsWithout(["the time", "the method", "the status"]))
  }

  @Test func `requests in several lines without an id are named`() {
    let rocket = [
      "GET /v1/orders/17 application/json:", "   >> Matched: (order) GET /v1/orders/<id>",
      "   >> Outcome: Success(200 OK)", "   >> Response succeeded.",
    ]
    let rails = [
      #"Started GET "/a" for 192.0.2.9 at 2026-11-23 09:10:13 +0000"#,
      "Completed 200 OK in 38ms (Views: 2.1ms)",
    ]
    for lines in [rocket, rails] {
      #expect(Self.obstacle(lines) == .pairsWithoutID)
      let wrapped = lines.map { "2026-11-23T09:10:13.5Z stdout F \($0)" }
      #expect(Self.obstacle(wrapped) == .pairsWithoutID)
    }
    #expect(Self.obstacle(["Lorem ipsum", "dolor sit amet"]) == nil)
    #expect(Self.obstacle(["\u{0}\u{1}", "\u{0}"]) == .binary)
  }
}
