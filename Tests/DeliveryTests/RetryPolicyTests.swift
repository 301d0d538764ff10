import Delivery
import Testing

struct RetryPolicyTests {
  private typealias Attempt = RetryPolicy.Attempt
  private let sync = RetryPolicy.Attempt(startedAt: .zero)

  @Test(arguments: [
    (200, RetryPolicy.Verdict.delivered), (202, .delivered), (204, .delivered),
    (400, .setAside(reason: "the hub answered 400: why")),
    (402, .setAside(reason: "the hub answered 402: why")),
    (405, .setAside(reason: "the hub answered 405: why")),
    (413, .setAside(reason: "the hub answered 413: why")),
    (422, .setAside(reason: "the hub answered 422: why")),
    (408, .retry(at: .seconds(2), error: "the hub answered 408: why")),
    (429, .retry(at: .seconds(2), error: "the hub answered 429: why")),
    (500, .retry(at: .seconds(2), error: "the hub answered 500: why")),
    (503, .retry(at: .seconds(2), error: "the hub answered 503: why")),
    (599, .retry(at: .seconds(2), error: "the hub answered 599: why")),
  ])
  func `each answer has its verdict`(status: Int, expected: RetryPolicy.Verdict) {
    var policy = RetryPolicy()
    let answer = HubAnswer(status: status, reason: "why")
    // The third failure of a message: half of 0.5 s, doubled twice.
    let attempt = Attempt(startedAt: .zero, earlierFailures: 2, firstFailedAt: .zero)
    #expect(policy.finished(attempt, with: answer, at: .seconds(1), random: 0.5) == expected)
  }

  @Test(arguments: [401, 403, 404])
  func `an unknown client ID stops everything`(status: Int) {
    var policy = RetryPolicy()
    let text = "the hub answered \(status)"
    let verdict = policy.finished(sync, with: HubAnswer(status: status), at: .zero, random: 0)
    #expect(verdict == .stop(.credentialsRefused(text), error: text))
  }

  @Test(arguments: [100, 301, 302, 307, 308, 407])
  func `an answer that is not the hub's stops everything`(status: Int) {
    var policy = RetryPolicy()
    let text = "the hub answered \(status)"
    let verdict = policy.finished(sync, with: HubAnswer(status: status), at: .zero, random: 0)
    #expect(verdict == .stop(.unreachable(lastError: text), error: text))
  }

