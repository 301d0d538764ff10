internal import Diagnostics
internal import Outbox

/// What is to be said of the sources of a run when it is over, by their index.
struct SourceNotes {
  /// Which lines of a log a source holds.
  struct Part {
    /// Where the log was last seen.
    var path: String
    /// Whether it holds the first lines, or else the last ones.
    var isBeginning: Bool
  }

  /// Pipes that will not be known again.
  var forgotten: Set<Int> = []
  /// Sources of which other rules than this run's have left requests out, and how many.
  var leftOut: [Int: (source: LedgerSource, count: Int)] = [:]
  /// New sources that seem to be changed copies, and the paths of what they are of.
  var copies: [Int: [String]] = [:]
  /// New sources that seem to be what is left of others.
  var overlapping: Set<Int> = []
  /// New sources that are a part of others.
  var parts: [Int: Part] = [:]

  /// - Parameter path: the name of the source with an index.
  func diagnostics(path: (Int) -> String) -> [Diagnostic] {
    [pipes(path), omissions(path), changedCopies(path), remains(path), partialCopies(path)]
      .compactMap(\.self)
  }

  /// Pipes that would be counted again.
  private func pipes(_ path: (Int) -> String) -> Diagnostic? {
    guard let first = forgotten.min().map(path) else { return nil }
    return Diagnostic(
      .note, code: "pipe-not-remembered",
      "a pipe is not remembered: what came from it counts again if it is imported again",
      hint: first == "-"
        ? "give standard input a name with --source, or import the file itself"
        : "import the file itself, or pass it as standard input with --source",
      at: Place(source: first))
  }

  /// What other routes or filters have left out for good.
  private func omissions(_ path: (Int) -> String) -> Diagnostic? {
    guard let (index, first) = leftOut.min(by: { $0.key < $1.key }) else { return nil }
    let more = leftOut.count == 1 ? "" : ", and of \(counted(leftOut.count - 1, "more file"))"
    let count = leftOut.values.reduce(0) { $0 + $1.count }
    return Diagnostic(
      .warning, code: "left-out-before",
      "\(counted(count, "request")) of it\(more) were left out by other routes or filters when "
        + "it was imported, and stay left out",
      hint: "`backtally forget \(first.source.id ?? 0)` lets the next import count all of it; "
        + "what the hub has of it already then counts twice",
      at: Place(source: path(index)))
  }

  /// Logs that count twice because they were changed after they were imported.
  private func changedCopies(_ path: (Int) -> String) -> Diagnostic? {
    guard let (index, originals) = copies.min(by: { $0.key < $1.key }) else { return nil }
    let of =
      originals.count == 1
      ? originals[0] : "\(originals[0]) and \(counted(originals.count - 1, "other file")) together"
    return Diagnostic(
      .warning, code: "changed-copy",
      "has as many lines and requests as \(of), the first and the last of them at the same times: if "
        + "it is a changed copy, all of it counts twice now\(alike(copies.count))",
      hint:
        "import a log either before it is anonymized, sorted or merged, or after, but not both",
      at: Place(source: path(index)))
  }

  /// Logs that may have been cut at their beginning.
  private func remains(_ path: (Int) -> String) -> Diagnostic? {
    guard let index = overlapping.min() else { return nil }
    return Diagnostic(
      .warning, code: "overlapping-log",
      "begins well before the end of what was imported from this path, but is another log: if it is "
        + "the same one, of which the beginning was cut off, what is left of it counts twice now"
        + alike(overlapping.count),
      hint: "have logs rotated, or emptied as a whole; both are followed",
      at: Place(source: path(index)))
  }

  /// Logs that are the first or the last lines of others.
  private func partialCopies(_ path: (Int) -> String) -> Diagnostic? {
    guard let (index, part) = parts.min(by: { $0.key < $1.key }) else { return nil }
    return Diagnostic(
      .warning, code: "partial-copy",
      "holds the \(part.isBeginning ? "first" : "last") lines of \(part.path), which was imported: "
        + "they count twice now\(alike(parts.count))",
      hint: "import a log either whole or in parts, but not both", at: Place(source: path(index)))
  }

  private func alike(_ count: Int) -> String {
    count == 1 ? "" : "; the like goes for \(counted(count - 1, "more file"))"
  }
}
