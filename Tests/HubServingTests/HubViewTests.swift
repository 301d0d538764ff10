import Foundation
import HummingbirdCore
import TestSupport
import Testing

@testable import HubServing

/// What people and the dashboard are shown.
struct HubViewTests {
  private let origin: Origin
  private let store: HubStore

  private struct Sums: Decodable, Equatable {
    struct Times: Decodable, Equatable {
      var p50: Double
      var p75: Double
      var p95: Double
      var p99: Double
    }

    var requests: Int
    var client_errors: Int
    var server_errors: Int
    var bytes_received: Int
    var bytes_sent: Int
    var response_time_ms: Times?
    var endpoints: Int
    var consumers: Int
  }

  private struct Answer: Decodable, Equatable {
    struct Row: Decodable, Equatable {
      var time: String?
      var method: String?
      var path: String?
      var consumer: String?
      var name: String?
      var status: Int?
      var requests: Int
      var response_time_ms: Sums.Times?
    }

    var since: String
    var until: String
    var requests: Int?
    var endpoints: [Row]?
    var consumers: [Row]?
    var series: [Row]?
    var errors: [Row]?
    var statuses: [String: Int]?
    var more: Int?
  }

  init() async throws {
    origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    store = try HubStore(path: nil)
    var generator = SeededGenerator(seed: 7)
    for number in 1...200 {
      let text = Messages.sync(
        uuid: number, consumer: ["acme", "zeta", nil].randomElement(using: &generator) ?? nil,
        path: ["/a", "/b", "/c"].randomElement(using: &generator) ?? "/",
        timestamp: Int.random(in: 0..<259_200, using: &generator),
        count: Int.random(in: 1...5, using: &generator), responseSizeSum: 1_500,
        responseTimes: #"{"\#(Int.random(in: 0...99, using: &generator) * 10)":1}"#,
        responseSizes: #"{"1":1}"#
      ).replacing(
        "\"status_code\":200",
        with: "\"status_code\":\([200, 200, 404, 503].randomElement(using: &generator) ?? 200)")
      let message = try SyncMessage.message(of: Array(text.utf8))
      #expect(try await store.keep(.sync(message, body: text), from: origin) == .stored)
    }
  }

  private func query(_ text: String) throws -> ViewQuery {
    var parameters = FlatDictionary<Substring, Substring>()
    for part in text.split(separator: "&") {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      parameters.append(key: words[0], value: words.count > 1 ? words[1] : "")
    }
    return try ViewQuery(parameters, now: Date(timeIntervalSince1970: 1_000_000))
  }

  private func decoded(_ text: String) throws -> Answer {
    try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
  }

  /// From the roll-ups, and from the numbers themselves.
  @Test(arguments: [
    "since=0&until=259200", "since=3600&until=172800", "since=0&until=259200&status=5xx",
    "since=0&until=259200&status=404,503", "since=0&until=259200&endpoint=/a",
    "since=0&until=259200&endpoint=/a&method=get", "since=86400&until=8640000&method=POST",
  ])
  func `roll-ups and numbers show the same`(text: String) async throws {
    let rolled = try query(text + "&step=1h")
    var single = rolled
    single.step = .minute
    let sums = { (text: String) in try JSONDecoder().decode(Sums.self, from: Data(text.utf8)) }
    let summary = try sums(await store.summary(of: origin, rolled))
    #expect(summary == (try sums(await store.summary(of: origin, single))))
    let endpoints = try decoded(await store.endpoints(of: origin, rolled))
    #expect(endpoints == (try decoded(await store.endpoints(of: origin, single))))
    #expect(try await store.errors(of: origin, rolled) == store.errors(of: origin, single))
    let consumers = try decoded(await store.consumers(of: origin, rolled))
    #expect(
      consumers.consumers?.reduce(0) { $0 + $1.requests } == summary.requests
        && endpoints.endpoints?.reduce(0) { $0 + $1.requests } == summary.requests)
    let series = try decoded(await store.series(of: origin, rolled)).series ?? []
    #expect(series.reduce(0) { $0 + $1.requests } == summary.requests)
    #expect(series.map(\.time) == series.map(\.time).sorted { ($0 ?? "") < ($1 ?? "") })
  }

  @Test func `what is filtered is what the totals have of it`() async throws {
    let totals = try await store.totals(of: origin).groups
    for consumer in ["acme", "zeta", ""] {
      let answer = try decoded(
        await store.consumer(
          of: origin, query("since=0&until=259200&consumer=\(consumer)")))
      let own = totals.filter { ($0.consumer ?? "") == consumer }
      #expect(answer.requests == own.reduce(0) { $0 + $1.requestCount })
      #expect(
        answer.endpoints?.first?.requests
          == Dictionary(grouping: own, by: \.path).values
          .map { $0.reduce(0) { $0 + $1.requestCount } }.max())
    }
    let answer = try decoded(
      await store.endpoint(of: origin, query("since=0&until=259200&endpoint=/b&method=GET")))
    let own = totals.filter { $0.path == "/b" }
    for status in [200, 404, 503] {
      #expect(
        answer.statuses?[String(status)]
          == own.filter { $0.statusCode == status }.reduce(0) { $0 + $1.requestCount })
    }
  }

  @Test func `percentiles are those of the bins`() {
    var sums = ViewSums()
    var item = PackedItem()
    item.requestCount = 100
    // 0 to 990 ms, one in each bin.
    item.bins = (0..<100).map { bin in
      (
        PackedHistograms.key(
          of: TrafficBatch.Bin(histogram: .responseTimes, bin: Int64(bin * 10), count: 1)), 1
      )
    }
    sums.add(item)
    #expect(sums.percentiles([0.5, 0.95, 1]) == [495, 945, 995])
    // By OTLP: zeros, and one second, which is the upper bound of bin -1 of scale 3.
    var exponential = ViewSums()
    item.bins = [(Int64(HubTotals.zeroBin), 3), (-1, 1)].map { bin, count in
      (
        PackedHistograms.key(
          of: TrafficBatch.Bin(histogram: .durationBins, bin: bin, count: count)), count
      )
    }
    exponential.add(item)
    let values = exponential.percentiles([0.5, 1]) ?? []
    #expect(values.count == 2 && values[0] == 0)
    // Within the bin, from 917 ms to 1 s.
    #expect((917...1_000).contains(values.last ?? 0), "\(values)")
    #expect(ViewSums().percentiles([0.5]) == nil)
  }

  @Test(arguments: [
    "since=x", "since=5&until=5", "step=2h", "step=1m&since=0&until=86400000", "status=6",
    "status=abc",
    "limit=0", "limit=1001", "unknown=1",
  ])
  func `what cannot be shown is refused`(text: String) {
    #expect(throws: InvalidMessage.self) { try query(text) }
  }

  @Test func `lists end where they are told to, and say how much there is more`() async throws {
    let answer = try decoded(
      await store.endpoints(of: origin, query("since=0&until=259200&limit=1")))
    #expect(answer.endpoints?.count == 1 && answer.more == 2)
    let nothing = try #require(Origin(clientID: Messages.clientID, env: "other"))
    let empty = try decoded(await store.endpoints(of: nothing, query("since=0&until=259200")))
    #expect(empty.endpoints == [] && empty.more == 0)
  }
}
