internal import Diagnostics

/// A report as text for a terminal, of at most so many columns as the style says.
package struct TerminalReport {
  let report: Report
  let view: ReportView
  let style: ReportStyle
  let totals: Figures

  package init(_ report: Report, _ view: ReportView, _ style: ReportStyle) {
    (self.report, self.view, self.style) = (report, view, style)
    totals = report.totals
  }

  /// The text, each line ended by a line feed.
  package var text: String {
    var blocks = [headLines]
    if report.books.requests > 0 {
      if let chart = TimeChart(report, view, style) { blocks.append(chart.lines) }
      blocks.append(TotalLines(self).lines)
      if let findings = report.findings {
        blocks.append(FindingText(findings, report, style).lines)
      }
      let tables = ReportTables(self)
      blocks += [tables.endpoints, tables.consumersAndStatuses]
      if view.showsPairs { blocks.append(tables.pairs) }
      blocks.append(methodLines)
    }
    return blocks.filter { !$0.isEmpty }.map { $0.map { $0 + "\n" }.joined() }
      .joined(separator: "\n")
  }

  /// What the report is of, and what became of the lines.
  private var headLines: [String] {
    let books =
      counted(report.books.requests, "request") + " in "
      + counted(report.books.linesRead, "line") + ", " + leftOutText
    guard let period = report.period else { return wrapped(books, to: style.width) }
    let span = periodText(period, style)
    let line = "\(span): \(books)"
    if columns(of: line) <= style.width { return [style.heading(line)] }
    return wrapped(span, to: style.width).map(style.heading)
      + wrapped(books, to: style.width).map(style.heading)
  }

  /// How many reasons for leaving lines out are named.
  private static let reasonLimit = 4

  private var leftOutText: String {
    let reasons = report.books.leftOut.filter { $0.value > 0 }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    guard !reasons.isEmpty else { return "none left out" }
    let total = reasons.reduce(0) { $0 + $1.value }
    let names = reasons.prefix(Self.reasonLimit).map {
      "\(grouped($0.value)) \(style.safe($0.key))"
    }
    let more = reasons.count > Self.reasonLimit ? ", and others" : ""
    return "\(grouped(total)) left out: \(names.joined(separator: ", "))\(more)"
  }

  private var methodLines: [String] {
    var sentences: [String] = []
    if report.coverage.durations == 0 {
      sentences.append("The log has no durations, so there are no percentiles and no Apdex.")
    } else {
      var text = "Percentiles: nearest rank, at most \(Distribution.errorPercent) % off"
      if report.resolution >= 1_000_000 {
        let exact = durationText(
          report.resolution * Distribution.exactUnits, resolution: report.resolution)
        text += " (exact up to \(exact))"
      }
      if report.coverage.durations < report.books.requests {
        text += "; \(grouped(report.coverage.durations)) requests have a duration"
      }
      sentences.append(text + ".")
    }
    if report.mergedPairRequests > 0 {
      sentences.append(
        "There are more than \(grouped(Report.pairLimit)) pairs of endpoint and consumer: those with "
          + "the fewest requests were merged, so counts of consumers by endpoint, and of endpoints by "
          + "consumer, are at least as large as shown.")
    }
    return sentences.flatMap { wrapped($0, to: style.width) }.map(style.faint)
  }

  func duration(_ nanoseconds: Int64?) -> String {
    nanoseconds.map {
      durationText($0, resolution: report.resolution, isASCII: style.isASCII)
    } ?? style.none
  }
}

/// The figures of all requests.
struct TotalLines {
  private let report: TerminalReport
  private var totals: Figures { report.totals }
  private var style: ReportStyle { report.style }

  init(_ report: TerminalReport) { self.report = report }

  var lines: [String] {
    var lines = layout(cells)
    if !totals.durations.isEmpty { lines.append(contentsOf: times) }
    if let budget { lines += wrapped(budget, to: style.width) }
    return lines
  }

  /// Name, value and what stands behind it.
  private typealias Cell = (name: String, value: String, rest: String)

