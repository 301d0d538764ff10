internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
package import Configuring
package import Diagnostics
internal import LogReading
package import Reporting

/// Drafts a list of routes from logs:
///
///     sources → chunks of whole lines → records → paths → routes
package struct RouteDraftRun {
  private let settings: Settings
  /// nil if sources are read to their ends.
  private let limit: SampleLimit?
  private let watcher: any ImportWatcher

  package init(settings: Settings, limit: SampleLimit?, watcher: any ImportWatcher) {
    self.settings = settings
    self.limit = limit
    self.watcher = watcher
  }

  package struct Outcome: Sendable {
    package var draft: RouteDraft
    package var exitStatus: ExitStatus
  }

  package func run() throws(Diagnostic) -> Outcome {
    let inputs = expandedInputs(settings.inputs, tellingOf: watcher)
    let rules = AttributionRules(settings, try LoadedRoutes(settings.routes))
    let planner = SourcePlanner(
      choice: settings.format, durationUnit: settings.durationUnit, clock: settings.clock)
    var status = inputs.unmatched.isEmpty ? ExitStatus.done : .inputUnreadable
    do {
      let collector = try RouteCollector(rules)
      let sample = SourceSample(planner: planner, limit: limit, watcher: watcher)
      defer { watcher.endProgress() }
      for (index, path) in inputs.paths.enumerated() {
        var isUnderstood = false
        let reading = try sample.read(path, index: index) { chunk, plan, limit in
          // A log may begin with something else.
          guard let plan else { return 1 }
          isUnderstood = true
          return try collector.add(chunk, plan, limit: limit)
        }
        if !isUnderstood, reading.extent.lineCount > 0 {
          throw Diagnostic(
            .error, code: "unknown-format", "no known format fits",
            hint: "see `backtally inspect`, and name the format with --format",
            at: Place(source: path), exitStatus: .inputUnreadable)
        }
        if !reading.isReadable { status = .inputUnreadable }
        collector.end(path, reading.extent)
      }
      let draft = collector.draft()
      if draft.entries.isEmpty {
        watcher.report(.noRoutes)
        status = .inputUnreadable
      }
      return Outcome(draft: draft, exitStatus: status)
    } catch let diagnostic as Diagnostic {
      throw diagnostic
    } catch {
      throw Diagnostic.forUser(error)
    }
  }
}

extension Diagnostic {
  fileprivate static let noRoutes = Diagnostic(
    .error, code: "no-routes", "no request was found that a route may have answered",
    hint: "see `backtally inspect`", exitStatus: .inputUnreadable)
}

/// Counts requests by route: those that are known or that the log names, and those to be found.
private final class RouteCollector {
  private let rules: AttributionRules
  /// Whether routes are drafted for what matches none of those that are known.
  private let looksAtUnmatched: Bool
  private let names: RunNames
  private var attributor: Attributor
  private let survey = PathSurvey()
  private var parsers = PlanSlots<LineParser>()
  /// What reads the lines of another shape, where a source holds two formats.
  private var alternates = PlanSlots<LineParser>()
  private var record = AccessRecord()
  private var named: [Request: Tally] = [:]
  private var unmatchedCount = 0
  private var sources: [SourceFindings] = []

  /// What is counted for itself: a route and a method, by their numbers.
  private struct Request: Hashable {
    var route: NameTable.ID
    var method: NameTable.ID
  }

  private struct Tally {
    var count = 0
    var consumers: Set<NameTable.ID> = []
    var examples: [String] = []
  }

  init(_ rules: AttributionRules) throws {
    looksAtUnmatched = rules.routes.known.isEmpty || rules.routes.unmatched == .keep
    var rules = rules
    // What matches none has to be told from what matches.
    if !rules.routes.known.isEmpty { rules.routes.unmatched = .drop }
    self.rules = rules
    names = RunNames(for: rules)
    attributor = try Attributor(rules: rules, names: names)
  }

  func end(_ path: String, _ extent: SourceSample.Extent) {
    var source = SourceFindings(path: path)
    source.linesRead = extent.lineCount
    source.isComplete = extent.isComplete
    sources.append(source)
  }

