internal import Algorithms

/// Counts by a small key: a status, or a bin of a histogram. In ascending order of the keys, eight bytes
/// each, because most consumers have only a few.
package struct SparseCounts: Equatable, Sendable {
  /// A key takes 16 bits and its count 48: more lines than a machine reads in a century.
  package static let keys = -0x8000...0x7FFF

  /// (key + 0x8000) << 48 | count.
  private var cells: [UInt64] = []

  package init() {}

  /// - Parameter counts: in any order, each key once; a count of 0 is none, and stops at the largest.
  package init(_ counts: [(key: Int, count: Int)]) {
    cells.reserveCapacity(counts.count)
    for (key, count) in counts {
      precondition(Self.keys.contains(key) && count >= 0)
      if count > 0 { cells.append(UInt64(key + 0x8000) << 48 | UInt64(min(count, 1 << 48 - 1))) }
    }
    cells.sort()
  }

  package var isEmpty: Bool { cells.isEmpty }
  /// How many different keys have a count.
  package var distinctCount: Int { cells.count }
  package var total: Int { cells.reduce(0) { $0 + Self.count(of: $1) } }
  package var first: Int? { cells.first.map(Self.key) }
  package var last: Int? { cells.last.map(Self.key) }

  /// The count of `key`.
  package subscript(key: Int) -> Int {
    let place = place(of: key)
    return place < cells.count && Self.key(of: cells[place]) == key
      ? Self.count(of: cells[place]) : 0
  }

  /// Counts stop at the largest.
  ///
  /// - Precondition: `key` is one of ``keys``.
  package mutating func add(_ count: Int, to key: Int) {
    precondition(Self.keys.contains(key) && count >= 0 && count < 1 << 48)
    if count == 0 { return }
    let place = place(of: key)
    if place < cells.count && Self.key(of: cells[place]) == key {
      let sum = min(Self.count(of: cells[place]) + count, 1 << 48 - 1)
      cells[place] = UInt64(key + 0x8000) << 48 | UInt64(sum)
    } else {
      cells.insert(UInt64(key + 0x8000) << 48 | UInt64(count), at: place)
    }
  }

  package mutating func merge(_ other: SparseCounts) {
    if isEmpty {
      cells = other.cells
    } else if other.cells.count * 4 < cells.count {
      for cell in other.cells { add(Self.count(of: cell), to: Self.key(of: cell)) }
    } else {
      cells = Self.merged(cells, other.cells)
    }
  }

  /// The cells of both, in ascending order.
  private static func merged(_ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
    var merged: [UInt64] = []
    merged.reserveCapacity(left.count + right.count)
    var (place, other) = (0, 0)
    while place < left.count, other < right.count {
      let (mine, theirs) = (left[place], right[other])
      let (key, theirKey) = (mine >> 48, theirs >> 48)
      if key == theirKey {
        merged.append(key << 48 | UInt64(min(count(of: mine) + count(of: theirs), 1 << 48 - 1)))
      } else {
        merged.append(min(mine, theirs))
      }
      if key <= theirKey { place += 1 }
      if theirKey <= key { other += 1 }
    }
    merged += left[place...]
    merged += right[other...]
    return merged
  }

  /// Keys and counts, in ascending order of the keys.
  package var pairs: [(key: Int, count: Int)] {
    cells.map { (Self.key(of: $0), Self.count(of: $0)) }
  }

  /// Calls `body` with each key and its count, in ascending order of the keys.
  @inline(__always)
  package func forEach(_ body: (_ key: Int, _ count: Int) -> Void) {
    for cell in cells { body(Self.key(of: cell), Self.count(of: cell)) }
  }

  /// The sum of the counts of the keys in `range`.
  package func sum(of range: ClosedRange<Int>) -> Int {
    var sum = 0
    var place = place(of: range.lowerBound)
    while place < cells.count, Self.key(of: cells[place]) <= range.upperBound {
      sum += Self.count(of: cells[place])
      place += 1
    }
    return sum
  }

  /// Where `key` is, or would be.
  private func place(of key: Int) -> Int {
    cells.partitioningIndex { Self.key(of: $0) >= key }
  }

  @inline(__always)
  private static func key(of cell: UInt64) -> Int { Int(cell >> 48) - 0x8000 }
  @inline(__always)
  private static func count(of cell: UInt64) -> Int { Int(cell & (1 << 48 - 1)) }
}
