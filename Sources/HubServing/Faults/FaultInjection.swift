import Synchronization

/// The hub's faults, shared by the requests of all connections.
final class FaultInjection: Sendable {
  private struct State {
    var faults: HubFaults?
    var count = 0
  }

  private let state: Mutex<State>

  init(_ faults: HubFaults?) {
    state = Mutex(State(faults: faults))
  }

  /// How many messages have met with a fault so far.
  var count: Int { state.withLock { $0.count } }

  func next(at endpoint: Endpoint) -> HubFaults.Fault? {
    state.withLock { state in
      let fault = state.faults?.next(at: endpoint)
      if fault != nil { state.count += 1 }
      return fault
    }
  }
}
