package import Addressing
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
  private let hubURL: String
  private let retriesRefused: Bool
  private let giveUpAfterSeconds: Int
  private let version: String
  private let watcher: any ImportWatcher
  private let current = Mutex<(delivery: HubDelivery?, isStopped: Bool)>((nil, false))

  /// - Parameter app: whose messages to send; nil for all.
  package init(
    stateDirectory: String, app: App?, hubURL: String, retriesRefused: Bool,
    giveUpAfterSeconds: Int, version: String, watcher: any ImportWatcher
  ) {
    self.stateDirectory = stateDirectory
    self.app = app
    self.hubURL = hubURL
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
      hubURL: hubURL, version: version, environment: ProcessInfo.processInfo.environment)
    for warning in connection.warnings { watcher.report(warning) }
    let outbox = try await openOutbox(in: stateDirectory, waiting: waitingForLock)
    var total = ImportSummary.Messages()
    var status: ExitStatus?
    for app in try apps(in: outbox) {
      let delivery = HubDelivery(
        outbox: outbox, app: app, connection: connection,
        giveUpAfter: .seconds(giveUpAfterSeconds))
      // In one step with the look at it, or a stop in between would go unheard.
      let isStopped = current.withLock { current in
        current.delivery = delivery
        return current.isStopped
      }
      if isStopped { delivery.hurry() }
      let result = try await delivery.finish()
      for diagnostic in result.diagnostics { watcher.report(diagnostic) }
      let messages = result.messages(queued: 0)
      total.delivered += messages.delivered
      total.waiting += messages.waiting
      total.refused += messages.refused
      total.dropped += messages.dropped
      status = result.exitStatus ?? status
    }
    do throws(OutboxError) { try outbox.close() } catch {
      throw error.diagnostic(stateDirectory: stateDirectory)
    }
    return (total, status ?? .done)
  }

  private func apps(in outbox: OutboxDatabase) throws(Diagnostic) -> [App] {
    do throws(OutboxError) {
      if retriesRefused { try outbox.retrySetAside(of: app) }
      return try outbox.queueCounts().filter { $0.waiting > 0 && ($0.app == app || app == nil) }
        .map(\.app)
    } catch {
      throw error.diagnostic(stateDirectory: stateDirectory)
    }
  }
}
