internal import GRDB

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What can go wrong with the outbox. Never holds a message's body or a log's content.
package enum OutboxError: Error, Equatable, Sendable {
  /// The disk is full. What was committed is safe.
  case noSpace
  /// The state directory or the database may not be written, or may not be opened at all.
  case readOnly
  /// A limit of the system, by its `errno`: open files, the size of a file, a quota; or a file system or a
  /// path that cannot hold a state directory. What was committed is safe.
  case system(errno: Int32)
  /// The file is not a database, or a damaged one. `detail` is SQLite's own sentence.
  case corrupt(detail: String)
  /// A newer backtally has written the database; `migration` is the first that is unknown here.
  case newerSchema(migration: String)
  /// The database was made by an older backtally and this connection may not migrate it.
  case olderSchema
  /// Another program held the database's write lock for longer than `OutboxDatabase.busyLimit`.
  case busy
  /// Another run holds the lock of the state directory. The pid is nil in the instant in which
  /// the holder has not yet written it.
  case lockHeld(pid: Int32?)
  /// Something in the state directory, or the directory itself, that somebody else may have put there.
  case notOurs(path: String, NotOurs)
  /// The state directory, or one above it, is missing and cannot be made; `code` is `errno`.
  case cannotMake(path: String, code: Int32)
  /// An app was imported by one of Apitally's protocols, and is now to be by the other.
  case otherProtocol(app: String, earlier: String)
  /// There is no database in the state directory: nothing has been imported yet.
  case missing
  /// Anything else: SQLite's extended result code, or `errno` where `isSystem`.
  case other(code: Int32, isSystem: Bool, detail: String)
}

/// Why something cannot be trusted to be what an earlier run has left.
package enum NotOurs: Equatable, Sendable {
  case isLink
  case isNoDirectory
  case isNoFile
  /// By the user's number.
  case hasOtherOwner(UInt32)
  case isWritableByOthers
  case hasOtherNames
  /// The file that only holds a process's number holds something else.
  case holdsSomethingElse
}

extension OutboxError {
  /// `error` as thrown by GRDB or by this module, in this module's terms.
  init(_ error: any Error) {
    switch error {
    case let error as OutboxError: self = error
    case let error as DatabaseError: self.init(error, errno: 0)
    case is RowDecodingError: self = .corrupt(detail: "a value of the wrong type")
    default:
      self = .other(code: 0, isSystem: false, detail: "\(type(of: error))")
    }
  }

  /// SQLite says only that it could not open or write; the system has said why.
  init(_ error: DatabaseError, errno number: Int32) {
    let isSystem = [.SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_FULL].contains(error.resultCode)
    if isSystem, let limit = OutboxError(limit: number) {
      self = limit
    } else if error.extendedResultCode == .SQLITE_IOERR_WRITE, hasFileSizeLimit {
      // What came after, such as a rollback, has left another `errno`.
      self = .system(errno: EFBIG)
    } else {
      self.init(
        sqliteCode: error.extendedResultCode.rawValue, detail: error.message ?? "no message")
    }
  }

  /// The error of a system call whose reason lies outside of the files; nil for any other.
  init?(limit number: Int32) {
    guard [EMFILE, ENFILE, EFBIG, EDQUOT, EROFS, ENOTDIR].contains(number) else { return nil }
    self = .system(errno: number)
  }

  /// Why `fileExists` has found nothing: what may not be looked at need not be missing.
  init(absence number: Int32) {
    self =
      OutboxError(limit: number) ?? (number == EACCES ? .system(errno: number) : .missing)
  }

  /// `errno`, where it says that the file itself is at fault, and not the system's state or a permission.
  var fileFault: Int32? {
    guard case .other(let code, isSystem: true, _) = self else { return nil }
    return [EIO, ELOOP, EISDIR, ENXIO, EINVAL].contains(code) ? code : nil
  }

  /// Result codes by <https://www.sqlite.org/rescode.html>. The low byte is the primary code;
  /// what is told apart by an extended code comes first.
  init(sqliteCode code: Int32, detail: String) {
    switch ResultCode(rawValue: code).primaryResultCode {
    case .SQLITE_FULL: self = .noSpace
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_CANTOPEN: self = .readOnly
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(detail: detail)
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
    default: self = .other(code: code, isSystem: false, detail: detail)
    }
  }
}
