import Configuring
import Diagnostics
import Testing
import TestSupport

/// Files of alert rules.
struct AlertReadingTests {
  private func rules(
    _ text: String, environment: [String: String] = [:]
  ) throws(ConfigurationError) -> [AlertRule] {
    try AlertRule.rules(bytes: Array(text.utf8), path: "alerts.yaml", environment: environment)
  }

  private func messages(_ text: String) -> [String] {
    do throws(ConfigurationError) {
      _ = try rules(text)
      return []
    } catch {
      return error.diagnostics.map { $0.rendered.replacing("\n  hint: ", with: " | ") }
    }
  }

  @Test func `every key finds its place`() throws {
    let rules = try rules(
      """
      alerts:
        - name: slow payments
          metric: p95
          above: 1.5s
          window: 10m
          for: 90s
          every: 30s
          client_id: 76B5CB91-a0a4-4ea0-a894-57d2b9fcb2c9
          env: prod
          method: post
          path: /v1/payments
          consumer: acme
          status: [201, 5xx]
          webhook: ${HOOK}
          command: [/usr/local/bin/page, --level, "2"]
        - {name: happy, metric: apdex, below: 0.85, apdex_threshold: 300ms}
      """, environment: ["HOOK": "https://ada:secret@hooks.Example.com:8443/T0/B1?key=secret"])
    #expect(rules.count == 2)
    let rule = rules[0]
    #expect(rule.name == "slow payments" && rule.metric == .p95 && rule.direction == .above)
    #expect(rule.threshold == 1_500 && rule.window == 600 && rule.hold == 90)
    #expect(rule.interval == 30)
    #expect(rule.filter.clientID == "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9")
    #expect(rule.filter.environment == "prod" && rule.filter.method == "POST")
    #expect(rule.filter.path == "/v1/payments" && rule.filter.consumer == "acme")
    #expect(rule.filter.statuses == [201...201, 500...599])
    #expect(rule.webhook?.shown == "https://hooks.example.com:8443")
    #expect(rule.webhook?.url.secret.hasSuffix("/T0/B1?key=secret") == true)
    #expect(!"\(rule)".contains("secret"))
    #expect(rule.command == ["/usr/local/bin/page", "--level", "2"])
    #expect(rules[1].apdexThreshold == 300 && rules[1].direction == .below)
    #expect(rules[1].window == 300 && rules[1].hold == 0 && rules[1].interval == 60)
    #expect(rules[1].webhook == nil && rules[1].command.isEmpty)
  }

  @Test(arguments: [
    ("rpm", "100", 100), ("requests", "0", 0), ("bytes", "10MB", 10_000_000),
    ("bytes_sent", "1.5 kB", 1_500), ("bytes_received", "12", 12), ("consumers", "3", 3),
    ("client_errors", "7", 7), ("server_errors", "7", 7), ("error_rate", "1%", 1),
    ("client_error_rate", "0.5 %", 0.5), ("server_error_rate", "100%", 100),
    ("p50", "800ms", 800), ("p75", "2s", 2_000), ("p95", "1.25s", 1_250), ("apdex", "0.9", 0.9),
    ("uptime", "99.9%", 99.9),
  ])
  func `a threshold is in the unit of its metric`(
    metric: String, text: String, value: Double
  ) throws {
    let rules = try rules("alerts: [{name: a, metric: \(metric), below: \(text)}]")
    #expect(rules.first?.threshold == value)
    // Every other metric's unit is an error.
    let units = ["100", "1%", "800ms", "10MB"]
    let mistakes = units.count { unit in
      !messages("alerts: [{name: a, metric: \(metric), below: \(unit)}]").isEmpty
    }
    #expect(mistakes >= 2)
  }

