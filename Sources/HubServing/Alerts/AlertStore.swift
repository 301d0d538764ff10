import Configuring
import GRDB

/// What is done when an alert fires or is over.
enum AlertActionKind: String, Sendable {
  case webhook, command
}

/// An action that waits to be tried.
struct WaitingAction: Equatable, Sendable {
  var id: Int64
  var rule: String
  var kind: AlertActionKind
  /// What it is given.
  var body: String
  /// How often it has been tried before.
  var tries: Int
}

/// Something that happened to an alert.
struct AlertChange: Equatable, Sendable {
  var clientID: String
  var environment: String
  var event: AlertEvent
  var value: Double?
}

/// Alerts and their actions in the database: an alert fires once, whatever becomes of the hub meanwhile.
extension HubStore {
  /// So many environments a rule is evaluated for: those that are known longest.
  static let alertOriginLimit = 50
  /// So many actions may wait; another one is given up at once.
  static let waitingActionLimit = 1_000
  /// So many actions that are over are remembered.
  static let pastActionLimit = 1_000

  /// Forgets alerts whose rules are gone.
  func keepAlerts(of rules: [AlertRule]) async throws {
    let names = rules.map(\.name)
    try await database.write { db in
      for rule in try String.fetchAll(db, sql: "SELECT DISTINCT rule FROM alert")
      where !names.contains(rule) {
        try db.execute(sql: "DELETE FROM alert WHERE rule = ?", arguments: [rule])
      }
    }
  }

  /// Evaluates a rule for each environment that it is about, and keeps where the alerts stand and what is to
  /// be done, in one transaction.
  func evaluate(_ rule: AlertRule, at now: Double) async throws -> [AlertChange] {
    try await database.write { db in
      var changes: [AlertChange] = []
      let origins = try Self.origins(of: rule, db)
      for origin in origins {
        let value = try AlertMeasuring(origin: origin.id, now: now, db: db).value(of: rule)
        let before = try Self.alert(rule, origin.id, db)
        let (state, event) = rule.decide(before, value, now: now)
        try Self.write(state, value, rule, origin.id, now, db)
        guard let event else { continue }
        let notice = AlertNotice(
          event: event, rule: rule, clientID: origin.clientID, environment: origin.environment,
          value: value, since: state.firedAt ?? now, now: now)
        try Self.add(notice, origin.id, db)
        changes.append(
          AlertChange(
            clientID: origin.clientID, environment: origin.environment, event: event, value: value))
      }
      return changes
    }
  }

  struct AlertOrigin: Sendable {
    var id: Int64
    var clientID: String
    var environment: String
  }

