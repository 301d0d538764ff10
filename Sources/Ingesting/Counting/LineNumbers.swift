/// How many lines stand before a chunk of a source.
///
/// Chunks are parsed in any order, so what stands before one is known only when all earlier ones
/// have been counted. Only chunks with a rejected line that will be shown are remembered; the rest
/// is a sum, however long a pipe runs.
struct LineNumbers: Sendable {
  /// The first chunk that was not counted yet, and the lines before it.
  private var next = 0
  private var linesBeforeNext = 0
  /// Lines of chunks that were parsed ahead of their turn: as many as there are threads.
  private var ahead: [Int: ChunkCounts] = [:]
  private var known: [Int: Int] = [:]

  mutating func count(_ counts: ChunkCounts, ofChunk sequence: Int) {
    guard sequence == next else {
      ahead[sequence] = counts
      return
    }
    advance(counts)
    if ahead.isEmpty { return }
    while let counts = ahead.removeValue(forKey: next) { advance(counts) }
    // Its room goes with it: there may be a hundred thousand sources.
    if ahead.isEmpty { ahead = [:] }
  }

  /// The next chunk was counted.
  private mutating func advance(_ counts: ChunkCounts) {
    if counts.hasExamples { known[next] = linesBeforeNext }
    linesBeforeNext += counts.lines
    next += 1
  }

  /// - Returns: 0 for a chunk that has no example in it.
  func linesBefore(chunk sequence: Int) -> Int { known[sequence] ?? 0 }
}
