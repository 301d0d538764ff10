package import Addressing
internal import GRDB
internal import Synchronization

internal import struct Foundation.Data

extension OutboxDatabase {
  /// Waiting messages with an id greater than `id`, in the order of the queue: at most `count`,
  /// and as many as have bodies of `bytes` together, but at least one. Empty when none is left.
  ///
  /// What was acknowledged or set aside is not handed out again, even if that is not yet on disk. A message
  /// whose body is damaged is handed out as such, with an empty one, to be set aside.
  /// Memory and time depend on the batch, not on the length of the queue.
  package func nextBatch(
    after id: Int64, count: Int, bytes: Int, of app: App? = nil
  ) throws(OutboxError) -> [QueuedMessage] {
    // Taken before the database is read: a settlement that is written in between is in this set,
    // and one that was written before is seen by the read.
    let (settledIDs, uncertainSince) = turn.withLock {
      ($0.unsettled.settledIDs, $0.unsettled.uncertainSince)
    }
    return try reading { database in
      let rows = try waitingRows(after: id, of: app, in: database)
      var batch: [QueuedMessage] = []
      var size = 0
      while batch.count < count, let row = try rows.next() {
        guard !settledIDs.contains(try row.value("id")) else { continue }
        let (sum, isOver) = size.addingReportingOverflow(try row.value("body_size"))
        guard batch.isEmpty || !isOver && sum <= bytes else { break }
        size = sum
        var message = try queuedMessage(row, bodies, in: database)
        if let since = uncertainSince[message.id] { message.uncertainSince = since }
        batch.append(message)
      }
      return batch
    }
  }

  /// How many messages wait and are set aside, by app in the order of client ID and environment.
  /// What is settled in memory only counts as it is on disk.
  package func queueCounts() throws(OutboxError) -> [QueueCounts] {
    try reading { database in
      let sql = """
        SELECT client_id, env, hub, sum(state = 'waiting') AS waiting,
          sum(\(ListedMessage.State.setAside.condition)) AS set_aside,
          sum(\(ListedMessage.State.uncertain.condition)) AS uncertain
        FROM message JOIN app ON app.id = message.app_id
        GROUP BY app_id ORDER BY client_id, env, hub
        """
      return try Row.fetchAll(database, sql: sql).map {
        QueueCounts(
          app: try App($0), waiting: try $0.value("waiting"),
          setAside: try $0.value("set_aside"), uncertain: try $0.value("uncertain"))
      }
    }
  }

  /// How many messages the hub has taken, by app.
  package func deliveredCounts() throws(OutboxError) -> [DeliveredCount] {
    try reading { database in
      let sql = """
        SELECT client_id, env, hub, count FROM delivered JOIN app ON app.id = delivered.app_id
        ORDER BY client_id, env, hub, app_id
        """
      // Added up here, since SQLite takes a damaged count for 0.
      var counts: [DeliveredCount] = []
      for row in try Row.fetchAll(database, sql: sql) {
        let app = try App(row)
        if counts.last?.app != app { counts.append(DeliveredCount(app: app, count: 0)) }
        let (sum, isOver) = counts[counts.count - 1].count
          .addingReportingOverflow(try row.value("count"))
        counts[counts.count - 1].count = isOver ? .max : sum
      }
      return counts
    }
  }

  /// The oldest messages in a state, of one app or of all, at most `limit`.
  package func listMessages(
    _ state: ListedMessage.State, of app: App? = nil, limit: Int
  ) throws(OutboxError) -> [ListedMessage] {
    try reading { database in
      let sql = """
        SELECT message.*, client_id, env, hub, \(bodySizeSQL) AS body_size FROM message
        CROSS JOIN app ON app.id = message.app_id
        WHERE \(state.condition) AND \(app.condition) ORDER BY message.id LIMIT ?
        """
      return try Row.fetchAll(
        database, sql: sql, arguments: app.arguments + [limit]
      ).map {
        ListedMessage(
          id: try $0.value("id"), app: try App($0), kind: try kind($0), state: state,
          bodySize: try $0.value("body_size"), enqueuedAt: try $0.value("enqueued_at"),
          failedAttempts: try $0.value("attempts"),
          error: try $0.value(state == .waiting ? "last_error" : "set_aside_reason"))
      }
    }
  }

