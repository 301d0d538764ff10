internal import AccessLogParsing
internal import Addressing
internal import Attribution
internal import Configuring
internal import Diagnostics
internal import Tallying
internal import Messaging

/// How a run reads, checked: everything about it that usage can get wrong, before anything is opened
/// that remembers the run or sends.
struct ReadingSetup {
  let options: ImportOptions
  let rules: AttributionRules
  let names: RunNames
  let app: App
  let width: BucketWidth
  let planner: SourcePlanner
  let detailPlan: DetailPlan
  /// nil unless rejected lines are wanted.
  let rejects: RejectsFile?

  /// - Throws: if the rules cannot be used with the format, or rejected lines cannot be written.
  init(
    _ options: ImportOptions, rules: AttributionRules, names: RunNames, app: App
  ) throws(Diagnostic) {
    self.options = options
    self.rules = rules
    self.names = names
    self.app = app
    width = BucketWidth(seconds: options.settings.bucketSeconds)
    planner = SourcePlanner(
      choice: options.settings.format, durationUnit: options.settings.durationUnit,
      clock: options.settings.clock)
    detailPlan = DetailPlan(
      rules: rules, names: names, app: app, width: width,
      requestLogs: options.settings.requestLogs,
      budget: RequestLogBuilder.Budget(limit: options.settings.requestLogs?.limit),
      compressesLogs: options.destination == .hub, errors: planner.fixed?.errorMapping)
    try Self.check(rules, planner, detailPlan)
    rejects = try options.rejectsPath.map { path throws(Diagnostic) in
      guard let file = try? RejectsFile(path: path) else {
        throw Diagnostic(
          .error, code: "cannot-write", "the file for rejected lines cannot be written",
          hint: "name a file in a folder that exists and may be written",
          at: Place(source: path), exitStatus: .wrongUsage)
      }
      return file
    }
  }

  /// Fails if the rules cannot be used with the format.
  private static func check(
    _ rules: AttributionRules, _ planner: SourcePlanner, _ detailPlan: DetailPlan
  ) throws(Diagnostic) {
    do {
      _ = try LineWorker(detailPlan, rejects: nil)
      guard rules.capturedFields.count <= AttributionRules.fieldLimit else {
        throw LineParser.SetupError.tooManyCapturedFields(limit: AttributionRules.fieldLimit)
      }
      if let format = planner.fixed {
        _ = try LineParser(
          format: format,
          capturing: rules.capturedFields + RecordDetails.capturedFields(format, detailPlan),
          clock: planner.clock)
      }
    } catch {
      throw Diagnostic.forUser(error)
    }
  }
}
