import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// What Apitally has, held against what was sent, on the local hub, which answers as Apitally's API does.
struct VerifyTests {
  static let key = "secret-key-4711"
  private static let token = "apt_Secret0123456789ABCDEFGH"

  /// What `verify --summary json` prints.
  private struct Result: Decodable {
    struct Outcome: Decodable, Equatable {
      var equal: Int
      var missing: Int
      var doubled: Int
    }

    struct Requests: Decodable, Equatable {
      var sent: Int
      var there: Int
      var missing: Int
      var doubled: Int
    }

    struct Difference: Decodable {
      var of: String
      var time: String
      var method: String?
      var path: String?
      var status: Int?
      var consumer: String?
      var sent: Int
      var there: Int
    }

    struct Messages: Decodable {
      var not_sent: Int
      var uncertain: Int
      var damaged: Int
    }

    struct Uncertain: Decodable {
      var there: Int
      var absent: Int
    }

    var is_equal: Bool
    var endpoints: Outcome
    var consumers: Outcome
    var requests: Requests
    var missing: [Difference]
    var doubled: [Difference]
    var not_sent_from_here: Int
    var days_left_out: Int
    var messages: Messages
    var uncertain: Uncertain
  }

  private static func environment(_ hub: RunningHub) -> [String: String] {
    ["APITALLY_API_KEY": key, "APITALLY_API_BASE_URL": hub.url]
  }

  private func verify(
    _ folder: TemporaryFolder, _ hub: RunningHub, reading other: RunningHub? = nil
  ) async throws -> (Outcome, Result) {
    let outcome = try await folder.backtally(
      ["verify", "--summary", "json", "--hub-url", hub.url] + Program.target,
      environment: Self.environment(other ?? hub))
    #expect(!(outcome.text + outcome.errors).contains(Self.key))
    return (outcome, try JSONDecoder().decode(Result.self, from: outcome.output))
  }

