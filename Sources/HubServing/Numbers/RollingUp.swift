import GRDB
import RawStatements

/// Brings the roll-ups up to the numbers.
///
/// Not with each message: its items change as many rows of roll-ups, nearly each on another page, and a page is
/// what a transaction writes. So the numbers of many messages are added up first, when enough of them wait or
/// somebody asks. Those that wait are the rows beyond the last that was added (`rolled_up`): nothing is lost
/// where the process ends before that, and nothing counts twice where two hubs have one database.
enum RollingUp {
  /// So many items wait at most. Adding them up takes a tenth of a second and some 20 MB; with fewer there are more
  /// consumers' days to write for each.
  static let waitingLimit = 200_000

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

  /// - Parameter client: where a row says who has sent it; `''` for tables that do not know.
  static func add(numbersAfter id: Int64, client: String = "client", to db: Database) throws {
    let select = try RawStatement(
      "SELECT origin, bucket, items, \(client) FROM numbers WHERE id > ? ORDER BY id", db)
    defer { select.reset() }
    select.bind(id, at: 1)
    var isAtEnd = false
    while !isAtEnd {
      var rollups = Rollups()
      isAtEnd = try fill(&rollups, from: select, db)
      try rollups.write(to: db)
    }
  }

  /// Adds rows, up to the limit.
  ///
  /// - Returns: whether that were the last ones.
  private static func fill(
    _ rollups: inout Rollups, from select: RawStatement, _ db: Database
  ) throws -> Bool {
    var count = 0
    while count < waitingLimit {
      guard try select.step(db) else { return true }
      let sender = Rollups.Sender(origin: select.integer(0), client: select.text(3))
      let bucket = select.integer(1)
      count += select.withBlob(2) { rollups.add($0, from: sender, bucket: bucket) }
    }
    return false
  }
}
