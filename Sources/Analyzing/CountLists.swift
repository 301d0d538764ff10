internal import ByteScanning

/// Where the counts of one owner are in ``CountLists``.
struct CountList: BitwiseCopyable {
  fileprivate var place: UInt32 = 0
  /// Cells in use << 5 | exponent; 0 where there are none.
  fileprivate var usage: UInt32 = 0

  /// How many keys have a count.
  var count: Int { Int(usage >> 5) }
  fileprivate var exponent: Int { Int(usage & 31) }
}

/// Counts by small keys, for many owners: each has a list, which is a hash table of its own among the cells
/// that all share, so that what one owner counts lies together.
///
/// A cell of 32 bits has a key of 13 and a count of 19, one of 64 bits a key of 24 and a count of 40. What a
/// count comes to beyond that is kept beside.
struct CountLists<Cell: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>: ~Copyable {
  /// Keys are below.
  static var keyLimit: Int { Cell.bitWidth == 32 ? 1 << 13 : 1 << 24 }
  @inline(__always)
  private static var countBits: Int { Cell.bitWidth == 32 ? 19 : 40 }
  /// The largest count of a cell.
  @inline(__always)
  static var largest: Int { 1 << countBits - 1 }
  /// A list has 2^k cells.
  private static var firstExponent: Int { 3 }
  /// So many eighths of a list are in use at most. The smaller keys are spread so evenly that searches stay short
  /// in lists that are nearly full.
  @inline(__always)
  private static var fullEighths: Int { Cell.bitWidth == 32 ? 7 : 6 }

  /// key << countBits | count; 0 is free, since counts are from 1.
  private var cells = OwnedBuffer<Cell>(capacity: 128)
  /// By exponent: the place + 1 of the first room that is free, because a list has left it for a larger one.
  /// Its first cells hold the next and the one before, likewise, and its exponent. A room begins at a
  /// multiple of its size, and two that are halves of a larger one become that when both are free.
  private var free = OwnedBuffer<UInt32>(repeating: 0, count: 32)
  /// A bit for each eight cells: whether a free room begins there.
  private var beginnings = OwnedBuffer<UInt64>(capacity: 16)
  // The larger keys are numbers of names in the order in which clients send them; without knowing these, they
  // cannot choose ones that collide.
  private let seed = UInt64.random(in: .min ... .max)
  private let factor = UInt64.random(in: .min ... .max) | 1
  /// What cells have no room for, by owner and key.
  private var carried: [CarriedKey: Int] = [:]

  private struct CarriedKey: Hashable {
    var owner: Int
    var key: Int
  }

  /// Adds `count`, which is not 0, to that of `key`.
  ///
  /// - Parameter owner: whose list it is: a number of its own among all owners.
  /// - Returns: whether the list had none for it.
  @discardableResult @inline(__always)
  mutating func add(_ count: Int, to key: Int, of list: inout CountList, _ owner: Int) -> Bool {
    if list.usage != 0 {
      let place = place(of: key, in: list)
      let cell = cells[place]
      if cell != 0 {
        let known = Int(truncatingIfNeeded: cell) & Self.largest
        if count <= Self.largest &- known {
          cells[place] = cell &+ Cell(truncatingIfNeeded: count)
        } else {
          cells[place] = Self.cell(key, 1)
          carry(known &- 1, count, key, owner)
        }
        return false
      }
    }
    insert(count, at: key, of: &list, owner)
    return true
  }

  /// Keeps two counts beside; their sum stops at the largest Int.
  @inline(never)
  private mutating func carry(_ first: Int, _ second: Int, _ key: Int, _ owner: Int) {
    let place = CarriedKey(owner: owner, key: key)
    for count in [first, second] {
      let (sum, overflow) = carried[place, default: 0].addingReportingOverflow(count)
      carried[place] = overflow ? .max - Self.largest : min(sum, .max - Self.largest)
    }
  }

  @inline(__always)
  private static func cell(_ key: Int, _ count: Int) -> Cell {
    Cell(truncatingIfNeeded: key &<< countBits | count)
  }

  @inline(__always)
  private static func key(_ cell: Cell) -> Int {
    Int(truncatingIfNeeded: UInt64(truncatingIfNeeded: cell) &>> UInt64(countBits))
  }

  /// Has the cell loaded in which the count of `key` is, as a rule, before it is needed.
  ///
  /// - Returns: something, so that it is done.
  @inline(__always)
  func touch(_ key: Int, of list: CountList) -> UInt64 {
    list.usage != 0
      ? UInt64(truncatingIfNeeded: cells[Int(list.place) &+ slot(of: key, list.exponent)]) : 0
  }

  /// Forgets all counts of `list`, which is empty afterwards.
  mutating func remove(_ list: inout CountList, _ owner: Int) {
    if !carried.isEmpty { carried = carried.filter { $0.key.owner != owner } }
    if list.usage != 0 { leave(Int(list.place), list.exponent) }
    list = CountList()
  }

  /// Has another owner own the list that `owner` has.
  mutating func rename(_ owner: Int, to other: Int) {
    if carried.isEmpty { return }
    for (place, count) in carried where place.owner == owner {
      carried[place] = nil
      carried[CarriedKey(owner: other, key: place.key)] = count
    }
  }

  /// Whether there is a count of `key`.
  @inline(__always)
  func has(_ key: Int, in list: CountList) -> Bool {
    list.usage != 0 && cells[place(of: key, in: list)] != 0
  }

