package import Addressing
internal import Delivery
package import Diagnostics
internal import Foundation
internal import Ingesting
internal import Outbox
package import Reporting
internal import Synchronization

/// Sends what earlier imports left in the outbox, for one application or for all.
package final class DeliveryRun: Sendable {
  private let stateDirectory: String
  private let app: App?
  private let target: DeliveryTarget
  private let caFile: String?
  private let retriesRefused: Bool
  private let giveUpAfterSeconds: Int
  private let version: String
  private let watcher: any ImportWatcher
  private let current = Mutex(State())

  private struct State {
    var delivery: HubDelivery?
    /// What was delivered of apps before.
    var deliveredBefore = 0
    var isStopped = false
  }

  /// - Parameter app: whose messages to send; nil for all.
  package init(
    stateDirectory: String, app: App?, target: DeliveryTarget, caFile: String?,
    retriesRefused: Bool,
    giveUpAfterSeconds: Int, version: String, watcher: any ImportWatcher
  ) {
    self.stateDirectory = stateDirectory
    self.app = app
    self.target = target
    self.caFile = caFile
    self.retriesRefused = retriesRefused
    self.giveUpAfterSeconds = giveUpAfterSeconds
    self.version = version
    self.watcher = watcher
  }

  /// Ends the run within seconds. From any thread.
  package func stop() {
    current.withLock { current in
      current.isStopped = true
      current.delivery?.hurry()
    }
  }

  /// Delivers, one application after another.
  package func run(
    waitingForLock: Bool
  ) async throws(Diagnostic) -> (messages: ImportSummary.Messages, exitStatus: ExitStatus) {
    let connection = try HubConnection(
      to: target, caFile: caFile, version: version,
      environment: ProcessInfo.processInfo.environment)
    for warning in connection.warnings { watcher.report(warning) }
    let outbox = try await openOutbox(in: stateDirectory, waiting: waitingForLock)
    let (apps, others) = try apps(in: outbox)
    let id = try recordStart(for: apps, in: outbox)
    let result: (messages: ImportSummary.Messages, exitStatus: ExitStatus)
    do throws(Diagnostic) {
      result = try await deliver(apps, from: outbox, by: connection)
    } catch {
      recordEnd(of: id, ImportSummary.Messages(), error.exitStatus, in: outbox)
      throw error
    }
    recordEnd(of: id, result.messages, result.exitStatus, in: outbox)
    if let note = Diagnostic.othersWait(others) { watcher.report(note) }
    do throws(OutboxError) { try outbox.close() } catch {
      throw error.diagnostic(stateDirectory: stateDirectory)
    }
    return result
  }

  /// Notes in the history that messages are being sent; nil if none wait: a run every minute, which
  /// mostly finds nothing, would leave no room for others.
  private func recordStart(
    for apps: [App], in outbox: OutboxDatabase
  ) throws(Diagnostic) -> Int64? {
    guard !apps.isEmpty else { return nil }
    do throws(OutboxError) {
      return try outbox.startRun(
        command: "deliver", of: apps.count == 1 ? apps[0] : nil, at: now())
    } catch {
      throw error.diagnostic(stateDirectory: stateDirectory)
    }
  }

  /// Notes how it ended. What cannot be noted is called killed by the next run, and loses nothing.
  private func recordEnd(
    of id: Int64?, _ messages: ImportSummary.Messages, _ status: ExitStatus,
    in outbox: OutboxDatabase
  ) {
    guard let id else { return }
    var totals = RunTotals()
    totals.messagesDelivered = messages.delivered
    totals.messagesSetAside = messages.refused
    try? outbox.finishRun(id, exitStatus: status.rawValue, totals: totals, at: now())
  }

  /// Sends what waits of each of `apps`, and shows how far it is.
  private func deliver(
    _ apps: [App], from outbox: OutboxDatabase, by connection: HubConnection
  ) async throws(Diagnostic) -> (messages: ImportSummary.Messages, exitStatus: ExitStatus) {
    var total = ImportSummary.Messages()
    var status: ExitStatus?
    let waiting = (try? outbox.queueCounts()) ?? []
    let toSend = waiting.filter { apps.contains($0.app) }.reduce(0) { $0 + $1.waiting }
    let ticker = Task { await showProgress(toSend) }
    defer {
      ticker.cancel()
      watcher.endProgress()
    }
    for app in apps {
      let delivery = HubDelivery(
        outbox: outbox, app: app, connection: connection,
        giveUpAfter: .seconds(giveUpAfterSeconds))
      // In one step with the look at it, or a stop in between would go unheard.
      let isStopped = current.withLock { current in
        current.delivery = delivery
        current.deliveredBefore = total.delivered
        return current.isStopped
      }
      if isStopped { delivery.hurry() }
      let result = try await delivery.finish()
      for diagnostic in result.diagnostics { watcher.report(diagnostic) }
      let messages = result.messages(queued: 0)
      total.delivered += messages.delivered
      total.waiting += messages.waiting
      total.refused += messages.refused
      total.uncertain += messages.uncertain
      total.damaged += messages.damaged
      total.dropped += messages.dropped
      status = result.exitStatus ?? status
    }
    return (total, status ?? .done)
  }

  /// Shows how far it is, a few times a second.
  private func showProgress(_ total: Int) async {
    let begun = ContinuousClock.now
    while !Task.isCancelled {
      let delivered = current.withLock { current in
        current.deliveredBefore + (current.delivery?.deliveredCount ?? 0)
      }
      let seconds = begun.duration(to: .now).inSeconds
      var messages = MessageProgress(queued: 0, delivered: delivered)
      messages.sending = SendingProgress(
        delivered: delivered, total: total, deliveredBefore: 0, seconds: seconds)
      watcher.show(
        ReadingProgress(bytesRead: 0, bytesTotal: nil, bytesUncompressed: 0, seconds: seconds),
        messages)
      try? await Task.sleep(for: .milliseconds(200))
    }
  }

  /// The apps with messages for this run to deliver, and what waits beside that.
  private func apps(
    in outbox: OutboxDatabase
  ) throws(Diagnostic) -> (apps: [App], others: [QueueCounts]) {
    let hub = hubIdentity(target.url)
    do throws(OutboxError) {
      // What was queued by a version that knew one hub only is for the first that is named.
      for counts in try outbox.queueCounts()
      where counts.app.hub.isEmpty && isWanted(counts.app) && target.receiver == .hub {
        try outbox.adopt(
          App(
            clientID: counts.app.clientID, environment: counts.app.environment, hub: hub))
      }
      if retriesRefused {
        for counts in try outbox.queueCounts() where counts.app.hub == hub && isWanted(counts.app) {
          if counts.uncertain > 0 { watcher.report(Self.warning(ofRetrying: counts)) }
          try outbox.retrySetAside(of: counts.app)
        }
      }
      let waiting = try outbox.queueCounts().filter { $0.waiting > 0 }
      let isMine = { (app: App) in app.hub == hub && self.isWanted(app) }
      return (waiting.map(\.app).filter(isMine), waiting.filter { !isMine($0.app) })
    } catch {
      throw error.diagnostic(stateDirectory: stateDirectory)
    }
  }

  private func isWanted(_ app: App) -> Bool {
    guard let wanted = self.app else { return true }
    return wanted.clientID == app.clientID && wanted.environment == app.environment
  }

  private static func warning(ofRetrying counts: QueueCounts) -> Diagnostic {
    Diagnostic(
      .warning, code: "uncertain-retried",
      "\(counted(counts.uncertain, "message")) of \(counts.app.text) that the hub may have taken long ago "
        + "are sent again; what it has taken is then counted twice")
  }
}

extension Diagnostic {
  /// How many apps are named.
  private static let namedLimit = 3

  /// Messages that a run leaves in the outbox because they are for others; nil if there are none.
  static func othersWait(_ others: [QueueCounts]) -> Diagnostic? {
    guard !others.isEmpty else { return nil }
    let named = others.prefix(namedLimit).map { counts in
      "\(grouped(counts.waiting)) of \(counts.app.text)"
        + (counts.app.hub.isEmpty ? "" : " for \(counts.app.hub)")
    }
    let more = others.count > namedLimit ? " and \(grouped(others.count - namedLimit)) more" : ""
    return Diagnostic(
      .note, code: "others-wait",
      "other messages wait: \(named.joined(separator: ", "))\(more)",
      hint: "they are sent with their own --client-id, --env and --hub-url")
  }
}
