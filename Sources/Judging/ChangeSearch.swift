internal import Reporting

/// Looks for endpoints whose times or server errors changed at a moment.
struct ChangeSearch {
  /// How many requests there must be on each side of the moment.
  private static let leastRequests = 20
  /// How many slots must have requests, so that they show how much an endpoint varies anyway.
  private static let leastSlots = 6
  /// What is too small to matter, however certain: a probability that one request is slower than another this
  /// far from 1/2, or a share of server errors that moved by less than a percent.
  private static let leastShift = 0.1
  private static let leastErrorShift = 0.01

  private let report: Report

  init(_ report: Report) { self.report = report }

  var findings: [Finding] {
    let moments = report.endpoints.compactMap(moment)
    return significant(moments.map(\.pValue), rate: StandsOut.falseDiscoveryRate)
      .map { change(at: moments[$0]) }.filter { $0.matters }
      .sorted { ($1.weight, $0.endpoint.name) < ($0.weight, $1.endpoint.name) }
      .map(finding)
  }

  /// The moment at which an endpoint differs most from before.
  private struct Moment {
    var endpoint: Report.Endpoint
    /// The first slot after it.
    var place: Int
    var pValue: Double
    /// Whether it is durations that differ, rather than server errors.
    var isOfTimes: Bool
  }

  /// What has changed at a moment.
  private struct Change {
    var endpoint: Report.Endpoint
    var place: Int
    var pValue: Double
    var theta: Double
    var errorShift: Double
    var matters: Bool
    /// Requests since then that were made worse or better.
    var weight: Double
  }

  private func moment(of endpoint: Report.Endpoint) -> Moment? {
    let slots = endpoint.slots
    guard slots.count >= Self.leastSlots,
      endpoint.figures.requests >= 2 * Self.leastRequests
    else { return nil }
    let times = TimeScan(slots, least: Self.leastRequests)
    let errors = ErrorScan(slots, least: Self.leastRequests)
    let timeTail = twoSidedTail(of: times.z)
    let errorTail = twoSidedTail(of: errors.z)
    // As many moments were looked at as there are slots, and two figures.
    let pValue = min(1, 2 * min(timeTail, errorTail) * Double(slots.count))
    let isOfTimes = timeTail <= errorTail
    let place = isOfTimes ? times.place : errors.place
    guard place > 0 else { return nil }
    return Moment(endpoint: endpoint, place: place, pValue: pValue, isOfTimes: isOfTimes)
  }

  private func change(at moment: Moment) -> Change {
    let (slots, place) = (moment.endpoint.slots, moment.place)
    let theta = RankTest(merged(slots[..<place]), merged(slots[place...])).theta
    let (before, after) = (statuses(slots[..<place]), statuses(slots[place...]))
    let errorShift = share(after) - share(before)
    let matters =
      moment.isOfTimes
      ? abs(theta - 0.5) >= Self.leastShift : abs(errorShift) >= Self.leastErrorShift
    return Change(
      endpoint: moment.endpoint, place: place, pValue: moment.pValue, theta: theta,
      errorShift: errorShift, matters: matters,
      weight: Double(after.total) * max(abs(theta - 0.5), abs(errorShift)))
  }

  private func share(_ statuses: SparseCounts) -> Double {
    Double(statuses.sum(of: 500...599)) / Double(max(1, statuses.total))
  }

  private func merged(_ slots: ArraySlice<Report.EndpointSlot>) -> Distribution {
    slots.reduce(into: Distribution()) { $0.merge($1.durations) }
  }

  private func statuses(_ slots: ArraySlice<Report.EndpointSlot>) -> SparseCounts {
    slots.reduce(into: SparseCounts()) { $0.merge($1.statuses) }
  }

