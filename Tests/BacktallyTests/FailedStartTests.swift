import Foundation
import TestSupport
import Testing

/// What usage gets wrong is found before the run is recorded, and before anything is sent.
struct FailedStartTests {
  private static let options = Program.target + ["--format", "combined", "access.log"]

  @Test(arguments: [
    (["--rejects", "missing/rejects.log"], [:], "rejected lines cannot be written"),
    (["--rejects", "."], [:], "rejected lines cannot be written"),
    (["--rejects", "access.log"], [:], "--rejects would overwrite it"),
    (["--consumer", "nobody"], [:], "has no field 'nobody'"),
    (["--routes", "missing.txt"], [:], "missing.txt"),
    (["--hub-url", "hub.example"], [:], "--hub-url"),
    (
      ["--hub-url", "https://hub.example:70000"], [:],
      "--hub-url` is not an address that messages can be sent to"
    ),
    (["--rejects", "new.log", "--config", "names.yaml"], [:], "missing.csv"),
    (["--rejects", "new.log", "--consumer", "nobody"], [:], "has no field 'nobody'"),
    (
      ["--hub-url", "https://hub.example"], ["HTTPS_PROXY": "socks5://proxy.example"],
      "HTTPS_PROXY cannot be used as the address of a proxy: only http:// proxies are supported"
    ),
  ])
  func `a run that cannot begin leaves no trace`(
    wrong: [String], environment: [String: String], words: String
  ) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write("consumer_names: missing.csv\n", to: "names.yaml")
    let first = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1"] + Self.options)
    #expect(first.status == 5)
    let before = try await folder.backtally(["status"]).text
    #expect(before.contains("4 waiting") && before.contains("exit 5"))

    try await folder.withHub { hub in
      let url = wrong.contains("--hub-url") ? [] : ["--hub-url", hub.url]
      let failed = try await folder.backtally(
        ["import"] + url + Self.options + wrong, environment: environment)
      #expect(failed.status == 2)
      #expect(failed.errors.contains(words), "\(failed.errors)")
      #expect(failed.output.isEmpty)
      #expect(try await hub.totals().messages == .init(startup: 0, sync: 0, log: 0, duplicate: 0))
    }
    #expect(try await folder.backtally(["status"]).text == before)
    #expect(try folder.text(of: "access.log") == Log.lines(3))
    #expect(!folder.exists("new.log"), "a run that cannot begin makes no file")
  }

  @Test func `two outputs cannot be one file`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outputs = { (path: String) in ["--payloads", path, "--rejects", path] }
    let refused = try await folder.backtally(["import"] + outputs("out.log") + Self.options)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("is named by both --rejects and --payloads"))
    #expect(!folder.exists("out.log"))
  }

  @Test func `a run that fails after a checkpoint says what it had sent until then`() async throws {
    try await DurabilityHarness.use { harness in
      let (running, pipe) = try harness.start(
        "--flush-every", "1", "--summary", "json", "--max-rejected", "10", "-")
      try pipe.write(contentsOf: Data(Log.numbered(0..<3_000).utf8))
      try await harness.wait(for: 3_000)
      try pipe.write(contentsOf: Data(String(repeating: "what is this?\n", count: 8_000).utf8))
      try pipe.close()
      #expect(await running.end(within: .seconds(60)) == 4)
      let status = try await harness.folder.backtally(["status", "--summary", "json"])
      let run = try #require(try JSONDecoder().decode(Status.self, from: status.output).runs.first)
      #expect(run.requests == 3_000)
      #expect(run.queued > 0 && run.delivered == run.queued)
      #expect(run.exit_status == 4)
      let errors = try String(contentsOf: running.errors, encoding: .utf8)
      #expect(errors.contains("nothing read since the last checkpoint was sent"))
    }
  }

  /// What `status --summary json` says of runs, as far as it is looked at here.
  private struct Status: Decodable {
    struct Run: Decodable {
      var requests: Int
      var queued: Int
      var delivered: Int
      var exit_status: Int?
    }
    var runs: [Run]
  }

  @Test func `a run that gives way to another leaves its rejected lines alone`() async throws {
    try await DurabilityHarness.use { harness in
      let (running, pipe) = try harness.start(
        "--flush-every", "1", "--max-rejected", "100", "--rejects", "rejects.log", "-")
      try pipe.write(contentsOf: Data(("what is this?\n" + Log.numbered(0..<9)).utf8))
      try await harness.wait(for: 9)
      #expect(try harness.folder.text(of: "rejects.log") == "what is this?\n")
      try harness.folder.write(Log.lines(3), to: "access.log")
      try await harness.run("--rejects", "rejects.log", "access.log", status: 75)
      #expect(try harness.folder.text(of: "rejects.log") == "what is this?\n")
      try pipe.close()
      #expect(await running.end(within: .seconds(20)) == 0)
      // One that runs begins the file anew.
      try await harness.run("--rejects", "rejects.log", "access.log")
      #expect(try harness.folder.text(of: "rejects.log").isEmpty)
    }
  }

  @Test(arguments: [
    ("http://hub.invalid", 1), ("http://127.0.0.1:9", 0), ("https://hub.invalid", 0),
  ])
  func `a hub that would be sent to in the clear is warned of once`(
    url: String, count: Int
  ) async throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "empty.log")
    for command in [["import"] + Program.target + ["empty.log"], ["deliver"]] {
      let outcome = try await folder.backtally(command + ["--hub-url", url])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let warnings = outcome.errors.matches(
        of: /warning: messages are sent to .* without encryption/)
      #expect(warnings.count == count, "\(outcome.errors)")
    }
    let nowhere = try await folder.backtally(
      ["import", "--dry-run", "--hub-url", url] + Program.target + ["empty.log"])
    #expect(!nowhere.errors.contains("without encryption"))
  }
}