  func add(_ chunk: Chunk, _ plan: SourcePlan, limit: Int) throws -> Int {
    if chunk.isOversizedLine { return 1 }
    if parsers[plan.number] == nil {
      parsers[plan.number] = try LineParser(
        format: plan.format, capturing: rules.capturedFields, clock: plan.clock)
      alternates[plan.number] = try plan.alternate.map {
        try LineParser(
          format: $0, capturing: rules.capturedFields, clock: plan.clock, allowsUnknown: true)
      }
    }
    if case .columns(var columns)? = parsers[plan.number] {
      columns.beginChunk()
      parsers[plan.number] = .columns(columns)
    }
    guard let wrapping = plan.wrapping else { return add(chunk.bytes, plan.number, limit: limit) }
    return add(chunk.bytes, in: wrapping, plan.number)
  }

  private func add(
    _ content: borrowing OwnedBuffer<UInt8>, in wrapping: LineWrapping, _ number: Int
  ) -> Int {
    var unwrapper = LineUnwrapper(wrapping)
    unwrapper.unwrap(content.span)
    _ = add(unwrapper.text, number, limit: .max)
    return unwrapper.lineCount
  }

  private func add(
    _ content: borrowing OwnedBuffer<UInt8>, _ number: Int, limit: Int
  ) -> Int {
    let bytes = content.span
    var start = 0
    var count = 0
    while start < bytes.count && count < limit {
      let line = bytes.line(from: start)
      start = line.next
      count += 1
      // What cannot be read is for `inspect` to tell of.
      if line.range.isEmpty || line.range.count > SourceReader.lineLimit { continue }
      try? add(bytes, line.range, number)
    }
    return count
  }

  private func add(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, _ number: Int
  ) throws(LineRejection) {
    record.duration = AccessRecord.absent
    record.requestSize = AccessRecord.absent
    record.route = .absent
    do throws(LineRejection) {
      try parsers[number]?.parse(bytes, line: line, into: &record)
    } catch {
      guard error.reason.isOtherShape, alternates[number] != nil else { throw error }
      try alternates[number]?.parse(bytes, line: line, into: &record)
    }
    switch attributor.attribute(record, in: bytes) {
    case .counted(let request):
      if record.route.isAbsent && rules.routes.known.isEmpty {
        survey.add(record, in: bytes, consumer: request.consumer)
      } else {
        count(request, bytes)
      }
    case .leftOut(.unmatchedRoute):
      if looksAtUnmatched {
        survey.add(record, in: bytes, consumer: 0)
      } else {
        unmatchedCount += 1
      }
    case .leftOut: break
    }
  }

  private func count(_ request: AttributedRequest, _ bytes: borrowing Span<UInt8>) {
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
        route: name(request.route, in: names.routes),
        method: name(request.method, in: names.methods),
        tally: tally
      )
    }
    for row in rows.sorted(by: { ($0.route, $0.method) < ($1.route, $1.method) }) {
      guard (try? RouteList.routes(ofEntry: "\(row.method) \(row.route)")) != nil else {
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
    let isWritable = { (method: SurveyedRoute.Method) in
      (try? RouteList.routes(ofEntry: "\(method.name) \(route.template)")) != nil
    }
    guard route.canBeListed, isRoute.contains(where: isWritable) else {
      for method in isRoute {
        draft.unwritable.append(Occurrence("\(method.name) \(route.template)", method.count))
      }
      return
    }
    let written = isRoute.filter(isWritable)
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

  private func words(for evidence: FoldingEvidence) -> String {
    switch evidence {
    case .rare(let distinct, let rare):
      "\(grouped(distinct)) different values, \(grouped(rare)) of them asked for at most "
        + "\(PathSurvey.rareCount) times"
    case .alike(let distinct, let next, let count):
      "\(grouped(distinct)) different values, of which \(grouped(count)) go on with /\(next)"
    case .many(let distinct): "\(grouped(distinct)) different values"
    case .likeIDs(let distinct, let next):
      "\(grouped(distinct)) values that are no ids go on as ids do, with /\(next)"
    }
  }
}
