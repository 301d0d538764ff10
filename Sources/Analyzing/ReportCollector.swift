internal import Attribution
internal import Diagnostics
internal import Ingesting
internal import Reporting
internal import Tallying

/// The sink that makes a report of a reading; two reports, of before and after a moment, if the reading is
/// divided there.
final class ReportCollector: TallySink {
  let measures = TallyMeasures.exponentialBins

  private let names: RunNames
  private let apdex: ApdexThresholds
  private let selection: Selection
  private var matcher: SelectionMatcher?
  /// The second at which the second report begins.
  private let division: Int?
  private var before = ReportBuilder()
  private var after = ReportBuilder()
  private var reading = TallyReading()
  private let handover = ApdexHandover()
  /// What was handed over and is to be added: of lasting templates, and of provisional ones.
  private var counted: [ApdexKey: ApdexCounts] = [:]
  private var waiting: [ApdexKey: ApdexCounts] = [:]
  private var notSelected = 0
  private(set) var counts: LineCounts?
  private let filterNames: [String]
  /// For the live view; nil where there is none.
  private let recent: RecentMinutes?

  /// - Parameter division: a multiple of 10 s since 1970.
  init(
    _ rules: AttributionRules, names: RunNames, apdex: ApdexThresholds, selection: Selection,
    dividedAt division: Int? = nil, showing recent: RecentMinutes? = nil
  ) {
    self.recent = recent
    recent?.begin(names, apdex)
    (self.names, self.apdex, self.selection, self.division) = (names, apdex, selection, division)
    matcher = selection.isAll ? nil : SelectionMatcher(selection, names: names)
    filterNames = rules.filters.map(\.name)
  }

  func makeObserver() throws -> (any RecordObserver)? {
    guard apdex.commonPowerOfTwo == nil else { return nil }
    return ApdexObserver(apdex, selection, names: names, into: handover)
  }

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    takeHandedOver()
    let counted = counted
    self.counted = [:]
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

  func settle(_ numbers: [NameTable.ID: NameTable.ID]) {
    takeHandedOver()
    for (key, counts) in waiting {
      var key = key
      key.route = numbers[key.route] ?? 0
      guard matcher?.selectsRoute(key.route) ?? true else { continue }
      counted[key, default: ApdexCounts()].merge(counts)
    }
    waiting = [:]
  }

  private func takeHandedOver() {
    for (key, counts) in handover.takeAll() {
      if names.routes.isProvisional(key.route) {
        waiting[key, default: ApdexCounts()].merge(counts)
      } else {
        counted[key, default: ApdexCounts()].merge(counts)
      }
    }
  }

  private func isAfter(_ second: Int) -> Bool { division.map { second >= $0 } ?? false }

  /// Makes room for the buckets that follow.
  private func reach(
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

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    counts = facts.counts
    recent?.note(newest: facts.counts.lastRequest)
  }

  /// The report of all that was read; of what was read before the division, if there is one.
  var report: Report { completed(before.report(names, apdex), of: before.period) }
  /// The report of what follows the division.
  var reportAfter: Report { completed(after.report(names, apdex), of: after.period) }

  private func completed(_ report: Report, of seconds: ClosedRange<Int>?) -> Report {
    var report = report
    guard let counts else { return report }
    report.books.linesRead = counts.linesRead
    report.books.leftOut = counts.leftOut(filterNames: filterNames)
    if notSelected > 0 { report.books.leftOut["not-selected", default: 0] += notSelected }
    if division != nil {
      // The lines are those of both.
      let others = before.requests + after.requests - report.books.requests
      if others > 0 { report.books.leftOut["other-period", default: 0] += others }
    }
    if let seconds {
      // All that a bucket says is in which 10 s its requests began.
      let first = max(Int64(seconds.lowerBound) * 1_000_000_000, counts.firstRequest)
      let end = Int64(seconds.upperBound + SlotWidth.finest.seconds) * 1_000_000_000 - 1
      report.period = first...max(first, min(end, counts.lastRequest))
    }
    return report
  }
}
