package import AccessLogParsing
package import Addressing
package import Attribution
package import Diagnostics

/// All settings of a run, merged: the command line takes precedence over the configuration, and the
/// configuration over the environment.
package struct Settings: Equatable, Sendable {
  /// From a second to a day: numbers are viewed at scales from minutes to days.
  package static let bucketSecondsRange = 1...86_400

  /// The app that the numbers are for. nil if client ID or environment was not given, which is an
  /// error where the run needs them.
  package var target: App?
  /// Without a trailing slash.
  package var hubURL = publicHubURL
  /// Where messages go if they go by OTLP; nil for hub v2.
  package var telemetry: TelemetryTarget?
  /// Where Apitally can be asked what it has, without a trailing slash, and the key to that.
  package var readingURL = publicReadingURL
  package var readingKey: Redacted<String>?
  /// nil if it was not given and there is no home directory to keep it in.
  package var stateDirectory: String?
  /// Paths and globs; empty if none are given. `-` is standard input.
  package var inputs: [String] = []
  /// Paths that are no globs.
  package var listedInputs: [String] = []
  /// Whether all inputs are tar archives, whatever they look like.
  package var readsArchives = false
  package var format = FormatChoice.detect
  /// Converts timestamps without a zone; nil if no zone was given.
  package var clock: LocalClock?
  /// The unit of durations whose format does not define it.
  package var durationUnit: DurationUnit?
  package var consumers: [ConsumerRule] = []
  package var filters: [RecordFilter] = []
  package var routes = RouteSource.none
  package var unmatched = UnmatchedPolicy.drop
  package var routeAdjustment = RouteAdjustment()
  /// Nanoseconds since 1970: only requests from then on.
  package var since: Int64?
  /// Nanoseconds since 1970: only requests before then.
  package var until: Int64?
  /// Whether one of the two is a date whose zone is not known, so that it was taken for UTC's.
  package var assumesUTC = false
  package var bucketSeconds = 60
  /// The path of a file with consumers' names and groups.
  package var consumerNames: String?
  /// nil unless request logs are requested.
  package var requestLogs: RequestLogRules?
  package var appVersion: String?
  /// The client's name in startup messages; nil for our own.
  package var client: String?
  /// A file with authorities to trust in place of the system's; nil if none is named by an option.
  package var caFile: String?
  /// ``Configuration/written``
  package var written: [String: String] = [:]

  package init() {}
}

extension Settings {
  /// Merges the settings and applies the rules that the configuration has already met to whatever
  /// comes from the command line and the environment.
  ///
  /// - Parameters:
  ///   - formatNames: the catalogue names that `--format` may have, besides `auto` and `json`.
  ///   - now: nanoseconds since 1970, for times before now; nil if there are to be none.
  ///   - requiresTarget: whether the run needs client ID and environment.
  /// - Throws: every mistake, with the option or variable it is in.
  package init(
    commandLine: CommandLineValues, configuration: Configuration = Configuration(),
    environment: [String: String], formatNames: [String], now: Int64? = nil, requiresTarget: Bool
  ) throws(ConfigurationError) {
    var merger = SettingsMerger(
      commandLine: commandLine, configuration: configuration, environment: environment)
    self.init()
    (target, telemetry) = merger.target(isRequired: requiresTarget)
    hubURL = merger.hubURL()
    readingURL = merger.readingURL()
    readingKey = merger.readingKey()
    target?.hub = hubIdentity(telemetry?.endpoint ?? hubURL)
    stateDirectory = merger.stateDirectory()
    inputs = merger.inputs()
    listedInputs = commandLine.listedInputs ?? []
    readsArchives = commandLine.readsArchives
    format = merger.format(formatNames)
    clock = merger.clock()
    durationUnit = merger.durationUnit()
    consumers = merger.consumers()
    filters = configuration.filters
    (routes, unmatched) = merger.routes()
    routeAdjustment = merger.routeAdjustment()
    (since, until, assumesUTC) = merger.interval(clock, now)
    bucketSeconds = merger.bucketSeconds()
    consumerNames = merger.consumerNames()
    requestLogs = merger.requestLogs()
    appVersion = merger.appVersion()
    client = configuration.client
    caFile = merger.caFile()
    written = configuration.written
    if !merger.problems.isEmpty { throw ConfigurationError(merger.problems) }
  }
}

/// Decides for each setting which of the three sources supplies it.
private struct SettingsMerger {
  let commandLine: CommandLineValues
  let configuration: Configuration
  let environment: [String: String]
  private(set) var problems: [ConfigurationProblem] = []

  init(
    commandLine: CommandLineValues, configuration: Configuration, environment: [String: String]
  ) {
    self.commandLine = commandLine
    self.configuration = configuration
    self.environment = environment
  }

  // MARK: Where to send

