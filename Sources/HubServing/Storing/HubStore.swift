import GRDB

/// The hub's messages and their sums, in SQLite. Safe to use from several tasks; writes are
/// serialized.
package struct HubStore: Sendable {
  /// A message that has passed inspection.
  enum Message: Sendable {
    case startup(StartupMessage, body: String)
    case sync(SyncMessage, body: String)
    case log(LogFile)
  }

  package enum Receipt: Equatable, Sendable {
    case stored
    /// A message with this UUID was stored before; nothing was added.
    case duplicate
    /// The same, but the stored message has different content: the sender has used a UUID twice, or
    /// has changed a message between two attempts.
    case conflictingDuplicate
  }

  let database: DatabaseQueue

  /// - Parameter path: an SQLite file, created if necessary; nil for a temporary database.
  package init(path: String?) throws(LocalHubError) {
    database = try HubSchema.open(path: path)
  }

  /// Stores `message` and adds its numbers, in one transaction.
  ///
  /// Throws ``InvalidMessage`` if a sum would no longer fit 64 bits, and otherwise errors of the
  /// database.
  func keep(_ message: Message, from origin: Origin) async throws -> Receipt {
    do {
      return try await database.write { db in
        let originID = try originID(of: origin, db)
        let receipt = try store(message, from: originID, db)
        if receipt != .stored { try countDuplicate(from: originID, db) }
        return receipt
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      throw InvalidMessage(complaints: [
        Complaint(
          location: [.name("body"), .name("requests")],
          message: "a sum of all messages would exceed 64 bits", kind: .wrongValue)
      ])
    }
  }

  func originID(of origin: Origin, _ db: Database) throws -> Int64? {
    let insert = try db.cachedStatement(
      sql: "INSERT INTO origin (client_id, env) VALUES (?, ?) ON CONFLICT DO NOTHING")
    try insert.execute(arguments: [origin.clientID, origin.env])
    let select = try db.cachedStatement(
      sql: "SELECT id FROM origin WHERE client_id = ? AND env = ?")
    return try Int64.fetchOne(select, arguments: [origin.clientID, origin.env])
  }

  private func store(
    _ message: Message, from origin: Int64?, _ db: Database
  ) throws -> Receipt {
    switch message {
    case .startup(let startup, let body):
      return try store(body, .startup, uuid: startup.messageUUID, from: origin, db)
    case .sync(let sync, let body):
      let receipt = try store(body, .sync, uuid: sync.messageUUID, from: origin, db)
      if receipt == .stored { try sync.add(to: db, origin: origin) }
      return receipt
    case .log(let file):
      return try store(file, from: origin, db)
    }
  }

  private func store(
    _ body: String, _ kind: Endpoint, uuid: String, from origin: Int64?, _ db: Database
  ) throws -> Receipt {
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO message (origin, kind, uuid, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
        """)
    try insert.execute(arguments: [origin, kind.rawValue, uuid, body])
    guard db.changesCount == 0 else { return .stored }
    let select = try db.cachedStatement(
      sql: "SELECT kind = ? AND body = ? FROM message WHERE origin = ? AND uuid = ?")
    let isSame = try Bool.fetchOne(select, arguments: [kind.rawValue, body, origin, uuid])
    return isSame == true ? .duplicate : .conflictingDuplicate
  }

  private func store(_ file: LogFile, from origin: Int64?, _ db: Database) throws -> Receipt {
    let insertFile = try db.cachedStatement(
      sql: "INSERT INTO log_file (origin, uuid) VALUES (?, ?) ON CONFLICT DO NOTHING")
    try insertFile.execute(arguments: [origin, file.uuid])
    guard db.changesCount == 1 else { return .duplicate }
    let fileID = db.lastInsertedRowID
    let insertItem = try db.cachedStatement(
      sql: """
        INSERT INTO log_item (origin, file, uuid, line) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
        """)
    for item in file.items {
      try insertItem.execute(arguments: [origin, fileID, item.uuid, item.line])
    }
    return .stored
  }

  func countDuplicate(from origin: Int64?, _ db: Database) throws {
    let update = try db.cachedStatement(
      sql: "UPDATE origin SET duplicates = duplicates + 1 WHERE id = ?")
    try update.execute(arguments: [origin])
  }
}

extension SyncMessage {
  /// Adds the numbers to the tallies, and names and groups to the known consumers.
  fileprivate func add(to db: Database, origin: Int64?) throws {
    let upsertTally = try db.cachedStatement(sql: Self.upsertTallySQL)
    let upsertBar = try db.cachedStatement(sql: Self.upsertBarSQL)
    for item in requests {
      let tally = try Int64.fetchOne(
        upsertTally,
        arguments: [
          origin, bucket, item.key.consumer ?? "", item.key.method, item.key.path,
          item.key.statusCode, item.requestCount, item.requestSizeSum, item.responseSizeSum,
        ])
      for (histogram, bars) in item.histograms {
        for bar in bars {
          try upsertBar.execute(arguments: [tally, histogram.rawValue, bar.bin, bar.count])
        }
      }
    }
    let upsertConsumer = try db.cachedStatement(sql: Self.upsertConsumerSQL)
    for consumer in consumers {
      try upsertConsumer.execute(
        arguments: [origin, consumer.identifier, consumer.name, consumer.group])
    }
  }

  static let upsertTallySQL = """
    INSERT INTO tally (
      origin, bucket, consumer, method, path, status_code,
      request_count, request_size_sum, response_size_sum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      request_count = request_count + excluded.request_count,
      request_size_sum = request_size_sum + excluded.request_size_sum,
      response_size_sum = response_size_sum + excluded.response_size_sum
    RETURNING id
    """

  static let upsertBarSQL = """
    INSERT INTO bar (tally, histogram, bin, count) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count
    """

  static let upsertConsumerSQL = """
    INSERT INTO consumer (origin, identifier, name, "group") VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      name = coalesce(excluded.name, name), "group" = coalesce(excluded."group", "group")
    """
}

/// The histograms of an item, by their names in messages.
enum Histogram: String {
  case responseTimes = "response_times"
  case requestSizes = "request_sizes"
  case responseSizes = "response_sizes"
  // Of OTLP: bins of scale 3, see `HubTotals.zeroBin`.
  case durationBins = "durations"
  case requestSizeBins = "request_size_bins"
  case responseSizeBins = "response_size_bins"
}

extension RequestItem {
  fileprivate var histograms: [(Histogram, [Bar])] {
    [
      (.responseTimes, responseTimes), (.requestSizes, requestSizes),
      (.responseSizes, responseSizes),
    ]
  }
}
