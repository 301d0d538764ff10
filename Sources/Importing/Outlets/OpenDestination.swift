internal import Addressing
internal import Configuring
internal import Diagnostics
internal import Ingesting
internal import Messaging
internal import Outbox
internal import Reporting

/// Where an import's messages go, opened for the run.
///
/// It may be shared because nothing of it changes; the sink is used by the reading half, from one
/// thread at a time.
final class OpenDestination: @unchecked Sendable {
  let sink: any MessageSink
  /// The UUID of the instance that reports by OTLP; nil if the outbox does not know one.
  let instance: String?
  private let app: App
  /// nil if nothing is to be remembered.
  var ledger: SourceLedger? { outboxSink?.ledger }
  private let outbox: OutboxDatabase?
  /// The run's number in the outbox's history.
  private let run: Int64?
  private let outboxSink: OutboxSink?
  /// How many messages of earlier runs were to be sent when this one began.
  let waitingBefore: Int
  private let delivery: HubDelivery?
  private let watcher: any ImportWatcher

  private init(
    sink: any MessageSink, app: App, outbox: OutboxDatabase? = nil, run: Int64? = nil,
    waitingBefore: Int = 0, delivery: HubDelivery? = nil, instance: String? = nil,
    watcher: any ImportWatcher
  ) {
    self.waitingBefore = waitingBefore
    self.sink = sink
    self.instance = instance
    self.app = app
    self.outbox = outbox
    self.run = run
    self.delivery = delivery
    self.watcher = watcher
    outboxSink = sink as? OutboxSink
  }

  /// Opens what the options ask for. Whatever usage can get wrong has been checked by now: from here
  /// on the run is in the outbox's history, and what earlier runs have left is being delivered.
  ///
  /// - Parameters:
  ///   - sources: what is read, what of it is counted, and its size if that is known.
  ///   - connection: for a hub only.
  static func open(
    _ options: ImportOptions, app: App,
    sources: (paths: [String], scope: CountingScope, size: Int?),
    connection: HubConnection?, watcher: any ImportWatcher
  ) async throws(Diagnostic) -> OpenDestination {
    switch options.destination {
    case .nowhere: return OpenDestination(sink: DiscardingSink(), app: app, watcher: watcher)
    case .payloads(let path):
      return OpenDestination(
        sink: try PayloadFile(path: path, encoding: options.payloadEncoding), app: app,
        watcher: watcher)
    case .hub:
      guard let connection else { preconditionFailure("a hub without a connection") }
      return try await openHub(
        options, app: app, sources: sources, connection: connection, watcher: watcher)
    }
  }

  private static func openHub(
    _ options: ImportOptions, app: App,
    sources: (paths: [String], scope: CountingScope, size: Int?),
    connection: HubConnection, watcher: any ImportWatcher
  ) async throws(Diagnostic) -> OpenDestination {
    guard let directory = options.settings.stateDirectory else {
      throw Diagnostic(
        .error, code: "no-state-directory", "there is no home directory to keep the outbox in",
        hint: "name a folder with --state-dir", exitStatus: .wrongUsage)
    }
    let outbox = try await openOutbox(in: directory, waiting: options.waitsForLock)
    var ledger: SourceLedger?
    let run: Int64
    var instance: String?
    let waitingBefore: Int
    try refuseSecondProtocol(options, app: app, outbox: outbox, directory: directory)
    do throws(OutboxError) {
      if options.settings.telemetry == nil {
        try outbox.adopt(app)
      } else {
        instance = try Self.instance(of: app, in: outbox)
      }
      if options.usesLedger {
        ledger = SourceLedger(
          app: app, sources: try SourceIndex(recordedIn: outbox, of: app), scope: sources.scope,
          paths: sources.paths, inputName: options.inputName, isComplete: options.isComplete,
          readsArchives: options.settings.readsArchives)
      }
      waitingBefore = try outbox.queueCounts().first { $0.app == app }?.waiting ?? 0
      run = try outbox.startRun(
        command: "import", of: app, bytesTotal: sources.size, at: now())
      try outbox.forgetOldSums(at: now())
    } catch {
      throw error.diagnostic(stateDirectory: directory)
    }
    let delivery = HubDelivery(
      outbox: outbox, app: app, connection: connection,
      giveUpAfter: .seconds(options.giveUpAfterSeconds))
    let sink = OutboxSink(
      outbox: outbox, app: app, stateDirectory: directory, run: run, ledger: ledger,
      delivery: delivery)
    return OpenDestination(
      sink: sink, app: app, outbox: outbox, run: run, waitingBefore: waitingBefore,
      delivery: delivery, instance: instance, watcher: watcher)
  }

