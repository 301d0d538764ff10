internal import GRDB
internal import Synchronization

internal import struct Foundation.Data

extension OutboxDatabase {
  /// Waiting messages with an id greater than `id`, in the order of the queue: at most `count`,
  /// and as many as have bodies of `bytes` together, but at least one. Empty when none is left.
  ///
  /// What was acknowledged or set aside is not handed out again, even if that is not yet on disk.
  /// Memory and time depend on the batch, not on the length of the queue.
  package func nextBatch(
    after id: Int64, count: Int, bytes: Int, of app: AppKey? = nil
  ) throws(OutboxError) -> [QueuedMessage] {
    // Taken before the database is read: a settlement that is written in between is in this set,
    // and one that was written before is seen by the read.
    let settledIDs = turn.withLock { $0.unsettled.settledIDs }
    return try reading { database in
      let rows = try waitingRows(after: id, of: app, in: database)
      var batch: [QueuedMessage] = []
      var size = 0
      while batch.count < count, let row = try rows.next() {
        guard !settledIDs.contains(row["id"]) else { continue }
        size += row["body_size"]
        guard batch.isEmpty || size <= bytes else { break }
        batch.append(try queuedMessage(row, bodies, in: database))
      }
      return batch
    }
  }

  /// How many messages wait and are set aside, by app in the order of client ID and environment.
  /// What is settled in memory only counts as it is on disk.
  package func queueCounts() throws(OutboxError) -> [QueueCounts] {
    try reading { database in
      let sql = """
        SELECT client_id, env, sum(state = 'waiting') AS waiting,
          sum(state = 'set_aside') AS set_aside
        FROM message JOIN app ON app.id = message.app_id
        GROUP BY app_id ORDER BY client_id, env
        """
      return try Row.fetchAll(database, sql: sql).map {
        QueueCounts(app: AppKey($0), waiting: $0["waiting"], setAside: $0["set_aside"])
      }
    }
  }

  /// How many messages the hub has taken, by app and kind.
  package func deliveredCounts() throws(OutboxError) -> [DeliveredCount] {
    try reading { database in
      let sql = """
        SELECT client_id, env, kind, count, last_at FROM delivered
        JOIN app ON app.id = delivered.app_id ORDER BY client_id, env, kind
        """
      return try Row.fetchAll(database, sql: sql).map {
        DeliveredCount(
          app: AppKey($0), kind: try kind($0), count: $0["count"], lastAt: $0["last_at"])
      }
    }
  }

  /// The oldest messages that are set aside, at most `limit`.
  package func listSetAside(limit: Int) throws(OutboxError) -> [SetAsideMessage] {
    try reading { database in
      let sql = """
        SELECT message.*, client_id, env, \(bodySizeSQL) AS body_size FROM message
        CROSS JOIN app ON app.id = message.app_id
        WHERE state = 'set_aside' ORDER BY message.id LIMIT ?
        """
      return try Row.fetchAll(database, sql: sql, arguments: [limit]).map {
        SetAsideMessage(
          id: $0["id"], app: AppKey($0), kind: try kind($0), uuid: $0["uuid"],
          bodySize: $0["body_size"], reason: $0["set_aside_reason"],
          setAsideAt: $0["set_aside_at"])
      }
    }
  }

  /// Puts what was set aside (of one app, or of all) back into the queue, at its old place.
  /// - Returns: how many messages that were.
  @discardableResult
  package func retrySetAside(of app: AppKey? = nil) throws(OutboxError) -> Int {
    try transaction { database in
      try database.execute(
        sql: """
          UPDATE message SET state = 'waiting', set_aside_at = NULL, set_aside_reason = NULL
          WHERE state = 'set_aside' AND \(app.condition)
          """, arguments: app.arguments)
      return database.changesCount
    }
  }

