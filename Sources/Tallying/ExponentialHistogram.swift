internal import Algorithms

/// An exponential histogram of durations or sizes that can be merged without end: of scale 5, with the
/// exact sum, the least and the largest value.
///
/// For what is added up over many tables: a report's totals, or what a hub holds. Memory follows the
/// distinct bins, of which integers of 63 bits have about 2,000.
package struct ExponentialHistogram: Equatable, Sendable {
  /// A bin's number, and how many values it holds; never 0.
  package struct Bin: Equatable, Sendable {
    package let number: Int
    package internal(set) var count: Int64
  }

  package let scale: ExponentialScale
  /// In the order of their numbers.
  package private(set) var bins: [Bin] = []
  /// How many values are 0, which no bin holds.
  package private(set) var zeroCount: Int64 = 0
  package private(set) var count: Int64 = 0
  /// The exact sum, in nanoseconds or bytes. Values are below 2^63, so 2^64 of them fit.
  package private(set) var sum: UInt128 = 0
  /// The least value, in nanoseconds or bytes; `Int64.max` if there is none.
  package private(set) var least = Int64.max
  /// The largest value; 0 if there is none.
  package private(set) var largest: Int64 = 0

  package init(_ scale: ExponentialScale) { self.scale = scale }

  package var isEmpty: Bool { count == 0 }

  /// Adds `value`, which is not negative, `count` times.
  package mutating func add(_ value: Int64, count: Int64 = 1) {
    precondition(value >= 0 && count > 0)
    add(sum: UInt128(value) * UInt128(count), least: value, largest: value)
    add(count, at: value == 0 ? nil : scale.bin(of: value))
  }

  /// Adds all that `other` holds, which is of the same scale. The order makes no difference.
  package mutating func merge(_ other: ExponentialHistogram) {
    precondition(scale == other.scale)
    add(sum: other.sum, least: other.least, largest: other.largest)
    if other.zeroCount > 0 { add(other.zeroCount, at: nil) }
    for bin in other.bins { add(bin.count, at: bin.number) }
  }

  /// Adds to what is known of the values beside their bins.
  package mutating func add(sum: UInt128, least: Int64, largest: Int64) {
    self.sum += sum
    self.least = min(self.least, least)
    self.largest = max(self.largest, largest)
  }

  /// Adds `added` to a bin; nil is that of zeros.
  package mutating func add(_ added: Int64, at number: Int?) {
    count += added
    guard let number else {
      zeroCount += added
      return
    }
    let place = bins.partitioningIndex { $0.number >= number }
    if place < bins.count && bins[place].number == number {
      bins[place].count += added
    } else {
      bins.insert(Bin(number: number, count: added), at: place)
    }
  }

  /// The bins at a lower scale.
  package func bins(atScale lower: Int) -> [Bin] {
    precondition(lower <= ExponentialScale.scale)
    var merged: [Bin] = []
    for bin in bins {
      let number = bin.number >> (ExponentialScale.scale - lower)
      if let last = merged.last, last.number == number {
        merged[merged.count - 1].count += bin.count
      } else {
        merged.append(Bin(number: number, count: bin.count))
      }
    }
    return merged
  }

  // MARK: Percentiles

  /// An estimate of a percentile, in nanoseconds or bytes: of the value that `percent` of all values are
  /// not above. At most 1.09 % off; nil if there is no value.
  ///
  /// - Parameter percent: above 0 and up to 100.
  package func percentile(_ percent: Double) -> Double? {
    precondition(percent > 0 && percent <= 100)
    guard count > 0 else { return nil }
    // A product that is an integer but for its rounding is that integer.
    let exact = percent * Double(count) / 100
    let nearest = exact.rounded()
    let rank = abs(exact - nearest) <= exact * 1e-12 ? nearest : exact.rounded(.up)
    return estimate(atRank: min(max(Int64(clamping: Int128(rank)), 1), count))
  }

  /// An estimate of the value with `rank`, from 1, in ascending order: the point of its bin that is as far,
  /// relatively, from both bounds, within the least and the largest value.
  package func estimate(atRank rank: Int64) -> Double {
    precondition(rank >= 1 && rank <= count)
    var below = zeroCount
    if rank <= below { return 0 }
    for bin in bins {
      below += bin.count
      guard rank <= below else { continue }
      let (low, high) = (scale.lowerBound(of: bin.number), scale.upperBound(of: bin.number))
      return min(max(2 * low * high / (low + high), Double(least)), Double(largest))
    }
    preconditionFailure("the bins hold all values but zeros")
  }
}
