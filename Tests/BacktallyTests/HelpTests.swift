import Foundation
import Testing
import TestSupport

/// The texts of `--help` and `--version`.
struct HelpTests {
  @Test(arguments: [
    ("help.txt", ["--help"]), ("help.txt", ["help"]), ("help.txt", []),
    ("help-import.txt", ["help", "import"]), ("help-hub.txt", ["hub", "-h"]),
    ("help-outbox.txt", ["outbox"]), ("version.txt", ["--version"]),
  ])
  func `help goes to standard output`(golden: String, arguments: [String]) async throws {
    let outcome = try await TemporaryFolder().backtally(arguments)
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    try Golden(golden).expect(outcome.text)
  }

  /// The commands are those that the program lists, so that none goes without a recorded text.
  @Test func `the help of every command is as recorded, and fits 80 columns`() async throws {
    let folder = try TemporaryFolder()
    var commands: [[String]] = [[]]
    var names: Set<String> = []
    while let command = commands.popLast() {
      let outcome = try await folder.backtally(command + ["--help"])
      #expect(outcome.status == 0)
      try Golden((["help"] + command).joined(separator: "-") + ".txt").expect(outcome.text)
      for line in outcome.lines {
        #expect(line.count <= 80, "\(command.joined(separator: " ")): \(line)")
      }
      commands += subcommands(in: outcome.text).map { command + [$0] }
      names.insert(command.joined(separator: " "))
    }
    #expect(
      names.isSuperset(of: [
        "", "import", "inspect", "routes", "deliver", "status", "forget", "outbox list",
        "outbox drop", "hub",
      ]))
  }

  /// A golden whose command is gone would stay for ever.
  @Test func `no recorded help is of a command that is gone`() async throws {
    let folder = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(
      atPath: Repository.fixture("golden").path)
    where name.wholeMatch(of: /help-.*\.txt/) != nil {
      let command = name.dropFirst("help-".count).dropLast(".txt".count).split(separator: "-")
      let outcome = try await folder.backtally(command.map(String.init) + ["--help"])
      let usage = "USAGE: backtally \(command.joined(separator: " "))"
      #expect(outcome.text.contains(usage), "\(name)")
    }
  }

  /// The names that the help of a command lists under SUBCOMMANDS; lines that go on are indented
  /// further.
  private func subcommands(in help: String) -> [String] {
    help.split(separator: "\n")
      .drop { $0 != "SUBCOMMANDS:" }.dropFirst().prefix { $0.hasPrefix("  ") }
      .compactMap { $0.firstMatch(of: /^  ([a-z]+)/).map { String($0.1) } }
  }
}
