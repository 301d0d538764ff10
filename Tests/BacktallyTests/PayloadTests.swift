import Foundation
import Testing
import TestSupport

/// `--payloads`: the messages in a file or on standard output.
struct PayloadTests {
  @Test func `standard output holds one message a line and nothing else`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(200), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-"] + Program.target + ["access.log"])
    #expect(outcome.status == 0)
    for line in outcome.lines {
      let message = try JSONDecoder().decode(Payload.self, from: Data(line.utf8))
      let isSync = message.body.requests != nil
      let kind = isSync ? "sync" : "startup"
      #expect(message.path == "/v2/\(Program.clientID)/test/\(kind)")
    }
    // A bucket for each of 60 minutes, and the startup message.
    #expect(outcome.lines.count == 61)
    #expect(outcome.output.last == UInt8(ascii: "\n"))
    #expect(outcome.errors.contains("200 lines read, 200 tallied"))
  }

  @Test func `a file gets the same messages, but for their identity`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(200), to: "access.log")
    func messages(_ payloads: String) -> String {
      payloads.replacing(/"message_uuid":"[0-9a-f-]{36}"/, with: "")
    }
    let arguments = ["import", "--payloads"]
    let first = try await folder.backtally(arguments + ["-"] + Program.target + ["access.log"])
    let second = try await folder.backtally(arguments + ["p"] + Program.target + ["access.log"])
    #expect(try messages(first.text) == messages(folder.text(of: "p")))
    #expect(try first.text != folder.text(of: "p"))
    #expect(second.text.contains("61 messages written"))
  }

  /// More than a pipe holds, so that the reader's end is noticed.
  @Test func `a closed pipe is no error`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(20_000), to: "access.log")
    let target = Program.target.joined(separator: " ")
    let outcome = try await folder.bash(
      "backtally import --payloads - \(target) access.log | head -n 1 | cut -c 1-9")
    #expect(outcome.status == 0)
    #expect(outcome.text == #"{"path":""# + "\n")
    #expect(!outcome.errors.contains("error"), "\(outcome.errors)")
  }

  @Test func `a summary or a help that nobody reads is no error`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.bash(
      """
      backtally import --dry-run access.log | true && backtally --help | true
      backtally import --dry-run access.log >&-
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `neither payloads nor a dry run leave anything behind`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    _ = try await folder.backtally(["import", "--payloads", "-"] + Program.target + ["access.log"])
    _ = try await folder.backtally(["import", "--dry-run", "access.log"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(names) == [".processes", "access.log"])
  }

  @Test func `a payload file that cannot be written makes 2`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "no/such/folder"] + Program.target + ["access.log"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("no/such/folder: error: the payload file cannot be written"))
  }
}
