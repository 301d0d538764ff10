import AccessLogParsing
import Attribution
import Testing

struct AttributorTests {
  @Test(arguments: ["OPTIONS", "options", "Options", "oPTIONS"])
  func `OPTIONS is left out however it is written`(_ method: String) throws {
    var harness = try AttributionHarness(known: ["OPTIONS /cors", "GET /cors"])
    #expect(harness.outcome(method, "/cors") == "options")
    #expect(harness.outcome("GET", "/cors") == "GET /cors")
  }

  @Test(
    arguments: [
      (99, "beforeSince"), (100, "GET /"), (150, "GET /"), (199, "GET /"), (200, "afterUntil"),
      (.min, "beforeSince"), (.max, "afterUntil"),
    ] as [(Int64, String)])
  func `since is inside and until is outside`(_ start: Int64, _ expected: String) throws {
    var rules = AttributionRules(routes: RouteRules(known: [], unmatched: .drop))
    (rules.since, rules.until) = (100, 200)
    var harness = try AttributionHarness(rules)
    var request = RequestSample()
    request.start = start
    #expect(harness.outcome(request) == expected)
  }

  @Test func `reasons are tried in one order`() throws {
    let filter = RecordFilter(name: "f", field: "a", condition: .equals("x"))
    var rules = AttributionRules(
      routes: RouteRules(known: [KnownRoute(method: "GET", template: "/a")], unmatched: .drop))
    rules.filters = [filter]
    rules.since = 10
    var harness = try AttributionHarness(rules)
    var request = RequestSample("OPTIONS", "*")
    request.captured = [Array("x".utf8)]
    #expect(harness.outcome(request) == "beforeSince")
    request.start = 10
    #expect(harness.outcome(request) == "options")
    request.method = "GET"
    #expect(harness.outcome(request) == "filter(0)")
    request.captured = []
    #expect(harness.outcome(request) == "noPath")
    request.target = Array("/b".utf8)
    #expect(harness.outcome(request) == "unmatchedRoute")
    request.target = Array("/a".utf8)
    #expect(harness.outcome(request) == "GET /a")
  }

  @Test func `verbs of an API are counted as the methods that they stand for`() throws {
    var harness = try AttributionHarness()
    let methods = [
      ("get", "GET"), ("list", "GET"), ("watch", "GET"), ("create", "POST"), ("update", "PUT"),
      ("patch", "PATCH"), ("delete", "DELETE"), ("deletecollection", "DELETE"), ("post", "POST"),
      ("head", "HEAD"), ("put", "PUT"), ("proxy", "PROXY"),
    ]
    for (verb, method) in methods {
      var request = RequestSample(verb)
      request.isVerb = true
      #expect(harness.outcome(request) == "\(method) /", "\(verb)")
    }
    // Other services have methods of these names.
    for method in ["LIST", "UPDATE"] { #expect(harness.outcome(method, "/") == "\(method) /") }
    var options = RequestSample("options")
    options.isVerb = true
    #expect(harness.outcome(options) == "options")
  }

  @Test func `methods are counted in upper case, and too many as one`() throws {
    var harness = try AttributionHarness()
    #expect(harness.outcome("get", "/") == "GET /")
    #expect(harness.outcome("Version-Control", "/") == "VERSION-CONTROL /")
    #expect(harness.outcome("M_SEARCH", "/") == "M_SEARCH /")
    var seen: Set<String> = []
    for first in "ABCDEFGHIJ" {
      for second in "ABCDEFGHIJ" { seen.insert(harness.outcome("X\(first)\(second)", "/")) }
    }
    #expect(seen.contains("_OTHER /"))
    #expect(harness.names.methods.count == RunNames.methodLimit)
    #expect(harness.outcome("a-very-long-method-name", "/") == "_OTHER /")
    #expect(harness.outcome("GET", "/") == "GET /")
    #expect(harness.outcome("options", "/") == "options")
  }

  @Test func `a route that the log names itself is taken as it is`() throws {
    var harness = try AttributionHarness(known: ["GET /users/{id}"])
    for (route, expected) in [
      ("/users/{user_id:int}", "GET /users/{user_id:int}"), ("/orders/42", "GET /orders/42"),
      ("orders", "noPath"), (#"\/caf\u00e9"#, "GET /café"), ("/a\0b", "GET /a\u{FFFD}b"),
    ] {
      var request = RequestSample("GET", "/users/1")
      request.route = route
      #expect(harness.outcome(request) == expected)
    }
  }

  @Test(
    arguments: [
      ([0x2F, 0x00], "GET /\u{FFFD}"), ([0x2F, 0xFF, 0x41], "GET /\u{FFFD}A"),
      (Array("/%00/%FF/%C3%A9".utf8), "GET /\u{FFFD}/\u{FFFD}/é"),
      (Array("/a%0Ab".utf8), "GET /a\nb"),
      (Array("/users/%34%32".utf8), "GET /users/{id}"), (Array("/a%2F42".utf8), "GET /a/{id}"),
      (Array("/%".utf8), "GET /%"), (Array("/%%34".utf8), "GET /%4"),
      (Array("/%2".utf8), "GET /%2"),
      (Array("/%2525".utf8), "GET /%25"), (Array("/a+b".utf8), "GET /a+b"),
    ] as [([UInt8], String)])
  func `names are text, whatever the target holds`(_ target: [UInt8], _ expected: String) throws {
    var harness = try AttributionHarness()
    var request = RequestSample()
    request.target = target
    #expect(harness.outcome(request) == expected)
  }

  @Test func `captured fields are asked for once each`() {
    var rules = AttributionRules(routes: RouteRules(known: [], unmatched: .drop))
    rules.consumers = [
      ConsumerRule(field: "a"), ConsumerRule(field: "b"), ConsumerRule(field: "a"),
    ]
    rules.filters = [
      RecordFilter(name: "f", field: "c", condition: .equals("")),
      RecordFilter(name: "g", field: "b", condition: .equals("")),
    ]
    #expect(rules.capturedFields == ["a", "b", "c"])
  }

  @Test func `workers that share names give the same names the same numbers`() async {
    let names = RunNames(routeLimit: 1_000)
    await withTaskGroup { group in
      for worker in 0..<4 {
        group.addTask {
          for number in 0..<300 { _ = names.consumers.id(for: "c\((number * 7 + worker) % 300)") }
        }
      }
    }
    let consumers = names.consumers.names(from: 1).map { String(decoding: $0, as: UTF8.self) }
    #expect(consumers.sorted() == (0..<300).map { "c\($0)" }.sorted())
    for (index, name) in consumers.enumerated() {
      #expect(names.consumers.id(for: name) == NameTable.ID(index + 1))
    }
  }
}
