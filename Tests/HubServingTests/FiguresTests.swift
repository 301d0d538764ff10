import Foundation
import HummingbirdCore
import TestSupport
import Testing

@testable import HubServing

/// What a page shows, in one pass.
struct FiguresTests {
  private let origin: Origin
  private let store: HubStore
  private static let consumers: [String?] = ["acme", "zeta", "late", nil]

  private struct Figures: Decodable {
    struct Endpoint: Decodable {
      var method: String
      var path: String
      var requests: Int
      var trend: [Int]
      var durations: [Int]
    }

    struct Error: Decodable {
      var path: String
      var status: Int
      var requests: Int
      var last_slot: Int
    }

    var first: Int
    var slot_seconds: Int
    var slots: Int
    var part_slots: Int
    var requests: Int
    var client_errors: Int
    var server_errors: Int
    var statuses: [String: Int]
    var series: [[Int]]
    var durations: [[Int]]
    var endpoints: [Endpoint]
    var errors: [Error]
    var first_minute: String?
    var last_minute: String?
    var backfilled: [[Int]]
  }

  private struct Audience: Decodable {
    struct Consumer: Decodable {
      var consumer: String?
      var name: String?
      var requests: Int
      var client_errors: Int
      var server_errors: Int
      var trend: [Int]
      var durations: [Int]
      var first_day: Int
      var last_day: Int
    }

    var by_day: Bool
    var named: Int
    var consumers: [Consumer]
    var periods: [[Int]]
    var part_periods: Int
    var first_day_end: Int
  }

  private static let day = 86_400

