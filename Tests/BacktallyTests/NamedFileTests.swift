import Foundation
import Testing
import TestSupport

/// Files that the user names to be written: what is there is written through, and only the content of a
/// regular file is replaced.
struct NamedFileTests {
  /// Commands that write, without the path.
  private static let commands: [String] = [
    "import --payloads", "import --dry-run --max-rejected 100 --rejects",
    "inspect --overwrite --write-config", "analyze --html",
  ]

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(30) + "nonsense 1 2 3\n", to: "access.log")
    return folder
  }

  private func line(_ command: String, _ path: String) -> String {
    let target = command.hasPrefix("import") ? Program.target.joined(separator: " ") : ""
    return "backtally \(command) \(path) \(target) access.log"
  }

  @Test(arguments: commands)
  func `a new file is its owner's only, and an old one keeps its mode`(command: String) async throws
  {
    let folder = try folder()
    let outcome = try await folder.bash(
      """
      umask 0
      \(line(command, "new")) >/dev/null || exit 1
      printf 'much more text than will be written %s\\n' {1..9000} >old; chmod 640 old
      \(line(command, "old")) >/dev/null || exit 1
      stat -c '%a %F' new old; cmp new old || diff <(tr -d 0-9a-f <new) <(tr -d 0-9a-f <old)
      test -s new && ! grep -q 'much more' old
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.text.hasPrefix("600 regular file\n640 regular file\n"), "\(outcome.text)")
  }

  @Test(arguments: commands)
  func `links, pipes and devices stay what they are`(command: String) async throws {
    let folder = try folder()
    let outcome = try await folder.bash(
      """
      echo once-was-here >real; chmod 640 real; ln -s real link; ln -s nowhere dangling; mkfifo fifo
      for link in link dangling; do \(line(command, "$link")) >/dev/null || exit 1; done
      test -L link && test -L dangling && test -s nowhere && ! grep -q once-was-here real || exit 2
      cat fifo >fromfifo & \(line(command, "fifo")) >/dev/null || exit 3; wait
      test -p fifo && test -s fromfifo || exit 4
      \(line(command, ">(cat >fromprocess)")) >/dev/null || exit 5
      for i in {1..100}; do test -s fromprocess && break; sleep 0.05; done
      test -s fromprocess || exit 6
      if mknod null c 1 3 2>/dev/null && echo 2>/dev/null >null; then
        \(line(command, "null")) >/dev/null || exit 7
        test -c null || exit 8
      fi
      \(line(command, "/dev/full")) >/dev/null; test -c /dev/full || exit 9
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `writing to a full disk or a pipe that was closed is said`() async throws {
    let folder = try folder()
    let full = try await folder.backtally(
      ["import", "--payloads", "/dev/full", "access.log"] + Program.target)
    #expect(full.status == 1)
    #expect(
      full.errors.contains("/dev/full: error: writing the payload file failed (No space left"))
    #expect(full.errors.contains("free some space"))
    let missing = try await folder.backtally(
      ["inspect", "--write-config", "no/such/folder", "access.log"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("the configuration cannot be written (No such file"))
  }
}
