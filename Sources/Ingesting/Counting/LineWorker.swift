internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
internal import LogReading
internal import Tallying

/// Parses, attributes and tallies the lines of chunks. Used by one thread at a time.
struct LineWorker: ~Copyable {
  private var reader: LineReader
  private var tallier: LineTallier

  /// - Parameters:
  ///   - counter: counts requests in place of tallies; nil if all are tallied.
  ///   - observer: looks at each record; nil if tallies are all that is asked for.
  init(
    rules: AttributionRules, names: RunNames, width: BucketWidth, plausible: Range<Int64>,
    measures: TallyMeasures, counter: (any RequestCounter)?, observer: (any RecordObserver)?,
    rejects: RejectsFile?
  ) throws(PatternError) {
    reader = try LineReader(rules: rules, names: names) { format in
      observer?.capturedFields(of: format) ?? []
    }
    tallier = LineTallier(
      width: width, measures: measures, filterCount: rules.filters.count, observer: observer,
      rejects: rejects)
    tallier.counter = counter
    tallier.lastingRoutes = UInt32(names.routes.limit)
    tallier.plausibleBuckets =
      width.bucket(of: plausible.lowerBound)..<width.bucket(of: plausible.upperBound)
  }

  /// Counts the lines of `chunk`, which are in the format of `plan`.
  ///
  /// - Returns: what the chunk came to.
  mutating func process(
    _ chunk: Chunk, plan: SourcePlan?
  ) throws(LineParser.SetupError) -> ChunkCounts {
    if let plan, !chunk.isOversizedLine { tallier.observer?.begin(plan) }
    _ = try reader.read(chunk, by: plan, into: &tallier)
    return tallier.chunkCounts
  }

  /// Fails if lines of `format` can't be read by the rules.
  func check(_ format: LogFormat, clock: LocalClock?) throws(LineParser.SetupError) {
    try reader.check(format, clock: clock)
  }

  /// About how much memory the tallies take, in bytes.
  var tableMemory: Int { tallier.table.memory }

  /// Whether there is so much beside tallies that it should be handed over.
  var isObserverFull: Bool { tallier.observer?.isFull ?? false }

  /// Gives the counts away and begins new ones.
  mutating func takeCounts() -> LineCounts {
    defer { tallier.lineCounts = tallier.lineCounts.successor() }
    tallier.lineCounts.note(&tallier.table, plausible: tallier.plausibleBuckets)
    tallier.lineCounts.foundConsumerRules = reader.foundConsumerRules
    return tallier.lineCounts
  }

  /// Puts the tallies into `box`, goes on with the table that was there, which is empty, and has the
  /// observer hand over what it noted.
  mutating func handOver(to box: TableBox) {
    precondition(box.table.isEmpty)
    swap(&box.table, &tallier.table)
    tallier.observer?.handOver()
  }
}

/// Counts and tallies what lines came to.
private struct LineTallier: ~Copyable, LineReceiver {
  var table: TallyTable
  var lineCounts: LineCounts
  /// The counts of the current chunk.
  var chunkCounts = ChunkCounts()
  /// nil if all requests are tallied.
  var counter: (any RequestCounter)? { didSet { hasCounter = counter != nil } }
  private var hasCounter = false
  /// Those that the counter is still to be given.
  private var requests = OwnedBuffer<CountedRequest>(capacity: RequestBatch.limit)
  /// Routes with higher numbers are provisional.
  var lastingRoutes: UInt32 = .max
  /// Buckets of times that a clock which is not far out may have.
  var plausibleBuckets: Range<Int64> = 0..<(.max)
  /// nil if nothing but tallies is asked for.
  let observer: (any RecordObserver)?
  private var buckets: BucketFinder
  private let rejects: RejectsFile?
  private var rejectedLines = OwnedBuffer<UInt8>(capacity: 1024)
  private var chunk: Chunk?
  private var lines: UnwrappedLines?

  init(
    width: BucketWidth, measures: TallyMeasures, filterCount: Int,
    observer: (any RecordObserver)?, rejects: RejectsFile?
  ) {
    table = TallyTable(measuring: measures)
    lineCounts = LineCounts(filterCount: filterCount)
    buckets = BucketFinder(width: width)
    self.observer = observer
    self.rejects = rejects
  }

