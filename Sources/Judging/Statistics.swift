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
