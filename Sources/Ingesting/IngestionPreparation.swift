package import AccessLogParsing
package import Attribution
internal import Configuring
package import Diagnostics
internal import LogReading
package import Tallying

/// The requirements of a reading, checked: every mistake in usage or configuration is found here,
/// before anything is read, stored or sent.
package struct IngestionPreparation {
  package let options: Ingestion.Options
  /// The files to read, and `-` for standard input.
  package var paths: [String] { inputs.paths }
  /// Whether a name or glob of the inputs leads nowhere. It has been reported.
  package var isInputMissing: Bool { !inputs.unmatched.isEmpty }
  package let routes: LoadedRoutes
  package let rules: AttributionRules
  package private(set) var names: RunNames
  package let width: BucketWidth
  /// The keys of the log's own errors, where the configuration names some.
  package var errorMapping: FieldMapping? { planner.fixed?.errorMapping }
  /// The total size of all inputs in bytes, or nil if one is a pipe.
  package var totalSize: Int? { inputs.totalSize }
  let inputs: InputList
  package private(set) var planner: SourcePlanner
  private(set) var rejects: RejectsFile?

  /// - Parameter outputs: files that are to be written, and the options that name them: none of them
  ///   may be an input.
  package init(
    _ options: Ingestion.Options, outputs: [(path: String?, option: String)] = [],
    reportingTo watcher: any RunWatcher
  ) throws(Diagnostic) {
    self.options = options
    inputs = expandedInputs(options.settings, reportingTo: watcher)
    for output in [(options.rejectsPath, "--rejects")] + outputs {
      try refuseInput(output.0, of: output.1, among: inputs.paths)
    }
    try refuseSharedOutputs([(options.rejectsPath, "--rejects")] + outputs)
    routes = try LoadedRoutes(options.settings.routes)
    for warning in routes.warnings { watcher.report(warning) }
    if options.settings.assumesUTC { watcher.report(.assumedUTC) }
    var rules = AttributionRules(options.settings, routes)
    rules.routes.keepsDoubts = options.readsSourcesApart
    self.rules = rules
    names = RunNames(for: rules)
    width = BucketWidth(seconds: options.settings.bucketSeconds)
    planner = SourcePlanner(options)
  }

  /// Reads all inputs. One source must not hold up the others: if too many of its lines are rejected, all
  /// is read once more, without it.
  ///
  /// - Parameters:
  ///   - begin: makes a reading without the sources that are refused, by their paths, and what it reads
  ///     into.
  ///   - read: reads; why that failed, or nil.
  ///   - startOver: drops what was read; false if that cannot be had back.
  /// - Returns: the reading that counts, and why it failed; nil if it did not.
  package func reading<Target>(
    begin: (IngestionPreparation, _ refused: [String: Diagnostic]) -> (Ingestion, Target),
    read: (Ingestion, Target) -> Diagnostic?, startOver: () -> Bool = { true }
  ) -> (Ingestion, Target, fatal: Diagnostic?) {
    var preparation = self
    var refused: [String: Diagnostic] = [:]
    while true {
      let (ingestion, target) = begin(preparation, refused)
      let fatal = read(ingestion, target)
      let blamed = ingestion.blamed
      guard fatal != nil, !blamed.isEmpty, startOver() else { return (ingestion, target, fatal) }
      refused.merge(blamed) { $1 }
      preparation = preparation.anew
    }
  }

  /// The same for another reading, which knows nothing of this one.
  package var anew: IngestionPreparation {
    var preparation = self
    preparation.names = RunNames(for: rules)
    preparation.planner = SourcePlanner(options)
    return preparation
  }

  /// Opens the file for rejected lines, if they are wanted: the last thing that can go wrong, since it
  /// makes a file where there is none.
  package mutating func openRejects() throws(Diagnostic) {
    rejects = try options.rejectsPath.map { path throws(Diagnostic) in
      try RejectsFile(path: path)
    }
  }

  /// Fails if the rules, or what observers capture, can't be used with the format.
  package func check(
    _ makeObserver: () throws -> (any RecordObserver)? = { nil }
  ) throws(Diagnostic) {
    do {
      let worker = try LineWorker(
        rules: rules, names: names, width: width, plausible: options.plausibleTimes,
        measures: [], counter: nil, observer: makeObserver(), rejects: nil)
      guard rules.capturedFields.count <= AttributionRules.fieldLimit else {
        throw LineParser.SetupError.tooManyCapturedFields(limit: AttributionRules.fieldLimit)
      }
      if let format = planner.fixed { try worker.check(format, clock: planner.clock) }
    } catch {
      throw Diagnostic(reading: error)
    }
  }
}

extension SourcePlanner {
  fileprivate convenience init(_ options: Ingestion.Options) {
    let settings = options.settings
    self.init(
      choice: settings.format, durationUnit: settings.durationUnit, clock: settings.clock,
      comparesAll: options.comparesFormats)
  }
}

extension Diagnostic {
  fileprivate static let assumedUTC = Diagnostic(
    .note, code: "assumed-utc", "the day of --since or --until begins at midnight UTC",
    hint: "for another time zone use --timezone, or give the time with its zone")
}
