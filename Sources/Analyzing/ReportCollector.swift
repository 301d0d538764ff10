internal import Attribution
internal import Diagnostics
internal import Ingesting
internal import Reporting
internal import Synchronization
internal import Tallying

/// The sink that makes a report of a reading; two reports, of before and after a moment, if the reading is
/// divided there.
final class ReportCollector: TallySink {
  let measures = TallyMeasures.exponentialBins

  private let names: RunNames
  private let apdex: ApdexThresholds
  private let selection: Selection
  private var parts: DividedReport
  private let handover = ApdexHandover()
  /// What was handed over and is to be added: of lasting templates, and of provisional ones.
  private var counted: [ApdexKey: ApdexCounts] = [:]
  private var waiting: [ApdexKey: ApdexCounts] = [:]
  private(set) var counts: LineCounts?
  private let filterNames: [String]
  /// How to begin what a worker counts in; what all of them have counted in, until it is added up.
  private let makeParts: () -> DividedReport
  private let counters = Mutex<[MarginCounter]>([])
  /// For the live view; nil where there is none.
  private let recent: RecentMinutes?

  /// - Parameter division: a multiple of 10 s since 1970.
  init(
    _ rules: AttributionRules, names: RunNames, apdex: ApdexThresholds, selection: Selection,
    dividedAt division: Int? = nil, isDetailed: Bool = false, showing recent: RecentMinutes? = nil
  ) {
    self.recent = recent
    recent?.begin(names, apdex)
    (self.names, self.apdex, self.selection) = (names, apdex, selection)
    makeParts = {
      DividedReport(
        selection.isAll ? nil : SelectionMatcher(selection, names: names), dividedAt: division,
        isDetailed: isDetailed, showing: recent)
    }
    parts = makeParts()
    filterNames = rules.filters.map(\.name)
  }

  func makeObserver() throws -> (any RecordObserver)? {
    guard apdex.commonPowerOfTwo == nil else { return nil }
    return ApdexObserver(apdex, selection, names: names, into: handover)
  }

  /// What a live view shows is taken from tallies, which come every second.
  func makeCounter() -> (any RequestCounter)? {
    if recent != nil { return nil }
    let counter = MarginCounter(makeParts())
    counters.withLock { $0.append(counter) }
    return counter
  }

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    takeHandedOver()
    let counted = counted
    self.counted = [:]
    // One access to the parts for all tallies, and not several for each.
    parts.add(table, before: end, counted)
  }

  func settle(_ numbers: [NameTable.ID: NameTable.ID]) {
    takeHandedOver()
    for (key, counts) in waiting {
      var key = key
      key.route = numbers[key.route] ?? 0
      guard parts.selectsRoute(key.route) else { continue }
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

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    counts = facts.counts
    recent?.note(newest: facts.counts.lastRequest)
    guard facts.isLast else { return }
    let counters = counters.withLock { counters in
      defer { counters = [] }
      return counters
    }
    for counter in counters { parts.take(&counter.parts) }
  }

  /// The report of all that was read; of what was read before the division, if there is one.
  func takeReport() -> Report {
    completed(parts.before.takeReport(names, apdex), of: parts.before.period)
  }
  /// The report of what follows the division.
  func takeReportAfter() -> Report {
    completed(parts.after.takeReport(names, apdex), of: parts.after.period)
  }

  private func completed(_ report: Report, of seconds: ClosedRange<Int>?) -> Report {
    var report = report
    guard let counts else { return report }
    report.books.linesRead = counts.linesRead
    report.books.leftOut = counts.leftOut(filterNames: filterNames)
    if parts.notSelected > 0 {
      report.books.leftOut["not-selected", default: 0] += parts.notSelected
    }
    if parts.division != nil {
      // The lines are those of both.
      let others = parts.before.requests + parts.after.requests - report.books.requests
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

/// Adds requests up by a worker's own marginals, while they are read.
///
/// It belongs to one thread at a time: that of its worker, and at the end the one that adds all up.
private final class MarginCounter: RequestCounter, @unchecked Sendable {
  var parts: DividedReport

  init(_ parts: consuming DividedReport) { self.parts = parts }

  func count(_ requests: borrowing Span<CountedRequest>) { parts.add(requests) }
}
