internal import Algorithms
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
  /// each of the same time that is known.
  static let mergedLimit = 100

  /// A single request may be the same in two logs.
  static let leastPartialRequests = 2

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

  /// The number of the newest source of each shape, by its hash: two shapes with the same hash would need
  /// billions of logs, and lead to a warning too many.
  private var numbers: [Int: Int64] = [:]
  /// The shapes that earlier runs have recorded, in order of their first requests, each with the number of
  /// its source; and those of this run, as long as merged ones are looked for.
  private var recorded: [(shape: Shape, number: Int64)] = []
  private var added: [(shape: Shape, number: Int64)] = []
  private var mergedCount = 0
  private var partCount = 0
  /// Of the newest source that was last seen at each path, by the hash of that: when its last request began.
  private var lastRequests: [Int: Int64] = [:]

  /// - Parameter sources: what earlier runs have recorded.
  init(_ sources: some Sequence<LedgerSource>) {
    for source in sources {
      if let last = source.lastRequestAt {
        let path = source.lastPath.hashValue
        lastRequests[path] = max(lastRequests[path] ?? last, last)
      }
      guard let number = source.id, let shape = Shape(source) else { continue }
      numbers[shape.hashValue] = number
      recorded.append((shape, number))
    }
    recorded.sort { ($0.shape.first, $0.number) < ($1.shape.first, $1.number) }
  }

  /// From now on `source`, which goes by `number`, may be an original.
  mutating func insert(_ source: LedgerSource, as number: Int64) {
    guard let shape = Shape(source) else { return }
    numbers[shape.hashValue] = number
    if mergedCount < Self.mergedLimit {
      added.append((shape, number))
    } else if !recorded.isEmpty || !added.isEmpty {
      (recorded, added) = ([], [])
    }
  }

  /// Requests that overlap by less are those that ended late, or that were written late.
  static let overlap: Int64 = 300 * 1_000_000_000

  /// Whether `source`, which is new, begins well before the end of what was imported from its path: a log
  /// that follows another there does not, but one of which the beginning was cut off does.
  func overlaps(_ source: LedgerSource) -> Bool {
    guard let first = source.firstRequestAt, source.requestCount >= Self.leastRequests,
      let last = lastRequests[source.lastPath.hashValue]
    else { return false }
    return first < last - Self.overlap
  }

  /// The numbers of the logs that `source`, which is new, seems to be made of; empty if there are none.
  mutating func originals(of source: LedgerSource) -> [Int64] {
    guard let shape = Shape(source) else { return [] }
    if let number = numbers[shape.hashValue] { return [number] }
    guard mergedCount < Self.mergedLimit else { return [] }
    mergedCount += 1
    // The same file may have been recorded twice, such as before and after it was compressed.
    var within: [Shape: Int64] = [:]
    let start = recorded.partitioningIndex { $0.shape.first >= shape.first }
    for (part, number) in recorded[start...] {
      if part.first > shape.last { break }
      if part.last <= shape.last { within[part] = number }
    }
    for (part, number) in added where part.first >= shape.first && part.last <= shape.last {
      within[part] = number
    }
    let isWhole =
      within.count > 1 && within.keys.map(\.first).min() == shape.first
      && within.keys.map(\.last).max() == shape.last
      && within.keys.reduce(0) { $0 + $1.lines } == shape.lines
      && within.keys.reduce(0) { $0 + $1.requests } == shape.requests
    return isWhole ? within.values.sorted() : []
  }

  /// The numbers of the longer logs that `source`, which is new, may be the first or the last lines of: the
  /// first or the last requests of both are at the same times. Whether it is, their content shows.
  mutating func wholes(of source: LedgerSource) -> [Int64] {
    guard let first = source.firstRequestAt, let last = source.lastRequestAt,
      source.requestCount >= Self.leastPartialRequests, partCount < Self.mergedLimit
    else { return [] }
    partCount += 1
    var numbers: [Int64] = []
    for shapes in [recorded, added] {
      for (whole, number) in shapes where whole.lines > source.position.lines {
        let beginsAlike = whole.first == first && whole.last >= last
        if beginsAlike || whole.last == last && whole.first <= first { numbers.append(number) }
      }
    }
    return numbers
  }
}
