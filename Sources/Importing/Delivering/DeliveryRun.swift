package import Configuring
package import Diagnostics
internal import Foundation
internal import Outbox
package import Reporting
internal import Synchronization

/// Sends what earlier imports have left in the outbox, for one application or for all.
package final class DeliveryRun: Sendable {
  private let stateDirectory: String
  private let target: HubTarget?
  private let hubURL: String
  private let retriesRefused: Bool
  private let giveUpAfterSeconds: Int
  private let version: String
  private let watcher: any ImportWatcher
  private let current = Mutex<(delivery: HubDelivery?, isStopped: Bool)>((nil, false))

  /// - Parameter target: whose messages; nil for everybody's.
  package init(
    stateDirectory: String, target: HubTarget?, hubURL: String, retriesRefused: Bool,
    giveUpAfterSeconds: Int, version: String, watcher: any ImportWatcher
  ) {
    self.stateDirectory = stateDirectory
    self.target = target
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
    let outbox = try await openOutbox(in: stateDirectory, waiting: waitingForLock)
    var total = ImportSummary.Messages()
    var status: ExitStatus?
    for app in try apps(in: outbox) where !current.withLock({ $0.isStopped }) {
      let delivery = try HubDelivery(
        outbox: outbox, app: app, hubURL: hubURL, version: version,
        giveUpAfter: .seconds(giveUpAfterSeconds),
        environment: ProcessInfo.processInfo.environment)
      current.withLock { $0.delivery = delivery }
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

  private func apps(in outbox: OutboxDatabase) throws(Diagnostic) -> [AppKey] {
    do throws(OutboxError) {
      let only = target.map { AppKey(clientID: $0.clientID, env: $0.environment) }
      if retriesRefused { try outbox.retrySetAside(of: only) }
      return try outbox.queueCounts().filter { $0.waiting > 0 && ($0.app == only || only == nil) }
        .map(\.app)
    } catch {
      throw error.diagnostic(stateDirectory: stateDirectory)
    }
  }
}

/// Opens the outbox for writing, alone.
///
/// - Parameter isPatient: whether to wait until another run has ended.
func openOutbox(
  in directory: String, waiting isPatient: Bool
) async throws(Diagnostic) -> OutboxDatabase {
  do throws(OutboxError) {
    let lock =
      isPatient
      ? try await StateLock.acquire(in: directory, waitingUpTo: nil)
      : try StateLock.acquire(in: directory)
    return try OutboxDatabase.open(holding: lock)
  } catch {
    throw error.diagnostic(stateDirectory: directory)
  }
}
