internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
internal import Diagnostics
internal import Ingesting
internal import LogReading
internal import Reporting

/// Counts requests by route: those that are known or that the log names, and those to be found.
final class RouteCollector {
  private let rules: AttributionRules
  /// Whether routes are drafted for what matches none of those that are known.
  private let looksAtUnmatched: Bool
  private let names: RunNames
  private var reader: LineReader
  private let survey = PathSurvey()
  private var named: [Request: Tally] = [:]
  private var unmatchedCount = 0
  private var sources: [SourceFindings] = []

  /// A route and a method, by their numbers, which are counted together.
  private struct Request: Hashable {
    var route: NameTable.ID
    var method: NameTable.ID
  }

  private struct Tally {
    var count = 0
    var consumers: Set<NameTable.ID> = []
    var examples: [String] = []
  }

  init(_ rules: AttributionRules) throws(PatternError) {
    looksAtUnmatched = rules.routes.known.isEmpty || rules.routes.unmatched == .keep
    var rules = rules
    // Requests that match no route have to be distinguishable from those that do.
    if !rules.routes.known.isEmpty { rules.routes.unmatched = .drop }
    self.rules = rules
    names = RunNames(for: rules)
    reader = try LineReader(rules: rules, names: names)
  }

  func end(_ path: String, _ extent: SourceSample.Extent) {
    var source = SourceFindings(path: path)
    source.linesRead = extent.lineCount
    source.isComplete = extent.isComplete
    sources.append(source)
  }

  /// Looks at the first `limit` lines of `chunk`.
  ///
  /// - Returns: at how many it looked.
  func add(
    _ chunk: Chunk, _ plan: SourcePlan, limit: Int
  ) throws(LineParser.SetupError) -> Int {
    var receiver = self
    return try reader.read(chunk, by: plan, limit: limit, into: &receiver)
  }

