import Foundation
import Testing
import TestSupport

/// From a log to the totals of a hub.
struct HubDeliveryTests {
  private static let demo = Program.fixture("logs/access.log.gz")
  private static let options = ["--consumer", "remote_user", "--summary", "json", demo]

  @Test func `the hub's totals are the sums of the messages`() async throws {
    let folder = try TemporaryFolder()
    let payloads = try await folder.backtally(
      ["import", "--payloads", "-"] + Program.target + Self.options)
    let expected = try Sums(payloads: payloads.output)
    #expect(expected.requestCount == 1950)
    try await folder.withHub { hub in
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url] + Program.target + Self.options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let messages = try outcome.summary.messages
      #expect(messages.delivered == messages.queued)
      #expect(messages.waiting == 0 && messages.refused == 0)
      let totals = try await hub.totals()
      #expect(totals.messages.startup == 1)
      #expect(totals.messages.sync == messages.delivered - 1)
      expect(totals.sums, toEqual: expected)
    }
  }

  @Test func `a hub that makes trouble gets every request once`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(200), to: "access.log")
    try await folder.withHub(["--faults", "7"]) { hub in
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url] + Program.target + ["access.log"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let totals = try await hub.totals()
      #expect(totals.sums.requestCount == 200)
      // Connections that broke when the message had been taken, or the seed is a kind one.
      #expect(totals.messages.duplicate > 0)
    }
  }

  @Test func `an environment of its own has numbers of its own`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try await folder.withHub { hub in
      for env in ["dev", "prod"] {
        let outcome = try await folder.backtally(
          ["import", "--hub-url", hub.url, "--client-id", Program.clientID, "--env", env]
            + ["access.log"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await hub.totals(env: env).sums.requestCount == 3)
      }
    }
  }

  @Test func `a hub may keep what it has in a file`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let options = ["--database", folder.path(of: "hub.sqlite")]
    try await folder.withHub(options) { hub in
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url] + Program.target + ["access.log"])
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let totals = try await folder.withHub(options) { hub in try await hub.totals() }
    #expect(totals.sums.requestCount == 3)
  }

  @Test func `another program at work on the same state directory is said`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let first = try RunningProcess(
      Program.url,
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "3600"] + Program.target
        + ["access.log"], in: folder)
    while first.isRunning, !folder.exists(".local/state/backtally/backtally.sqlite") {
      try await Task.sleep(for: .milliseconds(10))
    }
    let second = try await folder.backtally(["import"] + Program.target + ["access.log"])
    #expect(second.status == 75)
    #expect(second.errors.contains("another backtally is using the state directory (process "))
    // Told to stop, it leaves its messages to the next run.
    first.terminate()
    #expect(await first.end(within: .seconds(30)) == 5)
  }
}
