internal import ByteScanning

/// Counts by small keys, for many owners: each has a list, which is a hash table of its own among the cells
/// that all share. A count takes eight bytes, and what one owner counts lies together.
struct CountLists: ~Copyable {
  /// Keys are below: a cell has 24 bits for its key and 40 for the count, which stops at the largest.
  static let keyLimit = 1 << 24
  private static let countBits: UInt64 = 40
  private static let largest: UInt64 = 1_099_511_627_775
  /// A list has 2^k cells, of which at most three quarters are in use.
  private static let firstExponent = 2
  private static let exponentLimit = 32

  /// key << 40 | count; 0 is free, since counts are from 1.
  private var cells = OwnedBuffer<UInt64>(capacity: 128)
  /// By exponent: the place + 1 of the first room that a list has left for a larger one. Its first cell
  /// holds the next.
  private var free = OwnedBuffer<UInt64>(repeating: 0, count: exponentLimit)

  /// Where the counts of one owner are.
  struct List: BitwiseCopyable {
    fileprivate var place: UInt32 = 0
    /// Cells in use << 5 | exponent; 0 where there are none.
    fileprivate var usage: UInt32 = 0

    /// How many keys have a count.
    var count: Int { Int(usage >> 5) }
    fileprivate var exponent: Int { Int(usage & 31) }
  }

  /// Adds `count`, which is not 0, to that of `key`.
  ///
  /// - Returns: whether the list had none for it.
  @discardableResult @inline(__always)
  mutating func add(_ count: Int, to key: Int, of list: inout List) -> Bool {
    if list.usage != 0 {
      let place = place(of: key, in: list)
      let cell = cells[place]
      if cell != 0 {
        let sum = (cell & Self.largest) &+ UInt64(truncatingIfNeeded: count)
        cells[place] = cell & ~Self.largest | min(sum, Self.largest)
        return false
      }
    }
    insert(count, at: key, of: &list)
    return true
  }

  func contains(_ key: Int, in list: List) -> Bool {
    list.usage != 0 && cells[place(of: key, in: list)] != 0
  }

  /// Keys and counts, in no particular order.
  @inline(__always)
  func forEach(_ list: List, _ body: (_ key: Int, _ count: Int) -> Void) {
    guard list.usage != 0 else { return }
    let place = Int(list.place)
    for index in place..<place + 1 << list.exponent where cells[index] != 0 {
      body(Int(cells[index] >> Self.countBits), Int(cells[index] & Self.largest))
    }
  }

  /// The cell of `key`, or the free one where it would be. However keys are chosen, a list is searched to its
  /// end at most, and it has as many cells as its owner has different things to count.
  @inline(__always)
  private func place(of key: Int, in list: List) -> Int {
    let exponent = list.exponent
    let mask = 1 &<< exponent &- 1
    // Neighbouring keys, such as bins, end up far from each other (Knuth, 6.4).
    let product = UInt32(truncatingIfNeeded: key) &* 0x9E37_79B1
    var slot = Int(product &>> UInt32(truncatingIfNeeded: 32 &- exponent))
    while true {
      let index = Int(list.place) &+ slot
      let cell = cells[index]
      if cell == 0 || cell &>> Self.countBits == UInt64(truncatingIfNeeded: key) { return index }
      slot = (slot &+ 1) & mask
    }
  }

  @inline(never)
  private mutating func insert(_ count: Int, at key: Int, of list: inout List) {
    precondition(key >= 0 && key < Self.keyLimit && count > 0)
    if list.usage == 0 {
      list.usage = UInt32(Self.firstExponent)
      list.place = room(Self.firstExponent)
    } else if (list.count + 1) * 4 > 3 << list.exponent {
      grow(&list)
    }
    cells[place(of: key, in: list)] =
      UInt64(key) << Self.countBits | min(UInt64(count), Self.largest)
    list.usage += 1 << 5
  }

  private mutating func grow(_ list: inout List) {
    let (old, exponent) = (Int(list.place), list.exponent)
    list.place = room(exponent + 1)
    list.usage += 1
    for index in old..<old + 1 << exponent where cells[index] != 0 {
      let cell = cells[index]
      cells[place(of: Int(cell >> Self.countBits), in: list)] = cell
    }
    cells[old] = free[exponent]
    free[exponent] = UInt64(old + 1)
  }

  /// Room for 2^`exponent` cells, all free.
  private mutating func room(_ exponent: Int) -> UInt32 {
    let count = 1 << exponent
    guard free[exponent] == 0 else {
      let place = Int(free[exponent]) - 1
      free[exponent] = cells[place]
      for index in place..<place + count { cells[index] = 0 }
      return UInt32(place)
    }
    let place = cells.count
    cells.reserve(count)
    for _ in 0..<count { cells.append(0) }
    return UInt32(place)
  }
}
