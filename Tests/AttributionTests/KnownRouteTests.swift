import Attribution
import Foundation
import TestSupport
import Testing

struct KnownRouteTests {
  private static let oracle = [
    "GET /", "GET /users", "POST /users", "GET /users/me", "GET /users/{user_id}",
    "DELETE /users/{user_id}", "GET /users/{user_id}/orders/{order_id:int}",
    "GET /files/{path:path}", "PUT /files/{path:path}", "GET /stream/{n:float}",
    "GET /items/{id:uuid}", "GET /reports/{name}.{type}", "OPTIONS /cors",
    "GET /api/v1/items/", "HEAD /only-head",
  ]

  @Test(arguments: [
    ("GET", "/", "GET /"), ("GET", "/users", "GET /users"), ("POST", "/users", "POST /users"),
    ("PUT", "/users", "unmatchedRoute"), ("GET", "/users/", "unmatchedRoute"),
    // The first full match in the order of the list.
    ("GET", "/users/me", "GET /users/me"), ("GET", "/users/you", "GET /users/{user_id}"),
    ("DELETE", "/users/me", "DELETE /users/{user_id}"),
    // HEAD matches a GET route and is counted as HEAD.
    ("HEAD", "/users/you", "HEAD /users/{user_id}"), ("HEAD", "/only-head", "HEAD /only-head"),
    ("GET", "/only-head", "unmatchedRoute"), ("get", "/users", "GET /users"),
    ("hEaD", "/users", "HEAD /users"),
    // Converters.
    ("GET", "/users/7/orders/12", "GET /users/{user_id}/orders/{order_id:int}"),
    ("GET", "/users/7/orders/12a", "unmatchedRoute"),
    ("GET", "/users//orders/12", "unmatchedRoute"),
    ("GET", "/files/", "GET /files/{path:path}"),
    ("GET", "/files/a/b//c", "GET /files/{path:path}"),
    ("GET", "/files", "unmatchedRoute"), ("GET", "/stream/1.5", "GET /stream/{n:float}"),
    ("GET", "/stream/1", "GET /stream/{n:float}"), ("GET", "/stream/1.", "unmatchedRoute"),
    ("GET", "/stream/.5", "unmatchedRoute"),
    ("GET", "/items/0B4DA1C2-1B8E-4A2A-9C1A-2B7D5E6F7A8B", "GET /items/{id:uuid}"),
    ("GET", "/items/0b4da1c21b8e4a2a9c1a2b7d5e6f7a8b", "GET /items/{id:uuid}"),
    ("GET", "/items/0b4da1c2-1b8e4a2a-9c1a-2b7d5e6f7a8b", "GET /items/{id:uuid}"),
    ("GET", "/items/0b4da1c2--1b8e-4a2a-9c1a2b7d5e6f7a8b", "unmatchedRoute"),
    ("GET", "/items/0b4da1c-21b8e-4a2a-9c1a-2b7d5e6f7a8b", "unmatchedRoute"),
    ("GET", "/items/0b4da1c21b8e4a2a9c1a2b7d5e6f7a8", "unmatchedRoute"),
    ("GET", "/items/0b4da1c21b8e4a2a9c1a2b7d5e6f7a8b-", "unmatchedRoute"),
    ("GET", "/reports/a.b", "GET /reports/{name}.{type}"),
    ("GET", "/reports/a.b.c", "GET /reports/{name}.{type}"),
    ("GET", "/reports/a", "unmatchedRoute"),
    ("GET", "/reports/.b", "unmatchedRoute"), ("GET", "/reports/a/b.c", "unmatchedRoute"),
    ("GET", "/api/v1/items/", "GET /api/v1/items/"), ("GET", "/api/v1/items", "unmatchedRoute"),
    // Percent-encoding is resolved first, as ASGI servers do; a slash, too.
    ("GET", "/%75sers", "GET /users"), ("GET", "/users/a%2Fb", "unmatchedRoute"),
    ("GET", "/files/a%2fb", "GET /files/{path:path}"), ("GET", "/users/%", "GET /users/{user_id}"),
    ("GET", "/users/%4", "GET /users/{user_id}"), ("GET", "/users/%zz", "GET /users/{user_id}"),
    ("GET", "/users%3Fa", "unmatchedRoute"), ("GET", "/users/%00", "GET /users/{user_id}"),
    ("GET", "/users/%FF%FE", "GET /users/{user_id}"),
    // Queries and fragments are no part of the path.
    ("GET", "/users?a=/b", "GET /users"), ("GET", "/users#x", "GET /users"),
    ("GET", "/users?", "GET /users"), ("GET", "/?/users", "GET /"),
    // Absolute form, and forms that have no path.
    ("GET", "http://example.test/users?a", "GET /users"), ("GET", "HTTPS://example.test", "GET /"),
    ("GET", "http://example.test?a=/users", "GET /"), ("GET", "http:///users", "GET /users"),
    ("GET", "hxxp://example.test/users", "noPath"), ("GET", "h__ps://a.test/users", "noPath"),
    ("OPTIONS", "*", "options"), ("GET", "*", "noPath"), ("GET", "users", "noPath"),
    ("CONNECT", "example.test:443", "noPath"), ("GET", "ftp://example.test/users", "noPath"),
    ("GET", "//users", "unmatchedRoute"), ("GET", "/./users", "unmatchedRoute"),
  ])
  func `a request belongs to the first route that matches all of its path`(
    _ method: String, _ target: String, _ expected: String
  ) throws {
    var harness = try AttributionHarness(known: Self.oracle)
    #expect(harness.outcome(method, target) == expected)
  }

