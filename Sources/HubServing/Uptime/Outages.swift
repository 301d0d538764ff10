/// When something was heard of, and when it was not for so long that it was down.
///
/// Pure: arrivals in, spans out. All moments are seconds since 1970.
struct Outages: Equatable, Sendable {
  /// A time of which it is known that something ran: from one arrival to another, or just one.
  struct Segment: Equatable, Sendable {
    var start: Double
    var end: Double
    /// How long nothing may be heard of it from then on.
    var tolerance: Double
  }

  struct Down: Equatable, Sendable {
    /// The last arrival before; or when the hub began to listen again, if it had not listened meanwhile.
    var since: Double
    /// nil while it lasts.
    var until: Double?
  }

  /// In order, and apart from each other.
  private(set) var alive: [Segment] = []
  /// In order.
  private(set) var down: [Down] = []

  /// - Parameters:
  ///   - segments: in the order of their starts.
  ///   - unwatched: when the hub itself did not run, in order: what could not be heard says nothing.
  ///   - now: nothing has come since the last segment until then.
  init(_ segments: [Segment], unwatched: [Range<Double>] = [], now: Double) {
    guard var last = segments.first else { return }
    var start = last.start
    for segment in segments.dropFirst() {
      if let since = Self.outage(from: last.end, to: segment.start, last.tolerance, unwatched) {
        alive.append(Segment(start: start, end: last.end, tolerance: last.tolerance))
        down.append(Down(since: since, until: segment.start))
        start = segment.start
        last = segment
      } else if segment.end > last.end {
        last = segment
      }
    }
    alive.append(Segment(start: start, end: last.end, tolerance: last.tolerance))
    if let since = Self.outage(from: last.end, to: now, last.tolerance, unwatched) {
      down.append(Down(since: since, until: nil))
    }
  }

  /// Since when something was down of which nothing was heard from `start` to `end`; nil if that was not long
  /// enough. Once it is down it stays so until it is heard of, whether the hub listens or not.
  private static func outage(
    from start: Double, to end: Double, _ tolerance: Double, _ unwatched: [Range<Double>]
  ) -> Double? {
    guard end - start > tolerance else { return nil }
    var since = start
    for span in unwatched where span.upperBound > start && span.lowerBound < end {
      if span.lowerBound - since > tolerance { return since }
      since = max(since, span.upperBound)
    }
    return end - since > tolerance ? since : nil
  }

  /// Whether it ran at some time in `span`.
  func isAlive(in span: Range<Double>) -> Bool {
    alive.contains { $0.end >= span.lowerBound && $0.start < span.upperBound }
  }

  /// For how long it ran in `span`, as far as that is known, in seconds.
  func secondsAlive(in span: Range<Double>) -> Double {
    alive.reduce(0) { sum, segment in
      sum + max(0, min(segment.end, span.upperBound) - max(segment.start, span.lowerBound))
    }
  }

  /// For how long it was down in `span`, in seconds.
  func secondsDown(in span: Range<Double>) -> Double {
    down.reduce(0) { sum, down in
      let end = min(down.until ?? .infinity, span.upperBound)
      return sum + max(0, end - max(down.since, span.lowerBound))
    }
  }
}

/// The arrivals of one instance, each of which says that it runs.
struct Heartbeats: Equatable, Sendable {
  /// A gap is an outage if it is so many times as long as usual,
  static let factor = 3.0
  /// and no shorter than this, in seconds: a client that restarts, or sends a message again, is not down.
  static let shortestOutage = 180.0
  /// How often Apitally's clients report, in seconds: what is usual of an instance of which little is known.
  static let assumedInterval = 60.0
  /// With fewer gaps than this, little is known.
  static let leastGaps = 5

  /// In order.
  var arrivals: [Double]

  /// The median of the gaps between arrivals, which neither a few outages nor a client that reports more often
  /// after it has started changes.
  var usualInterval: Double {
    var gaps = zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }
    // What comes at once is one report in several messages.
    gaps.removeAll { $0 < 1 }
    guard gaps.count >= Self.leastGaps else { return Self.assumedInterval }
    gaps.sort()
    return gaps[gaps.count / 2]
  }

  /// How long a gap may be, in seconds.
  var tolerance: Double { max(Self.shortestOutage, Self.factor * usualInterval) }

  func outages(unwatched: [Range<Double>] = [], now: Double) -> Outages {
    let tolerance = tolerance
    let segments = arrivals.map {
      Outages.Segment(start: $0, end: $0, tolerance: tolerance)
    }
    return Outages(segments, unwatched: unwatched, now: now)
  }
}

extension Outages {
  /// Those of an environment: it is down when all its instances are. That another takes the place of one, as
  /// after a release, is no outage.
  init(of instances: [Outages], unwatched: [Range<Double>] = [], now: Double) {
    let segments = instances.flatMap(\.alive).sorted { $0.start < $1.start }
    self.init(segments, unwatched: unwatched, now: now)
  }
}
