import Diagnostics
import Foundation
import Testing

@testable import HubServing

/// Apitally's API over what the hub holds. `VerifyTests` have its reader.
struct ReadingAPITests {
  private let store: HubStore

  init() async throws {
    store = try HubStore(path: nil)
    // Two environments of an app, and another app, with a name of the first one's consumers.
    let other = "0f1e2d3c-0000-4000-8000-57d2b9fcb2c9"
    for (number, client, env, consumer, path, time, count) in [
      (1, Messages.clientID, "prod", "acme", "/a", 0, 2),
      (2, Messages.clientID, "prod", nil, "/b", 3_600, 3),
      (3, Messages.clientID, "dev", "acme", "/a", 86_400, 5),
      (4, Messages.clientID, "prod", "zeta", "/a", 86_400 * 40, 7),
      (5, other, "prod", "acme", "/other", 0, 11),
    ] as [(Int, String, String, String?, String, Int, Int)] {
      let origin = try #require(Origin(clientID: client, env: env))
      let text = Messages.sync(
        uuid: number, consumer: consumer, path: path, timestamp: time, count: count)
      let message = try SyncMessage.message(of: Array(text.utf8))
      #expect(try await store.keep(.sync(message, body: text), from: origin) == .stored)
    }
  }

  private var app: ReadApp {
    get async throws { try #require(try await store.app(1)) }
  }

  private func metrics(_ query: String) async throws -> [String] {
    let query = try MetricsQuery(Array(query.utf8), now: Date(timeIntervalSince1970: 86_400 * 50))
    return try await store.metrics(of: app, query).split(separator: "\n").map(String.init)
  }

  @Test func `apps are client IDs with their environments`() async throws {
    struct Answer: Decodable {
      struct App: Decodable {
        struct Environment: Decodable { var name: String }
        var id: Int
        var client_id: String
        var envs: [Environment]
      }
      var data: [App]
    }
    let answer = try JSONDecoder().decode(Answer.self, from: Data(try await store.appList().utf8))
    #expect(answer.data.map(\.client_id).first == Messages.clientID)
    #expect(answer.data.map { $0.envs.map(\.name) } == [["prod", "dev"], ["prod"]])
    #expect(try await store.app(2) == nil, "the number of an environment that is not the first")
    #expect(answer.data.map(\.id) == [1, 3])
  }

  @Test func `lists come in pages that end`() async throws {
    struct Answer: Decodable {
      struct Item: Decodable, Equatable {
        var id: Int
        var identifier: String?
        var path: String?
      }
      var data: [Item]
      var has_more: Bool
      var next_token: String?
    }
    for list in [0, 1] {
      var names: [String] = []
      var page: ReadPage? = ReadPage(offset: 0, limit: 1)
      while let current = page {
        let text =
          list == 0
          ? try await store.consumerList(of: app, current)
          : try await store.endpointList(of: app, current)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
        names += answer.data.map { $0.identifier ?? $0.path ?? "" }
        #expect(answer.has_more == (answer.next_token != nil))
        page = answer.next_token.flatMap { Int($0) }.map { ReadPage(offset: $0, limit: 1) }
      }
      #expect(names == (list == 0 ? ["acme", "zeta"] : ["/a", "/b"]))
    }
  }

  @Test func `sums are grouped by whatever is asked for`() async throws {
    #expect(
      try await metrics(
        #"{"since":"1970-01-01T00:00:00Z","metrics":["requests","bytes_sent"]}"#) == [
          #"{"period_start":"1970-01-01T00:00:00Z","period_end":"1970-02-20T00:00:01Z","requests":17,"bytes_sent":0}"#
        ])
    #expect(
      try await metrics(
        #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"group_by":["path","consumer_id"]}"#
      ).map { $0[($0.firstRange(of: #""path""#)?.lowerBound ?? $0.startIndex)...] } == [
        #""path":"/a","consumer_id":1,"requests":7}"#,
        #""path":"/a","consumer_id":2,"requests":7}"#,
        #""path":"/b","consumer_id":null,"requests":3}"#,
      ])
    let months = try await metrics(
      #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"interval":"month","group_by":["env"]}"#
    )
    #expect(
      months == [
        #"{"period_start":"1970-01-01T00:00:00Z","period_end":"1970-02-01T00:00:00Z","env":"prod","requests":5}"#,
        #"{"period_start":"1970-01-01T00:00:00Z","period_end":"1970-02-01T00:00:00Z","env":"dev","requests":5}"#,
        #"{"period_start":"1970-02-01T00:00:00Z","period_end":"1970-03-01T00:00:00Z","env":"prod","requests":7}"#,
      ])
  }

  @Test(arguments: [
    (#"{"field":"env","op":"eq","value":"dev"}"#, 5),
    (#"{"field":"path","op":"neq","value":"/a"}"#, 3),
    (#"{"field":"path","op":"in","value":["/a","/b"]}"#, 17),
    (#"{"field":"path","op":"not_in","value":["/a"]}"#, 3),
    (#"{"field":"consumer_id","op":"eq","value":1}"#, 7),
    (#"{"field":"consumer_id","op":"is_null"}"#, 3),
    (#"{"field":"consumer_id","op":"is_not_null"}"#, 14),
    (#"{"field":"consumer_id","op":"neq","value":1}"#, 7),
    (#"{"field":"status_code","op":"gte","value":200}"#, 17),
    (#"{"field":"status_code","op":"gt","value":200}"#, 0),
    (#"{"field":"method","op":"eq","value":"GET"}"#, 17),
  ])
  func `filters leave out the rest`(filter: String, count: Int) async throws {
    let lines = try await metrics(
      #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"filters":[\#(filter)]}"#)
    let counts = lines.compactMap {
      $0.firstMatch(of: /"requests":(\d+)/).flatMap { Int($0.output.1) }
    }
    #expect(counts.reduce(0, +) == count)
  }

  @Test func `the span is half open`() async throws {
    for (since, until, count) in [
      ("1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z", 2),
      ("1970-01-01T00:00:00Z", "1970-01-01T01:00:01Z", 5),
      ("1970-01-01T01:00:00.000Z", "1970-01-02", 3), ("1970-01-02", "1970-01-02T00:00:01+00:00", 5),
    ] {
      let lines = try await metrics(
        #"{"since":"\#(since)","until":"\#(until)","metrics":["requests"]}"#)
      #expect(
        lines.count == 1 && lines[0].hasSuffix("\"requests\":\(count)}"), "\(since): \(lines)")
    }
  }

  @Test(arguments: [
    #"{}"#, #"{"since":"yesterday","metrics":["requests"]}"#,
    #"{"since":"1970-01-01T00:00:00Z","metrics":["response_time_p95"]}"#,
    #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"group_by":["country"]}"#,
    #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"interval":"week"}"#,
    #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"timezone":"Europe/Paris"}"#,
    #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"format":"arrow"}"#,
    #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"unknown":1}"#,
    #"{"since":"1970-01-02T00:00:00Z","until":"1970-01-01T00:00:00Z","metrics":["requests"]}"#,
    #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"filters":[{"field":"path","op":"like","value":"%"}]}"#,
    #"{"since":"1970-01-01T00:00:00Z","metrics":["requests"],"filters":[{"field":"path","op":"eq","value":1}]}"#,
    "no JSON",
  ])
  func `what this hub cannot answer is refused`(query: String) {
    #expect(throws: InvalidMessage.self) { try MetricsQuery(Array(query.utf8), now: Date.now) }
  }
}

/// Why the hub's database cannot be used, as users are told.
struct HubDatabaseErrorTests {
  private func text(_ path: String) -> String {
    do throws(LocalHubError) {
      _ = try HubStore(path: path)
      return "it can be used"
    } catch {
      return error.diagnostic.rendered
    }
  }

  private func folder() throws -> String {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "backtally-hub-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  @Test func `a folder that is missing, and one in the place of the file`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let missing = text("\(folder)/missing/hub.sqlite")
    #expect(
      missing.contains(
        "the hub's database cannot be used: unable to open database file (SQLite 14)"),
      "\(missing)")
    #expect(missing.hasPrefix("\(folder)/missing/hub.sqlite: error: "))
    #expect(text(folder).contains("unable to open database file (SQLite 14)"), "\(text(folder))")
  }

  @Test func `a file that is no database, and one that is cut off`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/hub.sqlite"
    try Data("no database, but long enough to be looked at as one".utf8)
      .write(to: URL(filePath: path))
    #expect(text(path).contains("file is not a database (SQLite 26)"), "\(text(path))")
    try FileManager.default.removeItem(atPath: path)
    #expect(text(path) == "it can be used")
    let sound = try Data(contentsOf: URL(filePath: path))
    try sound.prefix(sound.count / 2 + 100).write(to: URL(filePath: path))
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    #expect(text(path).contains("(SQLite 11)"), "\(text(path))")
  }

  @Test func `none of them shows a statement`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["missing/hub.sqlite", ""] {
      #expect(!text("\(folder)/\(name)").contains("SELECT"))
      #expect(!text("\(folder)/\(name)").contains("executing"))
    }
  }
}
