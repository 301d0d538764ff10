internal import Addressing
internal import Attribution
internal import Configuring
package import Diagnostics
internal import Foundation
package import Ingesting
internal import Messaging
package import Reporting
internal import Synchronization

/// One import, from the names of files to messages on a hub. The only place that knows the order
/// of the steps:
///
///     inputs → preparation (all that usage can get wrong) → destination → reading into the writer
///            → delivery → summary
package final class ImportRun: Sendable {
  private let options: ImportOptions
  private let watcher: any ImportWatcher
  private let started = ContinuousClock.now
  private let isStopped = Atomic<Bool>(false)

  package init(options: ImportOptions, watcher: any ImportWatcher) {
    self.options = options
    self.watcher = watcher
  }

  /// Ends the run within seconds: what was read is stored in the outbox, and the rest is left to the
  /// next run. From any thread.
  package func stop() { isStopped.store(true, ordering: .relaxed) }

  /// Runs the import to its end. Problems with single sources or lines are reported to the watcher
  /// as they happen, and decide the exit status.
  package func run() async -> ImportOutcome {
    do throws(Diagnostic) {
      return try await importAll()
    } catch {
      if error != .closedPipe { watcher.report(error) }
      return ImportOutcome(summary: nil, exitStatus: error.exitStatus)
    }
  }

  private func importAll() async throws(Diagnostic) -> ImportOutcome {
    var preparation = try IngestionPreparation(
      options.ingestion, outputs: [(options.payloadsPath, "--payloads")], reportingTo: watcher)
    let consumerNames = try options.settings.consumerNames.map(loadedConsumerNames)
    let plan = HubRecordPlan(options, preparation)
    try preparation.check(plan.makeObserver)
    let connection = try options.destination == .hub ? checkedConnection() : nil
    for warning in secretWarnings(options.settings.consumers) { watcher.report(warning) }
    if options.settings.telemetry != nil && preparation.errorMapping != nil {
      watcher.report(.errorsNotSent)
    }
    try preparation.openRejects()

    let destination = try await OpenDestination.open(
      options, app: plan.app,
      sources: (preparation.paths, CountingScope(preparation.rules), preparation.totalSize),
      connection: connection, watcher: watcher)
    var failure = preparation.isInputMissing ? ExitStatus.inputUnreadable : nil
    let (ingestion, writer, fatal) = read(preparation, consumerNames, destination)
    let readingTime = started.duration(to: .now).inSeconds
    let outcome = ingestion.outcome
    for note in notes(outcome, writer) + (destination.ledger?.diagnostics ?? []) {
      watcher.report(note)
    }
    var delivery: DeliveryResult?
    if let fatal {
      delivery = await destination.abandon()
      if fatal != .closedPipe { watcher.report(fatal) }
      failure = fatal.exitStatus
    } else if outcome.hasUnreadableSource || outcome.hasUnfinishedFile {
      failure = .inputUnreadable
    }
    func summary(_ delivery: DeliveryResult?) -> ImportSummary {
      let seconds = started.duration(to: .now).inSeconds
      var summary = ImportSummary(outcome, writer, delivery, options, seconds: seconds)
      summary.readingSeconds = readingTime
      if options.destination == .hub { summary.sendingSeconds = seconds - readingTime }
      if let fatal { summary.error = fatal.message }
      return summary
    }
    do throws(Diagnostic) {
      if fatal == nil { delivery = try await finish(destination, after: ingestion, writer) }
    } catch {
      destination.close(summary(nil), error.exitStatus, isComplete: true)
      throw error
    }
    let status = exitStatus(reading: failure, delivery: delivery?.exitStatus)
    var closing = summary(delivery)
    closing.exitStatus = Int(status.rawValue)
    destination.close(closing, status, isComplete: fatal == nil)
    return ImportOutcome(
      summary: closing, exitStatus: status, isRecorded: options.destination == .hub)
  }

  /// Reads all inputs, without the sources of which too many lines are rejected.
  private func read(
    _ preparation: IngestionPreparation, _ consumerNames: ConsumerNames?,
    _ destination: OpenDestination
  ) -> (Ingestion, HubMessageWriter, fatal: Diagnostic?) {
    preparation.reading(
      begin: { preparation, refused in
        let writer = HubMessageWriter(
          HubRecordPlan(options, preparation, instance: destination.instance),
          consumerNames: consumerNames,
          outlet: destination.sink)
        let ingestion = Ingestion(
          preparation, into: writer, from: destination.ledger, without: refused)
        return (ingestion, writer)
      }, read: { read($0, $1, destination) }, startOver: destination.sink.startOver)
  }

  /// Reads all inputs into `writer`.
  ///
  /// - Returns: why the reading failed; nil if it did not.
  private func read(
    _ ingestion: Ingestion, _ writer: HubMessageWriter, _ destination: OpenDestination
  ) -> Diagnostic? {
    defer { watcher.endProgress() }
    do throws(Diagnostic) {
      try writer.announceKnownRoutes()
      try ingestion.run(
        until: { isStopped.load(ordering: .relaxed) },
        flushingEvery: { options.flushInterval(asked: destination.askedInterval) },
        progress: { show($0, writer, destination) })
      return nil
    } catch {
      return error
    }
  }

  private func show(
    _ progress: ReadingProgress, _ writer: HubMessageWriter, _ destination: OpenDestination
  ) {
    watcher.show(
      progress,
      MessageProgress(queued: writer.messageCount, delivered: destination.deliveredCount))
  }

  private func notes(_ outcome: IngestionOutcome, _ writer: HubMessageWriter) -> [Diagnostic] {
    let notes = IngestionNotes(outcome, isResumable: options.usesLedger)
    return (options.explainsSources ? notes.sources : []) + notes.all
      + consumerNotes(outcome, requestLogs: writer.requestLogs, writer.isOverConsumerLimit)
      + (writer.timelessCount > 0 ? [.timeless(writer.timelessCount)] : [])
      + (writer.omittedPathCount > 0 ? [.startupCut(writer.omittedPathCount)] : [])
  }

  /// Delivers what waits, with a look at the progress a few times a second.
  private func finish(
    _ destination: OpenDestination, after ingestion: Ingestion, _ writer: HubMessageWriter
  ) async throws(Diagnostic) -> DeliveryResult? {
    let isHurried = isStopped.load(ordering: .relaxed)
    let progress = ingestion.progress(total: ingestion.totalSize)
    let queued = writer.messageCount
    let begun = ContinuousClock.now
    let deliveredBefore = destination.deliveredCount
    let ticker = Task { [watcher] in
      while !Task.isCancelled {
        if !isHurried && isStopped.load(ordering: .relaxed) { destination.endSoon() }
        var progress = progress
        progress.seconds = started.duration(to: .now).inSeconds
        var messages = MessageProgress(queued: queued, delivered: destination.deliveredCount)
        messages.sending = deliveredBefore.map { before in
          SendingProgress(
            delivered: messages.delivered ?? 0, total: destination.waitingBefore + queued,
            deliveredBefore: before, seconds: begun.duration(to: .now).inSeconds)
        }
        watcher.show(progress, messages)
        try? await Task.sleep(for: .milliseconds(200))
      }
    }
    defer {
      ticker.cancel()
      watcher.endProgress()
    }
    return try await destination.finish(hurrying: isHurried)
  }

  /// The way to the hub, with a warning if it is not a safe one.
  private func checkedConnection() throws(Diagnostic) -> HubConnection {
    let connection = try HubConnection(
      to: DeliveryTarget(options.settings), caFile: options.settings.caFile,
      version: options.version, environment: ProcessInfo.processInfo.environment)
    for warning in connection.warnings { watcher.report(warning) }
    if options.settings.telemetry?.isApitally == true,
      let name = options.settings.target?.environment,
      name.contains(where: { $0.isUppercase || $0 == "_" })
    {
      watcher.report(.environmentSlug(name))
    }
    return connection
  }

  /// Problems that the user has to solve come before those that the next run solves by itself.
  private func exitStatus(reading: ExitStatus?, delivery: ExitStatus?) -> ExitStatus {
    if delivery == .credentialsRefused { return .credentialsRefused }
    return reading ?? delivery ?? .done
  }
}