  private func finding(_ change: Change) -> Finding {
    let slots = change.endpoint.slots
    let (left, right) = (slots[..<change.place], slots[change.place...])
    var finding = Finding(.endpointChange)
    finding.endpoint = change.endpoint.name
    finding.since = slots[change.place].number * report.endpointSlotWidth.seconds
    let (before, after) = (statuses(left), statuses(right))
    finding.before = Finding.Sample(before, merged(left), resolution: report.resolution)
    finding.after = Finding.Sample(after, merged(right), resolution: report.resolution)
    finding.pValue = change.pValue
    let isWorse = change.errorShift > Self.leastErrorShift || change.theta > 0.5
    finding.severity = isWorse ? .warning : .notice
    if change.errorShift >= Self.leastErrorShift {
      // The status that more requests have than they would have had before.
      let scale = Double(after.total) / Double(max(1, before.total))
      let grown = after.pairs.filter { (500...599).contains($0.key) }
        .max { left, right in
          Double(left.count) - Double(before[left.key]) * scale
            < Double(right.count) - Double(before[right.key]) * scale
        }
      finding.status = grown?.key
      finding.statusCount = grown?.count ?? 0
    }
    return finding
  }
}

/// The moment at which durations differ most before and after.
private struct TimeScan {
  /// The first slot after it; 0 if there is none.
  private(set) var place = 0
  /// How many standard deviations they differ, given how much they vary on either side.
  private(set) var z = 0.0

  init(_ slots: [Report.EndpointSlot], least: Int) {
    let ranking = Ranking(slots.map(\.durations))
    var (passed, ranks) = (0.0, 0.0)
    for place in 1..<slots.count {
      passed += Double(slots[place - 1].durations.count)
      ranks += ranking.sum(of: slots[place - 1].durations)
      let rest = ranking.count - passed
      guard passed >= Double(least), rest >= Double(least) else { continue }
      // The ranks within the first set are those of any set of so many.
      let wins = (2 * ranking.count * passed - ranks - passed * passed) / 2
      let z = RankTest(wins: wins, ties: ranking.ties, passed, rest).z
      if z.magnitude > self.z.magnitude { (self.place, self.z) = (place, z) }
    }
    if place > 0 { z /= Self.variation(slots, place).squareRoot() }
  }

  /// How much more slots differ from their side than chance explains; 1 if they do not.
  private static func variation(_ slots: [Report.EndpointSlot], _ place: Int) -> Double {
    var (sum, count) = (0.0, 0)
    for side in [slots[..<place], slots[place...]] where side.count > 1 {
      let ranking = Ranking(side.map(\.durations))
      for slot in side where !slot.durations.isEmpty {
        let own = Double(slot.durations.count)
        let wins = (ranking.sum(of: slot.durations) - own * own) / 2
        let z = RankTest(wins: wins, ties: ranking.ties, ranking.count - own, own).z
        sum += z * z
        count += 1
      }
    }
    return count > 2 ? max(1, sum / Double(count)) : 1
  }
}

/// The moment at which the share of server errors differs most before and after.
private struct ErrorScan {
  private(set) var place = 0
  private(set) var z = 0.0

  init(_ slots: [Report.EndpointSlot], least: Int) {
    let requests = slots.map { $0.statuses.total }
    let errors = slots.map { $0.statuses.sum(of: 500...599) }
    let (allRequests, allErrors) = (requests.reduce(0, +), errors.reduce(0, +))
    guard allErrors > 0 else { return }
    var (n, failed) = (0, 0)
    for place in 1..<slots.count {
      n += requests[place - 1]
      failed += errors[place - 1]
      guard n >= least, allRequests - n >= least else { continue }
      let deviation = proportionDeviation(
        failed, of: n, allErrors - failed, of: allRequests - n)
      if deviation.magnitude > z.magnitude { (self.place, z) = (place, deviation) }
    }
    if place > 0 { z /= Self.variation(requests, errors, place).squareRoot() }
  }

  private static func variation(_ requests: [Int], _ errors: [Int], _ place: Int) -> Double {
    var (sum, count) = (0.0, 0)
    for side in [0..<place, place..<requests.count] {
      let n = requests[side].reduce(0, +)
      let share = (Double(errors[side].reduce(0, +)) + 0.5) / Double(n + 1)
      for slot in side where requests[slot] > 0 {
        let expected = Double(requests[slot]) * share
        let difference = Double(errors[slot]) - expected
        sum += difference * difference / (expected * (1 - share))
        count += 1
      }
    }
    return count > 2 ? max(1, sum / Double(count - 2)) : 1
  }
}
