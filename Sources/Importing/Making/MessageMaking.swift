internal import Addressing
internal import Attribution
internal import Configuring
internal import Diagnostics
internal import Ingesting
internal import Messaging
internal import Tallying

/// Makes the messages of one protocol. Used by one thread at a time.
protocol MessageMaking: AnyObject {
  /// What has to be measured of each request.
  var measures: TallyMeasures { get }
  /// Whether the application is described before the numbers, or after them.
  var announcesFirst: Bool { get }
  /// Which moment of a bucket the receiver files its requests under.
  var filedBy: RunningSums.Moment { get }
  /// How many requests had no duration and count as 0 s, because there is no other way to count them.
  var timelessCount: Int64 { get }

  /// Makes messages of the tallies of `table` in buckets before `end`. Some may be held back until
  /// ``finish(_:)``.
  func encode(
    _ table: borrowing TallyTable, before end: Int64, for outlet: any MessageSink,
    _ send: (HubMessage) throws(Diagnostic) -> Void
  ) throws(Diagnostic)
  /// Gives what was held back.
  func finish(_ send: (HubMessage) throws(Diagnostic) -> Void) throws(Diagnostic)

  /// nil if the receiver has no use for it.
  func startup(_ facts: StartupFacts, lastBucket: Int64?) -> HubMessage?
  func messages(_ errors: ErrorTallies) -> [HubMessage]
  func messages(
    _ consumers: [(identifier: String, details: ConsumerDetails)], bucket: Int64
  ) -> [HubMessage]
}

/// Makes messages of hub v2.
final class HubMessageMaker: MessageMaking {
  let measures = TallyMeasures.linearBins
  let announcesFirst = true
  let filedBy = RunningSums.Moment.end
  let timelessCount: Int64 = 0

  private let app: App
  private var encoder: SyncEncoder<SystemRandomNumberGenerator>
  private let details: DetailEncoder
  private var generator = SystemRandomNumberGenerator()

  init(_ plan: HubRecordPlan) {
    app = plan.app
    encoder = SyncEncoder(
      app: plan.app, width: plan.width, names: plan.names,
      generator: SystemRandomNumberGenerator())
    details = DetailEncoder(app: plan.app, width: plan.width, names: plan.names)
  }

  func encode(
    _ table: borrowing TallyTable, before end: Int64, for outlet: any MessageSink,
    _ send: (HubMessage) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    try encoder.encode(table, before: end, send)
  }

  func finish(_ send: (HubMessage) throws(Diagnostic) -> Void) throws(Diagnostic) {}

  func startup(_ facts: StartupFacts, lastBucket: Int64?) -> HubMessage? {
    facts.message(from: app, using: &generator)
  }

  func messages(_ errors: ErrorTallies) -> [HubMessage] {
    details.messages(errors, using: &generator)
  }

  func messages(
    _ consumers: [(identifier: String, details: ConsumerDetails)], bucket: Int64
  ) -> [HubMessage] {
    details.messages(consumers, bucket: bucket, using: &generator)
  }
}

/// Makes messages of OTLP.
final class TelemetryMaker: MessageMaking {
  let measures = TallyMeasures.exponentialBins
  let announcesFirst = false
  let filedBy = RunningSums.Moment.start

  private let width: BucketWidth
  private var metrics: MetricsEncoder
  private let events: EventEncoder
  /// Whether events are dated by the clock, as those of a live process are; else by the log, so that the
  /// same log gives the same bytes.
  private let isDated: Bool
  /// Apitally's events mean nothing to other back ends, which may not take logs at all.
  private let reportsEvents: Bool
  private var generator = SystemRandomNumberGenerator()

  init(_ plan: HubRecordPlan, _ source: TelemetrySource) {
    width = plan.width
    metrics = MetricsEncoder(source, width: plan.width, names: plan.names)
    events = EventEncoder(source)
    isDated = plan.sendsMessages
    reportsEvents = plan.reportsEvents
  }

  var timelessCount: Int64 { metrics.timelessCount }

  func encode(
    _ table: borrowing TallyTable, before end: Int64, for outlet: any MessageSink,
    _ send: (HubMessage) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    try metrics.encode(
      table, before: end,
      part: { (bucket) throws(Diagnostic) in
        try outlet.addPart(ofBucketAt: width.start(of: bucket))
      }, send)
  }

  func finish(_ send: (HubMessage) throws(Diagnostic) -> Void) throws(Diagnostic) {
    try metrics.finish(send)
  }

  func startup(_ facts: StartupFacts, lastBucket: Int64?) -> HubMessage? {
    guard reportsEvents else { return nil }
    return events.message(facts, at: time(lastBucket), using: &generator)
  }

  /// What went wrong in an application is its own to report: the events want a stack trace.
  func messages(_ errors: ErrorTallies) -> [HubMessage] { [] }

  func messages(
    _ consumers: [(identifier: String, details: ConsumerDetails)], bucket: Int64
  ) -> [HubMessage] {
    guard reportsEvents else { return [] }
    return events.messages(consumers, at: time(bucket), using: &generator)
  }

  /// The last millisecond of the bucket, if time is that of the log.
  private func time(_ bucket: Int64?) -> Int64 {
    guard !isDated, let bucket else { return now() }
    return (width.start(of: bucket) + Int64(width.seconds)) * 1_000_000_000 - 1_000_000
  }
}