  @Test func `without a target there is no path`() throws {
    var harness = try AttributionHarness(known: Self.oracle)
    var request = RequestSample("GET", "")
    #expect(harness.outcome(request) == "noPath")
    request.target = Array(#"/us\x65rs\x3Fa"#.utf8)
    request.isEscaped = true
    #expect(harness.outcome(request) == "GET /users")
  }

  @Test func `what matches no known route is kept as a template if asked`() throws {
    var harness = try AttributionHarness(known: ["GET /users/{user_id}"], unmatched: .keep)
    #expect(harness.outcome("GET", "/users/1") == "GET /users/{user_id}")
    #expect(harness.outcome("PUT", "/users/1") == "PUT /users/{id}")
    #expect(harness.outcome("GET", "/orders/1") == "GET /orders/{id}")
  }

  @Test(arguments: [
    ("/users", "GET /users"), ("/api/v1/users", "GET /users"), ("/api/users", "GET /users"),
    ("/api/v1/users/7", "GET /users/{id}"), ("/api/v1", "GET /"), ("/api/v1/", "GET /"),
    ("/api/v1users", "unmatchedRoute"), ("/v1/users", "unmatchedRoute"),
    ("/api/v1/api/v1/users", "unmatchedRoute"), ("/api/v1/files/x", "GET /files/{p:path}"),
    // The path as it is goes first.
    ("/api/v1/files", "GET /api/{any:path}"), ("/API/v1/users", "unmatchedRoute"),
  ])
  func `a path below a server's base path matches without it`(
    _ path: String, _ expected: String
  ) throws {
    let known = ["GET /", "GET /users", "GET /users/{id}", "GET /files/{p:path}"]
    let isBroad = expected.contains("any")
    var harness = try AttributionHarness(
      known: isBroad ? known + ["GET /api/{any:path}"] : known, basePaths: ["/api/v1", "/api"])
    #expect(harness.outcome("GET", path) == expected)
  }

  /// Options, a path, and what it is counted as with known routes and without.
  private static let adjustments: [(@Sendable (inout RouteRules) -> Void, String, String, String)] =
    [
      ({ $0.prefix = "/api" }, "/users/7", "GET /api/users/{id}", "GET /api/users/{id}"),
      ({ $0.prefix = "/api" }, "/api/users/7", "GET /api/users/{id}", "GET /api/api/users/{id}"),
      ({ $0.prefix = "/api" }, "/apiary", "unmatchedRoute", "GET /api/apiary"),
      ({ $0.strip = "/v1" }, "/v1/api/users/7", "GET /api/users/{id}", "GET /api/users/{id}"),
      ({ $0.strip = "/v1" }, "/v1api/users/7", "unmatchedRoute", "GET /v1api/users/{id}"),
      ({ $0.strip = "/v1" }, "/v1", "GET /", "GET /"),
      ({ $0.ignoresCase = true }, "/API/Users/7", "GET /api/users/{id}", "GET /api/users/{id}"),
      ({ _ in }, "/API/Users/7", "unmatchedRoute", "GET /API/Users/{id}"),
      ({ $0.ignoresTrailingSlash = true }, "/Login", "GET /Login/", "GET /Login"),
      ({ $0.ignoresTrailingSlash = true }, "/Login//", "unmatchedRoute", "GET /Login/"),
      ({ $0.ignoresTrailingSlash = true }, "/", "GET /", "GET /"),
      (
        { $0.ignoresTrailingSlash = true }, "/api/users/7/", "GET /api/users/{id}",
        "GET /api/users/{id}"
      ),
      ({ _ in }, "/api/users/7/", "unmatchedRoute", "GET /api/users/{id}/"),
      // Parameters of a segment are no part of the route.
      (
        { _ in }, "/api;v=1/users;jsessionid=0A1B/7;a=b?c=d", "GET /api/users/{id}",
        "GET /api/users/{id}"
      ),
      ({ _ in }, "/api/users/7;x", "GET /api/users/{id}", "GET /api/users/7;x"),
      ({ _ in }, "/api/users/7%3Bx=1", "GET /api/users/{id}", "GET /api/users/{id}"),
      (
        { _ in }, "/api/users/7%3bjsessionid%3D0A1B%2F2;y", "GET /api/users/{id}",
        "GET /api/users/7;y"
      ),
      ({ _ in }, "/;jsessionid=0A1B", "GET /", "GET /"),
    ]

  @Test(arguments: adjustments.indices)
  func `what stands between the log's paths and the routes' is taken away`(_ index: Int) throws {
    let (change, path, expected, folded) = Self.adjustments[index]
    for known in [["GET /", "GET /api/users/{id}", "GET /Login/"], []] {
      var rules = RouteRules(
        known: try known.flatMap { try RouteList.routes(ofEntry: $0) }, unmatched: .drop)
      change(&rules)
      if !rules.strip.isEmpty { rules.basePaths = [BasePath(rules.strip)] }
      var harness = try AttributionHarness(AttributionRules(routes: rules))
      #expect(harness.outcome("GET", path) == (known.isEmpty ? folded : expected), "\(path)")
    }
  }

  /// Random lists and paths, against regular expressions as Starlette makes them.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a list of routes matches as Starlette's does`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<12 {
      let count = Int.random(in: 1...12, using: &generator)
      let entries = (0..<count).map { _ in
        RandomRoutes.method(&generator) + " " + RandomRoutes.template(&generator)
      }
      var harness = try AttributionHarness(known: entries)
      let reference = try entries.map { try StarletteRoute($0) }
      for _ in 0..<60 {
        let method = RandomRoutes.method(&generator)
        let path = RandomRoutes.path(&generator)
        let match = reference.first { $0.matches(method, path) }
        let expected = match.map { "\(method) \($0.template)" } ?? "unmatchedRoute"
        #expect(harness.outcome(method, path) == expected, "\(entries)")
      }
    }
  }

  /// Templates that need the general matcher must not cost the square of a hostile path's length.
  @Test(arguments: [
    ("/{a}.{b}", "."), ("/x/{a:path}/y/{b:path}/z", "/y"), ("/{a}-{b}-{c}", "-"),
    ("/{a:int}x", "1"),
    ("/{a:float}x", "1"), ("/{a}{b}{c}!", "a"), ("/{a:path}/end", "/"),
  ])
  func `a long path is matched in linear time`(_ template: String, _ piece: String) throws {
    var harness = try AttributionHarness(known: ["GET \(template)"])
    let clock = ContinuousClock()
    for length in [8_000, 100_000] {
      let path = "/" + String(repeating: piece, count: length / piece.utf8.count)
      let request = RequestSample("GET", path)
      let time = clock.measure { _ = harness.outcome(request) }
      #expect(time < .seconds(4), "\(length)")
    }
  }

  @Test func `a long path still matches what it matches`() throws {
    var harness = try AttributionHarness(known: ["GET /{name}.{type}", "GET /x/{rest:path}/end"])
    let long = String(repeating: "a", count: 100_000)
    #expect(harness.outcome("GET", "/\(long).json") == "GET /{name}.{type}")
    #expect(harness.outcome("GET", "/x/\(long)/end") == "GET /x/{rest:path}/end")
  }
}

