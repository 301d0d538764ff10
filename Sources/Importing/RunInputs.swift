internal import Attribution
internal import Configuring
internal import Diagnostics
internal import LogReading

// What all runs that read logs begin with.

/// The files to read; what is wrong with their names is told to `watcher`.
func expandedInputs(_ names: [String], tellingOf watcher: any ImportWatcher) -> InputList {
  let inputs = InputList(expanding: names)
  for path in inputs.repeated {
    watcher.report(
      Diagnostic(
        .note, code: "same-file", "is read once only: the list has the same file already",
        at: Place(source: path)))
  }
  for name in inputs.unmatched {
    watcher.report(
      Diagnostic(
        .error, code: "no-such-file", "no such file",
        hint: "check the path; a glob has to match something", at: Place(source: name),
        exitStatus: .inputUnreadable))
  }
  return inputs
}

extension AttributionRules {
  /// What the settings say, with the routes that were loaded for them.
  init(_ settings: Settings, _ loaded: LoadedRoutes) {
    var routes = RouteRules(known: loaded.routes, unmatched: settings.unmatched)
    routes.basePaths = loaded.basePaths
    self.init(routes: routes)
    consumers = settings.consumers
    filters = settings.filters
    since = settings.since
    until = settings.until
  }
}

extension RunNames {
  /// With room for the routes that are known and those that may be found.
  init(for rules: AttributionRules) {
    self.init(
      routeLimit: rules.routes.known.count
        + (rules.routes.infers ? RouteRules.inferredLimit : 0) + 1)
  }
}
