import GRDB

/// When the hub itself ran: what it could not hear is nobody's outage.
extension HubStore {
  /// How often it is noted that the hub runs, in seconds.
  static let runInterval = 15.0
  /// So many runs are remembered.
  static let runLimit = 1_000

  /// - Returns: the number of the run.
  func beginRun(at now: Double) async throws -> Int64 {
    try await database.write { db in
      try db.execute(
        sql: "INSERT INTO hub_run (started_at, seen_at) VALUES (?, ?)", arguments: [now, now])
      let run = db.lastInsertedRowID
      try db.execute(
        sql: "DELETE FROM hub_run WHERE id <= ?", arguments: [run - Int64(Self.runLimit)])
      return run
    }
  }

  /// Whoever else looks into the file finds the roll-ups no older than that.
  func continueRun(_ run: Int64, at now: Double) async throws {
    try await writing { db in
      try RollingUp.catchUp(db)
      try db.execute(
        sql: "UPDATE hub_run SET seen_at = max(seen_at, ?) WHERE id = ?", arguments: [now, run])
    }
  }

  /// When no hub ran between two that did, in order.
  ///
  /// Of runs that overlap, as of two hubs with one database, the times of both count.
  static func unwatched(_ db: Database) throws -> [Range<Double>] {
    var spans: [Range<Double>] = []
    var seen: Double?
    let rows = try Row.fetchCursor(
      db, sql: "SELECT started_at, seen_at FROM hub_run ORDER BY started_at, id")
    while let row = try rows.next() {
      let (start, end): (Double, Double) = (row["started_at"], row["seen_at"])
      if let seen, start > seen { spans.append(seen..<start) }
      seen = max(seen ?? end, end)
    }
    return spans
  }
}
