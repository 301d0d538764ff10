import ByteScanning
import GRDB
import RawStatements

/// A table of roll-ups, of which one row at a time is found, changed and written: those of two first keys (an
/// origin's, and an hour's or a day's) one after another.
///
/// Not by `INSERT … ON CONFLICT`: that looks for each row once more.
struct RollupTable {
  private let group: RawStatement
  private let select: RawStatement
  private let insert: RawStatement
  private let update: RawStatement
  private let valueCount: Int32
  private var lastGroup: (Int64, Int64)?
  /// Whether there was no row of the last group: then none has to be looked for.
  private var isOfNewGroup = false
  private var isKnown = false

  init(_ table: String, keys: [String], values: [String], _ db: Database) throws {
    let found = keys.map { "\($0) = ?" }.joined(separator: " AND ")
    let columns = (values + keys).joined(separator: ", ")
    let places = (values + keys).map { _ in "?" }.joined(separator: ", ")
    group = try RawStatement(
      "SELECT EXISTS (SELECT 1 FROM \(table) WHERE \(keys[0]) = ? AND \(keys[1]) = ?)", db)
    select = try RawStatement(
      "SELECT \(values.joined(separator: ", ")) FROM \(table) WHERE \(found)", db)
    insert = try RawStatement("INSERT INTO \(table) (\(columns)) VALUES (\(places))", db)
    update = try RawStatement(
      "UPDATE \(table) SET \(values.map { "\($0) = ?" }.joined(separator: ", ")) WHERE \(found)", db
    )
    valueCount = Int32(values.count)
  }

  private var writing: RawStatement { isKnown ? update : insert }

  /// Finds the row that has these keys, whether there is one or not.
  mutating func find(_ keys: [Int64], _ db: Database) throws {
    if lastGroup.map({ $0 != (keys[0], keys[1]) }) ?? true {
      lastGroup = (keys[0], keys[1])
      group.bind(keys[0], at: 1)
      group.bind(keys[1], at: 2)
      isOfNewGroup = try group.step(db) && group.integer(0) == 0
      group.reset()
    }
    isKnown = false
    if !isOfNewGroup {
      for (index, key) in keys.enumerated() { select.bind(key, at: Int32(index + 1)) }
      isKnown = try select.step(db)
    }
    for (index, key) in keys.enumerated() { writing.bind(key, at: valueCount + Int32(index + 1)) }
  }

  /// Adds to a sum, which stops at the largest number. Columns are counted from 0, as everywhere here.
  func add(_ sum: Int64, at column: Int32) {
    writing.bind(isKnown ? cappedSum(select.integer(column), sum) : sum, at: column + 1)
  }

  func add(_ sum: Double, at column: Int32) {
    writing.bind(isKnown ? select.real(column) + sum : sum, at: column + 1)
  }

  /// Gives `body` the bytes of a column: none if there is no such row.
  func withBlob<Value>(
    at column: Int32, _ body: (borrowing Span<UInt8>) -> Value
  ) -> Value {
    if isKnown { return select.withBlob(column, body) }
    let nothing: [UInt8] = []
    return body(nothing.span)
  }

  func put(_ packed: borrowing PackedWriting, at column: Int32) {
    writing.bind(blob: packed.buffer.span, at: column + 1)
  }

  /// Writes the row that was found, of which all values were given.
  func write(_ db: Database) throws {
    select.reset()
    try writing.run(db)
  }
}
