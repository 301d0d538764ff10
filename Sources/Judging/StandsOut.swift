package import Reporting

/// Looks for what differs in a report, from itself or from the rest, beyond chance and by enough to matter.
package struct StandsOut {
  /// The share of findings that may be chance.
  static let falseDiscoveryRate = 0.01

  private let report: Report

  package init(_ report: Report) { self.report = report }

  /// Gaps first, then endpoints, then consumers; of each the weightiest first.
  package var findings: [Finding] {
    GapSearch(report).findings + ChangeSearch(report).findings
      + ConsumerSearch(report).errors + ConsumerSearch(report).newcomers
  }
}

/// Looks for times without requests that are longer than chance explains.
struct GapSearch {
  /// How many slots on each side say how many requests there would have been.
  private static let window = 30
  /// A silence is a finding if chance brings it less than once in so many seconds: a month.
  private static let rarity = 2_592_000.0
  private static let leastSlots = 5

  private let report: Report
  /// Requests of each slot from the first to the last.
  private let counts: [Int]
  private let width: Int
  private let first: Int

  init(_ report: Report) {
    self.report = report
    width = report.slots.width.seconds
    first = report.slots.numbers.first ?? 0
    let last = report.slots.numbers.last ?? -1
    var counts = [Int](repeating: 0, count: max(0, last - first + 1))
    for (number, figures) in zip(report.slots.numbers, report.slots.values) {
      counts[number - first] = figures.requests
    }
    self.counts = counts
  }

  var findings: [Finding] {
    var findings: [Finding] = []
    var place = 0
    while place < counts.count {
      guard counts[place] == 0 else {
        place += 1
        continue
      }
      let end = counts[place...].firstIndex { $0 > 0 } ?? counts.count
      if end < counts.count, isRare(place..<end) { findings.append(finding(place..<end)) }
      place = end
    }
    return findings.sorted { $0.length > $1.length }
  }

  /// Whether so few requests would have come by chance hardly ever.
  private func isRare(_ gap: Range<Int>) -> Bool {
    let length = max(gap.count, Self.window)
    let before = counts[max(0, gap.lowerBound - length)..<gap.lowerBound]
    let after = counts[gap.upperBound..<min(counts.count, gap.upperBound + length)]
    guard before.count >= Self.leastSlots, after.count >= Self.leastSlots else { return false }
    func mean(_ slots: ArraySlice<Int>) -> Double {
      Double(slots.reduce(0, +)) / Double(slots.count)
    }
    let rate = min(mean(before), mean(after), usualRate(gap) ?? .infinity)
    // Requests come in bursts: so many fewer independent ones there are.
    let all = Array(before) + Array(after)
    let common = Double(all.reduce(0, +)) / Double(all.count)
    let variance =
      all.reduce(0) { $0 + (Double($1) - common) * (Double($1) - common) } / Double(all.count - 1)
    let burst = max(1, variance / max(common, 1e-9))
    let expected = rate * Double(gap.count) / burst
    return expected > naturalLogarithm(Self.rarity / Double(width))
  }

  /// Requests in a slot at the same times of other days; nil if there is no other day.
  private func usualRate(_ gap: Range<Int>) -> Double? {
    guard 86_400 % width == 0 else { return nil }
    let day = 86_400 / width
    var (sum, count) = (0, 0)
    for slot in gap.prefix(day) {
      for other in stride(from: slot % day, to: counts.count, by: day) where !gap.contains(other) {
        sum += counts[other]
        count += 1
      }
    }
    return count > 0 ? Double(sum) / Double(count) : nil
  }

  private func finding(_ gap: Range<Int>) -> Finding {
    var finding = Finding(.gap)
    finding.since = (first + gap.lowerBound) * width
    finding.until = (first + gap.upperBound) * width
    let before = counts[max(0, gap.lowerBound - gap.count)..<gap.lowerBound]
    finding.before = Finding.Sample(requests: before.reduce(0, +))
    return finding
  }
}

extension Finding {
  fileprivate var length: Int { (until ?? 0) - (since ?? 0) }
}

extension Finding.Sample {
  /// - Parameter resolution: of the log's durations; nil to leave them out.
  init(_ statuses: SparseCounts, _ durations: Distribution? = nil, resolution: Int64 = 1) {
    self.init(requests: statuses.total)
    clientErrors = statuses.sum(of: 400...499)
    rateLimited = statuses[429]
    serverErrors = statuses.sum(of: 500...599)
    p95 = durations?.percentile(.p95, resolution: resolution)
  }
}
