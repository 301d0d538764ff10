import FoundationEssentials
import GRDB
import HTTPTypes

// What the reading API answers, as JSON.

extension HubStore {
  /// How large an answer may be, in bytes: what is asked for more has to be asked for in parts.
  private static let answerLimit = 64 << 20

  func app(_ number: Int64) async throws -> ReadApp? {
    try await reading { db in
      let row = try Row.fetchOne(
        db,
        sql: "SELECT client_id FROM origin GROUP BY client_id HAVING min(id) = ?",
        arguments: [number])
      return row.map { ReadApp(number: number, clientID: $0["client_id"]) }
    }
  }

  func appList() async throws -> String {
    try await reading { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT client_id, env, id, min(id) OVER (PARTITION BY client_id) AS app,
            (SELECT min(received_at) FROM message WHERE origin = origin.id) AS first,
            max(
              ifnull((SELECT max(received_at) FROM message WHERE origin = origin.id), 0),
              ifnull((SELECT max(received_at) FROM telemetry WHERE origin = origin.id), 0)) AS last
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
                  let last: Double = row["last"]
                  json.object { json in
                    json.member("id", Int(row["id"] as Int64))
                    json.member("name", row["env"] as String)
                    json.member("last_sync_at", last > 0 ? Self.moment(Int64(last)) : nil)
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
      SELECT person.id AS id, person.identifier AS identifier, max(name) AS name,
        max("group") AS "group", last
      FROM (
        SELECT consumer, max(day) AS last FROM day_consumer
        WHERE consumer <> 0 AND origin IN (SELECT id FROM origin WHERE client_id = ?1)
        GROUP BY consumer
      ) AS seen JOIN person ON person.id = seen.consumer
      LEFT JOIN consumer ON consumer.identifier = person.identifier
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
        // The day is all that is known of it.
        json.member("last_request_at", Self.moment((row["last"] as Int64) * 86_400))
      }
    }
  }

