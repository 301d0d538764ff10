internal import Diagnostics
internal import Reporting

/// All that the script reads beside counts: names, figures that are not counts, and what they are of.
struct PageHead {
  let data: PageData
  let page: ReportPage
  /// The numbers of the consumers whose shares are in the data.
  let shared: ArraySlice<Int>

  private var report: Report { data.report }
  private var detail: Report.Detail { data.detail }
  private var hasDurations: Bool { report.coverage.durations > 0 }

  var json: String {
    var json = JSONObject()
    json.add("title", string: ShownName.text(page.title))
    json.add("version", string: page.version)
    json.add("first", raw: report.period.map { milliseconds($0.lowerBound) } ?? "null")
    json.add("last", raw: report.period.map { milliseconds($0.upperBound) } ?? "null")
    let width = detail.width.seconds * data.fineness.slotsMerged
    json.add("slot", width)
    json.add("firstSlot", data.firstSlot)
    json.add("slots", data.slotCount)
    json.add("groups", data.groupCount)
    json.add("group", data.fineness.slotsPerGroup)
    json.add("scale", data.fineness.scale)
    json.add("lowestBin", data.lowestBin)
    json.add("bins", data.binCount)
    json.add("resolution", raw: "\(report.resolution)")
    json.add("classes", raw: detail.hasClasses ? "true" : "false")
    json.add("endpointClasses", raw: data.fineness.hasEndpointClasses ? "true" : "false")
    json.add("firstDayEnd", report.firstDayEnd)
    json.add("statuses", raw: array(data.statuses.map(String.init)))
    json.add("endpoints", raw: array(endpointRows))
    let isMerged = report.endpoints.count > data.endpointCount
    json.add("mergedEndpoints", isMerged ? report.endpoints.count - data.endpointCount + 1 : 0)
    json.add("consumers", raw: array(consumerRows))
    json.add("mergedConsumers", report.consumers.count - data.told.count)
    json.add("namedConsumers", report.consumerCount)
    json.add("shared", raw: array(shared.map(String.init)))
    json.add("totals", raw: figures(report.totals))
    json.add("apdex", raw: milliseconds(report.apdex.common))
    json.add("apdexOf", raw: apdexOf)
    json.add("coverage", raw: coverage)
    json.add("books", raw: books)
    json.add("findings", raw: array(report.findingSentences.map(finding)))
    json.add("foundInAll", report.findings?.count ?? 0)
    json.add("looked", raw: report.findings == nil ? "false" : "true")
    json.add("comparison", raw: page.comparison.map(comparison) ?? "null")
    json.add("compares", string: page.compares.rawValue)
    return json.text
  }

  // MARK: Rows

  /// method, route, requests' figures; of the last what several have together, if endpoints are merged.
  private var endpointRows: [String] {
    var rows = report.endpoints.prefix(data.endpointCount).map {
      row(
        name: jsonString(ShownName.text($0.method)), jsonString(ShownName.text($0.route)),
        $0.figures)
    }
    if report.endpoints.count > data.endpointCount, let last = rows.indices.last {
      rows[last] = row(
        name: "\"\"", jsonString("other endpoints"),
        merged(report.endpoints[last...].map(\.figures)))
    }
    return rows
  }

  private var consumerRows: [String] {
    var rows = data.told.map { place in
      let consumer = report.consumers[place]
      return row(
        name: consumer.name.map { jsonString(ShownName.text($0)) } ?? "null", "null",
        consumer.figures)
    }
    if data.consumerCount > data.told.count {
      let others = report.consumers.indices.filter { data.consumerNumbers[$0] == data.told.count }
      rows.append(
        row(
          name: jsonString(counted(others.count, "other consumer")), "true",
          merged(others.map { report.consumers[$0].figures })))
    }
    return rows
  }

  private func merged(_ all: [Figures]) -> Figures {
    var sum = Figures()
    for figures in all { sum.merge(figures) }
    return sum
  }

  private func row(name: String, _ second: String, _ figures: Figures) -> String {
    "[\(name),\(second),\(self.figures(figures))]"
  }

  /// [first seen, last seen, sum, least, largest, bytes in, bytes out, satisfied, tolerating]: seconds,
  /// milliseconds and bytes.
  private func figures(_ figures: Figures) -> String {
    let times = figures.durations
    return array([
      figures.firstSeen <= figures.lastSeen ? "\(figures.firstSeen)" : "null",
      figures.firstSeen <= figures.lastSeen ? "\(figures.lastSeen)" : "null",
      milliseconds(times.sum), times.isEmpty ? "null" : milliseconds(times.least),
      times.isEmpty ? "null" : milliseconds(times.largest), "\(figures.requestBytes)",
      "\(figures.responseBytes)", figures.apdex.map { "\($0.satisfied)" } ?? "null",
      figures.apdex.map { "\($0.tolerating)" } ?? "null",
    ])
  }

