import Addressing
import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Importing
import Reporting

struct OutboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outbox",
    abstract: "Lists or drops messages that have not been delivered.",
    discussion: """
      The outbox keeps every message until the hub has accepted it. Messages wait while the hub is \
      out of reach. Messages that the hub has refused are kept with its reason, and are sent again \
      only by `backtally deliver --retry-refused`. So are uncertain ones: the hub may have taken them \
      without an answer, and would count them twice, because it remembers for an hour what it has.

      EXAMPLES
        backtally outbox list
        backtally outbox drop --waiting
      """,
    subcommands: [OutboxListCommand.self, OutboxDropCommand.self])
}

struct OutboxListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists waiting, refused and uncertain messages.",
    usage: "backtally outbox list [<options>]",
    discussion: """
      Each message is shown with its number, its kind, its size, when it was queued, how many \
      attempts to send it have failed, and the last error or the hub's reason. Unless an app is \
      named, by options, environment or configuration, the messages of all apps are listed.

      EXAMPLES
        backtally outbox list
        backtally outbox list --limit 1000 --summary json
      """)

  @OptionGroup(title: "State") var app: AppOptions

  @Option(
    help: ArgumentHelp(
      "List at most this many messages of each app that wait, and as many that were refused.",
      valueName: "N"))
  var limit = 20

  @Option(help: "How to show it: text or json.")
  var summary = SummaryStyle.text

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if !(1...1_000_000).contains(limit) {
      throw ValidationError("--limit is a number from 1 to 1000000")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let settings = try app.settings(tellingOf: watcher)
      let listing = try StateDirectory(path: stateDirectory(of: settings))
        .messages(of: app.app(settings), limit: limit)
      write((summary == .json ? listing.json : listing.text) + "\n", to: .standardOutput)
    }
  }
}

struct OutboxDropCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop",
    abstract: "Removes messages from the outbox without sending them.",
    usage: "backtally outbox drop [<options>] [<NUMBER> ...]",
    discussion: """
      For messages that no hub will ever accept, such as those of an import with a wrong client ID. \
      Say which: --waiting, --refused, --uncertain, or the numbers that `backtally outbox list` shows.

      What the messages hold is lost: the ledger still has their logs as imported. To count a log \
      again, make the ledger forget it (`backtally forget`) and import it again. The next import \
      sends the app's startup message and its consumers' names again.

      EXAMPLES
        backtally outbox drop --waiting
        backtally outbox drop --client-id ID --env prod --waiting --refused
        backtally outbox drop 17 18
      """)

  @OptionGroup(title: "State") var app: AppOptions

  @Flag(help: "Drop waiting messages.")
  var waiting = false

  @Flag(help: "Drop refused messages.")
  var refused = false

  @Flag(help: "Drop messages that the hub may have taken, and that are not sent again.")
  var uncertain = false

  @Flag(help: "Wait while another run uses the state directory, instead of failing.")
  var wait = false

  @Argument(
    help: ArgumentHelp(
      "Messages by number, as `backtally outbox list` shows them.", valueName: "NUMBER"))
  var numbers: [Int64] = []

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if numbers.isEmpty && !waiting && !refused && !uncertain {
      throw ValidationError(
        "say what to drop: --waiting, --refused, --uncertain, or numbers of messages")
    }
    if !numbers.isEmpty && (waiting || refused || uncertain) {
      throw ValidationError("numbers cannot be combined with --waiting, --refused or --uncertain")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let settings = try app.settings(tellingOf: watcher)
      let dropping: StateDirectory.Dropping =
        numbers.isEmpty
        ? .all(waiting: waiting, refused: refused, uncertain: uncertain) : .numbers(numbers)
      let dropped = try await StateDirectory(path: stateDirectory(of: settings))
        .drop(dropping, of: app.app(settings), waitingForLock: wait)
      let text =
        dropped.map { "dropped \(counted($0.count, "message")) of \(terminalSafe($0.app))" }
        ?? "the outbox is empty"
      write(text + "\n", to: .standardOutput)
    }
  }
}

/// Whose messages, and where they are kept, for commands that send nothing.
struct AppOptions: ParsableArguments, OptionGroupValues {
  @OptionGroup var client: ClientOption
  @OptionGroup var environment: EnvironmentOption

  @Option(
    help: ArgumentHelp("Only what is for this hub (default: for any hub).", valueName: "URL"))
  var hubUrl: String?

  @OptionGroup var state: StateOptions

  /// Whose messages; on any hub unless one is named here.
  func app(_ settings: Settings) -> App? {
    var app = settings.target
    if hubUrl == nil { app?.hub = "" }
    return app
  }

  /// - Throws: if only one half of an app was named.
  func settings(tellingOf watcher: TerminalWatcher) throws -> Settings {
    try resolvedSettings(
      self, requiresTarget: client.clientId != nil || environment.environment != nil,
      tellingOf: watcher)
  }

  func enter(into values: inout CommandLineValues) {
    state.enter(into: &values)
    client.enter(into: &values)
    environment.enter(into: &values)
    values.hubURL = hubUrl
  }
}
