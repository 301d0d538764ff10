import AccessLogParsing
import Attribution
import Diagnostics
import Yams

extension Configuration {
  /// Far more than a file written by a person needs.
  package static let maximumByteCount = 1 << 20

  /// Reads a configuration file (YAML).
  ///
  /// - Parameters:
  ///   - path: as the user gave it, for the places of errors.
  ///   - formatNames: the catalogue names that `format.type` may have, besides `auto` and `json`.
  ///   - environment: what `${NAME}` in values stands for.
  /// - Throws: every mistake that can be found, up to a limit of 50. Invalid YAML and duplicate
  ///   keys hide the rest.
  package init(
    bytes: [UInt8], path: String, formatNames: [String], environment: [String: String] = [:]
  ) throws(ConfigurationError) {
    var document = YAMLText(text: "")
    let root: Node?
    do throws(YAMLRefusal) {
      document = try YAMLText(bytes: bytes, maximumByteCount: Self.maximumByteCount)
      root = try document.composed()
    } catch {
      let place = document.place(lineNumber: error.lineNumber, column: error.column, in: path)
      throw ConfigurationError([.init(.document(error.reason), "", at: place)])
    }
    var reader = ConfigurationReader(
      document: document, path: path, formatNames: formatNames, environment: environment)
    self = reader.configuration(root)
    guard reader.problems.isEmpty else { throw ConfigurationError(reader.problemsByPlace) }
  }
}

/// Goes through the file section by section and collects mistakes.
struct ConfigurationReader {
  private static let maximumProblemCount = 50

  let document: YAMLText
  let path: String
  let formatNames: [String]
  private let environment: [String: String]
  private var written: [String: String] = [:]
  private(set) var problems: [ConfigurationProblem] = []

  init(
    document: YAMLText, path: String, formatNames: [String], environment: [String: String]
  ) {
    (self.document, self.path, self.formatNames) = (document, path, formatNames)
    self.environment = environment
  }

  mutating func configuration(_ root: Node?) -> Configuration {
    var configuration = Configuration()
    configuration.path = path
    let keys = [
      "client_id", "env", "hub_url", "state_dir", "inputs", "format", "bucket", "consumers",
      "consumer_names", "filters", "routes", "request_logs", "app_version", "client", "timezone",
      "duration_unit", "api_url", "api_key",
    ]
    guard let root,
      let top = section(
        root, "configuration", keys: keys + Self.telemetryKeys)
    else {
      return configuration
    }
    configuration.clientID = text("client_id", in: top, .invalidClientID, unless: isUUID)
    configuration.environment = text("env", in: top, .invalidEnvironment, unless: isEnvironmentName)
    configuration.hubURL = text("hub_url", in: top, .invalidURL, unless: isHubURL)
    configuration.stateDirectory = text("state_dir", in: top)
    configuration.inputs = texts("inputs", in: top)
    configuration.format = top["format"].flatMap { format($0) }
    configuration.bucketSeconds = wholeNumber("bucket", in: top, range: Settings.bucketSecondsRange)
    configuration.consumers = items("consumers", in: top).compactMap { consumer($0) }
    configuration.filters = items("filters", in: top).compactMap { filter($0) }
    if let node = top["routes"] { routes(node, into: &configuration) }
    configuration.timeZone = text("timezone", in: top, .invalidTimeZone) {
      LocalClock(zone: $0) != nil
    }
    configuration.durationUnit = choice("duration_unit", of: DurationUnit.self, in: top)
    configuration.consumerNames = text("consumer_names", in: top)
    if let node = top["request_logs"] { configuration.requestLogs = requestLogs(node) }
    configuration.appVersion = text("app_version", in: top, .invalidVersion, unless: isVersion)
    configuration.client = text("client", in: top, .invalidClient, unless: isClientName)
    configuration.telemetry = telemetry(in: top)
    configuration.readingURL = text("api_url", in: top, .invalidURL, unless: isHubURL)
    configuration.readingKey = text("api_key", in: top, .invalidAPIKey, unless: isAPIKey)
      .map { Redacted($0) }
    configuration.written = written
    configuration.variables = environment.filter { name, _ in
      written.values.contains { $0.contains("${\(name)}") }
    }
    for key in ["format", "request_logs"] {
      configuration.sections[key] = top[key].flatMap {
        try? Yams.serialize(node: $0, allowUnicode: true)
      }
    }
    return configuration
  }

