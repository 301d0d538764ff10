import Foundation
import TestSupport
import Testing

/// What happens to operators at night.
struct NightTroubleTests {
  private func imports(
    _ folder: TemporaryFolder, _ hub: RunningHub, _ arguments: [String], expecting status: Int32 = 0
  ) async throws -> Outcome {
    let outcome = try await folder.backtally(
      ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + arguments)
    #expect(outcome.status == status, "\(outcome.errors)")
    return outcome
  }

  /// A line that is rejected wherever it stands.
  private static let broken = Log.line().replacing(" 200 5 ", with: " 200 5x ")

  @Test func `one bad file holds up no other, and counts once it is sound`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(30), to: "good.log")
    let sound = Log.line(minute: 1, "/bad/one") + Log.line(minute: 2, "/bad/two")
    try folder.write(sound + Self.broken, to: "bad.log")
    try folder.write(String(repeating: "no log at all\n", count: 9), to: "error.log")
    try await folder.withHub { hub async throws in
      let files = ["good.log", "bad.log", "error.log"]
      let first = try await imports(folder, hub, ["--max-rejected", "2"] + files, expecting: 4)
      #expect(try first.summary.requests == 30)
      #expect(first.errors.contains("bad.log: error: 33.3 % of its lines"), "\(first.errors)")
      #expect(first.errors.contains("error.log: error: none of its 9 lines"), "\(first.errors)")
      #expect(try await hub.totals().sums.requestCount == 30)
      try folder.write(Log.lines(40), to: "good.log")
      try folder.write(sound, to: "bad.log")
      let second = try await imports(folder, hub, ["--max-rejected", "2"] + files, expecting: 4)
      #expect(try second.summary.requests == 12)
      #expect(try await hub.totals().sums.requestCount == 42)
    }
  }

  @Test
  func
    `the same holds for a file of messages, and for a pipe of rejected lines nothing is read twice`()
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(30), to: "good.log")
    try folder.write(Log.line(minute: 1, "/bad") + Self.broken + Self.broken, to: "bad.log")
    let outcome = try await folder.backtally(
      ["import", "--summary", "json", "--payloads", "messages", "--rejects", "rejected"]
        + ["--max-rejected", "2", "good.log", "bad.log"] + Program.target)
    #expect(outcome.status == 4, "\(outcome.errors)")
    #expect(try outcome.summary.requests == 30)
    let text = try folder.text(of: "messages")
    #expect(!text.contains("/bad") && text.split(separator: "\n").count > 1)
    // None of it counts, so none of it is kept as rejected.
    #expect(try folder.text(of: "rejected") == "")
    let piped = try await folder.bash(
      """
      mkfifo pipe; cat pipe > got &
      \(Program.url.path) import --dry-run --max-rejected 2 --rejects pipe good.log bad.log
      status=$?; wait; exit $status
      """)
    #expect(piped.status == 4, "\(piped.errors)")
    #expect(try folder.text(of: "got") == Self.broken + Self.broken)
  }

  @Test func `the logs of two servers that begin with the same line are two`() async throws {
    let folder = try TemporaryFolder()
    let health = Log.line(minute: 0, "/health")
    try folder.write(health, to: "one.log")
    try folder.write(health + Log.line(minute: 5, "/two"), to: "two.log")
    try await folder.withHub { hub async throws in
      _ = try await imports(folder, hub, ["one.log", "two.log"])
      #expect(try await hub.totals().sums.requestCount == 3)
      try folder.write(health + Log.line(minute: 6, "/one"), to: "one.log")
      try folder.write(
        health + Log.line(minute: 5, "/two") + Log.line(minute: 7, "/two/more"), to: "two.log")
      _ = try await imports(folder, hub, ["one.log", "two.log"])
      #expect(try await hub.totals().sums.requestCount == 5)
      // A copy of the one is no third.
      #expect(try await folder.bash("cp one.log copy.log; gzip -k two.log").status == 0)
      _ = try await imports(folder, hub, ["one.log", "two.log", "copy.log", "two.log.gz"])
      #expect(try await hub.totals().sums.requestCount == 5)
    }
  }

  @Test func `a copy that was changed is warned of`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(100), to: "access.log")
    try await folder.withHub { hub async throws in
      #expect(!(try await imports(folder, hub, ["access.log"])).errors.contains("copy"))
      #expect(
        try await folder.bash("sed 's/^[0-9.]* /192.0.2.0 /' access.log > anon.log").status == 0)
      let outcome = try await imports(folder, hub, ["access.log", "anon.log"])
      #expect(outcome.errors.contains("anon.log: warning: has as many lines"), "\(outcome.errors)")
    }
  }

  @Test func `a copy of a part of a log is warned of`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(60), to: "access.log")
    try await folder.withHub { hub async throws in
      _ = try await imports(folder, hub, ["access.log"])
      let cut = "head -n 4 access.log > head.log; tail -n 40 access.log > tail.log"
      #expect(try await folder.bash(cut).status == 0)
      let head = try await imports(folder, hub, ["access.log", "head.log"])
      #expect(
        head.errors.contains("head.log: warning: holds the first lines of "), "\(head.errors)")
      let tail = try await imports(folder, hub, ["access.log", "tail.log"])
      #expect(tail.errors.contains("tail.log: warning: holds the last lines of "), "\(tail.errors)")
      #expect(try await hub.totals().sums.requestCount == 104)
      // Begins at the same time, but is another log.
      #expect(
        try await folder.bash("head -n 5 access.log | sed 's/GET/PUT/' > other.log").status == 0)
      let other = try await imports(folder, hub, ["other.log"])
      #expect(!other.errors.contains("lines of"), "\(other.errors)")
      // Once the log has moved on, its first lines can be looked at no more.
      #expect(
        try await folder.bash("head -n 6 access.log > more.log; rm access.log").status == 0)
      #expect(!(try await imports(folder, hub, ["more.log"])).errors.contains("lines of"))
    }
  }

  @Test func `lines that were rejected are rejected once, also if what holds them is read again`()
    async throws
  {
    let folder = try TemporaryFolder()
    let lines = (0..<40).map { Log.line(minute: $0, "/a") }.joined()
    try folder.write(lines + "garbage\n" + Log.line(minute: 50, "/late"), to: "access.log")
    try await folder.withHub { hub async throws in
      let window = ["--until", "2026-11-23T09:20:00Z"]
      _ = try await imports(
        folder, hub, window + ["--rejects", "first", "access.log"])
      #expect(try folder.text(of: "first") == "garbage\n")
      let second = try await imports(folder, hub, ["--rejects", "second", "access.log"])
      #expect(try folder.text(of: "second") == "")
      #expect(!second.errors.contains("does not match"), "\(second.errors)")
      #expect(try await hub.totals().sums.requestCount == 41)
    }
  }

  @Test func `a state directory that cannot be made says so`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(1), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--state-dir", "/proc/none/here", "access.log"]
        + Program.target)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("cannot be made: /proc/none: "), "\(outcome.errors)")
  }
}
