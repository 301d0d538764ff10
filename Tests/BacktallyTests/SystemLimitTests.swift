import Foundation
import TestSupport
import Testing

/// What the system refuses is said in words, with what to do about it, and nothing that was saved is lost.
struct SystemLimitTests {
  private static let target =
    Program.target.joined(separator: " ") + " --hub-url http://127.0.0.1:9 --give-up-after 1"

  private func folder(logs count: Int = 1) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for number in 0..<count {
      try folder.write(Log.line(minute: number % 60, "/\(number)"), to: "\(number).log")
    }
    return folder
  }

  /// With few files the program does not begin; with some more it reads everything. It never ends
  /// without a word.
  @Test(arguments: [20, 24, 28, 31, 32, 36, 40, 48])
  func `a low limit of open files is said, or does no harm`(_ limit: Int) async throws {
    let folder = try folder(logs: 50)
    let outcome = try await folder.bash(
      "ulimit -n \(limit); backtally import \(Self.target) *.log --summary json")
    if outcome.status == 1 {
      #expect(outcome.errors.contains("the program cannot begin: Too many open files"))
      #expect(outcome.errors.contains("`ulimit -n 1024`"))
      #expect(limit < 36, "what a shell has open is little")
    } else {
      #expect(outcome.status == 5, "\(outcome.errors)")
      #expect(try outcome.summary.lines.tallied == 50)
    }
  }

  @Test func `a soft limit is raised`() async throws {
    let folder = try folder(logs: 50)
    let outcome = try await folder.bash("ulimit -Sn 12; backtally import --dry-run *.log")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// In blocks of 1,024 bytes: from where nothing can be begun to where the first checkpoint fits.
  @Test(arguments: [8, 32, 64, 96, 128, 400])
  func `a state directory whose files may not grow is said`(_ limit: Int) async throws {
    let folder = try folder()
    let lines = (0..<40_000).map { Log.line("/p", user: "user-\($0)") }
    try folder.write(lines.joined(), to: "large.log")
    let outcome = try await folder.bash(
      "ulimit -f \(limit); backtally import \(Self.target) --consumer remote_user large.log")
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("the state directory cannot be used: File too large"),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("`ulimit -f unlimited`"))
    // What fits later is whole.
    let again = try await folder.bash("backtally import \(Self.target) 0.log")
    #expect(again.status == 5, "\(again.errors)")
  }

  @Test(arguments: [
    ("--payloads out", 1), ("--dry-run --rejects out", 0),
  ])
  func `a named file that may not grow is said`(_ options: String, _ status: Int32) async throws {
    let folder = try TemporaryFolder()
    let lines = (0..<20_000).map { Log.line("/p", user: "user-\($0)") }
    let nonsense = (0..<20_000).map { "nonsense \($0)\n" }
    try folder.write((lines + nonsense).joined(), to: "large.log")
    let outcome = try await folder.bash(
      "ulimit -f 64; backtally import \(options) --max-rejected 100 --consumer remote_user "
        + "--format combined \(Program.target.joined(separator: " ")) large.log")
    // Lines that were rejected are counted, whether they are kept or not.
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(/out: (error|warning): writing/), "\(outcome.errors)")
    #expect(outcome.errors.contains("(File too large)"))
  }

  @Test(arguments: [
    "import --state-dir 0.log/state \(target) 0.log", "status --state-dir 0.log/state",
    "import --dry-run --config 0.log/c.yaml 0.log", "import --dry-run --routes 0.log/r.yaml 0.log",
    "import --dry-run --rejects 0.log/r.log 0.log", "inspect --write-config 0.log/c.yaml 0.log",
    "hub --host 0.0.0.0 --token-file 0.log/token",
  ])
  func `a path through a file is said`(_ command: String) async throws {
    let outcome = try await folder().bash("backtally \(command)")
    #expect([1, 2].contains(outcome.status))
    #expect(outcome.errors.contains("Not a directory"), "\(outcome.errors)")
    #expect(
      outcome.errors.contains("a part of the path is a file")
        || outcome.errors.contains("name a directory that you can write to"))
  }

  @Test(arguments: [
    "formats", "inspect 0.log", "inspect --write-config - 0.log", "import --dry-run 0.log",
  ])
  func `output that finds no room is said`(_ command: String) async throws {
    let outcome = try await folder().bash("backtally \(command) >/dev/full")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("(No space left on device)"), "\(outcome.errors)")
    let unread = try await folder().bash("backtally \(command) | true; test ${PIPESTATUS[0]} = 0")
    #expect(unread.status == 0, "\(unread.errors)")
  }

  /// In a name space of its own, where that is allowed: a small file system that is full, then read-only.
  @Test func `a file system that is full or read-only is said`() async throws {
    let folder = try folder()
    let lines = (0..<20_000).map { Log.line("/p", user: "user-\($0)") }
    try folder.write(lines.joined(), to: "large.log")
    let outcome = try await folder.bash(
      """
      mkdir small
      unshare -m true 2>/dev/null && unshare -m bash -c '
        mount -t tmpfs -o size=400k tmpfs small || exit 99
        backtally import \(Self.target) --state-dir small/state 0.log
        echo "$?"
        backtally import \(Self.target) --state-dir small/state --consumer remote_user large.log
        echo "$?"
        mount -o remount,ro small
        backtally import \(Self.target) --state-dir small/state 0.log
        echo "$?"
        backtally import \(Self.target) --state-dir small/other 0.log
        echo "$?"
        backtally import --dry-run --rejects small/rejects 0.log
        echo "$?"
        backtally outbox list --state-dir small/state | grep -c "sync,"
      ' || exit 99
      """)
    // No right to mount.
    if outcome.status == 99 { return }
    #expect(
      outcome.lines.filter { Int($0) != nil } == ["5", "1", "1", "2", "2", "1"], "\(outcome.text)")
    #expect(outcome.errors.contains("the disk of the state directory is full"))
    let readOnly = outcome.errors.matches(of: /Read-only file system/).count
    #expect(readOnly == 3, "\(outcome.errors)")
  }
}
