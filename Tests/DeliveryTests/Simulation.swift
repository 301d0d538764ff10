import Addressing
import TestSupport
@testable import Delivery

/// A queue, a hub and the time between them, all in one thread and without waiting: what the
/// courier would do, event by event.
struct Simulation {
  enum Faults { case none, many }

  private struct Ending {
    var at: Duration
    var id: Int64
    var outcome: AttemptOutcome
    var isTaken: Bool
  }

  let queue: [OutgoingMessage]
  let faults: Faults
  /// While the hub is down.
  var outage: Range<Duration> = .zero..<(.zero)
  /// Messages that the hub always fails at.
  var failing: Set<Int64> = []

  private(set) var schedule: DeliverySchedule
  private(set) var now: Duration = .zero
  /// What the hub has taken, by message.
  private(set) var taken: Set<Int64> = []
  private(set) var settled: [Int64: SettledMessage.Result] = [:]
  private(set) var attemptCount = 0
  private(set) var attemptsInOutage = 0
  private(set) var mostUnderWay = 0
  private(set) var mostUnderWayLateInOutage = 0
  /// When the queue was told of attempts that are still as far as a later run knows.
  private(set) var notes: [Int64: Duration] = [:]
  /// Messages that the hub may have taken, and when their first attempts began.
  private(set) var chances: Set<Int64> = []
  private var firstChances: [Int64: Duration] = [:]
  private var underWay: [Ending] = []
  private var generator: SeededGenerator

  init(
    messageCount: Int, seed: UInt64, faults: Faults = .many,
    limits: DeliverySchedule.Limits = .init()
  ) {
    schedule = DeliverySchedule(limits)
    queue = (1...Int64(messageCount)).map {
      OutgoingMessage(
        id: $0,
        envelope: Envelope(path: "/\($0)", goesFirst: $0 == 1, isDroppable: $0 % 3 == 0), body: [])
    }
    self.faults = faults
    generator = SeededGenerator(seed: seed)
    schedule.finish()
  }

  /// Whether the hub refuses the message as invalid.
  static func isInvalid(_ id: Int64) -> Bool { id % 50 == 0 }

  mutating func run() {
    while true {
      switch schedule.next(at: now) {
      case .send(let message): begin(message)
      case .note(let ids): note(ids)
      case .settle(let messages): settle(messages)
      case .fetch(let request): fetch(request)
      case .wait(let deadline): wait(until: deadline)
      case .cancelAttempts: cancelAttempts()
      case .end: return
      }
    }
  }

  private mutating func begin(_ message: OutgoingMessage) {
    precondition(!underWay.contains { $0.id == message.id }, "sent twice at a time")
    precondition(settled[message.id] == nil, "sent after it was settled")
    // Whatever happens now, a later run knows since when the hub may have it.
    guard let noted = notes[message.id] else { preconditionFailure("sent without a note") }
    let since = firstChances[message.id] ?? now
    precondition(noted <= since && since - noted <= .seconds(60), "noted at the wrong time")
    firstChances[message.id] = since
    precondition(now - since < .seconds(59 * 60), "sent again when the hub may have forgotten it")
    attemptCount += 1
    underWay.append(ending(of: message.id))
    mostUnderWay = max(mostUnderWay, underWay.count)
    guard outage.contains(now) else { return }
    attemptsInOutage += 1
    if now > outage.lowerBound + .seconds(20) {
      mostUnderWayLateInOutage = max(mostUnderWayLateInOutage, underWay.count)
    }
  }

  private mutating func ending(of id: Int64) -> Ending {
    let quick = now + .milliseconds(Int.random(in: 5...200, using: &generator))
    func answer(_ status: Int, retryAfter: Duration? = nil, taken: Bool = false) -> Ending {
      let answer = HubAnswer(status: status, retryAfter: retryAfter)
      return Ending(at: quick, id: id, outcome: .answered(answer), isTaken: taken)
    }
    func fault(_ kind: TransportFault.Kind, after: Duration, taken: Bool = false) -> Ending {
      let fault = TransportFault(
        kind, kind == .notConnected ? "connection refused" : "no answer")
      return Ending(at: now + after, id: id, outcome: .failed(fault), isTaken: taken)
    }

    if outage.contains(now) { return fault(.notConnected, after: .milliseconds(1)) }
    if failing.contains(id) { return answer(500) }
    let isTaken = Bool.random(using: &generator) && !Self.isInvalid(id)
    switch faults == .many ? Int.random(in: 0..<100, using: &generator) : 99 {
    case 0..<8: return answer(500)
    case 8..<12: return answer(503, retryAfter: .seconds(1))
    case 12..<15: return answer(429, retryAfter: .seconds(2))
    case 15..<20: return fault(.timedOut, after: .seconds(10), taken: isTaken)
    case 20..<30: return fault(.interrupted, after: .milliseconds(20), taken: isTaken)
    case 30..<32 where id % 3 == 0: return answer(402, retryAfter: .seconds(5))
    case 30..<33: return fault(.notConnected, after: .milliseconds(1))
    default: return Self.isInvalid(id) ? answer(422) : answer(202, taken: true)
    }
  }

  private mutating func wait(until deadline: Duration?) {
    precondition(deadline.map { $0 > now } ?? true, "a wait that is over would spin")
    guard let index = underWay.indices.min(by: { underWay[$0].at < underWay[$1].at }) else {
      guard let deadline else { preconditionFailure("waits for nothing, for ever") }
      now = deadline
      return
    }
    if let deadline, deadline < underWay[index].at {
      now = deadline
      return
    }
    finish(underWay.remove(at: index))
  }

  private mutating func note(_ ids: [Int64]) {
    precondition(!ids.isEmpty && ids.count <= 32)
    for id in ids { notes[id] = now }
    schedule.noted(ids, at: now)
  }

  private mutating func finish(_ ending: Ending) {
    now = max(now, ending.at)
    let isChance = ending.outcome.mayHaveBeenTaken || ending.isTaken
    if isChance { chances.insert(ending.id) }
    if !chances.contains(ending.id) { firstChances[ending.id] = nil }
    if ending.isTaken { taken.insert(ending.id) }
    schedule.finished(
      ending.id, with: ending.outcome, at: now,
      random: Double.random(in: 0..<1, using: &generator))
  }

  private mutating func cancelAttempts() {
    chances.formUnion(underWay.map(\.id))
    for ending in underWay { schedule.finished(ending.id, with: .cancelled, at: now, random: 0) }
    underWay = []
  }

  private mutating func settle(_ messages: [SettledMessage]) {
    for message in messages {
      switch message.result {
      case .attempted(_, let isUncertain):
        precondition(isUncertain == chances.contains(message.id))
        if !isUncertain { notes[message.id] = nil }
        continue
      case .notAttempted:
        precondition(!chances.contains(message.id))
        notes[message.id] = nil
        continue
      default: break
      }
      precondition(settled[message.id] == nil, "settled twice")
      settled[message.id] = message.result
    }
  }

  private mutating func fetch(_ request: BatchRequest) {
    precondition(request.count > 0 && request.count <= 64 && request.bytes > 0)
    let waiting = queue[Int(request.after)...].filter {
      settled[$0.id] == nil
    }
    schedule.fetched(Array(waiting.prefix(request.count)), at: now)
  }
}
