package import GRDB

/// Runs `body` in a transaction, or in a savepoint of the one that is open: all of it or nothing.
package func transacting<Value>(
  _ database: Database, _ body: (Database) throws -> Value
) throws -> Value {
  var value: Value?
  try database.inSavepoint {
    value = try body(database)
    return .commit
  }
  guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
  return value
}
