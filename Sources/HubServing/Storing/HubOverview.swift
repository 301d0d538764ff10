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
  var clientErrorCount = 0
  var serverErrorCount = 0
  var consumerCount: Int
  var routeCount: Int
  /// Seconds since 1970; nil if no requests were counted.
  var firstBucket: Int?
  var lastBucket: Int?
  /// The routes with the most requests, in descending order: of the last week of its time, as is `routeCount`.
  var topRoutes: [Route]
  /// Seconds since 1970; nil if there are no bars.
  var chartStart: Int?
  var barSeconds = 3_600
  /// Requests over time, up to the last hour that has some.
  var bars: [Bar] = []

  struct Bar: Equatable, Sendable {
    var requests = 0
    var serverErrors = 0
  }
}

extension HubStore {
  /// Limits that keep the page readable and bound the time it takes.
  private static let maximumOriginCount = 50
  private static let topRouteCount = 5
  /// Of a chart.
  private static let barCount = 120
  /// How much time a chart shows, in hours.
  private static let chartHours = 30 * 24

  func overviews() async throws -> [HubOverview] {
    try await reading { db in
      let origins = try Row.fetchAll(
        db, sql: "SELECT id, client_id, env FROM origin ORDER BY client_id, env LIMIT ?",
        arguments: [Self.maximumOriginCount])
      return try origins.compactMap { origin in
        try overview(of: origin, db).map { overview in
          var overview = overview
          let id: Int64 = origin["id"]
          try addBars(to: &overview, of: id, db)
          let end = Int64(overview.lastBucket ?? 0) / 3_600 + 1
          overview.topRoutes = try topRoutes(of: id, until: end, db)
          overview.routeCount = try routeCount(of: id, until: end, db)
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
          (SELECT capped_sum(requests) FROM origin_hour WHERE origin = :id) AS requests,
          (SELECT capped_sum(client_errors) FROM origin_hour WHERE origin = :id) AS client_errors,
          (SELECT capped_sum(server_errors) FROM origin_hour WHERE origin = :id) AS server_errors,
          (SELECT count(DISTINCT nullif(consumer, 0)) FROM day_consumer WHERE origin = :id)
            AS consumers,
          (SELECT min(bucket) FROM numbers WHERE origin = :id) AS first,
          (SELECT max(bucket) FROM numbers WHERE origin = :id) AS last
        """, arguments: ["id": id])
    return row.map { row in
      HubOverview(
        clientID: origin["client_id"], env: origin["env"], messageCount: row["messages"],
        requestCount: row["requests"] ?? 0,
        clientErrorCount: row["client_errors"] ?? 0, serverErrorCount: row["server_errors"] ?? 0,
        consumerCount: row["consumers"], routeCount: 0,
        firstBucket: row["first"], lastBucket: row["last"], topRoutes: [])
    }
  }

  /// Some hundred bars of whole hours.
  private func addBars(to overview: inout HubOverview, of origin: Int64, _ db: Database) throws {
    guard let first = overview.firstBucket, let last = overview.lastBucket else { return }
    let end = last / 3_600 + 1
    let hours = min(Self.chartHours, max(24, end - first / 3_600))
    let width = (hours + Self.barCount - 1) / Self.barCount
    // Bars begin where days and hours do.
    let firstBar = (end - hours) / width
    let count = (end + width - 1) / width - firstBar
    var bars = Array(repeating: HubOverview.Bar(), count: count)
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT hour, requests, server_errors FROM origin_hour WHERE origin = ? AND hour >= ?
        """, arguments: [origin, firstBar * width])
    while let row = try rows.next() {
      let bar = (row["hour"] as Int) / width - firstBar
      guard bars.indices.contains(bar) else { continue }
      bars[bar].requests = cappedSum(bars[bar].requests, row["requests"])
      bars[bar].serverErrors = cappedSum(bars[bar].serverErrors, row["server_errors"])
    }
    overview.bars = bars
    overview.chartStart = firstBar * width * 3_600
    overview.barSeconds = width * 3_600
  }

  private func cappedSum(_ left: Int, _ right: Int) -> Int {
    Int(HubServing.cappedSum(Int64(left), Int64(right)))
  }

  private func routeCount(of origin: Int64, until end: Int64, _ db: Database) throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(DISTINCT endpoint) FROM hour_endpoint
        WHERE origin = ? AND hour >= ? AND hour < ?
        """, arguments: [origin, end - Self.routeHours, end]) ?? 0
  }

  /// A week: going through all hours would take longer than a start page may.
  private static let routeHours: Int64 = 7 * 24

  private func topRoutes(
    of origin: Int64, until end: Int64, _ db: Database
  ) throws -> [HubOverview.Route] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT method, path, capped_sum(requests) AS requests,
          capped_sum(iif(status BETWEEN 400 AND 499, requests, 0)) AS client_errors,
          capped_sum(iif(status BETWEEN 500 AND 599, requests, 0)) AS server_errors,
          capped_sum(sent) AS response_size
        FROM hour_endpoint JOIN endpoint ON endpoint.id = hour_endpoint.endpoint
        WHERE origin = ? AND hour >= ? AND hour < ? GROUP BY endpoint.id
        ORDER BY requests DESC, path, method LIMIT ?
        """, arguments: [origin, end - Self.routeHours, end, Self.topRouteCount])
    return rows.map { row in
      HubOverview.Route(
        method: row["method"], path: row["path"], requestCount: row["requests"],
        clientErrorCount: row["client_errors"], serverErrorCount: row["server_errors"],
        responseSizeSum: row["response_size"])
    }
  }
}
