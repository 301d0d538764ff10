import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Inspecting

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Checks the configuration.",
    discussion: """
      EXAMPLES
        backtally config check
        backtally config check /etc/backtally/backtally.yaml
      """,
    subcommands: [ConfigCheckCommand.self])
}

struct ConfigCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks a configuration, and shows what it means.",
    usage: "backtally config check [<options>] [<FILE>]",
    discussion: """
      Reads the configuration and the files that it names (routes, consumers' names), but no logs, \
      and reports every mistake with its place. Shows the settings that an import would use, with \
      what the environment adds. Exits with 0 if there is no mistake, else with 2.

      EXAMPLES
        backtally config check
        backtally config check /etc/backtally/backtally.yaml
      """)

  @Argument(
    help: ArgumentHelp(
      "The configuration (default: ./backtally.yaml, or the user's).", valueName: "FILE"),
    completion: .configuration)
  var file: String?

  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let path = configurationPath(
        explicit: file, environment: ProcessInfo.processInfo.environment
      ) { FileManager.default.fileExists(atPath: $0) }
      guard let path else {
        throw Diagnostic(
          .error, code: "no-configuration", "there is no configuration to check",
          hint: "name its file; else it is ./backtally.yaml, or the user's", exitStatus: .wrongUsage
        )
      }
      var options = ConfigurationOptions()
      options.config = path
      let settings = try resolvedSettings(options, tellingOf: watcher)
      write(
        try ConfigurationCheck(settings, path: path, watcher: watcher).run(), to: .standardOutput)
    }
  }
}
