import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Importing
import Ingesting
import Reporting

struct DeliverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver",
    abstract: "Sends the messages that are still in the outbox.",
    usage: "backtally deliver [<options>]",
    discussion: """
      Every import starts by doing this. Use it between imports: when the hub is back after an \
      outage, or when a client ID has been corrected.

      EXAMPLES
        backtally deliver
        backtally deliver --client-id ID --env prod --retry-refused
      """)

  @OptionGroup(title: "Target") var target: TargetOptions

  @Flag(
    help: """
      Also resend messages that the hub refused, and those that it may have taken long ago, which \
      are then perhaps counted twice.
      """)
  var retryRefused = false

  @Option(
    help: ArgumentHelp(
      "Leave the rest in the outbox once the hub has been unreachable for this long.",
      valueName: "SECONDS"))
  var giveUpAfter = 30

  @Option(
    help: "Show progress: auto (on a terminal; else a line every minute), always or never.")
  var progress = ProgressChoice.auto

  @OptionGroup(title: "Watching") var watching: WatchingOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws { try watching.metrics.requireFile() }

  func run() async throws {
    let watcher = TerminalWatcher(
      progress: progress, verbosity, logFormat: watching.logFormat)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(target, tellingOf: watcher)
      let directory = try stateDirectory(of: settings)
      let metrics = try watching.metrics.open()
      let run = DeliveryRun(
        stateDirectory: directory, app: settings.target,
        target: DeliveryTarget(settings), caFile: settings.caFile, retriesRefused: retryRefused,
        giveUpAfterSeconds: giveUpAfter, version: version, watcher: watcher)
      let signals = StopSignals { run.stop() }
      defer { signals.cancel() }
      var (messages, status) = try await run.run(waitingForLock: target.wait)
      if watching.logFormat == nil && !verbosity.quiet {
        write(text(of: messages) + "\n", to: .standardOutput)
      }
      if status == .done {
        watcher.conclude(Diagnostic(.note, code: "delivered", text(of: messages)))
      }
      metrics?.write(metricsOf: settings.target, in: directory, orReportTo: watcher, &status)
      if status != .done { throw status }
    }
  }

  private func text(of messages: ImportSummary.Messages) -> String {
    "\(grouped(messages.delivered)) delivered, \(grouped(messages.waiting)) waiting, "
      + "\(grouped(messages.refused)) refused"
      + (messages.uncertain > 0 ? ", \(grouped(messages.uncertain)) uncertain" : "")
      + (messages.damaged > 0 ? ", \(grouped(messages.damaged)) damaged" : "")
      + (messages.dropped > 0 ? ", \(grouped(messages.dropped)) dropped" : "")
  }
}

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows the sources and their positions, the queue, and the latest runs.",
    usage: "backtally status [<options>]",
    discussion: """
      Unless an app is named, by options, environment or configuration, it is about all apps.

      With --check it prints one line, and exits with 0 if the last import of each app ended well, or \
      has been sent since, and ended lately; otherwise with 1. It is made for monitoring plugins.

      EXAMPLES
        backtally status
        backtally status --summary json
        backtally status --check --max-age 26h --max-waiting 0
        backtally status --metrics /var/lib/prometheus/node-exporter/backtally.prom
      """)

  @OptionGroup(title: "State") var app: AppOptions

  @Flag(help: "Show all sources, and not only the last imported ones.")
  var all = false

  @Flag(help: "Say in one line whether imports run as they should; exit with 1 if not.")
  var check = false

  @Option(
    help: ArgumentHelp(
      "With --check: how long ago the last import may have ended (default: 26h).",
      valueName: "TIME"))
  var maxAge: String?

  @Option(
    help: ArgumentHelp(
      "With --check: how many messages of an app may wait (default: any number).", valueName: "N"))
  var maxWaiting: Int?

  @OptionGroup var metrics: MetricsOptions

  @Option(help: "How to show it: text (default) or json.")
  var summary: SummaryStyle?

  @OptionGroup var verbosity: VerbosityOptions

  /// A night's import, and two hours for it to be late.
  private static let defaultMaxAge: Int64 = 26 * 3_600

  func validate() throws {
    if !check && (maxAge != nil || maxWaiting != nil) {
      throw ValidationError("--max-age and --max-waiting require --check")
    }
    if check && (summary != nil || all) {
      throw ValidationError("--check prints one line, and takes neither --summary nor --all")
    }
    if metrics.metrics == "-" && (check || summary != nil) {
      throw ValidationError("--metrics - takes standard output for itself")
    }
    if all && summary == .json {
      throw ValidationError("--summary json has all sources anyway")
    }
    if let maxWaiting, maxWaiting < 0 {
      throw ValidationError("--max-waiting must be a number from 0")
    }
    _ = try maxAgeSeconds()
  }

  private func maxAgeSeconds() throws -> Int64 {
    guard let maxAge else { return Self.defaultMaxAge }
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
    guard let unit = maxAge.last.flatMap({ units[$0] }), let count = Int64(maxAge.dropLast()),
      (1...1_000_000).contains(count)
    else { throw ValidationError("--max-age takes a time such as 90m, 26h or 2d") }
    return count * unit
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let settings = try app.settings(tellingOf: watcher)
      let directory = StateDirectory(path: try stateDirectory(of: settings))
      if check, try !directory.hasOutbox() {
        write("failed: \(Self.nothingYet(directory))\n", to: .standardOutput)
        throw ExitStatus.unexpectedFault
      }
      let status = try directory.summary(of: app.app(settings))
      try writeMetrics(of: status)
      if check {
        let judge = StatusCheck(
          now: Int64(Date().timeIntervalSince1970 * 1e9), maxAge: try maxAgeSeconds(),
          maxWaiting: maxWaiting)
        let verdict = judge.verdict(on: status)
        write(verdict.text + "\n", to: .standardOutput)
        if !verdict.isGood { throw ExitStatus.unexpectedFault }
      } else if summary == .json {
        write(status.json + "\n", to: .standardOutput)
      } else if summary == .text || metrics.metrics == nil {
        write(status.text(showingAll: all) + "\n", to: .standardOutput)
      }
    }
  }

  private static func nothingYet(_ directory: StateDirectory) -> String {
    "no import is recorded in \(terminalSafe(directory.fullPath))"
  }

  private func writeMetrics(of status: StatusSummary) throws {
    let text = StatusMetrics(status).text
    if metrics.metrics == "-" { return write(text, to: .standardOutput) }
    try metrics.open()?.replace(with: Array(text.utf8))
  }
}

