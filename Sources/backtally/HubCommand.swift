import ArgumentParser
import Diagnostics
import Foundation
import HubServing
import Ingesting

/// A group of its own, since the library gives an option that a command and its subcommand have to the command
/// alone, but a group to both.
struct HubStorageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The hub's database: messages are in FILE (default: in memory, until the hub stops).",
      valueName: "FILE"),
    completion: .file())
  var database: String?
}

struct HubCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub",
    abstract: "Runs a local hub that accepts, validates and stores messages.",
    usage: "backtally hub [<options>]\nbacktally hub alerts --test <FILE> [<options>]",
    discussion: """
      For trying out imports, or the live middleware (set APITALLY_HUB_BASE_URL), without an \
      account. The hub accepts version 2 messages, validates them strictly, drops duplicates, and \
      shows what has arrived at its address and under /v2/CLIENT_ID/ENV/totals. The first line of \
      standard output gives the address it listens on.

      EXAMPLES
        backtally hub --port 8000
        backtally hub --port 8000 --database hub.sqlite --client-id ID
        backtally hub --port 8000 --database hub.sqlite --alerts alerts.yaml
      """,
    subcommands: [HubAlertsCommand.self])

  /// What `--faults` injects: about one message in four is affected.
  private static let randomFaults = [
    HubFaults.Rule(.answered(status: 500), probability: 0.08),
    HubFaults.Rule(.answered(status: 503), probability: 0.03),
    HubFaults.Rule(.answered(status: 429, retryAfter: .seconds(1)), probability: 0.01),
    HubFaults.Rule(
      .answered(status: 429, retryAfter: .date(secondsFromNow: 1)), probability: 0.01),
    HubFaults.Rule(.delayed(.milliseconds(200)), probability: 0.03),
    // Longer than one of our attempts may take, although the message has been accepted.
    HubFaults.Rule(.delayed(.seconds(12)), probability: 0.001),
    HubFaults.Rule(.closedBeforeStoring, probability: 0.05),
    HubFaults.Rule(.closedAfterStoring, probability: 0.05),
  ]

  @Option(help: "The address to listen on. Beyond this machine's own, --token-file is required.")
  var host = "127.0.0.1"

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Also answer requests for this name of the hub; may be repeated.", valueName: "NAME"))
  var allowHost: [String] = []

  @Option(
    help: ArgumentHelp(
      "Answer only who shows the token in FILE, as a Bearer token or as the first part of the path.",
      valueName: "FILE"), completion: .file())
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "Let programs read what has arrived (Apitally's API) only with the key in FILE (default: with "
        + "any key).", valueName: "FILE"))
  var apiKeyFile: String?

  @Option(help: "The port; 0 picks a free one.")
  var port = 8000

  @OptionGroup var storage: HubStorageOptions

  @Option(
    help: ArgumentHelp(
      "Remove what is older than this (default: keep all).", valueName: "DAYS"))
  var keepDays: Int?

  @Option(
    help: ArgumentHelp(
      "Raise alerts by the rules (YAML) in FILE; docs/ALERTS.md has their keys.",
      valueName: "FILE"), completion: .file(extensions: ["yaml", "yml"]))
  var alerts: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Accept messages for this client ID only; may be repeated.", valueName: "UUID"))
  var clientId: [String] = []

  @Option(
    help: ArgumentHelp(
      "Inject random faults, to test how clients cope: errors, delays, broken connections.",
      valueName: "SEED"))
  var faults: UInt64?

  @Option(
    help: ArgumentHelp(
      "Answer request logs with 402 and ask for a pause this long, as if the quota were used up.",
      valueName: "SECONDS"))
  var suspendLogs: Int?

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if let suspendLogs, !(0...86_400).contains(suspendLogs) {
      throw ValidationError("--suspend-logs must be a number of seconds from 0 to 86400")
    }
    if let keepDays, !(1...36_500).contains(keepDays) {
      throw ValidationError("--keep-days must be a number of days from 1 to 36500")
    }
    if !(0...65_535).contains(port) {
      throw ValidationError("--port must be a number from 0 to 65535")
    }
  }

  /// Whether there are options that only a hub that runs has a use for.
  var isConfigured: Bool {
    host != "127.0.0.1" || port != 8000 || faults != nil || suspendLogs != nil || keepDays != nil
      || tokenFile != nil || apiKeyFile != nil || alerts != nil
      || !allowHost.isEmpty || !clientId.isEmpty
  }

  private var hubFaults: HubFaults? {
    if faults == nil && suspendLogs == nil { return nil }
    var rules = faults == nil ? [] : Self.randomFaults
    if let suspendLogs {
      for index in rules.indices { rules[index].endpoints.remove(.log) }
      rules.append(
        HubFaults.Rule(
          .answered(status: 402, retryAfter: .seconds(suspendLogs)), probability: 1,
          endpoints: [.log]))
    }
    return HubFaults(rules: rules, seed: faults ?? 0)
  }

  private func token(in path: String) throws -> Redacted<String> {
    do throws(Diagnostic) {
      let text = String(decoding: try readFile(path, limit: 4_096), as: UTF8.self)
      return Redacted(text.trimmingCharacters(in: .whitespacesAndNewlines))
    } catch {
      write(error.rendered + "\n", to: .standardError)
      throw error.exitStatus
    }
  }

  func run() async throws {
    var options = LocalHub.Options()
    options.host = host
    options.port = port
    options.database = storage.database
    options.keptDays = keepDays
    options.allowedClientIDs = clientId
    options.allowedHosts = allowHost
    options.stopsOnSignals = true
    options.faults = hubFaults
    if verbosity.quiet { options.loudness = .errors }
    if verbosity.verbose { options.loudness = .everything }
    if let tokenFile {
      options.token = try token(in: tokenFile)
    }
    if let apiKeyFile { options.readingKey = try token(in: apiKeyFile) }
    if let alerts {
      let file = AlertFile(alerts) { try alertRulesOrReason(in: alerts) }
      options.changedAlertRules = { try file.changedRules() }
      try await reporting(to: TerminalWatcher(progress: .never, verbosity)) {
        options.alertRules = try alertRules(in: alerts)
      }
    }
    do throws(LocalHubError) {
      let hub = try LocalHub(options: options)
      let host = host
      try await hub.run { port in
        let name = host.contains(":") ? "[\(host)]" : host
        write("listening on http://\(name):\(port)\n", to: .standardOutput)
      }
    } catch {
      write(error.diagnostic.rendered + "\n", to: .standardError)
      throw error.diagnostic.exitStatus
    }
  }
}
