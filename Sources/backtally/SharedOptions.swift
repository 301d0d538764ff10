import AccessLogParsing
import Addressing
import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Ingesting

/// Options shared by several commands.
protocol OptionGroupValues {
  /// Enters what the user typed into `values`.
  func enter(into values: inout CommandLineValues)
}

/// Which lines are read, and how.
struct ReadingOptions: ParsableArguments, OptionGroupValues {
  @Argument(
    help: ArgumentHelp(
      "Access logs: paths, directories, globs, or - for standard input.", valueName: "FILE"),
    completion: .file())
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "Also read the files whose paths FILE lists, a line each or separated by NUL; - is standard "
        + "input.", valueName: "FILE"), completion: .file())
  var filesFrom: String?

  @Option(
    help: ArgumentHelp(
      "Read all inputs as archives of this kind, of which each file is a source: tar. Archives are "
        + "recognized anyway, unless they are older than POSIX.", valueName: "KIND"))
  var archive: ArchiveKind?

  @Option(
    help: ArgumentHelp(
      "The format: auto, a name such as combined, json or caddy (docs/FORMATS.md lists all), or "
        + "the server's own format string after nginx: or apache:.", valueName: "NAME"),
    completion: .list(["auto"] + LogFormat.names))
  var format: String?

  @Option(
    help: ArgumentHelp(
      "The time zone of timestamps that don't include one: Europe/Paris or +01:00.",
      valueName: "ZONE"))
  var timezone: String?

  @Option(
    help: ArgumentHelp(
      "The unit of durations whose format doesn't define it: ns, us, ms or s.", valueName: "UNIT"),
    completion: .list(["ns", "us", "ms", "s"]))
  var durationUnit: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only requests that began at or after this time: ISO 8601, a date, today, yesterday, -24h, or "
        + "the server's own timestamp.", valueName: "TIME"))
  var since: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only requests that began before this time.", valueName: "TIME"))
  var until: String?

  func validate() throws {
    if filesFrom == "-" && files.contains("-") {
      throw ValidationError("standard input cannot be both a log and the list of --files-from")
    }
  }

  func enter(into values: inout CommandLineValues) {
    values.formatName = format
    values.timeZone = timezone
    values.durationUnit = durationUnit
    values.since = since
    values.until = until
    values.inputs = files
    values.filesFrom = filesFrom
    values.readsArchives = archive != nil
  }
}

enum ArchiveKind: String, ExpressibleByArgument, CaseIterable {
  case tar
}

/// Which consumer and which route requests are attributed to.
struct AttributionOptions: ParsableArguments, OptionGroupValues {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "A field that identifies the consumer; may be repeated, the first with a value wins.",
      valueName: "FIELD"))
  var consumer: [String] = []

  @OptionGroup var known: KnownRouteOptions

  @Option(
    help: ArgumentHelp(
      "What the routes' paths begin with and the log's lack, such as /api.", valueName: "PREFIX"))
  var pathPrefix: String?

  @Option(
    help: ArgumentHelp(
      "What the log's paths begin with and the routes' lack, such as /api.", valueName: "PREFIX"))
  var stripPrefix: String?

  func enter(into values: inout CommandLineValues) {
    values.pathPrefix = pathPrefix
    values.stripPrefix = stripPrefix
    values.consumerFields = consumer
    known.enter(into: &values)
  }
}

/// The application's routes, if they are known.
struct KnownRouteOptions: ParsableArguments, OptionGroupValues {
  @Option(
    help: ArgumentHelp(
      "The application's routes, one per line: GET /users/{user_id}.", valueName: "FILE"),
    completion: .file())
  var routes: String?

  @Option(
    help: ArgumentHelp(
      "The application's routes, as an OpenAPI document.", valueName: "FILE"),
    completion: .file(extensions: ["json", "yaml", "yml"]))
  var openapi: String?

  @Option(
    help: ArgumentHelp(
      "Whether to drop (default) or keep requests that match no known route.",
      valueName: "drop|keep"), completion: .list(["drop", "keep"]))
  var unmatched: String?

  func enter(into values: inout CommandLineValues) {
    values.routesFile = routes
    values.openAPIFile = openapi
    values.unmatched = unmatched
  }
}

/// How requests are counted.
struct CountingOptions: ParsableArguments, OptionGroupValues {
  @Option(help: ArgumentHelp("The width of a time bucket (default: 60).", valueName: "SECONDS"))
  var bucket: Int?

  @OptionGroup var threads: ThreadOptions

  func enter(into values: inout CommandLineValues) {
    values.bucketSeconds = bucket
  }
}

