internal import AccessLogParsing
internal import ByteScanning

/// How a run finds routes; shared by all its workers.
package struct RouteRules: Sendable {
  /// The known routes in the order in which they are tried; empty if there are none.
  package var known: [KnownRoute]
  package var unmatched: UnmatchedPolicy
  /// What stands before the paths of routes in the log, such as the paths of an OpenAPI document's
  /// servers: in the order in which they are tried. What follows a base path is matched first, and then
  /// the path as it is.
  package var basePaths: [BasePath] = []
  /// What the routes begin with and the log's paths lack (`/api`); empty for nothing.
  package var prefix = ""
  /// What the log's paths begin with and neither the routes nor folded templates have.
  package var strip = ""
  /// Whether `A` matches `a`, and `/users/` matches `/users`.
  package var ignoresCase = false
  package var ignoresTrailingSlash = false
  /// Whether templates stay provisional whatever else is known by then, so that what a line is counted for
  /// does not depend on the lines before it: for who has them settled over many runs.
  package var keepsDoubts = false

  /// How many different templates are inferred before everything further is counted under a single
  /// one: an API has dozens or hundreds of endpoints, and more of them help nobody.
  package static let inferredLimit = 1000
  /// The template for everything over the limit.
  package static let overflowTemplate = "/{other}"

  package init(known: [KnownRoute], unmatched: UnmatchedPolicy) {
    self.known = known
    self.unmatched = unmatched
  }

  /// Whether unknown paths become templates.
  package var infers: Bool { known.isEmpty || unmatched == .keep }
}

extension RouteRules {
  /// Whether paths are compared otherwise than as they are.
  fileprivate var isAdjusted: Bool {
    !prefix.isEmpty || !strip.isEmpty || ignoresCase || ignoresTrailingSlash
  }
}

/// Known routes, arranged for matching.
private final class RouteSet {
  /// One trie per method that has known routes; `tries` runs parallel to `methods`.
  private var methods: [NameTable.ID] = []
  private var tries: [TrieBox] = []

  /// A trie is noncopyable, and an array only holds copyable values.
  private final class TrieBox {
    var trie = RouteTrie()
  }

  /// - Parameters:
  ///   - indexes: the routes to take, by their place in the list; nil for all.
  ///   - prefix: only routes whose templates begin with this, which is left out.
  init(
    _ rules: RouteRules, only indexes: [Int]? = nil, without prefix: String = "", names: NameTable,
    methods: NameTable
  ) {
    let taken = indexes.map(Set.init)
    for (order, route) in rules.known.enumerated() where taken?.contains(order) ?? true {
      guard route.template.hasPrefix(prefix), let template = names.id(for: route.template) else {
        continue
      }
      let rest = route.template.dropFirst(prefix.count)
      guard rest.isEmpty || rest.hasPrefix("/") else { continue }
      let pattern = RoutePattern(template: Self.plain(rest.isEmpty ? "/" : String(rest), rules))
      // Starlette answers HEAD wherever it answers GET.
      for method in route.method == "GET" ? ["GET", "HEAD"] : [route.method] {
        guard let id = methods.id(for: method) else { continue }
        trie(for: id).trie.add(pattern, order: UInt32(order), template: template)
      }
    }
  }

