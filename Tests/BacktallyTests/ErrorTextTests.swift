import Foundation
import TestSupport
import Testing

/// What people run into, and what they are told: `fixtures/golden/errors.txt`, a transcript.
struct ErrorTextTests {
  private static let target =
    "\(Program.target.joined(separator: " ")) --hub-url http://127.0.0.1:9 --give-up-after 1"

  /// The setting of a command, which is not shown, and the command.
  private static let commands: [(setting: String, command: String)] = [
    // Commands and options.
    ("", "backtally imprt access.log"), ("", "backtally help statsu"),
    ("", "backtally outbox lst"), ("", "backtally access.log"), ("", "backtally frobnicate"),
    ("", "backtally import --formt combined access.log"),
    ("", "backtally import --summary xml access.log"), ("", "backtally import --env"),
    ("", "backtally forget"), ("", "backtally hub --port eighty"),
    ("", "backtally import --dry-run --payloads x access.log"),
    ("", "backtally formats combind"),
    // Values that are nearly right.
    ("", "backtally import -n --format combind access.log"),
    ("", "backtally import -n --format combined --consumer remote_usr access.log"),
    (
      "printf 'consumers: [{feild: remote_user}]\\n' > c.yaml",
      "backtally import -n --config c.yaml access.log"
    ),
    ("printf 'client_id: ${NO_SUCH_NAME}\\n' > c.yaml", "backtally config check c.yaml"),
    ("", "backtally import -n --since -1x access.log"),
    // Nothing to read.
    ("", "backtally import -n"), ("", "backtally import -n missing.log"),
    ("", "backtally import -n 'missing-*.log'"),
    ("", "backtally import -n --files-from /dev/null"),
    ("", "backtally import -n --files-from missing.txt"),
    // What is no log.
    ("printf 'PK\\003\\004\\024\\000\\000\\000' > logs.zip", "backtally import -n logs.zip"),
    ("printf '7z\\274\\257\\047\\034\\000\\004' > logs.7z", "backtally import -n logs.7z"),
    (
      "printf '\\377\\376' > wide.log; iconv -t UTF-16LE access.log >> wide.log",
      "backtally import -n wide.log 2>&1 | head -n 2"
    ),
    ("iconv -t UTF-16LE access.log > bare.log", "backtally import -n bare.log"),
    ("mkdir folder", "backtally import -n folder"),
    // The state directory.
    ("touch file", "backtally import --state-dir file \(target) access.log"),
    ("touch file", "backtally import --state-dir file/state \(target) access.log"),
    ("touch file", "backtally status --state-dir file"),
    ("", "backtally import --state-dir /proc/state \(target) access.log"),
    ("", "backtally status"), ("", "backtally forget 1"), ("", "backtally outbox drop --waiting"),
    (
      "backtally import \(target) access.log other.log >/dev/null 2>&1",
      "backtally forget access.log nonsense.log 2"
    ),
    ("", "backtally forget acess.log"),
    ("", "backtally status --summary json | grep -o '\"sources\":[0-9]*' | head -n 1"),
    ("", "backtally outbox drop 1 99"),
    // The hub.
    ("", "backtally import --hub-url hub.example access.log"),
    ("", "backtally hub --host 192.0.2.7 --token-file token"),
    ("", "backtally hub --host no-such-host.invalid --token-file token"),
  ]

  @Test func `every text is as recorded`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write(Log.line("/other"), to: "other.log")
    try folder.write("abcdefghijklmnopqrstuvwxyz\n", to: "token")
    var transcript = ""
    for (setting, command) in Self.commands {
      if !setting.isEmpty { _ = try await folder.bash(setting) }
      let outcome = try await folder.bash("{ \(command)\n} 2>&1")
      transcript +=
        "$ \(command.replacing(Self.target, with: "…"))\n\(outcome.text)"
        + "→ \(outcome.status)\n\n"
    }
    try Golden("errors.txt").expect(timeless(transcript.replacing(folder.path, with: "~")))
  }

  @Test func `a port in use is said`() async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub { hub in
      let port = try #require(hub.url.split(separator: ":").last)
      let outcome = try await folder.backtally(["hub", "--port", String(port)])
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      #expect(
        outcome.errors == """
          error: another program is listening on 127.0.0.1 port \(port)
            hint: end it, or choose another port with --port (0 for any free one)

          """)
    }
  }

  /// Who may not look at a state directory is not told that there is none. Root may look at everything.
  @Test func `a home that may not be looked at is not an empty one`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await folder.bash(
      """
      mkdir -p home/state && chmod 000 home/state
      as_other() { if [ "$(id -u)" = 0 ]; then setpriv --reuid 65534 --clear-groups "$@"; else "$@"; fi; }
      chmod 755 . && cp "$(command -v backtally)" . && as_other ./backtally status --state-dir home/state
      chmod 700 home/state
      """)
    #expect(
      outcome.errors == """
        home/state: error: the state directory cannot be used: Permission denied
          hint: change its permissions, or run as a user who has them

        """)
  }

  @Test(arguments: ["-1h", "-7d", "2026-11-23T09:01:00Z"])
  func `a time before now is a value, although it begins with a dash`(_ time: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    for option in [["--since", time], ["--since=\(time)"]] {
      let outcome = try await folder.backtally(["import", "-n", "access.log"] + option)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.text.hasPrefix("3 lines read"))
      #expect(!outcome.text.contains("USAGE"))
    }
    let compared = try await folder.backtally(["analyze", "--compare-at", time, "access.log"])
    // There is nothing before or behind some of these times; but they are times.
    #expect(compared.status != 2 && !compared.text.contains("USAGE"), "\(compared.errors)")
  }

  @Test(arguments: [["-V"], ["--version"], ["import", "-V"], ["outbox", "list", "-V"]])
  func `the version has a short option, too`(_ arguments: [String]) async throws {
    let outcome = try await TemporaryFolder().backtally(arguments)
    #expect(outcome.status == 0)
    try Golden("version.txt").expect(outcome.text)
  }

  @Test func `the short options are the long ones`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let short = try await folder.backtally(["import", "-o", "-", "access.log"] + Program.target)
    let long = try await folder.backtally(
      ["import", "--payloads", "-", "access.log"] + Program.target)
    #expect(short.status == 0 && !short.output.isEmpty)
    #expect(try Sums(payloads: short.output).groups == Sums(payloads: long.output).groups)
    let dry = try await folder.backtally(["import", "-n", "access.log"])
    #expect(dry.text.contains("(dry run)"))
  }
}
