/// What a courier has done.
package struct DeliverySummary: Equatable, Sendable {
  package enum Outcome: Equatable, Sendable {
    /// Everything was tried. Messages may still wait that failed again and again while others got
    /// through.
    case done
    /// The hub does not know the client ID, or refuses it; the text says how.
    case credentialsRefused(String)
    /// At the hub's address there is something else; the text says what it answered.
    case notTheHub(String)
    /// The hub could not be reached, or refused everything, for as long as was to be waited.
    case unreachable(lastError: String)
    /// It was told to stop.
    case stopped
  }

  package var outcome: Outcome
  package var delivered = 0
  package var setAside = 0
  /// Messages that were set aside because the hub may have taken them, and would take them twice.
  package var uncertain = 0
  /// What is left in the queue.
  package var waiting = 0
  /// Droppable messages that were dropped, because the hub wants none for the time being.
  package var dropped = 0
  /// Data points, spans and events that a receiver of OTLP has not taken although it took the messages.
  package var rejectedItems: Int64 = 0
  /// What it said, the first time.
  package var rejectionReason = ""

  mutating func add(_ rejection: PartialRejection) {
    rejectedItems += rejection.count
    if rejectionReason.isEmpty { rejectionReason = rejection.reason }
  }
}
