import AccessLogParsing
import Attribution
import ByteScanning

/// A request as a parser would hand it over, made by hand.
struct RequestSample {
  var method = "GET"
  var isVerb = false
  var target: [UInt8] = Array("/".utf8)
  /// Whether the target is as a server escaped it (`\x22`).
  var isEscaped = false
  var route: String?
  /// The captured fields in the order of the rules; nil is a field that the line does not have.
  var captured: [[UInt8]?] = []
  var start: Int64 = 0
  /// As in the common log family.
  var dashMeansAbsent = true
  var status: UInt16 = 200

  init(_ method: String = "GET", _ target: String = "/") {
    self.method = method
    self.target = Array(target.utf8)
  }

  /// The record, and the bytes that it points into.
  func record() -> (AccessRecord, [UInt8]) {
    var record = AccessRecord()
    var bytes = Array("before ".utf8)
    func slice(_ text: [UInt8], isEscaped: Bool = false) -> FieldSlice {
      bytes += text
      let range = bytes.count - text.count..<bytes.count
      bytes.append(UInt8(ascii: "|"))
      return FieldSlice(range, isEscaped: isEscaped)
    }
    record.start = start
    record.dashMeansAbsent = dashMeansAbsent
    record.status = status
    record.method = slice(Array(method.utf8), isEscaped: isVerb)
    record.target = slice(target, isEscaped: isEscaped)
    if let route { record.route = slice(Array(route.utf8), isEscaped: route.contains("\\")) }
    for (index, value) in captured.enumerated() {
      if let value {
        record.captured[index] = slice(value, isEscaped: value.contains(UInt8(ascii: "\\")))
      }
    }
    return (record, bytes)
  }
}

/// Attributes requests one after another, and says what became of them in words.
struct AttributionHarness: ~Copyable {
  var attributor: Attributor
  let names: RunNames

  init(_ rules: AttributionRules, routeLimit: Int = 10_000) throws(PatternError) {
    names = RunNames(routeLimit: routeLimit)
    attributor = try Attributor(rules: rules, names: names)
  }

  /// With known routes written as `GET /users/{id}`.
  init(
    known: [String] = [], unmatched: UnmatchedPolicy = .drop, consumers: [ConsumerRule] = [],
    filters: [RecordFilter] = [], basePaths: [String] = [], routeLimit: Int = 10_000
  ) throws {
    let routes = try known.flatMap { try RouteList.routes(ofEntry: $0) }
    var rules = AttributionRules(routes: RouteRules(known: routes, unmatched: unmatched))
    rules.routes.basePaths = basePaths.map { BasePath($0) }
    rules.consumers = consumers
    rules.filters = filters
    try self.init(rules, routeLimit: routeLimit)
  }

  /// `GET /users/{id}`, with ` by acme` behind it if there is a consumer; or why it is left out.
  mutating func outcome(_ request: RequestSample) -> String {
    let (record, bytes) = request.record()
    switch attributor.attribute(record, in: bytes.span) {
    case .counted(let counted):
      let consumer = Self.name(counted.consumer, in: names.consumers)
      let method = Self.name(counted.method, in: names.methods) ?? "?"
      let route = Self.name(counted.route, in: names.routes) ?? "?"
      return "\(method) \(route)" + (consumer.map { " by \($0)" } ?? "")
    case .leftOut(let reason):
      return "\(reason)"
    }
  }

  mutating func outcome(_ method: String, _ target: String) -> String {
    outcome(RequestSample(method, target))
  }

  private static func name(_ id: NameTable.ID, in table: NameTable) -> String? {
    id == 0 ? nil : table.text(id)
  }
}
