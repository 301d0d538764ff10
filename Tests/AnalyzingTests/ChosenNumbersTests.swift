import TestSupport
import Testing

@testable import Analyzing

/// Names are numbered in the order in which clients send them, so clients choose numbers. Whoever has read
/// the source must not be able to choose them so that they meet in a table's slots. Counted in probes, as in
/// `ChosenKeysTests`.
struct ChosenNumbersTests {
  /// Each table has a seed of its own, and a few seeds are worse than others: a test takes the best of some, so
  /// as not to fail once in a thousand runs.
  private static func least(of attempts: Int, _ probes: () -> Double) -> Double {
    (0..<attempts).map { _ in probes() }.min() ?? 0
  }

  // MARK: Pairs of numbers

  private static func meanProbeCount(ofPairs pairs: [UInt64]) -> Double {
    least(of: 3) {
      var index = KeyIndex()
      for pair in pairs { _ = index.number(of: pair) }
      return index.meanProbeCount
    }
  }

  private static let pairCount = 12_000

  private static var randomPairs: [UInt64] {
    var generator = SeededGenerator(seed: 9)
    return (0..<pairCount).map { _ in
      key(.random(in: 0..<1 << 21, using: &generator), .random(in: 0..<2_048, using: &generator))
    }
  }

  /// Those that meet under the one constant that spreads a product, if the product is the key itself.
  private static var collidingPairs: [UInt64] {
    var pairs: [UInt64] = []
    var number: UInt64 = 0
    while pairs.count < pairCount {
      let pair = number % 512 << 32 | number / 512
      if (pair &* 0x9E37_79B9_7F4A_7C15) &>> 32 & (1 << 15 - 1) < 512 { pairs.append(pair) }
      number += 1
    }
    return pairs
  }

  @Test(
    arguments: [
      ("colliding", collidingPairs),
      ("counted", (0..<pairCount).map { key(0, $0) }),
      ("counted above", (0..<pairCount).map { key($0, 0) }),
      ("a diagonal", (0..<pairCount).map { key($0, $0) }),
      ("a grid", (0..<pairCount).map { key($0 / 110, $0 % 110) }),
      ("powers of two", (0..<pairCount).map { key(($0 / 128) << 14, ($0 % 128) << 20) }),
    ] as [(String, [UInt64])])
  func `pairs that clients choose are spread`(_ name: String, _ pairs: [UInt64]) {
    #expect(
      Self.meanProbeCount(ofPairs: pairs)
        <= 1.5 * Self.meanProbeCount(ofPairs: Self.randomPairs))
  }

  // MARK: Lists

  private static let keyCount = 3_000

  private static func meanProbeCount(ofKeys keys: [Int]) -> Double {
    least(of: 3) {
      var store = CountLists<UInt64>()
      var list = CountList()
      for key in keys { store.add(1, to: key, of: &list, 0) }
      return store.meanProbeCount(of: list)
    }
  }

  private static var randomKeys: [Int] {
    var generator = SeededGenerator(seed: 10)
    var keys: Set<Int> = []
    while keys.count < keyCount {
      keys.insert(Int.random(in: 0..<CountLists<UInt64>.keyLimit, using: &generator))
    }
    return Array(keys)
  }

  /// Those that met when the hash had no seed: 1,500 probes each, on average.
  private static var collidingKeys: [Int] {
    let keys = (0..<1 << 22).lazy.filter { key in
      (UInt32(key) &* 0x9E37_79B1) &>> 20 < 4
    }
    return Array(keys.prefix(keyCount))
  }

  @Test(
    arguments: [
      ("colliding", collidingKeys),
      ("counted", Array(0..<keyCount)),
      ("every fourth", (0..<keyCount).map { $0 * 4 }),
      ("a power of two apart", (0..<keyCount).map { $0 << 12 }),
      // The golden ratio's own.
      ("a Fibonacci number apart", (0..<keyCount).map { $0 * 10_946 % (1 << 24) }),
    ] as [(String, [Int])])
  func `endpoints that clients choose are spread`(_ name: String, _ keys: [Int]) {
    #expect(keys.count == Self.keyCount)
    #expect(
      Self.meanProbeCount(ofKeys: keys) <= 1.5 * Self.meanProbeCount(ofKeys: Self.randomKeys))
  }
}
