import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Importing
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

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(target)
      let run = DeliveryRun(
        stateDirectory: try stateDirectory(of: settings), app: settings.target,
        target: DeliveryTarget(settings), caFile: settings.caFile, retriesRefused: retryRefused,
        giveUpAfterSeconds: giveUpAfter, version: version, watcher: watcher)
      let signals = StopSignals { run.stop() }
      defer { signals.cancel() }
      let (messages, status) = try await run.run(waitingForLock: target.wait)
      write(
        "\(grouped(messages.delivered)) delivered, \(grouped(messages.waiting)) waiting, "
          + "\(grouped(messages.refused)) refused"
          + (messages.uncertain > 0 ? ", \(grouped(messages.uncertain)) uncertain" : "")
          + (messages.damaged > 0 ? ", \(grouped(messages.damaged)) damaged" : "")
          + (messages.dropped > 0 ? ", \(grouped(messages.dropped)) dropped\n" : "\n"),
        to: .standardOutput)
      if status != .done { throw status }
    }
  }
}

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows the sources and their positions, the queue, and the latest runs.",
    usage: "backtally status [<options>]",
    discussion: """
      EXAMPLES
        backtally status
        backtally status --summary json
      """)

  @OptionGroup(title: "State") var target: StateOptions

  @Option(help: "How to show it: text or json.")
  var summary = SummaryStyle.text

  func run() async throws {
    try await reporting(to: TerminalWatcher(progress: .never)) {
      let status = try StateDirectory(path: target.directory()).summary()
      write((summary == .json ? status.json : status.text) + "\n", to: .standardOutput)
    }
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

  func run() async throws {
    try await reporting(to: TerminalWatcher(progress: .never)) {
      let settings = try app.settings()
      let directory = StateDirectory(path: try stateDirectory(of: settings))
      let forgotten = try await directory.forget(
        sources, of: app.app(settings), waitingForLock: wait)
      for path in forgotten {
        write("forgot \(terminalSafe(path))\n", to: .standardOutput)
      }
    }
  }
}

/// Where the state is kept, for commands that send nothing.
struct StateOptions: ParsableArguments, OptionGroupValues {
  @Option(
    help: ArgumentHelp(
      "The configuration; else ./backtally.yaml, else the user's.", valueName: "FILE"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Where the outbox is kept (default: ~/.local/state/backtally).", valueName: "DIR"))
  var stateDir: String?

  func directory() throws -> String { try stateDirectory(of: resolvedSettings(self)) }

  func enter(into values: inout CommandLineValues) {
    values.configPath = config
    values.stateDirectory = stateDir
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
