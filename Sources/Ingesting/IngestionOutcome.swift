internal import AccessLogParsing
package import Attribution
package import Diagnostics
internal import Tallying

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
  /// Why some rejected lines are missing from the file that was to take them.
  package var rejectsFailure: Diagnostic?

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

  /// Fields that look like durations or sizes, and are not counted.
  package var notTaken: [String] { decisions.notTaken }

  /// The first fields whose unit the lines have decided, or have left open.
  package var openUnits: [String] { decisions.units.compactMap { $0.unit?.field } }

  /// How many paths are named that match no known route.
  package static let unmatchedPathLimit = 10

  /// The paths with the most requests to no known route, the first ones of them, with the IDs in them
  /// replaced.
  package var unmatchedPaths: [(path: String, requestCount: Int)] {
    counts.unmatchedPaths.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(Self.unmatchedPathLimit).map { ($0.key, $0.value) }
  }

  /// What the tallied requests have.
  package var parts: [CoveredPart] {
    let tallied = counts.linesTallied
    let absences = counts.absences
    return [
      CoveredPart("duration", tallied - absences.durations, fields(of: .duration), unit: unit),
      CoveredPart(
        "request_size", tallied - absences.requestSizes, fields(of: .requestSize), unit: "bytes"),
      CoveredPart(
        "response_size", tallied - absences.responseSizes, fields(of: .responseSize),
        unit: "bytes"),
      CoveredPart("consumer", tallied - counts.withoutConsumer, rules.consumers.map(\.field)),
      CoveredPart("route", tallied, routeFields),
    ]
  }

  /// The fields of a part in all formats that were read.
  private func fields(of part: FormatPart.Name) -> [String] {
    var names: [String] = []
    for format in decisions.formats {
      for name in format.parts.first(where: { $0.name == part })?.fields ?? []
      where decisions.fields.contains(name) && !names.contains(name) { names.append(name) }
    }
    return names
  }

  private var routeFields: [String] {
    for part in [FormatPart.Name.route, .target, .request] {
      let names = fields(of: part)
      if !names.isEmpty { return names }
    }
    return []
  }

  /// The unit of durations, if it is the same in all formats that have some.
  private var unit: String? {
    let units = Set(decisions.formats.compactMap { $0.durationUnit?.rawValue })
    return units.count == 1
      ? units.first : units.isEmpty ? nil : units.sorted().joined(separator: ", ")
  }

  package var hasUnreadableSource: Bool { sources.contains { $0.failure?.severity == .error } }
  /// Whether the run was stopped before a file's end. A pipe that was not waited for is no failure.
  package var hasUnfinishedFile: Bool { !unfinishedFiles.isEmpty }
  var unfinishedFiles: [Int] { unfinishedIndexes.filter { paths[$0] != "-" } }
}

/// How many requests have a part, and where it comes from.
package struct CoveredPart: Equatable, Sendable {
  /// By the name that summaries use.
  package var name: String
  package var requestCount: Int
  /// The fields of the log that it may come from; empty if there is none.
  package var fields: [String]
  package var unit: String?

  init(_ name: String, _ requestCount: Int, _ fields: [String], unit: String? = nil) {
    self.name = name
    self.requestCount = max(requestCount, 0)
    self.fields = requestCount > 0 ? fields : []
    self.unit = self.fields.isEmpty ? nil : unit
  }
}
