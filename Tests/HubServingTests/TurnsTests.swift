import Synchronization
import Testing

@testable import HubServing

struct TurnsTests {
  private struct Failure: Error {}

  private final class Counts: Sendable {
    let running = Atomic<Int>(0)
    let done = Atomic<Int>(0)

    func work(failing fails: Bool) throws {
      #expect(running.add(1, ordering: .relaxed).newValue == 1)
      defer { running.subtract(1, ordering: .relaxed) }
      done.add(1, ordering: .relaxed)
      if fails { throw Failure() }
    }
  }

  @Test func `one at a time has the turn, and all get it, also after an error`() async {
    let (turns, counts) = (Turns(), Counts())
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          try? await turns.taking { try counts.work(failing: number % 3 == 0) }
        }
      }
    }
    #expect(counts.done.load(ordering: .relaxed) == 200)
  }
}
