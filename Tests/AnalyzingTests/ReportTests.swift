import Attribution
import Ingesting
import Reporting
import Testing

@testable import Analyzing

/// The report of a made-up log, held against figures that are computed from its requests one by one.
struct ReportTests {
  private let log = MadeLog(days: 3, perDay: 4_000, seed: 7)

  @Test func `counts, sums and Apdex are exact`() throws {
    let report = log.report()
    #expect(report.books.requests == log.requests.count)
    let byEndpoint = Dictionary(grouping: log.requests, by: \.endpoint)
    #expect(report.endpoints.count == byEndpoint.count)
    for endpoint in report.endpoints {
      let requests = try #require(byEndpoint[endpoint.name])
      let times = requests.compactMap(\.milliseconds)
      let figures = endpoint.figures
      #expect(figures.requests == requests.count)
      #expect(figures.clientErrors == requests.count { (400...499).contains($0.status) })
      #expect(figures.serverErrors == requests.count { $0.status >= 500 })
      #expect(figures.durations.sum == Int64(times.reduce(0, +)) * 1_000_000)
      #expect(figures.durations.largest == Int64(times.max() ?? 0) * 1_000_000)
      #expect(figures.apdex?.satisfied == times.count { $0 <= 500 })
      #expect(figures.apdex?.tolerating == times.count { $0 > 500 && $0 <= 2_000 })
      #expect(endpoint.consumerCount == Set(requests.compactMap(\.consumer)).count)
      #expect(figures.responseBytes == Int64(requests.count * 100))
      #expect(endpoint.slots.reduce(0) { $0 + $1.statuses.total } == requests.count)
    }
  }

  @Test func `consumers, statuses and slots add up to the requests`() throws {
    let report = log.report()
    let byConsumer = Dictionary(grouping: log.requests, by: \.consumer)
    #expect(report.consumers.count == byConsumer.count)
    for consumer in report.consumers {
      let requests = try #require(byConsumer[consumer.name])
      #expect(consumer.figures.requests == requests.count)
      #expect(consumer.endpointCount == Set(requests.map(\.endpoint)).count)
      #expect(consumer.figures.firstSeen == (requests.map(\.second).min() ?? 0) / 10 * 10)
      #expect(consumer.slots.reduce(0) { $0 + $1.classes.requests } == requests.count)
    }
    for row in report.statuses {
      let requests = log.requests.filter { Int($0.status) == row.status }
      #expect(row.requests == requests.count)
      #expect(row.consumerCount == Set(requests.compactMap(\.consumer)).count)
    }
    #expect(report.slots.values.reduce(0) { $0 + $1.requests } == log.requests.count)
    #expect(report.slots.numbers.count <= Report.slotLimit)
    #expect(report.pairs.reduce(0) { $0 + $1.classes.requests } == log.requests.count)
  }

  @Test func `percentiles are of nearest rank, exact up to 46 ms and at most 1.1 % off above`() {
    let report = log.report()
    for (name, requests) in Dictionary(grouping: log.requests, by: \.endpoint) {
      let figures = report.endpoints.first { $0.name == name }?.figures
      let times = requests.compactMap(\.milliseconds).sorted()
      for percent in [1, 50, 75, 95, 99, 100] {
        let percentile = Percentile(thousandths: percent * 1000)
        let exact = Int64(times[(times.count * percent + 99) / 100 - 1]) * 1_000_000
        let found = figures.flatMap { report.percentile(percentile, of: $0) } ?? -1
        if exact <= 46_000_000 {
          #expect(found == exact, "\(name) \(percentile.name)")
        } else {
          #expect(abs(Double(found - exact)) <= 0.011 * Double(exact), "\(name) \(percentile.name)")
        }
      }
    }
  }

  @Test func `the report of two logs is the merged report of each`() {
    for cut in [1, 3_000, 6_001, 11_999] {
      var (first, second) = (log, log)
      first.requests = Array(log.requests[..<cut])
      second.requests = Array(log.requests[cut...])
      var merged = first.report()
      merged.merge(second.report())
      let isSame = merged == log.report()
      #expect(isSame, "cut at \(cut)")
    }
  }

  @Test(arguments: [1, 7, 2_500, 20_000])
  func `requests that are counted one by one make the report of their tallies`(turns: Int) {
    let isSame = log.countedReport(turns: turns) == log.report()
    #expect(isSame)
  }

  @Test func `slots become as wide as the log needs while it is counted`() {
    var log = log
    // From 1970 to the year 2236, backwards.
    for index in log.requests.indices where index % 500 == 0 {
      log.requests[index].second = (log.requests.count - index) * 700_000
    }
    let report = log.countedReport(turns: 600)
    let isSame = report == log.report()
    #expect(isSame)
    #expect(report.slots.numbers.count <= Report.slotLimit)
    #expect(report.endpointSlotWidth.seconds >= 314_496_000)
  }

