internal import ByteScanning

/// The requests of one bucket, added up by consumer, method, path and status: items of `/sync`.
///
/// A key is compared as the bytes that it is written with. Counts have 64 bits, and sums stop at the largest
/// Int64, as in a table of tallies; so the order of rows makes no difference.
struct RequestMerging: ~Copyable {
  // Not private: the compiler stumbles over private types in generic buffers (debug builds, 6.3.1).
  struct Sums: BitwiseCopyable {
    var count: Int64 = 0
    var requestSizes: Int64 = 0
    var responseSizes: Int64 = 0
    /// The first bin of each histogram, by its number in ``bins`` plus 1; 0 for none.
    var responseTimeBins: UInt32 = 0
    var requestSizeBins: UInt32 = 0
    var responseSizeBins: UInt32 = 0
  }

  /// A bin of a histogram, with the number plus 1 of the next one, in the order of their bins.
  struct Bin: BitwiseCopyable {
    var bin: UInt32
    var next: UInt32
    var count: Int64
  }

  private var keys = KeyTable()
  private var sums = OwnedBuffer<Sums>(capacity: 256)
  private var bins = OwnedBuffer<Bin>(capacity: 1024)
  /// How many items were added, and how many requests they count.
  private(set) var itemCount = 0
  private(set) var requestCount: Int64 = 0

  var count: Int { keys.count }

  // MARK: Adding

  /// Adds the items of a row.
  ///
  /// - Parameter cursor: at the first item.
  /// - Returns: how many requests they count.
  mutating func add(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, renaming templates: RenamedTemplates?
  ) throws(RowProblem) -> Int64 {
    var total: Int64 = 0
    repeat {
      total = saturatingSum(total, try addItem(row, at: &cursor, templates))
    } while cursor.pass(",", in: row)
    requestCount = saturatingSum(requestCount, total)
    return total
  }

  @inline(__always)
  private mutating func addItem(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, _ templates: RenamedTemplates?
  ) throws(RowProblem) -> Int64 {
    let key = try ItemKey(row, at: &cursor)
    let index: Int
    if let templates {
      let renamed = try templates.key(key, in: row)
      index = keys.number(of: renamed.span, in: 0..<renamed.count)
    } else {
      index = keys.number(of: row, in: key.range)
    }
    if index == sums.count { sums.append(Sums()) }
    try cursor.expect(",\"request_count\":", in: row)
    let count = try cursor.count(in: row)
    try cursor.expect(",\"request_size_sum\":", in: row)
    let requestSizes = try cursor.number(in: row)
    try cursor.expect(",\"response_size_sum\":", in: row)
    let responseSizes = try cursor.number(in: row)
    sums[index].count = saturatingSum(sums[index].count, count)
    sums[index].requestSizes = saturatingSum(sums[index].requestSizes, requestSizes)
    sums[index].responseSizes = saturatingSum(sums[index].responseSizes, responseSizes)
    try cursor.expect(",\"response_times\":{", in: row)
    var first = sums[index].responseTimeBins
    try addBins(row, at: &cursor, scale: 10, atMost: count, from: &first)
    sums[index].responseTimeBins = first
    try cursor.expect(",\"request_sizes\":{", in: row)
    first = sums[index].requestSizeBins
    try addBins(row, at: &cursor, scale: 1, atMost: count, from: &first)
    sums[index].requestSizeBins = first
    try cursor.expect(",\"response_sizes\":{", in: row)
    first = sums[index].responseSizeBins
    try addBins(row, at: &cursor, scale: 1, atMost: count, from: &first)
    sums[index].responseSizeBins = first
    try cursor.expect("}", in: row)
    itemCount += 1
    return count
  }

  /// Adds `"0":12,"10":2}` to the list of bins that begins with `first`.
  @inline(__always)
  private mutating func addBins(
    _ row: borrowing Span<UInt8>, at cursor: inout RowCursor, scale: Int64, atMost limit: Int64,
    from first: inout UInt32
  ) throws(RowProblem) {
    if cursor.pass("}", in: row) { return }
    var total: Int64 = 0
    var last: Int64 = -1
    /// The bin before the place that was come to, by its number plus 1.
    var before: UInt32 = 0
    repeat {
      try cursor.expect("\"", in: row)
      let start = cursor.offset
      let number = try cursor.number(in: row)
      guard number % scale == 0, let bin = UInt32(exactly: number / scale), number > last else {
        throw RowProblem(expected: "a bin above the one before", offset: start)
      }
      last = number
      try cursor.expect("\":", in: row)
      let count = try cursor.count(in: row)
      total = saturatingSum(total, count)
      guard total <= limit else {
        throw RowProblem(expected: "no more values than requests", offset: start)
      }
      before = add(count, to: bin, after: before, from: &first)
    } while cursor.pass(",", in: row)
    try cursor.expect("}", in: row)
  }

