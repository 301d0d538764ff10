import Reporting
import TestSupport
import Testing

@testable import Judging

struct ComparingTests {
  private func day(_ number: Int) -> MadeLog {
    MadeLog(days: 1, perDay: 4_000, seed: UInt64(2_000 + number))
  }

  /// Makes an endpoint slower, and answers a share of its requests with 502.
  private func changed(_ log: MadeLog, times factor: Double, percent: Int) -> MadeLog {
    var log = log
    var generator = SeededGenerator(seed: 9)
    for index in log.requests.indices where log.requests[index].endpoint == "GET /v1/things3" {
      log.requests[index].milliseconds = log.requests[index].milliseconds.map {
        Int(Double($0) * factor)
      }
      if Int.random(in: 0..<100, using: &generator) < percent { log.requests[index].status = 502 }
    }
    return log
  }

  @Test func `of 29 days and those before them, on which nothing changes, nothing is listed`() {
    var reports = [day(0).report()]
    for number in 1...29 {
      reports.append(day(number).report())
      let comparison = Comparing(reports[number - 1], reports[number]).comparison
      #expect(comparison.comparedCount == 15)
      #expect(comparison.changed.map(\.endpoint) == [], "day \(number)")
      #expect(comparison.listedWithoutChange == 0, "day \(number)")
    }
  }

  @Test func `an endpoint that takes 2.6 times as long is found on each of 15 days, and no other`()
  {
    for number in 0..<15 {
      let after = changed(day(number + 1), times: 2.6, percent: 2)
      let comparison = Comparing(day(number).report(), after.report()).comparison
      #expect(comparison.changed.map(\.endpoint) == ["GET /v1/things3"], "day \(number)")
      #expect((comparison.changed.first?.slower ?? 0) > 0.6)
      #expect((comparison.changed.first?.madeWorse ?? 0) > 0)
    }
  }

  @Test func `a report against itself differs in nothing`() {
    let report = day(1).report()
    let comparison = Comparing(report, report).comparison
    #expect(comparison.changed.isEmpty && comparison.perhaps.isEmpty)
    #expect(comparison.new.isEmpty && comparison.gone.isEmpty)
  }

  @Test func `endpoints of one side only are named`() {
    var (before, after) = (day(1), day(1))
    before.requests.removeAll { $0.endpoint == "GET /v1/things0" }
    after.requests.removeAll { $0.endpoint == "GET /v1/things1" }
    let comparison = Comparing(before.report(), after.report()).comparison
    #expect(comparison.new == ["GET /v1/things0"] && comparison.gone == ["GET /v1/things1"])
  }

  @Test func `the last day is compared with the same day a week before`() throws {
    var log = MadeLog(days: 15, perDay: 2_000, seed: 21)
    let lastDay = MadeLog.start + 14 * 86_400
    for index in log.requests.indices
    where log.requests[index].endpoint == "GET /v1/things1" && log.requests[index].second >= lastDay
    {
      log.requests[index].milliseconds = log.requests[index].milliseconds.map { $0 * 3 }
    }
    let comparison = try Comparing(lastDayOf: log.report()).comparison
    #expect(comparison.before.requests == 2_000 && comparison.after.requests == 2_000)
    #expect(comparison.changed.map(\.endpoint) == ["GET /v1/things1"])
    #expect(throws: (any Error).self) { try Comparing(lastDayOf: day(1).report()) }
  }

  @Test func `ranks are compared with ties, and proportions with few requests say little`() {
    #expect(RankTest([10, 0], [0, 10]).theta == 1)
    #expect(RankTest([5, 5], [5, 5]).theta == 0.5)
    #expect(RankTest([5, 5], [5, 5]).z == 0)
    #expect(RankTest([0, 0], [3, 4]).z == 0)
    #expect(proportionDeviation(0, of: 3, 1, of: 3) < 1)
    #expect(proportionDeviation(10, of: 1_000, 100, of: 1_000) > 8)
    #expect(significant([0.5, 0.000_1, 0.9], rate: 0.01) == [1])
    #expect(significant([], rate: 0.01) == [])
  }
}
