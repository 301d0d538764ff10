internal import AccessLogParsing
package import Attribution
internal import Diagnostics

/// The result of a reading, as a value: the material for notes and summaries.
package struct IngestionOutcome: Sendable {
  /// The inputs, in order.
  package var paths: [String]
  /// By the index of the input.
  package var sources: [SourceProgress]
  package var counts: LineCounts
  package var coverage: Coverage
  /// The decisions about formats and units.
  var decisions: DecisionLog
  /// Sources that were not read to their end because the run was stopped.
  package var unfinishedIndexes: [Int]
  package var rules: AttributionRules
  package var names: RunNames

  package var consumerCount: Int { names.consumers.count }
  package var bytesRead: Int { sources.reduce(0) { $0 + $1.bytesRead } }
  package var bytesUncompressed: Int {
    sources.reduce(0) { $0 + $1.position - $1.startPosition }
  }
  /// When the first and last tallied requests began, in nanoseconds since 1970; nil if there are none.
  package var requestPeriod: ClosedRange<Int64>? {
    counts.linesTallied > 0 ? counts.firstRequest...counts.lastRequest : nil
  }
  /// Lines by the reason for which they were left out.
  package var leftOut: [String: Int] {
    counts.leftOut(filterNames: rules.filters.map(\.name))
  }
  /// Explanations of those reasons whose names need one.
  package var explanations: [String: String] {
    Dictionary(
      uniqueKeysWithValues: LineRejection.Reason.allCases.map { ($0.name, $0.explanation) })
  }

  package var hasUnreadableSource: Bool { sources.contains { $0.failure?.severity == .error } }
  /// Whether the run was stopped before a file's end. A pipe that was not waited for is no failure.
  package var hasUnfinishedFile: Bool { !unfinishedFiles.isEmpty }
  var unfinishedFiles: [Int] { unfinishedIndexes.filter { paths[$0] != "-" } }
}
