import Reporting
import TestSupport
import Testing

@testable import Judging

struct StandsOutTests {
  @Test func `nothing stands out on 29 days on which nothing changes`() {
    for day in 0..<29 {
      let report = MadeLog(days: 1, perDay: 4_000, seed: UInt64(1_000 + day)).report()
      #expect(StandsOut(report).findings == [], "day \(day)")
    }
  }

  @Test func `nothing stands out in a month on which nothing changes`() {
    let report = MadeLog(days: 30, perDay: 1_000, seed: 3).report()
    #expect(StandsOut(report).findings == [])
  }

  /// A slower endpoint, an outage, a rate limit, and a newcomer.
  @Test func `exactly what was written into a log stands out`() throws {
    var log = MadeLog(days: 3, perDay: 8_000, seed: 11)
    var generator = SeededGenerator(seed: 12)
    let change = MadeLog.start + 40 * 3_600
    let outage = (MadeLog.start + 20 * 3_600)..<(MadeLog.start + 21 * 3_600)
    log.requests.removeAll { outage.contains($0.second) }
    for index in log.requests.indices {
      let request = log.requests[index]
      if request.endpoint == "GET /v1/things2", request.second >= change {
        log.requests[index].milliseconds = (request.milliseconds ?? 0) * 4
        if Int.random(in: 0..<100, using: &generator) < 8 { log.requests[index].status = 502 }
      }
      if request.consumer == "consumer-5", Int.random(in: 0..<100, using: &generator) < 40 {
        log.requests[index].status = 429
      }
      if request.second >= MadeLog.start + 30 * 3_600, index % 10 == 0 {
        log.requests[index].consumer = "newcomer"
      }
    }
    let findings = StandsOut(log.report()).findings
    #expect(findings.map(\.kind) == [.gap, .endpointChange, .consumerErrors, .newConsumer])
    let gap = try #require(findings.first)
    #expect(abs((gap.since ?? 0) - outage.lowerBound) <= 600)
    #expect(abs((gap.until ?? 0) - outage.upperBound) <= 600)
    let slower = try #require(findings.dropFirst().first)
    #expect(slower.endpoint == "GET /v1/things2")
    #expect(abs((slower.since ?? 0) - change) <= 3_600)
    #expect(slower.status == 502)
    #expect(findings.dropFirst(2).first?.consumer == "consumer-5")
    #expect(findings.last?.consumer == "newcomer")
  }

  @Test func `nights without requests are no gaps`() {
    var log = MadeLog(days: 8, perDay: 4_000, seed: 5)
    log.requests.removeAll { $0.second % 86_400 < 6 * 3_600 }
    #expect(StandsOut(log.report()).findings == [])
  }
}
