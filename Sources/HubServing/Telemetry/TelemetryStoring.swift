import FoundationEssentials
import GRDB

extension HubStore {
  /// How long the bytes of a message are remembered, in seconds.
  static let telemetryMemory = 3_600.0

  /// Stores what `message` says, in one transaction; nothing if the same bytes came within the hour.
  func keep(_ message: TelemetryMessage, from origin: Origin) async throws -> Receipt {
    let now = Date.now.timeIntervalSince1970
    return try await writing { db in
      let originID = try originID(of: origin, db)
      let last = try Double.fetchOne(
        db, sql: "SELECT max(received_at) FROM telemetry WHERE origin = ? AND digest = ?",
        arguments: [originID, Data(message.digest)])
      if let last, now - last < Self.telemetryMemory {
        try countDuplicate(from: originID, db)
        return .duplicate
      }
      try db.execute(
        sql: """
          INSERT INTO telemetry (origin, signal, digest, received_at, instance, client)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          originID, message.signal.rawValue, Data(message.digest), now, message.instance,
          (message.isOwn ? Client.backfill : .live).rawValue,
        ])
      let id = db.lastInsertedRowID
      if let originID, !message.groups.isEmpty {
        var batch = TrafficBatch()
        for group in message.groups { batch.add(group) }
        let client: Client = message.isOwn ? .backfill : .live
        try write(batch, from: originID, client, message: nil, db)
      }
      try message.add(to: db, origin: originID, id: id)
      try store(message.spans, from: originID, message: id, db)
      if let originID {
        for dated in message.errors {
          try write([dated.error], from: originID, bucket: dated.second, db)
        }
      }
      return .stored
    }
  }
}

extension TelemetryMessage {
  fileprivate func add(to db: Database, origin: Int64?, id: Int64) throws {
    for consumer in consumers {
      try db.execute(
        sql: SyncMessage.upsertConsumerSQL,
        arguments: [origin, consumer.identifier, consumer.name, consumer.group])
    }
    for (index, body) in startups.enumerated() {
      // The identity of a message of hub v2; here there is none.
      try db.execute(
        sql: """
          INSERT INTO message (origin, kind, uuid, body, received_at, instance, client)
          VALUES (?, 'startup', ?, ?, ?, ?, ?)
          """,
        arguments: [
          origin, "telemetry \(id) \(index)", body, Date.now.timeIntervalSince1970, instance,
          (isOwn ? HubStore.Client.backfill : .live).rawValue,
        ])
    }
  }
}

extension HubStore {
  /// Stores spans as request logs.
  private func store(
    _ spans: [TelemetryMessage.Span], from origin: Int64?, message: Int64, _ db: Database
  ) throws {
    guard !spans.isEmpty else { return }
    try db.execute(
      sql: "INSERT INTO log_file (origin, uuid, received_at) VALUES (?, ?, ?)",
      arguments: [origin, "telemetry \(message)", Date.now.timeIntervalSince1970])
    let file = db.lastInsertedRowID
    for span in spans {
      let value = try? JSONReading.value(of: Array(span.line.utf8))
      try store(
        span.line, uuid: span.identity, value.flatMap { LogItemFields($0) }, from: origin,
        file: file, db)
    }
  }
}
