internal import AccessLogParsing
internal import ByteScanning

/// How a run finds routes; shared by all its workers.
package struct RouteRules: Sendable {
  /// The known routes in the order in which they are tried; empty if there are none.
  package var known: [KnownRoute]
  package var unmatched: UnmatchedPolicy
  /// The base paths of an OpenAPI document's servers (`/api/v1`), without a trailing slash. A path
  /// that matches no route as it is gets tried without them.
  package var basePaths: [String] = []

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

/// Finds the template of a request's path. Not shared between workers.
struct RouteFinder: ~Copyable {
  enum Finding: Equatable {
    case template(NameTable.ID)
    /// No known route matches, and such requests are dropped.
    case unmatched
    /// The target has no path.
    case noPath
  }

  private let rules: RouteRules
  private let names: NameTable
  private let overflow: NameTable.ID
  private let basePaths: [[UInt8]]
  /// One trie per method that has known routes; `tries` runs parallel to `trieMethods`.
  private var trieMethods: [NameTable.ID] = []
  private var tries: [TrieBox] = []
  private let folder = PathFolder()
  private var folded = FoldedPaths()
  private var template = OwnedBuffer<UInt8>(capacity: 2048)
  /// Templates that this worker has looked up in `names`.
  private var seen = ByteTable()
  /// Clients choose paths; without knowing the seed, they cannot choose templates that collide.
  private let seed = UInt64.random(in: .min ... .max)

  /// A trie is noncopyable, and an array only holds copyable values.
  private final class TrieBox {
    var trie = RouteTrie()
  }

  init(rules: RouteRules, names: NameTable, methods: NameTable) {
    self.rules = rules
    self.names = names
    basePaths = rules.basePaths.map { Array($0.utf8) }
    guard let overflow = names.id(for: RouteRules.overflowTemplate) else {
      preconditionFailure("the table has room for a first name")
    }
    self.overflow = overflow
    for (order, route) in rules.known.enumerated() {
      guard let template = names.id(for: route.template) else { continue }
      let pattern = RoutePattern(template: route.template)
      // Starlette answers HEAD wherever it answers GET.
      for method in route.method == "GET" ? ["GET", "HEAD"] : [route.method] {
        guard let id = methods.id(for: method) else { continue }
        trie(for: id).trie.add(pattern, order: UInt32(order), template: template)
      }
    }
  }

  private mutating func trie(for method: NameTable.ID) -> TrieBox {
    if let index = trieMethods.firstIndex(of: method) { return tries[index] }
    let box = TrieBox()
    trieMethods.append(method)
    tries.append(box)
    return box
  }

  /// The finding for the decoded path in `range`.
  @inline(__always)
  mutating func find(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, method: NameTable.ID
  ) -> Finding {
    guard path[range.lowerBound] == UInt8(ascii: "/") else { return .noPath }
    if !rules.known.isEmpty {
      if let known = match(path, in: range, method: method) { return .template(known) }
      if rules.unmatched == .drop { return .unmatched }
    }
    if let known = folded.template(of: path, in: range) { return .template(known) }
    return .template(fold(path, in: range))
  }

  /// The number of the template that the path folds into.
  private mutating func fold(
    _ path: borrowing Span<UInt8>, in range: Range<Int>
  ) -> NameTable.ID {
    template.removeAll()
    guard folder.fold(path, in: range, into: &template),
      let id = Self.id(of: template, &seen, names, seed: seed)
    else { return overflow }
    folded.learn(path, in: range, template: id)
    return id
  }

  /// The first known route that the path matches, as it is or without a base path.
  @inline(__always)
  private func match(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, method: NameTable.ID
  ) -> NameTable.ID? {
    for index in trieMethods.indices where trieMethods[index] == method {
      if let known = tries[index].trie.match(path, in: range) { return known }
      for base in basePaths {
        let start = range.lowerBound + base.count
        guard start < range.upperBound, path[start] == UInt8(ascii: "/"),
          path.equals(range.lowerBound..<start, base.span, 0..<base.count)
        else { continue }
        if let known = tries[index].trie.match(path, in: start..<range.upperBound) { return known }
      }
    }
    return nil
  }

  /// The number of a template that the log itself names.
  mutating func named(_ bytes: borrowing Span<UInt8>, in range: Range<Int>) -> Finding {
    template.removeAll()
    template.append(bytes.extracting(range))
    guard template.count > 0, template[0] == UInt8(ascii: "/") else { return .noPath }
    guard template.count <= PathFolder.templateLimit else { return .template(overflow) }
    return .template(Self.id(of: template, &seen, names, seed: seed) ?? overflow)
  }

  /// The number of `template`, which `seen` remembers after the first lookup.
  @inline(__always)
  private static func id(
    of template: borrowing OwnedBuffer<UInt8>, _ seen: inout ByteTable, _ names: NameTable,
    seed: UInt64
  ) -> NameTable.ID? {
    let text = template.span
    let range = 0..<text.count
    let hash = text.hash(of: range, seed: seed)
    if let known = seen.value(for: text, in: range, hash: hash) { return known }
    guard let id = names.id(for: text, in: range) else { return nil }
    seen.insert(id, for: text, in: range, hash: hash)
    return id
  }
}
