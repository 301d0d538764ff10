package import AccessLogParsing
internal import ByteScanning

/// What a run needs to attribute its records; the same for all workers.
package struct AttributionRules: Sendable {
  package var consumers: [ConsumerRule] = []
  package var filters: [RecordFilter] = []
  package var routes: RouteRules
  /// Nanoseconds since 1970: only records in `since ..< until` are counted.
  package var since: Int64?
  package var until: Int64?

  package init(routes: RouteRules) { self.routes = routes }

  /// How many different fields rules may use.
  package static let fieldLimit = 16

  /// The fields that the parser has to capture for these rules, each once.
  package var capturedFields: [String] {
    var fields: [String] = []
    let details = consumers.flatMap { [$0.nameField, $0.groupField].compactMap(\.self) }
    for field in consumers.map(\.field) + filters.map(\.field) + details
    where !fields.contains(field) {
      fields.append(field)
    }
    return fields
  }
}

/// The names that a run's workers share.
package struct RunNames: Sendable {
  package let consumers: NameTable
  package let routes: NameTable
  package let methods: NameTable

  /// Numbers of consumers and routes have room in a tally's key up to these limits.
  package static let consumerLimit = 1 << 22
  /// Clients may send any method; what is over the limit is counted as `_OTHER`, the name that
  /// OpenTelemetry's semantic conventions give it.
  package static let methodLimit = 63
  package static let otherMethod = "_OTHER"

  package init(routeLimit: Int) {
    consumers = NameTable(limit: Self.consumerLimit)
    routes = NameTable(limit: routeLimit)
    methods = NameTable(limit: Self.methodLimit)
    _ = methods.id(for: Self.otherMethod)
  }
}

/// To whom and to which endpoint a record is counted.
package struct AttributedRequest: Equatable, Sendable {
  /// 0 if the record has no consumer.
  package var consumer: NameTable.ID
  package var method: NameTable.ID
  package var route: NameTable.ID

  package init(consumer: NameTable.ID, method: NameTable.ID, route: NameTable.ID) {
    (self.consumer, self.method, self.route) = (consumer, method, route)
  }
}

/// Why a record is not counted.
package enum LeftOut: Equatable, Sendable {
  /// The middleware does not count `OPTIONS`.
  case options
  case beforeSince
  case afterUntil
  /// The target has no path (`*`, the authority of a CONNECT).
  case noPath
  /// No known route matches.
  case unmatchedRoute
  /// The filter with this index matched.
  case filter(Int)
}

package enum AttributionOutcome: Equatable, Sendable {
  case counted(AttributedRequest)
  case leftOut(LeftOut)
}

