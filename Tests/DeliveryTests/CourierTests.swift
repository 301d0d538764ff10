import Addressing
import Synchronization
import TestSupport
import Testing

@testable import Delivery

@Suite(.timeLimit(.minutes(5))) struct CourierTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `messages queued during the delivery arrive once each, in spite of faults`(
    seed: UInt64
  ) async throws {
    let queue = MemoryQueue()
    let hub = MemoryHub(seed: seed)
    let courier = Courier(from: queue, over: hub, clock: .jumping(), random: hub.random)
    async let running = courier.run()
    for checkpoint in 0..<10 {
      queue.append(count: 200, startup: checkpoint == 0)
      courier.messagesAdded()
      await Task.yield()
    }
    courier.finish()
    let summary = try await running

    #expect(summary.outcome == .done)
    #expect(summary.delivered == 1_960 && summary.setAside == 40 && summary.waiting == 0)
    let counts = hub.state.withLock { $0.takenCounts }
    #expect(counts.count == 1_960)
    #expect(hub.state.withLock { $0.firstTaken } == 1)
    #expect(hub.state.withLock { $0.mostUnderWay } <= 4)
    #expect(queue.results.values.filter { $0 == .delivered }.count == 1_960)
  }

  @Test func `an empty queue is done at once`() async throws {
    let courier = Courier(from: MemoryQueue(), over: MemoryHub(seed: 1), clock: .jumping())
    courier.finish()
    #expect(try await courier.run() == DeliverySummary(outcome: .done))
  }

  @Test func `an unknown client ID stops it and keeps the queue`() async throws {
    let queue = MemoryQueue()
    queue.append(count: 100)
    let courier = Courier(
      from: queue, over: FixedTransport(.answered(HubAnswer(status: 404))), clock: .jumping())
    courier.finish()
    let summary = try await courier.run()
    #expect(summary.outcome == .credentialsRefused("the hub answered 404"))
    #expect(summary.delivered == 0 && summary.waiting == 100)
  }

  @Test func `a hub that cannot be reached is given up and the queue kept`() async throws {
    let queue = MemoryQueue()
    queue.append(count: 100)
    let transport = FixedTransport(.failed(TransportFault(.notConnected, "connection refused")))
    let courier = Courier(from: queue, over: transport, clock: .jumping())
    courier.finish()
    let summary = try await courier.run()
    #expect(summary.outcome == .unreachable(lastError: "connection refused"))
    #expect(summary.waiting == 100)
  }

  @Test func `stop calls off what is under way after the grace`() async throws {
    let queue = MemoryQueue()
    queue.append(count: 100)
    let transport = SilentTransport()
    let courier = Courier(from: queue, over: transport, clock: .jumping())
    async let running = courier.run()
    await transport.hasBegun()
    courier.stop()
    let summary = try await running
    #expect(summary == DeliverySummary(outcome: .stopped, waiting: 100))
  }

  @Test func `cancelling the task is like stop`() async throws {
    let queue = MemoryQueue()
    queue.append(count: 100)
    let transport = SilentTransport()
    let task = Task { try await Courier(from: queue, over: transport).run() }
    await transport.hasBegun()
    task.cancel()
    #expect(try await task.value == DeliverySummary(outcome: .stopped, waiting: 100))
  }

  @Test func `an error of the queue ends the delivery`() async throws {
    let queue = MemoryQueue()
    queue.append(count: 10)
    queue.state.withLock { $0.failsToSettle = true }
    let courier = Courier(
      from: queue, over: FixedTransport(.answered(HubAnswer(status: 200))), clock: .jumping())
    await #expect(throws: MemoryQueue.Failure.self) { try await courier.run() }
  }
}

// MARK: - A queue, hubs and a clock in memory

extension DeliveryClock {
  /// Sleeping moves the time instead of waiting for it.
  static func jumping() -> DeliveryClock {
    let time = SharedTime()
    return DeliveryClock(
      now: { time.now.withLock { $0 } },
      sleep: { until in
        await Task.yield()
        time.now.withLock { $0 = max($0, until) }
      })
  }

  private final class SharedTime: Sendable {
    let now = Mutex(Duration.zero)
  }
}

final class MemoryQueue: MessageSource {
  struct Failure: Error {}

  struct State {
    var messages: [OutgoingMessage] = []
    var results: [Int64: SettledMessage.Result] = [:]
    var failsToSettle = false
    var notedIDs: Set<Int64> = []
  }

  let state = Mutex(State())

  var results: [Int64: SettledMessage.Result] { state.withLock { $0.results } }

