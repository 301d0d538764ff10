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

  /// All of them, for a query.
  static let list = names.map { "source.\($0)" }.joined(separator: ", ")

  // Nothing refers to a source's row, so replacing it is updating it.
  static let insertion = """
    INSERT OR REPLACE INTO source (\(names.joined(separator: ", ")))
    VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
    """
}

/// Where a column is in a row.
private func place(_ column: SourceColumn) -> Int { column.rawValue }

extension LedgerSource {
  /// - Parameter row: the columns of ``SourceColumn``, then those of the app.
  init(_ row: Row) throws {
    self.init(
      id: row[place(.id)], app: App(row), target: row[place(.target)], identity: Identity(row),
      beginning: (row[place(.beginning)] as Int64?).map { UInt64(bitPattern: $0) },
      position: Position(
        bytes: row[place(.positionBytes)], lines: row[place(.positionLines)],
        check: Array(row[place(.checkHash)] as Data), checkLength: row[place(.checkLength)]),
      format: row[place(.format)], parts: try Self.parts(row[place(.parts)]), file: FileStamp(row),
      lastPath: row[place(.lastPath)],
      firstRequestAt: row[place(.firstRequestAt)], lastRequestAt: row[place(.lastRequestAt)],
      lineCount: row[place(.lineCount)], requestCount: row[place(.requestCount)],
      firstImportedAt: row[place(.firstImportedAt)], lastImportedAt: row[place(.lastImportedAt)])
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
  fileprivate init(_ row: Row) {
    // The schema has exactly one of the two.
    if let name: String = row[place(.name)] {
      self = .name(name)
    } else {
      self = .fingerprint(
        Array(row[place(.fingerprint)] as Data), length: row[place(.fingerprintLength)])
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
  fileprivate init?(_ row: Row) {
    guard let size: Int = row[place(.fileSize)] else { return nil }
    self.init(
      size: size, modifiedAt: row[place(.fileModifiedAt)], inode: row[place(.fileInode)],
      device: row[place(.fileDevice)])
  }
}