  mutating func target(isRequired: Bool) -> (App?, TelemetryTarget?) {
    let clientID = value(
      ("--client-id", commandLine.clientID), configuration.clientID, "APITALLY_CLIENT_ID",
      .invalidClientID, unless: isUUID)
    let name = value(
      ("--env", commandLine.environment), configuration.environment, "APITALLY_ENV",
      .invalidEnvironment, unless: isEnvironmentName)
    var decision = TargetDecision(
      commandLine, configuration, environment, hasClientID: clientID != nil)
    let telemetry = decision.target(isRequired: isRequired)
    problems += decision.problems
    let id = clientID ?? telemetry?.derivedClientID
    if isRequired, id == nil, decision.problems.isEmpty { report(.noClientID, "client_id") }
    if isRequired, name == nil { report(.noEnvironment, "env") }
    guard let id, let name else { return (nil, telemetry) }
    // A UUID is the same in either case (RFC 9562, 4).
    return (App(clientID: id.lowercased(), environment: name), telemetry)
  }

  mutating func hubURL() -> String {
    var url =
      value(
        ("--hub-url", commandLine.hubURL), configuration.hubURL, "APITALLY_HUB_BASE_URL",
        .invalidURL, unless: isHubURL) ?? publicHubURL
    while url.hasSuffix("/") { url.removeLast() }
    return url
  }

  mutating func readingURL() -> String {
    var url =
      value(
        ("--api-url", commandLine.readingURL), configuration.readingURL, "APITALLY_API_BASE_URL",
        .invalidURL, unless: isHubURL) ?? publicReadingURL
    while url.hasSuffix("/") { url.removeLast() }
    return url
  }

  /// There is no option for it: a secret does not belong on a command line.
  mutating func readingKey() -> Redacted<String>? {
    if let key = configuration.readingKey { return key }
    guard let key = environment["APITALLY_API_KEY"], !key.isEmpty else { return nil }
    if !isAPIKey(key) { report(.invalidAPIKey, "APITALLY_API_KEY") }
    return Redacted(key)
  }

  /// The first of the three that has a value, if it is valid; the configuration's has been
  /// validated already. An empty variable counts as unset, as in the clients.
  private mutating func value(
    _ option: (name: String, value: String?), _ configured: String?, _ variable: String,
    _ reason: ConfigurationProblem.Reason, unless isValid: (String) -> Bool
  ) -> String? {
    if let value = option.value {
      if !isValid(value) { report(reason, option.name) }
      return value
    }
    if let configured { return configured }
    guard let value = environment[variable], !value.isEmpty else { return nil }
    if !isValid(value) { report(reason, variable) }
    return value
  }

  mutating func caFile() -> String? {
    commandLine.caFile.flatMap { nonEmpty($0, "--ca-file") }
  }

  // MARK: Files

  mutating func stateDirectory() -> String? {
    if let path = commandLine.stateDirectory { return nonEmpty(path, "--state-dir") }
    if let path = configuration.stateDirectory { return resolved(path) }
    return baseDirectory("XDG_STATE_HOME", below: ".local/state", in: environment)
      .map { "\($0)/backtally" }
  }

  mutating func inputs() -> [String] {
    commandLine.inputs.isEmpty && commandLine.listedInputs == nil
      ? configuration.inputs.map(resolved) : commandLine.inputs
  }

  /// A path from the configuration: relative to its folder, and with `~/` expanded, since no shell
  /// has done so.
  private func resolved(_ path: String) -> String {
    if path.hasPrefix("/") || path == "-" { return path }
    if path.hasPrefix("~/"), let home = environment["HOME"], !home.isEmpty {
      return home + path.dropFirst(1)
    }
    guard let slash = configuration.path.lastIndex(of: "/") else { return path }
    return configuration.path[...slash] + path
  }

  // MARK: What lines mean

  mutating func format(_ catalogue: [String]) -> FormatChoice {
    guard let name = commandLine.formatName else { return configuration.format ?? .detect }
    let known = FormatChoice.names(catalogue: catalogue)
    if let server = FormatServer.allCases.first(where: { name.hasPrefix("\($0.rawValue):") }) {
      do throws(FormatStringError) {
        return .format(try server.format(of: String(name.dropFirst(server.rawValue.count + 1))))
      } catch {
        report(.formatString(error), "--format")
        return .detect
      }
    }
    if FormatServer(rawValue: name) != nil {
      report(.requires("the server's format string, as in `\(name):…`"), "--format")
      return .detect
    }
    guard known.contains(name) else {
      let nearest = nearestName(to: name, among: known)
      report(.unknownValue(name, nearest: nearest, known: known), "--format")
      return .detect
    }
    // Repeating the same word must not discard the keys that the configuration gives for it.
    if name == "json", case .json? = configuration.format { return configuration.format ?? .detect }
    return FormatChoice(name: name)
  }

  mutating func clock() -> LocalClock? {
    guard let zone = commandLine.timeZone else {
      return configuration.timeZone.flatMap { LocalClock(zone: $0) }
    }
    let clock = LocalClock(zone: zone)
    if clock == nil { report(.invalidTimeZone, "--timezone") }
    return clock
  }

