import Foundation
import TestSupport
import Testing

/// What watches imports: logs, metrics, checks.
struct WatchingTests {
  private struct Entry: Decodable {
    struct Place: Decodable {
      var source: String
      var line: Int?
      var byte: Int?
    }

    var time: String
    var severity: String
    var code: String
    var message: String
    var hint: String?
    var place: Place?
  }

  private static let away = ["--hub-url", "http://127.0.0.1:9", "--give-up-after", "1"]

  private func entries(_ outcome: Outcome) throws -> [Entry] {
    try outcome.errors.split(separator: "\n").map {
      try JSONDecoder().decode(Entry.self, from: Data($0.utf8))
    }
  }

  @Test(arguments: ["text", "json"])
  func `a run that went well is one line in a log`(format: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try await folder.withHub { hub in
      let options = ["--hub-url", hub.url, "--log-format", format]
      for lines in [3, 0] {
        let outcome = try await folder.backtally(
          ["import"] + options + Program.target + ["access.log"])
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
        if format == "json" {
          let entry = try #require(try entries(outcome).first)
          #expect(try entries(outcome).count == 1)
          #expect((entry.severity, entry.code) == ("note", "imported"))
          #expect(entry.message.hasPrefix("\(lines) lines read, \(lines) requests, "))
          #expect(entry.place == nil && entry.hint == nil)
          #expect(
            abs(try Date(entry.time, strategy: .iso8601WithMilliseconds).timeIntervalSinceNow) < 600
          )
        } else {
          let expected = try Regex(
            #"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z note: \#(lines) lines read, .* \[imported\]\n"#
          )
          #expect(outcome.errors.wholeMatch(of: expected) != nil, "\(outcome.errors)")
        }
      }
      let delivered = try await folder.backtally(["deliver"] + options + Program.target)
      #expect(delivered.status == 0 && delivered.output.isEmpty)
      #expect(delivered.errors.contains("0 delivered, 0 waiting, 0 refused"))
      #expect(delivered.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func `what went wrong has its code, its place and its hint`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3) + "what is this?\n", to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--log-format", "json", "--max-rejected", "90"] + Self.away + Program.target
        + ["access.log", "missing.log"])
    #expect(outcome.status == 5 || outcome.status == 4)
    #expect(outcome.output.isEmpty)
    let entries = try entries(outcome)
    let missing = try #require(entries.first { $0.code == "no-such-file" })
    #expect(missing.severity == "error" && missing.place?.source == "missing.log")
    #expect(missing.hint != nil)
    let rejected = try #require(entries.first { $0.place?.line != nil })
    #expect(rejected.place?.source == "access.log" && rejected.place?.line == 4)
    #expect(entries.contains { $0.code == "hub-unreachable" })
    #expect(!entries.contains { $0.code == "imported" || $0.severity == "note" })
    // A summary that was asked for is still given.
    let summary = try await folder.backtally(
      ["import", "--log-format", "json", "--summary", "json", "-n", "access.log"])
    #expect(try summary.summary.lines.read == 4)
  }

  @Test func `quiet is errors only, and verbose is more`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write("bucket: 60\n", to: "backtally.yaml")
    let usual = try await folder.backtally(["import", "-n", "access.log"])
    let quiet = try await folder.backtally(["import", "-n", "-q", "access.log"])
    #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
    let wrong = try await folder.backtally(["import", "-n", "-q", "access.log", "no.log"])
    #expect(wrong.status == 4 && wrong.output.isEmpty)
    #expect(
      wrong.errors
        == "no.log: error: no such file\n  hint: check the path; a glob must match at least one file\n"
    )
    let verbose = try await folder.backtally(["import", "-n", "-v", "access.log"])
    #expect(verbose.errors.contains("backtally.yaml: note: is the configuration"))
    #expect(verbose.errors.contains("access.log: note: 3 lines, 3 requests"))
    #expect(verbose.errors.split(separator: "\n").count > usual.errors.split(separator: "\n").count)
    #expect(timeless(verbose.text) == timeless(usual.text))
  }

  /// Every command that does something takes both.
  @Test(arguments: [
    ["import", "-n", "access.log"], ["analyze", "access.log"], ["inspect", "access.log"],
    ["routes", "access.log"], ["formats", "json"], ["config", "check", "backtally.yaml"],
    ["deliver"] + away + Program.target, ["status"], ["forget", "1"], ["outbox", "list"],
    ["outbox", "drop", "--waiting"],
  ])
  func `all commands take -q and -v, and not both`(_ command: [String]) async throws {
    for options in [["-q"], ["-v"], ["--quiet", "--verbose"]] {
      let folder = try TemporaryFolder()
      try folder.write(Log.lines(3), to: "access.log")
      try folder.write("bucket: 60\n", to: "backtally.yaml")
      let made = try await folder.backtally(
        ["import"] + Self.away + Program.target + ["access.log"])
      #expect(made.status == 5)
      let outcome = try await folder.backtally(command + options)
      if options.count == 2 {
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--quiet and --verbose cannot be used together"))
      } else {
        #expect(outcome.status == (command[0] == "deliver" ? 5 : 0), "\(outcome.errors)")
        let isErrors = outcome.errors.split(separator: "\n").allSatisfy {
          $0.contains("error: ") || $0.hasPrefix("  hint: ")
        }
        if options == ["-q"] { #expect(isErrors, "\(outcome.errors)") }
      }
    }
  }

  // MARK: Progress

  /// An import on a terminal of so many columns, which is made narrower while it runs. Prints how wide the
  /// widest progress line was each time, and the last line.
  private static let terminal = #"""
    import fcntl, os, pty, re, select, struct, sys, termios, time

    os.mkfifo("pipe")
    pipe = os.open("pipe", os.O_RDWR)
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("backtally", ["backtally", "import", "--flush-every", "1", *sys.argv[1:], "pipe"])

    def resize(columns):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def lines(is_enough):
        found, deadline = [], time.monotonic() + 60
        while not is_enough(found) and time.monotonic() < deadline:
            if select.select([terminal], [], [], 1)[0]:
                text = os.read(terminal, 65536).decode()
                found += re.findall(r"\r\x1b\[K([^\r\n]+)", text)
        return found

    log = open("access.log", "rb").read()
    os.write(pipe, log)
    resize(80)
    lines(lambda found: any("queued" in line for line in found))
    for columns in (80, 40, 12):
        resize(columns)
        lines(lambda found: len(found) > 2)  # Some may have been on their way.
        shown = lines(lambda found: len(found) > 2)
        print(columns, max(map(len, shown)), shown[-1], sep="|")
    os.close(pipe)
    os.waitpid(child, 0)

    """#

  @Test func `progress on a terminal is never wider than it, also after it became narrower`()
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(500), to: "access.log")
    try folder.write(Self.terminal, to: "terminal.py")
    let options = (Self.away + Program.target).joined(separator: " ")
    let outcome = try await folder.bash("timeout 150 python3 terminal.py \(options)")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let rows = outcome.lines.map { $0.split(separator: "|") }
    #expect(rows.map { $0[0] } == ["80", "40", "12"], "\(outcome.text)")
    let widths = rows.compactMap { Int($0[1]) }
    #expect(widths[0] > 40 && widths[0] < 80 && widths[1] < 40 && widths[2] < 12, "\(widths)")
    #expect(rows[0][2].contains(" messages queued, ") && rows[2][2].hasSuffix(" MB/s"))
  }

  // MARK: Metrics

  private func metric(_ name: String, in text: String) throws -> [Double] {
    let families = try PrometheusText.parse(text)
    return families.first { $0.name == "backtally_\(name)" }.map { Array($0.samples.values) } ?? []
  }

  private func mode(_ folder: TemporaryFolder, _ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: folder.path(of: name))[.posixPermissions]
      as? Int
  }

  @Test func `metrics are those of the run, and the file keeps its mode`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let options = ["--metrics", "m.prom"] + Program.target
    let port = try freePort()
    let hub = ["--hub-url", "http://127.0.0.1:\(port)"]
    let failed = try await folder.backtally(
      ["import", "--give-up-after", "1", "access.log"] + hub + options)
    #expect(failed.status == 5)
    #expect(try mode(folder, "m.prom") == 0o600)
    var text = try folder.text(of: "m.prom")
    #expect(try metric("last_import_exit_status", in: text) == [5])
    #expect(try metric("last_import_requests", in: text) == [3])
    #expect(try metric("last_import_success_timestamp_seconds", in: text).isEmpty)
    #expect(try metric("messages", in: text).sorted() == [0, 0, 4])
    #expect(text.contains("env=\"test\",hub=\"http://127.0.0.1:\(port)\""))

    #expect(try await folder.bash("chmod 644 m.prom; ln -s m.prom link.prom").status == 0)
    try await folder.withHub(["--port", "\(port)"]) { _ in
      let link = ["--metrics", "link.prom"] + Program.target
      let delivered = try await folder.backtally(["deliver"] + hub + link)
      #expect(delivered.status == 0, "\(delivered.errors)")
    }
    text = try folder.text(of: "m.prom")
    #expect(try metric("messages", in: text) == [0, 0, 0])
    #expect(try metric("messages_delivered_total", in: text) == [4])
    #expect(try mode(folder, "m.prom") == 0o644)
    let isLink = try await folder.bash("test -L link.prom && ls")
    #expect(isLink.status == 0)
    #expect(isLink.text.split(separator: "\n").sorted() == ["access.log", "link.prom", "m.prom"])

    // A look says the same as the run did.
    let look = try await folder.backtally(["status", "--metrics", "-"])
    #expect(look.text == text)
    let silent = try await folder.backtally(["status", "--metrics", "again.prom"])
    #expect(silent.status == 0 && silent.output.isEmpty && silent.errors.isEmpty)
    #expect(try folder.text(of: "again.prom") == text)
  }

  @Test func `a device stays one, and a folder that cannot be written is said before the run`()
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let arguments = ["import", "access.log"] + Self.away + Program.target
    for (file, words) in [
      ("missing/m.prom", "the file of metrics cannot be written (No such file or directory)"),
      ("access.log", "--metrics would overwrite it"), (".", "(Is a directory)"),
    ] {
      let refused = try await folder.backtally(arguments + ["--metrics", file])
      #expect(refused.status == 2 && refused.errors.contains(words), "\(refused.errors)")
    }
    #expect(try await folder.backtally(["status"]).status == 1, "no run was begun")
    let device = try await folder.backtally(arguments + ["--metrics", "/dev/null"])
    #expect(device.status == 5)
    #expect(try await folder.bash("test -c /dev/null").status == 0)
    for wrong in [["-n"], ["-o", "x"]] {
      let refused = try await folder.backtally(arguments + wrong + ["--metrics", "m.prom"])
      #expect(refused.status == 2 && refused.errors.contains("--metrics tells of the outbox"))
    }
  }

  /// Who reads while the file is replaced finds one whole content or another.
  @Test func `a reader never finds a part`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    _ = try await folder.backtally(["import", "access.log"] + Self.away + Program.target)
    _ = try await folder.backtally(["status", "--metrics", "m.prom"])
    let whole = try folder.text(of: "m.prom")
    let outcome = try await folder.bash(
      """
      for i in 1 2 3 4 5 6; do backtally status --metrics m.prom; done & writer=$!
      while kill -0 $writer 2>/dev/null; do cat m.prom > read; cmp -s read whole || exit 3; done
      """.replacing("cmp -s read whole", with: "[ $(wc -c < read) = \(whole.utf8.count) ]"))
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  // MARK: Checks

  @Test func `a check says in one line whether imports run as they should`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let none = try await folder.backtally(["status", "--check"])
    #expect(none.status == 1)
    #expect(none.text == "failed: no import is recorded in \(folder.path)/.local/state/backtally\n")
    let port = try freePort()
    let hub = ["--hub-url", "http://127.0.0.1:\(port)"]
    _ = try await folder.backtally(
      ["import", "--give-up-after", "1", "access.log"] + hub + Program.target)
    let failed = try await folder.backtally(["status", "--check"])
    #expect(failed.status == 1 && failed.errors.isEmpty)
    let app = "\(Program.clientID)/test"
    #expect(
      failed.text.wholeMatch(
        of: try Regex("failed: \(app): the last import ended \\d+ s ago with exit status 5\n"))
        != nil, "\(failed.text)")
    try await folder.withHub(["--port", "\(port)"]) { _ in
      _ = try await folder.backtally(["deliver"] + hub + Program.target)
    }
    let fine = try await folder.backtally(["status", "--check", "--max-waiting", "0"])
    #expect(fine.status == 0, "\(fine.text)")
    #expect(fine.text.hasPrefix("ok: the last import ended ") && fine.lines.count == 1)

    try await folder.editState("UPDATE run SET finished_at = finished_at - 25 * 3600000000000")
    #expect(try await folder.backtally(["status", "--check"]).status == 0)
    let late = try await folder.backtally(["status", "--check", "--max-age", "90m"])
    // On a machine that is busy, minutes have passed since it ended.
    let age = try Regex("failed: \(app): the last import ended 25 h( \\d+ min)? ago\n")
    #expect(late.status == 1)
    #expect(late.text.wholeMatch(of: age) != nil, "\(late.text)")
    try await folder.editState("UPDATE run SET finished_at = NULL, exit_status = NULL")
    let killed = try await folder.backtally(["status", "--check"])
    #expect(killed.status == 1 && killed.text.contains("was killed"))
    // Another app is not this one.
    let other = try await folder.backtally(
      ["status", "--check", "--client-id", Program.clientID, "--env", "dev"])
    #expect(other.status == 1)
    #expect(other.text.hasPrefix("failed: no import of \(Program.clientID)/dev is recorded in "))
  }

  @Test(arguments: [
    ["--check", "--max-age", "26"], ["--check", "--max-age", "-1h"],
    ["--check", "--max-age", "0h"],
    ["--check", "--max-waiting", "-1"], ["--max-age", "1h"], ["--check", "--summary", "json"],
    ["--check", "--all"], ["--metrics", "-", "--summary", "json"],
  ])
  func `options that contradict each other are refused`(_ options: [String]) async throws {
    let outcome = try await TemporaryFolder().backtally(["status"] + options)
    #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome.errors)")
  }

  @Test func `a run at work shows its process, and what is in its way ends with 75`() async throws {
    try await DurabilityHarness.use { harness in
      let (running, pipe) = try harness.start("--flush-every", "1", "-")
      try pipe.write(contentsOf: Data(Log.numbered(0..<9).utf8))
      try await harness.wait(for: 9)
      let status = try await harness.folder.backtally(["status"])
      let lock = try String(
        contentsOfFile: harness.folder.path(of: ".local/state/backtally/lock"), encoding: .utf8)
      let process = lock.trimmingCharacters(in: .newlines)
      #expect(status.text.contains("import  running (process \(process))  "), "\(status.text)")
      let check = try await harness.folder.backtally(["status", "--check"])
      #expect(check.status == 0 && check.text.contains("an import is running"), "\(check.text)")
      for command in [
        ["deliver", "--hub-url", harness.hub.url], ["forget", "1"],
        ["outbox", "drop", "--waiting"],
      ] {
        let busy = try await harness.folder.backtally(command)
        #expect(busy.status == 75)
        #expect(busy.errors.contains("(process \(process))"), "\(busy.errors)")
      }
      running.kill()
      _ = await running.end(within: .seconds(20))
      try pipe.close()
      let killed = try await harness.folder.backtally(["status", "--check"])
      #expect(killed.status == 1 && killed.text.contains("was killed"), "\(killed.text)")
    }
  }
}

extension ParseStrategy where Self == Date.ISO8601FormatStyle {
  fileprivate static var iso8601WithMilliseconds: Self { .init(includingFractionalSeconds: true) }
}
