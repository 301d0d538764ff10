internal import ByteScanning
package import Diagnostics
internal import Messaging
package import Tallying

/// What one item of a row counts: requests of a bucket with the same consumer, method, route and status.
package struct RowItem {
  /// nil for none.
  package var consumer: [UInt8]?
  package var method: [UInt8]
  /// The template, as it was admitted.
  package var route: [UInt8]
  /// Below 1,000.
  package var status: Int64
  /// From 1.
  package var requestCount: Int64
  /// nil in rows for hub v2, whose bins are of another kind.
  package var durations: ExponentialHistogram?
  package var requestSizes: Sizes
  package var responseSizes: Sizes

  /// How many sizes are known, and their sum in bytes, which stops at the largest Int64.
  package struct Sizes {
    package var count: Int64
    package var sum: Int64
  }
}

/// Goes through streams of tallies once more, when it is known which of their sources count: for whoever
/// makes something else of them than messages.
package struct AdmittedRows: ~Copyable {
  private let admitted: AdmittedFile
  private let isTelemetry: Bool
  private let sources: [SourceID: Int]
  private let templates: RenamedTemplates
  /// By source: the number that its next row has.
  private var next: [Int64]
  private var requests = RequestMerging()
  private var metrics = MetricMerging()
  private var requestCount: Int64 = 0

  package init(_ admitted: AdmittedFile) {
    self.admitted = admitted
    isTelemetry = admitted.head.target == "otlp"
    sources = admitted.places
    templates = admitted.templates
    next = [Int64](repeating: 0, count: admitted.sources.count)
  }

  /// How many requests there may be, so that no sum of them overflows.
  private static let requestLimit: Int64 = 1 << 47

  /// Gives `take` all items of admitted sources in `input`, each with its bucket.
  ///
  /// - Throws: the first row that is damaged, or is not where it was written.
  package mutating func read(
    _ input: inout RowInput, _ take: (_ bucket: Int64, _ item: RowItem) -> Void
  ) throws(Diagnostic) {
    guard admitted.requestCount < Self.requestLimit else {
      throw input.malformed("the books count more requests than can be added up", at: 1)
    }
    while try input.advance() {
      guard input.startsWith("{\"b\":") else { continue }
      let line = input.line
      do throws(RowProblem) {
        let row = input.bytes.extracting(line)
        let head = try RowHead(row)
        guard head.bucket <= admitted.head.lastBucket else {
          throw RowProblem(expected: "a bucket of this time", offset: 5)
        }
        guard let source = sources[head.source] else { continue }
        guard head.number == next[source] else {
          throw RowProblem(expected: "row \(next[source]) of the source", offset: 0)
        }
        next[source] += 1
        guard (try? UTF8Span(validating: row)) != nil else {
          throw RowProblem(expected: "UTF-8", offset: 0)
        }
        try read(row, head) { take(head.bucket, $0) }
      } catch { throw input.malformed(error) }
    }
  }

  private mutating func read(
    _ row: borrowing Span<UInt8>, _ head: RowHead, _ take: (RowItem) -> Void
  ) throws(RowProblem) {
    guard head.kind == .requests || head.kind == .provisionalRequests else { return }
    var cursor = RowCursor()
    cursor.offset = head.start
    let renaming = head.kind.isProvisional ? templates : nil
    let count =
      isTelemetry
      ? try metrics.add(row, at: &cursor, renaming: renaming)
      : try requests.add(row, at: &cursor, renaming: renaming)
    try cursor.expect("]}", in: row)
    try cursor.expectEnd(of: row)
    requestCount = saturatingSum(requestCount, count)
    guard requestCount <= admitted.requestCount else {
      throw RowProblem(expected: "no more requests than the books count", offset: head.start)
    }
    if isTelemetry {
      for point in metrics.points { take(RowItem(point)) }
      metrics.removeAll()
    } else {
      try requests.items.forEach(take)
      requests.removeAll()
    }
  }

  /// - Parameter folder: where the streams are.
  /// - Throws: if rows are missing that the books of their sources count.
  package func finish(_ folder: String) throws(Diagnostic) {
    guard requestCount == admitted.requestCount else {
      throw Diagnostic(
        .error, code: "rows-missing",
        "the rows count \(counted(Int(requestCount), "request")), and the books of their sources "
          + grouped(Int(admitted.requestCount)),
        hint: "make the files again with `backtally cluster tally`", at: Place(source: folder),
        exitStatus: .inputUnreadable)
    }
  }
}

extension RowItem {
  init(
    _ key: ItemKey, of text: borrowing Span<UInt8>, requestCount: Int64, requestSizes: Sizes,
    responseSizes: Sizes
  ) {
    if let range = key.consumer { consumer = RowCursor.unescaped(text, in: range) }
    method = RowCursor.unescaped(text, in: key.method)
    route = RowCursor.unescaped(text, in: key.path)
    (status, self.requestCount) = (key.status, requestCount)
    (self.requestSizes, self.responseSizes) = (requestSizes, responseSizes)
  }

  fileprivate init(_ point: MergedMetrics.Point) {
    (consumer, method, route) = (point.consumer, point.method, point.route)
    (status, requestCount) = (point.status, point.requestCount)
    durations = point.durations
    requestSizes = Sizes(
      count: point.requestSizes.count, sum: Int64(clamping: point.requestSizes.sum))
    responseSizes = Sizes(
      count: point.responseSizes.count, sum: Int64(clamping: point.responseSizes.sum))
  }
}
