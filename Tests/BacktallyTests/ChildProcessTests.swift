import Foundation
import TestSupport
import Testing

/// What tests start ends when it is told to, and does not outlive them.
struct ChildProcessTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func start(_ program: String, _ arguments: String...) throws -> RunningProcess {
    try RunningProcess(URL(filePath: "/usr/bin/env"), [program] + arguments, in: folder)
  }

  /// The process ID that a program writes to a file once it is at work.
  private func processID(in name: String) async throws -> pid_t {
    while !((try? folder.text(of: name).hasSuffix("\n")) ?? false) {
      try await Task.sleep(for: .milliseconds(10))
    }
    return try #require(pid_t(try folder.text(of: name).dropLast()))
  }

  /// Whether the process is gone within some seconds. One that only waits to be collected is.
  private func isGone(_ processID: pid_t) async throws -> Bool {
    for _ in 0..<500 {
      let state = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
      guard let state, !state.contains(") Z ") else { return true }
      try await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  /// Python leaves signals as they are, where the program of this package unblocks its own.
  @Test func `a child takes the signal that the tests' threads block`() async throws {
    let blocked = try start(
      "python3", "-c",
      "import os, signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, []), flush=True);"
        + "open('pid', 'w').write(f'{os.getpid()}\\n'); signal.pause()")
    _ = try await processID(in: "pid")
    #expect(try String(contentsOf: blocked.output, encoding: .utf8) == "set()\n")
    blocked.terminate()
    #expect(await blocked.end(within: .seconds(10)) == 128 + SIGTERM)
  }

  @Test func `what a child has started ends with it`() async throws {
    let shell = try start("bash", "-c", "sleep 1000 & echo $! > pid")
    #expect(await shell.end(within: .seconds(10)) == 0)
    #expect(try await isGone(processID(in: "pid")))
  }

  @Test func `a child that nobody holds any more is gone, with what it has started`() async throws {
    var shell: RunningProcess? = try start(
      "bash", "-c", "trap '' TERM; sleep 1000 & echo $! > sleep; echo $$ > pid; wait")
    let processIDs = [try await processID(in: "pid"), try await processID(in: "sleep")]
    #expect(shell?.isRunning == true)
    shell = nil
    for processID in processIDs { #expect(try await isGone(processID)) }
  }

  @Test func `a child that is late is a failure, and is ended`() async throws {
    let stubborn = try start("bash", "-c", "trap '' TERM; echo $$ > pid; while :; do sleep 1; done")
    let processID = try await processID(in: "pid")
    await withKnownIssue {
      #expect(await stubborn.end(within: .milliseconds(100)) == 128 + SIGKILL)
    } matching: {
      "\($0)".contains("did not end within")
    }
    #expect(try await isGone(processID))
  }

  @Test func `a program that is not there ends with 127`() async throws {
    let process = try RunningProcess(URL(filePath: "/nonexistent"), [], in: folder)
    #expect(await process.end(within: .seconds(10)) == 127)
  }
}
