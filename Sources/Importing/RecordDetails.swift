internal import AccessLogParsing
internal import Addressing
internal import Attribution
internal import ByteScanning
internal import Messaging
internal import Tallying

/// What an import notes of records besides their tallies.
struct DetailPlan: Sendable {
  var rules: AttributionRules
  var names: RunNames
  var app: App
  var width: BucketWidth
  /// nil if no request logs are asked for.
  var requestLogs: RequestLogRules?
  var budget: RequestLogBuilder.Budget
  /// Whether files of request logs are to be sent.
  var compressesLogs: Bool
  /// The keys of errors, where the configuration names some.
  var errors: FieldMapping?
}

/// What a worker has noted since it was last asked.
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

/// Notes details of records: items of request logs, names of consumers, errors. One worker's own.
///
/// A class of its own, so that a run without details pays one comparison a line for it.
final class RecordDetails {
  /// What the parsers of one format capture for the details.
  private struct Fields {
    /// Where type, message and traceback of an exception are among the captured fields.
    var exception: Range<Int>
    var requestLog: RequestLogFields
    var names: [String]

    init(_ format: LogFormat, _ plan: DetailPlan) {
      let start = plan.rules.capturedFields.count
      let parts = ["exception_type", "exception_message", "exception_traceback"]
      let exceptionNames = plan.errors?.exceptionType.isEmpty == false ? parts : []
      exception = start..<start + exceptionNames.count
      requestLog = RequestLogFields(format: format, capturedAfter: exception.upperBound)
      names = exceptionNames + (plan.requestLogs == nil ? [] : requestLog.names)
    }
  }

  private let plan: DetailPlan
  private var log: RequestLogBuilder?
  private var consumers: ConsumerDetailFinder?
  private var errors = ErrorTallies()
  /// By the number of the source's plan.
  private var fields = PlanSlots<Fields>()
  private var current: Fields?
  /// Those of the second format in the same source.
  private var alternate: Fields?

  /// - Returns: nil if there is nothing to note.
  init?(_ plan: DetailPlan) throws(PatternError) {
    self.plan = plan
    consumers = try ConsumerDetailFinder(rules: plan.rules, names: plan.names)
    if let rules = plan.requestLogs {
      log = RequestLogBuilder(
        rules: rules, app: plan.app, names: plan.names, budget: plan.budget,
        consumers: plan.rules.consumers, compresses: plan.compressesLogs)
    }
    let hasConsumers = consumers != nil
    if plan.requestLogs == nil && !hasConsumers && plan.errors == nil { return nil }
  }

  /// The fields that a parser of this format captures behind those of the rules.
  static func capturedFields(_ format: LogFormat, _ plan: DetailPlan) -> [String] {
    Fields(format, plan).names
  }

  /// A chunk of a source begins.
  func begin(_ source: SourcePlan) {
    if fields[source.number] == nil { fields[source.number] = Fields(source.format, plan) }
    current = fields[source.number]
    alternate = source.alternate.map { Fields($0, plan) }
    log?.beginChunk()
  }

  /// What is noted next is of the other of a source's two formats.
  func changeFormats() { swap(&current, &alternate) }

  /// A record was tallied.
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

  /// A record matches no route. The middleware does not count it, but logs it.
  func noteUnmatched(
    _ record: borrowing AccessRecord, consumer: NameTable.ID, in bytes: borrowing Span<UInt8>,
    line: Range<Int>
  ) {
    guard log != nil, let current else { return }
    log?.add(
      record, in: bytes, line: line, fields: current.requestLog, consumer: consumer, route: 0,
      exception: exception(of: record, bytes))
  }

  /// Whether so much was noted that it should be written.
  var isFull: Bool {
    let hasFiles = log?.hasFinishedFiles() ?? false
    return hasFiles || errors.memory > ErrorTallies.memoryLimit
  }

  /// Gives away what was noted.
  func take() -> NotedDetails {
    var noted = NotedDetails()
    if let taken = log?.take() {
      (noted.logFiles, noted.logCounts, noted.isHostMissing) = taken
    }
    if let taken = consumers?.take() { noted.consumers = taken }
    noted.errors = errors
    errors = ErrorTallies()
    return noted
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
