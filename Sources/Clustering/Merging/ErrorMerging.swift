internal import ByteScanning

/// The errors of one bucket: items of `server_errors` and `validation_errors`, added up by all that stands
/// before their count.
struct ErrorMerging {
  private(set) var serverErrors: [[UInt8]: Int64] = [:]
  private(set) var validationErrors: [[UInt8]: Int64] = [:]

  var isEmpty: Bool { serverErrors.isEmpty && validationErrors.isEmpty }

  /// Adds the items of a row.
  mutating func add(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, areServerErrors: Bool,
    renaming templates: RenamedTemplates?
  ) throws(RowProblem) {
    repeat {
      let key = try ItemKey(row, at: &cursor, hasStatus: false)
      let start = cursor.offset
      if areServerErrors {
        for name in [",\"type\":", ",\"msg\":", ",\"traceback\":"] as [StaticString] {
          try cursor.expect(name, in: row)
          _ = try cursor.text(in: row)
        }
        try cursor.expect(",\"sentry_event_id\":null", in: row)
      } else {
        try passLocation(row, at: &cursor)
      }
      let detail = row.extracting(start..<cursor.offset).copied()
      try cursor.expect(",\"error_count\":", in: row)
      let count = try cursor.count(in: row)
      try cursor.expect("}", in: row)
      let name =
        try templates?.key(key, in: row) ?? row.extracting(key.range).copied()
      let item = Array("{\"consumer\":".utf8) + name + detail
      if areServerErrors {
        serverErrors[item] = saturatingSum(serverErrors[item] ?? 0, count)
      } else {
        validationErrors[item] = saturatingSum(validationErrors[item] ?? 0, count)
      }
    } while cursor.pass(",", in: row)
  }

  private func passLocation(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor
  ) throws(RowProblem) {
    try cursor.expect(",\"loc\":[", in: row)
    if !cursor.pass("]", in: row) {
      repeat { _ = try cursor.text(in: row) } while cursor.pass(",", in: row)
      try cursor.expect("]", in: row)
    }
    for name in [",\"msg\":", ",\"type\":"] as [StaticString] {
      try cursor.expect(name, in: row)
      _ = try cursor.text(in: row)
    }
  }

  /// The items, sorted by their text; validation errors first.
  var items: [(json: [UInt8], isServerError: Bool)] {
    func sorted(_ errors: [[UInt8]: Int64], _ isServerError: Bool) -> [([UInt8], Bool)] {
      errors.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { item, count in
        (item + Array(",\"error_count\":\(count)}".utf8), isServerError)
      }
    }
    return sorted(validationErrors, false) + sorted(serverErrors, true)
  }
}
