internal import GRDB
internal import GRDBSQLite
internal import RawStatements
internal import Synchronization

/// The database `<state-dir>/backtally.sqlite`: the ledger of sources and the queue of messages,
/// in one file so that one transaction covers both. The bodies are in files beside it (`BodyFiles`), as
/// are notes of attempts (`AttemptJournal`).
///
/// **On disk.** SQLite in WAL mode with `synchronous=FULL`: a transaction that `commit()` has
/// returned from survives a power cut. Files have mode 0600, directories that we create 0700.
/// Emptied pages are given back to the file system when the database is closed, at most
/// `pagesFreedOnClose` at a time. Tables: `OutboxSchema.swift`.
///
/// **One writer.** `StateLock` keeps other runs out. Inside this run the importer writes a
/// checkpoint, which can be large and stay open for a minute, while the delivery wants to record
/// that messages were taken. SQLite has room for one writing transaction, so the two take turns:
///
/// - Reading never waits: readers have their own connections, and see what was committed.
/// - While no checkpoint is open, a settlement (acknowledged, set aside, attempted) is written
///   at once, in a transaction of its own.
/// - While one is open, settlements are kept in memory and go into that checkpoint's `commit()`,
///   which saves a sync to disk; after a `rollback()` they are written on their own. So settling
///   never waits for an import. `nextBatch` hides messages whose settlement is still in memory.
/// - At most `settlementLimit` are kept. Beyond it they are written into the open checkpoint; only
///   if that is rolled back are these messages waiting again.
///
/// A crash may forget settlements that were in memory. Their messages are sent again with the
/// same uuid, which the hub drops, or set aside if that is too long ago. Recovery never concludes that
/// a message was taken.
///
/// All functions block the calling thread, for a few milliseconds but for `commit()`.
package final class OutboxDatabase: Sendable {
  /// How long to wait for another program's write lock (`sqlite3` in a terminal, a backup).
  package static let busyLimit: Duration = .seconds(5)
  /// How many settlements are kept in memory while a checkpoint is open. 65,536 without an error
  /// text are 4 MB, and more messages than a hub takes in a minute.
  package static let settlementLimit = 65_536
  /// 256 MB of 4 KB pages: what `close()` gives back at most, so that it ends within seconds.
  static let pagesFreedOnClose = 65_536
  /// What the write-ahead log keeps on disk once a large checkpoint has been copied: 16 MB.
  static let journalSizeLimit = 16 << 20

  static func path(in directory: String) -> String { directory + "/backtally.sqlite" }

  let pool: DatabasePool
  let bodies: BodyFiles
  /// nil if nothing may be written.
  let attempts: AttemptJournal?
  let turn = Mutex(Turn())
  private let lock: StateLock?

  /// Opens the database for writing, creates it if it is missing and brings its schema up to date.
  /// The lock is held until `close()`, or until the database is gone.
  package static func open(holding lock: StateLock) throws(OutboxError) -> OutboxDatabase {
    try open(holding: lock, busyLimit: busyLimit)
  }

  /// - Parameter willWriteBody: called before each write and sync of a file of bodies, and of the journal
  ///   of attempts.
  static func open(
    holding lock: StateLock, busyLimit: Duration = busyLimit,
    willWriteBody: @escaping @Sendable () throws(OutboxError) -> Void = {}
  ) throws(OutboxError) -> OutboxDatabase {
    let path = path(in: lock.directory)
    if !fileExists(at: path) {
      // SQLite gives the write-ahead log and its index the mode of the file that it finds.
      _ = try OpenFile(privateFileAt: path)
      try syncDirectory(at: lock.directory)
    }
    for suffix in ["", "-wal", "-shm", "-journal"] {
      try checkOurs(fileAt: path + suffix)
      if fileExists(at: path + suffix) { try makePrivate(fileAt: path + suffix) }
    }
    return try translatingErrors {
      let pool = try DatabasePool(
        path: path, configuration: configuration(isReadOnly: false, busyLimit))
      // A database pool asks for NORMAL, which may lose the last transactions in a power cut.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      let bodies = BodyFiles(inState: lock.directory, willWrite: willWriteBody)
      try checkSchema(of: pool, migratingWith: bodies)
      try pool.write { try noteKilledRuns(in: $0) }
      try openBodies(bodies, pool)
      let attempts = try AttemptJournal(inState: lock.directory, willWrite: willWriteBody)
      try pool.write { try note(attempts.noted, in: $0) }
      attempts.clear()
      return OutboxDatabase(pool: pool, bodies: bodies, attempts: attempts, lock: lock)
    }
  }

  /// Opens the database to look at it, next to a run that may be writing to it. Whatever writes
  /// throws `OutboxError.readOnly`.
  package static func openForReading(in directory: String) throws(OutboxError) -> OutboxDatabase {
    try requireDatabase(in: directory)
    let path = path(in: directory)
    return try translatingErrors {
      let pool = try DatabasePool(
        path: path, configuration: configuration(isReadOnly: true, busyLimit))
      try checkSchema(of: pool, migratingWith: nil)
      return OutboxDatabase(
        pool: pool, bodies: BodyFiles(inState: directory), attempts: nil, lock: nil)
    }
  }

  /// Throws `OutboxError.missing` if there is no database in `directory`: to open one for writing makes
  /// it.
  package static func requireDatabase(in directory: String) throws(OutboxError) {
    guard fileExists(at: path(in: directory)) else { throw OutboxError(absence: errorNumber) }
  }

  /// Removes the files that a crash has left, and those that hold nothing that waits.
  private static func openBodies(_ bodies: BodyFiles, _ pool: DatabasePool) throws {
    let known = try pool.write { database in
      _ = try forgetEmptyFiles(in: database)
      return try Set(Int64.fetchAll(database, sql: "SELECT id FROM body_file"))
    }
    try bodies.open(known: known)
  }

  private init(
    pool: DatabasePool, bodies: BodyFiles, attempts: AttemptJournal?, lock: StateLock?
  ) {
    self.pool = pool
    self.bodies = bodies
    self.attempts = attempts
    self.lock = lock
  }

  /// Writes what is still in memory, gives back free space, closes the connections and releases
  /// the lock. No checkpoint may be open. Throws if a settlement could not be written; the
  /// database is closed all the same.
  package func close() throws(OutboxError) {
    var failure: OutboxError?
    do {
      try writeUnsettled()
      try freePages()
    } catch {
      failure = error
    }
    // The readers go first: only a connection that may write can end the write-ahead log.
    pool.releaseMemory()
    try translatingErrors { try pool.close() }
    lock?.release()
    if let failure { throw failure }
  }

  /// What SQLite's own check finds wrong with the file: empty for a sound one. Reads all of it.
  func integrityProblems() throws(OutboxError) -> [String] {
    try reading { database in
      let problems = try String.fetchAll(database, sql: "PRAGMA integrity_check")
      let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check")
      return try problems.filter { $0 != "ok" }
        + orphans.map { "a broken foreign key in \(try $0.value("table") as String)" }
        + bodyProblems(database)
    }
  }

  /// Bodies that cannot be sent, and files that are not known.
  private func bodyProblems(_ database: Database) throws -> [String] {
    let sql = """
      SELECT *, EXISTS (SELECT 1 FROM body_file WHERE id = message.body_file) AS is_known
      FROM message WHERE body_file IS NOT NULL ORDER BY id
      """
    var problems: [String] = []
    let rows = try Row.fetchCursor(database, sql: sql)
    while let row = try rows.next() {
      let id: Int64 = try row.value("id")
      if !(try row.value("is_known") as Bool) {
        problems.append("the file with the body of message \(id) is unknown")
      }
      guard let place = try BodyPlace(row) else {
        problems.append("the body of message \(id) has no place")
        continue
      }
      if case .failure(let damage) = try bodies.read(place) {
        problems.append("message \(id): \(damage.reason)")
      }
    }
    return problems
  }

  private func freePages() throws(OutboxError) {
    guard lock != nil else { return }
    try writing { database in
      // The statement frees pages as it is stepped, so it has to be stepped to its end.
      _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(\(Self.pagesFreedOnClose))")
    }
  }

  private static func configuration(
    isReadOnly: Bool, _ busyLimit: Duration
  ) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    // A checkpoint is a transaction that outlives the calls that fill it.
    configuration.allowsUnsafeTransactions = true
    configuration.busyMode = .timeout(busyLimit / .seconds(1))
    configuration.maximumReaderCount = 2
    configuration.prepareDatabase { database in
      guard !database.configuration.readonly else { return }
      // It can be chosen only before the first table is made; later it does nothing.
      try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
      try database.execute(sql: "PRAGMA journal_size_limit = \(journalSizeLimit)")
    }
    return configuration
  }

  /// - Parameter bodies: nil for a connection that may not migrate.
  private static func checkSchema(
    of pool: DatabasePool, migratingWith bodies: BodyFiles?
  ) throws {
    let migrator = outboxMigrator(bodies)
    let applied = try pool.read { try migrator.appliedIdentifiers($0) }
    if let unknown = applied.subtracting(migrator.migrations).min() {
      throw OutboxError.newerSchema(migration: unknown)
    }
    if applied.count < migrator.migrations.count {
      guard bodies != nil else { throw OutboxError.olderSchema }
      try migrator.migrate(pool)
      // Readers know the tables as they were, and would miss the new columns of `SELECT *`.
      pool.invalidateReadOnlyConnections()
    }
    try checkColumns(of: pool)
  }

  /// What reads a row takes for granted that it has its columns: one byte of the schema, and it has not.
  private static func checkColumns(of pool: DatabasePool) throws {
    let fresh = try DatabaseQueue()
    try outboxMigrator().migrate(fresh)
    guard try fresh.read(columns) == pool.read(columns) else {
      throw OutboxError.corrupt(detail: "its tables are not those that were made")
    }
  }

  private static func columns(_ database: Database) throws -> [String] {
    try String.fetchAll(
      database,
      sql: """
        SELECT list.name || '.' || part.name FROM sqlite_master AS list, pragma_table_info(list.name) AS part
        WHERE list.type = 'table' AND list.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        ORDER BY 1
        """)
  }
}

