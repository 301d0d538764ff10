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

/// The further bins of a table's histograms: for each histogram a small open-addressing table
/// among the cells, which moves to a larger place when it fills.
///
/// Room that a table leaves behind is not used again; the store lives until its tallies are
/// flushed, and doubling leaves behind at most what is in use.
struct BinStore: ~Copyable {
  /// How many cells a histogram begins with.
  private static let firstCapacity = 4

  /// A histogram's first cell is its capacity << 32 | how many bins are in use; the others are
  /// bin << 32 | count, or 0 where they are free, since counts are from 1.
  private var cells = OwnedBuffer<UInt64>(capacity: 1024)

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
      let place = allocate(capacity: Self.firstCapacity)
      insert(histogram.bin, histogram.count, at: place)
      histogram = Histogram(place: place)
    }
    let place = Int(histogram.bin)
    let capacity = Int(cells[place] &>> 32)
    let free = slot(of: bin, at: place, capacity)
    if cells[free] != 0 {
      cells[free] += UInt64(count)
    } else if Int(cells[place] & 0xFFFF_FFFF) * 4 < capacity * 3 {
      cells[free] = UInt64(bin) &<< 32 | UInt64(count)
      cells[place] += 1
    } else {
      let larger = grow(place, capacity)
      insert(bin, count, at: larger)
      histogram = Histogram(place: larger)
    }
  }

  /// The cell of `bin` in the histogram at `place`, or the free one where it would be.
  @inline(__always)
  private func slot(of bin: UInt32, at place: Int, _ capacity: Int) -> Int {
    // Clients choose the sizes that they claim: bins a power of two apart must not meet.
    var slot = Int(truncatingIfNeeded: mixed(UInt64(bin)))
    while true {
      slot &= capacity &- 1
      let cell = cells[place &+ 1 &+ slot]
      if cell == 0 || cell &>> 32 == UInt64(bin) { return place &+ 1 &+ slot }
      slot &+= 1
    }
  }

  /// Adds a bin that is not there yet.
  private mutating func insert(_ bin: UInt32, _ count: UInt32, at place: Int) {
    let slot = slot(of: bin, at: place, Int(cells[place] &>> 32))
    cells[slot] = UInt64(bin) << 32 | UInt64(count)
    cells[place] += 1
  }

  private mutating func allocate(capacity: Int) -> Int {
    let place = cells.count
    cells.append(UInt64(capacity) << 32)
    for _ in 0..<capacity { cells.append(0) }
    return place
  }

  /// Moves the histogram at `place` to where it has twice the room.
  private mutating func grow(_ place: Int, _ capacity: Int) -> Int {
    let larger = allocate(capacity: capacity * 2)
    for index in place + 1...place + capacity where cells[index] != 0 {
      insert(UInt32(cells[index] >> 32), UInt32(truncatingIfNeeded: cells[index]), at: larger)
    }
    return larger
  }

  /// Calls `body` with each bin of `histogram` and its count, in no particular order.
  @inline(__always)
  func forEachBin(of histogram: Histogram, _ body: (UInt32, UInt32) -> Void) {
    guard !histogram.hasOneBin else {
      if histogram.count > 0 { body(histogram.bin, histogram.count) }
      return
    }
    let place = Int(histogram.bin)
    for index in place &+ 1...place &+ Int(cells[place] &>> 32) {
      let cell = cells[index]
      if cell != 0 {
        body(UInt32(truncatingIfNeeded: cell &>> 32), UInt32(truncatingIfNeeded: cell))
      }
    }
  }
}
