internal import Attribution
internal import ByteScanning
internal import Ingesting
internal import Reporting
internal import Tallying

/// What a reading makes a report of: all of it, or what lies before and after a moment.
struct DividedReport: ~Copyable {
  var before: ReportBuilder
  var after: ReportBuilder
  /// The second at which the second report begins: a multiple of 10 s since 1970.
  let division: Int?
  /// Requests of tallies that were not selected.
  private(set) var notSelected = 0
  private var matcher: SelectionMatcher?
  private var reading = TallyReading()
  /// For the live view; nil where there is none.
  private let recent: RecentMinutes?

  /// - Parameter isDetailed: whether the reports have what a page needs.
  init(
    _ matcher: SelectionMatcher?, dividedAt division: Int?, isDetailed: Bool,
    showing recent: RecentMinutes?
  ) {
    before = ReportBuilder(detail: isDetailed ? DetailBuilder() : nil)
    after = ReportBuilder(detail: isDetailed && division != nil ? DetailBuilder() : nil)
    (self.matcher, self.division, self.recent) = (matcher, division, recent)
  }

  /// Adds the tallies of `table` in buckets before `end`, and what observers counted of them.
  mutating func add(
    _ table: borrowing TallyTable, before end: Int64, _ counted: [ApdexKey: ApdexCounts]
  ) {
    reach(table, before: end, counted)
    let tallies = table.all
    for index in tallies.indices where tallies[index].key.bucket < end {
      let tally = tallies[index]
      let key = tally.key
      let isSelected =
        matcher?.selects(
          consumer: key.consumer, method: key.method, route: key.route, status: key.status) ?? true
      guard isSelected else {
        notSelected += Int(tally.requestCount)
        continue
      }
      reading.read(tally, of: table)
      let second = Int(key.bucket) * SlotWidth.finest.seconds
      recent?.add(tally, at: second, reading)
      if isAfter(second) {
        after.add(tally, at: second, reading)
      } else {
        before.add(tally, at: second, reading)
      }
    }
    for (key, counts) in counted {
      recent?.add(counts, key)
      if isAfter(key.second) {
        after.add(counts, route: key.route, method: key.method, at: key.second)
      } else {
        before.add(counts, route: key.route, method: key.method, at: key.second)
      }
    }
  }

  /// Adds requests that were read, in buckets of ``SlotWidth/finest``.
  mutating func add(_ requests: borrowing Span<CountedRequest>) {
    if matcher == nil && division == nil { return before.add(requests) }
    var early = OwnedBuffer<CountedRequest>(capacity: RequestBatch.limit)
    var late = OwnedBuffer<CountedRequest>(capacity: RequestBatch.limit)
    var bounds = (before: Bounds(), after: Bounds())
    for index in requests.indices {
      let request = requests[index]
      let second = Int(request.bucket) * SlotWidth.finest.seconds
      // What is not selected has its time in the report all the same.
      if isAfter(second) { bounds.after.note(second) } else { bounds.before.note(second) }
      let isSelected =
        matcher?.selects(
          consumer: request.consumer, method: request.method, route: request.route,
          status: request.status) ?? true
      if !isSelected {
        notSelected += 1
      } else if isAfter(second) {
        late.append(request)
      } else {
        early.append(request)
      }
    }
    reach(bounds.before, bounds.after)
    before.add(early.span)
    after.add(late.span)
  }

  /// Adds what `other` holds, which has the same names; it is empty afterwards.
  mutating func take(_ other: inout DividedReport) {
    before.take(&other.before)
    after.take(&other.after)
    notSelected += other.notSelected
  }

  mutating func selectsRoute(_ route: NameTable.ID) -> Bool { matcher?.selectsRoute(route) ?? true }

  private func isAfter(_ second: Int) -> Bool { division.map { second >= $0 } ?? false }

  /// Makes room for the buckets that follow.
  private mutating func reach(
    _ table: borrowing TallyTable, before end: Int64, _ counted: [ApdexKey: ApdexCounts]
  ) {
    var bounds = (before: Bounds(), after: Bounds())
    func note(_ second: Int) {
      if isAfter(second) { bounds.after.note(second) } else { bounds.before.note(second) }
    }
    let tallies = table.all
    var last: Int64 = -1
    for index in tallies.indices {
      let bucket = tallies[index].key.bucket
      if bucket == last || bucket >= end { continue }
      last = bucket
      note(Int(bucket) * SlotWidth.finest.seconds)
    }
    for key in counted.keys { note(key.second) }
    reach(bounds.before, bounds.after)
  }

  private mutating func reach(_ early: Bounds, _ late: Bounds) {
    if early.first <= early.last { before.reach(from: early.first, to: early.last) }
    if late.first <= late.last { after.reach(from: late.first, to: late.last) }
  }

  private struct Bounds {
    var first = Int.max
    var last = Int.min

    mutating func note(_ second: Int) { (first, last) = (min(first, second), max(last, second)) }
  }
}
