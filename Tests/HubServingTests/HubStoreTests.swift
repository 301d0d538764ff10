import Foundation
import GRDB
import Testing

@testable import HubServing

struct HubStoreTests {
  private let origin: Origin
  private let store: HubStore

  init() throws {
    origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    store = try HubStore(path: nil)
  }

  private func keep(_ sync: String, in store: HubStore? = nil) async throws -> HubStore.Receipt {
    let message = try SyncMessage(JSONReading.value(of: Array(sync.utf8)))
    return try await (store ?? self.store).keep(.sync(message, body: sync), from: origin)
  }

  @Test func `messages add up`() async throws {
    let first = Messages.sync(
      uuid: 1, consumer: "a", timestamp: 59, count: 2, responseSizeSum: 1500,
      responseTimes: #"{"10":1,"290":1}"#, responseSizes: #"{"0":1,"1":1}"#)
    let second = Messages.sync(
      uuid: 2, consumer: "a", timestamp: 61, count: 3, responseSizeSum: 20,
      responseTimes: #"{"10":3}"#, responseSizes: #"{"0":2}"#)
    #expect(try await keep(first) == .stored)
    #expect(try await keep(second) == .stored)
    #expect(try await keep(Messages.sync(uuid: 3, count: 5)) == .stored)

    let totals = try await store.totals(of: origin)
    #expect(totals.messages == HubTotals.MessageCounts(sync: 3))
    #expect(
      totals.groups == [
        group(consumer: nil, count: 5),
        group(
          consumer: "a", count: 5, responseSizeSum: 1520, responseTimes: [10: 4, 290: 1],
          responseSizes: [0: 3, 1: 1]),
      ])
    let byBucket = try await store.totals(of: origin, byBucket: true)
    #expect(
      byBucket.groups == [
        group(bucket: 0, consumer: nil, count: 5),
        group(
          bucket: 0, consumer: "a", count: 2, responseSizeSum: 1500,
          responseTimes: [10: 1, 290: 1], responseSizes: [0: 1, 1: 1]),
        group(
          bucket: 60, consumer: "a", count: 3, responseSizeSum: 20, responseTimes: [10: 3],
          responseSizes: [0: 2]),
      ])
  }

  private func group(
    bucket: Int? = nil, consumer: String?, count: Int, responseSizeSum: Int = 0,
    responseTimes: [Int: Int] = [:], responseSizes: [Int: Int] = [:]
  ) -> HubTotals.Group {
    HubTotals.Group(
      bucket: bucket, consumer: consumer, method: "GET", path: "/", statusCode: 200,
      requestCount: count, requestSizeSum: 0, responseSizeSum: responseSizeSum,
      responseTimes: responseTimes, responseSizes: responseSizes)
  }