  /// One worker has so many consumers that its slots become wider, the other more requests.
  @Test func `workers whose slots differ in width have the report of one`() throws {
    let names = RunNames(routeLimit: 10)
    let route = try #require(names.routes.id(for: "/"))
    let method = try #require(names.methods.id(for: "GET"))
    let consumers = try (0...1_050).map { try #require(names.consumers.id(for: "c\($0)")) }
    func request(_ slot: Int, _ consumer: Int) -> CountedRequest {
      CountedRequest(
        bucket: Int64(slot), consumer: consumers[consumer], method: method, route: route,
        status: 200, duration: 1_000_000, requestSize: -1, responseSize: -1)
    }
    func add(_ requests: [CountedRequest], to builder: inout ReportBuilder) {
      for start in stride(from: 0, to: requests.count, by: RequestBatch.limit) {
        let end = min(start + RequestBatch.limit, requests.count)
        builder.add(requests.span.extracting(start..<end))
      }
    }
    let wide = (0..<100).flatMap { slot in (1...1_050).map { request(slot, $0) } }
    let narrow = (0...wide.count).map { request($0 * 100 / (wide.count + 1), 0) }
    var first = ReportBuilder()
    var second = ReportBuilder()
    var both = ReportBuilder()
    add(wide, to: &first)
    add(narrow, to: &second)
    add(wide + narrow, to: &both)
    let isWider = second.consumerSlotWidth < first.consumerSlotWidth
    #expect(isWider)
    first.take(&second)
    let merged = first.takeReport(names, ApdexThresholds())
    let isSame = merged == both.takeReport(names, ApdexThresholds())
    #expect(isSame)
  }

  @Test func `more pairs than are told apart are merged, the smallest first`() {
    var log = MadeLog(days: 1, perDay: 0, seed: 1)
    for number in 0..<2 * Report.pairLimit + 10 {
      let request = MadeRequest(
        second: MadeLog.start, endpoint: "GET /\(number % 40)", consumer: "c\(number / 40)",
        status: 200, milliseconds: 1)
      let isTwice = number % 4_000 == 0 && number < 2 * Report.pairLimit
      log.requests += isTwice ? [request, request] : [request]
    }
    let report = log.countedReport(turns: .max)
    #expect(report.pairs.count == Report.pairLimit)
    let kept = report.pairs.reduce(0) { $0 + $1.classes.requests }
    #expect(kept + report.mergedPairRequests == log.requests.count)
    #expect(report.mergedPairRequests == Report.pairLimit + 10)
    #expect(report.pairs.prefix(50).map(\.classes.requests) == Array(repeating: 2, count: 50))
    #expect(report.consumers.reduce(0) { $0 + $1.figures.requests } == log.requests.count)
  }

  @Test func `its JSON holds the whole report`() throws {
    let report = log.report()
    let stored = try ReportReading.report(of: Array(ReportJSON(report).text.utf8))
    // Not the reports themselves in the expectation: what it prints of them is megabytes.
    let isSame = stored == report
    #expect(isSame)
    let isSameText = ReportJSON(stored).text == ReportJSON(report).text
    #expect(isSameText)
  }

  @Test func `without durations there are no percentiles`() throws {
    var log = log
    for index in log.requests.indices { log.requests[index].milliseconds = nil }
    let report = log.report()
    #expect(report.percentile(.median, of: report.totals) == nil)
    #expect(report.totals.apdexScore == nil)
    let text = ReportJSON(report).text
    #expect(!text.contains("p50_ms") && !text.contains("\"satisfied\""))
    let isSame = try ReportReading.report(of: Array(text.utf8)) == report
    #expect(isSame)
    #expect(
      TerminalReport(report, ReportView(), ReportStyle()).text.contains("has no durations"))
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"schema":2}"#, #"{"schema":1,"kind":"backtally report"}"#,
  ])
  func `what is no report is refused`(text: String) {
    #expect(throws: (any Error).self) { try ReportReading.report(of: Array(text.utf8)) }
  }

  @Test(arguments: [
    ("\"requests\":", "\"requests\":-1,\"x\":"), ("\"scale\":5", "\"scale\":6"),
    ("\"offset\":", "\"offset\":99999,\"x\":"), ("\"200\":", "\"-200\":"),
    ("\"series\":300", "\"series\":7"),
  ])
  func `numbers that are none are refused`(part: String, replacement: String) {
    let text = ReportJSON(log.report()).text
    #expect(text.contains(part))
    let damaged = text.replacing(part, with: replacement)
    #expect(throws: (any Error).self) { try ReportReading.report(of: Array(damaged.utf8)) }
  }
}