  static func origins(of rule: AlertRule, _ db: Database) throws -> [AlertOrigin] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, client_id, env FROM origin
        WHERE client_id = coalesce(:client, client_id) AND env = coalesce(:env, env)
        ORDER BY id LIMIT :limit
        """,
      arguments: [
        "client": rule.filter.clientID, "env": rule.filter.environment, "limit": alertOriginLimit,
      ])
    return rows.map {
      AlertOrigin(id: $0["id"], clientID: $0["client_id"], environment: $0["env"])
    }
  }

  private static func alert(
    _ rule: AlertRule, _ origin: Int64, _ db: Database
  ) throws -> AlertState? {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT state, since, fired_at, resolved_at FROM alert WHERE rule = ? AND origin = ?
          """), arguments: [rule.name, origin])
    return row.map { row in
      AlertState(
        phase: AlertState.Phase(rawValue: row["state"]) ?? .ok, since: row["since"],
        firedAt: row["fired_at"], resolvedAt: row["resolved_at"])
    }
  }

  private static func write(
    _ state: AlertState, _ value: Double?, _ rule: AlertRule, _ origin: Int64, _ now: Double,
    _ db: Database
  ) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO alert (rule, origin, metric, direction, threshold, state, since, fired_at,
          resolved_at, value, evaluated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET metric = excluded.metric, direction = excluded.direction,
          threshold = excluded.threshold, state = excluded.state, since = excluded.since,
          fired_at = excluded.fired_at, resolved_at = excluded.resolved_at,
          value = excluded.value, evaluated_at = excluded.evaluated_at
        """
    ).execute(arguments: [
      rule.name, origin, rule.metric.rawValue, rule.direction.rawValue, rule.threshold,
      state.phase.rawValue, state.since, state.firedAt, state.resolvedAt, value, now,
    ])
  }

  // MARK: Actions

  /// Has the rule's actions wait.
  private static func add(_ notice: AlertNotice, _ origin: Int64, _ db: Database) throws {
    var kinds: [AlertActionKind] = []
    if notice.rule.webhook != nil { kinds.append(.webhook) }
    if !notice.rule.command.isEmpty { kinds.append(.command) }
    for kind in kinds {
      let waiting =
        try Int.fetchOne(db, sql: "SELECT count(*) FROM alert_action WHERE state = 'waiting'") ?? 0
      let isFull = waiting >= waitingActionLimit
      try db.execute(
        sql: """
          INSERT INTO alert_action (
            rule, origin, event, action, body, created_at, next_at, tries, state, finished_at, error)
          VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)
          """,
        arguments: [
          notice.rule.name, origin, notice.event.rawValue, kind.rawValue, notice.json, notice.now,
          notice.now, isFull ? "failed" : "waiting", isFull ? notice.now : nil,
          isFull ? "too many actions were waiting" : nil,
        ])
    }
    try db.execute(
      sql: """
        DELETE FROM alert_action WHERE state <> 'waiting' AND id <= (
          SELECT id FROM alert_action WHERE state <> 'waiting' ORDER BY id DESC LIMIT 1 OFFSET ?)
        """, arguments: [pastActionLimit])
  }

  /// The action to be tried now, which counts as tried from then on: nobody knows what became of an attempt
  /// during which the hub has ended. nil if none is due.
  ///
  /// What an alert does is done in order: that it is over, after that it fires.
  ///
  /// - Parameter delays: how long each further attempt waits if this one comes to nothing, in seconds.
  func nextAction(at now: Double, retryingAfter delays: [Double]) async throws -> WaitingAction? {
    try await database.write { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT id, rule, action, body, tries FROM alert_action AS own
          WHERE state = 'waiting' AND next_at <= ? AND NOT EXISTS (
            SELECT 1 FROM alert_action AS earlier
            WHERE earlier.state = 'waiting' AND earlier.id < own.id AND earlier.rule = own.rule
              AND earlier.origin = own.origin AND earlier.action = own.action)
          ORDER BY id LIMIT 1
          """, arguments: [now])
      guard let row else { return nil }
      let action = WaitingAction(
        id: row["id"], rule: row["rule"],
        kind: AlertActionKind(rawValue: row["action"]) ?? .webhook, body: row["body"],
        tries: row["tries"])
      let delay = action.tries < delays.count ? delays[action.tries] : 0
      try db.execute(
        sql: "UPDATE alert_action SET tries = tries + 1, next_at = ? WHERE id = ?",
        arguments: [now + delay, action.id])
      return action
    }
  }

  /// - Parameter failure: why it is given up; nil if it is done.
  func finish(_ action: WaitingAction, _ failure: String?, at now: Double) async throws {
    try await database.write { db in
      try db.execute(
        sql: "UPDATE alert_action SET state = ?, finished_at = ?, error = ? WHERE id = ?",
        arguments: [failure == nil ? "done" : "failed", now, failure, action.id])
    }
  }

  /// Notes why an attempt came to nothing.
  func note(_ failure: String, of action: WaitingAction) async throws {
    try await database.write { db in
      try db.execute(
        sql: "UPDATE alert_action SET error = ? WHERE id = ?", arguments: [failure, action.id])
    }
  }
}
