package import Diagnostics
package import LogReading

/// Where a run begins with each source: what a ledger of earlier runs knows. Called from any thread.
package protocol SourcePositions: AnyObject, Sendable {
  /// For each of `paths`, the index of an earlier one that must be at its end before it is opened,
  /// because it may hold the same content.
  func predecessors(of paths: [String]) -> [Int?]
  /// Opens the source at `path` where the last run that read it left off.
  func open(_ path: String, index: Int) throws(ReadingError) -> SourceStart
  /// Begins with a file of an archive, which was opened at its beginning, where the last run that read it
  /// left off.
  func open(_ member: OpenSource, index: Int) throws(ReadingError) -> SourceStart
  /// A source that was opened is not read after all.
  func didRefuse(_ index: Int)
  /// A source was read and parsed to its end.
  func didFinish(_ progress: SourceProgress, index: Int)
}

/// How a run begins with a source.
package enum SourceStart {
  /// At the reader's place.
  case read(OpenSource)
  /// Not at all: the file has not changed since it was read to its end.
  case unchanged
  /// Not at all, for this reason.
  case refused(Diagnostic)
}
