import AccessLogParsing
import Testing

/// Why lines are refused that no format reads, in the words that say what they lack.
struct DetectionObstacleTests {
  private static func obstacle(_ lines: [String]) -> DetectionObstacle? {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    return FormatDetection(bytes.span).obstacle
  }

  @Test func `objects without the keys of a request say what they lack`() {
    let nested =
      #"{"timestamp":1795425013500,"source":"lambda","path":"/v1/a","code":200,"#
      + #""inner":{"method":"GET","path":"/v1/a"}}"#
    let obstacle = Self.obstacle([nested, nested])
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
    #expect(Self.obstacle(["\u{0}\u{1}", "\u{0}"]) == .binary)
  }

  @Test func `objects with the keys of a request, but other values, are named`() {
    let worded = #"{"time":"2026-11-23T09:10:13Z","method":"GET","path":"/v1/a","status":"ok"}"#
    #expect(Self.obstacle([worded, worded]) == .objectsUnread)
  }

  @Test(arguments: [
    ("GET /v1/a 200 as nobody writes it", DetectionObstacle.noTime),
    ("[09:10:13 INF] GET /v1/a gave 200", .noDate),
    ("2026-11-23 09:10:13 GET /v1/a gave 200", .unknownLayout(lacksStatus: false)),
    ("Nov 23 09:10:13 | GET | /v1/a | done", .unknownLayout(lacksStatus: true)),
    ("2026-11-23 09:10:13 listening on port 8080", .noRequests),
    ("Lorem ipsum dolor sit amet", .noRequests),
    ("[[[[[[[[", .arrays), ("[]", .arrays),
  ])
  func `lines of no known layout are refused by what they have`(
    _ line: String, _ expected: DetectionObstacle
  ) {
    #expect(Self.obstacle([line, line, line]) == expected)
  }

  @Test func `a time that stands on another line, or nowhere, is named`() {
    let finished =
      "      Request finished HTTP/1.1 GET http://shop.test/v1/a - 200 512 text/html 38.4123ms"
    let category = "info: Microsoft.AspNetCore.Hosting.Diagnostics[2]"
    let stamped = "2026-11-23T09:10:13.418Z \(category)"
    for prefix in ["", "[pod/web-1/app] "] {
      #expect(Self.obstacle([prefix + stamped, prefix + finished]) == .timeOnOtherLine)
      #expect(Self.obstacle([prefix + category, prefix + finished]) == .noTime)
    }
    #expect(
      Self.obstacle([#"INFO:     203.0.113.7:51234 - "GET /v1/a HTTP/1.1" 200 OK"#]) == .noTime)
    // With the collector's own time, they are read.
    #expect(Self.obstacle(["2026-11-23T09:10:13.418Z \(finished)"]) == nil)
  }
}
