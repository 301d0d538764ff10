import Configuring
import Logging
import Synchronization

/// The rules of a hub as they are now: they may be read again while it runs.
final class AlertRuleBook: Sendable {
  private let rules: Mutex<[AlertRule]>
  private let reread: (@Sendable () throws -> [AlertRule]?)?

  /// - Parameter reread: gives the rules if they have changed since it was asked before; nil if they never do.
  init(_ rules: [AlertRule], reread: (@Sendable () throws -> [AlertRule]?)? = nil) {
    self.rules = Mutex(rules)
    self.reread = reread
  }

  var current: [AlertRule] { rules.withLock { $0 } }
  var mayChange: Bool { reread != nil }

  /// Whether there are other rules now. If those that were read are wrong, the ones before stay.
  func refresh(_ logger: Logger) -> Bool {
    do {
      guard let changed = try reread?(), changed != current else { return false }
      rules.withLock { $0 = changed }
      logger.warning(
        "the alert rules were read again: \(changed.count == 1 ? "1 rule" : "\(changed.count) rules")"
      )
      return true
    } catch {
      logger.error("the alert rules stay as they were: \(error)")
      return false
    }
  }
}