extension Diagnostic {
  fileprivate static func environmentSlug(_ name: String) -> Diagnostic {
    Diagnostic(
      .warning, code: "environment-name",
      "by OTLP Apitally may show the environment '\(name)' under another name, in lower case and with "
        + "dashes, beside that of hub v2",
      hint: "name it in lower case, without `_`")
  }

  fileprivate static let errorsNotSent = Diagnostic(
    .warning, code: "errors-not-sent",
    "the keys of exceptions and validation errors that the configuration names are not used: OTLP has "
      + "nothing for what a log knows of errors",
    hint:
      "requests with 4xx and 5xx are counted all the same; hub v2 (--target hub) takes the errors")

  static func timeless(_ count: Int64) -> Diagnostic {
    Diagnostic(
      .warning, code: "no-durations",
      "\(counted(Int(clamping: count), "request")) without a duration \(count == 1 ? "counts" : "count") as 0 s: "
        + "OTLP counts requests by their durations",
      hint: "response times are too low by that; log the duration, or import by hub v2")
  }

  fileprivate static func startupCut(_ count: Int) -> Diagnostic {
    Diagnostic(
      .warning, code: "startup-cut",
      "the startup message has no room for \(counted(count, "route")); "
        + "requests are counted for them all the same")
  }
}

/// How an import ended.
package struct ImportOutcome: Sendable {
  /// nil if it ended before anything was read.
  package var summary: ImportSummary?
  package var exitStatus: ExitStatus
  /// Whether the outbox's history has it.
  package var isRecorded = false
}

/// Is shown what an import does.
package protocol ImportWatcher: RunWatcher {
  func show(_ progress: ReadingProgress, _ messages: MessageProgress)
}

/// How far the messages are.
package struct MessageProgress: Equatable, Sendable {
  package var queued: Int
  /// nil if nothing goes to a hub.
  package var delivered: Int?
  /// nil while logs are read.
  package var sending: SendingProgress?

  package init(queued: Int, delivered: Int? = nil) {
    self.queued = queued
    self.delivered = delivered
  }
}

/// How far the sending is, once all logs are read.
package struct SendingProgress: Equatable, Sendable {
  /// Messages that the hub has taken during the run, and what that comes to in the end.
  package var delivered: Int
  package var total: Int
  /// How many of them it had taken when all logs were read, and how many seconds ago that was.
  package var deliveredBefore: Int
  package var seconds: Double
}
