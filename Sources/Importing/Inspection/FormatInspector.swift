internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
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
  private(set) var stamps = TimestampSurvey()
  private(set) var books: Books
  private(set) var durations: [Int64] = []
  private(set) var consumerCounts: [Int] = []
  private(set) var routes: [RouteTally] = []
  private(set) var rejected: [LineRejection.Reason: LeftOutFindings.Example] = [:]
  private(set) var movedCount = 0
  private(set) var backwards = Share(0, of: 0)
  private(set) var bodiless = Share(0, of: 0)

  private var parser: LineParser?
  /// Whether lines of another shape are expected.
  let isMixed: Bool
  /// What looks at the lines of another shape, where the source holds two formats.
  var alternate: FormatInspector?
  private var unwrapper: LineUnwrapper?
  private var attributor: Attributor
  private var record = AccessRecord()
  private var keys = JSONKeyListing()
  private var samples = SampleChoice(limit: FormatInspector.sampleLimit)
  private var lastTimestamp: Int64?

  /// What was counted for one route.
  struct RouteTally {
    var count = 0
    /// By the method's number.
    var methods: [NameTable.ID: Int] = [:]
    var example: [UInt8] = []
  }

  /// - Parameter isAlternate: whether it is the second format of the sources of `plan`, whose lines
  ///   another inspector hands on.
  init(
    format: LogFormat?, plan: SourcePlan?, isGuess: Bool, rules: AttributionRules,
    isAlternate: Bool = false
  ) throws {
    self.format = format
    isMixed = plan?.isMixed == true && !isAlternate
    unwrapper = isAlternate ? nil : plan?.wrapping.map { LineUnwrapper($0) }
    self.isGuess = isGuess
    self.rules = rules
    names = RunNames(for: rules)
    attributor = try Attributor(rules: rules, names: names)
    books = Books(filterCount: rules.filters.count)
    if let format {
      parser = try LineParser(
        format: format, capturing: rules.capturedFields, clock: plan?.clock,
        allowsUnknown: isAlternate)
      survey = FieldSurvey(format: format, clock: plan?.clock)
    }
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
  /// - Parameter number: how many lines of the source are before it.
  /// - Returns: at how many lines it looked.
  func add(_ chunk: Chunk, linesBefore: Int, limit: Int) -> Int {
    if chunk.isOversizedLine {
      reject(
        LineRejection(.lineTooLong, at: SourceReader.lineLimit), chunk, number: linesBefore + 1,
        line: [])
      return 1
    }
    if case .columns(var columns)? = parser {
      columns.beginChunk()
      parser = .columns(columns)
    }
    guard unwrapper != nil else {
      return add(chunk.bytes, of: chunk, linesBefore: linesBefore, limit: limit)
    }
    return addWrapped(chunk.bytes, of: chunk, linesBefore: linesBefore)
  }

  private func addWrapped(
    _ content: borrowing OwnedBuffer<UInt8>, of chunk: Chunk, linesBefore: Int
  ) -> Int {
    guard var lines = unwrapper.take() else { return 0 }
    lines.unwrap(content.span)
    _ = add(lines.text, of: chunk, linesBefore: linesBefore, limit: .max) {
      lines.origin(of: $0).line
    }
    books.countJoined(lines.joinedCount)
    let count = lines.lineCount
    unwrapper = consume lines
    return count
  }

  private func add(
    _ content: borrowing OwnedBuffer<UInt8>, of chunk: Chunk, linesBefore: Int, limit: Int,
    origin: (Int) -> Int = { $0 }
  ) -> Int {
    let bytes = content.span
    if format?.hasKeys == true { listKeys(bytes, all: chunk.sequence == 0) }
    var start = 0
    var count = 0
    while start < bytes.count && count < limit {
      let line = bytes.line(from: start)
      start = line.next
      count += 1
      if line.range.isEmpty {
        books.countBlank()
        continue
      }
      do throws(LineRejection) {
        try add(bytes, line.range, number: linesBefore + origin(count - 1) + 1)
      } catch {
        let number = linesBefore + origin(count - 1) + 1
        if error.reason.isOtherShape, let alternate,
          alternate.takes(bytes, line.range, of: chunk, number: number)
        {
          continue
        }
        if error.reason == .comment { survey?.pass(bytes, line: line.range) }
        reject(error, chunk, number: number, line: beginning(of: line.range, bytes))
      }
    }
    return count
  }

  /// Looks at a line that its source's other format does not read.
  ///
  /// - Returns: whether it is of this one.
  private func takes(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, of chunk: Chunk, number: Int
  ) -> Bool {
    if format?.hasKeys == true, books.linesRead < Self.keyedLimit {
      let before = keys.paths.count
      keys.add(bytes, line: line)
      if keys.paths.count > before { survey?.add(keys.paths) }
    }
    do throws(LineRejection) {
      try add(bytes, line, number: number)
    } catch {
      if error.reason.isOtherShape { return false }
      reject(error, chunk, number: number, line: beginning(of: line, bytes))
    }
    return true
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

  private func add(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, number: Int
  ) throws(LineRejection) {
    guard parser != nil else { throw LineRejection(.unrecognized, at: 0) }
    if line.count > SourceReader.lineLimit {
      throw LineRejection(.lineTooLong, at: SourceReader.lineLimit)
    }
    record.duration = AccessRecord.absent
    record.requestSize = AccessRecord.absent
    record.route = .absent
    try parser?.parse(bytes, line: line, into: &record)
    switch attributor.attribute(record, in: bytes) {
    case .leftOut(let reason): books.count(reason)
    case .counted(let request):
      var counts = ChunkCounts()
      counts.countRequest(at: record.start)
      books.count(counts)
      count(request, bytes)
      lookAtFields(bytes, line)
      lookAtClock()
      if samples.wants(request, status: record.status) {
        samples.add(sample(request, bytes, number: number), request, status: record.status)
      }
    }
  }

  private func count(_ request: AttributedRequest, _ bytes: borrowing Span<UInt8>) {
    let consumer = Int(request.consumer)
    while consumerCounts.count <= consumer { consumerCounts.append(0) }
    consumerCounts[consumer] += 1
    let route = Int(request.route)
    while routes.count <= route { routes.append(RouteTally()) }
    routes[route].count += 1
    routes[route].methods[request.method, default: 0] += 1
    if routes[route].count == 1 {
      let target = plainBytes(of: record.target, in: bytes, limit: 200)
      routes[route].example = Array(target.prefix { $0 != UInt8(ascii: "?") })
    }
    if record.responseSize >= 0, isBodiless(request) {
      bodiless.total += 1
      if record.responseSize > 0 { bodiless.count += 1 }
    }
  }

  /// RFC 9110, 6.4.1 and 9.3.2.
  private func isBodiless(_ request: AttributedRequest) -> Bool {
    record.status == 204 || record.status == 304 || request.method == headMethod
  }

  private lazy var headMethod: NameTable.ID = names.methods.id(for: "HEAD") ?? 0

  private func lookAtFields(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) {
    survey?.add(bytes, line: line, counted: record)
    if let slice = survey?.slice(of: .time, bytes), !slice.isAbsent {
      stamps.add(bytes, slice.range)
    }
  }

  private func lookAtClock() {
    var stamp = record.start
    if record.duration >= 0 {
      if durations.count < Self.durationLimit { durations.append(record.duration) }
      if format?.timestampMoment == .end && record.duration > 0 {
        movedCount += 1
        stamp += record.duration
      }
    }
    if let lastTimestamp {
      backwards.total += 1
      if stamp < lastTimestamp { backwards.count += 1 }
    }
    lastTimestamp = stamp
  }

  private func sample(
    _ request: AttributedRequest, _ bytes: borrowing Span<UInt8>, number: Int
  ) -> SampleRecord {
    func present(_ value: Int64) -> Int64? { value >= 0 ? value : nil }
    return SampleRecord(
      path: sources.last?.path ?? "", lineNumber: number, start: record.start,
      method: name(request.method, in: names.methods), route: name(request.route, in: names.routes),
      status: Int(record.status),
      consumer: request.consumer == 0 ? nil : name(request.consumer, in: names.consumers),
      duration: present(record.duration), requestSize: present(record.requestSize),
      responseSize: present(record.responseSize))
  }

  private func reject(_ rejection: LineRejection, _ chunk: Chunk, number: Int, line: [UInt8]) {
    var rejection = rejection
    if isMixed && rejection.reason.isOtherShape { rejection.reason = .otherLine }
    _ = books.count(rejection, line: number - 1, of: chunk)
    if rejection.reason.speaksAgainstFormat { sources[sources.count - 1].rejectedCount += 1 }
    if rejected[rejection.reason] == nil {
      rejected[rejection.reason] = LeftOutFindings.Example(
        path: sources.last?.path ?? "", lineNumber: number, byteOffset: rejection.byteOffset,
        line: String(decoding: line, as: UTF8.self))
    }
  }

  var sampleRecords: [SampleRecord] { samples.records }
  var keysInLog: Set<String> { Set(keys.paths) }
}

func name(_ id: NameTable.ID, in table: NameTable) -> String {
  id > 0 ? String(decoding: table.name(id), as: UTF8.self) : ""
}

/// Chooses which requests to show: as different ones as there are, then the first.
private struct SampleChoice {
  let limit: Int
  private var different: [SampleRecord] = []
  private var first: [SampleRecord] = []
  private var seen: Set<Kind> = []

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
      different.append(record)
    } else {
      first.append(record)
    }
  }

  /// In the order in which they came.
  var records: [SampleRecord] {
    let others = first.prefix(limit - different.count)
    // Sources come one after another, so within one the numbers tell; `sort` keeps the rest.
    return (different + others).sorted { $0.path == $1.path && $0.lineNumber < $1.lineNumber }
  }
}
