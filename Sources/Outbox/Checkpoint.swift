package import Addressing
internal import GRDB
internal import Synchronization

/// An open transaction of the importer: messages and the positions of the sources that they came
/// from, which become visible and durable together, or not at all.
///
/// Nothing of it is kept in memory: bodies are written to files at once, and what does not fit SQLite's
/// page cache (2 MB) spills into the write-ahead log. Used by one thread at a time. A checkpoint that is dropped is rolled back.
///
/// After an error the checkpoint is unusable and has to be rolled back: SQLite may have ended the
/// transaction already (a full disk does).
package final class Checkpoint {
  private let outbox: OutboxDatabase
  private var isOpen = true
  /// Rows of apps seen by this transaction; it may have made them, so they end with it.
  private var appIDs: [App: Int64] = [:]
  private var bodies: BodyWriting

  fileprivate init(_ outbox: OutboxDatabase) {
    self.outbox = outbox
    bodies = BodyWriting(to: outbox.bodies)
  }

  deinit {
    if isOpen { rollback() }
  }

  /// Appends a message to the queue.
  /// - Returns: its id, greater than every one before.
  @discardableResult
  package func enqueue(_ message: NewMessage) throws(OutboxError) -> Int64 {
    try writing { database in
      let appID = try appID(of: message.app, in: database)
      let body = try bodies.append(message.body, in: database)
      let id = try insert(message, appID: appID, body: body, in: database)
      bodies.noteMessage(id)
      return id
    }
  }

  /// Whether a message of that identity is in the queue, waiting or set aside.
  package func isQueued(_ uuid: String) throws(OutboxError) -> Bool {
    try writing { database in
      try Bool.fetchOne(
        database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM message WHERE uuid = ?)"),
        arguments: [uuid]) ?? false
    }
  }

  /// Remembers what is reported of a consumer.
  package func remember(
    _ consumer: ReportedConsumer, as identifier: String, of app: App
  ) throws(OutboxError) {
    try writing { database in
      try store(
        consumer, as: identifier, appID: try appID(of: app, in: database), in: database)
    }
  }

  /// Moves a source: inserts it if it has no id yet, else replaces what was known of it.
  /// - Returns: the source's id.
  @discardableResult
  package func record(_ source: LedgerSource) throws(OutboxError) -> Int64 {
    try writing { database in
      try source.save(appID: try appID(of: source.app, in: database), in: database)
    }
  }

  /// Remembers that a source was seen at another path.
  package func move(_ id: Int64, to path: String) throws(OutboxError) {
    try writing { database in
      try database.cachedStatement(sql: "UPDATE source SET last_path = ? WHERE id = ?")
        .execute(arguments: [path, id])
    }
  }

  /// Brings a run's totals up to date, so that a killed run shows what it had committed.
  package func record(
    _ totals: RunTotals, ofRun id: Int64, at time: Int64
  ) throws(OutboxError) {
    try writing { try update(totals, ofRun: id, at: time, in: $0) }
  }

  /// Remembers a value for an app, such as the digest of the startup message just queued.
  package func set(_ value: String, forKey key: String, of app: App) throws(OutboxError) {
    try writing { database in
      try store(value, forKey: key, appID: try appID(of: app, in: database), in: database)
    }
  }

  /// Makes all of it durable, together with the settlements that came meanwhile. When this
  /// throws, nothing of the checkpoint was kept, and the settlements are tried again later.
  package func commit() throws(OutboxError) {
    do {
      try writing { try bodies.finish(in: $0) }
    } catch {
      rollback()
      throw error
    }
    isOpen = false
    // If this fails, the files stay: it may yet turn out, when the database is next opened, that
    // all had come to the disk.
    try outbox.commit()
  }

  /// Drops all of it.
  package func rollback() {
    precondition(isOpen, "the checkpoint has ended")
    isOpen = false
    outbox.rollBack()
    outbox.bodies.remove(bodies.numbers)
  }

  func writing<Value>(_ body: (Database) throws -> Value) throws(OutboxError) -> Value {
    precondition(isOpen, "the checkpoint has ended")
    return try outbox.writing { database in
      // After an error SQLite may have rolled back by itself; what is written now would be
      // committed on its own.
      guard database.isInsideTransaction else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
      return try body(database)
    }
  }

  func appID(of app: App, in database: Database) throws -> Int64 {
    if let id = appIDs[app] { return id }
    let id = try findOrInsert(app, in: database)
    appIDs[app] = id
    return id
  }
}

extension OutboxDatabase {
  /// Opens a checkpoint. There is one at a time.
  package func beginCheckpoint() throws(OutboxError) -> Checkpoint {
    try turn.withLock { (turn) throws(OutboxError) in
      precondition(!turn.isTaken, "another checkpoint is open")
      try writing { try $0.beginTransaction(.immediate) }
      turn.isTaken = true
    }
    return Checkpoint(self)
  }

  fileprivate func commit() throws(OutboxError) {
    // The turn is not held during the sync to disk, so that settling need not wait for it.
    let settlements = turn.withLock { $0.unsettled.take() }
    let emptyFiles: [Int64]
    do {
      emptyFiles = try writing { database in
        guard database.isInsideTransaction else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
        let emptyFiles = try apply(settlements, in: database)
        try database.commit()
        return emptyFiles
      }
    } catch {
      turn.withLock { $0.unsettled.putBack(settlements) }
      rollBack()
      throw error
    }
    bodies.remove(emptyFiles)
    turn.withLock { turn in
      turn.unsettled.written(settlements)
      turn.hasSpilled = false
      clearAttempts(&turn)
    }
    giveUpTurn()
  }

  fileprivate func rollBack() {
    // A rollback can fail only if the transaction is over already.
    try? writing { if $0.isInsideTransaction { try $0.rollback() } }
    giveUpTurn()
  }

  private func giveUpTurn() {
    turn.withLock { turn in
      turn.isTaken = false
      restoreAttempts(&turn)
      // What came since is kept if this fails, and tried again with the next settlement.
      try? writeUnsettled(&turn)
    }
  }
}
