import Foundation
import Testing
import TestSupport

/// docs/WIRE.md and docs/STATE.md, held against what the program writes.
struct WirePageTests {
  private func blocks(_ language: String, of page: String) throws -> [Block] {
    try Block.all(in: [page]).filter { $0.language == language }
  }

  @Test func `the log of the wire's page makes its messages, byte for byte`() async throws {
    let page = "docs/WIRE.md"
    let folder = try TemporaryFolder()
    let log = try #require(try blocks("log", of: page).first)
    try folder.write(log.fileText, to: "edge.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--consumer", "remote_user"] + Program.target + ["edge.log"])
    let messages = try #require(try blocks("ndjson", of: page).first).text
    #expect(withoutIdentity(outcome.text) == withoutIdentity(messages))
  }

  @Test func `the log of the request logs' page makes its item, byte for byte`() async throws {
    let page = "docs/REQUEST-LOGS.md"
    let folder = try TemporaryFolder()
    for language in ["log", "yaml"] {
      let file = try #require(try blocks(language, of: page).first)
      try folder.write(file.fileText, to: try #require(file.fileName))
    }
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--request-logs", "--config", "logs.yaml"] + Program.target
        + ["edge.log"])
    let item = try #require(outcome.lines.first { $0.contains("/test/log\"") })
    let documented = try #require(try blocks("ndjson", of: page).first).text
    let named = String(item).replacing(/"uuid":"[0-9a-f-]{36}"/, with: #""uuid":"UUID""#)
    #expect(named + "\n" == documented)
  }

  /// What is given to each message anew.
  private func withoutIdentity(_ messages: String) -> String {
    messages.replacing(/"message_uuid":"[0-9a-f-]{36}"/, with: #""message_uuid":"""#)
  }

  /// Read by an SQLite of another make.
  private static let schemaProgram = """
    import sqlite3, sys
    rows = sqlite3.connect(sys.argv[1]).execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
      " AND name NOT LIKE 'sqlite_%' AND name <> 'grdb_migrations'")
    print(*(row[0] + ";" for row in rows), sep="\\n\\n")
    """

  @Test func `the state's page has the schema of a real database`() async throws {
    let folder = try await folderWithState()
    let schema = try await folder.bash(
      "python3 -c '\(Self.schemaProgram.replacing("'", with: "'\\''"))' state/backtally.sqlite")
    #expect(schema.status == 0, "\(schema.errors)")
    let documented = try #require(try blocks("sql", of: "docs/STATE.md").first)
    if PageRecording.isOn {
      try PageRecording.record(schema.text, in: documented)
    } else {
      let isSame = schema.text == documented.text
      #expect(isSame, "\(schema.text)")
    }
  }

  @Test func `the state directory holds what its page says, for its owner alone`() async throws {
    let folder = try await folderWithState()
    let page = try Page("docs/STATE.md").text
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path(of: "state")) {
      #expect(page.contains("`\(name)`"), "docs/STATE.md does not explain \(name)")
      let isFolder = name == "bodies"
      #expect(try mode(of: folder.path(of: "state/\(name)")) == (isFolder ? 0o700 : 0o600))
    }
    let path = folder.path(of: "state/bodies")
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["1"])
    #expect(try mode(of: folder.path(of: "state/bodies/1")) == 0o600)
    #expect(try mode(of: folder.path(of: "state")) == 0o700)
  }

  private func mode(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
  }

  /// A folder in which an import has been made whose hub was not there.
  private func folderWithState() async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1"]
        + ["--state-dir", "state", "access.log"] + Program.target)
    #expect(outcome.status == 5)
    return folder
  }
}