  /// A template or base path without what case and trailing slash may differ in.
  static func plain(_ template: String, _ rules: RouteRules) -> String {
    var template = template
    if rules.ignoresTrailingSlash, template.count > 1, template.hasSuffix("/") {
      template.removeLast()
    }
    guard rules.ignoresCase else { return template }
    // Converters are in lower case anyway, and names do not matter.
    let isUpper = { (byte: UInt8) in byte &- UInt8(ascii: "A") < 26 }
    return String(decoding: template.utf8.map { isUpper($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  private func trie(for method: NameTable.ID) -> TrieBox {
    if let index = methods.firstIndex(of: method) { return tries[index] }
    let box = TrieBox()
    methods.append(method)
    tries.append(box)
    return box
  }

  @inline(__always)
  func match(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, method: NameTable.ID
  ) -> NameTable.ID? {
    for index in methods.indices where methods[index] == method {
      if let known = tries[index].trie.match(path, in: range) { return known }
    }
    return nil
  }
}

extension Span where Element == UInt8 {
  /// The part of a path behind `prefix`, if that ends at a slash or with the path; else all of it.
  fileprivate func range(after prefix: [UInt8], in range: Range<Int>) -> Range<Int> {
    let end = range.lowerBound + prefix.count
    guard !prefix.isEmpty, end <= range.upperBound,
      equals(range.lowerBound..<end, prefix.span, 0..<prefix.count),
      end == range.upperBound || self[end] == UInt8(ascii: "/")
    else { return range }
    return end..<range.upperBound
  }
}

/// Finds the template of a request's path. Not shared between workers.
struct RouteFinder: ~Copyable {
  enum Finding: Equatable {
    case template(NameTable.ID)
    /// No known route matches, and such requests are dropped.
    case unmatched
    /// The target has no path.
    case noPath
  }

  /// A base path, and the routes below it.
  private struct Base {
    let matcher: BasePathMatcher
    let routes: RouteSet
    /// Whether some of it may be any text.
    let isVariable: Bool
  }

  private let rules: RouteRules
  /// `rules.isAdjusted`, which is asked for each request.
  private let isAdjusted: Bool
  private let names: NameTable
  private let overflow: NameTable.ID
  /// ``NameTable/lastSteady``
  private let lastSteady: NameTable.ID
  /// All known routes.
  private let routes: RouteSet
  /// What is left of those that begin with the prefix, without it.
  private let unprefixed: RouteSet?
  private let bases: [Base]
  private let strip: [UInt8]
  /// A path without what case and trailing slash may differ in.
  private var plain = OwnedBuffer<UInt8>(capacity: 1024)
  private let folder = PathFolder()
  private var folded = FoldedPaths()
  private var template = OwnedBuffer<UInt8>(capacity: 2048)
  /// The template if what is in doubt identifies something.
  private var wider = OwnedBuffer<UInt8>(capacity: 2048)
  /// Templates that this worker has looked up in `names`.
  private var seen = ByteTable()
  /// As above, those that the log names.
  private var given = ByteTable()
  /// Clients choose paths; without knowing the seed, they cannot choose templates that collide.
  private let seed = UInt64.random(in: .min ... .max)

  init(rules: RouteRules, names: NameTable, methods: NameTable) {
    self.rules = rules
    isAdjusted = rules.isAdjusted
    self.names = names
    strip = Array(RouteSet.plain(rules.strip, rules).utf8)
    guard let overflow = names.id(for: RouteRules.overflowTemplate) else {
      preconditionFailure("the table has room for a first name")
    }
    self.overflow = overflow
    lastSteady = names.lastSteady
    let all = RouteSet(rules, names: names, methods: methods)
    routes = all
    unprefixed =
      rules.prefix.isEmpty
      ? nil : RouteSet(rules, without: rules.prefix, names: names, methods: methods)
    bases = rules.basePaths.map { base in
      let plain = BasePath(RouteSet.plain(base.path, rules), routes: base.routes)
      let set = base.routes.map { RouteSet(rules, only: $0, names: names, methods: methods) }
      return Base(
        matcher: BasePathMatcher(plain), routes: set ?? all, isVariable: base.path.contains("{"))
    }
  }

  /// The finding for the decoded path in `range`.
  ///
  /// - Parameter status: of the response. 404 and 405 are also the responses to requests without a route.
  @inline(__always)
  mutating func find(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, method: NameTable.ID, status: UInt16
  ) -> Finding {
    guard path[range.lowerBound] == UInt8(ascii: "/") else { return .noPath }
    if isAdjusted { return findAdjusted(path, in: range, method: method, status: status) }
    if !rules.known.isEmpty {
      if let known = match(path, in: range, method: method) { return .template(known) }
      if rules.unmatched == .drop { return .unmatched }
    }
    if let known = folded.template(of: path, in: range),
      known <= lastSteady
        ? !rules.keepsDoubts || !Self.isWithoutRoute(status) || names.isProvisional(known)
        : Self.isWithoutRoute(status)
    {
      return .template(known)
    }
    return .template(fold(path, in: range, status: status))
  }

  /// Whether a request that is answered so may have no route.
  @inline(__always)
  private static func isWithoutRoute(_ status: UInt16) -> Bool { status == 404 || status == 405 }

  /// As above, where the options put something between the log's paths and the routes'.
  @inline(never)
  private mutating func findAdjusted(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, method: NameTable.ID, status: UInt16
  ) -> Finding {
    takePlain(path, in: range)
    if !rules.known.isEmpty {
      if let known = match(plain.span, in: 0..<plain.count, method: method) {
        return .template(known)
      }
      if rules.unmatched == .drop { return .unmatched }
    }
    return .template(foldAdjusted(status))
  }

  /// Puts the path into ``plain``, without what case and trailing slash may differ in.
  private mutating func takePlain(_ path: borrowing Span<UInt8>, in range: Range<Int>) {
    plain.removeAll()
    plain.append(path.extracting(range))
    if rules.ignoresCase {
      for index in 0..<plain.count where plain[index] &- UInt8(ascii: "A") < 26 {
        plain[index] |= 0x20
      }
    }
    if rules.ignoresTrailingSlash, plain.count > 1, plain[plain.count - 1] == UInt8(ascii: "/") {
      plain.truncate(to: plain.count - 1)
    }
  }

  /// The number of the template that the path in ``plain`` folds into: with the prefix, and without what
  /// is stripped, as the routes are.
  private mutating func foldAdjusted(_ status: UInt16) -> NameTable.ID {
    template.removeAll()
    template.append(rules.prefix)
    let rest = plain.span.range(after: strip, in: 0..<plain.count)
    guard !rest.isEmpty else {
      template.append(UInt8(ascii: "/"))
      return numberOfTemplate(status)
    }
    guard Self.fold(plain, in: rest, into: &template) else { return overflow }
    return numberOfTemplate(status)
  }

  private static func fold(
    _ path: borrowing OwnedBuffer<UInt8>, in range: Range<Int>,
    into template: inout OwnedBuffer<UInt8>
  ) -> Bool {
    PathFolder().fold(path.span, in: range, into: &template)
  }

  /// The number of the template that the path folds into.
  private mutating func fold(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, status: UInt16
  ) -> NameTable.ID {
    template.removeAll()
    guard folder.fold(path, in: range, into: &template) else { return overflow }
    let id = numberOfTemplate(status)
    if id != overflow { folded.learn(path, in: range, template: id) }
    return id
  }

  /// The number of ``template``: a provisional one if further lines have to confirm it.
  private mutating func numberOfTemplate(_ status: UInt16) -> NameTable.ID {
    let all = 0..<template.count
    if Self.isDoubtful(template, wider: &wider) { return numberOfDoubtfulTemplate(status) }
    guard Self.isWithoutRoute(status) else {
      return Self.id(of: template, &seen, names, seed: seed) ?? overflow
    }
    if !rules.keepsDoubts, let known = names.knownID(for: template.span, in: all) { return known }
    if let stray = names.provisionalID(for: template.span, in: all, .existence) { return stray }
    return names.knownID(for: template.span, in: all) ?? overflow
  }

  /// Whether `template` is another with what is in doubt folded: `wider`.
  private static func isDoubtful(
    _ template: borrowing OwnedBuffer<UInt8>, wider: inout OwnedBuffer<UInt8>
  ) -> Bool {
    let all = 0..<template.count
    wider.removeAll()
    return PathFolder().fold(template.span, in: all, into: &wider, foldsDoubtful: true)
      && !template.span.equals(all, wider.span, 0..<wider.count)
  }

  /// As above, where it may be ``wider``.
  private func numberOfDoubtfulTemplate(_ status: UInt16) -> NameTable.ID {
    let all = 0..<template.count
    let wide = 0..<wider.count
    if !rules.keepsDoubts, let known = names.knownID(for: wider.span, in: wide) { return known }
    if let provisional = names.provisionalID(for: template.span, in: all, .form) {
      return provisional
    }
    if Self.isWithoutRoute(status) { return overflow }
    return names.id(for: wider.span, in: wide) ?? overflow
  }

  /// The first known route that the path matches: what follows a base path first, and then as it is.
  ///
  /// A base path that may be any text fits every path. There the route decides that comes first in the
  /// list, whose order is one in which literal text does.
  @inline(__always)
  private func match(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, method: NameTable.ID
  ) -> NameTable.ID? {
    var first: NameTable.ID?
    for base in bases {
      guard let known = match(path, in: range, method: method, below: base) else { continue }
      if !base.isVariable { return known }
      first = min(first ?? known, known)
    }
    var known = unprefixed?.match(path, in: range, method: method)
    if known == nil { known = routes.match(path, in: range, method: method) }
    // Templates have numbers in the order of the list.
    guard let first, let known else { return first ?? known }
    return min(first, known)
  }

  /// The first known route that matches what follows a base path.
  private func match(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, method: NameTable.ID, below base: Base
  ) -> NameTable.ID? {
    guard let start = base.matcher.end(in: path, range) else { return nil }
    guard start == range.upperBound else {
      return base.routes.match(path, in: start..<range.upperBound, method: method)
    }
    let root: [UInt8] = [UInt8(ascii: "/")]
    return base.isVariable ? nil : base.routes.match(root.span, in: 0..<1, method: method)
  }

  /// The number of a template that the log itself names.
  mutating func named(_ bytes: borrowing Span<UInt8>, in range: Range<Int>) -> Finding {
    template.removeAll()
    template.append(bytes.extracting(range))
    guard template.count > 0, template[0] == UInt8(ascii: "/") else { return .noPath }
    guard template.count <= PathFolder.templateLimit else { return .template(overflow) }
    return .template(
      Self.id(of: template, &given, names, seed: seed, isGiven: true) ?? overflow)
  }

  /// The number of `template`, which `seen` remembers after the first lookup.
  @inline(__always)
  private static func id(
    of template: borrowing OwnedBuffer<UInt8>, _ seen: inout ByteTable, _ names: NameTable,
    seed: UInt64, isGiven: Bool = false
  ) -> NameTable.ID? {
    let text = template.span
    let range = 0..<text.count
    let hash = text.hash(of: range, seed: seed)
    if let known = seen.value(for: text, in: range, hash: hash) { return known }
    guard let id = names.id(for: text, in: range) else { return nil }
    if isGiven { names.noteGiven(id) }
    seen.insert(id, for: text, in: range, hash: hash)
    return id
  }
}
