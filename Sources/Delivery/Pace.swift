/// When the next attempt may begin, so that there are no more in any span of time than the receiver takes.
struct Pace: Sendable {
  private let rates: [DeliverySchedule.Limits.Rate]
  /// When attempts began: as many of the latest as the longest rate looks back to, in a ring.
  private var times: [Duration] = []
  private var next = 0

  init(_ rates: [DeliverySchedule.Limits.Rate]) { self.rates = rates }

  private var limit: Int { rates.map(\.count).max() ?? 0 }

  mutating func note(_ time: Duration) {
    guard limit > 0 else { return }
    if times.count < limit { times.append(time) } else { times[next] = time }
    next = (next + 1) % limit
  }

  /// Not before then; zero if at once.
  var nextAt: Duration {
    rates.reduce(.zero) { latest, rate in
      guard times.count >= rate.count else { return latest }
      let index = (next - rate.count + 2 * limit) % limit
      return max(latest, times[index] + rate.time)
    }
  }
}