  func append(count: Int, startup: Bool = false) {
    state.withLock { state in
      for number in 0..<count {
        let id = Int64(state.messages.count + 1)
        let isFirst = startup && number == 0
        let envelope = Envelope(path: "/\(id)", goesFirst: isFirst)
        state.messages.append(OutgoingMessage(id: id, envelope: envelope, body: [0x7B]))
      }
    }
  }

  func nextBatch(_ request: BatchRequest) async throws -> [OutgoingMessage] {
    state.withLock { state in
      let results = state.results
      let waiting = state.messages.dropFirst(Int(request.after)).filter { results[$0.id] == nil }
      return Array(waiting.prefix(request.count))
    }
  }

  func settle(_ messages: [SettledMessage]) async throws {
    try state.withLock { state in
      guard !state.failsToSettle else { throw Failure() }
      for message in messages {
        switch message.result {
        case .attempted, .notAttempted: continue
        default: break
        }
        #expect(state.results[message.id] == nil)
        state.results[message.id] = message.result
      }
    }
  }

  func noteAttempts(of ids: [Int64]) async throws {
    state.withLock { $0.notedIDs.formUnion(ids) }
  }

  func waitingCount() async throws -> Int {
    state.withLock { $0.messages.count - $0.results.count }
  }
}

/// Fails at random, and refuses every fiftieth message.
final class MemoryHub: Transport {
  struct State {
    var generator: SeededGenerator
    var takenCounts: [Int64: Int] = [:]
    var firstTaken: Int64?
    var underWay = 0
    var mostUnderWay = 0
  }

  let state: Mutex<State>

  init(seed: UInt64) {
    state = Mutex(State(generator: SeededGenerator(seed: seed)))
  }

  var random: @Sendable () -> Double {
    { [self] in state.withLock { Double.random(in: 0..<1, using: &$0.generator) } }
  }

  func send(_ message: OutgoingMessage) async -> AttemptOutcome {
    state.withLock {
      $0.underWay += 1
      $0.mostUnderWay = max($0.mostUnderWay, $0.underWay)
    }
    await Task.yield()
    return state.withLock { state in
      state.underWay -= 1
      return Self.answer(message.id, &state)
    }
  }

  private static func answer(_ id: Int64, _ state: inout State) -> AttemptOutcome {
    func take() {
      guard id % 50 != 0 else { return }
      state.takenCounts[id, default: 0] += 1
      state.firstTaken = state.firstTaken ?? id
    }
    switch Int.random(in: 0..<100, using: &state.generator) {
    case 0..<8: return .answered(HubAnswer(status: 500))
    case 8..<12: return .answered(HubAnswer(status: 429, retryAfter: .seconds(2)))
    case 12..<18:
      take()
      return .failed(TransportFault(.timedOut, "no answer in time"))
    case 18..<24: return .failed(TransportFault(.interrupted, "reset"))
    case 24..<27: return .failed(TransportFault(.notConnected, "connection refused"))
    default:
      take()
      return .answered(HubAnswer(status: id % 50 == 0 ? 422 : 202))
    }
  }
}

/// Always the same outcome.
struct FixedTransport: Transport {
  let outcome: AttemptOutcome

  init(_ outcome: AttemptOutcome) {
    self.outcome = outcome
  }

  func send(_ message: OutgoingMessage) async -> AttemptOutcome { outcome }
}

/// Never answers; ends when it is cancelled.
final class SilentTransport: Transport {
  private let begun = AsyncStream<Void>.makeStream()

  func send(_ message: OutgoingMessage) async -> AttemptOutcome {
    begun.continuation.yield()
    try? await Task.sleep(for: .seconds(3_600))
    return .cancelled
  }

  /// Returns once four attempts are under way.
  func hasBegun() async {
    var count = 0
    for await _ in begun.stream {
      count += 1
      if count == 4 { return }
    }
  }
}

/// Behaves badly towards every tenth request or so.
final class FaultGenerator: Sendable {
  private let state = Mutex((generator: SeededGenerator(seed: 7), taken: Set<String>()))

  var taken: Set<String> { state.withLock { $0.taken } }

  func behaviour(for request: LoopbackHub.Request) -> LoopbackHub.Behaviour {
    state.withLock { state in
      switch Int.random(in: 0..<100, using: &state.generator) {
      case 0..<5: return .answer(500)
      case 5..<10: return .close
      case 10..<12:
        state.taken.insert(request.uri)
        return .close
      case 12..<14:
        state.taken.insert(request.uri)
        return .silence
      default:
        state.taken.insert(request.uri)
        return .answer(202)
      }
    }
  }
}
