internal import ByteScanning
internal import Synchronization

/// Chunks that wait to be filled again, so that a run allocates a handful of them and no more.
package final class ChunkPool: Sendable {
  /// What a reader aims to fill a chunk with. Measured: a quarter of a megabyte stays in a core's cache
  /// from inflating to parsing, and a hand-over between threads is long lost in it.
  package static let targetSize = 256 * 1024

  private let idle = Mutex<[Chunk]>([])

  package init() {}

  package func take() -> Chunk {
    idle.withLock { $0.popLast() } ?? Chunk(capacity: Self.targetSize + DecodedStream.stepSize)
  }

  /// Takes a chunk back. One that grew for a very long line is let go, so that a single hostile
  /// line does not cost its size for the rest of the run.
  package func give(_ chunk: Chunk) {
    guard chunk.bytes.capacity <= 2 * (Self.targetSize + DecodedStream.stepSize) else { return }
    idle.withLock { $0.append(chunk) }
  }
}
