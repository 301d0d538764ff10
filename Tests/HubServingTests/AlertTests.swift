import Configuring
import Diagnostics
import Foundation
import GRDB
import Logging
import Synchronization
import Testing
import TestSupport

@testable import HubServing

/// Rules over what the hub has, by a clock of the test's own.
struct AlertTests {
  /// The start of a minute, in seconds since 1970.
  private static let start = 1_764_000_000.0

  private let origin: Origin
  private let clock = TestClock(AlertTests.start)
  private let acting = TestActing()
  private let folder: TemporaryFolder

  init() throws {
    origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    folder = try TemporaryFolder()
  }

  private var path: String { folder.path(of: "hub.sqlite") }

  private func watch(_ store: HubStore, _ rules: AlertRule...) -> AlertWatch {
    AlertWatch(
      rules: AlertRuleBook(rules), store: store, actions: acting, clock: clock.alertClock,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Requests of a minute, counted from the start.
  private func count(
    _ requests: Int, minute: Int, status: Int = 200, path: String = "/", consumer: String? = nil,
    milliseconds: Int? = nil, of env: String = "prod", in store: HubStore
  ) async throws {
    let times = milliseconds.map { #"{"\#($0 / 10 * 10)":\#(requests)}"# } ?? "{}"
    let text = Messages.sync(
      uuid: Int.random(in: 1...999_999_999), consumer: consumer, path: path,
      timestamp: Int(Self.start) + minute * 60 + 30, count: requests,
      responseSizeSum: 1_000 * requests, responseTimes: times,
      responseSizes: #"{"1":\#(requests)}"#
    ).replacing("\"status_code\":200", with: "\"status_code\":\(status)")
    let message = try SyncMessage.message(of: Array(text.utf8))
    let origin = try #require(Origin(clientID: Messages.clientID, env: env))
    _ = try await store.keep(.sync(message, body: text), from: origin)
  }

  /// Writes that a live client was heard of at these minutes.
  private func hear(_ minutes: [Double], in store: HubStore) async throws {
    let origin = origin
    try await store.database.write { db in
      let id = try store.originID(of: origin, db)
      for minute in minutes {
        try db.execute(
          sql: """
            INSERT INTO message (origin, kind, uuid, body, received_at, instance, client)
            VALUES (?, 'sync', ?, '{}', ?, 'a', 'live')
            """, arguments: [id, "a \(minute)", Self.start + minute * 60])
      }
    }
  }

  private struct Answer: Decodable {
    struct Alert: Decodable {
      struct Action: Decodable, Equatable {
        var event: String
        var action: String
        var state: String
        var tries: Int
        var error: String?
      }

      var name: String
      var client: String
      var environment: String
      var metric: String
      var value: Double?
      var threshold: Double
      var direction: String
      var state: String
      var since: String
      var resolved_at: String?
      var actions: [Action]
    }

    var alerts: [Alert]
    var more: Int
  }

  private func alerts(_ store: HubStore) async throws -> [Answer.Alert] {
    let text = try await store.alerts()
    return try JSONDecoder().decode(Answer.self, from: Data(text.utf8)).alerts
  }

  // MARK: Values

  struct ValueCase: CustomTestStringConvertible, Sendable {
    var rule: String
    var value: Double?
    var testDescription: String { rule }
  }

  /// Of a window from minute 0 to 4: 60 requests of acme with 200 in 20 ms to /a, 30 with 404 in 900 ms to /a, 10
  /// with 503 in 3 s to /b.
  static let values = [
    ValueCase(rule: "metric: rpm, above: 1", value: 20),
    ValueCase(rule: "metric: requests, above: 1", value: 100),
    ValueCase(rule: "metric: requests, above: 1, window: 1m", value: 0),
    ValueCase(rule: "metric: requests, above: 1, window: 3m", value: 40),
    ValueCase(rule: "metric: bytes, above: 1", value: 100_000),
    ValueCase(rule: "metric: bytes_sent, above: 1", value: 100_000),
    ValueCase(rule: "metric: bytes_received, above: 1", value: 0),
    ValueCase(rule: "metric: consumers, above: 1", value: 1),
    ValueCase(rule: "metric: client_errors, above: 1", value: 30),
    ValueCase(rule: "metric: server_errors, above: 1", value: 10),
    ValueCase(rule: "metric: error_rate, above: 1%", value: 40),
    ValueCase(rule: "metric: client_error_rate, above: 1%", value: 30),
    ValueCase(rule: "metric: server_error_rate, above: 1%", value: 10),
    ValueCase(rule: "metric: server_error_rate, above: 1%, path: /b", value: 100),
    ValueCase(rule: "metric: server_error_rate, above: 1%, path: /c", value: nil),
    ValueCase(rule: "metric: server_error_rate, above: 1%, method: post", value: nil),
    ValueCase(rule: "metric: requests, above: 1, status: [404, 5xx]", value: 40),
    ValueCase(rule: "metric: requests, above: 1, consumer: acme", value: 60),
    ValueCase(rule: "metric: requests, above: 1, consumer: nobody", value: 0),
    ValueCase(rule: "metric: p50, above: 1s", value: 25),
    ValueCase(rule: "metric: p75, above: 1s", value: 905),
    ValueCase(rule: "metric: p95, above: 1s", value: 3_005),
    ValueCase(rule: "metric: p95, above: 1s, consumer: acme", value: 25),
    ValueCase(rule: "metric: apdex, below: 0.9", value: 0.75),
    ValueCase(rule: "metric: apdex, below: 0.9, apdex_threshold: 1s", value: 0.95),
    ValueCase(rule: "metric: requests, above: 1, env: dev", value: nil),
    ValueCase(
      rule: "metric: requests, above: 1, client_id: 00000000-0000-4000-8000-000000000000",
      value: nil),
  ]

  @Test(arguments: values)
  func `a value is that of the window's last whole minutes`(_ item: ValueCase) async throws {
    let store = try HubStore(path: nil)
    try await count(60, minute: 1, path: "/a", consumer: "acme", milliseconds: 20, in: store)
    try await count(30, minute: 2, status: 404, path: "/a", milliseconds: 900, in: store)
    try await count(10, minute: 3, status: 503, path: "/b", milliseconds: 3_000, in: store)
    // Before the window, and in the minutes of which more may come.
    try await count(1_000, minute: -1, in: store)
    try await count(1_000, minute: 5, in: store)
    // Minute 5 has ended, but not by a minute yet.
    clock.now = Self.start + 6 * 60 + 59
    let rule = try alertRule(item.rule)
    _ = try await store.evaluate(rule, at: clock.now)
    let alerts = try await alerts(store)
    #expect(alerts.first?.value == item.value)
  }

  @Test func `no requests are news only where a live client has reported, and the hub ran`()
    async throws
  {
    let store = try HubStore(path: nil)
    let rule = try alertRule("metric: rpm, below: 1")
    func value(minute: Double) async throws -> Double? {
      _ = try await store.evaluate(rule, at: Self.start + minute * 60)
      return try await alerts(store).first?.value
    }
    try await count(5, minute: 0, in: store)
    try await store.database.write { try $0.execute(sql: "UPDATE message SET client = 'backfill'") }
    #expect(try await value(minute: 100) == nil)
    try await hear([50], in: store)
    #expect(try await value(minute: 54) == nil)
    #expect(try await value(minute: 100) == 0)
    let run = try await store.beginRun(at: Self.start)
    try await store.continueRun(run, at: Self.start + 97 * 60)
    _ = try await store.beginRun(at: Self.start + 98 * 60)
    #expect(try await value(minute: 100) == nil)
    #expect(try await value(minute: 105) == 0)
  }

  @Test func `uptime is that of the window, and nothing where nobody has reported`() async throws {
    let store = try HubStore(path: nil)
    let rule = try alertRule("metric: uptime, below: 100%, window: 10m")
    func value(minute: Double) async throws -> Double? {
      _ = try await store.evaluate(rule, at: Self.start + minute * 60)
      return try await alerts(store).first?.value
    }
    try await count(5, minute: 0, in: store)
    try await store.database.write { try $0.execute(sql: "UPDATE message SET client = 'backfill'") }
    #expect(try await value(minute: 30) == nil)
    try await hear(Array(stride(from: 0, through: 20, by: 1)), in: store)
    #expect(try await value(minute: 23) == 100)
    #expect(try await value(minute: 24) == 60)
    #expect(try await value(minute: 40) == 0)
    try await hear([40, 41, 42, 43, 44, 45], in: store)
    #expect(try await value(minute: 45) == 50)
    try await hear([46, 47, 48, 49, 50], in: store)
    #expect(try await value(minute: 50.5) == 100)
  }

  @Test func `a backfill of last year raises no alert`() async throws {
    let store = try HubStore(path: nil)
    let watch = try watch(store, alertRule("metric: server_errors, above: 0, webhook: 'https://a'"))
    try await count(1_000, minute: -525_600, status: 500, in: store)
    clock.now = Self.start + 600
    for rule in watch.rules.current { await watch.evaluate(rule) }
    #expect(try await alerts(store).map(\.state) == ["ok"])
    #expect(await !watch.act())
  }

  // MARK: What happens

  @Test func `an alert is told of once when it fires and once when it is over`() async throws {
    let store = try HubStore(path: nil)
    let watch = try watch(
      store,
      alertRule(
        "name: errors, metric: server_errors, above: 5, webhook: 'https://a', command: [page]"))
    for minute in 2...7 { try await count(9, minute: minute, status: 500, in: store) }
    for minute in 0...20 {
      clock.now = Self.start + Double(minute) * 60
      for rule in watch.rules.current { await watch.evaluate(rule) }
      while await watch.act() {}
    }
    let calls = acting.calls
    #expect(calls.map(\.target) == ["https://a", "page", "https://a", "page"])
    #expect(calls.map(\.event) == ["firing", "firing", "resolved", "resolved"])
    let alert = try #require(try await alerts(store).first)
    #expect(alert.state == "resolved" && alert.resolved_at == alert.since)
    #expect(alert.name == "errors" && alert.client == Messages.clientID)
    #expect(alert.environment == "prod" && alert.metric == "server_errors")
    #expect(alert.direction == "above" && alert.threshold == 5)
    #expect(alert.actions.map(\.state) == Array(repeating: "done", count: 4))
    let body = try #require(calls.first).body
    #expect(
      body == """
        {"event":"firing","test":false,"name":"errors","client":"\(Messages.clientID)",\
        "environment":"prod","metric":"server_errors","value":9,"threshold":5,\
        "direction":"above","window_seconds":300,"since":"2025-11-24T16:04:00Z",\
        "at":"2025-11-24T16:04:00Z"}
        """)
  }

  @Test func `a hub that begins again tells nobody twice, and does what was left`() async throws {
    let rule = try alertRule("metric: requests, above: 5, webhook: 'https://a'")
    acting.failures = ["no connection"]
    do {
      let store = try HubStore(path: path)
      try await count(9, minute: 0, in: store)
      clock.now = Self.start + 120
      let watch = watch(store, rule)
      await watch.evaluate(rule)
      #expect(await watch.act())
      #expect(await !watch.act())
    }
    let store = try HubStore(path: path)
    let watch = watch(store, rule)
    try await store.keepAlerts(of: [rule])
    await watch.evaluate(rule)
    #expect(await !watch.act())
    clock.now += 5
    #expect(await watch.act())
    clock.now += 3_600
    #expect(await !watch.act())
    #expect(acting.calls.map(\.event) == ["firing", "firing"])
    let action = try #require(try await alerts(store).first?.actions.first)
    #expect(action.tries == 2 && action.state == "done" && action.error == nil)
  }

  @Test func `an action that fails is tried three times, and what follows waits for it`()
    async throws
  {
    let store = try HubStore(path: nil)
    let rule = try alertRule("metric: requests, above: 5, webhook: 'https://a/secret'")
    let watch = watch(store, rule)
    acting.failures = ["the answer was 500", "the answer was 502", "no answer in time"]
    try await count(9, minute: 0, in: store)
    clock.now = Self.start + 120
    await watch.evaluate(rule)
    #expect(await watch.act())
    clock.now += 4
    #expect(await !watch.act())
    // It is over before anybody has heard of it.
    clock.now += 600
    await watch.evaluate(rule)
    #expect(await watch.act())
    #expect(await !watch.act())
    clock.now += 30
    #expect(await watch.act())
    #expect(await watch.act())
    #expect(await !watch.act())
    #expect(acting.calls.map(\.event) == ["firing", "firing", "firing", "resolved"])
    let text = try await store.alerts()
    #expect(!text.contains("secret"))
    let actions = try #require(try await alerts(store).first?.actions)
    #expect(
      actions == [
        .init(event: "resolved", action: "webhook", state: "done", tries: 1),
        .init(
          event: "firing", action: "webhook", state: "failed", tries: 3, error: "no answer in time"),
      ])
  }

  @Test func `what waits is limited, and what is over is forgotten`() async throws {
    let store = try HubStore(path: nil)
    let rule = try alertRule("metric: requests, above: 5, webhook: 'https://a'")
    try await count(9, minute: 0, in: store)
    for _ in 0..<HubStore.waitingActionLimit + 5 {
      _ = try await store.evaluate(rule, at: Self.start + 120)
      try await store.database.write { try $0.execute(sql: "DELETE FROM alert") }
    }
    func actions(_ state: String) async throws -> Int? {
      try await store.database.read { db in
        try Int.fetchOne(
          db, sql: "SELECT count(*) FROM alert_action WHERE state = ?", arguments: [state])
      }
    }
    #expect(try await actions("waiting") == HubStore.waitingActionLimit)
    #expect(try await actions("failed") == 5)
    let watch = watch(store, rule)
    clock.now = Self.start + 121
    while await watch.act() {}
    for _ in 0..<20 {
      _ = try await store.evaluate(rule, at: Self.start + 130)
      try await store.database.write { try $0.execute(sql: "DELETE FROM alert") }
    }
    let done = try await actions("done")
    #expect(done ?? 0 <= HubStore.pastActionLimit)
  }

  @Test func `an alert whose rule is gone is forgotten, and its action with it`() async throws {
    let store = try HubStore(path: nil)
    let old = try alertRule("name: old, metric: requests, above: 5, webhook: 'https://a'")
    let new = try alertRule("name: new, metric: requests, above: 50")
    try await count(9, minute: 0, in: store)
    clock.now = Self.start + 120
    let before = watch(store, old)
    await before.evaluate(old)
    let after = watch(store, new)
    try await store.keepAlerts(of: [new])
    await after.evaluate(new)
    #expect(await after.act())
    #expect(acting.calls.isEmpty)
    #expect(try await alerts(store).map(\.name) == ["new"])
  }

  @Test func `a rule is about every environment that it does not leave out`() async throws {
    let store = try HubStore(path: nil)
    for env in ["prod", "dev", "test"] { try await count(9, minute: 0, of: env, in: store) }
    for text in ["metric: requests, above: 5", "name: one, metric: requests, above: 5, env: dev"] {
      _ = try await store.evaluate(alertRule(text), at: Self.start + 120)
    }
    let alerts = try await alerts(store)
    #expect(
      alerts.map { "\($0.name) \($0.environment)" } == ["one dev", "r dev", "r prod", "r test"])
  }

