package import AccessLogParsing
package import ByteScanning

/// What is counted for one key. Sums stop at the largest Int64 rather than wrap.
///
/// It takes 64 bytes, a line of the cache. In a table that measures exponential bins, the histograms are
/// read with ``TallyTable/read(_:in:into:)``, and sums of sizes are theirs.
package struct Tally: BitwiseCopyable, Sendable {
  package let key: TallyKey
  private var count: UInt32 = 0
  /// Bytes, of the requests whose size is known.
  package internal(set) var requestSizeSum: Int64 = 0
  package internal(set) var responseSizeSum: Int64 = 0
  /// Bins of 10 milliseconds: bin 3 is 30 to 40 ms.
  package internal(set) var responseTimes = Histogram()
  /// Bins of 1,000 bytes.
  package internal(set) var requestSizes = Histogram()
  package internal(set) var responseSizes = Histogram()

  fileprivate init(key: TallyKey) { self.key = key }

  package var requestCount: Int64 { Int64(count) }

  /// Adds the counts and sums of `other`.
  fileprivate mutating func addSums(of other: Tally) {
    count += other.count
    requestSizeSum = saturatingSum(requestSizeSum, other.requestSizeSum)
    responseSizeSum = saturatingSum(responseSizeSum, other.responseSizeSum)
  }

  /// Counts one request.
  @inline(__always)
  fileprivate mutating func add(
    _ record: inout AccessRecord, measuring measures: TallyMeasures,
    spillingInto bins: inout BinStore, _ distributions: inout DistributionStore,
    noting absences: inout TallyAbsences
  ) {
    count += 1
    guard measures.contains(.linearBins) else {
      if measures.contains(.exponentialBins) {
        addExponentially(&record, spillingInto: &bins, &distributions, noting: &absences)
      }
      return
    }
    if record.duration >= 0 {
      bins.add(Self.responseTimeBin(record.duration), count: 1, to: &responseTimes)
    } else {
      absences.durations &+= 1
    }
    if record.requestSize >= 0 {
      requestSizeSum = saturatingSum(requestSizeSum, record.requestSize)
      bins.add(Self.sizeBin(record.requestSize), count: 1, to: &requestSizes)
    } else {
      absences.requestSizes &+= 1
    }
    if record.responseSize >= 0 {
      responseSizeSum = saturatingSum(responseSizeSum, record.responseSize)
      bins.add(Self.sizeBin(record.responseSize), count: 1, to: &responseSizes)
    } else {
      absences.responseSizes &+= 1
    }
  }

  /// Apart, so that the linear bins' code stays as short as without it.
  @inline(never)
  private mutating func addExponentially(
    _ record: inout AccessRecord, spillingInto bins: inout BinStore,
    _ distributions: inout DistributionStore, noting absences: inout TallyAbsences
  ) {
    let (durations, sizes) = (distributions.durations, distributions.sizes)
    if record.duration >= 0 {
      distributions.add(record.duration, count: 1, to: &responseTimes, in: durations, &bins)
    } else {
      absences.durations &+= 1
    }
    if record.requestSize >= 0 {
      distributions.add(record.requestSize, count: 1, to: &requestSizes, in: sizes, &bins)
    } else {
      absences.requestSizes &+= 1
    }
    if record.responseSize >= 0 {
      distributions.add(record.responseSize, count: 1, to: &responseSizes, in: sizes, &bins)
    } else {
      absences.responseSizes &+= 1
    }
  }

  /// Milliseconds rounded down to ten, in integers: 0.29 s is bin 29, where the Python client's
  /// floating point puts it into bin 28 (see the design notes).
  @inline(__always)
  private static func responseTimeBin(_ nanoseconds: Int64) -> UInt32 {
    UInt32(clamping: nanoseconds / 10_000_000)
  }

  /// Sizes beyond 4 TB all fall into the last bin.
  @inline(__always)
  private static func sizeBin(_ bytes: Int64) -> UInt32 { UInt32(clamping: bytes / 1000) }
}

/// How many requests had nothing to measure.
package struct TallyAbsences: Equatable, Sendable {
  package var durations = 0
  package var requestSizes = 0
  package var responseSizes = 0

  package init(durations: Int = 0, requestSizes: Int = 0, responseSizes: Int = 0) {
    self.durations = durations
    self.requestSizes = requestSizes
    self.responseSizes = responseSizes
  }

  package static func += (left: inout TallyAbsences, right: TallyAbsences) {
    left.durations += right.durations
    left.requestSizes += right.requestSizes
    left.responseSizes += right.responseSizes
  }
}

/// What a table measures of the requests that it counts. How many there are it always knows.
package struct TallyMeasures: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Response times in bins of 10 milliseconds, sizes in bins of 1,000 bytes, and sums of sizes: what
  /// hub v2 takes.
  package static let linearBins = TallyMeasures(rawValue: 1)
  /// Durations and sizes in exponential bins (``ExponentialScale``), with exact sums, least and largest
  /// values: what OTLP and reports take. Not beside `linearBins`, whose room in a tally they use.
  package static let exponentialBins = TallyMeasures(rawValue: 2)
}

