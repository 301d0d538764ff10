internal import Algorithms

/// The wall clock of one time zone, for timestamps that do not include theirs.
package struct LocalClock: Equatable, Sendable {
  /// From this second on, as the wall clock counts them since 1970, it is `offset` seconds ahead of
  /// UTC.
  private struct Change: Equatable, Sendable {
    var localSecond: Int64
    var offset: Int64
  }

  private let firstOffset: Int64
  /// In the order of their seconds.
  private let changes: [Change]

  /// UTC, or a zone with a fixed offset: seconds east of it.
  package init(offset: Int64) {
    firstOffset = offset
    changes = []
  }

  /// A zone whose offset is `first`, and from each moment in `changes` (seconds since 1970) the
  /// offset given with it.
  ///
  /// Of an hour that occurs twice when clocks are set back, the first is assumed; in an hour that
  /// is skipped, the clock continues as if it had not been changed yet.
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
  package func utc(ofLocal second: Int64) -> Int64 {
    let later = changes.partitioningIndex { $0.localSecond > second }
    return second - (later == 0 ? firstOffset : changes[later - 1].offset)
  }
}
