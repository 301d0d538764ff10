import Crypto
import FoundationEssentials
import GRDB

extension ReportedError {
  /// Counts the error in its hour; its texts are stored once.
  func write(
    from origin: Int64, endpoint: Int64, person: Int64, bucket: Int, to db: Database
  ) throws {
    let digest = digest(endpoint: endpoint)
    try db.cachedStatement(
      sql: """
        INSERT INTO error (origin, digest, kind, endpoint, type, message, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """
    ).execute(arguments: [origin, digest, kind.rawValue, endpoint, type, message, detail])
    let number = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM error WHERE origin = ? AND digest = ?"),
      arguments: [origin, digest])
    try db.cachedStatement(
      sql: """
        INSERT INTO error_hour (error, hour, consumer, count) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET \(Rollups.sum("count"))
        """
    ).execute(arguments: [number, bucket / 3_600, person, count])
  }

  /// Of all that makes two errors the same.
  private func digest(endpoint: Int64) -> Data {
    var hash = SHA256()
    for text in [kind.rawValue, String(endpoint), type, message, detail] {
      // With its length, so that no two lists of texts have the same bytes.
      hash.update(data: Data("\(text.utf8.count):".utf8))
      hash.update(data: Data(text.utf8))
    }
    return Data(hash.finalize())
  }
}
