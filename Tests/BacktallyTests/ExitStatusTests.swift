import Foundation
import Testing
import TestSupport

/// What scripts and cron jobs go by.
struct ExitStatusTests {
  @Test func `an import that did all it should exits with 0`() async throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(Log.lines(3), to: "access.log")
    try await folder.withHub { hub in
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url] + Program.target + [log])
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }

  @Test(arguments: [
    (["import"], "no client ID is given"),
    (["import", "--dry-run"], "there is nothing to read"),
    (["import", "--nonsense", "access.log"], "unknown option '--nonsense'"),
    (["import", "--dry-run", "--payloads", "x", "access.log"], "cannot be used together"),
    (["import", "--dry-run", "--max-rejected", "101", "access.log"], "percentage from 0 to 100"),
    (["import", "--dry-run", "--give-up-after", "0", "access.log"], "number of seconds"),
    (["import", "--dry-run", "--jobs", "0", "access.log"], "--jobs must be a number"),
    (["import", "--dry-run", "--format", "cobined", "access.log"], "did you mean `combined`?"),
    (["import", "--dry-run", "--consumer", "nobody", "access.log"], "has no field 'nobody'"),
    (["import", "--dry-run", "--routes", "missing.txt", "access.log"], "missing.txt"),
    (["import", "--dry-run", "--config", "missing.yaml", "access.log"], "missing.yaml"),
    (["import", "--client-id", "x", "--env", "test", "access.log"], "is not a UUID"),
    (["import", "--dry-run", "--since", "tomorrow", "access.log"], "--since"),
    (["import", "--dry-run", "--unmatched", "keep", "access.log"], "requires known routes"),
    (["hub", "--port", "70000"], "from 0 to 65535"),
    (["hub", "alerts"], "missing expected argument '--test <FILE>'"),
    (["hub", "alerts", "--test", "a", "--port", "1"], "only --database is of use"),
    (["nonsense"], "nonsense"),
  ])
  func `wrong usage exits with 2 and says what is wrong`(
    arguments: [String], words: String
  ) async throws {
    let folder = try TemporaryFolder()
    // One format for all, so that a rule about fields is met before the first line is read.
    try folder.write(Log.lines(3), to: "access.log")
    let options = arguments.contains("--consumer") ? ["--format", "combined"] : []
    let outcome = try await folder.backtally(arguments + options)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func `a hub that does not know the client ID makes 3`() async throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(Log.lines(3), to: "access.log")
    let known = "11111111-0000-4000-8000-00000000b477"
    try await folder.withHub(["--client-id", known]) { hub in
      let outcome = try await folder.backtally(
        ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + [log])
      #expect(outcome.status == 3)
      #expect(outcome.errors.contains("the hub does not accept the client ID"))
      let messages = try outcome.summary.messages
      #expect(messages.delivered == 0 && messages.waiting == messages.queued)
    }
  }

  @Test func `input that ends too early makes 4, and what came before is counted`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(4000), to: "access.log")
    let cut = try await folder.bash("gzip -c access.log | head -c 9000 > cut.gz")
    #expect(cut.status == 0)
    try await folder.withHub { hub in
      let outcome = try await folder.backtally(
        ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + ["cut.gz"])
      #expect(outcome.status == 4)
      #expect(outcome.errors.contains("cut.gz, byte 9000: error: the gzip stream is truncated"))
      let requests = try outcome.summary.requests
      #expect(requests > 0 && requests < 4000)
      #expect(try await hub.totals().sums.requestCount == requests)
    }
  }

  @Test func `a file that is not there makes 4, and the others are counted`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "missing.log", "access.log", "none-*.log"])
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("missing.log: error: no such file"))
    #expect(outcome.errors.contains("none-*.log: error: no such file"))
    #expect(try outcome.summary.requests == 3)
  }

  /// Judged at the end of a short log, and after the first lines of a long one.
  @Test(arguments: [24, 60_000])
  func `too many rejected lines make 4, and nothing is sent`(count: Int) async throws {
    let folder = try TemporaryFolder()
    let log = (0..<count).map { $0 % 8 == 7 ? "what is this?\n" : Log.line(minute: $0 % 60) }
    try folder.write(log.joined(), to: "access.log")
    try await folder.withHub { hub in
      let arguments = ["import", "--hub-url", hub.url] + Program.target
      let outcome = try await folder.backtally(arguments + ["access.log"])
      #expect(outcome.status == 4)
      #expect(outcome.errors.contains("% of the lines were rejected"))
      #expect(try await hub.totals().messages.sync == 0)

      let tolerant = try await folder.backtally(arguments + ["--max-rejected", "20", "access.log"])
      #expect(tolerant.status == 0)
      #expect(try await hub.totals().sums.requestCount == count - count / 8)
    }
  }

  @Test func `a hub out of reach makes 5, and the next run delivers`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let options = Program.target + ["--summary", "json", "--give-up-after", "1", "access.log"]
    let port = try freePort()
    let first = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:\(port)"] + options)
    #expect(first.status == 5)
    #expect(first.errors.contains("the outbox keeps the messages"))
    let waiting = try first.summary.messages.waiting
    #expect(waiting > 0)

    try folder.write("", to: "empty.log")
    try await folder.withHub(["--port", "\(port)"]) { hub in
      let second = try await folder.backtally(
        ["import", "--hub-url", hub.url, "--summary", "json"] + Program.target + ["empty.log"])
      #expect(second.status == 0)
      #expect(try second.summary.messages.delivered == waiting)
      #expect(try await hub.totals().sums.requestCount == 3)
    }
  }
}
