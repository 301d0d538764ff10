package import Diagnostics
import Yams

/// The known routes of an application, read from a list.
///
/// The list is text with one entry per line, or YAML:
///
///     # a comment                        - GET /users/{user_id}       /users/{user_id}: [GET, PUT]
///     GET /users/{user_id}               - GET,POST /users            /users: GET,POST
///     GET|POST /users
///
/// An entry is one or more methods (separated by `,` or `|`) and a path template. Parameters are
/// Starlette's: `{name}` or `{name:converter}`. The order of the list is kept, because the first
/// match wins; a repeated entry counts once.
package struct RouteList: Equatable, Sendable {
  /// More than forty times the largest lists we know of, at eighty bytes per route.
  package static let maximumByteCount = 8 << 20
  /// Every request that no earlier route matches is compared with all of them.
  package static let maximumRouteCount = 100_000
  /// Enough to fix a list in one go; the rest is usually the same mistake again.
  static let maximumProblemCount = 20

  package private(set) var routes: [KnownRoute] = []
  private var seen: Set<KnownRoute> = []

  /// Reads a whole list.
  ///
  /// - Parameter source: the path as the user gave it, for the places of errors.
  /// - Throws: every mistake found, up to a limit of 20.
  package init(bytes: [UInt8], source: String) throws(RouteListError) {
    var problems: [RouteListError.Problem] = []
    do throws(YAMLRefusal) {
      let text = try YAMLText(bytes: bytes, maximumByteCount: Self.maximumByteCount)
      if Self.isYAML(text.text) {
        problems = try readYAML(text)
      } else {
        problems = readLines(text.text)
      }
    } catch {
      problems = [.init(.document(error.reason), lineNumber: error.lineNumber)]
    }
    if problems.isEmpty, routes.isEmpty { problems = [.init(.noRoutes, lineNumber: nil)] }
    guard problems.isEmpty else {
      throw RouteListError(source: source, problems: problems)
    }
  }

  /// The routes of one entry such as `GET,POST /users/{user_id}`, one for each method.
  package static func routes(ofEntry entry: String) throws(RouteProblem) -> [KnownRoute] {
    let words = entry.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard let first = words.first else { throw .noMethod }
    guard !first.hasPrefix("/") else { throw .noMethod }
    guard words.count > 1 else { throw .noPath }
    guard words.count == 2 else { throw .trailingText(String(words[2])) }
    return try routes(methods: first, template: words[1])
  }

  private static func routes(
    methods: Substring, template: Substring
  ) throws(RouteProblem) -> [KnownRoute] {
    try checkRouteTemplate(template, parameterNames: .identifiers)
    var routes: [KnownRoute] = []
    let names = methods.split(omittingEmptySubsequences: false) { $0 == "," || $0 == "|" }
    for name in names {
      let name = name.drop(while: { $0 == " " })
      guard !name.isEmpty else { throw .noMethod }
      guard isMethod(name) else { throw .invalidMethod(String(name)) }
      routes.append(KnownRoute(method: name.uppercased(), template: String(template)))
    }
    return routes
  }

  /// Letters, with `-` or `_` between them: the methods of RFC 9110 and of WebDAV
  /// (`VERSION-CONTROL`).
  private static func isMethod(_ name: Substring) -> Bool {
    let isLetter = { (byte: UInt8) in (0x41...0x5A).contains(byte & 0xDF) }
    guard let first = name.utf8.first, let last = name.utf8.last else { return false }
    return isLetter(first) && isLetter(last) && name.utf8.count <= 32
      && name.utf8.allSatisfy { isLetter($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
  }

  // MARK: The two forms

  /// Whether the first significant line can only be YAML: an entry in the plain form begins with a
  /// letter.
  private static func isYAML(_ text: String) -> Bool {
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      let line = trimmed(Substring(line))
      guard let first = line.unicodeScalars.first, first != "#" else { continue }
      if first == "/" { return line.hasSuffix(":") || line.contains(": ") }
      return "-[{\"'?%".unicodeScalars.contains(first)
    }
    return false
  }

  private mutating func readLines(_ text: String) -> [RouteListError.Problem] {
    var problems: [RouteListError.Problem] = []
    var lineNumber = 0
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      lineNumber += 1
      let entry = Self.withoutComment(Self.trimmed(Substring(line)))
      guard !entry.isEmpty else { continue }
      add(at: lineNumber, to: &problems) { () throws(RouteProblem) in
        try Self.routes(ofEntry: String(entry))
      }
      if problems.count == Self.maximumProblemCount { break }
    }
    return problems
  }

  private mutating func readYAML(
    _ text: YAMLText
  ) throws(YAMLRefusal) -> [RouteListError.Problem] {
    var problems: [RouteListError.Problem] = []
    let root = try text.composed()
    switch root?.mapping.flatMap(Self.startupPaths) ?? root {
    case .sequence(let entries):
      for entry in entries where problems.count < Self.maximumProblemCount {
        add(at: entry.mark?.line, to: &problems) { () throws(RouteProblem) in
          if let mapping = entry.mapping { return try Self.routes(ofStartupPath: mapping) }
          guard let entry = entry.scalar?.string else { throw .notAnEntry }
          return try Self.routes(ofEntry: entry)
        }
      }
    case .mapping(let methodsByPath):
      for (path, methods) in methodsByPath where problems.count < Self.maximumProblemCount {
        add(at: path.mark?.line, to: &problems) { () throws(RouteProblem) in
          try Self.routes(path: path, methods: methods)
        }
      }
    case nil: break
    case let node?: problems = [.init(.route(.notAnEntry), lineNumber: node.mark?.line)]
    }
    return problems
  }

  /// The `paths` of a startup message, as the middleware sends it; its other contents are not
  /// routes.
  private static func startupPaths(of message: Node.Mapping) -> Node? {
    message.first { $0.key.scalar?.string == "paths" && $0.value.sequence != nil }?.value
  }

  /// `{"path": "/users/{user_id}", "method": "get"}`. Paths in startup messages have no converters;
  /// if the spelling used in other messages is given next to it (`sync_path`), that is used.
  private static func routes(
    ofStartupPath entry: Node.Mapping
  ) throws(RouteProblem) -> [KnownRoute] {
    func text(_ name: String) -> String? {
      entry.first { $0.key.scalar?.string == name }?.value.scalar?.string
    }
    guard let path = text("sync_path") ?? text("path") else { throw .notAnEntry }
    guard let method = text("method") else { throw .noMethod }
    return try routes(methods: Substring(method), template: Substring(path))
  }

  private static func routes(path: Node, methods: Node) throws(RouteProblem) -> [KnownRoute] {
    guard let path = path.scalar?.string else { throw .notAnEntry }
    let names: [String]
    switch methods {
    case .scalar(let scalar): names = [scalar.string]
    case .sequence(let sequence): names = sequence.compactMap(\.scalar?.string)
    default: throw .noMethod
    }
    guard !names.isEmpty, names != [""] else { throw .noMethod }
    return try routes(methods: Substring(names.joined(separator: ",")), template: Substring(path))
  }

  private mutating func add(
    at lineNumber: Int?, to problems: inout [RouteListError.Problem],
    reading: () throws(RouteProblem) -> [KnownRoute]
  ) {
    do throws(RouteProblem) {
      for route in try reading() where seen.insert(route).inserted {
        guard routes.count < Self.maximumRouteCount else {
          problems = [.init(.tooManyRoutes, lineNumber: lineNumber)]
          return
        }
        routes.append(route)
      }
    } catch {
      problems.append(.init(.route(error), lineNumber: lineNumber))
    }
  }

  private static func trimmed(_ line: Substring) -> Substring {
    let isBlank = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" || scalar == "\r" }
    var scalars = line.unicodeScalars.drop(while: isBlank)
    while let last = scalars.last, isBlank(last) { scalars.removeLast() }
    return Substring(scalars)
  }

  /// A comment begins a line or follows a blank, as in YAML.
  private static func withoutComment(_ line: Substring) -> Substring {
    var previous: Unicode.Scalar = " "
    for index in line.unicodeScalars.indices {
      let scalar = line.unicodeScalars[index]
      if scalar == "#", previous == " " || previous == "\t" { return trimmed(line[..<index]) }
      previous = scalar
    }
    return line
  }
}

