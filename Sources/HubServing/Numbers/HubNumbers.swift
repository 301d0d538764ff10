import GRDB

extension HubStore {
  /// A method and a path.
  struct EndpointName {
    var method: String
    var path: String
  }

  /// Gives `body` all items of an origin, of the minutes that begin in `span` (seconds since 1970; nil for
  /// all), in the order in which they came.
  static func forEachItem(
    of origin: Int64, in span: Range<Int64>? = nil, wantsBins: Bool, _ db: Database,
    _ body: (_ bucket: Int64, _ item: PackedItem) throws -> Void
  ) throws {
    let select = try RawStatement(
      span == nil
        ? "SELECT bucket, items FROM numbers WHERE origin = ? ORDER BY id"
        : "SELECT bucket, items FROM numbers WHERE origin = ? AND bucket >= ? AND bucket < ?", db)
    defer { select.reset() }
    select.bind(origin, at: 1)
    if let span {
      select.bind(span.lowerBound, at: 2)
      select.bind(span.upperBound, at: 3)
    }
    while try select.step(db) {
      let bucket = select.integer(0)
      var reading = PackedReading(select.blob(1))
      while !reading.isAtEnd {
        try body(bucket, PackedItem(&reading, wantsBins: wantsBins))
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
