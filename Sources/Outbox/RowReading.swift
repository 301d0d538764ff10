internal import GRDB

// Values of rows. GRDB's subscripts end the program where a value is not of the type that the schema
// promises, which a damaged file, or somebody's hand, can bring about: SQLite holds no column to its type.

extension Row {
  /// The value of a column.
  ///
  /// - Throws: `OutboxError.corrupt`, which names the column, where it is of another type.
  func value<Value: DatabaseValueConvertible>(_ column: String) throws(OutboxError) -> Value {
    try value(self[column] as DatabaseValue, column)
  }

  /// The value of the column at `index`; `name` is what an error calls it.
  func value<Value: DatabaseValueConvertible>(
    at index: Int, _ name: @autoclosure () -> String
  ) throws(OutboxError) -> Value {
    try value(self[index] as DatabaseValue, name())
  }

  private func value<Value: DatabaseValueConvertible>(
    _ value: DatabaseValue, _ name: @autoclosure () -> String
  ) throws(OutboxError) -> Value {
    guard let converted = Value.fromDatabaseValue(value) else {
      throw .corrupt(detail: "a value of the wrong type in the column \(name())")
    }
    return converted
  }
}
