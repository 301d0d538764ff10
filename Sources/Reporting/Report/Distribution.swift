/// How durations are distributed: an exponential histogram of scale 5 over nanoseconds, as
/// OpenTelemetry's data model defines it, with what it cannot say exactly: how many are zero, the sum, the
/// shortest and the longest.
///
/// Bin i holds the durations in (2^(i/32), 2^((i+1)/32)] seconds.
package struct Distribution: Equatable, Sendable {
  package static let scale = 5
  /// How far an estimate of a percentile is off at most, in percent: half a bin's width, since the
  /// estimate is as far from one bound as from the other.
  package static let errorPercent = 1.1
  /// Up to how many units of the log's resolution each value has a bin of its own.
  package static let exactUnits: Int64 = 46

  /// What the numbers of bins mean.
  package enum Kind: Equatable, Sendable {
    /// As logs are read.
    case fine
    /// OTLP's of scale 3, as a hub has them: bin i holds the durations in (2^(i/8), 2^((i+1)/8)] seconds.
    case coarse
    /// Those of hub v2: bin i holds the durations from 10 i to below 10 (i + 1) milliseconds.
    case tens
  }

  package private(set) var kind = Kind.fine
  package private(set) var bins = SparseCounts()
  package private(set) var zeroCount = 0
  package private(set) var count = 0
  /// Nanoseconds; it stops at the largest Int64.
  package private(set) var sum: Int64 = 0
  /// Nanoseconds; 0 if there are none.
  package private(set) var least: Int64 = 0
  package private(set) var largest: Int64 = 0

  package init() {}

  /// What was counted elsewhere, by bin; `least` and `largest` are of all of it, in nanoseconds, as is `sum`.
  package init(bins: SparseCounts, zeroCount: Int, sum: Int64, least: Int64, largest: Int64) {
    (self.bins, self.zeroCount) = (bins, zeroCount)
    count = zeroCount + bins.total
    note(sum: sum, least: least, largest: largest)
  }

  /// Of a hub: neither the sum is known, nor the shortest and the longest, which are 0.
  package init(_ kind: Kind, bins: SparseCounts, zeroCount: Int = 0) {
    (self.kind, self.bins, self.zeroCount) = (kind, bins, zeroCount)
    count = zeroCount + bins.total
  }

  package var isEmpty: Bool { count == 0 }

  /// Adds `count` durations of a bin. ``note(sum:least:largest:)`` with their sum has to follow.
  @inline(__always)
  package mutating func add(_ count: Int, toBin bin: Int) {
    bins.add(count, to: bin)
    self.count += count
  }

  package mutating func addZeros(_ count: Int) {
    zeroCount += count
    self.count += count
  }

  /// Notes what the durations are that were added since the last call, all in nanoseconds.
  package mutating func note(sum: Int64, least: Int64, largest: Int64) {
    self.least = hasNotes ? min(self.least, least) : least
    self.largest = max(self.largest, largest)
    hasNotes = true
    self.sum = self.sum.addingSaturated(sum)
  }

  private var hasNotes = false

  /// - Precondition: both are of the same kind, unless one is empty.
  package mutating func merge(_ other: Distribution) {
    guard !other.isEmpty else { return }
    precondition(isEmpty || kind == other.kind)
    kind = other.kind
    bins.merge(other.bins)
    zeroCount += other.zeroCount
    count += other.count
    note(sum: other.sum, least: other.least, largest: other.largest)
  }

  /// The durations of at most 2^`exponent` seconds: exact, because powers of two are bounds of bins.
  ///
  /// - Parameter exponent: -1 or more where bins are ``Kind/tens``; those of exactly that long are then in the
  ///   next bin.
  package func count(upToPowerOfTwo exponent: Int) -> Int {
    let end =
      switch kind {
      case .fine: exponent << Self.scale
      case .coarse: exponent << Self.coarseScale
      case .tens: Int(Self.tensInSecond * Double(sign: .plus, exponent: exponent, significand: 1))
      }
    return zeroCount + bins.sum(of: SparseCounts.keys.lowerBound...end - 1)
  }

  private static let coarseScale = 3
  private static let tensInSecond = 100.0

  /// The duration of rank ⌈q·n⌉, in nanoseconds, at most 1.1 % off; nil if there are none. Of a hub's bins it is
  /// what its views show: of OTLP's at most 4.4 % off, of others the middle of 10 ms.
  ///
  /// - Parameter resolution: what all durations are multiples of, in nanoseconds. Where a bin holds only
  ///   one multiple, the result is exact.
  package func percentile(_ percentile: Percentile, resolution: Int64 = 1) -> Int64? {
    guard count > 0 else { return nil }
    var rest = percentile.rank(of: count) - zeroCount
    if rest <= 0 { return 0 }
    var found: Int?
    for (bin, count) in bins.pairs {
      rest -= count
      if rest <= 0 {
        found = bin
        break
      }
    }
    guard let bin = found else { return largest }
    switch kind {
    case .fine: return min(max(Self.estimate(of: bin, resolution), least), largest)
    case .coarse:
      let fine = bin << (Self.scale - Self.coarseScale)
      let step = 1 << (Self.scale - Self.coarseScale)
      return Self.middle(Self.bound(fine), Self.bound(fine + step))
    case .tens: return Int64(bin) * 10_000_000 + 5_000_000
    }
  }

  package var mean: Int64? { count > 0 ? sum / Int64(count) : nil }

  /// Of a bin that may hold multiples of `resolution` only, in nanoseconds.
  private static func estimate(of bin: Int, _ resolution: Int64) -> Int64 {
    var low = bound(bin)
    var high = bound(bin + 1)
    let unit = Double(resolution)
    // A bound that is a multiple is computed exactly or a hair beside it.
    let first = ((low / unit) * (1 + 1e-12)).rounded(.down) + 1
    let last = ((high / unit) * (1 + 1e-12)).rounded(.down)
    if first <= last { (low, high) = (first * unit, last * unit) }
    return middle(low, high)
  }

  /// The value that is relatively as far from the smallest as from the largest of a bin.
  private static func middle(_ low: Double, _ high: Double) -> Int64 {
    let middle = 2 * low * high / (low + high)
    return middle < 9e18 ? Int64(middle.rounded()) : .max
  }

  /// The bin of ``Kind/fine`` that holds a duration, which is not 0.
  package static func bin(of nanoseconds: Double) -> Int {
    var bin = Int((nanoseconds / 1e9).exponent) << scale
    while bound(bin + 1) < nanoseconds { bin += 1 }
    return bound(bin) < nanoseconds ? bin : bin - 1
  }

  /// 2^(index/32) seconds, in nanoseconds.
  package static func bound(_ index: Int) -> Double {
    let exponent = index >> scale
    return 1e9 * Double(sign: .plus, exponent: exponent, significand: roots[index & 31])
  }

  /// 2^(k/32), by square roots alone.
  private static let roots: [Double] = {
    var step = 2.0
    for _ in 0..<scale { step = step.squareRoot() }
    var powers = [1.0]
    for index in 1..<(1 << scale) {
      powers.append(
        index % 2 == 0 ? powers[index / 2] * powers[index / 2] : powers[index - 1] * step)
    }
    return powers
  }()
}

