internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
internal import Ingesting
internal import LogReading
internal import Reporting

/// Looks at the lines of one format as an import does, and keeps what is worth showing of them.
final class FormatInspector {
  /// How many requests are shown, and how many consumers and routes.
  static let sampleLimit = 10
  static let topLimit = 10
  /// How many durations are kept for their median; of a longer log those at its beginning.
  static let durationLimit = 1_000_000

  /// nil if no format fits.
  let format: LogFormat?
  /// Whether the format was guessed from names of keys.
  let isGuess: Bool
  let rules: AttributionRules
  let names: RunNames
  private(set) var sources: [SourceFindings] = []
  private(set) var survey: FieldSurvey?
  private(set) var timestamps = TimestampSurvey()
  private(set) var counts: LineCounts
  private(set) var durations: [Int64] = []
  private(set) var consumerCounts: [Int] = []
  private(set) var routes: [RouteTally] = []
  private var provisional = ProvisionalTemplates()
  /// The lasting numbers of provisional routes. Asked for once all lines are counted.
  private lazy var settled = provisional.settled(in: names.routes)
  private(set) var rejected: [LineRejection.Reason: LeftOutFindings.Example] = [:]
  private(set) var movedCount = 0
  private(set) var backwards = Share(0, of: 0)
  private(set) var bodiless = Share(0, of: 0)

  /// Whether this is the second format of the sources of another inspector, which hands on its lines.
  private let isSecond: Bool
  /// nil if ``isSecond``.
  private var reader: LineReader?
  private let plan: SourcePlan?
  /// Whether lines of another shape are expected.
  var isMixed: Bool { plan?.isMixed == true && !isSecond }
  /// Inspects the lines of another shape, if the source holds two formats.
  private(set) var alternate: FormatInspector?
  private var keys = JSONKeyListing()
  private var samples = SampleChoice(limit: FormatInspector.sampleLimit)
  private var lastTimestamp: Int64?

  // Where the current lines stand.
  private var chunk: Chunk?
  private var lines: UnwrappedLines?
  private var linesBefore = 0

  /// The counts of one route.
  struct RouteTally {
    var count = 0
    /// By the method's number.
    var methods: [NameTable.ID: Int] = [:]
    var example: [UInt8] = []

    mutating func add(_ other: RouteTally) {
      if count == 0 { example = other.example }
      count += other.count
      methods.merge(other.methods, uniquingKeysWith: +)
    }
  }

  /// - Parameter guess: a format for lines that no known one reads.
  init(plan: SourcePlan?, guess: LogFormat?, rules: AttributionRules) throws(PatternError) {
    self.plan =
      guess.map {
        SourcePlan(
          number: 0, format: $0, clock: nil, isMixed: false, isDetected: false, alternate: nil)
      } ?? plan
    format = self.plan?.format
    isGuess = guess != nil
    isSecond = false
    self.rules = rules
    names = RunNames(for: rules)
    counts = LineCounts(filterCount: rules.filters.count)
    survey = format.map { FieldSurvey(format: $0, clock: plan?.clock) }
    reader = try LineReader(rules: rules, names: names)
    if let plan, let format = plan.alternate {
      alternate = FormatInspector(format: format, secondOf: plan, rules, names)
    }
  }

  /// The second format of the sources of `plan`.
  private init(
    format: LogFormat, secondOf plan: SourcePlan, _ rules: AttributionRules, _ names: RunNames
  ) {
    self.plan = plan
    self.format = format
    isGuess = false
    isSecond = true
    self.rules = rules
    self.names = names
    counts = LineCounts(filterCount: rules.filters.count)
    survey = FieldSurvey(format: format, clock: plan.clock)
  }

  /// Begins with the source that all chunks are from until the next call.
  func begin(_ source: SourceFindings) {
    sources.append(source)
    lastTimestamp = nil
  }

  /// Notes how far the source was read.
  func end(_ extent: SourceSample.Extent) {
    let index = sources.count - 1
    sources[index].linesRead = extent.lineCount
    sources[index].bytesUncompressed = extent.byteCount
    sources[index].isComplete = extent.isComplete
  }

  /// Looks at the first `limit` lines of `chunk`.
  ///
  /// - Parameter linesBefore: how many lines of the source are before it.
  /// - Returns: at how many lines it looked.
  func add(
    _ chunk: Chunk, linesBefore: Int, limit: Int
  ) throws(LineParser.SetupError) -> Int {
    self.linesBefore = linesBefore
    alternate?.linesBefore = linesBefore
    var lines = InspectedLines(current: self, other: alternate)
    guard let count = try reader?.read(chunk, by: plan, limit: limit, into: &lines) else {
      preconditionFailure("lines of a second format come by way of the first")
    }
    return count
  }

  // MARK: What lines came to

