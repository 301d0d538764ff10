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
    (AppKey?.none, [0, 1, 2, 3]), (.shop, [0, 1]), (.blog, [2, 3]),
    (AppKey(clientID: "nobody", env: "prod"), []),
  ])
  func `a batch can be of one app`(app: AppKey?, expected: [Int]) throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([
      .sample(0), .sample(1, kind: .log), .sample(2, of: .blog), .sample(3, of: .blog),
    ])
    let batch = try outbox.nextBatch(after: 0, count: 9, bytes: 999, of: app)
    #expect(batch.map(\.id) == expected.map { ids[$0] })
  }

  @Test(arguments: [AppKey?.none, .shop])
  func `a batch is found through an index and not sorted`(app: AppKey?) throws {
    let outbox = try state.open()
    try outbox.enqueue((0..<100).map { .sample($0) })
    let arguments: StatementArguments =
      app.map { [Int64(0), $0.clientID, $0.env] } ?? [Int64(0)]
    let plan = try outbox.reading { database in
      try Row.fetchAll(
        database, sql: "EXPLAIN QUERY PLAN " + waitingRowsSQL(of: app),
        arguments: arguments
      ).map { $0["detail"] as String }
    }
    #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    #expect(plan.contains { $0.contains("message USING INDEX message_by") }, "\(plan)")
  }

  @Test func `delivered messages leave, and are counted by app and kind`() throws {
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
        DeliveredCount(app: .blog, kind: .sync, count: 1, lastAt: 40),
        DeliveredCount(app: .shop, kind: .startup, count: 1, lastAt: 40),
        DeliveredCount(app: .shop, kind: .sync, count: 2, lastAt: 40),
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
      try outbox.listSetAside(limit: 1) == [
        SetAsideMessage(
          id: ids[0], app: .shop, kind: .sync, uuid: "message-prod-1", bodySize: 20,
          reason: "field `path` is missing", setAsideAt: 77)
      ])

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
    #expect(try outbox.nextBatch(after: 0, count: 1, bytes: 1).map(\.failedAttempts) == [3])
    let error = try state.lookFromOutside {
      try String.fetchOne($0, sql: "SELECT last_error FROM message")
    }
    #expect(error?.count == Settlement.textLimit)
  }

  @Test func `an app's messages can be dropped`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1), .sample(2, of: .blog), .sample(3, of: .blog)])
    try outbox.setAside(ids[1], reason: "no", at: 1)
    #expect(try outbox.discardMessages(of: .blog) == 2)
    #expect(try outbox.waitingIDs() == [ids[0]])
    #expect(try state.bodyFiles() == ["1"])
    #expect(try outbox.discardMessages(of: .shop) == 1)
    #expect(try state.bodyFiles() == [])
  }
}
