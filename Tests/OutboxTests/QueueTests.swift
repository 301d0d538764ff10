import Addressing
import Foundation
import GRDB
import Testing

@testable import Outbox

struct QueueTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test func `a message comes out as it went in`() throws {
    let outbox = try state.open()
    let messages: [NewMessage] = [
      .sample(1, kind: .startup), .sample(2), .sample(3, kind: .log, of: .blog),
    ]
    let ids = try outbox.enqueue(messages)
    let batch = try outbox.nextBatch(after: 0, count: 10, bytes: 1_000)
    #expect(batch.map(\.id) == ids)
    #expect(batch.map(\.message) == messages)
    #expect(ids == ids.sorted())
  }

  @Test func `an envelope of another protocol is kept as it is`() throws {
    let outbox = try state.open()
    var message = NewMessage.sample(1)
    message.envelope = Envelope(
      path: "/v1/metrics",
      headers: [.contentType("application/x-protobuf"), .init("Content-Encoding", "gzip")],
      goesFirst: true, isDroppable: true)
    try outbox.enqueue([message])
    #expect(try outbox.nextBatch(after: 0, count: 1, bytes: 1).map(\.message) == [message])
  }

  /// The queue of backtally 0.1.0, which knew a message's headers and rank by its kind.
  @Test func `what the version before has queued is delivered as it was meant`() throws {
    _ = try StateLock.acquire(in: state.directory)
    let older = try DatabaseQueue(path: state.databasePath)
    try outboxMigrator().migrate(older, upTo: "3 bodies in files")
    let messages: [NewMessage] = [
      .sample(1, kind: .startup), .sample(2), .sample(3, kind: .log),
    ]
    let bodies = messages.map(\.body)
    try FileManager.default.createDirectory(
      atPath: state.directory + "/bodies", withIntermediateDirectories: true)
    try writeFile(state.directory + "/bodies/1", Array(bodies.joined()))
    try older.write { database in
      try database.execute(
        sql: "INSERT INTO app (client_id, env) VALUES (?, ?)",
        arguments: [App.shop.clientID, App.shop.environment])
      var offset = 0
      for message in messages {
        try database.execute(
          sql: """
            INSERT INTO message (app_id, uuid, kind, path, query, enqueued_at, body_file,
              body_offset, body_length) VALUES (1, ?, ?, ?, ?, ?, 1, ?, ?)
            """,
          arguments: [
            message.uuid, message.kind.rawValue, message.envelope.path, message.envelope.query,
            message.enqueuedAt, offset, message.body.count,
          ])
        offset += message.body.count
      }
      try database.execute(
        sql: "INSERT INTO body_file (id, first_message, last_message) VALUES (1, 1, 3)")
      try database.execute(sql: "INSERT INTO run (command, started_at) VALUES ('import', 1)")
    }
    try older.close()

    let outbox = try state.open()
    #expect(try outbox.nextBatch(after: 0, count: 9, bytes: 999).map(\.message) == messages)
    #expect(try outbox.lastRuns(limit: 9).map(\.wasKilled) == [true])
    try outbox.acknowledge([1, 2, 3], at: 1)
    #expect(try state.bodyFiles() == [])
  }

  @Test func `a body may hold any bytes, or none`() throws {
    let outbox = try state.open()
    var gzip = NewMessage.sample(1, kind: .log)
    gzip.body = [0x1F, 0x8B, 0, 0xFF]
    var empty = NewMessage.sample(2)
    empty.body = []
    try outbox.enqueue([gzip, empty])
    let batch = try outbox.nextBatch(after: 0, count: 2, bytes: 100)
    #expect(batch.map(\.message.body) == [gzip.body, []])
  }

  @Test func `ten thousand messages are walked through in bounded batches`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue((0..<10_000).map { .sample($0, size: 100 + $0 % 50) })
    var seen: [Int64] = []
    while true {
      let batch = try outbox.nextBatch(after: seen.last ?? 0, count: 64, bytes: 4_000)
      if batch.isEmpty { break }
      #expect(batch.count <= 64)
      #expect(batch.map(\.message.body.count).reduce(0, +) <= 4_000)
      seen += batch.map(\.id)
      if seen.count % 3 == 0 { try outbox.acknowledge(batch.map(\.id), at: 1) }
    }
    #expect(seen == ids)
  }

  @Test func `a body over the byte limit comes alone`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1, size: 5_000), .sample(2), .sample(3)])
    #expect(try outbox.nextBatch(after: 0, count: 9, bytes: 100).map(\.id) == [ids[0]])
    #expect(try outbox.nextBatch(after: ids[0], count: 9, bytes: 40).map(\.id) == Array(ids[1...]))
  }

  @Test(arguments: [
    (App?.none, [0, 1, 2, 3]), (.shop, [0, 1]), (.blog, [2, 3]),
    (App(clientID: "nobody", environment: "prod"), []),
  ])
  func `a batch can be of one app`(app: App?, expected: [Int]) throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([
      .sample(0), .sample(1, kind: .log), .sample(2, of: .blog), .sample(3, of: .blog),
    ])
    let batch = try outbox.nextBatch(after: 0, count: 9, bytes: 999, of: app)
    #expect(batch.map(\.id) == expected.map { ids[$0] })
  }

  @Test(arguments: [App?.none, .shop])
  func `a batch is found through an index and not sorted`(app: App?) throws {
    let outbox = try state.open()
    try outbox.enqueue((0..<100).map { .sample($0) })
    let arguments: StatementArguments =
      app.map { [Int64(0), $0.clientID, $0.environment, $0.hub] } ?? [Int64(0)]
    let plan = try outbox.reading { database in
      try Row.fetchAll(
        database, sql: "EXPLAIN QUERY PLAN " + waitingRowsSQL(of: app),
        arguments: arguments
      ).map { $0["detail"] as String }
    }
    #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    #expect(plan.contains { $0.contains("message USING INDEX message_by") }, "\(plan)")
  }

  @Test func `delivered messages leave, and are counted by app`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([
      .sample(1, kind: .startup), .sample(2), .sample(3), .sample(4, of: .blog), .sample(5),
    ])
    try outbox.acknowledge([ids[0], ids[1], ids[3]], at: 40)
    try outbox.acknowledge([ids[2], ids[2], 999], at: 30)

    #expect(try outbox.waitingIDs() == [ids[4]])
    #expect(try state.countFromOutside("message") == 1)
    #expect(
      try outbox.deliveredCounts() == [
        DeliveredCount(app: .blog, count: 1), DeliveredCount(app: .shop, count: 3),
      ])
  }

  @Test func `what is set aside is listed with its reason, and returns to its place`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1), .sample(2, of: .blog), .sample(3)])
    try outbox.setAside(ids[0], reason: "field `path` is missing", at: 77)
    try outbox.setAside(ids[1], reason: "too large", at: 78)

    #expect(try outbox.waitingIDs() == [ids[2]])
    #expect(
      try outbox.queueCounts() == [
        QueueCounts(app: .blog, waiting: 0, setAside: 1),
        QueueCounts(app: .shop, waiting: 1, setAside: 1),
      ])
    #expect(
      try outbox.listMessages(.setAside, limit: 1) == [
        ListedMessage(
          id: ids[0], app: .shop, kind: .sync, state: .setAside, bodySize: 20, enqueuedAt: 1,
          failedAttempts: 1, error: "field `path` is missing")
      ])
    #expect(
      try outbox.listMessages(.waiting, limit: 9) == [
        ListedMessage(
          id: ids[2], app: .shop, kind: .sync, state: .waiting, bodySize: 20, enqueuedAt: 3,
          failedAttempts: 0, error: nil)
      ])
    #expect(try outbox.listMessages(.setAside, of: .blog, limit: 9).map(\.id) == [ids[1]])
    #expect(try outbox.listMessages(.waiting, of: .blog, limit: 9).isEmpty)

    #expect(try outbox.retrySetAside(of: .shop) == 1)
    #expect(try outbox.waitingIDs() == [ids[0], ids[2]])
    #expect(try outbox.retrySetAside() == 1)
    #expect(try outbox.waitingIDs() == ids)
    #expect(try outbox.retrySetAside() == 0)
  }

  @Test func `attempts are counted, and the last error is cut to its limit`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1)])
    for _ in 0..<3 {
      try outbox.recordAttempt(ids[0], error: String(repeating: "é", count: 9_999), at: 1)
    }
    let listed = try outbox.listMessages(.waiting, limit: 9)
    #expect(listed.map(\.failedAttempts) == [3])
    #expect(listed.first?.error?.count == Settlement.textLimit)
  }

  @Test(arguments: [
    (MessageSelection.all([.waiting]), [1, 2]), (.all([.setAside]), [0, 2]),
    (.all([.waiting, .setAside]), [2]), (.all([]), [0, 1, 2]), (.numbers([2]), [0, 2]),
    (.numbers([1, 2]), [2]),
  ])
  func `of an app's messages those that were chosen are dropped`(
    selection: MessageSelection, left: [Int]
  ) throws {
    let outbox = try state.open()
    let messages: [NewMessage] = [.sample(1, of: .blog), .sample(2, of: .blog), .sample(3)]
    let ids = try messages.map { try outbox.enqueue([$0])[0] }
    #expect(ids == [1, 2, 3])
    try outbox.setAside(ids[1], reason: "no", at: 1)
    #expect(
      try outbox.discardMessages(
        selection, of: .blog, forgetting: [], counting: { _, _ in TrafficSums() }) == 3 - left.count
    )
    let rest = try ListedMessage.State.allCases.flatMap { try outbox.listMessages($0, limit: 9) }
    #expect(rest.map(\.id).sorted() == left.map { ids[$0] })
    // A body goes with its message.
    #expect(try state.bodyFiles() == left.map { String($0 + 1) })
    #expect(try outbox.integrityProblems() == [])
  }

  @Test(arguments: [Set([2, 3]), [99], [1, 2, 3]] as [Set<Int64>])
  func `nothing is dropped if a number is not one of the app's`(numbers: Set<Int64>) throws {
    let outbox = try state.open()
    try outbox.enqueue([.sample(1, of: .blog), .sample(2, of: .blog), .sample(3)])
    #expect(
      try outbox.discardMessages(
        .numbers(numbers), of: .blog, forgetting: [], counting: { _, _ in TrafficSums() }) == nil)
    #expect(try outbox.waitingIDs() == [1, 2, 3])
  }

  @Test func `what was reported in dropped messages is reported again`() throws {
    let outbox = try state.open()
    let checkpoint = try outbox.beginCheckpoint()
    for app in [App.shop, .blog] {
      try checkpoint.enqueue(.sample(1, kind: .startup, of: app))
      try checkpoint.set("digest", forKey: "startup", of: app)
      try checkpoint.set("routes", forKey: "found", of: app)
      try checkpoint.remember(ReportedConsumer(name: "A", group: nil), as: "a", of: app)
    }
    try checkpoint.commit()
    // Nothing is dropped, and so nothing forgotten.
    #expect(
      try outbox.discardMessages(
        .all([.setAside]), of: .blog, forgetting: ["startup"], counting: { _, _ in TrafficSums() })
        == 0)
    #expect(try outbox.consumers(of: .blog).count == 1)
    #expect(
      try outbox.discardMessages(
        .all([.waiting]), of: .blog, forgetting: ["startup"], counting: { _, _ in TrafficSums() })
        == 1)
    #expect(try outbox.consumers(of: .blog).isEmpty)
    #expect(try outbox.value(forKey: "startup", of: .blog) == nil)
    #expect(try outbox.value(forKey: "found", of: .blog) == "routes")
    #expect(try outbox.consumers(of: .shop).count == 1)
    #expect(try outbox.value(forKey: "startup", of: .shop) == "digest")
  }
}