  /// Ten days of traffic; `late` comes on the fifth.
  init() async throws {
    origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    store = try HubStore(path: nil)
    var generator = SeededGenerator(seed: 11)
    for number in 1...400 {
      let consumer = Self.consumers.randomElement(using: &generator) ?? nil
      let start = consumer == "late" ? 5 * Self.day : 0
      let text = Messages.sync(
        uuid: number, consumer: consumer,
        path: ["/a", "/b", "/c"].randomElement(using: &generator) ?? "/",
        timestamp: Int.random(in: start..<10 * Self.day, using: &generator),
        count: Int.random(in: 1...5, using: &generator),
        responseTimes: #"{"\#(Int.random(in: 0...99, using: &generator) * 10)":1}"#
      ).replacing(
        "\"status_code\":200",
        with: "\"status_code\":\([200, 200, 404, 503].randomElement(using: &generator) ?? 200)")
      let message = try SyncMessage.message(of: Array(text.utf8))
      let client: HubStore.Client = number % 2 == 0 ? .live : .backfill
      #expect(
        try await store.keep(.sync(message, body: text), from: origin, client: client) == .stored)
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

  private func figures(_ text: String) async throws -> Figures {
    try JSONDecoder().decode(
      Figures.self, from: Data(try await store.figures(of: origin, query(text)).utf8))
  }

  private func audience(_ text: String) async throws -> Audience {
    try JSONDecoder().decode(
      Audience.self, from: Data(try await store.audience(of: origin, query(text)).utf8))
  }

  /// The groups of the totals that a query includes.
  private func groups(
    _ span: Range<Int>, path: String? = nil, consumer: String?? = nil,
    statuses: ClosedRange<Int> = 0...999
  ) async throws -> [HubTotals.Group] {
    try await store.totals(of: origin, byBucket: true).groups.filter { group in
      span.contains(group.bucket ?? -1) && (path == nil || group.path == path)
        && (consumer == nil || group.consumer == consumer) && statuses.contains(group.statusCode)
    }
  }

  @Test(arguments: [
    ("step=1h", "/b", nil as String?, 0...999), ("step=12h", nil, nil, 0...999),
    ("step=1d", nil, "acme", 0...999), ("step=6h", "/a", "late", 0...999),
    ("step=1d", nil, nil, 500...599), ("step=2d", "/c", "", 400...499), ("", nil, nil, 0...999),
  ])
  func `figures are what the numbers add up to`(
    step: String, path: String?, consumer: String?, statuses: ClosedRange<Int>
  ) async throws {
    let span = 2 * Self.day..<8 * Self.day
    var text = "since=\(span.lowerBound)&until=\(span.upperBound)&\(step)"
    if let path { text += "&endpoint=\(path)&method=GET" }
    if let consumer { text += "&consumer=\(consumer)" }
    if statuses.count < 999 { text += "&status=\(statuses.lowerBound / 100)xx" }
    let shown = try await figures(text)
    let own = try await groups(
      span, path: path, consumer: consumer.map { $0.isEmpty ? nil : $0 }, statuses: statuses)
    let sum = { (groups: [HubTotals.Group]) in groups.reduce(0) { $0 + $1.requestCount } }
    #expect(!own.isEmpty && shown.requests == sum(own))
    #expect(shown.client_errors == sum(own.filter { $0.statusCode == 404 }))
    #expect(shown.server_errors == sum(own.filter { $0.statusCode == 503 }))
    #expect(shown.first == span.lowerBound && shown.slots * shown.slot_seconds == span.count)
    for (slot, counts) in shown.series.enumerated() {
      let start = shown.first + slot * shown.slot_seconds
      let inside = own.filter { (start..<start + shown.slot_seconds).contains($0.bucket ?? 0) }
      #expect(counts[0] == sum(inside))
      #expect(
        stride(from: 1, to: shown.durations[slot].count, by: 2).reduce(0) {
          $0 + shown.durations[slot][$1]
        } == inside.count)
    }
    for endpoint in shown.endpoints {
      #expect(endpoint.requests == sum(own.filter { $0.path == endpoint.path }))
      #expect(endpoint.trend.reduce(0, +) == endpoint.requests)
    }
    for (status, count) in shown.statuses {
      #expect(count == sum(own.filter { String($0.statusCode) == status }))
    }
    for error in shown.errors {
      let same = own.filter { $0.path == error.path && $0.statusCode == error.status }
      #expect(error.requests == sum(same))
      #expect(
        error.last_slot
          == same.compactMap(\.bucket).max().map { ($0 - shown.first) / shown.slot_seconds })
    }
  }

  @Test(arguments: [
    (2 * 86_400..<8 * 86_400, nil as String?, 0...999),
    (2 * 86_400 + 3_600..<8 * 86_400 - 7_200, nil, 0...999),
    (2 * 86_400..<8 * 86_400, "/a", 0...999), (2 * 86_400..<8 * 86_400, nil, 400...499),
    (4 * 86_400..<6 * 86_400, nil, 0...999),
  ])
  func `an audience is what the numbers add up to`(
    span: Range<Int>, path: String?, statuses: ClosedRange<Int>
  ) async throws {
    var text = "since=\(span.lowerBound)&until=\(span.upperBound)&step=1h"
    if let path { text += "&endpoint=\(path)&method=GET" }
    if statuses.count < 999 { text += "&status=4xx" }
    let shown = try await audience(text)
    let own = try await groups(span, path: path, statuses: statuses)
    #expect(shown.by_day == (span.count > 3 * Self.day))
    #expect(shown.named == Set(own.compactMap(\.consumer)).count)
    #expect(Set(shown.consumers.map(\.consumer)) == Set(own.map(\.consumer)))
    for row in shown.consumers {
      let same = own.filter { $0.consumer == row.consumer }
      #expect(row.requests == same.reduce(0) { $0 + $1.requestCount })
      #expect(row.trend.reduce(0, +) == row.requests)
      #expect(
        row.server_errors
          == same.filter { $0.statusCode == 503 }.reduce(0) { $0 + $1.requestCount })
      #expect(
        stride(from: 1, to: row.durations.count, by: 2).reduce(0) { $0 + row.durations[$1] }
          == same.count)
    }
    for period in shown.periods {
      let inside = own.filter { (period[0]..<period[1]).contains($0.bucket ?? -1) }
      #expect(period[2] + period[3] == Set(inside.compactMap(\.consumer)).count)
    }
    #expect(shown.periods.first?.first == span.lowerBound)
    #expect(shown.periods.last?[1] == span.upperBound)
  }

  @Test func `a consumer is new on its first day, but nobody is on the first of all`() async throws
  {
    let all = try await audience("since=0&until=\(10 * Self.day)&step=6h")
    #expect(all.first_day_end == Self.day)
    #expect(all.periods.map { $0[3] }.reduce(0, +) == 1)
    let first = try #require(all.consumers.first { $0.consumer == "late" }?.first_day)
    #expect(first >= 5 * Self.day && all.periods.first { $0[3] == 1 }?[0] == first)
    let later = try await audience("since=\(first + Self.day)&until=\(10 * Self.day)&step=6h")
    #expect(later.periods.allSatisfy { $0[3] == 0 })
  }

  @Test func `hours that an import has filled are marked`() async throws {
    let shown = try await figures("since=0&until=\(10 * Self.day)&step=1h")
    let marked = shown.backfilled.reduce(0) { $0 + ($1[1] - $1[0]) / 3_600 }
    // Every other message.
    #expect(marked > 60 && marked < 200 && shown.backfilled.count > 20)
    #expect(shown.backfilled.allSatisfy { $0[0] < $0[1] && $0[0] >= 0 })
  }

  @Test func `a time is widened to whole slots, and has at most so many`() async throws {
    let shown = try await figures("since=90000&until=90001&step=1h")
    #expect(shown.first == 90_000 && shown.slots == 1)
    await #expect(throws: InvalidMessage.self) {
      try await figures("since=0&until=\(10 * Self.day)&step=5m")
    }
    let usual = try await figures("since=0&until=\(366 * Self.day)")
    #expect(usual.slot_seconds == 2 * Self.day && usual.slots == 183)
    // Ten thousand years have too many weeks.
    await #expect(throws: InvalidMessage.self) {
      try await figures("since=0&until=253402300799")
    }
    await #expect(throws: InvalidMessage.self) {
      try await figures("since=0&until=9223372036854775807")
    }
  }

  @Test func `an answer that would take too much memory is refused`() throws {
    var sums = BinSums(rowCount: 1)
    #expect(throws: Refusal.self) { try sums.add(1, at: BinSums.limit, to: 0) }
    try sums.add(.max, at: 1, to: 0)
    try sums.add(1, at: 1, to: 0)
    #expect(throws: Refusal.self) { try ViewSlots.checkRoom(ViewSlots.rowLimit) }
    try ViewSlots.checkRoom(ViewSlots.rowLimit - 1)
  }

  @Test func `nothing is shown of an origin that has sent nothing`() async throws {
    let other = try #require(Origin(clientID: Messages.clientID, env: "other"))
    let text = try await store.figures(of: other, query("since=0&until=86400"))
    let shown = try JSONDecoder().decode(Figures.self, from: Data(text.utf8))
    #expect(shown.requests == 0 && shown.endpoints.isEmpty && shown.last_minute == nil)
    let audience = try JSONDecoder().decode(
      Audience.self,
      from: Data(try await store.audience(of: other, query("since=0&until=864000")).utf8))
    #expect(audience.named == 0 && audience.periods.count == 10)
  }
}
