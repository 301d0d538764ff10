import Foundation
import TestSupport
import Testing

/// Messages that the hub may have, and does not know again when an hour is over.
struct UncertainTests {
  /// A folder whose outbox holds a startup message and three sync messages, of which the third was sent
  /// without an answer so many minutes ago.
  private func filled(minutesAgo minutes: Int) async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1", "access.log"]
        + Program.target)
    #expect(outcome.status == 5)
    try await folder.editState(
      "UPDATE message SET uncertain_since = \(Self.now - Int64(minutes) * 60_000_000_000) WHERE id = 3"
    )
    return folder
  }

  private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }

  @Test(arguments: [30, 61, 3_000])
  func `a message without an answer is sent again within the hour, and not later`(
    minutes: Int
  ) async throws {
    let folder = try await filled(minutesAgo: minutes)
    try await folder.withHub { hub async throws in
      let outcome = try await folder.backtally(
        ["import", "--summary", "json", "--hub-url", hub.url, "access.log"] + Program.target)
      let isLate = minutes > 59
      #expect(outcome.status == (isLate ? 5 : 0), "\(outcome.errors)")
      #expect(try outcome.summary.messages.uncertain == (isLate ? 1 : 0))
      #expect(try await hub.totals().sums.requestCount == (isLate ? 2 : 3))
      #expect(outcome.errors.contains("outbox drop --uncertain") == isLate, "\(outcome.errors)")
      let list = try await folder.backtally(["outbox", "list"])
      #expect(list.text.contains("1 uncertain\n    3  sync") == isLate, "\(list.text)")
      #expect(try await folder.backtally(["status"]).text.contains("1 uncertain") == isLate)
      // Nothing changes by itself.
      let again = try await folder.backtally(["deliver", "--hub-url", hub.url] + Program.target)
      #expect(again.status == 0 && again.text == "0 delivered, 0 waiting, 0 refused\n")
    }
  }

  @Test func `the user decides whether the hub has it`() async throws {
    for isAtHub in [true, false] {
      let folder = try await filled(minutesAgo: 100)
      try await folder.withHub { hub async throws in
        let target = ["--hub-url", hub.url] + Program.target
        #expect(try await folder.backtally(["deliver"] + target).status == 5)
        if isAtHub {
          let dropped = try await folder.backtally(["outbox", "drop", "--uncertain"])
          #expect(dropped.text.hasPrefix("dropped 1 message of"))
        } else {
          let sent = try await folder.backtally(["deliver", "--retry-refused"] + target)
          #expect(sent.status == 0 && sent.text == "1 delivered, 0 waiting, 0 refused\n")
          #expect(sent.errors.contains("counted twice"), "\(sent.errors)")
        }
        #expect(try await hub.totals().sums.requestCount == (isAtHub ? 2 : 3))
        #expect(try await folder.backtally(["outbox", "list"]).text == "the outbox is empty\n")
      }
    }
  }
}

extension TemporaryFolder {
  /// Changes the database of the state, which no run is using.
  func editState(_ sql: String) async throws {
    try write(sql, to: "edit.sql")
    let script = """
      import sqlite3
      database = sqlite3.connect(".local/state/backtally/backtally.sqlite")
      database.executescript(open("edit.sql").read())
      database.close()
      """
    try write(script, to: "edit.py")
    #expect(try await bash("python3 edit.py").status == 0)
  }
}
