internal import AccessLogParsing
internal import Attribution
package import Configuring
package import Diagnostics
internal import Reporting

/// A configuration with which an import reads the inspected logs in the same way.
package struct ConfigurationDraft: Sendable {
  private let settings: Settings
  private let formats: [LogFormat?]
  private let findings: [FormatFindings]
  /// The format and the zone as they were typed.
  package var typed: String?
  package var timeZone: String?

  init(settings: Settings, formats: [LogFormat?], findings: [FormatFindings]) {
    self.settings = settings
    self.formats = formats
    self.findings = findings
  }

  /// The file's text.
  ///
  /// - Parameters:
  ///   - configuration: what was configured already, some of which an inspection does not need.
  ///   - path: makes a path of the settings one that is right in the new file.
  package func text(
    completing configuration: Configuration, path: (String) -> String
  ) -> String {
    var lines = [
      "# Written by backtally inspect, to be read by backtally import. Change what you like."
    ]
    lines += [""] + target(configuration, path)
    lines += [""] + inputs(path)
    lines += [""] + format(configuration)
    lines += [""] + consumers
    if let file = settings.consumerNames { lines.append("consumer_names: \(written(path(file)))") }
    if !settings.filters.isEmpty { lines += [""] + filters }
    lines += [""] + routes(path)
    if let section = configuration.sections["request_logs"] {
      lines += [""] + copy(of: section, "request_logs")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The file's text, once it has been read back: it must say what was meant, whatever clients have
  /// put into names of fields, and whatever files are called.
  package func soundText(
    completing configuration: Configuration, path: (String) -> String
  ) throws(Diagnostic) -> String {
    let text = text(completing: configuration, path: path)
    let formatNames = FormatCatalogue.entries.map(\.name)
    guard
      let found = try? Configuration(
        bytes: Array(text.utf8), path: "", formatNames: formatNames,
        environment: configuration.variables)
    else { throw .unsoundDraft }
    // The format is what the log shows: it is left as it was found.
    var meant = found
    meant.clientID = configuration.clientID
    meant.environment = configuration.environment
    meant.hubURL = configuration.hubURL
    meant.bucketSeconds = configuration.bucketSeconds
    meant.requestLogs = configuration.requestLogs
    meant.appVersion = configuration.appVersion
    meant.client = configuration.client
    meant.inputs = settings.inputs.map { $0 == "-" ? $0 : path($0) }
    meant.stateDirectory =
      configuration.stateDirectory == nil
      ? nil : settings.stateDirectory.map(path)
    meant.timeZone = timeZone ?? configuration.timeZone
    meant.durationUnit = settings.durationUnit
    meant.consumers = settings.consumers
    meant.consumerNames = settings.consumerNames.map(path)
    meant.filters = settings.filters
    meant.unmatched = settings.routes == .none ? nil : settings.unmatched
    meant.routes =
      switch settings.routes {
      case .none, .list: settings.routes
      case .file(let file): .file(path(file))
      case .openAPI(let file): .openAPI(path(file))
      }
    guard found == meant else { throw .unsoundDraft }
    return text
  }

  /// A value as it is written: as it was, if it holds a variable of the environment.
  private func written(_ value: String) -> String {
    yamlText(settings.written[value] ?? value.replacing("${", with: "$${"))
  }

  // MARK: Target and inputs

  private func target(_ configuration: Configuration, _ path: (String) -> String) -> [String] {
    var lines = [
      "# Whose numbers they are: as in Apitally, or in APITALLY_CLIENT_ID and APITALLY_ENV."
    ]
    lines.append(
      configuration.clientID.map { "client_id: \(written($0))" }
        ?? "# client_id: 00000000-0000-0000-0000-000000000000")
    lines.append(configuration.environment.map { "env: \(written($0))" } ?? "# env: prod")
    if let url = configuration.hubURL { lines.append("hub_url: \(written(url))") }
    if configuration.stateDirectory != nil, let directory = settings.stateDirectory {
      lines.append("state_dir: \(written(path(directory)))")
    }
    if let seconds = configuration.bucketSeconds { lines.append("bucket: \(seconds)") }
    if let zone = timeZone ?? configuration.timeZone { lines.append("timezone: \(written(zone))") }
    if let unit = settings.durationUnit { lines.append("duration_unit: \(unit.rawValue)") }
    if let version = configuration.appVersion { lines.append("app_version: \(written(version))") }
    if let client = configuration.client { lines.append("client: \(written(client))") }
    return lines
  }

  private func inputs(_ path: (String) -> String) -> [String] {
    var lines = [
      "# Paths, globs, or - for standard input. Relative paths are relative to this file.",
      "inputs:",
    ]
    lines += settings.inputs.map { "  - \(written($0 == "-" ? $0 : path($0)))" }
    if settings.since != nil || settings.until != nil {
      lines.append("# --since and --until have no place here: give them with the import.")
    }
    return lines
  }

  // MARK: Format

  private func format(_ configuration: Configuration) -> [String] {
    var lines = findings.flatMap(evidence)
    let isConfigured = typed == nil || settings.format == configuration.format
    if isConfigured, settings.format != .detect, let section = configuration.sections["format"] {
      return lines + ["# As it was configured."] + copy(of: section, "format")
    }
    if let formatText { return lines + ["format:"] + formatText }
    let known = formats.compactMap { $0 }
    let first = known.first.flatMap { first in known.allSatisfy { $0 == first } ? first : nil }
    if case .named(let name) = settings.format {
      return lines + ["format:", "  type: \(written(name))"]
        + (first.map { decidedDuration(of: $0) } ?? [])
        + mappingComments
    }
    guard let first, !hasMixedLines else {
      if known.count > 1 { lines.append("# Not all are alike, so each is looked at.") }
      return lines + ["format:", "  type: auto"]
    }
    return lines + ["format:"] + section(first)
  }

  /// A section of the configuration that there was.
  private func copy(of section: String, _ key: String) -> [String] {
    // A text over several lines may hold empty ones.
    var lines = section.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return ["\(key):"] + lines.map { $0.isEmpty ? "" : "  \($0)" }
  }

  /// Why the format is what it is taken for.
  private func evidence(_ group: FormatFindings) -> [String] {
    group.sources.flatMap { source -> [String] in
      if group.isGuess {
        return ["# \(comment(source.path)): guessed from the names of keys. Look it over."]
      }
      guard let name = group.formatName else {
        return ["# \(comment(source.path)): no known format fits."]
      }
      guard let best = source.scores.first else {
        return ["# \(comment(source.path)): \(name), as was said."]
      }
      return [
        "# \(comment(source.path)): \(name) fits \(best.read.count) of the first "
          + "\(best.read.total) lines."
      ]
    }
  }

  /// A format string as it was typed behind --format.
  private var formatText: [String]? {
    guard let typed, let colon = typed.firstIndex(of: ":") else { return nil }
    return [
      "  type: \(typed[..<colon])",
      "  string: \(yamlText(String(typed[typed.index(after: colon)...])))",
    ]
  }

  private var hasMixedLines: Bool {
    findings.contains { $0.leftOut.contains { $0.reason == "other-line" } }
  }

  private func section(_ format: LogFormat) -> [String] {
    let format = format.unwrapped
    let duration = decidedDuration(of: format)
    if let name = catalogueName(of: format), name != "json" {
      return ["  type: \(written(name))"] + duration + mappingComments
    }
    if case .json(let mapping, let moment) = format { return json(mapping, moment) }
    // A layout that its name does not tell in full has to be found again.
    guard LogFormat(name: format.name) != nil, duration.isEmpty else { return ["  type: auto"] }
    return ["  type: \(written(format.name))"] + mappingComments
  }

  /// The name of the format in the catalogue, also if the unit of its durations was decided.
  private func catalogueName(of format: LogFormat) -> String? {
    FormatCatalogue.entries.first { entry in
      entry.format == format || entry.format.leavingDurationOpen == format
        || isDecided(format, of: entry.format)
    }?.name
  }

  private func isDecided(_ format: LogFormat, of base: LogFormat) -> Bool {
    guard let (field, unit) = duration(of: format) else { return false }
    return base.deciding(field, unit: unit) == format
  }

  private func duration(of format: LogFormat) -> (field: String, unit: DurationUnit)? {
    guard let field = format.parts.first(where: { $0.name == .duration })?.fields.first,
      let unit = format.durationUnit
    else { return nil }
    return (field, unit)
  }

  /// The unit that was decided for durations which the format's name leaves open.
  private func decidedDuration(of format: LogFormat) -> [String] {
    let format = format.unwrapped
    guard !FormatCatalogue.entries.contains(where: { $0.format == format }),
      FormatCatalogue.entries.contains(where: { isDecided(format, of: $0.format) }),
      let (field, unit) = duration(of: format)
    else { return [] }
    return ["  duration: {field: \(written(field)), unit: \(unit.rawValue)}"]
  }

  private var mappingComments: [String] {
    guard let group = findings.first else { return [] }
    return group.parts.compactMap { part in
      guard let field = part.field, part.name != "consumer" else { return nil }
      let unit = part.unit.map { " (\($0))" } ?? ""
      return "  #   \(part.name): \(comment(field))\(unit)"
    }
  }

  /// The keys of a mapping: of the usual one those that the log has, of the user's own all.
  private func json(_ mapping: FieldMapping, _ moment: TimestampMoment) -> [String] {
    var lines = ["  type: json", "  fields:"]
    for part in FormatPart.Name.allCases {
      let all = mapping.keys(ofPart: part.rawValue) ?? []
      let keys = mapping == .nginx ? all.filter(isInLog) : all
      guard !keys.isEmpty else { continue }
      let value =
        keys.count == 1 ? written(keys[0]) : "[\(keys.map(written).joined(separator: ", "))]"
      let example = example(of: part)
      switch part {
      case .duration:
        lines.append(
          "    duration: {field: \(value), unit: \(mapping.durationUnit.rawValue)}\(example)")
      default: lines.append("    \(part.rawValue): \(value)\(example)")
      }
    }
    let isGuess = findings.contains(where: \.isGuess)
    let remark =
      isGuess
      ? "a guess: whether the timestamp is the start or the end of the request" : "of the request"
    return lines + ["  time_is: \(moment.rawValue)    # \(remark)"]
  }

  private func isInLog(_ key: String) -> Bool {
    findings.contains { $0.keysInLog.contains(key) }
  }

  private func example(of part: FormatPart.Name) -> String {
    let found = findings.flatMap(\.parts).first { $0.name == part.rawValue && $0.example != nil }
    // What a client sent is not for a file that is passed around.
    switch part {
    case .time, .method, .status, .requestSize, .responseSize, .duration:
      return found?.example.map { "    # \(comment($0))" } ?? ""
    default: return ""
    }
  }

  // MARK: Consumers, filters, routes

  private var consumers: [String] {
    let title = "# Who sent a request: the first field that has a value."
    guard settings.consumers.isEmpty else {
      return [title, "consumers:"] + settings.consumers.flatMap(rule)
    }
    var seen: Set<String> = []
    let likely = findings.flatMap(\.otherFields)
      .filter { $0.isConsumerLike && !$0.isNearlyUnique && seen.insert($0.name).inserted }
    guard !likely.isEmpty else {
      return [title, "# consumers:", "#   - field: …    # no field of the log looks like one"]
    }
    return [title, "# consumers:"]
      + likely.flatMap { field -> [String] in
        let evidence = "on \(field.lineCount) lines, \(field.distinct.count) different values"
        let lines = ["#   - field: \(written(field.name))    # \(evidence)"]
        return field.isSecret ? lines + ["#     hash: sha256"] : lines
      }
  }

  private func rule(_ rule: ConsumerRule) -> [String] {
    var lines = ["  - field: \(written(rule.field))"]
    if let pattern = rule.pattern { lines.append("    pattern: \(written(pattern))") }
    if let digest = rule.digest { lines.append("    hash: \(digest.rawValue)") }
    if rule.encoding != .utf8 { lines.append("    encoding: \(rule.encoding.rawValue)") }
    if let field = rule.nameField { lines.append("    name: \(written(field))") }
    if let field = rule.groupField { lines.append("    group: \(written(field))") }
    return lines
  }

  private var filters: [String] {
    ["filters:"]
      + settings.filters.flatMap { filter -> [String] in
        let condition =
          switch filter.condition {
          case .equals(let value): "equals: \(written(value))"
          case .matches(let pattern): "matches: \(written(pattern))"
          }
        return [
          "  - name: \(written(filter.name))", "    field: \(written(filter.field))",
          "    \(condition)",
        ]
      }
  }

  private func routes(_ path: (String) -> String) -> [String] {
    var lines: [String]
    switch settings.routes {
    case .none:
      return [
        "# Better than folded paths are the application's routes; backtally routes drafts a list.",
        "# routes:", "#   file: routes.yaml",
      ]
    case .file(let file): lines = ["routes:", "  file: \(written(path(file)))"]
    case .openAPI(let file): lines = ["routes:", "  openapi: \(written(path(file)))"]
    case .list(let routes):
      lines =
        ["routes:", "  list:"]
        + routes.map { "    - \(written("\($0.method) \($0.template)"))" }
    }
    return lines + ["  unmatched: \(settings.unmatched.rawValue)"]
  }

  private func comment(_ text: String) -> String { yamlCommentText(text) }
}