  /// Adds to a bin of a list, behind the one with the number `before` - 1.
  ///
  /// - Returns: its number plus 1.
  @inline(__always)
  private mutating func add(
    _ count: Int64, to bin: UInt32, after before: UInt32, from first: inout UInt32
  ) -> UInt32 {
    var before = before
    while true {
      let next = before == 0 ? first : bins[Int(before) &- 1].next
      if next != 0 {
        let known = bins[Int(next) &- 1].bin
        if known < bin {
          before = next
          continue
        }
        if known == bin {
          bins[Int(next) &- 1].count = saturatingSum(bins[Int(next) &- 1].count, count)
          return next
        }
      }
      precondition(bins.count < Int(UInt32.max) - 1, "a bucket of too many bins")
      bins.append(Bin(bin: bin, next: next, count: count))
      let added = UInt32(bins.count)
      if before == 0 { first = added } else { bins[Int(before) &- 1].next = added }
      return added
    }
  }

  // MARK: Writing

  /// The numbers of all keys, in the order of items.
  func sorted() -> [Int] { keys.sorted() }

  func requests(of number: Int) -> Int64 { sums[number].count }

  /// Appends the item of a key.
  func append(_ number: Int, to json: inout OwnedBuffer<UInt8>) {
    let entry = keys.entries[number]
    let sums = sums[number]
    json.append(literal: "{\"consumer\":")
    json.append(keys.bytes.span, in: entry.start..<entry.start &+ entry.count)
    json.append(literal: ",\"request_count\":")
    json.appendDecimal(sums.count)
    json.append(literal: ",\"request_size_sum\":")
    json.appendDecimal(sums.requestSizes)
    json.append(literal: ",\"response_size_sum\":")
    json.appendDecimal(sums.responseSizes)
    json.append(literal: ",\"response_times\":{")
    appendBins(sums.responseTimeBins, scale: 10, to: &json)
    json.append(literal: "},\"request_sizes\":{")
    appendBins(sums.requestSizeBins, scale: 1, to: &json)
    json.append(literal: "},\"response_sizes\":{")
    appendBins(sums.responseSizeBins, scale: 1, to: &json)
    json.append(literal: "}}")
  }

  private func appendBins(_ first: UInt32, scale: Int64, to json: inout OwnedBuffer<UInt8>) {
    var next = first
    while next != 0 {
      let bin = bins[Int(next) &- 1]
      if next != first { json.append(UInt8(ascii: ",")) }
      json.append(UInt8(ascii: "\""))
      json.appendDecimal(Int64(bin.bin) * scale)
      json.append(literal: "\":")
      json.appendDecimal(bin.count)
      next = bin.next
    }
  }

  /// What each key counts. Durations are left out: their bins are too wide to tell more of.
  var items: [RowItem] {
    get throws(RowProblem) {
      var items: [RowItem] = []
      for number in 0..<keys.count {
        let entry = keys.entries[number]
        let text =
          Array("{\"consumer\":".utf8)
          + keys.bytes.span.extracting(entry.start..<entry.start + entry.count).copied()
        let sums = sums[number]
        var cursor = RowCursor()
        items.append(
          RowItem(
            try ItemKey(text.span, at: &cursor), of: text.span, requestCount: sums.count,
            requestSizes: .init(count: count(sums.requestSizeBins), sum: sums.requestSizes),
            responseSizes: .init(count: count(sums.responseSizeBins), sum: sums.responseSizes)))
      }
      return items
    }
  }

  /// How many values are in the list of bins that begins with `first`.
  private func count(_ first: UInt32) -> Int64 {
    var count: Int64 = 0
    var next = first
    while next != 0 {
      count = saturatingSum(count, bins[Int(next) - 1].count)
      next = bins[Int(next) - 1].next
    }
    return count
  }

  mutating func removeAll() {
    keys.removeAll()
    sums.removeAll()
    bins.removeAll()
    (itemCount, requestCount) = (0, 0)
  }
}

@inline(__always)
func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
  let (sum, overflow) = left.addingReportingOverflow(right)
  return overflow ? .max : sum
}
