import GRDB

/// What the start page shows about one origin.
struct HubOverview: Equatable, Sendable {
  struct Route: Equatable, Sendable {
    var method: String
    var path: String
    var requestCount: Int
    var clientErrorCount: Int
    var serverErrorCount: Int
    var responseSizeSum: Int
  }

  var clientID: String
  var env: String
  var messageCount: Int
  var requestCount: Int
  var consumerCount: Int
  var routeCount: Int
  /// Seconds since 1970; nil if no requests were counted.
  var firstBucket: Int?
  var lastBucket: Int?
  /// The routes with the most requests, in descending order.
  var topRoutes: [Route]
}

extension HubStore {
  /// Limits that keep the page readable and bound the time it takes.
  private static let maximumOriginCount = 50
  private static let topRouteCount = 20

  func overviews() async throws -> [HubOverview] {
    try await database.read { db in
      let origins = try Row.fetchAll(
        db, sql: "SELECT id, client_id, env FROM origin ORDER BY client_id, env LIMIT ?",
        arguments: [Self.maximumOriginCount])
      return try origins.compactMap { origin in
        try overview(of: origin, db).map { overview in
          var overview = overview
          overview.topRoutes = try topRoutes(of: origin["id"], db)
          return overview
        }
      }
    }
  }

  private func overview(of origin: Row, _ db: Database) throws -> HubOverview? {
    let id: Int64 = origin["id"]
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT
          (SELECT count(*) FROM message WHERE origin = :id)
            + (SELECT count(*) FROM log_file WHERE origin = :id) AS messages,
          capped_sum(request_count) AS requests,
          count(DISTINCT nullif(consumer, '')) AS consumers,
          (SELECT count(*) FROM (SELECT DISTINCT method, path FROM tally WHERE origin = :id))
            AS routes,
          min(bucket) AS first, max(bucket) AS last
        FROM tally WHERE origin = :id
        """, arguments: ["id": id])
    return row.map { row in
      HubOverview(
        clientID: origin["client_id"], env: origin["env"], messageCount: row["messages"],
        requestCount: row["requests"], consumerCount: row["consumers"], routeCount: row["routes"],
        firstBucket: row["first"], lastBucket: row["last"], topRoutes: [])
    }
  }

  private func topRoutes(of origin: Int64, _ db: Database) throws -> [HubOverview.Route] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT method, path, capped_sum(request_count) AS requests,
          capped_sum(iif(status_code BETWEEN 400 AND 499, request_count, 0)) AS client_errors,
          capped_sum(iif(status_code BETWEEN 500 AND 599, request_count, 0)) AS server_errors,
          capped_sum(response_size_sum) AS response_size
        FROM tally WHERE origin = ? GROUP BY method, path
        ORDER BY requests DESC, path, method LIMIT ?
        """, arguments: [origin, Self.topRouteCount])
    return rows.map { row in
      HubOverview.Route(
        method: row["method"], path: row["path"], requestCount: row["requests"],
        clientErrorCount: row["client_errors"], serverErrorCount: row["server_errors"],
        responseSizeSum: row["response_size"])
    }
  }
}
