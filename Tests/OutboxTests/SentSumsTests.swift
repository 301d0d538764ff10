import Addressing
import Foundation
import GRDB
import Testing

@testable import Outbox

struct SentSumsTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  private static let day: Int64 = 20_000

  /// One request of an endpoint and consumer in an hour of a day.
  private func rows(
    hour: Int64 = day * 24, path: String = "/", consumer: String? = nil, requests: Int64 = 1
  ) -> TrafficRows {
    var rows = TrafficRows()
    rows.endpoints = [("GET", path)]
    rows.consumers = consumer.map { [$0] } ?? []
    rows.hours = [
      .init(
        hour: hour, endpoint: 0, status: 200,
        sum: TrafficSum(requests: requests, received: 10 * requests, sent: 100 * requests))
    ]
    rows.days = [.init(day: hour / 24, consumer: consumer.map { _ in 0 }, requests: requests)]
    return rows
  }

  private func sums(
    path: String = "/", consumer: String? = nil, _ requests: Int64
  ) -> TrafficSums {
    var sums = TrafficSums()
    sums.add(
      TrafficSum(requests: requests, received: 10 * requests, sent: 100 * requests),
      at: Self.day * 86_400, consumer: consumer, method: "GET", path: path, status: 200)
    return sums
  }

  private func add(
    _ rows: TrafficRows, to outbox: OutboxDatabase, app: App = .shop, at time: Int64 = 1
  ) throws {
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.add(rows, of: app, at: time)
    try checkpoint.commit()
  }

  @Test func `sums of several runs and apps are added up, each for itself`() throws {
    let outbox = try state.open()
    for _ in 1...2 { try add(rows(consumer: "acme", requests: 3), to: outbox) }
    try add(rows(path: "/é"), to: outbox)
    try add(rows(path: "/e\u{301}"), to: outbox)
    try add(rows(requests: 9), to: outbox, app: .blog)
    let days = Self.day..<Self.day + 1
    var expected = sums(consumer: "acme", 6)
    expected += sums(path: "/é", 1)
    expected += sums(path: "/e\u{301}", 1)
    #expect(try outbox.sentSums(of: .shop, days: days) == expected)
    #expect(try outbox.sentSums(of: .blog, days: days) == sums(9))
    #expect(try outbox.sentSums(of: .shop, days: 0..<Self.day).isEmpty)
    #expect(
      try outbox.sentDays(of: .shop) == [SentDay(day: Self.day, isWhole: true, count: 5)])
  }

  @Test func `what is rolled back is not in the sums`() throws {
    let outbox = try state.open()
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.add(rows(), of: .shop, at: 1)
    checkpoint.rollback()
    #expect(try outbox.sentDays(of: .shop).isEmpty)
  }

  @Test func `sums of sizes stop at the largest number`() throws {
    let outbox = try state.open()
    for _ in 1...3 {
      var rows = rows()
      rows.hours[0].sum = TrafficSum(requests: 1, received: .max - 1, sent: .max)
      try add(rows, to: outbox)
    }
    let sum = try outbox.sentSums(of: .shop, days: Self.day..<Self.day + 1).endpoints.values
    #expect(Array(sum) == [TrafficSum(requests: 3, received: .max, sent: .max)])
  }

  @Test func `sums are forgotten, the day is not`() throws {
    let outbox = try state.open()
    try add(rows(consumer: "old"), to: outbox, at: 1)
    try add(rows(hour: (Self.day + 1) * 24, consumer: "new"), to: outbox, at: 1_000)
    try outbox.forgetOldSums(at: 1 + OutboxDatabase.sumsAreKept)
    #expect(try outbox.sentDays(of: .shop).allSatisfy(\.isWhole))
    try outbox.forgetOldSums(at: 2 + OutboxDatabase.sumsAreKept)
    let forgotten = SentDay(day: Self.day, isWhole: false, count: 0)
    let kept = SentDay(day: Self.day + 1, isWhole: true, count: 2)
    #expect(try outbox.sentDays(of: .shop) == [forgotten, kept])
    #expect(try state.countFromOutside("sent_consumer") == 1)
    // A late message does not make a day whole again.
    try add(rows(), to: outbox, at: 2_000)
    #expect(try outbox.sentDays(of: .shop).map(\.isWhole) == [false, true])
  }

  @Test func `messages in the queue are handed out with their state, and dropped ones taken off`()
    throws
  {
    let outbox = try state.open()
    try add(rows(consumer: "acme", requests: 5), to: outbox)
    let ids = try outbox.enqueue([.sample(1), .sample(2), .sample(3, kind: .log), .sample(4)])
    try outbox.settle([
      Settlement(ids[1], .uncertain(reason: "late"), at: 1),
      Settlement(ids[3], .acknowledged, at: 1),
    ])
    var seen: [Bool] = []
    try outbox.forEachSummedMessage(of: .shop) { message in
      #expect(!message.isDamaged && !message.body.isEmpty)
      seen.append(message.isUncertain)
      return true
    }
    #expect(seen == [false, true])
    let dropped = try outbox.discardMessages(
      .all([.waiting]), of: .shop, forgetting: [], counting: { _, _ in sums(consumer: "acme", 2) })
    #expect(dropped == 2)
    #expect(
      try outbox.sentSums(of: .shop, days: Self.day..<Self.day + 1)
        == sums(consumer: "acme", 3))
  }

  @Test func `days that an earlier version has imported are not whole`() throws {
    try state.open().close()
    try state.lookFromOutside { database in
      try database.execute(
        sql: """
          DROP TABLE sent_endpoint; DROP TABLE sent_consumer; DROP TABLE sent_hour;
          DROP TABLE sent_consumer_day; DROP TABLE sent_day;
          ALTER TABLE message DROP COLUMN is_summed;
          DELETE FROM grdb_migrations WHERE identifier LIKE '12 %';
          INSERT INTO app (id, client_id, env) VALUES (1, '\(App.shop.clientID)', 'prod'),
            (2, '\(App.blog.clientID)', 'dev');
          """)
      // Spans of days that overlap, lie within each other and are apart; one without a request.
      let spans: [(Int64, Int64?, Int64?)] = [
        (1, 10, 12), (1, 11, 11), (1, 12, 13), (1, 20, 20), (2, 12, 12), (1, nil, nil),
        (2, 106_750, 106_750),
      ]
      for (app, first, last) in spans {
        try database.execute(
          sql: """
            INSERT INTO source (app_id, target, name, position_bytes, position_lines, check_hash,
              check_length, last_path, first_request_at, last_request_at, line_count,
              request_count, first_imported_at, last_imported_at)
            VALUES (?, 'hub', 'n', 0, 0, x'00', 0, '', ?, ?, 0, 0, 0, 0)
            """,
          arguments: [
            app, first.map { $0 * 86_400_000_000_000 + 7 },
            last.map { $0 * 86_400_000_000_000 + 86_399_000_000_000 },
          ])
      }
    }
    let outbox = try state.open()
    let days = try outbox.sentDays(of: .shop)
    #expect(days.map(\.day) == [10, 11, 12, 13, 20])
    #expect(days.allSatisfy { !$0.isWhole && $0.count == 0 })
    #expect(try outbox.sentDays(of: .blog).map(\.day) == [12, 106_750])
  }
}