  /// Throws if the app was imported by Apitally's other protocol, which would count it twice.
  private static func refuseSecondProtocol(
    _ options: ImportOptions, app: App, outbox: OutboxDatabase, directory: String
  ) throws(Diagnostic) {
    let isTelemetry = options.settings.telemetry != nil
    // Other back ends have numbers of their own.
    guard options.settings.telemetry?.isApitally ?? true else { return }
    do throws(OutboxError) {
      for other in try outbox.importedApps()
      where other.clientID == app.clientID && other.environment == app.environment
        && other.hub != app.hub && isSameReceiver(other.hub, app.hub)
      {
        let wasTelemetry = try outbox.value(forKey: OutboxSink.Key.instance, of: other) != nil
        guard wasTelemetry != isTelemetry else { continue }
        try outbox.close()
        throw OutboxError.otherProtocol(
          app: app.text, earlier: wasTelemetry ? Generation.otlp.rawValue : Generation.hub.rawValue)
      }
    } catch {
      throw error.diagnostic(stateDirectory: directory)
    }
  }

  /// The instance of an app in this state directory: made up once, since each is counted as running.
  private static func instance(
    of app: App, in outbox: OutboxDatabase
  ) throws(OutboxError) -> String {
    if let known = try outbox.value(forKey: OutboxSink.Key.instance, of: app) { return known }
    var generator = SystemRandomNumberGenerator()
    let made = randomUUID(using: &generator)
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.set(made, forKey: OutboxSink.Key.instance, of: app)
    try checkpoint.commit()
    return made
  }

  /// How often, in seconds, numbers of a live stream are wanted; nil if nobody has said so.
  var askedInterval: Int? { delivery?.askedInterval }

  /// Makes `finish` end within seconds.
  func endSoon() { delivery?.hurry() }

  /// How many messages the hub has taken; nil if nothing goes to a hub.
  var deliveredCount: Int? { delivery?.deliveredCount }

  /// How long a run that was stopped still delivers.
  private static let hurry: Duration = .seconds(2)

  /// Delivers what there is, or in a hurry what can be in two seconds; nil if nothing goes to a hub.
  func finish(hurrying isHurried: Bool) async throws(Diagnostic) -> DeliveryResult? {
    guard let delivery else { return nil }
    let result =
      isHurried
      ? try await delivery.finish(within: Self.hurry) : try await delivery.finish()
    for diagnostic in result.diagnostics { watcher.report(diagnostic) }
    // Such as those of a first try with another hub, which no import for this one sends.
    let others = (try? outbox?.queueCounts())?.filter { $0.waiting > 0 && $0.app != app } ?? []
    if let note = Diagnostic.othersWait(others) { watcher.report(note) }
    return result
  }

  /// Drops what does not count yet, and ends.
  ///
  /// - Returns: what was delivered until then; nil if nothing goes to a hub.
  func abandon() async -> DeliveryResult? {
    outboxSink?.abandon()
    return try? await delivery?.stop()
  }

  /// Records how the run ended, and closes the outbox. What cannot be recorded now is sent again by
  /// the next run, and dropped by the hub.
  ///
  /// - Parameter isComplete: whether all that the summary counts was brought to the outbox. If it was
  ///   not, the totals of the last checkpoint stand.
  func close(_ summary: ImportSummary, _ status: ExitStatus, isComplete: Bool) {
    guard let outbox, let run else { return }
    var totals = RunTotals()
    if isComplete {
      totals.bytesRead = summary.bytesRead
      totals.linesRead = summary.linesRead
      totals.linesTallied = summary.linesTallied
      totals.requests = Int(summary.requestCount)
      totals.messagesQueued = summary.messages.queued
    } else {
      totals = (try? outbox.lastRuns(limit: 1))?.first { $0.id == run }?.totals ?? totals
    }
    totals.messagesDelivered = summary.messages.delivered
    totals.messagesSetAside = summary.messages.refused
    try? outbox.finishRun(run, exitStatus: status.rawValue, totals: totals, at: now())
    try? outbox.close()
  }
}