  mutating func begin(
    _ bytes: borrowing Span<UInt8>, of chunk: Chunk, unwrapped lines: UnwrappedLines?
  ) {
    chunkCounts = ChunkCounts()
    self.chunk = chunk
    self.lines = lines
  }

  mutating func changeFormats() { observer?.changeFormats() }

  mutating func countBlank() { lineCounts.countBlank() }

  @inline(__always)
  mutating func count(
    _ record: inout AccessRecord, _ request: AttributedRequest, in bytes: borrowing Span<UInt8>,
    line: LinePlace
  ) {
    let bucket = buckets.bucket(of: record.start)
    if hasCounter, request.route <= lastingRoutes {
      lineCounts.note(
        consumer: request.consumer, duration: record.duration, requestSize: record.requestSize,
        responseSize: record.responseSize, bucket: bucket, plausible: plausibleBuckets)
      requests.append(
        CountedRequest(
          bucket: bucket, consumer: request.consumer, method: request.method, route: request.route,
          status: record.status, duration: record.duration, requestSize: record.requestSize,
          responseSize: record.responseSize))
      if requests.count == RequestBatch.limit { countRequests() }
    } else {
      let key = TallyKey(
        bucket: bucket, consumer: request.consumer, method: request.method, route: request.route,
        status: record.status)
      table.add(&record, at: key)
    }
    chunkCounts.countRequest(at: record.start)
    if let observer, let range = line.range {
      observer.note(record, request, in: bytes, line: range)
    }
  }

  mutating func leaveOut(
    _ record: inout AccessRecord, for reason: LeftOut, _ attributor: inout Attributor,
    in bytes: borrowing Span<UInt8>, line: LinePlace
  ) {
    lineCounts.count(reason)
    chunkCounts.count(reason)
    if reason == .unmatchedRoute {
      chunkCounts.idle.ofUnmatchedRoutes += 1
      lineCounts.noteUnmatched(record.target, in: bytes)
    }
    if let observer, let range = line.range, reason == .unmatchedRoute {
      let consumer = attributor.consumer(of: record, in: bytes)
      observer.noteUnmatched(record, consumer: consumer, in: bytes, line: range)
    }
  }

  mutating func reject(
    _ rejection: LineRejection, in bytes: borrowing Span<UInt8>, line: LinePlace
  ) {
    guard let chunk else { preconditionFailure("a line of no chunk") }
    if chunk.wasRead && rejection.reason.speaksAgainstFormat {
      // It was refused, and written to the file of such lines, by the run that read it first.
      lineCounts.count(.importedBefore)
      chunkCounts.count(.importedBefore)
      return
    }
    let origin = lines?.origin(of: line.index)
    chunkCounts.idle.note(rejection.reason)
    if lines == nil, chunkCounts.failure == nil, let range = line.range,
      let compression = Compression(beginningOf: range, in: bytes)
    {
      chunkCounts.failure = .compressedRest(
        compression, contentOffset: chunk.sourceOffset + range.lowerBound)
    }
    if lineCounts.count(rejection, line: origin?.line ?? line.index, of: chunk) {
      chunkCounts.hasExamples = true
    }
    guard rejects != nil, rejection.reason.isWorthKeeping, let range = line.range else { return }
    if let origin {
      keepRejected(from: origin.offset, of: chunk.bytes)
    } else {
      keepRejected(range, of: bytes)
    }
  }

  private mutating func keepRejected(
    from start: Int, of content: borrowing OwnedBuffer<UInt8>
  ) {
    let bytes = content.span
    keepRejected(bytes.line(from: start).range, of: bytes)
  }

  private mutating func keepRejected(_ line: Range<Int>, of bytes: borrowing Span<UInt8>) {
    rejectedLines.append(bytes.extracting(line))
    rejectedLines.append(UInt8(ascii: "\n"))
  }

  @inline(never)
  private mutating func countRequests() {
    counter?.count(requests.span)
    requests.removeAll()
  }

  mutating func end(lineCount: Int, joinedCount: Int) {
    if !requests.isEmpty { countRequests() }
    if !rejectedLines.isEmpty {
      rejects?.append(rejectedLines.span)
      rejectedLines.removeAll()
    }
    lineCounts.countJoined(joinedCount)
    chunkCounts.idle.parts = joinedCount
    chunkCounts.lines = lineCount
    lineCounts.count(chunkCounts)
    (chunk, lines) = (nil, nil)
  }
}
