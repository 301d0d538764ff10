package import AccessLogParsing
package import Attribution
package import LogReading

/// Takes what a ``LineReader`` makes of the lines of a chunk. For each chunk there is one call of
/// ``begin(_:of:unwrapped:)``, one for each line, and one of ``end(lineCount:joinedCount:)``.
package protocol LineReceiver: ~Copyable {
  /// The lines of `chunk` follow.
  ///
  /// - Parameters:
  ///   - bytes: what the lines' ranges are of.
  ///   - lines: nil if the lines stand in `bytes` as they do in the log.
  mutating func begin(
    _ bytes: borrowing Span<UInt8>, of chunk: Chunk, unwrapped lines: UnwrappedLines?)
  /// The lines that follow are read by the other of the source's two formats, or by the first again.
  mutating func changeFormats()
  mutating func countBlank()
  /// A record that is to be counted.
  ///
  /// - Parameter record: by reference, although it stays as it is: it would be copied for each line.
  mutating func count(
    _ record: inout AccessRecord, _ request: AttributedRequest, in bytes: borrowing Span<UInt8>,
    line: LinePlace)
  /// A record that is not to be counted, for `reason`.
  ///
  /// - Parameter attributor: finds the consumer, which was not looked for.
  mutating func leaveOut(
    _ record: inout AccessRecord, for reason: LeftOut, _ attributor: inout Attributor,
    in bytes: borrowing Span<UInt8>, line: LinePlace)
  /// A line that is no record.
  mutating func reject(
    _ rejection: LineRejection, in bytes: borrowing Span<UInt8>, line: LinePlace)
  /// - Parameters:
  ///   - lineCount: how many lines of the log were read.
  ///   - joinedCount: how many of them held only a part of another.
  mutating func end(lineCount: Int, joinedCount: Int)
}

/// Where a line stands.
package struct LinePlace {
  /// Its bytes without the terminator; nil for a line that was too long to be kept.
  package var range: Range<Int>?
  /// Its place among the lines of the chunk, or among those that were unwrapped from it; from 0.
  package var index: Int
}

/// The lines of a chunk, taken out of what was put around them.
package final class UnwrappedLines {
  var unwrapper: LineUnwrapper

  init(_ wrapping: LineWrapping) { unwrapper = LineUnwrapper(wrapping) }

  /// Where a line began before it was unwrapped: its place among the chunk's lines, and its offset.
  package func origin(of index: Int) -> (line: Int, offset: Int) {
    let origin = unwrapper.origin(of: index)
    return (origin.line, origin.offset)
  }
}
