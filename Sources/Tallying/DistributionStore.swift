internal import ByteScanning

/// What is measured of values that differ, beside the bins that they fall into.
struct Distribution: BitwiseCopyable {
  /// Nanoseconds or bytes. A table counts to 2^32, and values are below 2^63.
  var sum: UInt128 = 0
  var least = Int64.max
  var largest: Int64 = 0
  /// Its bins are in the table's ``BinStore``, by ``DistributionStore/cell(of:)``.
  var bins = Histogram()
}

/// The exponential histograms of a table.
///
/// A tally holds one as a ``Histogram``: as long as all its values are equal and below 2^32, which is
/// most often so, that is the value and how often it came; afterwards it is the number of a
/// ``Distribution``. So a tally takes no more room than with linear bins.
struct DistributionStore: ~Copyable {
  /// What is added to a bin's number, so that none is negative and 0 is left for values of 0.
  static let bias = 1 << 10

  private var distributions = OwnedBuffer<Distribution>(capacity: 1)
  let durations = ExponentialScale.durations
  let sizes = ExponentialScale.sizes

  var memory: Int { distributions.count * MemoryLayout<Distribution>.stride }

  mutating func removeAll() { distributions.removeAll() }

  subscript(histogram: Histogram) -> Distribution { distributions[Int(histogram.bin)] }

  /// Adds `value` `count` times to `histogram`.
  @inline(__always)
  mutating func add(
    _ value: Int64, count: UInt32, to histogram: inout Histogram, in scale: ExponentialScale,
    _ bins: inout BinStore
  ) {
    if histogram.count == 0 && value < Int64(Histogram.isStored) {
      histogram.bin = UInt32(truncatingIfNeeded: value)
      histogram.count = count
    } else if histogram.hasOneBin && Int64(histogram.bin) == value && histogram.count > 0 {
      histogram.count += count
      precondition(histogram.hasOneBin, "a table is flushed before a bin is full")
    } else {
      addStored(value, count, &histogram, scale, &bins)
    }
  }

  @inline(never)
  private mutating func addStored(
    _ value: Int64, _ count: UInt32, _ histogram: inout Histogram, _ scale: ExponentialScale,
    _ bins: inout BinStore
  ) {
    let index = store(&histogram, scale, &bins)
    note(value, count, at: index, scale, &bins)
  }

  /// The number of the distribution of `histogram`, which it has from now on.
  private mutating func store(
    _ histogram: inout Histogram, _ scale: ExponentialScale, _ bins: inout BinStore
  ) -> Int {
    guard histogram.hasOneBin else { return Int(histogram.bin) }
    let index = distributions.count
    distributions.append(Distribution())
    if histogram.count > 0 {
      note(Int64(histogram.bin), histogram.count, at: index, scale, &bins)
    }
    histogram = Histogram(place: index)
    return index
  }

  @inline(__always)
  private mutating func note(
    _ value: Int64, _ count: UInt32, at index: Int, _ scale: ExponentialScale,
    _ bins: inout BinStore
  ) {
    let total = UInt64(value).multipliedFullWidth(by: UInt64(count))
    distributions[index].sum &+= UInt128(total.high) &<< 64 | UInt128(total.low)
    if value < distributions[index].least { distributions[index].least = value }
    if value > distributions[index].largest { distributions[index].largest = value }
    let cell = value == 0 ? 0 : UInt32(truncatingIfNeeded: scale.bin(of: value) &+ Self.bias)
    bins.add(cell, count: count, to: &distributions[index].bins)
  }

  /// Adds the values of `theirs`, a histogram of `other`, whose bins are in `otherBins`.
  mutating func merge(
    _ theirs: Histogram, of other: borrowing DistributionStore,
    _ otherBins: borrowing BinStore, into histogram: inout Histogram,
    in scale: ExponentialScale, _ bins: inout BinStore
  ) {
    if theirs.hasOneBin {
      if theirs.count > 0 {
        add(Int64(theirs.bin), count: theirs.count, to: &histogram, in: scale, &bins)
      }
      return
    }
    let index = store(&histogram, scale, &bins)
    let distribution = other[theirs]
    var mine = distributions[index]
    mine.sum &+= distribution.sum
    mine.least = min(mine.least, distribution.least)
    mine.largest = max(mine.largest, distribution.largest)
    otherBins.forEachBin(of: distribution.bins) { cell, count in
      bins.add(cell, count: count, to: &mine.bins)
    }
    distributions[index] = mine
  }
}
