internal import Attribution
internal import Clustering
package import Diagnostics
internal import Foundation
package import Ingesting
package import Reporting
internal import Tallying

/// Makes a report of rows that `backtally cluster tally` has written: that of the logs which were tallied, as
/// far as rows hold what it needs.
///
///     rows → admission (which sources count, what their templates are) → the same rows → report
///
/// It asks no ledger: what was imported before is in the report as well.
package struct TallyAnalysis {
  /// What the files are called that are read.
  package static let suffix = ".tally"
  /// How many endpoints' templates there may be. Other than in an import, none are counted under one for all
  /// the rest.
  private static let templateLimit = RunNames.sharedProvisionalLimit

  package struct Options: Sendable {
    package var folder: String
    package var selection = Selection()
    package var apdex = ApdexThresholds()
    package var maxRejectedPercent = 10.0
    package var maxUnmatchedPercent = 90.0
    /// Whether the report has what a page needs.
    package var isDetailed = false

    package init(folder: String) { self.folder = folder }
  }

  private let options: Options
  private let watcher: any RunWatcher

  package init(_ options: Options, watcher: any RunWatcher) {
    (self.options, self.watcher) = (options, watcher)
  }

  /// - Throws: what leaves no report to show: rows that are damaged, cut off or of several jobs, books that
  ///   are refused.
  package func run() throws(Diagnostic) -> AnalysisRun.Outcome {
    let paths = try self.paths
    let (header, outcome) = try admit(paths)
    let width = try slotWidth(header)
    var counter = RowCounter(options, width: width, bucketSeconds: header.bucket)
    var rows = AdmittedRows(outcome.file)
    for path in paths {
      var input = try RowInput(path: path)
      try rows.read(&input) { counter.add($1, in: $0) }
    }
    try rows.finish(options.folder)
    for note in notes(header, outcome) { watcher.report(note) }
    return AnalysisRun.Outcome(
      counter.takeReport(of: outcome), outcome.refusals.isEmpty ? .done : .inputUnreadable)
  }

  /// The files with rows, in the order of their names.
  private var paths: [String] {
    get throws(Diagnostic) {
      let names: [String]
      do { names = try FileManager.default.contentsOfDirectory(atPath: options.folder) } catch {
        throw .noTallies(options.folder, "the folder cannot be read")
      }
      let paths = names.filter { $0.hasSuffix(Self.suffix) }.sorted()
        .map { URL(filePath: options.folder).appending(path: $0).path }
      if paths.isEmpty {
        throw .noTallies(options.folder, "there is no file whose name ends with \(Self.suffix)")
      }
      return paths
    }
  }

  /// Decides as `backtally cluster admit` does, but without a ledger.
  private func admit(_ paths: [String]) throws(Diagnostic) -> (TallyHeader, Admission.Outcome) {
    var admitting = Admission.Options()
    admitting.maxRejectedPercent = options.maxRejectedPercent
    admitting.maxUnmatchedPercent = options.maxUnmatchedPercent
    admitting.skipsBadSources = true
    admitting.inferredLimit = Self.templateLimit
    var admission = Admission(admitting)
    var header: TallyHeader?
    for path in paths {
      var input = try RowInput(path: path)
      try admission.read(&input, header: &header)
    }
    guard let header, ["hub", "otlp"].contains(header.target) else {
      throw .noTallies(options.folder, "the files have no first row")
    }
    return (header, try admission.decide(AdmissionHead(header)) { _ in .new })
  }

  /// The finest slots into which whole buckets fall; of a day at most.
  private func slotWidth(_ header: TallyHeader) throws(Diagnostic) -> SlotWidth {
    let width = SlotWidth.all.first { $0.seconds % header.bucket == 0 }
    guard let width, width.seconds <= 86_400 else {
      throw .unevenBuckets(options.folder, header.bucket)
    }
    return width
  }

  /// What the report lacks.
  private func notes(_ header: TallyHeader, _ outcome: Admission.Outcome) -> [Diagnostic] {
    var notes = outcome.refusals.map { Diagnostic.refused($0.path, $0.reason) }
    if outcome.copyCount > 0 { notes.append(.copies(outcome.copyCount)) }
    if header.target == "hub" { notes.append(.linearBins) }
    if header.bucket > SlotWidth.finest.seconds { notes.append(.wideBuckets(header.bucket)) }
    return notes
  }
}

