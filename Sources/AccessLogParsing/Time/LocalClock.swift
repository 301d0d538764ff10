/// What a clock on the wall shows in one time zone, for stamps that do not name theirs.
package struct LocalClock: Equatable, Sendable {
  /// From this second on, as the clock on the wall counts them since 1970, it is `offset` seconds
  /// before UTC.
  private struct Change: Equatable, Sendable {
    var localSecond: Int64
    var offset: Int64
  }

  private let firstOffset: Int64
  /// In the order of their seconds.
  private let changes: [Change]

  /// UTC, or a zone that keeps its distance: seconds east of it.
  package init(offset: Int64) {
    firstOffset = offset
    changes = []
  }

  /// A zone whose offset is `first`, and from each moment of `changes` on (seconds since 1970) the
  /// offset beside it.
  ///
  /// An hour that comes twice when clocks are set back is taken for the first of the two; one that is
  /// left out is counted on as if clocks had not been changed yet.
  package init(first: Int64, changes: [(second: Int64, offset: Int64)]) {
    firstOffset = first
    var before = first
    var local: [Change] = []
    for change in changes.sorted(by: { $0.second < $1.second }) {
      local.append(
        Change(
          localSecond: change.second + max(before, change.offset), offset: change.offset))
      before = change.offset
    }
    self.changes = local
  }

  /// The second in UTC at which the clock shows `second`.
  func utc(ofLocal second: Int64) -> Int64 {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].localSecond <= second { low = middle + 1 } else { high = middle }
    }
    return second - (low == 0 ? firstOffset : changes[low - 1].offset)
  }
}
