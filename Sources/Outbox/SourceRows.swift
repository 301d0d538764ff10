internal import Addressing
internal import GRDB

internal import struct Foundation.Data
internal import class Foundation.JSONDecoder
internal import class Foundation.JSONEncoder

/// The columns of `source`, in the order in which they are read and written: there may be a hundred
/// thousand rows, and to look a column up by its name takes longer than to read it.
enum SourceColumn: Int {
  case id, appID, target, name, fingerprint, fingerprintLength, positionBytes, positionLines
  case checkHash, checkLength, beginning, format, parts, fileSize, fileModifiedAt, fileInode,
    fileDevice
  case lastPath, firstRequestAt, lastRequestAt, lineCount, requestCount
  case firstImportedAt, lastImportedAt

  private static let names = [
    "id", "app_id", "target", "name", "fingerprint", "fingerprint_length", "position_bytes",
    "position_lines", "check_hash", "check_length", "beginning", "format", "parts", "file_size",
    "file_modified_at", "file_inode", "file_device", "last_path", "first_request_at",
    "last_request_at", "line_count", "request_count", "first_imported_at", "last_imported_at",
  ]

  var name: String { Self.names[rawValue] }

  /// All of them, for a query.
  static let list = names.map { "source.\($0)" }.joined(separator: ", ")

  // Nothing refers to a source's row, so replacing it is updating it.
  static let insertion = """
    INSERT OR REPLACE INTO source (\(names.joined(separator: ", ")))
    VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
    """
}

extension Row {
  fileprivate func value<Value: DatabaseValueConvertible>(
    _ column: SourceColumn
  ) throws(OutboxError) -> Value {
    try value(at: column.rawValue, column.name)
  }
}

extension LedgerSource {
  /// - Parameter row: the columns of ``SourceColumn``, then those of the app.
  init(_ row: Row) throws {
    self.init(
      id: try row.value(.id), app: try App(row), target: try row.value(.target),
      identity: try Identity(row),
      beginning: (try row.value(.beginning) as Int64?).map { UInt64(bitPattern: $0) },
      position: Position(
        bytes: try row.value(.positionBytes), lines: try row.value(.positionLines),
        check: Array(try row.value(.checkHash) as Data), checkLength: try row.value(.checkLength)),
      format: try row.value(.format), parts: try Self.parts(row.value(.parts)),
      file: try FileStamp(row),
      lastPath: try row.value(.lastPath),
      firstRequestAt: try row.value(.firstRequestAt), lastRequestAt: try row.value(.lastRequestAt),
      lineCount: try row.value(.lineCount), requestCount: try row.value(.requestCount),
      firstImportedAt: try row.value(.firstImportedAt),
      lastImportedAt: try row.value(.lastImportedAt))
  }

  private static func parts(_ text: String?) throws -> [Part] {
    guard let text else { return [] }
    do {
      return try JSONDecoder().decode([Part].self, from: Data(text.utf8))
    } catch {
      throw OutboxError.corrupt(detail: "a source with broken parts")
    }
  }

  /// The parts as they are stored; nil for none.
  private var partsText: String? {
    get throws {
      if parts.isEmpty { return nil }
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(parts), as: UTF8.self)
    }
  }

  /// Writes the source in the open transaction: a new row, or all columns of the row with its id.
  func save(appID: Int64, in database: Database) throws -> Int64 {
    let identity = identity.columns
    let values: [(any DatabaseValueConvertible)?] = [
      id, appID, target, identity.name, identity.fingerprint, identity.length,
      position.bytes, position.lines, Data(position.check), position.checkLength,
      beginning.map { Int64(bitPattern: $0) }, format, try partsText,
      file?.size, file?.modifiedAt, file?.inode, file?.device,
      lastPath, firstRequestAt, lastRequestAt, lineCount, requestCount,
      firstImportedAt, lastImportedAt,
    ]
    try database.cachedStatement(sql: SourceColumn.insertion)
      .execute(arguments: StatementArguments(values))
    return id ?? database.lastInsertedRowID
  }
}

extension LedgerSource.Identity {
  fileprivate init(_ row: Row) throws(OutboxError) {
    // The schema has exactly one of the two.
    if let name: String = try row.value(.name) {
      self = .name(name)
    } else {
      self = .fingerprint(
        Array(try row.value(.fingerprint) as Data), length: try row.value(.fingerprintLength))
    }
  }

  fileprivate var columns: (name: String?, fingerprint: Data?, length: Int?) {
    switch self {
    case .name(let name): (name, nil, nil)
    case .fingerprint(let hash, let length): (nil, Data(hash), length)
    }
  }
}

extension LedgerSource.FileStamp {
  fileprivate init?(_ row: Row) throws(OutboxError) {
    guard let size: Int = try row.value(.fileSize) else { return nil }
    self.init(
      size: size, modifiedAt: try row.value(.fileModifiedAt), inode: try row.value(.fileInode),
      device: try row.value(.fileDevice))
  }
}
