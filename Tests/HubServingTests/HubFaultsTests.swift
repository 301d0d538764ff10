import FoundationEssentials
import Testing

@testable import HubServing

struct HubFaultsTests {
  private static let rules = [
    HubFaults.Rule(.answered(status: 500), probability: 0.25),
    HubFaults.Rule(.closedAfterStoring, probability: 0.5, endpoints: [.sync]),
  ]

  private func draw(_ count: Int, seed: UInt64, at endpoint: Endpoint) -> [HubFaults.Fault?] {
    var faults = HubFaults(rules: Self.rules, seed: seed)
    return (0..<count).map { _ in faults.next(at: endpoint) }
  }

  @Test func `the same seed gives the same faults`() {
    #expect(draw(100, seed: 7, at: .sync) == draw(100, seed: 7, at: .sync))
    #expect(draw(100, seed: 7, at: .sync) != draw(100, seed: 8, at: .sync))
  }

  @Test func `faults come about as often as their rules say`() {
    let faults = draw(10_000, seed: 1, at: .sync)
    #expect((2300...2700).contains(faults.count { $0 == .answered(status: 500) }))
    #expect((4700...5300).contains(faults.count { $0 == .closedAfterStoring }))
  }

  @Test func `a rule applies to its endpoints only`() {
    let faults = draw(10_000, seed: 1, at: .startup)
    #expect((2300...2700).contains(faults.count { $0 == .answered(status: 500) }))
    #expect(faults.allSatisfy { $0 == nil || $0 == .answered(status: 500) })
  }

  @Test func `what is set for the first messages comes first`() {
    var faults = HubFaults(
      opening: [.closedBeforeStoring, nil],
      rules: [HubFaults.Rule(.delayed(.seconds(1)), probability: 1)])
    #expect(faults.next(at: .log) == .closedBeforeStoring)
    #expect(faults.next(at: .log) == nil)
    #expect(faults.next(at: .log) == .delayed(.seconds(1)))
  }

  @Test func `without rules nothing happens`() {
    var faults = HubFaults()
    #expect((0..<1000).allSatisfy { _ in faults.next(at: .sync) == nil })
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    // The example of RFC 9110.
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
  ])
  func `a date of HTTP reads so`(seconds: Int, text: String) {
    #expect(httpDate(Date(timeIntervalSince1970: Double(seconds))) == text)
  }
}