  private func importLog(
    _ folder: TemporaryFolder, _ hub: RunningHub, _ options: [String]
  ) async throws {
    let outcome = try await folder.backtally(
      ["import", "--hub-url", hub.url, "--consumer", "remote_user"] + options + Program.target)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  // MARK: Equal

  @Test(arguments: ["60", "3600", "86400"])
  func `an import is there as it was sent`(bucket: String) async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub { hub in
      try await importLog(
        folder, hub, ["--bucket", bucket, Program.fixture("logs/access.log.gz")])
      let (outcome, result) = try await verify(folder, hub)
      #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
      #expect(result.is_equal)
      #expect(result.endpoints.equal > 10 && result.consumers.equal > 2, "\(result)")
      #expect(
        result.requests == Result.Requests(sent: 1_950, there: 1_950, missing: 0, doubled: 0))
      #expect(result.not_sent_from_here == 0 && result.days_left_out == 0)
    }
  }

  @Test func `so is one by OTLP`() async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub { hub in
      let environment = Self.environment(hub).merging(
        ["APITALLY_WRITE_TOKEN": Self.token, "APITALLY_ENV": "test"]) { $1 }
      for options in [[], ["--bucket", "3600", "--no-ledger"]] {
        let imported = try await folder.backtally(
          ["import", "--otlp-url", hub.url, "--consumer", "remote_user"] + options
            + [Program.fixture("logs/access.log.gz")], environment: environment)
        #expect(imported.status == 0, "\(imported.errors)")
      }
      let outcome = try await folder.backtally(
        ["verify", "--otlp-url", hub.url, "--summary", "json"], environment: environment)
      #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
      let result = try JSONDecoder().decode(Result.self, from: outcome.output)
      #expect(
        result.requests == Result.Requests(sent: 3_900, there: 3_900, missing: 0, doubled: 0))
    }
  }

  @Test func `what is there of others is not held against it`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(20), to: "a.log")
    try folder.write(Log.line(minute: 3, "/live", user: "web"), to: "live.log")
    try await folder.withHub { hub in
      try await importLog(folder, hub, ["a.log"])
      try await importLog(folder, hub, ["--state-dir", "other", "live.log"])
      let (outcome, result) = try await verify(folder, hub)
      #expect(outcome.status == 0, "\(outcome.text)")
      #expect(result.requests.there == 20 && result.not_sent_from_here == 1)
    }
  }

  // MARK: Not equal

  /// Changes the hub's database by a Python expression, while the hub is not running.
  private func change(_ folder: TemporaryFolder, _ statements: String) async throws {
    let outcome = try await folder.bash(
      """
      python3 - <<'END'
      import sqlite3
      database = sqlite3.connect("hub.sqlite")
      database.executescript('''\(statements)''')
      database.close()
      END
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `a message that the hub has lost is missing`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Log.line(minute: 1, "/users/1", user: "acme") + Log.line(minute: 2, "/orders", user: "acme")
        + Log.line(minute: 2, "/orders", user: "zeta", status: 404), to: "a.log")
    let port = "\(try freePort())"
    let options = ["--port", port, "--database", "hub.sqlite"]
    try await folder.withHub(options) { hub in
      try await importLog(folder, hub, ["a.log"])
      #expect(try await verify(folder, hub).0.status == 0)
    }
    // That of the second minute.
    try await change(folder, TestHub.removal(ofBucket: 1_795_424_520))
    try await folder.withHub(options) { hub in
      let (outcome, result) = try await verify(folder, hub)
      #expect(outcome.status == 1, "\(outcome.text)\(outcome.errors)")
      #expect(!result.is_equal)
      #expect(result.endpoints == Result.Outcome(equal: 1, missing: 2, doubled: 0))
      #expect(result.consumers == Result.Outcome(equal: 0, missing: 2, doubled: 0))
      #expect(result.requests == Result.Requests(sent: 3, there: 1, missing: 2, doubled: 0))
      let orders = try #require(result.missing.first { $0.status == 404 })
      #expect(orders.path == "/orders" && orders.sent == 1 && orders.there == 0)
      #expect(orders.time == "2026-11-23T09:00:00.000Z" && orders.of == "endpoint")
      let acme = try #require(result.missing.first { $0.consumer == "acme" })
      #expect(acme.sent == 2 && acme.there == 1)
      let text = try await folder.backtally(
        ["verify", "--hub-url", hub.url] + Program.target, environment: Self.environment(hub))
      #expect(text.status == 1)
      #expect(text.text.contains("GET /orders 404: 1 sent, 0 there"), "\(text.text)")
    }
  }

  @Test func `a message that was sent under another identity as well is doubled`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "a.log")
    try await folder.withHub { hub in
      try await importLog(folder, hub, ["a.log"])
      let line = try #require(try await hub.lines(of: "sync").first)
      let uuid = try #require(line.firstMatch(of: /"message_uuid":"([0-9a-f-]+)"/)?.output.1)
      var request = URLRequest(
        url: try #require(URL(string: "\(hub.url)/v2/\(Program.clientID)/test/sync")))
      request.httpMethod = "POST"
      request.setValue("application/json", forHTTPHeaderField: "Content-Type")
      request.httpBody = Data(line.replacing(uuid, with: UUID().uuidString.lowercased()).utf8)
      let (_, response) = try await URLSession.shared.data(for: request)
      #expect((response as? HTTPURLResponse)?.statusCode == 202)
      let (outcome, result) = try await verify(folder, hub)
      #expect(outcome.status == 1, "\(outcome.text)\(outcome.errors)")
      #expect(result.endpoints.doubled == 1 && result.consumers.doubled == 1)
      #expect(result.requests == Result.Requests(sent: 3, there: 4, missing: 0, doubled: 1))
    }
  }

  // MARK: What was not sent

  @Test func `what waits is not expected, and what was dropped was never sent`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(20), to: "a.log")
    try folder.write(Log.lines(30), to: "b.log")
    let port = try freePort()
    let options = ["--port", "\(port)", "--database", "hub.sqlite"]
    let url = "http://127.0.0.1:\(port)"
    try await folder.withHub(options) { try await importLog(folder, $0, ["a.log"]) }
    let waiting = try await folder.backtally(
      ["import", "--hub-url", url, "--give-up-after", "1", "b.log"] + Program.target)
    #expect(waiting.status == 5)
    try await folder.withHub(options) { hub in
      let (outcome, result) = try await verify(folder, hub)
      #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
      #expect(result.messages.not_sent > 5 && result.requests.sent == 20)
      let dropped = try await folder.backtally(
        ["outbox", "drop", "--waiting"] + Program.target)
      #expect(dropped.status == 0, "\(dropped.errors)")
      let (after, rest) = try await verify(folder, hub)
      #expect(after.status == 0, "\(after.text)")
      #expect(rest.messages.not_sent == 0 && rest.requests.sent == 20)
    }
  }

  @Test func `it is said whether the hub has what is uncertain`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "a.log")
    try folder.write(Log.line(minute: 40, "/uncertain"), to: "b.log")
    try await folder.withHub { hub in
      try await importLog(folder, hub, ["a.log"])
      let away = try await folder.backtally(
        ["import", "--hub-url", hub.url, "--payloads", "b.ndjson", "b.log"] + Program.target)
      #expect(away.status == 0)
      try await importLog(folder, hub, ["b.log"])
      // As if the answer had never come.
      let script = """
        import sqlite3
        database = sqlite3.connect(".local/state/backtally/backtally.sqlite")
        database.executescript('''
          INSERT INTO message (app_id, uuid, kind, path, enqueued_at, state, set_aside_at,
              set_aside_reason, headers, uncertain_since, is_summed)
            SELECT id, 'u', 'sync', '/v2/x/test/sync', 1, 'set_aside', 1, 'no answer', '', 1, 1
            FROM app;
          INSERT INTO body (message_id, bytes) SELECT id, readbody() FROM message;
        '''.replace("readbody()", "x'" + open("body.json", "rb").read().hex() + "'"))
        database.close()
        """
      try folder.write(script, to: "uncertain.py")
      let made = try await folder.bash(
        """
        python3 -c 'import json; print(json.dumps([json.loads(line)["body"] for line in open("b.ndjson")
          if "/sync" in line][0]), end="")' > body.json && python3 uncertain.py
        """)
      #expect(made.status == 0, "\(made.errors)")
      let (outcome, result) = try await verify(folder, hub)
      #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
      #expect(result.messages.uncertain == 1)
      // The endpoint's hour and the day of requests without a consumer.
      #expect(result.uncertain.there == 2 && result.uncertain.absent == 0, "\(outcome.text)")
    }
  }

  // MARK: Keys and apps

  @Test func `without a key it says what it needs, and a wrong one is refused`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "a.log")
    try folder.write(Self.key + "\n", to: "key")
    try await folder.withHub(["--api-key-file", "key"]) { hub in
      try await importLog(folder, hub, ["a.log"])
      let arguments = ["verify", "--hub-url", hub.url, "--api-url", hub.url] + Program.target
      let without = try await folder.backtally(arguments)
      #expect(without.status == 2 && without.errors.contains("APITALLY_API_KEY"))
      let wrong = try await folder.backtally(
        arguments, environment: ["APITALLY_API_KEY": "another-key"])
      #expect(wrong.status == 3 && wrong.errors.contains("refused"), "\(wrong.errors)")
      #expect(!wrong.errors.contains("another-key"))
      try folder.write("api_key: \(Self.key)\napi_url: \(hub.url)\n", to: "c.yaml")
      let right = try await folder.backtally(
        ["verify", "--hub-url", hub.url, "--config", "c.yaml"] + Program.target)
      #expect(right.status == 0, "\(right.errors)")
    }
  }

  @Test func `an app that the API does not know, and one that sent nothing, are said`() async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "a.log")
    try await folder.withHub { hub in
      try await importLog(folder, hub, ["a.log"])
      let nothing = try await folder.backtally(
        ["verify", "--hub-url", hub.url, "--client-id", Program.clientID, "--env", "other"],
        environment: Self.environment(hub))
      #expect(nothing.status == 2 && nothing.errors.contains("nothing is known"))
      try await folder.withHub { empty in
        let unknown = try await folder.backtally(
          ["verify", "--hub-url", hub.url] + Program.target,
          environment: Self.environment(empty))
        #expect(unknown.status == 2 && unknown.errors.contains("has no apps"), "\(unknown.errors)")
      }
      let gone = try await folder.backtally(
        ["verify", "--hub-url", hub.url, "--app", "77"] + Program.target,
        environment: Self.environment(hub))
      #expect(gone.status == 2 && gone.errors.contains("--app"))
    }
  }

  // MARK: Probe

  @Test(arguments: ["hub", "otlp"])
  func `a probe arrives, and is found where it was sent to`(protocol: String) async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub { hub in
      var environment = Self.environment(hub)
      environment["APITALLY_ENV"] = "prod"
      environment["APITALLY_CLIENT_ID"] = Program.clientID
      var arguments = ["probe", "--age", "90d", "--hub-url", hub.url]
      if `protocol` == "otlp" {
        environment["APITALLY_CLIENT_ID"] = nil
        environment["APITALLY_WRITE_TOKEN"] = Self.token
        arguments = ["probe", "--age", "90d", "--otlp-url", hub.url]
      }
      // So that there is an app of that client ID.
      try folder.write(Log.lines(1), to: "a.log")
      let first = try await folder.backtally(
        ["import", `protocol` == "otlp" ? "--otlp-url" : "--hub-url", hub.url, "a.log"],
        environment: environment)
      #expect(first.status == 0, "\(first.errors)")
      for _ in 1...2 {
        let outcome = try await folder.backtally(arguments, environment: environment)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.contains("environment backtally-probe"))
      }
      if `protocol` == "hub" {
        let totals = try await hub.totals(env: "backtally-probe")
        #expect(totals.totals.map(\.path) == ["/backtally-probe"])
        #expect(totals.sums.requestCount == 2)
        #expect(try await hub.totals(env: "prod").sums.requestCount == 1)
      }
    }
  }

  @Test func `a probe that does not arrive is given up in time`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(1), to: "a.log")
    try await folder.withHub { hub in
      try await folder.withHub { other in
        // The app is there, but what is sent goes elsewhere.
        try await importLog(folder, other, ["a.log"])
        let outcome = try await folder.backtally(
          ["probe", "--age", "36h", "--wait", "1", "--hub-url", hub.url]
            + ["--client-id", Program.clientID], environment: Self.environment(other))
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(outcome.text.contains("is not there after"), "\(outcome.text)")
      }
    }
  }

  @Test(arguments: ["90", "d", "0d", "5000d", "-3h", "1.5d", "99999999999d"])
  func `an age that is none is refused`(age: String) async throws {
    let outcome = try await TemporaryFolder().backtally(
      ["probe", "--age", age, "--client-id", Program.clientID])
    #expect(outcome.status == 2, "\(outcome.text)")
  }
}

/// What tests have to know of the hub's database.
enum TestHub {
  /// SQL that removes what a message of one minute has brought.
  static func removal(ofBucket bucket: Int) -> String {
    """
    DELETE FROM message WHERE id IN (SELECT message FROM numbers WHERE bucket = \(bucket));
    DELETE FROM numbers WHERE bucket = \(bucket);
    """
  }
}