/// A route as `starlette.routing.compile_path` understands it.
private struct StarletteRoute {
  let method: String
  let template: String
  private let expression: NSRegularExpression

  private static let converters = [
    "str": "[^/]+", "path": ".*", "int": "[0-9]+", "float": #"[0-9]+(\.[0-9]+)?"#,
    "uuid":
      "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
  ]

  init(_ entry: String) throws {
    let words = entry.split(separator: " ").map { String($0) }
    (method, template) = (words[0], words[1])
    var pattern = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "{"), let close = rest.firstIndex(of: "}") {
      pattern += NSRegularExpression.escapedPattern(for: String(rest[..<open]))
      let parts = rest[rest.index(after: open)..<close].split(separator: ":")
      pattern += "(" + (Self.converters[parts.count == 2 ? String(parts[1]) : "str"] ?? "") + ")"
      rest = rest[rest.index(after: close)...]
    }
    pattern += NSRegularExpression.escapedPattern(for: String(rest))
    expression = try NSRegularExpression(pattern: #"\A"# + pattern + #"\z"#)
  }

  func matches(_ method: String, _ path: String) -> Bool {
    guard method == self.method || method == "HEAD" && self.method == "GET" else { return false }
    let range = NSRange(path.startIndex..., in: path)
    return expression.firstMatch(in: path, range: range) != nil
  }
}