/// A percentile in thousandths of a percent, so that ranks are computed in integers.
package struct Percentile: Hashable, Sendable {
  package let thousandths: Int

  /// - Parameter thousandths: of a percent; 1 to 100,000.
  package init(thousandths: Int) {
    precondition((1...100_000).contains(thousandths))
    self.thousandths = thousandths
  }

  package static let median = Percentile(thousandths: 50_000)
  package static let p75 = Percentile(thousandths: 75_000)
  package static let p95 = Percentile(thousandths: 95_000)
  package static let p99 = Percentile(thousandths: 99_000)

  /// `p95`, `p99.9`.
  package var name: String {
    let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1000)
    if rest == 0 { return "p\(whole)" }
    var digits = String(rest + 1000).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "p\(whole).\(digits)"
  }

  /// Reads `95` or `99.9`; nil if it is no percentile.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap({ Int($0) }), (0...100).contains(whole), text.first != "+"
    else { return nil }
    var thousandths = whole * 1000
    if parts.count == 2 {
      guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ 48...57 ~= $0 }),
        let rest = Int(parts[1] + String(repeating: "0", count: 3 - parts[1].utf8.count))
      else { return nil }
      thousandths += rest
    }
    guard (1...100_000).contains(thousandths) else { return nil }
    self.thousandths = thousandths
  }

  /// Nearest rank: ⌈q·n⌉, from 1.
  func rank(of count: Int) -> Int {
    let (product, overflow) = count.multipliedReportingOverflow(by: thousandths)
    return overflow ? count / 100_000 * thousandths : max(1, (product + 99_999) / 100_000)
  }
}
