import Addressing
import GRDB
import Testing

@testable import Outbox

/// A database in which a column holds what it cannot: SQLite keeps no column to its type, so one damaged
/// byte, or somebody's hand, is enough.
struct DamagedValueTests {
  struct Column: Sendable, CustomTestStringConvertible {
    var table: String
    var name: String
    var testDescription: String { "\(table).\(name)" }
  }

  /// Every column of every table, as the schema has them.
  static let columns: [Column] = {
    guard let database = try? DatabaseQueue(), (try? outboxMigrator().migrate(database)) != nil
    else { return [] }
    let rows = try? database.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT list.name AS "table", part.name AS name
          FROM sqlite_master AS list, pragma_table_info(list.name) AS part
          WHERE list.type = 'table' AND list.name NOT LIKE 'sqlite%' AND list.name NOT LIKE 'grdb%'
          """)
    }
    return (rows ?? []).map { Column(table: $0["table"], name: $0["name"]) }
  }()

  @Test func `all columns are tried`() {
    #expect(Self.columns.count > 80)
  }

  /// A row in every table.
  private func fill(_ state: TemporaryState) throws {
    let outbox = try state.open()
    let run = try outbox.startRun(command: "import", at: 1)
    let ids = try outbox.enqueue([.sample(1), .sample(2), .sample(3), .sample(4)])
    try outbox.settle([
      Settlement(ids[1], .setAside(reason: "no"), at: 1),
      Settlement(ids[2], .uncertain(reason: "late"), at: 1),
      Settlement(ids[3], .acknowledged, at: 1),
    ])
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.record(.sample())
    try checkpoint.set("value", forKey: "startup", of: .shop)
    try checkpoint.remember(
      ReportedConsumer(name: "Acme", group: "g"), as: "acme", of: .shop)
    _ = try checkpoint.addPart(ofBucketAt: 60, of: .shop)
    var rows = TrafficRows()
    rows.endpoints = [("GET", "/")]
    rows.consumers = ["acme"]
    rows.hours = [.init(hour: 24, endpoint: 0, status: 200, sum: TrafficSum(requests: 1))]
    rows.days = [.init(day: 1, consumer: 0, requests: 1)]
    try checkpoint.add(rows, of: .shop, at: 1)
    try checkpoint.commit()
    try outbox.finishRun(run, exitStatus: 0, totals: RunTotals(), at: 2)
    try outbox.close()
    try state.lookFromOutside { database in
      try database.execute(
        sql: """
          PRAGMA ignore_check_constraints = 1;
          INSERT INTO body (message_id, bytes) SELECT max(id), x'7b7d' FROM message;
          """)
    }
  }

  /// Reads all that can be read, and counts the errors. None of it may end the process.
  private func readAll(_ state: TemporaryState) -> [OutboxError] {
    var errors: [OutboxError] = []
    func reading(_ body: () throws -> Void) {
      do {
        try body()
      } catch let error as OutboxError {
        errors.append(error)
      } catch {
        Issue.record("an error of another kind: \(error)")
      }
    }
    reading {
      let outbox = try state.open()
      reading { _ = try outbox.allSources() }
      reading { try outbox.forEachSource(of: .shop) { _ in } }
      reading { _ = try outbox.nextBatch(after: 0, count: 9, bytes: 1 << 20) }
      reading { _ = try outbox.queueCounts() }
      reading { _ = try outbox.deliveredCounts() }
      for kind in ListedMessage.State.allCases {
        reading { _ = try outbox.listMessages(kind, limit: 9) }
      }
      reading { _ = try outbox.lastRuns(limit: 9) }
      reading { _ = try outbox.value(forKey: "startup", of: .shop) }
      reading { _ = try outbox.consumers(of: .shop) }
      reading { _ = try outbox.sentDays(of: .shop) }
      reading { _ = try outbox.sentSums(of: .shop, days: 0..<9) }
      reading { try outbox.forEachSummedMessage(of: .shop) { _ in true } }
      reading { _ = try outbox.integrityProblems() }
      reading {
        let checkpoint = try outbox.beginCheckpoint()
        _ = try checkpoint.addPart(ofBucketAt: 60, of: .shop)
        _ = try checkpoint.isQueued("message-prod-1")
        try checkpoint.enqueue(.sample(9))
        try checkpoint.commit()
      }
      reading { try outbox.settle([Settlement(1, .acknowledged, at: 9)]) }
      reading { try outbox.forgetOldSums(at: 1 << 60) }
      reading {
        _ = try outbox.discardMessages(
          .all([.setAside, .uncertain, .waiting]), of: .shop, forgetting: [],
          counting: { _, _ in TrafficSums() })
      }
      reading { try outbox.close() }
    }
    return errors
  }

  /// Texts that no column holds, and numbers where there are to be texts; blobs are neither.
  @Test(arguments: columns, ["x'ff00'", "'four'", "NULL", "-9223372036854775808", "1.5"])
  func `a value of the wrong type is an error, and not the end of the process`(
    column: Column, value: String
  ) throws {
    let state = try TemporaryState()
    try fill(state)
    #expect(readAllOfSound(state) == [])
    let isChanged = try state.lookFromOutside { database in
      try database.execute(
        sql: "PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0")
      // Some cannot be: keys and columns that may not be NULL.
      return
        (try? database.execute(
          sql: "UPDATE \"\(column.table)\" SET \"\(column.name)\" = \(value)")) != nil
    }
    guard isChanged else { return }
    for error in readAll(state) {
      switch error {
      case .corrupt(let detail): #expect(!detail.isEmpty)
      case .other(_, _, let detail): #expect(!detail.isEmpty)
      case .missing, .noSpace, .readOnly, .busy, .olderSchema, .newerSchema, .lockHeld, .notOurs,
        .cannotMake, .system, .otherProtocol:
        Issue.record("\(column) = \(value): \(error)")
      }
    }
  }

  /// Of what is not damaged all can be read; without changing it.
  private func readAllOfSound(_ state: TemporaryState) -> [OutboxError] {
    do {
      let outbox = try state.open()
      _ = try outbox.allSources()
      _ = try outbox.nextBatch(after: 0, count: 9, bytes: 1 << 20)
      _ = try outbox.lastRuns(limit: 9)
      _ = try outbox.sentSums(of: .shop, days: 0..<9)
      try outbox.close()
      return []
    } catch {
      return [(error as? OutboxError) ?? .missing]
    }
  }

  @Test(arguments: [
    ("message", "enqueued_at"), ("source", "position_bytes"), ("run", "lines_read"),
    ("delivered", "count"), ("sent_hour", "requests"),
  ])
  func `the error names the column`(table: String, name: String) throws {
    let state = try TemporaryState()
    try fill(state)
    try state.lookFromOutside { database in
      try database.execute(sql: "UPDATE \(table) SET \(name) = 'four'")
    }
    let details = readAll(state).compactMap { error in
      if case .corrupt(let detail) = error { detail } else { nil }
    }
    // A sum over the column has its name, too.
    #expect(details.contains { $0.contains(name) }, "\(details)")
  }
}