  func endpointList(of app: ReadApp, _ page: ReadPage) async throws -> String {
    try await list(
      """
      SELECT id, method, path FROM endpoint WHERE id IN (
        SELECT endpoint FROM hour_endpoint
        WHERE origin IN (SELECT id FROM origin WHERE client_id = ?1))
      ORDER BY path, method LIMIT ?2 OFFSET ?3
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
    try await reading { db in
      let table = try MetricsTable(query.metrics, of: app, environment: query.environment, db)
      let rows = table.sorted
      let shown = rows.dropFirst(page.offset).prefix(page.limit)
      let hasMore = rows.count > page.offset + page.limit
      var json = JSONWriting()
      json.object { json in
        json.member("data") { json in
          json.list(shown) { json, row in table.write(row, to: &json) }
        }
        json.member("has_more") { $0.raw(hasMore ? "true" : "false") }
        json.member("next_token", hasMore ? String(page.offset + page.limit) : nil)
      }
      return json.text
    }
  }

  /// Throws ``Refusal`` if the answer would be too large.
  func metrics(of app: ReadApp, _ query: MetricsQuery) async throws -> String {
    try await reading { db in
      let table = try MetricsTable(query, of: app, environment: nil, db)
      var text = ""
      for row in table.sorted {
        var json = JSONWriting()
        table.write(row, to: &json)
        text += json.text + "\n"
        guard text.utf8.count <= Self.answerLimit else {
          throw Refusal(.contentTooLarge, "the answer is too large; ask for less at a time")
        }
      }
      return text
    }
  }

  /// A page of the rows of a query, whose arguments are the client ID, limit and offset.
  private func list(
    _ sql: String, _ app: ReadApp, _ page: ReadPage,
    _ write: @escaping @Sendable (inout JSONWriting, Row) -> Void
  ) async throws -> String {
    try await reading { db in
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

/// The sums that a query asks for, by period and groups.
struct MetricsTable {
  struct Key: Hashable {
    /// Seconds since 1970; 0 without an interval.
    var period: Int64 = 0
    /// 0 where it is not grouped by.
    var origin: Int64 = 0
    var endpoint: Int = 0
    var person: Int64 = 0
    var status: Int64 = 0
  }

  struct Sums {
    var requests: Int64 = 0
    var received: Int64 = 0
    var sent: Int64 = 0
    var clientErrors: Int64 = 0
    var serverErrors: Int64 = 0
  }

  private let query: MetricsQuery
  private var sums: [Key: Sums] = [:]
  private var environments: [Int64: String] = [:]
  /// The names by which endpoints are grouped: both, one, or none of them.
  private var names: [HubStore.EndpointName] = []

  /// - Parameter environment: the number of the only one that is asked for.
  init(
    _ query: MetricsQuery, of app: ReadApp, environment: Int64?, _ db: Database
  ) throws {
    self.query = query
    let places = try groupEndpoints(db)
    let origins = try Row.fetchAll(
      db, sql: "SELECT id, env FROM origin WHERE client_id = ? ORDER BY id",
      arguments: [app.clientID])
    for row in origins {
      let (id, name): (Int64, String) = (row["id"], row["env"])
      environments[id] = name
      guard environment ?? id == id,
        query.filters.allSatisfy({ $0.group != .env || $0.matches(.text(name)) })
      else { continue }
      try HubStore.forEachItem(of: id, in: query.span, wantsBins: false, db) { bucket, item in
        guard let place = places[item.endpoint], isAsked(item) else { return }
        add(item, at: key(bucket, id, item, place))
      }
    }
  }

  /// Where the endpoints that are asked for are in `names`.
  private mutating func groupEndpoints(_ db: Database) throws -> [Int64: Int] {
    var places: [Int64: Int] = [:]
    var known: [[String]: Int] = [:]
    let (byMethod, byPath) = (query.groups.contains(.method), query.groups.contains(.path))
    for (id, name) in try HubStore.endpointNames(db) {
      let isAsked = query.filters.allSatisfy { filter in
        switch filter.group {
        case .method: filter.matches(.text(name.method))
        case .path: filter.matches(.text(name.path))
        case .env, .consumer, .status: true
        }
      }
      guard isAsked else { continue }
      let group = [byMethod ? name.method : "", byPath ? name.path : ""]
      // Bytes, because texts that are equal to Swift may be two to a database.
      let key = group.map { "\(Array($0.utf8))" }
      if let place = known[key] {
        places[id] = place
      } else {
        known[key] = names.count
        places[id] = names.count
        names.append(HubStore.EndpointName(method: group[0], path: group[1]))
      }
    }
    return places
  }

  private func isAsked(_ item: PackedItem) -> Bool {
    query.filters.allSatisfy { filter in
      switch filter.group {
      case .consumer: filter.matches(item.person == 0 ? .nothing : .number(item.person))
      case .status: filter.matches(.number(item.status))
      case .env, .method, .path: true
      }
    }
  }

  private func key(
    _ bucket: Int64, _ origin: Int64, _ item: PackedItem, _ place: Int
  ) -> Key {
    var key = Key()
    key.period = query.interval?.start(of: bucket) ?? 0
    if query.groups.contains(.env) { key.origin = origin }
    key.endpoint = place
    if !query.groups.contains(.method) && !query.groups.contains(.path) { key.endpoint = 0 }
    if query.groups.contains(.consumer) { key.person = item.person }
    if query.groups.contains(.status) { key.status = item.status }
    return key
  }

  private mutating func add(_ item: PackedItem, at key: Key) {
    sums[key, default: Sums()].requests = cappedSum(
      sums[key]?.requests ?? 0, item.requestCount)
    sums[key, default: Sums()].received = cappedSum(
      sums[key]?.received ?? 0, item.requestSizeSum)
    sums[key, default: Sums()].sent = cappedSum(sums[key]?.sent ?? 0, item.responseSizeSum)
    if (400...499).contains(item.status) {
      sums[key, default: Sums()].clientErrors = cappedSum(
        sums[key]?.clientErrors ?? 0, item.requestCount)
    }
    if (500...599).contains(item.status) {
      sums[key, default: Sums()].serverErrors = cappedSum(
        sums[key]?.serverErrors ?? 0, item.requestCount)
    }
  }

  /// By period, environment, path, method, consumer and status.
  var sorted: [(key: Key, sums: Sums)] {
    sums.map { ($0.key, $0.value) }.sorted { left, right in
      let (one, other) = (left.0, right.0)
      if one.period != other.period { return one.period < other.period }
      if one.origin != other.origin { return one.origin < other.origin }
      if one.endpoint != other.endpoint {
        let (name, next) = (names[one.endpoint], names[other.endpoint])
        return name.path.utf8.elementsEqual(next.path.utf8)
          ? name.method.utf8.lexicographicallyPrecedes(next.method.utf8)
          : name.path.utf8.lexicographicallyPrecedes(next.path.utf8)
      }
      return (one.person, one.status) < (other.person, other.status)
    }
  }

  func write(_ row: (key: Key, sums: Sums), to json: inout JSONWriting) {
    let start = query.interval == nil ? query.span.lowerBound : row.key.period
    json.object { json in
      json.member("period_start", HubStore.moment(start))
      json.member(
        "period_end", HubStore.moment(query.interval?.end(of: start) ?? query.span.upperBound))
      for group in query.groups {
        switch group {
        case .env: json.member("env", environments[row.key.origin])
        case .method: json.member("method", names[row.key.endpoint].method)
        case .path: json.member("path", names[row.key.endpoint].path)
        case .consumer:
          let number = row.key.person
          json.member("consumer_id") { $0.raw(number == 0 ? "null" : String(number)) }
        case .status: json.member("status_code", Int(row.key.status))
        }
      }
      for metric in query.metrics {
        let value =
          switch metric {
          case .requests: row.sums.requests
          case .bytesReceived: row.sums.received
          case .bytesSent: row.sums.sent
          case .clientErrors: row.sums.clientErrors
          case .serverErrors: row.sums.serverErrors
          }
        json.member(metric.rawValue, Int(value))
      }
    }
  }
}

extension MetricsQuery.Interval {
  private static let calendar: Calendar = {
    var calendar = Calendar(identifier: .iso8601)
    calendar.timeZone = .gmt
    return calendar
  }()

  func start(of bucket: Int64) -> Int64 {
    switch self {
    case .minute: bucket / 60 * 60
    case .hour: bucket / 3_600 * 3_600
    case .day: bucket / 86_400 * 86_400
    case .month: month(of: bucket).lowerBound
    }
  }

  func end(of start: Int64) -> Int64 {
    switch self {
    case .minute: start + 60
    case .hour: start + 3_600
    case .day: start + 86_400
    case .month: month(of: start).upperBound
    }
  }

  private func month(of second: Int64) -> Range<Int64> {
    let date = Date(timeIntervalSince1970: Double(second))
    guard let month = Self.calendar.dateInterval(of: .month, for: date) else { return 0..<1 }
    return Int64(month.start.timeIntervalSince1970)..<Int64(month.end.timeIntervalSince1970)
  }
}