  @Test func `rules can be tried, and nothing is kept of it`() async throws {
    let store = try HubStore(path: nil)
    let rules = try [
      alertRule("metric: requests, above: 5"), alertRule("metric: uptime, below: 99.9%, env: dev"),
    ]
    try await count(9, minute: 0, in: store)
    let trials = try await store.trials(of: rules)
    #expect(trials.map(\.count) == [1, 0])
    let trial = try #require(trials.first?.first)
    #expect(trial.valueText == "0" && trial.thresholdText == "above 5" && trial.verdict == "no")
    #expect(AlertTrial(unknown: rules[1]).thresholdText == "below 99.90%")
    #expect(try await alerts(store).isEmpty)
  }

  @Test func `the loop evaluates and acts by the clock, until the task is cancelled`() async throws
  {
    let store = try HubStore(path: nil)
    let rule = try alertRule("metric: requests, above: 5, webhook: 'https://a'")
    try await count(9, minute: 0, in: store)
    clock.now = Self.start + 120
    let watch = watch(store, rule)
    let task = Task { try await watch.run() }
    while acting.calls.count < 2 {
      try await Task.sleep(for: .milliseconds(1))
    }
    task.cancel()
    _ = await task.result
    #expect(acting.calls.map(\.event) == ["firing", "resolved"])
  }

