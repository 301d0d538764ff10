internal import AccessLogParsing
internal import ByteScanning
package import Configuring
package import Diagnostics
package import Ingesting
package import Reporting

/// One inspection, from the names of files to the findings:
///
///     sources → chunks of whole lines → records → consumer and route → findings
///
/// It neither asks the ledger nor knows a hub.
package struct InspectionRun {
  private let settings: Settings
  /// nil if sources are read to their ends.
  private let limit: SampleLimit?
  private let watcher: any RunWatcher

  package init(settings: Settings, limit: SampleLimit?, watcher: any RunWatcher) {
    self.settings = settings
    self.limit = limit
    self.watcher = watcher
  }

  /// The result: findings, a draft of a configuration, and the exit status.
  package struct Outcome: Sendable {
    package var inspection: Inspection
    package var draft: ConfigurationDraft
    package var exitStatus: ExitStatus
  }

  package func run() throws(Diagnostic) -> Outcome {
    var options = Ingestion.Options(settings: settings, jobs: 1)
    options.comparesFormats = true
    let preparation = try IngestionPreparation(options, reportingTo: watcher)
    var status = preparation.isInputMissing ? ExitStatus.inputUnreadable : .done
    let inspectors: [FormatInspector]
    do {
      var reading = try read(preparation, by: preparation.planner)
      if settings.clock == nil, reading.inspectors.contains(where: \.lacksZone) {
        // What is refused for its time alone is shown all the same.
        let planner = SourcePlanner(
          choice: settings.format, durationUnit: settings.durationUnit,
          clock: LocalClock(offset: 0), comparesAll: true)
        reading = try read(preparation, by: planner)
        watcher.report(.assumedZone)
      }
      inspectors = reading.inspectors
      if !reading.isComplete { status = .inputUnreadable }
    } catch let diagnostic as Diagnostic {
      throw diagnostic
    } catch {
      throw Diagnostic(reading: error)
    }
    if inspectors.contains(where: { $0.format == nil }) { status = .inputUnreadable }
    var inspection = Inspection()
    inspection.groups = inspectors.map { $0.findings(choice: settings.format) }
    let isLimited = inspection.groups.contains { $0.sources.contains { !$0.isComplete } }
    if let limit, isLimited {
      inspection.limit = .init(lineCount: limit.lineCount, byteCount: limit.byteCount)
    }
    let draft = ConfigurationDraft(
      settings: settings, formats: inspectors.map(\.format), findings: inspection.groups)
    return Outcome(inspection: inspection, draft: draft, exitStatus: status)
  }

  /// Sources of the same format share an inspector.
  private func read(
    _ preparation: IngestionPreparation, by planner: SourcePlanner
  ) throws -> (inspectors: [FormatInspector], isComplete: Bool) {
    let sample = SourceSample(
      planner: planner, limit: limit, readsArchives: settings.readsArchives, watcher: watcher)
    var stage = InspectionStage(planner: planner, rules: preparation.rules)
    var isComplete = true
    defer { watcher.endProgress() }
    for (index, path) in preparation.paths.enumerated() {
      try sample.read(path, index: index) { path in
        stage.begin(path)
      } _: { chunk, plan, limit in
        try stage.add(chunk, plan, limit: limit)
      } end: { path, reading in
        stage.end(reading.extent)
        if stage.isEmpty && reading.isReadable {
          watcher.report(
            Diagnostic(.note, code: "empty", "has no lines", at: Place(source: path)))
        }
        if stage.leavesOut {
          watcher.report(.tooManyFormats(path))
        }
        if !reading.isReadable { isComplete = false }
      }
    }
    return (stage.inspectors, isComplete)
  }
}

extension Diagnostic {
  fileprivate static let assumedZone = Diagnostic(
    .warning, code: "assumed-zone",
    "the timestamps include no time zone; the requests are shown as if it were UTC, but an import "
      + "rejects these lines",
    hint: "give the time zone with --timezone, such as Europe/Paris or +01:00")

  fileprivate static func tooManyFormats(_ path: String) -> Diagnostic {
    Diagnostic(
      .note, code: "too-many-formats",
      "the files so far have more than \(InspectionStage.formatLimit) formats; further ones are not shown",
      hint: "inspect this file alone, or a part of it", at: Place(source: path))
  }
}
