internal import ByteScanning

/// Indexes of tallies with their places in the order of items, which a radix sort brings into it.
///
/// An item's place is a number: bucket, consumer, method, route and status as ranks of as many bits
/// as the run's names need. Sorting such numbers costs a fraction of what comparing keys does.
struct ItemOrder: ~Copyable {
  struct Entry: BitwiseCopyable {
    var place: UInt64
    var index: UInt32
  }

  /// 2^11 counters stay in a core's first cache.
  private static let digitBits = 11
  /// So few entries are put in order in less time than the counters take to be cleared.
  private static let few = 64

  private(set) var entries = OwnedBuffer<Entry>(capacity: 1024)
  private var sorted = OwnedBuffer<Entry>(capacity: 1024)
  private var starts = OwnedBuffer<UInt32>(repeating: 0, count: 1 << digitBits)

  var count: Int { entries.count }

  @inline(__always)
  func index(at position: Int) -> Int { Int(entries[position].index) }

  mutating func removeAll() { entries.removeAll() }

  @inline(__always)
  mutating func append(_ index: Int, at place: UInt64) {
    entries.append(Entry(place: place, index: UInt32(truncatingIfNeeded: index)))
  }

  /// Gives the entry at `position` another place, without moving it.
  mutating func replacePlace(at position: Int, by place: UInt64) {
    entries[position].place = place
  }

  /// Sorts by places, which have up to `bits` bits. Entries of equal places stay in their order.
  mutating func sort(bits: Int) {
    if count <= Self.few { return sortFew() }
    var shift = 0
    while shift < bits {
      sortByDigit(shift: UInt64(shift))
      swap(&entries, &sorted)
      shift += Self.digitBits
    }
  }

  private mutating func sortFew() {
    for end in 0..<entries.count {
      let entry = entries[end]
      var position = end
      while position > 0, entries[position &- 1].place > entry.place {
        entries[position] = entries[position &- 1]
        position &-= 1
      }
      entries[position] = entry
    }
  }

  private mutating func sortByDigit(shift: UInt64) {
    let mask = UInt64(1 << Self.digitBits - 1)
    for digit in 0..<starts.count { starts[digit] = 0 }
    for position in 0..<entries.count {
      starts[Int(entries[position].place &>> shift & mask)] += 1
    }
    var sum: UInt32 = 0
    for digit in 0..<starts.count {
      let count = starts[digit]
      starts[digit] = sum
      sum += count
    }
    if sorted.count < entries.count {
      sorted = OwnedBuffer(repeating: Entry(place: 0, index: 0), count: entries.count)
    }
    sorted.truncate(to: entries.count)
    for position in 0..<entries.count {
      let entry = entries[position]
      let digit = Int(entry.place &>> shift & mask)
      sorted[Int(starts[digit])] = entry
      starts[digit] += 1
    }
  }
}