  private var cells: [Cell] {
    let requests = totals.requests
    let figures = report.report
    var cells: [Cell] = [
      ("Requests", grouped(requests), rate),
      ("4xx", grouped(totals.clientErrors), percent(totals.clientErrors, requests)),
      ("5xx", grouped(totals.serverErrors), percent(totals.serverErrors, requests)),
    ]
    if let score = totals.apdexScore {
      let threshold = durationText(
        figures.apdex.common, resolution: 1_000_000, isASCII: style.isASCII)
      let others = figures.apdex.byEndpoint.isEmpty ? "" : ", by endpoint"
      cells.append(("Apdex", decimal(score, places: 3), "(T \(threshold)\(others))"))
    }
    cells += [
      (
        "Consumers", figures.coverage.consumers > 0 ? grouped(figures.consumerCount) : style.none,
        ""
      ),
      ("Endpoints", grouped(figures.endpoints.count), ""),
    ]
    if figures.coverage.responseSizes > 0 {
      cells.append(("Bytes out", byteText(totals.responseBytes), ""))
    }
    if figures.coverage.requestSizes > 0 {
      cells.append(("Bytes in", byteText(totals.requestBytes), ""))
    }
    return cells
  }

  private var rate: String {
    guard let period = report.report.period else { return "" }
    let seconds = Double(period.upperBound - period.lowerBound) / 1e9
    guard seconds >= 1 else { return "" }
    let perMinute = Double(totals.requests) / seconds * 60
    return "\(decimal(perMinute, places: perMinute < 100 ? 1 : 0)) / min"
  }

  private func percent(_ count: Int, _ total: Int) -> String {
    let share = shareText(count, of: total)
    return share.isEmpty ? "" : "\(share) %"
  }

  /// The cells in as many columns as there is room for.
  private func layout(_ cells: [Cell]) -> [String] {
    let names = cells.map { columns(of: $0.name) }.max() ?? 0
    let values = cells.map { columns(of: $0.value) }.max() ?? 0
    let rests = cells.map { columns(of: $0.rest) }.max() ?? 0
    let cellWidth = names + 2 + values + 2 + rests
    let gap = 4
    let count = max(1, min(4, (style.width + gap) / (cellWidth + gap)))
    let height = (cells.count + count - 1) / count
    var lines: [String] = []
    for start in 0..<height {
      // One below the other.
      let row = stride(from: start, to: cells.count, by: height).map { cells[$0] }
      let texts = row.map { cell in
        style.faint(padded(cell.name, to: names)) + "  " + paddedLeft(cell.value, to: values) + "  "
          + style.faint(padded(cell.rest, to: rests))
      }
      lines.append(trimmedFaint(texts.joined(separator: String(repeating: " ", count: gap))))
    }
    return lines
  }

  private var times: [String] {
    let percentiles = [Percentile.median, .p75] + report.view.percentiles
    let shown = Set(percentiles).sorted { $0.thousandths < $1.thousandths }
    var parts = shown.map { percentile in
      "\(percentile.name) \(report.duration(report.report.percentile(percentile, of: totals)))"
    }
    parts.append("max \(report.duration(totals.durations.largest))")
    let room = style.width - 11
    var lines: [String] = []
    var line = ""
    for part in parts {
      let next = line.isEmpty ? part : line + "   " + part
      if columns(of: next) > room && !line.isEmpty {
        lines.append(line)
        line = part
      } else {
        line = next
      }
    }
    lines.append(line)
    return lines.enumerated().map { index, line in
      style.faint(padded(index == 0 ? "Times" : "", to: 11)) + line
    }
  }

  /// How much of the errors that the objective allows there were.
  private var budget: String? {
    guard let objective = report.view.objective else { return nil }
    let errors = totals.serverErrors
    let available = 100 - Double(errors) / Double(max(1, totals.requests)) * 100
    let allowed = Double(totals.requests) * (100 - objective) / 100
    let share = allowed > 0 ? Double(errors) / allowed * 100 : errors > 0 ? .infinity : 0
    let used = share.isFinite ? "\(decimal(share, places: share < 100 ? 1 : 0)) % used" : "exceeded"
    return
      "Objective  \(plain(objective)) % without 5xx: \(decimal(available, places: 3)) %, error "
      + "budget \(used) (\(grouped(errors)) of \(decimal(allowed, places: 1)))"
  }

  private func plain(_ value: Double) -> String {
    var text = decimal(value, places: 3)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// Without spaces at the end, also where they are faint.
  private func trimmedFaint(_ text: String) -> String {
    guard style.usesColour else { return trimmed(text) }
    return text
  }
}
