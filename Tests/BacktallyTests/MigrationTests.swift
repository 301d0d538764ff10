import Foundation
import TestSupport
import Testing

/// State as 0.1.0 leaves it (`fixtures/state/0.1.0`): `shop.log` was imported and delivered, `api.log` was
/// imported while the hub was away.
struct MigrationTests {
  private static let build = """
    import os, sqlite3
    os.makedirs(".local/state/backtally", 0o700)
    database = sqlite3.connect(".local/state/backtally/backtally.sqlite")
    database.executescript(open("state.sql").read())
    database.close()
    os.rename("bodies", ".local/state/backtally/bodies")
    """

  private static let fixtures = ["shop.log", "api.log", "state.sql"]

  private func folder() async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path(of: "bodies"), withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    let root = URL(filePath: Program.fixture("state/0.1.0"))
    let bodies = try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "bodies").path)
    for name in Self.fixtures + bodies.map({ "bodies/\($0)" }) {
      try folder.write(try Data(contentsOf: root.appending(path: name)), to: name)
    }
    try folder.write(Self.build, to: "build.py")
    let outcome = try await folder.bash("python3 build.py")
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private func lineCount(_ folder: TemporaryFolder, _ name: String) throws -> Int {
    try folder.text(of: name).split(separator: "\n").count
  }

  @Test func `what 0.1.0 has left is sent, and what it has imported is not counted again`()
    async throws
  {
    let folder = try await folder()
    let (waiting, delivered) = (
      try lineCount(folder, "api.log"), try lineCount(folder, "shop.log")
    )
    #expect(waiting > 10 && delivered > 10)
    try await folder.withHub { hub async throws in
      let target = ["--hub-url", hub.url] + Program.target
      let first = try await folder.backtally(
        ["import", "--summary", "json"] + target + ["shop.log", "api.log"])
      #expect(first.status == 0, "\(first.errors)")
      #expect(try first.summary.requests == 0)
      #expect(try await hub.totals().sums.requestCount == waiting)
      // Each goes on where it was.
      for name in ["shop.log", "api.log"] {
        let text = try folder.text(of: name)
        try folder.write(text + Log.line(minute: 50, "/new"), to: name)
      }
      let second = try await folder.backtally(
        ["import", "--summary", "json"] + target + ["shop.log", "api.log"])
      #expect(second.status == 0, "\(second.errors)")
      #expect(try second.summary.requests == 2)
      #expect(try await hub.totals().sums.requestCount == waiting + 2)
    }
  }

  @Test func `the deliver command migrates it, too, and a look at it says what to do`() async throws
  {
    let folder = try await folder()
    let before = try await folder.backtally(["status"])
    #expect(before.status == 1 && before.errors.contains("older backtally"), "\(before.errors)")
    try await folder.withHub { hub async throws in
      let deliver = try await folder.backtally(["deliver", "--hub-url", hub.url] + Program.target)
      #expect(deliver.status == 0, "\(deliver.errors)")
      let waiting = try lineCount(folder, "api.log")
      #expect(try await hub.totals().sums.requestCount == waiting)
    }
    let status = try await folder.backtally(["status"])
    #expect(status.text.contains("/shop.log") && status.text.contains("/api.log"))
  }
}
