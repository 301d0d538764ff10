package import Diagnostics
internal import Yams

/// The routes that an OpenAPI document declares: of version 3, or of version 2 (Swagger).
///
/// Templates are spelled as in `paths`. OpenAPI has no converters, and the middleware reports the
/// application's own path, without a base path that a proxy strips (`servers`), so neither is added
/// to a template. Base paths are kept separately: matching tries what follows a base path first, and
/// then a request's path as it is.
///
/// Ignored, because they do not change which request belongs to which path: `webhooks`, and the schemas
/// of parameters.
package struct OpenAPIDocument: Equatable, Sendable {
  /// The documents of the largest public APIs have 5 to 12 MB.
  package static let maximumByteCount = 16 << 20

  /// The document as read, without a byte order mark.
  package let text: String
  /// In an order in which the first match is the right one: OpenAPI matches "concrete
  /// (non-templated) paths before their templated counterparts" (Paths Object), so where one
  /// template has literal text and another a parameter, the literal text comes first. `OPTIONS` is
  /// left out because the middleware does not count it.
  package let routes: [KnownRoute]
  /// The paths of the servers' addresses, longest first, without a trailing slash. A server at the
  /// root has none, and neither has one whose address is relative to the document's location.
  ///
  /// A server variable has each of its values (`enum`), or its default and any other text. The servers of
  /// a path or an operation take the place of the document's.
  package let basePaths: [BasePath]
  /// What is wrong with single paths, which are left out.
  package let problems: [OpenAPIError]
  /// Whether it is of version 3: what the hub understands.
  package let isCurrent: Bool

  /// Reads a JSON or YAML document.
  ///
  /// - Parameter source: the path as the user gave it, for the places of errors.
  package init(bytes: [UInt8], source: String) throws(OpenAPIError) {
    let root: Node?
    do throws(YAMLRefusal) {
      text = try YAMLText(bytes: bytes, maximumByteCount: Self.maximumByteCount).text
      root = try YAMLText(text: joiningSurrogateEscapes(in: text)).composed()
    } catch {
      throw OpenAPIError(.document(error.reason), source: source, lineNumber: error.lineNumber)
    }
    var reader = try OpenAPIReader(root: root, source: source)
    (routes, basePaths) = try reader.routes()
    problems = reader.problems
    isCurrent = !reader.isSwagger
  }
}

/// Walks the parts of a document that concern routes.
private struct OpenAPIReader {
  /// The methods that a path item may declare (`options` is not counted), in the specification's
  /// order.
  static let methods = ["get", "put", "post", "delete", "head", "patch", "trace"]

  private let root: Node.Mapping
  private let paths: Node.Mapping
  private let source: String
  let isSwagger: Bool
  /// What is wrong with single paths.
  private(set) var problems: [OpenAPIError] = []

  init(root: Node?, source: String) throws(OpenAPIError) {
    guard let mapping = root?.mapping else { throw OpenAPIError(.notOpenAPI, source: source) }
    (self.root, self.source) = (mapping, source)
    let swagger = mapping.value(of: "swagger")
    let version = mapping.value(of: "openapi") ?? swagger
    guard let text = version?.scalar?.string else {
      throw OpenAPIError(.notOpenAPI, source: source, lineNumber: version?.mark?.line)
    }
    isSwagger = mapping.value(of: "openapi") == nil
    guard isSwagger ? text == "2.0" || text == "2" : text.hasPrefix("3.") else {
      throw OpenAPIError(
        .unsupportedVersion(text), source: source, lineNumber: version?.mark?.line)
    }
    guard let paths = mapping.value(of: "paths")?.mapping else {
      throw OpenAPIError(.noRoutes, source: source)
    }
    self.paths = paths
  }

  /// A route, and the base paths of its own servers if it has some.
  private struct Declaration {
    var route: KnownRoute
    var basePaths: [String]
  }

