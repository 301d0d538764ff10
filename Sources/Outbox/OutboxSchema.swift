internal import GRDB

// The tables, on disk `<state-dir>/backtally.sqlite`.
//
// A migration that has been released is never edited: a change is a new one behind it. Times are
// nanoseconds since 1970. No STRICT tables and no RETURNING, so that the SQLite 3.34 of Debian 11
// and RHEL 9 will do.

/// The schema's history. Its last migration is the version of the schema.
///
/// - Parameter bodies: what the queue has in files; nil if nothing is to be migrated, or there is none.
func outboxMigrator(_ bodies: BodyFiles? = nil) -> DatabaseMigrator {
  var migrator = DatabaseMigrator()
  migrator.registerMigration("1 ledger and queue") { database in
    try database.execute(sql: ledgerTables)
    try database.execute(sql: queueTables)
  }
  migrator.registerMigration("2 names of consumers") { database in
    try database.execute(sql: consumerTable)
  }
  migrator.registerMigration("3 bodies in files") { database in
    try database.execute(sql: bodyFiles)
  }
  migrator.registerMigration("4 envelopes and killed runs") { database in
    try database.execute(sql: envelopes)
    try database.execute(sql: killedRuns)
  }
  migrator.registerMigration("5 hubs and parts of sources") { database in
    try database.execute(sql: hubs)
    try database.execute(sql: partsOfSources)
  }
  migrator.registerMigration("6 first attempts") { database in
    try database.execute(sql: firstAttempts)
  }
  migrator.registerMigration("7 check values of bodies") { database in
    try database.execute(sql: checkValues)
    if let bodies { try addCheckValues(to: bodies, in: database) }
  }
  migrator.registerMigration("8 sums of whole fingerprints") { database in
    try database.execute(sql: sumsOfFingerprints)
  }
  migrator.registerMigration("9 formats of sources") { database in
    try database.execute(sql: "ALTER TABLE source ADD COLUMN format TEXT")
  }
  migrator.registerMigration("10 client IDs in lower case") { database in
    try database.execute(sql: lowerClientIDs)
  }
  migrator.registerMigration("11 parts of buckets") { database in
    try database.execute(sql: partsOfBuckets)
  }
  migrator.registerMigration("12 sums of what was sent") { database in
    try database.execute(sql: sumsOfWhatWasSent)
    try noteEarlierDays(in: database)
  }
  migrator.registerMigration("13 apps of runs") { database in
    try database.execute(sql: appsOfRuns)
  }
  return migrator
}

/// Who the numbers belong to, how far each source has been read, and what a run remembers.
///
/// A source's fingerprint is not unique: two servers' logs may begin alike.
private let ledgerTables = """
  CREATE TABLE app (
    id INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL,
    env TEXT NOT NULL,
    UNIQUE (client_id, env)
  );

  CREATE TABLE source (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL REFERENCES app (id),
    target TEXT NOT NULL,
    name TEXT,
    fingerprint BLOB,
    fingerprint_length INTEGER,
    position_bytes INTEGER NOT NULL,
    position_lines INTEGER NOT NULL,
    check_hash BLOB NOT NULL,
    check_length INTEGER NOT NULL,
    file_size INTEGER,
    file_modified_at INTEGER,
    file_inode INTEGER,
    file_device INTEGER,
    last_path TEXT NOT NULL,
    first_request_at INTEGER,
    last_request_at INTEGER,
    line_count INTEGER NOT NULL,
    request_count INTEGER NOT NULL,
    first_imported_at INTEGER NOT NULL,
    last_imported_at INTEGER NOT NULL,
    CHECK ((name IS NULL) = (fingerprint IS NOT NULL)),
    CHECK ((fingerprint IS NULL) = (fingerprint_length IS NULL))
  );
  CREATE INDEX source_by_app ON source (app_id, target);

  CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    exit_status INTEGER,
    bytes_read INTEGER NOT NULL DEFAULT 0,
    lines_read INTEGER NOT NULL DEFAULT 0,
    lines_tallied INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    messages_queued INTEGER NOT NULL DEFAULT 0,
    messages_delivered INTEGER NOT NULL DEFAULT 0,
    messages_set_aside INTEGER NOT NULL DEFAULT 0
  );

  CREATE TABLE key_value (
    app_id INTEGER NOT NULL REFERENCES app (id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (app_id, key)
  ) WITHOUT ROWID;
  """

