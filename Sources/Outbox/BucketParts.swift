package import Addressing
internal import GRDB

// How many parts of each bucket were made into messages, by all runs: the points of each part end at
// another time, so that a receiver can tell them apart, and no two messages are the same bytes.

extension Checkpoint {
  /// Notes that one more part is made of a bucket.
  ///
  /// - Parameter start: of the bucket, in seconds since 1970.
  /// - Returns: how many parts there were before.
  package func addPart(ofBucketAt start: Int64, of app: App) throws(OutboxError) -> Int {
    try writing { database in
      let appID = try appID(of: app, in: database)
      let known =
        try Int.fetchOne(
          database.cachedStatement(
            sql: "SELECT parts FROM bucket_part WHERE app_id = ? AND start = ?"),
          arguments: [appID, start]) ?? 0
      try database.cachedStatement(
        sql: "INSERT OR REPLACE INTO bucket_part (app_id, start, parts) VALUES (?, ?, ?)"
      ).execute(arguments: [appID, start, known + 1])
      return known
    }
  }
}

/// Only of apps that are reported by OTLP. A year of minutes is half a million rows, of some 10 MB.
let partsOfBuckets = """
  CREATE TABLE bucket_part (
    app_id INTEGER NOT NULL REFERENCES app (id),
    start INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    PRIMARY KEY (app_id, start)
  ) WITHOUT ROWID;
  """
