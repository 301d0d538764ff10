import FoundationEssentials
import GRDB
import RawStatements

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

  /// Who has sent something.
  enum Client: String, Sendable {
    /// A running application.
    case live
    /// backtally: what arrives now is of long ago, and says nothing of whether anything runs.
    case backfill

    /// By what the client calls itself (`User-Agent`).
    init(userAgent: String?) {
      self = userAgent?.hasPrefix("backtally/") == true ? .backfill : .live
    }
  }

  let database: DatabaseQueue
  /// nil for a temporary database, which has no log.
  private let checkpointing: LogCheckpointing?
  /// Used inside of writes only.
  private let numbers: NumbersBox
  private let packing = BodyPacking()
  /// How many days numbers and messages are kept; nil for all.
  private let keptDays: Int?
  /// How long nothing is looked for that is too old, in seconds.
  private let removalInterval: Double

  /// - Parameters:
  ///   - path: an SQLite file, created if necessary; nil for a temporary database.
  ///   - keptDays: what is older is removed; nil to keep all.
  ///   - removalInterval: how often, in seconds.
  package init(
    path: String?, keptDays: Int? = nil, removalInterval: Double = 3_600
  ) throws(LocalHubError) {
    database = try HubSchema.open(path: path)
    checkpointing = try path.map { path throws(LocalHubError) in
      LogCheckpointing(try HubSchema.openForCopying(path: path))
    }
    numbers = NumbersBox()
    self.keptDays = keptDays
    self.removalInterval = removalInterval
  }

  /// Stores `message` with its numbers, in one transaction.
  func keep(
    _ message: Message, from origin: Origin, client: Client = .live
  ) async throws -> Receipt {
    let now = Date.now.timeIntervalSince1970
    // Others may write meanwhile.
    let packed: [UInt8]? =
      if case .sync(_, let body) = message { packing.packed(body) } else { nil }
    return try await writing { db in
      let originID = try originID(of: origin, db)
      let receipt = try store(message, packed: packed, from: originID, client, at: now, db)
      if receipt != .stored { try countDuplicate(from: originID, db) }
      return receipt
    }
  }

  /// Runs `body` when the roll-ups have all that has arrived.
  func reading<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    if try await database.read(RollingUp.isWaiting) {
      try await writing(RollingUp.catchUp)
    }
    return try await database.read(body)
  }

  /// Runs `body` in a transaction. If that fails, the names that it has made are forgotten with it.
  func writing<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await database.writeWithoutTransaction { db in
      do {
        let value = try transacting(db) { db in
          let value = try body(db)
          try removeOld(at: Date.now.timeIntervalSince1970, db)
          return value
        }
        checkpointing?.didWrite(db)
        return value
      } catch {
        numbers.writing.forget()
        throw error
      }
    }
  }

  /// Writes numbers, in the open transaction.
  func write(
    _ batch: TrafficBatch, from origin: Int64, _ client: Client, message: Int64?, _ db: Database
  ) throws {
    try numbers.writing.write(batch, from: origin, client, message: message, to: db)
    numbers.waiting += batch.items.count
    guard numbers.waiting >= RollingUp.waitingLimit else { return }
    numbers.waiting = 0
    try RollingUp.catchUp(db)
  }

  /// Writes errors of the hour that has the second `bucket`, in the open transaction.
  func write(_ errors: [ReportedError], from origin: Int64, bucket: Int, _ db: Database) throws {
    try numbers.writing.write(errors, from: origin, bucket: bucket, to: db)
  }

  func originID(of origin: Origin, _ db: Database) throws -> Int64? {
    let insert = try db.cachedStatement(
      sql: "INSERT INTO origin (client_id, env) VALUES (?, ?) ON CONFLICT DO NOTHING")
    try insert.execute(arguments: [origin.clientID, origin.env])
    let select = try db.cachedStatement(
      sql: "SELECT id FROM origin WHERE client_id = ? AND env = ?")
    return try Int64.fetchOne(select, arguments: [origin.clientID, origin.env])
  }

  /// - Parameter packed: the body of a sync message.
  private func store(
    _ message: Message, packed: [UInt8]?, from origin: Int64?, _ client: Client, at time: Double,
    _ db: Database
  ) throws -> Receipt {
    switch message {
    case .startup(let startup, let body):
      let arrival = Arrival(instance: startup.instanceUUID, client: client, time: time)
      return try store(
        body, packed: nil, .startup, uuid: startup.messageUUID, from: origin, arrival, db)
    case .sync(let sync, let body):
      let arrival = Arrival(instance: sync.instanceUUID, client: client, time: time)
      let receipt = try store(
        body, packed: packed, .sync, uuid: sync.messageUUID, from: origin, arrival, db)
      guard receipt == .stored, let origin else { return receipt }
      let message = db.lastInsertedRowID
      try write(sync.numbers, from: origin, client, message: message, db)
      try write(sync.errors, from: origin, bucket: sync.bucket, db)
      try sync.addConsumers(to: db, origin: origin)
      return receipt
    case .log(let file):
      return try store(file, from: origin, at: time, db)
    }
  }

  /// How a message has come.
  struct Arrival {
    /// A UUID: stable for a process of the application.
    var instance: String?
    var client: Client
    /// Seconds since 1970.
    var time: Double
  }

  /// - Parameter packed: the body as it is stored; nil to store it as it is.
  private func store(
    _ body: String, packed: [UInt8]?, _ kind: Endpoint, uuid: String, from origin: Int64?,
    _ arrival: Arrival, _ db: Database
  ) throws -> Receipt {
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO message (origin, kind, uuid, body, packed, received_at, instance, client)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """)
    try insert.execute(arguments: [
      origin, kind.rawValue, uuid, packed == nil ? body : "", packed.map { Data($0) }, arrival.time,
      arrival.instance, arrival.client.rawValue,
    ])
    guard db.changesCount == 0 else { return .stored }
    let select = try db.cachedStatement(
      sql: "SELECT kind, body, packed FROM message WHERE origin = ? AND uuid = ?")
    guard let known = try Row.fetchOne(select, arguments: [origin, uuid]),
      known["kind"] == kind.rawValue,
      Self.body(of: known)?.utf8.elementsEqual(body.utf8) == true
    else { return .conflictingDuplicate }
    return .duplicate
  }

  /// The body of a message, as it was sent, by its columns `body` and `packed`; nil if it is damaged.
  static func body(of row: Row) -> String? {
    guard let packed: Data = row["packed"] else { return row["body"] }
    return BodyPacking.unpacked([UInt8](packed))
  }

  private func store(
    _ file: LogFile, from origin: Int64?, at time: Double, _ db: Database
  ) throws -> Receipt {
    let insertFile = try db.cachedStatement(
      sql: """
        INSERT INTO log_file (origin, uuid, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
        """)
    try insertFile.execute(arguments: [origin, file.uuid, time])
    guard db.changesCount == 1 else { return .duplicate }
    let fileID = db.lastInsertedRowID
    for item in file.items {
      try store(item.line, uuid: item.uuid, item.fields, from: origin, file: fileID, db)
    }
    return .stored
  }

  /// Stores a line of a request log, unless it is known.
  func store(
    _ line: String, uuid: String, _ fields: LogItemFields?, from origin: Int64?, file: Int64,
    _ db: Database
  ) throws {
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO log_item (
          origin, file, uuid, line, time, method, path, url, consumer, status, response_time)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """)
    try insert.execute(
      arguments: [origin, file, uuid, line]
        + (fields?.arguments ?? [nil, nil, nil, nil, nil, nil, nil]))
  }

  func countDuplicate(from origin: Int64?, _ db: Database) throws {
    let update = try db.cachedStatement(
      sql: "UPDATE origin SET duplicates = duplicates + 1 WHERE id = ?")
    try update.execute(arguments: [origin])
  }
}

