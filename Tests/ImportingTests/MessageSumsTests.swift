import AccessLogParsing
import Addressing
import Attribution
import Messaging
import Reporting
import Tallying
import TestSupport
import Testing

@testable import Importing

/// What a run adds up beside its messages, held against what can be read from the messages themselves.
struct MessageSumsTests {
  private static let app = App(
    clientID: "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", environment: "prod")

  /// Requests of some days, with sizes and without, of names that differ in their bytes alone.
  private func fill(
    _ table: inout TallyTable, _ names: RunNames, _ width: BucketWidth, count: Int,
    _ generator: inout SeededGenerator
  ) {
    let consumers = ["", "a", "é", "e\u{301}", "\"quoted\"\\", "日本"]
    let paths = ["/", "/é", "/e\u{301}", "/users/{id}", "/a\"b"]
    for _ in 0..<count {
      var record = AccessRecord()
      record.duration = Int64.random(in: 0...5_000_000_000, using: &generator)
      if Bool.random(using: &generator) {
        record.requestSize = Int64.random(in: 0...9_000, using: &generator)
      }
      if Bool.random(using: &generator) {
        record.responseSize = Int64.random(in: 0...9_000_000, using: &generator)
      }
      let consumer = consumers.randomElement(using: &generator) ?? ""
      let second = 1_795_424_400 + Int64.random(in: 0..<200_000, using: &generator)
      table.add(
        record,
        at: TallyKey(
          bucket: width.bucket(of: second * 1_000_000_000),
          consumer: consumer.isEmpty ? 0 : names.consumers.id(for: consumer) ?? 0,
          method: names.methods.id(for: ["GET", "POST"].randomElement(using: &generator) ?? "")
            ?? 0,
          route: names.routes.id(for: paths.randomElement(using: &generator) ?? "") ?? 0,
          status: [200, 404, 503].randomElement(using: &generator) ?? 200))
    }
  }

  private func sums(of rows: TrafficRows) -> TrafficSums {
    var sums = TrafficSums()
    for row in rows.hours {
      let name = rows.endpoints[row.endpoint]
      let key = EndpointHour(
        hour: row.hour, method: name.method, path: name.path, status: row.status)
      sums.endpoints[key, default: TrafficSum()] += row.sum
    }
    for row in rows.days {
      let key = ConsumerDay(day: row.day, consumer: row.consumer.map { rows.consumers[$0] })
      sums.consumers[key, default: 0] += row.requests
    }
    return sums
  }

  @Test(arguments: [60, 900, 3_600, 86_400], [true, false])
  func `sums of a run are those of its messages`(seconds: Int, isTelemetry: Bool) throws {
    var generator = SeededGenerator(seed: UInt64(seconds))
    let names = RunNames(routeLimit: 1 << 20)
    let width = BucketWidth(seconds: seconds)
    var table = TallyTable(measuring: isTelemetry ? .exponentialBins : .linearBins)
    fill(&table, names, width, count: 5_000, &generator)
    var messages: [HubMessage] = []
    if isTelemetry {
      let source = TelemetrySource(
        environment: "prod", instance: Self.app.instanceUUID, version: "1", encoding: .gzip)
      var encoder = MetricsEncoder(source, width: width, names: names)
      encoder.encode(table, part: { _ in 0 }, { messages.append($0) })
      encoder.finish { messages.append($0) }
    } else {
      var encoder = SyncEncoder(
        app: Self.app, width: width, names: names, generator: SeededGenerator(seed: 1))
      encoder.encode(table) { messages.append($0) }
    }
    var read = TrafficSums()
    for message in messages { read += trafficSums(message.envelope, message.body) }
    var running = RunningSums(
      width: width, names: names, moment: isTelemetry ? .start : .end)
    running.add(table, before: .max, full: { _ in Issue.record("there are not so many") })
    let sums = sums(of: running.take())
    #expect(sums == read)
    #expect(sums.consumers.values.reduce(0, +) == 5_000)
    #expect(sums.endpoints.values.reduce(0) { $0 + $1.requests } == 5_000)
    #expect(running.take().isEmpty)
  }

