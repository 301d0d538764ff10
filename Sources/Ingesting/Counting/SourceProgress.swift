package import Diagnostics
package import LogReading

/// How far a source has been parsed, and what that came to.
package struct SourceProgress: Sendable {
  /// Where this run began: an offset in the uncompressed source, and how many lines are before.
  package internal(set) var startPosition = 0
  package internal(set) var startLines = 0
  /// Offset in the uncompressed source behind the last chunk parsed.
  package internal(set) var position = 0
  /// Lines of the chunks parsed.
  package internal(set) var lineCount = 0
  private var lineNumbers = LineNumbers()
  /// The last bytes before `position`, at most ``SourceEntry/tailLength``; empty if the source is not
  /// to be remembered.
  package internal(set) var tail: [UInt8] = []
  private var tailSequence = -1
  /// Tallied requests, and when the first and the last of them began, in nanoseconds since 1970.
  package internal(set) var requestCount = 0
  /// What the stretches of the source have come to (``SourceEntry/stretches``).
  package internal(set) var stretchCounts = [StretchCounts()]
  package internal(set) var firstRequest: Int64?
  package internal(set) var lastRequest: Int64?
  /// Bytes read from the file.
  package internal(set) var bytesRead = 0
  /// The source was read to its end, and all of it was parsed: only then may a run after this one
  /// take an unchanged file for done.
  package internal(set) var isAtEnd = false
  /// The file had not changed since it was last read to its end.
  package internal(set) var isUnchanged = false
  /// Its last line has no terminator, and was left for a later run.
  package internal(set) var hasLeftLine = false
  package internal(set) var failure: Diagnostic?
  /// nil if the source is not to be remembered.
  package internal(set) var entry: SourceEntry?
  /// nil for a pipe.
  package internal(set) var stamp: FileStamp?

  package init() {}

  /// Takes note of where the reading of `source` begins.
  mutating func begin(_ source: OpenSource) {
    entry = source.entry
    stamp = source.reader.stamp
    startPosition = source.reader.position
    position = source.reader.position
    startLines = source.entry?.linesBefore ?? 0
    stretchCounts = Array(repeating: StretchCounts(), count: entry?.stretches.count ?? 1)
  }

  /// `chunk` was parsed and came to `counts`.
  mutating func add(_ chunk: Chunk, _ counts: ChunkCounts) {
    lineCount += counts.lines
    lineNumbers.count(counts, ofChunk: chunk.sequence)
    position = max(position, chunk.endOffset)
    requestCount += counts.requests
    let stretch = entry?.stretches.firstIndex { chunk.sourceOffset < $0.end } ?? 0
    stretchCounts[stretch].add(counts)
    if counts.requests > 0 {
      firstRequest = min(firstRequest ?? .max, counts.firstRequest)
      lastRequest = max(lastRequest ?? .min, counts.lastRequest)
    }
    if entry != nil && chunk.sequence > tailSequence {
      tailSequence = chunk.sequence
      tail = chunk.lastBytes(SourceEntry.tailLength)
    }
  }

  /// The number of a line of a chunk, from 1 in the source.
  func lineNumber(_ line: Int, inChunk sequence: Int) -> Int {
    startLines + lineNumbers.linesBefore(chunk: sequence) + line + 1
  }
}

extension StretchCounts {
  fileprivate mutating func add(_ counts: ChunkCounts) {
    requests += counts.requests
    outsideWindow += counts.outsideWindow
    leftOutByRules += counts.leftOutByRules
  }
}