  static let mistakes: [(String, String)] = [
    ("", "alerts.yaml: error: `alerts` is missing here"),
    ("alerts: []", "error: `alerts` is empty"),
    ("alert: []", "error: unknown key `alert` | did you mean `alerts`?"),
    ("alerts: [{name: a, metrc: rpm, above: 1}]", "unknown key `metrc` | did you mean `metric`?"),
    (
      "alerts: [{name: a, metric: error_rat, above: 1%}]",
      "`metric` cannot be `error_rat` | did you mean `error_rate`?"
    ),
    ("alerts: [{metric: rpm, above: 1}]", "error: `name` is missing here"),
    (
      "alerts: [{name: a, metric: rpm, above: 1, below: 2}]",
      "`alerts` needs exactly one of `above`, `below`"
    ),
    ("alerts: [{name: a, metric: rpm}]", "`alerts` needs exactly one of `above`, `below`"),
    (
      "alerts: [{name: a, metric: error_rate, above: 1}]",
      "`above` must be a share from 0% to 100%, such as 1%"
    ),
    ("alerts: [{name: a, metric: uptime, below: 101%}]", "`below` must be a share from 0%"),
    ("alerts: [{name: a, metric: p95, above: 800}]", "`above` must be a time, such as 800ms"),
    ("alerts: [{name: a, metric: rpm, above: -1}]", "`above` must be a number, such as 100"),
    ("alerts: [{name: a, metric: rpm, above: 1e3}]", "`above` must be a number, such as 100"),
    ("alerts: [{name: a, metric: rpm, above: .nan}]", "`above` must be a number, such as 100"),
    (
      "alerts: [{name: a, metric: rpm, above: 1, window: 5}]",
      "`window` must be a time from 1m to 1d | write a number and s, m, h or d"
    ),
    ("alerts: [{name: a, metric: rpm, above: 1, window: 2d}]", "`window` must be a time from 1m"),
    ("alerts: [{name: a, metric: rpm, above: 1, every: 1s}]", "`every` must be a time from 10s"),
    (
      "alerts: [{name: a, metric: uptime, below: 100%, path: /a}]",
      "`path` cannot be used together with `metric: uptime`"
    ),
    (
      "alerts: [{name: a, metric: error_rate, above: 1%, status: 500}]",
      "`status` cannot be used together with `metric: error_rate`"
    ),
    (
      "alerts: [{name: a, metric: rpm, above: 1, apdex_threshold: 1s}]",
      "`apdex_threshold` requires `metric: apdex`"
    ),
    (
      "alerts: [{name: a, metric: rpm, above: 1, status: teapot}]", "`status` cannot be `teapot`"
    ),
    (
      "alerts: [{name: a, metric: rpm, above: 1}, {name: a, metric: rpm, above: 2}]",
      "`name` is the name of another rule"
    ),
    ("alerts: [{name: \"a\\nb\", metric: rpm, above: 1}]", "`name` is not a name that a rule can"),
    (
      "alerts: [{name: a, metric: rpm, above: 1, command: [\"a\\0b\"]}]",
      "`command` has an argument that no program can be given"
    ),
    ("alerts: [{name: a, metric: rpm, above: 1, command: page}]", "`command` must be a list"),
    (
      "alerts: [{name: a, metric: rpm, above: 1, client_id: acme}]", "`client_id` is not a UUID"
    ),
    ("alerts: {name: a}", "`alerts` must be a list, not a mapping"),
    ("- a", "`alert rules` must be a mapping, not a list"),
    ("alerts: [", "not valid YAML"),
  ]

  @Test(arguments: mistakes)
  func `a mistake is said with its place`(text: String, message: String) {
    let messages = messages(text)
    #expect(messages.count == 1, "\(messages)")
    #expect(messages.first?.contains(message) == true, "\(messages)")
    #expect(messages.first?.hasPrefix("alerts.yaml") == true, "\(messages)")
  }

  @Test(arguments: [
    "https://hooks.example.com", "https://hooks.example.com/T0/B1?key=a%20b",
    "https://ada:pw@hooks.example.com/x", "https://[2001:db8::1]:8443/x", "http://localhost:8080/",
    "http://127.0.0.1/a", "http://127.9.9.9:1/a", "http://[::1]:9/a", "HTTPS://Example.com/",
  ])
  func `a webhook is https, or of this machine`(url: String) throws {
    let rules = try rules("alerts: [{name: a, metric: rpm, above: 1, webhook: '\(url)'}]")
    #expect(rules.first?.webhook?.url.secret == url)
  }

  @Test(arguments: [
    "http://hooks.example.com/secret", "http://localhost.example.com/secret",
    "http://127.0.0.1.example.com/secret", "http://127.0.0.1@example.com/secret",
    "http://localhost@example.com/secret", "http://127.1/secret", "ftp://localhost/secret",
    "https:///secret", "https://a@b@c/secret", "https://example.com/#secret",
    "https://exa mple.com/secret", "https://example.com:0/secret", "secret", "//example.com/secret",
    "http://[::1]@example.com/secret", "http://[::ffff:1.2.3.4]/secret",
  ])
  func `another address is refused, and not shown`(url: String) {
    let messages = messages("alerts: [{name: a, metric: rpm, above: 1, webhook: '\(url)'}]")
    #expect(messages.count == 1)
    #expect(messages.first?.contains("`webhook` is not an address that alerts can be") == true)
    #expect(messages.first?.contains("secret") == false)
  }

  @Test func `no file has more rules than are evaluated in time`() {
    let text = (0...AlertRule.countLimit).map { "  - {name: r\($0), metric: rpm, above: 1}\n" }
    let messages = messages("alerts:\n" + text.joined())
    #expect(messages == ["alerts.yaml:2, byte 2: error: `alerts` has more than 100 items"])
  }
}
