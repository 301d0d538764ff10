package import Addressing
internal import GRDB
internal import RawStatements

// What the messages of each app add up to: by hour, endpoint and status, and by day and consumer. It is
// written in the transaction that queues the messages, so that what Apitally has can be held against it
// when the messages are long gone.
//
// The sums are of all messages that were queued. What of them was not delivered is still in the queue, with
// its body (`forEachSummedMessage`); when messages are dropped, what they count is taken off.
//
// Of each day it is known whether the sums are whole. They are not where an earlier version has sent some
// of it, or where they were kept long enough: they are forgotten `sumsAreKept` after the last message of that
// day was queued, while the day itself is remembered, since a late message would else be taken for all.

extension OutboxDatabase {
  /// How long the sums of a day are kept after they were last added to.
  package static let sumsAreKeptDays = 90
  /// The same in nanoseconds.
  static var sumsAreKept: Int64 { Int64(sumsAreKeptDays) * 86_400 * 1_000_000_000 }
}

extension Checkpoint {
  /// Adds to what the messages of an app add up to.
  ///
  /// - Parameter time: now, in nanoseconds since 1970.
  package func add(_ rows: TrafficRows, of app: App, at time: Int64) throws(OutboxError) {
    try writing { database in
      let appID = try appID(of: app, in: database)
      let endpointNames = try NameNumbers(
        of: ["method", "path"], in: "sent_endpoint", of: appID, database)
      let endpoints = try rows.endpoints.map { try endpointNames.number(of: [$0.method, $0.path]) }
      let consumerNames = try NameNumbers(
        of: ["identifier"], in: "sent_consumer", of: appID, database)
      let consumers = try rows.consumers.map { try consumerNames.number(of: [$0]) }
      // There are thousands of rows.
      let addHour = try RawStatement(additionToHour, database)
      addHour.bind(appID, at: 1)
      for row in rows.hours {
        addHour.bind(row.hour, at: 2)
        addHour.bind(endpoints[row.endpoint], at: 3)
        addHour.bind(Int64(row.status), at: 4)
        addHour.bind(row.sum.requests, at: 5)
        addHour.bind(row.sum.received, at: 6)
        addHour.bind(row.sum.sent, at: 7)
        try addHour.run(database)
      }
      let addDay = try RawStatement(additionToDay, database)
      addDay.bind(appID, at: 1)
      for row in rows.days {
        addDay.bind(row.day, at: 2)
        addDay.bind(row.consumer.map { consumers[$0] } ?? 0, at: 3)
        addDay.bind(row.requests, at: 4)
        try addDay.run(database)
      }
      for day in Set(rows.days.map(\.day) + rows.hours.map { $0.hour / 24 }) {
        try database.cachedStatement(
          sql: """
            INSERT INTO sent_day (app_id, day, written_at) VALUES (?, ?, ?)
              ON CONFLICT DO UPDATE SET written_at = max(written_at, excluded.written_at)
            """
        ).execute(arguments: [appID, day, time])
      }
    }
  }
}

/// The numbers that names have in a table, which are made if they have none.
private struct NameNumbers {
  private let select: RawStatement
  private let insert: RawStatement
  private let database: Database

  /// - Parameter columns: that a name consists of.
  init(of columns: [String], in table: String, of appID: Int64, _ database: Database) throws {
    let condition = columns.map { "\($0) = ?" }.joined(separator: " AND ")
    let places = columns.map { _ in "?" }.joined(separator: ", ")
    self.database = database
    select = try RawStatement(
      "SELECT id FROM \(table) WHERE app_id = ? AND \(condition)", database)
    insert = try RawStatement(
      "INSERT INTO \(table) (app_id, \(columns.joined(separator: ", "))) VALUES (?, \(places))",
      database)
    select.bind(appID, at: 1)
    insert.bind(appID, at: 1)
  }

  func number(of name: [String]) throws -> Int64 {
    for (place, part) in name.enumerated() {
      select.bind(part, at: Int32(place + 2))
      insert.bind(part, at: Int32(place + 2))
    }
    defer { select.reset() }
    if try select.step(database) { return select.integer(0) }
    try insert.run(database)
    return database.lastInsertedRowID
  }
}

/// Sums stop at the largest number that fits, rather than become real numbers.
private let additionToHour = """
  INSERT INTO sent_hour (app_id, hour, endpoint_id, status, requests, received, sent)
    VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
    received = iif(
      received > 9223372036854775807 - excluded.received, 9223372036854775807,
      received + excluded.received),
    sent = iif(
      sent > 9223372036854775807 - excluded.sent, 9223372036854775807, sent + excluded.sent)
  """

private let additionToDay = """
  INSERT INTO sent_consumer_day (app_id, day, consumer_id, requests) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET requests = requests + excluded.requests
  """

// MARK: - Reading

/// A day of which messages were queued.
package struct SentDay: Equatable, Sendable {
  /// Days since 1970.
  package var day: Int64
  /// Whether the sums are of all that was queued.
  package var isWhole: Bool
  /// How many sums there are of it, of endpoints and of consumers.
  package var count: Int
}

