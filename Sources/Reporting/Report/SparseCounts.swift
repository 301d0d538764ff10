/// Counts by a small key: a status, or a bin of a histogram. In ascending order of the keys, eight bytes
/// each, because most consumers have only a few.
package struct SparseCounts: Equatable, Sendable {
  /// A key takes 16 bits and its count 48: more lines than a machine reads in a century.
  package static let keys = -0x8000...0x7FFF

  /// (key + 0x8000) << 48 | count.
  private var cells: [UInt64] = []

  package init() {}

  /// - Parameter counts: in any order, each key once and no count 0; all as ``add(_:to:)`` takes them.
  package init(_ counts: [(key: Int, count: Int)]) {
    cells.reserveCapacity(counts.count)
    for (key, count) in counts {
      precondition(Self.keys.contains(key) && count > 0 && count < 1 << 48)
      cells.append(UInt64(key + 0x8000) << 48 | UInt64(count))
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

  /// - Precondition: `key` is one of ``keys``.
  package mutating func add(_ count: Int, to key: Int) {
    precondition(Self.keys.contains(key) && count >= 0 && count < 1 << 48)
    if count == 0 { return }
    let place = place(of: key)
    if place < cells.count && Self.key(of: cells[place]) == key {
      cells[place] += UInt64(count)
    } else {
      cells.insert(UInt64(key + 0x8000) << 48 | UInt64(count), at: place)
    }
  }

  package mutating func merge(_ other: SparseCounts) {
    if isEmpty {
      cells = other.cells
    } else {
      for cell in other.cells { add(Self.count(of: cell), to: Self.key(of: cell)) }
    }
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
    var (low, high) = (0, cells.count)
    while low < high {
      let middle = (low &+ high) / 2
      if Self.key(of: cells[middle]) < key { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  @inline(__always)
  private static func key(of cell: UInt64) -> Int { Int(cell >> 48) - 0x8000 }
  @inline(__always)
  private static func count(of cell: UInt64) -> Int { Int(cell & (1 << 48 - 1)) }
}
