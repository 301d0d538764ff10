internal import Diagnostics
internal import Outbox

/// Opens the outbox for writing, which one run at a time may do.
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
