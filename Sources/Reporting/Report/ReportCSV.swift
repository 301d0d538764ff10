/// A table of a report as CSV (RFC 4180).
package struct ReportCSV {
  package enum Table: String, Sendable, CaseIterable {
    case endpoints, consumers, series, statuses, errors
    case consumerEndpoints = "consumer-endpoints"
  }

  private let report: Report
  private let percentiles: [Percentile]
  /// Whether names are written as they are, although a spreadsheet may take them for formulas.
  private let isRaw: Bool

  package init(_ report: Report, percentiles: [Percentile], isRaw: Bool) {
    (self.report, self.percentiles, self.isRaw) = (report, percentiles, isRaw)
  }

  /// The table with a line of titles; lines end in CR LF.
  package func text(_ table: Table, sortedBy sort: ReportView.Sort, top: Int?) -> String {
    let rows: [[String]]
    let limit = top ?? .max
    switch table {
    case .endpoints: rows = endpoints(report.endpointOrder(by: sort).prefix(limit))
    case .consumers: rows = consumers(report.consumerOrder(by: sort).prefix(limit))
    case .series: rows = series
    case .statuses: rows = statuses
    case .errors: rows = errors
    case .consumerEndpoints: rows = pairs(report.pairs.prefix(limit))
    }
    return rows.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
  }

  // MARK: Tables

  private func endpoints(_ places: ArraySlice<Int>) -> [[String]] {
    [["method", "route"] + figureTitles + ["consumers", "first_seen", "last_seen"]]
      + places.map { place in
        let row = report.endpoints[place]
        return [guarded(row.method), guarded(row.route)] + figures(row.figures)
          + ["\(row.consumerCount)"] + seen(row.figures)
      }
  }

  private func consumers(_ places: ArraySlice<Int>) -> [[String]] {
    [["consumer"] + figureTitles + ["endpoints", "first_seen", "last_seen"]]
      + places.map { place in
        let row = report.consumers[place]
        return [guarded(row.name ?? "")] + figures(row.figures) + ["\(row.endpointCount)"]
          + seen(row.figures)
      }
  }

  private var series: [[String]] {
    [["start", "seconds"] + figureTitles]
      + report.slots.values.indices.map { index in
        [bare(instant(second: report.slots.start(index))), "\(report.slots.width.seconds)"]
          + figures(report.slots.values[index])
      }
  }

  private var statuses: [[String]] {
    [["status", "requests", "endpoints", "consumers"]]
      + report.statuses.map {
        ["\($0.status)", "\($0.requests)", "\($0.endpointCount)", "\($0.consumerCount)"]
      }
  }

  /// Errors by endpoint and status, the most frequent first.
  private var errors: [[String]] {
    var rows: [(endpoint: Report.Endpoint, status: Int, count: Int)] = []
    for endpoint in report.endpoints {
      endpoint.figures.statuses.forEach { status, count in
        if (400...599).contains(status) { rows.append((endpoint, status, count)) }
      }
    }
    rows.sort {
      ($1.count, $0.endpoint.route, $0.endpoint.method, $0.status)
        < ($0.count, $1.endpoint.route, $1.endpoint.method, $1.status)
    }
    return [["method", "route", "status", "requests", "share"]]
      + rows.map { row in
        let share = Double(row.count) / Double(row.endpoint.figures.requests)
        return [
          guarded(row.endpoint.method), guarded(row.endpoint.route), "\(row.status)",
          "\(row.count)",
          "\(share)",
        ]
      }
  }

  private func pairs(_ pairs: ArraySlice<Report.Pair>) -> [[String]] {
    [["consumer", "method", "route", "requests"] + ClassCounts.classes.map(\.name)]
      + pairs.map { pair in
        let endpoint = report.endpoints[pair.endpoint]
        return [
          guarded(report.consumers[pair.consumer].name ?? ""), guarded(endpoint.method),
          guarded(endpoint.route), "\(pair.classes.requests)",
        ] + ClassCounts.classes.map { "\(pair.classes[keyPath: $0.path])" }
      }
  }

  // MARK: Figures

  private var figureTitles: [String] {
    ["requests", "errors_4xx", "errors_5xx", "bytes_in", "bytes_out", "apdex", "sum_ms", "min_ms"]
      + percentiles.map { "\($0.name)_ms" } + ["max_ms"]
  }

  /// What the log does not say is empty.
  private func figures(_ figures: Figures) -> [String] {
    let durations = figures.durations
    func known(_ nanoseconds: Int64?) -> String {
      durations.isEmpty ? "" : nanoseconds.map(milliseconds) ?? ""
    }
    return [
      "\(figures.requests)", "\(figures.clientErrors)", "\(figures.serverErrors)",
      report.coverage.requestSizes > 0 ? "\(figures.requestBytes)" : "",
      report.coverage.responseSizes > 0 ? "\(figures.responseBytes)" : "",
      figures.apdexScore.map { "\($0)" } ?? "", known(durations.sum), known(durations.least),
    ] + percentiles.map { known(report.percentile($0, of: figures)) } + [known(durations.largest)]
  }

  private func seen(_ figures: Figures) -> [String] {
    [bare(instant(second: figures.firstSeen)), bare(instant(second: figures.lastSeen))]
  }

  private func bare(_ instant: String) -> String { instant.filter { $0 != "\"" } }

  // MARK: Fields

  /// A name of the log. One that a spreadsheet would take for a formula is marked as text.
  private func guarded(_ name: String) -> String {
    guard !isRaw, let first = name.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first)
    else { return name }
    return "'" + name
  }

  private func field(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return text
    }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
