import Foundation
import Testing
import TestSupport

/// The texts of `--help` and `--version`.
struct HelpTests {
  @Test(arguments: [
    ("help.txt", ["--help"]), ("help.txt", ["help"]), ("help.txt", []),
    ("help-import.txt", ["import", "--help"]), ("help-import.txt", ["help", "import"]),
    ("help-inspect.txt", ["inspect", "--help"]), ("help-routes.txt", ["help", "routes"]),
    ("help-hub.txt", ["hub", "-h"]), ("version.txt", ["--version"]),
  ])
  func `help goes to standard output`(golden: String, arguments: [String]) async throws {
    let outcome = try await TemporaryFolder().backtally(arguments)
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    try Golden(golden).expect(outcome.text)
  }
}
