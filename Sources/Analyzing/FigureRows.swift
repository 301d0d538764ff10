internal import ByteScanning
internal import Ingesting
internal import Reporting
internal import Tallying

/// The figures of many owners, each in a row: of slots of time, of endpoints in slots, of consumers.
struct FigureRows: ~Copyable {
  /// Keys below are statuses; a bin's number follows, moved so that none is negative and the first is that of
  /// a duration of 0.
  private static let statusLimit = 1 << 10
  private static let zeros = statusLimit
  private static let firstBin = zeros + 1 << 10

  /// What is not counted by status or bin.
  struct Row: BitwiseCopyable {
    /// Nanoseconds, of durations; they stop at the largest Int64. -1 is none.
    fileprivate var sum: Int64 = 0
    fileprivate var least = Int64.max
    fileprivate var largest: Int64 = -1
    fileprivate var requestBytes: Int64 = 0
    fileprivate var responseBytes: Int64 = 0
    /// The slots of 10 s of the first and the last request.
    fileprivate var first = UInt32.max
    fileprivate var last = UInt32.min
    /// The status of the first request, and how many have it. Most have the same, and are counted where all
    /// else is that a request changes; the others are in the list.
    fileprivate var commonStatus: UInt16 = 0
    fileprivate var commonCount = 0
    /// Bins, and further statuses.
    fileprivate var counts = CountList()
    /// For the owner of the rows.
    var pairs = CountList()
    var slots = CountList()

    var isEmpty: Bool { commonCount == 0 }
  }

  private var rows = OwnedBuffer<Row>(capacity: 16)
  private var counts = CountLists<UInt32>()
  /// A list that is being moved.
  private var moved = OwnedBuffer<Moved>(capacity: 16)

  // Not private: the compiler stumbles over private types in generic buffers (debug builds, 6.3.1).
  struct Moved: BitwiseCopyable {
    var key: Int
    var count: Int
  }

  var count: Int { rows.count }

  subscript(row: Int) -> Row {
    @inline(__always) get { rows[row] }
    @inline(__always) _modify { yield &rows[row] }
  }

  /// Makes rows up to `row`.
  @inline(__always)
  mutating func reach(_ row: Int) {
    while rows.count <= row { rows.append(Row()) }
  }

  // MARK: Adding

  /// Adds one request in the 10 s with the number `bucket`.
  ///
  /// - Parameter bin: of its duration; ``zeroBin`` of one of 0.
  @inline(__always)
  mutating func add(_ request: CountedRequest, bin: Int, bucket: Int, to row: Int) {
    addSums(request, bucket: bucket, to: row)
    addCounts(request, bin: bin, to: row)
  }

  /// The part of `add` that changes the row itself.
  @inline(__always)
  mutating func addSums(_ request: CountedRequest, bucket: Int, to row: Int) {
    rows[row].note(request, bucket)
  }

  /// The part of `add` that changes the lists of the row.
  @inline(__always)
  mutating func addCounts(_ request: CountedRequest, bin: Int, to row: Int) {
    add(1, status: Int(request.status), to: row)
    if request.duration >= 0 { counts.add(1, to: Self.key(of: bin), of: &rows[row].counts, row) }
  }

  /// Has loaded what `addCounts` will change.
  @inline(__always)
  func touch(_ bin: Int, of row: Int) -> UInt64 {
    counts.touch(bin == Self.zeroBin ? Self.zeros : Self.firstBin &+ bin, of: rows[row].counts)
  }

  @inline(__always)
  private mutating func add(_ count: Int, status: Int, to row: Int) {
    let status16 = UInt16(truncatingIfNeeded: status)
    if rows[row].commonStatus == status16 {
      rows[row].commonCount = saturatingSum(rows[row].commonCount, count)
    } else if rows[row].commonCount == 0 {
      (rows[row].commonStatus, rows[row].commonCount) = (status16, count)
    } else {
      counts.add(count, to: status, of: &rows[row].counts, row)
    }
  }

  /// Adds requests of a tally.
  mutating func add(
    _ count: Int, status: Int, _ reading: borrowing TallyReading, bucket: Int, to row: Int
  ) {
    add(count, status: status, to: row)
    if reading.durations.count > 0 {
      if reading.durations.zeroCount > 0 {
        counts.add(
          Int(reading.durations.zeroCount), to: Self.zeros, of: &rows[row].counts, row)
      }
      for index in 0..<reading.durations.counts.count where reading.durations.counts[index] > 0 {
        counts.add(
          Int(reading.durations.counts[index]),
          to: Self.key(of: reading.durations.firstBin + index), of: &rows[row].counts, row)
      }
      rows[row].note(
        sum: Int64(clamping: reading.durations.sum), least: reading.durations.least,
        largest: reading.durations.largest)
    }
    rows[row].note(requestBytes: reading.requestBytes, responseBytes: reading.responseBytes)
    rows[row].note(bucket)
  }

  /// Adds a row of other rows.
  mutating func add(_ place: Int, of other: borrowing FigureRows, to row: Int) {
    let theirs = other.rows[place]
    guard !theirs.isEmpty else { return }
    addFigures(theirs, to: row)
    other.counts.forEach(theirs.counts, place) { key, count in add(count, to: key, of: row) }
  }

