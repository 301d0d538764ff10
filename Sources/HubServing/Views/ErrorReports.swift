import FoundationEssentials
import GRDB

extension HubStore {
  /// The errors that an application has reported, the most frequent first, with how often each of them
  /// happened. Hours count as a whole.
  func reports(of origin: Origin, _ query: ViewQuery) async throws -> String {
    try await view(origin, query) { view, json in
      let rows = try Row.fetchAll(
        view.db,
        sql: """
          SELECT kind, endpoint, type, message, detail, capped_sum(count) AS count,
            min(hour) AS first, max(hour) AS last, count(DISTINCT nullif(consumer, 0)) AS consumers
          FROM error_hour JOIN error ON error.id = error_hour.error
          WHERE hour >= ? AND hour < ? AND origin = ?
            AND (? IS NULL OR consumer IN (SELECT value FROM json_each(?)))
            AND (? IS NULL OR endpoint IN (SELECT value FROM json_each(?)))
          GROUP BY error.id ORDER BY count DESC, error.id LIMIT ?
          """,
        arguments: [
          query.span.lowerBound / 3_600, (query.span.upperBound + 3_599) / 3_600, view.origin,
        ] + view.includedLists + [query.limit])
      json.member("reports") { json in
        json.list(rows) { json, row in
          json.object { json in
            let endpoint = view.endpoints[row["endpoint"]]
            json.member("kind", row["kind"] as String)
            json.member("method", endpoint?.method)
            json.member("path", endpoint?.path)
            json.member("type", row["type"] as String)
            json.member("message", row["message"] as String)
            json.member(
              row["kind"] == "server" ? "traceback" : "location", row["detail"] as String)
            json.member("count", row["count"] as Int)
            json.member("consumers", row["consumers"] as Int)
            json.member("first_hour", Self.moment((row["first"] as Int64) * 3_600))
            json.member("last_hour", Self.moment((row["last"] as Int64) * 3_600))
          }
        }
      }
    }
  }

  /// The routes of the last startup message, and how often each was called: those that nobody has called
  /// first. Hours count as a whole.
  func routes(of origin: Origin, _ query: ViewQuery) async throws -> String {
    try await view(origin, query) { view, json in
      let body = try String.fetchOne(
        view.db,
        sql: """
          SELECT body FROM message WHERE origin = ? AND kind = 'startup' ORDER BY id DESC LIMIT 1
          """, arguments: [view.origin])
      let calls = try view.calls()
      let routes = body.map(StartupRoutes.init)?.routes ?? []
      let rows = routes.map { route in (route, calls[route.key] ?? 0) }
        .sorted { ($0.1, $0.0.path, $0.0.method) < ($1.1, $1.0.path, $1.0.method) }
      json.member("routes") { json in
        json.list(rows.prefix(query.limit)) { json, row in
          json.object { json in
            json.member("method", row.0.method)
            json.member("path", row.0.path)
            json.member("requests", Int(row.1))
          }
        }
      }
      json.member("never_called", rows.count { $0.1 == 0 })
      json.member("known", rows.count)
      json.member("more", max(0, rows.count - query.limit))
    }
  }
}

/// The routes that a startup message names.
struct StartupRoutes {
  struct Route: Equatable {
    /// In upper case.
    var method: String
    var path: String
    var key: String { method + " " + path }
  }

  private(set) var routes: [Route] = []

  /// - Parameter body: of a message that was taken; what is not as it should be is left out.
  init(_ body: String) {
    guard case .object(let message)? = try? JSONReading.value(of: Array(body.utf8)),
      case .array(let paths)? = message["paths"]
    else { return }
    var seen: Set<String> = []
    for case .object(let item) in paths {
      guard case .string(let path)? = item["path"], case .string(let method)? = item["method"]
      else { continue }
      let route = Route(method: method.uppercased(), path: path)
      if seen.insert(route.key).inserted { routes.append(route) }
    }
  }
}

extension View {
  /// Requests by method and path.
  fileprivate func calls() throws -> [String: Int64] {
    var calls: [Int64: Int64] = [:]
    try forEachHour(wantsBins: false) { _, item in
      calls[item.endpoint] = cappedSum(calls[item.endpoint] ?? 0, item.requestCount)
    }
    var named: [String: Int64] = [:]
    for (endpoint, count) in calls {
      guard let name = endpoints[endpoint] else { continue }
      named[name.method + " " + name.path] = count
    }
    return named
  }

  /// The numbers of the consumers and endpoints that are included, each twice, as lists in JSON; null for all.
  fileprivate var includedLists: StatementArguments {
    let lists = [includedPersons, includedEndpoints].map { numbers in
      numbers.map { "[" + $0.map { String($0) }.joined(separator: ",") + "]" }
    }
    return [lists[0], lists[0], lists[1], lists[1]]
  }
}
