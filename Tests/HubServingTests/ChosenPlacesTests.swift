import TestSupport
import Testing

@testable import HubServing

/// Clients choose times, statuses and names, and so the keys of a `PlaceTable`. Whoever has read the source
/// must not be able to choose them so that they meet.
struct ChosenPlacesTests {
  private static let count = 12_000

  private static func meanProbeCount(of key: (Int64) -> PlaceTable.Key) -> Double {
    var table = PlaceTable()
    for number in 0..<Int64(count) { _ = table.place(of: key(number)) }
    #expect(table.count == count)
    return table.meanProbeCount
  }

  /// The number whose product with the factor of the hash is 1.
  private static let inverse: UInt64 = {
    let factor: UInt64 = 0xFF51_AFD7_ED55_8CCD
    var inverse = factor
    for _ in 0..<6 { inverse = inverse &* (2 &- factor &* inverse) }
    return inverse
  }()

  @Test(
    arguments: [
      ("minutes", { @Sendable number in .init(first: 1_790_000_000 + number * 60, second: 1) }),
      ("names", { @Sendable number in .init(first: 1_790_000_000, second: number) }),
      ("all alike", { @Sendable number in .init(first: number, second: number, third: number) }),
      ("the last", { @Sendable number in .init(first: 1, second: 2, fourth: number << 50) }),
      ("sums alike", { @Sendable number in .init(first: number, second: -number) }),
      (
        "products that are counted",
        { @Sendable number in
          .init(first: Int64(bitPattern: UInt64(number) &* inverse), second: 0)
        }
      ),
      (
        "products at the top",
        { @Sendable number in
          .init(first: Int64(bitPattern: (UInt64(number) << 50) &* inverse), second: 0)
        }
      ),
    ] as [(String, @Sendable (Int64) -> PlaceTable.Key)])
  func `keys that clients choose are spread`(
    _ name: String, _ key: @Sendable (Int64) -> PlaceTable.Key
  ) {
    var generator = SeededGenerator(seed: 11)
    let random = Self.meanProbeCount { _ in
      .init(
        first: .random(in: .min ... .max, using: &generator),
        second: .random(in: .min ... .max, using: &generator))
    }
    for _ in 0..<4 { #expect(Self.meanProbeCount(of: key) <= 1.5 * random) }
  }
}