  fileprivate func begin(
    _ bytes: borrowing Span<UInt8>, of chunk: Chunk, unwrapped lines: UnwrappedLines?
  ) {
    self.chunk = chunk
    self.lines = lines
    if !isSecond, format?.hasKeys == true { listKeys(bytes, all: chunk.sequence == 0) }
  }

  fileprivate func countBlank() { counts.countBlank() }
  fileprivate func leaveOut(_ reason: LeftOut) { counts.count(reason) }
  fileprivate func countJoined(_ count: Int) { counts.countJoined(count) }

  fileprivate func count(
    _ record: AccessRecord, _ request: AttributedRequest, _ bytes: borrowing Span<UInt8>,
    _ line: LinePlace
  ) {
    guard let range = line.range else { return }
    if isSecond { listKeys(bytes, ofSecondFormat: range) }
    var counted = ChunkCounts()
    counted.countRequest(at: record.start)
    counts.count(counted)
    count(record, request, bytes)
    lookAtFields(record, bytes, range)
    lookAtClock(record)
    if samples.wants(request, status: record.status) {
      samples.add(
        sample(record, request, number: number(of: line)), request, status: record.status)
    }
  }

  fileprivate func reject(
    _ rejection: LineRejection, _ bytes: borrowing Span<UInt8>, _ line: LinePlace
  ) {
    guard let chunk else { preconditionFailure("a line of no chunk") }
    if rejection.reason == .comment, let range = line.range { survey?.pass(bytes, line: range) }
    let number = number(of: line)
    _ = counts.count(rejection, line: number - 1, of: chunk)
    if rejection.reason.speaksAgainstFormat { sources[sources.count - 1].rejectedCount += 1 }
    if rejected[rejection.reason] == nil {
      let text = line.range.map { beginning(of: $0, bytes) } ?? []
      rejected[rejection.reason] = LeftOutFindings.Example(
        path: sources.last?.path ?? "", lineNumber: number, byteOffset: rejection.byteOffset,
        line: SecretText.masked(String(decoding: text, as: UTF8.self)))
    }
  }

  /// From 1 in the source.
  private func number(of line: LinePlace) -> Int {
    linesBefore + (lines?.origin(of: line.index).line ?? line.index) + 1
  }

  /// As much of a line as an example shows.
  private func beginning(of line: Range<Int>, _ bytes: borrowing Span<UInt8>) -> [UInt8] {
    let end = min(line.upperBound, line.lowerBound + 4096)
    return bytes.extracting(line.lowerBound..<end).copied()
  }

  /// In how many lines of a second format keys are looked for.
  private static let keyedLimit = 1_000

  /// Looks for keys that the mapping does not name: in all lines of a source's first chunk, and in a
  /// few of each that follows.
  private func listKeys(_ bytes: borrowing Span<UInt8>, all: Bool) {
    let before = keys.paths.count
    var start = 0
    var count = 0
    while start < bytes.count && (all || count < 100) {
      let line = bytes.line(from: start)
      start = line.next
      count += 1
      keys.add(bytes, line: line.range)
    }
    if keys.paths.count > before { survey?.add(keys.paths) }
  }

  private func listKeys(_ bytes: borrowing Span<UInt8>, ofSecondFormat line: Range<Int>) {
    guard format?.hasKeys == true, counts.linesRead < Self.keyedLimit else { return }
    let before = keys.paths.count
    keys.add(bytes, line: line)
    if keys.paths.count > before { survey?.add(keys.paths) }
  }

  private func count(
    _ record: AccessRecord, _ request: AttributedRequest, _ bytes: borrowing Span<UInt8>
  ) {
    let consumer = Int(request.consumer)
    while consumerCounts.count <= consumer { consumerCounts.append(0) }
    consumerCounts[consumer] += 1
    let route = Int(request.route)
    while routes.count <= route { routes.append(RouteTally()) }
    routes[route].count += 1
    routes[route].methods[request.method, default: 0] += 1
    if names.routes.isProvisional(request.route) {
      provisional.note(request.route, status: record.status)
    }
    if routes[route].count == 1 {
      let target = plainBytes(of: record.target, in: bytes, limit: 200)
      routes[route].example = Array(target.prefix { $0 != UInt8(ascii: "?") })
    }
    if record.responseSize >= 0, isBodiless(record, request) {
      bodiless.total += 1
      if record.responseSize > 0 { bodiless.count += 1 }
    }
  }

  /// RFC 9110, 6.4.1 and 9.3.2.
  private func isBodiless(_ record: AccessRecord, _ request: AttributedRequest) -> Bool {
    record.status == 204 || record.status == 304 || request.method == headMethod
  }

  private lazy var headMethod: NameTable.ID = names.methods.id(for: "HEAD") ?? 0