  @Test(arguments: [
    TransportFault.Kind.notConnected, .interrupted, .timedOut,
  ])
  func `a fault of the network is tried again`(kind: TransportFault.Kind) {
    var policy = RetryPolicy()
    let fault = TransportFault(kind, "it failed")
    #expect(
      policy.finished(sync, with: fault, at: .seconds(1), random: 1)
        == .retry(at: .milliseconds(1_500), error: "it failed"))
    #expect(policy.suspectsOutage == (kind == .notConnected))
  }

  @Test func `a proxy that refuses us is not tried again`() {
    var policy = RetryPolicy()
    let fault = TransportFault(.misconfigured, "no")
    #expect(
      policy.finished(sync, with: fault, at: .zero, random: 0)
        == .stop(.unreachable(lastError: "no"), error: "no"))
  }

  @Test(arguments: [
    (0, 0.5), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (19, 60), (70, 60),
  ])
  func `the longest wait of a message doubles up to the limit`(earlier: Int, seconds: Double) {
    for random in [0, 0.25, 0.999] {
      var policy = RetryPolicy()
      let attempt = Attempt(startedAt: .zero, earlierFailures: earlier, firstFailedAt: .zero)
      let verdict = policy.finished(
        attempt, with: HubAnswer(status: 500), at: .zero, random: random)
      #expect(verdict == .retry(at: .seconds(seconds) * random, error: "the hub answered 500"))
    }
  }

  @Test(arguments: [(429, 20, 20), (503, 20, 20), (429, 9_999, 300), (500, 0, 0)])
  func `everything waits for as long as the hub asks, up to the limit`(
    status: Int, asked: Int, expected: Int
  ) {
    var policy = RetryPolicy()
    let answer = HubAnswer(status: status, retryAfter: .seconds(asked))
    _ = policy.finished(sync, with: answer, at: .seconds(5), random: 0)
    #expect(policy.pausedUntil == .seconds(5 + expected))
    #expect(policy.suspectsOutage)

    // An attempt that was under way gets through: the hub's wish still counts.
    _ = policy.finished(sync, with: HubAnswer(status: 200), at: .seconds(5), random: 0)
    #expect(!policy.suspectsOutage)
    #expect(policy.pausedUntil == .seconds(5 + expected))
  }

  @Test func `a hub that asks for more time than a run has is asked once more at its end`() {
    var limits = RetryPolicy.Limits()
    limits.giveUpAfter = .seconds(30)
    var policy = RetryPolicy(limits)
    let answer = HubAnswer(status: 503, retryAfter: .seconds(120))
    _ = policy.finished(sync, with: answer, at: .seconds(5), random: 0)
    #expect(policy.pausedUntil == .seconds(35))
    #expect(
      policy.finished(sync, with: answer, at: .seconds(35), random: 0)
        == .stop(.unreachable(lastError: "the hub answered 503"), error: "the hub answered 503"))
  }

  @Test(arguments: [200, 302, 400, 403, 404, 405, 422])
  func `an answer that is not a hub's ends it, and nothing is taken for refused`(_ status: Int) {
    var policy = RetryPolicy()
    let answer = HubAnswer(status: status, isForeign: true)
    let error = "the answer was \(status) and not a hub's"
    #expect(
      policy.finished(sync, with: answer, at: .zero, random: 0)
        == .stop(.notTheHub(error), error: error))
  }

  @Test(arguments: [429, 502, 503])
  func `a page that a proxy shows for a hub that is away is waited for`(_ status: Int) {
    var policy = RetryPolicy()
    let answer = HubAnswer(status: status, isForeign: true)
    let verdict = policy.finished(sync, with: answer, at: .zero, random: 0)
    #expect(verdict == .retry(at: .zero, error: "the hub answered \(status)"))
  }

  @Test func `three failures in a row are an outage, and one answer ends it`() {
    var policy = RetryPolicy()
    let error = HubAnswer(status: 500)
    for _ in 0..<2 {
      _ = policy.finished(sync, with: error, at: .zero, random: 1)
      #expect(!policy.suspectsOutage)
      #expect(policy.pausedUntil == .zero)
    }
    _ = policy.finished(sync, with: error, at: .seconds(1), random: 1)
    #expect(policy.suspectsOutage)
    #expect(policy.pausedUntil == .milliseconds(1_500))

    _ = policy.finished(sync, with: HubAnswer(status: 422), at: .seconds(1), random: 1)
    #expect(!policy.suspectsOutage)
    #expect(policy.pausedUntil == .zero)
  }

  @Test func `attempts from before the pause do not lengthen it, later ones double it`() {
    var policy = RetryPolicy()
    let fault = TransportFault(.notConnected, "down")
    for time in [1, 2, 3] {
      _ = policy.finished(sync, with: fault, at: .seconds(time), random: 1)
      #expect(policy.pausedUntil == .milliseconds(1_500))
    }
    var now = Duration.seconds(2)
    for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
      let probe = Attempt(startedAt: now)
      _ = policy.finished(probe, with: fault, at: now, random: 1)
      #expect(policy.pausedUntil - now == .seconds(expected))
      now = policy.pausedUntil
    }
  }

  @Test func `the hub is given up after failures only for the time set`() {
    var limits = RetryPolicy.Limits()
    limits.giveUpAfter = .seconds(100)
    var policy = RetryPolicy(limits)
    let fault = TransportFault(.timedOut, "no answer in time")
    func verdict(at seconds: Int) -> RetryPolicy.Verdict {
      policy.finished(sync, with: fault, at: .seconds(seconds), random: 0)
    }
    #expect(verdict(at: 50) == .retry(at: .seconds(50), error: fault.text))
    #expect(verdict(at: 149) == .retry(at: .seconds(149), error: fault.text))
    _ = policy.finished(sync, with: HubAnswer(status: 200), at: .seconds(149), random: 0)
    #expect(verdict(at: 150) == .retry(at: .seconds(150), error: fault.text))
    #expect(verdict(at: 249) == .retry(at: .seconds(249), error: fault.text))
    #expect(
      verdict(at: 250) == .stop(.unreachable(lastError: fault.text), error: fault.text))
  }

  @Test func `without such a time the hub is never given up`() {
    var limits = RetryPolicy.Limits()
    limits.giveUpAfter = nil
    var policy = RetryPolicy(limits)
    for day in 0..<30 {
      let verdict = policy.finished(
        sync, with: TransportFault(.timedOut, "t"), at: .seconds(86_400 * day), random: 0)
      #expect(verdict == .retry(at: .seconds(86_400 * day), error: "t"))
    }
  }

  @Test func `a message that fails while others get through is left in the end`() {
    let error = HubAnswer(status: 500)
    let attempt = Attempt(
      startedAt: .seconds(9), earlierFailures: 19, firstFailedAt: .seconds(1))
    var alone = RetryPolicy()
    #expect(
      alone.finished(attempt, with: error, at: .seconds(9), random: 0)
        == .retry(at: .seconds(9), error: "the hub answered 500"))

    var amongOthers = RetryPolicy()
    _ = amongOthers.finished(sync, with: HubAnswer(status: 200), at: .seconds(5), random: 0)
    #expect(
      amongOthers.finished(attempt, with: error, at: .seconds(9), random: 0)
        == .leave(error: "the hub answered 500"))
  }

  @Test(arguments: [(Int?.some(60), 60), (nil, 3_600), (999_999, 86_400)])
  func `a payment required for logs suspends logs`(asked: Int?, expected: Int) {
    var policy = RetryPolicy()
    let answer = HubAnswer(status: 402, retryAfter: asked.map { .seconds($0) })
    let verdict = policy.finished(
      Attempt(isDroppable: true, startedAt: .zero), with: answer, at: .seconds(1), random: 0)
    #expect(verdict == .suspend(error: "the hub answered 402"))
    #expect(policy.suspendedUntil == .seconds(1 + expected))
    #expect(policy.pausedUntil == .zero)
    policy.endSuspension()
    #expect(policy.suspendedUntil == nil)
  }
}
