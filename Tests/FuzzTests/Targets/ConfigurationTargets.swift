import ByteScanning
import Diagnostics
import FuzzModels

@testable import AccessLogParsing
@testable import Attribution
@testable import Configuring
@testable import Reporting

/// Configurations as users write them. An input is the file.
///
/// A file is taken or refused, the same way each time, and what is refused is said with places in it.
final class ConfigurationsTarget: FuzzTarget {
  private static let formatNames = FormatCatalogue.entries.map(\.name)
  private static let environment = ["HOME": "/home/ada", "A": "${B}", "B": "a: b"]

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let bytes = input.copied()
    let (first, second) = (Self.read(bytes), Self.read(bytes))
    try check(first == second, "the same twice")
    switch first {
    case .success(let configuration):
      for variable in configuration.variables {
        try check(Self.environment[variable.key] == variable.value, "\(variable)")
      }
    case .failure(let error):
      try check((1...50).contains(error.problems.count), "\(error.problems.count) problems")
      for diagnostic in error.diagnostics { try PlaceCheck.check(diagnostic, bytes) }
    }
  }

  private static func read(_ bytes: [UInt8]) -> Result<Configuration, ConfigurationError> {
    do throws(ConfigurationError) {
      return .success(
        try Configuration(
          bytes: bytes, path: "logs.yaml", formatNames: formatNames, environment: environment))
    } catch {
      return .failure(error)
    }
  }
}

