internal import ByteScanning
internal import Synchronization

/// Chunks waiting to be filled again, so that a run allocates a handful of them and no more.
package final class ChunkPool: Sendable {
  /// The size that a reader aims for. Measured: a quarter of a megabyte stays in a core's cache
  /// from inflating to parsing, and is large enough to make the cost of a hand-over between threads
  /// negligible.
  package static let targetSize = 256 * 1024

  private let idle = Mutex<[Chunk]>([])

  package init() {}

  package func take() -> Chunk {
    idle.withLock { $0.popLast() } ?? Chunk(capacity: Self.targetSize + RawStream.stepSize)
  }

  /// Takes a chunk back. A chunk that grew for a very long line is released, so that a single
  /// hostile line does not occupy its size for the rest of the run.
  package func give(_ chunk: Chunk) {
    guard chunk.bytes.capacity <= 2 * (Self.targetSize + RawStream.stepSize) else { return }
    idle.withLock { $0.append(chunk) }
  }
}
