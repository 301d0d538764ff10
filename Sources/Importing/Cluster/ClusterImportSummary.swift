internal import Clustering
package import Diagnostics
internal import Foundation
package import Reporting

/// What an import of merged messages came to.
package struct ClusterImportSummary: Sendable {
  package var sources: Int
  /// Sources that the admission has left out.
  package var leftOutSources: Int
  package var linesRead = 0
  package var linesTallied = 0
  package var leftOut: [String: Int] = [:]
  package var admission: String
  package var messages = ImportSummary.Messages()
  /// Whether the same was imported before, so that nothing was queued.
  package var isRepeated = false
  package var timelessCount: Int64 = 0
  package var seconds = 0.0
  package var exitStatus = ExitStatus.done

  init(_ admitted: AdmittedFile) {
    sources = admitted.sources.count
    leftOutSources = admitted.head.left_out
    admission = admitted.head.admission
    for row in admitted.sources {
      linesRead += row.lines
      linesTallied += row.tallied
      leftOut.merge(row.left_out, uniquingKeysWith: +)
    }
  }

  /// For a terminal.
  package var text: String {
    var lines = [
      "admission   \(admission)",
      "sources     \(grouped(sources))"
        + (leftOutSources > 0 ? ", \(grouped(leftOutSources)) left out" : ""),
      "lines       \(grouped(linesRead)) = \(grouped(linesTallied)) requests + "
        + "\(grouped(leftOut.values.reduce(0, +))) left out",
      "messages    \(grouped(messages.queued)) queued, \(grouped(messages.delivered)) delivered"
        + (messages.waiting > 0 ? ", \(grouped(messages.waiting)) waiting" : "")
        + (messages.refused > 0 ? ", \(grouped(messages.refused)) refused" : ""),
    ]
    if isRepeated { lines.append("imported before: nothing was queued") }
    return lines.joined(separator: "\n")
  }

  /// For programs.
  package var json: String {
    struct Lines: Encodable {
      var read: Int
      var tallied: Int
      var left_out: [String: Int]
    }
    struct Messages: Encodable {
      var queued: Int
      var delivered: Int
      var waiting: Int
      var refused: Int
      var uncertain: Int
    }
    struct Summary: Encodable {
      var admission: String
      var sources: Int
      var sources_left_out: Int
      var lines: Lines
      var requests: Int
      var messages: Messages
      var repeated: Bool
      var seconds: Double
      var exit_status: Int32
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let summary = Summary(
      admission: admission, sources: sources, sources_left_out: leftOutSources,
      lines: Lines(read: linesRead, tallied: linesTallied, left_out: leftOut),
      requests: linesTallied,
      messages: Messages(
        queued: messages.queued, delivered: messages.delivered, waiting: messages.waiting,
        refused: messages.refused, uncertain: messages.uncertain),
      repeated: isRepeated, seconds: (seconds * 1000).rounded() / 1000,
      exit_status: exitStatus.rawValue)
    guard let json = try? encoder.encode(summary) else { preconditionFailure("plain values") }
    return String(decoding: json, as: UTF8.self)
  }
}