  /// Puts what a row has into an earlier one, before any of the rows behind it.
  ///
  /// So rows become fewer in place: what stays is not copied, and not in memory twice.
  ///
  /// - Parameters:
  ///   - row: at most `place`.
  ///   - isNew: whether `row` is yet without any; then what it had was put elsewhere.
  mutating func move(_ place: Int, to row: Int, isNew: Bool) {
    if place == row { return }
    if isNew {
      rows[row] = rows[place]
      counts.rename(place, to: row)
      return
    }
    let theirs = rows[place]
    guard !theirs.isEmpty else { return }
    addFigures(theirs, to: row)
    moved.removeAll()
    counts.forEach(theirs.counts, place) { key, count in
      moved.append(Moved(key: key, count: count))
    }
    counts.remove(&rows[place].counts, place)
    for index in 0..<moved.count { add(moved[index].count, to: moved[index].key, of: row) }
  }

  /// Forgets the rows from `count` on, which have been moved.
  mutating func truncate(to count: Int) { rows.truncate(to: count) }

  @inline(__always)
  private mutating func add(_ count: Int, to key: Int, of row: Int) {
    if key < Self.statusLimit {
      add(count, status: key, to: row)
    } else {
      counts.add(count, to: key, of: &rows[row].counts, row)
    }
  }

  /// Adds all of a row but the counts of its list.
  private mutating func addFigures(_ theirs: Row, to row: Int) {
    add(theirs.commonCount, status: Int(theirs.commonStatus), to: row)
    if theirs.largest >= 0 {
      rows[row].note(sum: theirs.sum, least: theirs.least, largest: theirs.largest)
    }
    rows[row].note(requestBytes: theirs.requestBytes, responseBytes: theirs.responseBytes)
    rows[row].first = min(rows[row].first, theirs.first)
    rows[row].last = max(rows[row].last, theirs.last)
  }

  /// The key of a bin of ``ExponentialScale/durations``; that of 0 is ``zeroBin``.
  @inline(__always)
  private static func key(of bin: Int) -> Int { bin == zeroBin ? zeros : firstBin &+ bin }
  /// Stands for the bin of a duration of 0.
  static let zeroBin = Int.min

  /// Forgets durations, and all statuses but the first of each row.
  mutating func forgetCounts() {
    counts = CountLists<UInt32>()
    for row in 0..<rows.count { rows[row].counts = CountList() }
  }

  // MARK: What they say

  func statuses(of row: Int) -> SparseCounts {
    guard !rows[row].isEmpty else { return SparseCounts() }
    var statuses = [(key: Int(rows[row].commonStatus), count: rows[row].commonCount)]
    counts.forEach(rows[row].counts, row) { key, count in
      if key < Self.statusLimit { statuses.append((key, count)) }
    }
    return SparseCounts(statuses)
  }

  func durations(of row: Int) -> Distribution {
    guard rows[row].largest >= 0 else { return Distribution() }
    var bins: [(key: Int, count: Int)] = []
    bins.reserveCapacity(rows[row].counts.count)
    var zeroCount = 0
    counts.forEach(rows[row].counts, row) { key, count in
      if key == Self.zeros { zeroCount = count }
      if key > Self.zeros { bins.append((key - Self.firstBin, count)) }
    }
    return Distribution(
      bins: SparseCounts(bins), zeroCount: zeroCount, sum: rows[row].sum, least: rows[row].least,
      largest: rows[row].largest)
  }

  /// - Parameter isSeen: whether it is noted when the first and the last request came.
  func figures(of row: Int, isSeen: Bool = true) -> Figures {
    var figures = Figures()
    figures.statuses = statuses(of: row)
    figures.durations = durations(of: row)
    figures.requestBytes = rows[row].requestBytes
    figures.responseBytes = rows[row].responseBytes
    if isSeen, !rows[row].isEmpty {
      figures.firstSeen = Int(rows[row].first) * SlotWidth.finest.seconds
      figures.lastSeen = Int(rows[row].last) * SlotWidth.finest.seconds
    }
    return figures
  }
}

extension FigureRows.Row {
  @inline(__always)
  fileprivate mutating func note(_ request: CountedRequest, _ bucket: Int) {
    if request.duration >= 0 {
      note(sum: request.duration, least: request.duration, largest: request.duration)
    }
    note(requestBytes: max(0, request.requestSize), responseBytes: max(0, request.responseSize))
    note(bucket)
  }

  @inline(__always)
  fileprivate mutating func note(sum: Int64, least: Int64, largest: Int64) {
    self.sum = saturatingSum(self.sum, sum)
    if least < self.least { self.least = least }
    if largest > self.largest { self.largest = largest }
  }

  @inline(__always)
  fileprivate mutating func note(requestBytes: Int64, responseBytes: Int64) {
    self.requestBytes = saturatingSum(self.requestBytes, requestBytes)
    self.responseBytes = saturatingSum(self.responseBytes, responseBytes)
  }

  @inline(__always)
  fileprivate mutating func note(_ bucket: Int) {
    let bucket = UInt32(truncatingIfNeeded: bucket)
    if bucket < first { first = bucket }
    if bucket > last { last = bucket }
  }
}

/// The sum, or the largest number if that is less. Of numbers that are not negative.
@inline(__always)
private func saturatingSum<Number: FixedWidthInteger>(_ left: Number, _ right: Number) -> Number {
  let (sum, overflow) = left.addingReportingOverflow(right)
  return overflow ? .max : sum
}
