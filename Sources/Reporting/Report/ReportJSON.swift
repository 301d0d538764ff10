internal import Diagnostics

/// A report as JSON, schema 1: keys are only ever added. What the log does not say is null or absent.
///
/// Everything that the report holds is there, so that the reports of two logs can be merged.
package struct ReportJSON {
  package static let schema = 1
  /// What the text begins with, by which a report is known again.
  package static let kind = "backtally report"

  private let report: Report
  private let percentiles: [Percentile]
  private let totals: Figures

  /// - Parameter percentiles: beside the 50th, 75th, 95th and 99th.
  package init(_ report: Report, percentiles: [Percentile] = []) {
    self.report = report
    totals = report.totals
    self.percentiles = Set([.median, .p75, .p95, .p99] + percentiles)
      .sorted { $0.thousandths < $1.thousandths }
  }

  /// The text: an object, with a row on each line.
  package var text: String {
    var json = JSONObject()
    json.add("schema", Self.schema)
    json.add("kind", string: Self.kind)
    json.add("definitions", raw: definitions)
    json.add("method", raw: method)
    json.add("span", raw: span)
    json.add("books", raw: books)
    json.add("coverage", raw: coverage)
    json.add("totals", raw: totalsObject)
    json.add("slot_seconds", raw: slotSeconds)
    json.add("series", rows: report.slots.values.indices.map(slot))
    json.add("endpoints", rows: report.endpoints.map(endpoint))
    json.add("consumers", rows: report.consumers.map(consumer))
    json.add("statuses", rows: report.statuses.map(status))
    json.add("consumer_endpoints", rows: report.pairs.map(pair))
    json.add("merged_pair_requests", report.mergedPairRequests)
    json.add("activity", rows: report.activity.map(activity))
    json.add("findings", rows: (report.findings ?? []).map(finding))
    return json.lines
  }

  // MARK: What the figures are of

  /// What the words mean, for who has only this file.
  private var definitions: String {
    var json = JSONObject()
    let texts = [
      ("endpoint", "a method and a route"),
      ("time", "a request belongs to the moment it began; times are UTC"),
      ("first_seen", "the beginning of the 10 seconds in which it began; last_seen likewise"),
      ("percentile", "the duration of rank ceil(q*n), from the histogram"),
      (
        "histogram",
        "counts[i] durations in (2^((offset+i)/32), 2^((offset+i+1)/32)] seconds, and zero of 0"
      ),
      ("sum_ms", "the sum of durations: the time spent in all"),
      (
        "apdex",
        "(satisfied + tolerating/2) / requests with a duration; satisfied: at most T, tolerating: at most 4 T"
      ),
      (
        "new",
        "first seen after the log's first day, which ends at the first midnight (UTC) at least half a day after the first request"
      ),
      ("slot", "the number of a slot of time since 1970; it begins at slot * slot_seconds"),
    ]
    for (name, text) in texts { json.add(name, string: text) }
    return json.text
  }

  private var method: String {
    var json = JSONObject()
    json.add("percentile", string: "nearest rank")
    json.add("error_percent", raw: "\(Distribution.errorPercent)")
    let hasDurations = report.coverage.durations > 0
    json.add("resolution_ms", raw: hasDurations ? milliseconds(report.resolution) : "null")
    json.add(
      "exact_up_to_ms",
      raw: hasDurations ? milliseconds(report.resolution * Distribution.exactUnits) : "null")
    json.add("apdex_threshold_ms", raw: milliseconds(report.apdex.common))
    if !report.apdex.byEndpoint.isEmpty {
      var thresholds = JSONObject()
      for (name, value) in report.apdex.byEndpoint.sorted(by: { $0.key < $1.key }) {
        thresholds.add(name, raw: milliseconds(value))
      }
      json.add("apdex_thresholds_ms", raw: thresholds.text)
    }
    return json.text
  }

  private var span: String {
    var json = JSONObject()
    json.add("first", raw: instant(nanoseconds: report.period?.lowerBound))
    json.add("last", raw: instant(nanoseconds: report.period?.upperBound))
    return json.text
  }

  private var books: String {
    var json = JSONObject()
    json.add("lines_read", report.books.linesRead)
    json.add("requests", report.books.requests)
    var leftOut = JSONObject()
    for (reason, count) in report.books.leftOut.sorted(by: { $0.key < $1.key }) where count > 0 {
      leftOut.add(reason, count)
    }
    json.add("left_out", raw: leftOut.text)
    return json.text
  }

  private var coverage: String {
    var json = JSONObject()
    json.add("durations", report.coverage.durations)
    json.add("request_sizes", report.coverage.requestSizes)
    json.add("response_sizes", report.coverage.responseSizes)
    json.add("consumers", report.coverage.consumers)
    return json.text
  }

  private var slotSeconds: String {
    var json = JSONObject()
    json.add("series", report.slots.width.seconds)
    json.add("endpoints", report.endpointSlotWidth.seconds)
    json.add("consumers", report.consumerSlotWidth.seconds)
    return json.text
  }

  // MARK: Rows

  private var totalsObject: String {
    var json = JSONObject()
    add(totals, to: &json)
    json.add("consumers", report.consumerCount)
    json.add("endpoints", report.endpoints.count)
    return json.text
  }

  private func slot(_ index: Int) -> String {
    var json = JSONObject()
    json.add("start", raw: instant(second: report.slots.start(index)))
    add(report.slots.values[index], to: &json, isSlot: true)
    return json.text
  }

  private func endpoint(_ endpoint: Report.Endpoint) -> String {
    var json = JSONObject()
    json.add("method", string: endpoint.method)
    json.add("route", string: endpoint.route)
    add(endpoint.figures, to: &json)
    json.add("consumers", endpoint.consumerCount)
    json.add(
      "series",
      raw: array(
        endpoint.slots.map { slot in
          var row = JSONObject()
          row.add("slot", slot.number)
          row.add("statuses", raw: statuses(slot.statuses))
          if !slot.durations.isEmpty {
            row.add("duration", raw: duration(slot.durations, hasPercentiles: false))
          }
          return row.text
        }))
    return json.text
  }

  private func consumer(_ consumer: Report.Consumer) -> String {
    var json = JSONObject()
    json.add("name", raw: consumer.name.map(jsonString) ?? "null")
    add(consumer.figures, to: &json)
    json.add("endpoints", consumer.endpointCount)
    var series = JSONObject()
    series.add("slot", raw: numbers(consumer.slots.map(\.number)))
    for (name, path) in ClassCounts.classes {
      let counts = consumer.slots.map { $0.classes[keyPath: path] }
      if counts.contains(where: { $0 > 0 }) { series.add(name, raw: numbers(counts)) }
    }
    json.add("series", raw: series.text)
    return json.text
  }

  private func status(_ row: Report.StatusRow) -> String {
    var json = JSONObject()
    json.add("status", row.status)
    json.add("requests", row.requests)
    json.add("endpoints", row.endpointCount)
    json.add("consumers", row.consumerCount)
    return json.text
  }

  private func pair(_ pair: Report.Pair) -> String {
    var json = JSONObject()
    json.add("consumer", raw: report.consumers[pair.consumer].name.map(jsonString) ?? "null")
    json.add("method", string: report.endpoints[pair.endpoint].method)
    json.add("route", string: report.endpoints[pair.endpoint].route)
    json.add("requests", pair.classes.requests)
    for (name, path) in ClassCounts.classes where pair.classes[keyPath: path] > 0 {
      json.add(name, pair.classes[keyPath: path])
    }
    return json.text
  }

  private func activity(_ row: Report.ActivityRow) -> String {
    var json = JSONObject()
    json.add("start", raw: instant(second: row.number * report.consumerSlotWidth.seconds))
    json.add("consumers", row.active)
    json.add("new", row.new)
    return json.text
  }

  private func finding(_ finding: Finding) -> String {
    var json = JSONObject()
    json.add("kind", string: finding.kind.rawValue)
    json.add("severity", string: finding.severity.rawValue)
    json.add("since", raw: finding.since.map(instant(second:)) ?? "null")
    json.add("until", raw: finding.until.map(instant(second:)) ?? "null")
    json.add("endpoint", raw: finding.endpoint.map(jsonString) ?? "null")
    json.add("consumer", raw: finding.consumer.map(jsonString) ?? "null")
    json.add("before", raw: finding.before.map(sample) ?? "null")
    json.add("after", raw: finding.after.map(sample) ?? "null")
    json.add("p_value", raw: finding.pValue.map { "\($0)" } ?? "null")
    if let status = finding.status { json.add("status", status) }
    if let share = finding.share { json.add("share", raw: "\(share)") }
    return json.text
  }

  private func sample(_ sample: Finding.Sample) -> String {
    var json = JSONObject()
    json.add("requests", sample.requests)
    json.add("errors_4xx", sample.clientErrors)
    json.add("errors_429", sample.rateLimited)
    json.add("errors_5xx", sample.serverErrors)
    json.add("p95_ms", raw: sample.p95.map(milliseconds) ?? "null")
    return json.text
  }

  // MARK: Figures

  private func add(_ figures: Figures, to json: inout JSONObject, isSlot: Bool = false) {
    json.add("requests", figures.requests)
    json.add("errors_4xx", figures.clientErrors)
    json.add("errors_5xx", figures.serverErrors)
    json.add("statuses", raw: statuses(figures.statuses))
    if report.coverage.requestSizes > 0 { json.add("bytes_in", raw: "\(figures.requestBytes)") }
    if report.coverage.responseSizes > 0 { json.add("bytes_out", raw: "\(figures.responseBytes)") }
    if !figures.durations.isEmpty {
      json.add("duration", raw: duration(figures.durations, hasPercentiles: true))
      if let counts = figures.apdex, let score = figures.apdexScore {
        var apdex = JSONObject()
        apdex.add("score", raw: "\(score)")
        apdex.add("satisfied", counts.satisfied)
        apdex.add("tolerating", counts.tolerating)
        json.add("apdex", raw: apdex.text)
      }
    }
    if !isSlot && figures.firstSeen <= figures.lastSeen {
      json.add("first_seen", raw: instant(second: figures.firstSeen))
      json.add("last_seen", raw: instant(second: figures.lastSeen))
    }
  }

  private func statuses(_ counts: SparseCounts) -> String {
    var json = JSONObject()
    counts.forEach { status, count in json.add(String(status), count) }
    return json.text
  }

  private func duration(_ durations: Distribution, hasPercentiles: Bool) -> String {
    var json = JSONObject()
    json.add("count", durations.count)
    json.add("sum_ms", raw: milliseconds(durations.sum))
    json.add("min_ms", raw: milliseconds(durations.least))
    json.add("max_ms", raw: milliseconds(durations.largest))
    if hasPercentiles {
      for percentile in percentiles {
        let value = durations.percentile(percentile, resolution: report.resolution)
        json.add("\(percentile.name)_ms", raw: value.map(milliseconds) ?? "null")
      }
    }
    json.add("histogram", raw: histogram(durations))
    return json.text
  }

  private func histogram(_ durations: Distribution) -> String {
    var json = JSONObject()
    json.add("scale", Distribution.scale)
    json.add("zero", durations.zeroCount)
    let offset = durations.bins.first ?? 0
    json.add("offset", offset)
    var counts: [Int] = []
    durations.bins.forEach { bin, count in
      while counts.count < bin - offset { counts.append(0) }
      counts.append(count)
    }
    json.add("counts", raw: numbers(counts))
    return json.text
  }

  private func numbers(_ numbers: [Int]) -> String {
    "[" + numbers.map(String.init).joined(separator: ",") + "]"
  }

  private func array(_ rows: [String]) -> String { "[" + rows.joined(separator: ",") + "]" }
}

