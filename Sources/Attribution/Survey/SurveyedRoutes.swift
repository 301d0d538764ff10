/// A route that was found in a log.
package struct SurveyedRoute: Equatable, Sendable {
  /// As in a list of routes: `/users/{user_id:int}`.
  package var template: String
  package var methods: [Method]
  /// The parameters that were recognized by the number of their values, not by their form.
  package var namedParameters: [Parameter]
  /// Paths that fold into the template, unless they are the template itself. They need not be
  /// UTF-8.
  package var examples: [[UInt8]]
  /// Up to a thousand.
  package var consumerCount: Int
  /// Whether the template can be written in a list of routes: braces, blanks and bytes that are not
  /// UTF-8 cannot.
  package var canBeListed = true

  package struct Method: Equatable, Sendable {
    package var name: String
    package var count: Int
    /// Answered with something other than 404 or 405.
    package var routeCount: Int
  }

  package struct Parameter: Equatable, Sendable {
    package var name: String
    package var evidence: FoldingEvidence
    package var examples: [[UInt8]]
  }

  package var count: Int { methods.reduce(0) { $0 + $1.count } }
}

extension PathSurvey {
  /// The routes that the paths form, in an order in which each matches its own paths first: words
  /// before parameters, and parameters that match less before those that match more.
  ///
  /// - Postcondition: positions with many names are permanently folded.
  package func routes() -> [SurveyedRoute] {
    var routes: [SurveyedRoute] = []
    collect(root, Trail(), into: &routes)
    return routes
  }

  /// The path from the root to a node.
  fileprivate struct Trail {
    var template = ""
    var names: [String] = []
    /// The last word before this position; empty after a parameter.
    var parent = ""
    var parameters: [SurveyedRoute.Parameter] = []
    var depth = 0
    var isExpressible = true
  }

  private func collect(_ node: PathNode, _ trail: Trail, into routes: inout [SurveyedRoute]) {
    for group in node.wordsLikeOthers() { node.take(group) }
    if let evidence = node.foldingEvidence(isTop: isTop(trail)) {
      node.fold()
      node.parameters[[]]?.evidence = evidence
    } else if node.isFolded, let names = node.parameters[[]], names.evidence == nil {
      names.evidence = .many(distinct: names.values.count)
    } else if let (words, evidence) = node.wordsLikeIDs() {
      node.take(words)
      node.parameters[[]]?.evidence = evidence
    }
    takeWhatMatches(node)
    if !node.leaves.isEmpty { routes.append(route(of: node, trail)) }
    let words = node.words.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    for (word, child) in words { collect(child, trail.adding(word: word), into: &routes) }
    let parameters = node.parameters.sorted { first, second in
      // The more text stands around a parameter, the less it matches.
      first.key.count > second.key.count
        || first.key.count == second.key.count && first.key.lexicographicallyPrecedes(second.key)
    }
    for (surroundings, child) in parameters {
      collect(child, trail.adding(parameter: child, around: surroundings), into: &routes)
    }
  }

  /// Words that will not be listed are matched by a parameter of any text in the same position, so
  /// they are counted with it.
  private func takeWhatMatches(_ node: PathNode) {
    let parameters = node.parameters.filter { ParameterName.converter(of: $0.value).isEmpty }
    for surroundings in parameters.keys.sorted(by: { $0.count > $1.count }) {
      let (prefix, suffix) = PathNode.parts(of: surroundings)
      let matching = node.words.filter { word, child in
        (child.routeCount == 0 || !canBeListed(word))
          && word.count > prefix.count + suffix.count && word.starts(with: prefix)
          && word.suffix(suffix.count) == suffix
      }
      node.take(Array(matching.keys), around: surroundings)
    }
  }

  private func canBeListed(_ word: [UInt8]) -> Bool {
    let trail = Trail().adding(word: word)
    return trail.isExpressible && canBeListed(trail.template)
  }

  private func isTop(_ trail: Trail) -> Bool {
    trail.depth == 0 || ["api", "rest", "rpc", "graphql"].contains(trail.parent)
      || isVersion(trail.parent)
  }

  private func route(of node: PathNode, _ trail: Trail) -> SurveyedRoute {
    let methods = node.leaves.map { name, leaf in
      SurveyedRoute.Method(
        name: name, count: leaf.count, routeCount: leaf.routeCount)
    }
    .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    let template = trail.template.isEmpty ? "/" : trail.template
    var examples: [[UInt8]] = []
    for method in methods {
      for example in node.leaves[method.name]?.examples ?? []
      where !trail.names.isEmpty && !examples.contains(example)
        && examples.count < PathNode.exampleLimit
      {
        examples.append(example)
      }
    }
    let consumers = node.leaves.values.reduce(into: Set<UInt32>()) { $0.formUnion($1.consumers) }
    var route = SurveyedRoute(
      template: template, methods: methods, namedParameters: trail.parameters, examples: examples,
      consumerCount: min(consumers.count, PathNode.valueLimit))
    route.canBeListed = trail.isExpressible && canBeListed(template)
    return route
  }

