import Attribution
import Diagnostics
import Yams

extension AlertRule {
  /// Reads a file of alert rules (YAML).
  ///
  /// - Parameters:
  ///   - path: as the user gave it, for the places of errors.
  ///   - environment: what `${NAME}` in values stands for.
  /// - Throws: every mistake that can be found, up to a limit of 50. Invalid YAML and duplicate
  ///   keys hide the rest.
  package static func rules(
    bytes: [UInt8], path: String, environment: [String: String] = [:]
  ) throws(ConfigurationError) -> [AlertRule] {
    var document = YAMLText(text: "")
    let root: Node?
    do throws(YAMLRefusal) {
      document = try YAMLText(bytes: bytes, maximumByteCount: Configuration.maximumByteCount)
      root = try document.composed()
    } catch {
      let place = document.place(lineNumber: error.lineNumber, column: error.column, in: path)
      throw ConfigurationError([.init(.document(error.reason), "", at: place)])
    }
    var reader = ConfigurationReader(
      document: document, path: path, formatNames: [], environment: environment)
    let rules = reader.alertRules(root)
    guard reader.problems.isEmpty else { throw ConfigurationError(reader.problemsByPlace) }
    return rules
  }
}

extension ConfigurationReader {
  private static let ruleKeys = [
    "name", "metric", "above", "below", "window", "for", "every", "apdex_threshold", "client_id",
    "env", "method", "path", "consumer", "status", "webhook", "command",
  ]

  mutating func alertRules(_ root: Node?) -> [AlertRule] {
    guard let root else {
      report(.missing, "alerts", at: nil)
      return []
    }
    guard let top = section(root, "alert rules", keys: ["alerts"]) else { return [] }
    if top["alerts"] == nil { reportMissing("alerts", in: top) }
    let nodes = items("alerts", in: top)
    if nodes.count > AlertRule.countLimit {
      report(.tooMany(AlertRule.countLimit), "alerts", at: top["alerts"])
    }
    var names: Set<String> = []
    return nodes.prefix(AlertRule.countLimit).compactMap { node in
      guard let section = section(node, "alerts", keys: Self.ruleKeys) else { return nil }
      let name = text("name", in: section, isRequired: true)
      if let name {
        if !isRuleName(name) { report(.invalidRuleName, "name", at: section["name"]) }
        if !names.insert(name).inserted { report(.repeatedName, "name", at: section["name"]) }
      }
      return alertRule(section, name: name)
    }
  }

  /// nil if something that it cannot do without is missing or wrong.
  private mutating func alertRule(_ section: Section, name: String?) -> AlertRule? {
    let known = AlertRule.Metric.allCases.map(\.rawValue)
    let metric = choice("metric", among: known, in: section, isRequired: true)
      .flatMap { AlertRule.Metric(rawValue: $0) }
    let filter = alertFilter(section, metric)
    let webhook = webhook(section)
    let command = texts("command", in: section) { $0.contains("\0") ? .invalidArgument : nil }
    let window = duration("window", in: section, AlertRule.secondsOfWindow)
    let hold = duration("for", in: section, AlertRule.secondsOfHold)
    let interval = duration("every", in: section, AlertRule.secondsBetween)
    let apdexThreshold = measure("apdex_threshold", .milliseconds, in: section)
    if section["apdex_threshold"] != nil, let metric, metric != .apdex {
      report(.requires("`metric: apdex`"), "apdex_threshold", at: section["apdex_threshold"])
    }
    guard exactlyOne(of: ["above", "below"], in: section), let name, let metric else { return nil }
    let direction: AlertRule.Direction = section["above"] == nil ? .below : .above
    guard let threshold = measure(direction.rawValue, metric.unit, in: section) else { return nil }
    var rule = AlertRule(name: name, metric: metric, direction: direction, threshold: threshold)
    rule.window = window ?? rule.window
    rule.hold = hold ?? rule.hold
    rule.interval = interval ?? rule.interval
    rule.apdexThreshold = apdexThreshold ?? rule.apdexThreshold
    rule.filter = filter
    rule.webhook = webhook
    rule.command = command
    return rule
  }

