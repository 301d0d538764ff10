import Foundation
import Testing

/// The texts of `--help` and `--version`.
struct HelpTests {
  @Test(arguments: [
    ("help.txt", ["--help"]), ("help.txt", ["help"]), ("help.txt", []),
    ("help-import.txt", ["import", "--help"]), ("help-import.txt", ["help", "import"]),
    ("help-inspect.txt", ["inspect", "--help"]), ("help-routes.txt", ["help", "routes"]),
    ("help-outbox.txt", ["outbox"]), ("help-outbox-list.txt", ["outbox", "list", "--help"]),
    ("help-outbox-drop.txt", ["outbox", "drop", "--help"]),
    ("help-hub.txt", ["hub", "-h"]), ("version.txt", ["--version"]),
  ])
  func `help goes to standard output`(golden: String, arguments: [String]) async throws {
    let outcome = try await TemporaryFolder().backtally(arguments)
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    try Golden(golden).expect(outcome.text)
  }

  /// An option that is in the program and not in its README, or the other way round.
  @Test(arguments: ["import", "inspect", "routes", "hub"])
  func `README names every option`(command: String) async throws {
    let help = try await TemporaryFolder().backtally([command, "--help"])
    let readme = try String(contentsOf: Program.root.appending(path: "README.md"), encoding: .utf8)
    let usual = ["--help", "--version"]
    let options = Set(help.text.matches(of: /--[a-z-]+/).map { String($0.output) })
    #expect(options.count > 4)
    for option in options.subtracting(usual) {
      #expect(readme.contains("`\(option)"), "README does not explain \(option)")
    }
  }
}
