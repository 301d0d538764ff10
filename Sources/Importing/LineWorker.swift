internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
internal import LogReading
internal import Tallying

/// Parses, attributes and tallies the lines of chunks. One thread's own.
struct LineWorker: ~Copyable {
  private let width: BucketWidth
  private let capturedFields: [String]
  private var attributor: Attributor
  /// Parsers by their plan's number.
  private var parsers: [LineParser?] = []
  private var table = TallyTable()
  private var books: Books
  /// What the current chunk has come to.
  private var counts = ChunkCounts()
  private let rejects: RejectsFile?
  private var rejectedLines = OwnedBuffer<UInt8>(capacity: 1024)
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
    self.width = width
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
    while parsers.count <= plan.number { parsers.append(nil) }
    let known = parsers[plan.number]
    let parser =
      if let known { known } else {
        try LineParser(
          format: plan.format,
          capturing: capturedFields + RecordDetails.capturedFields(plan.format, self.plan))
      }
    if let details { details.begin(plan) }
    // Taken out of the array for the chunk, so that the loop below has it to itself.
    parsers[plan.number] = nil
    switch parser {
    case .common(var parser):
      defer { parsers[plan.number] = .common(parser) }
      return process(chunk.bytes, of: chunk, by: &parser)
    case .json(var parser):
      defer { parsers[plan.number] = .json(parser) }
      return process(chunk.bytes, of: chunk, by: &parser)
    }
  }

  /// About how much memory the tallies take, in bytes.
  var tableMemory: Int { table.memory }

  /// Gives the books away and begins new ones.
  mutating func takeBooks() -> Books {
    defer { books = books.successor() }
    return books
  }

  /// Gives the tallies away and begins new ones.
  mutating func takeTable() -> TallyTable {
    var taken = TallyTable()
    swap(&taken, &table)
    return taken
  }

  /// Whether there are details that should be written.
  var isFullOfDetails: Bool { details?.isFull ?? false }

  /// Gives the details away that were noted.
  func takeDetails() -> NotedDetails? { details?.take() }

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
          if books.count(error, line: number, of: chunk) { counts.hasExamples = true }
          if rejects != nil { keepRejected(line.range, of: bytes) }
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
    switch attributor.attribute(record, in: bytes) {
    case .counted(let request):
      let key = TallyKey(
        bucket: width.bucket(of: record.start), request: request, status: record.status)
      table.add(record, at: key)
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

  private mutating func keepRejected(_ line: Range<Int>, of bytes: borrowing Span<UInt8>) {
    rejectedLines.append(bytes.extracting(line))
    rejectedLines.append(UInt8(ascii: "\n"))
  }
}

/// What reads the lines of a source whose format nobody recognized.
private struct NoParser: LineParsing {
  mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    throw LineRejection(.unrecognized, at: 0)
  }
}