  mutating func durationUnit() -> DurationUnit? {
    guard let word = commandLine.durationUnit else { return configuration.durationUnit }
    let known = DurationUnit.allCases.map(\.rawValue)
    if !known.contains(word) {
      report(
        .unknownValue(word, nearest: nearestName(to: word, among: known), known: known),
        "--duration-unit")
    }
    return DurationUnit(rawValue: word)
  }

  mutating func consumers() -> [ConsumerRule] {
    guard !commandLine.consumerFields.isEmpty else { return configuration.consumers }
    return commandLine.consumerFields.compactMap { field in
      nonEmpty(field, "--consumer").map { ConsumerRule(field: $0) }
    }
  }

  mutating func routes() -> (RouteSource, UnmatchedPolicy) {
    let source = routeSource()
    guard let word = commandLine.unmatched else {
      return (source, configuration.unmatched ?? .drop)
    }
    let known = UnmatchedPolicy.allCases.map(\.rawValue)
    if source == .none { report(.requires("known routes"), "--unmatched") }
    guard let policy = UnmatchedPolicy(rawValue: word) else {
      let nearest = nearestName(to: word, among: known)
      report(.unknownValue(word, nearest: nearest, known: known), "--unmatched")
      return (source, .drop)
    }
    return (source, policy)
  }

  mutating func routeAdjustment() -> RouteAdjustment {
    var adjustment = configuration.routeAdjustment
    for (option, value, key) in [
      ("--path-prefix", commandLine.pathPrefix, \RouteAdjustment.prefix),
      ("--strip-prefix", commandLine.stripPrefix, \RouteAdjustment.strip),
    ] {
      guard let value else { continue }
      if !isPathPrefix(value) { report(.invalidPathPrefix, option) }
      adjustment[keyPath: key] = withoutTrailingSlash(value)
    }
    return adjustment
  }

  private mutating func routeSource() -> RouteSource {
    switch (commandLine.routesFile, commandLine.openAPIFile) {
    case (_?, _?):
      report(.excludes("`--openapi`"), "--routes")
      return .none
    case (let path?, nil): return nonEmpty(path, "--routes").map { .file($0) } ?? .none
    case (nil, let path?): return nonEmpty(path, "--openapi").map { .openAPI($0) } ?? .none
    case (nil, nil): break
    }
    switch configuration.routes {
    case .none, .list: return configuration.routes
    case .file(let path): return .file(resolved(path))
    case .openAPI(let path): return .openAPI(resolved(path))
    }
  }

  // MARK: Time

  mutating func interval(
    _ clock: LocalClock?, _ now: Int64?
  ) -> (since: Int64?, until: Int64?, assumesUTC: Bool) {
    var reader = MomentReader(clock: clock, now: now)
    let since = moment(commandLine.since, "--since", &reader)
    let until = moment(commandLine.until, "--until", &reader)
    if let since, let until, since >= until { report(.notBeforeUntil, "--since") }
    return (since, until, reader.assumesUTC)
  }

  private mutating func moment(
    _ text: String?, _ option: String, _ reader: inout MomentReader
  ) -> Int64? {
    guard let text else { return nil }
    do throws(InstantProblem) {
      return try reader.moment(text)
    } catch {
      report(.instant(error), option)
      return nil
    }
  }

  mutating func bucketSeconds() -> Int {
    guard let seconds = commandLine.bucketSeconds else { return configuration.bucketSeconds ?? 60 }
    let range = Settings.bucketSecondsRange
    if !range.contains(seconds) { report(.outOfRange(range), "--bucket") }
    return seconds
  }

  // MARK: What else is sent

  func consumerNames() -> String? { configuration.consumerNames.map(resolved) }

  mutating func requestLogs() -> RequestLogRules? {
    if let limit = commandLine.requestLogLimit {
      if !commandLine.wantsRequestLogs {
        report(.requires("`--request-logs`"), "--request-logs-max")
      }
      let range = 0...1_000_000_000
      if !range.contains(limit) { report(.outOfRange(range), "--request-logs-max") }
    }
    guard commandLine.wantsRequestLogs else { return nil }
    var rules = configuration.requestLogs
    rules.limit = commandLine.requestLogLimit
    return rules
  }

  mutating func appVersion() -> String? {
    guard let version = commandLine.appVersion else { return configuration.appVersion }
    if !isVersion(version) { report(.invalidVersion, "--app-version") }
    return version
  }

  // MARK: Problems

  private mutating func nonEmpty(_ value: String, _ option: String) -> String? {
    if value.isEmpty { report(.empty, option) }
    return value.isEmpty ? nil : value
  }

  private mutating func report(_ reason: ConfigurationProblem.Reason, _ subject: String) {
    problems.append(ConfigurationProblem(reason, subject))
  }
}
