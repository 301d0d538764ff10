import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Importing
import Ingesting

struct ClusterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Imports logs with many machines, such as a Spark cluster.",
    discussion: """
      One machine reads terabytes a day; docs/CLUSTER.md says when a cluster is worth it, and \
      scripts/spark-import runs these commands on Spark.

      EXAMPLES
        backtally cluster tally --config backtally.yaml --files-from LIST --output 1.tally
        cat *.tally | backtally cluster admit --config backtally.yaml --out work/admitted.ndjson
        LC_ALL=C sort *.tally | backtally cluster merge --admitted work/admitted.ndjson \\
          --output work/messages/part-0.ndjson
        backtally cluster merge --seal work
        backtally cluster import --config backtally.yaml work
      """,
    subcommands: [
      ClusterTallyCommand.self, ClusterAdmitCommand.self, ClusterMergeCommand.self,
      ClusterImportCommand.self,
    ])
}

struct ClusterTallyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tally",
    abstract: "Counts the requests of some of the logs, and writes them as rows.",
    usage: "backtally cluster tally [<options>] [<FILE> ...]",
    discussion: """
      Runs on any machine, as often as need be: it keeps no state and uses no network. Nothing is \
      judged by what one task happens to see, so the format has to be named. Only the \
      configuration that --config names is read, and no variable of the environment but those \
      that it names itself.
      """)

  @Option(
    help: ArgumentHelp(
      "The configuration, the same for all tasks (default: none).", valueName: "FILE"))
  var config: String?

  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Attribution") var attribution: AttributionOptions

  @Option(help: ArgumentHelp("The width of a time bucket (default: 60).", valueName: "SECONDS"))
  var bucket: Int?

  @Option(
    help: ArgumentHelp(
      "Which of Apitally's protocols the numbers are for (default: what is configured).",
      valueName: "hub|otlp"))
  var target: String?

  @Option(
    help: ArgumentHelp(
      "Where the rows go, once all of them are there (default: -, standard output).",
      valueName: "FILE"))
  var output = "-"

  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let (settings, _) = try resolved(
        [reading, attribution, TallyValues(command: self)], needsInputs: true,
        ignoring: "APITALLY_", findsConfiguration: false, tellingOf: watcher)
      let options = TallyRun.Options(
        settings: settings, version: version, outputPath: output, description: try description)
      let status = try TallyRun(options, watcher: watcher).run()
      if status != .done { throw status }
    }
  }

  /// What was typed that shapes the numbers. Times are told by the settings, which they are relative to.
  private var description: [String] {
    get throws {
      var lines = [
        ("format", reading.format), ("timezone", reading.timezone),
        ("unit", reading.durationUnit), ("unmatched", attribution.known.unmatched),
        ("prefix", attribution.pathPrefix), ("strip", attribution.stripPrefix),
      ].map { "\($0.0) \($0.1 ?? "-")" }
      lines += attribution.consumer.map { "consumer \($0)" }
      if let config {
        let bytes = try readFile(config, limit: Configuration.maximumByteCount)
        lines.append("configuration \(String(decoding: bytes, as: UTF8.self))")
      }
      return lines
    }
  }
}

private struct TallyValues: OptionGroupValues {
  let command: ClusterTallyCommand

  func enter(into values: inout CommandLineValues) {
    values.configPath = command.config
    values.bucketSeconds = command.bucket
    values.generation = command.target
  }
}

struct ClusterAdmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admit",
    abstract: "Decides which sources count, and judges the books of the whole job.",
    usage: "backtally cluster admit [<options>]",
    discussion: """
      Reads the rows of all tasks: those of sources, of their templates and of names; rows of \
      tallies may be among them. A source that the ledger knows is passed over, and of copies one \
      counts. With --stamps it reads a list of objects instead, before anything else is read, and \
      passes on those that the ledger does not know as they are.
      """)

  @OptionGroup(title: "Target") var target: LedgerOptions
  @OptionGroup(title: "Routes") var routes: KnownRouteOptions

  @Option(
    help: ArgumentHelp(
      "The rows, or the list of objects (default: -, standard input).", valueName: "FILE"))
  var sources = "-"

  @Option(
    help: ArgumentHelp(
      "Where to write what is admitted (default: -, standard output).", valueName: "FILE"))
  var out = "-"

  @Flag(
    help: """
      Read objects, {"path":…,"size":…,"modified":…} a line, and pass on those that are new.
      """)
  var stamps = false

  @Option(
    help: ArgumentHelp(
      "The objects that the sources were read from, for the ledger to know them by.",
      valueName: "FILE"))
  var objects: String?

  @Option(
    help: ArgumentHelp(
      "Whether sources that cannot be counted as a whole fail the job (default) or are skipped.",
      valueName: "fail|skip"))
  var badSources = BadSources.fail

  @Option(
    help: ArgumentHelp(
      "Fail if more than this share of the job's lines is rejected.", valueName: "PERCENT"))
  var maxRejected = 10.0

  @Option(
    help: ArgumentHelp(
      "With known routes: fail if more than this share of the requests matches none.",
      valueName: "PERCENT"))
  var maxUnmatched = 90.0

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if !(0...100).contains(maxRejected) || !(0...100).contains(maxUnmatched) {
      throw ValidationError("--max-rejected and --max-unmatched must be percentages from 0 to 100")
    }
    if stamps && objects != nil {
      throw ValidationError("--stamps and --objects cannot be used together")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(
        target, routes, requiresTarget: true, tellingOf: watcher)
      var options = ClusterAdmission.Options(settings: settings, version: version)
      options.sourcesPath = sources
      options.outputPath = out
      options.objectsPath = objects
      options.maxRejectedPercent = maxRejected
      options.maxUnmatchedPercent = maxUnmatched
      options.skipsBadSources = badSources == .skip
      let admission = ClusterAdmission(options, watcher: watcher)
      // What is asked for may be on standard output.
      let file: FileHandle = out == "-" ? .standardError : .standardOutput
      if stamps {
        let counts = try admission.filterObjects()
        if !verbosity.quiet {
          write("\(counts.new) new, \(counts.known) unchanged\n", to: file)
        }
      } else {
        let decision = try admission.run()
        if !verbosity.quiet { write(decision + "\n", to: file) }
      }
    }
  }
}

