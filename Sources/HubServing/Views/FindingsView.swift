import GRDB
import Judging
import Reporting

extension HubStore {
  /// What stands out in a time, by the statistics of `analyze`. An empty list says that nothing does.
  func findings(of origin: Origin, _ query: ViewQuery) async throws -> String {
    try await view(origin, query, tellsConsumersApart: true) { view, json in
      var traffic = TrafficReport(query.span, unit: 60, wantsConsumers: true)
      try view.forEachItem(wantsBins: true) { try traffic.add($1, at: $0) }
      let names = TrafficReport.Names(
        endpoints: view.endpoints, consumers: try view.persons(traffic.people),
        firstDays: try view.arrivals().days.mapValues(\.lowerBound))
      var report = traffic.report(names)
      report.findings = StandsOut(report).findings
      Self.write(report, HubStore.EndpointName.byText(view.endpoints), query.limit, to: &json)
    }
  }

  private static func write(
    _ report: Report, _ names: [String: EndpointName], _ limit: Int, to json: inout JSONWriting
  ) {
    let sentences = report.findingSentences.prefix(limit)
    json.member("findings") { json in
      json.list(sentences) { json, sentence in
        let finding = sentence.finding
        let name = finding.endpoint.flatMap { names[$0] }
        json.object { json in
          json.member("kind", finding.kind.rawValue)
          json.member("severity", finding.severity.rawValue)
          json.member("since", finding.since.map { Self.moment(Int64($0)) })
          json.member("until", finding.until.map { Self.moment(Int64($0)) })
          json.member("method", name?.method)
          json.member("path", name?.path)
          json.member("consumer", finding.consumer)
          json.member("text", sentence.text)
          json.member("p_value") { $0.raw(finding.pValue.map { "\($0)" } ?? "null") }
        }
      }
    }
    json.member("more", (report.findings?.count ?? 0) - sentences.count)
  }
}
