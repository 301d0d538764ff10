import AccessLogParsing
import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Importing
import Reporting

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Reads access logs and delivers them to Apitally.",
    discussion: """
      Files are read whatever their names: gzip is known by its content. The format is found from \
      the first lines of each file, or named with --format.

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

  @Flag(help: "Send an entry for each request, too. It counts against the account's quota.")
  var requestLogs = false

  @Option(
    help: ArgumentHelp("Send at most so many entries of request logs in this run.", valueName: "N"))
  var requestLogsMax: Int?

  @Option(
    help: ArgumentHelp("The application's version, for its startup message.", valueName: "TEXT"))
  var appVersion: String?

  @Option(
    help: ArgumentHelp("Write the messages to FILE instead of sending them.", valueName: "FILE"))
  var payloads: String?

  @Flag(help: "Do everything but keep and send messages; print the summary.")
  var dryRun = false

  @Flag(help: "Neither ask nor tell the ledger what was imported; for one-off imports.")
  var noLedger = false

  @Option(
    help: ArgumentHelp(
      "What standard input is called in the ledger, which else does not remember it.",
      valueName: "NAME"))
  var source: String?

  @Option(help: ArgumentHelp("Write rejected lines to FILE, verbatim.", valueName: "FILE"))
  var rejects: String?

  @Option(
    help: ArgumentHelp(
      "Fail before anything is sent if more lines than this are rejected.",
      valueName: "PERCENT"))
  var maxRejected = 10.0

  @Option(
    help: ArgumentHelp(
      "Leave the rest to the next run when the hub is out of reach for so long.",
      valueName: "SECONDS"))
  var giveUpAfter = 30

  @Option(
    help: ArgumentHelp(
      "From a pipe, how often what was read is made to count and sent.",
      valueName: "SECONDS"))
  var flushEvery = 60

  @Option(help: "The closing summary: text or json.")
  var summary = SummaryStyle.text

  @Option(help: "Show progress: auto (on a terminal), always or never.")
  var progress = ProgressChoice.auto

  func validate() throws {
    if source != nil && !reading.files.contains("-") {
      throw ValidationError("--source names standard input: it needs - among the files")
    }
    if payloads != nil && dryRun {
      throw ValidationError("--payloads and --dry-run exclude one another")
    }
    if !(0...100).contains(maxRejected) {
      throw ValidationError("--max-rejected is a percentage from 0 to 100")
    }
    if !(1...86_400).contains(flushEvery) {
      throw ValidationError("--flush-every is a number of seconds from 1 to 86400")
    }
    if !(1...86_400).contains(giveUpAfter) {
      throw ValidationError("--give-up-after is a number of seconds from 1 to 86400")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: progress)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(
        target, reading, attribution, counting, ReportingOptions(command: self),
        requiresTarget: !dryRun, needsInputs: true)
      let run = ImportRun(options: options(settings), watcher: watcher)
      let signals = StopSignals { run.stop() }
      defer { signals.cancel() }
      let outcome = await run.run()
      // A run that could not begin has nothing to sum up.
      if let summary = outcome.summary, outcome.exitStatus != .wrongUsage {
        // Messages on standard output must stay the only thing there.
        let file: FileHandle = payloads == "-" ? .standardError : .standardOutput
        write((self.summary == .json ? summary.json : summary.text) + "\n", to: file)
      }
      if outcome.exitStatus != .done { throw outcome.exitStatus }
    }
  }

  private func options(_ settings: Settings) -> ImportOptions {
    var options = ImportOptions(settings: settings, jobs: counting.threadCount, version: version)
    options.waitsForLock = target.wait
    options.usesLedger = !noLedger
    options.inputName = source
    options.rejectsPath = rejects
    options.maxRejectedPercent = maxRejected
    options.giveUpAfterSeconds = giveUpAfter
    options.flushEverySeconds = flushEvery
    if dryRun { options.destination = .nowhere }
    if let payloads { options.destination = .payloads(path: payloads) }
    return options
  }
}

enum SummaryStyle: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

enum ProgressChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never
}

/// What an import sends besides numbers.
private struct ReportingOptions: OptionGroupValues {
  let command: ImportCommand

  func enter(into values: inout CommandLineValues) {
    values.wantsRequestLogs = command.requestLogs
    values.requestLogLimit = command.requestLogsMax
    values.appVersion = command.appVersion
  }
}
