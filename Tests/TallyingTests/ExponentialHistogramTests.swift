import AccessLogParsing
import ByteScanning
import TestSupport
import Testing

@testable import Tallying

struct ExponentialHistogramTests {
  /// Values of one kind in a plain list, from which everything is worked out anew.
  private static func histogram(_ values: [Int64], _ scale: ExponentialScale)
    -> ExponentialHistogram
  {
    var histogram = ExponentialHistogram(scale)
    for value in values { histogram.add(value) }
    return histogram
  }

  private static func values(_ count: Int, _ generator: inout SeededGenerator) -> [Int64] {
    (0..<count).map { _ in
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: AccessRecord.absent
      case 1: 0
      case 2: Int64(UInt32.max) + Int64.random(in: -1...1, using: &generator)
      case 3: .max - Int64.random(in: 0...1, using: &generator)
      default: Int64.random(in: 0...50, using: &generator) * 1_000_000
      }
    }
  }

  private static func requests(_ count: Int, seed: UInt64) -> [CountedRequest] {
    var generator = SeededGenerator(seed: seed)
    let (durations, sizes, bytes) = (
      values(count, &generator), values(count, &generator), values(count, &generator)
    )
    return (0..<count).map { number in
      var request = CountedRequest()
      request.route = UInt32.random(in: 1...6, using: &generator)
      // Of some keys all values are equal.
      let isPlain = request.route > 4
      request.duration = isPlain ? 7_000_000 : durations[number]
      request.requestSize = isPlain ? 0 : sizes[number]
      request.responseSize = isPlain ? 1 << 40 : bytes[number]
      return request
    }
  }

  private static func table(_ requests: some Sequence<CountedRequest>) -> TallyTable {
    var table = TallyTable(measuring: .exponentialBins)
    for request in requests { table.add(request.record, at: request.key) }
    return table
  }

  /// Holds every histogram of `table` against the values of `requests`.
  private static func expect(_ table: borrowing TallyTable, holds requests: [CountedRequest]) {
    let expected = Dictionary(grouping: requests, by: \.route)
    #expect(table.count == expected.count)
    var scaled = ScaledHistogram(scale: 3)
    for index in 0..<table.count {
      let tally = table.all[index]
      let mine = expected[tally.key.route] ?? []
      #expect(tally.requestCount == Int64(mine.count))
      for (histogram, scale, values) in [
        (tally.responseTimes, .durations, mine.map(\.duration)),
        (tally.requestSizes, .sizes, mine.map(\.requestSize)),
        (tally.responseSizes, .sizes, mine.map(\.responseSize)),
      ] as [(Histogram, ExponentialScale, [Int64])] {
        let plain = Self.histogram(values.filter { $0 >= 0 }, scale)
        var read = ExponentialHistogram(scale)
        table.add(histogram, to: &read)
        #expect(read == plain)
        table.read(histogram, in: scale, into: &scaled)
        expect(scaled, is: plain)
      }
    }
  }

  private static func expect(_ scaled: borrowing ScaledHistogram, is plain: ExponentialHistogram) {
    #expect(scaled.count == plain.count && scaled.zeroCount == plain.zeroCount)
    #expect(scaled.sum == plain.sum)
    guard plain.count > 0 else { return }
    #expect(scaled.least == plain.least && scaled.largest == plain.largest)
    let bins = plain.bins(atScale: scaled.scale)
    var counts: [ExponentialHistogram.Bin] = []
    for place in 0..<scaled.counts.count where scaled.counts[place] > 0 {
      counts.append(.init(number: scaled.firstBin + place, count: scaled.counts[place]))
    }
    #expect(counts == bins)
    #expect(bins.isEmpty ? scaled.counts.isEmpty : scaled.firstBin == bins[0].number)
    if let last = bins.last {
      #expect(scaled.firstBin + scaled.counts.count - 1 == last.number)
    } else {
      #expect(scaled.firstBin == 0)
    }
  }

  @Test(arguments: [1, 2, 3, 30, 4_000])
  func `a table's histograms hold the values that were added`(_ count: Int) {
    let requests = Self.requests(count, seed: UInt64(count))
    Self.expect(Self.table(requests), holds: requests)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `tables merged in any grouping, or split by bucket, hold the same`(_ seed: UInt64) {
    let requests = Self.requests(900, seed: seed)
    var merged = Self.table(requests[..<300])
    var rest = Self.table(requests[300..<310])
    rest.merge(Self.table(requests[310...]))
    merged.merge(rest)
    Self.expect(merged, holds: requests)
    Self.expect(merged.tallies(from: 0), holds: requests)
    merged.removeAll()
    merged.merge(rest)
    Self.expect(merged, holds: Array(requests[300...]))
  }

  @Test func `what is absent is counted as such, and in no histogram`() {
    var table = Self.table([CountedRequest()])
    #expect(table.takeAbsences() == TallyAbsences(durations: 1, requestSizes: 1, responseSizes: 1))
    Self.expect(table, holds: [CountedRequest()])
  }

  /// Equal values take no room beside the tally, however many they are.
  @Test func `a tally of equal values takes no more than with linear bins`() {
    var linear = TallyTable()
    var exponential = TallyTable(measuring: .exponentialBins)
    for route in 1...3_000 as ClosedRange<UInt32> {
      var request = CountedRequest()
      (request.route, request.duration, request.responseSize) = (route, 12_000_000, 612)
      for _ in 0..<3 {
        linear.add(request.record, at: request.key)
        exponential.add(request.record, at: request.key)
      }
    }
    #expect(exponential.memory == linear.memory)
  }

  /// A table holds at most 2^32 values, each below 2^63: a sum that 128 bits take easily.
  @Test func `a sum is exact beyond 64 bits`() {
    var request = CountedRequest()
    request.responseSize = .max
    let table = Self.table(Array(repeating: request, count: 5))
    var read = ExponentialHistogram(.sizes)
    table.add(table.all[0].responseSizes, to: &read)
    #expect(read.sum == 5 * UInt128(Int64.max))
    read.add(.max, count: .max - 5)
    #expect(read.sum == UInt128(Int64.max) * UInt128(Int64.max))
  }

  // MARK: Percentiles

  @Test(arguments: [1, 2, 7, 100, 1_000], [ExponentialScale.durations, .sizes])
  func `a percentile is within 1.09 % of the value at its rank`(
    _ count: Int, _ scale: ExponentialScale
  ) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let values = (0..<count).map { _ in
      Int64.random(in: 0...1 << Int64.random(in: 1...40, using: &generator), using: &generator)
    }
    .sorted()
    let histogram = Self.histogram(values, scale)
    for percent in [0.001, 1, 7, 25, 50, 75, 95, 99, 99.9, 100] {
      let rank = max(1, Int((Double(count) * percent / 100 - 1e-9).rounded(.up)))
      let exact = Double(values[rank - 1])
      let estimate = try #require(histogram.percentile(percent))
      #expect(abs(estimate - exact) <= 0.0109 * exact)
    }
    #expect(histogram.percentile(100).map { $0 <= Double(values[count - 1]) } == true)
  }

  @Test func `whole milliseconds up to 46 are told apart`() {
    for milliseconds in 1...46 as ClosedRange<Int64> {
      var histogram = ExponentialHistogram(.durations)
      for value in [milliseconds - 1, milliseconds, milliseconds + 1] {
        histogram.add(value * 1_000_000)
      }
      let estimate = histogram.estimate(atRank: 2) / 1_000_000
      #expect(estimate.rounded() == Double(milliseconds))
    }
  }

  @Test func `a histogram without values has no percentile`() {
    #expect(ExponentialHistogram(.sizes).percentile(50) == nil)
  }
}
