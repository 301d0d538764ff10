import FoundationEssentials
import GRDB

extension HubStore {
  /// How long the bytes of a message are remembered, in seconds.
  static let telemetryMemory = 3_600.0

  /// Stores what `message` says, in one transaction; nothing if the same bytes came within the hour.
  func keep(_ message: TelemetryMessage, from origin: Origin) async throws -> Receipt {
    let now = Date.now.timeIntervalSince1970
    return try await database.write { db in
      let originID = try originID(of: origin, db)
      let last = try Double.fetchOne(
        db, sql: "SELECT max(received_at) FROM telemetry WHERE origin = ? AND digest = ?",
        arguments: [originID, Data(message.digest)])
      if let last, now - last < Self.telemetryMemory {
        try countDuplicate(from: originID, db)
        return .duplicate
      }
      try db.execute(
        sql: "INSERT INTO telemetry (origin, signal, digest, received_at) VALUES (?, ?, ?, ?)",
        arguments: [originID, message.signal.rawValue, Data(message.digest), now])
      try message.add(to: db, origin: originID, id: db.lastInsertedRowID)
      return .stored
    }
  }
}

extension TelemetryMessage {
  fileprivate func add(to db: Database, origin: Int64?, id: Int64) throws {
    for group in groups { try group.add(to: db, origin: origin) }
    for consumer in consumers {
      try db.execute(
        sql: SyncMessage.upsertConsumerSQL,
        arguments: [origin, consumer.identifier, consumer.name, consumer.group])
    }
    for (index, body) in startups.enumerated() {
      // The identity of a message of hub v2; here there is none.
      try db.execute(
        sql: "INSERT INTO message (origin, kind, uuid, body) VALUES (?, 'startup', ?, ?)",
        arguments: [origin, "telemetry \(id) \(index)", body])
    }
    guard !spans.isEmpty else { return }
    try db.execute(
      sql: "INSERT INTO log_file (origin, uuid) VALUES (?, ?)",
      arguments: [origin, "telemetry \(id)"])
    let file = db.lastInsertedRowID
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO log_item (origin, file, uuid, line) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
        """)
    for span in spans { try insert.execute(arguments: [origin, file, span.identity, span.line]) }
  }
}

extension TelemetryMessage.Group {
  fileprivate func add(to db: Database, origin: Int64?) throws {
    let upsert = try db.cachedStatement(sql: SyncMessage.upsertTallySQL)
    let tally = try Int64.fetchOne(
      upsert,
      arguments: [
        origin, bucket, key.consumer ?? "", key.method, key.path, key.statusCode, requestCount,
        requestSizeSum, responseSizeSum,
      ])
    try db.execute(
      sql: "UPDATE tally SET duration_sum = duration_sum + ? WHERE id = ?",
      arguments: [durationSum, tally])
    let upsertBar = try db.cachedStatement(sql: SyncMessage.upsertBarSQL)
    for bar in bars {
      try upsertBar.execute(arguments: [tally, bar.histogram.rawValue, bar.bin, bar.count])
    }
  }
}
