/// Counts by a key, as the script reads them: how many there are, the differences of the sorted keys, then the
/// counts, all as variable-length integers of seven bits a byte, the lowest first.
struct CountSection {
  private var cells: [(key: Int, count: Int)] = []

  var isEmpty: Bool { cells.isEmpty }

  /// - Precondition: `key` is not negative.
  mutating func add(_ count: Int, to key: Int) {
    if count != 0 { cells.append((key, count)) }
  }

  var bytes: [UInt8] {
    var keys: [Int] = []
    var counts: [Int] = []
    for cell in cells.sorted(by: { $0.key < $1.key }) {
      if keys.last == cell.key {
        counts[counts.count - 1] += cell.count
      } else {
        keys.append(cell.key)
        counts.append(cell.count)
      }
    }
    var bytes: [UInt8] = []
    append(keys.count, to: &bytes)
    var last = 0
    for key in keys {
      append(key - last, to: &bytes)
      last = key
    }
    for count in counts { append(count, to: &bytes) }
    return bytes
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
