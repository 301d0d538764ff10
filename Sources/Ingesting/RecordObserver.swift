package import AccessLogParsing
package import Attribution

/// Looks at each record beside its tally: for request logs, names of consumers, logged errors.
///
/// Belongs to one worker, and so to one thread at a time. A class, so that a run without details pays
/// one comparison a line for it.
package protocol RecordObserver: AnyObject {
  /// The fields that parsers of `format` capture for this observer, behind those of the rules.
  func capturedFields(of format: LogFormat) -> [String]
  /// The lines that follow are a chunk read by `plan`.
  func begin(_ plan: SourcePlan)
  /// The records that follow are of the other of the source's two formats.
  func changeFormats()
  /// A record was tallied.
  func note(
    _ record: borrowing AccessRecord, _ request: AttributedRequest,
    in bytes: borrowing Span<UInt8>, line: Range<Int>)
  /// A record matched none of the known routes, and was not tallied.
  func noteUnmatched(
    _ record: borrowing AccessRecord, consumer: NameTable.ID, in bytes: borrowing Span<UInt8>,
    line: Range<Int>)
  /// Whether so much was noted that it should be handed over.
  var isFull: Bool { get }
  /// Hands what was noted to the sink, while no worker parses. ``TallySink/take(_:before:)`` with the
  /// tallies of the same lines follows.
  func handOver()
}
