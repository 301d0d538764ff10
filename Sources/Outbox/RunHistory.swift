package import Addressing
internal import GRDB

/// What a run has done so far.
package struct RunTotals: Equatable, Sendable {
  package var bytesRead = 0
  package var linesRead = 0
  package var linesTallied = 0
  package var requests = 0
  package var messagesQueued = 0
  package var messagesDelivered = 0
  package var messagesSetAside = 0

  package init() {}
}

/// A run of the program that touched the database. Times are nanoseconds since 1970.
package struct RecordedRun: Equatable, Sendable {
  package var id: Int64
  package var command: String
  package var startedAt: Int64
  /// Nil while it runs, and for ever if it was killed.
  package var finishedAt: Int64?
  /// Whether it is known to have ended without saying so. That is noted when the next run opens the
  /// database; until then only the state directory's lock tells a killed run from one at work.
  package var wasKilled: Bool
  package var exitStatus: Int32?
  package var totals: RunTotals
  /// Whom it counted for; nil of runs that an older version recorded.
  package var app: App?
  /// The size of all that it reads; nil if that is not known, as of a pipe.
  package var bytesTotal: Int?
  /// When its totals were brought up to date the last time; nil before the first checkpoint.
  package var checkpointedAt: Int64?
}

extension OutboxDatabase {
  /// How many runs are kept: two years of nightly ones.
  package static let runLimit = 1_000

  /// Records that a run has begun, and forgets the oldest beyond `runLimit`, except the last import of
  /// each app.
  ///
  /// - Parameters:
  ///   - app: whom it counts for.
  ///   - bytesTotal: the size of all that it reads; nil if that is not known.
  /// - Returns: the run's id.
  package func startRun(
    command: String, of app: App? = nil, bytesTotal: Int? = nil, at time: Int64
  ) throws(OutboxError) -> Int64 {
    try transaction { database in
      let appID = try app.map { try findOrInsert($0, in: database) }
      try database.execute(
        sql: "INSERT INTO run (command, started_at, app_id, bytes_total) VALUES (?, ?, ?, ?)",
        arguments: [command, time, appID, bytesTotal])
      let id = database.lastInsertedRowID
      try database.execute(
        sql: """
          DELETE FROM run WHERE id <= ? AND id NOT IN (
            SELECT max(id) FROM run WHERE app_id IS NOT NULL AND command LIKE '%import'
            GROUP BY app_id)
          """,
        arguments: [id - Int64(Self.runLimit)])
      return id
    }
  }

  /// Notes that the runs that have not ended were killed: the caller holds the lock of the state
  /// directory, so no other run is at work.
  static func noteKilledRuns(in database: Database) throws {
    try database.execute(
      sql: "UPDATE run SET was_killed = 1 WHERE finished_at IS NULL AND was_killed = 0")
  }

  /// Records how a run ended.
  package func finishRun(
    _ id: Int64, exitStatus: Int32, totals: RunTotals, at time: Int64
  ) throws(OutboxError) {
    try transaction { database in
      try update(totals, ofRun: id, at: time, in: database)
      try database.execute(
        sql: "UPDATE run SET finished_at = ?, exit_status = ? WHERE id = ?",
        arguments: [time, exitStatus, id])
    }
  }

  /// The latest runs, at most `limit`, latest first.
  package func lastRuns(limit: Int) throws(OutboxError) -> [RecordedRun] {
    try reading { database in
      let sql = "\(RecordedRun.query) ORDER BY run.id DESC LIMIT ?"
      return try Row.fetchAll(database, sql: sql, arguments: [limit]).map { try RecordedRun($0) }
    }
  }
}

extension RunTotals {
  init(_ row: Row) throws(OutboxError) {
    bytesRead = try row.value("bytes_read")
    linesRead = try row.value("lines_read")
    linesTallied = try row.value("lines_tallied")
    requests = try row.value("requests")
    messagesQueued = try row.value("messages_queued")
    messagesDelivered = try row.value("messages_delivered")
    messagesSetAside = try row.value("messages_set_aside")
  }
}

/// Writes a run's totals in the open transaction.
func update(
  _ totals: RunTotals, ofRun id: Int64, at time: Int64, in database: Database
) throws {
  try database.cachedStatement(
    sql: """
      UPDATE run SET bytes_read = ?, lines_read = ?, lines_tallied = ?, requests = ?,
        messages_queued = ?, messages_delivered = ?, messages_set_aside = ?,
        checkpointed_at = ? WHERE id = ?
      """
  ).execute(arguments: [
    totals.bytesRead, totals.linesRead, totals.linesTallied, totals.requests,
    totals.messagesQueued, totals.messagesDelivered, totals.messagesSetAside, time, id,
  ])
}
