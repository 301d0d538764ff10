import Addressing
import GRDB
import Testing

@testable import Outbox

struct ReportedConsumersTests {
  let state: TemporaryState

  init() throws { state = try TemporaryState() }

  @Test func `what was reported of a consumer is remembered for its app`() throws {
    let outbox = try state.open()
    let latest = ReportedConsumer(name: "Acme", group: nil)
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.remember(ReportedConsumer(name: "Old", group: "g"), as: "acme", of: .shop)
    try checkpoint.remember(latest, as: "acme", of: .shop)
    try checkpoint.remember(ReportedConsumer(name: nil, group: "g"), as: "acme", of: .blog)
    #expect(try outbox.consumers(of: .shop).isEmpty)
    try checkpoint.commit()
    #expect(try outbox.consumers(of: .shop) == ["acme": latest])
    #expect(try outbox.consumers(of: .blog) == ["acme": ReportedConsumer(name: nil, group: "g")])
  }

  @Test func `a database of the first version gets the table, and keeps what it has`() throws {
    _ = try StateLock.acquire(in: state.directory)
    let older = try DatabaseQueue(path: state.databasePath)
    try outboxMigrator().migrate(older, upTo: "1 ledger and queue")
    try older.write {
      try $0.execute(sql: "INSERT INTO app (client_id, env) VALUES ('a', 'b')")
    }
    try older.close()
    let outbox = try state.open()
    #expect(try outbox.consumers(of: .shop).isEmpty)
    #expect(try state.countFromOutside("app") == 1)
    #expect(try state.countFromOutside("consumer") == 0)
  }

  @Test func `a message is known by its uuid as long as it is in the queue`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1, kind: .log)])
    func isQueued() throws -> Bool {
      let checkpoint = try outbox.beginCheckpoint()
      defer { checkpoint.rollback() }
      return try checkpoint.isQueued("message-prod-1")
    }
    #expect(try isQueued())
    try outbox.settle([Settlement(ids[0], .dropped, at: 1)])
    #expect(try !isQueued())
    #expect(try outbox.deliveredCounts().isEmpty && outbox.waitingIDs().isEmpty)
  }
}
