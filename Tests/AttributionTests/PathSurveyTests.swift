import AccessLogParsing
import ByteScanning
import Testing

@testable import Attribution

/// Which routes are drafted from which paths.
struct PathSurveyTests {
  /// Paths with how often each was asked for and how it was answered, and the templates they make.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var paths: [(path: String, count: Int, status: Int)]
    var templates: [String]

    init(
      _ description: String, _ paths: [(String, Int, Int)], _ templates: [String]
    ) {
      testDescription = description
      self.paths = paths
      self.templates = templates
    }
  }

  private static let names = [
    "anna", "bela", "cem", "dora", "emil", "fritz", "gerd", "hans", "ida", "jana", "kai", "lea",
    "mia", "nils", "olga", "paul", "quirin", "rosa", "sven", "tara", "udo", "vera", "willi",
    "xenia", "yusuf", "zoe",
  ]

  private static func each(_ names: [String], _ count: Int, _ path: (String) -> String)
    -> [(String, Int, Int)]
  {
    names.map { (path($0), count, 200) }
  }

  static let cases = [
    Case("words stay", [("/", 1, 200), ("/users", 9, 200)], ["/", "/users"]),
    Case(
      "ids get the name of what they are ids of",
      [("/users/42", 1, 200), ("/v1/orders/7/items/8", 1, 200), ("/v2/9", 1, 200)],
      ["/users/{user_id:int}", "/v1/orders/{order_id:int}/items/{item_id:int}", "/v2/{id:int}"]),
    Case(
      "what ids look like decides about the converter",
      [
        ("/carts/e0f3a7fb-09b4-4d1c-af65-91fde84ebf4d", 1, 200), ("/days/2026-11-02", 1, 200),
        ("/commits/51c3a1f09b7d", 1, 200), ("/mail/jane@example.com", 1, 200),
      ],
      ["/carts/{cart_id:uuid}", "/commits/{hash}", "/days/{date}", "/mail/{email}"]),
    Case(
      "ids of two kinds at one place are one parameter",
      [("/files/42/meta", 1, 200), ("/files/51c3a1f09b7d/meta", 1, 200)],
      ["/files/{file_id}/meta"]),
    Case(
      "a file extension stays, and comes before the parameter without one",
      [("/invoices/42", 1, 200), ("/invoices/42.pdf", 1, 200)],
      ["/invoices/{invoice_id:int}.pdf", "/invoices/{invoice_id:int}"]),
    Case(
      "the same name twice gets a number",
      [("/nodes/1/nodes/2/3", 1, 200)], ["/nodes/{node_id:int}/nodes/{node_id_2:int}/{id:int}"]),
    Case(
      "twenty words are endpoints", each(Array(names.prefix(20)), 1) { "/x/\($0)" },
      names.prefix(20).map { "/x/\($0)" }),
    Case(
      "many rare words are names", each(names, 2) { "/users/\($0)" }, ["/users/{user}"]),
    Case(
      "many words that are all frequent are endpoints", each(names, 9) { "/jobs/\($0)" },
      names.map { "/jobs/\($0)" }),
    Case(
      "frequent words that go on alike are names",
      each(names, 9) { "/users/\($0)" } + each(names, 9) { "/users/\($0)/orders" },
      ["/users/{user}", "/users/{user}/orders"]),
    Case(
      "words that many applications have stay beside names",
      each(names, 2) { "/users/\($0)" } + [("/users/me", 2, 200), ("/users/search", 1, 200)],
      ["/users/me", "/users/search", "/users/{user}"]),
    Case(
      "a word that is asked for far more than all others stays",
      each(names, 2) { "/users/\($0)" } + [("/users/root", 90, 200)],
      ["/users/root", "/users/{user}"]),
    Case(
      "names where ids stand, if they go on as ids do",
      [("/users/42/orders", 20, 200), ("/users/42", 20, 200), ("/users/archive", 1, 200)]
        + each(Array(names.prefix(3)), 1) { "/users/\($0)/orders" },
      ["/users/archive", "/users/{user}", "/users/{user}/orders"]),
    Case(
      "one word where ids stand is an endpoint",
      [("/users/42/orders", 20, 200), ("/users/all-of-them/orders", 1, 200)],
      ["/users/all-of-them/orders", "/users/{user_id:int}/orders"]),
    Case(
      "behind a version there are endpoints, unless there are very many",
      each(names, 1) { "/v1/\($0)" }, names.map { "/v1/\($0)" }),
    Case(
      "what was only answered 404 speaks for nothing",
      each(names, 1) { "/users/\($0)" }.map { ($0.0, $0.1, 404) } + [("/users", 1, 200)],
      ["/users"]),
    Case(
      "words that are no words",
      [("/a%20b", 1, 200), ("/%7Bx%7D", 1, 200), ("/%FF", 1, 200), ("/a%3Fb", 1, 200)], []),
  ]

  @Test(arguments: cases)
  func `paths make templates, in an order in which each is found first`(_ item: Case) throws {
    let survey = PathSurvey()
    for (path, count, status) in item.paths {
      for _ in 0..<count { survey.add(path, status: status) }
    }
    let routes = survey.routes()
    let listed = routes.filter { $0.canBeListed && $0.methods.contains { $0.routeCount > 0 } }
    #expect(listed.map(\.template) == item.templates)
    #expect(routes.reduce(0) { $0 + $1.count } == item.paths.reduce(0) { $0 + $1.count })
  }

  @Test func `more than two hundred frequent words are names anywhere`() {
    let survey = PathSurvey()
    for number in 0..<201 {
      for _ in 0..<9 { survey.add("/v1/w\(number)x", status: 200) }
    }
    #expect(survey.routes().map(\.template) == ["/v1/{name}"])
  }

  /// The tree must not grow with what clients make up.
  @Test func `strays are let go, and what is folded early is counted all the same`() {
    let survey = PathSurvey()
    for number in 0..<250_000 {
      survey.add("/scan\(number)x", status: 404)
      if number % 5 == 0 { survey.add("/people/p\(number)x/mail", status: 200) }
      if number % 1000 == 0 { survey.add("/people", status: 200) }
    }
    #expect(survey.root.nodeCount < PathSurvey.nodeLimit)
    let routes = survey.routes()
    let found = routes.filter { $0.methods.contains { $0.routeCount > 0 } }
    #expect(found.map(\.template) == ["/people", "/people/{people}/mail"])
    #expect(found.map(\.count) == [250, 50_000])
    let strays = routes.filter { !$0.methods.contains { $0.routeCount > 0 } }
    #expect(strays.reduce(survey.strayCount) { $0 + $1.count } == 250_000)
    #expect(survey.passedOverCount == 0)
  }

  @Test func `a hostile tree has an end`() {
    let survey = PathSurvey()
    // Answered with 200, and different at every level.
    for number in 0..<60_000 {
      survey.add("/a\(number % 211)x/b\(number % 307)x/c\(number)x/d\(number)x", status: 200)
    }
    survey.add("/" + String(repeating: "x/", count: 600), status: 200)
    survey.add("/" + String(repeating: "x/", count: 40), status: 200)
    survey.add("*", status: 200)
    #expect(survey.root.nodeCount <= PathSurvey.nodeLimit)
    let total = survey.routes().reduce(0) { $0 + $1.count }
    #expect(total + survey.strayCount + survey.passedOverCount == 60_003)
    #expect(survey.passedOverCount >= 3)
  }
}

extension PathSurvey {
  fileprivate func add(_ target: String, status: UInt16 = 200) {
    let bytes = Array("GET \(target)".utf8)
    var record = AccessRecord()
    record.status = status
    record.method = FieldSlice(0..<3)
    record.target = FieldSlice(4..<bytes.count)
    add(record, in: bytes.span, consumer: 0)
  }

  fileprivate func add(_ target: String, status: Int) {
    add(target, status: UInt16(status))
  }
}
