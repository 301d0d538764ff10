internal import CChecksum
internal import GRDB

/// Why a message that waits cannot be sent: a disk, a person or another program has changed what the queue holds
/// of it.
package enum BodyDamage: Error, Equatable, Sendable {
  /// The body's file or row is gone, or too short.
  case missing
  /// The body is not the one that was stored.
  case changed
  /// The disk fails, or what has the file's name is no file. By `errno`.
  case unreadable(code: Int32)
  /// The headers beside the body cannot be read.
  case headers

  /// As a clause for the user.
  package var reason: String {
    switch self {
    case .missing: "the body is missing from the state directory"
    case .changed: "the body is damaged: it is not what was stored"
    case .unreadable(let code): "the body cannot be read (errno \(code))"
    case .headers: "the headers are damaged"
    }
  }
}

/// The check value of a body: CRC-32 as of gzip. It finds what disks and people do to a file; it is no
/// protection from somebody who may write to the state directory.
func checkValue(of body: [UInt8]) -> UInt32 {
  // SAFETY: the array lasts for the call; ISA-L reads `body.count` bytes of it.
  unsafe body.withUnsafeBufferPointer { bytes in
    unsafe crc32_gzip_refl(0, bytes.baseAddress, UInt64(bytes.count))
  }
}

/// Computes the check values of bodies in files that an earlier version stored without one.
///
/// Nobody can tell any more whether those are still what was stored; from now on they stay what they are.
/// What cannot be read is left without a value, and found when it is sent.
func addCheckValues(to bodies: BodyFiles, in database: Database) throws {
  let sql = "SELECT * FROM message WHERE body_file IS NOT NULL AND body_check IS NULL"
  let rows = try Row.fetchCursor(database, sql: sql)
  while let row = try rows.next() {
    guard let place = try BodyPlace(row), case .success(let body) = try bodies.read(place) else {
      continue
    }
    try database.cachedStatement(sql: "UPDATE message SET body_check = ? WHERE id = ?")
      .execute(arguments: [Int64(checkValue(of: body)), try row.value("id") as Int64])
  }
}
