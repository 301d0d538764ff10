import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import HubServing
import Ingesting
import Reporting

struct HubAlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "Checks alert rules, and shows what they come to now.",
    usage: "backtally hub alerts --test <FILE> [<options>]",
    discussion: """
      Reads the rules and reports every mistake with its place. With the hub's database, which the \
      hub may be using meanwhile, shows for each rule and app the value, the threshold, and whether \
      there would be an alert. Nothing is kept of it. Exits with 0 if the rules are right, else \
      with 2, and with 1 if an action of --send fails. docs/ALERTS.md has the keys of a rule.

      EXAMPLES
        backtally hub alerts --test alerts.yaml
        backtally hub alerts --test alerts.yaml --database hub.sqlite
        backtally hub alerts --test alerts.yaml --send
      """)

  @Option(
    help: ArgumentHelp("The rules (YAML).", valueName: "FILE"),
    completion: .file(extensions: ["yaml", "yml"]))
  var test: String

  @OptionGroup var storage: HubStorageOptions

  @Flag(help: "Do once what each rule does, marked as a test.")
  var send = false

  @OptionGroup var verbosity: VerbosityOptions

  // The library gives it the options of the hub that stand behind its own name.
  @ParentCommand var hub: HubCommand

  func validate() throws {
    if hub.isConfigured {
      throw ValidationError("of the hub's options, only --database is of use to `hub alerts`")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let rules = try alertRules(in: test)
      let trials = try await trials(of: rules)
      if database == nil {
        write("\(counted(rules.count, "rule")): no mistakes\n", to: .standardOutput)
      } else {
        let text = AlertText(trials.flatMap { $0 }.map(row))
        write(text.text(TextStyle(for: .standardOutput)), to: .standardOutput)
      }
      guard send else { return }
      var hasFailed = false
      // Of each rule one: that it is heard of is what is tested.
      for trial in trials.compactMap(\.first) {
        for action in await trial.act() {
          let outcome = action.failure ?? "done"
          write("\(trial.rule.name): \(action.target): \(outcome)\n", to: .standardOutput)
          hasFailed = hasFailed || action.failure != nil
        }
      }
      if hasFailed { throw ExitStatus.unexpectedFault }
    }
  }

  private var database: String? { storage.database }

  /// Those of each rule; of a rule for which there is no app, one without a value.
  private func trials(of rules: [AlertRule]) async throws -> [[AlertTrial]] {
    guard let database else { return rules.map { [AlertTrial(unknown: $0)] } }
    guard FileManager.default.fileExists(atPath: database) else {
      throw Diagnostic(
        .error, code: "no-such-file", "there is no such database",
        hint: "it is what `backtally hub --database` was given", at: Place(source: database),
        exitStatus: .wrongUsage)
    }
    do throws(LocalHubError) {
      let store = try HubStore(path: database)
      return zip(rules, try await readTrials(of: rules, from: store)).map { rule, trials in
        trials.isEmpty ? [AlertTrial(unknown: rule)] : trials
      }
    } catch {
      throw error.diagnostic
    }
  }

  private func readTrials(
    of rules: [AlertRule], from store: HubStore
  ) async throws(LocalHubError) -> [[AlertTrial]] {
    do {
      return try await store.trials(of: rules)
    } catch {
      throw .databaseUnusable(path: database ?? "", reason: "\(error)")
    }
  }

  private func row(_ trial: AlertTrial) -> AlertText.Row {
    AlertText.Row(
      rule: trial.rule.name,
      app: [trial.clientID, trial.environment].filter { !$0.isEmpty }.joined(separator: " "),
      value: trial.valueText, threshold: trial.thresholdText, verdict: trial.verdict)
  }
}

/// The rules in a file; errors say in the words of the command line what is wrong.
func alertRulesOrReason(in path: String) throws -> [AlertRule] {
  struct Reason: Error, CustomStringConvertible { var description: String }
  do {
    return try alertRules(in: path)
  } catch let problems as Problems {
    throw Reason(description: problems.diagnostics.map(\.rendered).joined(separator: "\n"))
  } catch let problem as Diagnostic {
    throw Reason(description: problem.rendered)
  }
}

/// The rules in a file, or all that is wrong with them.
func alertRules(in path: String) throws -> [AlertRule] {
  let bytes = try readFile(path, limit: Configuration.maximumByteCount)
  do throws(ConfigurationError) {
    return try AlertRule.rules(
      bytes: bytes, path: path, environment: ProcessInfo.processInfo.environment)
  } catch {
    throw Problems(diagnostics: error.diagnostics)
  }
}