  mutating func routes() throws(OpenAPIError) -> ([KnownRoute], [BasePath]) {
    let general = isSwagger ? swaggerBasePath() : Self.basePaths(of: root) ?? []
    var declared: [Declaration] = []
    for (key, item) in paths {
      guard let path = key.scalar?.string, !path.hasPrefix("x-") else { continue }
      // One path that cannot be used is no reason to do without the others.
      do throws(OpenAPIError) {
        declared += try declarations(path, at: key, item, general)
      } catch {
        problems.append(error)
      }
    }
    guard !declared.isEmpty else {
      throw problems.first ?? OpenAPIError(.noRoutes, source: source)
    }
    guard declared.count <= RouteList.maximumRouteCount else {
      throw OpenAPIError(.tooManyRoutes, source: source)
    }
    let sorted = literalTextFirst(declared, by: \.route.template)
    return (sorted.map(\.route), Self.basePaths(sorted.map(\.basePaths)))
  }

  private func declarations(
    _ path: String, at key: Node, _ item: Node, _ general: [String]
  ) throws(OpenAPIError) -> [Declaration] {
    do throws(RouteProblem) {
      try checkRouteTemplate(Substring(path), parameterNames: .any)
    } catch {
      throw refusal(.route(error), at: key)
    }
    let operations = try operations(of: item)
    let own = item.mapping.flatMap(Self.basePaths) ?? general
    var declared: [Declaration] = []
    for (method, operation) in operations {
      let bases = operation.mapping.flatMap(Self.basePaths) ?? own
      let methods = method == Self.anyMethod ? Self.methodsOfAny : [method.uppercased()]
      for method in methods where !declared.contains(where: { $0.route.method == method }) {
        declared.append(
          Declaration(route: KnownRoute(method: method, template: path), basePaths: bases))
      }
    }
    return declared
  }

  /// What API Gateway exports for a path that answers every method.
  private static let anyMethod = "x-amazon-apigateway-any-method"
  /// `HEAD` matches where `GET` does.
  private static let methodsOfAny = ["GET", "PUT", "POST", "DELETE", "PATCH"]

  /// The operations of a path item by their methods, in the order of `methods`.
  private func operations(of item: Node) throws(OpenAPIError) -> [(method: String, Node)] {
    guard let item = item.mapping else { throw refusal(.pathItemExpected, at: item) }
    var target: Node.Mapping?
    if let reference = item.value(of: "$ref") { target = try pathItem(at: reference) }
    return (Self.methods + [Self.anyMethod]).compactMap { method in
      (item.value(of: method) ?? target?.value(of: method)).map { (method, $0) }
    }
  }

  // MARK: References

