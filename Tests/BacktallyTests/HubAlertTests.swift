import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// `backtally hub --alerts` and `backtally hub alerts --test`.
struct HubAlertTests {
  private struct Answer: Decodable {
    struct Alert: Decodable {
      struct Action: Decodable {
        var event: String
        var state: String
      }

      var name: String
      var environment: String
      var state: String
      var value: Double?
      var evaluated_at: String
      var actions: [Action]
    }

    var alerts: [Alert]
  }

  private static let rules = """
    alerts:
      - name: traffic
        metric: requests
        above: 2
        window: 1h
        every: 10s
        command: [sh, -c, 'cat >>"$1"', sh, told]
      - {name: errors, metric: error_rate, above: 1%, window: 1h}

    """

  /// A folder with rules, and a log of three requests, a few minutes ago.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Self.rules, to: "alerts.yaml")
    let stamp = DateFormatter()
    stamp.locale = Locale(identifier: "en_US_POSIX")
    stamp.timeZone = .gmt
    stamp.dateFormat = "dd/MMM/yyyy:HH:mm:ss"
    let moment = stamp.string(from: Date.now.addingTimeInterval(-600))
    let line = #"192.0.2.1 - - [\#(moment) +0000] "GET /a HTTP/1.1" 200 5 "-" "-""#
    try folder.write(String(repeating: line + "\n", count: 3), to: "now.log")
    return folder
  }

  private func get(_ path: String, of hub: RunningHub) async throws -> Data {
    let address = try #require(URL(string: "\(hub.url)\(path)"))
    return try await URLSession.shared.data(from: address).0
  }

  /// The alerts, once `isDone` says that what was waited for has happened.
  private func alerts(
    of hub: RunningHub, until isDone: ([Answer.Alert]) -> Bool
  ) async throws -> [Answer.Alert] {
    while true {
      let data = try await get("/api/v1/alerts", of: hub)
      let alerts = try JSONDecoder().decode(Answer.self, from: data).alerts
      if isDone(alerts) { return alerts }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  @Test func `an alert fires once, whether the hub is stopped and begins again or not`()
    async throws
  {
    let folder = try folder()
    let database = ["--database", "hub.sqlite"]
    try await folder.withHub(database) { hub in
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url, "now.log"] + Program.target)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let rules = ["--alerts", "alerts.yaml", "-q"]
    let first = try await folder.withHub(database + rules) { hub in
      try await alerts(of: hub) { $0.first?.actions.first?.state == "done" }
    }
    #expect(first.map(\.name) == ["traffic", "errors"])
    #expect(
      first.map(\.state) == ["firing", "ok"] && first.map(\.environment) == ["test", "test"])
    let told = try folder.text(of: "told")
    #expect(told.contains(#""event":"firing","test":false,"name":"traffic""#))
    let second = try await folder.withHub(database + rules) { hub in
      try await alerts(of: hub) { $0.first?.evaluated_at != first.first?.evaluated_at }
    }
    #expect(second.first?.state == "firing" && second.first?.actions.map(\.event) == ["firing"])
    #expect(try folder.text(of: "told") == told)
  }

  @Test func `rules are tried by the hub's database, and what they do is done once`() async throws {
    let folder = try folder()
    try await folder.withHub(["--database", "hub.sqlite"]) { hub in
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url, "now.log"] + Program.target)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let trial = try await folder.backtally(
        ["hub", "alerts", "--test", "alerts.yaml", "--database", "hub.sqlite", "--send"])
      let app = "\(Program.clientID) test"
      #expect(
        trial.text == """
          rule     app\(String(repeating: " ", count: app.count - 3))  value  threshold  would fire
          traffic  \(app)      3  above 2    yes
          errors   \(app)     0%  above 1%   no
          traffic: the command sh: done

          """, "\(trial.text)\(trial.errors)")
      #expect(trial.status == 0)
      #expect(try folder.text(of: "told").contains(#""test":true"#))
      let data = try await get("/api/v1/alerts", of: hub)
      #expect(String(decoding: data, as: UTF8.self) == #"{"alerts":[],"more":0}"#)
    }
  }

  @Test func `an action that fails makes 1, and secrets of its address are not shown`() async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      alerts:
        - {name: a, metric: rpm, above: 1, webhook: "http://ada:${PW}@127.0.0.1:9/${PW}?k=${PW}"}
        - {name: b, metric: rpm, above: 1, command: ["false"]}

      """, to: "a.yaml")
    let outcome = try await folder.backtally(
      ["hub", "alerts", "--test", "a.yaml", "--send", "-v"], environment: ["PW": "5ecret"])
    #expect(outcome.status == 1)
    #expect(
      outcome.text == """
        2 rules: no mistakes
        a: the webhook http://127.0.0.1:9: Connection refused
        b: the command false: it ended with status 1

        """)
    #expect(!outcome.errors.contains("5ecret"))
  }

  @Test(arguments: [["hub", "alerts", "--test"], ["hub", "--port", "0", "--alerts"]])
  func `a mistake in the rules makes 2, and is said with its place`(arguments: [String])
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write("alerts:\n  - {name: a, metrik: rpm, above: 1}\n", to: "a.yaml")
    let outcome = try await folder.backtally(arguments + ["a.yaml"])
    #expect(outcome.status == 2 && outcome.text.isEmpty)
    #expect(
      outcome.errors == """
        a.yaml:2, byte 14: error: unknown key `metrik`
          hint: did you mean `metric`?

        """)
    let missing = try await folder.backtally(arguments + ["no.yaml"])
    #expect(missing.status == 2 && missing.errors.contains("no.yaml: error: "))
  }
}
