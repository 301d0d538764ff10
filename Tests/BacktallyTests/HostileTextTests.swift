import Foundation
import Testing
import TestSupport

/// Log files are hostile input, and so are their names: nothing in them may move the cursor, change
/// the title or hide text.
struct HostileTextTests {
  /// ESC, BEL, DEL, a C1 control (CSI) and a right-to-left override.
  private static let hostile = "\u{1B}[2J\u{7}\u{7F}\u{9B}31m\u{202E}"

  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0x0A: true
      case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: false
      default: true
      }
    }
  }

  @Test(arguments: [
    ["import", "--dry-run", "missing\(hostile)"],
    ["import", "--dry-run", "file\(hostile)"],
    ["import", "--dry-run", "--config", "config\(hostile)", "access.log"],
    ["import", "--dry-run", "--routes", "missing\(hostile)", "access.log"],
    ["import", "--dry-run", "--format", "x\(hostile)", "access.log"],
    ["import", "--dry-run", "--consumer", "x\(hostile)", "access.log"],
    ["import", "--dry-run", "--since", "x\(hostile)", "access.log"],
    ["import", "--client-id", "x\(hostile)", "--env", "x\(hostile)", "access.log"],
    ["import", "--hub-url", "http://x\(hostile)", "access.log"],
    ["import", "--nonsense\(hostile)"],
    ["import", "--dry-run", "--jobs", "x\(hostile)", "access.log"],
    ["x\(hostile)"],
  ])
  func `names and values never reach the terminal raw`(arguments: [String]) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.line() + Self.hostile + "\n", to: "file\(Self.hostile)")
    try folder.write(Log.line(), to: "access.log")
    try folder.write("env\(Self.hostile): 1\n", to: "config\(Self.hostile)")
    let outcome = try await folder.backtally(arguments)
    #expect(outcome.errors.count > 10)
    #expect(isHarmless(outcome.errors), "\(outcome.errors.debugDescription)")
    #expect(isHarmless(outcome.text), "\(outcome.text.debugDescription)")
  }

  /// `inspect` and `routes` show what logs hold.
  @Test(arguments: [
    ["inspect"], ["inspect", "--summary", "json"], ["inspect", "--write-config", "-"],
    ["inspect", "--consumer", "remote_user"], ["routes"],
  ])
  func `lines, values and paths that are shown are harmless`(arguments: [String]) async throws {
    let folder = try TemporaryFolder()
    var log = Log.line("/a\(Self.hostile)b/c", user: "acme\(Self.hostile)")
    log += Log.line("/x%1B%5B2J%7F/\(Self.hostile)/42")
    log += "rejected \(Self.hostile) line\n"
    log += Log.line().replacing("\"test\"", with: "\"\(Self.hostile)\" \(Self.hostile)")
    let json =
      #"{"msec":1,"request":"GET /\#(Self.hostile) HTTP/1.1","status":200,"user\#(Self.hostile)":"x"}"#
    try folder.write(log, to: "file\(Self.hostile)")
    try folder.write(json + "\n", to: "json.log")
    for file in ["file\(Self.hostile)", "json.log"] {
      let isJSON = file == "json.log"
      let options =
        isJSON ? arguments.filter { $0 != "--consumer" && $0 != "remote_user" } : arguments
      let outcome = try await folder.backtally(options + [file])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.text.count > 10)
      #expect(isHarmless(outcome.errors), "\(outcome.errors.debugDescription)")
      #expect(isHarmless(outcome.text), "\(outcome.text.debugDescription)")
    }
  }

  @Test func `what a log holds is valid JSON in messages, and not on the terminal`() async throws {
    let folder = try TemporaryFolder()
    let line = Log.line("/a\(Self.hostile)b/c\"d\\e", user: "acme\(Self.hostile)\"\\")
    let bytes = Array(line.utf8).split(separator: UInt8(ascii: "c"), maxSplits: 1)
    // Also bytes that are no UTF-8, and NUL.
    try folder.write(
      Array(bytes[0]) + [UInt8(ascii: "c"), 0xFF, 0xC3, 0] + bytes[1], to: "access.log")
    let arguments = ["import", "--consumer", "remote_user"] + Program.target
    let sent = try await folder.backtally(
      arguments + ["--payloads", "-", "--format", "combined", "access.log"])
    #expect(sent.status == 0, "\(sent.errors)")
    #expect(isHarmless(sent.errors))
    let isUTF8 = String(validating: sent.output, as: UTF8.self) != nil
    #expect(isUTF8)
    // JSON need not escape more than this, but then `jq -r` and `cat` would pass it on.
    #expect(!sent.output.contains { $0 < 0x20 && $0 != 0x0A })
    #expect(try Sums(payloads: sent.output).requestCount == 1)
    try await folder.withHub { hub in
      let delivered = try await folder.backtally(arguments + ["--hub-url", hub.url, "access.log"])
      #expect(delivered.status == 0, "\(delivered.errors)")
      let sums = try await hub.totals().sums
      expect(sums, toEqual: try Sums(payloads: sent.output))
    }
  }

  @Test func `a filter's name in the summary is harmless too`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write(
      #"filters: [{name: "x\e[2Jy", field: request, matches: users}]"#, to: "c.yaml")
    for style in ["text", "json"] {
      let outcome = try await folder.backtally(
        ["import", "--dry-run", "--config", "c.yaml", "--summary", style, "access.log"])
      #expect(outcome.status == 0)
      #expect(isHarmless(outcome.text), "\(outcome.text.debugDescription)")
      #expect(outcome.text.lowercased().contains("1b"))
    }
  }
}