  // MARK: Sections

  private mutating func consumer(_ node: Node) -> ConsumerRule? {
    let keys = ["field", "pattern", "hash", "encoding", "name", "group"]
    guard let section = section(node, "consumers", keys: keys),
      let field = text("field", in: section, isRequired: true)
    else { return nil }
    let pattern = pattern("pattern", in: section, needsGroup: true)
    let digest = choice("hash", of: ConsumerRule.Digest.self, in: section)
    let encoding = choice("encoding", of: ConsumerRule.Encoding.self, in: section)
    return ConsumerRule(
      field: field, pattern: pattern, digest: digest, encoding: encoding ?? .utf8,
      nameField: text("name", in: section), groupField: text("group", in: section))
  }

  private mutating func filter(_ node: Node) -> RecordFilter? {
    let keys = ["name", "field", "equals", "matches"]
    guard let section = section(node, "filters", keys: keys) else { return nil }
    let name = text("name", in: section, isRequired: true)
    let field = text("field", in: section, isRequired: true)
    let equals = text("equals", in: section, mayBeEmpty: true)
    let matches = pattern("matches", in: section, needsGroup: false)
    guard exactlyOne(of: ["equals", "matches"], in: section), let name, let field else {
      return nil
    }
    let condition = equals.map { RecordFilter.Condition.equals($0) } ?? matches.map { .matches($0) }
    return condition.map { RecordFilter(name: name, field: field, condition: $0) }
  }

  private mutating func routes(_ node: Node, into configuration: inout Configuration) {
    let sources = ["openapi", "file", "list"]
    let others = ["unmatched", "prefix", "strip", "case", "trailing_slash"]
    guard let section = section(node, "routes", keys: sources + others) else { return }
    configuration.unmatched = choice("unmatched", of: UnmatchedPolicy.self, in: section)
    var adjustment = RouteAdjustment()
    let prefix = text("prefix", in: section, .invalidPathPrefix, unless: isPathPrefix)
    let strip = text("strip", in: section, .invalidPathPrefix, unless: isPathPrefix)
    adjustment.prefix = withoutTrailingSlash(prefix ?? "")
    adjustment.strip = withoutTrailingSlash(strip ?? "")
    adjustment.ignoresCase = choice("case", of: RouteCase.self, in: section) == .ignore
    adjustment.ignoresTrailingSlash =
      choice("trailing_slash", of: RouteTrailingSlash.self, in: section) == .ignore
    configuration.routeAdjustment = adjustment
    // How paths are adjusted matters to folding, too.
    if others.dropFirst().contains(where: { section[$0] != nil }),
      sources.allSatisfy({ section[$0] == nil })
    {
      return
    }
    let openAPI = text("openapi", in: section)
    let file = text("file", in: section)
    let list = items("list", in: section).flatMap { knownRoutes($0) }
    guard exactlyOne(of: sources, in: section) else { return }
    if let openAPI { configuration.routes = .openAPI(openAPI) }
    if let file { configuration.routes = .file(file) }
    if !list.isEmpty { configuration.routes = .list(list) }
  }

  private mutating func knownRoutes(_ node: Node) -> [KnownRoute] {
    guard let entry = text(of: node, "list") else { return [] }
    do throws(RouteProblem) {
      return try RouteList.routes(ofEntry: entry)
    } catch {
      report(.route(error), "list", at: node)
      return []
    }
  }

  // MARK: Values

