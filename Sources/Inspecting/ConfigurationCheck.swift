internal import AccessLogParsing
internal import Addressing
internal import Attribution
package import Configuring
package import Diagnostics
package import Ingesting

/// Shows what a configuration means, after everything that can be wrong with it was tried: the files that it
/// names are read, patterns are compiled, and the fields of a named format are looked up. Logs are not read.
package struct ConfigurationCheck {
  private let settings: Settings
  private let path: String
  private let watcher: any RunWatcher

  /// - Parameters:
  ///   - settings: what the file says, merged with the environment.
  ///   - path: of the file, as it is shown.
  package init(_ settings: Settings, path: String, watcher: any RunWatcher) {
    self.settings = settings
    self.path = path
    self.watcher = watcher
  }

  /// What the configuration means, a setting a line.
  ///
  /// - Throws: the first mistake in a file that it names. Inputs that lead nowhere are only warned of: logs
  ///   come and go.
  package func run() throws(Diagnostic) -> String {
    let preparation = try IngestionPreparation(
      Ingestion.Options(settings: settings, jobs: 1), reportingTo: InputWarnings(watcher))
    try preparation.check()
    let names = try settings.consumerNames.map(loadedConsumerNames)
    var rows = [("client_id", settings.target.map { written($0.clientID) } ?? "not given")]
    rows.append(("env", settings.target.map { written($0.environment) } ?? "not given"))
    rows.append(("hub_url", written(settings.hubURL)))
    rows.append(("state_dir", settings.stateDirectory.map(written) ?? "none"))
    rows.append(("inputs", inputs(preparation.paths.count)))
    rows.append(("format", format))
    if let unit = settings.durationUnit { rows.append(("duration_unit", unit.rawValue)) }
    rows.append(("bucket", counted(settings.bucketSeconds, "second")))
    rows.append(("consumers", consumers))
    if let path = settings.consumerNames, let names {
      rows.append(
        ("consumer_names", "\(written(path)), \(counted(names.entries.count, "consumer"))"))
    }
    if !settings.filters.isEmpty {
      rows.append(("filters", settings.filters.map { written($0.name) }.joined(separator: ", ")))
    }
    rows.append(("routes", routes(preparation.routes.routes.count)))
    let width = (rows.map(\.0.count).max() ?? 0) + 2
    return "\(terminalSafe(path)): no mistakes\n"
      + rows.map { name, value in
        "  " + name + String(repeating: " ", count: width - name.count) + terminalSafe(value) + "\n"
      }.joined()
  }

  /// What stands in the file, if variables of the environment stand in it: they may be secrets.
  private func written(_ value: String) -> String {
    if let text = settings.written[value] { return text }
    // Some values are put into one spelling.
    return settings.written.first { key, _ in key.lowercased() == value || key == value + "/" }?
      .value
      ?? value
  }

  private func inputs(_ count: Int) -> String {
    if settings.inputs.isEmpty { return "none: to be named on the command line" }
    return settings.inputs.map(written).joined(separator: ", ") + " (\(counted(count, "file")))"
  }

  private var format: String {
    let zone = settings.clock.map { _ in "; timestamps without a zone are in the one given" } ?? ""
    switch settings.format {
    case .detect: return "found out from the lines" + zone
    case .named(let name): return name + zone
    case .format(let format): return format.displayName + zone
    case .json(nil, _): return "json" + zone
    case .json(.some, _): return "json, with its keys as given" + zone
    }
  }

  private var consumers: String {
    if settings.consumers.isEmpty { return "none: requests are counted without a consumer" }
    return settings.consumers.map { rule in
      let facts = [rule.pattern.map { _ in "a part of it" }, rule.digest.map { $0.rawValue }]
        .compactMap(\.self)
      return written(rule.field) + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }.joined(separator: ", else ")
  }

  private func routes(_ count: Int) -> String {
    let source =
      switch settings.routes {
      case .none: "none: paths are folded into templates"
      case .list: counted(count, "route")
      case .file(let path), .openAPI(let path): "\(written(path)), \(counted(count, "route"))"
      }
    guard settings.routes != .none else { return source }
    return source
      + (settings.unmatched == .drop
        ? "; other requests are not counted" : "; other requests are counted by folded paths")
  }
}

/// Passes on what is reported, with inputs that lead nowhere as warnings.
private final class InputWarnings: RunWatcher {
  private let watcher: any RunWatcher

  init(_ watcher: any RunWatcher) { self.watcher = watcher }

  func report(_ diagnostic: Diagnostic) {
    var diagnostic = diagnostic
    if diagnostic.code == "no-such-file" { diagnostic.severity = .warning }
    watcher.report(diagnostic)
  }
  func show(_ progress: ReadingProgress) {}
  func endProgress() {}
}
