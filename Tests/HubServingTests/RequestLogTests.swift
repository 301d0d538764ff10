import Foundation
import GRDB
import HummingbirdCore
import TestSupport
import Testing

@testable import HubServing

/// Single requests, errors that were reported, and routes.
struct RequestLogTests {
  private let origin: Origin
  private let store: HubStore
  private static let count = 240

  init() async throws {
    origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    store = try HubStore(path: nil)
    var lines = ""
    for number in 0..<Self.count {
      // Four of each second, so that pages end within one.
      lines += """
        {"uuid":"\(Self.uuid(number))","request":{"timestamp":\(1_000 + number / 4),\
        "method":"\(number % 3 == 0 ? "POST" : "GET")","path":"/items/{id}",\
        "url":"http://api.example.test/items/\(number)","size":1,"headers":[],\
        "consumer":"\(number % 5 == 0 ? "=cmd()" : "acme")"},\
        "response":{"status_code":\(number % 7 == 0 ? 503 : 200),"response_time":0.\(100 + number),\
        "headers":[],"size":2}}

        """
    }
    let file = try LogFile(uuid: Self.uuid(9_999), lines: Array(lines.utf8))
    #expect(try await store.keep(.log(file), from: origin) == .stored)
  }

  private static func uuid(_ number: Int) -> String {
    let digits = String(number)
    return "00000000-0000-4000-8000-\(String(repeating: "0", count: 12 - digits.count))\(digits)"
  }

  private func query(_ text: String) throws -> RequestQuery {
    var parameters = FlatDictionary<Substring, Substring>()
    for part in "since=0&until=5000&\(text)".split(separator: "&") {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      parameters.append(key: words[0], value: words.count > 1 ? words[1] : "")
    }
    return try RequestQuery(parameters, now: Date(timeIntervalSince1970: 1_000_000))
  }

  private func page(_ text: String, limit: Int = 1_000) async throws -> RequestPage {
    try await store.requestPage(of: origin, query(text), limit: limit)
  }