/// The spelling of a template in the startup message: without converters.
/// `/files/{path:path}` becomes `/files/{path}`, as recorded from the middleware.
package func startupPath(ofTemplate template: String) -> String {
  var path = String.UnicodeScalarView()
  var isInBraces = false
  var isInConverter = false
  for scalar in template.unicodeScalars {
    switch scalar {
    case "{": isInBraces = true
    case "}": (isInBraces, isInConverter) = (false, false)
    case ":" where isInBraces: isInConverter = true
    default: break
    }
    if !isInConverter { path.append(scalar) }
  }
  return String(path)
}

// MARK: - Templates

/// Which parameter names a template may have.
enum ParameterNames {
  /// Starlette's: letters, digits and `_`, not beginning with a digit.
  case identifiers
  /// OpenAPI's: anything except the characters that end a name (`{user-id}` is common).
  case any
}

/// Accepts a path template that can be matched, and throws what is wrong with any other.
func checkRouteTemplate(
  _ template: Substring, parameterNames: ParameterNames
) throws(RouteProblem) {
  let scalars = template.unicodeScalars
  guard scalars.first == "/" else { throw .relativePath(String(template)) }
  guard !scalars.contains(where: { $0 == "?" || $0 == "#" }) else { throw .queryOrFragment }
  var names: Set<String> = []
  var rest = scalars[...]
  while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
    let inside = rest[rest.index(after: open)...]
    guard rest[open] == "{", let close = inside.firstIndex(where: { $0 == "{" || $0 == "}" }),
      inside[close] == "}"
    else { throw .unbalancedBraces }
    let name = try parameterName(in: Substring(inside[..<close]), parameterNames)
    guard names.insert(name).inserted else { throw .duplicateParameter(name) }
    rest = inside[inside.index(after: close)...]
  }
  try checkForForeignParameters(in: template)
}