  /// Thresholds of single endpoints, by their numbers.
  private var apdexOf: String {
    var json = JSONObject()
    for (number, endpoint) in report.endpoints.prefix(data.endpointCount).enumerated() {
      if let threshold = report.apdex.byEndpoint[endpoint.name] {
        json.add(String(number), raw: milliseconds(threshold))
      }
    }
    return json.text
  }

  private var coverage: String {
    var json = JSONObject()
    json.add("durations", report.coverage.durations)
    json.add("in", report.coverage.requestSizes)
    json.add("out", report.coverage.responseSizes)
    json.add("consumers", report.coverage.consumers)
    return json.text
  }

  private var books: String {
    var json = JSONObject()
    json.add("lines", report.books.linesRead)
    json.add("requests", report.books.requests)
    let reasons = report.books.leftOut.filter { $0.value > 0 }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    json.add(
      "leftOut",
      raw: array(reasons.prefix(30).map { "[\(jsonString(ShownName.text($0.key))),\($0.value)]" }))
    return json.text
  }

  // MARK: What differs

  private func finding(_ sentence: FindingSentence) -> String {
    let finding = sentence.finding
    var json = JSONObject()
    json.add("kind", string: finding.kind.rawValue)
    json.add("name", string: ShownName.text(sentence.name))
    json.add("text", string: sentence.text)
    json.add("since", raw: finding.since.map(String.init) ?? "null")
    json.add("until", raw: finding.until.map(String.init) ?? "null")
    json.add("endpoint", raw: finding.endpoint.flatMap(endpointNumber) ?? "null")
    json.add("consumer", raw: finding.consumer.flatMap(consumerNumber) ?? "null")
    return json.text
  }

  private func endpointNumber(_ name: String) -> String? {
    report.endpoints.prefix(data.endpointCount).firstIndex { $0.name == name }.map(String.init)
  }

  private func consumerNumber(_ name: String) -> String? {
    data.told.firstIndex { report.consumers[$0].name == name }.map(String.init)
  }

  private func comparison(_ comparison: Comparison) -> String {
    var json = JSONObject()
    json.add("before", raw: side(comparison.before))
    json.add("after", raw: side(comparison.after))
    json.add("compared", comparison.comparedCount)
    json.add("least", Comparison.leastRequests)
    json.add("changed", raw: array(comparison.changed.prefix(Self.rowLimit).map(row)))
    json.add("changedInAll", comparison.changed.count)
    json.add("perhaps", raw: array(comparison.perhaps.prefix(Self.rowLimit).map(row)))
    json.add("perhapsInAll", comparison.perhaps.count)
    json.add("new", raw: names(comparison.new))
    json.add("newInAll", comparison.new.count)
    json.add("gone", raw: names(comparison.gone))
    json.add("goneInAll", comparison.gone.count)
    json.add("listed", raw: comparison.listedWithoutChange.map(String.init) ?? "null")
    return json.text
  }

  /// How many rows and names of a comparison are shown.
  private static let rowLimit = 200

  private func names(_ names: [String]) -> String {
    array(names.prefix(Self.rowLimit).map { jsonString(ShownName.text($0)) })
  }

  private func side(_ side: Comparison.Side) -> String {
    var json = JSONObject()
    json.add("first", raw: side.period.map { milliseconds($0.lowerBound) } ?? "null")
    json.add("last", raw: side.period.map { milliseconds($0.upperBound) } ?? "null")
    json.add("requests", side.requests)
    json.add("e4", side.clientErrors)
    json.add("e5", side.serverErrors)
    return json.text
  }

  private func row(_ row: Comparison.Row) -> String {
    func sample(_ sample: Finding.Sample, _ median: Int64?) -> String {
      array([
        "\(sample.requests)", "\(sample.clientErrors)", "\(sample.serverErrors)",
        median.map(milliseconds) ?? "null", sample.p95.map(milliseconds) ?? "null",
      ])
    }
    var json = JSONObject()
    json.add("name", string: ShownName.text(row.endpoint))
    json.add("endpoint", raw: endpointNumber(row.endpoint) ?? "null")
    json.add("before", raw: sample(row.before, row.medianBefore))
    json.add("after", raw: sample(row.after, row.medianAfter))
    json.add("slower", raw: decimal(row.slower, places: 4))
    json.add("worse", raw: decimal(row.madeWorse, places: 1))
    return json.text
  }

  private func array(_ rows: [String]) -> String { "[" + rows.joined(separator: ",") + "]" }
}
