import FoundationEssentials
import GRDB

/// The hub's database on disk.
///
/// | table | one row for |
/// |---|---|
/// | `origin` | each client ID and environment; counts the duplicates that were dropped |
/// | `message` | each `/startup` and `/sync` message, with its body as it was sent; that of a sync message packed |
/// | `log_file`, `log_item` | each `/log` file and each of its lines, as they were sent, with what they are found by |
/// | `consumer` | each consumer that has a name or a group; the last one reported |
/// | `hub_run` | each time that the hub has run: outages are told by what it heard while it did |
/// | `alert` | each alert rule and environment: where the alert stands |
/// | `alert_action` | each time that an alert does something: what waits, and the last that are over |
/// | `endpoint`, `person` | each method and path, and each consumer's identifier, that numbers refer to |
/// | `numbers` | each message and minute: its items, packed (``PackedItem``) |
/// | `rolled_up` | one row: up to which row of `numbers` the roll-ups have them (``RollingUp``) |
/// | `hour_endpoint` | each hour, endpoint and status: what the numbers add up to, with histograms |
/// | `origin_hour` | each hour and kind of client: requests and errors |
/// | `day_consumer` | each day and consumer: the same, with its response times, and requests and errors by endpoint |
///
/// | `error`, `error_hour` | each error that was reported, with its traceback, and how often in each hour |
///
/// The hours and days are roll-ups for views that must not go through all numbers. They are written for many
/// messages at once. Histograms are one BLOB a row (``PackedHistograms``), as are endpoints (``PackedEndpoints``). Hours and days are counted from
/// 1970 (UTC); a `consumer` of 0 is none.
///
/// Tables are STRICT: a sum that no longer fits 64 bits is an error, not a rounded number.
enum HubSchema {
  /// `bhub` in ASCII, so that another program's file is not mistaken for ours.
  static let applicationID: Int32 = 0x6268_7562

  /// - Parameter path: a file, created if necessary and readable by its owner only; nil for a
  ///   temporary database that SQLite keeps in memory and moves to a nameless file as it grows.
  static func open(path: String?) throws(LocalHubError) -> DatabaseQueue {
    do {
      if let path { try createForOwner(path) }
      let queue = try DatabaseQueue(path: path ?? "", configuration: configuration(path: path))
      try queue.read { try check($0, path: path ?? "") }
      if try queue.read(migrator.hasBeenSuperseded) {
        throw LocalHubError.databaseTooNew(path: path ?? "")
      }
      try migrator.migrate(queue)
      return queue
    } catch let error as LocalHubError {
      throw error
    } catch {
      throw .databaseUnusable(path: path ?? "(temporary)", reason: reason(of: error))
    }
  }

  /// Another connection to the database at `path`, which is open already.
  static func openForCopying(path: String) throws(LocalHubError) -> DatabaseQueue {
    do {
      return try DatabaseQueue(path: path, configuration: configuration(path: path))
    } catch {
      throw .databaseUnusable(path: path, reason: reason(of: error))
    }
  }

  /// What SQLite says, without the statement at fault.
  private static func reason(of error: any Error) -> String {
    guard let error = error as? DatabaseError else { return "\(error)" }
    return "\(error.message ?? "no message") (SQLite \(error.resultCode.rawValue))"
  }

  /// Pages of the database in memory, in KiB.
  private static let cacheSize = 32_768
  private static func configuration(path: String?) -> Configuration {
    var configuration = Configuration()
    configuration.label = "LocalHub"
    // Someone may be looking at the file with sqlite3 while the hub runs.
    configuration.busyMode = .timeout(5)
    if path != nil { configuration.journalMode = .wal }
    configuration.prepareDatabase { db in
      db.add(
        function: DatabaseFunction(
          "capped_sum", argumentCount: 1, pure: true, aggregate: CappedSum.self))
      // Whatever was acknowledged survives the end of the process, but not a power cut: a local
      // hub needs no more, and syncing for each message would take most of its time.
      if path != nil { try db.execute(sql: "PRAGMA synchronous = NORMAL") }
      // A message changes rows on many pages, again and again the same ones: they stay in memory, and are
      // copied from the log to their places once in many messages (``LogCheckpointing``).
      try db.execute(sql: "PRAGMA cache_size = -\(cacheSize)")
      // Debian's SQLite overwrites what is replaced, and with it all that histograms were before.
      try db.execute(sql: "PRAGMA secure_delete = OFF")
      if path != nil {
        let pages = LogCheckpointing.Limits().longestPages
        try db.execute(sql: "PRAGMA wal_autocheckpoint = \(pages)")
      }
    }
    return configuration
  }

