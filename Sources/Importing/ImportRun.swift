internal import AccessLogParsing
internal import Addressing
internal import Attribution
internal import Configuring
package import Diagnostics
internal import Foundation
internal import LogReading
internal import Messaging
package import Reporting
internal import Synchronization
internal import Tallying

/// One import, from the names of files to messages on a hub. The only place that knows the order
/// of the steps:
///
///     sources → chunks of whole lines → records → consumer and route → tallies by bucket
///             → messages → outbox → hub
package final class ImportRun: Sendable {
  private let options: ImportOptions
  private let watcher: any ImportWatcher
  private let started = ContinuousClock.now
  private let isStopped = Atomic<Bool>(false)

  package init(options: ImportOptions, watcher: any ImportWatcher) {
    self.options = options
    self.watcher = watcher
  }

  /// Ends the run within seconds: what was read is brought to the outbox, and the rest is left to the
  /// next run. From any thread.
  package func stop() { isStopped.store(true, ordering: .relaxed) }

  /// Runs the import to its end. What goes wrong with single sources or lines is told to the watcher
  /// as it happens, and decides the exit status.
  package func run() async -> ImportOutcome {
    do throws(Diagnostic) {
      return try await importAll()
    } catch {
      if error != .closedPipe { watcher.report(error) }
      return ImportOutcome(summary: nil, exitStatus: error.exitStatus)
    }
  }

  private func importAll() async throws(Diagnostic) -> ImportOutcome {
    let inputs = expandedInputs(options.settings.inputs, tellingOf: watcher)
    try refuseInput(options.rejectsPath, of: "--rejects", among: inputs.paths)
    if case .payloads(let path) = options.destination {
      try refuseInput(path, of: "--payloads", among: inputs.paths)
    }
    let loaded = try LoadedRoutes(options.settings.routes)
    let consumerNames = try options.settings.consumerNames.map(loadedConsumerNames)
    for warning in secretWarnings(options.settings.consumers) { watcher.report(warning) }
    let rules = AttributionRules(options.settings, loaded)
    let names = RunNames(for: rules)
    // A dry run may do without.
    let app = options.settings.target ?? App(clientID: "", environment: "")
    let setup = try ReadingSetup(options, rules: rules, names: names, app: app)
    let connection = try options.destination == .hub ? checkedConnection() : nil
    let destination = try await OpenDestination.open(
      options, app: app, paths: inputs.paths, connection: connection, watcher: watcher)
    setup.rejects?.begin()
    let reading = LogImport(
      setup, inputs: inputs, consumerNames: consumerNames, sink: destination.sink,
      ledger: destination.ledger)

    var failure = inputs.unmatched.isEmpty ? nil : ExitStatus.inputUnreadable
    var stopped: Diagnostic?
    do throws(Diagnostic) {
      if !loaded.routes.isEmpty {
        try reading.announce(loaded.routes, openAPI: loaded.openAPI)
      }
      try reading.run(
        until: { self.isStopped.load(ordering: .relaxed) },
        progress: { self.watcher.show($0, destination.deliveredCount) })
    } catch {
      stopped = error
    }
    watcher.endProgress()
    for note in reading.notes() { watcher.report(note) }
    if let stopped {
      await destination.abandon()
      if stopped != .closedPipe { watcher.report(stopped) }
      failure = stopped.exitStatus
    } else if reading.hasUnreadableSource || reading.hasUnfinishedFile {
      failure = .inputUnreadable
    }
    let delivery: DeliveryResult?
    do throws(Diagnostic) {
      delivery = stopped == nil ? try await finish(destination, after: reading) : nil
    } catch {
      destination.close(
        reading.summary(started.duration(to: .now).inSeconds, nil), error.exitStatus)
      throw error
    }
    let summary = reading.summary(started.duration(to: .now).inSeconds, delivery)
    let status = exitStatus(reading: failure, delivery: delivery?.exitStatus)
    destination.close(summary, status)
    return ImportOutcome(summary: summary, exitStatus: status)
  }

  /// Delivers what waits, with a look at the progress a few times a second.
  private func finish(
    _ destination: OpenDestination, after reading: LogImport
  ) async throws(Diagnostic) -> DeliveryResult? {
    let isHurried = isStopped.load(ordering: .relaxed)
    let total = reading.knownTotal()
    let ticker = Task { [watcher] in
      while !Task.isCancelled {
        if !isHurried && isStopped.load(ordering: .relaxed) { destination.endSoon() }
        watcher.show(reading.progress(total: total), destination.deliveredCount)
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
      hubURL: options.settings.hubURL, version: options.version,
      environment: ProcessInfo.processInfo.environment)
    for warning in connection.warnings { watcher.report(warning) }
    return connection
  }

  /// What the user has to see to comes before what the next run settles by itself.
  private func exitStatus(reading: ExitStatus?, delivery: ExitStatus?) -> ExitStatus {
    if delivery == .credentialsRefused { return .credentialsRefused }
    return reading ?? delivery ?? .done
  }
}

/// How an import ended.
package struct ImportOutcome: Sendable {
  /// nil if it ended before anything was read.
  package var summary: ImportSummary?
  package var exitStatus: ExitStatus
}

/// Whom a run tells what it does.
package protocol ImportWatcher: AnyObject, Sendable {
  func report(_ diagnostic: Diagnostic)
  func show(_ progress: ImportProgress, _ deliveredCount: Int?)
  /// Clears what `show` has shown.
  func endProgress()
}

/// How far the reading is.
package struct ImportProgress: Equatable, Sendable {
  package var bytesRead: Int
  /// nil if an input has no known end.
  package var bytesTotal: Int?
  package var bytesUncompressed: Int
  package var messagesQueued: Int
  package var seconds: Double
}

extension Duration {
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
