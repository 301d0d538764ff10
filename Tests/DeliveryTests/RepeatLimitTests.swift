import Addressing
import Testing

@testable import Delivery

/// A hub drops what it has taken before, but only for an hour: what it may have taken is not sent again
/// later than 59 minutes after the first attempt.
struct RepeatLimitTests {
  static let outcomes: [(AttemptOutcome, Bool)] =
    [
      400, 401, 402, 403, 404, 407, 408, 413, 422, 425, 429, 451, 301, 503,
    ].map { (.answered(HubAnswer(status: $0)), false) }
    + [500, 501, 502, 504, 520, 599].map { (.answered(HubAnswer(status: $0)), true) }
    + [
      (.failed(TransportFault(.notConnected, "connection refused")), false),
      (.failed(TransportFault(.misconfigured, "the proxy asks")), false),
      (.failed(TransportFault(.interrupted, "the connection was reset")), true),
      (.failed(TransportFault(.timedOut, "no answer in time")), true), (.cancelled, true),
    ]

  @Test(arguments: outcomes)
  func `only where nothing was sent, or it was turned away, the hub has nothing`(
    outcome: AttemptOutcome, mayHaveBeenTaken: Bool
  ) {
    #expect(outcome.mayHaveBeenTaken == mayHaveBeenTaken)
  }

  private let silence = AttemptOutcome.failed(TransportFault(.timedOut, "no answer in time"))
  private let refusal = AttemptOutcome.failed(
    TransportFault(.notConnected, "connection refused"))

  private func message(_ id: Int64, uncertainFor age: Duration? = nil) -> OutgoingMessage {
    OutgoingMessage(id: id, envelope: .plain("/"), body: [1], uncertainFor: age)
  }

  /// A schedule of a queue that has these messages and no more, for a run that never gives up.
  private func schedule(_ messages: [OutgoingMessage], at now: Duration = .zero) -> DeliverySchedule
  {
    var limits = DeliverySchedule.Limits()
    limits.retry.giveUpAfter = nil
    var schedule = DeliverySchedule(limits)
    schedule.fetched(messages, at: now)
    return schedule
  }

  /// The next step at `now` but for fetching, which finds nothing.
  private func step(_ schedule: inout DeliverySchedule, at now: Duration) -> DeliverySchedule.Step {
    while true {
      let step = schedule.step(at: now)
      guard case .fetch = step else { return step }
      schedule.fetched([], at: now)
    }
  }

  @Test(arguments: [0, 1, 58, 59, 60, 10_000])
  func `a message that an earlier run has sent without an answer`(minutes: Int) {
    var schedule = schedule([message(1, uncertainFor: .seconds(60 * minutes)), message(2)])
    guard minutes >= 59 else {
      #expect(step(&schedule, at: .zero) == .send(message(1, uncertainFor: .seconds(60 * minutes))))
      return
    }
    // The others go on.
    #expect(step(&schedule, at: .zero) == .send(message(2)))
    schedule.finished(2, with: .answered(HubAnswer(status: 202)), at: .zero, random: 0)
    guard case .settle(let settled) = step(&schedule, at: .zero) else {
      Issue.record("it is set aside")
      return
    }
    #expect(settled.map(\.id) == [1, 2])
    guard case .uncertain = settled[0].result else {
      Issue.record("\(settled[0])")
      return
    }
    #expect(schedule.summary.uncertain == 1 && schedule.summary.setAside == 0)
  }

  @Test func `a run of hours stops sending it as well`() {
    var schedule = schedule([message(1)])
    #expect(step(&schedule, at: .zero) == .send(message(1)))
    schedule.finished(1, with: silence, at: .seconds(10), random: 0)
    let answer = SettledMessage(1, .attempted(error: "no answer in time", isUncertain: true))
    #expect(step(&schedule, at: .seconds(10)) == .settle([answer]))
    #expect(step(&schedule, at: .seconds(59 * 60 - 1)) == .send(message(1)))
    // That nothing was sent this time does not undo the first attempt.
    schedule.finished(1, with: refusal, at: .seconds(59 * 60 - 1), random: 0.9)
    _ = step(&schedule, at: .seconds(59 * 60 - 1))
    guard case .settle(let settled) = step(&schedule, at: .seconds(59 * 60)) else {
      Issue.record("it is set aside")
      return
    }
    guard case .uncertain? = settled.last?.result else {
      Issue.record("\(settled)")
      return
    }
  }

