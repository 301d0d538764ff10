internal import Outbox

/// Finds the logs that a new one is a changed copy of: anonymized, sorted, or merged of several. Its content
/// is another, so the ledger takes it for another log, and its requests count twice.
///
/// What such a copy has in common with its original is how many lines and requests it has, and when the
/// first and the last of them began.
struct CopySearch {
  /// Shorter logs may be alike by chance.
  static let leastRequests = 10
  /// For so many logs of a run it is looked whether they are merged of others, since that takes a look at
  /// each that is known.
  static let mergedLimit = 100

  private struct Shape: Hashable {
    var lines: Int
    var requests: Int
    var first: Int64
    var last: Int64

    init?(_ source: LedgerSource) {
      guard let first = source.firstRequestAt, let last = source.lastRequestAt, first < last,
        source.requestCount >= CopySearch.leastRequests
      else { return nil }
      (lines, requests) = (source.position.lines, source.requestCount)
      (self.first, self.last) = (first, last)
    }
  }

  private var paths: [Shape: String] = [:]
  private var mergedCount = 0

  /// - Parameter sources: what earlier runs have recorded.
  init(_ sources: some Sequence<LedgerSource>) {
    for source in sources { insert(source) }
  }

  /// From now on `source` may be an original.
  mutating func insert(_ source: LedgerSource) {
    if let shape = Shape(source) { paths[shape] = source.lastPath }
  }

  /// The paths of the logs that `source`, which is new, seems to be made of; empty if there are none.
  mutating func originals(of source: LedgerSource) -> [String] {
    guard let shape = Shape(source) else { return [] }
    if let path = paths[shape] { return [path] }
    guard mergedCount < Self.mergedLimit else { return [] }
    mergedCount += 1
    let within = paths.filter { $0.key.first >= shape.first && $0.key.last <= shape.last }
    let isWhole =
      within.count > 1 && within.keys.map(\.first).min() == shape.first
      && within.keys.map(\.last).max() == shape.last
      && within.keys.reduce(0) { $0 + $1.lines } == shape.lines
      && within.keys.reduce(0) { $0 + $1.requests } == shape.requests
    return isWhole ? within.values.sorted() : []
  }
}