/// Adds the items of rows up.
private struct RowCounter: ~Copyable {
  private let names = RunNames(
    routeLimit: RunNames.sharedProvisionalLimit * 2, provisionalLimit: 1)
  private let bucketSeconds: Int
  private let apdex: ApdexThresholds
  private var matcher: SelectionMatcher?
  private var builder: ReportBuilder
  private var reading = TallyReading()
  private var notSelected = 0

  init(_ options: TallyAnalysis.Options, width: SlotWidth, bucketSeconds: Int) {
    self.bucketSeconds = bucketSeconds
    apdex = options.apdex
    builder = ReportBuilder(
      detail: options.isDetailed ? DetailBuilder(width: width) : nil, width: width)
    matcher = options.selection.isAll ? nil : SelectionMatcher(options.selection, names: names)
  }

  mutating func add(_ item: RowItem, in bucket: Int64) {
    let request = AttributedRequest(
      consumer: item.consumer.flatMap { names.consumers.id(for: $0.span, in: 0..<$0.count) } ?? 0,
      method: names.methods.id(for: item.method.span, in: 0..<item.method.count) ?? 0,
      route: names.routes.id(for: item.route.span, in: 0..<item.route.count) ?? 0)
    let second = Int(bucket) * bucketSeconds
    // What is not selected has its time in the report all the same.
    builder.reach(from: second, to: second)
    let isSelected =
      matcher?.selects(
        consumer: request.consumer, method: request.method, route: request.route,
        status: UInt16(item.status)) ?? true
    guard isSelected else {
      notSelected += Int(item.requestCount)
      return
    }
    reading.read(item)
    builder.add(
      Int(item.requestCount), status: Int(item.status), request, at: second, reading)
  }

  mutating func takeReport(of outcome: Admission.Outcome) -> Report {
    let seconds = builder.period
    var report = builder.takeReport(names, apdex)
    report.books.linesRead = outcome.linesRead
    report.books.leftOut = outcome.leftOut
    if notSelected > 0 { report.books.leftOut["not-selected"] = notSelected }
    if let seconds {
      // Rows say in which bucket requests began, and books when the first and the last did.
      let sources = outcome.file.sources
      let first = max(
        Int64(seconds.lowerBound) * 1_000_000_000, sources.compactMap(\.first_request).min() ?? 0)
      let end = Int64(seconds.upperBound + bucketSeconds) * 1_000_000_000 - 1
      let last = min(end, sources.compactMap(\.last_request).max() ?? end)
      report.period = first...max(first, last)
    }
    return report
  }
}

extension TallyReading {
  /// Takes what an item holds.
  fileprivate mutating func read(_ item: RowItem) {
    durations.fill(item.durations ?? ExponentialHistogram(.durations))
    (requestBytes, sizedRequests) = (item.requestSizes.sum, Int(item.requestSizes.count))
    (responseBytes, sizedResponses) = (item.responseSizes.sum, Int(item.responseSizes.count))
  }
}

extension Diagnostic {
  fileprivate static func noTallies(_ folder: String, _ problem: String) -> Diagnostic {
    Diagnostic(
      .error, code: "no-tallies", problem,
      hint: "write rows there: backtally cluster tally --output \(folder)/1.tally …",
      at: Place(source: folder), exitStatus: .inputUnreadable)
  }

  fileprivate static func unevenBuckets(_ folder: String, _ seconds: Int) -> Diagnostic {
    Diagnostic(
      .error, code: "uneven-buckets",
      "the rows have buckets of \(seconds) s, which fill no slots of a report",
      hint: "tally with --bucket 60, or with another width that divides a minute, an hour or a day",
      at: Place(source: folder), exitStatus: .inputUnreadable)
  }

  fileprivate static func refused(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      .warning, code: "source-left-out", "is left out: \(reason)", at: Place(source: path))
  }

  fileprivate static func copies(_ count: Int) -> Diagnostic {
    Diagnostic(
      .note, code: "copies",
      "\(counted(count, "source")) \(count == 1 ? "has" : "have") the content of another, and "
        + "\(count == 1 ? "is" : "are") counted once")
  }

  fileprivate static let linearBins = Diagnostic(
    .note, code: "no-durations",
    "the rows are for hub v2, whose durations are counted by 10 ms: too coarse for a report",
    hint: "tally with --target otlp, whose rows have them")

  fileprivate static func wideBuckets(_ seconds: Int) -> Diagnostic {
    Diagnostic(
      .note, code: "wide-buckets",
      "times are known to \(seconds) s, the width of the rows' buckets",
      hint: seconds % 10 == 0 ? "tally with --bucket 10 for finer ones" : nil)
  }
}
