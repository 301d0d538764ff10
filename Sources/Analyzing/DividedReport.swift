internal import AccessLogParsing
internal import Attribution
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

  /// Adds a request of a bucket that begins at `second`.
  ///
  /// - Parameter record: by reference, although it stays as it is: it would be copied for each line.
  @inline(__always)
  mutating func add(_ record: inout AccessRecord, _ request: AttributedRequest, at second: Int) {
    let isSelected =
      matcher?.selects(
        consumer: request.consumer, method: request.method, route: request.route,
        status: record.status) ?? true
    guard isSelected else {
      notSelected += 1
      return
    }
    if isAfter(second) {
      after.add(&record, request, at: second)
    } else {
      before.add(&record, request, at: second)
    }
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
    if bounds.before.first <= bounds.before.last {
      before.reach(from: bounds.before.first, to: bounds.before.last)
    }
    if bounds.after.first <= bounds.after.last {
      after.reach(from: bounds.after.first, to: bounds.after.last)
    }
  }

  private struct Bounds {
    var first = Int.max
    var last = Int.min

    mutating func note(_ second: Int) { (first, last) = (min(first, second), max(last, second)) }
  }
}
