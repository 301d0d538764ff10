import Foundation
import Testing
import TestSupport

/// Imports that go on while others wait for their numbers, and imports that are ended.
struct InterruptionTests {
  /// Waits until the hub has so many requests.
  private func wait(for count: Int, at hub: RunningHub) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await hub.totals().sums.requestCount < count {
      guard ContinuousClock.now < deadline else {
        Issue.record("the hub did not get \(count) requests in time")
        return
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Whose end the test decides: bash keeps the pipe open until it is told to end.
  private func endlessImport(_ folder: TemporaryFolder, _ hub: RunningHub) throws -> RunningProcess
  {
    let target = Program.target.joined(separator: " ")
    let command = """
      { cat first.log; until [[ -e more ]]; do sleep 0.05; done; cat second.log
        until [[ -e end ]]; do sleep 0.05; done; } |
        backtally import --flush-every 1 --hub-url \(hub.url) \(target) -
      """
    return try RunningProcess(URL(filePath: "/bin/bash"), ["-c", command], in: folder)
  }

  @Test func `a pipe without an end is made to count every so often`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(100), to: "first.log")
    try folder.write(Log.lines(20), to: "second.log")
    try await folder.withHub { hub in
      let running = try endlessImport(folder, hub)
      try await wait(for: 100, at: hub)
      try folder.write("", to: "more")
      try await wait(for: 120, at: hub)
      #expect(running.isRunning)
      try folder.write("", to: "end")
      #expect(await running.end(within: .seconds(30)) == 0)
      #expect(try await hub.totals().sums.requestCount == 120)
    }
  }

  /// The first request to stop is heard between two chunks, wherever that is; the next run goes on.
  @Test func `an import that is told to stop keeps what it has read`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(200_000), to: "access.log")
    try await folder.withHub { hub in
      let arguments = ["import", "--jobs", "1", "--hub-url", hub.url] + Program.target
      let first = try RunningProcess(Program.url, arguments + ["access.log"], in: folder)
      while first.isRunning, !folder.exists(".local/state/backtally/backtally.sqlite") {
        try await Task.sleep(for: .milliseconds(5))
      }
      first.terminate()
      _ = await first.end(within: .seconds(30))
      let second = try await folder.backtally(arguments + ["access.log"])
      #expect(second.status == 0, "\(second.errors)")
      #expect(try await hub.totals().sums.requestCount == 200_000)
    }
  }

  @Test func `with --wait a run begins when the other has ended`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(30), to: "first.log")
    try folder.write("", to: "second.log")
    try folder.write(Log.lines(5), to: "other.log")
    try await folder.withHub { hub in
      let first = try endlessImport(folder, hub)
      try await wait(for: 30, at: hub)
      let second = try RunningProcess(
        Program.url,
        ["import", "--wait", "--hub-url", hub.url] + Program.target + ["other.log"], in: folder)
      try await Task.sleep(for: .milliseconds(300))
      #expect(second.isRunning)
      try folder.write("", to: "more")
      try folder.write("", to: "end")
      #expect(await first.end(within: .seconds(30)) == 0)
      #expect(await second.end(within: .seconds(30)) == 0)
      #expect(try await hub.totals().sums.requestCount == 35)
    }
  }
}
