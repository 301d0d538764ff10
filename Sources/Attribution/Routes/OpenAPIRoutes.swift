package import Diagnostics
internal import Yams

/// The routes that an OpenAPI 3 document declares.
///
/// Templates are spelled as in `paths`. OpenAPI has no converters, and the middleware reports the
/// application's own path, without a base path that a proxy strips (`servers`), so neither is added
/// to a template. Base paths are kept separately: matching tries a request's path as it is and then
/// without the base path.
///
/// Ignored, because they do not change which request belongs to which path: `servers` of individual
/// paths and operations, `webhooks`, and the schemas of parameters.
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
  /// Server variables have their default values.
  package let basePaths: [String]

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
    let reader = try OpenAPIReader(root: root, source: source)
    routes = try reader.routes()
    basePaths = reader.basePaths()
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

  init(root: Node?, source: String) throws(OpenAPIError) {
    guard let mapping = root?.mapping else { throw OpenAPIError(.notOpenAPI, source: source) }
    (self.root, self.source) = (mapping, source)
    let version = mapping.value(of: "openapi")
    guard let text = version?.scalar?.string else {
      let swagger = mapping.value(of: "swagger")
      let reason = swagger?.scalar.map { OpenAPIError.Reason.unsupportedVersion($0.string) }
      throw OpenAPIError(reason ?? .notOpenAPI, source: source, lineNumber: swagger?.mark?.line)
    }
    guard text.hasPrefix("3.") else {
      throw OpenAPIError(
        .unsupportedVersion(text), source: source, lineNumber: version?.mark?.line)
    }
    guard let paths = mapping.value(of: "paths")?.mapping else {
      throw OpenAPIError(.noRoutes, source: source)
    }
    self.paths = paths
  }

  func routes() throws(OpenAPIError) -> [KnownRoute] {
    var routes: [KnownRoute] = []
    for (key, item) in paths {
      guard let path = key.scalar?.string, !path.hasPrefix("x-") else { continue }
      do throws(RouteProblem) {
        try checkRouteTemplate(Substring(path), parameterNames: .any)
      } catch {
        throw refusal(.route(error), at: key)
      }
      let methods = try methods(of: item)
      routes += methods.map { KnownRoute(method: $0.uppercased(), template: path) }
    }
    guard !routes.isEmpty else { throw OpenAPIError(.noRoutes, source: source) }
    guard routes.count <= RouteList.maximumRouteCount else {
      throw OpenAPIError(.tooManyRoutes, source: source)
    }
    return literalTextFirst(routes)
  }

  private func methods(of item: Node) throws(OpenAPIError) -> [String] {
    guard let item = item.mapping else { throw refusal(.pathItemExpected, at: item) }
    var methods = item.compactMap(\.key.scalar?.string)
    if let reference = item.value(of: "$ref") {
      let target = try pathItem(at: reference)
      methods += target.compactMap(\.key.scalar?.string)
    }
    return Self.methods.filter { methods.contains($0) }
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

  func basePaths() -> [String] {
    var paths: [String] = []
    for server in root.value(of: "servers")?.sequence ?? [] {
      guard let server = server.mapping, let address = Self.address(of: server) else { continue }
      let path = Self.path(ofAddress: address)
      if !path.isEmpty, !paths.contains(path) { paths.append(path) }
    }
    return paths.enumerated()
      .sorted { ($1.element.utf8.count, $0.offset) < ($0.element.utf8.count, $1.offset) }
      .map(\.element)
  }

  /// The server's address with its variables filled in, or nil if one of them has no default.
  private static func address(of server: Node.Mapping) -> String? {
    guard var rest = server.value(of: "url")?.scalar.map({ Substring($0.string) }) else {
      return nil
    }
    let variables = server.value(of: "variables")?.mapping
    var address = ""
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = rest[open..<close].dropFirst()
      let variable = variables?.value(of: String(name))?.mapping
      guard let value = variable?.value(of: "default")?.scalar?.string else { return nil }
      address += rest[..<open] + value
      rest = rest[close...].dropFirst()
    }
    return address + rest
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
private func literalTextFirst(_ routes: [KnownRoute]) -> [KnownRoute] {
  let ranked = routes.enumerated().map { (ranks: ranks($0.element.template), item: $0) }
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
    if segment.hasSuffix(":path}") { return 3 }
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
