import Foundation
import GRDB
import HummingbirdCore
import TestSupport
import Testing

@testable import HubServing

/// What is kept of arrivals, and what it says of uptime.
struct UptimeTests {
  private let origin: Origin
  private let store: HubStore
  /// A round moment, in seconds since 1970.
  private static let start = 1_764_000_000.0

  init() async throws {
    origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    store = try HubStore(path: nil)
  }

  private struct Answer: Decodable {
    struct Span: Decodable, Equatable {
      var since: String
      var until: String?
    }

    struct Instance: Decodable, Equatable {
      var instance: String?
      var since: String?
      var until: String?
      var up_seconds: Int
      var down_seconds: Int
      var down: [Span]
    }

    var environment: Instance?
    var instances: [Instance]
    var silence: [Span]
    var unwatched: [Span]
    var cut: Bool
  }

  private enum Table: String {
    case message, telemetry
  }

  /// Writes arrivals as the hub keeps them, at minutes since the start.
  private func arrive(
    _ minutes: [Double], _ instance: String, client: HubStore.Client = .live,
    in table: Table = .message
  ) async throws {
    let origin = origin
    let store = store
    try await store.database.write { db in
      let id = try store.originID(of: origin, db)
      for minute in minutes {
        let time = Self.start + minute * 60
        switch table {
        case .message:
          try db.execute(
            sql: """
              INSERT INTO message (origin, kind, uuid, body, received_at, instance, client)
              VALUES (?, 'sync', ?, '{}', ?, ?, ?)
              """,
            arguments: [id, "\(instance) \(minute) \(client)", time, instance, client.rawValue])
        case .telemetry:
          try db.execute(
            sql: """
              INSERT INTO telemetry (origin, signal, digest, received_at, instance, client)
              VALUES (?, 'metrics', ?, ?, ?, ?)
              """, arguments: [id, Data("\(minute)".utf8), time, instance, client.rawValue])
        }
      }
    }
  }

  private func uptime(
    _ query: String = "", now: Double, of other: Origin? = nil
  ) async throws -> Answer {
    var parameters = FlatDictionary<Substring, Substring>()
    for part in query.split(separator: "&") {
      let words = part.split(separator: "=", maxSplits: 1)
      let second = Self.start + (Double(words[1]) ?? 0) * 60
      parameters.append(key: words[0], value: Substring(String(Int(second))))
    }
    let now = Self.start + now * 60
    let text = try await store.uptime(
      of: other ?? origin, ViewQuery(parameters, now: Date(timeIntervalSince1970: now)), now: now)
    return try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
  }

  private func moment(_ minute: Double) -> String {
    HubStore.moment(Int64(Self.start + minute * 60))
  }

  private func minutes(_ range: ClosedRange<Int>) -> [Double] { range.map(Double.init) }

  @Test(arguments: [HubStore.Client.live, .backfill])
  func `messages are heartbeats if they are of a live client`(client: HubStore.Client) async throws
  {
    let message = try SyncMessage.message(of: Array(Messages.sync(uuid: 1, count: 1).utf8))
    _ = try await store.keep(.sync(message, body: "{}"), from: origin, client: client)
    let now = (Date.now.timeIntervalSince1970 - Self.start) / 60
    let answer = try await uptime(now: now + 1)
    #expect(answer.instances.count == (client == .live ? 1 : 0))
    #expect((answer.environment == nil) == (client == .backfill))
  }

  @Test(arguments: [UptimeTests.Table.message, .telemetry])
  private func `a stop is down from the last arrival on, whatever is backfilled meanwhile`(
    table: Table
  ) async throws {
    try await arrive(minutes(0...10) + minutes(15...20), "a", in: table)
    try await arrive(minutes(11...14), "b", client: .backfill)
    let answer = try await uptime("since=-60", now: 21)
    let down = [Answer.Span(since: moment(10), until: moment(15))]
    let expected = Answer.Instance(
      instance: "a", since: moment(0), until: moment(20), up_seconds: 900, down_seconds: 300,
      down: down)
    #expect(answer.instances == [expected])
    #expect(answer.environment?.down == down)
    #expect(!answer.cut && answer.silence.isEmpty)
  }