  @Test func `pages by key have every line once, the newest first`() async throws {
    var seen: [String] = []
    var key: RequestQuery.Key?
    repeat {
      var query = try query("")
      // As it comes back from a client.
      query.before = try key.map { try #require(RequestQuery.Key($0.text[...])) }
      let page = try await store.requestPage(of: origin, query, limit: 7)
      seen += page.lines.map(\.uuid)
      key = page.next
    } while key != nil
    #expect(seen.count == Self.count && Set(seen).count == Self.count)
    #expect(seen == (0..<Self.count).reversed().map(Self.uuid))
  }

  private static let filters: [(String, @Sendable (Int) -> Bool)] = [
    ("method=post", { $0 % 3 == 0 }), ("status=5xx", { $0 % 7 == 0 }),
    ("consumer=acme", { $0 % 5 != 0 }), ("endpoint=/items/{id}", { _ in true }),
    ("endpoint=/items", { _ in false }), ("text=ITEMS/23", { "\($0)".hasPrefix("23") }),
    ("slower=250", { $0 >= 150 }), ("consumer=", { _ in false }),
    ("method=GET&status=503&slower=200", { $0 % 3 != 0 && $0 % 7 == 0 && $0 >= 100 }),
  ]

  @Test(arguments: filters.indices)
  func `filters leave what they name`(index: Int) async throws {
    let (text, includes) = Self.filters[index]
    let shown = try await page(text).lines.map(\.uuid)
    #expect(shown == (0..<Self.count).filter(includes).reversed().map(Self.uuid))
  }

  @Test(arguments: ["before=x", "before=1", "slower=-1", "slower=x", "format=xml", "unknown=1"])
  func `what cannot be asked for is refused`(text: String) {
    #expect(throws: InvalidMessage.self) { try query(text) }
  }

  @Test func `one request is given as it was sent`() async throws {
    let line = try #require(try await store.requestLine(of: origin, uuid: Self.uuid(4)))
    #expect(line.hasPrefix("{\"uuid\":\"\(Self.uuid(4))\"") && line.contains("/items/4\""))
    #expect(try await store.requestLine(of: origin, uuid: Self.uuid(5_000)) == nil)
    let other = try #require(Origin(clientID: Messages.clientID, env: "other"))
    #expect(try await store.requestLine(of: other, uuid: Self.uuid(4)) == nil)
  }

  @Test func `a CSV file begins no formula, and has one line a request`() async throws {
    let line = try #require(try await page("").lines.last)
    #expect(
      line.csv == """
        1970-01-01T00:16:40.000Z,POST,/items/{id},http://api.example.test/items/0,'=cmd(),503,\
        100.0,\(Self.uuid(0))\r\n
        """)
    var fields = line.fields
    fields.url = "a \"quoted\",\nthing"
    #expect(
      RequestLine(id: 1, uuid: "u", fields: fields).csv.contains(",\"a \"\"quoted\"\",\nthing\","))
  }

  @Test func `spans of OTLP are found by what they say`() throws {
    let line = """
      {"trace_id":"a","span_id":"b","name":"GET /a","start":"1795425377500000000",\
      "end":"1795425377750000000","attributes":{"http.request.method":"GET","url.path":"/a/1",\
      "http.route":"/a/{id}","http.response.status_code":500,"apitally.consumer.identifier":"acme"}}
      """
    let fields = try #require(LogItemFields(JSONReading.value(of: Array(line.utf8))))
    #expect(
      fields
        == LogItemFields(
          time: 1_795_425_377.5, method: "GET", path: "/a/{id}", url: "/a/1", consumer: "acme",
          status: 500, responseTime: 0.25))
    #expect(LogItemFields(.array([])) == nil && LogItemFields(.object(JSONObject())) == nil)
  }

  // MARK: Reports

  private struct Reports: Decodable {
    struct Report: Decodable, Equatable {
      var kind: String
      var path: String
      var type: String
      var message: String
      var traceback: String?
      var location: String?
      var count: Int
      var consumers: Int
      var last_hour: String
    }

    var reports: [Report]
  }

  private func viewQuery(_ text: String) throws -> ViewQuery { try query(text).view }

  @Test func `errors are counted by what they say`() async throws {
    for (number, body) in [
      Messages.sync, Messages.sync.replacing(Messages.messageUUID, with: Self.uuid(1)),
      Messages.sync.replacing(Messages.messageUUID, with: Self.uuid(2))
        .replacing("\"traceback\":\"Traceback\"", with: "\"traceback\":\"<b>other</b>\""),
    ].enumerated() {
      let message = try SyncMessage.message(of: Array(body.utf8))
      #expect(
        try await store.keep(.sync(message, body: body), from: origin) == .stored, "\(number)")
    }
    var query = try viewQuery("")
    query.span = 1_795_420_000..<1_795_430_000
    let shown = try JSONDecoder().decode(
      Reports.self, from: Data(try await store.reports(of: origin, query).utf8)
    ).reports
    #expect(
      shown.map { [$0.kind, $0.traceback ?? $0.location, "\($0.count)", "\($0.consumers)"] } == [
        ["validation", "body.name", "6", "0"], ["server", "Traceback", "2", "1"],
        ["server", "<b>other</b>", "1", "1"],
      ])
    query.consumer = "acme"
    let own = try JSONDecoder().decode(
      Reports.self, from: Data(try await store.reports(of: origin, query).utf8)
    ).reports
    #expect(own.map(\.kind) == ["server", "server"])
    query.path = "/elsewhere"
    let none = try JSONDecoder().decode(
      Reports.self, from: Data(try await store.reports(of: origin, query).utf8))
    #expect(none.reports.isEmpty)
  }

  @Test func `errors of messages that were there before are found`() async throws {
    let message = try SyncMessage.message(of: Array(Messages.sync.utf8))
    #expect(
      try await store.keep(.sync(message, body: Messages.sync), from: origin) == .stored)
    var query = try viewQuery("")
    query.span = 1_795_420_000..<1_795_430_000
    let reported = try await store.reports(of: origin, query)
    #expect(reported.contains(#""traceback":"Traceback""#))
    try await store.database.write { db in
      try db.execute(sql: "DELETE FROM error_hour; DELETE FROM error")
      // As the version before stored them.
      try db.execute(
        sql: "UPDATE message SET body = ?, packed = NULL", arguments: [Messages.sync])
    }
    #expect(try await store.reports(of: origin, query) != reported)
    try await store.database.write { db in try HubSchema.findErrors(db) }
    #expect(try await store.reports(of: origin, query) == reported)
  }

  @Test func `routes that nobody has called are named`() async throws {
    struct Routes: Decodable {
      struct Route: Decodable {
        var method: String
        var path: String
        var requests: Int
      }
      var routes: [Route]
      var never_called: Int
      var known: Int
    }
    let startup = try StartupMessage(JSONReading.value(of: Array(Messages.startup.utf8)))
    #expect(
      try await store.keep(.startup(startup, body: Messages.startup), from: origin) == .stored)
    let text = Messages.sync(uuid: 1, path: "/", timestamp: 1_000, count: 3)
    let message = try SyncMessage.message(of: Array(text.utf8))
    #expect(try await store.keep(.sync(message, body: text), from: origin) == .stored)
    let answer = try await store.routes(of: origin, viewQuery(""))
    let shown = try JSONDecoder().decode(Routes.self, from: Data(answer.utf8))
    #expect(shown.known == 2 && shown.never_called == 1)
    #expect(shown.routes.map(\.path) == ["/users/{user_id}", "/"])
    #expect(shown.routes.map(\.requests) == [0, 3] && shown.routes[0].method == "PATCH")
    #expect(StartupRoutes("{}").routes.isEmpty && StartupRoutes("x").routes.isEmpty)
  }
}
