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
}

extension OutboxDatabase {
  /// How many runs are kept: two years of nightly ones.
  package static let runLimit = 1_000

  /// Records that a run has begun, and forgets the oldest beyond `runLimit`.
  /// - Returns: the run's id.
  package func startRun(command: String, at time: Int64) throws(OutboxError) -> Int64 {
    try transaction { database in
      try database.execute(
        sql: "INSERT INTO run (command, started_at) VALUES (?, ?)", arguments: [command, time])
      let id = database.lastInsertedRowID
      try database.execute(
        sql: "DELETE FROM run WHERE id <= ?", arguments: [id - Int64(Self.runLimit)])
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
      try update(totals, ofRun: id, in: database)
      try database.execute(
        sql: "UPDATE run SET finished_at = ?, exit_status = ? WHERE id = ?",
        arguments: [time, exitStatus, id])
    }
  }

  /// The latest runs, at most `limit`, latest first.
  package func lastRuns(limit: Int) throws(OutboxError) -> [RecordedRun] {
    try reading { database in
      let sql = "SELECT * FROM run ORDER BY id DESC LIMIT ?"
      return try Row.fetchAll(database, sql: sql, arguments: [limit]).map {
        RecordedRun(
          id: try $0.value("id"), command: try $0.value("command"),
          startedAt: try $0.value("started_at"),
          finishedAt: try $0.value("finished_at"), wasKilled: try $0.value("was_killed"),
          exitStatus: try $0.value("exit_status"), totals: try RunTotals($0))
      }
    }
  }
}

extension RunTotals {
  fileprivate init(_ row: Row) throws(OutboxError) {
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
func update(_ totals: RunTotals, ofRun id: Int64, in database: Database) throws {
  try database.cachedStatement(
    sql: """
      UPDATE run SET bytes_read = ?, lines_read = ?, lines_tallied = ?, requests = ?,
        messages_queued = ?, messages_delivered = ?, messages_set_aside = ? WHERE id = ?
      """
  ).execute(arguments: [
    totals.bytesRead, totals.linesRead, totals.linesTallied, totals.requests,
    totals.messagesQueued, totals.messagesDelivered, totals.messagesSetAside, id,
  ])
}
