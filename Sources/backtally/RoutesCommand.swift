import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Ingesting
import Inspecting
import Reporting

struct RoutesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routes",
    abstract: "Drafts a list of the application's routes from access logs.",
    usage: "backtally routes [<options>] [<FILE> ...]",
    discussion: """
      The list is YAML for `routes.file` in the configuration, or for --routes, with counts and \
      examples in comments. IDs in paths are recognized by their form; names of users, articles or \
      files by how many different ones occur in the same position. Reads the beginning of each \
      file: \(grouped(SampleLimit.lines)) lines or \(SampleLimit.bytes >> 20) MiB, whichever \
      comes first.

      EXAMPLES
        backtally routes access.log.gz > routes.yaml
        backtally routes --all --consumer remote_user '/var/log/nginx/access.log*'
        backtally routes --openapi openapi.json --unmatched keep access.log
      """)

  @OptionGroup(title: "Configuration") var file: ConfigurationOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Attribution") var attribution: AttributionOptions

  @Flag(help: "Read each file to its end.")
  var all = false

  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let watcher = TerminalWatcher(progress: .auto, verbosity)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(
        file, reading, attribution, needsInputs: true, tellingOf: watcher)
      let outcome = try RouteDraftRun(
        settings: settings, limit: all ? nil : SampleLimit(), watcher: watcher
      ).run()
      write(outcome.yaml, to: .standardOutput)
      if outcome.exitStatus != .done { throw outcome.exitStatus }
    }
  }
}
