internal import Attribution
internal import Clustering

/// The templates of one source, with how its requests to them were answered.
struct TemplateCounts {
  /// What a template is called, which most sources of a run have in common.
  private struct Name {
    let text: String
    /// The first bytes of ASCII text as a number, which mostly decides its place; nil of other text.
    let beginning: UInt128?

    init(_ text: String) {
      self.text = text
      guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
        beginning = nil
        return
      }
      var number: UInt128 = 0
      for byte in text.utf8.prefix(16) { number = number << 8 | UInt128(byte) }
      beginning = number << UInt128(8 * (16 - min(16, text.utf8.count)))
    }
  }

  /// So many names are remembered: more than a run has templates by default.
  private static let nameLimit = 4096

  private let names: RunNames
  private var counts: [UInt64: (requests: Int64, answered: Int64)] = [:]
  private var methods: [NameTable.ID: String] = [:]
  private var routes: [NameTable.ID: Name] = [:]

  init(_ names: RunNames) { self.names = names }

  /// Adds requests of a method and a route that were answered with the same status.
  @inline(__always)
  mutating func add(_ count: Int64, status: UInt16, method: NameTable.ID, route: NameTable.ID) {
    let isAnswered = status != 404 && status != 405
    let place = UInt64(method) << 32 | UInt64(route)
    Self.add(count, isAnswered, to: &counts[place, default: (0, 0)])
  }

  @inline(__always)
  private static func add(
    _ count: Int64, _ isAnswered: Bool, to counts: inout (requests: Int64, answered: Int64)
  ) {
    counts.requests += count
    if isAnswered { counts.answered += count }
  }

  /// Forgets what was counted; names stay.
  mutating func removeAll() { counts.removeAll(keepingCapacity: true) }

  /// What was counted, in the order of paths and methods.
  mutating func templates() -> [TemplateRow.Template] {
    var found: [(beginning: UInt128?, place: UInt64, template: TemplateRow.Template)] = []
    found.reserveCapacity(counts.count)
    for (place, counts) in counts {
      let route = NameTable.ID(truncatingIfNeeded: place)
      let path = name(ofRoute: route)
      let template = TemplateRow.Template(
        method: name(ofMethod: NameTable.ID(place >> 32)), path: path.text,
        requests: counts.requests, answered: counts.answered, kind: kind(route, path.text))
      found.append((path.beginning, place, template))
    }
    found.sort { left, right in
      if let first = left.beginning, let second = right.beginning, first != second {
        return first < second
      }
      let (first, second) = (left.template, right.template)
      if first.path != second.path { return first.path < second.path }
      return (first.method, first.kind.rawValue, left.place)
        < (second.method, second.kind.rawValue, right.place)
    }
    return found.map(\.template)
  }

  private mutating func name(ofMethod id: NameTable.ID) -> String {
    if let known = methods[id] { return known }
    let name = names.methods.text(id)
    methods[id] = name
    return name
  }

  private mutating func name(ofRoute id: NameTable.ID) -> Name {
    if let known = routes[id] { return known }
    let name = Name(names.routes.text(id))
    if routes.count == Self.nameLimit { routes.removeAll() }
    routes[id] = name
    return name
  }

  /// Whether the log itself has named it may turn out in any source.
  private func kind(_ route: NameTable.ID, _ name: String) -> TemplateRow.Template.Kind {
    switch names.routes.doubt(route) {
    case .form: .form
    case .existence: .existence
    case nil where name == RouteRules.overflowTemplate: .other
    case nil: names.routes.isGiven(route) ? .given : .certain
    }
  }
}