  private mutating func alertFilter(
    _ section: Section, _ metric: AlertRule.Metric?
  ) -> AlertRule.Filter {
    var filter = AlertRule.Filter()
    // A UUID is the same in either case (RFC 9562, 4).
    filter.clientID = text("client_id", in: section, .invalidClientID, unless: isUUID)?.lowercased()
    filter.environment = text("env", in: section, .invalidEnvironment, unless: isEnvironmentName)
    filter.method = text("method", in: section)?.uppercased()
    filter.path = text("path", in: section)
    filter.consumer = text("consumer", in: section)
    filter.statuses = statuses("status", in: section)
    let excluded: [String] =
      metric == .uptime
      ? ["method", "path", "consumer", "status"] : metric?.isOfErrors == true ? ["status"] : []
    for key in excluded where section[key] != nil {
      report(.excludes("`metric: \(metric?.rawValue ?? "")`"), key, at: section[key])
    }
    return filter
  }

  private mutating func webhook(_ section: Section) -> AlertRule.Webhook? {
    text("webhook", in: section, .invalidWebhook) { webhookOrigin($0) != nil }.flatMap { url in
      webhookOrigin(url).map { AlertRule.Webhook(url: Redacted(url), shown: $0) }
    }
  }

  /// In seconds: `90s`, `5m`, `2h`, `1d`.
  private mutating func duration(
    _ key: String, in section: Section, _ range: ClosedRange<Int>
  ) -> Int? {
    guard let node = section[key], let text = text(of: node, key) else { return nil }
    guard let seconds = seconds(of: text), range.contains(seconds) else {
      report(
        .invalidPeriod(from: period(range.lowerBound), to: period(range.upperBound)), key, at: node)
      return nil
    }
    return seconds
  }

  private mutating func measure(
    _ key: String, _ unit: AlertRule.Unit, in section: Section
  ) -> Double? {
    guard let node = section[key], let text = text(of: node, key) else { return nil }
    guard let value = unit.value(of: text) else {
      report(.invalidMeasure(unit.example), key, at: node)
      return nil
    }
    return value
  }
}

extension AlertRule.Unit {
  /// The most that a threshold can be, whatever its unit: numbers up to it are exact.
  private static let largestNumber = 1e15

  /// What `text` says, in this unit; nil if it is no such thing.
  func value(of text: String) -> Double? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits) else { return nil }
    let suffix = text.dropFirst(digits.count).drop { $0 == " " }
    guard let factor = factors[String(suffix)] else { return nil }
    let value = number * factor
    return value <= largest ? value : nil
  }

  private var factors: [String: Double] {
    switch self {
    case .count, .score: ["": 1]
    case .percent: ["%": 1]
    case .milliseconds: ["ms": 1, "s": 1_000]
    case .bytes: ["": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12]
    }
  }

  private var largest: Double {
    switch self {
    case .percent: 100
    case .score: 1
    default: Self.largestNumber
    }
  }

  var example: String {
    switch self {
    case .count: "a number, such as 100"
    case .score: "a number from 0 to 1, such as 0.85"
    case .percent: "a share from 0% to 100%, such as 1%"
    case .milliseconds: "a time, such as 800ms or 1.5s"
    case .bytes: "a number of bytes, such as 500 or 10MB"
    }
  }
}

/// The units of periods, in seconds.
private let periods: [(unit: Character, seconds: Int)] = [
  ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
]

private func seconds(of text: String) -> Int? {
  guard let unit = periods.first(where: { $0.unit == text.last }), text.utf8.count <= 8,
    text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
    let number = Int(text.dropLast())
  else { return nil }
  return number * unit.seconds
}

private func period(_ seconds: Int) -> String {
  guard seconds > 0, let unit = periods.first(where: { seconds % $0.seconds == 0 }) else {
    return "0s"
  }
  return "\(seconds / unit.seconds)\(unit.unit)"
}
