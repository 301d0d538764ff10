import FoundationEssentials
import GRDB
import HTTPTypes

// What the reading API answers, as JSON.

extension HubStore {
  /// How large an answer may be, in bytes: what is asked for more has to be asked for in parts.
  private static let answerLimit = 64 << 20

  func app(_ number: Int64) async throws -> ReadApp? {
    try await database.read { db in
      let row = try Row.fetchOne(
        db,
        sql: "SELECT client_id FROM origin GROUP BY client_id HAVING min(id) = ?",
        arguments: [number])
      return row.map { ReadApp(number: number, clientID: $0["client_id"]) }
    }
  }

  func appList() async throws -> String {
    try await database.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT client_id, env, id, min(id) OVER (PARTITION BY client_id) AS app
          FROM origin ORDER BY app, id
          """)
      let apps = Dictionary(grouping: rows) { $0["app"] as Int64 }
      var json = JSONWriting()
      json.object { json in
        json.member("data") { json in
          json.list(apps.sorted { $0.key < $1.key }) { json, app in
            let name: String = app.value[0]["client_id"]
            json.object { json in
              json.member("id", Int(app.key))
              json.member("name", name)
              json.member("client_id", name)
              json.member("envs") { json in
                json.list(app.value) { json, row in
                  json.object { json in
                    json.member("id", Int(row["id"] as Int64))
                    json.member("name", row["env"] as String)
                  }
                }
              }
            }
          }
        }
      }
      return json.text
    }
  }

  func consumerList(of app: ReadApp, _ page: ReadPage) async throws -> String {
    try await list(
      """
      \(Self.people)
      SELECT person.id AS id, person.identifier AS identifier, max(name) AS name, max("group") AS "group", last
      FROM person LEFT JOIN consumer ON consumer.identifier = person.identifier
        AND consumer.origin IN (SELECT id FROM origin WHERE client_id = ?1)
      GROUP BY person.id ORDER BY person.id LIMIT ?2 OFFSET ?3
      """, app, page
    ) { json, row in
      json.object { json in
        json.member("id", Int(row["id"] as Int64))
        json.member("identifier", row["identifier"] as String)
        json.member("name", (row["name"] as String?) ?? row["identifier"])
        json.member("group") { json in
          guard let group = row["group"] as String? else { return json.raw("null") }
          json.object { $0.member("name", group) }
        }
        json.member("last_request_at", Self.moment(row["last"]))
      }
    }
  }

  func endpointList(of app: ReadApp, _ page: ReadPage) async throws -> String {
    try await list(
      """
      SELECT min(tally.id) AS id, method, path FROM tally JOIN origin ON origin.id = tally.origin
      WHERE client_id = ?1 GROUP BY method, path ORDER BY path, method LIMIT ?2 OFFSET ?3
      """, app, page
    ) { json, row in
      json.object { json in
        json.member("id", Int(row["id"] as Int64))
        json.member("method", row["method"] as String)
        json.member("path", row["path"] as String)
      }
    }
  }

  func traffic(
    of app: ReadApp, _ query: TrafficQuery, _ page: ReadPage
  ) async throws -> String {
    try await list(
      """
      \(Self.people)
      SELECT bucket / \(query.width) * \(query.width) AS period,
        capped_sum(request_count) AS requests, capped_sum(request_size_sum) AS received,
        capped_sum(response_size_sum) AS sent
      FROM tally JOIN origin ON origin.id = tally.origin
      LEFT JOIN person ON person.identifier = tally.consumer
      WHERE client_id = ?1 AND bucket >= \(query.span.lowerBound)
        AND bucket < \(query.span.upperBound)
        AND \(query.environment.map { "origin.id = \($0)" } ?? "true")
        AND \(query.consumer.map { "person.id = \($0)" } ?? "true")
      GROUP BY period ORDER BY period LIMIT ?2 OFFSET ?3
      """, app, page
    ) { json, row in
      let start: Int64 = row["period"]
      json.object { json in
        json.member("period_start", Self.moment(start))
        json.member("period_end", Self.moment(start + query.width))
        json.member("requests", Int(row["requests"] as Int64))
        json.member("bytes_received", Int(row["received"] as Int64))
        json.member("bytes_sent", Int(row["sent"] as Int64))
      }
    }
  }

  /// Throws ``Refusal`` if the answer would be too large.
  func metrics(of app: ReadApp, _ query: MetricsQuery) async throws -> String {
    try await database.read { db in
      var text = ""
      let rows = try Row.fetchCursor(
        db, sql: query.sql(people: Self.people),
        arguments: [app.clientID]
          + StatementArguments(query.filters.flatMap(\.values) as [any DatabaseValueConvertible]))
      while let row = try rows.next() {
        text += query.line(row) + "\n"
        guard text.utf8.count <= Self.answerLimit else {
          throw Refusal(.contentTooLarge, "the answer is too large; ask for less at a time")
        }
      }
      return text
    }
  }

  /// The consumers of the app that is the first argument, with numbers that stay the same.
  private static let people = """
    WITH person AS (
      SELECT consumer AS identifier, min(tally.id) AS id, max(bucket) AS last
      FROM tally JOIN origin ON origin.id = tally.origin
      WHERE client_id = ?1 AND consumer <> '' GROUP BY consumer)
    """

  /// A page of the rows of a query, whose arguments are the client ID, limit and offset.
  private func list(
    _ sql: String, _ app: ReadApp, _ page: ReadPage,
    _ write: @escaping @Sendable (inout JSONWriting, Row) -> Void
  ) async throws -> String {
    try await database.read { db in
      // One more than the page has tells whether there is another.
      let rows = try Row.fetchAll(
        db, sql: sql, arguments: [app.clientID, page.limit + 1, page.offset])
      let hasMore = rows.count > page.limit
      var json = JSONWriting()
      json.object { json in
        json.member("data") { $0.list(rows.prefix(page.limit), write) }
        json.member("has_more") { $0.raw(hasMore ? "true" : "false") }
        json.member("next_token", hasMore ? String(page.offset + page.limit) : nil)
      }
      return json.text
    }
  }

  static func moment(_ second: Int64) -> String {
    Date(timeIntervalSince1970: Double(second)).formatted(.iso8601)
  }
}

extension MetricsQuery {
  /// With the client ID and the filters' values as arguments.
  fileprivate func sql(people: String) -> String {
    let columns = groups.map { "\($0.column) AS \($0.rawValue)" } + metrics.map(\.sql)
    let conditions = filters.map { "AND \($0.group.column) \($0.condition)" }
    let keys = groups.map(\.rawValue)
    let period = interval.map { "\($0.sql) AS period" } ?? "0 AS period"
    return """
      \(people)
      SELECT \(([period] + columns).joined(separator: ", "))
      FROM tally JOIN origin ON origin.id = tally.origin
      LEFT JOIN person ON person.identifier = tally.consumer
      WHERE client_id = ?1 AND bucket >= \(span.lowerBound) AND bucket < \(span.upperBound)
        \(conditions.joined(separator: " "))
      GROUP BY \((["period"] + keys).joined(separator: ", "))
      ORDER BY \((["period"] + keys).joined(separator: ", "))
      """
  }

  fileprivate func line(_ row: Row) -> String {
    let start: Int64 = interval == nil ? span.lowerBound : row["period"]
    var json = JSONWriting()
    json.object { json in
      json.member("period_start", HubStore.moment(start))
      json.member(
        "period_end", HubStore.moment(interval?.end(of: start) ?? span.upperBound))
      for group in groups {
        switch group {
        case .env, .method, .path: json.member(group.rawValue, row[group.rawValue] as String)
        case .consumer, .status:
          let number: Int64? = row[group.rawValue]
          json.member(group.rawValue) { $0.raw(number.map { String($0) } ?? "null") }
        }
      }
      for metric in metrics {
        json.member(metric.rawValue, Int(row[metric.rawValue] as Int64))
      }
    }
    return json.text
  }
}

extension MetricsQuery.Group {
  fileprivate var column: String {
    switch self {
    case .env: "origin.env"
    case .method: "tally.method"
    case .path: "tally.path"
    case .consumer: "person.id"
    case .status: "tally.status_code"
    }
  }
}

extension MetricsQuery.Metric {
  fileprivate var sql: String {
    switch self {
    case .requests: "capped_sum(request_count) AS requests"
    case .bytesReceived: "capped_sum(request_size_sum) AS bytes_received"
    case .bytesSent: "capped_sum(response_size_sum) AS bytes_sent"
    case .clientErrors:
      "capped_sum(iif(status_code BETWEEN 400 AND 499, request_count, 0)) AS client_errors"
    case .serverErrors:
      "capped_sum(iif(status_code BETWEEN 500 AND 599, request_count, 0)) AS server_errors"
    }
  }
}

extension MetricsQuery.Interval {
  fileprivate var sql: String {
    switch self {
    case .minute: "bucket / 60 * 60"
    case .hour: "bucket / 3600 * 3600"
    case .day: "bucket / 86400 * 86400"
    case .month: "CAST(strftime('%s', bucket, 'unixepoch', 'start of month') AS INTEGER)"
    }
  }

  fileprivate func end(of start: Int64) -> Int64 {
    switch self {
    case .minute: start + 60
    case .hour: start + 3_600
    case .day: start + 86_400
    case .month:
      Int64(
        Calendar(identifier: .iso8601).date(
          byAdding: .month, value: 1, to: Date(timeIntervalSince1970: Double(start))
        )?.timeIntervalSince1970 ?? Double(start))
    }
  }
}
