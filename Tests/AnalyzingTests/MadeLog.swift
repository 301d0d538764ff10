import AccessLogParsing
import Attribution
import Ingesting
import Reporting
import Tallying
import TestSupport

@testable import Analyzing

/// A request of a made-up log.
struct MadeRequest {
  /// Since 1970.
  var second: Int
  var endpoint: String
  var consumer: String?
  var status: UInt16
  /// nil where the log has none.
  var milliseconds: Int?
}

/// Requests from which a test makes a report, the way that a reading does, and figures, the way that one
/// does by hand.
struct MadeLog {
  /// 2026-11-02T00:00:00Z.
  static let start = 1_793_577_600

  var requests: [MadeRequest] = []

  /// Requests at random: fifteen endpoints of very different size with times of their own, forty consumers,
  /// 2 % of 5xx and 10 % of 4xx; nothing changes.
  init(days: Int, perDay: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for index in 0..<days * perDay {
      let second = Self.start + index * 86_400 / perDay + Int.random(in: 0..<5, using: &generator)
      let endpoint = Self.skewed(15, &generator)
      let consumer = Self.skewed(40, &generator)
      let dice = Int.random(in: 0..<1000, using: &generator)
      // About log-normal, around a median of the endpoint's own.
      let bell = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &generator)
      }
      let median = 20.0 + 12 * Double(endpoint)
      let time = bell < 0 ? median / (1 - 0.8 * bell) : median * (1 + 0.8 * bell)
      requests.append(
        MadeRequest(
          second: second, endpoint: "GET /v1/things\(endpoint)",
          consumer: consumer == 3 ? nil : "consumer-\(consumer)",
          status: dice < 20 ? 500 : dice < 80 ? 404 : dice < 120 ? 429 : 200,
          milliseconds: Int(time)))
    }
  }

  /// Low numbers far more often than high ones.
  private static func skewed(_ count: Int, _ generator: inout SeededGenerator) -> Int {
    let x = Double.random(in: 0..<1, using: &generator)
    return Int(Double(count) * x * x * x)
  }

  /// The report of the tallies of all requests.
  func report(
    apdex: ApdexThresholds = ApdexThresholds(), detail: consuming DetailBuilder? = nil
  ) -> Report {
    let names = RunNames(routeLimit: 1_000)
    var table = TallyTable(measuring: .exponentialBins)
    for request in requests {
      let (record, attributed) = request.attributed(names)
      let key = TallyKey(
        bucket: Int64(request.second / 10), consumer: attributed.consumer,
        method: attributed.method, route: attributed.route, status: request.status)
      table.add(record, at: key)
    }
    var builder = ReportBuilder(detail: detail)
    var reading = TallyReading()
    let seconds = requests.map { $0.second / 10 * 10 }
    if let first = seconds.min(), let last = seconds.max() { builder.reach(from: first, to: last) }
    let tallies = table.all
    for index in tallies.indices {
      let tally = tallies[index]
      reading.read(tally, of: table)
      builder.add(tally, at: Int(tally.key.bucket) * 10, reading)
    }
    return completed(builder.takeReport(names, apdex))
  }

  /// The report of requests that were counted one by one, by two workers in turns of so many.
  func countedReport(turns: Int, isDetailed: Bool = false) -> Report {
    let names = RunNames(routeLimit: 1_000)
    var batch: [CountedRequest] = []
    var first = ReportBuilder(detail: isDetailed ? DetailBuilder() : nil)
    var second = ReportBuilder(detail: isDetailed ? DetailBuilder() : nil)
    for (place, request) in requests.enumerated() {
      let (record, attributed) = request.attributed(names)
      let counted = CountedRequest(
        bucket: Int64(request.second / 10), consumer: attributed.consumer,
        method: attributed.method, route: attributed.route, status: request.status,
        duration: record.duration, requestSize: record.requestSize,
        responseSize: record.responseSize)
      batch.append(counted)
      let isLast = place + 1 == requests.count || (place + 1) / turns != place / turns
      guard isLast || batch.count == RequestBatch.limit else { continue }
      if place / turns % 2 == 0 {
        first.add(batch.span)
      } else {
        second.add(batch.span)
      }
      batch = []
    }
    first.take(&second)
    return completed(first.takeReport(names, ApdexThresholds()))
  }

  private func completed(_ report: Report) -> Report {
    var report = report
    report.books.linesRead = requests.count
    if let first = requests.map(\.second).min(), let last = requests.map(\.second).max() {
      report.period = Int64(first) * 1_000_000_000...Int64(last) * 1_000_000_000
    }
    return report
  }
}

extension MadeRequest {
  func attributed(_ names: RunNames) -> (AccessRecord, AttributedRequest) {
    var record = AccessRecord()
    record.start = Int64(second) * 1_000_000_000
    record.status = status
    record.duration = milliseconds.map { Int64($0) * 1_000_000 } ?? -1
    record.responseSize = 100
    let parts = endpoint.split(separator: " ", maxSplits: 1)
    return (
      record,
      AttributedRequest(
        consumer: consumer.flatMap { names.consumers.id(for: $0) } ?? 0,
        method: names.methods.id(for: String(parts[0])) ?? 0,
        route: names.routes.id(for: String(parts[1])) ?? 0)
    )
  }
}
