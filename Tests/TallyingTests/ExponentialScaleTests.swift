import TestSupport
import Testing

@testable import Tallying

/// Bins are found by comparing integers. Here each bound is held against the definition, in integers of any
/// size: v is in bin i if 2^i < (v / unit)^32 <= 2^(i+1).
struct ExponentialScaleTests {
  static let scales = [ExponentialScale.durations, .sizes]

  /// The bin of `value` by the definition; `guess` is only where the search begins.
  private static func definedBin(_ value: Int64, _ scale: ExponentialScale, near guess: Int) -> Int
  {
    let power = Natural(UInt64(value)).toThe32nd
    let unit = Natural(scale.unit == .bytes ? 1 : 1_000_000_000).toThe32nd
    func isAbove(_ bound: Int) -> Bool {
      bound >= 0
        ? power > unit.shifted(left: bound) : power.shifted(left: -bound) > unit
    }
    var bin = guess
    while !isAbove(bin) { bin -= 1 }
    while isAbove(bin + 1) { bin += 1 }
    return bin
  }

  @Test(arguments: scales)
  func `every bound, and the integers beside it, are in the bin of the definition`(
    _ scale: ExponentialScale
  ) {
    var checked = 0
    for bin in scale.bin(of: 1)...scale.bin(of: .max) {
      let bound = scale.upperBound(of: bin)
      let nearest = bound < 0x1p63 ? Int64(bound) : .max
      // Beyond 2^53 a double is no integer's neighbour; the search for the bound begins there.
      for value in Self.beside(nearest, bin, scale) {
        let found = scale.bin(of: value)
        #expect(found == Self.definedBin(value, scale, near: found), "\(value)")
        checked += 1
      }
    }
    #expect(checked > 5_000)
  }

  /// The last integer that is in `bin` or below, and those on both sides of it.
  private static func beside(_ start: Int64, _ bin: Int, _ scale: ExponentialScale) -> [Int64] {
    var low: Int64 = max(1, start - start >> 40 - 2)
    var high: Int64 = start > .max - start >> 40 - 2 ? .max : start + start >> 40 + 2
    while low < high {
      let middle = low + (high - low) / 2 + 1
      if definedBin(middle, scale, near: bin) <= bin { low = middle } else { high = middle - 1 }
    }
    return [low - 1, low, low == .max ? low : low + 1].filter { $0 > 0 }
  }

  @Test(arguments: scales)
  func `values of all magnitudes are in the bin of the definition`(_ scale: ExponentialScale) {
    var generator = SeededGenerator(seed: 41)
    for _ in 0..<2_000 {
      let bits = Int64.random(in: 0..<63, using: &generator)
      let value = max(1, Int64.random(in: 0...Int64.max, using: &generator) >> bits)
      let found = scale.bin(of: value)
      #expect(found == Self.definedBin(value, scale, near: found), "\(value)")
    }
  }

  @Test(arguments: scales)
  func `bins join without a gap, and each is 1/32 of a doubling`(_ scale: ExponentialScale) {
    for bin in scale.bin(of: 1)...scale.bin(of: .max) {
      #expect(scale.lowerBound(of: bin) == scale.upperBound(of: bin - 1))
      let ratio = scale.upperBound(of: bin) / scale.lowerBound(of: bin)
      #expect(abs(ratio - 1.021_897_148_654_117) < 1e-15)
    }
    #expect(scale.upperBound(of: -1) == (scale.unit == .bytes ? 1 : 1e9))
  }

  // MARK: The rule of OpenTelemetry's SDKs, on doubles of seconds

  /// Scale 3 of a double: its exponent, and how many of eight bounds its significand is above. The bounds
  /// are those of 8-fold bins, 2^52 · 2^(k/8) rounded down.
  static func scale3(ofDouble value: Double) -> Int {
    let bounds: [UInt64] = [
      0x10_0000_0000_0000, 0x11_72B8_3C7D_517A, 0x13_06FE_0A31_B715, 0x14_BFDA_D536_2A27,
      0x16_A09E_667F_3BCC, 0x18_ACE5_422A_A0DB, 0x1A_E89F_995A_D3AD, 0x1D_5818_DCFB_A487,
    ]
    let significand = value.significand.significandBitPattern | 1 << 52
    return Int(value.exponent) * 8 + bounds.count { significand > $0 } - 1
  }

  /// The double of a duration is rounded, to a part in 2^53. Bounds are irrational, so that for less than 13
  /// days no duration is so close to one that this matters.
  @Test func `durations below 2^50 ns are in the bin that their double in seconds is in`() {
    let scale = ExponentialScale.durations
    var differing: [Int64] = []
    for bin in scale.bin(of: 1)...scale.bin(of: .max) where bin & 3 == 3 {
      for value in Self.beside(Int64(clamping: Int128(scale.upperBound(of: bin))), bin, scale)
      where scale.bin(of: value) >> 2 != Self.scale3(ofDouble: Double(value) / 1e9) {
        differing.append(value)
      }
    }
    #expect(!differing.isEmpty, "the test finds what differs")
    #expect((differing.min() ?? 0) > 1 << 50)
  }

