internal import Reporting

/// Looks for consumers that get more errors than the others, and for new ones that make many requests.
struct ConsumerSearch {
  /// Consumers with fewer requests say nothing.
  private static let leastRequests = 50
  /// What is too small to matter: less than twice the others' share, a share below 2 %, or fewer errors than
  /// this beyond what the others would have.
  private static let leastRatio = 2.0
  private static let leastShare = 0.02
  private static let leastExcess = 20.0
  /// With fewer consumers nothing is known of how much they differ anyway.
  private static let leastConsumers = 10

  private let report: Report
  private let totals: Figures

  init(_ report: Report) {
    self.report = report
    totals = report.totals
  }

  // MARK: Errors

  private struct Kind: Sendable {
    /// What stands for it in a finding.
    var status: Int
    var count: @Sendable (SparseCounts) -> Int
  }

  private static let kinds = [
    Kind(status: 429) { $0[429] },
    Kind(status: 400) { $0.sum(of: 400...499) - $0[429] },
    Kind(status: 500) { $0.sum(of: 500...599) },
  ]

  var errors: [Finding] {
    var found: [(finding: Finding, excess: Double)] = []
    for kind in Self.kinds { found += errors(kind) }
    found.sort { ($1.excess, $0.finding.consumer ?? "") < ($0.excess, $1.finding.consumer ?? "") }
    return found.map(\.finding)
  }

  private func errors(_ kind: Kind) -> [(finding: Finding, excess: Double)] {
    let consumers = report.consumers.filter {
      $0.name != nil && $0.figures.requests >= Self.leastRequests
    }
    let all = kind.count(totals.statuses)
    guard all > 0, !consumers.isEmpty else { return [] }
    let deviations = consumers.map { consumer in
      let (own, requests) = (kind.count(consumer.figures.statuses), consumer.figures.requests)
      return proportionDeviation(all - own, of: totals.requests - requests, own, of: requests)
    }
    let variation = Self.variation(deviations)
    let tails = deviations.map { twoSidedTail(of: $0 / variation.squareRoot()) }
    return significant(tails, rate: StandsOut.falseDiscoveryRate / Double(Self.kinds.count))
      .compactMap { place in
        guard deviations[place] > 0 else { return nil }
        return finding(kind, consumers[place], of: all, pValue: tails[place])
      }
  }

  private func finding(
    _ kind: Kind, _ consumer: Report.Consumer, of all: Int, pValue: Double
  ) -> (finding: Finding, excess: Double)? {
    let (own, requests) = (kind.count(consumer.figures.statuses), consumer.figures.requests)
    let others = Double(all - own) / Double(max(1, totals.requests - requests))
    let share = Double(own) / Double(requests)
    let excess = Double(own) - others * Double(requests)
    guard share >= Self.leastRatio * others, share >= Self.leastShare, excess >= Self.leastExcess
    else { return nil }
    var finding = Finding(.consumerErrors)
    finding.consumer = consumer.name
    finding.status = kind.status
    finding.statusCount = own
    finding.share = Double(own) / Double(all)
    finding.after = Finding.Sample(consumer.figures.statuses)
    var rest = Finding.Sample(totals.statuses)
    if let sample = finding.after {
      rest.requests -= sample.requests
      rest.clientErrors -= sample.clientErrors
      rest.rateLimited -= sample.rateLimited
      rest.serverErrors -= sample.serverErrors
    }
    finding.before = rest
    finding.pValue = pValue
    finding.severity = kind.status == 400 ? .notice : .warning
    return (finding, excess)
  }

  /// How much more consumers differ than chance explains: by the median, which those that stand out hardly
  /// move. The median of squares of standard normal values is 0.4549.
  private static func variation(_ deviations: [Double]) -> Double {
    guard deviations.count >= leastConsumers else { return 1 }
    let squares = deviations.map { $0 * $0 }.sorted()
    return max(1, squares[squares.count / 2] / 0.4549)
  }

  // MARK: New consumers

  /// A new consumer's least share of all requests since it appeared.
  private static let leastNewShare = 0.02
  /// How many requests it would have made on the first day, had it been there.
  private static let leastExpected = 20.0

  var newcomers: [Finding] {
    guard let period = report.period else { return [] }
    let (start, end) = (
      Int(period.lowerBound / 1_000_000_000), Int(period.upperBound / 1_000_000_000)
    )
    let firstDayEnd = report.firstDayEnd
    guard end - firstDayEnd >= 86_400 else { return [] }
    let firstDayLength = Double(firstDayEnd - start)
    return report.consumers.compactMap { consumer -> Finding? in
      let figures = consumer.figures
      guard consumer.name != nil, figures.firstSeen >= firstDayEnd,
        figures.requests >= Self.leastRequests
      else { return nil }
      let rate = Double(figures.requests) / Double(max(1, end - figures.firstSeen))
      let share = Double(figures.requests) / Double(requests(since: figures.firstSeen))
      guard rate * firstDayLength >= Self.leastExpected, share >= Self.leastNewShare else {
        return nil
      }
      var finding = Finding(.newConsumer)
      finding.severity = .notice
      finding.consumer = consumer.name
      finding.since = figures.firstSeen
      finding.share = min(1, share)
      finding.after = Finding.Sample(
        figures.statuses, figures.durations, resolution: report.resolution)
      return finding
    }
  }

  /// All requests in the slots from that of `second` on.
  private func requests(since second: Int) -> Int {
    var sum = 0
    for (number, figures) in zip(report.slots.numbers, report.slots.values)
    where number >= report.slots.width.slot(of: second) {
      sum += figures.requests
    }
    return max(1, sum)
  }
}
