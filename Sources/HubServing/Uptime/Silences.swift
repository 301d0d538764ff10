import Algorithms

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Looks for minutes without requests in a row that are more than chance explains.
///
/// Of logs, which say nothing of whether anything ran: never called an outage. A row of empty minutes is a
/// silence if as long a one would come less than once in a month in which each minute were as likely to have a
/// request as at that hour of the other days, or in the time around it, whichever is less. That a minute has
/// requests, and not how many, is what counts: requests come in bursts.
struct Silences {
  /// In minutes.
  private static let month = 43_200.0
  /// No row is a silence that is shorter, in minutes.
  static let shortest = 3
  /// So many minutes on each side say how it was around it; the row's own length, if that is more.
  private static let surroundings = 60
  /// With fewer minutes than this, a side says nothing, and what begins or ends the log is no silence.
  private static let leastSurroundings = 5
  /// With so many days, days of the week are told apart: on Sundays there may be nobody.
  private static let daysOfWeeks = 28

  /// Minutes with requests.
  private let minutes: [Int]
  /// For each hour of the day, or of the week: minutes with requests, and all.
  private var busy: [Int]
  private var all: [Int]

  /// - Parameter minutes: since 1970, none before, in order, each once.
  init(minutes: [Int]) {
    precondition((minutes.first ?? 0) >= 0, "since 1970")
    self.minutes = minutes
    let span = (minutes.first ?? 0)..<(minutes.last ?? -1) + 1
    let slots = span.count / 1_440 >= Self.daysOfWeeks ? 168 : 24
    busy = [Int](repeating: 0, count: slots)
    all = busy
    for minute in minutes { busy[minute / 60 % slots] += 1 }
    for hour in Self.hours(of: span) { all[hour.number % slots] += hour.minutes }
  }

  /// Minutes since 1970, in order.
  var spans: [Range<Int>] {
    zip(minutes, minutes.dropFirst()).compactMap { before, after in
      let span = before + 1..<after
      return span.count >= Self.shortest && isRare(span) ? span : nil
    }
  }

  private func isRare(_ span: Range<Int>) -> Bool {
    let length = max(span.count, Self.surroundings)
    guard
      let before = share(of: span.lowerBound - length..<span.lowerBound),
      let after = share(of: span.upperBound..<span.upperBound + length)
    else { return false }
    let around = min(before, after)
    let hours = Self.hours(of: span)
    var own = [Int](repeating: 0, count: busy.count)
    for hour in hours { own[hour.number % own.count] += hour.minutes }
    var rarity = 0.0
    var likeliest = 0.0
    for hour in hours {
      let slot = hour.number % busy.count
      let others = all[slot] - own[slot]
      let share = others > 0 ? min(around, Self.share(busy[slot], of: others)) : around
      rarity -= Double(hour.minutes) * log(1 - share)
      likeliest = max(likeliest, share)
    }
    return rarity > log(max(Self.month * likeliest, 1))
  }

  /// The hours since 1970 that some minutes are of, with how many are.
  private static func hours(of span: Range<Int>) -> [(number: Int, minutes: Int)] {
    var hours: [(number: Int, minutes: Int)] = []
    var minute = span.lowerBound
    while minute < span.upperBound {
      let end = min((minute / 60 + 1) * 60, span.upperBound)
      hours.append((minute / 60, end - minute))
      minute = end
    }
    return hours
  }

  /// How likely a minute of these is to have requests, as far as the log reaches; nil if it hardly does.
  private func share(of span: Range<Int>) -> Double? {
    guard let first = minutes.first, let last = minutes.last else { return nil }
    let span = span.clamped(to: first..<last + 1)
    guard span.count >= Self.leastSurroundings else { return nil }
    return Self.share(place(of: span.upperBound) - place(of: span.lowerBound), of: span.count)
  }

  /// Never 0 or 1: what was so all the time need not be.
  private static func share(_ count: Int, of total: Int) -> Double {
    (Double(count) + 0.5) / (Double(total) + 1)
  }

  /// How many of the minutes are before `minute`.
  private func place(of minute: Int) -> Int {
    minutes.partitioningIndex { $0 >= minute }
  }
}
