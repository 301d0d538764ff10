import Foundation
import Testing
import TestSupport

/// The closing words of an import.
struct SummaryTests {
  /// One line for each way in which a line can end.
  private static let log =
    Log.line(minute: 1, "/users/1", user: "acme") + Log.line(minute: 2, "/users/2?q=1", size: 2000)
    + "\n" + Log.line(minute: 3, "/health") + Log.line(minute: 59, "/late")
    + Log.line(minute: 0, "/early") + Log.line(minute: 4, "/nowhere")
    + #"192.0.2.1 - - [23/Nov/2026:09:05:13 +0000] "OPTIONS /users/1 HTTP/1.1" 204 0 "-" "-""#
    + "\n"
    + #"192.0.2.1 - - [23/Nov/2026:09:06:13 +0000] "\x16\x03\x01" 400 0 "-" "-""# + "\n"
    + #"192.0.2.1 - - [23/Nov/2026:09:07:13 +0000] "OPTIONS * HTTP/1.1" 200 0 "-" "-""# + "\n"
    + #"192.0.2.1 - - [23/Nov/2026:09:08:13 +0000] "CONNECT a.test:443 HTTP/1.1" 405 0 "-" "-""#
    + "\n" + "what is this?\n"
  private static let configuration = """
    filters: [{name: probes, field: request, matches: /health}]
    routes: {list: ["GET /users/{id}", GET /late, GET /early, GET /health]}

    """
  private static let options = [
    "--config", "c.yaml", "--consumer", "remote_user", "--since", "2026-11-23T09:01:00Z", "--until",
    "2026-11-23T09:30:00Z", "access.log",
  ]

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Self.log, to: "access.log")
    try folder.write(Self.configuration, to: "c.yaml")
    return folder
  }

  @Test func `the JSON summary has the contract's keys, and the books balance`() async throws {
    let folder = try folder()
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json"] + Self.options)
    #expect(outcome.status == 0, "\(outcome.errors)")
    var summary = try outcome.summary
    let (lines, seconds) = (summary.lines, summary.seconds)
    #expect(lines.read == lines.tallied + lines.left_out.values.reduce(0, +))
    #expect(seconds > 0 && seconds < 60)
    summary.seconds = 0
    let expected = Summary(
      lines: .init(
        read: 12, tallied: 2,
        left_out: [
          "blank": 1, "probes": 1, "after-until": 1, "before-since": 1, "unmatched-route": 1,
          "options": 2, "no-request": 1, "no-path": 1, "unrecognized": 1,
        ]),
      bytes: .init(read: Self.log.utf8.count, uncompressed: Self.log.utf8.count), sources: 1,
      requests: 2, consumers: 1, routes: 1, buckets: 2,
      messages: .init(queued: 3, delivered: 0, waiting: 0, refused: 0, uncertain: 0),
      first_request: "2026-11-23T09:01:13.000Z", last_request: "2026-11-23T09:02:13.000Z",
      seconds: 0)
    #expect(summary == expected)
    // One object on one line, so that a log collector takes it as one entry.
    #expect(outcome.lines.count == 1)
  }

  @Test func `the text summary says the same`() async throws {
    let folder = try folder()
    let outcome = try await folder.backtally(["import", "--dry-run"] + Self.options)
    try Golden("summary.txt").expect(timeless(outcome.text))
    try Golden("summary.stderr.txt").expect(outcome.errors)
  }

  @Test func `of nothing there is no first request`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "empty.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "empty.log"])
    #expect(outcome.status == 0)
    #expect(outcome.text.contains(#""first_request":null,"last_request":null"#))
    #expect(try outcome.summary.lines == .init(read: 0, tallied: 0, left_out: [:]))
  }

  @Test func `rejected lines are kept verbatim and can be fed in again`() async throws {
    let folder = try folder()
    let mistakes = "what is this?\n" + Log.line(status: 20)
    try folder.write(Log.lines(20) + mistakes, to: "mixed.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--rejects", "rejected.log", "mixed.log"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try folder.text(of: "rejected.log") == mistakes)
    let again = try await folder.backtally(
      [
        "import", "--dry-run", "--summary", "json", "--format", "combined", "--max-rejected", "100",
        "rejected.log",
      ])
    #expect(try again.summary.lines.left_out == ["unrecognized": 1, "invalid-status": 1])
  }
}

/// A summary without what differs from run to run: `0.4 MB in 0.05 s, 8 MB/s`.
func timeless(_ text: String) -> String {
  text.replacing(/in [0-9.]+ s(, [0-9]+ MB\/s)?/, with: "in 0.00 s")
}