  @Test func `sizes below 2^53 are in the bin that their double is in`() {
    let scale = ExponentialScale.sizes
    for bin in scale.bin(of: 1)...scale.bin(of: 1 << 53) where bin & 3 == 3 {
      for value in Self.beside(Int64(scale.upperBound(of: bin)), bin, scale) where value <= 1 << 53
      {
        #expect(scale.bin(of: value) >> 2 == Self.scale3(ofDouble: Double(value)), "\(value)")
      }
    }
  }

  @Test func `the bin of a double is that of OpenTelemetry's rule`() {
    var generator = SeededGenerator(seed: 42)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: UInt64.random(in: 1..<0x7FF0 << 48, using: &generator))
      for other in [value, value.nextUp.isFinite ? value.nextUp : value, value.binade] {
        #expect(ExponentialScale.bin(ofDouble: other, scale: 3) == Self.scale3(ofDouble: other))
      }
    }
    #expect(ExponentialScale.bin(ofDouble: 1, scale: 5) == -1)
    #expect(ExponentialScale.bin(ofDouble: 0.001, scale: 3) == -80)
    #expect(ExponentialScale.bin(ofDouble: .leastNonzeroMagnitude, scale: 3) == -8593)
  }

  /// Whole milliseconds, as logs have them, with the bins of scale 3 that exact arithmetic gives.
  @Test(arguments: [
    (1, -80), (2, -72), (3, -68), (4, -64), (5, -62), (8, -56), (10, -54), (16, -48), (20, -46),
    (29, -41), (50, -35), (62, -33), (63, -32), (64, -32), (100, -27), (125, -25), (200, -19),
    (250, -17), (290, -15), (500, -9), (999, -1), (1_000, -1), (1_001, 0), (2_000, 7), (5_000, 18),
    (10_000, 26), (30_000, 39), (60_000, 47), (3_600_000, 94),
  ])
  func `a duration's bin at scale 3`(_ milliseconds: Int64, _ bin: Int) {
    #expect(ExponentialScale.durations.bin(of: milliseconds * 1_000_000) >> 2 == bin)
  }

  @Test(
    arguments: [
      (1, -1), (2, 7), (3, 12), (1_000, 79), (1_023, 79), (1_024, 79), (1_025, 80),
      (1_000_000_000, 239), (1_099_511_627_777, 320), (9_007_199_254_740_991, 423),
      (9_007_199_254_740_992, 423), (9_007_199_254_740_993, 424),
    ] as [(Int64, Int)])
  func `a size's bin at scale 3`(_ bytes: Int64, _ bin: Int) {
    #expect(ExponentialScale.sizes.bin(of: bytes) >> 2 == bin)
  }
}

/// An integer without a limit: as much of it as the definition of a bin takes.
private struct Natural: Comparable {
  /// From the lowest word on; the highest is not 0.
  private var words: [UInt64]

  init(_ value: UInt64) { words = value == 0 ? [] : [value] }

  private init(words: [UInt64]) {
    self.words = words
    while self.words.last == 0 { self.words.removeLast() }
  }

  static func * (left: Natural, right: Natural) -> Natural {
    var product = [UInt64](repeating: 0, count: left.words.count + right.words.count)
    for (place, word) in left.words.enumerated() {
      var carry: UInt64 = 0
      for (other, factor) in right.words.enumerated() {
        let (high, low) = word.multipliedFullWidth(by: factor)
        let (first, firstCarry) = product[place + other].addingReportingOverflow(low)
        let (sum, secondCarry) = first.addingReportingOverflow(carry)
        product[place + other] = sum
        carry = high + (firstCarry ? 1 : 0) + (secondCarry ? 1 : 0)
      }
      product[place + right.words.count] = carry
    }
    return Natural(words: product)
  }

  var toThe32nd: Natural {
    var power = self
    for _ in 0..<5 { power = power * power }
    return power
  }

  func shifted(left count: Int) -> Natural {
    let (whole, bits) = count.quotientAndRemainder(dividingBy: 64)
    var shifted = [UInt64](repeating: 0, count: whole)
    var carry: UInt64 = 0
    for word in words {
      shifted.append(word << UInt64(bits) | carry)
      carry = bits == 0 ? 0 : word >> UInt64(64 - bits)
    }
    return Natural(words: shifted + [carry])
  }

  static func < (left: Natural, right: Natural) -> Bool {
    left.words.count != right.words.count
      ? left.words.count < right.words.count
      : left.words.reversed().lexicographicallyPrecedes(right.words.reversed())
  }
}
