package import Addressing
internal import GRDB

// What the history of runs says of each app: whether its last import ended well, and when one did.

/// The last import of an app, and the last one that ended well.
package struct AppRuns: Equatable, Sendable {
  package var app: App
  package var last: RecordedRun
  /// Nanoseconds since 1970; nil if none of those that are remembered did.
  package var lastSuccessAt: Int64?
}

extension OutboxDatabase {
  /// All apps that are known.
  package func apps() throws(OutboxError) -> [App] {
    try reading { database in
      try Row.fetchAll(database, sql: "SELECT * FROM app ORDER BY client_id, env, hub")
        .map(App.init)
    }
  }

  /// What is known of each app's imports, in the order in which the apps became known.
  package func runsByApp() throws(OutboxError) -> [AppRuns] {
    try reading { database in
      let successes = try Row.fetchAll(
        database,
        sql: """
          SELECT app_id, max(finished_at) AS at FROM run
          WHERE exit_status = 0 AND app_id IS NOT NULL AND command LIKE '%import' GROUP BY app_id
          """)
      var times: [Int64: Int64] = [:]
      for row in successes { times[try row.value("app_id")] = try row.value("at") }
      let sql = """
        \(RecordedRun.query) WHERE run.id IN (
          SELECT max(id) FROM run WHERE app_id IS NOT NULL AND command LIKE '%import' GROUP BY app_id)
        ORDER BY run.app_id
        """
      return try Row.fetchAll(database, sql: sql).compactMap { row in
        let run = try RecordedRun(row)
        guard let app = run.app else { return nil }
        return AppRuns(app: app, last: run, lastSuccessAt: times[try row.value("app_id")])
      }
    }
  }
}

extension RecordedRun {
  /// Runs with the columns of their apps.
  static let query = """
    SELECT run.*, app.client_id, app.env, app.hub FROM run LEFT JOIN app ON app.id = run.app_id
    """

  /// - Parameter row: of ``query``.
  init(_ row: Row) throws(OutboxError) {
    let appID: Int64? = try row.value("app_id")
    self.init(
      id: try row.value("id"), command: try row.value("command"),
      startedAt: try row.value("started_at"), finishedAt: try row.value("finished_at"),
      wasKilled: try row.value("was_killed"), exitStatus: try row.value("exit_status"),
      totals: try RunTotals(row), app: appID == nil ? nil : try App(row),
      bytesTotal: try row.value("bytes_total"),
      checkpointedAt: try row.value("checkpointed_at"))
  }
}
