import ByteScanning
import LogReading
import Testing

/// What came of reading a source to its end.
struct Reading {
  /// The bytes of all chunks, one after another.
  var content: [UInt8] = []
  /// The content as it was cut into chunks.
  var chunks: [[UInt8]] = []
  /// Where lines over the limit stood: how many chunks came before each, and how long it was with
  /// its terminator.
  var oversized: [(chunkNumber: Int, length: Int)] = []
  var error: ReadingError?
  var bytesRead = 0
  /// The most room that a chunk had.
  var largestCapacity = 0

  /// Reads the file at `path`, and checks what holds for every source: sequences and positions
  /// without a gap, and chunks that end with a line but for the last.
  init(path: String, pool: ChunkPool = ChunkPool()) {
    do throws(ReadingError) {
      var reader = try SourceReader(path: path, sourceIndex: 3)
      do throws(ReadingError) {
        while try take(from: &reader, pool) {}
      } catch {
        self.error = error
      }
      bytesRead = reader.bytesRead
    } catch {
      self.error = error
    }
  }

  private mutating func take(
    from reader: inout SourceReader, _ pool: ChunkPool
  ) throws(ReadingError) -> Bool {
    let chunk = pool.take()
    defer { pool.give(chunk) }
    let position = reader.position
    guard try reader.fill(chunk) else { return false }
    if chunk.bytes.isEmpty && !chunk.isOversizedLine { return true }
    #expect(chunk.sourceIndex == 3 && chunk.sequence == chunks.count)
    #expect(chunk.sourceOffset == position && chunk.endOffset == reader.position)
    if let last = chunks.last, !last.isEmpty { #expect(last.last == UInt8(ascii: "\n")) }
    let length = chunk.endOffset - chunk.sourceOffset
    let count = chunk.bytes.count
    if chunk.isOversizedLine {
      #expect(count == 0)
      oversized.append((chunks.count, length))
    } else {
      #expect(count == length && length > 0)
    }
    largestCapacity = max(largestCapacity, chunk.bytes.capacity)
    chunks.append(chunk.bytes.span.copied())
    content += chunk.bytes.span.copied()
    return true
  }

  /// The content's lines without their terminators.
  var lines: [ArraySlice<UInt8>] {
    var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