  /// A mapping that may only have these keys.
  mutating func section(_ node: Node, _ name: String, keys: [String]) -> Section? {
    guard let mapping = node.mapping, isUntagged(node) else {
      report(.wrongType(expected: .mapping, found: valueType(of: node)), name, at: node)
      return nil
    }
    var values: [String: Node] = [:]
    let problemCount = problems.count
    for (key, value) in mapping {
      let name = key.scalar?.string ?? "?"
      if keys.contains(name) {
        values[name] = value
      } else {
        report(.unknownKey(nearest: nearestName(to: name, among: keys), known: keys), name, at: key)
      }
    }
    return Section(
      name: name, node: node, values: values, hasUnknownKeys: problems.count > problemCount)
  }

  mutating func text(
    _ key: String, in section: Section, isRequired: Bool = false, mayBeEmpty: Bool = false
  ) -> String? {
    guard let node = section[key] else {
      if isRequired { reportMissing(key, in: section) }
      return nil
    }
    return text(of: node, key, mayBeEmpty: mayBeEmpty)
  }

  mutating func text(
    _ key: String, in section: Section, _ reason: ConfigurationProblem.Reason,
    unless isValid: (String) -> Bool
  ) -> String? {
    guard let node = section[key], let text = text(of: node, key) else { return nil }
    if !isValid(text) { report(reason, key, at: node) }
    return text
  }

  /// Any plain or quoted scalar counts as text, so that `env: 2` and `equals: no` mean what they
  /// look like.
  mutating func text(of node: Node, _ key: String, mayBeEmpty: Bool = false) -> String? {
    guard valueType(of: node) == .text, let written = node.scalar?.string else {
      report(.wrongType(expected: .text, found: valueType(of: node)), key, at: node)
      return nil
    }
    guard let text = expanded(written, key, at: node) else { return nil }
    guard mayBeEmpty || !text.isEmpty else {
      report(.empty, key, at: node)
      return nil
    }
    return text
  }

  /// A value with its variables replaced; nil if that cannot be done. In format strings `${name}` is the
  /// server's own.
  private mutating func expanded(_ text: String, _ key: String, at node: Node) -> String? {
    guard holdsVariable(text), key != "string" else { return text }
    do throws(VariableProblem) {
      let expanded = try expandingVariables(in: text, from: environment)
      written[expanded] = text
      return expanded
    } catch {
      report(.variable(error), key, at: node)
      return nil
    }
  }

  /// A list of texts, or a single text where `mayStandAlone`; empty if the key is missing.
  mutating func texts(
    _ key: String, in section: Section, mayStandAlone: Bool = false,
    problem: (String) -> ConfigurationProblem.Reason? = { _ in nil }
  ) -> [String] {
    guard let node = section[key] else { return [] }
    if mayStandAlone, node.sequence == nil {
      guard valueType(of: node) == .text else {
        report(.wrongType(expected: .textOrList, found: valueType(of: node)), key, at: node)
        return []
      }
      return checkedText(of: node, key, problem).map { [$0] } ?? []
    }
    return items(key, in: section).compactMap { checkedText(of: $0, key, problem) }
  }

  private mutating func checkedText(
    of node: Node, _ key: String, _ problem: (String) -> ConfigurationProblem.Reason?
  ) -> String? {
    guard let text = text(of: node, key) else { return nil }
    guard let reason = problem(text) else { return text }
    report(reason, key, at: node)
    return nil
  }

  mutating func items(_ key: String, in section: Section) -> [Node] {
    guard let node = section[key] else { return [] }
    guard let items = node.sequence, isUntagged(node) else {
      report(.wrongType(expected: .list, found: valueType(of: node)), key, at: node)
      return []
    }
    if items.isEmpty { report(.empty, key, at: node) }
    return Array(items)
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of _: Choice.Type, in section: Section
  ) -> Choice? where Choice.RawValue == String {
    let known = Choice.allCases.map(\.rawValue)
    return choice(key, among: known, in: section).flatMap(Choice.init)
  }

  mutating func choice(
    _ key: String, among known: [String], in section: Section, isRequired: Bool = false
  ) -> String? {
    guard let value = text(key, in: section, isRequired: isRequired) else { return nil }
    if known.contains(value) { return value }
    let nearest = nearestName(to: value, among: known)
    report(.unknownValue(value, nearest: nearest, known: known), key, at: section[key])
    return nil
  }