struct ForgetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Removes sources from the ledger.",
    usage: "backtally forget [<options>] <SOURCE> ...",
    discussion: """
      A source that has been forgotten is counted again if it is imported again. The hub keeps what \
      it already has. A path has to lead to one source; where several apps have imported the same \
      file, name the app or give the number.

      EXAMPLES
        backtally forget 3
        backtally forget /var/log/nginx/access.log.1
      """)

  @OptionGroup(title: "State") var app: AppOptions

  @Flag(help: "Wait while another run uses the state directory, instead of failing.")
  var wait = false

  @Argument(
    help: ArgumentHelp(
      "Sources by number or path, as `backtally status` shows them.",
      valueName: "SOURCE"))
  var sources: [String]

  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let settings = try app.settings(tellingOf: watcher)
      let directory = StateDirectory(path: try stateDirectory(of: settings))
      let forgotten = try await directory.forget(
        sources, of: app.app(settings), waitingForLock: wait)
      for path in forgotten {
        write("forgot \(terminalSafe(path))\n", to: .standardOutput)
      }
    }
  }
}

func stateDirectory(of settings: Settings) throws -> String {
  guard let directory = settings.stateDirectory else {
    throw Diagnostic(
      .error, code: "no-state-directory", "there is no home directory to keep the outbox in",
      hint: "name a folder with --state-dir", exitStatus: .wrongUsage)
  }
  return directory
}

/// Runs `body`; what it throws is shown to the user and becomes the exit status.
func reporting(to watcher: TerminalWatcher, _ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let problems as Problems {
    for diagnostic in problems.diagnostics { watcher.report(diagnostic) }
    throw ExitStatus.wrongUsage
  } catch let diagnostic as Diagnostic {
    watcher.report(diagnostic)
    throw diagnostic.exitStatus
  }
}
