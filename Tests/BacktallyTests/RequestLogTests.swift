import Foundation
import Testing

/// An item of request logs, as far as these tests look at it.
struct LogItem: Decodable {
  struct Request: Decodable {
    var timestamp: Double
    var method: String
    var path: String?
    var url: String
    var headers: [[String]]?
    var size: Int?
    var consumer: String?
  }

  struct Response: Decodable {
    var status_code: Int
  }

  var uuid: String
  var request: Request
  var response: Response

  func header(_ name: String) -> String? { request.headers?.first { $0.first == name }?.last }

  /// Of a payload file.
  static func all(in payloads: Data) throws -> [LogItem] {
    struct Line: Decodable {
      var path: String
      var body: LogItem
    }
    return try payloads.split(separator: UInt8(ascii: "\n"))
      .filter {
        $0.starts(with: #"{"path":"/v2/"#.utf8) && $0.range(of: Data(#"/log","body""#.utf8)) != nil
      }
      .map { try JSONDecoder().decode(Line.self, from: $0).body }
  }
}

/// `--request-logs`: an item for each request.
struct RequestLogTests {
  /// One of the middleware's items, without its headers.
  private struct Recorded: Decodable {
    var request_id: String
    var url: String
    var method: String
    var path: String?
    var consumer: String?
    var size: Int?
    var status_code: Int
  }

