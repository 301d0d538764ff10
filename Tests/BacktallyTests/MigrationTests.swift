import Foundation
import TestSupport
import Testing

/// State as 0.1.0 has left it (`fixtures/state/0.1.0`, made by that program): `shop.log.1` and `shop.log`
/// were imported and delivered, the latter in two runs, and `api.log` was imported while the hub was away.
struct MigrationTests {
  private static let build = """
    import os, sqlite3
    os.makedirs(".local/state/backtally", 0o700)
    database = sqlite3.connect(".local/state/backtally/backtally.sqlite")
    database.executescript(open("state.sql").read())
    database.close()
    os.rename("bodies", ".local/state/backtally/bodies")
    """

  private static let fixtures = ["shop.log.1", "shop.log", "api.log", "state.sql"]

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
    let (old, delivered) = (
      try lineCount(folder, "shop.log.1"), try lineCount(folder, "shop.log")
    )
    let waiting = try lineCount(folder, "api.log")
    #expect(old > 10 && waiting > 10 && delivered > 10)
    try await folder.withHub { hub async throws in
      let arguments =
        ["import", "--summary", "json", "--consumer", "remote_user", "--hub-url", hub.url]
        + Program.target
      let first = try await folder.backtally(arguments + ["shop.log.1", "shop.log", "api.log"])
      #expect(first.status == 0, "\(first.errors)")
      #expect(try first.summary.requests == 0)
      #expect(try await hub.totals().sums.requestCount == waiting)
      // Logs are rotated, one is compressed, and the one that was imported last has grown before.
      let grown = try folder.text(of: "api.log") + Log.line(minute: 50, "/new")
      try folder.write(grown, to: "api.log.1")
      try folder.write(Log.line(minute: 55, "/newer"), to: "api.log")
      let moves = "gzip shop.log.1; mv shop.log.1.gz shop.log.2.gz; mv shop.log shop.log.1"
      #expect(try await folder.bash(moves).status == 0)
      let second = try await folder.backtally(
        arguments + ["shop.log.2.gz", "shop.log.1", "api.log", "api.log.1"])
      #expect(second.status == 0, "\(second.errors)")
      #expect(try second.summary.requests == 2)
      #expect(try await hub.totals().sums.requestCount == waiting + 2)
      let third = try await folder.backtally(
        arguments + ["shop.log.2.gz", "shop.log.1", "api.log", "api.log.1"])
      #expect(try third.status == 0 && third.summary.requests == 0, "\(third.errors)")
    }
  }

  @Test func `what 0.1.0 has not delivered is the same as what is counted now`() async throws {
    let folder = try await folder()
    let target = ["--consumer", "remote_user"] + Program.target
    var totals: [Set<String>] = []
    for command in [
      ["deliver"], ["import", "--state-dir", "another", "api.log"] + target.prefix(2),
    ] {
      try await folder.withHub { hub async throws in
        let outcome = try await folder.backtally(
          command + ["--hub-url", hub.url] + Program.target)
        #expect(outcome.status == 0, "\(outcome.errors)")
        totals.append(Set(try await hub.totals().totals.map { "\($0)" }))
      }
    }
    #expect(totals[0].count > 10 && totals[0] == totals[1])
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
