internal import Algorithms

/// What whole numbers say about their unit, if they are how long requests took.
///
/// A unit is accepted if all others are out of the question:
///
/// - In a unit that is too large, requests would last too long; in one that is too small, they would be
///   over before they began. That is only said of numbers that are spread as durations are, rather
///   than of sizes, ports, or users.
/// - Servers write a line when its request has ended. If the timestamps are those of the beginnings,
///   lines that stand behind later ones are those of long requests. Where that shows, the requests end
///   in the order of their lines in the right unit, and in no other one.
///
/// If the timestamps are those of the ends, the order of the lines says nothing.
struct UnitElimination {
  struct Line {
    /// The timestamp, in nanoseconds since 1970.
    var time: Int64
    var value: Int64
    /// The size of the response, or ``AccessRecord/absent``.
    var size = AccessRecord.absent
  }

  /// Who may have written the numbers.
  enum Producers {
    /// Those of the common log format, of which none is known to count nanoseconds.
    case commonLog
    case anyServer
  }

  /// With fewer lines there is no verdict.
  static let fewestLines = 20
  /// Half of the requests in a log do not take longer than this: a minute.
  private static let longestMedian = 60.0
  /// If half of them take longer than this, one in twenty does not take longer than five minutes: ten
  /// seconds.
  private static let longMedian = 10.0
  private static let longTail = 300.0
  /// Half of the requests in a log take longer than this, in seconds.
  private static let shortestMedian = 50e-6
  /// The same for nanoseconds behind the common log format.
  private static let shortestOfCommonLog = 200e-6
  /// One in twenty requests takes so many times as long as half of them, at least.
  private static let leastSpread = 3.0
  /// Allows for clocks that count whole seconds, and for lines that were written a little late.
  private static let slack: Int64 = 2_000_000_000
  /// How many lines have to contradict a unit.
  private static let fewest = 3
  /// How many lines have to stand behind later ones, and how far their durations have to be from those
  /// of lines picked at random, in standard deviations.
  private static let fewestLate = 5
  private static let clearDeviation = 3.5
  /// Of so many requests that begin late, the durations have to account for one.
  private static let lateShare = 10.0

  private static let units: [DurationUnit] = [.seconds, .milliseconds, .microseconds, .nanoseconds]

  private let lines: [Line]
  /// Ascending.
  private let values: [Int64]
  private let producers: Producers
  /// Lines with a timestamp before that of another one that stands before them.
  private let late: [Line]

  init(_ lines: [Line], _ producers: Producers) {
    self.lines = lines
    self.producers = producers
    values = lines.map(\.value).sorted()
    var late: [Line] = []
    var latest = Int64.min
    for line in lines {
      if line.time < latest { late.append(line) }
      latest = max(latest, line.time)
    }
    self.late = late
  }

  /// The unit of `field`, which has the numbers, and why.
  func decision(of field: String) -> UnitDecision {
    guard lines.count >= Self.fewestLines else {
      return UnitDecision(
        field: field, unit: nil,
        evidence: "fewer than \(Self.fewestLines) lines have it, and nothing in them says its unit")
    }
    let (possible, reasons) = stampIsStart ? byOrder : byPlausibility
    if possible.count == 1, stampIsStart {
      return UnitDecision(
        field: field, unit: possible[0],
        evidence: "only in \(possible[0].rawValue) do the requests end in the order of their "
          + "\(lines.count) lines; " + reasons.joined(separator: "; "))
    }
    if possible.count == 1, isSpread {
      return UnitDecision(
        field: field, unit: possible[0], evidence: reasons.joined(separator: "; "))
    }
    return UnitDecision(field: field, unit: nil, evidence: doubt(possible))
  }

  /// Why nothing is decided.
  private func doubt(_ possible: [DurationUnit]) -> String {
    if !stampIsStart, !isSpread {
      return "its values, with a median of \(share(0.5)), are not spread as durations are"
    }
    let names = possible.map(\.rawValue).joined(separator: " and ")
    return "its values, with a median of \(share(0.5)), and the order of the lines agree with "
      + (possible.isEmpty ? "no unit" : names)
  }

  /// Whether the timestamps are those of the beginnings: lines behind later ones are those of requests
  /// that took long.
  var stampIsStart: Bool {
    guard late.count >= Self.fewestLate else { return false }
    let ranks = late.map { line in
      Double(values.below(line.value) + values.below(line.value &+ 1)) / Double(2 * values.count)
    }
    let mean = ranks.reduce(0, +) / Double(ranks.count)
    // The mean of n numbers that are spread evenly between 0 and 1 has a variance of 1 / 12n.
    return (mean - 0.5) * Double(12 * ranks.count).squareRoot() >= Self.clearDeviation
  }