/// A message and its body are apart, so that noting an attempt does not rewrite a megabyte.
/// AUTOINCREMENT: an id is never given twice, so it is the order of the queue and a place in it.
private let queueTables = """
  CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL REFERENCES app (id),
    uuid TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('startup', 'sync', 'log')),
    path TEXT NOT NULL,
    query TEXT,
    enqueued_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'set_aside')),
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    set_aside_at INTEGER,
    set_aside_reason TEXT,
    CHECK ((state = 'set_aside') = (set_aside_at IS NOT NULL)),
    CHECK ((state = 'set_aside') = (set_aside_reason IS NOT NULL))
  );
  CREATE INDEX message_by_state ON message (state);
  CREATE INDEX message_by_app ON message (app_id, state);

  CREATE TABLE body (
    message_id INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    bytes BLOB NOT NULL
  );

  CREATE TABLE delivered (
    app_id INTEGER NOT NULL REFERENCES app (id),
    kind TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, kind)
  ) WITHOUT ROWID;
  """

/// Where bodies are (`BodyFiles`). `body` still holds those of messages that were queued before.
///
/// `body_file` of a message refers to no row, because its index would cost each message more than the
/// reference is worth: the rows of a file's messages are found by their ids.
private let bodyFiles = """
  CREATE TABLE body_file (
    id INTEGER PRIMARY KEY,
    first_message INTEGER NOT NULL,
    last_message INTEGER NOT NULL
  );

  ALTER TABLE message ADD COLUMN body_file INTEGER;
  ALTER TABLE message ADD COLUMN body_offset INTEGER;
  ALTER TABLE message ADD COLUMN body_length INTEGER;
  """

/// What was reported of consumers, so that it is sent again only when it changes.
private let consumerTable = """
  CREATE TABLE consumer (
    app_id INTEGER NOT NULL REFERENCES app (id),
    identifier TEXT NOT NULL,
    name TEXT,
    group_name TEXT,
    PRIMARY KEY (app_id, identifier)
  ) WITHOUT ROWID;
  """

/// The rest of a message's envelope, beside `path` and `query`. Until then delivery knew by the kind
/// what messages of hub v2 need, which is written down here for those that still wait.
///
/// Stored and not derived from the kind when a message is sent: what was queued travels as its maker
/// meant it, whichever protocol a later version makes of that kind.
private let envelopes = """
  ALTER TABLE message ADD COLUMN headers TEXT NOT NULL DEFAULT '';
  ALTER TABLE message ADD COLUMN goes_first INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE message ADD COLUMN is_droppable INTEGER NOT NULL DEFAULT 0;

  UPDATE message SET headers = 'Content-Type: application/json' WHERE kind <> 'log';
  UPDATE message SET goes_first = 1 WHERE kind = 'startup';
  UPDATE message SET is_droppable = 1 WHERE kind = 'log';
  """

/// Set for a run without an end when the next one begins.
private let killedRuns = """
  ALTER TABLE run ADD COLUMN was_killed INTEGER NOT NULL DEFAULT 0;
  """

/// An app is another one on another hub. The hub of what was recorded before is not known: it is the first
/// one that is named (`OutboxDatabase.adopt`).
///
/// The table is made anew, since SQLite cannot change what is unique. Foreign keys are off meanwhile, and
/// refer to it by its name.
private let hubs = """
  CREATE TABLE new_app (
    id INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL,
    env TEXT NOT NULL,
    hub TEXT NOT NULL DEFAULT '',
    UNIQUE (client_id, env, hub)
  );
  INSERT INTO new_app (id, client_id, env) SELECT id, client_id, env FROM app;
  DROP TABLE app;
  ALTER TABLE new_app RENAME TO app;
  """

