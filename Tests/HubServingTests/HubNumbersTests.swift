import Foundation
import GRDB
import TestSupport
import Testing

@testable import HubServing

/// Numbers as they are stored: packed, rolled up, migrated and removed.
struct HubNumbersTests {
  private let origin: Origin
  private let store: HubStore

  init() throws {
    origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    store = try HubStore(path: nil)
  }

  // MARK: Packing

  @Test func `packed numbers read as they were written`() {
    let numbers: [Int64] = [0, 1, 127, 128, 300, 1 << 53, .max, .min, -1, -128]
    var writing = PackedWriting()
    for number in numbers {
      writing.put(number)
      writing.put(signed: number)
    }
    for number in [0.0, -1.5, .pi, 1e300] { writing.put(number) }
    let bytes = writing.bytes
    var cursor = PackedCursor()
    for number in numbers {
      let (read, signed) = (cursor.number(bytes.span), cursor.signed(bytes.span))
      #expect(read == number)
      #expect(signed == number)
    }
    for number in [0.0, -1.5, .pi, 1e300] {
      let read = cursor.real(bytes.span)
      #expect(read == number)
    }
    let isAtEnd = cursor.isAtEnd(of: bytes.span)
    #expect(isAtEnd)
    let (beyond, beyondReal) = (cursor.number(bytes.span), cursor.real(bytes.span))
    #expect(beyond == 0 && beyondReal == 0)
  }