  /// Whether the lines cannot be in the order in which requests ended that began at their timestamps.
  func isOutOfOrder(in unit: DurationUnit) -> Bool {
    linesAgainst(unit) >= lines.count / 200 + Self.fewest
  }

  // MARK: By plausibility

  private var byPlausibility: (possible: [DurationUnit], reasons: [String]) {
    var possible: [DurationUnit] = []
    var reasons: [String] = []
    for unit in Self.units {
      if let reason = implausibility(unit) { reasons.append(reason) } else { possible.append(unit) }
    }
    return (possible, reasons)
  }

  /// Why requests do not last as long as the numbers say in `unit`; nil if they may.
  private func implausibility(_ unit: DurationUnit) -> String? {
    let seconds = Double(unit.nanoseconds) / 1e9
    let median = Double(share(0.5)) * seconds
    let long = Double(share(0.95)) * seconds
    if median > Self.longestMedian || median > Self.longMedian && long > Self.longTail {
      return "in \(unit.rawValue), half of the requests would take more than "
        + "\(Int(min(median, 1e12))) s"
    }
    let isRare = unit == .nanoseconds && producers == .commonLog
    guard unit == .nanoseconds || unit == .microseconds,
      median < (isRare ? Self.shortestOfCommonLog : Self.shortestMedian)
    else { return nil }
    return "in \(unit.rawValue), half of them would take less than \(Int(median * 1e6) + 1) µs"
  }

  /// Whether the numbers are spread as durations are: a few are much larger than most, hardly two are
  /// equal if they are large, and they are not the sizes of the responses.
  private var isSpread: Bool {
    let median = share(0.5)
    guard Double(share(0.95)) >= Self.leastSpread * Double(median) else { return false }
    if median >= 1000, Set(values).count * 4 < values.count { return false }
    let sized = lines.filter { $0.size > 0 }
    let sizes = sized.count { $0.value >= $0.size && $0.value - $0.size < 4096 }
    return sized.count < 10 || sizes * 2 < sized.count
  }

  /// The number that `share` of the numbers do not exceed.
  private func share(_ share: Double) -> Int64 {
    values[min(Int(Double(values.count) * share), values.count - 1)]
  }

  // MARK: By order

  private var byOrder: (possible: [DurationUnit], reasons: [String]) {
    let tolerated = lines.count / 200
    var possible: [DurationUnit] = []
    var reasons: [String] = []
    for unit in Self.units {
      let against = linesAgainst(unit)
      if against >= tolerated + Self.fewest {
        reasons.append("\(against) lines contradict \(unit.rawValue)")
      } else if isTooShortToBeLate(in: unit) {
        reasons.append("in \(unit.rawValue) the requests would be too short to overlap as they do")
      } else if let reason = implausibility(unit) {
        reasons.append(reason)
      } else {
        possible.append(unit)
      }
    }
    return (possible, reasons)
  }

  /// Whether the requests, together, take far less time than there are lines behind later ones. With
  /// timestamps of whole seconds, a request gets behind one of the next second only if a second begins
  /// while it is under way, and of requests that take d seconds together at most d do.
  private func isTooShortToBeLate(in unit: DurationUnit) -> Bool {
    let seconds = Double(unit.nanoseconds) / 1e9
    let total = values.reduce(0.0) { $0 + min(Double($1) * seconds, 1) }
    return Double(late.count) > Self.lateShare * total
  }

  /// How many lines are where they could not be if durations were in `unit`.
  private func linesAgainst(_ unit: DurationUnit) -> Int {
    let scale = unit.nanoseconds
    let durations = lines.map { min($0.value.multipliedReportingOverflow(by: scale), 1 << 61) }
    var count = 0
    var earliestEnd = Int64.max
    for index in lines.indices.reversed() {
      let end = min(lines[index].time, 1 << 62) + durations[index]
      if earliestEnd != .max, end > earliestEnd + Self.slack { count += 1 }
      earliestEnd = min(earliestEnd, end)
    }
    var latestStart = Int64.min
    for index in lines.indices {
      let start = lines[index].time
      let isLate = latestStart != .min && start < latestStart - Self.slack
      if isLate, durations[index] < latestStart - start - Self.slack { count += 1 }
      latestStart = max(latestStart, start)
    }
    return count
  }
}

/// The smaller of a product, or the largest number if it overflowed, and `limit`.
private func min(_ product: (partialValue: Int64, overflow: Bool), _ limit: Int64) -> Int64 {
  Swift.min(product.overflow ? .max : product.partialValue, limit)
}

extension [Int64] {
  /// How many numbers of this ascending array are below `value`.
  fileprivate func below(_ value: Int64) -> Int {
    partitioningIndex { $0 >= value }
  }
}
