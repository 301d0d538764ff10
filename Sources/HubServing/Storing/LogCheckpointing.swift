import GRDB
import GRDBSQLite
import Synchronization

/// Copies the pages of the write-ahead log to their places in the database, beside the connection that writes.
///
/// SQLite would do that in the commit that makes the log too long, and whoever sent that message, and all who
/// wait for their turn, would wait for the disk: a tenth of a second for each 64 MB. Here a second connection
/// copies while messages are taken. What they add meanwhile is not much, and copied by the writer itself, which
/// then begins the log anew.
///
/// The log has ``Limits/longPages`` and what is added while they are copied; with ``Limits/longestPages`` the writer
/// waits for the copy. (SQLite's own limit is as far off, for connections of other programs.)
final class LogCheckpointing: Sendable {
  struct Limits {
    /// Pages of 4 KiB in the log before they are copied: 64 MB.
    var longPages = 16_384
    /// What the writer copies itself: 16 MB, in some hundredths of a second.
    var shortPages = 4_096
    /// Pages in the log with which the writer waits: 256 MB.
    var longestPages = 65_536
  }

  private let database: DatabaseQueue
  private let limits: Limits
  private let state = Mutex(State())

  private struct State {
    /// Pages in the log.
    var length = 0
    /// How many of them the last copy has taken to their places, or takes.
    var copied = 0
    var isCopying = false
  }

  /// - Parameter database: a connection of its own.
  init(_ database: DatabaseQueue, limits: Limits = Limits()) {
    self.database = database
    self.limits = limits
  }

  /// To be called after each transaction, outside of one, with the connection that writes. What fails here is
  /// tried again later: nothing that was committed depends on it.
  func didWrite(_ db: Database) {
    switch step(after: Self.takeWrittenPages(db)) {
    case .none: break
    case .copy: startCopying()
    case .finish: finish(db)
    case .wait:
      // The copy is all that the connection does, so whoever comes after it has waited for it.
      database.writeWithoutTransaction { _ in }
      finish(db)
    }
  }

  private enum Step {
    case none, copy, finish, wait
  }

  private func step(after count: Int) -> Step {
    state.withLock { state in
      state.length += count
      if state.isCopying { return state.length < limits.longestPages ? .none : .wait }
      if state.length < limits.longPages { return .none }
      if state.length - state.copied <= limits.shortPages { return .finish }
      state.copied = state.length
      state.isCopying = true
      return .copy
    }
  }

  private func startCopying() {
    database.asyncWriteWithoutTransaction { [self] db in
      _ = try? db.checkpoint(.passive)
      state.withLock { $0.isCopying = false }
    }
  }

  /// Copies what is left, so that the next transaction begins the log anew. If someone still reads an older
  /// state, it does not, and goes on with another ``Limits/longPages``.
  private func finish(_ db: Database) {
    _ = try? db.checkpoint(.passive)
    state.withLock { $0 = State() }
  }

  /// How many pages a connection has written since it was asked for the last time.
  private static func takeWrittenPages(_ db: Database) -> Int {
    var (count, highest) = (CInt(0), CInt(0))
    // SAFETY: the connection is open while it is accessed; SQLite writes both numbers.
    unsafe sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &count, &highest, 1)
    return Int(count)
  }
}
