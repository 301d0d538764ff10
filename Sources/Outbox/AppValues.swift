package import Addressing
internal import GRDB

// What is remembered for an app beside its sources, under a key: the digest of the startup message
// last queued, and the like. Written through a checkpoint, so that it moves with what it is about.

extension OutboxDatabase {
  /// The value under `key`, or nil.
  package func value(forKey key: String, of app: App) throws(OutboxError) -> String? {
    try reading { database in
      let sql = """
        SELECT value FROM key_value JOIN app ON app.id = key_value.app_id
        WHERE client_id = ? AND env = ? AND key = ?
        """
      return try String.fetchOne(
        database, sql: sql, arguments: [app.clientID, app.environment, key])
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
  let arguments: StatementArguments = [app.clientID, app.environment]
  let select = "SELECT id FROM app WHERE client_id = ? AND env = ?"
  if let id = try Int64.fetchOne(database, sql: select, arguments: arguments) { return id }
  try database.execute(
    sql: "INSERT INTO app (client_id, env) VALUES (?, ?)", arguments: arguments)
  return database.lastInsertedRowID
}
