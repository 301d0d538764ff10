internal import Synchronization

/// A worker that any thread may take, for a chunk or to empty it. It belongs to one thread at a time.
final class WorkerBox: @unchecked Sendable {
  var worker: LineWorker

  init(_ worker: consuming LineWorker) { self.worker = worker }
}

/// The workers of a run: as many as chunks were ever parsed at the same time.
///
/// The one that was last at work is the next to be. So where one thread inflates and another parses, all
/// tallies are in one table, whichever thread does what.
final class WorkerPool: Sendable {
  private let idle = Mutex<[WorkerBox]>([])

  /// A free worker, if there is one.
  func take() -> WorkerBox? { idle.withLock { $0.popLast() } }

  func give(_ box: WorkerBox) { idle.withLock { $0.append(box) } }

  /// All workers, while all are free.
  var all: [WorkerBox] { idle.withLock { $0 } }
}
