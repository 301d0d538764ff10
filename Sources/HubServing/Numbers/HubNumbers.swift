import GRDB
import RawStatements

extension HubStore {
  /// A method and a path.
  struct EndpointName {
    var method: String
    var path: String
  }

  /// Gives `body` all items of an origin: of the minutes that begin in `span` (seconds since 1970), by time; with
  /// nil all there are, in the order in which they came.
  static func forEachItem(
    of origin: Int64, in span: Range<Int64>? = nil, wantsBins: Bool, _ db: Database,
    _ body: (_ bucket: Int64, _ item: PackedItem) throws -> Void
  ) throws {
    let select = try RawStatement(
      span == nil
        ? "SELECT bucket, items FROM numbers WHERE origin = ? ORDER BY id"
        : """
        SELECT bucket, items FROM numbers WHERE origin = ? AND bucket >= ? AND bucket < ?
        ORDER BY bucket
        """, db)
    defer { select.reset() }
    select.bind(origin, at: 1)
    if let span {
      select.bind(span.lowerBound, at: 2)
      select.bind(span.upperBound, at: 3)
    }
    var item = PackedItem()
    while try select.step(db) {
      let bucket = select.integer(0)
      try select.withBlob(1) { bytes in
        var cursor = PackedCursor()
        while !cursor.isAtEnd(of: bytes) {
          item.read(&cursor, bytes, wantsBins: wantsBins)
          try body(bucket, item)
        }
      }
    }
  }

  static func endpointNames(_ db: Database) throws -> [Int64: EndpointName] {
    var names: [Int64: EndpointName] = [:]
    let rows = try Row.fetchCursor(db, sql: "SELECT id, method, path FROM endpoint")
    while let row = try rows.next() {
      names[row["id"]] = EndpointName(method: row["method"], path: row["path"])
    }
    return names
  }

  /// Those of some consumers.
  static func personNames(numbered numbers: some Sequence<Int64>, _ db: Database) throws
    -> [Int64: String]
  {
    let select = try db.cachedStatement(sql: "SELECT identifier FROM person WHERE id = ?")
    var names: [Int64: String] = [:]
    for number in numbers where number != 0 {
      names[number] = try String.fetchOne(select, arguments: [number])
    }
    return names
  }

  /// Those of some origins.
  static func personNames(of origins: [Int64], _ db: Database) throws -> [Int64: String] {
    var names: [Int64: String] = [:]
    let list = origins.map { String($0) }.joined(separator: ", ")
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT id, identifier FROM person
        WHERE id IN (SELECT consumer FROM day_consumer WHERE origin IN (\(list)))
        """)
    while let row = try rows.next() { names[row["id"]] = row["identifier"] }
    return names
  }
}
