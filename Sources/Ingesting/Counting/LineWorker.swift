internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
internal import LogReading
internal import Tallying

/// Parses, attributes and tallies the lines of chunks. Used by one thread at a time.
struct LineWorker: ~Copyable {
  private var buckets: BucketFinder
  private let capturedFields: [String]
  private var attributor: Attributor
  /// Parsers by their plan's number.
  private var parsers = PlanSlots<LineParser>()
  private var table = TallyTable()
  private var books: Books
  /// What the current chunk has come to.
  private var counts = ChunkCounts()
  private let rejects: RejectsFile?
  private var rejectedLines = OwnedBuffer<UInt8>(capacity: 1024)
  /// Whether the source is known to hold other lines as well.
  private var isMixed = false
  /// What reads the lines of another shape, where the source holds two formats.
  private var alternate: LineParser?
  /// What wrapped lines were made into, by their plan's number, and those of the current chunk.
  private var unwrapped = PlanSlots<UnwrappedLines>()
  private var current: UnwrappedLines?
  private let plan: DetailPlan
  /// nil if nothing but tallies is asked for.
  private let details: RecordDetails?

  init(_ plan: DetailPlan, rejects: RejectsFile?) throws(PatternError) {
    let rules = plan.rules
    let attributor = try Attributor(rules: rules, names: plan.names)
    details = try RecordDetails(plan)
    self.plan = plan
    let width = plan.width
    self.attributor = attributor
    buckets = BucketFinder(width: width)
    self.rejects = rejects
    capturedFields = rules.capturedFields
    books = Books(filterCount: rules.filters.count)
  }

  /// Counts the lines of `chunk`, which are in the format of `plan`.
  ///
  /// - Returns: what the chunk came to.
  mutating func process(
    _ chunk: Chunk, plan: SourcePlan?
  ) throws(LineParser.SetupError) -> ChunkCounts {
    if chunk.isOversizedLine {
      let rejection = LineRejection(.lineTooLong, at: SourceReader.lineLimit)
      return ChunkCounts(
        lines: 1, hasExamples: books.count(rejection, line: 0, of: chunk))
    }
    guard let plan else {
      var parser = NoParser()
      return process(chunk.bytes, of: chunk, by: &parser)
    }
    let known = parsers[plan.number]
    let parser =
      if let known { known } else {
        try LineParser(
          format: plan.format,
          capturing: capturedFields + RecordDetails.capturedFields(plan.format, self.plan),
          clock: plan.clock)
      }
    if let details { details.begin(plan) }
    // Taken out of its slot for the chunk, so that the loop below has it to itself.
    parsers[plan.number] = nil
    isMixed = plan.isMixed
    // One that lacks a field of the rules counts without: a note says so.
    alternate = plan.alternate.flatMap {
      try? LineParser(
        format: $0, capturing: capturedFields + RecordDetails.capturedFields($0, self.plan),
        clock: plan.clock, allowsUnknown: true)
    }
    guard let wrapping = plan.wrapping else {
      return process(chunk.bytes, of: chunk, by: parser, plan.number)
    }
    let lines = unwrapped[plan.number] ?? UnwrappedLines(wrapping)
    unwrapped[plan.number] = lines
    lines.unwrapper.unwrap(chunk.bytes.span)
    current = lines
    defer { current = nil }
    var counts = process(lines.unwrapper.text, of: chunk, by: parser, plan.number)
    books.countJoined(lines.unwrapper.joinedCount)
    counts.lines = lines.unwrapper.lineCount
    return counts
  }

  /// Counts the lines of `content`, and puts the parser back for the next chunk.
  private mutating func process(
    _ content: borrowing OwnedBuffer<UInt8>, of chunk: Chunk, by parser: LineParser,
    _ number: Int
  ) -> ChunkCounts {
    switch parser {
    case .common(var parser):
      defer { parsers[number] = .common(parser) }
      return process(content, of: chunk, by: &parser)
    case .json(var parser):
      defer { parsers[number] = .json(parser) }
      return process(content, of: chunk, by: &parser)
    case .text(var parser):
      defer { parsers[number] = .text(parser) }
      return process(content, of: chunk, by: &parser)
    case .columns(var parser):
      defer { parsers[number] = .columns(parser) }
      parser.beginChunk()
      return process(content, of: chunk, by: &parser)
    case .pairs(var parser):
      defer { parsers[number] = .pairs(parser) }
      return process(content, of: chunk, by: &parser)
    }
  }

