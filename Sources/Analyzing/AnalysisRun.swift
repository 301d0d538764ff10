package import Configuring
package import Diagnostics
package import Ingesting
internal import Judging
package import Reporting
internal import Synchronization

/// The options of an analysis, validated.
package struct AnalysisOptions: Sendable {
  package var settings: Settings
  /// How many threads read and parse.
  package var jobs: Int
  package var maxRejectedPercent = 10.0
  package var maxUnmatchedPercent = 90.0
  package var rejectsPath: String?
  package var selection = Selection()
  /// Whether to say of each source what became of it.
  package var explainsSources = false
  /// nil for the usual, or what reports that are read were made with.
  package var apdex: ApdexThresholds?
  /// Nanoseconds since 1970: divides the reading into a report of before and one of after; rounded down to
  /// 10 s.
  package var division: Int64?

  package init(settings: Settings, jobs: Int) { (self.settings, self.jobs) = (settings, jobs) }

  /// Whether the report has what a page needs.
  package var isDetailed = false

  /// The second at which the reading is divided: a multiple of the finest slot.
  var divisionSecond: Int? {
    division.map {
      Int(max(0, $0) / 1_000_000_000) / SlotWidth.finest.seconds * SlotWidth.finest.seconds
    }
  }

  /// Filled while logs are read, for a live view; nil without one.
  package var recent: RecentMinutes?

  var ingestion: Ingestion.Options {
    var settings = settings
    settings.bucketSeconds = SlotWidth.finest.seconds
    var ingestion = Ingestion.Options(settings: settings, jobs: jobs)
    ingestion.maxRejectedPercent = maxRejectedPercent
    ingestion.maxUnmatchedPercent = maxUnmatchedPercent
    ingestion.rejectsPath = rejectsPath
    // A live view shows what was read within the second.
    if recent != nil { ingestion.flushEverySeconds = 1 }
    return ingestion
  }
}

/// One analysis, from the names of files to the report:
///
///     inputs → preparation (all that usage can get wrong) → reading into the collector → report
///
/// It neither asks the ledger nor knows a hub.
package final class AnalysisRun: Sendable {
  private let options: AnalysisOptions
  private let watcher: any RunWatcher
  private let isStopped = Atomic<Bool>(false)

  package init(options: AnalysisOptions, watcher: any RunWatcher) {
    (self.options, self.watcher) = (options, watcher)
  }

  /// Ends the run within seconds, with a report of what was read. From any thread.
  package func stop() { isStopped.store(true, ordering: .relaxed) }

  package struct Outcome: Sendable {
    package var report: Report
    /// What follows the division, if there is one.
    package var reportAfter: Report?
    package var exitStatus: ExitStatus

    init(_ report: Report, _ exitStatus: ExitStatus) {
      (self.report, self.exitStatus) = (report, exitStatus)
      self.report.findings = StandsOut(report).findings
    }
  }

  /// Reads all inputs. Problems with single sources or lines are reported to the watcher, and decide the exit
  /// status.
  ///
  /// - Throws: what leaves no report to show.
  package func run() throws(Diagnostic) -> Outcome {
    let inputs = options.settings.inputs
    if inputs.contains(where: { ReportReading.isReport($0) }) { return try merged(inputs) }
    var preparation = try IngestionPreparation(options.ingestion, reportingTo: watcher)
    try preparation.check(collector(preparation).makeObserver)
    try preparation.openRejects()
    let (ingestion, collector, fatal) = preparation.reading(
      begin: { preparation, refused in
        let collector = self.collector(preparation)
        return (Ingestion(preparation, into: collector, without: refused), collector)
      }, read: { ingestion, _ in read(ingestion) })
    let outcome = ingestion.outcome
    let notes = IngestionNotes(outcome, isResumable: false)
    for note in (options.explainsSources ? notes.sources : []) + notes.all { watcher.report(note) }
    if let fatal { throw fatal }
    let isIncomplete =
      preparation.isInputMissing || outcome.hasUnreadableSource || outcome.hasUnfinishedFile
    var found = Outcome(collector.takeReport(), isIncomplete ? .inputUnreadable : .done)
    if options.division != nil { found.reportAfter = collector.takeReportAfter() }
    return found
  }

  /// The report of what the reports at `paths` are of.
  private func merged(_ paths: [String]) throws(Diagnostic) -> Outcome {
    guard paths.allSatisfy({ ReportReading.isReport($0) }), options.settings.listedInputs.isEmpty
    else {
      throw .mixedInputs
    }
    guard options.selection.isAll, options.division == nil, options.settings.since == nil,
      options.settings.until == nil
    else {
      throw .selectionOfReports
    }
    var report: Report?
    for path in paths {
      let next = try ReportReading.report(at: path)
      let apdex = options.apdex ?? report?.apdex ?? next.apdex
      guard next.apdex == apdex else { throw .otherThresholds(path) }
      if report == nil { report = next } else { report?.merge(next) }
    }
    return Outcome(report ?? Report(), .done)
  }

  private func collector(_ preparation: IngestionPreparation) -> ReportCollector {
    ReportCollector(
      preparation.rules, names: preparation.names, apdex: options.apdex ?? ApdexThresholds(),
      selection: options.selection, dividedAt: options.divisionSecond,
      isDetailed: options.isDetailed, showing: options.recent)
  }

  private func read(_ ingestion: Ingestion) -> Diagnostic? {
    defer { watcher.endProgress() }
    do throws(Diagnostic) {
      try ingestion.run(
        until: { isStopped.load(ordering: .relaxed) }, progress: { watcher.show($0) })
      return nil
    } catch {
      return error
    }
  }
}

extension Diagnostic {
  fileprivate static let mixedInputs = Diagnostic(
    .error, code: "mixed-inputs",
    "some of the files are reports of `analyze --json`, others are not",
    hint: "analyze the logs with --json first, then name all reports", exitStatus: .wrongUsage)

  fileprivate static let selectionOfReports = Diagnostic(
    .error, code: "selection-of-reports",
    "a report holds no single requests to select from: --since, --until, --compare-at, "
      + "--consumer-is, --route, --method and --status need the log",
    hint: "name the logs instead of the reports", exitStatus: .wrongUsage)

  fileprivate static func otherThresholds(_ path: String) -> Diagnostic {
    Diagnostic(
      .error, code: "other-thresholds", "this report counts Apdex by other thresholds",
      hint: "make it again from its log, with the same --apdex", at: Place(source: path),
      exitStatus: .wrongUsage)
  }
}