/// A message whose numbers are in the sums, but which is still in the queue.
package struct SummedMessage: Sendable {
  package var envelope: Envelope
  /// Empty if it is damaged.
  package var body: [UInt8]
  package var isDamaged: Bool
  /// Whether the hub may have it.
  package var isUncertain: Bool
}

extension OutboxDatabase {
  /// The days of an app's messages, in order.
  package func sentDays(of app: App) throws(OutboxError) -> [SentDay] {
    try reading { database in
      let sql = """
        SELECT day, is_whole,
          (SELECT count(*) FROM sent_hour WHERE app_id = app.id
            AND hour BETWEEN day * 24 AND day * 24 + 23)
          + (SELECT count(*) FROM sent_consumer_day AS other
            WHERE other.app_id = app.id AND other.day = sent_day.day) AS count
        FROM sent_day JOIN app ON app.id = sent_day.app_id WHERE \(appCondition) ORDER BY day
        """
      return try Row.fetchAll(database, sql: sql, arguments: app.arguments).map {
        SentDay(
          day: try $0.value("day"), isWhole: try $0.value("is_whole"),
          count: try $0.value("count"))
      }
    }
  }

  /// The sums of some days.
  package func sentSums(of app: App, days: Range<Int64>) throws(OutboxError) -> TrafficSums {
    try reading { database in
      var sums = TrafficSums()
      let hours = try Row.fetchCursor(
        database,
        sql: """
          SELECT hour, method, path, status, requests, received, sent
          FROM app CROSS JOIN sent_hour ON sent_hour.app_id = app.id
          JOIN sent_endpoint ON sent_endpoint.id = endpoint_id
          WHERE \(appCondition) AND hour >= ? AND hour < ?
          """, arguments: app.arguments + [days.lowerBound * 24, days.upperBound * 24])
      while let row = try hours.next() {
        let key = EndpointHour(
          hour: try row.value("hour"), method: try row.value("method"),
          path: try row.value("path"), status: try row.value("status"))
        sums.endpoints[key] = TrafficSum(
          requests: try row.value("requests"), received: try row.value("received"),
          sent: try row.value("sent"))
      }
      let consumers = try Row.fetchCursor(
        database,
        sql: """
          SELECT day, identifier, requests
          FROM app CROSS JOIN sent_consumer_day AS part ON part.app_id = app.id
          LEFT JOIN sent_consumer ON sent_consumer.id = consumer_id
          WHERE \(appCondition) AND day >= ? AND day < ?
          """, arguments: app.arguments + [days.lowerBound, days.upperBound])
      while let row = try consumers.next() {
        let key = ConsumerDay(
          day: try row.value("day"), consumer: try row.value("identifier"))
        sums.consumers[key] = try row.value("requests")
      }
      return sums
    }
  }

  /// Gives `body` each message of an app that is in the queue, whatever its state, and in the sums, until
  /// it returns false.
  package func forEachSummedMessage(
    of app: App, _ body: (SummedMessage) -> Bool
  ) throws(OutboxError) {
    try reading { database in
      let sql = """
        SELECT message.* FROM message JOIN app ON app.id = message.app_id
        WHERE \(appCondition) AND is_summed ORDER BY message.id
        """
      let rows = try Row.fetchCursor(database, sql: sql, arguments: app.arguments)
      while let row = try rows.next(), body(try summedMessage(row, bodies, in: database)) {}
    }
  }
}

private func summedMessage(
  _ row: Row, _ bodies: BodyFiles, in database: Database
) throws -> SummedMessage {
  let id: Int64 = try row.value("id")
  let headers = Envelope.headers(from: try row.value("headers"))
  let envelope = Envelope(path: try row.value("path"), headers: headers ?? [])
  let since: Int64? = try row.value("uncertain_since")
  guard case .success(let body) = try body(of: row, id: id, bodies, in: database), headers != nil
  else {
    return SummedMessage(
      envelope: envelope, body: [], isDamaged: true, isUncertain: since != nil)
  }
  return SummedMessage(
    envelope: envelope, body: body, isDamaged: false, isUncertain: since != nil)
}

// MARK: - Taking off and forgetting

/// Takes off what messages count that are dropped, in the open transaction. What is not known (a damaged
/// body) stays.
///
/// - Parameter condition: SQL for which messages.
func subtractSums(
  of condition: String, _ arguments: StatementArguments, bodies: BodyFiles,
  reading sums: (Envelope, [UInt8]) -> TrafficSums, in database: Database
) throws {
  let rows = try Row.fetchCursor(
    database, sql: "SELECT * FROM message WHERE is_summed AND (\(condition))",
    arguments: arguments)
  while let row = try rows.next() {
    let message = try summedMessage(row, bodies, in: database)
    guard !message.isDamaged else { continue }
    let appID: Int64 = try row.value("app_id")
    try subtract(sums(message.envelope, message.body), appID: appID, in: database)
  }
}

