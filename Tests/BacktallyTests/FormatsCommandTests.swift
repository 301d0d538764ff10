import Foundation
import Testing
import TestSupport

/// `backtally formats`: the catalogue, for people.
struct FormatsCommandTests {
  @Test func `every format is listed with an example`() async throws {
    let outcome = try await TemporaryFolder().backtally(["formats"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let entries = outcome.text.components(separatedBy: "\n\n")
    #expect(entries.count > 70)
    for entry in entries {
      let lines = entry.split(separator: "\n")
      #expect(lines.count == 2 && lines[1].hasPrefix("  ") && lines[0].contains(": "), "\(entry)")
    }
  }

  @Test func `a format by its name has its source, and an unknown one is refused`() async throws {
    let folder = try TemporaryFolder()
    let uwsgi = try await folder.backtally(["formats", "uwsgi"])
    let lines = uwsgi.text.split(separator: "\n")
    #expect(lines.count == 3 && lines[0] == "uwsgi: uWSGI" && lines[1].contains("https://"))
    let unknown = try await folder.backtally(["formats", "nothing"])
    #expect(unknown.status == 2 && unknown.errors.contains("there is no format 'nothing'"))
  }

  /// What a line shows as an example is what an import reads.
  @Test(arguments: ["squid", "apisix", "cloudflare", "gitlab", "bunny"])
  func `an example is found again by import`(_ name: String) async throws {
    let folder = try TemporaryFolder()
    let example = try await folder.backtally(["formats", name]).text.split(separator: "\n")[2]
    try folder.write(example.dropFirst(2) + "\n", to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--no-ledger"] + Program.target + ["access.log"])
    #expect(outcome.status == 0 && outcome.errors.contains("read as \(name)"), "\(outcome.errors)")
  }
}
