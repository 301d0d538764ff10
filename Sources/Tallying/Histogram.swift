internal import ByteScanning

/// A histogram as a tally holds it: one bin in place, because most tallies count one request; if there
/// are more, all are in the table's ``BinStore``.
package struct Histogram: BitwiseCopyable, Sendable {
  /// What ``count`` is where the bins are in the store.
  private static let isStored = UInt32.max

  /// The only bin, or the number of the bins' extent in the store.
  package internal(set) var bin: UInt32 = 0
  /// The bin's count; 0 if the histogram is empty.
  package internal(set) var count: UInt32 = 0

  /// Whether ``bin`` is the only one, if the histogram is not empty.
  @inline(__always)
  package var hasOneBin: Bool { count != Self.isStored }

  @inline(__always)
  init() {}

  init(extent: Int) {
    bin = UInt32(extent)
    count = Self.isStored
  }
}

/// The further bins of a table's histograms: for each histogram a small open-addressing table
/// among the cells, which moves to a larger place when it fills.
///
/// Room that a table leaves behind is not used again; the store lives until its tallies are
/// flushed, and doubling leaves behind at most what is in use.
struct BinStore: ~Copyable {
  struct Extent: BitwiseCopyable {
    var offset: Int
    var capacity: Int
    var used: Int
  }

  private var extents = OwnedBuffer<Extent>(capacity: 64)
  /// bin << 32 | count; 0 is free, since counts are from 1.
  private var cells = OwnedBuffer<UInt64>(capacity: 1024)

  var memory: Int { cells.count * 8 + extents.count * MemoryLayout<Extent>.stride }

  /// Forgets all bins; the room stays.
  mutating func removeAll() {
    extents.removeAll()
    cells.removeAll()
  }

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
      var extent = allocate(capacity: 4)
      _ = put(histogram.bin, histogram.count, in: extent)
      extent.used = 1
      histogram = Histogram(extent: extents.count)
      extents.append(extent)
    }
    let index = Int(histogram.bin)
    if extents[index].used * 4 >= extents[index].capacity * 3 { grow(index) }
    var extent = extents[index]
    if put(bin, count, in: extent) {
      extent.used += 1
      extents[index] = extent
    }
  }

  /// True if the bin is new.
  private mutating func put(_ bin: UInt32, _ count: UInt32, in extent: Extent) -> Bool {
    let mask = extent.capacity - 1
    // Clients choose the sizes that they claim: bins a power of two apart must not meet.
    var slot = Int(truncatingIfNeeded: mixed(UInt64(bin))) & mask
    while true {
      let cell = cells[extent.offset + slot]
      if cell == 0 {
        cells[extent.offset + slot] = UInt64(bin) << 32 | UInt64(count)
        return true
      }
      if cell >> 32 == UInt64(bin) {
        cells[extent.offset + slot] = cell + UInt64(count)
        return false
      }
      slot = (slot + 1) & mask
    }
  }

  private mutating func allocate(capacity: Int) -> Extent {
    let extent = Extent(offset: cells.count, capacity: capacity, used: 0)
    for _ in 0..<capacity { cells.append(0) }
    return extent
  }

  private mutating func grow(_ index: Int) {
    let old = extents[index]
    var new = allocate(capacity: old.capacity * 2)
    for slot in old.offset..<old.offset + old.capacity where cells[slot] != 0 {
      let cell = cells[slot]
      _ = put(UInt32(cell >> 32), UInt32(truncatingIfNeeded: cell), in: new)
      new.used += 1
    }
    extents[index] = new
  }

  /// Calls `body` with each bin of `histogram` and its count, in no particular order.
  @inline(__always)
  func forEachBin(of histogram: Histogram, _ body: (UInt32, UInt32) -> Void) {
    guard !histogram.hasOneBin else {
      if histogram.count > 0 { body(histogram.bin, histogram.count) }
      return
    }
    let extent = extents[Int(histogram.bin)]
    for slot in extent.offset..<extent.offset + extent.capacity {
      let cell = cells[slot]
      if cell != 0 { body(UInt32(cell >> 32), UInt32(truncatingIfNeeded: cell)) }
    }
  }
}
