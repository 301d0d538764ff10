import AccessLogParsing
import Attribution
import TestSupport
import Testing

@testable import Tallying

/// Clients choose consumers, routes, statuses and sizes. Whoever has read the source must not be able
/// to choose them so that they meet in a table's slots.
///
/// Counted in probes, not in time: a table that is attacked may take half as many again as one that
/// is filled at random.
struct ChosenKeysTests {
  private static let bucket: Int64 = 29_699_100

  private static func meanProbeCount(of keys: [TallyKey]) -> Double {
    var table = TallyTable()
    for key in keys { table.add(AccessRecord(), at: key) }
    #expect(table.count == keys.count)
    return table.meanProbeCount
  }

  private static func key(consumer: Int, route: Int, status: Int = 200) -> TallyKey {
    TallyKey(
      bucket: bucket, consumer: UInt32(consumer), method: 2, route: UInt32(route),
      status: UInt16(status))
  }

  private static func random(_ count: Int) -> Double {
    var generator = SeededGenerator(seed: 5)
    var keys: Set<[Int]> = []
    while keys.count < count {
      keys.insert([
        Int.random(in: 1...4_000, using: &generator), Int.random(in: 2...901, using: &generator),
      ])
    }
    return meanProbeCount(of: keys.map { key(consumer: $0[0], route: $0[1]) })
  }

  /// Keys that collide under the constants which the hash had in place of a seed.
  private static func colliding(_ count: Int) -> [TallyKey] {
    var keys: [TallyKey] = []
    // Twice as many slots as keys, of which these take one in a few dozen.
    let mask: UInt64 = 1 << 15 - 1
    for route in 2...901 {
      for consumer in 1...4_000 where keys.count < count {
        let key = key(consumer: consumer, route: route)
        let product = (key.high ^ 0x9E37_79B9_7F4A_7C15)
          .multipliedFullWidth(by: key.low ^ 0xFF51_AFD7_ED55_8CCD)
        if (product.high ^ product.low) & mask < 160 { keys.append(key) }
      }
    }
    return keys
  }

  @Test func `keys that would collide under known constants are spread`() {
    let keys = Self.colliding(12_000)
    #expect(keys.count == 12_000)
    #expect(Self.meanProbeCount(of: keys) <= 1.5 * Self.random(keys.count))
  }

  @Test(
    arguments: [
      ("one route", { @Sendable (number: Int) in (number + 1, 2, 200) }),
      ("one consumer", { @Sendable number in (1, number + 1, 200) }),
      ("a diagonal", { @Sendable number in (number + 1, number + 1, 200) }),
      ("a grid", { @Sendable number in (number % 110 + 1, number / 110 + 1, 200) }),
      (
        "powers of two",
        { @Sendable number in ((number % 64) << 14 + 1, (number / 64) << 20 + 1, 200) }
      ),
      ("statuses", { @Sendable number in (1, number / 900 + 1, number % 900 + 100) }),
      ("equal products", { @Sendable number in (number + 1, 2_000_000_000 / (number + 1), 200) }),
    ] as [(String, @Sendable (Int) -> (Int, Int, Int))])
  func `regular keys are spread`(
    _ name: String, _ parts: @Sendable (Int) -> (Int, Int, Int)
  ) {
    let keys = (0..<12_000).map { number in
      let (consumer, route, status) = parts(number)
      return Self.key(consumer: consumer, route: route, status: status)
    }
    #expect(Self.meanProbeCount(of: keys) <= 1.5 * Self.random(keys.count))
  }

  // MARK: Sizes

  private static func meanProbeCount(ofBins bins: [UInt32]) -> Double {
    var table = TallyTable()
    let key = key(consumer: 1, route: 2)
    for bin in bins {
      var record = AccessRecord()
      record.requestSize = Int64(bin) * 1_000
      table.add(record, at: key)
    }
    return table.meanProbeCount(of: table.all[0].requestSizes)
  }

  private static func randomBins(_ count: Int) -> [UInt32] {
    var generator = SeededGenerator(seed: 6)
    var bins: Set<UInt32> = []
    while bins.count < count { bins.insert(UInt32.random(in: .min ... .max, using: &generator)) }
    return Array(bins)
  }

  /// Bins that collide under the constant that their hash had in place of a seed.
  private static func collidingBins(_ count: Int) -> [UInt32] {
    var bins: [UInt32] = []
    var bin: UInt32 = 1
    while bins.count < count {
      let product = UInt64(bin).multipliedFullWidth(by: 0xFF51_AFD7_ED55_8CCD)
      if (product.high ^ product.low) & (1 << 13 - 1) < 40 { bins.append(bin) }
      bin += 1
    }
    return bins
  }

  @Test(arguments: [
    ("colliding", collidingBins(4_000)),
    ("one after the other", (1...4_000).map { UInt32($0) }),
    ("a power of two apart", (1...4_000).map { UInt32($0) << 20 }),
    ("the highest", (1...4_000).map { UInt32.max - UInt32($0) }),
  ])
  func `bins that clients choose are spread`(_ name: String, _ bins: [UInt32]) {
    #expect(
      Self.meanProbeCount(ofBins: bins)
        <= 1.5 * Self.meanProbeCount(ofBins: Self.randomBins(bins.count)))
  }
}
