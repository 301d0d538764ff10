internal import ByteScanning
package import Diagnostics

/// The last row of a part: what it holds. Without it the part is cut off.
package struct PartRow: BookRow, Equatable, Sendable {
  package var end = 1
  package var admission: String
  package var messages: Int
  package var requests: Int64
  /// Items that were added up, and the keys that they came to.
  package var items: Int
  package var keys: Int
  package var buckets: Int
  /// Rows of sources that were not admitted.
  package var passed_over: Int
  /// The CRC-32 of all bytes before it, in eight hexadecimal digits.
  package var crc32: String

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("end", end)
    row.add("admission", admission)
    row.add("messages", messages)
    row.add("requests", requests)
    row.add("items", items)
    row.add("keys", keys)
    row.add("buckets", buckets)
    row.add("passed_over", passed_over)
    row.add("crc32", crc32)
    return row.line()
  }
}

/// Adds up the rows of buckets, those of a bucket one behind the other, and writes their messages.
///
/// Memory holds one bucket. The order of its rows makes no difference.
package struct Merging: ~Copyable {
  private let admitted: AdmittedFile
  private let messages: BucketMessages
  private let isTelemetry: Bool
  private let sources: [SourceID: Int]
  private let templates: RenamedTemplates
  private var requests = RequestMerging()
  private var metrics = MetricMerging()
  private var errors = ErrorMerging()
  private var bucket: Int64?
  /// The rows of the bucket that were added: a source's place and the row's number.
  private var seen: Set<SeenRow> = []
  private var finished: Set<Int64> = []
  package private(set) var totals: PartRow

  private struct SeenRow: Hashable {
    var source: Int
    var number: Int64
  }

  package init(_ admitted: AdmittedFile) {
    self.admitted = admitted
    messages = BucketMessages(admitted.head)
    isTelemetry = admitted.head.target == "otlp"
    sources = admitted.places
    templates = admitted.templates
    totals = PartRow(
      admission: admitted.head.admission, messages: 0, requests: 0, items: 0, keys: 0, buckets: 0,
      passed_over: 0, crc32: "")
  }

  /// Reads all rows of `input` and writes messages to `output`, whose last row says what they are.
  package mutating func run(_ input: inout RowInput, to output: inout RowOutput) throws(Diagnostic)
  {
    while try input.advance() { try take(&input, to: &output) }
    try endBucket(to: &output)
    totals.crc32 = EndRow(rows: 0, crc32: output.crc32).crc32
    try output.write(totals.line)
    try output.finish()
  }

  private mutating func take(_ input: inout RowInput, to output: inout RowOutput) throws(Diagnostic)
  {
    let line = input.line
    guard input.bytes.holds("{\"b\":", at: line.lowerBound, before: line.upperBound) else {
      return try pass(input)
    }
    let head: RowHead
    do throws(RowProblem) {
      let row = input.bytes.extracting(line)
      head = try RowHead(row)
    } catch { throw input.malformed(error) }
    guard head.bucket <= admitted.head.lastBucket else {
      throw input.malformed("the bucket \(head.bucket) is beyond all times")
    }
    if head.bucket != bucket {
      try endBucket(to: &output)
      guard finished.insert(head.bucket).inserted else {
        throw input.malformed(
          "rows of bucket \(head.bucket) are not one behind the other: sort them")
      }
      bucket = head.bucket
    }
    guard let source = sources[head.source] else {
      totals.passed_over += 1
      return
    }
    guard seen.insert(SeenRow(source: source, number: head.number)).inserted else {
      throw input.malformed("row \(head.number) of the source comes twice")
    }
    do throws(RowProblem) {
      let row = input.bytes.extracting(line)
      guard (try? UTF8Span(validating: row)) != nil else {
        throw RowProblem(expected: "UTF-8", offset: 0)
      }
      try add(row, head)
    } catch { throw input.malformed(error) }
  }

  /// Passes over a row that is not of tallies, if it is of this job.
  private func pass(_ input: borrowing RowInput) throws(Diagnostic) {
    let row = input.copied
    if let header = TallyHeader(row: row) {
      guard header.job == admitted.head.job, header.tally == TallyHeader.version else {
        throw input.malformed("the rows are of another job than what was admitted")
      }
      return
    }
    for beginning in ["{\"source\":", "{\"templates\":", "{\"names\":", "{\"end\":"]
    where row.starts(with: beginning.utf8) { return }
    throw input.malformed("this is no row of `backtally cluster tally`")
  }

  private mutating func add(
    _ row: borrowing Span<UInt8>, _ head: RowHead
  ) throws(RowProblem) {
    var cursor = RowCursor()
    cursor.offset = head.start
    let renaming = head.kind.isProvisional ? templates : nil
    switch head.kind {
    case .requests, .provisionalRequests:
      let count =
        isTelemetry
        ? try metrics.add(row, at: &cursor, renaming: renaming)
        : try requests.add(row, at: &cursor, renaming: renaming)
      totals.requests = saturatingSum(totals.requests, count)
    case .serverErrors, .provisionalServerErrors:
      try errors.add(row, at: &cursor, areServerErrors: true, renaming: renaming)
    case .validationErrors, .provisionalValidationErrors:
      try errors.add(row, at: &cursor, areServerErrors: false, renaming: renaming)
    }
    try cursor.expect("]}", in: row)
    try cursor.expectEnd(of: row)
  }

  /// Writes the messages of the bucket that all rows have come of.
  private mutating func endBucket(to output: inout RowOutput) throws(Diagnostic) {
    guard let bucket else { return }
    var part = 0
    var count = 0
    func write(_ line: borrowing OwnedBuffer<UInt8>) throws(Diagnostic) {
      count += 1
      try output.write(line.span)
    }
    if isTelemetry {
      try messages.write(metrics, bucket: bucket, to: write)
    } else {
      try messages.write(requests, bucket: bucket, part: &part, to: write)
      try messages.write(errors, bucket: bucket, part: &part, to: write)
    }
    totals.messages += count
    totals.items += requests.itemCount + metrics.itemCount
    totals.keys += requests.count + metrics.count
    totals.buckets += count > 0 ? 1 : 0
    requests.removeAll()
    metrics.removeAll()
    errors = ErrorMerging()
    seen.removeAll(keepingCapacity: true)
    self.bucket = nil
  }
}

extension AdmittedFile {
  /// The places of sources, by what their rows go by.
  var places: [SourceID: Int] {
    var places: [SourceID: Int] = [:]
    for (place, row) in sources.enumerated() {
      if let id = row.rowsID { places[id] = place }
    }
    return places
  }

  var templates: RenamedTemplates {
    func written(_ name: String) -> [UInt8] { Array(JSONRow.text(name).dropFirst().dropLast()) }
    return RenamedTemplates(
      Dictionary(
        renamed.map { (written($0.template), written($0.becomes)) },
        uniquingKeysWith: { first, _ in first }))
  }
}
