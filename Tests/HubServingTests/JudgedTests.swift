import Foundation
import HummingbirdCore
import Reporting
import TestSupport
import Testing

@testable import HubServing

/// What a hub says beyond chance: what stands out, and what has changed.
struct JudgedTests {
  private static let day = 86_400

  /// A request as it happened.
  private struct Made {
    var second: Int
    var path: String
    var consumer: String
    var status: Int
    var milliseconds: Int
  }

  private struct Comparison: Decodable {
    struct Side: Decodable {
      var since: String
      var until: String
      var requests: Int
      var client_errors: Int
      var server_errors: Int
    }

    struct Times: Decodable {
      var p50: Double
      var p95: Double
    }

    struct Sample: Decodable {
      var requests: Int
      var server_errors: Int
      var response_time_ms: Times?
    }

    struct Row: Decodable {
      var path: String
      var before: Sample
      var after: Sample
      var slower: Double
      var made_worse: Double
    }

    struct Name: Decodable { var path: String }

    var before: Side
    var after: Side
    var compared: Int
    var changed: [Row]
    var perhaps: [Row]
    var new: [Name]
    var gone: [Name]
    var more_new: Int
    var listed_without_change: Int?
  }

  private struct Findings: Decodable {
    struct Finding: Decodable {
      var kind: String
      var since: String?
      var path: String?
      var consumer: String?
      var text: String
    }

    var findings: [Finding]
    var more: Int
  }

  /// Twelve endpoints with times of their own, twenty consumers, 2 % of 5xx and 6 % of 4xx; nothing changes.
  private static func made(days: Int, perDay: Int, seed: UInt64) -> [Made] {
    var generator = SeededGenerator(seed: seed)
    return (0..<days * perDay).map { index in
      let endpoint = Int.random(in: 0..<12, using: &generator)
      let dice = Int.random(in: 0..<100, using: &generator)
      return Made(
        second: index * day / perDay + Int.random(in: 0..<5, using: &generator),
        path: "/e\(endpoint)", consumer: "c\(Int.random(in: 0..<20, using: &generator))",
        status: dice < 2 ? 500 : dice < 8 ? 404 : 200,
        milliseconds: (1...3).reduce(10 * endpoint) { sum, _ in
          sum + Int.random(in: 1...200, using: &generator)
        })
    }
  }

  private static let origin = Origin(clientID: Messages.clientID, env: "prod")

