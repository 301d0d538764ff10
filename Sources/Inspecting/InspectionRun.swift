internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
package import Configuring
package import Diagnostics
package import Ingesting
internal import LogReading
package import Reporting

/// One look at logs, from the names of files to what there is to tell of them:
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

  /// What came of it: findings, a draft of a configuration, and the exit status.
  package struct Outcome: Sendable {
    package var inspection: Inspection
    package var draft: ConfigurationDraft
    package var exitStatus: ExitStatus
  }

  package func run() throws(Diagnostic) -> Outcome {
    let inputs = expandedInputs(settings, reportingTo: watcher)
    let rules = AttributionRules(settings, try LoadedRoutes(settings.routes))
    let planner = SourcePlanner(
      choice: settings.format, durationUnit: settings.durationUnit, clock: settings.clock)
    var status = inputs.unmatched.isEmpty ? ExitStatus.done : .inputUnreadable
    let inspectors: [FormatInspector]
    do {
      let reading = try read(inputs, rules, planner)
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
    _ inputs: InputList, _ rules: AttributionRules, _ planner: SourcePlanner
  ) throws -> (inspectors: [FormatInspector], isComplete: Bool) {
    let sample = SourceSample(planner: planner, limit: limit, watcher: watcher)
    var stage = InspectionStage(planner: planner, rules: rules)
    var isComplete = true
    defer { watcher.endProgress() }
    for (index, path) in inputs.paths.enumerated() {
      stage.begin(path)
      let reading = try sample.read(path, index: index) { chunk, plan, limit in
        try stage.add(chunk, plan, limit: limit)
      }
      stage.end(reading.extent)
      if stage.isEmpty && reading.isReadable {
        watcher.report(
          Diagnostic(.note, code: "empty", "holds no lines", at: Place(source: path)))
      }
      if stage.leavesOut {
        watcher.report(.tooManyFormats(path))
      }
      if !reading.isReadable { isComplete = false }
    }
    return (stage.inspectors, isComplete)
  }
}

extension Diagnostic {
  fileprivate static func tooManyFormats(_ path: String) -> Diagnostic {
    Diagnostic(
      .note, code: "too-many-formats",
      "has more formats than are shown: over \(InspectionStage.formatLimit) with those before",
      hint: "inspect it alone, or a part of it", at: Place(source: path))
  }
}
