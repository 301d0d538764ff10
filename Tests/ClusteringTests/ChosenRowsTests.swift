import TestSupport
import Testing

@testable import Clustering

/// Clients choose consumers and paths, and so the keys of rows that are merged. Whoever has read the source
/// must not be able to choose them so that they meet.
struct ChosenRowsTests {
  private static let count = 12_000

  private static func meanProbeCount(of words: (UInt64) -> [UInt64]) -> Double {
    var table = KeyTable()
    for number in 0..<UInt64(count) {
      let bytes = words(number).flatMap { word in
        (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
      }
      _ = table.number(of: bytes.span, in: 0..<bytes.count)
    }
    #expect(table.count == count)
    return table.meanProbeCount
  }

  @Test(
    arguments: [
      ("counted", { @Sendable number in [number] }),
      ("at the top", { @Sendable number in [number << 50] }),
      ("the last word counted", { @Sendable number in [7, number] }),
      ("the first word counted", { @Sendable number in [number, 7] }),
      ("both alike", { @Sendable number in [number, number] }),
      ("the sum alike", { @Sendable number in [number, 0 &- number] }),
    ] as [(String, @Sendable (UInt64) -> [UInt64])])
  func `rows that clients choose are spread`(
    _ name: String, _ words: @Sendable (UInt64) -> [UInt64]
  ) {
    var generator = SeededGenerator(seed: 12)
    let random = Self.meanProbeCount { _ in [generator.next()] }
    for _ in 0..<4 { #expect(Self.meanProbeCount(of: words) <= 1.5 * random) }
  }
}
