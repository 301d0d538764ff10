import FoundationEssentials
import Logging
import ServiceLifecycle

/// Notes in the database that the hub runs, as long as it does.
struct HubWatch: Service {
  let store: HubStore
  let logger: Logger

  @concurrent func run() async throws {
    let run = await note(nil)
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: .seconds(HubStore.runInterval))
        _ = await note(run)
      }
    }
    _ = await note(run)
    // The end of a service would be the hub's.
    try? await gracefulShutdown()
  }

  /// - Returns: the number of the run.
  private func note(_ run: Int64?) async -> Int64? {
    let now = Date.now.timeIntervalSince1970
    do {
      guard let run else { return try await store.beginRun(at: now) }
      try await store.continueRun(run, at: now)
    } catch is CancellationError {
      // The hub has failed, and says why itself.
    } catch {
      // Messages are taken without it.
      logger.warning("cannot note that the hub runs: \(error)")
    }
    return run
  }
}
