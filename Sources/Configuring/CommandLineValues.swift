/// The command line as it was typed; ``Settings`` validates it. What was not given is nil or empty.
package struct CommandLineValues: Equatable, Sendable {
  package var clientID: String?
  package var environment: String?
  package var hubURL: String?
  /// `hub` or `otlp`.
  package var generation: String?
  package var telemetryURL: String?
  package var readingURL: String?
  package var caFile: String?
  package var configPath: String?
  package var stateDirectory: String?
  package var formatName: String?
  package var timeZone: String?
  package var durationUnit: String?
  /// If any are given, they replace all consumers in the configuration.
  package var consumerFields: [String] = []
  package var routesFile: String?
  package var openAPIFile: String?
  package var unmatched: String?
  package var pathPrefix: String?
  package var stripPrefix: String?
  /// ISO 8601 with a time zone.
  package var since: String?
  package var until: String?
  package var bucketSeconds: Int?
  package var wantsRequestLogs = false
  package var requestLogLimit: Int?
  package var appVersion: String?
  /// If any are given, they replace all inputs in the configuration.
  package var inputs: [String] = []
  /// Where such a list is; `-` is standard input.
  package var filesFrom: String?
  /// Paths that are no globs, read from the list of `--files-from`; nil if there is none.
  package var listedInputs: [String]?
  /// Whether the inputs are archives.
  package var readsArchives = false

  package init() {}
}