/// The name in `name` or `name:converter`.
private func parameterName(
  in declaration: Substring, _ names: ParameterNames
) throws(RouteProblem) -> String {
  let parts = declaration.split(
    separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
  let name = parts[0]
  switch names {
  case .identifiers: guard isIdentifier(name) else { throw .invalidParameterName(String(name)) }
  case .any:
    guard !name.isEmpty, !name.contains("/") else { throw .invalidParameterName(String(name)) }
  }
  if parts.count == 2, names == .identifiers {
    guard !parts[1].isEmpty else { throw .invalidParameterName(String(declaration)) }
    guard RoutePattern.Converter(rawValue: String(parts[1])) != nil else {
      throw .unknownConverter(String(parts[1]))
    }
  }
  return String(name)
}

private func isIdentifier(_ name: Substring) -> Bool {
  guard let first = name.utf8.first else { return false }
  let isWord = { (byte: UInt8) in
    byte == UInt8(ascii: "_") || (0x41...0x5A).contains(byte & 0xDF) || (0x30...0x39).contains(byte)
  }
  return !(0x30...0x39).contains(first) && name.utf8.allSatisfy(isWord)
}

/// Parameters as other frameworks spell them would be taken as literal text and match nothing,
/// which nobody would notice until the numbers are missing.
private func checkForForeignParameters(in template: Substring) throws(RouteProblem) {
  for segment in template.split(separator: "/") {
    let isForeign =
      segment == "*" || segment == "**" || (segment.hasPrefix(":") && segment != ":")
      || (segment.contains("<") && segment.hasSuffix(">"))
    if isForeign { throw .foreignParameter(String(segment)) }
  }
}

// MARK: - Errors

/// What is wrong with one route.
package enum RouteProblem: Error, Equatable, Sendable {
  case noMethod
  case invalidMethod(String)
  case noPath
  case relativePath(String)
  case trailingText(String)
  case unbalancedBraces
  case invalidParameterName(String)
  case unknownConverter(String)
  case duplicateParameter(String)
  /// A parameter in the spelling of another framework: `:id`, `<id>`, `*`.
  case foreignParameter(String)
  case queryOrFragment
  case notAnEntry

  /// A clause that follows "the route" or stands alone.
  package var message: String {
    switch self {
    case .noMethod: "the route has no method"
    case .invalidMethod(let name): "`\(name)` is not a method"
    case .noPath: "the route has no path"
    case .relativePath(let path): "the path `\(path)` does not begin with `/`"
    case .trailingText(let text): "unexpected `\(text)` after the path"
    case .unbalancedBraces: "the path has unbalanced braces"
    case .invalidParameterName(let name): "`{\(name)}` is not a valid parameter"
    case .unknownConverter(let name): "unknown converter `\(name)`"
    case .duplicateParameter(let name): "the parameter `{\(name)}` occurs twice in the path"
    case .foreignParameter(let segment): "`\(segment)` is not how parameters are written here"
    case .queryOrFragment: "a path has no `?` or `#`"
    case .notAnEntry: "expected a route such as `GET /users/{user_id}`"
    }
  }

  private static var converterNames: String {
    RoutePattern.Converter.allCases.map(\.rawValue).joined(separator: ", ")
  }

  package var hint: String? {
    switch self {
    case .noMethod, .invalidMethod, .noPath, .trailingText, .notAnEntry:
      "write the methods and then the path, as in `GET,HEAD /users/{user_id}`"
    case .relativePath: "a path begins with `/`, without scheme and host"
    case .unbalancedBraces: "a parameter is written `{name}` or `{name:int}`"
    case .invalidParameterName:
      "a name consists of letters, digits and `_`, not starting with a digit"
    case .unknownConverter: "the converters are \(Self.converterNames)"
    case .duplicateParameter: "give each parameter of a path a name of its own"
    case .foreignParameter: "write `{name}`, or `{name:path}` for one that may contain `/`"
    case .queryOrFragment: "leave out the query; routes are matched by the path alone"
    }
  }
}

/// Why a list of routes was refused: every mistake, with its line.
package struct RouteListError: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    case route(RouteProblem)
    case document(YAMLRefusal.Reason)
    case noRoutes
    case tooManyRoutes
  }

  package struct Problem: Equatable, Sendable {
    package var reason: Reason
    /// From 1.
    package var lineNumber: Int?

    init(_ reason: Reason, lineNumber: Int?) {
      self.reason = reason
      self.lineNumber = lineNumber
    }
  }

  package var source: String
  package var problems: [Problem]

  package var diagnostics: [Diagnostic] {
    problems.map { problem in
      let (message, hint) = Self.words(for: problem.reason)
      return Diagnostic(
        .error, code: "invalid-route-list", message, hint: hint,
        at: Place(source: source, lineNumber: problem.lineNumber), exitStatus: .wrongUsage)
    }
  }

  private static func words(for reason: Reason) -> (message: String, hint: String?) {
    switch reason {
    case .route(let problem): (problem.message, problem.hint)
    case .document(let reason): (reason.message, reason.hint)
    case .noRoutes:
      ("the list contains no routes", "write one per line, as in `GET /users/{user_id}`")
    case .tooManyRoutes:
      (
        "the list has more than \(RouteList.maximumRouteCount) routes",
        "combine paths that contain identifiers into one template"
      )
    }
  }
}