  private func lookAtFields(
    _ record: AccessRecord, _ bytes: borrowing Span<UInt8>, _ line: Range<Int>
  ) {
    survey?.add(bytes, line: line, counted: record)
    if let slice = survey?.slice(of: .time, bytes), !slice.isAbsent {
      timestamps.add(bytes, slice.range)
    }
  }

  private func lookAtClock(_ record: AccessRecord) {
    var timestamp = record.start
    if record.duration >= 0 {
      if durations.count < Self.durationLimit { durations.append(record.duration) }
      if format?.timestampMoment == .end && record.duration > 0 {
        movedCount += 1
        timestamp += record.duration
      }
    }
    if let lastTimestamp {
      backwards.total += 1
      if timestamp < lastTimestamp { backwards.count += 1 }
    }
    lastTimestamp = timestamp
  }

  private func sample(
    _ record: AccessRecord, _ request: AttributedRequest, number: Int
  ) -> SampleRecord {
    func present(_ value: Int64) -> Int64? { value >= 0 ? value : nil }
    return SampleRecord(
      path: sources.last?.path ?? "", lineNumber: number, start: record.start,
      method: names.methods.text(request.method), route: names.routes.text(request.route),
      status: Int(record.status),
      consumer: request.consumer == 0 ? nil : names.consumers.text(request.consumer),
      duration: present(record.duration), requestSize: present(record.requestSize),
      responseSize: present(record.responseSize))
  }

  var sampleRecords: [SampleRecord] {
    samples.samples.map { sample in
      var record = sample.record
      record.route = names.routes.text(settled[sample.route] ?? sample.route)
      return record
    }
  }

  /// The counts of routes by their lasting numbers.
  var settledRoutes: [(route: NameTable.ID, tally: RouteTally)] {
    var tallies: [NameTable.ID: RouteTally] = [:]
    for (index, tally) in routes.enumerated() where tally.count > 0 {
      let route = NameTable.ID(index)
      tallies[settled[route] ?? route, default: RouteTally()].add(tally)
    }
    return tallies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
  var keysInLog: Set<String> { Set(keys.paths) }
}

/// Hands lines to the inspector of their format.
private struct InspectedLines: LineReceiver {
  var current: FormatInspector
  var other: FormatInspector?

  func begin(_ bytes: borrowing Span<UInt8>, of chunk: Chunk, unwrapped lines: UnwrappedLines?) {
    current.begin(bytes, of: chunk, unwrapped: lines)
    other?.begin(bytes, of: chunk, unwrapped: lines)
  }

  mutating func changeFormats() {
    guard let next = other else { return }
    (current, other) = (next, current)
  }

  func countBlank() { current.countBlank() }

  func count(
    _ record: inout AccessRecord, _ request: AttributedRequest, in bytes: borrowing Span<UInt8>,
    line: LinePlace
  ) {
    current.count(record, request, bytes, line)
  }

  func leaveOut(
    _ record: inout AccessRecord, for reason: LeftOut, _ attributor: inout Attributor,
    in bytes: borrowing Span<UInt8>, line: LinePlace
  ) {
    current.leaveOut(reason)
  }

  func reject(_ rejection: LineRejection, in bytes: borrowing Span<UInt8>, line: LinePlace) {
    current.reject(rejection, bytes, line)
  }

  func end(lineCount: Int, joinedCount: Int) { current.countJoined(joinedCount) }
}

/// Chooses which requests to show: as different ones as there are, then the first.
private struct SampleChoice {
  let limit: Int
  private var different: [Sample] = []
  private var first: [Sample] = []
  private var seen: Set<Kind> = []

  struct Sample {
    var record: SampleRecord
    var route: NameTable.ID
  }

  private struct Kind: Hashable {
    var method: NameTable.ID
    var route: NameTable.ID
    var status: UInt16
  }

  init(limit: Int) { self.limit = limit }

  private func kind(_ request: AttributedRequest, _ status: UInt16) -> Kind {
    Kind(method: request.method, route: request.route, status: status)
  }

  func wants(_ request: AttributedRequest, status: UInt16) -> Bool {
    first.count < limit
      || different.count < limit && !seen.contains(kind(request, status))
  }

  mutating func add(_ record: SampleRecord, _ request: AttributedRequest, status: UInt16) {
    let isNew = different.count < limit && seen.insert(kind(request, status)).inserted
    if isNew {
      different.append(Sample(record: record, route: request.route))
    } else {
      first.append(Sample(record: record, route: request.route))
    }
  }

  /// In the order in which they came.
  var samples: [Sample] {
    let others = first.prefix(limit - different.count)
    // Sources come one after another, so within one the numbers tell; `sort` keeps the rest.
    return (different + others).sorted {
      $0.record.path == $1.record.path && $0.record.lineNumber < $1.record.lineNumber
    }
  }
}
