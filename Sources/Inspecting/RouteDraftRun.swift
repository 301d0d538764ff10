internal import Attribution
package import Configuring
package import Diagnostics
package import Ingesting
internal import Reporting

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
    /// The list as it is written.
    package var yaml: String
    package var exitStatus: ExitStatus
  }

  package func run() throws(Diagnostic) -> Outcome {
    let preparation = try IngestionPreparation(
      Ingestion.Options(settings: settings, jobs: 1), reportingTo: watcher)
    var status = preparation.isInputMissing ? ExitStatus.inputUnreadable : .done
    do {
      let collector = try RouteCollector(preparation.rules)
      let sample = SourceSample(
        planner: preparation.planner, limit: limit, readsArchives: settings.readsArchives,
        watcher: watcher)
      defer { watcher.endProgress() }
      for (index, path) in preparation.paths.enumerated() {
        var isUnderstood = false
        try sample.read(path, index: index) { _ in
          isUnderstood = false
        } _: { chunk, plan, limit in
          // A log may begin with something else.
          guard let plan else { return 1 }
          isUnderstood = true
          return try collector.add(chunk, plan, limit: limit)
        } end: { path, reading in
          if !isUnderstood, reading.extent.lineCount > 0 {
            throw Diagnostic(
              .error, code: "unknown-format", "no known format fits",
              hint: "run `backtally inspect`, and name the format with --format",
              at: Place(source: path), exitStatus: .inputUnreadable)
          }
          if !reading.isReadable { status = .inputUnreadable }
          collector.end(path, reading.extent)
        }
      }
      let draft = collector.draft()
      if draft.entries.isEmpty {
        watcher.report(.noRoutes)
        status = .inputUnreadable
      }
      return Outcome(yaml: try soundYAML(of: draft), exitStatus: status)
    } catch let diagnostic as Diagnostic {
      throw diagnostic
    } catch {
      throw Diagnostic(reading: error)
    }
  }
}

/// The text of a draft, once it has been read back: it must hold the routes that were meant and no
/// others, whatever clients have put into paths and methods.
func soundYAML(of draft: RouteDraft) throws(Diagnostic) -> String {
  let text = draft.yaml
  var meant: [KnownRoute] = []
  var seen: Set<KnownRoute> = []
  for entry in draft.entries {
    for method in entry.methods {
      let route = KnownRoute(method: method, template: entry.template)
      if seen.insert(route).inserted { meant.append(route) }
    }
  }
  let found: [KnownRoute]?
  do throws(RouteListError) {
    found = try RouteList(bytes: Array(text.utf8), source: "").routes
  } catch {
    found = error.problems.map(\.reason) == [.noRoutes] ? [] : nil
  }
  guard found == meant else { throw .unsoundDraft }
  return text
}

extension Diagnostic {
  static let unsoundDraft = Diagnostic(
    .error, code: "unsound-draft",
    "what was drafted does not read back as what was meant, so nothing was written",
    hint: "please report this, with the names and lines that the draft would have shown")

  fileprivate static let noRoutes = Diagnostic(
    .error, code: "no-routes", "no request was found that could belong to a route",
    hint: "see `backtally inspect`", exitStatus: .inputUnreadable)
}