  private mutating func plainValue(of node: Node, _ key: String) -> String? {
    node.scalar.flatMap { expanded($0.string, key, at: node) }
  }

  /// A number from 0 to 1.
  mutating func share(_ key: String, in section: Section) -> Double? {
    guard let node = section[key] else { return nil }
    guard valueType(of: node) == .text, node.scalar?.style == .plain,
      let number = plainValue(of: node, key).flatMap({ Double($0) }), number.isFinite
    else {
      report(.wrongType(expected: .number, found: valueType(of: node)), key, at: node)
      return nil
    }
    if !(0...1).contains(number) { report(.outOfRange(0...1), key, at: node) }
    return number
  }

  private mutating func wholeNumber(
    _ key: String, in section: Section, range: ClosedRange<Int>
  ) -> Int? {
    guard let node = section[key] else { return nil }
    guard valueType(of: node) == .text, node.scalar?.style == .plain,
      let number = plainValue(of: node, key).flatMap({ Int($0) })
    else {
      report(.wrongType(expected: .wholeNumber, found: valueType(of: node)), key, at: node)
      return nil
    }
    if !range.contains(number) { report(.outOfRange(range), key, at: node) }
    return number
  }

  private mutating func pattern(
    _ key: String, in section: Section, needsGroup: Bool
  ) -> String? {
    guard let pattern = text(key, in: section) else { return nil }
    if let reason = problem(withPattern: pattern, needsGroup: needsGroup) {
      report(reason, key, at: section[key])
    }
    return pattern
  }

  mutating func exactlyOne(of keys: [String], in section: Section) -> Bool {
    let count = keys.count { section[$0] != nil }
    if count > 1 || count == 0 && !section.hasUnknownKeys {
      report(.notExactlyOne(keys), section.name, at: section.node)
    }
    return count == 1
  }

  // MARK: Problems

  /// In the order of the file.
  var problemsByPlace: [ConfigurationProblem] {
    let ranked = problems.enumerated().map { offset, problem in
      let place = problem.place
      return (rank: (place?.lineNumber ?? 0, place?.byteOffset ?? 0, offset), problem: problem)
    }
    return ranked.sorted { $0.rank < $1.rank }.map(\.problem)
  }

  /// Reports nothing if the section has an unknown key, which is probably the missing one
  /// misspelled.
  mutating func reportMissing(_ key: String, in section: Section) {
    if !section.hasUnknownKeys { report(.missing, key, at: section.node) }
  }

  mutating func report(
    _ reason: ConfigurationProblem.Reason, _ subject: String, at node: Node?
  ) {
    guard problems.count < Self.maximumProblemCount else { return }
    let mark = node?.mark
    let place = document.place(lineNumber: mark?.line, column: mark?.column, in: path)
    // What comes from the environment may be a secret.
    let written = node?.scalar?.string ?? ""
    problems.append(
      ConfigurationProblem(
        holdsVariable(written) ? reason.hidingValue(behind: written) : reason, subject, at: place))
  }
}

/// A mapping in the file, by its keys.
struct Section {
  let name: String
  let node: Node
  let values: [String: Node]
  let hasUnknownKeys: Bool

  subscript(key: String) -> Node? { values[key] }
}

/// The type of a node, in the words of the messages.
func valueType(of node: Node) -> ConfigurationProblem.ValueType {
  guard isUntagged(node) else { return .tagged }
  switch node {
  case .sequence: return .list
  case .mapping: return .mapping
  case .alias: return .nothing
  case .scalar(let scalar):
    // These are the spellings of null in YAML's core schema (1.2, 10.3.2).
    let isNull = ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    return isNull && scalar.style == .plain ? .nothing : .text
  }
}

/// Whether the node has no explicit tag (`!!int`, `!secret`), which would be ignored.
private func isUntagged(_ node: Node) -> Bool {
  let own = "tag:yaml.org,2002:"
  return ["", "!", "\(own)str", "\(own)seq", "\(own)map"].contains(node.tag.rawValue)
}
