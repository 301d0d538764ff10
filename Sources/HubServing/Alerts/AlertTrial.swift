package import Configuring
import FoundationEssentials
import GRDB

/// What a rule comes to now, for one environment.
package struct AlertTrial: Sendable {
  package var rule: AlertRule
  package var clientID: String
  package var environment: String
  /// In the unit of the rule's metric; nil if it cannot be known.
  package var value: Double?

  /// Whether the value is on the wrong side. An alert fires once it has been so for as long as the rule says.
  package var isBroken: Bool { value.map { rule.isBroken(by: $0) } ?? false }
}

/// What became of a rule's action in a trial.
package struct AlertActionTrial: Sendable {
  /// Without what may be a secret.
  package var target: String
  /// What went wrong; nil if nothing did.
  package var failure: String?
}

extension HubStore {
  /// Evaluates rules, and keeps nothing of it. A rule has as many values as environments; it may have none.
  package func trials(of rules: [AlertRule]) async throws -> [[AlertTrial]] {
    let now = Date.now.timeIntervalSince1970
    return try await database.read { db in
      try rules.map { rule in
        try Self.origins(of: rule, db).map { origin in
          AlertTrial(
            rule: rule, clientID: origin.clientID, environment: origin.environment,
            value: try AlertMeasuring(origin: origin.id, now: now, db: db).value(of: rule))
        }
      }
    }
  }
}

extension AlertTrial {
  /// Does once what the rule does when it fires, marked as a test. Nothing is tried again.
  package func act() async -> [AlertActionTrial] {
    let now = Date.now.timeIntervalSince1970
    let notice = AlertNotice(
      event: .firing, rule: rule, clientID: clientID, environment: environment, value: value,
      since: now, now: now, isTest: true)
    var trials: [AlertActionTrial] = []
    for kind in [AlertActionKind.webhook, .command] {
      guard let target = AlertTarget(kind, of: rule) else { continue }
      let failure = await AlertActions().perform(target, body: notice.json)
      trials.append(AlertActionTrial(target: target.shown, failure: failure))
    }
    return trials
  }

  /// For a rule that has no environment yet.
  package init(unknown rule: AlertRule) {
    self.init(
      rule: rule, clientID: rule.filter.clientID ?? "", environment: rule.filter.environment ?? "",
      value: nil)
  }
}
