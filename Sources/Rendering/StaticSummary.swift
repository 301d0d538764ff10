internal import Diagnostics
internal import Reporting

/// What a page shows where its script does not run, as in a mail: totals, the chart, ten endpoints and ten
/// consumers. The only text of a log in the markup, all of it through ``htmlText(_:)``.
struct StaticSummary {
  private static let rowLimit = 10

  private let report: Report
  private let title: String
  private let totals: Figures

  init(_ report: Report, title: String) {
    (self.report, self.title) = (report, title)
    totals = report.totals
  }

  var html: String {
    var html = "<h2>\(htmlText(ShownName.text(title)))</h2>\n"
    if let period = report.period {
      html += "<p>\(htmlText(periodText(period, ReportStyle())))</p>\n"
    }
    html +=
      "<p>\(counted(report.books.requests, "request")) in \(counted(report.books.linesRead, "line"))</p>\n"
    guard report.books.requests > 0 else { return html }
    html += facts + chart
    html += table(
      "Endpoint",
      report.endpoints.prefix(Self.rowLimit).map { ($0.name, $0.figures) },
      of: report.endpoints.count)
    if report.coverage.consumers > 0 {
      html += table(
        "Consumer",
        report.consumers.prefix(Self.rowLimit).map { ($0.name ?? "–", $0.figures) },
        of: report.consumers.count)
    }
    return html
  }

  private var facts: String {
    var facts = [
      ("4xx", share(totals.clientErrors)), ("5xx", share(totals.serverErrors)),
      ("Endpoints", grouped(report.endpoints.count)),
    ]
    if report.coverage.consumers > 0 { facts.append(("Consumers", grouped(report.consumerCount))) }
    for percentile in [Percentile.median, .p95, .p99] where !totals.durations.isEmpty {
      facts.append((percentile.name, duration(report.percentile(percentile, of: totals))))
    }
    if let score = totals.apdexScore { facts.append(("Apdex", decimal(score, places: 3))) }
    let items = facts.map { "<dt>\(htmlText($0.0))</dt><dd>\(htmlText($0.1))</dd>" }
    return "<dl>\(items.joined())</dl>\n"
  }

  private func share(_ count: Int) -> String {
    let text = shareText(count, of: totals.requests)
    return text.isEmpty ? "0" : "\(grouped(count)) (\(text) %)"
  }

  private func duration(_ nanoseconds: Int64?) -> String {
    nanoseconds.map { durationText($0, resolution: report.resolution) } ?? "–"
  }

  private func table(_ title: String, _ rows: [(String, Figures)], of count: Int) -> String {
    let hasDurations = report.coverage.durations > 0
    var html = "<table><caption>\(title), \(rows.count) of \(grouped(count))</caption><thead><tr>"
    html += (["", "requests", "4xx %", "5xx %"] + (hasDurations ? ["p50", "p95"] : []))
      .map { "<th scope=\"col\">\($0)</th>" }.joined()
    html += "</tr></thead><tbody>\n"
    for (name, figures) in rows {
      var cells = [
        grouped(figures.requests), shareText(figures.clientErrors, of: figures.requests),
        shareText(figures.serverErrors, of: figures.requests),
      ]
      if hasDurations {
        cells += [.median, .p95].map { duration(report.percentile($0, of: figures)) }
      }
      html += "<tr><th scope=\"row\"><bdi>\(htmlText(ShownName.text(name)))</bdi></th>"
      html += cells.map { "<td>\(htmlText($0))</td>" }.joined() + "</tr>\n"
    }
    return html + "</tbody></table>\n"
  }

  // MARK: The chart

  private static let width = 720
  private static let height = 120
  /// How many bars there are at most.
  private static let barLimit = 120

  /// Requests over time; those with an error stand below, darker.
  private var chart: String {
    guard let first = report.slots.numbers.first, let last = report.slots.numbers.last else {
      return ""
    }
    let step = (last - first) / Self.barLimit + 1
    let count = (last - first) / step + 1
    var requests = [Int](repeating: 0, count: count)
    var errors = requests
    for (number, figures) in zip(report.slots.numbers, report.slots.values) {
      requests[(number - first) / step] += figures.requests
      errors[(number - first) / step] += figures.errors
    }
    let most = requests.max() ?? 1
    let seconds = step * report.slots.width.seconds
    let label =
      "Requests over time: bars of \(spanText(seconds)), at most \(counted(most, "request")); darker: 4xx and 5xx"
    return """
      <svg viewBox="0 0 \(Self.width) \(Self.height)" width="100%" role="img" aria-label="\(htmlText(label))">\
      <path fill="#5683b8" d="\(bars(requests, most))"/><path fill="#b3123f" d="\(bars(errors, most))"/></svg>
      <p>\(htmlText(label))</p>

      """
  }

  private func bars(_ counts: [Int], _ most: Int) -> String {
    let width = Double(Self.width) / Double(counts.count)
    return counts.enumerated().compactMap { index, count in
      guard count > 0 else { return nil }
      let height = Double(count) / Double(most) * Double(Self.height)
      let left = decimal(Double(index) * width, places: 2)
      return "M\(left) \(Self.height)v-\(decimal(height, places: 2))"
        + "h\(decimal(width * 0.88, places: 2))V\(Self.height)Z"
    }.joined()
  }
}
