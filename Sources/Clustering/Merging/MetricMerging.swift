internal import ByteScanning
internal import Messaging
internal import Tallying

/// The requests of one bucket, added up by consumer, method, route and status, with exponential histograms:
/// what points of metrics are made of.
struct MetricMerging: ~Copyable {
  private struct Sums {
    var consumer: [UInt8]?
    var method: [UInt8]
    var route: [UInt8]
    var status: Int64
    var count: Int64 = 0
    var durations = ExponentialHistogram(.durations)
    var requestSizes = ExponentialHistogram(.sizes)
    var responseSizes = ExponentialHistogram(.sizes)
  }

  private var keys = KeyTable()
  private var sums: [Sums] = []
  private(set) var itemCount = 0
  private(set) var requestCount: Int64 = 0

  var count: Int { keys.count }

  /// Adds the items of a row.
  ///
  /// - Returns: how many requests they count.
  mutating func add(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, renaming templates: RenamedTemplates?
  ) throws(RowProblem) -> Int64 {
    var total: Int64 = 0
    repeat {
      total = saturatingSum(total, try addItem(row, at: &cursor, templates))
    } while cursor.pass(",", in: row)
    requestCount = saturatingSum(requestCount, total)
    guard requestCount < .max else {
      throw RowProblem(expected: "requests that can be added up", offset: cursor.offset)
    }
    return total
  }

  private mutating func addItem(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, _ templates: RenamedTemplates?
  ) throws(RowProblem) -> Int64 {
    let key = try ItemKey(row, at: &cursor)
    let index = try self.index(of: key, in: row, templates)
    try cursor.expect(",\"request_count\":", in: row)
    let count = try cursor.count(in: row)
    sums[index].count = saturatingSum(sums[index].count, count)
    try cursor.expect(",\"durations\":", in: row)
    try Self.add(row, at: &cursor, atMost: count, to: &sums[index].durations)
    try cursor.expect(",\"request_sizes\":", in: row)
    try Self.add(row, at: &cursor, atMost: count, to: &sums[index].requestSizes)
    try cursor.expect(",\"response_sizes\":", in: row)
    try Self.add(row, at: &cursor, atMost: count, to: &sums[index].responseSizes)
    try cursor.expect("}", in: row)
    itemCount += 1
    return count
  }

  private mutating func index(
    of key: ItemKey, in row: borrowing Span<UInt8>, _ templates: RenamedTemplates?
  ) throws(RowProblem) -> Int {
    guard let templates else {
      let index = keys.number(of: row, in: key.range)
      if index == sums.count { add(key, of: row) }
      return index
    }
    let renamed = try templates.key(key, in: row)
    let index = keys.number(of: renamed.span, in: 0..<renamed.count)
    if index == sums.count {
      let item = Array("{\"consumer\":".utf8) + renamed
      var cursor = RowCursor()
      add(try ItemKey(item.span, at: &cursor), of: item.span)
    }
    return index
  }

  private mutating func add(_ key: ItemKey, of row: borrowing Span<UInt8>) {
    var consumer: [UInt8]?
    if let range = key.consumer { consumer = RowCursor.unescaped(row, in: range) }
    sums.append(
      Sums(
        consumer: consumer, method: RowCursor.unescaped(row, in: key.method),
        route: RowCursor.unescaped(row, in: key.path), status: key.status))
  }

  /// Adds `[sum,least,largest,zeros,bin,count,…]`, which holds no more than `limit` values.
  private static func add(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, atMost limit: Int64,
    to histogram: inout ExponentialHistogram
  ) throws(RowProblem) {
    try cursor.expect("[", in: row)
    if cursor.pass("]", in: row) { return }
    let start = cursor.offset
    let sum = try cursor.wideNumber(in: row)
    try cursor.expect(",", in: row)
    let least = try cursor.number(in: row)
    try cursor.expect(",", in: row)
    let largest = try cursor.number(in: row)
    try cursor.expect(",", in: row)
    let zeros = try cursor.number(in: row)
    guard least <= largest, (least == 0) == (zeros > 0) else {
      throw RowProblem(expected: "values in order", offset: start)
    }
    let bins = try Self.bins(
      row, at: &cursor, from: histogram.scale.bin(of: max(least, 1)),
      through: largest == 0 ? nil : histogram.scale.bin(of: largest))
    let total = bins.reduce(zeros) { saturatingSum($0, $1.count) }
    // Hostile numbers may be so large that what they add up to has no room.
    guard total > 0, total <= limit, total <= .max - histogram.count, sum >= UInt128(largest),
      sum <= UInt128(total) * UInt128(largest), histogram.sum < 1 << 126
    else { throw RowProblem(expected: "values that add up", offset: start) }
    if zeros > 0 { histogram.add(zeros, at: nil) }
    for bin in bins { histogram.add(bin.count, at: bin.number) }
    histogram.add(sum: sum, least: least, largest: largest)
    try cursor.expect("]", in: row)
  }

  /// Bins in ascending order, the last of which is `last`.
  private static func bins(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, from first: Int, through last: Int?
  ) throws(RowProblem) -> [(number: Int, count: Int64)] {
    var bins: [(number: Int, count: Int64)] = []
    while cursor.pass(",", in: row) {
      let place = cursor.offset
      let number = Int(try cursor.signedNumber(in: row))
      guard let last, number >= first, number <= last, number > bins.last?.number ?? .min else {
        throw RowProblem(expected: "a bin above the one before", offset: place)
      }
      try cursor.expect(",", in: row)
      bins.append((number, try cursor.count(in: row)))
    }
    guard bins.last?.number == last else {
      throw RowProblem(expected: "the bin of the largest value", offset: cursor.offset)
    }
    return bins
  }

  /// The points, in the order of their keys.
  var points: [MergedMetrics.Point] {
    keys.sorted().map { index in
      let sums = sums[index]
      return MergedMetrics.Point(
        consumer: sums.consumer, method: sums.method, route: sums.route, status: sums.status,
        requestCount: sums.count, durations: sums.durations, requestSizes: sums.requestSizes,
        responseSizes: sums.responseSizes)
    }
  }

  mutating func removeAll() {
    keys.removeAll()
    sums.removeAll()
    (itemCount, requestCount) = (0, 0)
  }
}