  /// Drops an app's messages, waiting and set aside: the way out after an import with a client ID
  /// that does not exist, whose messages no hub will ever take.
  /// - Returns: how many messages that were.
  @discardableResult
  package func discardMessages(of app: AppKey) throws(OutboxError) -> Int {
    let (count, emptyFiles) = try transaction { database in
      let app = AppKey?(app)
      try database.execute(
        sql: "DELETE FROM message WHERE \(app.condition)", arguments: app.arguments)
      return (database.changesCount, try forgetEmptyFiles(in: database))
    }
    bodies.remove(emptyFiles)
    return count
  }
}

/// Writes a new message in the open transaction.
func insert(
  _ message: NewMessage, appID: Int64, body: BodyPlace, in database: Database
) throws -> Int64 {
  try database.cachedStatement(
    sql: """
      INSERT INTO message (
        app_id, uuid, kind, path, query, enqueued_at, body_file, body_offset, body_length)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
  ).execute(arguments: [
    appID, message.uuid, message.kind.rawValue, message.path, message.query, message.enqueuedAt,
    body.file, body.offset, body.length,
  ])
  return database.lastInsertedRowID
}

/// The size of a message's body, wherever that is.
private let bodySizeSQL =
  "ifnull(body_length, (SELECT length(bytes) FROM body WHERE message_id = message.id))"

/// Waiting messages and the sizes of their bodies.
private func waitingRows(
  after id: Int64, of app: AppKey?, in database: Database
) throws -> RowCursor {
  let sql = waitingRowsSQL(of: app)
  return try Row.fetchCursor(
    database.cachedStatement(sql: sql), arguments: [id] + app.arguments)
}

/// The order is that of an index: SQLite need not sort, so it need not read more than is asked for.
func waitingRowsSQL(of app: AppKey?) -> String {
  // CROSS JOIN keeps SQLite from starting at the short table and sorting the long one.
  """
  SELECT message.*, client_id, env, \(bodySizeSQL) AS body_size FROM message
  CROSS JOIN app ON app.id = message.app_id
  WHERE state = 'waiting' AND message.id > ? AND \(app.condition) ORDER BY message.id
  """
}

private func queuedMessage(
  _ row: Row, _ bodies: BodyFiles, in database: Database
) throws -> QueuedMessage {
  let id: Int64 = row["id"]
  let message = NewMessage(
    app: AppKey(row), kind: try kind(row), uuid: row["uuid"], path: row["path"],
    query: row["query"], body: try body(of: row, id: id, bodies, in: database),
    enqueuedAt: row["enqueued_at"])
  return QueuedMessage(id: id, message: message, failedAttempts: row["attempts"])
}

private func body(
  of row: Row, id: Int64, _ bodies: BodyFiles, in database: Database
) throws -> [UInt8] {
  if let file: Int64 = row["body_file"] {
    return try bodies.read(
      BodyPlace(file: file, offset: row["body_offset"], length: row["body_length"]))
  }
  // It was queued by a version that kept bodies in the database.
  let bytes = try Data.fetchOne(
    database.cachedStatement(sql: "SELECT bytes FROM body WHERE message_id = ?"), arguments: [id])
  return Array(bytes ?? Data())
}

private func kind(_ row: Row) throws -> NewMessage.Kind {
  guard let kind = NewMessage.Kind(rawValue: row["kind"]) else {
    // The schema does not allow it, so the file is not what we wrote.
    throw OutboxError.corrupt(detail: "a message of unknown kind")
  }
  return kind
}

extension AppKey {
  /// From the columns `client_id` and `env`.
  init(_ row: Row) {
    self.init(clientID: row["client_id"], env: row["env"])
  }
}

extension AppKey? {
  /// SQL for "of this app", or of any for nil.
  fileprivate var condition: String {
    self == nil ? "true" : "app_id = (SELECT id FROM app WHERE client_id = ? AND env = ?)"
  }

  fileprivate var arguments: StatementArguments {
    self.map { [$0.clientID, $0.env] } ?? []
  }
}