/// Finds consumer, method and route of records. One worker's own.
package struct Attributor: ~Copyable {
  private let since: Int64
  private let until: Int64
  private let filters: FilterMatcher
  private var methods: MethodFinder
  private var consumers: ConsumerFinder
  private var routes: RouteFinder
  private var path = RequestPath()

  /// - Throws: if a pattern of the rules is no regular expression.
  package init(rules: AttributionRules, names: RunNames) throws(PatternError) {
    let fields = rules.capturedFields
    func index(_ field: String) -> Int { fields.firstIndex(of: field) ?? 0 }
    let filters = try FilterMatcher(
      rules.filters, captureIndexes: rules.filters.map { index($0.field) })
    let consumers = try ConsumerFinder(
      rules: rules.consumers, captureIndexes: rules.consumers.map { index($0.field) },
      names: names.consumers)
    self.filters = filters
    self.consumers = consumers
    since = rules.since ?? .min
    until = rules.until ?? .max
    routes = RouteFinder(rules: rules.routes, names: names.routes, methods: names.methods)
    methods = MethodFinder(names: names.methods)
  }

  /// Attributes `record`, whose fields stand in `bytes`.
  package mutating func attribute(
    _ record: AccessRecord, in bytes: borrowing Span<UInt8>
  ) -> AttributionOutcome {
    var record = record
    return attribute(&record, in: bytes)
  }

  /// Attributes `record`, whose fields stand in `bytes`.
  ///
  /// - Parameter record: by reference, although it stays as it is: it would be copied for each line, with
  ///   wide loads of what was just written piece by piece.
  package mutating func attribute(
    _ record: inout AccessRecord, in bytes: borrowing Span<UInt8>
  ) -> AttributionOutcome {
    if record.start < since { return .leftOut(.beforeSince) }
    if record.start >= until { return .leftOut(.afterUntil) }
    let method = methods.find(record.method, bytes)
    if method == methods.options { return .leftOut(.options) }
    if let filter = filters.firstMatch(record, bytes) { return .leftOut(.filter(filter)) }
    switch findRoute(&record, bytes, method: method) {
    case .template(let route):
      let consumer = consumers.hasRules ? consumers.find(record, bytes) : 0
      return .counted(AttributedRequest(consumer: consumer, method: method, route: route))
    case .unmatched: return .leftOut(.unmatchedRoute)
    case .noPath: return .leftOut(.noPath)
    }
  }

  /// The consumer of a record that matches no route; 0 if there is none. For those that do,
  /// `attribute` has it.
  package mutating func consumer(
    of record: borrowing AccessRecord, in bytes: borrowing Span<UInt8>
  ) -> NameTable.ID {
    consumers.find(record, bytes)
  }

  @inline(__always)
  private mutating func findRoute(
    _ record: inout AccessRecord, _ bytes: borrowing Span<UInt8>, method: NameTable.ID
  ) -> RouteFinder.Finding {
    if record.route.isAbsent, let path = bytes.plainPath(of: record.target) {
      return routes.find(bytes, in: path, method: method)
    }
    return findUnusualRoute(route: record.route, target: record.target, bytes, method: method)
  }

  /// As above, where the log names the route, or the target has to be decoded first.
  @inline(never)
  private mutating func findUnusualRoute(
    route: FieldSlice, target: FieldSlice, _ bytes: borrowing Span<UInt8>, method: NameTable.ID
  ) -> RouteFinder.Finding {
    if !route.isAbsent {
      guard route.isEscaped else { return routes.named(bytes, in: route.range) }
      var text = OwnedBuffer<UInt8>(capacity: max(route.count, 16))
      Unescaping.append(route, of: bytes, to: &text)
      return routes.named(text.span, in: 0..<text.count)
    }
    return path.withPath(of: target, in: bytes) { path, range in
      routes.find(path, in: range, method: method)
    } ?? .noPath
  }
}

/// Numbers for methods. One worker's own.
struct MethodFinder: ~Copyable {
  let options: NameTable.ID
  private let other: NameTable.ID
  private let names: NameTable
  /// Methods seen, as words of up to eight bytes as logged, and their numbers.
  private var words = OwnedBuffer<UInt64>(capacity: RunNames.methodLimit)
  private var ids = OwnedBuffer<NameTable.ID>(capacity: RunNames.methodLimit)

  init(names: NameTable) {
    self.names = names
    options = names.id(for: "OPTIONS") ?? 0
    other = names.id(for: RunNames.otherMethod) ?? 0
  }

  @inline(__always)
  mutating func find(_ slice: FieldSlice, _ bytes: borrowing Span<UInt8>) -> NameTable.ID {
    let range = slice.range
    guard range.count <= 8 else { return slowFind(range, bytes) }
    let word = bytes.word(at: range.lowerBound, count: range.count)
    for index in 0..<words.count where words[index] == word { return ids[index] }
    let id = slowFind(range, bytes)
    if words.count < RunNames.methodLimit {
      words.append(word)
      ids.append(id)
    }
    return id
  }

  /// The number of the method in upper case, as the middleware counts it.
  private func slowFind(_ range: Range<Int>, _ bytes: borrowing Span<UInt8>) -> NameTable.ID {
    var name = OwnedBuffer<UInt8>(capacity: 32)
    for offset in range {
      let byte = bytes[offset]
      name.append(byte &- UInt8(ascii: "a") < 26 ? byte & ~0x20 : byte)
    }
    return names.id(for: name.span, in: 0..<name.count) ?? other
  }
}
