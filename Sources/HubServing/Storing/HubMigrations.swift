import GRDB

// What migrations compute.

extension HubSchema {
  /// Makes numbers of the tallies of version 2, minute by minute.
  static func packTallies(_ db: Database) throws {
    var writing = NumbersWriting()
    var batch = TrafficBatch()
    var last: (origin: Int64, bucket: Int64) = (0, 0)
    func write() throws {
      if !batch.items.isEmpty {
        try writing.write(batch, from: last.origin, nil, message: nil, to: db)
      }
      batch = TrafficBatch()
    }
    let tallies = try Row.fetchCursor(
      db, sql: "SELECT * FROM tally ORDER BY origin, bucket, id")
    let bars = try db.makeStatement(
      sql: "SELECT histogram, bin, count FROM bar WHERE tally = ?")
    while let row = try tallies.next() {
      let place: (origin: Int64, bucket: Int64) = (row["origin"], row["bucket"])
      if place != last { try write() }
      last = place
      var item = TrafficBatch.Item()
      item.consumer = batch.append(row["consumer"])
      item.method = batch.append(row["method"])
      item.path = batch.append(row["path"])
      item.bucket = place.bucket
      item.status = row["status_code"]
      item.requestCount = row["request_count"]
      item.requestSizeSum = row["request_size_sum"]
      item.responseSizeSum = row["response_size_sum"]
      item.durationSum = row["duration_sum"]
      let start = batch.bins.count
      for bar in try Row.fetchAll(bars, arguments: [row["id"] as Int64]) {
        guard let histogram = Histogram(rawValue: bar["histogram"]) else { continue }
        batch.bins.append(
          TrafficBatch.Bin(histogram: histogram, bin: bar["bin"], count: bar["count"]))
      }
      item.bins = start..<batch.bins.count
      batch.items.append(item)
    }
    try write()
    try RollingUp.add(numbersAfter: 0, client: "''", to: db)
    try db.execute(sql: "DROP TABLE bar; DROP TABLE tally;")
  }

  /// What pages need: totals by hour that tell live traffic from what was filled in afterwards, when each
  /// consumer came, errors, and what lines of request logs are found by.
  static let version6 = """
    CREATE TABLE origin_hour (
      origin INTEGER NOT NULL REFERENCES origin (id),
      hour INTEGER NOT NULL,
      client TEXT NOT NULL,
      requests INTEGER NOT NULL,
      client_errors INTEGER NOT NULL,
      server_errors INTEGER NOT NULL,
      PRIMARY KEY (origin, hour, client)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO origin_hour
    SELECT origin, hour,
      CASE WHEN EXISTS (
        SELECT 1 FROM message WHERE message.origin = hour_endpoint.origin
          AND coalesce(client, '') <> 'backfill') THEN 'unknown' ELSE 'backfill' END,
      capped_sum(requests),
      capped_sum(iif(status BETWEEN 400 AND 499, requests, 0)),
      capped_sum(iif(status BETWEEN 500 AND 599, requests, 0))
    FROM hour_endpoint GROUP BY origin, hour;

    CREATE INDEX day_consumer_days ON day_consumer (origin, consumer, day);

    CREATE TABLE error (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin (id),
      digest BLOB NOT NULL,
      kind TEXT NOT NULL,
      endpoint INTEGER NOT NULL REFERENCES endpoint (id),
      type TEXT NOT NULL,
      message TEXT NOT NULL,
      detail TEXT NOT NULL,
      UNIQUE (origin, digest)
    ) STRICT;
    CREATE TABLE error_hour (
      error INTEGER NOT NULL REFERENCES error (id),
      hour INTEGER NOT NULL,
      consumer INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (error, hour, consumer)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX error_hour_hour ON error_hour (hour);

    ALTER TABLE log_item ADD COLUMN time REAL;
    ALTER TABLE log_item ADD COLUMN method TEXT;
    ALTER TABLE log_item ADD COLUMN path TEXT;
    ALTER TABLE log_item ADD COLUMN url TEXT;
    ALTER TABLE log_item ADD COLUMN consumer TEXT;
    ALTER TABLE log_item ADD COLUMN status INTEGER;
    ALTER TABLE log_item ADD COLUMN response_time REAL;
    CREATE INDEX log_item_time ON log_item (origin, time, id);
    """

  /// Of what is there already.
  static func findLogItems(_ db: Database) throws {
    let update = try db.makeStatement(
      sql: """
        UPDATE log_item SET time = ?, method = ?, path = ?, url = ?, consumer = ?, status = ?,
          response_time = ? WHERE id = ?
        """)
    // By key, not under the cursor that is read.
    var last: Int64 = 0
    while true {
      let rows = try Row.fetchAll(
        db, sql: "SELECT id, line FROM log_item WHERE id > ? ORDER BY id LIMIT 1000",
        arguments: [last])
      guard !rows.isEmpty else { return }
      for row in rows {
        last = row["id"]
        let line: String = row["line"]
        guard let value = try? JSONReading.value(of: Array(line.utf8)),
          let fields = LogItemFields(value)
        else { continue }
        try update.execute(arguments: fields.arguments + [last])
      }
    }
  }

  /// Of the messages that are there already.
  static func findErrors(_ db: Database) throws {
    var writing = NumbersWriting()
    let messages = try Row.fetchCursor(
      db,
      sql: """
        SELECT origin, body FROM message
        WHERE kind = 'sync' AND instr(body, '"error_count"') > 0
        """)
    while let row = try messages.next() {
      let body: String = row["body"]
      guard let message = try? SyncMessage.message(of: Array(body.utf8)) else { continue }
      try writing.write(message.errors, from: row["origin"], bucket: message.bucket, to: db)
    }
  }
}