/// Templates and paths over so few words that they often meet.
private enum RandomRoutes {
  static func method(_ generator: inout SeededGenerator) -> String {
    ["GET", "GET", "GET", "POST", "HEAD"].randomElement(using: &generator) ?? "GET"
  }

  static func template(_ generator: inout SeededGenerator) -> String {
    var number = 0
    func parameter() -> String {
      number += 1
      let kinds = ["", "", ":str", ":int", ":float", ":uuid", ":path"]
      return "{p\(number)\(kinds.randomElement(using: &generator) ?? "")}"
    }
    let segments = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
      switch Int.random(in: 0..<9, using: &generator) {
      case 0...3: return ["a", "b", "1", "", "a.b"].randomElement(using: &generator) ?? "a"
      case 4...6: return parameter()
      case 7: return parameter() + "." + parameter()
      default: return "a" + parameter() + "b"
      }
    }
    return "/" + segments.joined(separator: "/")
  }

  static func path(_ generator: inout SeededGenerator) -> String {
    let words = [
      "a", "b", "1", "12", "1.5", "", "a.b", "a1b", "ab", "aéb", ".",
      "0b4da1c2-1b8e-4a2a-9c1a-2b7d5e6f7a8b", "0b4da1c21b8e4a2a9c1a2b7d5e6f7a8b",
    ]
    let segments = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
      words.randomElement(using: &generator) ?? "a"
    }
    return "/" + segments.joined(separator: "/")
  }
}
