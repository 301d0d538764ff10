import AccessLogParsing
import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Importing
import Ingesting
import Reporting

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Reads access logs and delivers them to Apitally.",
    discussion: """
      Files can have any name: gzip is recognized by content. The log format is detected from the \
      first lines of each file, or given with --format.

      EXAMPLES
        backtally import --client-id ID --env prod access.log.gz
        backtally import --dry-run --summary json access.log
        zcat access.log.*.gz | backtally import --client-id ID --env prod -
        backtally import --payloads messages.ndjson --consumer remote_user access.log
        backtally import --config backtally.yaml --since 2026-11-01T00:00:00Z
      """)

  @OptionGroup(title: "Target") var target: TargetOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Attribution") var attribution: AttributionOptions
  @OptionGroup(title: "Counting") var counting: CountingOptions
  @OptionGroup(title: "Watching") var watching: WatchingOptions

  @Flag(help: "Also send an entry for each request. Entries count against the account's quota.")
  var requestLogs = false

  @Option(
    help: ArgumentHelp("Send at most N request-log entries in this run.", valueName: "N"))
  var requestLogsMax: Int?

  @Option(
    help: ArgumentHelp(
      "The application's version, reported in its startup message.", valueName: "TEXT"))
  var appVersion: String?

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Write messages to FILE instead of sending them.", valueName: "FILE"),
    completion: .file())
  var payloads: String?

  @Option(
    help: ArgumentHelp(
      "How OTLP messages are written to that file: json (default), protobuf (in base64) or both.",
      valueName: "ENCODING"))
  var payloadsEncoding: PayloadEncoding?

  @Flag(
    name: [.customShort("n"), .long],
    help: "Read and count, but store and send nothing; print the summary.")
  var dryRun = false

  @Flag(help: "Ignore the ledger: import everything and record nothing.")
  var noLedger = false

  @Flag(
    help: """
      Files are finished: count a last line without a newline, which is otherwise left for the next \
      run.
      """)
  var complete = false

  @Option(
    help: ArgumentHelp(
      "A name for standard input; without one the ledger does not track it.",
      valueName: "NAME"))
  var source: String?

  @OptionGroup var rejection: RejectionOptions

  @Option(
    help: ArgumentHelp(
      "Leave the rest for the next run once the hub has been unreachable for this long.",
      valueName: "SECONDS"))
  var giveUpAfter = 30

  @Option(
    help: ArgumentHelp(
      "How often, in seconds, numbers read from a pipe are saved and sent (default: 60, or what "
        + "Apitally asks for by OTLP).",
      valueName: "SECONDS"))
  var flushEvery: Int?

  @Option(help: "The format of the closing summary: text (default) or json.")
  var summary: SummaryStyle?

  @Option(
    help: "Show progress: auto (on a terminal; else a line every minute), always or never.")
  var progress = ProgressChoice.auto

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if source != nil && !reading.files.contains("-") {
      throw ValidationError("--source names standard input: it requires - among the files")
    }
    if complete && (noLedger || dryRun || payloads != nil) {
      throw ValidationError(
        "--complete says nothing without the ledger: then a last line counts in any case")
    }
    if payloadsEncoding != nil && payloads == nil {
      throw ValidationError("--payloads-encoding requires --payloads")
    }
    if payloads != nil && dryRun {
      throw ValidationError("--payloads and --dry-run cannot be used together")
    }
    if watching.metrics.metrics != nil && (dryRun || payloads != nil) {
      throw ValidationError(
        "--metrics tells of the outbox, which --dry-run and --payloads leave alone")
    }
    try watching.metrics.requireFile()
    if let flushEvery, !(1...86_400).contains(flushEvery) {
      throw ValidationError("--flush-every must be a number of seconds from 1 to 86400")
    }
    if !(1...86_400).contains(giveUpAfter) {
      throw ValidationError("--give-up-after must be a number of seconds from 1 to 86400")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(
      progress: progress, verbosity, logFormat: watching.logFormat)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(
        target, reading, attribution, counting, ReportingOptions(command: self),
        requiresTarget: !dryRun, needsInputs: true, tellingOf: watcher)
      if payloadsEncoding != nil && settings.telemetry == nil {
        throw Diagnostic(
          .error, code: "conflicting-values", "--payloads-encoding is for messages of OTLP",
          hint: "choose them with --target otlp", exitStatus: .wrongUsage)
      }
      try refuseInput(watching.metrics.metrics, of: "--metrics", among: settings)
      let metrics = try watching.metrics.open()
      let run = ImportRun(options: options(settings), watcher: watcher)
      let signals = StopSignals { run.stop() }
      defer { signals.cancel() }
      let outcome = await run.run()
      // A run that could not start has nothing to summarize.
      if let summary = outcome.summary, outcome.exitStatus != .wrongUsage {
        show(summary, to: watcher)
      }
      var status = outcome.exitStatus
      if outcome.isRecorded, let directory = settings.stateDirectory {
        metrics?.write(metricsOf: settings.target, in: directory, orReportTo: watcher, &status)
      }
      if status != .done { throw status }
    }
  }

  private func show(_ summary: ImportSummary, to watcher: TerminalWatcher) {
    // When messages go to standard output, nothing else may.
    let file: FileHandle = payloads == "-" ? .standardError : .standardOutput
    switch self.summary {
    case .json: write(summary.json + "\n", to: file)
    case .text: write(summary.text + "\n", to: file)
    case nil:
      // Numbers that are all 0 say nothing beside the error.
      let isEmpty =
        summary.linesRead == 0 && (summary.exitStatus != 0 || summary.sourceCount == 0)
        && summary.messages == ImportSummary.Messages()
      if watching.logFormat == nil && !verbosity.quiet && !isEmpty {
        write(summary.text + "\n", to: file)
      }
    }
    if summary.exitStatus == 0 {
      watcher.conclude(Diagnostic(.note, code: "imported", summary.line))
    }
  }

  private func options(_ settings: Settings) -> ImportOptions {
    var options = ImportOptions(settings: settings, jobs: counting.threads.count, version: version)
    options.waitsForLock = target.wait
    options.usesLedger = !noLedger
    options.inputName = source
    options.isComplete = complete
    options.rejectsPath = rejection.rejects
    options.maxRejectedPercent = rejection.maxRejected
    options.maxUnmatchedPercent = rejection.maxUnmatched
    options.giveUpAfterSeconds = giveUpAfter
    options.flushEverySeconds = flushEvery
    options.explainsSources = verbosity.verbose
    if dryRun { options.destination = .nowhere }
    options.payloadEncoding = payloadsEncoding ?? .json
    if let payloads { options.destination = .payloads(path: payloads) }
    return options
  }
}

enum SummaryStyle: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

extension PayloadEncoding: ExpressibleByArgument {}

enum ProgressChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never
}

/// What an import sends in addition to the numbers.
private struct ReportingOptions: OptionGroupValues {
  let command: ImportCommand

  func enter(into values: inout CommandLineValues) {
    values.wantsRequestLogs = command.requestLogs
    values.requestLogLimit = command.requestLogsMax
    values.appVersion = command.appVersion
  }
}
