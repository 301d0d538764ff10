import Addressing
import Foundation
import Outbox
import Testing

@testable import Importing

/// What a run makes of files that it may have seen before.
struct SourceMatchingTests {
  /// A hundred thousand things that happen to logs and runs. `SOURCE_SEED` runs one seed of your own.
  @Test(arguments: Self.seeds)
  func `every line counts once, whatever happens to files and runs`(seed: UInt64) {
    var simulation = ImportSimulation(seed: seed)
    simulation.simulate(steps: 100_000)
    #expect(
      simulation.failure == nil,
      "SOURCE_SEED=\(seed) fails at step \(simulation.stepCount): \(simulation.failure ?? "")")
    // None of it is a matter of course.
    let events = simulation.events
    #expect(simulation.lineCount > 20_000)
    #expect(events.resumed > 100 && events.unchanged > 100 && events.checkpoints > 100)
    #expect(events.kills > 100 && events.shrunk > 10 && events.rotated > 10 && events.parted > 10)
    #expect(events.quietChecks > 50)
  }

  static let seeds: [UInt64] =
    ProcessInfo.processInfo.environment["SOURCE_SEED"].flatMap(UInt64.init).map { [$0] }
    ?? [1, 2, 3, 4]
}
