internal import ByteScanning

/// What a row of tallies holds.
///
/// In provisional rows the paths of items are templates that the whole job has to confirm: what becomes
/// of them, the admission says.
package enum RowKind: String, CaseIterable, Sendable {
  /// Items of requests.
  case requests = "i"
  case provisionalRequests = "p"
  /// Items of `server_errors` and `validation_errors`.
  case serverErrors = "e"
  case provisionalServerErrors = "E"
  case validationErrors = "v"
  case provisionalValidationErrors = "V"

  var isProvisional: Bool {
    switch self {
    case .provisionalRequests, .provisionalServerErrors, .provisionalValidationErrors: true
    case .requests, .serverErrors, .validationErrors: false
    }
  }

  package func provisional(_ isProvisional: Bool) -> RowKind {
    switch self {
    case .requests, .provisionalRequests: isProvisional ? .provisionalRequests : .requests
    case .serverErrors, .provisionalServerErrors:
      isProvisional ? .provisionalServerErrors : .serverErrors
    case .validationErrors, .provisionalValidationErrors:
      isProvisional ? .provisionalValidationErrors : .validationErrors
    }
  }
}

/// What a row of tallies begins with:
///
///     {"b":29378879,"s":"00112233445566778899aabbccddeeff","n":0,"i":[…]}
///
/// It is of one bucket and one source. `n` numbers the rows of the source, so that a row that comes twice
/// is known by it.
struct RowHead {
  /// The least bucket that no time in a log has.
  static let bucketLimit: Int64 = 1 << 34

  var bucket: Int64
  var source: SourceID
  var number: Int64
  var kind: RowKind
  /// Where the first item begins.
  var start: Int

  init(_ row: borrowing Span<UInt8>) throws(RowProblem) {
    var cursor = RowCursor()
    try cursor.expect("{\"b\":", in: row)
    bucket = try cursor.number(in: row)
    guard bucket < Self.bucketLimit else {
      throw RowProblem(expected: "a bucket", offset: 5)
    }
    try cursor.expect(",\"s\":\"", in: row)
    guard let source = SourceID(row, at: cursor.offset) else {
      throw RowProblem(expected: "a source", offset: cursor.offset)
    }
    self.source = source
    cursor.offset += SourceID.digitCount
    try cursor.expect("\",\"n\":", in: row)
    number = try cursor.number(in: row)
    try cursor.expect(",\"", in: row)
    kind = try Self.kind(row, at: cursor.offset)
    cursor.offset += 1
    try cursor.expect("\":[", in: row)
    start = cursor.offset
    guard row.count > start + 2, row.holds("]}", at: row.count - 2, before: row.count) else {
      throw RowProblem(expected: "the end of the row", offset: row.count)
    }
  }

  private static func kind(
    _ row: borrowing Span<UInt8>, at offset: Int
  ) throws(RowProblem) -> RowKind {
    let byte = offset < row.count ? row[offset] : 0
    switch byte {
    case UInt8(ascii: "i"): return .requests
    case UInt8(ascii: "p"): return .provisionalRequests
    case UInt8(ascii: "e"): return .serverErrors
    case UInt8(ascii: "E"): return .provisionalServerErrors
    case UInt8(ascii: "v"): return .validationErrors
    case UInt8(ascii: "V"): return .provisionalValidationErrors
    default: throw RowProblem(expected: "the kind of the row", offset: offset)
    }
  }
}
