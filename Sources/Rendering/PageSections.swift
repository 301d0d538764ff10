/// Counts by a key, as the script reads them: how many there are, the differences of the sorted keys, then the
/// counts, all as variable-length integers of seven bits a byte, the lowest first.
struct CountSection {
  private var cells: [(key: Int, count: Int)] = []
  // What was written of the cells that are settled.
  private var keys: [UInt8] = []
  private var counts: [UInt8] = []
  private var settledCount = 0
  private var lastKey = 0

  /// - Precondition: `key` is not negative, and not below those that are settled.
  mutating func add(_ count: Int, to key: Int) {
    if count != 0 { cells.append((key, count)) }
  }

  mutating func bytes() -> [UInt8] {
    settle()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(keys.count + counts.count + 8)
    Self.append(settledCount, to: &bytes)
    return bytes + keys + counts
  }

  /// Writes what was added, after which only larger keys may be. So millions of cells take a few bytes each.
  mutating func settle() {
    cells.sort { $0.key < $1.key }
    var place = 0
    while place < cells.count {
      let key = cells[place].key
      var count = 0
      while place < cells.count, cells[place].key == key {
        count += cells[place].count
        place += 1
      }
      Self.append(key - lastKey, to: &keys)
      Self.append(count, to: &counts)
      settledCount += 1
      lastKey = key
    }
    cells.removeAll(keepingCapacity: true)
  }

  private static func append(_ value: Int, to bytes: inout [UInt8]) {
    precondition(value >= 0)
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