  /// The path item that a `$ref` points at: in the same document, and reached in one step.
  private func pathItem(at node: Node) throws(OpenAPIError) -> Node.Mapping {
    guard let reference = node.scalar?.string else { throw refusal(.pathItemExpected, at: node) }
    guard reference.hasPrefix("#/") else { throw refusal(.externalReference(reference), at: node) }
    var target = Node.mapping(root)
    for token in reference.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false) {
      guard let key = Self.unescapedPointer(token), let next = target.mapping?.value(of: key)
      else { throw refusal(.danglingReference(reference), at: node) }
      target = next
    }
    guard let item = target.mapping else { throw refusal(.danglingReference(reference), at: node) }
    if let further = item.value(of: "$ref") {
      throw refusal(.chainedReference(reference), at: further)
    }
    return item
  }

  /// One token of a JSON pointer in a URI fragment: percent-encoded (RFC 6901, section 6), then
  /// `~1` for `/` and `~0` for `~` (section 3). nil if it is neither.
  private static func unescapedPointer(_ token: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = token.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let decoded = UInt8(String(rest.prefix(2)) ?? "", radix: 16) else { return nil }
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      case UInt8(ascii: "~"):
        guard let escape = rest.popFirst(), (0x30...0x31).contains(escape) else { return nil }
        bytes.append(UInt8(ascii: escape == 0x31 ? "/" : "~"))
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  // MARK: Servers

  /// How many base paths the values of one server's variables may make.
  private static let addressLimit = 64

  /// The base paths of a list of servers; nil if there is none.
  private static func basePaths(of object: Node.Mapping) -> [String]? {
    guard let servers = object.value(of: "servers")?.sequence, !servers.isEmpty else { return nil }
    var paths: [String] = []
    for server in servers.compactMap(\.mapping) {
      for path in addresses(of: server).map(path(ofAddress:)) where !paths.contains(path) {
        paths.append(path)
      }
    }
    return paths.filter { !$0.isEmpty }
  }

  private func swaggerBasePath() -> [String] {
    let path = root.value(of: "basePath")?.scalar.map { Self.path(ofAddress: $0.string) }
    return path.map { $0.isEmpty ? [] : [$0] } ?? []
  }

  /// Each base path with the routes that it is for, the most specific first.
  private static func basePaths(_ ofRoutes: [[String]]) -> [BasePath] {
    var indexes: [String: [Int]] = [:]
    var order: [String] = []
    for (index, paths) in ofRoutes.enumerated() {
      for path in paths {
        if indexes[path] == nil { order.append(path) }
        indexes[path, default: []].append(index)
      }
    }
    let bases = order.map { path in
      BasePath(path, routes: indexes[path]?.count == ofRoutes.count ? nil : indexes[path])
    }
    let ranked = bases.enumerated().sorted { first, second in
      let (left, right) = (first.element.rank, second.element.rank)
      return left == right ? first.offset < second.offset : left < right
    }
    return ranked.map(\.element)
  }

  /// The server's address with the values that its variables may have. One that may have any stays a
  /// variable, beside its default.
  private static func addresses(of server: Node.Mapping) -> [String] {
    guard var rest = server.value(of: "url")?.scalar.map({ Substring($0.string) }) else {
      return []
    }
    let variables = server.value(of: "variables")?.mapping
    var addresses = [""]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let variable = variables?.value(of: String(rest[open..<close].dropFirst()))?.mapping
      let values = variable?.value(of: "enum")?.sequence?.compactMap(\.scalar?.string) ?? []
      let fallback = variable?.value(of: "default")?.scalar.map { [$0.string] } ?? []
      let choices = values.isEmpty ? fallback + ["{any}"] : values
      addresses = addresses.flatMap { address in
        choices.map { address + rest[..<open] + $0 }
      }
      addresses = Array(addresses.prefix(addressLimit))
      rest = rest[close...].dropFirst()
    }
    return addresses.map { $0 + rest }
  }

  private static func path(ofAddress address: String) -> String {
    var path = address.prefix { $0 != "?" && $0 != "#" }
    if let authority = path.firstRange(of: "//"), !path.hasPrefix("/") || path.hasPrefix("//") {
      path = path[authority.upperBound...].drop { $0 != "/" }
    }
    while path.hasSuffix("/") { path.removeLast() }
    return path.hasPrefix("/") ? String(path) : ""
  }

  private func refusal(_ reason: OpenAPIError.Reason, at node: Node) -> OpenAPIError {
    OpenAPIError(reason, source: source, lineNumber: node.mark?.line)
  }
}

/// Sorts so that of two templates that fit the same path the more literal one comes first; ties
/// keep the order of the document.
private func literalTextFirst<Element>(
  _ elements: [Element], by template: (Element) -> String
) -> [Element] {
  let ranked = elements.enumerated().map { (ranks: ranks(template($0.element)), item: $0) }
  let sorted = ranked.sorted { first, second in
    guard first.ranks != second.ranks else { return first.item.offset < second.item.offset }
    return first.ranks.lexicographicallyPrecedes(second.ranks)
  }
  return sorted.map(\.item.element)
}

