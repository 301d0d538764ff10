package import AccessLogParsing
internal import ByteScanning

/// Finds the consumer, method and route of records. Not shared between workers.
package struct Attributor: ~Copyable {
  private let since: Int64
  private let until: Int64
  private let filters: FilterMatcher
  private var methods: MethodFinder
  private var consumers: ConsumerFinder
  private var routes: RouteFinder
  private var path = RequestPath()
  /// When the requests began that were counted before, in nanoseconds since 1970: they are left out.
  package var countedBefore: [Range<Int64>] = [] {
    didSet { hasCountedBefore = !countedBefore.isEmpty }
  }
  private var hasCountedBefore = false

  /// - Throws: if a pattern in the rules is not a valid regular expression.
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

  /// Attributes `record`, whose fields are in `bytes`.
  package mutating func attribute(
    _ record: AccessRecord, in bytes: borrowing Span<UInt8>
  ) -> AttributionOutcome {
    var record = record
    return attribute(&record, in: bytes)
  }

  /// Attributes `record`, whose fields are in `bytes`.
  ///
  /// - Parameter record: passed by reference although it is not changed: otherwise it would be
  ///   copied for each line, with wide loads of what was just written piece by piece.
  package mutating func attribute(
    _ record: inout AccessRecord, in bytes: borrowing Span<UInt8>
  ) -> AttributionOutcome {
    if hasCountedBefore && wasCounted(record.start) { return .leftOut(.importedBefore) }
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

  /// A bit for each of the first 64 consumer rules that has found a consumer of any record.
  package var foundConsumerRules: UInt64 { consumers.foundRules }

  @inline(never)
  private func wasCounted(_ start: Int64) -> Bool { countedBefore.contains { $0.contains(start) } }

  /// The consumer of a record that matches no route; 0 if there is none. For records that do match,
  /// `attribute` returns it.
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
      return routes.find(bytes, in: path, method: method, status: record.status)
    }
    return findUnusualRoute(
      route: record.route, target: record.target, bytes, method: method, status: record.status)
  }

  /// As above, for when the log names the route or the target has to be decoded first.
  @inline(never)
  private mutating func findUnusualRoute(
    route: FieldSlice, target: FieldSlice, _ bytes: borrowing Span<UInt8>, method: NameTable.ID,
    status: UInt16
  ) -> RouteFinder.Finding {
    if !route.isAbsent {
      guard route.isEscaped else { return routes.named(bytes, in: route.range) }
      var text = OwnedBuffer<UInt8>(capacity: max(route.count, 16))
      Unescaping.append(route, of: bytes, to: &text)
      return routes.named(text.span, in: 0..<text.count)
    }
    return path.withPath(of: target, in: bytes) { path, range in
      routes.find(path, in: range, method: method, status: status)
    } ?? .noPath
  }
}
