import GRDB
import GRDBSQLite
import Synchronization

@testable import Outbox

/// SQLite's file system with a fault: below a directory whose path contains `marker`, the n-th
/// write, sync or truncation fails, and with it (a full disk) or without it (a hiccup) all later ones.
///
/// It stands in for SQLite's default file system in this process and passes everything else on.
enum FaultyDisk {
  static let marker = "faulty-disk"

  /// `SQLITE_IOERR_WRITE`, a macro that Swift does not see.
  static let ioErrorWrite: CInt = 10 | 3 << 8

  struct Fault: Sendable {
    /// Operations left before the fault; nil for none.
    var remaining: Int?
    var isLasting = false
    var code = ioErrorWrite
    /// Whether the fault has struck.
    var hasStruck = false
  }

  static let fault = Mutex(Fault())

  /// Runs `body` with the fault armed, and says whether it struck.
  static func with(_ newFault: Fault, _ body: () -> Void) -> Bool {
    precondition(isInstalled)
    fault.withLock { armed in armed = newFault }
    body()
    return fault.withLock { armed in
      let hasStruck = armed.hasStruck
      armed = Fault()
      return hasStruck
    }
  }

  /// Before a write or sync that goes past SQLite's file system.
  static let willWrite: @Sendable () throws(OutboxError) -> Void = {
    () throws(OutboxError) in
    if let code = strike() { throw OutboxError(sqliteCode: code, detail: "a fault") }
  }

  /// Counts an operation. Its error code, or nil if it is to go through.
  fileprivate static func strike() -> CInt? {
    fault.withLock { (fault) -> CInt? in
      guard let remaining = fault.remaining else { return nil }
      guard remaining > 0 else {
        guard fault.isLasting || !fault.hasStruck else { return nil }
        fault.hasStruck = true
        return fault.code
      }
      fault.remaining = remaining - 1
      return nil
    }
  }

  // SAFETY: `system` is written once, below, before the first use. `tables` is written while a
  // fault is armed, which one serialized suite does, on the one thread that opens its database
  // connections. SQLite's own tables are constants; ours are never freed.
  fileprivate nonisolated(unsafe) static var system: UnsafeMutablePointer<sqlite3_vfs>?
  fileprivate nonisolated(unsafe) static var tables: [Methods: UnsafePointer<sqlite3_io_methods>] =
    unsafe [:]
  /// The same functions are in all of the system's tables, which differ in how they lock.
  fileprivate nonisolated(unsafe) static var writing: sqlite3_io_methods?

  fileprivate typealias Methods = UnsafePointer<sqlite3_io_methods>

  /// Registers the file system, once.
  static let isInstalled: Bool = {
    guard let found = unsafe sqlite3_vfs_find(nil) else { return false }
    unsafe system = unsafe found
    let faulty = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    unsafe faulty.initialize(to: found.pointee)
    unsafe faulty.pointee.xOpen = { _, name, file, flags, outFlags in
      guard let system = unsafe FaultyDisk.system else { return SQLITE_ERROR }
      let code = unsafe system.pointee.xOpen(system, name, file, flags, outFlags)
      if code == SQLITE_OK, let name = unsafe name, let file = unsafe file,
        unsafe String(cString: name).contains(FaultyDisk.marker)
      {
        unsafe FaultyDisk.sabotage(file)
      }
      return code
    }
    return unsafe sqlite3_vfs_register(faulty, 1) == SQLITE_OK
  }()

  private static func sabotage(_ file: UnsafeMutablePointer<sqlite3_file>) {
    guard let methods = unsafe file.pointee.pMethods else { return }
    if unsafe tables[methods] == nil {
      unsafe writing = methods.pointee
      let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
      unsafe table.initialize(to: methods.pointee)
      unsafe table.pointee.xWrite = { file, bytes, count, offset in
        unsafe FaultyDisk.strike() ?? FaultyDisk.writing?.xWrite(file, bytes, count, offset)
          ?? SQLITE_ERROR
      }
      unsafe table.pointee.xSync = { file, flags in
        unsafe FaultyDisk.strike() ?? FaultyDisk.writing?.xSync(file, flags) ?? SQLITE_ERROR
      }
      unsafe table.pointee.xTruncate = { file, size in
        unsafe FaultyDisk.strike() ?? FaultyDisk.writing?.xTruncate(file, size) ?? SQLITE_ERROR
      }
      unsafe tables[methods] = UnsafePointer(table)
    }
    unsafe file.pointee.pMethods = tables[methods]
  }
}