/// The CRC-32 of each body in a file (`checkValue`); `addCheckValues` fills it in for those that are there.
private let checkValues = """
  ALTER TABLE message ADD COLUMN body_check INTEGER;
  """

/// What was counted of a source where that is not all of it, as JSON (`LedgerSource.Part`), and what a
/// source is found by among many.
private let partsOfSources = """
  ALTER TABLE source ADD COLUMN parts TEXT;
  ALTER TABLE source ADD COLUMN beginning INTEGER;
  """

/// Since when the hub may have a message: when the first attempt began that may have come to it. NULL as
/// long as there was none.
///
/// Of messages that were attempted before, it is only known when they were queued, and what the last
/// attempt failed with: not these ways, in which nothing was taken.
private let firstAttempts = """
  ALTER TABLE message ADD COLUMN uncertain_since INTEGER;

  UPDATE message SET uncertain_since = enqueued_at
  WHERE state = 'waiting' AND attempts > 0 AND ifnull(last_error, '') NOT IN (
      'connection refused', 'no route to the hub', 'no connection in time',
      'the hub''s host name cannot be resolved', 'the hub''s TLS certificate is not trusted',
      'the TLS handshake failed', 'the proxy did not connect to the hub')
    AND ifnull(last_error, '') NOT LIKE 'the hub answered 3%'
    AND ifnull(last_error, '') NOT LIKE 'the hub answered 4%'
    AND ifnull(last_error, '') NOT LIKE 'the hub answered 503%';
  """

/// `beginning` was a sum of 256 bytes, which all files of a kind may share; now it is one of all that the
/// fingerprint is of. A source without one is found by its fingerprint, until it is recorded again.
private let sumsOfFingerprints = """
  UPDATE source SET beginning = NULL;
  """

/// Two spellings of a client ID are one app. Where both were used, what is known of the later one becomes
/// the first one's; what was reported of both is as the first one has it.
private let lowerClientIDs = """
  CREATE TEMP TABLE joined AS
    SELECT id AS old, (
        SELECT min(id) FROM app AS first
        WHERE lower(first.client_id) = lower(app.client_id)
          AND first.env = app.env AND first.hub = app.hub
      ) AS kept
    FROM app;
  DELETE FROM joined WHERE old = kept;

  UPDATE source SET app_id = (SELECT kept FROM joined WHERE old = app_id)
    WHERE app_id IN (SELECT old FROM joined);
  UPDATE message SET app_id = (SELECT kept FROM joined WHERE old = app_id)
    WHERE app_id IN (SELECT old FROM joined);
  UPDATE OR IGNORE key_value SET app_id = (SELECT kept FROM joined WHERE old = app_id)
    WHERE app_id IN (SELECT old FROM joined);
  DELETE FROM key_value WHERE app_id IN (SELECT old FROM joined);
  UPDATE OR IGNORE consumer SET app_id = (SELECT kept FROM joined WHERE old = app_id)
    WHERE app_id IN (SELECT old FROM joined);
  DELETE FROM consumer WHERE app_id IN (SELECT old FROM joined);
  INSERT INTO delivered (app_id, kind, count, last_at)
    SELECT kept, kind, count, last_at FROM delivered JOIN joined ON old = app_id WHERE true
    ON CONFLICT (app_id, kind) DO UPDATE
      SET count = count + excluded.count, last_at = max(last_at, excluded.last_at);
  DELETE FROM delivered WHERE app_id IN (SELECT old FROM joined);
  DELETE FROM app WHERE id IN (SELECT old FROM joined);
  DROP TABLE joined;

  UPDATE app SET client_id = lower(client_id);
  """

/// Whom a run counts for, and how far it is. Of earlier runs it is known where there is one app only.
private let appsOfRuns = """
  ALTER TABLE run ADD COLUMN app_id INTEGER REFERENCES app (id);
  ALTER TABLE run ADD COLUMN bytes_total INTEGER;
  ALTER TABLE run ADD COLUMN checkpointed_at INTEGER;

  UPDATE run SET app_id = (SELECT id FROM app) WHERE (SELECT count(*) FROM app) = 1;
  """