private func subtract(_ sums: TrafficSums, appID: Int64, in database: Database) throws {
  for (key, sum) in sums.endpoints {
    try database.cachedStatement(
      sql: """
        UPDATE sent_hour SET requests = requests - ?, received = received - ?, sent = sent - ?
        WHERE app_id = ? AND hour = ? AND status = ? AND endpoint_id = (
          SELECT id FROM sent_endpoint WHERE app_id = ? AND method = ? AND path = ?)
        """
    ).execute(arguments: [
      sum.requests, sum.received, sum.sent, appID, key.hour, key.status, appID, key.method.text,
      key.path.text,
    ])
  }
  for (key, requests) in sums.consumers {
    try database.cachedStatement(
      sql: """
        UPDATE sent_consumer_day SET requests = requests - ? WHERE app_id = ? AND day = ?
          AND consumer_id = ifnull(
            (SELECT id FROM sent_consumer WHERE app_id = ? AND identifier = ?), 0)
        """
    ).execute(arguments: [requests, appID, key.day, appID, key.consumer.text])
  }
}

extension OutboxDatabase {
  /// Forgets the sums of days to which nothing was added for `sumsAreKept`. The days stay, as not whole.
  ///
  /// - Parameter time: now, in nanoseconds since 1970.
  package func forgetOldSums(at time: Int64) throws(OutboxError) {
    try transaction { database in
      try database.execute(
        sql: "UPDATE sent_day SET is_whole = 0 WHERE written_at < ? AND is_whole",
        arguments: [time - Self.sumsAreKept])
      guard database.changesCount > 0 else { return }
      try database.execute(sql: removalOfOldSums)
    }
  }
}

/// The sums of days that are not whole, and names that nothing refers to any more.
private let removalOfOldSums = """
  DELETE FROM sent_hour WHERE EXISTS (
    SELECT 1 FROM sent_day WHERE sent_day.app_id = sent_hour.app_id AND day = hour / 24
      AND NOT is_whole);
  DELETE FROM sent_consumer_day WHERE EXISTS (
    SELECT 1 FROM sent_day WHERE sent_day.app_id = sent_consumer_day.app_id
      AND sent_day.day = sent_consumer_day.day AND NOT is_whole);
  DELETE FROM sent_endpoint WHERE id NOT IN (SELECT endpoint_id FROM sent_hour);
  DELETE FROM sent_consumer WHERE id NOT IN (SELECT consumer_id FROM sent_consumer_day);
  """

// MARK: - Schema

/// Names are apart, since a path is longer than a row of numbers. `consumer_id` is 0 for none. Hours and
/// days are counted from 1970 (UTC).
let sumsOfWhatWasSent = """
  CREATE TABLE sent_endpoint (
    id INTEGER PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES app (id),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    UNIQUE (app_id, method, path)
  );

  CREATE TABLE sent_consumer (
    id INTEGER PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES app (id),
    identifier TEXT NOT NULL,
    UNIQUE (app_id, identifier)
  );

  CREATE TABLE sent_hour (
    app_id INTEGER NOT NULL REFERENCES app (id),
    hour INTEGER NOT NULL,
    endpoint_id INTEGER NOT NULL,
    status INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    received INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY (app_id, hour, endpoint_id, status)
  ) WITHOUT ROWID;

  CREATE TABLE sent_consumer_day (
    app_id INTEGER NOT NULL REFERENCES app (id),
    day INTEGER NOT NULL,
    consumer_id INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (app_id, day, consumer_id)
  ) WITHOUT ROWID;

  CREATE TABLE sent_day (
    app_id INTEGER NOT NULL REFERENCES app (id),
    day INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    is_whole INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (app_id, day)
  ) WITHOUT ROWID;

  ALTER TABLE message ADD COLUMN is_summed INTEGER NOT NULL DEFAULT 0;
  """

/// Notes, in the migration, which days earlier versions have sent something of: those that their sources
/// say.
func noteEarlierDays(in database: Database) throws {
  let sources = try Row.fetchCursor(
    database,
    sql: """
      SELECT app_id, first_request_at AS first, last_request_at AS last FROM source
      WHERE first_request_at IS NOT NULL AND last_request_at IS NOT NULL ORDER BY app_id, first
      """)
  let insert = try database.makeStatement(
    sql: """
      INSERT OR IGNORE INTO sent_day (app_id, day, written_at, is_whole) VALUES (?, ?, 0, 0)
      """)
  let day: Int64 = 86_400 * 1_000_000_000
  var noted: (app: Int64, last: Int64) = (-1, -1)
  while let row = try sources.next() {
    let app: Int64 = try row.value("app_id")
    let first = max(0, try row.value("first") as Int64) / day
    let last = max(0, try row.value("last") as Int64) / day
    // The largest moment there is lies 106,751 days after 1970, so this ends.
    let start = noted.app == app ? max(first, noted.last + 1) : first
    if start <= last {
      for number in start...last { try insert.execute(arguments: [app, number]) }
    }
    noted = (app, noted.app == app ? max(noted.last, last) : last)
  }
}