  /// Puts what was set aside (of one app, or of all) back into the queue, at its old place, and as if
  /// it had never been attempted.
  /// - Returns: how many messages that were.
  @discardableResult
  package func retrySetAside(of app: App? = nil) throws(OutboxError) -> Int {
    try transaction { database in
      try database.execute(
        sql: """
          UPDATE message SET state = 'waiting', set_aside_at = NULL, set_aside_reason = NULL,
            uncertain_since = NULL
          WHERE state = 'set_aside' AND \(app.condition)
          """, arguments: app.arguments)
      return database.changesCount
    }
  }

  /// Drops messages of an app without delivering them: the way out after an import with a client ID
  /// that does not exist, whose messages no hub will ever take.
  ///
  /// What remembers that something was sent goes as well, since it may have been in one of these
  /// messages and has to be sent again: the reported consumers, and the values under `keys`.
  ///
  /// What they count is taken off the sums of what was sent.
  ///
  /// - Parameter sums: what a message counts.
  /// - Returns: how many messages that were. If some of `numbers` are not messages of the app, none
  ///   is dropped, and the result is nil.
  package func discardMessages(
    _ selection: MessageSelection, of app: App, forgetting keys: [String],
    counting sums: (Envelope, [UInt8]) -> TrafficSums
  ) throws(OutboxError) -> Int? {
    let (count, emptyFiles) = try transaction { database -> (Int?, [Int64]) in
      guard let count = try delete(selection, of: app, bodies, counting: sums, in: database)
      else { return (nil, []) }
      if count > 0 {
        let appID = try findOrInsert(app, in: database)
        try database.execute(sql: "DELETE FROM consumer WHERE app_id = ?", arguments: [appID])
        for key in keys {
          try database.execute(
            sql: "DELETE FROM key_value WHERE app_id = ? AND key = ?", arguments: [appID, key])
        }
      }
      return (count, try forgetEmptyFiles(in: database))
    }
    bodies.remove(emptyFiles)
    return count
  }
}

/// Deletes messages in the open transaction: how many, or nil (and none) if a number is not one of
/// the app's messages.
private func delete(
  _ selection: MessageSelection, of app: App, _ bodies: BodyFiles,
  counting sums: (Envelope, [UInt8]) -> TrafficSums, in database: Database
) throws -> Int? {
  let app = App?(app)
  switch selection {
  case .all(let states):
    var count = 0
    for state in states {
      try subtractSums(
        of: "\(state.condition) AND \(app.condition)", app.arguments, bodies: bodies,
        reading: sums, in: database)
      try database.execute(
        sql: "DELETE FROM message WHERE \(state.condition) AND \(app.condition)",
        arguments: app.arguments)
      count += database.changesCount
    }
    return count
  case .numbers(let numbers):
    for number in numbers {
      let isKnown = try Bool.fetchOne(
        database.cachedStatement(
          sql: "SELECT EXISTS (SELECT 1 FROM message WHERE id = ? AND \(app.condition))"),
        arguments: [number] + app.arguments)
      guard isKnown == true else { return nil }
    }
    for number in numbers {
      try subtractSums(of: "id = ?", [number], bodies: bodies, reading: sums, in: database)
      try database.cachedStatement(sql: "DELETE FROM message WHERE id = ?")
        .execute(arguments: [number])
    }
    return numbers.count
  }
}

