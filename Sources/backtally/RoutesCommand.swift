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
    discussion: """
      The list is YAML for `routes.file` of the configuration or --routes, with counts and examples \
      in comments. Ids in paths are known by their looks, names of users, articles or files by how \
      many different ones there are at their place. It looks at the beginning of each file: \
      \(grouped(SampleLimit.lines)) lines or \(SampleLimit.bytes >> 20) MiB, whichever ends first.

      EXAMPLES
        backtally routes access.log.gz > routes.yaml
        backtally routes --all --consumer remote_user '/var/log/nginx/access.log*'
        backtally routes --openapi openapi.json --unmatched keep access.log
      """)

  @OptionGroup(title: "Configuration") var file: ConfigurationOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Attribution") var attribution: AttributionOptions

  @Flag(help: "Look at the whole of each file.")
  var all = false

  func run() async throws {
    let watcher = TerminalWatcher(progress: .auto)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(file, reading, attribution, needsInputs: true)
      let outcome = try RouteDraftRun(
        settings: settings, limit: all ? nil : SampleLimit(), watcher: watcher
      ).run()
      write(outcome.draft.yaml, to: .standardOutput)
      if outcome.exitStatus != .done { throw outcome.exitStatus }
    }
  }
}
