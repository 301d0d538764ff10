public import GRDB
public import GRDBSQLite

/// A prepared statement that is bound and stepped directly: arguments by way of arrays of values take
/// longer than what most of these statements do.
///
/// Belongs to the connection that made it, and is used while that is accessed only.
///
/// Public, unlike all else in this package: of `package` functions that use what another package declares, none is
/// inlined in other modules, which costs a view of the hub a twentieth of its instructions.
@safe
public struct RawStatement {
  @usableFromInline let statement: Statement
  @inlinable var handle: OpaquePointer { unsafe statement.sqliteStatement }

  public init(_ sql: String, _ db: Database) throws {
    statement = try db.cachedStatement(sql: sql)
  }

  // SAFETY, of all below: the statement is not finalized as long as `statement` lives. Indexes that it
  // does not have are answered with an error code, which the step that follows reports as a failure.

  @inlinable @inline(__always) public func bind(_ value: Int64, at index: Int32) {
    unsafe sqlite3_bind_int64(handle, index, value)
  }

  @inlinable @inline(__always) public func bind(_ value: Double, at index: Int32) {
    unsafe sqlite3_bind_double(handle, index, value)
  }

  /// SQLite copies the text.
  @inlinable public func bind(_ text: String, at index: Int32) {
    // SAFETY: the bytes outlive the call, in which SQLite copies them (SQLITE_TRANSIENT).
    unsafe sqlite3_bind_text(
      handle, index, text, -1,
      unsafeBitCast(OpaquePointer(bitPattern: -1), to: sqlite3_destructor_type.self))
  }

  /// SQLite copies the text, `bytes` in UTF-8, which ends at a NUL.
  @inlinable public func bind(text bytes: ArraySlice<UInt8>, at index: Int32) {
    // SAFETY: the slice's bytes outlive the call, in which SQLite copies them (SQLITE_TRANSIENT).
    unsafe bytes.prefix { $0 != 0 }.withUnsafeBytes { buffer in
      let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      // An empty slice may have no address, which would be NULL.
      _ =
        unsafe start == nil
        ? sqlite3_bind_text(handle, index, "", 0, nil)
        : sqlite3_bind_text(
          handle, index, start, Int32(buffer.count),
          unsafeBitCast(OpaquePointer(bitPattern: -1), to: sqlite3_destructor_type.self))
    }
  }

  /// SQLite copies the bytes.
  @inlinable public func bind(blob bytes: borrowing Span<UInt8>, at index: Int32) {
    if bytes.isEmpty {
      // It would be NULL otherwise.
      unsafe sqlite3_bind_zeroblob(handle, index, 0)
      return
    }
    // SAFETY: the bytes outlive the call, in which SQLite copies them (SQLITE_TRANSIENT).
    unsafe bytes.withUnsafeBytes { buffer in
      _ = unsafe sqlite3_bind_blob(
        handle, index, buffer.baseAddress, Int32(buffer.count),
        unsafeBitCast(OpaquePointer(bitPattern: -1), to: sqlite3_destructor_type.self))
    }
  }

  /// Runs the statement to its end and makes it ready for the next time.
  @inlinable @inline(__always) public func run(_ db: Database) throws {
    while try step(db) {}
    reset()
  }

  /// Whether there is a row.
  @inlinable @inline(__always) public func step(_ db: Database) throws -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let message = unsafe String(cString: sqlite3_errmsg(db.sqliteConnection))
      reset()
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
  }

  @inlinable @inline(__always) public func reset() {
    unsafe sqlite3_reset(handle)
  }

  @inlinable @inline(__always) public func integer(_ column: Int32) -> Int64 {
    unsafe sqlite3_column_int64(handle, column)
  }

  @inlinable @inline(__always) public func real(_ column: Int32) -> Double {
    unsafe sqlite3_column_double(handle, column)
  }

  /// Gives `body` the bytes of a column, where SQLite has them.
  @inlinable @inline(__always) public func withBlob<Value>(
    _ column: Int32, _ body: (borrowing Span<UInt8>) throws -> Value
  ) rethrows -> Value {
    // SAFETY: the bytes are valid until the next step, and `body` cannot keep the span.
    let count = unsafe Int(sqlite3_column_bytes(handle, column))
    let start = unsafe sqlite3_column_blob(handle, column)
    let buffer = unsafe UnsafeBufferPointer(
      start: start?.assumingMemoryBound(to: UInt8.self), count: start == nil ? 0 : count)
    let span = unsafe buffer.span
    return try body(span)
  }

  @inlinable public func text(_ column: Int32) -> String {
    // SAFETY: the text ends with a NUL, is valid until the next step, and is copied.
    guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
    return unsafe String(cString: start)
  }
}
