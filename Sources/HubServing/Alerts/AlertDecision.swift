package import Configuring

/// Where an alert stands: that of one rule for one environment.
struct AlertState: Equatable, Sendable {
  enum Phase: String, Sendable {
    case ok
    /// The value is on the wrong side, but not for long enough.
    case pending
    case firing
  }

  var phase = Phase.ok
  /// Since when, in seconds since 1970.
  var since: Double
  /// When it last fired, and when that was over.
  var firedAt: Double?
  var resolvedAt: Double?

  /// What people are shown: that an alert is over is worth knowing.
  var shown: String { phase == .ok && resolvedAt != nil ? "resolved" : phase.rawValue }
}

/// What somebody is told of: each once.
enum AlertEvent: String, Sendable {
  case firing, resolved
}

extension AlertRule {
  /// Whether a value is on the wrong side.
  package func isBroken(by value: Double) -> Bool {
    direction == .above ? value > threshold : value < threshold
  }

  /// Where an alert stands after it was evaluated, and what happens.
  ///
  /// A value that is not known (no requests, so no error rate) changes nothing of an alert that fires, and
  /// ends the wait of one that does not: it has to be on the wrong side all the time.
  ///
  /// - Parameters:
  ///   - state: nil the first time.
  ///   - now: seconds since 1970.
  func decide(_ state: AlertState?, _ value: Double?, now: Double) -> (AlertState, AlertEvent?) {
    var next = state ?? AlertState(since: now)
    let isBroken = value.map { self.isBroken(by: $0) }
    switch (next.phase, isBroken) {
    case (.ok, true?):
      if hold == 0 { return (next.fired(now), .firing) }
      (next.phase, next.since) = (.pending, now)
    case (.pending, true?):
      if now - next.since >= Double(hold) { return (next.fired(now), .firing) }
    case (.pending, _):
      (next.phase, next.since) = (.ok, now)
    case (.firing, false?):
      (next.phase, next.since, next.resolvedAt) = (.ok, now, now)
      return (next, .resolved)
    case (.ok, _), (.firing, _):
      break
    }
    return (next, nil)
  }
}

extension AlertState {
  fileprivate func fired(_ now: Double) -> AlertState {
    AlertState(phase: .firing, since: now, firedAt: now, resolvedAt: nil)
  }
}
