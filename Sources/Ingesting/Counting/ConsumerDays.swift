/// How many different consumers there are on each day (UTC): accounts have limits, and a dry run
/// shows beforehand whether they would be reached.
package struct ConsumerDays: Sendable {
  /// The size limit of the sets of all days together, in words of 64 consumers: 16 MB.
  private static let wordLimit = 1 << 21

  /// Numbers of days since 1970, and a set of consumers for each.
  private var days: [Int64] = []
  private var sets: [[UInt64]] = []
  private var counts: [Int] = []
  private var current = -1
  private var wordCount = 0
  /// Whether there was not enough room to count all.
  package private(set) var isOverLimit = false

  /// The requests that follow were made on the day of `second`, in seconds since 1970.
  mutating func begin(at second: Int64) {
    let day = second / 86_400
    if current >= 0 && days[current] == day { return }
    if let known = days.lastIndex(of: day) {
      current = known
    } else {
      current = days.count
      days.append(day)
      sets.append([])
      counts.append(0)
    }
  }

  /// Notes a request of the consumer with this number; 0 means no consumer.
  @inline(__always)
  mutating func note(_ consumer: UInt32) {
    if consumer == 0 { return }
    let word = Int(consumer >> 6)
    if word >= sets[current].count, !grow(to: word + 1) { return }
    let bit: UInt64 = 1 << UInt64(consumer & 63)
    if sets[current][word] & bit == 0 {
      sets[current][word] |= bit
      counts[current] += 1
    }
  }

  private mutating func grow(to count: Int) -> Bool {
    let size = max(count, min(sets[current].count * 2, count + 1024))
    let added = size - sets[current].count
    guard wordCount + added <= Self.wordLimit else {
      isOverLimit = true
      return false
    }
    wordCount += added
    sets[current] += Array(repeating: 0, count: added)
    return true
  }

  /// The largest number on one day; if ``isOverLimit``, a lower bound.
  package var most: Int { counts.max() ?? 0 }
}