  @Test func `sums are handed over before there are too many`() throws {
    let names = RunNames(routeLimit: 1 << 20)
    let width = BucketWidth(seconds: 3_600)
    var table = TallyTable()
    let hours = Int64(RunningSums.limit)
    for hour in 0..<hours {
      table.add(
        AccessRecord(),
        at: TallyKey(bucket: hour, consumer: 0, method: 1, route: 0, status: 200))
    }
    var running = RunningSums(width: width, names: names, moment: .end)
    var sum = TrafficSums()
    var handedOver = 0
    running.add(table, before: hours - 1) { rows in
      handedOver += 1
      sum += sums(of: rows)
    }
    sum += sums(of: running.take())
    #expect(handedOver == 1)
    #expect(sum.endpoints.count == Int(hours - 1))
    #expect(sum.consumers.values.reduce(0, +) == hours - 1)
  }

  @Test(arguments: ["/v2/a/b/startup", "/v2/a/b/sync", "/v1/metrics", "/v1/logs", "/elsewhere"])
  func `what has no numbers counts nothing`(path: String) {
    for body in [[], Array("{}".utf8), Array("no JSON".utf8), [0x1F, 0x8B, 0x08, 0x00]] {
      for headers in [[], [Envelope.Header("Content-Encoding", "gzip")]] {
        #expect(trafficSums(Envelope(path: path, headers: headers), body).isEmpty)
      }
    }
  }
}

/// The comparison, without outbox and API.
struct VerificationTests {
  private static let key = EndpointHour(hour: 500_000, method: "GET", path: "/", status: 200)

  private func verdict(
    sent: TrafficSum, uncertain: TrafficSum = TrafficSum(), there: TrafficSum?
  ) -> [Int] {
    var verification = Verification(.init(app: "a/b", url: "http://x"))
    verification.compare(
      [Self.key: .init(sent: sent, uncertain: uncertain)],
      there: there.map { [Self.key: $0] } ?? [:])
    let outcome = verification.summary.endpoints
    return [outcome.equal, outcome.missing, outcome.doubled]
  }

  private func sum(_ requests: Int64, _ received: Int64 = 0, _ sent: Int64 = 0) -> TrafficSum {
    TrafficSum(requests: requests, received: received, sent: sent)
  }

  @Test func `less is missing, more is doubled, and what is uncertain may be there`() {
    #expect(verdict(sent: sum(5, 1, 2), there: sum(5, 1, 2)) == [1, 0, 0])
    #expect(verdict(sent: sum(5), there: sum(4)) == [0, 1, 0])
    #expect(verdict(sent: sum(5), there: nil) == [0, 1, 0])
    #expect(verdict(sent: sum(5), there: sum(10)) == [0, 0, 1])
    #expect(verdict(sent: sum(5, 1, 2), there: sum(5, 1, 1)) == [0, 1, 0])
    #expect(verdict(sent: sum(5, 1, 2), there: sum(5, 2, 2)) == [0, 0, 1])
    #expect(verdict(sent: sum(5, 1, 2), there: sum(6, 0, 2)) == [0, 0, 1])
    #expect(verdict(sent: sum(5), uncertain: sum(3), there: sum(5)) == [1, 0, 0])
    #expect(verdict(sent: sum(5), uncertain: sum(3), there: sum(8)) == [1, 0, 0])
    #expect(verdict(sent: sum(5), uncertain: sum(3), there: sum(9)) == [0, 0, 1])
    #expect(verdict(sent: sum(5), uncertain: sum(3), there: sum(4)) == [0, 1, 0])
    // Nothing was sent of it, and nothing is there: a sum that only messages in the queue have.
    #expect(verdict(sent: sum(0), there: nil) == [0, 0, 0])
    #expect(verdict(sent: sum(0), uncertain: sum(1), there: nil) == [1, 0, 0])
    #expect(verdict(sent: sum(0), there: sum(1)) == [0, 0, 1])
  }
}
