internal import Synchronization
internal import Tallying

/// A table of tallies on its way from a worker to the sink and back: a table cannot be copied, and
/// an array holds only what can.
///
/// A box belongs to one thread at a time.
final class TableBox: @unchecked Sendable {
  var table: TallyTable

  init(measuring measures: TallyMeasures) { table = TallyTable(measuring: measures) }
}

/// Empty tables that wait to be filled again. Tables are flushed often, and to grow a new one each time
/// costs more than to wipe one that has its room.
final class TablePool: Sendable {
  private let measures: TallyMeasures
  private let idle = Mutex<[TableBox]>([])

  init(measuring measures: TallyMeasures) { self.measures = measures }

  func take() -> TableBox { idle.withLock { $0.popLast() } ?? TableBox(measuring: measures) }

  /// Takes back a box whose tallies have been taken over.
  func give(_ box: TableBox) {
    precondition(box.table.isEmpty)
    idle.withLock { $0.append(box) }
  }
}
