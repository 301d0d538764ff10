import Addressing
import Testing

@testable import Delivery

struct DeliveryScheduleTests {
  @Test(arguments: 0..<8)
  func `a hub full of faults takes each message once`(seed: UInt64) {
    var simulation = Simulation(messageCount: 3_000, seed: seed)
    simulation.run()
    #expect(simulation.schedule.summary.outcome == .done)
    expectExactDelivery(simulation)
  }

  private func expectExactDelivery(_ simulation: Simulation) {
    let all = Set(simulation.queue.map(\.id))
    // While request logs are suspended they are dropped, and nothing else is.
    let dropped = Set(simulation.settled.filter { $0.value == .dropped }.keys)
    #expect(
      !dropped.isEmpty && dropped.allSatisfy { simulation.queue[Int($0) - 1].envelope.isDroppable })
    let refused = all.filter(Simulation.isInvalid)
    #expect(simulation.taken.isDisjoint(with: refused))
    #expect(simulation.taken.union(refused).union(dropped) == all)
    #expect(Set(simulation.settled.keys) == all)
    for (id, result) in simulation.settled {
      let isSetAside = if case .setAside = result { true } else { false }
      #expect(isSetAside == (refused.contains(id) && !dropped.contains(id)))
    }
    let summary = simulation.schedule.summary
    #expect(summary.delivered == simulation.taken.subtracting(dropped).count)
    #expect(summary.setAside == refused.subtracting(dropped).count)
    #expect(summary.dropped == dropped.count)
    #expect(simulation.mostUnderWay == 4)
    // Faults repeat messages; the hub tells them apart by their uuid.
    #expect(simulation.attemptCount > simulation.queue.count)
  }

  @Test(arguments: 0..<5)
  func `a hub that is down is tried now and then, one message at a time`(seed: UInt64) {
    var simulation = Simulation(messageCount: 500, seed: seed, faults: .none)
    simulation.outage = .seconds(1)..<(.seconds(120))
    simulation.run()
    expectOneAtATime(simulation)
    #expect(simulation.schedule.summary.outcome == .done)
    #expect(simulation.taken.count == 490)
  }

  private func expectOneAtATime(_ simulation: Simulation) {
    // Four were under way when it began.
    #expect(simulation.attemptsInOutage < 4 + 40)
    #expect(simulation.attemptsInOutage > 4)
    #expect(simulation.mostUnderWayLateInOutage <= 1)
  }

  @Test func `a hub that stays down is given up, and everything still waits`() {
    var simulation = Simulation(messageCount: 500, seed: 1, faults: .none)
    simulation.outage = .zero..<(.seconds(100_000))
    simulation.run()
    #expect(
      simulation.schedule.summary.outcome == .unreachable(lastError: "connection refused"))
    #expect(simulation.settled.isEmpty)
    // Nothing was sent, so that tomorrow nothing is too late.
    #expect(simulation.notes.isEmpty)
    #expect(simulation.now < .seconds(300 + 61))
  }

  @Test func `messages that always fail do not hold up the others`() {
    // The startup message, which goes before all others, is one of them.
    var simulation = Simulation(messageCount: 300, seed: 1, faults: .none)
    simulation.failing = Set(stride(from: 1, to: 300, by: 10))
    simulation.run()
    #expect(simulation.taken.count == 300 - 30 - 6)
    #expect(
      simulation.schedule.summary.outcome == .unreachable(lastError: "the hub answered 500"))
  }

  @Test func `with a patience that lasts, messages that always fail are left in the end`() {
    var limits = DeliverySchedule.Limits()
    limits.retry.giveUpAfter = nil
    limits.retry.attemptsPerMessage = 8
    var simulation = Simulation(messageCount: 100, seed: 1, faults: .none, limits: limits)
    simulation.failing = [1, 20]
    simulation.run()
    #expect(simulation.taken.count == 100 - 2 - 2)
    #expect(simulation.schedule.summary.outcome == .done)
  }

  // MARK: - Step by step

  private func messages(_ makers: [(String) -> Envelope]) -> [OutgoingMessage] {
    makers.enumerated().map {
      OutgoingMessage(id: Int64($0 + 1), envelope: $1("/\($0)"), body: [1, 2, 3])
    }
  }

  @Test func `a startup message that the hub fails at lets the others go in the end`() {
    var schedule = schedule(messages([Envelope.first, Envelope.plain]))
    for _ in 0..<4 {
      #expect(sentToTheLast(&schedule) == [1])
      schedule.finished(1, with: .answered(HubAnswer(status: 500)), at: .zero, random: 0)
      #expect(sentToTheLast(&schedule) == [1])
      let fault = TransportFault(.timedOut, "no answer in time")
      schedule.finished(1, with: .failed(fault), at: .zero, random: 0)
    }
    #expect(sentToTheLast(&schedule) == [1])
    schedule.finished(1, with: .answered(HubAnswer(status: 500)), at: .zero, random: 0)
    #expect(sentToTheLast(&schedule) == [2])
  }

  /// A schedule that has fetched the messages.
  private func schedule(
    _ messages: [OutgoingMessage], _ limits: DeliverySchedule.Limits = .init()
  ) -> DeliverySchedule {
    var schedule = DeliverySchedule(limits)
    guard case .fetch(let request) = schedule.step(at: .zero) else {
      Issue.record("the first step is to fetch")
      return schedule
    }
    #expect(request.after == 0)
    schedule.fetched(messages, at: .zero)
    return schedule
  }

  private func sent(_ schedule: inout DeliverySchedule, at now: Duration = .zero) -> [Int64] {
    var ids: [Int64] = []
    while case .send(let message) = schedule.step(at: now) { ids.append(message.id) }
    return ids
  }

  /// The same where the queue holds nothing more.
  private func sentToTheLast(_ schedule: inout DeliverySchedule) -> [Int64] {
    var ids: [Int64] = []
    while true {
      switch schedule.step(at: .zero) {
      case .send(let message): ids.append(message.id)
      case .settle: continue
      case .fetch: schedule.fetched([], at: .zero)
      case .note, .wait, .cancelAttempts, .end: return ids
      }
    }
  }

  @Test func `messages begin in the order of the queue, so many at a time`() {
    var schedule = schedule(
      messages([
        Envelope.plain, Envelope.plain, Envelope.plain, Envelope.plain, Envelope.plain,
        Envelope.plain,
      ]))
    #expect(sent(&schedule) == [1, 2, 3, 4])
    #expect(schedule.step(at: .zero) == .wait(until: nil))
    schedule.finished(2, with: .answered(HubAnswer(status: 202)), at: .zero, random: 0)
    #expect(sent(&schedule) == [5])
  }

  @Test func `a startup message goes alone before those behind it`() {
    var schedule = schedule(
      messages([Envelope.plain, Envelope.first, Envelope.plain, Envelope.first, Envelope.plain]))
    #expect(sentToTheLast(&schedule) == [1, 2])
    schedule.finished(1, with: .answered(HubAnswer(status: 200)), at: .zero, random: 0)
    schedule.finished(2, with: .answered(HubAnswer(status: 500)), at: .zero, random: 0)
    #expect(sentToTheLast(&schedule) == [2])
    schedule.finished(2, with: .answered(HubAnswer(status: 200)), at: .zero, random: 0)
    #expect(sentToTheLast(&schedule) == [3, 4])
    schedule.finished(4, with: .answered(HubAnswer(status: 422)), at: .zero, random: 0)
    #expect(sentToTheLast(&schedule) == [5])
  }

  @Test func `what became of messages is settled before more is fetched`() {
    var schedule = schedule(messages([Envelope.plain, Envelope.plain]))
    #expect(sent(&schedule) == [1, 2])
    schedule.finished(1, with: .answered(HubAnswer(status: 200)), at: .zero, random: 0)
    let bad = HubAnswer(status: 422, reason: "bad")
    schedule.finished(2, with: .answered(bad), at: .zero, random: 0)
    #expect(
      schedule.step(at: .zero)
        == .settle([
          SettledMessage(1, .delivered),
          SettledMessage(2, .setAside(reason: "the hub answered 422: bad")),
        ]))
    guard case .fetch(let request) = schedule.step(at: .zero) else {
      Issue.record("nothing is left, so more is fetched")
      return
    }
    #expect(request.after == 2)
    schedule.fetched([], at: .zero)
    #expect(schedule.step(at: .zero) == .wait(until: nil))
    schedule.messagesAdded()
    #expect(schedule.step(at: .zero) == .fetch(request))
    schedule.fetched([], at: .zero)
    schedule.finish()
    #expect(schedule.step(at: .zero) == .fetch(request))
    schedule.fetched([], at: .zero)
    #expect(schedule.step(at: .zero) == .end)
  }

  @Test func `while others are under way, outcomes are settled many at a time`() {
    var limits = DeliverySchedule.Limits()
    limits.settlingCount = 3
    limits.concurrency = 2
    var schedule = schedule(messages(Array(repeating: Envelope.plain, count: 12)), limits)
    #expect(sent(&schedule) == [1, 2])
    let taken = AttemptOutcome.answered(HubAnswer(status: 200))
    for id in 1...2 as ClosedRange<Int64> {
      schedule.finished(id, with: taken, at: .zero, random: 0)
      #expect(sent(&schedule) == [id + 2])
      #expect(schedule.step(at: .zero) == .wait(until: nil))
    }
    schedule.finished(3, with: taken, at: .zero, random: 0)
    var steps = steps(of: &schedule)
    #expect(steps.sent == [5])
    #expect(steps.settled.map(\.id) == [1, 2, 3])
    // When told to stop, nothing is kept back.
    schedule.finished(4, with: taken, at: .zero, random: 0)
    schedule.stop(at: .zero)
    steps = self.steps(of: &schedule)
    #expect(steps.sent.isEmpty && steps.settled.map(\.id) == [4])
    schedule.finished(5, with: taken, at: .zero, random: 0)
    steps = self.steps(of: &schedule)
    #expect(steps.settled.filter { $0.result != .notAttempted }.map(\.id) == [5])
    // Those that were noted, and have not been sent.
    #expect(steps.settled.filter { $0.result == .notAttempted }.map(\.id) == Array(6...12))
    #expect(schedule.step(at: .zero) == .end)
  }

  @Test func `the window is bounded in messages and bytes`() {
    var limits = DeliverySchedule.Limits()
    limits.windowCount = 10
    limits.windowBytes = 12
    limits.concurrency = 6
    var schedule = schedule(messages([Envelope.plain, Envelope.plain, Envelope.plain]), limits)
    #expect(sent(&schedule) == [1, 2, 3])
    guard case .fetch(let request) = schedule.step(at: .zero) else {
      Issue.record("there is room for more")
      return
    }
    #expect(request.count == 7 && request.bytes == 3)
    schedule.fetched(
      [OutgoingMessage(id: 4, envelope: .plain("/"), body: [1, 2, 3])], at: .zero)
    #expect(sent(&schedule) == [4])
    #expect(schedule.step(at: .zero) == .wait(until: nil))
  }

  @Test func `an unknown client ID ends it when what is under way has ended`() {
    var schedule = schedule(
      messages([Envelope.plain, Envelope.plain, Envelope.plain, Envelope.plain, Envelope.plain]))
    #expect(sent(&schedule).count == 4)
    schedule.finished(1, with: .answered(HubAnswer(status: 404)), at: .seconds(1), random: 0)
    guard case .settle = schedule.step(at: .seconds(1)) else {
      Issue.record("the attempt is noted")
      return
    }
    #expect(schedule.step(at: .seconds(1)) == .wait(until: .seconds(3)))
    schedule.finished(2, with: .answered(HubAnswer(status: 200)), at: .seconds(2), random: 0)
    #expect(
      schedule.step(at: .seconds(2)) == .settle([SettledMessage(2, .delivered)]))
    #expect(schedule.step(at: .seconds(3)) == .cancelAttempts)
    #expect(schedule.step(at: .seconds(3)) == .wait(until: nil))
    for id in [3, 4] as [Int64] {
      schedule.finished(id, with: .cancelled, at: .seconds(3), random: 0)
    }
    #expect(schedule.step(at: .seconds(3)) == .settle([SettledMessage(5, .notAttempted)]))
    #expect(schedule.step(at: .seconds(3)) == .end)
    #expect(schedule.summary.outcome == .credentialsRefused("the hub answered 404"))
    #expect(schedule.summary.delivered == 1)
  }

  @Test func `while logs are suspended they are dropped, and numbers go on`() {
    var limits = DeliverySchedule.Limits()
    limits.settlingCount = 1
    var schedule = schedule(
      messages([
        Envelope.droppable, Envelope.plain, Envelope.droppable, Envelope.droppable, Envelope.plain,
        Envelope.droppable,
      ]), limits)
    #expect(sent(&schedule) == [1, 2, 3, 4])
    let suspended = HubAnswer(status: 402, retryAfter: .seconds(30))
    schedule.finished(3, with: .answered(suspended), at: .zero, random: 0)
    // Messages 1 and 4 are under way; 1 fails, and 4 is taken all the same.
    schedule.finished(1, with: .answered(HubAnswer(status: 500)), at: .zero, random: 0)
    schedule.finished(4, with: .answered(HubAnswer(status: 200)), at: .zero, random: 0)
    var steps = steps(of: &schedule)
    #expect(steps.sent == [5])
    let dropped = SettledMessage.Result.dropped
    #expect(
      steps.settled == [
        SettledMessage(3, dropped), SettledMessage(6, dropped),
        SettledMessage(1, .attempted(error: "the hub answered 500", isUncertain: true)),
        SettledMessage(1, dropped),
        SettledMessage(4, .delivered),
      ])
    #expect(schedule.summary.dropped == 3)
    // What is queued meanwhile fares no better, until the time is over.
    schedule.fetched([OutgoingMessage(id: 7, envelope: .droppable("/7"), body: [])], at: .zero)
    steps = self.steps(of: &schedule)
    #expect(steps.sent.isEmpty && steps.settled == [SettledMessage(7, dropped)])
    _ = schedule.step(at: .seconds(30))
    schedule.fetched(
      [OutgoingMessage(id: 8, envelope: .droppable("/8"), body: [])], at: .seconds(30))
    #expect(sent(&schedule, at: .seconds(30)) == [8])
    #expect(schedule.summary.dropped == 4)
  }

  /// What is sent and settled until more is to be fetched.
  private func steps(
    of schedule: inout DeliverySchedule
  ) -> (sent: [Int64], settled: [SettledMessage]) {
    var steps: (sent: [Int64], settled: [SettledMessage]) = ([], [])
    while true {
      switch schedule.step(at: .zero) {
      case .send(let message): steps.sent.append(message.id)
      case .settle(let messages): steps.settled += messages
      default: return steps
      }
    }
  }

  @Test func `a suspension of logs is not waited for`() {
    var schedule = schedule(messages([Envelope.droppable, Envelope.droppable]))
    #expect(sent(&schedule) == [1, 2])
    let suspended = HubAnswer(status: 402, retryAfter: .seconds(3_600))
    for id in [1, 2] as [Int64] {
      schedule.finished(id, with: .answered(suspended), at: .zero, random: 0)
    }
    schedule.finish()
    guard case .settle = schedule.step(at: .zero), case .fetch = schedule.step(at: .zero) else {
      Issue.record("what was dropped is noted, then more is fetched")
      return
    }
    schedule.fetched([], at: .zero)
    #expect(schedule.step(at: .zero) == .end)
    #expect(schedule.summary.outcome == .done)
    #expect(schedule.summary.dropped == 2)
  }
}

extension DeliverySchedule {
  /// The next step but for notes, which are made at once.
  mutating func step(at now: Duration) -> Step {
    while true {
      let step = next(at: now)
      guard case .note(let ids) = step else { return step }
      noted(ids, at: now)
    }
  }
}
