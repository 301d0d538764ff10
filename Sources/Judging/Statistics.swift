internal import Foundation
internal import Reporting

/// How probable a standard normal value as far from 0 is.
func twoSidedTail(of z: Double) -> Double { erfc(z.magnitude / 2.0.squareRoot()) }

/// Whether the durations of a second set are longer or shorter than those of a first: the test of Mann and
/// Whitney, with ties, over the bins of both.
struct RankTest {
  /// The probability that one of the second is longer than one of the first; ties count half.
  let theta: Double
  /// How many standard deviations that is from 1/2.
  let z: Double

  /// - Parameters: counts by bin, both in the order of the same bins.
  init(_ first: some RandomAccessCollection<Int>, _ second: some RandomAccessCollection<Int>) {
    var (below, wins, ties) = (0.0, 0.0, 0.0)
    var (n, m) = (0.0, 0.0)
    for (left, right) in zip(first, second) where left + right > 0 {
      let (a, b) = (Double(left), Double(right))
      wins += b * (below + a / 2)
      below += a
      n += a
      m += b
      let tied = a + b
      ties += tied * tied * tied - tied
    }
    self.init(wins: wins, ties: ties, n, m)
  }

  /// - Parameters:
  ///   - wins: in how many pairs the one of the second set is longer; ties count half.
  ///   - ties: the sum of t³ - t over the numbers t of those that are equal, of both sets.
  ///   - n: how many there are in the first set; `m` in the second.
  init(wins: Double, ties: Double, _ n: Double, _ m: Double) {
    guard n > 0, m > 0 else {
      (theta, z) = (0.5, 0)
      return
    }
    let all = n + m
    let variance = n * m / 12 * (all + 1 - (all > 1 ? ties / (all * (all - 1)) : 0))
    theta = wins / (n * m)
    z = variance > 0 ? (wins - n * m / 2) / variance.squareRoot() : 0
  }

  init(_ first: Distribution, _ second: Distribution) {
    let bins = BinList([first, second])
    self.init(bins.counts(of: first), bins.counts(of: second))
  }
}

/// The ranks of all durations of some distributions, so that parts of them can be compared with the rest by
/// no more than the bins that these parts have.
struct Ranking {
  private let first: Int
  /// From the first bin on: how many durations are shorter, twice, and how many are in the bin: twice the mean
  /// rank of these, but for a constant that all have.
  private var ranks: [Double]
  /// Of those of 0.
  private var zeroRank = 0.0
  private(set) var count = 0.0
  /// The sum of t³ - t over the numbers t of those that are equal.
  private(set) var ties = 0.0

  init(_ distributions: some Sequence<Distribution>) {
    var (first, last) = (Int.max, Int.min)
    for distribution in distributions {
      first = min(first, distribution.bins.first ?? first)
      last = max(last, distribution.bins.last ?? last)
    }
    self.first = first
    ranks = [Double](repeating: 0, count: first <= last ? last - first + 1 : 0)
    var zeros = 0.0
    for distribution in distributions {
      zeros += Double(distribution.zeroCount)
      distribution.bins.forEach { bin, count in ranks[bin - first] += Double(count) }
    }
    zeroRank = rank(of: zeros)
    for place in ranks.indices where ranks[place] > 0 { ranks[place] = rank(of: ranks[place]) }
  }

  /// The rank of so many that are equal, and longer than all before.
  private mutating func rank(of tied: Double) -> Double {
    defer { count += tied }
    ties += tied * tied * tied - tied
    return 2 * count + tied
  }

  /// The sum of the ranks of `part`.
  func sum(of part: Distribution) -> Double {
    var sum = Double(part.zeroCount) * zeroRank
    part.bins.forEach { bin, count in sum += Double(count) * ranks[bin - first] }
    return sum
  }
}

/// The bins that any of some distributions uses, in ascending order, that of zeros first.
struct BinList {
  private let first: Int
  /// From the first bin on: the place of each; 0 of those that none uses.
  private var places: [Int] = []
  private(set) var count = 1

  init(_ distributions: some Sequence<Distribution>) {
    var (first, last) = (Int.max, Int.min)
    for distribution in distributions where !distribution.bins.isEmpty {
      first = min(first, distribution.bins.first ?? first)
      last = max(last, distribution.bins.last ?? last)
    }
    self.first = first
    guard first <= last else { return }
    places = [Int](repeating: 0, count: last - first + 1)
    for distribution in distributions {
      distribution.bins.forEach { bin, _ in places[bin - first] = 1 }
    }
    for bin in places.indices where places[bin] > 0 {
      places[bin] = count
      count += 1
    }
  }

  func counts(of distribution: Distribution) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    counts[0] = distribution.zeroCount
    distribution.bins.forEach { bin, count in
      if places.indices.contains(bin - first), places[bin - first] > 0 {
        counts[places[bin - first]] = count
      }
    }
    return counts
  }
}

/// How many standard deviations the share of a second set is above that of a first: two proportions, each
/// drawn a little towards the other, so that few requests say little.
func proportionDeviation(_ first: Int, of n: Int, _ second: Int, of m: Int) -> Double {
  guard n > 0, m > 0 else { return 0 }
  let common = Double(first + second + 1) / Double(n + m + 2)
  let difference =
    (Double(second) + 0.5) / Double(m + 1) - (Double(first) + 0.5) / Double(n + 1)
  return difference
    / (common * (1 - common) * (1 / Double(n) + 1 / Double(m))).squareRoot()
}

/// The places of those that are significant at a false discovery rate (Benjamini and Hochberg), the most
/// significant first.
func significant(_ pValues: [Double], rate: Double) -> [Int] {
  let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
  var count = 0
  for (rank, place) in order.enumerated()
  where pValues[place] <= rate * Double(rank + 1) / Double(order.count) {
    count = rank + 1
  }
  return Array(order.prefix(count))
}

/// Foundation's, for files that need nothing else of it.
func naturalLogarithm(_ value: Double) -> Double { log(value) }