/// How unspecific each segment of a template is: 0 literal, 1 a parameter within literal text, 2 a
/// parameter, 3 a parameter that swallows the rest of the path.
private func ranks(_ template: String) -> [Int] {
  template.split(separator: "/", omittingEmptySubsequences: false).map { segment in
    if RoutePattern(template: String(segment)).pieces.contains(.parameter(.path)) { return 3 }
    guard segment.contains("{") else { return 0 }
    return segment.hasPrefix("{") && segment.firstIndex(of: "}") == segment.indices.last ? 2 : 1
  }
}

extension Node.Mapping {
  /// The value under a key, compared as text.
  fileprivate func value(of key: String) -> Node? {
    first { $0.key.scalar?.string == key }?.value
  }
}

// MARK: - Errors

/// Why a document's routes could not be read.
package struct OpenAPIError: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    case document(YAMLRefusal.Reason)
    case notOpenAPI
    case unsupportedVersion(String)
    case route(RouteProblem)
    case pathItemExpected
    case externalReference(String)
    case danglingReference(String)
    case chainedReference(String)
    case noRoutes
    case tooManyRoutes
  }

  package var reason: Reason
  package var source: String
  /// From 1.
  package var lineNumber: Int?

  init(_ reason: Reason, source: String, lineNumber: Int? = nil) {
    (self.reason, self.source, self.lineNumber) = (reason, source, lineNumber)
  }

  package var diagnostic: Diagnostic {
    let (message, hint) = words
    return Diagnostic(
      .error, code: "invalid-openapi", message, hint: hint,
      at: Place(source: source, lineNumber: lineNumber), exitStatus: .wrongUsage)
  }

  private var words: (message: String, hint: String?) {
    let bundle = "bundle the document into a single file first"
    switch reason {
    case .document(let reason): return (reason.message, reason.hint)
    case .notOpenAPI:
      return ("not an OpenAPI document: it has no `openapi` version", nil)
    case .unsupportedVersion(let version):
      return ("OpenAPI \(version) is not supported", "convert the document to OpenAPI 3")
    case .route(let problem): return (problem.message, problem.hint)
    case .pathItemExpected:
      return ("expected a path item, with a key for each method", nil)
    case .externalReference(let reference):
      return ("the reference `\(reference)` points outside the document", bundle)
    case .danglingReference(let reference):
      return ("the reference `\(reference)` does not point to a path item", nil)
    case .chainedReference(let reference):
      return ("the reference `\(reference)` points to another reference", bundle)
    case .noRoutes:
      return ("the document declares no operations", "known routes come from its `paths`")
    case .tooManyRoutes:
      return ("the document declares more than \(RouteList.maximumRouteCount) operations", nil)
    }
  }
}

/// A JSON text in which each pair of escaped surrogates (`\ud83d\ude00`) is replaced with the
/// character that it means, which libyaml cannot do itself. A lone surrogate becomes U+FFFD.
private func joiningSurrogateEscapes(in text: String) -> String {
  guard text.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return text }
  var joined: [UInt8] = []
  var rest = text.utf8[...]
  while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
    joined += rest[..<backslash]
    rest = rest[backslash...]
    guard let unit = escapedUnit(at: rest), UTF16.isSurrogate(unit) else {
      joined += rest.prefix(2)
      rest = rest.dropFirst(2)
      continue
    }
    rest = rest.dropFirst(6)
    var units = [unit]
    if UTF16.isLeadSurrogate(unit), let trail = escapedUnit(at: rest),
      UTF16.isTrailSurrogate(trail)
    {
      units.append(trail)
      rest = rest.dropFirst(6)
    }
    joined += String(decoding: units, as: UTF16.self).utf8
  }
  guard !joined.isEmpty else { return text }
  joined += rest
  return String(decoding: joined, as: UTF8.self)
}

/// The value of `\uXXXX` at the beginning of `text`.
private func escapedUnit(at text: Substring.UTF8View) -> UInt16? {
  let escape = text.prefix(6)
  guard escape.count == 6, escape.starts(with: "\\u".utf8) else { return nil }
  return UInt16(String(Substring(escape.dropFirst(2))), radix: 16)
}
