import Foundation
import Testing
import TestSupport

/// Kills, signals, hubs and disks that fail: nothing is lost, and the exit status says what to do.
struct DurabilityFaultTests {
  /// The short forms of the scripts in `scripts/durability`.
  @Test(arguments: [
    (
      ["durability/crash-test", "--kills", "12", "--lines", "60000", "--seed", "3", "--short"],
      "12 kills", "all totals equal"
    ),
    (
      ["durability/fault-test", "--messages", "120", "--seed", "3"],
      "totals equal", "message_uuid kept once"
    ),
    (
      ["durability/hub-crash-test", "--kills", "3", "--lines", "60000", "--seed", "3"],
      "3 kills", " 0 of them wrong"
    ),
    (["durability/nights-test", "--nights", "6", "--seed", "1"], "6 nights", "all equal"),
  ])
  func `killed and troubled imports bring the same sums`(
    command: [String], words: String, others: String
  ) async throws {
    let folder = try TemporaryFolder()
    let running = try RunningProcess(
      URL(filePath: Program.script(command[0])), [Program.url.path] + command.dropFirst(),
      in: folder)
    // Half a minute, but these are many processes, and others may run beside them.
    let status = await running.end(within: .seconds(300))
    let output = String(decoding: try Data(contentsOf: running.output), as: UTF8.self)
    let errors = String(decoding: try Data(contentsOf: running.errors), as: UTF8.self)
    #expect(status == 0, "\(output)\(errors)")
    #expect(output.contains(words) && output.contains(others), "\(output)")
  }

  // MARK: Signals

  @Test(arguments: [0, 50])
  func `a pipe that is told to stop ends within seconds, with what it has`(
    count: Int
  ) async throws {
    try await DurabilityHarness.use { harness in
      let (running, pipe) = try harness.start("--summary", "json", "--flush-every", "1", "-")
      try pipe.write(contentsOf: Data(Log.numbered(0..<count).utf8))
      try await harness.wait(for: count)
      // With nothing in the pipe there is nothing to wait for but the program's start.
      while running.isRunning, !harness.folder.exists(".local/state/backtally/backtally.sqlite") {
        try await Task.sleep(for: .milliseconds(10))
      }
      try await Task.sleep(for: .milliseconds(300))
      running.terminate()
      #expect(await running.end(within: .seconds(15)) == 0)
      let output = try Data(contentsOf: running.output)
      #expect(try JSONDecoder().decode(Summary.self, from: output).requests == count)
      try await harness.expect(count)
      try pipe.close()
    }
  }

  @Test func `what was read when the signal came is sent before the end`() async throws {
    try await DurabilityHarness.use { harness in
      // Nothing counts before the end: a checkpoint is an hour away.
      let (running, pipe) = try harness.start("--flush-every", "3600", "-")
      try pipe.write(contentsOf: Data(Log.numbered(0..<50).utf8))
      while running.isRunning, !harness.folder.exists(".local/state/backtally/backtally.sqlite") {
        try await Task.sleep(for: .milliseconds(10))
      }
      try await Task.sleep(for: .seconds(2))
      try await harness.expect(0)
      running.terminate()
      #expect(await running.end(within: .seconds(15)) == 0)
      try await harness.expect(50)
      try pipe.close()
    }
  }

