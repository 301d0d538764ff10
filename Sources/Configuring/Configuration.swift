package import AccessLogParsing
package import Attribution
package import Diagnostics

/// What a configuration file says, and nothing more. ``Settings`` merges it with the command line
/// and the environment.
package struct Configuration: Equatable, Sendable {
  /// The path of the file as the user gave it; empty if there is no file. Relative paths in the
  /// file are relative to its folder.
  package var path = ""
  package var clientID: String?
  package var environment: String?
  package var hubURL: String?
  package var stateDirectory: String?
  /// Paths and globs; empty if the file names none.
  package var inputs: [String] = []
  package var format: FormatChoice?
  package var bucketSeconds: Int?
  /// As written in the file: a name from the IANA database, or an offset.
  package var timeZone: String?
  /// The unit of durations whose format does not define it.
  package var durationUnit: DurationUnit?
  /// In the order in which they are tried.
  package var consumers: [ConsumerRule] = []
  package var filters: [RecordFilter] = []
  package var routes = RouteSource.none
  package var unmatched: UnmatchedPolicy?
  package var routeAdjustment = RouteAdjustment()
  /// The path of a file with consumers' names and groups.
  package var consumerNames: String?
  /// The rules for request logs, should they be requested.
  package var requestLogs = RequestLogRules()
  package var appVersion: String?
  package var client: String?
  package var telemetry = TelemetryConfiguration()
  /// Where Apitally can be asked what it has.
  package var readingURL: String?
  package var readingKey: Redacted<String>?
  /// Sections of the file that can be copied verbatim, as YAML: `format` and `request_logs`.
  package var sections: [String: String] = [:]
  /// Values that hold variables of the environment, as they are written, by what they stand for.
  package var written: [String: String] = [:]
  /// The variables that values hold.
  package var variables: [String: String] = [:]

  package init() {}
}

/// Which format the lines have.
package enum FormatChoice: Equatable, Sendable {
  /// To be detected from the lines.
  case detect
  /// A name from the catalogue.
  case named(String)
  /// A server's own format string, compiled, or a catalogue format that the user has refined.
  case format(LogFormat)
  /// JSON, with the user's own mapping; or without one, in which case the keys must be recognized.
  case json(FieldMapping?, timeIs: TimestampMoment?)
}

/// What stands between the paths of the log and those of the routes.
package struct RouteAdjustment: Equatable, Sendable {
  /// What routes begin with and the log's paths lack: empty, or `/api`.
  package var prefix = ""
  /// What the log's paths begin with and routes lack.
  package var strip = ""
  package var ignoresCase = false
  package var ignoresTrailingSlash = false

  package init() {}
}

/// Whether routes match in any case.
package enum RouteCase: String, CaseIterable, Sendable { case sensitive, ignore }

/// Whether a slash at the end of a path makes it another.
package enum RouteTrailingSlash: String, CaseIterable, Sendable { case strict, ignore }

/// Where the known routes come from.
package enum RouteSource: Equatable, Sendable {
  /// No routes are known: every path is folded into a template.
  case none
  case list([KnownRoute])
  /// The path of a list of routes.
  case file(String)
  /// The path of an OpenAPI 3 document.
  case openAPI(String)
}

/// The configuration file to read: the one that `--config` names (whether it exists or not),
/// otherwise `backtally.yaml` in the working directory or, failing that, in
/// `$XDG_CONFIG_HOME/backtally` (`~/.config`); nil if there is none.
package func configurationPath(
  explicit: String?, environment: [String: String], fileExists: (String) -> Bool
) -> String? {
  if let explicit { return explicit }
  var candidates = ["backtally.yaml"]
  let home = baseDirectory("XDG_CONFIG_HOME", below: ".config", in: environment)
  if let home { candidates.append("\(home)/backtally/backtally.yaml") }
  return candidates.first(where: fileExists)
}

/// A base directory of the XDG specification (0.8): the variable if it holds an absolute path (a
/// relative one "should be considered invalid"), otherwise the folder below the home directory; nil
/// if there is no home directory, as in a service without a user.
func baseDirectory(
  _ variable: String, below defaultFolder: String, in environment: [String: String]
) -> String? {
  if let path = environment[variable], path.hasPrefix("/") { return path }
  guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
  return home == "/" ? "/\(defaultFolder)" : "\(home)/\(defaultFolder)"
}