  /// Keys and counts, in no particular order.
  @inline(__always)
  func forEach(_ list: CountList, _ owner: Int, _ body: (_ key: Int, _ count: Int) -> Void) {
    guard list.usage != 0 else { return }
    let place = Int(list.place)
    for index in place..<place + 1 << list.exponent where cells[index] != 0 {
      let key = Self.key(cells[index])
      var count = Int(truncatingIfNeeded: cells[index]) & Self.largest
      if !carried.isEmpty { count += carried[CarriedKey(owner: owner, key: key)] ?? 0 }
      body(key, count)
    }
  }

  /// The cell of `key`, or the free one where it would be.
  @inline(__always)
  private func place(of key: Int, in list: CountList) -> Int {
    let mask = 1 &<< list.exponent &- 1
    var slot = slot(of: key, list.exponent)
    while true {
      let index = Int(list.place) &+ slot
      let cell = cells[index]
      if cell == 0 || Self.key(cell) == key { return index }
      slot = (slot &+ 1) & mask
    }
  }

  /// Of the smaller keys there are so few that a search is short however they are chosen; neighbours, such as
  /// bins, end up far from each other (Knuth, 6.4).
  @inline(__always)
  private func slot(of key: Int, _ exponent: Int) -> Int {
    var word = UInt32(truncatingIfNeeded: key)
    if Cell.bitWidth == 64 {
      let product = (UInt64(word) ^ seed) &* factor
      word = UInt32(truncatingIfNeeded: product ^ product &>> 32)
    }
    word &*= 0x9E37_79B1
    return Int(word &>> UInt32(truncatingIfNeeded: 32 &- exponent))
  }

  @inline(never)
  private mutating func insert(
    _ count: Int, at key: Int, of list: inout CountList, _ owner: Int
  ) {
    precondition(key >= 0 && key < Self.keyLimit && count > 0)
    if list.usage == 0 {
      list.usage = UInt32(Self.firstExponent)
      list.place = room(Self.firstExponent)
    } else if (list.count + 1) * 8 > Self.fullEighths << list.exponent {
      grow(&list)
    }
    let isLarge = count > Self.largest
    cells[place(of: key, in: list)] = Self.cell(key, isLarge ? 1 : count)
    if isLarge { carry(0, count - 1, key, owner) }
    list.usage += 1 << 5
  }

  private mutating func grow(_ list: inout CountList) {
    let (old, exponent) = (Int(list.place), list.exponent)
    list.place = room(exponent + 1)
    list.usage += 1
    for index in old..<old + 1 << exponent where cells[index] != 0 {
      let cell = cells[index]
      cells[place(of: Self.key(cell), in: list)] = cell
    }
    leave(old, exponent)
  }

  // MARK: Room

  /// How many cells there are, in use and free. For tests: how much is free does not show in what is counted.
  var cellCount: Int { cells.count }

  /// How many cells finding each key of a list once takes, on average. For tests, likewise.
  func meanProbeCount(of list: CountList) -> Double {
    let mask = 1 << list.exponent - 1
    var total = 0
    for index in 0...mask {
      let cell = cells[Int(list.place) + index]
      if cell != 0 { total += (index - slot(of: Self.key(cell), list.exponent)) & mask + 1 }
    }
    return Double(total) / Double(max(list.count, 1))
  }

  /// Room of 2^`exponent` cells, all free.
  private mutating func room(_ exponent: Int) -> UInt32 {
    var larger = exponent
    while larger < free.count, free[larger] == 0 { larger += 1 }
    if larger == free.count { return addedRoom(exponent) }
    let place = Int(free[larger]) - 1
    unlink(place, larger)
    while larger > exponent {
      larger -= 1
      link(place + 1 << larger, larger)
    }
    for index in place..<place + 1 << exponent { cells[index] = 0 }
    return UInt32(place)
  }

  /// The same, behind all cells.
  private mutating func addedRoom(_ exponent: Int) -> UInt32 {
    while cells.count & (1 << exponent - 1) != 0 {
      let (place, smaller) = (cells.count, cells.count.trailingZeroBitCount)
      addCells(1 << smaller)
      leave(place, smaller)
    }
    let place = cells.count
    addCells(1 << exponent)
    return UInt32(place)
  }

  private mutating func addCells(_ count: Int) {
    cells.append(repeating: 0, count: count)
    let words = (cells.count >> Self.firstExponent + 63) / 64
    beginnings.append(repeating: 0, count: words - beginnings.count)
  }

  /// Keeps the room at `place` for other lists.
  private mutating func leave(_ place: Int, _ exponent: Int) {
    var (place, exponent) = (place, exponent)
    while isFree(place ^ 1 << exponent, exponent) {
      unlink(place ^ 1 << exponent, exponent)
      place &= ~(1 << exponent)
      exponent += 1
    }
    link(place, exponent)
  }

  private func isFree(_ place: Int, _ exponent: Int) -> Bool {
    let number = place >> Self.firstExponent
    return place < cells.count && beginnings[number / 64] >> UInt64(number % 64) & 1 == 1
      && cells[place + 2] == Cell(exponent)
  }

  private mutating func link(_ place: Int, _ exponent: Int) {
    let next = free[exponent]
    cells[place] = Cell(next)
    cells[place + 1] = 0
    cells[place + 2] = Cell(exponent)
    if next > 0 { cells[Int(next)] = Cell(place + 1) }
    free[exponent] = UInt32(place + 1)
    toggle(place)
  }

  private mutating func unlink(_ place: Int, _ exponent: Int) {
    let (next, before) = (cells[place], cells[place + 1])
    if before > 0 { cells[Int(before) - 1] = next } else { free[exponent] = UInt32(next) }
    if next > 0 { cells[Int(next)] = before }
    toggle(place)
  }

  private mutating func toggle(_ place: Int) {
    let number = place >> Self.firstExponent
    beginnings[number / 64] ^= 1 << UInt64(number % 64)
  }
}
