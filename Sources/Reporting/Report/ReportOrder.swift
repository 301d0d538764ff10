// The order of rows.

extension Report {
  /// The places of the endpoints in the order asked for: those first that one looks for, ties in the order of
  /// the report.
  package func endpointOrder(by sort: ReportView.Sort) -> [Int] {
    order(
      sort, endpoints.map(\.figures), names: endpoints.map { "\($0.route) \($0.method)" },
      counts: endpoints.map(\.consumerCount))
  }

  /// The places of the consumers.
  package func consumerOrder(by sort: ReportView.Sort) -> [Int] {
    order(
      sort, consumers.map(\.figures), names: consumers.map { $0.name ?? "" },
      counts: consumers.map(\.endpointCount))
  }

  private func order(
    _ sort: ReportView.Sort, _ figures: [Figures], names: [String], counts: [Int]
  ) -> [Int] {
    if sort == .requests { return Array(figures.indices) }
    if sort == .name { return figures.indices.sorted { names[$0] < names[$1] } }
    let values = figures.indices.map { place -> Double in
      let row = figures[place]
      switch sort {
      case .requests, .name: return 0
      case .errors: return Double(row.errors)
      case .clientErrors: return Double(row.clientErrors)
      case .serverErrors: return Double(row.serverErrors)
      case .p50: return Double(percentile(.median, of: row) ?? -1)
      case .p95: return Double(percentile(.p95, of: row) ?? -1)
      case .p99: return Double(percentile(.p99, of: row) ?? -1)
      case .time: return Double(row.durations.sum)
      case .bytes: return Double(row.responseBytes)
      case .apdex: return -(row.apdexScore ?? 2)
      case .consumers: return Double(counts[place])
      }
    }
    return figures.indices.sorted { (values[$1], $0) < (values[$0], $1) }
  }
}
