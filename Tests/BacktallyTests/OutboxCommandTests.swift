import Foundation
import TestSupport
import Testing

/// `backtally outbox list` and `drop`.
struct OutboxCommandTests {
  private struct Listing: Decodable {
    struct App: Decodable {
      var app: String
      var waiting: Group
      var refused: Group
    }

    struct Group: Decodable {
      var count: Int
      var messages: [Message]
    }

    struct Message: Decodable {
      var number: Int
      var kind: String
      var bytes: Int
      var queued: String
      var failed_attempts: Int
      var error: String?
    }

    var apps: [App]
  }

  /// A folder whose outbox holds a startup message and three sync messages.
  private func filled(_ env: String = "test") async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try await fill(folder, env)
    return folder
  }

  private func fill(
    _ folder: TemporaryFolder, _ env: String, hub: String = "http://127.0.0.1:9"
  ) async throws {
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--client-id", Program.clientID, "--env", env, "access.log"]
        + ["--hub-url", hub, "--give-up-after", "1"])
    #expect(outcome.status == 5, "\(outcome.errors)")
  }

  private func listing(_ folder: TemporaryFolder, _ options: [String] = []) async throws -> Listing
  {
    let outcome = try await folder.backtally(["outbox", "list", "--summary", "json"] + options)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Listing.self, from: outcome.output)
  }

  @Test func `what waits is listed with what is known of it`() async throws {
    let folder = try await filled()
    let apps = try await listing(folder).apps
    #expect(apps.map(\.app) == ["\(Program.clientID)/test"])
    let waiting = try #require(apps.first?.waiting)
    #expect(waiting.count == 4 && apps.first?.refused.count == 0)
    #expect(waiting.messages.map(\.number) == [1, 2, 3, 4])
    #expect(waiting.messages.map(\.kind).sorted() == ["startup", "sync", "sync", "sync"])
    #expect(waiting.messages.allSatisfy { $0.bytes > 100 && $0.queued.hasSuffix("Z") })
    let tried = try #require(waiting.messages.first { $0.failed_attempts > 0 })
    #expect(tried.error == "connection refused")
  }

  @Test func `a long queue is cut, and the text says how much is left out`() async throws {
    let folder = try await filled()
    let few = try await listing(folder, ["--limit", "1"])
    #expect(few.apps.first?.waiting.count == 4)
    #expect(few.apps.first?.waiting.messages.map(\.number) == [1])
    let text = try await folder.backtally(["outbox", "list", "--limit", "1"]).text
    #expect(text.contains("\(Program.clientID)/test\n  4 waiting\n    1  "), "\(text)")
    #expect(text.contains("    and 3 more\n  0 refused\n"), "\(text)")
    #expect(try await folder.backtally(["outbox", "list", "--limit", "0"]).status == 2)
  }

  @Test func `what is dropped is gone, and the app is announced again`() async throws {
    let port = "\(try freePort())"
    let folder = try TemporaryFolder()
    try await fill(folder, "test", hub: "http://127.0.0.1:\(port)")
    let nothing = try await folder.backtally(["outbox", "drop", "--refused"])
    #expect(nothing.text == "dropped 0 messages of \(Program.clientID)/test\n")
    let one = try await folder.backtally(["outbox", "drop", "3"])
    #expect(one.text == "dropped 1 message of \(Program.clientID)/test\n")
    let all = try await folder.backtally(["outbox", "drop", "--waiting", "--refused"])
    #expect(all.text == "dropped 3 messages of \(Program.clientID)/test\n")
    #expect(try await folder.backtally(["outbox", "list"]).text == "the outbox is empty\n")
    #expect(
      try await folder.backtally(["outbox", "drop", "--waiting"]).text == "the outbox is empty\n")
    let bodies = folder.path(of: ".local/state/backtally/bodies")
    #expect(try FileManager.default.contentsOfDirectory(atPath: bodies) == [])

    try await folder.withHub(["--port", port]) { hub in
      try folder.write(Log.lines(3) + Log.line(minute: 7), to: "access.log")
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url] + Program.target + ["access.log"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      // What was dropped stays imported.
      let totals = try await hub.totals()
      #expect(totals.messages.startup == 1 && totals.sums.requestCount == 1)
    }
  }

  @Test func `nothing is dropped unless it is clear what`() async throws {
    let folder = try await filled()
    try await fill(folder, "other")
    func refused(
      _ arguments: [String], _ words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      let outcome = try await folder.backtally(["outbox", "drop"] + arguments)
      #expect(outcome.status == 2, sourceLocation: sourceLocation)
      #expect(
        outcome.errors.contains(words), "\(outcome.errors)", sourceLocation: sourceLocation)
      #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    }
    try await refused([], "say what to drop")
    try await refused(["--waiting", "1"], "cannot be combined")
    try await refused(
      ["--waiting"],
      "several apps: \(Program.clientID)/other, \(Program.clientID)/test; nothing was dropped")
    try await refused(["1"], "messages of several apps")
    try await refused(["--waiting", "--env", "test"], "no client ID is given")
    try await refused(["1", "5"] + Program.target, "some of these numbers")
    try await refused(["99"] + Program.target, "some of these numbers")
    #expect(try await listing(folder).apps.map(\.waiting.count) == [4, 4])
    let dropped = try await folder.backtally(["outbox", "drop", "--waiting"] + Program.target)
    #expect(dropped.text == "dropped 4 messages of \(Program.clientID)/test\n")
    #expect(try await listing(folder).apps.map(\.app) == ["\(Program.clientID)/other"])
    #expect(try await listing(folder, Program.target).apps.isEmpty)
  }

  @Test func `without an outbox there is nothing to list or drop, and none is made`() async throws {
    let folder = try TemporaryFolder()
    for command in [["list"], ["drop", "--waiting"]] {
      let outcome = try await folder.backtally(["outbox"] + command)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("there is no outbox here yet"))
    }
    #expect(!folder.exists(".local/state/backtally"))
  }
}