  private func canBeListed(_ template: String) -> Bool {
    if template.contains(where: \.isWhitespace) { return false }
    do throws(RouteProblem) {
      try checkRouteTemplate(Substring(template), parameterNames: .identifiers)
      return true
    } catch {
      return false
    }
  }
}

extension PathSurvey.Trail {
  fileprivate func adding(word: [UInt8]) -> Self {
    var trail = self
    let text = String(decoding: word, as: UTF8.self)
    // A template has no braces in literal text, and cannot contain anything that is not UTF-8.
    if Array(text.utf8) != word || text.contains("{") || text.contains("}") {
      trail.isExpressible = false
    }
    trail.template += "/" + text
    trail.parent = text
    trail.depth += 1
    return trail
  }

  fileprivate func adding(parameter node: PathNode, around surroundings: [UInt8]) -> Self {
    var trail = self
    let name = uniqueName(ParameterName.of(node, after: parent))
    let converter = ParameterName.converter(of: node)
    let (prefix, suffix) = PathNode.parts(of: surroundings)
    trail.template +=
      "/" + String(decoding: prefix, as: UTF8.self) + "{\(name)\(converter)}"
      + String(decoding: suffix, as: UTF8.self)
    trail.names.append(name)
    trail.parent = ""
    trail.depth += 1
    if let evidence = node.evidence {
      // IDs are recognizable by their form; names have to be shown.
      let names = node.values.filter { ParameterName.isName($0) }
      let examples = (names.isEmpty ? node.values : names)
        .sorted { $0.lexicographicallyPrecedes($1) }.prefix(PathNode.exampleLimit)
      trail.parameters.append(.init(name: name, evidence: evidence, examples: Array(examples)))
    }
    return trail
  }

  private func uniqueName(_ name: String) -> String {
    guard names.contains(name) else { return name }
    var number = 2
    while names.contains("\(name)_\(number)") { number += 1 }
    return "\(name)_\(number)"
  }
}

/// Names parameters after the word before them and the form of their values.
enum ParameterName {
  static func of(_ node: PathNode, after parent: String) -> String {
    let thing = isVersion(parent) || parent == "api" ? "" : singular(identifier(parent))
    let kind = onlyKind(of: node)
    switch kind {
    case .date?: return "date"
    case .email?: return "email"
    case .token?: return "token"
    case .hash?: return "hash"
    case .list?: return thing.isEmpty ? "ids" : "\(thing)_ids"
    case .coordinates?: return "coordinates"
    case .number?: return "number"
    case .version?: return "version"
    case .id?, .uuid?, .reference?: return thing.isEmpty ? "id" : "\(thing)_id"
    case nil: break
    }
    // Names, or several kinds of IDs.
    let isNames = node.kinds[nil, default: 0] > 0
    if thing.isEmpty { return isNames ? "name" : "id" }
    return isNames ? thing : "\(thing)_id"
  }

  /// Starlette's converter that matches all values and nothing else, if there is one.
  static func converter(of node: PathNode) -> String {
    switch onlyKind(of: node) {
    case .id?: ":int"
    case .uuid?: ":uuid"
    default: ""
    }
  }

  static func isName(_ value: [UInt8]) -> Bool {
    FoldedSegment(value.span, 0..<value.count).kind == nil
  }

  private static func onlyKind(of node: PathNode) -> SegmentKind? {
    node.kinds.count == 1 ? node.kinds.first?.key : nil
  }

  /// Letters, digits and `_`; not beginning with a digit.
  private static func identifier(_ word: String) -> String {
    var name = ""
    for byte in word.utf8.prefix(32) {
      let isLetter = (0x61...0x7A).contains(byte | 0x20)
      let isDigit = (0x30...0x39).contains(byte)
      if isLetter || isDigit && !name.isEmpty {
        name.unicodeScalars.append(Unicode.Scalar(byte))
      } else if !name.isEmpty && !name.hasSuffix("_") {
        name += "_"
      }
    }
    while name.hasSuffix("_") { name.removeLast() }
    return name.lowercased()
  }

  /// The English that occurs in paths.
  private static func singular(_ word: String) -> String {
    let whole = [
      "news", "status", "address", "access", "process", "series", "sms", "gps", "dns", "bus",
    ]
    if whole.contains(word) || word.hasSuffix("ss") || word.count < 4 { return word }
    if word.hasSuffix("ies") { return word.dropLast(3) + "y" }
    for ending in ["sses", "shes", "ches", "xes"] where word.hasSuffix(ending) {
      return String(word.dropLast(2))
    }
    return word.hasSuffix("s") ? String(word.dropLast()) : word
  }
}

/// `v1`, `v2.1`.
private func isVersion(_ word: String) -> Bool {
  word.utf8.first == UInt8(ascii: "v") && word.utf8.count > 1
    && word.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
}