  @Test func `totals do not depend on the order of messages`() async throws {
    var messages = (1...40).map { number in
      Messages.sync(
        uuid: number, consumer: ["a", "b", nil][number % 3], path: "/\(number % 4)",
        timestamp: number * 17 % 300, count: number, responseTimes: #"{"\#(number % 5 * 10)":1}"#)
    }
    for message in messages { #expect(try await keep(message) == .stored) }
    let other = try HubStore(path: nil)
    messages.reverse()
    for message in messages { #expect(try await keep(message, in: other) == .stored) }
    for byBucket in [false, true] {
      let groups = try await store.totals(of: origin, byBucket: byBucket).groups
      #expect(groups == (try await other.totals(of: origin, byBucket: byBucket).groups))
      #expect(groups.reduce(0) { $0 + $1.requestCount } == 40 * 41 / 2)
      #expect(groups.reduce(0) { $0 + $1.responseTimes.values.reduce(0, +) } == 40)
    }
  }

  @Test func `a message with a known UUID is dropped and counted`() async throws {
    #expect(try await keep(Messages.sync(uuid: 1, count: 2)) == .stored)
    #expect(try await keep(Messages.sync(uuid: 1, count: 2)) == .duplicate)
    #expect(try await keep(Messages.sync(uuid: 1, count: 3)) == .conflictingDuplicate)
    let totals = try await store.totals(of: origin)
    #expect(totals.messages == HubTotals.MessageCounts(sync: 1, duplicate: 2))
    #expect(totals.groups.map(\.requestCount) == [2])
  }

  @Test func `origins are kept apart`() async throws {
    let other = try #require(Origin(clientID: Messages.clientID, env: "dev"))
    let text = Messages.sync(uuid: 1)
    let message = try SyncMessage(JSONReading.value(of: Array(text.utf8)))
    #expect(try await keep(text) == .stored)
    #expect(try await store.keep(.sync(message, body: text), from: other) == .stored)
    let totals = try await store.totals(of: other)
    #expect(totals.messages == HubTotals.MessageCounts(sync: 1))
    let unknown = try #require(Origin(clientID: Messages.clientID, env: "test"))
    #expect(try await store.totals(of: unknown) == HubTotals())
  }

  @Test func `files of request logs and their items are told by their UUIDs`() async throws {
    let one = Messages.logItem + "\n"
    let two = Messages.logItem.replacing("ba145f21", with: "ba145f22") + "\n"
    func keep(_ uuid: String, _ lines: String) async throws -> HubStore.Receipt {
      let file = try LogFile(uuid: uuid, lines: Array(lines.utf8))
      return try await store.keep(.log(file), from: origin)
    }
    #expect(try await keep("a", one) == .stored)
    #expect(try await keep("a", two) == .duplicate)
    #expect(try await keep("b", one + two + two) == .stored)
    let totals = try await store.totals(of: origin)
    #expect(totals.messages == HubTotals.MessageCounts(log: 2, duplicate: 1))
    #expect(totals.logItemCount == 2)
    #expect(try await store.page(of: origin, at: .log, after: 0, limit: 9).lines == one + two)
  }

  @Test func `what is said of a consumer is added to what is known`() async throws {
    func message(_ uuid: Int, _ consumers: String) -> String {
      Messages.sync(uuid: uuid).replacing(#""consumers":[]"#, with: #""consumers":[\#(consumers)]"#)
    }
    let first = message(1, #"{"identifier":"b","name":"B","group":null},{"identifier":"a"}"#)
    let second = message(2, #"{"identifier":"b","name":null,"group":"g"}"#)
    let third = message(3, #"{"identifier":"b","name":"B2","group":null}"#)
    for text in [first, second, third] { #expect(try await keep(text) == .stored) }
    #expect(
      try await store.totals(of: origin).consumers == [
        HubTotals.Consumer(identifier: "a"),
        HubTotals.Consumer(identifier: "b", name: "B2", group: "g"),
      ])
  }

  @Test func `a sum beyond 64 bits stops at the largest number`() async throws {
    #expect(try await keep(Messages.sync(uuid: 1, count: 1)) == .stored)
    try await store.reading { _ in }
    for table in ["hour_endpoint", "day_consumer", "origin_hour"] {
      try await store.database.write { db in
        try db.execute(sql: "UPDATE \(table) SET requests = ?", arguments: [Int64.max - 1])
      }
    }
    for number in 2...4 {
      #expect(try await keep(Messages.sync(uuid: number, count: 1)) == .stored)
      try await store.reading { db in
        for table in ["hour_endpoint", "day_consumer", "origin_hour"] {
          let sum = try Int64.fetchOne(db, sql: "SELECT requests FROM \(table)")
          #expect(sum == .max)
        }
      }
    }
    #expect(try await store.totals(of: origin).groups.map(\.requestCount) == [4])
  }

  @Test func `pages follow one another and end`() async throws {
    let padding = String(repeating: " ", count: 300_000)
    let bodies = (1...10).map { Messages.sync(uuid: $0) + padding }
    for body in bodies { #expect(try await keep(body) == .stored) }
    var lines = ""
    var pageCount = 0
    var after: Int64? = 0
    while let start = after {
      let page = try await store.page(of: origin, at: .sync, after: start, limit: .max)
      lines += page.lines
      after = page.next
      pageCount += 1
    }
    #expect(pageCount == 3)
    #expect(lines == bodies.map { $0 + "\n" }.joined())
    let two = try await store.page(of: origin, at: .sync, after: 0, limit: 2)
    #expect(two.lineCount == 2 && two.next == nil)
  }

  @Test func `a message that was sent over several lines is one line of NDJSON`() async throws {
    let text = Messages.sync(uuid: 1).replacing(",", with: ",\r\n  ")
    #expect(try await keep(text) == .stored)
    let page = try await store.page(of: origin, at: .sync, after: 0, limit: 1)
    #expect(page.lines == Messages.sync(uuid: 1).replacing(",", with: ",    ") + "\n")
  }
}

/// What becomes of the file between two starts.
struct HubStoreFileTests {
  private let path: String

  init() {
    path = NSTemporaryDirectory() + "/hub-\(UUID()).sqlite"
  }

  private func withFile(_ body: (String) async throws -> Void) async throws {
    defer {
      for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
    }
    try await body(path)
  }

  @Test func `what was taken is there after a restart`() async throws {
    try await withFile { path in
      let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
      let text = Messages.sync(uuid: 1)
      let message = try SyncMessage(JSONReading.value(of: Array(text.utf8)))
      let first = try HubStore(path: path)
      #expect(try await first.keep(.sync(message, body: text), from: origin) == .stored)
      let second = try HubStore(path: path)
      #expect(try await second.keep(.sync(message, body: text), from: origin) == .duplicate)
    }
  }

  @Test func `the file is its owner's only`() async throws {
    try await withFile { path in
      _ = try HubStore(path: path)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test func `a database of something else is not touched`() async throws {
    try await withFile { path in
      let other = try DatabaseQueue(path: path)
      try await other.write { try $0.execute(sql: "CREATE TABLE t (x)") }
      #expect(throws: LocalHubError.databaseForeign(path: path)) { try HubStore(path: path) }
      #expect(try await other.read { try $0.tableExists("message") } == false)
    }
  }

  @Test func `a file that is no database is named`() async throws {
    try await withFile { path in
      try Data(repeating: 65, count: 5000).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: LocalHubError.self) { try HubStore(path: path) }
      guard case .databaseUnusable(path, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func `a file of a later version is refused`() async throws {
    try await withFile { path in
      let store = try HubStore(path: path)
      try await store.database.write { db in
        try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99')")
      }
      #expect(throws: LocalHubError.databaseTooNew(path: path)) { try HubStore(path: path) }
    }
  }
}