/// The tallies of one worker, or of several merged.
///
/// Adding is commutative, so neither the order of lines nor who read them matters. A bin counts to
/// 2^32 - 1; a table has to be flushed before it has seen that many records.
package struct TallyTable: ~Copyable, Sendable {
  private var tallies = OwnedBuffer<Tally>(capacity: 1024)
  /// Index + 1 into `tallies`; 0 is free. Linear probing, at most half full.
  private var slots = OwnedBuffer<UInt32>(repeating: 0, count: 2048)
  private var bins = BinStore()
  private var distributions = DistributionStore()
  private let seed = HashSeed()
  private var absences = TallyAbsences()
  package let measures: TallyMeasures

  package init(measuring measures: TallyMeasures = .linearBins) {
    precondition(!measures.isSuperset(of: [.linearBins, .exponentialBins]))
    self.measures = measures
  }

  package var count: Int { tallies.count }
  package var isEmpty: Bool { tallies.isEmpty }
  /// About how much memory the tallies take, in bytes. The table may have twice the room.
  package var memory: Int {
    tallies.count * MemoryLayout<Tally>.stride + slots.count * 4 + bins.memory
      + distributions.memory
  }

  /// The tallies in the order in which their keys turned up.
  ///
  /// Taken once for many of them: a call across modules for each costs a copy of it.
  package var all: Span<Tally> {
    @_lifetime(borrow self)
    get { tallies.span }
  }

  /// What the requests lacked that were added since this was last asked. Merging does not carry it on.
  package mutating func takeAbsences() -> TallyAbsences {
    defer { absences = TallyAbsences() }
    return absences
  }

  /// Forgets all tallies; the room stays.
  package mutating func removeAll() {
    tallies.removeAll()
    for slot in 0..<slots.count { slots[slot] = 0 }
    bins.removeAll()
    distributions.removeAll()
  }

  /// Counts one request. `record` gives its duration and sizes.
  package mutating func add(_ record: AccessRecord, at key: TallyKey) {
    var record = record
    add(&record, at: key)
  }

  /// Counts one request.
  ///
  /// - Parameter record: gives its duration and sizes. By reference, although it stays as it is: it would
  ///   be copied for each line.
  package mutating func add(_ record: inout AccessRecord, at key: TallyKey) {
    tallies[index(of: key)].add(
      &record, measuring: measures, spillingInto: &bins, &distributions, noting: &absences)
  }

  /// Adds all that `other` holds.
  package mutating func merge(_ other: borrowing TallyTable) {
    for index in 0..<other.count { merge(other.tallies[index], of: other) }
  }

  /// Adds all that `other` holds, with other numbers for its routes.
  package mutating func merge(
    _ other: borrowing TallyTable, renumberingRoutes number: (UInt32) -> UInt32
  ) {
    for index in 0..<other.count {
      let key = other.tallies[index].key
      merge(other.tallies[index], at: key.withRoute(number(key.route)), of: other)
    }
  }

  /// Adds what `other` holds of routes with numbers above `limit`, with other numbers for these.
  package mutating func merge(
    _ other: borrowing TallyTable, before end: Int64, ofRoutesAbove limit: UInt32,
    renumberedBy number: (UInt32) -> UInt32
  ) {
    for index in 0..<other.count {
      let key = other.tallies[index].key
      guard key.route > limit, key.bucket < end else { continue }
      merge(other.tallies[index], at: key.withRoute(number(key.route)), of: other)
    }
  }

  /// Moves the tallies of routes with numbers above `limit` to `other`.
  package mutating func moveRoutes(above limit: UInt32, to other: inout TallyTable) {
    guard (0..<count).contains(where: { tallies[$0].key.route > limit }) else { return }
    var rest = TallyTable(measuring: measures)
    for index in 0..<count {
      if tallies[index].key.route > limit {
        other.merge(tallies[index], of: self)
      } else {
        rest.merge(tallies[index], of: self)
      }
    }
    swap(&rest, &self)
  }

  private mutating func merge(_ theirs: Tally, of other: borrowing TallyTable) {
    merge(theirs, at: theirs.key, of: other)
  }

  private mutating func merge(
    _ theirs: Tally, at key: TallyKey, of other: borrowing TallyTable
  ) {
    let index = index(of: key)
    var mine = tallies[index]
    mine.addSums(of: theirs)
    if measures.contains(.exponentialBins) {
      mergeHistograms(of: theirs, in: other, into: &mine)
      tallies[index] = mine
      return
    }
    other.bins.forEachBin(of: theirs.responseTimes) { bin, count in
      bins.add(bin, count: count, to: &mine.responseTimes)
    }
    other.bins.forEachBin(of: theirs.requestSizes) { bin, count in
      bins.add(bin, count: count, to: &mine.requestSizes)
    }
    other.bins.forEachBin(of: theirs.responseSizes) { bin, count in
      bins.add(bin, count: count, to: &mine.responseSizes)
    }
    tallies[index] = mine
  }

  private mutating func mergeHistograms(
    of theirs: Tally, in other: borrowing TallyTable, into mine: inout Tally
  ) {
    let (durations, sizes) = (distributions.durations, distributions.sizes)
    distributions.merge(
      theirs.responseTimes, of: other.distributions, other.bins, into: &mine.responseTimes,
      in: durations, &bins)
    distributions.merge(
      theirs.requestSizes, of: other.distributions, other.bins, into: &mine.requestSizes,
      in: sizes, &bins)
    distributions.merge(
      theirs.responseSizes, of: other.distributions, other.bins, into: &mine.responseSizes,
      in: sizes, &bins)
  }

  /// A new table with the tallies of the buckets from `bucket` on.
  package func tallies(from bucket: Int64) -> TallyTable {
    var rest = TallyTable(measuring: measures)
    for index in 0..<count where tallies[index].key.bucket >= bucket {
      rest.merge(tallies[index], of: self)
    }
    return rest
  }

  /// Appends the bins of a histogram of this table to `bins`, each as bin << 32 | count, in no
  /// particular order.
  package func append(_ histogram: Histogram, to bins: inout OwnedBuffer<UInt64>) {
    self.bins.append(histogram, to: &bins)
  }

  // MARK: Exponential bins

  /// Replaces what `scaled` holds by the values of a histogram of this table, which measures exponential
  /// bins.
  ///
  /// - Parameter scale: that of durations for a tally's `responseTimes`, else that of sizes.
  package func read(
    _ histogram: Histogram, in scale: ExponentialScale, into scaled: inout ScaledHistogram
  ) {
    if histogram.hasOneBin {
      scaled.fill(Int64(histogram.bin), count: Int64(histogram.count), in: scale)
    } else {
      scaled.fill(distributions[histogram], bins, in: scale)
    }
  }

  /// Adds the values of a histogram of this table, which measures exponential bins, to `sum`.
  package func add(_ histogram: Histogram, to sum: inout ExponentialHistogram) {
    if histogram.hasOneBin {
      if histogram.count > 0 { sum.add(Int64(histogram.bin), count: Int64(histogram.count)) }
      return
    }
    let distribution = distributions[histogram]
    sum.add(
      sum: distribution.sum, least: distribution.least, largest: distribution.largest)
    bins.forEachBin(of: distribution.bins) { cell, count in
      sum.add(Int64(count), at: cell == 0 ? nil : Int(cell) - DistributionStore.bias)
    }
  }

  /// The sum of the values of a histogram of this table, which measures exponential bins: at most the
  /// largest Int64.
  package func sum(of histogram: Histogram) -> Int64 {
    histogram.hasOneBin
      ? Int64(clamping: UInt64(histogram.bin) * UInt64(histogram.count))
      : Int64(clamping: distributions[histogram].sum)
  }

  // MARK: Keys

  /// The index of the tally of `key`, made if there is none.
  @inline(__always)
  private mutating func index(of key: TallyKey) -> Int {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: key.hash(seed: seed)) & mask
    while true {
      let index = slots[slot]
      if index == 0 { break }
      if tallies[Int(index) &- 1].key == key { return Int(index) &- 1 }
      slot = (slot &+ 1) & mask
    }
    return insert(key, at: slot)
  }

  private mutating func insert(_ key: TallyKey, at slot: Int) -> Int {
    tallies.append(Tally(key: key))
    slots[slot] = UInt32(tallies.count)
    if tallies.count * 2 > slots.count { growSlots() }
    return tallies.count - 1
  }

  /// How many slots finding each key once takes, on average. For tests: how well keys are spread
  /// does not show in what is counted.
  var meanProbeCount: Double {
    let mask = slots.count - 1
    var total = 0
    for place in 0..<slots.count where slots[place] != 0 {
      let key = tallies[Int(slots[place]) - 1].key
      total += (place - Int(truncatingIfNeeded: key.hash(seed: seed))) & mask + 1
    }
    return Double(total) / Double(max(count, 1))
  }

  /// As above, for the bins of a histogram of this table.
  func meanProbeCount(of histogram: Histogram) -> Double { bins.meanProbeCount(of: histogram) }

  private mutating func growSlots() {
    slots = OwnedBuffer(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for index in 0..<tallies.count {
      var slot = Int(truncatingIfNeeded: tallies[index].key.hash(seed: seed)) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }
}

@inline(__always)
private func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
  let (sum, overflow) = left.addingReportingOverflow(right)
  return overflow ? .max : sum
}
