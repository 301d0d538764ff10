internal import Synchronization
internal import Tallying

/// A table of tallies on its way from a thread to the messages and back: a table cannot be copied, and
/// an array holds only what can.
///
/// A box belongs to one thread at a time.
final class TableBox: @unchecked Sendable {
  var table = TallyTable()
  /// What was noted besides tallies.
  private var details: NotedDetails?

  func put(_ details: NotedDetails?) { self.details = details }

  func takeDetails() -> NotedDetails? {
    defer { details = nil }
    return details
  }
}

/// Empty tables that wait to be filled again. Tables are flushed often, and to grow a new one each time
/// costs more than to wipe one that has its room.
final class TablePool: Sendable {
  private let idle = Mutex<[TableBox]>([])

  func take() -> TableBox { idle.withLock { $0.popLast() } ?? TableBox() }

  /// Takes back a box whose tallies have been absorbed.
  func give(_ box: TableBox) {
    precondition(box.table.isEmpty)
    idle.withLock { $0.append(box) }
  }
}