/// The other files that users write: lists of routes, OpenAPI documents, consumers' names, and rules of alerts.
/// The first byte of an input chooses which, the rest is the file.
///
/// A file is taken or refused; the routes that are taken are read back from a file of the same kind as what
/// they are, and match a path without a fault. Rules that are taken keep to their limits, and show no more of an address than
/// its host.
final class FilesTarget: FuzzTarget {
  /// Routes, of which every one is tried: a list has more in few bytes only if they are alike.
  private static let routeLimit = 64

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    guard input.count > 0 else { return }
    let bytes = input.extracting(1..<input.count).copied()
    switch input[0] % 6 {
    case 0: try checkList(bytes)
    case 1: try checkOpenAPI(bytes)
    case 2: try checkNames(bytes, "names.csv")
    case 3: try checkNames(bytes, "names.yaml")
    case 5: try checkAlerts(bytes)
    default: try checkTypedRoute(bytes)
    }
  }

  private func checkList(_ bytes: [UInt8]) throws(Violation) {
    let list: RouteList
    do throws(RouteListError) {
      list = try RouteList(bytes: bytes, source: "routes.yaml")
    } catch {
      try check(!error.problems.isEmpty, "refused without a reason")
      for diagnostic in error.diagnostics { try PlaceCheck.check(diagnostic, bytes) }
      return
    }
    try checkRoutes(list.routes, readBack: Self.listed)
  }

  private func checkOpenAPI(_ bytes: [UInt8]) throws(Violation) {
    let document: OpenAPIDocument
    do throws(OpenAPIError) {
      document = try OpenAPIDocument(bytes: bytes, source: "api.yaml")
    } catch {
      return try PlaceCheck.check(error.diagnostic, bytes)
    }
    for problem in document.problems { try PlaceCheck.check(problem.diagnostic, bytes) }
    try checkRoutes(document.routes, readBack: Self.documented)
    // A document in JSON is sent as it is; YAML's flow style begins with a brace, too.
    guard let json = document.json, json.first != "{" || !bytes.contains(UInt8(ascii: "{")) else {
      return
    }
    try check(SlowJSON.value(of: Array(json.utf8)) != nil, "no JSON: \(json)")
  }

  private func checkNames(_ bytes: [UInt8], _ source: String) throws(Violation) {
    let names: ConsumerNames
    do throws(ConsumerNamesError) {
      names = try ConsumerNames(bytes: bytes, source: source)
    } catch {
      return try PlaceCheck.check(error.diagnostic, bytes)
    }
    for identifier in names.entries.keys {
      try check(!identifier.isEmpty, "a consumer without an identifier")
      try check(identifier == strippingWhiteSpace(identifier[...]), "space around \(identifier)")
    }
  }

  private func checkAlerts(_ bytes: [UInt8]) throws(Violation) {
    let rules: [AlertRule]
    do throws(ConfigurationError) {
      rules = try AlertRule.rules(bytes: bytes, path: "alerts.yaml", environment: ["A": "b: c"])
    } catch {
      try check((1...50).contains(error.problems.count), "\(error.problems.count) problems")
      for diagnostic in error.diagnostics { try PlaceCheck.check(diagnostic, bytes) }
      return
    }
    try check((1...AlertRule.countLimit).contains(rules.count), "\(rules.count) rules")
    try check(Set(rules.map(\.name)).count == rules.count, "a name twice")
    for rule in rules {
      try check(rule.threshold >= 0 && rule.threshold <= 1e15, "threshold \(rule.threshold)")
      try check(AlertRule.secondsOfWindow.contains(rule.window), "window \(rule.window)")
      try check(AlertRule.secondsOfHold.contains(rule.hold), "for \(rule.hold)")
      try check(AlertRule.secondsBetween.contains(rule.interval), "every \(rule.interval)")
      try check(!rule.command.contains { $0.contains("\0") }, "\(rule.command)")
      guard let webhook = rule.webhook else { continue }
      try check(!webhook.shown.dropFirst(8).contains { "/?@#".contains($0) }, "\(webhook.shown)")
      try check(
        webhook.shown.hasPrefix("https://") || webhook.shown.hasPrefix("http://"), webhook.shown)
    }
  }

  private func checkTypedRoute(_ bytes: [UInt8]) throws(Violation) {
    let entry = String(decoding: bytes, as: UTF8.self)
    guard let routes = try? RouteList.routes(ofEntry: entry) else { return }
    try checkRoutes(routes, readBack: Self.listed)
  }

  private func checkRoutes(
    _ routes: [KnownRoute], readBack: (KnownRoute) -> [KnownRoute]?
  ) throws(Violation) {
    for route in routes.prefix(Self.routeLimit) {
      let read = readBack(route)
      try check(read == [route], "\(route) is read back as \(String(describing: read))")
      var trie = RouteTrie()
      trie.add(RoutePattern(template: route.template), order: 0, template: 1)
      let path = Array(route.template.utf8)
      _ = trie.match(path.span, in: 0..<path.count)
      _ = startupPath(ofTemplate: route.template)
    }
  }

  /// What a list with the route holds. Blanks end the template of an entry, and only a mapping takes them.
  private static func listed(_ route: KnownRoute) -> [KnownRoute]? {
    guard route.template.contains(where: { $0 == " " || $0 == "\t" }) else {
      return try? RouteList.routes(ofEntry: "\(route.method) \(route.template)")
    }
    let list = "\(yamlText(route.template)): [\(route.method)]\n"
    return try? RouteList(bytes: Array(list.utf8), source: "routes.yaml").routes
  }

  /// What an OpenAPI document with the route holds, whose parameters have names that lists don't take
  /// (`{user-id}`). Its key is an explicit one, since others end after 1,024 characters.
  private static func documented(_ route: KnownRoute) -> [KnownRoute]? {
    let document = """
      openapi: 3.0.3
      paths:
        ? \(yamlText(route.template))
        : {\(route.method.lowercased()): {}}

      """
    return try? OpenAPIDocument(bytes: Array(document.utf8), source: "api.yaml").routes
  }
}

/// Whether a diagnostic can be shown: words, and a place that is in the file.
enum PlaceCheck {
  static func check(_ diagnostic: Diagnostic, _ bytes: [UInt8]) throws(Violation) {
    try FuzzTests.check(!diagnostic.message.isEmpty, "without a message")
    let shown = terminalSafe(diagnostic.message)
    try FuzzTests.check(!shown.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "\(shown)")
    guard let line = diagnostic.place?.lineNumber else { return }
    let lineCount = bytes.count { $0 == 0x0A || $0 == 0x0D } + 2
    // UTF-8 as YAML has it has further line breaks of two and three bytes.
    let furtherBreaks = bytes.count { $0 == 0x85 || $0 == 0xA8 || $0 == 0xA9 }
    try FuzzTests.check(
      line >= 1 && line <= lineCount + furtherBreaks, "line \(line) of \(lineCount)")
  }
}
