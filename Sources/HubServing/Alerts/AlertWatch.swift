import Configuring
import FoundationEssentials
import Logging
import ServiceLifecycle

/// The time by which alerts are evaluated.
struct AlertClock: Sendable {
  /// Seconds since 1970.
  var now: @Sendable () -> Double
  /// Returns after so many seconds, or throws if the task is cancelled.
  var sleep: @Sendable (_ seconds: Double) async throws -> Void

  static let system = AlertClock(
    now: { Date.now.timeIntervalSince1970 },
    sleep: { try await Task.sleep(for: .seconds($0)) })
}

/// Evaluates the rules, each as often as it says, and does what is to be done.
///
/// One task evaluates, another acts: what an action takes delays no evaluation. Between them is the database,
/// which has at most ``HubStore/waitingActionLimit`` actions wait.
struct AlertWatch: Service {
  /// How long after a failure an action is tried again, in seconds: three attempts in all.
  static let delays: [Double] = [5, 30]
  /// How often it is looked for actions that wait, in seconds.
  private static let actingInterval = 1.0
  /// How often it is looked whether there are other rules, in seconds.
  private static let rereadInterval = 5.0

  var rules: AlertRuleBook
  let store: HubStore
  let actions: any AlertActing
  let clock: AlertClock
  let logger: Logger

  @concurrent func run() async throws {
    try? await cancelWhenGracefulShutdown {
      await forgetOthers()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await evaluateAll() }
        group.addTask { try await actOnAll() }
        try await group.waitForAll()
      }
    }
    // The end of a service would be the hub's.
    try? await gracefulShutdown()
  }

  private func forgetOthers() async {
    do {
      try await store.keepAlerts(of: rules.current)
    } catch is CancellationError {
      // The hub ends.
    } catch {
      logger.error("alerts without rules cannot be forgotten: \(error)")
    }
  }

  private func evaluateAll() async throws {
    var schedule = AlertSchedule(rules.current, now: clock.now())
    while !Task.isCancelled {
      for rule in schedule.due(at: clock.now()) { await evaluate(rule) }
      let wait = schedule.wait(at: clock.now())
      try await clock.sleep(rules.mayChange ? min(wait, Self.rereadInterval) : wait)
      guard rules.refresh(logger) else { continue }
      await forgetOthers()
      schedule = AlertSchedule(rules.current, now: clock.now())
    }
  }

  /// Evaluates a rule, and says what happened.
  func evaluate(_ rule: AlertRule) async {
    do {
      for change in try await store.evaluate(rule, at: clock.now()) {
        logger.warning(
          "alert \(rule.name) is \(change.event.rawValue) for \(change.clientID) \(change.environment)"
        )
      }
    } catch is CancellationError {
      // The hub ends.
    } catch {
      logger.error("alert \(rule.name) cannot be evaluated: \(error)")
    }
  }

  private func actOnAll() async throws {
    while !Task.isCancelled {
      while await act() {}
      try await clock.sleep(Self.actingInterval)
    }
  }

  /// Tries one action; false if none was due.
  func act() async -> Bool {
    do {
      guard
        let action = try await store.nextAction(at: clock.now(), retryingAfter: Self.delays)
      else { return false }
      try await attempt(action)
      return true
    } catch is CancellationError {
      return false
    } catch {
      logger.error("an alert's action failed: \(error)")
      return false
    }
  }

  private func attempt(_ action: WaitingAction) async throws {
    guard let rule = rules.current.first(where: { $0.name == action.rule }),
      let target = AlertTarget(action.kind, of: rule)
    else {
      return try await store.finish(action, "its rule has no such action any more", at: clock.now())
    }
    guard action.tries <= Self.delays.count else {
      // The hub ended during the last attempt.
      return try await store.finish(action, "what became of it is not known", at: clock.now())
    }
    let failure = await actions.perform(target, body: action.body)
    // An attempt that was broken off is made again when the hub runs again.
    if Task.isCancelled && failure != nil { return }
    guard let failure else { return try await store.finish(action, nil, at: clock.now()) }
    guard action.tries == Self.delays.count else {
      return try await store.note(failure, of: action)
    }
    logger.warning(
      "alert \(rule.name): \(target.shown) failed \(action.tries + 1) times, and is given up: \(failure)"
    )
    try await store.finish(action, failure, at: clock.now())
  }
}

/// When which rule is evaluated.
struct AlertSchedule {
  private var entries: [(rule: AlertRule, next: Double)]

  /// All are due at once.
  init(_ rules: [AlertRule], now: Double) { entries = rules.map { ($0, now) } }

  /// The rules that are due, which from then on wait for their next time. What was missed is not made up for.
  mutating func due(at now: Double) -> [AlertRule] {
    var due: [AlertRule] = []
    for place in entries.indices {
      let interval = Double(entries[place].rule.interval)
      // A clock that was set back far keeps nobody waiting.
      guard entries[place].next <= now || entries[place].next > now + interval else { continue }
      due.append(entries[place].rule)
      entries[place].next = now + interval
    }
    return due
  }

  /// How long until a rule is due, in seconds.
  func wait(at now: Double) -> Double {
    let next = entries.map(\.next).min() ?? now + Double(AlertRule.secondsBetween.upperBound)
    return min(max(0, next - now), Double(AlertRule.secondsBetween.upperBound))
  }
}
