internal import ByteScanning

/// What an item is of, as it is written: `"consumer":` is passed, and what follows up to the status.
struct ItemKey {
  /// From the consumer to the end of the key.
  var range: Range<Int>
  /// The content of the consumer's name, between its quotes; nil for none.
  var consumer: Range<Int>?
  var method: Range<Int>
  var path: Range<Int>
  /// Below 1,000; 0 of errors, which have none.
  var status: Int64 = 0

  /// - Parameters:
  ///   - cursor: at the item; moved behind the key.
  ///   - hasStatus: whether the key ends with a status, and not with the path.
  @inline(__always)
  init(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, hasStatus: Bool = true
  ) throws(RowProblem) {
    try cursor.expect("{\"consumer\":", in: row)
    let start = cursor.offset
    consumer = cursor.pass("null", in: row) ? nil : try cursor.text(in: row)
    try cursor.expect(",\"method\":", in: row)
    method = try cursor.text(in: row)
    try cursor.expect(",\"path\":", in: row)
    path = try cursor.text(in: row)
    if hasStatus {
      try cursor.expect(",\"status_code\":", in: row)
      let offset = cursor.offset
      status = try cursor.number(in: row)
      guard status < 1000 else { throw RowProblem(expected: "a status", offset: offset) }
    }
    range = start..<cursor.offset
  }
}

/// What has become of provisional templates: each as it is written, between the quotes.
struct RenamedTemplates {
  private let names: [[UInt8]: [UInt8]]

  init(_ names: [[UInt8]: [UInt8]]) { self.names = names }

  /// The key with the template that its own has become.
  func key(_ key: ItemKey, in row: borrowing Span<UInt8>) throws(RowProblem) -> [UInt8] {
    guard let name = names[row.extracting(key.path).copied()] else {
      throw RowProblem(
        expected: "a template that the admission knows", offset: key.path.lowerBound)
    }
    return row.extracting(key.range.lowerBound..<key.path.lowerBound).copied() + name
      + row.extracting(key.path.upperBound..<key.range.upperBound).copied()
  }
}