  @Test(arguments: [
    (
      "date time cs-method cs-uri-stem cs(User-Agent) cs(Referer) sc-status sc-win32-status",
      "2026-11-02 09:00:11 GET /a Mozilla/5.0+(X11;+Linux) https://a.test/b+c 200 0",
      "2026-11-02 09:00:11 GET /b My+Health+Check - 200 0", "https://a.test/b c"
    ),
    (
      "date time x-edge-location cs-method cs-uri-stem cs(User-Agent) cs(Referer) sc-status",
      "2026-11-02\t09:00:11\tLAX1\tGET\t/a\tMozilla/5.0%2520(X11;%20Linux)\thttps://a.test/%252Fb\t200",
      "2026-11-02\t09:00:11\tLAX1\tGET\t/b\tMy%2520Health%2520Check\t-\t200",
      "https://a.test//b"
    ),
    (
      "date time cs-method cs-uri-stem cs(User-Agent) cs(Referer) sc-status",
      #"2026-11-02 09:00:11 GET /a "Mozilla/5.0 (X11; Linux)" https://a.test/b+c 200"#,
      #"2026-11-02 09:00:11 GET /b "My Health Check" - 200"#, "https://a.test/b+c"
    ),
  ])
  func `header fields of extended logs are those that the client sent`(
    columns: String, line: String, check: String, referer: String
  ) async throws {
    let folder = try TemporaryFolder()
    try folder.write("#Fields: \(columns)\n\(line)\n\(check)\n", to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--request-logs"] + Program.target + ["access.log"])
    let items = try LogItem.all(in: outcome.output)
    // The health check is left out by its name, as the middleware does.
    #expect(items.count == 1, "\(outcome.errors)")
    #expect(items.first?.header("user-agent") == "Mozilla/5.0 (X11; Linux)")
    #expect(items.first?.header("referer") == referer)
  }

  /// nginx's log of the oracle, as if it logged the request id as the header that it forwards it in, by
  /// which items are joined.
  private func oracleItems(_ folder: TemporaryFolder) async throws -> [String: LogItem] {
    let log = try String(
      decoding: Data(contentsOf: URL(filePath: Program.fixture("oracle/nginx.json.log"))),
      as: UTF8.self)
    try folder.write(
      log.replacing(#""request_id":"#, with: #""http_x_request_id":"#), to: "nginx.log")
    let outcome = try await folder.backtally([
      "import", "--request-logs", "--config", Program.fixture("oracle/nginx.yaml"), "--payloads",
      "-", "nginx.log",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let items = try LogItem.all(in: outcome.output).map { ($0.header("x-request-id") ?? "", $0) }
    #expect(Set(items.map(\.0)).count == items.count, "an item came twice")
    return Dictionary(items) { first, _ in first }
  }

  @Test func `items are those of the middleware, but for what the log cannot know`() async throws {
    let folder = try TemporaryFolder()
    let items = try await oracleItems(folder)
    let recorded = try Data(
      contentsOf: URL(filePath: Program.fixture("oracle/nginx.items.jsonl"))
    ).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Recorded.self, from: $0)
    }
    #expect(recorded.count == 172)
    var differentStatuses: [[Int]] = []
    for theirs in recorded {
      let ours = try #require(items[theirs.request_id], "\(theirs)")
      #expect(ours.request.url == theirs.url)
      #expect(ours.request.method == theirs.method)
      #expect(ours.request.path == theirs.path)
      #expect(ours.request.consumer == theirs.consumer)
      #expect(ours.request.size == theirs.size)
      if ours.response.status_code != theirs.status_code {
        differentStatuses.append([theirs.status_code, ours.response.status_code])
      }
    }
    // The client or nginx gave up; the application had answered 200.
    #expect(differentStatuses.allSatisfy { $0[0] == 200 && [499, 504].contains($0[1]) })
    #expect(differentStatuses.count == 5)
    // The middleware makes no items of these, and of no more than 100 a second.
    for item in items.values {
      #expect(item.request.method != "OPTIONS")
      #expect(item.header("user-agent")?.contains("kube-probe") != true)
      #expect(item.request.path != "/healthz")
    }
  }

  private static let configuration = """
    consumers: [{field: remote_user}]
    request_logs: {base_url: "https://api.test"}

    """

  private func folder(_ count: Int = 200) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(count), to: "access.log")
    try folder.write(Self.configuration, to: "c.yaml")
    return folder
  }

  private static let options = ["--request-logs", "--config", "c.yaml", "--summary", "json"]

  /// The parts of `--summary json` that only request logs have.
  private struct LogSummary: Decodable {
    struct Counts: Decodable, Equatable {
      var items = 0
      var files = 0
      var excluded = 0
      var not_sampled = 0
      var over_limit = 0
      var too_long = 0
    }

    struct Messages: Decodable {
      var dropped: Int
    }

    var messages: Messages
    var request_logs: Counts?
  }

  private func logs(_ outcome: Outcome) throws -> LogSummary {
    try JSONDecoder().decode(LogSummary.self, from: outcome.output)
  }

  @Test func `a hub gets every item once, however often the log is imported`() async throws {
    let folder = try folder(3000)
    try await folder.withHub { hub in
      for jobs in ["1", "3"] {
        let outcome = try await folder.backtally(
          ["import", "--no-ledger", "--hub-url", hub.url, "--jobs", jobs] + Program.target
            + Self.options + ["access.log"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let logs = try #require(try logs(outcome).request_logs)
        #expect(logs.items == 3000 && logs.files >= 1)
        #expect(try await hub.logItemCount() == 3000)
      }
    }
  }

  @Test func `what waits in the outbox already is not queued a second time`() async throws {
    let folder = try folder()
    let arguments =
      ["import", "--no-ledger", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1"]
      + ["--state-dir", "state"] + Program.target + Self.options + ["--jobs", "1", "access.log"]
    for _ in 0..<2 { #expect(try await folder.backtally(arguments).status == 5) }
    let kinds = try await folder.bash(
      "python3 -c 'import sqlite3; print(sqlite3.connect(\"state/backtally.sqlite\")"
        + ".execute(\"SELECT count(*) FROM message WHERE kind = \\\"log\\\"\").fetchone()[0])'")
    #expect(kinds.text == "1\n", "\(kinds.errors)")
  }

  @Test func `a hub that wants no request logs gets the numbers all the same`() async throws {
    let folder = try folder()
    try await folder.withHub(["--suspend-logs", "60"]) { hub in
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url] + Program.target + Self.options + ["access.log"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("the hub does not accept request logs at the moment (402)"))
      let summary = try logs(outcome)
      #expect(summary.messages.dropped == summary.request_logs?.files)
      #expect(try outcome.summary.messages.waiting == 0)
      #expect(try await hub.totals().sums.requestCount == 200)
      #expect(try await hub.logItemCount() == 0)
    }
  }

  @Test func `without being asked for there are none, and no more than the budget`() async throws {
    let folder = try folder()
    let none = try await folder.backtally(
      ["import", "--dry-run", "--config", "c.yaml", "--summary", "json", "access.log"])
    #expect(try logs(none).request_logs == nil)
    let some = try await folder.backtally(
      ["import", "--dry-run", "--request-logs-max", "7"] + Self.options + ["access.log"])
    var expected = LogSummary.Counts()
    expected.items = 7
    expected.over_limit = 193
    #expect(try logs(some).request_logs == expected)
    let alone = try await folder.backtally(
      ["import", "--dry-run", "--request-logs-max", "7", "access.log"])
    #expect(alone.status == 2)
    #expect(alone.errors.contains("`--request-logs-max` needs `--request-logs`"))
  }

  @Test func `what a filter leaves out has no item, and what no route matches has no path`()
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(
      Log.line("/users/1") + Log.line("/static/a.css") + Log.line("/nowhere"), to: "access.log")
    try folder.write(
      """
      routes: {list: ["GET /users/{id}"]}
      filters: [{name: static, field: request, matches: /static/}]

      """, to: "c.yaml")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-"] + Program.target
        + ["--request-logs", "--config", "c.yaml", "access.log"])
    let items = try LogItem.all(in: outcome.output)
    #expect(
      items.map(\.request.url) == [
        "http://unknown.invalid/users/1", "http://unknown.invalid/nowhere",
      ])
    #expect(items.map(\.request.path) == ["/users/{id}", nil])
    #expect(outcome.errors.contains("give base_url under request_logs"))
  }
}

extension RunningHub {
  func logItemCount() async throws -> Int {
    struct Answer: Decodable {
      var log_items: Int
    }
    return try JSONDecoder().decode(Answer.self, from: try await answer()).log_items
  }

  /// Names and groups that the hub was told.
  func consumers() async throws -> [[String?]] {
    struct Answer: Decodable {
      struct Consumer: Decodable {
        var identifier: String
        var name: String?
        var group: String?
      }
      var consumers: [Consumer]
    }
    return try JSONDecoder().decode(Answer.self, from: try await answer()).consumers
      .map { [$0.identifier, $0.name, $0.group] }
  }
}
