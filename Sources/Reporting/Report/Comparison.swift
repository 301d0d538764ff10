internal import Diagnostics

/// How two sets of requests differ, endpoint by endpoint.
package struct Comparison: Equatable, Sendable {
  /// How many requests an endpoint must have on each side to be compared.
  package static let leastRequests = 20

  package struct Row: Equatable, Sendable {
    package var endpoint: String
    package var before: Finding.Sample
    package var after: Finding.Sample
    package var medianBefore: Int64?
    package var medianAfter: Int64?
    /// The probability that a later request took longer than an earlier one; ties count half.
    package var slower: Double
    package var pValue: Double
    /// How many of the later requests went worse than before; negative if they went better.
    package var madeWorse: Double

    package init(
      endpoint: String, before: Finding.Sample, after: Finding.Sample, medianBefore: Int64?,
      medianAfter: Int64?, slower: Double, pValue: Double, madeWorse: Double
    ) {
      (self.endpoint, self.before, self.after) = (endpoint, before, after)
      (self.medianBefore, self.medianAfter) = (medianBefore, medianAfter)
      (self.slower, self.pValue, self.madeWorse) = (slower, pValue, madeWorse)
    }
  }

  /// One of the two: its requests, and what it is of.
  package struct Side: Equatable, Sendable {
    package var requests: Int
    package var clientErrors: Int
    package var serverErrors: Int
    package var period: ClosedRange<Int64>?

    package init(_ totals: Figures, _ period: ClosedRange<Int64>?) {
      requests = totals.requests
      (clientErrors, serverErrors) = (totals.clientErrors, totals.serverErrors)
      self.period = period
    }
  }

  package var before: Side
  package var after: Side
  /// How many endpoints have enough requests on both sides.
  package var comparedCount = 0
  /// Changed beyond chance (at most 1 % of them are chance), those that were made worse most first.
  package var changed: [Row] = []
  /// Perhaps changed: up to 20 % of them and those above are chance.
  package var perhaps: [Row] = []
  /// Endpoints of only one side.
  package var new: [String] = []
  package var gone: [String] = []
  /// How many endpoints the same test lists between the two halves of the time before; nil if they are too
  /// short to tell.
  package var listedWithoutChange: Int?
  /// Nanoseconds; of the durations of both.
  package var resolution: Int64 = 1

  package init(before: Side, after: Side) { (self.before, self.after) = (before, after) }
}

extension Comparison {
  /// The comparison for a terminal.
  ///
  /// - Parameter showsPerhaps: whether to list what perhaps changed.
  package func text(_ style: ReportStyle, showsPerhaps: Bool) -> String {
    var lines = side("Before", before, style) + side("After", after, style) + [""]
    if !changed.isEmpty { lines += table("Changed", changed, style) + [""] }
    if showsPerhaps, !perhaps.isEmpty { lines += table("Perhaps changed", perhaps, style) + [""] }
    let unchanged = comparedCount - changed.count
    var sentences: [String] = []
    sentences.append(
      comparedCount == 0
        ? "No endpoint has \(Self.leastRequests) requests on each side."
        : "\(grouped(unchanged)) of \(counted(comparedCount, "endpoint")): no change beyond chance."
    )
    if !showsPerhaps && !perhaps.isEmpty {
      sentences.append("\(grouped(perhaps.count)) perhaps changed; --all shows them.")
    }
    sentences += names("New", new, style) + names("Gone", gone, style)
    if let listed = listedWithoutChange {
      sentences.append(
        "Between the halves of the time before, the same test lists \(grouped(listed)).")
    }
    lines += sentences.flatMap { wrapped($0, to: style.width) }
    return lines.map { $0 + "\n" }.joined()
  }

  private func side(_ name: String, _ side: Side, _ style: ReportStyle) -> [String] {
    let period = side.period.map { periodText($0, style) + ": " } ?? ""
    func share(_ count: Int) -> String {
      let text = shareText(count, of: side.requests)
      return text.isEmpty ? "0" : text
    }
    let text =
      "\(period)\(counted(side.requests, "request")), 4xx \(share(side.clientErrors)) %, "
      + "5xx \(share(side.serverErrors)) %"
    return wrapped(text, to: style.width - 8).enumerated().map { index, line in
      style.heading(padded(index == 0 ? name : "", to: 8)) + line
    }
  }