enum BadSources: String, ExpressibleByArgument, CaseIterable {
  case fail, skip
}

struct ClusterMergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Adds up rows of tallies into messages.",
    usage: "backtally cluster merge [<options>] [<FILE>]",
    discussion: """
      Reads the rows of any number of buckets, those of a bucket one behind the other: `LC_ALL=C \
      sort` brings them into such an order. Rows of sources that were not admitted are passed over.
      """)

  @Option(
    help: ArgumentHelp("What `backtally cluster admit` has written.", valueName: "FILE"))
  var admitted: String?

  @Option(
    help: ArgumentHelp(
      "Where the messages go, once all of them are there (default: -, standard output).",
      valueName: "FILE"))
  var output = "-"

  @Option(
    help: ArgumentHelp(
      "Write DIR/manifest.json, if DIR/messages has all requests that DIR/admitted.ndjson has.",
      valueName: "DIR"))
  var seal: String?

  @Argument(help: ArgumentHelp("The rows (default: -, standard input).", valueName: "FILE"))
  var rows = "-"

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if (admitted == nil) == (seal == nil) {
      throw ValidationError("give either --admitted, to merge rows, or --seal")
    }
    if seal != nil && (output != "-" || rows != "-") {
      throw ValidationError("--seal takes no rows, and writes nothing but the manifest")
    }
  }

  func run() async throws {
    try await reporting(to: TerminalWatcher(progress: .never, verbosity)) {
      if let seal {
        let sealed = try ClusterMerge.seal(seal)
        if !verbosity.quiet { write(sealed + "\n", to: .standardOutput) }
      } else if let admitted {
        try ClusterMerge.merge(rows, admitted: admitted, to: output)
      }
    }
  }
}

struct ClusterImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Queues and delivers what a job has merged.",
    usage: "backtally cluster import [<options>] <DIR>",
    discussion: """
      DIR holds admitted.ndjson, messages/part-*.ndjson and manifest.json. All messages and all \
      sources are queued in one transaction, or none. The same job imported again adds nothing.
      """)

  @OptionGroup(title: "Target") var target: TargetOptions
  @OptionGroup(title: "Routes") var routes: KnownRouteOptions

  @Option(
    help: ArgumentHelp(
      "The application's version, reported in its startup message.", valueName: "TEXT"))
  var appVersion: String?

  @Option(
    help: ArgumentHelp(
      "Leave the rest for the next run once the hub has been unreachable for this long.",
      valueName: "SECONDS"))
  var giveUpAfter = 30

  @Option(help: "The format of the closing summary: text or json.")
  var summary = SummaryStyle.text

  @Argument(help: ArgumentHelp("The folder of the job.", valueName: "DIR"))
  var directory: String

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if !(1...86_400).contains(giveUpAfter) {
      throw ValidationError("--give-up-after must be a number of seconds from 1 to 86400")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .never, verbosity)
    try await reporting(to: watcher) {
      let settings = try resolvedSettings(
        target, routes, VersionValue(version: appVersion), requiresTarget: true,
        tellingOf: watcher)
      var options = ImportOptions(settings: settings, jobs: 1, version: version)
      options.waitsForLock = target.wait
      options.giveUpAfterSeconds = giveUpAfter
      let run = ClusterImport(options, directory: directory, watcher: watcher)
      let outcome = try await run.run()
      if summary == .json || !verbosity.quiet {
        write((summary == .json ? outcome.json : outcome.text) + "\n", to: .standardOutput)
      }
      if outcome.exitStatus != .done { throw outcome.exitStatus }
    }
  }
}

private struct VersionValue: OptionGroupValues {
  let version: String?

  func enter(into values: inout CommandLineValues) { values.appVersion = version }
}
