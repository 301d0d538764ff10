internal import AccessLogParsing
internal import Addressing
internal import Attribution
internal import ByteScanning
internal import Ingesting
internal import Messaging
internal import Tallying

/// The details that an observer has noted since it last handed over.
struct NotedDetails: Sendable {
  var logFiles: [HubMessage] = []
  var logCounts = RequestLogBuilder.Counts()
  var isHostMissing = false
  var consumers = ConsumerDetailTable()
  var errors = ErrorTallies()

  mutating func merge(_ other: NotedDetails) {
    logFiles += other.logFiles
    logCounts.add(other.logCounts)
    isHostMissing = isHostMissing || other.isHostMissing
    consumers.merge(other.consumers)
    errors.merge(other.errors)
  }
}

/// Notes details of records: items of request logs, names of consumers, errors.
final class HubRecordObserver: RecordObserver {
  /// The fields that the parsers of one format capture for the details.
  private struct Fields {
    /// Where type, message and traceback of an exception are among the captured fields.
    var exception: Range<Int>
    var requestLog: RequestLogFields
    var names: [String]

    init(_ format: LogFormat, _ plan: HubRecordPlan) {
      let start = plan.rules.capturedFields.count
      let parts = ["exception_type", "exception_message", "exception_traceback"]
      let exceptionNames = plan.errors?.exceptionType.isEmpty == false ? parts : []
      exception = start..<start + exceptionNames.count
      requestLog = RequestLogFields(
        format: format, capturedAfter: exception.upperBound, areSpans: plan.telemetry != nil)
      names = exceptionNames + (plan.requestLogs == nil ? [] : requestLog.names)
    }
  }

  private let plan: HubRecordPlan
  private var log: RequestLogBuilder?
  private var consumers: ConsumerDetailFinder?
  private var errors = ErrorTallies()
  /// By the number of the source's plan.
  private var fields = PlanSlots<Fields>()
  private var current: Fields?
  /// Those of the second format in the same source.
  private var alternate: Fields?

  /// - Returns: nil if there is nothing to note.
  init?(_ plan: HubRecordPlan) throws(PatternError) {
    self.plan = plan
    consumers = try ConsumerDetailFinder(rules: plan.rules, names: plan.names)
    if let rules = plan.requestLogs {
      log = RequestLogBuilder(
        rules: rules, app: plan.app, names: plan.names, budget: plan.budget,
        consumers: plan.rules.consumers, compresses: plan.sendsMessages, telemetry: plan.telemetry)
    }
    let hasConsumers = consumers != nil
    if plan.requestLogs == nil && !hasConsumers && plan.errors == nil { return nil }
  }

  func capturedFields(of format: LogFormat) -> [String] { Fields(format, plan).names }

  func begin(_ source: SourcePlan) {
    if fields[source.number] == nil { fields[source.number] = Fields(source.format, plan) }
    current = fields[source.number]
    alternate = source.alternate.map { Fields($0, plan) }
    log?.beginChunk()
  }

  func changeFormats() { swap(&current, &alternate) }

  func note(
    _ record: borrowing AccessRecord, _ request: AttributedRequest,
    in bytes: borrowing Span<UInt8>, line: Range<Int>
  ) {
    consumers?.note(record, in: bytes)
    let exception = exception(of: record, bytes)
    let bucket = plan.width.bucket(of: record.start)
    if let exception { errors.count(exception, of: request, in: bucket) }
    if record.status == 422, let mapping = plan.errors {
      for error in validationErrors(in: bytes, line: line, at: mapping.validationErrors) {
        errors.count(error, of: request, in: bucket)
      }
    }
    guard log != nil, let current else { return }
    log?.add(
      record, in: bytes, line: line, fields: current.requestLog, consumer: request.consumer,
      route: request.route, exception: exception)
  }

  /// The middleware does not count a request that matches no route, but logs it.
  func noteUnmatched(
    _ record: borrowing AccessRecord, consumer: NameTable.ID, in bytes: borrowing Span<UInt8>,
    line: Range<Int>
  ) {
    guard log != nil, let current else { return }
    log?.add(
      record, in: bytes, line: line, fields: current.requestLog, consumer: consumer, route: 0,
      exception: exception(of: record, bytes))
  }

  var isFull: Bool {
    let hasFiles = log?.hasFinishedFiles() ?? false
    return hasFiles || errors.memory > ErrorTallies.memoryLimit
  }

  func handOver() {
    var noted = NotedDetails()
    if let taken = log?.take() {
      (noted.logFiles, noted.logCounts, noted.isHostMissing) = taken
    }
    if let taken = consumers?.take() { noted.consumers = taken }
    noted.errors = errors
    errors = ErrorTallies()
    plan.handedOver.put(noted)
  }

  private func exception(
    of record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>
  ) -> LoggedException? {
    guard record.status == 500, let range = current?.exception, !range.isEmpty else { return nil }
    var texts: [String] = []
    for index in range {
      var text = OwnedBuffer<UInt8>(capacity: 1024)
      Unescaping.append(record.captured[index], of: bytes, to: &text)
      texts.append(String(decoding: text.span.copied(), as: UTF8.self))
    }
    return LoggedException(type: texts[0], message: texts[1], traceback: texts[2])
  }
}
