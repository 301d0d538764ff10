internal import ByteScanning
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
    fileprivate var counts = CountLists.List()
    /// For the owner of the rows.
    var parts = CountLists.List()

    var isEmpty: Bool { counts.count == 0 }
  }

  private var rows = OwnedBuffer<Row>(capacity: 16)
  private var counts = CountLists()

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
  /// - Parameters:
  ///   - duration: in nanoseconds; below 0 if it is not known, as are the sizes.
  ///   - bin: of the duration.
  @inline(__always)
  mutating func add(
    status: Int, duration: Int64, bin: Int, requestSize: Int64, responseSize: Int64, bucket: Int,
    to row: Int
  ) {
    counts.add(1, to: status, of: &rows[row].counts)
    if duration >= 0 {
      counts.add(1, to: Self.key(of: bin), of: &rows[row].counts)
      rows[row].note(sum: duration, least: duration, largest: duration)
    }
    rows[row].note(requestBytes: max(0, requestSize), responseBytes: max(0, responseSize))
    rows[row].note(bucket)
  }

  /// Adds requests of a tally.
  mutating func add(
    _ count: Int, status: Int, _ reading: borrowing TallyReading, bucket: Int, to row: Int
  ) {
    counts.add(count, to: status, of: &rows[row].counts)
    if reading.durations.count > 0 {
      if reading.durations.zeroCount > 0 {
        counts.add(Int(reading.durations.zeroCount), to: Self.zeros, of: &rows[row].counts)
      }
      for index in 0..<reading.durations.counts.count where reading.durations.counts[index] > 0 {
        counts.add(
          Int(reading.durations.counts[index]),
          to: Self.key(of: reading.durations.firstBin + index), of: &rows[row].counts)
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
    other.counts.forEach(theirs.counts) { counts.add($1, to: $0, of: &rows[row].counts) }
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

  // MARK: What they say

  func statuses(of row: Int) -> SparseCounts {
    var statuses: [(key: Int, count: Int)] = []
    counts.forEach(rows[row].counts) { key, count in
      if key < Self.statusLimit { statuses.append((key, count)) }
    }
    return SparseCounts(statuses)
  }

  func durations(of row: Int) -> Distribution {
    guard rows[row].largest >= 0 else { return Distribution() }
    var bins: [(key: Int, count: Int)] = []
    bins.reserveCapacity(rows[row].counts.count)
    var zeroCount = 0
    counts.forEach(rows[row].counts) { key, count in
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
  fileprivate mutating func note(sum: Int64, least: Int64, largest: Int64) {
    self.sum = self.sum.addingSaturated(sum)
    if least < self.least { self.least = least }
    if largest > self.largest { self.largest = largest }
  }

  @inline(__always)
  fileprivate mutating func note(requestBytes: Int64, responseBytes: Int64) {
    self.requestBytes = self.requestBytes.addingSaturated(requestBytes)
    self.responseBytes = self.responseBytes.addingSaturated(responseBytes)
  }

  @inline(__always)
  fileprivate mutating func note(_ bucket: Int) {
    let bucket = UInt32(truncatingIfNeeded: bucket)
    if bucket < first { first = bucket }
    if bucket > last { last = bucket }
  }
}
