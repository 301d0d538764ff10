internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
package import Configuring
package import Diagnostics
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
  private let watcher: any ImportWatcher

  package init(settings: Settings, limit: SampleLimit?, watcher: any ImportWatcher) {
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
    let inputs = expandedInputs(settings.inputs, tellingOf: watcher)
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
      throw LogImport.diagnostic(error)
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
    var inspectors: [FormatInspector] = []
    var isComplete = true
    defer { watcher.endProgress() }
    for (index, path) in inputs.paths.enumerated() {
      var current: FormatInspector?
      var linesBefore = 0
      var currentPlan: Int?
      /// Where the lines of the current format began.
      var begun = 0
      let reading = try sample.read(path, index: index) { chunk, plan, limit in
        // The first chunk decides the format, until a later one shows another.
        if current == nil || plan?.number != currentPlan {
          current?.end(SourceSample.Extent(lineCount: linesBefore - begun))
          begun = linesBefore
          currentPlan = plan?.number
          let guess = plan == nil ? guessedFormat(chunk.bytes, planner) : nil
          let format = plan?.format ?? guess
          let known = inspectors.first {
            $0.format == format && $0.isMixed == (plan?.isMixed == true)
          }
          let inspector =
            try known
            ?? FormatInspector(
              format: format, plan: plan, isGuess: guess != nil, rules: rules)
          if known == nil { inspectors.append(inspector) }
          inspector.begin(source(path, planner))
          current = inspector
        }
        let count = current?.add(chunk, linesBefore: linesBefore, limit: limit) ?? 0
        linesBefore += count
        return count
      }
      var extent = reading.extent
      extent.lineCount -= begun
      current?.end(extent)
      if current == nil && reading.isReadable {
        watcher.report(
          Diagnostic(.note, code: "empty", "holds no lines", at: Place(source: path)))
      }
      if !reading.isReadable { isComplete = false }
    }
    return (inspectors, isComplete)
  }

  /// What lines of JSON seem to mean that no format reads; nil if nobody asked for it to be found out.
  private func guessedFormat(
    _ bytes: borrowing OwnedBuffer<UInt8>, _ planner: SourcePlanner
  ) -> LogFormat? {
    planner.fixed == nil ? MappingGuess.format(of: bytes.span) : nil
  }

  private func source(_ path: String, _ planner: SourcePlanner) -> SourceFindings {
    var findings = SourceFindings(path: path)
    // Sources are read one after another.
    let newest = planner.decisions.newest
    let decision = newest?.path == path ? newest : nil
    findings.scores = (decision?.scores ?? []).map {
      .init(formatName: $0.name, read: Share($0.readCount, of: $0.lineCount))
    }
    if let unit = decision?.unit {
      let words = unit.unit.map { "taken to be in \($0.rawValue)" } ?? "of an unknown unit"
      let hint = unit.unit == nil ? "; say --duration-unit" : ""
      findings.unitNote = "\(unit.field), \(words): \(unit.evidence)\(hint)"
    }
    return findings
  }
}
