internal import AccessLogParsing
internal import Attribution
package import Configuring
package import Diagnostics
package import Ingesting
internal import LogReading
package import Reporting

/// Drafts a list of routes from logs:
///
///     sources → chunks of whole lines → records → paths → routes
package struct RouteDraftRun {
  private let settings: Settings
  /// nil if sources are read to their ends.
  private let limit: SampleLimit?
  private let watcher: any RunWatcher

  package init(settings: Settings, limit: SampleLimit?, watcher: any RunWatcher) {
    self.settings = settings
    self.limit = limit
    self.watcher = watcher
  }

  package struct Outcome: Sendable {
    package var draft: RouteDraft
    package var exitStatus: ExitStatus
  }

  package func run() throws(Diagnostic) -> Outcome {
    let inputs = expandedInputs(settings, reportingTo: watcher)
    let rules = AttributionRules(settings, try LoadedRoutes(settings.routes))
    let planner = SourcePlanner(
      choice: settings.format, durationUnit: settings.durationUnit, clock: settings.clock)
    var status = inputs.unmatched.isEmpty ? ExitStatus.done : .inputUnreadable
    do {
      let collector = try RouteCollector(rules)
      let sample = SourceSample(planner: planner, limit: limit, watcher: watcher)
      defer { watcher.endProgress() }
      for (index, path) in inputs.paths.enumerated() {
        var isUnderstood = false
        let reading = try sample.read(path, index: index) { chunk, plan, limit in
          // A log may begin with something else.
          guard let plan else { return 1 }
          isUnderstood = true
          return try collector.add(chunk, plan, limit: limit)
        }
        if !isUnderstood, reading.extent.lineCount > 0 {
          throw Diagnostic(
            .error, code: "unknown-format", "no known format fits",
            hint: "see `backtally inspect`, and name the format with --format",
            at: Place(source: path), exitStatus: .inputUnreadable)
        }
        if !reading.isReadable { status = .inputUnreadable }
        collector.end(path, reading.extent)
      }
      let draft = collector.draft()
      if draft.entries.isEmpty {
        watcher.report(.noRoutes)
        status = .inputUnreadable
      }
      return Outcome(draft: draft, exitStatus: status)
    } catch let diagnostic as Diagnostic {
      throw diagnostic
    } catch {
      throw Diagnostic(reading: error)
    }
  }
}

extension Diagnostic {
  fileprivate static let noRoutes = Diagnostic(
    .error, code: "no-routes", "no request was found that a route may have answered",
    hint: "see `backtally inspect`", exitStatus: .inputUnreadable)
}
