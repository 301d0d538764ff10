import GRDB

/// Brings the roll-ups up to the numbers.
///
/// Not with each message: its items change as many rows of roll-ups, nearly each on another page, and a page is
/// what a transaction writes. So the numbers of many messages are added up first, when enough of them wait or
/// somebody asks. Those that wait are the rows beyond the last that was added (`rolled_up`): nothing is lost
/// where the process ends before that, and nothing counts twice where two hubs have one database.
enum RollingUp {
  /// So many items wait at most. Adding them up takes a tenth of a second and some 20 MB; with fewer there are more
  /// consumers' days to write for each.
  static let waitingLimit = 100_000

  static func isWaiting(_ db: Database) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT (SELECT max(id) FROM numbers) > through FROM rolled_up")
    return try Bool.fetchOne(statement) ?? false
  }

  /// Adds what waits, in the open transaction.
  static func catchUp(_ db: Database) throws {
    guard try isWaiting(db),
      let through = try Int64.fetchOne(db, sql: "SELECT through FROM rolled_up")
    else { return }
    try add(numbersAfter: through, to: db)
    try markAll(db)
  }

  /// Notes that nothing waits: to be called when rows were removed, whose ids will be given again.
  static func markAll(_ db: Database) throws {
    try db.execute(sql: "UPDATE rolled_up SET through = (SELECT coalesce(max(id), 0) FROM numbers)")
  }

  private struct Sender: Hashable {
    var origin: Int64
    var client: String
  }

  /// - Parameter client: where a row says who has sent it; `''` for tables that do not know.
  static func add(numbersAfter id: Int64, client: String = "client", to db: Database) throws {
    let select = try RawStatement(
      "SELECT origin, bucket, items, \(client) FROM numbers WHERE id > ? ORDER BY id", db)
    defer { select.reset() }
    select.bind(id, at: 1)
    var rollups: [Sender: Rollups] = [:]
    var count = 0
    var item = PackedItem()
    while try select.step(db) {
      let sender = Sender(origin: select.integer(0), client: select.text(3))
      let bucket = select.integer(1)
      select.withBlob(2) { bytes in
        var cursor = PackedCursor()
        while !cursor.isAtEnd(of: bytes) {
          item.read(&cursor, bytes, wantsBins: true)
          rollups[sender, default: Rollups()].add(item, bucket: bucket)
          count += 1
        }
      }
      guard count >= waitingLimit else { continue }
      try write(rollups, to: db)
      rollups = [:]
      count = 0
    }
    try write(rollups, to: db)
  }

  private static func write(_ rollups: [Sender: Rollups], to db: Database) throws {
    for (sender, rollups) in rollups {
      try rollups.write(
        from: sender.origin, HubStore.Client(rawValue: sender.client), to: db)
    }
  }
}
