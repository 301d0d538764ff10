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
          (SELECT capped_sum(requests) FROM hour_endpoint WHERE origin = :id) AS requests,
          (SELECT count(DISTINCT nullif(consumer, 0)) FROM day_consumer WHERE origin = :id)
            AS consumers,
          (SELECT count(DISTINCT endpoint) FROM hour_endpoint WHERE origin = :id) AS routes,
          (SELECT min(bucket) FROM numbers WHERE origin = :id) AS first,
          (SELECT max(bucket) FROM numbers WHERE origin = :id) AS last
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
        SELECT method, path, capped_sum(requests) AS requests,
          capped_sum(iif(status BETWEEN 400 AND 499, requests, 0)) AS client_errors,
          capped_sum(iif(status BETWEEN 500 AND 599, requests, 0)) AS server_errors,
          capped_sum(sent) AS response_size
        FROM hour_endpoint JOIN endpoint ON endpoint.id = hour_endpoint.endpoint
        WHERE origin = ? GROUP BY endpoint.id
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
