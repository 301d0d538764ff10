internal import Addressing
internal import Attribution
internal import Clustering
package import Configuring
package import Diagnostics
internal import Foundation
package import Ingesting

/// Reads logs into rows of tallies, for a cluster to merge: `backtally cluster tally`. It knows no state
/// directory and no network.
package struct TallyRun {
  package struct Options: Sendable {
    package var settings: Settings
    package var version: String
    /// Where the rows go; `-` is standard output.
    package var outputPath: String
    /// What the user has said that shapes the numbers, in one spelling.
    package var description: [String]

    package init(
      settings: Settings, version: String, outputPath: String, description: [String]
    ) {
      (self.settings, self.version) = (settings, version)
      (self.outputPath, self.description) = (outputPath, description)
    }
  }

  private let options: Options
  private let watcher: any RunWatcher

  package init(_ options: Options, watcher: any RunWatcher) {
    (self.options, self.watcher) = (options, watcher)
  }

  package func run() throws(Diagnostic) -> ExitStatus {
    try checkUsage()
    let importOptions = self.importOptions
    let preparation = try IngestionPreparation(
      reading(importOptions), outputs: [(options.outputPath, "--output")], reportingTo: watcher)
    let names = try options.settings.consumerNames.map(loadedConsumerNames)
    let plan = HubRecordPlan(importOptions, preparation)
    try preparation.check(plan.makeObserver)
    var output = try RowOutput(path: options.outputPath)
    try output.write(
      TallyHeader(
        backtally: options.version, job: job(preparation), target: target,
        bucket: options.settings.bucketSeconds
      ).line)
    let sources = TallySources(
      readsArchives: options.settings.readsArchives, scope: CountingScope(preparation.rules))
    let sink = TallyRowSink(plan, consumerNames: names, sources: sources, output: output)
    let ingestion = Ingestion(preparation, into: sink, from: sources)
    try ingestion.run()
    let outcome = ingestion.outcome
    try refuseOpenUnits(outcome)
    for source in outcome.sources where !source.isOver {
      try sink.writeUnread(source.path, source.failure?.message ?? "was not read")
    }
    for source in outcome.sources where source.isArchive {
      // What has not come out of it is missing without a name.
      if let failure = source.failure { throw failure }
    }
    try sink.end()
    if sink.incompleteCount > 0 { watcher.report(.incompleteSources(sink.incompleteCount)) }
    return preparation.isInputMissing ? .inputUnreadable : .done
  }

  private var target: String { options.settings.telemetry == nil ? "hub" : "otlp" }

  private var importOptions: ImportOptions {
    var importOptions = ImportOptions(
      settings: options.settings, jobs: 1, version: options.version)
    importOptions.destination = .nowhere
    return importOptions
  }

  private func reading(_ options: ImportOptions) -> Ingestion.Options {
    var reading = options.ingestion
    reading.countsConsumersByDay = false
    reading.readsSourcesApart = true
    reading.checkpointInterval = .max
    reading.checkpointSources = 1
    // Whoever has the books of the whole job judges.
    reading.maxRejectedPercent = 100
    reading.maxUnmatchedPercent = 100
    return reading
  }

  // MARK: What a part must not decide

  private func checkUsage() throws(Diagnostic) {
    let settings = options.settings
    if settings.requestLogs != nil { throw .notOnClusters("request logs") }
    if settings.format == .detect { throw .formatRequired }
    for path in settings.inputs + settings.listedInputs
    where path == "-" && !settings.readsArchives {
      throw .pipeRefused
    }
  }

  /// Units that the first lines of a source have decided: those of another source may decide otherwise.
  private func refuseOpenUnits(_ outcome: IngestionOutcome) throws(Diagnostic) {
    guard options.settings.durationUnit == nil, let field = outcome.openUnits.first else { return }
    throw .unitRequired(field)
  }

  /// The digest of all that shapes the numbers.
  private func job(_ preparation: IngestionPreparation) -> String {
    var lines = [
      "stream \(TallyHeader.version)", "folding \(Self.foldingVersion)", "target \(target)",
      "bucket \(options.settings.bucketSeconds)",
      "since \(options.settings.since.map(String.init) ?? "-")",
      "until \(options.settings.until.map(String.init) ?? "-")",
      "app \(options.settings.target?.text ?? "-")",
      "infers \(preparation.rules.routes.infers)",
    ]
    lines += options.description
    lines += preparation.routes.routes.map { "route \($0.method) \($0.template)" }
    lines += preparation.routes.basePaths.map { "below \($0.path)" }
    let text = lines.map { "\($0.utf8.count):\($0)" }.joined(separator: "\n")
    return hexadecimal(sha256(Array(text.utf8)))
  }

  /// Changes whenever a path may be folded into another template than before.
  private static let foldingVersion = 1
}

extension Diagnostic {
  fileprivate static func notOnClusters(_ what: String) -> Diagnostic {
    Diagnostic(
      .error, code: "not-on-clusters", "\(what) cannot be had on a cluster",
      hint: "import the files that they are wanted of with `backtally import`",
      exitStatus: .wrongUsage)
  }

  fileprivate static let formatRequired = Diagnostic(
    .error, code: "format-required",
    "the format has to be named: what a few lines of one file show may differ from task to task",
    hint: "`backtally inspect` finds it; name it with --format or in the configuration",
    exitStatus: .wrongUsage)

  fileprivate static let pipeRefused = Diagnostic(
    .error, code: "pipe-refused", "standard input has no name to be known by",
    hint: "name files, or add --archive tar and pipe in an archive", exitStatus: .wrongUsage)

  fileprivate static func unitRequired(_ field: String) -> Diagnostic {
    Diagnostic(
      .error, code: "unit-required",
      "the unit of '\(field)' has to be named: it was found by the lines of a file, and other files may "
        + "show another",
      hint: "name it with --duration-unit, or in the configuration", exitStatus: .wrongUsage)
  }

  fileprivate static func incompleteSources(_ count: Int) -> Diagnostic {
    Diagnostic(
      .warning, code: "incomplete-sources",
      "\(counted(count, "source")) could not be read to \(count == 1 ? "its" : "their") end, and "
        + "\(count == 1 ? "is" : "are") written without numbers",
      hint: "`backtally cluster admit` lists them")
  }
}