  private func names(_ title: String, _ names: [String], _ style: ReportStyle) -> [String] {
    guard !names.isEmpty else { return [] }
    let shown = names.prefix(3).map { style.fitted($0, to: 40) }.joined(separator: ", ")
    let more = names.count > 3 ? ", and \(grouped(names.count - 3)) more" : ""
    return ["\(title): \(shown)\(more)."]
  }

  private func table(_ title: String, _ rows: [Row], _ style: ReportStyle) -> [String] {
    func duration(_ value: Int64?) -> String {
      value.map { durationText($0, resolution: resolution, isASCII: style.isASCII) } ?? style.none
    }
    func pair(_ left: String, _ right: String) -> String { "\(left) \(style.arrow) \(right)" }
    func share(_ sample: Finding.Sample) -> String {
      let text = shareText(sample.serverErrors, of: sample.requests)
      return text.isEmpty ? "0" : text
    }
    func column(_ title: String, _ leaving: Int?, _ text: (Row) -> String) -> ReportTable.Column {
      ReportTable.Column(title: title, cells: rows.map { .init(text($0)) }, leaving: leaving)
    }
    let table = ReportTable(
      title: title,
      names: rows.map { ($0.madeWorse > 0 ? style.mark : " ") + " " + $0.endpoint },
      columns: [
        column("requests", 2) {
          pair(grouped($0.before.requests), grouped($0.after.requests))
        },
        column("p50", 1) { pair(duration($0.medianBefore), duration($0.medianAfter)) },
        column("p95", nil) { pair(duration($0.before.p95), duration($0.after.p95)) },
        column("5xx %", nil) { pair(share($0.before), share($0.after)) },
        column("slower", 3) { "\(decimal($0.slower * 100, places: 0)) %" },
      ], style: style, width: style.width)
    return table.lines
  }

  /// The comparison as JSON, schema 1.
  package var json: String {
    var json = JSONObject()
    json.add("schema", ReportJSON.schema)
    json.add("kind", string: "backtally comparison")
    json.add("before", raw: sideJSON(before))
    json.add("after", raw: sideJSON(after))
    json.add("compared", comparedCount)
    json.add("least_requests", Self.leastRequests)
    json.add("changed", rows: changed.map(rowJSON))
    json.add("perhaps", rows: perhaps.map(rowJSON))
    json.add("new", rows: new.map(jsonString))
    json.add("gone", rows: gone.map(jsonString))
    json.add("listed_without_change", raw: listedWithoutChange.map(String.init) ?? "null")
    return json.lines
  }

  private func sideJSON(_ side: Side) -> String {
    var json = JSONObject()
    json.add("first", raw: instant(nanoseconds: side.period?.lowerBound))
    json.add("last", raw: instant(nanoseconds: side.period?.upperBound))
    json.add("requests", side.requests)
    json.add("errors_4xx", side.clientErrors)
    json.add("errors_5xx", side.serverErrors)
    return json.text
  }

  private func rowJSON(_ row: Row) -> String {
    func sample(_ sample: Finding.Sample, _ median: Int64?) -> String {
      var json = JSONObject()
      json.add("requests", sample.requests)
      json.add("errors_4xx", sample.clientErrors)
      json.add("errors_5xx", sample.serverErrors)
      json.add("p50_ms", raw: median.map(milliseconds) ?? "null")
      json.add("p95_ms", raw: sample.p95.map(milliseconds) ?? "null")
      return json.text
    }
    var json = JSONObject()
    json.add("endpoint", string: row.endpoint)
    json.add("before", raw: sample(row.before, row.medianBefore))
    json.add("after", raw: sample(row.after, row.medianAfter))
    json.add("slower", raw: "\(row.slower)")
    json.add("p_value", raw: "\(row.pValue)")
    json.add("made_worse", raw: decimal(row.madeWorse, places: 3))
    return json.text
  }
}
