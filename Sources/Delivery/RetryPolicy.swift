/// Decides what follows from an attempt: done, again later, out of the way, or an end to it all.
///
/// A pure state machine. Times are durations since the run began; a random number comes with each
/// event. It knows the state of the hub, not the messages.
///
/// | answer | verdict |
/// |---|---|
/// | 2xx | delivered |
/// | 2xx, 3xx or 4xx with a web page; 404 without JSON | stop: it is not the hub that answers |
/// | 401, 403, 404 | stop: the hub does not know the client ID |
/// | 402 to a droppable message | droppable messages are suspended for `Retry-After`, at most `longestSuspension` |
/// | 408, 429, 5xx, no connection, reset, timeout | again, after a backoff or `Retry-After` |
/// | 3xx, 407 | stop: it is not the hub that answers (redirects are not followed) |
/// | 422, 413, any other | set aside |
///
/// That is hub v2 (``Receiver``). By OTLP, where no client ID is in the path:
///
/// | answer | verdict |
/// |---|---|
/// | 401, 403 | stop: the token is refused |
/// | 404 | stop: there is no receiver at the address |
/// | 408, 500 and the like of another receiver than Apitally | set aside: only 429, 502, 503 and 504 may be repeated (OTLP specification, "Failures") |
///
/// **Backoff.** A message waits a random time (full jitter) up to `firstDelay`, doubled with each
/// failure, at most `longestDelay`. When the hub seems down (`failuresOfAnOutage` attempts in a row
/// have failed, or one found no connection, or the hub asked for time), everything pauses for such
/// a time, and then one message at a time is tried until one gets through. Attempts that had begun
/// before the pause say nothing new and do not lengthen it.
package struct RetryPolicy: Sendable {
  /// Whose answers they are.
  package enum Receiver: Sendable {
    /// Apitally's hub v2.
    case hub
    /// Apitally's receiver of OTLP.
    case telemetry
    /// Any other receiver of OTLP.
    case otherTelemetry
  }

  package struct Limits: Sendable {
    package var receiver = Receiver.hub
    package var firstDelay: Duration = .milliseconds(500)
    package var longestDelay: Duration = .seconds(60)
    /// A longer `Retry-After` is cut to this, and to what is left until the run gives up.
    package var longestRetryAfter: Duration = .seconds(300)
    /// How long nothing but failures is put up with; nil never gives up (a stream that runs for
    /// days). The hub counts as unreachable then, and what is left waits for the next run.
    package var giveUpAfter: Duration? = .seconds(300)
    /// A message that fails so often while others get through is left for the next run.
    package var attemptsPerMessage = 20
    /// With fewer failures in a row it is the message that is at fault, or chance.
    package var failuresOfAnOutage = 3
    /// How long droppable messages are suspended if the hub does not say.
    package var usualSuspension: Duration = .seconds(3_600)
    package var longestSuspension: Duration = .seconds(86_400)

    package init() {}
  }

  /// An attempt that has ended.
  package struct Attempt: Sendable {
    /// Whether it was of a droppable message.
    package var isDroppable: Bool
    package var startedAt: Duration
    /// Of the same message, before this one.
    package var earlierFailures: Int
    package var firstFailedAt: Duration?

    package init(
      isDroppable: Bool = false, startedAt: Duration, earlierFailures: Int = 0,
      firstFailedAt: Duration? = nil
    ) {
      self.isDroppable = isDroppable
      self.startedAt = startedAt
      self.earlierFailures = earlierFailures
      self.firstFailedAt = firstFailedAt
    }
  }

  package enum Verdict: Equatable, Sendable {
    case delivered
    case setAside(reason: String)
    /// Not before this time.
    case retry(at: Duration, error: String)
    /// Not in this run.
    case leave(error: String)
    /// Droppable messages are not sent for the time being.
    case suspend(error: String)
    case stop(DeliverySummary.Outcome, error: String)
  }

  private let limits: Limits
  /// Failures since the hub last answered properly, as far as they say anything new.
  private var failuresInARow = 0
  private var failingSince: Duration?
  private var lastContact: Duration?
  private var backoffDecidedAt: Duration?
  private var backoffUntil: Duration = .zero
  private var askedToWaitUntil: Duration = .zero
  /// Until when no droppable messages are sent; nil if they are not suspended.
  package private(set) var suspendedUntil: Duration?

  package init(_ limits: Limits = Limits()) {
    self.limits = limits
  }

  /// When the next attempt may begin.
  package var pausedUntil: Duration { max(backoffUntil, askedToWaitUntil) }

  /// Whether the hub seems down, so that one message at a time is enough.
  package var suspectsOutage: Bool { failuresInARow >= limits.failuresOfAnOutage }

  /// - Parameter random: from 0 up to 1.
  package mutating func finished(
    _ attempt: Attempt, with answer: HubAnswer, at now: Duration, random: Double
  ) -> Verdict {
    if answer.isForeign, answer.status < 500, ![407, 408, 413, 429].contains(answer.status) {
      let error = "the answer was \(answer.status) and not a hub's"
      return .stop(.notTheHub(error), error: error)
    }
    if (200..<300).contains(answer.status) {
      noteContact(at: now)
      return .delivered
    }
    let error = Self.text(for: answer)
    switch answer.status {
    case 404 where limits.receiver != .hub:
      return .stop(.notTheHub(error), error: error)
    case 408 where limits.receiver == .otherTelemetry,
      500... where limits.receiver == .otherTelemetry && !(502...504).contains(answer.status):
      noteContact(at: now)
      return .setAside(reason: error)
    case 401, 403, 404:
      return .stop(.credentialsRefused(error), error: error)
    case 402 where attempt.isDroppable:
      noteContact(at: now)
      suspend(for: answer.retryAfter, at: now)
      return .suspend(error: error)
    case 408, 429, 500...:
      let wait = answer.retryAfter.map { min($0, longestWait(at: now)) }
      if let wait { askedToWaitUntil = max(askedToWaitUntil, now + wait) }
      let isOutage = answer.status == 429 || wait != nil
      return failed(
        attempt, error, isOutage: isOutage, wait: wait ?? .zero, at: now, random: random)
    case ..<400, 407:
      return .stop(.unreachable(lastError: error), error: error)
    default:
      noteContact(at: now)
      return .setAside(reason: error)
    }
  }

  /// - Parameter random: from 0 up to 1.
  package mutating func finished(
    _ attempt: Attempt, with fault: TransportFault, at now: Duration, random: Double
  ) -> Verdict {
    guard fault.kind != .misconfigured else {
      return .stop(.unreachable(lastError: fault.text), error: fault.text)
    }
    return failed(
      attempt, fault.text, isOutage: fault.kind == .notConnected, wait: .zero, at: now,
      random: random)
  }

  /// Ends the suspension of droppable messages.
  package mutating func endSuspension() {
    suspendedUntil = nil
  }

  /// How long a hub that asks for time is waited for: no longer than until the run gives up.
  private func longestWait(at now: Duration) -> Duration {
    guard let limit = limits.giveUpAfter else { return limits.longestRetryAfter }
    return min(limits.longestRetryAfter, max(limit - (now - (failingSince ?? now)), .zero))
  }

  private mutating func noteContact(at now: Duration) {
    failuresInARow = 0
    failingSince = nil
    backoffUntil = .zero
    lastContact = now
  }

  private mutating func suspend(for asked: Duration?, at now: Duration) {
    let wait = min(asked ?? limits.usualSuspension, limits.longestSuspension)
    suspendedUntil = max(suspendedUntil ?? .zero, now + wait)
  }

  private mutating func failed(
    _ attempt: Attempt, _ error: String, isOutage: Bool, wait: Duration, at now: Duration,
    random: Double
  ) -> Verdict {
    let since = failingSince ?? now
    failingSince = since
    if let limit = limits.giveUpAfter, now - since >= limit {
      return .stop(.unreachable(lastError: error), error: error)
    }
    backOff(after: attempt, isOutage: isOutage, at: now, random: random)

    let failures = attempt.earlierFailures + 1
    if failures >= limits.attemptsPerMessage, let lastContact,
      lastContact > attempt.firstFailedAt ?? now
    {
      return .leave(error: error)
    }
    let own = delay(afterFailures: failures, random: random)
    return .retry(at: now + max(own, wait), error: error)
  }

  private mutating func backOff(
    after attempt: Attempt, isOutage: Bool, at now: Duration, random: Double
  ) {
    guard attempt.startedAt >= backoffDecidedAt ?? .zero else { return }
    failuresInARow += 1
    if isOutage { failuresInARow = max(failuresInARow, limits.failuresOfAnOutage) }
    guard suspectsOutage else { return }
    backoffDecidedAt = now
    let rounds = failuresInARow - limits.failuresOfAnOutage + 1
    backoffUntil = now + delay(afterFailures: rounds, random: random)
  }

  /// Full jitter: anything between nothing and the doubled delay.
  private func delay(afterFailures failures: Int, random: Double) -> Duration {
    // Doubling more often than this is past any limit and would overflow.
    let doubled = limits.firstDelay * (1 << min(failures - 1, 20))
    return min(doubled, limits.longestDelay) * random
  }

  private static func text(for answer: HubAnswer) -> String {
    let text = "the hub answered \(answer.status)"
    return answer.reason.isEmpty ? text : "\(text): \(answer.reason)"
  }
}