// MARK: - Access for the parts of the database

extension OutboxDatabase {
  /// A consistent look at what was committed.
  func reading<Value>(_ body: (Database) throws -> Value) throws(OutboxError) -> Value {
    try translatingErrors { try pool.read { try keepingReason(of: $0, body) } }
  }

  /// Access to the one connection that writes, inside an open checkpoint's transaction if there is
  /// one. The caller has the turn.
  func writing<Value>(_ body: (Database) throws -> Value) throws(OutboxError) -> Value {
    try translatingErrors {
      try pool.writeWithoutTransaction { try keepingReason(of: $0, body) }
    }
  }

  /// A small transaction of its own, for which no checkpoint may be open: what belongs to one is
  /// written through it.
  func transaction<Value: Sendable>(
    _ body: (Database) throws -> Value
  ) throws(OutboxError) -> Value {
    try turn.withLock { (turn) throws(OutboxError) in
      precondition(!turn.isTaken, "a checkpoint is open: write through it")
      return try writing { try transacting($0, body) }
    }
  }
}

/// Runs `body`, whose errors of SQLite's come out as ours, with what the system has said.
private func keepingReason<Value>(
  of database: Database, _ body: (Database) throws -> Value
) throws -> Value {
  do {
    return try body(database)
  } catch let error as DatabaseError {
    // SAFETY: the connection is open, and this thread has it.
    throw OutboxError(error, errno: unsafe sqlite3_system_errno(database.sqliteConnection))
  }
}

func translatingErrors<Value>(_ body: () throws -> Value) throws(OutboxError) -> Value {
  // So that an error of long ago is not taken for the reason of one of SQLite's.
  resetErrorNumber()
  do {
    return try body()
  } catch let error as DatabaseError {
    throw OutboxError(error, errno: errorNumber)
  } catch {
    throw OutboxError(error)
  }
}