  @Test func `as long as nothing came to the hub, there is no limit`() {
    var schedule = schedule([message(1)])
    for hour in 0..<30 {
      let now = Duration.seconds(3600 * hour)
      #expect(step(&schedule, at: now) == .send(message(1)))
      schedule.finished(1, with: refusal, at: now, random: 0)
      let answer = SettledMessage(1, .attempted(error: "connection refused", isUncertain: false))
      #expect(step(&schedule, at: now) == .settle([answer]))
    }
    #expect(schedule.summary.uncertain == 0)
  }

  @Test func `attempts are noted before they are made, many at a time`() {
    var schedule = schedule((1...40).map { message($0) })
    #expect(schedule.next(at: .zero) == .note(Array(1...32)))
    schedule.noted(Array(1...32), at: .zero)
    #expect(schedule.next(at: .zero) == .send(message(1)))
    for id in 1...3 as ClosedRange<Int64> {
      #expect(schedule.next(at: .zero) == .send(message(id + 1)))
    }
    // When nobody is there, no more than what is tried.
    for id in 1...4 as ClosedRange<Int64> {
      schedule.finished(id, with: refusal, at: .zero, random: 0.5)
    }
    guard case .settle = step(&schedule, at: .zero) else {
      Issue.record("what became of them is settled")
      return
    }
    #expect(schedule.next(at: .seconds(90)) == .note([5]))
    // What was noted and not made is taken back, so that no later run sets it aside.
    schedule.stop(at: .seconds(90))
    #expect(
      schedule.next(at: .seconds(90))
        == .settle((5...32).map { SettledMessage($0, .notAttempted) }))
    #expect(schedule.next(at: .seconds(90)) == .end)
  }

  @Test func `a note says when the attempt was made, and not when an earlier one failed`() {
    var schedule = schedule([message(1)])
    #expect(step(&schedule, at: .zero) == .send(message(1)))
    schedule.finished(1, with: refusal, at: .zero, random: 0)
    // First the failure, which would void the note.
    guard case .settle = schedule.next(at: .seconds(1)) else {
      Issue.record("the failure is settled")
      return
    }
    _ = schedule.next(at: .seconds(1))
    schedule.fetched([], at: .seconds(1))
    #expect(schedule.next(at: .seconds(1)) == .note([1]))
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `after an outage of hours each message was taken once or is set aside`(seed: UInt64) {
    var limits = DeliverySchedule.Limits()
    limits.retry.giveUpAfter = nil
    var simulation = Simulation(messageCount: 2_000, seed: seed, limits: limits)
    simulation.outage = .seconds(5)..<(.seconds(3 * 3600))
    simulation.run()
    let uncertain = simulation.settled.filter {
      if case .uncertain = $0.value { true } else { false }
    }.keys
    #expect(!uncertain.isEmpty && uncertain.allSatisfy(simulation.chances.contains))
    #expect(simulation.schedule.summary.uncertain == uncertain.count)
    #expect(simulation.settled.count == 2_000)
  }

  @Test(arguments: [
    (100, 100, Duration.zero), (100, 3_700, .seconds(3_600)), (100, 60, .zero), (100, 41, .zero),
    (100, 39, .seconds(365 * 86_400)),
  ])
  func `how long ago an attempt was, by a clock that may have been set`(
    then: Int64, now: Int64, expected: Duration
  ) {
    #expect(age(ofAttemptAt: then * 1_000_000_000, now: now * 1_000_000_000) == expected)
  }
}
