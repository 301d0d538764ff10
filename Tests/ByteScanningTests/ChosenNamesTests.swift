import TestSupport
import Testing

@testable import ByteScanning

/// Clients choose names. Whoever has read the source must not be able to choose them so that they meet
/// in a `ByteTable` whose hashes are seeded.
struct ChosenNamesTests {
  private static let count = 12_000

  private static func meanProbeCount(seed: UInt64, _ name: (UInt64) -> [UInt64]) -> Double {
    var table = ByteTable()
    for number in 0..<UInt64(count) {
      let bytes = name(number).flatMap { word in
        (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
      }
      let range = 0..<bytes.count
      table.insert(0, for: bytes.span, in: range, hash: bytes.span.hash(of: range, seed: seed))
    }
    return table.meanProbeCount
  }

  private static let factor: UInt64 = 0xFF51_AFD7_ED55_8CCD

  /// The number whose product with the hash's factor is 1.
  private static var inverse: UInt64 {
    var inverse = factor
    for _ in 0..<6 { inverse = inverse &* (2 &- factor &* inverse) }
    return inverse
  }

  @Test(
    arguments: [
      ("counted", { @Sendable number in [number] }),
      ("at the top", { @Sendable number in [number << 50] }),
      ("in the middle", { @Sendable number in [number << 28] }),
      ("products that are counted", { @Sendable number in [number &* inverse] }),
      ("products at the top", { @Sendable number in [(number << 50) &* inverse] }),
      ("the last word counted", { @Sendable number in [7, number] }),
      ("the first word counted", { @Sendable number in [number, 7] }),
      ("both alike", { @Sendable number in [number, number] }),
      ("the sum alike", { @Sendable number in [number, 0 &- number] }),
      ("the second undoes the first", { @Sendable number in [number, mixed(number)] }),
    ] as [(String, @Sendable (UInt64) -> [UInt64])])
  func `names that clients choose are spread`(
    _ kind: String, _ name: @Sendable (UInt64) -> [UInt64]
  ) {
    var generator = SeededGenerator(seed: 8)
    let random = Self.meanProbeCount(seed: 1) { _ in [generator.next()] }
    for seed in (0..<8).map({ _ in generator.next() }) {
      let attacked = Self.meanProbeCount(seed: seed, name)
      #expect(attacked <= 1.5 * random, "seed \(seed)")
    }
  }
}