  /// About how much memory the tallies take, in bytes.
  var tableMemory: Int { table.memory }

  /// Gives the books away and begins new ones.
  mutating func takeBooks() -> Books {
    defer { books = books.successor() }
    return books
  }

  /// Puts what was counted and noted into `box`, and goes on with the table that was there, which
  /// is empty.
  mutating func handOver(to box: TableBox) {
    precondition(box.table.isEmpty)
    swap(&box.table, &table)
    box.put(details?.take())
  }

  /// Whether there are details that should be written.
  var isFullOfDetails: Bool { details?.isFull ?? false }

  private mutating func process(
    _ content: borrowing OwnedBuffer<UInt8>, of chunk: Chunk, by parser: inout some LineParsing
  ) -> ChunkCounts {
    counts = ChunkCounts()
    let bytes = content.span
    // Not a property: it would be copied for each line that the attributor, another one, reads.
    var record = AccessRecord()
    var start = 0
    var number = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty {
        books.countBlank()
      } else {
        do throws(LineRejection) {
          try count(line.range, of: bytes, by: &parser, into: &record)
        } catch {
          reject(error, line: number, line.range, of: bytes, chunk)
        }
      }
      number &+= 1
    }
    if !rejectedLines.isEmpty {
      rejects?.append(rejectedLines.span)
      rejectedLines.removeAll()
    }
    counts.lines = number
    books.count(counts)
    return counts
  }

  /// One line on its way from bytes to tally.
  @inline(__always)
  private mutating func count(
    _ line: Range<Int>, of bytes: borrowing Span<UInt8>, by parser: inout some LineParsing,
    into record: inout AccessRecord
  ) throws(LineRejection) {
    if line.count > SourceReader.lineLimit {
      throw LineRejection(.lineTooLong, at: SourceReader.lineLimit)
    }
    record.duration = AccessRecord.absent
    record.requestSize = AccessRecord.absent
    record.route = .absent
    try parser.parse(bytes, line: line, into: &record)
    switch attributor.attribute(&record, in: bytes) {
    case .counted(let request):
      let key = TallyKey(
        bucket: buckets.bucket(of: record.start), consumer: request.consumer,
        method: request.method, route: request.route, status: record.status)
      table.add(&record, at: key)
      counts.countRequest(at: record.start)
      if let details { details.note(record, request, in: bytes, line: line) }
    case .leftOut(let reason):
      books.count(reason)
      if let details, reason == .unmatchedRoute {
        let consumer = attributor.consumer(of: record, in: bytes)
        details.noteUnmatched(record, consumer: consumer, in: bytes, line: line)
      }
    }
  }

  /// Notes that a line was refused.
  @inline(never)
  private mutating func reject(
    _ rejection: LineRejection, line number: Int, _ line: Range<Int>,
    of bytes: borrowing Span<UInt8>, _ chunk: Chunk
  ) {
    var rejection = rejection
    if rejection.reason.isOtherShape, var parser = alternate {
      alternate = nil
      details?.changeFormats()
      defer {
        alternate = parser
        details?.changeFormats()
      }
      var record = AccessRecord()
      do throws(LineRejection) {
        return try count(line, of: bytes, by: &parser, into: &record)
      } catch {
        if !error.reason.isOtherShape { rejection = error }
      }
    }
    if isMixed && rejection.reason.isOtherShape { rejection.reason = .otherLine }
    let origin = current?.unwrapper.origin(of: number)
    if books.count(rejection, line: origin?.line ?? number, of: chunk) { counts.hasExamples = true }
    guard rejects != nil, rejection.reason.isWorthKeeping else { return }
    if let origin {
      keepRejected(from: origin.offset, of: chunk.bytes)
    } else {
      keepRejected(line, of: bytes)
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
}

/// Lines of a chunk, taken out of what was put around them. Looked at once for each chunk, and for
/// each line that is refused.
private final class UnwrappedLines {
  var unwrapper: LineUnwrapper
  init(_ wrapping: LineWrapping) { unwrapper = LineUnwrapper(wrapping) }
}

/// What reads the lines of a source whose format nobody recognized.
private struct NoParser: LineParsing {
  mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    throw LineRejection(.unrecognized, at: 0)
  }
}
