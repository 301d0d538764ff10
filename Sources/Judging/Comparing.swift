package import Diagnostics
package import Reporting

/// Compares two reports endpoint by endpoint, so that what only chance has moved is not listed: times by the
/// test of Mann and Whitney, server errors by two proportions, over all endpoints at a false discovery rate.
package struct Comparing {
  /// The shares of those listed that may be chance.
  private static let certainRate = 0.01
  private static let perhapsRate = 0.2

  private let before: Part
  private let after: Part

  /// The endpoints of a report, or of a part of its time.
  struct Part {
    var endpoints: [String: Report.Endpoint]
    var side: Comparison.Side
    var resolution: Int64

    init(_ report: Report) {
      endpoints = Dictionary(
        report.endpoints.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      side = Comparison.Side(report.totals, report.period)
      resolution = report.resolution
    }

    /// Of the slots whose numbers are in `range`.
    init(_ report: Report, slots range: Range<Int>) {
      endpoints = [:]
      resolution = report.resolution
      var totals = Figures()
      for endpoint in report.endpoints {
        var part = Report.Endpoint(method: endpoint.method, route: endpoint.route)
        part.slots = endpoint.slots.filter { range.contains($0.number) }
        guard !part.slots.isEmpty else { continue }
        for slot in part.slots {
          part.figures.statuses.merge(slot.statuses)
          part.figures.durations.merge(slot.durations)
        }
        totals.merge(part.figures)
        endpoints[part.name] = part
      }
      let width = Int64(report.endpointSlotWidth.seconds) * 1_000_000_000
      side = Comparison.Side(
        totals, Int64(range.lowerBound) * width...Int64(range.upperBound) * width - 1)
    }
  }

  package init(_ before: Report, _ after: Report) {
    self.init(Part(before), Part(after))
    halves = Self.halves(of: before)
  }

  /// Compares the halves of a report's time; nil if it is too short to have any.
  package init?(halvesOf report: Report) {
    guard let (before, after) = Self.halves(of: report) else { return nil }
    self.init(before, after)
  }

  /// Compares the last day of a report with the same day a week before.
  ///
  /// - Throws: if the report is not that long.
  package init(lastDayOf report: Report) throws(Diagnostic) {
    let width = report.endpointSlotWidth.seconds
    let last = report.endpoints.compactMap { $0.slots.last?.number }.max() ?? 0
    let day = max(1, 86_400 / width)
    let week = 7 * day
    let end = last + 1
    guard 86_400 % width == 0,
      end - day - week >= (report.endpoints.compactMap { $0.slots.first?.number }.min() ?? 0)
    else { throw .noWeekBefore }
    let before = (end - day - week)..<(end - week)
    self.init(Part(report, slots: before), Part(report, slots: (end - day)..<end))
    let middle = before.lowerBound + before.count / 2
    if before.count >= 2 {
      halves = (
        Part(report, slots: before.lowerBound..<middle),
        Part(report, slots: middle..<before.upperBound)
      )
    }
  }

  /// The halves of the time before.
  private var halves: (Part, Part)?

  init(_ before: Part, _ after: Part) { (self.before, self.after) = (before, after) }

  private static func halves(of report: Report) -> (Part, Part)? {
    let numbers = report.endpoints.flatMap { $0.slots.map(\.number) }
    guard let first = numbers.min(), let last = numbers.max(), first < last else { return nil }
    let middle = (first + last + 1) / 2
    return (Part(report, slots: first..<middle), Part(report, slots: middle..<last + 1))
  }

  package var comparison: Comparison {
    var comparison = Comparison(before: before.side, after: after.side)
    comparison.resolution = min(before.resolution, after.resolution)
    let rows = self.rows
    comparison.comparedCount = rows.count
    let pValues = rows.map(\.pValue)
    let certain = significant(pValues, rate: Self.certainRate)
    let perhaps = significant(pValues, rate: Self.perhapsRate).filter { !certain.contains($0) }
    func sorted(_ places: [Int]) -> [Comparison.Row] {
      places.map { rows[$0] }.sorted { ($1.madeWorse, $0.endpoint) < ($0.madeWorse, $1.endpoint) }
    }
    (comparison.changed, comparison.perhaps) = (sorted(certain), sorted(perhaps))
    comparison.new = after.endpoints.keys.filter { before.endpoints[$0] == nil }.sorted()
    comparison.gone = before.endpoints.keys.filter { after.endpoints[$0] == nil }.sorted()
    comparison.listedWithoutChange = halves.map { first, second in
      significant(Comparing(first, second).rows.map(\.pValue), rate: Self.certainRate).count
    }
    return comparison
  }

  /// The endpoints that have enough requests on both sides, by name.
  private var rows: [Comparison.Row] {
    before.endpoints.keys.sorted().compactMap { name in
      guard let old = before.endpoints[name], let new = after.endpoints[name],
        min(old.figures.requests, new.figures.requests) >= Comparison.leastRequests
      else { return nil }
      return row(name, old, new)
    }
  }

  private func row(
    _ name: String, _ old: Report.Endpoint, _ new: Report.Endpoint
  ) -> Comparison.Row {
    let times = RankTest(old.figures.durations, new.figures.durations)
    let errors = proportionDeviation(
      old.figures.serverErrors, of: old.figures.requests, new.figures.serverErrors,
      of: new.figures.requests)
    let errorVariation = Self.errorVariation([old.slots, new.slots])
    let pValue = min(
      1,
      2 * min(twoSidedTail(of: times.z), twoSidedTail(of: errors / errorVariation.squareRoot())))
    let resolution = min(before.resolution, after.resolution)
    let loss = satisfaction(old.figures) - satisfaction(new.figures)
    return Comparison.Row(
      endpoint: name,
      before: Finding.Sample(old.figures.statuses, old.figures.durations, resolution: resolution),
      after: Finding.Sample(new.figures.statuses, new.figures.durations, resolution: resolution),
      medianBefore: old.figures.percentile(.median, resolution: resolution),
      medianAfter: new.figures.percentile(.median, resolution: resolution), slower: times.theta,
      pValue: pValue, madeWorse: Double(new.figures.requests) * loss)
  }

  /// The share of requests that went well: within half a second whole, within two half, errors not at all.
  private func satisfaction(_ figures: Figures) -> Double {
    let failed = Double(figures.serverErrors) / Double(max(1, figures.requests))
    guard !figures.durations.isEmpty else { return 1 - failed }
    let whole = figures.durations.count(upToPowerOfTwo: -1)
    let half = figures.durations.count(upToPowerOfTwo: 1) - whole
    return (Double(whole) + Double(half) / 2) / Double(figures.durations.count) - failed
  }

  /// How much more the share of errors differs between slots of a side than chance explains; 1 if it does not.
  private static func errorVariation(_ sides: [[Report.EndpointSlot]]) -> Double {
    var (sum, count) = (0.0, 0)
    for slots in sides {
      let requests = slots.map { $0.statuses.total }
      let errors = slots.map { $0.statuses.sum(of: 500...599) }
      let all = requests.reduce(0, +)
      let share = (Double(errors.reduce(0, +)) + 0.5) / Double(all + 1)
      for (n, failed) in zip(requests, errors) where n > 0 {
        let expected = Double(n) * share
        sum += (Double(failed) - expected) * (Double(failed) - expected) / (expected * (1 - share))
        count += 1
      }
    }
    return count > 3 ? max(1, sum / Double(count - 2)) : 1
  }
}

extension Diagnostic {
  fileprivate static let noWeekBefore = Diagnostic(
    .error, code: "no-week-before", "the log does not reach back to a week before its last day",
    hint: "add older logs, or use --compare-at or --compare", exitStatus: .wrongUsage)
}
