package import ByteScanning

/// The values of one tally's histogram, at a scale that may be lower than that of the bins: what a data
/// point of a metric needs. Read into again and again, so that a point allocates nothing.
package struct ScaledHistogram: ~Copyable {
  package let scale: Int
  package internal(set) var count: Int64 = 0
  package internal(set) var zeroCount: Int64 = 0
  /// The exact sum, in nanoseconds or bytes.
  package internal(set) var sum: UInt128 = 0
  /// The least and the largest value, in nanoseconds or bytes; 0 if there is none.
  package internal(set) var least: Int64 = 0
  package internal(set) var largest: Int64 = 0
  /// The number of the first of `counts`; 0 if there are none.
  package internal(set) var firstBin = 0
  /// By bin, from that of the least value above 0 to that of the largest: neither end is 0.
  package internal(set) var counts = OwnedBuffer<Int64>(capacity: 64)

  /// - Parameter scale: up to that of ``ExponentialScale``.
  package init(scale: Int) {
    precondition((0...ExponentialScale.scale).contains(scale))
    self.scale = scale
  }

  /// Counts `added` more values of 0.
  package mutating func addZeros(_ added: Int64) {
    guard added > 0 else { return }
    count += added
    zeroCount += added
    least = 0
  }

  mutating func begin(_ first: Int, _ last: Int) {
    firstBin = first
    counts.removeAll()
    counts.append(repeating: 0, count: last - first + 1)
  }

  /// Takes `count` values that all are `value`.
  mutating func fill(_ value: Int64, count: Int64, in scale: ExponentialScale) {
    self.count = count
    (least, largest) = (value, value)
    sum = UInt128(value) &* UInt128(count)
    counts.removeAll()
    if value > 0 {
      zeroCount = 0
      firstBin = scale.bin(of: value) >> (ExponentialScale.scale - self.scale)
      counts.append(count)
    } else {
      zeroCount = count
      firstBin = 0
    }
  }

  /// Takes over what was added up over many tables.
  package mutating func fill(_ histogram: ExponentialHistogram) {
    count = histogram.count
    zeroCount = histogram.zeroCount
    sum = histogram.sum
    least = histogram.isEmpty ? 0 : histogram.least
    largest = histogram.largest
    counts.removeAll()
    firstBin = 0
    let shift = ExponentialScale.scale - scale
    guard let first = histogram.bins.first, let last = histogram.bins.last else { return }
    firstBin = first.number >> shift
    begin(firstBin, last.number >> shift)
    for bin in histogram.bins { counts[bin.number >> shift - firstBin] += bin.count }
  }

  /// Takes over `distribution`, whose bins are in `bins`.
  mutating func fill(
    _ distribution: Distribution, _ bins: borrowing BinStore, in scale: ExponentialScale
  ) {
    (least, largest) = (distribution.least, distribution.largest)
    sum = distribution.sum
    let shift = ExponentialScale.scale - self.scale
    var first = Int.max
    bins.forEachBin(of: distribution.bins) { cell, _ in
      if cell > 0 { first = min(first, (Int(cell) - DistributionStore.bias) >> shift) }
    }
    (count, zeroCount) = (0, 0)
    if first < .max { begin(first, scale.bin(of: largest) >> shift) } else { counts.removeAll() }
    if first == .max { firstBin = 0 }
    bins.forEachBin(of: distribution.bins) { cell, added in
      count += Int64(added)
      if cell == 0 {
        zeroCount += Int64(added)
      } else {
        counts[(Int(cell) - DistributionStore.bias) >> shift - firstBin] += Int64(added)
      }
    }
  }
}