  @Test func `a file is read again when it is another one, and what is wrong is said once`() throws
  {
    let path = folder.path(of: "alerts.yaml")
    func write(_ metric: String) throws {
      // As editors do it: another file takes its place.
      try "metric: \(metric), above: 5, webhook: 'https://a'".write(
        toFile: path, atomically: true, encoding: .utf8)
    }
    try write("requests")
    let file = AlertFile(path) {
      [try alertRule(String(contentsOfFile: path, encoding: .utf8))]
    }
    #expect(try file.changedRules() == nil)
    try write("server_errors")
    #expect(try file.changedRules()?.map(\.metric) == [.serverErrors])
    #expect(try file.changedRules() == nil)
    try write("wrong")
    #expect(throws: (any Error).self) { try file.changedRules() }
    #expect(try file.changedRules() == nil)
    try FileManager.default.removeItem(atPath: path)
    #expect(try file.changedRules() == nil)
    try write("requests")
    #expect(try file.changedRules()?.map(\.metric) == [.requests])
  }

  @Test func `rules that are read again take the place of those before, but for wrong ones`()
    async throws
  {
    struct Wrong: Error {}
    let store = try HubStore(path: nil)
    let before = try alertRule("metric: requests, above: 100, webhook: 'https://a'")
    let after = try alertRule("metric: requests, above: 5, webhook: 'https://b'")
    let answers = Mutex<[Result<[AlertRule]?, any Error>]>([
      .success(nil), .failure(Wrong()), .success([before]), .success([after]),
    ])
    let book = AlertRuleBook([before]) {
      try answers.withLock { $0.isEmpty ? .success(nil) : $0.removeFirst() }.get()
    }
    var watch = watch(store)
    watch.rules = book
    for _ in 1...3 {
      #expect(!book.refresh(watch.logger))
      #expect(book.current == [before])
    }
    try await count(9, minute: 0, in: store)
    clock.now = Self.start + 120
    let task = Task { [watch] in try await watch.run() }
    while acting.calls.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    _ = await task.result
    #expect(book.current == [after] && acting.calls.first?.target.contains("//b") == true)
  }
}

