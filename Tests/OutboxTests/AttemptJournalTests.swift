import Addressing
import Foundation
import GRDB
import Testing

@testable import Outbox

struct AttemptJournalTests {
  let state: TemporaryState

  init() throws { state = try TemporaryState() }

  /// What a run finds after this one was killed: its files as they are now.
  private func afterCrash<Value>(_ body: (OutboxDatabase) throws -> Value) throws -> Value {
    let copy = try TemporaryState()
    try FileManager.default.copyItem(atPath: state.directory, toPath: copy.directory)
    let outbox = try copy.open()
    defer { try? outbox.close() }
    return try body(outbox)
  }

  private func uncertainSince(_ outbox: OutboxDatabase) throws -> [Int64?] {
    try outbox.nextBatch(after: 0, count: 99, bytes: .max).map(\.uncertainSince)
  }

  private var journal: String { state.directory + "/attempts" }

  @Test(arguments: [false, true])
  func `a crash forgets no attempt, also while a checkpoint is open`(isOpen: Bool) throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue((0..<3).map { .sample($0) })
    let checkpoint = isOpen ? try outbox.beginCheckpoint() : nil
    try checkpoint?.enqueue(.sample(4))
    try outbox.noteAttempts(of: [ids[0], ids[1]], at: 77)
    #expect(try uncertainSince(outbox) == [77, 77, nil])
    #expect(try afterCrash(uncertainSince) == [77, 77, nil])
    // What became of them comes to the disk with the checkpoint.
    try outbox.settle([
      Settlement(ids[0], .attempted(error: "no answer", isUncertain: true), at: 78),
      Settlement(ids[1], .attempted(error: "connection refused", isUncertain: false), at: 78),
    ])
    #expect(try uncertainSince(outbox) == [77, nil, nil])
    try checkpoint?.commit()
    #expect(try uncertainSince(outbox) == [77, nil, nil] + (isOpen ? [nil] : []))
    #expect(readFile(journal) == [])
    #expect(try afterCrash(uncertainSince).prefix(2) == [77, nil])
    try outbox.close()
  }

  @Test func `a checkpoint that is rolled back takes no note with it`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1), .sample(2)])
    let checkpoint = try outbox.beginCheckpoint()
    try outbox.noteAttempts(of: [ids[0]], at: 77)
    // So many that they are written into the checkpoint.
    try outbox.settle(
      (0...OutboxDatabase.settlementLimit).map { Settlement(Int64($0 + 1_000), .dropped, at: 1) })
    checkpoint.rollback()
    #expect(try uncertainSince(outbox) == [77, nil])
    #expect(try afterCrash(uncertainSince) == [77, nil])
    try outbox.close()
  }

  @Test func `attempts that were not made are taken back, and others keep their first time`() throws
  {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1), .sample(2)])
    try outbox.noteAttempts(of: ids, at: 77)
    try outbox.settle([
      Settlement(ids[0], .notAttempted, at: 78),
      Settlement(ids[1], .attempted(error: "no answer", isUncertain: true), at: 78),
    ])
    try outbox.close()
    let later = try state.open()
    #expect(try uncertainSince(later) == [nil, 77])
    try later.close()
  }

  @Test func `a note that was cut off is of an attempt that was not made`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1), .sample(2)])
    try outbox.close()
    try writeFile(journal, Array("\(ids[0]) 77\n\(ids[1]) 7".utf8))
    let later = try state.open()
    #expect(try uncertainSince(later) == [77, nil])
    // One of an earlier run stands.
    try writeFile(journal, Array("\(ids[0]) 99\n\(ids[1]) 99\nnonsense\n".utf8))
    try later.close()
  }

  @Test func `what is uncertain is listed apart, dropped, or sent again as if for the first time`()
    throws
  {
    let outbox = try state.open()
    let checkpoint = try outbox.beginCheckpoint()
    let ids = try [NewMessage.sample(1, kind: .startup), .sample(2), .sample(3)].map {
      try checkpoint.enqueue($0)
    }
    try checkpoint.set("digest", forKey: startupDigestKey, of: .shop)
    try checkpoint.commit()
    try outbox.noteAttempts(of: ids, at: 5)
    try outbox.settle([
      Settlement(ids[1], .uncertain(reason: "perhaps"), at: 9),
      Settlement(ids[2], .setAside(reason: "no"), at: 9),
    ])
    #expect(
      try outbox.queueCounts() == [QueueCounts(app: .shop, waiting: 1, setAside: 1, uncertain: 1)])
    #expect(try outbox.listMessages(.uncertain, limit: 9).map(\.error) == ["perhaps"])
    #expect(try outbox.listMessages(.setAside, limit: 9).map(\.id) == [ids[2]])
    #expect(try outbox.value(forKey: startupDigestKey, of: .shop) == "digest")
    // The app's routes may not have come to the hub.
    try outbox.settle([Settlement(ids[0], .uncertain(reason: "perhaps"), at: 9)])
    #expect(try outbox.value(forKey: startupDigestKey, of: .shop) == nil)

    #expect(
      try outbox.discardMessages(
        .all([.setAside]), of: .shop, forgetting: [], counting: { _, _ in TrafficSums() }) == 1)
    #expect(try outbox.retrySetAside() == 2)
    #expect(try uncertainSince(outbox) == [nil, nil])
    try outbox.close()
  }

  @Test func `of what an older version has attempted, the time of queueing is known`() throws {
    try FileManager.default.createDirectory(
      atPath: state.directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    let older = try DatabaseQueue(path: state.databasePath)
    try outboxMigrator().migrate(older, upTo: "5 hubs and parts of sources")
    try older.write { database in
      try database.execute(sql: "INSERT INTO app (id, client_id, env) VALUES (1, 'a', 'b')")
      let errors: [String?] = [
        nil, "connection refused", "no answer in time", "the hub answered 503: busy",
        "the hub answered 500", "the hub answered 429",
      ]
      for (number, error) in errors.enumerated() {
        try database.execute(
          sql: """
            INSERT INTO message (app_id, uuid, kind, path, enqueued_at, attempts, last_error)
            VALUES (1, ?, 'sync', '/', 50, ?, ?)
            """, arguments: ["\(number)", error == nil ? 0 : 1, error])
      }
    }
    try older.close()
    let outbox = try state.open()
    #expect(try uncertainSince(outbox) == [nil, nil, 50, nil, 50, nil])
    try outbox.close()
  }
}