/// Writes a new message in the open transaction.
func insert(
  _ message: NewMessage, appID: Int64, body: BodyPlace, in database: Database
) throws -> Int64 {
  try database.cachedStatement(
    sql: """
      INSERT INTO message (
        app_id, uuid, kind, path, query, headers, goes_first, is_droppable, enqueued_at,
        body_file, body_offset, body_length, body_check, is_summed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
  ).execute(arguments: [
    appID, message.uuid, message.kind.rawValue, message.envelope.path, message.envelope.query,
    message.envelope.headerText, message.envelope.goesFirst, message.envelope.isDroppable,
    message.enqueuedAt, body.file, body.offset, body.length, body.check.map { Int64($0) },
    message.kind == .sync,
  ])
  return database.lastInsertedRowID
}

extension ListedMessage.State {
  /// SQL for "in this state".
  fileprivate var condition: String {
    switch self {
    case .waiting: "(state = 'waiting')"
    case .setAside: "(state = 'set_aside' AND uncertain_since IS NULL)"
    case .uncertain: "(state = 'set_aside' AND uncertain_since IS NOT NULL)"
    }
  }
}

/// The size of a message's body, wherever that is.
private let bodySizeSQL =
  "coalesce(body_length, (SELECT length(bytes) FROM body WHERE message_id = message.id), 0)"

/// Waiting messages and the sizes of their bodies.
private func waitingRows(
  after id: Int64, of app: App?, in database: Database
) throws -> RowCursor {
  let sql = waitingRowsSQL(of: app)
  return try Row.fetchCursor(
    database.cachedStatement(sql: sql), arguments: [id] + app.arguments)
}

/// The order is that of an index: SQLite need not sort, so it need not read more than is asked for.
func waitingRowsSQL(of app: App?) -> String {
  // CROSS JOIN keeps SQLite from starting at the short table and sorting the long one.
  """
  SELECT message.*, client_id, env, hub, \(bodySizeSQL) AS body_size FROM message
  CROSS JOIN app ON app.id = message.app_id
  WHERE state = 'waiting' AND message.id > ? AND \(app.condition) ORDER BY message.id
  """
}

private func queuedMessage(
  _ row: Row, _ bodies: BodyFiles, in database: Database
) throws -> QueuedMessage {
  let id: Int64 = try row.value("id")
  var damage: BodyDamage?
  var contents: [UInt8] = []
  switch try body(of: row, id: id, bodies, in: database) {
  case .success(let body): contents = body
  case .failure(let found): damage = found
  }
  let headers = Envelope.headers(from: try row.value("headers"))
  if headers == nil { damage = .headers }
  let envelope = Envelope(
    path: try row.value("path"), query: try row.value("query"), headers: headers ?? [],
    goesFirst: try row.value("goes_first"), isDroppable: try row.value("is_droppable"))
  let message = NewMessage(
    app: try App(row), kind: try kind(row), uuid: try row.value("uuid"), envelope: envelope,
    body: contents, enqueuedAt: try row.value("enqueued_at"))
  return QueuedMessage(
    id: id, message: message, uncertainSince: try row.value("uncertain_since"), damage: damage)
}

func body(
  of row: Row, id: Int64, _ bodies: BodyFiles, in database: Database
) throws -> Result<[UInt8], BodyDamage> {
  guard (try row.value("body_file") as Int64?) == nil else {
    guard let place = try BodyPlace(row) else { return .failure(.missing) }
    return try bodies.read(place)
  }
  // It was queued by a version that kept bodies in the database.
  let bytes = try Data.fetchOne(
    database.cachedStatement(sql: "SELECT bytes FROM body WHERE message_id = ?"), arguments: [id])
  return bytes.map { .success(Array($0)) } ?? .failure(.missing)
}

private func kind(_ row: Row) throws -> MessageKind {
  guard let kind = MessageKind(rawValue: try row.value("kind")) else {
    // The schema does not allow it, so the file is not what we wrote.
    throw OutboxError.corrupt(detail: "a message of unknown kind")
  }
  return kind
}

extension App? {
  /// SQL for "of this app", or of any for nil.
  fileprivate var condition: String {
    self == nil ? "true" : "app_id = (SELECT id FROM app WHERE \(appCondition))"
  }

  fileprivate var arguments: StatementArguments {
    self.map(\.arguments) ?? []
  }
}