  @Test func `a file that is not read to its end makes 4, and the next run goes on`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.folder.write(Log.lines(400_000), to: "access.log")
      let first = try RunningProcess(
        Program.url, harness.command(["--summary", "json", "--jobs", "1", "access.log"]),
        in: harness.folder)
      await harness.terminate(first, whenThereIs: ".local/state/backtally/backtally.sqlite")
      let status = await first.end(within: .seconds(30))
      let output = try Data(contentsOf: first.output)
      let count = try JSONDecoder().decode(Summary.self, from: output).requests
      try #require(count < 400_000, "the program was done before the signal came")
      #expect(status == 4)
      let errors = String(decoding: try Data(contentsOf: first.errors), as: UTF8.self)
      #expect(errors.contains("not read to its end because the run was stopped"))
      try await harness.expect(count)
      try await harness.run("access.log")
      try await harness.expect(400_000)
    }
  }

  /// A hub that takes connections and never answers.
  private static let silent = """
    import socket, time
    listener = socket.create_server(("127.0.0.1", 0))
    open("port", "w").write(f"{listener.getsockname()[1]}\\n")
    connections = []
    while True:
        connections.append(listener.accept())
        open("called", "w").close()

    """

  @Test func `a second signal ends the program at once`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(10), to: "access.log")
    let (hub, url) = try await folder.startHub(Self.silent)
    defer { hub.terminate() }
    let running = try RunningProcess(
      Program.url, ["import", "--hub-url", url] + Program.target + ["access.log"], in: folder)
    while running.isRunning, !folder.exists("called") {
      try await Task.sleep(for: .milliseconds(10))
    }
    // The attempt under way is given two seconds after the first signal; two different ones, so that
    // both arrive however late the program looks.
    running.interrupt()
    running.terminate()
    let status = await running.end(within: .seconds(10))
    #expect([128 + SIGINT, 128 + SIGTERM].contains(status))
  }

  // MARK: Hubs

  @Test func `after a refused client ID the messages wait for a hub that knows it`() async throws {
    let other = "11111111-0000-4000-8000-00000000b477"
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(100), to: "access.log")
    let port = ["--port", "\(try freePort())"]
    try await folder.withHub(port + ["--client-id", other]) { hub in
      let arguments = ["import", "--hub-url", hub.url] + Program.target + ["access.log"]
      let first = try await folder.backtally(arguments)
      #expect(first.status == 3)
      let second = try await folder.backtally(["deliver", "--hub-url", hub.url])
      #expect(second.status == 3)
    }
    try await folder.withHub(port) { hub in
      let third = try await folder.backtally(["deliver", "--hub-url", hub.url])
      #expect(third.status == 0)
      #expect(try await hub.totals().sums.requestCount == 100)
    }
  }

  /// A hub that refuses whatever it is sent.
  private static let refusing = """
    import http.server
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"detail": "no such minute"}'
            self.send_response(422)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *_): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    open("port", "w").write(f"{server.server_address[1]}\\n")
    server.serve_forever()

    """

  @Test func `refused messages are set aside, listed, and sent again when asked for`() async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(100), to: "access.log")
    let (refusing, url) = try await folder.startHub(Self.refusing)
    let first = try await folder.backtally(
      ["import", "--summary", "json", "--hub-url", url] + Program.target + ["access.log"])
    refusing.terminate()
    _ = await refusing.end(within: .seconds(10))
    #expect(first.status == 5, "\(first.errors)")
    let messages = try first.summary.messages
    #expect(messages.refused == messages.queued && messages.waiting == 0)
    let status = try await folder.backtally(["status"])
    #expect(status.text.contains("0 waiting, \(messages.queued) refused, 0 delivered"))
    #expect(status.text.contains("422"))
    #expect(status.text.contains("no such minute"))
    let list = try await folder.backtally(["outbox", "list", "--limit", "2"])
    #expect(list.text.contains("  0 waiting\n  \(messages.queued) refused\n"), "\(list.text)")
    #expect(list.text.contains(/1 failed attempt: the hub answered 422: .*no such minute/))
    #expect(list.text.contains("and \(messages.queued - 2) more"))
    let port = String(url.split(separator: ":").last ?? "")
    try await folder.withHub(["--port", port]) { hub in
      #expect(try await folder.backtally(["deliver", "--hub-url", hub.url]).status == 0)
      #expect(try await hub.totals().sums.requestCount == 0)
      let again = try await folder.backtally(["deliver", "--retry-refused", "--hub-url", hub.url])
      #expect(again.status == 0, "\(again.errors)")
      #expect(try await hub.totals().sums.requestCount == 100)
    }
    #expect(
      try await folder.backtally(["status"]).text.contains(
        "0 waiting, 0 refused, \(messages.queued) delivered"))
  }

  // MARK: State

  @Test func `status shows a run at work, and forget does not disturb it`() async throws {
    try await DurabilityHarness.use { harness in
      let (running, pipe) = try harness.start("--flush-every", "1", "-")
      try pipe.write(contentsOf: Data(Log.numbered(0..<50).utf8))
      try await harness.wait(for: 50)
      let status = try await harness.folder.backtally(["status"])
      #expect(status.status == 0, "\(status.errors)")
      #expect(status.text.contains("import  running"))
      let forget = try await harness.folder.backtally(["forget", "1"])
      #expect(forget.status == 75)
      #expect(forget.errors.contains("another backtally is using the state directory"))
      try pipe.close()
      #expect(await running.end(within: .seconds(20)) == 0)
    }
  }

  @Test func `status shows that a run was killed, and what it had saved by then`() async throws {
    try await DurabilityHarness.use { harness in
      let (running, pipe) = try harness.start("--flush-every", "1", "--source", "web", "-")
      try pipe.write(contentsOf: Data(Log.numbered(0..<50).utf8))
      try await harness.wait(for: 50)
      #expect(try await harness.runs() == [.init(state: "running", lines: 50, requests: 50)])
      running.kill()
      #expect(await running.end(within: .seconds(20)) == 128 + SIGKILL)
      let killed = DurabilityHarness.Run(state: "killed", lines: 50, requests: 50)
      #expect(try await harness.runs() == [killed])
      let text = try await harness.folder.backtally(["status"]).text
      #expect(text.contains(/UTC  import  killed  50 lines, [0-9]+ queued/), "\(text)")
      try pipe.close()

      // A command that holds the lock, but is not that run, does not bring it back to life.
      let deliver = try await harness.folder.backtally(["deliver", "--hub-url", harness.hub.url])
      #expect(deliver.status == 0, "\(deliver.errors)")
      #expect(try await harness.runs() == [killed])
      try harness.folder.write(Log.numbered(0..<60), to: "access.log")
      try await harness.run("access.log")
      let ended = DurabilityHarness.Run(state: "ended", lines: 10, requests: 10)
      #expect(try await harness.runs() == [ended, killed])
      try await harness.expect(60)
    }
  }

  @Test func `a damaged outbox is said, and left as it is`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try FileManager.default.createDirectory(
      atPath: folder.path(of: "state"), withIntermediateDirectories: true)
    try folder.write(
      String(repeating: "this is no database\n", count: 500), to: "state/backtally.sqlite")
    for command in [["import"] + Program.target + ["access.log"], ["status"], ["deliver"]] {
      let outcome = try await folder.backtally(
        [command[0], "--state-dir", "state"] + command.dropFirst())
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("the outbox is damaged"), "\(outcome.errors)")
    }
    #expect(try folder.text(of: "state/backtally.sqlite").hasPrefix("this is no database\n"))
  }

  /// Root may write anywhere, so as root this is a file where a folder should be.
  @Test func `a state directory that cannot be written is said before anything is read`()
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    if getuid() == 0 {
      try folder.write("", to: "state")
    } else {
      try FileManager.default.createDirectory(
        atPath: folder.path(of: "state"), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o500])
    }
    let outcome = try await folder.backtally(
      ["import", "--state-dir", "state"] + Program.target + ["access.log"])
    // A file is another thing's name: wrong usage.
    #expect(outcome.status == (getuid() == 0 ? 2 : 1))
    #expect(outcome.errors.contains("state: error: "), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }
}
