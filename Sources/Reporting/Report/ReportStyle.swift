internal import Diagnostics

/// How a report is laid out for a terminal.
package struct ReportStyle: Equatable, Sendable {
  package static let widths = 40...200

  /// Columns.
  package let width: Int
  package let usesColour: Bool
  /// Whether only ASCII may be written.
  package let isASCII: Bool

  package init(width: Int = 80, usesColour: Bool = false, isASCII: Bool = false) {
    self.width = min(max(width, Self.widths.lowerBound), Self.widths.upperBound)
    self.usesColour = usesColour
    self.isASCII = isASCII
  }

  /// Where there is room for tables side by side, and longer ones.
  var isWide: Bool { width >= 120 }

  // Glyphs with their substitutes.
  var dash: String { isASCII ? "-" : "–" }
  var none: String { isASCII ? "-" : "–" }
  var arrow: String { isASCII ? "->" : "→" }
  var mark: String { isASCII ? "^" : "▲" }
  var ellipsis: String { isASCII ? "~" : "…" }
  var tick: String { isASCII ? "|" : "╵" }
  var axis: String { isASCII ? "|" : "│" }
  var labelledAxis: String { isASCII ? "+" : "┤" }
  var times: String { isASCII ? "x" : "×" }
  var zero: String { isASCII ? "." : "·" }
  var met: String { isASCII ? "ok" : "✓" }
  var missed: String { isASCII ? "FAILED" : "✗" }

  /// Bars of one to eight eighths of a row.
  var bars: [String] {
    isASCII
      ? [".", ".", ".", ":", ":", ":", "#", "#"] : ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  }

  /// Small heights of one to eight eighths, on a line of their own.
  var heights: [String] {
    isASCII
      ? ["1", "2", "3", "4", "5", "6", "7", "8"] : ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  }

  func heading(_ text: String) -> String { coloured(text, "1") }
  func faint(_ text: String) -> String { coloured(text, "2") }
  func verdict(_ text: String) -> String { coloured(text, "1;31") }
  func good(_ text: String) -> String { coloured(text, "32") }

  private func coloured(_ text: String, _ code: String) -> String {
    usesColour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// Text of a log, safe for a terminal, in ASCII if need be.
  func safe(_ text: String) -> String {
    let safe = terminalSafe(text)
    guard isASCII, !safe.utf8.allSatisfy({ $0 < 0x80 }) else { return safe }
    return safe.unicodeScalars.map { scalar in
      scalar.isASCII
        ? String(scalar) : "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    }.joined()
  }

  /// `text`, safe and cut to `width` columns.
  func fitted(_ text: String, to width: Int) -> String {
    let safe = safe(text)
    guard columns(of: safe) > width else { return safe }
    var cut = ""
    var used = 1
    for scalar in safe.unicodeScalars {
      used += columns(of: String(scalar))
      if used > width { break }
      cut.unicodeScalars.append(scalar)
    }
    return cut + ellipsis
  }
}

/// What of a report is shown, and in which order.
package struct ReportView: Equatable, Sendable {
  package enum Sort: String, Sendable, CaseIterable {
    case requests, errors
    case clientErrors = "4xx"
    case serverErrors = "5xx"
    case p50, p95, p99, time, bytes, apdex, consumers, name
  }

  package var sort = Sort.requests
  /// How many endpoints and consumers; nil for as many as suit the width.
  package var top: Int?
  package var percentiles = [Percentile.median, .p95, .p99]
  /// Seconds of a column of the chart; nil for the finest whose columns fit.
  package var slotSeconds: Int?
  /// The share of requests that are not to be answered with a server error, in percent; nil without one.
  package var objective: Double?
  package var showsPairs = false

  package init() {}
}
