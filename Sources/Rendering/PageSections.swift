/// Counts by a key, as the script reads them: how many there are, the differences of the sorted keys, then the
/// counts, all as variable-length integers of seven bits a byte, the lowest first.
struct CountSection {
  private var cells: [(key: Int, count: Int)] = []

  var isEmpty: Bool { cells.isEmpty }

  /// - Precondition: `key` is not negative.
  mutating func add(_ count: Int, to key: Int) {
    if count != 0 { cells.append((key, count)) }
  }

  /// Sorts the counts where they are: there may be millions.
  var bytes: [UInt8] {
    mutating get {
      settle()
      var bytes: [UInt8] = []
      bytes.reserveCapacity(3 * cells.count + 8)
      append(cells.count, to: &bytes)
      var last = 0
      for cell in cells {
        append(cell.key - last, to: &bytes)
        last = cell.key
      }
      for cell in cells { append(cell.count, to: &bytes) }
      return bytes
    }
  }

  /// Has one count for each key, in ascending order of these.
  private mutating func settle() {
    cells.sort { $0.key < $1.key }
    var count = 0
    for place in cells.indices {
      let cell = cells[place]
      if count > 0, cells[count - 1].key == cell.key {
        cells[count - 1].count += cell.count
      } else {
        cells[count] = cell
        count += 1
      }
    }
    cells.removeSubrange(count...)
  }

  private func append(_ value: Int, to bytes: inout [UInt8]) {
    precondition(value >= 0)
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