extension ClassCounts {
  /// The classes by their names in JSON and CSV.
  package static let classes:
    [(name: String, path: any WritableKeyPath<ClassCounts, Int> & Sendable)] =
      [
        ("1xx", \.informational), ("2xx", \.success), ("3xx", \.redirection),
        ("4xx", \.clientError),
        ("5xx", \.serverError), ("other", \.other),
      ]
}

/// Nanoseconds as milliseconds, exactly.
package func milliseconds(_ nanoseconds: Int64) -> String {
  let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
  if rest == 0 { return "\(whole)" }
  var digits = String(rest.magnitude + 1_000_000).dropFirst()
  while digits.last == "0" { digits.removeLast() }
  return "\(whole).\(digits)"
}

func instant(second: Int) -> String {
  "\"\(timestamp(Int64(second) * 1_000_000_000, separator: "T").prefix(19))Z\""
}

/// To the nanosecond, as far as there are digits.
func instant(nanoseconds: Int64?) -> String {
  guard let nanoseconds else { return "null" }
  let text = timestamp(nanoseconds, separator: "T").prefix(19)
  var digits = String(nanoseconds % 1_000_000_000 + 1_000_000_000).dropFirst()
  while digits.last == "0" { digits.removeLast() }
  return digits.isEmpty ? "\"\(text)Z\"" : "\"\(text).\(digits)Z\""
}

/// An object under construction.
package struct JSONObject {
  private var members: [String] = []

  package init() {}

  package mutating func add(_ name: String, _ value: Int) { add(name, raw: String(value)) }
  package mutating func add(_ name: String, string: String) { add(name, raw: jsonString(string)) }
  package mutating func add(_ name: String, raw: String) {
    members.append("\(jsonString(name)):\(raw)")
  }

  /// An array with an element on each line.
  package mutating func add(_ name: String, rows: [String]) {
    add(name, raw: rows.isEmpty ? "[]" : "[\n" + rows.joined(separator: ",\n") + "\n]")
  }

  package var text: String { "{" + members.joined(separator: ",") + "}" }
  /// With a member on each line.
  package var lines: String { "{" + members.joined(separator: ",\n") + "}\n" }
}