  /// A hub that has got `requests` in a message for each minute.
  private static func hub(_ requests: [Made]) async throws -> HubStore {
    let store = try HubStore(path: nil)
    let minutes = Dictionary(grouping: requests) { $0.second / 60 }
    for (number, minute) in minutes.keys.sorted().enumerated() {
      let same = Dictionary(grouping: minutes[minute] ?? []) {
        "\($0.consumer) \($0.path) \($0.status)"
      }
      let items = same.values.compactMap { requests -> String? in
        guard let request = requests.first else { return nil }
        let bins = Dictionary(grouping: requests) { $0.milliseconds / 10 * 10 }
          .map { #""\#($0.key)":\#($0.value.count)"# }.joined(separator: ",")
        return """
          {"consumer":"\(request.consumer)","method":"GET","path":"\(request.path)",\
          "status_code":\(request.status),"request_count":\(requests.count),\
            "request_size_sum":0,"response_size_sum":0,"response_times":{\(bins)},\
          "request_sizes":{},"response_sizes":{}}
          """
      }
      let empty = Messages.sync(uuid: number + 1, timestamp: minute * 60)
      let list = try #require(empty.firstRange(of: #"{"consumer":null"#)).lowerBound
      let end = try #require(empty.firstRange(of: #"],"validation_errors""#)).lowerBound
      let text = empty.replacingCharacters(in: list..<end, with: items.joined(separator: ","))
      let message = try SyncMessage.message(of: Array(text.utf8))
      let receipt = try await store.keep(
        .sync(message, body: text), from: #require(origin), client: .live)
      #expect(receipt == .stored)
    }
    return store
  }

  private func query(_ span: Range<Int>, _ more: String = "") throws -> ViewQuery {
    var parameters = FlatDictionary<Substring, Substring>()
    for part in "since=\(span.lowerBound)&until=\(span.upperBound)\(more)".split(separator: "&") {
      let words = part.split(separator: "=")
      parameters.append(key: words[0], value: words[1])
    }
    return try ViewQuery(
      parameters, now: Date(timeIntervalSince1970: 10_000_000),
      keys: ViewQuery.usualKeys.union(["baseline"]))
  }

  private func comparison(
    _ store: HubStore, _ span: Range<Int>, _ more: String = ""
  ) async throws -> Comparison {
    let text = try await store.comparison(of: #require(Self.origin), query(span, more))
    return try JSONDecoder().decode(Comparison.self, from: Data(text.utf8))
  }

  private func findings(_ store: HubStore, _ span: Range<Int>) async throws -> Findings {
    let text = try await store.findings(of: #require(Self.origin), query(span))
    return try JSONDecoder().decode(Findings.self, from: Data(text.utf8))
  }

  // MARK: Comparing

  @Test func `where nothing changes nothing is listed, by hours and by minutes`() async throws {
    let requests = Self.made(days: 6, perDay: 1_500, seed: 1)
    let store = try await Self.hub(requests)
    for start in [2 * Self.day, 3 * Self.day + 600, 4 * Self.day] {
      let span = start..<start + 2 * Self.day
      let shown = try await comparison(store, span)
      #expect(shown.changed.map(\.path) == [] && shown.compared == 12, "\(span)")
      #expect(shown.new.isEmpty && shown.gone.isEmpty && shown.listed_without_change == 0)
      let before = requests.filter { (start - 2 * Self.day..<start).contains($0.second / 60 * 60) }
      let after = requests.filter { span.contains($0.second / 60 * 60) }
      #expect(shown.before.requests == before.count && shown.after.requests == after.count)
      #expect(shown.after.server_errors == after.count { $0.status == 500 })
      #expect(shown.before.client_errors == before.count { $0.status == 404 })
    }
  }

  @Test func `exactly what has changed is listed, with what it was and is`() async throws {
    var requests = Self.made(days: 4, perDay: 1_500, seed: 2)
    for index in requests.indices where requests[index].second >= 2 * Self.day {
      if requests[index].path == "/e3" { requests[index].milliseconds *= 2 }
      if requests[index].path == "/e5", index % 4 == 0 { requests[index].status = 502 }
      if requests[index].path == "/e7" { requests[index].path = "/e7-new" }
    }
    let store = try await Self.hub(requests)
    let shown = try await comparison(store, 2 * Self.day..<4 * Self.day)
    #expect(Set(shown.changed.map(\.path)) == ["/e3", "/e5"])
    #expect(shown.new.map(\.path) == ["/e7-new"] && shown.gone.map(\.path) == ["/e7"])
    let slower = try #require(shown.changed.first { $0.path == "/e3" })
    #expect(slower.slower > 0.7 && slower.made_worse > 0)
    for (sample, span) in [
      (slower.before, 0..<2 * Self.day), (slower.after, 2 * Self.day..<4 * Self.day),
    ] {
      let own = requests.filter { $0.path == "/e3" && span.contains($0.second / 60 * 60) }
      let times = own.map(\.milliseconds).sorted()
      #expect(sample.requests == own.count)
      #expect(sample.server_errors == own.count { $0.status >= 500 })
      // The middle of the bin of 10 ms that holds the one of nearest rank.
      for (shown, rank) in [(sample.response_time_ms?.p50, 50), (sample.response_time_ms?.p95, 95)]
      {
        let exact = times[(times.count * rank + 99) / 100 - 1]
        #expect(shown == Double(exact / 10 * 10 + 5))
      }
    }
    // Of one consumer it is too little to tell.
    let own = try await comparison(store, 2 * Self.day..<4 * Self.day, "&consumer=c4")
    let expected = requests.count { $0.consumer == "c4" && $0.second / 60 * 60 >= 2 * Self.day }
    #expect(own.after.requests == expected && own.before.requests > 0)
    let first = try await comparison(store, 2 * Self.day..<4 * Self.day, "&limit=1")
    #expect(first.changed.count == 1 && first.more_new == 0)
  }

  @Test func `the same time a week before is another one than the time before`() async throws {
    var requests = Self.made(days: 10, perDay: 400, seed: 3)
    // On the day before, but not a week before.
    for index in requests.indices where requests[index].second / Self.day == 8 {
      if requests[index].path == "/e1" { requests[index].milliseconds *= 4 }
    }
    let store = try await Self.hub(requests)
    let last = 9 * Self.day..<10 * Self.day
    #expect(try await comparison(store, last).changed.map(\.path) == ["/e1"])
    let week = try await comparison(store, last, "&baseline=week")
    #expect(week.changed.isEmpty && week.before.since == "1970-01-03T00:00:00Z")
    // More than a week is compared with as many whole weeks before.
    let long = try query(20 * Self.day..<30 * Self.day, "&baseline=week").before?.span
    #expect(long == Int64(6 * Self.day)..<Int64(16 * Self.day))
    #expect(try query(0..<Self.day).before == nil)
    await #expect(throws: InvalidMessage.self) { try await comparison(store, 0..<Self.day) }
    #expect(throws: InvalidMessage.self) { try query(last, "&baseline=year") }
  }

  @Test func `with nothing before there is nothing to list but new endpoints`() async throws {
    let store = try await Self.hub(Self.made(days: 1, perDay: 300, seed: 4))
    let shown = try await comparison(store, Self.day..<2 * Self.day)
    #expect(shown.after.requests == 0 && shown.gone.count == 12 && shown.compared == 0)
    #expect(shown.listed_without_change == 0)
  }

  // MARK: What stands out

  @Test func `where nothing happens nothing stands out`() async throws {
    let store = try await Self.hub(Self.made(days: 4, perDay: 1_500, seed: 5))
    for span in [0..<4 * Self.day, Self.day..<2 * Self.day, 7_200..<14_400] {
      let shown = try await findings(store, span)
      #expect(shown.findings.map(\.text) == [] && shown.more == 0, "\(span)")
    }
  }

  @Test func `exactly what was written in stands out`() async throws {
    var requests = Self.made(days: 4, perDay: 2_500, seed: 6)
    let change = 52 * 3_600
    let gap = 30 * 3_600..<32 * 3_600
    requests.removeAll { gap.contains($0.second) }
    for index in requests.indices {
      if requests[index].path == "/e2", requests[index].second >= change {
        requests[index].milliseconds *= 3
      }
      if requests[index].consumer == "c9", index % 3 == 0 { requests[index].status = 429 }
      if requests[index].second >= 40 * 3_600, index % 12 == 0 {
        requests[index].consumer = "late"
      }
    }
    let store = try await Self.hub(requests)
    let shown = try await findings(store, 0..<4 * Self.day)
    #expect(
      shown.findings.map(\.kind) == ["gap", "endpoint-change", "consumer-errors", "new-consumer"])
    #expect(shown.findings[0].since == "1970-01-02T06:00:00Z")
    #expect(shown.findings[1].path == "/e2" && shown.findings[1].text.contains("p95"))
    #expect(shown.findings[2].consumer == "c9" && shown.findings[2].text.contains("429"))
    #expect(shown.findings[3].consumer == "late")
    // From its second day on it is nobody new.
    let later = try await findings(store, 2 * Self.day..<4 * Self.day)
    #expect(!later.findings.contains { $0.kind == "new-consumer" })
  }

  // MARK: Bins

  private func item(_ key: Int64, _ count: Int64) -> PackedItem {
    var item = PackedItem()
    (item.endpoint, item.status, item.requestCount, item.bins) = (1, 200, count, [(key, count)])
    return item
  }

  /// A report of items one after another, each with one bin of one request's count.
  private func durations(_ items: [PackedItem]) throws -> (Distribution, resolution: Int64) {
    var traffic = TrafficReport(0..<600, unit: 60, wantsConsumers: true)
    for item in items { try traffic.add(item, at: 120) }
    let report = traffic.report(
      TrafficReport.Names(endpoints: [1: HubStore.EndpointName(method: "GET", path: "/")]))
    #expect(report.consumers.count == 1 && report.period == 120_000_000_000...179_999_999_999)
    return (report.totals.durations, report.resolution)
  }

  @Test func `percentiles are those of the hub's other views, whatever the bins`() throws {
    let tens = [20, 450, 990].map { item(Int64($0) << 3, 1) }
    let coarse = [-20, 3, -10_000].map { item(Int64($0) << 3 | 3, 1) }
    for items in [tens, coarse] {
      var sums = ViewSums()
      for item in items { sums.add(item) }
      let (durations, _) = try durations(items)
      for rank in [50, 95, 99] {
        let shown = try #require(sums.percentiles([Double(rank) / 100])?.first)
        let own = try #require(durations.percentile(Percentile(thousandths: rank * 1_000)))
        #expect(abs(Double(own) / 1e6 - shown) < 1e-3, "\(rank)")
      }
    }
    #expect(try durations(tens).resolution == 10_000_000)
    #expect(try durations(tens).0.count(upToPowerOfTwo: -1) == 2)
    #expect(try durations(coarse).0.count(upToPowerOfTwo: -1) == 2)
    // Both kinds together are put in bins of one.
    let (both, resolution) = try durations(tens + coarse)
    #expect(both.count == 6 && resolution == 1 && both.zeroCount == 1)
    let middle = try #require(both.percentile(.median))
    #expect(abs(Double(middle) / 1e6 - 184.4) < 4)
  }

  @Test func `the fine bin of a duration holds it, at bounds as well`() {
    for nanoseconds in [1.0, 5e6, 125e6, 999_999_999, 1e9, 1e9 + 1, 455e6, 7.3e12] {
      let bin = Distribution.bin(of: nanoseconds)
      #expect(Distribution.bound(bin) < nanoseconds && nanoseconds <= Distribution.bound(bin + 1))
    }
  }

  @Test func `numbers that nobody can count are cut, and with many endpoints slots are wider`()
    throws
  {
    var traffic = TrafficReport(0..<86_400, unit: 60, wantsConsumers: false)
    var names: [Int64: HubStore.EndpointName] = [:]
    for minute in stride(from: 0, to: 86_400, by: 900) {
      for endpoint in 1...Int64(1_100) {
        var item = item(50 << 3, .max)
        item.endpoint = endpoint
        try traffic.add(item, at: Int64(minute))
        names[endpoint] = HubStore.EndpointName(method: "GET", path: "/\(endpoint)")
      }
    }
    let report = traffic.report(TrafficReport.Names(endpoints: names))
    #expect(report.endpoints.count == 1_100)
    #expect(report.endpoints.reduce(0) { $0 + $1.slots.count } <= Report.endpointSlotLimit)
    #expect(report.endpointSlotWidth.seconds > 1_800)
    #expect(report.endpoints.allSatisfy { $0.figures.requests == 96 << 32 })
    #expect(report.endpoints.allSatisfy { $0.figures.durations.count == 96 << 32 })
  }
}
