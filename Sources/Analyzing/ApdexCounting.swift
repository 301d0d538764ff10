internal import AccessLogParsing
internal import Attribution
internal import Ingesting
internal import Reporting
internal import Synchronization

/// What Apdex is counted of at once: an endpoint in a bucket of ``SlotWidth/finest``.
struct ApdexKey: Hashable {
  /// The numbers of their names.
  var route: NameTable.ID
  var method: NameTable.ID
  /// The second in which it begins.
  var second: Int
}

/// What observers have counted and the sink has not taken yet.
final class ApdexHandover: Sendable {
  private let counts = Mutex<[ApdexKey: ApdexCounts]>([:])

  func add(_ other: [ApdexKey: ApdexCounts]) {
    counts.withLock { $0.merge(other) { ApdexCounts(sum: $0, $1) } }
  }

  func takeAll() -> [ApdexKey: ApdexCounts] {
    counts.withLock { counts in
      defer { counts = [:] }
      return counts
    }
  }
}

extension ApdexCounts {
  fileprivate init(sum left: ApdexCounts, _ right: ApdexCounts) {
    self.init(
      satisfied: left.satisfied + right.satisfied, tolerating: left.tolerating + right.tolerating)
  }
}

/// Counts requests by Apdex's thresholds while they are read, since the histogram's bins end elsewhere.
final class ApdexObserver: RecordObserver {
  /// How many endpoints in buckets are counted before they are handed over.
  private static let limit = 10_000

  private let thresholds: ApdexThresholds
  private let names: RunNames
  private let handover: ApdexHandover
  private var matcher: SelectionMatcher?
  private var counts: [ApdexKey: ApdexCounts] = [:]
  private var known: [UInt64: Int64] = [:]

  init(
    _ thresholds: ApdexThresholds, _ selection: Selection, names: RunNames,
    into handover: ApdexHandover
  ) {
    (self.thresholds, self.names, self.handover) = (thresholds, names, handover)
    matcher = selection.isAll ? nil : SelectionMatcher(selection, names: names)
  }

  func note(
    _ record: borrowing AccessRecord, _ request: AttributedRequest,
    in bytes: borrowing Span<UInt8>, line: Range<Int>
  ) {
    guard record.duration >= 0 else { return }
    let isSelected =
      matcher?.selects(
        consumer: request.consumer, method: request.method, route: request.route,
        status: record.status) ?? true
    guard isSelected else { return }
    let threshold = threshold(request)
    let isSatisfied = record.duration <= threshold
    let limit = threshold.multipliedReportingOverflow(by: 4)
    guard isSatisfied || limit.overflow || record.duration <= limit.partialValue else { return }
    let width = SlotWidth.finest.seconds
    let second = Int(max(record.start, 0) / 1_000_000_000) / width * width
    let key = ApdexKey(route: request.route, method: request.method, second: second)
    counts[key, default: ApdexCounts()].merge(
      ApdexCounts(satisfied: isSatisfied ? 1 : 0, tolerating: isSatisfied ? 0 : 1))
  }

  private func threshold(_ request: AttributedRequest) -> Int64 {
    if thresholds.byEndpoint.isEmpty { return thresholds.common }
    let number = key(Int(request.route), Int(request.method))
    if let threshold = known[number] { return threshold }
    let name = "\(names.methods.text(request.method)) \(names.routes.text(request.route))"
    let threshold = thresholds.nanoseconds(of: name)
    known[number] = threshold
    return threshold
  }

  var isFull: Bool { counts.count >= Self.limit }

  func handOver() {
    handover.add(counts)
    counts = [:]
  }

  // Nothing of the line is asked for, and nothing of what is left out.
  func capturedFields(of format: LogFormat) -> [String] { [] }
  func begin(_ plan: SourcePlan) {}
  func changeFormats() {}
  func noteUnmatched(
    _ record: borrowing AccessRecord, consumer: NameTable.ID, in bytes: borrowing Span<UInt8>,
    line: Range<Int>
  ) {}
}