extension HubStore {
  /// Errors that have happened in no hour that is kept.
  private static let removeUncounted =
    "DELETE FROM error WHERE NOT EXISTS (SELECT 1 FROM error_hour WHERE error = error.id)"

  /// Removes what is older than it is to be kept, now and then.
  private func removeOld(at time: Double, _ db: Database) throws {
    guard let keptDays, time - numbers.lastRemoval > removalInterval else { return }
    let day = Int64(time / 86_400) - Int64(keptDays)
    // What is rolled up later would be there again.
    try RollingUp.catchUp(db)
    for (sql, bound) in [
      (
        "DELETE FROM message WHERE id IN (SELECT message FROM numbers WHERE bucket < ?)",
        day * 86_400
      ),
      ("DELETE FROM numbers WHERE bucket < ?", day * 86_400),
      ("DELETE FROM hour_endpoint WHERE hour < ?", day * 24),
      ("DELETE FROM origin_hour WHERE hour < ?", day * 24),
      ("DELETE FROM error_hour WHERE hour < ?", day * 24),
      ("DELETE FROM day_consumer WHERE day < ?", day),
      // Messages without numbers go by when they came. The last startup message says what the application
      // is.
      (
        """
        DELETE FROM message WHERE kind = 'sync' AND received_at < ?
          AND NOT EXISTS (SELECT 1 FROM numbers WHERE numbers.message = message.id)
        """, day * 86_400
      ),
      (
        """
        DELETE FROM message WHERE kind = 'startup' AND received_at < ? AND id <> (
          SELECT max(id) FROM message AS other
          WHERE other.origin = message.origin AND other.kind = 'startup')
        """, day * 86_400
      ),
      (
        """
        DELETE FROM log_item WHERE file IN (SELECT id FROM log_file WHERE received_at < ?)
        """, day * 86_400
      ),
      ("DELETE FROM log_file WHERE received_at < ?", day * 86_400),
      ("DELETE FROM telemetry WHERE received_at < ?", day * 86_400),
    ] {
      try db.execute(sql: sql, arguments: [bound])
    }
    try db.execute(sql: Self.removeUncounted)
    try RollingUp.markAll(db)
    numbers.lastRemoval = time
  }
}

/// What writes numbers, which belongs to the connection that writes.
private final class NumbersBox: @unchecked Sendable {
  // Only touched inside of writes, of which there is one at a time.
  var writing = NumbersWriting()
  /// Items that the roll-ups do not have yet, or somewhat more.
  var waiting = 0
  /// Seconds since 1970.
  var lastRemoval = 0.0
}

extension LogItemFields {
  /// In the order of the columns of `log_item`.
  var arguments: StatementArguments {
    [time, method, path, url, consumer, status, responseTime]
  }
}

extension SyncMessage {
  /// The requests, packed.
  fileprivate var numbers: TrafficBatch {
    if let batch { return batch }
    var numbers = TrafficBatch()
    for item in requests { numbers.add(item, bucket: bucket) }
    return numbers
  }

  /// Adds names and groups to the known consumers.
  fileprivate func addConsumers(to db: Database, origin: Int64?) throws {
    guard !consumers.isEmpty else { return }
    let upsertConsumer = try db.cachedStatement(sql: Self.upsertConsumerSQL)
    for consumer in consumers {
      try upsertConsumer.execute(
        arguments: [origin, consumer.identifier, consumer.name, consumer.group])
    }
  }

  static let upsertConsumerSQL = """
    INSERT INTO consumer (origin, identifier, name, "group") VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      name = coalesce(excluded.name, name), "group" = coalesce(excluded."group", "group")
    """
}