  @Test func `damaged bytes end, and do not end the process`() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8.random(in: .min ... .max, using: &generator)
      }
      var histograms = PackedHistograms(bytes.span)
      histograms.add([(8, 1), (-80_000, .max)])
      var endpoints = PackedEndpoints(bytes.span)
      endpoints.add(.init(endpoint: 3, requests: .max))
      var cursor = PackedCursor()
      var item = PackedItem()
      var count = 0
      while !cursor.isAtEnd(of: bytes.span) {
        item.read(&cursor, bytes.span, wantsBins: true)
        count += 1
      }
      #expect(count <= bytes.count)
    }
  }

  @Test func `histograms add up whatever the order`() {
    var generator = SeededGenerator(seed: 2)
    let bins = (0..<500).map { _ in
      (
        key: Int64.random(in: -90...90, using: &generator),
        count: Int64.random(in: 1...9, using: &generator)
      )
    }
    var expected: [Int64: Int64] = [:]
    for bin in bins { expected[bin.key, default: 0] += bin.count }
    var histograms = PackedHistograms()
    for start in stride(from: 0, to: 500, by: 25) {
      let bytes = histograms.bytes
      histograms = PackedHistograms(bytes.span)
      histograms.add(Array(bins[start..<start + 25]))
    }
    #expect(histograms.bins.map(\.key) == expected.keys.sorted())
    #expect(histograms.bins.allSatisfy { expected[$0.key] == $0.count })
    histograms.add([(key: histograms.bins[0].key, count: .max)])
    #expect(histograms.bins[0].count == .max)
  }

  // MARK: Roll-ups

  private func keep(_ text: String) async throws {
    let message = try SyncMessage.message(of: Array(text.utf8))
    #expect(try await store.keep(.sync(message, body: text), from: origin) == .stored)
  }

  /// Messages of three days, with some consumers and paths.
  private func fill(_ generator: inout SeededGenerator) async throws {
    for number in 1...120 {
      let item = Messages.sync(
        uuid: number,
        consumer: ["a", "b", nil].randomElement(using: &generator) ?? nil,
        path: ["/a", "/b", "/c"].randomElement(using: &generator) ?? "/",
        timestamp: Int.random(in: 0..<259_200, using: &generator),
        count: Int.random(in: 1...5, using: &generator), responseSizeSum: 1_500,
        responseTimes: #"{"\#(Self.times.randomElement(using: &generator) ?? 0)":1}"#,
        responseSizes: #"{"1":1}"#)
      let status = ["200", "404", "503"].randomElement(using: &generator) ?? "200"
      try await keep(item.replacing("\"status_code\":200", with: "\"status_code\":\(status)"))
    }
  }

  /// In milliseconds: the last are beyond ``NearSums/keys``.
  private static let times = (0...20).map { $0 * 10 } + [20_470, 20_480, 3_600_000]

  @Test func `roll-ups are what the numbers add up to`() async throws {
    var generator = SeededGenerator(seed: 3)
    try await fill(&generator)
    try await store.reading { db in
      var hours: [[Int64]: [Int64]] = [:]
      var hourBins: [[Int64]: PackedHistograms] = [:]
      var consumers: [[Int64]: [Int64]] = [:]
      var pairs: [[Int64]: [Int64]] = [:]
      try HubStore.forEachItem(of: 1, wantsBins: true, db) { bucket, item in
        let errors = [
          (400...499).contains(item.status) ? item.requestCount : 0,
          (500...599).contains(item.status) ? item.requestCount : 0,
        ]
        let hour = [bucket / 3_600, item.endpoint, item.status]
        let sums = [item.requestCount, item.requestSizeSum, item.responseSizeSum]
        hours[hour] = zip(hours[hour] ?? [0, 0, 0], sums).map(+)
        hourBins[hour, default: PackedHistograms()].add(item.bins)
        let day = [bucket / 86_400, item.person]
        consumers[day] = zip(consumers[day] ?? [0, 0, 0], [item.requestCount] + errors).map(+)
        let pair = day + [item.endpoint]
        pairs[pair] = zip(pairs[pair] ?? [0, 0, 0], [item.requestCount] + errors).map(+)
      }
      #expect(hours.count > 50 && consumers.count == 9 && pairs.count > 20)
      func stored(_ keys: String, _ values: String, of table: String) throws -> [[Int64]: [Int64]] {
        let keyNames = keys.split(separator: " ").map(String.init)
        let valueNames = values.split(separator: " ").map(String.init)
        let rows = try Row.fetchAll(db, sql: "SELECT * FROM \(table)")
        return Dictionary(
          uniqueKeysWithValues: rows.map { row in
            (keyNames.map { row[$0] as Int64 }, valueNames.map { row[$0] as Int64 })
          })
      }
      #expect(
        try stored("hour endpoint status", "requests received sent", of: "hour_endpoint") == hours)
      #expect(
        try stored(
          "day consumer", "requests client_errors server_errors", of: "day_consumer") == consumers)
      for row in try Row.fetchAll(db, sql: "SELECT * FROM day_consumer") {
        let day: [Int64] = [row["day"], row["consumer"]]
        let endpoints = Array(row["endpoints"] as Data)
        for count in PackedEndpoints(endpoints.span).counts {
          let sums = [count.requests, count.clientErrors, count.serverErrors]
          #expect(pairs.removeValue(forKey: day + [count.endpoint]) == sums)
        }
      }
      #expect(pairs.isEmpty)
      for row in try Row.fetchAll(db, sql: "SELECT * FROM hour_endpoint") {
        let key: [Int64] = [row["hour"], row["endpoint"], row["status"]]
        #expect(hourBins[key]?.bytes == Array(row["histograms"] as Data))
      }
    }
  }

  /// What the roll-ups have, in sum.
  private static func rolledUp(_ db: Database) throws -> [Int] {
    try ["hour_endpoint", "day_consumer", "origin_hour"].map { table in
      try Int.fetchOne(db, sql: "SELECT coalesce(sum(requests), 0) FROM \(table)") ?? -1
    }
  }

  @Test
  func `what waits for the roll-ups outlasts the hub, and counts once where two share a file`()
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "hub.sqlite")
    func keep(_ number: Int, in store: HubStore) async throws {
      let text = Messages.sync(uuid: number, count: number)
      let message = try SyncMessage.message(of: Array(text.utf8))
      #expect(try await store.keep(.sync(message, body: text), from: origin) == .stored)
    }
    let first = try HubStore(path: path)
    try await keep(1, in: first)
    try await keep(2, in: first)
    #expect(try await first.database.read(Self.rolledUp) == [0, 0, 0])
    // As if the first had ended: it has not added them.
    let second = try HubStore(path: path)
    #expect(try await second.reading(Self.rolledUp) == [3, 3, 3])
    try await keep(4, in: first)
    try await keep(8, in: second)
    #expect(try await first.reading(Self.rolledUp) == [15, 15, 15])
    #expect(try await second.reading(Self.rolledUp) == [15, 15, 15])
    let run = try await first.beginRun(at: 0)
    try await keep(16, in: second)
    try await first.continueRun(run, at: 1)
    #expect(try await second.database.read(Self.rolledUp) == [31, 31, 31])
  }

  @Test func `with enough items waiting a message adds them up`() async throws {
    var batch = TrafficBatch()
    for number in 0..<RollingUp.waitingLimit / 2 {
      var item = TrafficBatch.Item(
        method: batch.append("GET"), path: batch.append("/\(number % 50)"))
      (item.status, item.requestCount) = (200, 1)
      batch.items.append(item)
    }
    let full = batch
    for expected in [0, RollingUp.waitingLimit] {
      try await store.writing { [store] db in
        let id = try #require(try store.originID(of: origin, db))
        try store.write(full, from: id, .live, message: nil, db)
      }
      #expect(try await store.database.read(Self.rolledUp) == [expected, expected, expected])
    }
  }

  @Test func `how a message came is stored with it`() async throws {
    let text = Messages.sync
    let message = try SyncMessage.message(of: Array(text.utf8))
    let before = Date.now.timeIntervalSince1970
    _ = try await store.keep(
      .sync(message, body: text), from: origin, client: .init(userAgent: "backtally/1"))
    let startup = try StartupMessage(JSONReading.value(of: Array(Messages.startup.utf8)))
    _ = try await store.keep(
      .startup(startup, body: Messages.startup), from: origin, client: .init(userAgent: nil))
    try await store.database.read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT * FROM message ORDER BY id")
      #expect(rows.map { $0["client"] as String } == ["backfill", "live"])
      #expect(
        rows.allSatisfy { $0["instance"] as String == "1b06791e-06dc-43ad-93fc-2573010b1f06" })
      #expect(rows.allSatisfy { ($0["received_at"] as Double) >= before })
    }
  }

  // MARK: Keeping

  @Test func `what is older than it is to be kept is removed, and the rest stays`() async throws {
    let store = try HubStore(path: nil, keptDays: 10, removalInterval: 0)
    let now = Int(Date.now.timeIntervalSince1970)
    for (number, age) in [(1, 30), (2, 12), (3, 8), (4, 0)] {
      let text = Messages.sync(uuid: number, timestamp: now - age * 86_400)
      let message = try SyncMessage.message(of: Array(text.utf8))
      _ = try await store.keep(.sync(message, body: text), from: origin)
    }
    let text = Messages.sync(uuid: 5, timestamp: now)
    let message = try SyncMessage.message(of: Array(text.utf8))
    _ = try await store.keep(.sync(message, body: text), from: origin)
    let totals = try await store.totals(of: origin, byBucket: true)
    #expect(totals.groups.map(\.requestCount).reduce(0, +) == 3)
    #expect(totals.messages.sync == 3)
    try await store.reading { db in
      let sum = "SELECT sum(requests) FROM "
      for table in ["hour_endpoint", "day_consumer", "origin_hour"] {
        let count = try Int.fetchOne(db, sql: sum + table)
        #expect(count == 3, "\(table)")
      }
    }
  }

  // MARK: Migration

  /// A database of 0.1.0, and what that answered to `…/totals?by=bucket` (`fixtures/hub`).
  @Test func `a database of an earlier version adds up to the same`() async throws {
    struct Expected: Decodable {
      var client_id: String
      var env: String
    }
    let folder = try TemporaryFolder()
    let path = folder.path(of: "hub.sqlite")
    let dump = try Fixture("hub/schema-2.sql").text
    // The dump has its tables in the order of their names.
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    let old = try DatabaseQueue(path: path, configuration: configuration)
    try await old.writeWithoutTransaction { db in try db.execute(sql: dump) }
    try old.close()
    let store = try HubStore(path: path)
    let lines = try Fixture("hub/totals.ndjson").text.split(separator: "\n")
    #expect(lines.count == 3)
    for line in lines {
      let expected = try JSONDecoder().decode(Expected.self, from: Data(line.utf8))
      let origin = try #require(Origin(clientID: expected.client_id, env: expected.env))
      let totals = try await store.totals(of: origin, byBucket: true)
      #expect(totals.groups.count >= 2)
      #expect(line.hasSuffix(#","totals":\#(totals.json)}"#), "\(totals.json)")
      let overview = try await store.overviews().first {
        $0.clientID == origin.clientID && $0.env == origin.env
      }
      let sum = totals.groups.reduce(Int64(0)) { cappedSum($0, Int64($1.requestCount)) }
      #expect(overview?.requestCount == Int(sum))
      // Bytes: é in one scalar and in two are two routes.
      let routes = Set(totals.groups.map { Array("\($0.method) \($0.path)".utf8) })
      #expect(overview?.routeCount == routes.count)
    }
    try await store.database.read { db in
      let old = try ["tally", "bar"].filter { try db.tableExists($0) }
      #expect(old.isEmpty)
      let found = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM log_item WHERE time > 0 AND status >= 100 AND method <> ''")
      #expect(found == 3)
    }
    // And it goes on.
    let text = Messages.sync(uuid: 999, consumer: "acme-web")
    let message = try SyncMessage.message(of: Array(text.utf8))
    #expect(try await store.keep(.sync(message, body: text), from: origin) == .stored)
  }
}
