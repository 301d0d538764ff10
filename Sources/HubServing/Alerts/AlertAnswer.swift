import GRDB
import HTTPTypes
import Hummingbird

extension HubStore {
  /// So many alerts are shown: those that fire come first.
  static let shownAlerts = 1_000
  /// So many actions of each, the latest first.
  static let shownActions = 10

  /// The response to `GET /api/v1/alerts`.
  func alerts() async throws -> String {
    try await database.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT alert.*, client_id, env FROM alert JOIN origin ON origin.id = alert.origin
          ORDER BY state = 'firing' DESC, state = 'pending' DESC, rule, client_id, env LIMIT ?
          """, arguments: [Self.shownAlerts])
      let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM alert") ?? 0
      let actions = try rows.map { try Self.actions(of: $0, db) }
      var json = JSONWriting()
      json.object { json in
        json.member("alerts") { json in
          json.list(zip(rows, actions)) { json, alert in
            json.object { Self.write(alert.0, alert.1, to: &$0) }
          }
        }
        json.member("more", max(0, count - rows.count))
      }
      return json.text
    }
  }

  private static func actions(of alert: Row, _ db: Database) throws -> [Row] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT event, action, state, tries, created_at, finished_at, error FROM alert_action
          WHERE rule = ? AND origin = ? ORDER BY id DESC LIMIT ?
          """),
      arguments: [alert["rule"] as String, alert["origin"] as Int64, shownActions])
  }

  private static func write(_ alert: Row, _ actions: [Row], to json: inout JSONWriting) {
    let state = AlertState(
      phase: AlertState.Phase(rawValue: alert["state"]) ?? .ok, since: alert["since"],
      firedAt: alert["fired_at"], resolvedAt: alert["resolved_at"])
    json.member("name", alert["rule"] as String)
    json.member("client", alert["client_id"] as String)
    json.member("environment", alert["env"] as String)
    json.member("metric", alert["metric"] as String)
    json.member("value", alert["value"] as Double?)
    json.member("threshold", alert["threshold"] as Double)
    json.member("direction", alert["direction"] as String)
    json.member("state", state.shown)
    json.member("since", moment(state.since))
    json.member("fired_at", state.firedAt.map { moment($0) })
    json.member("resolved_at", state.resolvedAt.map { moment($0) })
    json.member("evaluated_at", moment(alert["evaluated_at"] as Double))
    json.member("actions") { json in
      json.list(actions) { json, action in
        json.object { json in
          json.member("event", action["event"] as String)
          json.member("action", action["action"] as String)
          json.member("state", action["state"] as String)
          json.member("tries", action["tries"] as Int)
          json.member("at", moment(action["created_at"] as Double))
          json.member("finished_at", (action["finished_at"] as Double?).map { moment($0) })
          json.member("error", action["error"] as String?)
        }
      }
    }
  }

  private static func moment(_ second: Double) -> String { moment(Int64(second)) }
}

/// Where alerts stand.
extension HubRoutes {
  func addAlerts(to router: some RouterMethods<HubRequestContext>) {
    router.get("api/v1/alerts") { _, _ in
      try await answer { HubAnswer.json(.ok, try await store.alerts()) }
    }
  }
}