  @Test func `an outage that lasts has no end, and its instance stays in the list`() async throws {
    try await arrive(minutes(0...10), "a")
    try await arrive(minutes(0...30), "b", in: .telemetry)
    let answer = try await uptime("since=-60", now: 30)
    #expect(answer.instances.map(\.instance) == ["b", "a"])
    #expect(answer.instances[1].down == [Answer.Span(since: moment(10), until: nil)])
    #expect(answer.environment?.down == [])
    #expect(
      try await uptime("since=-60", now: 40).environment?.down == [
        Answer.Span(since: moment(30), until: nil)
      ])
  }

  @Test func `an outage reaches beyond the span that is asked for`() async throws {
    try await arrive(minutes(0...10) + minutes(50...60), "a")
    let inside = try await uptime("since=20&until=40", now: 61)
    #expect(inside.instances.isEmpty)
    #expect(inside.environment?.down == [Answer.Span(since: moment(10), until: moment(50))])
    #expect(inside.environment?.up_seconds == 0 && inside.environment?.down_seconds == 1_200)
    let after = try await uptime("since=52&until=58", now: 61)
    #expect(after.instances.map(\.down) == [[]])
    #expect(after.instances.map(\.up_seconds) == [360])
  }

  @Test func `what the hub could not hear is no outage`() async throws {
    try await arrive(minutes(0...10) + minutes(30...40), "a")
    let run = try await store.beginRun(at: Self.start)
    try await store.continueRun(run, at: Self.start + 11 * 60)
    _ = try await store.beginRun(at: Self.start + 29 * 60)
    let answer = try await uptime("since=-60", now: 40)
    #expect(answer.instances.map(\.down) == [[]])
    #expect(answer.unwatched == [Answer.Span(since: moment(11), until: moment(29))])
  }

  @Test func `of logs there are silences, and nothing is called down`() async throws {
    let store = store
    let origin = origin
    let first = Int64(Self.start) / 60
    try await store.database.write { db in
      let id = try store.originID(of: origin, db)
      for minute in 0..<600 where !(300..<330).contains(minute) {
        try db.execute(
          sql: "INSERT INTO numbers (origin, bucket, items) VALUES (?, ?, x'00')",
          arguments: [id, (first + Int64(minute)) * 60])
      }
    }
    let span = Answer.Span(since: moment(300), until: moment(330))
    let answer = try await uptime("since=-60", now: 700)
    #expect(answer.silence == [span])
    #expect(answer.environment == nil && answer.instances.isEmpty)
    // Where a live client reports, its arrivals say more.
    try await arrive(minutes(200...600), "a")
    #expect(try await uptime("since=-60", now: 700).silence.isEmpty)
  }

  @Test func `an app that nobody knows has no uptime`() async throws {
    let other = try #require(Origin(clientID: Messages.clientID, env: "dev"))
    let answer = try await uptime(now: 0, of: other)
    #expect(answer.environment == nil && answer.instances.isEmpty && !answer.cut)
  }

  @Test func `the arrivals that are read are limited, and it says so`() async throws {
    let store = store
    let origin = origin
    try await store.database.write { db in
      let id = try store.originID(of: origin, db)
      for number in 1...UptimeReading.instanceLimit + 1 {
        try db.execute(
          sql: """
            INSERT INTO message (origin, kind, uuid, body, received_at, instance, client)
            VALUES (?, 'sync', ?, '{}', ?, ?, 'live')
            """, arguments: [id, "\(number)", Self.start + Double(number), "\(number)"])
      }
    }
    let answer = try await uptime("since=-60", now: 1_000)
    #expect(answer.cut)
    #expect(answer.instances.count == HubStore.shownInstances)
    #expect(answer.instances.first?.instance == "\(UptimeReading.instanceLimit + 1)")
  }

  @Test func `where there are too many arrivals, all instances are told of for a shorter time`()
    async throws
  {
    try await arrive(minutes(0...199), "a")
    try await arrive(minutes(100...200), "b", in: .telemetry)
    let store = store
    let record = try await store.database.read { db in
      let origin = try Int64.fetchOne(db, sql: "SELECT id FROM origin") ?? 0
      var reading = UptimeReading(origin: origin, now: Self.start + 201 * 60, db: db)
      reading.limit = 120
      let span = Self.start..<Self.start + 12_060
      return try reading.record(span, wantsSilences: false)
    }
    #expect(record.isCut)
    // 61 minutes of b, and 59 of a.
    #expect(record.span.lowerBound > Self.start + 140 * 60)
    #expect(record.span.lowerBound < Self.start + 141 * 60)
    #expect(record.instances.map(\.name) == ["b", "a"])
    #expect(record.environment?.down == [])
  }

  @Test func `arrivals are found by an index, whatever else there is`() async throws {
    try await store.database.read { db in
      for table in ["message", "telemetry"] {
        let plan = try String.fetchAll(
          db,
          sql: """
            EXPLAIN QUERY PLAN SELECT received_at FROM \(table) WHERE origin = 1
              AND client = 'live' AND instance = 'a' AND received_at >= 0 ORDER BY 1 DESC
            """, adapter: SuffixRowAdapter(fromIndex: 3))
        #expect(plan.allSatisfy { $0.contains("COVERING INDEX \(table)_arrival") }, "\(plan)")
        let whole = try String.fetchAll(
          db,
          sql: """
            EXPLAIN QUERY PLAN SELECT received_at, instance FROM \(table) WHERE origin = 1
              AND client = 'live' AND received_at >= 0 ORDER BY 1 DESC
            """, adapter: SuffixRowAdapter(fromIndex: 3))
        #expect(whole.allSatisfy { $0.contains("COVERING INDEX \(table)_live") }, "\(whole)")
      }
    }
  }
}
