package import ByteScanning

/// Whole lines of one source, usually not more than a chunk's target size; or a placeholder for a
/// line that was too long to keep.
///
/// A chunk belongs to one thread at a time: the reader fills it, a worker reads it, the pool keeps
/// it for reuse. It is a class so that it can pass through queues without being copied.
package final class Chunk: @unchecked Sendable {
  /// Bytes that end with a line terminator, except possibly for the last line of a source.
  package internal(set) var bytes: OwnedBuffer<UInt8>
  /// The source's index among the inputs of the run.
  package internal(set) var sourceIndex = 0
  /// 0 for a source's first chunk, then incremented without gaps.
  package internal(set) var sequence = 0
  /// The offset of the chunk's first byte in the uncompressed source.
  package internal(set) var sourceOffset = 0
  /// The offset in the uncompressed source after everything that this chunk represents.
  package internal(set) var endOffset = 0
  /// Whether the chunk stands for one line over the limit, whose bytes were not kept.
  package internal(set) var isOversizedLine = false

  /// When the requests began that earlier runs have counted of these lines, in nanoseconds since 1970:
  /// what whoever plans the reading has to say to whoever counts.
  package var countedBefore: [Range<Int64>] = []
  /// Whether an earlier run has read these lines, and refused those that are to be refused.
  package var wasRead = false

  init(capacity: Int) {
    bytes = OwnedBuffer(capacity: capacity)
  }

  /// Copies `text` into a chunk of its own, for tests and samples.
  package convenience init(copying text: some Sequence<UInt8>) {
    self.init(capacity: 16)
    for byte in text { bytes.append(byte) }
    endOffset = bytes.count
  }

  /// The last bytes of the chunk, at most `count`.
  package func lastBytes(_ count: Int) -> [UInt8] { Self.last(count, of: bytes) }

  private static func last(_ count: Int, of bytes: borrowing OwnedBuffer<UInt8>) -> [UInt8] {
    bytes.span.extracting(max(0, bytes.count - count)..<bytes.count).copied()
  }

  func reset(sourceIndex: Int, sequence: Int, sourceOffset: Int) {
    bytes.removeAll()
    self.sourceIndex = sourceIndex
    self.sequence = sequence
    self.sourceOffset = sourceOffset
    self.endOffset = sourceOffset
    self.isOversizedLine = false
    self.countedBefore = []
    self.wasRead = false
  }
}
