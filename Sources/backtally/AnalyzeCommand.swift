import Analyzing
import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Ingesting
import Judging
import Rendering
import Reporting
import Synchronization

struct AnalyzeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Shows what is in access logs: endpoints, times, errors, consumers.",
    usage: "backtally analyze [<options>] [<FILE> ...]",
    discussion: """
      Reads logs as an import does, and shows a report instead of sending anything. It needs no \
      client ID and touches neither ledger nor network.

      An endpoint is a method and a route; IDs in paths are recognized, and --routes or --openapi \
      give known ones. A request belongs to the moment it began. Percentages are of the requests \
      in the row. Percentiles are by nearest rank, from a histogram: at most \
      \(Distribution.errorPercent) % off. Apdex counts requests of up to T as satisfied and those \
      of up to 4 T as half, by time alone. "min in all" is the sum of durations.

      EXAMPLES
        backtally analyze access.log.gz
        backtally analyze --consumer remote_user --sort p95 '/var/log/nginx/access.log*'
        backtally analyze --since -24h --status 5xx --by 5m access.log
        backtally analyze --fail-if 'p95>800ms' --fail-if '5xx>1%' access.log
        tail -F access.log | backtally analyze --live -
        backtally analyze --compare-at 2026-11-28T14:30:00Z access.log
        backtally analyze --html report.html '/var/log/nginx/access.log*'
        backtally analyze --json access.log.1 > monday.json
        backtally analyze monday.json tuesday.json
        backtally analyze --from-tallies work
      """)

  @OptionGroup(title: "Configuration") var file: ConfigurationOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Reading") var tallies: TallyOptions
  @OptionGroup(title: "Attribution") var attribution: AttributionOptions
  @OptionGroup(title: "Rejected lines") var rejection: RejectionOptions
  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Report") var shown: ReportOptions
  @OptionGroup(title: "Comparison") var comparison: ComparisonOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if !comparison.files.isEmpty && !(reading.files.isEmpty && reading.filesFrom == nil) {
      throw ValidationError("--compare takes the two logs itself; name no further files")
    }
    if comparison.isComparing && (shown.csv != nil || !shown.failIf.isEmpty) {
      throw ValidationError("--csv and --fail-if are about one report, not about a comparison")
    }
    if shown.live && comparison.isComparing {
      throw ValidationError("--live shows one log, and compares nothing")
    }
    if shown.live && isatty(STDOUT_FILENO) != 1 {
      throw ValidationError("--live needs a terminal on standard output")
    }
    try tallies.check(reading, attribution, file, rejection)
    if tallies.fromTallies != nil {
      if shown.live || comparison.compareAt != nil || !comparison.files.isEmpty {
        throw ValidationError(
          "--live, --compare and --compare-at need logs, and cannot be used with --from-tallies")
      }
      if try !shown.apdex.isEmpty && shown.thresholds().commonPowerOfTwo == nil {
        throw ValidationError(
          "rows count durations by bins: with --from-tallies, --apdex is 500ms, or a half or double "
            + "of that again and again, and the same for all endpoints")
      }
    }
    if comparison.all && !comparison.isComparing {
      throw ValidationError("--all requires --compare, --compare-at or --baseline")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .auto, verbosity)
    try await reporting(to: watcher) {
      // What cannot be written is said before hours of reading.
      let page = try shown.html.map { try PageFile($0) }
      if !comparison.files.isEmpty {
        let outcomes = try comparison.files.map { try analyze([$0], watcher) }
        try compare(outcomes[0].report, outcomes[1].report, page, outcomes.map(\.exitStatus))
        return
      }
      let outcome = try analyze(nil, watcher)
      if let after = outcome.reportAfter {
        try compare(outcome.report, after, page, [outcome.exitStatus])
      } else if comparison.baseline != nil {
        let compared = try Comparing(lastDayOf: outcome.report).comparison
        try page?.write(outcome.report, compared, .sides, title, outcome.exitStatus)
        try show(compared, [outcome.exitStatus])
      } else {
        try page?.write(
          outcome.report, Comparing(halvesOf: outcome.report)?.comparison, .halves, title,
          outcome.exitStatus)
        try show(outcome)
      }
    }
  }

  /// Shows how `after` differs from `before`; a page is of both.
  private func compare(
    _ before: Report, _ after: Report, _ page: PageFile?, _ statuses: [ExitStatus]
  ) throws {
    let compared = Comparing(before, after).comparison
    if let page {
      var both = before
      both.merge(after)
      both.findings = StandsOut(both).findings
      try page.write(both, compared, .sides, title, statuses.first { $0 != .done } ?? .done)
    }
    try show(compared, statuses)
  }

  /// What the log is called on a page.
  private var title: String {
    if let folder = tallies.fromTallies { return folder }
    let named = comparison.files.isEmpty ? reading.files : comparison.files
    guard let first = named.first else { return "access log" }
    let name = first == "-" ? "standard input" : first.split(separator: "/").last.map(String.init)
    return (name ?? first) + (named.count > 1 ? " and \(named.count - 1) more" : "")
  }

  /// - Parameter files: nil for those that the command line or the configuration names.
  private func analyze(_ files: [String]?, _ watcher: TerminalWatcher) throws -> AnalysisRun.Outcome
  {
    if let folder = tallies.fromTallies { return try analyze(rowsIn: folder, watcher) }
    var named = reading
    if let files { named.files = files }
    // Whose requests they are is nobody's business here.
    let (settings, _) = try resolved(
      [file, named, attribution], needsInputs: true, ignoring: "APITALLY_", tellingOf: watcher)
    var options = AnalysisOptions(settings: settings, jobs: threads.count)
    options.rejectsPath = rejection.rejects
    options.explainsSources = verbosity.verbose
    options.maxRejectedPercent = rejection.maxRejected
    options.maxUnmatchedPercent = rejection.maxUnmatched
    options.selection = try selection.selection()
    options.isDetailed = shown.html != nil
    if !shown.apdex.isEmpty { options.apdex = try shown.thresholds() }
    if let moment = comparison.compareAt {
      // A time as --since takes it.
      let (settings, _) = try resolved(
        [file, named, attribution, MomentOption(moment)], ignoring: "APITALLY_",
        tellingOf: TerminalWatcher(progress: .never, .quiet))
      options.division = settings.since
    }
    guard shown.live else { return try run(AnalysisRun(options: options, watcher: watcher)) }
    let recent = RecentMinutes()
    options.recent = recent
    let stopping = Stopping()
    let live = LiveWatcher(recent, shown, then: watcher) { stopping.stop() }
    let analysis = AnalysisRun(options: options, watcher: live)
    stopping.run.withLock { $0 = analysis }
    return try run(analysis)
  }

  private func analyze(
    rowsIn folder: String, _ watcher: TerminalWatcher
  ) throws -> AnalysisRun.Outcome {
    var options = TallyAnalysis.Options(folder: folder)
    options.selection = try selection.selection()
    options.apdex = try shown.thresholds()
    options.maxRejectedPercent = rejection.maxRejected
    options.maxUnmatchedPercent = rejection.maxUnmatched
    options.isDetailed = shown.html != nil
    return try TallyAnalysis(options, watcher: watcher).run()
  }

  private func run(_ analysis: AnalysisRun) throws -> AnalysisRun.Outcome {
    let signals = StopSignals { analysis.stop() }
    defer { signals.cancel() }
    return try analysis.run()
  }

  private func show(_ comparison: Comparison, _ statuses: [ExitStatus]) throws {
    if shown.json {
      write(comparison.json, to: .standardOutput)
    } else if shown.html == nil {
      let style = ReportStyle(for: .standardOutput, shown)
      write(comparison.text(style, showsPerhaps: self.comparison.all), to: .standardOutput)
    }
    if let failed = statuses.first(where: { $0 != .done }) { throw failed }
  }

  private func show(_ outcome: AnalysisRun.Outcome) throws {
    let view = try shown.view()
    let verdicts = try shown.failures().map { $0.judge(outcome.report) }
    if shown.json {
      let further = shown.percentiles == nil ? [] : view.percentiles
      write(ReportJSON(outcome.report, percentiles: further).text, to: .standardOutput)
    } else if let table = shown.csv {
      let percentiles = shown.percentiles == nil ? [.median, .p75, .p95, .p99] : view.percentiles
      let csv = ReportCSV(outcome.report, percentiles: percentiles, isRaw: shown.csvRaw)
      write(csv.text(table, sortedBy: view.sort, top: view.top), to: .standardOutput)
    } else if shown.html == nil {
      write(text(outcome.report, view, verdicts), to: .standardOutput)
    }
    if shown.json || shown.csv != nil || shown.html != nil {
      let style = ReportStyle(for: .standardError, shown)
      for verdict in verdicts where verdict.isFailure {
        write(
          verdict.line(style, resolution: outcome.report.resolution) + "\n", to: .standardError)
      }
    }
    if outcome.exitStatus != .done { throw outcome.exitStatus }
    if verdicts.contains(where: \.isFailure) { throw ExitStatus.thresholdPassed }
  }

  /// Verdicts first, then the report.
  private func text(
    _ report: Report, _ view: ReportView, _ verdicts: [Threshold.Verdict]
  ) -> String {
    let style = ReportStyle(for: .standardOutput, shown)
    let lines = verdicts.map { $0.line(style, resolution: report.resolution) + "\n" }
    return lines.joined() + (lines.isEmpty ? "" : "\n")
      + TerminalReport(report, view, style).text
  }
}

/// Ends a run that is made after what may end it.
private final class Stopping: Sendable {
  let run = Mutex<AnalysisRun?>(nil)

  func stop() { run.withLock { $0 }?.stop() }
}

/// A time that is read as that of --since is.
private struct MomentOption: OptionGroupValues {
  let text: String

  init(_ text: String) { self.text = text }

  func enter(into values: inout CommandLineValues) {
    values.since = text
    values.until = nil
  }
}
