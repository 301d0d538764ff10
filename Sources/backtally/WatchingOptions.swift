import Addressing
import ArgumentParser
import Diagnostics
import Foundation
import Importing
import Ingesting
import Reporting

/// How much a command says on standard error.
enum Verbosity: Equatable, Sendable {
  /// Errors only.
  case quiet
  case normal
  /// Also where the settings come from and what became of each source.
  case verbose
}

/// How much a command says, for all of them.
struct VerbosityOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more: which configuration is used, and what is read.")
  var verbose = false

  var verbosity: Verbosity { quiet ? .quiet : verbose ? .verbose : .normal }

  func validate() throws {
    if quiet && verbose {
      throw ValidationError("--quiet and --verbose cannot be used together")
    }
  }
}

/// For what watches runs: what standard error looks like in a log, and numbers in a file.
struct WatchingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write to standard error as to a log: dated lines, or JSON objects, and one of a run that went "
        + "well: text or json.", valueName: "FORMAT"))
  var logFormat: LogLineFormat?

  @OptionGroup var metrics: MetricsOptions
}

/// Where metrics go.
struct MetricsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write metrics of the app to FILE, for node_exporter's textfile collector.",
      valueName: "FILE"),
    completion: .file())
  var metrics: String?

  /// Fails for standard output, where something else is written.
  func requireFile() throws {
    if metrics == "-" {
      throw ValidationError("--metrics - is for `backtally status`; here it takes a file")
    }
  }

  /// Opens the file, before anything is done of which it would tell; nil if none is named.
  func open() throws(Diagnostic) -> ReplacedFile? {
    guard let metrics else { return nil }
    return try ReplacedFile(path: metrics, name: "the file of metrics")
  }
}

extension LogLineFormat: ExpressibleByArgument {}

extension ReplacedFile {
  /// Writes what the state directory says of `app`, or of all apps.
  ///
  /// - Parameter status: that of the run; a failure here does not hide one of its own.
  func write(
    metricsOf app: App?, in directory: String, orReportTo watcher: TerminalWatcher,
    _ status: inout ExitStatus
  ) {
    do throws(Diagnostic) {
      let summary = try StateDirectory(path: directory).summary(of: app)
      try replace(with: Array(StatusMetrics(summary).text.utf8))
    } catch {
      watcher.report(error)
      if status == .done { status = .unexpectedFault }
    }
  }
}
