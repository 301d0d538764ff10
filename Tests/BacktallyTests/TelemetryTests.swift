import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// From a log to a hub by OTLP.
struct TelemetryTests {
  private static let token = "apt_Secret0123456789ABCDEFGH"
  private static let environment = ["APITALLY_WRITE_TOKEN": token, "APITALLY_ENV": "test"]
  private static let demo = Program.fixture("logs/access.log.gz")
  private static let options = ["--consumer", "remote_user", "--summary", "json", demo]

  /// The app that the hub has heard of, by its page.
  private func app(_ hub: RunningHub) async throws -> String {
    let page = try await URLSession.shared.data(from: #require(URL(string: hub.url))).0
    let text = String(decoding: page, as: UTF8.self)
    let match = try #require(
      text.firstMatch(
        of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/))
    return String(match.output)
  }

  private func requests(_ hub: RunningHub) async throws -> [String: Int] {
    let totals = try await hub.totals(of: app(hub))
    return Dictionary(
      totals.totals.map {
        ("\($0.consumer ?? "-") \($0.method) \($0.path) \($0.status_code)", $0.request_count)
      }, uniquingKeysWith: +)
  }

  @Test func `the hub's counts are those of hub v2, and a second run adds none`() async throws {
    let folder = try TemporaryFolder()
    let payloads = try await folder.backtally(
      ["import", "--payloads", "-"] + Program.target + Self.options)
    let expected = try Sums(payloads: payloads.output)
    try await folder.withHub { hub in
      for run in 1...2 {
        let outcome = try await folder.backtally(
          ["import", "--otlp-url", hub.url] + Self.options, environment: Self.environment)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try outcome.summary.messages.delivered == (run == 1 ? 2 : 0), "\(outcome.text)")
        #expect(!outcome.errors.contains("Secret0123"))
      }
      let counts = try await requests(hub)
      #expect(counts.values.reduce(0, +) == 1_950)
      #expect(expected.requestCount == 1_950)
      #expect(counts.count == expected.groups.count)
    }
    // Not in the outbox either.
    let state = try await folder.bash("grep -rl Secret0123 . || true")
    #expect(state.text == "")
  }

  @Test func `a bucket that is continued in another run is another part of it`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(10), to: "a.log")
    try folder.write(Log.lines(10), to: "b.log")
    try await folder.withHub { hub in
      for file in ["a.log", "b.log"] {
        let outcome = try await folder.backtally(
          ["import", "--otlp-url", hub.url, "--no-ledger", file], environment: Self.environment)
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
      // The same lines are the same numbers, which only the times of the points tell apart.
      #expect(try await requests(hub).values.reduce(0, +) == 20)
      #expect(try await hub.totals(of: app(hub)).messages.duplicate == 0)
    }
  }

  @Test func `a hub that makes trouble gets every request once`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(200), to: "access.log")
    try await folder.withHub(["--faults", "11"]) { hub in
      let outcome = try await folder.backtally(
        ["import", "--otlp-url", hub.url, "--request-logs", "access.log"],
        environment: Self.environment)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try await requests(hub).values.reduce(0, +) == 200)
    }
  }

  @Test func `the hub refuses who has no token`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write("otlp: {headers: {X-Test: '1'}}\nenv: test\n", to: "c.yaml")
    try await folder.withHub { hub in
      let outcome = try await folder.backtally(
        ["import", "--config", "c.yaml", "--target", "otlp", "--otlp-url", hub.url, "access.log"])
      #expect(outcome.status == 3, "\(outcome.errors)")
      #expect(outcome.errors.contains("token"))
    }
  }

  @Test func `both targets and no choice is wrong usage`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "access.log"] + Program.target, environment: Self.environment)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("--target"))
  }

  @Test func `what waits for OTLP is delivered by its own target`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(30), to: "access.log")
    let port = try freePort()
    let url = "http://127.0.0.1:\(port)"
    let failed = try await folder.backtally(
      ["import", "--otlp-url", url, "--give-up-after", "1", "access.log"],
      environment: Self.environment)
    #expect(failed.status == 5, "\(failed.errors)")
    try await folder.withHub(["--port", "\(port)"]) { hub in
      let outcome = try await folder.backtally(
        ["deliver", "--otlp-url", url], environment: Self.environment)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try await requests(hub).values.reduce(0, +) == 30)
    }
  }

  @Test func `requests without a duration are said to count as 0 s`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--otlp-url", "http://127.0.0.1:9", "--dry-run", "access.log"],
      environment: Self.environment)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("3 requests without a duration count as 0 s"))
    #expect(outcome.text.contains("about 0.0 MB to send by OTLP"))
  }

  /// By the client ID both are one application.
  @Test(arguments: [["hub", "otlp"], ["otlp", "hub"]])
  func `an app that was imported by the other protocol is refused`(targets: [String]) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write(Log.lines(5), to: "other.log")
    try await folder.withHub { hub in
      // Another address of the same receiver, as Apitally has two.
      let telemetryURL = hub.url.replacing("127.0.0.1", with: "localhost")
      func run(_ target: String, _ options: [String]) async throws -> Outcome {
        try await folder.backtally(
          ["import", "--target", target, "--hub-url", hub.url, "--otlp-url", telemetryURL]
            + Program.target + options, environment: Self.environment)
      }
      #expect(try await run(targets[0], ["access.log"]).status == 0)
      let refused = try await run(targets[1], ["other.log"])
      #expect(refused.status == 2)
      #expect(
        refused.errors.contains("was imported with --target \(targets[0])")
          && refused.errors.contains("--state-dir"), "\(refused.errors)")
      // The ways out that it names, and another environment.
      #expect(try await run(targets[0], ["other.log"]).status == 0)
      #expect(try await run(targets[1], ["--state-dir", "b", "other.log"]).status == 0)
      #expect(try await run(targets[1], ["--env", "dev", "other.log"]).status == 0)
    }
  }

  @Test func `errors that OTLP cannot carry are said to be left out`() async throws {
    let folder = try TemporaryFolder()
    let line =
      #"{"time":"2026-11-23T09:00:00Z","method":"GET","path":"/","status":500,"ms":1,"error":"E"}"#
    try folder.write(line + "\n" + line + "\n", to: "access.log")
    try folder.write(
      """
      format:
        type: json
        fields: {time: time, method: method, target: path, status: status,
          duration: {field: ms, unit: ms}, exception_type: error}
      """, to: "c.yaml")
    for (target, isSaid) in [("otlp", true), ("hub", false)] {
      let outcome = try await folder.backtally(
        ["import", "--dry-run", "--config", "c.yaml", "--target", target, "access.log"]
          + Program.target, environment: Self.environment)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let count = outcome.errors.split(separator: "\n").count {
        $0.contains("exceptions and validation errors")
      }
      #expect(count == (isSaid ? 1 : 0), "\(outcome.errors)")
    }
  }

  /// A receiver that takes everything, and asks for messages as often as its argument says.
  private static func asking(_ interval: String?) -> String {
    """
    import http.server, time
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/metrics":
                open("times", "a").write(f"{time.monotonic()}\\n")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            \(interval.map { "self.send_header('Apitally-Export-Interval', '\($0)')" } ?? "pass")
            self.end_headers()
        def log_message(self, *_): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    open("port", "w").write(f"{server.server_address[1]}\\n")
    server.serve_forever()

    """
  }

  /// The last message is sent when the pipe ends, whatever was asked for.
  @Test(arguments: ["5", nil]) func `a live stream is sent as often as the receiver asks`(
    interval: String?
  ) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(1), to: "line.log")
    let (hub, url) = try await folder.startHub(Self.asking(interval))
    defer { hub.terminate() }
    let outcome = try await folder.bash(
      """
      for _ in $(seq 9); do cat line.log; sleep 1; done |
        backtally import --flush-every 1 --source live --otlp-url \(url) -
      """, environment: Self.environment)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let times = try folder.text(of: "times").split(separator: "\n").compactMap { Double($0) }
    let pauses = zip(times, times.dropFirst().dropLast()).map { $1 - $0 }
    try #require(!pauses.isEmpty)
    #expect(interval != nil ? pauses.allSatisfy { $0 > 4.5 } : pauses.contains { $0 < 4 })
  }
}
