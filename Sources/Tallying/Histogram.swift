internal import ByteScanning

/// A histogram as a tally holds it: one bin in place, because most tallies count one request; if there
/// are more, all are in the table's ``BinStore``.
@usableFromInline
package struct Histogram: BitwiseCopyable, Sendable {
  /// What ``count`` is where the bins are in the store.
  @inlinable static var isStored: UInt32 { .max }

  /// The only bin, or the number of the bins' extent in the store.
  @usableFromInline package internal(set) var bin: UInt32 = 0
  /// The bin's count; 0 if the histogram is empty.
  @usableFromInline package internal(set) var count: UInt32 = 0

  package var isEmpty: Bool { count == 0 }

  /// Whether ``bin`` is the only one, if the histogram is not empty.
  @inlinable @inline(__always)
  package var hasOneBin: Bool { count != Self.isStored }

  @inline(__always)
  init() {}

  init(place: Int) {
    bin = UInt32(place)
    count = Self.isStored
  }
}

/// The further bins of a table's histograms: for each histogram a place among the cells, which it
/// leaves for a larger one when it is full.
///
/// Few bins are a list, many an open-addressing table. Room that a histogram leaves behind is not used
/// again; the store lives until its tallies are flushed, and doubling leaves behind at most what is in
/// use.
struct BinStore: ~Copyable {
  /// How many bins a histogram has room for at first, and how many as long as it is a list.
  private static let firstCapacity = 3
  private static let listCapacity = 7
  /// How many cells it has when it is a table, at most three quarters of them in use: a power of two.
  private static let firstTableCapacity = 16

  /// A histogram's first cell is its capacity << 32 | how many bins are in use; the others are
  /// bin << 32 | count, or 0 where they are free, since counts are from 1.
  private var cells = OwnedBuffer<UInt64>(capacity: 1024)
  private let seed = HashSeed()

  var memory: Int { cells.count * 8 }

  /// Forgets all bins; the room stays.
  mutating func removeAll() { cells.removeAll() }

  /// Adds `count` to `bin` of `histogram`.
  @inline(__always)
  mutating func add(_ bin: UInt32, count: UInt32, to histogram: inout Histogram) {
    if histogram.count == 0 {
      histogram.bin = bin
      histogram.count = count
    } else if histogram.bin == bin && histogram.hasOneBin {
      histogram.count += count
      precondition(histogram.hasOneBin, "a table is flushed before a bin is full")
    } else {
      spill(bin, count, &histogram)
    }
  }

  private mutating func spill(_ bin: UInt32, _ count: UInt32, _ histogram: inout Histogram) {
    if histogram.hasOneBin {
      let place = cells.count
      cells.reserve(Self.firstCapacity + 1)
      cells.append(Self.header(capacity: Self.firstCapacity, count: 2))
      cells.append(Self.cell(histogram.bin, histogram.count))
      cells.append(Self.cell(bin, count))
      cells.append(0)
      histogram = Histogram(place: place)
      return
    }
    let place = Int(histogram.bin)
    let used = Self.count(cells[place])
    let capacity = Self.capacity(cells[place])
    guard capacity <= Self.listCapacity else {
      return addToTable(bin, count, &histogram, capacity, used)
    }
    for index in place &+ 1..<place &+ 1 &+ used where cells[index] &>> 32 == UInt64(bin) {
      cells[index] += UInt64(count)
      return
    }
    if used < capacity {
      cells[place &+ 1 &+ used] = Self.cell(bin, count)
      cells[place] += 1
    } else {
      histogram = move(place, capacity, adding: bin, count)
    }
  }

  @inline(never)
  private mutating func addToTable(
    _ bin: UInt32, _ count: UInt32, _ histogram: inout Histogram, _ capacity: Int, _ used: Int
  ) {
    let place = Int(histogram.bin)
    let slot = slot(of: bin, at: place, capacity)
    if cells[slot] != 0 {
      cells[slot] += UInt64(count)
    } else if used * 4 < capacity * 3 {
      cells[slot] = Self.cell(bin, count)
      cells[place] += 1
    } else {
      histogram = move(place, capacity, adding: bin, count)
    }
  }

