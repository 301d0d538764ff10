import Addressing
import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Importing
import Reporting

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares what Apitally has with what was sent.",
    usage: "backtally verify [<options>]",
    discussion: """
      Asks Apitally's API for the requests and bytes of the app and environment, by hour, method, \
      path and status, and for the requests by day and consumer, and compares them with the sums of \
      what was delivered. Exits with 0 if all are equal, and with 1 if some of it is missing or \
      doubled. What waits or was refused is not expected to be there. Sums are kept for 90 days.

      The API key is in APITALLY_API_KEY or in the configuration (api_key).

      EXAMPLES
        backtally verify --client-id ID --env prod
        backtally verify --summary json
      """)

  @OptionGroup(title: "Target") var target: ReadingTargetOptions

  @OptionGroup(title: "Target") var environment: EnvironmentOption
  @OptionGroup(title: "Target") var state: StateDirectoryOption

  @Option(help: "How to show it: text or json.")
  var summary = SummaryStyle.text

  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(
        target, environment, state, requiresTarget: true, tellingOf: watcher)
      guard let app = settings.target else { preconditionFailure("a target is required") }
      let result = try await VerificationRun(
        stateDirectory: try stateDirectory(of: settings), app: app,
        isTelemetry: settings.telemetry != nil,
        target: ReadingTarget(settings, version: version, appNumber: target.app),
        watcher: watcher
      ).run()
      write((summary == .json ? result.json : result.text) + "\n", to: .standardOutput)
      if !result.isEqual { throw ExitStatus.unexpectedFault }
    }
  }
}

struct ProbeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Sends one old request and looks whether it arrives.",
    usage: "backtally probe --age <AGE> [<options>]",
    discussion: """
      Shows what an account takes before a year is sent: counts one request, GET /backtally-probe, \
      in a minute that is as long ago as --age says, in an environment of its own, and asks \
      Apitally's API for it until it is there. Exits with 0 if it is, and with 1 if it is not in time.

      The API key is in APITALLY_API_KEY or in the configuration (api_key). Ledger and outbox are not \
      touched.

      EXAMPLES
        backtally probe --client-id ID --age 90d
        backtally probe --age 365d --wait 600
      """)

  @OptionGroup(title: "Target") var target: ReadingTargetOptions

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("The environment that gets the request.", valueName: "NAME"))
  var environment = ProbeRun.environment

  @Option(
    help: ArgumentHelp(
      "How long ago the request is to be: minutes, hours or days, such as 90d or 36h.",
      valueName: "AGE"))
  var age: Age

  @Option(
    help: ArgumentHelp("How long to wait until it is there.", valueName: "SECONDS"))
  var wait = 120

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if !(1...3_600).contains(wait) {
      throw ValidationError("--wait must be a number of seconds from 1 to 3600")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(
        target, EnvironmentValue(environment: environment), requiresTarget: true,
        tellingOf: watcher)
      guard let app = settings.target else { preconditionFailure("a target is required") }
      let (text, isThere) = try await ProbeRun(
        settings, app: app,
        target: ReadingTarget(settings, version: version, appNumber: target.app),
        ageSeconds: age.seconds, patience: .seconds(wait), watcher: watcher
      ).run()
      write(text + "\n", to: .standardOutput)
      if !isThere { throw ExitStatus.unexpectedFault }
    }
  }
}

/// How long ago something is: a number and m, h or d.
struct Age: ExpressibleByArgument {
  /// Ten years: longer than anybody keeps logs for this.
  static let limit: Int64 = 3_650 * 86_400

  let seconds: Int64

  init?(argument: String) {
    let units: [Character: Int64] = ["m": 60, "h": 3_600, "d": 86_400]
    guard let unit = argument.last.flatMap({ units[$0] }), argument.count < 10,
      let count = Int64(argument.dropLast()), count > 0, count * unit <= Self.limit
    else { return nil }
    seconds = count * unit
  }
}

private struct EnvironmentValue: OptionGroupValues {
  let environment: String

  func enter(into values: inout CommandLineValues) { values.environment = environment }
}