  /// Request logs may contain private data.
  private static func createForOwner(_ path: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else { return }
    _ = FileManager.default.createFile(
      atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
  }

  private static func check(_ db: Database, path: String) throws {
    let applicationID = try Int32.fetchOne(db, sql: "PRAGMA application_id")
    let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
    guard isEmpty || applicationID == Self.applicationID else {
      throw LocalHubError.databaseForeign(path: path)
    }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: version1)
    }
    migrator.registerMigration("2") { db in try db.execute(sql: version2) }
    migrator.registerMigration("3") { db in
      try db.execute(sql: version3)
      try packTallies(db)
    }
    migrator.registerMigration("4") { db in try db.execute(sql: version4) }
    migrator.registerMigration("5") { db in try db.execute(sql: version5) }
    migrator.registerMigration("6") { db in
      try db.execute(sql: version6)
      try findLogItems(db)
      try findErrors(db)
    }
    migrator.registerMigration("7") { db in try db.execute(sql: version7) }
    migrator.registerMigration("8") { db in try db.execute(sql: version8) }
    return migrator
  }

  /// The body of a sync message packed (``BodyPacking``); `body` is empty then. Those that were there stay as they
  /// are.
  private static let version8 = "ALTER TABLE message ADD COLUMN packed BLOB"

  /// Up to where the roll-ups have the numbers: so far, all of them.
  private static let version7 = """
    ALTER TABLE numbers ADD COLUMN client TEXT;
    CREATE TABLE rolled_up (through INTEGER NOT NULL) STRICT;
    INSERT INTO rolled_up SELECT coalesce(max(id), 0) FROM numbers;
    """

  /// Alerts by rule, and what they do. Of an action there is no address: that is in the rules.
  private static let version5 = """
    CREATE TABLE alert (
      rule TEXT NOT NULL,
      origin INTEGER NOT NULL REFERENCES origin (id),
      metric TEXT NOT NULL,
      direction TEXT NOT NULL,
      threshold REAL NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('ok', 'pending', 'firing')),
      since REAL NOT NULL,
      fired_at REAL,
      resolved_at REAL,
      value REAL,
      evaluated_at REAL NOT NULL,
      PRIMARY KEY (rule, origin)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE alert_action (
      id INTEGER PRIMARY KEY,
      rule TEXT NOT NULL,
      origin INTEGER NOT NULL REFERENCES origin (id),
      event TEXT NOT NULL CHECK (event IN ('firing', 'resolved')),
      action TEXT NOT NULL CHECK (action IN ('webhook', 'command')),
      body TEXT NOT NULL,
      created_at REAL NOT NULL,
      next_at REAL NOT NULL,
      tries INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
      finished_at REAL,
      error TEXT
    ) STRICT;
    CREATE INDEX alert_action_waiting ON alert_action (id) WHERE state = 'waiting';
    CREATE INDEX alert_action_alert ON alert_action (rule, origin);
    """

  /// When the hub ran, and what finds the arrivals of live clients, of one instance and of all.
  private static let version4 = """
    CREATE INDEX telemetry_arrival ON telemetry (origin, client, instance, received_at);
    CREATE INDEX message_live ON message (origin, client, received_at, instance)
      WHERE client = 'live';
    CREATE INDEX telemetry_live ON telemetry (origin, client, received_at, instance)
      WHERE client = 'live';

    CREATE TABLE hub_run (
      id INTEGER PRIMARY KEY,
      started_at REAL NOT NULL,
      seen_at REAL NOT NULL
    ) STRICT;
    """

  /// How messages came, and numbers packed, with roll-ups. Of what came before, it is not known when.
  private static let version3 = """
    ALTER TABLE message ADD COLUMN received_at REAL;
    ALTER TABLE message ADD COLUMN instance TEXT;
    ALTER TABLE message ADD COLUMN client TEXT;
    ALTER TABLE log_file ADD COLUMN received_at REAL;
    ALTER TABLE telemetry ADD COLUMN instance TEXT;
    ALTER TABLE telemetry ADD COLUMN client TEXT;
    CREATE INDEX message_arrival ON message (origin, client, instance, received_at);

    CREATE TABLE endpoint (
      id INTEGER PRIMARY KEY,
      method TEXT NOT NULL,
      path TEXT NOT NULL,
      UNIQUE (method, path)
    ) STRICT;

    CREATE TABLE person (
      id INTEGER PRIMARY KEY,
      identifier TEXT NOT NULL UNIQUE
    ) STRICT;

    CREATE TABLE numbers (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin (id),
      bucket INTEGER NOT NULL,
      message INTEGER,
      items BLOB NOT NULL
    ) STRICT;
    CREATE INDEX numbers_bucket ON numbers (origin, bucket);
    CREATE INDEX numbers_message ON numbers (message) WHERE message IS NOT NULL;

    CREATE TABLE hour_endpoint (
      origin INTEGER NOT NULL REFERENCES origin (id),
      hour INTEGER NOT NULL,
      endpoint INTEGER NOT NULL REFERENCES endpoint (id),
      status INTEGER NOT NULL,
      requests INTEGER NOT NULL,
      received INTEGER NOT NULL,
      sent INTEGER NOT NULL,
      duration_sum REAL NOT NULL,
      histograms BLOB NOT NULL,
      PRIMARY KEY (origin, hour, endpoint, status)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE day_consumer (
      origin INTEGER NOT NULL REFERENCES origin (id),
      day INTEGER NOT NULL,
      consumer INTEGER NOT NULL,
      requests INTEGER NOT NULL,
      client_errors INTEGER NOT NULL,
      server_errors INTEGER NOT NULL,
      received INTEGER NOT NULL,
      sent INTEGER NOT NULL,
      histograms BLOB NOT NULL,
      endpoints BLOB NOT NULL,
      PRIMARY KEY (origin, day, consumer)
    ) STRICT, WITHOUT ROWID;
    """

  /// Of OTLP: `telemetry` has one row for each message that was taken, by the SHA-256 of its bytes, and
  /// `duration_sum` is in seconds.
  private static let version2 = """
    ALTER TABLE tally ADD COLUMN duration_sum REAL NOT NULL DEFAULT 0;

    CREATE TABLE telemetry (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin (id),
      signal TEXT NOT NULL,
      digest BLOB NOT NULL,
      received_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX telemetry_digest ON telemetry (origin, digest);
    """

  private static let version1 = """
    CREATE TABLE origin (
      id INTEGER PRIMARY KEY,
      client_id TEXT NOT NULL,
      env TEXT NOT NULL,
      duplicates INTEGER NOT NULL DEFAULT 0,
      UNIQUE (client_id, env)
    ) STRICT;

    CREATE TABLE message (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin (id),
      kind TEXT NOT NULL CHECK (kind IN ('startup', 'sync')),
      uuid TEXT NOT NULL,
      body TEXT NOT NULL,
      UNIQUE (origin, uuid)
    ) STRICT;
    CREATE INDEX message_kind ON message (origin, kind);

    CREATE TABLE log_file (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin (id),
      uuid TEXT NOT NULL,
      UNIQUE (origin, uuid)
    ) STRICT;

    CREATE TABLE log_item (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin (id),
      file INTEGER NOT NULL REFERENCES log_file (id),
      uuid TEXT NOT NULL,
      line TEXT NOT NULL,
      UNIQUE (origin, uuid)
    ) STRICT;

    CREATE TABLE consumer (
      origin INTEGER NOT NULL REFERENCES origin (id),
      identifier TEXT NOT NULL,
      name TEXT,
      "group" TEXT,
      PRIMARY KEY (origin, identifier)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE tally (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin (id),
      bucket INTEGER NOT NULL,
      consumer TEXT NOT NULL,
      method TEXT NOT NULL,
      path TEXT NOT NULL,
      status_code INTEGER NOT NULL,
      request_count INTEGER NOT NULL,
      request_size_sum INTEGER NOT NULL,
      response_size_sum INTEGER NOT NULL,
      UNIQUE (origin, bucket, consumer, method, path, status_code)
    ) STRICT;

    CREATE TABLE bar (
      tally INTEGER NOT NULL REFERENCES tally (id),
      histogram TEXT NOT NULL,
      bin INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (tally, histogram, bin)
    ) STRICT, WITHOUT ROWID;
    """
}

/// SQLite's `sum`, which fails where the sum no longer fits 64 bits: a few messages, each of them valid,
/// would make every page fail for ever. This one stops at the largest number that fits.
private struct CappedSum: DatabaseAggregate {
  private var sum: Int64 = 0

  mutating func step(_ values: [DatabaseValue]) {
    let value = values.first.flatMap { Int64.fromDatabaseValue($0) } ?? 0
    let (next, isOver) = sum.addingReportingOverflow(value)
    sum = isOver ? (value > 0 ? .max : .min) : next
  }

  func finalize() -> (any DatabaseValueConvertible)? { sum }
}
