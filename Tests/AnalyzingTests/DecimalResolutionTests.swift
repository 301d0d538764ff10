import TestSupport
import Testing

@testable import Analyzing

struct DecimalResolutionTests {
  /// By remainders, as one would write it.
  private static func expected(_ durations: [Int64]) -> Int64 {
    var resolution: Int64 = 1_000_000_000
    while durations.contains(where: { $0 % resolution != 0 }) { resolution /= 10 }
    return resolution
  }

  private static func found(_ durations: [Int64]) -> Int64 {
    var resolution = DecimalResolution()
    for duration in durations { resolution.note(duration) }
    return resolution.nanoseconds
  }

  @Test(arguments: [
    [], [0], [.max], [1_000_000_000], [3_000_000_000, 38_000_000], [38_123_000, 1_000_000],
    [10], [5], [2], [.max / 1_000_000_000 * 1_000_000_000], [1_000_000_001],
  ])
  func `it is what all durations are multiples of`(_ durations: [Int64]) {
    #expect(Self.found(durations) == Self.expected(durations))
  }

  @Test func `numbers next to powers of ten, and any others`() {
    var generator = SeededGenerator(seed: 13)
    for _ in 0..<2_000 {
      let unit = (0..<Int.random(in: 0...9, using: &generator)).reduce(Int64(1)) { unit, _ in
        unit * 10
      }
      let multiple = Int64.random(in: 0...(Int64.max / unit - 1), using: &generator) * unit
      for duration in [multiple, multiple + 1, multiple + unit / 2, multiple + unit] {
        #expect(Self.found([duration]) == Self.expected([duration]), "\(duration)")
      }
    }
  }

  @Test func `a sum is looked at, too, and the finer of two counts`() {
    var resolution = DecimalResolution()
    resolution.note(sum: 1 << 100)
    #expect(resolution.nanoseconds == 1)
    var other = DecimalResolution()
    other.note(sum: 7_000_000)
    #expect(other.nanoseconds == 1_000_000)
    other.merge(DecimalResolution())
    #expect(other.nanoseconds == 1_000_000)
    other.merge(resolution)
    #expect(other.nanoseconds == 1)
  }
}
