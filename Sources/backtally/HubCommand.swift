import ArgumentParser
import Diagnostics
import Foundation
import HubServing

struct HubCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub",
    abstract: "Runs a hub on this machine that takes, checks and keeps messages.",
    discussion: """
      For trying imports, and the live middleware too (APITALLY_HUB_BASE_URL), without an \
      account. It takes the messages of the hub's version 2, checks them strictly, drops what it \
      has already, and shows what arrived at its address and under \
      /v2/CLIENT_ID/ENV/totals. The first line on standard output says where it listens.

      EXAMPLES
        backtally hub --port 8000
        backtally hub --port 8000 --database hub.sqlite --client-id ID
      """)

  /// What `--faults` makes: about every fourth message meets with some of it.
  private static let trouble = [
    HubFaults.Rule(.answered(status: 500), probability: 0.08),
    HubFaults.Rule(.answered(status: 503), probability: 0.03),
    HubFaults.Rule(.answered(status: 429, retryAfter: .seconds(1)), probability: 0.01),
    HubFaults.Rule(
      .answered(status: 429, retryAfter: .date(secondsFromNow: 1)), probability: 0.01),
    HubFaults.Rule(.delayed(.milliseconds(200)), probability: 0.03),
    // Longer than an attempt of ours is allowed to take: the message was taken all the same.
    HubFaults.Rule(.delayed(.seconds(12)), probability: 0.001),
    HubFaults.Rule(.closedBeforeStoring, probability: 0.05),
    HubFaults.Rule(.closedAfterStoring, probability: 0.05),
  ]

  @Option(help: "The address to listen on. Beyond loopback anybody there may write.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 is any that is free.")
  var port = 8000

  @Option(help: ArgumentHelp("Keep messages in FILE (default: until it ends).", valueName: "FILE"))
  var database: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Take messages for this client ID only; may be repeated.", valueName: "UUID"))
  var clientId: [String] = []

  @Option(
    help: ArgumentHelp(
      "Make trouble at random, to see how senders bear it: errors, delays, broken connections.",
      valueName: "SEED"))
  var faults: UInt64?

  @Option(
    help: ArgumentHelp(
      "Answer request logs with 402 and ask for so long a pause, as for a used-up quota.",
      valueName: "SECONDS"))
  var suspendLogs: Int?

  func validate() throws {
    if let suspendLogs, !(0...86_400).contains(suspendLogs) {
      throw ValidationError("--suspend-logs is a number of seconds from 0 to 86400")
    }
    if !(0...65_535).contains(port) { throw ValidationError("--port is a number from 0 to 65535") }
  }

  private var hubFaults: HubFaults? {
    if faults == nil && suspendLogs == nil { return nil }
    var rules = faults == nil ? [] : Self.trouble
    if let suspendLogs {
      for index in rules.indices { rules[index].endpoints.remove(.log) }
      rules.append(
        HubFaults.Rule(
          .answered(status: 402, retryAfter: .seconds(suspendLogs)), probability: 1,
          endpoints: [.log]))
    }
    return HubFaults(rules: rules, seed: faults ?? 0)
  }

  func run() async throws {
    var options = LocalHub.Options()
    options.host = host
    options.port = port
    options.database = database
    options.allowedClientIDs = clientId
    options.stopsOnSignals = true
    options.faults = hubFaults
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