/// How many threads a run has.
struct ThreadOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads that read and parse (default: one per core).", valueName: "N"))
  var jobs: Int?

  /// How many threads read and parse. This is not the option's default value, because the help
  /// would then show it as a number.
  var count: Int {
    let range = Ingestion.Options.jobsRange
    let coreCount = ProcessInfo.processInfo.activeProcessorCount
    return jobs ?? min(max(coreCount, range.lowerBound), range.upperBound)
  }

  func validate() throws {
    let range = Ingestion.Options.jobsRange
    if !range.contains(count) {
      throw ValidationError(
        "--jobs must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}

/// When so much is rejected that the format must be wrong.
struct RejectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write rejected lines to FILE, verbatim.", valueName: "FILE"),
    completion: .file())
  var rejects: String?

  @Option(
    help: ArgumentHelp(
      "Fail if more than this share of the lines is rejected.", valueName: "PERCENT"))
  var maxRejected = 10.0

  @Option(
    help: ArgumentHelp(
      "With known routes: fail if more than this share of the requests matches none.",
      valueName: "PERCENT"))
  var maxUnmatched = 90.0

  func validate() throws {
    if !(0...100).contains(maxRejected) {
      throw ValidationError("--max-rejected must be a percentage from 0 to 100")
    }
    if !(0...100).contains(maxUnmatched) {
      throw ValidationError("--max-unmatched must be a percentage from 0 to 100")
    }
  }
}

/// Everything wrong with the settings, reported together.
struct Problems: Error {
  var diagnostics: [Diagnostic]
}

/// Merges command line, configuration and environment.
func resolvedSettings(
  _ groups: any OptionGroupValues..., requiresTarget: Bool = false, needsInputs: Bool = false,
  tellingOf watcher: TerminalWatcher
) throws -> Settings {
  try resolved(
    groups, requiresTarget: requiresTarget, needsInputs: needsInputs, tellingOf: watcher
  ).settings
}

/// The same, also returning the configuration itself.
///
/// - Parameters:
///   - prefix: environment variables whose names begin with it are ignored.
///   - findsConfiguration: whether a configuration is looked for where none was named.
///   - watcher: is told what is used, if it wants to know.
func resolved(
  _ groups: [any OptionGroupValues], requiresTarget: Bool = false, needsInputs: Bool = false,
  ignoring prefix: String? = nil, findsConfiguration: Bool = true,
  tellingOf watcher: TerminalWatcher
) throws -> (settings: Settings, configuration: Configuration) {
  let environment = ProcessInfo.processInfo.environment
    .filter { prefix == nil || !$0.key.hasPrefix(prefix ?? "") }
  var values = CommandLineValues()
  for group in groups { group.enter(into: &values) }
  if let list = values.filesFrom { values.listedInputs = try listedPaths(in: list) }
  do {
    // A variable that the configuration names itself is meant.
    let configuration =
      findsConfiguration || values.configPath != nil
      ? try loadedConfiguration(
        values.configPath, ProcessInfo.processInfo.environment, watcher)
      : Configuration()
    let settings = try Settings(
      commandLine: values, configuration: configuration, environment: environment,
      formatNames: LogFormat.names, now: Int64(Date().timeIntervalSince1970 * 1e9),
      requiresTarget: requiresTarget)
    if needsInputs && settings.inputs.isEmpty && values.listedInputs == nil {
      throw Problems(diagnostics: [.noInputs])
    }
    if settings.inputs.isEmpty, values.listedInputs?.isEmpty == true {
      watcher.report(.emptyList(values.filesFrom ?? ""))
    }
    explain(settings, to: watcher)
    return (settings, configuration)
  } catch let error as ConfigurationError {
    throw Problems(diagnostics: error.diagnostics)
  }
}

/// The most bytes that a list of files may have: half a million paths.
private let fileListLimit = 64 << 20

/// The paths in a list of files, separated by NUL if it has any (`find -print0`), else by line feeds.
private func listedPaths(in list: String) throws -> [String] {
  let bytes: [UInt8]
  if list == "-" {
    bytes = Array(try FileHandle.standardInput.read(upToCount: fileListLimit + 1) ?? Data())
  } else {
    bytes = try readFile(list, limit: fileListLimit)
  }
  guard bytes.count <= fileListLimit else {
    throw Diagnostic(
      .error, code: "list-too-long", "the list of files is larger than 64 MiB",
      hint: "split it", at: Place(source: list), exitStatus: .wrongUsage)
  }
  let separator: UInt8 = bytes.contains(0) ? 0 : UInt8(ascii: "\n")
  return bytes.split(separator: separator).map { PathText.text(of: $0) }
}

private func loadedConfiguration(
  _ explicit: String?, _ environment: [String: String], _ watcher: TerminalWatcher
) throws -> Configuration {
  let path = configurationPath(explicit: explicit, environment: environment) {
    FileManager.default.fileExists(atPath: $0)
  }
  guard let path else {
    watcher.explain(Diagnostic(.note, code: "configuration", "there is no configuration"))
    return Configuration()
  }
  watcher.explain(
    Diagnostic(.note, code: "configuration", "is the configuration", at: Place(source: path)))
  let bytes = try readFile(path, limit: Configuration.maximumByteCount)
  return try Configuration(
    bytes: bytes, path: path, formatNames: LogFormat.names, environment: environment)
}

/// Says what the settings came to.
private func explain(_ settings: Settings, to watcher: TerminalWatcher) {
  if let directory = settings.stateDirectory {
    watcher.explain(
      Diagnostic(
        .note, code: "state-directory", "is the state directory", at: Place(source: directory)))
  }
  guard let app = settings.target else { return }
  // Not the hub's address: it may hold a token.
  let protocolName = settings.telemetry == nil ? "hub v2" : "OTLP"
  watcher.explain(
    Diagnostic(.note, code: "target", "the app is \(app.text), by \(protocolName)"))
}

extension Diagnostic {
  fileprivate static func emptyList(_ list: String) -> Diagnostic {
    Diagnostic(
      .warning, code: "empty-list", "lists no files, so there is nothing to read",
      at: Place(source: list))
  }

  fileprivate static let noInputs = Diagnostic(
    .error, code: "no-inputs", "there is nothing to read",
    hint: "name a file, a glob, or - for standard input, or list inputs in the configuration",
    exitStatus: .wrongUsage)
}
