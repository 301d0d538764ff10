import Foundation
import Testing
import TestSupport

/// docs/SUMMARY.md, held against what `--summary json` prints: the same keys with the same types, neither
/// more nor fewer.
struct SummaryPageTests {
  @Test func `the keys of an import`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3) + "\nno line of a log\n", to: "access.log")
    try folder.write("", to: "empty.log")
    try folder.write(
      "{\"time\":1,\"bytes\":5,\"method\":\"GET\",\"path\":\"/\",\"status\":200}\n", to: "sized.log"
    )
    // A source that is none of requests fails the run, which has its summary.
    try folder.write(Log.line().replacing("GET", with: "\\x16\\x03"), to: "handshakes.log")
    try folder.write(Log.line("/users/1") + Log.line("/nowhere"), to: "mixed.log")
    try folder.write("GET /users/{id}\n", to: "routes.txt")
    var keys: JSON.Keys = [:]
    for arguments in [
      ["--dry-run", "--max-rejected", "100", "access.log"], ["--dry-run", "empty.log"],
      ["--dry-run", "--routes", "routes.txt", "mixed.log"],
      [
        "--dry-run", "--target", "otlp", "--otlp-url", "http://127.0.0.1:9", "access.log",
        "--max-rejected", "100",
      ],
      ["--dry-run", "sized.log"], ["--dry-run", "handshakes.log"],
      ["--payloads", "messages.ndjson", "--request-logs", "--max-rejected", "100", "access.log"],
    ] {
      let outcome = try await folder.backtally(
        ["import", "--summary", "json"] + Program.target + arguments)
      #expect(outcome.status == (arguments.last == "handshakes.log" ? 4 : 0), "\(outcome.errors)")
      try JSON(outcome.output).note(
        in: &keys, namingMembersOf: ["lines.left_out": "REASON", "coverage": "PART"])
    }
    let sent = try await folder.backtally(
      ["import", "--summary", "json", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1"]
        + Program.target + ["empty.log", "--max-rejected", "100"])
    try JSON(sent.output).note(
      in: &keys, namingMembersOf: ["lines.left_out": "REASON", "coverage": "PART"])
    JSON.expect(keys, toBe: try JSON.documented("## import"))
  }

  @Test func `the keys of inspect`() async throws {
    let folder = try TemporaryFolder()
    for name in ["api.log", "wire.log", "app.log"] {
      let log = try Data(contentsOf: URL(filePath: Program.fixture("logs/\(name)")))
      try folder.write(log, to: name)
    }
    try folder.write("Lorem ipsum\ndolor sit amet\n", to: "prose.txt")
    try folder.write(Log.lines(20) + "no line of a log\n", to: "access.log")
    let sized = #"{"time":"2026-11-02T09:00:12Z","method":"GET","path":"/a","status":200,"#
    try folder.write(sized + "\"request_size\":12}\n", to: "sized.log")
    // More lines than are read without --all.
    try folder.write(Log.line() + String(repeating: "\n", count: 200_000), to: "long.log")
    var keys: JSON.Keys = [:]
    for arguments in [
      ["--consumer", "extra_2", "api.log", "wire.log", "app.log", "prose.txt", "access.log"],
      ["sized.log", "long.log"], ["--all", "access.log"],
    ] {
      let outcome = try await folder.backtally(["inspect", "--summary", "json"] + arguments)
      try JSON(outcome.output).note(in: &keys)
    }
    JSON.expect(keys, toBe: try JSON.documented("## inspect"))
  }

  /// A hub that refuses whatever it is sent.
  private static let refusing = """
    import http.server
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(422)
            self.send_header("Content-Length", "0")
            self.end_headers()
        def log_message(self, *_): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()

    """

  @Test func `the keys of status and of the outbox`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.refusing, to: "hub.py")
    let hub = try RunningProcess(URL(filePath: "/usr/bin/env"), ["python3", "hub.py"], in: folder)
    defer { hub.terminate() }
    let port = try await firstLine(of: hub)
    try folder.write(Log.lines(3), to: "access.log")
    // A source of which nothing is counted.
    try folder.write(Log.line().replacing("GET", with: "OPTIONS"), to: "options.log")
    let hubURL = ["--hub-url", "http://127.0.0.1:\(port)"]
    let first = try await folder.backtally(
      ["import"] + hubURL + Program.target + ["access.log", "options.log"])
    #expect(first.status == 5, "\(first.errors)")
    // A run that has not ended, because its input has not.
    let (waiting, release) = try await waitingImport(in: folder, hubURL)
    // One that an older version has recorded, one that saved nothing, and an app of which nothing is known.
    try await folder.editState(
      """
      INSERT INTO run (command, started_at) VALUES ('import', 1);
      UPDATE run SET id = 0 WHERE started_at = 1;
      INSERT INTO app (client_id, env, hub) VALUES ('\(Program.clientID)', 'dev', '');
      INSERT INTO delivered (app_id, kind, count, last_at)
        SELECT id, 'sync', 1, 1 FROM app WHERE env = 'dev';
      INSERT INTO run (id, command, started_at, finished_at, exit_status, app_id)
        SELECT -1, 'import', 1, 2, 0, id FROM app WHERE env = 'test';
      """)
    let status = try await folder.backtally(["status", "--summary", "json"])
    release()
    _ = await waiting.end(within: .seconds(60))
    #expect(status.status == 0, "\(status.errors)")
    var keys: JSON.Keys = [:]
    try JSON(status.output).note(in: &keys)
    JSON.expect(keys, toBe: try JSON.documented("## status"))

    // More messages than are tried before a hub counts as unreachable: the rest has no error.
    try folder.write(Log.lines(40), to: "more.log")
    let second = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1"] + Program.target
        + ["more.log"])
    #expect(second.status == 5, "\(second.errors)")
    // One that was sent without an answer, long ago.
    try await folder.editState(
      "UPDATE message SET state = 'set_aside', set_aside_at = 1, set_aside_reason = 'perhaps', "
        + "uncertain_since = 1 WHERE id = (SELECT max(id) FROM message)")
    let listing = try await folder.backtally(
      ["outbox", "list", "--limit", "100", "--summary", "json"])
    #expect(listing.status == 0, "\(listing.errors)")
    keys = [:]
    try JSON(listing.output).note(in: &keys)
    JSON.expect(keys, toBe: try JSON.documented("## outbox list"))
  }

  @Test func `the keys of verify`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.line(user: "acme") + Log.line(minute: 2), to: "a.log")
    var keys: JSON.Keys = [:]
    try await folder.withHub { hub in
      try await folder.withHub { other in
        let arguments = ["a.log", "--consumer", "remote_user"] + Program.target
        // Once there and twice here, and the other way round.
        for (url, state) in [(hub.url, "a"), (hub.url, "b"), (other.url, "b"), (hub.url, "c")] {
          let imported = try await folder.backtally(
            ["import", "--hub-url", url, "--state-dir", state] + arguments)
          #expect(imported.status == 0, "\(imported.errors)")
        }
        for (url, read, state) in [(hub.url, hub.url, "a"), (hub.url, other.url, "b")] {
          if state == "b" {
            _ = try await folder.backtally(
              ["import", "--hub-url", url, "--state-dir", state, "--no-ledger"] + arguments)
          }
          let outcome = try await folder.backtally(
            ["verify", "--hub-url", url, "--state-dir", state, "--summary", "json"]
              + Program.target,
            environment: ["APITALLY_API_KEY": "k", "APITALLY_API_BASE_URL": read])
          #expect(outcome.status == 1, "\(outcome.errors)")
          try JSON(outcome.output).note(in: &keys)
        }
        // All of whose sums are forgotten.
        _ = try await folder.backtally(["import", "--hub-url", hub.url] + arguments)
        try await folder.editState("UPDATE sent_day SET is_whole = 0")
        let outcome = try await folder.backtally(
          ["verify", "--hub-url", hub.url, "--summary", "json"] + Program.target,
          environment: ["APITALLY_API_KEY": "k", "APITALLY_API_BASE_URL": hub.url])
        #expect(outcome.status == 0, "\(outcome.errors)")
        try JSON(outcome.output).note(in: &keys)
      }
    }
    JSON.expect(keys, toBe: try JSON.documented("## verify"))
  }

  /// The first line that a process prints.
  private func firstLine(of process: RunningProcess) async throws -> String {
    for _ in 0..<6_000 {
      let text = String(decoding: try Data(contentsOf: process.output), as: UTF8.self)
      if text.hasSuffix("\n") { return text.trimmingCharacters(in: .newlines) }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw CancellationError()
  }

  /// An import that reads a pipe which nobody has closed yet, and how to close it.
  private func waitingImport(
    in folder: TemporaryFolder, _ hubURL: [String]
  ) async throws -> (process: RunningProcess, release: @Sendable () -> Void) {
    let pipe = folder.path(of: "pipe")
    let isMade = unsafe mkfifo(pipe, 0o600) == 0
    try #require(isMade)
    let writer = unsafe open(pipe, O_RDWR)
    let process = try RunningProcess(
      Program.url, ["import"] + hubURL + Program.target + ["pipe"], in: folder)
    for _ in 0..<6_000 {
      let status = try await folder.backtally(["status"])
      if status.text.components(separatedBy: "  import  ").count == 3 { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    return (process, { close(writer) })
  }
}