/// A clock that goes on by what is slept.
private final class TestClock: Sendable {
  private let time: Mutex<Double>

  init(_ now: Double) { time = Mutex(now) }

  var now: Double {
    get { time.withLock { $0 } }
    set { time.withLock { $0 = newValue } }
  }

  var alertClock: AlertClock {
    AlertClock(
      now: { self.now },
      sleep: { seconds in
        try await Task.sleep(for: .milliseconds(1))
        self.time.withLock { $0 += min(seconds, 1) }
      })
  }
}

/// Actions that are noted, and fail as often as the test says.
private final class TestActing: AlertActing {
  struct Call: Sendable {
    var target: String
    var event: String
    var body: String
  }

  private struct Notice: Decodable {
    var event: String
  }

  private let state = Mutex((calls: [Call](), failures: [String]()))

  var calls: [Call] { state.withLock { $0.calls } }

  var failures: [String] {
    get { state.withLock { $0.failures } }
    set { state.withLock { $0.failures = newValue } }
  }

  func perform(_ target: AlertTarget, body: String) async -> String? {
    let notice = try? JSONDecoder().decode(Notice.self, from: Data(body.utf8))
    return state.withLock { state in
      let name =
        switch target {
        case .webhook(let webhook): webhook.shown
        case .command(let words): words.joined(separator: " ")
        }
      state.calls.append(Call(target: name, event: notice?.event ?? "?", body: body))
      return state.failures.isEmpty ? nil : state.failures.removeFirst()
    }
  }
}
