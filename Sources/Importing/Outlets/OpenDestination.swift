internal import Configuring
internal import Diagnostics
internal import Foundation
internal import Messaging
internal import Outbox
internal import Reporting

/// Where an import's messages go, opened for the run.
///
/// It may be shared because nothing of it changes; the sink is handed to whoever reads, who uses it
/// from one thread at a time.
final class Destination: @unchecked Sendable {
  let sink: any MessageSink
  /// nil if nothing is to be remembered.
  let ledger: SourceLedger?
  private let outbox: OutboxDatabase?
  /// The run's number in the outbox's history.
  private let run: Int64?
  private let outboxSink: OutboxSink?
  private let delivery: HubDelivery?
  private let watcher: any ImportWatcher

  private init(
    sink: any MessageSink, ledger: SourceLedger? = nil, outbox: OutboxDatabase? = nil,
    run: Int64? = nil, delivery: HubDelivery? = nil, watcher: any ImportWatcher
  ) {
    self.sink = sink
    self.ledger = ledger
    self.outbox = outbox
    self.run = run
    self.delivery = delivery
    self.watcher = watcher
    outboxSink = sink as? OutboxSink
  }

  static func open(
    _ options: ImportOptions, reporter: Reporter, paths: [String], watcher: any ImportWatcher
  ) async throws(Diagnostic) -> Destination {
    switch options.destination {
    case .nowhere: return Destination(sink: DiscardingSink(), watcher: watcher)
    case .payloads(let path):
      return Destination(
        sink: try PayloadFile(path: path, reporter: reporter), watcher: watcher)
    case .hub: return try await openHub(options, reporter: reporter, paths: paths, watcher: watcher)
    }
  }

  private static func openHub(
    _ options: ImportOptions, reporter: Reporter, paths: [String], watcher: any ImportWatcher
  ) async throws(Diagnostic) -> Destination {
    guard let directory = options.settings.stateDirectory else {
      throw Diagnostic(
        .error, code: "no-state-directory", "there is no home directory to keep the outbox in",
        hint: "name a folder with --state-dir", exitStatus: .wrongUsage)
    }
    let app = AppKey(clientID: reporter.clientID, env: reporter.environment)
    let outbox = try await openOutbox(in: directory, waiting: options.waitsForLock)
    var ledger: SourceLedger?
    let run: Int64
    do throws(OutboxError) {
      run = try outbox.startRun(command: "import", at: now())
      if options.usesLedger {
        ledger = SourceLedger(
          app: app, sources: try outbox.sources(of: app), inputName: options.inputName)
      }
    } catch {
      throw error.diagnostic(stateDirectory: directory)
    }
    let delivery = try HubDelivery(
      outbox: outbox, app: app, hubURL: options.settings.hubURL, version: options.version,
      giveUpAfter: .seconds(options.giveUpAfterSeconds),
      environment: ProcessInfo.processInfo.environment)
    let sink = OutboxSink(
      outbox: outbox, reporter: reporter, stateDirectory: directory, ledger: ledger, paths: paths,
      didCommit: delivery.messagesAdded)
    return Destination(
      sink: sink, ledger: ledger, outbox: outbox, run: run, delivery: delivery, watcher: watcher)
  }

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
    return result
  }

  /// Drops what does not count yet, and ends.
  func abandon() async {
    outboxSink?.abandon()
    _ = try? await delivery?.stop()
  }

  /// Records how the run ended, and closes the outbox. What cannot be recorded now is sent again by
  /// the next run, and dropped by the hub.
  func close(_ summary: ImportSummary, _ status: ExitStatus) {
    guard let outbox, let run else { return }
    var totals = RunTotals()
    totals.bytesRead = summary.bytesRead
    totals.linesRead = summary.linesRead
    totals.linesTallied = summary.linesTallied
    totals.requests = Int(summary.requestCount)
    totals.messagesQueued = summary.messages.queued
    totals.messagesDelivered = summary.messages.delivered
    totals.messagesSetAside = summary.messages.refused
    try? outbox.finishRun(run, exitStatus: status.rawValue, totals: totals, at: now())
    try? outbox.close()
  }
}
