/// Judges the share of lines that were rejected: of all sources together, and if that is too large, which
/// sources are to blame.
///
/// A few broken lines in a small file are no reason to refuse it, as long as they are few among all. And a
/// source of which nothing at all counts, beside others of which something does, is refused by itself
/// (``SourceProgress/isNothingCounted(limit:)``): its lines say nothing about the others.
struct RejectionJudgement: Equatable {
  /// The share of all lines that was rejected, in percent.
  private(set) var share = 0.0
  /// Sources that are to blame: each with the share of its own. Empty if the share is not too large, or if
  /// no source would be left.
  private(set) var blamed: [Int: Double] = [:]

  /// - Parameter limit: the largest share that is put up with, in percent.
  init(_ sources: [SourceProgress], limit: Double) {
    let read = sources.indices.filter { sources[$0].lineCount > 0 }
    let isAnyCounted = read.contains { sources[$0].requestCount > 0 }
    let judged = read.filter { !isAnyCounted || !sources[$0].isNothingCounted(limit: limit) }
    let lineCount = judged.reduce(0) { $0 + sources[$1].lineCount }
    guard lineCount > 0 else { return }
    share = Self.percent(judged.reduce(0) { $0 + sources[$1].idle.rejected }, of: lineCount)
    guard share > limit else { return }
    for index in judged {
      let own = Self.percent(sources[index].idle.rejected, of: sources[index].lineCount)
      if own > limit { blamed[index] = own }
    }
    if blamed.count == judged.count { blamed = [:] }
  }

  private static func percent(_ count: Int, of total: Int) -> Double {
    Double(count) / Double(total) * 100
  }
}
