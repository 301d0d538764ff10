import GRDB
import Judging
import Reporting

extension HubStore {
  /// How endpoints differ from the time before that the query names, by the statistics of
  /// `analyze --compare`.
  func comparison(of origin: Origin, _ query: ViewQuery) async throws -> String {
    guard let before = query.before else {
      throw ViewQuery.refused("since", "there would be nothing before it")
    }
    return try await view(origin, query) { view, json in
      let earlier = try View(
        origin: view.origin, query: before, tellsConsumersApart: false, view.db)
      let names = TrafficReport.Names(endpoints: view.endpoints)
      let reports = try (earlier.report(names), view.report(names))
      let comparison = Comparing(reports.0, reports.1).comparison
      ComparisonAnswer(comparison, view.endpoints, limit: query.limit)
        .write(to: &json, before: before.span, after: query.span)
    }
  }
}

extension View {
  /// Of all that is included, as far as endpoints are concerned.
  fileprivate func report(_ names: TrafficReport.Names) throws -> Report {
    var report = TrafficReport(query.span, unit: isRolledUp ? 3_600 : 60, wantsConsumers: false)
    try forEach { moment, item in try report.add(item, at: moment) }
    return report.report(names, period: query.span)
  }
}

/// A comparison as JSON.
private struct ComparisonAnswer {
  private let comparison: Comparison
  /// By what the comparison calls them.
  private let names: [String: HubStore.EndpointName]
  private let limit: Int

  init(_ comparison: Comparison, _ endpoints: [Int64: HubStore.EndpointName], limit: Int) {
    self.comparison = comparison
    self.limit = limit
    names = HubStore.EndpointName.byText(endpoints)
  }

  func write(to json: inout JSONWriting, before: Range<Int64>, after: Range<Int64>) {
    write("before", comparison.before, before, to: &json)
    write("after", comparison.after, after, to: &json)
    json.member("compared", comparison.comparedCount)
    json.member("least_requests", Comparison.leastRequests)
    write("changed", comparison.changed, to: &json) { row(&$0, $1) }
    write("perhaps", comparison.perhaps, to: &json) { row(&$0, $1) }
    write("new", comparison.new, to: &json) { json, name in
      json.object { write(name, to: &$0) }
    }
    write("gone", comparison.gone, to: &json) { json, name in
      json.object { write(name, to: &$0) }
    }
    json.member("listed_without_change") {
      $0.raw(comparison.listedWithoutChange.map { "\($0)" } ?? "null")
    }
  }

  private func write(
    _ name: String, _ side: Comparison.Side, _ span: Range<Int64>, to json: inout JSONWriting
  ) {
    json.member(name) { json in
      json.object { json in
        json.member("since", HubStore.moment(span.lowerBound))
        json.member("until", HubStore.moment(span.upperBound))
        json.member("requests", side.requests)
        json.member("client_errors", side.clientErrors)
        json.member("server_errors", side.serverErrors)
      }
    }
  }

  /// A list as far as the limit allows, and how many more there are.
  private func write<Row>(
    _ name: String, _ rows: [Row], to json: inout JSONWriting,
    _ write: (inout JSONWriting, Row) -> Void
  ) {
    json.member(name) { $0.list(rows.prefix(limit), write) }
    json.member("more_\(name)", max(0, rows.count - limit))
  }

  private func write(_ endpoint: String, to json: inout JSONWriting) {
    json.member("method", names[endpoint]?.method)
    json.member("path", names[endpoint]?.path)
  }

  private func row(_ json: inout JSONWriting, _ row: Comparison.Row) {
    json.object { json in
      write(row.endpoint, to: &json)
      json.member("before") { sample(&$0, row.before, row.medianBefore) }
      json.member("after") { sample(&$0, row.after, row.medianAfter) }
      json.member("slower") { $0.raw("\(row.slower)") }
      json.member("p_value") { $0.raw("\(row.pValue)") }
      json.member("made_worse") { $0.raw("\((row.madeWorse * 1_000).rounded() / 1_000)") }
    }
  }

  private func sample(_ json: inout JSONWriting, _ sample: Finding.Sample, _ median: Int64?) {
    json.object { json in
      json.member("requests", sample.requests)
      json.member("client_errors", sample.clientErrors)
      json.member("server_errors", sample.serverErrors)
      json.member("response_time_ms") { json in
        guard let median, let p95 = sample.p95 else { return json.raw("null") }
        json.object { json in
          for (name, value) in [("p50", median), ("p95", p95)] {
            json.member(name) { $0.raw("\((Double(value) / 1e5).rounded() / 10)") }
          }
        }
      }
    }
  }
}

extension HubStore.EndpointName {
  /// The names of endpoints by what reports call them.
  static func byText(_ names: [Int64: Self]) -> [String: Self] {
    Dictionary(
      names.values.map { (Report.Endpoint(method: $0.method, route: $0.path).name, $0) },
      uniquingKeysWith: { first, _ in first })
  }
}
