package import Addressing
internal import GRDB

// What is remembered for an app beside its sources, under a key: the digest of the startup message
// last queued, and the like. Written through a checkpoint, so that it moves with what it is about.

/// The key of the digest of the startup message last queued for an app.
package let startupDigestKey = "startup-digest"

extension OutboxDatabase {
  /// The value under `key`, or nil.
  package func value(forKey key: String, of app: App) throws(OutboxError) -> String? {
    try reading { database in
      let sql = """
        SELECT value FROM key_value JOIN app ON app.id = key_value.app_id
        WHERE \(appCondition) AND key = ?
        """
      return try String.fetchOne(
        database, sql: sql, arguments: app.arguments + [key])
    }
  }
}

/// Writes a value in the open transaction.
func store(_ value: String, forKey key: String, appID: Int64, in database: Database) throws {
  try database.cachedStatement(
    sql: "INSERT OR REPLACE INTO key_value (app_id, key, value) VALUES (?, ?, ?)"
  ).execute(arguments: [appID, key, value])
}

/// The row of an app, made if it is missing, in the open transaction.
func findOrInsert(_ app: App, in database: Database) throws -> Int64 {
  let select = "SELECT id FROM app WHERE \(appCondition)"
  if let id = try Int64.fetchOne(database, sql: select, arguments: app.arguments) { return id }
  try database.execute(
    sql: "INSERT INTO app (client_id, env, hub) VALUES (?, ?, ?)", arguments: app.arguments)
  return database.lastInsertedRowID
}

extension OutboxDatabase {
  /// Takes over, for `app`, what a version has recorded that did not know which hub it was for: the
  /// first hub that is named has it. No checkpoint may be open.
  package func adopt(_ app: App) throws(OutboxError) {
    try transaction { database in
      try database.execute(
        sql: """
          UPDATE app SET hub = ? WHERE client_id = ? AND env = ? AND hub = ''
            AND NOT EXISTS (SELECT 1 FROM app WHERE \(appCondition))
          """,
        arguments: [app.hub, app.clientID, app.environment] + app.arguments)
    }
  }
}

extension OutboxDatabase {
  /// The apps of which something was imported: with sources in the ledger, or messages in the queue.
  package func importedApps() throws(OutboxError) -> [App] {
    try reading { database in
      let sql = """
        SELECT client_id, env, hub FROM app
        WHERE EXISTS (SELECT 1 FROM source WHERE app_id = app.id)
          OR EXISTS (SELECT 1 FROM message WHERE app_id = app.id)
        """
      return try Row.fetchAll(database, sql: sql).map { try App($0) }
    }
  }
}

/// SQL for the row of an app; its values are `App.arguments`.
let appCondition = "client_id = ? AND env = ? AND hub = ?"

extension App {
  /// From the columns of `app`.
  init(_ row: Row) throws(OutboxError) {
    self.init(
      clientID: try row.value("client_id"), environment: try row.value("env"),
      hub: try row.value("hub"))
  }

  /// The values of `appCondition`.
  var arguments: StatementArguments { [clientID, environment, hub] }
}
