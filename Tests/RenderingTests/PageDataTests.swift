import Reporting
import Testing

@testable import Rendering

/// What a page holds, decoded, against the requests that its report was made of.
struct PageDataTests {
  private let made = MadeReport(endpoints: 12, consumers: 30, slots: 60, requests: 4_000, seed: 3)

  private func page(_ report: Report) -> ReportPage {
    ReportPage(report, title: "access.log", version: "1")
  }

  /// The number of each name on the page, by its place in the made report.
  private func numbers(_ page: DecodedPage) -> (endpoints: [Int], consumers: [Int]) {
    let routes = page.rows("endpoints").map { $0[1] as? String ?? "" }
    let names = page.rows("consumers").map { $0[0] as? String }
    let others = names.count - 1
    return (
      made.endpointNames.map { routes.firstIndex(of: $0) ?? routes.count - 1 },
      made.consumerNames.map { names.firstIndex(of: $0) ?? others }
    )
  }

  private func counted(_ key: (MadeReport.Request) -> Int?) -> [Int: Int] {
    made.requests.reduce(into: [:]) { counts, request in
      if let key = key(request) { counts[key, default: 0] += 1 }
    }
  }

  /// Every section has exactly the requests of the log, whatever a page had to give up.
  private func expectAll(_ page: DecodedPage) {
    let (endpoints, consumers) = numbers(page)
    let (E, C, N) = (
      page.rows("endpoints").count, page.rows("consumers").count, page.number("bins")
    )
    let statuses = page.head["statuses"] as? [Int] ?? []
    let merged = page.number("slot") / 3_600
    let (first, slots, group) = (
      page.number("firstSlot"), page.number("slots"), page.number("group")
    )
    let hasClasses = page.head["endpointClasses"] as? Bool == true
    func slot(_ request: MadeReport.Request) -> Int { request.slot / merged - first }
    func groupOf(_ request: MadeReport.Request) -> Int {
      request.slot / merged / group - first / group
    }
    func bin(_ request: MadeReport.Request) -> Int? {
      request.bin.map { $0 >> (5 - page.number("scale")) - page.number("lowestBin") + 2 }
    }
    #expect(
      page.sections[0]
        == counted {
          ((statuses.firstIndex(of: $0.status) ?? -1) * E + endpoints[$0.endpoint]) * slots
            + slot($0)
        })
    #expect(
      page.sections[1] == counted { ($0.kind * C + consumers[$0.consumer]) * slots + slot($0) })
    #expect(
      page.sections[2]
        == counted { (endpoints[$0.endpoint] * C + consumers[$0.consumer]) * 3 + $0.kind })
    #expect(
      page.sections[3]
        == counted { request in
          bin(request).map {
            (((hasClasses ? request.kind : 0) * E + endpoints[request.endpoint]) * N + $0)
              * page.number("groups") + groupOf(request)
          }
        })
    #expect(
      page.sections[4]
        == counted { request in
          bin(request).map { (consumers[request.consumer] * 3 + request.kind) * N + $0 }
        })
    #expect(
      page.sections[5]
        == counted { request in
          bin(request).map { (request.kind * N + $0) * slots + slot(request) }
        })
    let shared = page.head["shared"] as? [Int] ?? []
    #expect(
      page.sections[6]
        == counted { request in
          shared.firstIndex(of: consumers[request.consumer]).map {
            ((($0 * slots + slot(request)) * E + endpoints[request.endpoint]) * 3 + request.kind)
              * N + (bin(request) ?? 0)
          }
        })
  }

  @Test func `a page of a small log has every combination`() throws {
    let page = try DecodedPage(page(made.report).packed(within: 1_000_000))
    expectAll(page)
    #expect(page.number("scale") == 5)
    #expect(page.number("group") == 1)
    #expect((page.head["shared"] as? [Int])?.count == made.consumerNames.count)
    #expect(page.number("mergedConsumers") == 0)
    #expect(page.total(6) == made.requests.count)
  }

  /// What is given up is told apart less finely, and nothing is lost.
  @Test(arguments: [40_000, 30_000, 20_000, 14_000, 11_000, 8_000, 6_000])
  func `a page that has little room is coarser, and complete`(limit: Int) throws {
    let packed = page(made.report).packed(within: limit)
    #expect(packed.count <= limit)
    let page = try DecodedPage(packed)
    expectAll(page)
    #expect(page.total(0) == made.requests.count)
    #expect(page.total(1) == made.requests.count)
    #expect(page.total(2) == made.requests.count)
  }

  @Test func `what is given up goes in one order`() {
    let steps = PageFineness.steps(width: 21_600, slots: 120)
    #expect(steps[0] == PageFineness())
    for (finer, coarser) in zip(steps, steps.dropFirst()) {
      #expect(coarser.slotsMerged >= finer.slotsMerged)
      #expect(coarser.scale <= finer.scale)
      #expect(coarser.consumerLimit <= finer.consumerLimit)
      #expect(coarser.endpointLimit <= finer.endpointLimit)
      #expect(coarser != finer)
    }
    // Whole days, as long as slots are shorter.
    #expect(steps[1].slotsPerGroup == 4)
  }

  /// Consumers of which something is not kept are counted together, and only these.
  @Test func `a consumer that is not complete is one of the others`() throws {
    var report = made.report
    let incomplete = try #require(report.detail?.consumers.first?.consumer)
    report.detail?.consumers.removeFirst()
    let page = try DecodedPage(page(report).packed(within: 1_000_000))
    expectAll(page)
    #expect(page.number("mergedConsumers") == 1)
    let shares = try #require(page.head["shared"] as? [Int])
    #expect(shares.count == made.consumerNames.count - 1, "\(incomplete)")
  }

  @Test func `a report without detail still makes a page, with what it knows`() throws {
    var report = made.report
    report.detail = nil
    let page = try DecodedPage(page(report).packed(within: 1_000_000))
    #expect(page.total(6) == 0)
    #expect(page.head["classes"] as? Bool == false)
    _ = ReportPage(Report(), title: "", version: "").html
  }
}