  private func count(
    _ record: AccessRecord, _ request: AttributedRequest, _ bytes: borrowing Span<UInt8>
  ) {
    let key = Request(route: request.route, method: request.method)
    named[key, default: Tally()].count += 1
    if request.consumer != 0, named[key, default: Tally()].consumers.count < 1_000 {
      named[key, default: Tally()].consumers.insert(request.consumer)
    }
    guard named[key, default: Tally()].examples.count < 3, !record.target.isAbsent else { return }
    let target = plainBytes(of: record.target, in: bytes, limit: 200)
    let path = String(decoding: target.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
    if named[key, default: Tally()].examples.contains(path) { return }
    named[key, default: Tally()].examples.append(path)
  }

  // MARK: The draft

  func draft() -> RouteDraft {
    var draft = RouteDraft()
    draft.sources = sources
    if rules.routes.known.isEmpty {
      addNamed(to: &draft)
    } else {
      draft.entries = rules.routes.known.map(entry)
    }
    draft.knownCount = draft.entries.count
    draft.unmatchedCount = unmatchedCount
    draft.strayCount = survey.strayCount
    draft.passedOverCount = survey.passedOverCount
    for route in survey.routes() { add(route, to: &draft) }
    draft.strays.sort { ($1.count, $0.name) < ($0.count, $1.name) }
    return draft
  }

  /// A known route, with what was asked for; `HEAD` counts where `GET` does.
  private func entry(for route: KnownRoute) -> RouteDraft.Entry {
    var entry = RouteDraft.Entry(methods: [route.method], template: route.template)
    var consumers: Set<NameTable.ID> = []
    for method in route.method == "GET" ? ["GET", "HEAD"] : [route.method] {
      guard let number = names.routes.id(for: route.template),
        let methodNumber = names.methods.id(for: method),
        let tally = named[Request(route: number, method: methodNumber)]
      else { continue }
      entry.counts.append(Occurrence(method, tally.count))
      entry.examples += tally.examples.filter {
        $0 != route.template && !entry.examples.contains($0)
      }
      consumers.formUnion(tally.consumers)
    }
    entry.examples = Array(entry.examples.prefix(3))
    entry.consumerCount = consumers.count
    return entry
  }

  /// The routes that the log names itself.
  private func addNamed(to draft: inout RouteDraft) {
    let rows = named.map { request, tally in
      (
        route: names.routes.text(request.route),
        method: names.methods.text(request.method),
        tally: tally
      )
    }
    for row in rows.sorted(by: { ($0.route, $0.method) < ($1.route, $1.method) }) {
      guard isWritable(row.method, row.route) else {
        draft.unwritable.append(Occurrence("\(row.method) \(row.route)", row.tally.count))
        continue
      }
      var entry = RouteDraft.Entry(methods: [row.method], template: row.route)
      entry.counts = [Occurrence(row.method, row.tally.count)]
      entry.examples = row.tally.examples.filter { $0 != row.route }
      entry.consumerCount = row.tally.consumers.count
      draft.entries.append(entry)
    }
  }

  private func add(_ route: SurveyedRoute, to draft: inout RouteDraft) {
    // Where `GET` is answered, `HEAD` is.
    let hasGet = route.methods.contains { $0.name == "GET" && $0.routeCount > 0 }
    let isRoute = route.methods.filter { $0.routeCount > 0 || hasGet && $0.name == "HEAD" }
    for method in route.methods where !isRoute.contains(method) {
      draft.strays.append(Occurrence("\(method.name) \(route.template)", method.count))
      draft.strayCount += method.count
    }
    guard !isRoute.isEmpty else { return }
    let written = isRoute.filter { isWritable($0.name, route.template) }
    guard route.canBeListed, !written.isEmpty else {
      for method in isRoute {
        draft.unwritable.append(Occurrence("\(method.name) \(route.template)", method.count))
      }
      return
    }
    // `GET` takes `HEAD` with it.
    var entry = RouteDraft.Entry(
      methods: written.map(\.name).filter { !(hasGet && $0 == "HEAD") }, template: route.template)
    entry.counts = written.map { Occurrence($0.name, $0.count) }
    entry.consumerCount = route.consumerCount
    entry.examples = route.examples.map { String(decoding: $0, as: UTF8.self) }
    entry.parameters = route.namedParameters.map { parameter in
      RouteDraft.Parameter(
        name: parameter.name, evidence: words(for: parameter.evidence),
        examples: parameter.examples.map { String(decoding: $0, as: UTF8.self) })
    }
    draft.entries.append(entry)
  }

  /// Whether an entry of these two is read as this one route. A client may send `GET,DELETE` as a
  /// method, which would be read as two.
  private func isWritable(_ method: String, _ template: String) -> Bool {
    (try? RouteList.routes(ofEntry: "\(method) \(template)"))
      == [KnownRoute(method: method, template: template)]
  }

  private func words(for evidence: FoldingEvidence) -> String {
    switch evidence {
    case .rare(let distinct, let rare):
      "\(grouped(distinct)) different values, \(grouped(rare)) of them requested at most "
        + "\(PathSurvey.rareCount) times"
    case .alike(let distinct, let next, let count):
      "\(grouped(distinct)) different values, \(grouped(count)) of them followed by /\(next)"
    case .many(let distinct): "\(grouped(distinct)) different values"
    case .likeIDs(let distinct, let next):
      "\(grouped(distinct)) values that do not look like IDs continue as IDs do, with /\(next)"
    }
  }
}

extension RouteCollector: LineReceiver {
  func count(
    _ record: inout AccessRecord, _ request: AttributedRequest, in bytes: borrowing Span<UInt8>,
    line: LinePlace
  ) {
    if record.route.isAbsent && rules.routes.known.isEmpty {
      survey.add(record, in: bytes, consumer: request.consumer)
    } else {
      count(record, request, bytes)
    }
  }

  func leaveOut(
    _ record: inout AccessRecord, for reason: LeftOut, _ attributor: inout Attributor,
    in bytes: borrowing Span<UInt8>, line: LinePlace
  ) {
    guard reason == .unmatchedRoute else { return }
    if looksAtUnmatched {
      survey.add(record, in: bytes, consumer: 0)
    } else {
      unmatchedCount += 1
    }
  }

  // Lines that can't be read are for `inspect` to report.
  func reject(_ rejection: LineRejection, in bytes: borrowing Span<UInt8>, line: LinePlace) {}
  func begin(_ bytes: borrowing Span<UInt8>, of chunk: Chunk, unwrapped lines: UnwrappedLines?) {}
  func changeFormats() {}
  func countBlank() {}
  func end(lineCount: Int, joinedCount: Int) {}
}