  /// Moves the histogram at `place` to where it has twice the room.
  private mutating func move(
    _ place: Int, _ capacity: Int, adding bin: UInt32, _ count: UInt32
  ) -> Histogram {
    let isList = capacity < Self.listCapacity
    let larger =
      if isList { Self.listCapacity } else {
        capacity == Self.listCapacity ? Self.firstTableCapacity : capacity * 2
      }
    let newPlace = cells.count
    cells.reserve(larger + 1)
    cells.append(Self.header(capacity: larger, count: 0))
    for _ in 0..<larger { cells.append(0) }
    let seed = seed
    func insert(_ cell: UInt64, _ cells: inout OwnedBuffer<UInt64>) {
      cells[newPlace] += 1
      let free =
        isList
        ? newPlace + Self.count(cells[newPlace])
        : Self.slot(of: UInt32(cell >> 32), at: newPlace, larger, in: cells, seed)
      cells[free] = cell
    }
    for index in place + 1...place + capacity where cells[index] != 0 {
      insert(cells[index], &cells)
    }
    insert(Self.cell(bin, count), &cells)
    return Histogram(place: newPlace)
  }

  @inline(__always)
  private func slot(of bin: UInt32, at place: Int, _ capacity: Int) -> Int {
    Self.slot(of: bin, at: place, capacity, in: cells, seed)
  }

  /// The cell of `bin` in the table at `place`, or the free one where it would be.
  @inline(__always)
  private static func slot(
    of bin: UInt32, at place: Int, _ capacity: Int, in cells: borrowing OwnedBuffer<UInt64>,
    _ seed: HashSeed
  ) -> Int {
    // Clients choose the sizes that they claim.
    var slot = Int(truncatingIfNeeded: hash(of: bin, seed))
    while true {
      slot &= capacity &- 1
      let cell = cells[place &+ 1 &+ slot]
      if cell == 0 || cell &>> 32 == UInt64(bin) { return place &+ 1 &+ slot }
      slot &+= 1
    }
  }

  @inline(__always)
  private static func hash(of bin: UInt32, _ seed: HashSeed) -> UInt64 {
    spread((UInt64(bin) ^ seed.high).multipliedFullWidth(by: seed.low))
  }

  /// How many cells finding each bin of `histogram` once takes, on average; 1 where they are a list.
  func meanProbeCount(of histogram: Histogram) -> Double {
    guard !histogram.hasOneBin else { return 1 }
    let place = Int(histogram.bin)
    let capacity = Self.capacity(cells[place])
    guard capacity > Self.listCapacity else { return 1 }
    var total = 0
    for slot in 0..<capacity where cells[place + 1 + slot] != 0 {
      let bin = UInt32(cells[place + 1 + slot] >> 32)
      total += (slot - Int(truncatingIfNeeded: Self.hash(of: bin, seed))) & (capacity - 1) + 1
    }
    return Double(total) / Double(Self.count(cells[place]))
  }

  @inline(__always)
  private static func header(capacity: Int, count: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: capacity) &<< 32 | UInt64(truncatingIfNeeded: count)
  }

  @inline(__always)
  private static func cell(_ bin: UInt32, _ count: UInt32) -> UInt64 {
    UInt64(bin) &<< 32 | UInt64(count)
  }

  @inline(__always)
  private static func capacity(_ header: UInt64) -> Int { Int(truncatingIfNeeded: header &>> 32) }

  @inline(__always)
  private static func count(_ header: UInt64) -> Int {
    Int(truncatingIfNeeded: header & 0xFFFF_FFFF)
  }

  /// Calls `body` with each bin of `histogram` and its count, in no particular order.
  @inline(__always)
  func forEachBin(of histogram: Histogram, _ body: (UInt32, UInt32) -> Void) {
    guard !histogram.hasOneBin else {
      if histogram.count > 0 { body(histogram.bin, histogram.count) }
      return
    }
    let place = Int(histogram.bin)
    for index in place &+ 1...place &+ Self.capacity(cells[place]) {
      let cell = cells[index]
      if cell != 0 {
        body(UInt32(truncatingIfNeeded: cell &>> 32), UInt32(truncatingIfNeeded: cell))
      }
    }
  }

  /// Appends the bins of `histogram` to `bins`, each as bin << 32 | count, in no particular order.
  func append(_ histogram: Histogram, to bins: inout OwnedBuffer<UInt64>) {
    guard !histogram.hasOneBin else {
      if histogram.count > 0 { bins.append(Self.cell(histogram.bin, histogram.count)) }
      return
    }
    let place = Int(histogram.bin)
    bins.reserve(Self.count(cells[place]))
    for index in place &+ 1...place &+ Self.capacity(cells[place]) where cells[index] != 0 {
      bins.append(cells[index])
    }
  }
}
