/// A hash table from byte strings to numbers that copies its keys into one arena.
///
/// Open addressing with linear probing, at most half full. Keys are compared by their bytes, so
/// hostile keys that collide cost time, not correctness. Slots and entries are kept small: a run's
/// names compete with its tallies for a core's cache.
@usableFromInline
package struct ByteTable: ~Copyable {
  @usableFromInline
  struct Entry: BitwiseCopyable {
    /// Where the key begins in the arena.
    @usableFromInline var offset: UInt32
    @usableFromInline var count: UInt32
    @usableFromInline var value: UInt32

    @usableFromInline
    init(offset: Int, count: Int, value: UInt32) {
      self.offset = UInt32(offset)
      self.count = UInt32(count)
      self.value = value
    }

    @inlinable @inline(__always)
    var range: Range<Int> {
      let start = Int(truncatingIfNeeded: offset)
      return start..<start &+ Int(truncatingIfNeeded: count)
    }
  }

  /// In order of insertion.
  @usableFromInline var entries = OwnedBuffer<Entry>(capacity: 64)
  /// The hash's upper half, with index + 1 into `entries` below it; 0 means free.
  @usableFromInline var slots = OwnedBuffer<UInt64>(repeating: 0, count: 128)
  @usableFromInline var arena = OwnedBuffer<UInt8>(capacity: 1024)

  @inlinable package init() {}

  package var count: Int { entries.count }

  /// Approximately how much memory the table holds, in bytes.
  package var memory: Int {
    entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * 8 + arena.capacity
  }

  /// The number stored for the bytes in `range`, whose hash is `hash`.
  @inlinable @inline(__always)
  package func value(
    for bytes: borrowing Span<UInt8>, in range: Range<Int>, hash: UInt64
  ) -> UInt32? {
    let mask = slots.count &- 1
    let tag = hash &>> 32
    var place = Int(truncatingIfNeeded: tag) & mask
    while true {
      let slot = slots[place]
      if slot == 0 { return nil }
      if slot &>> 32 == tag {
        let entry = entries[Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) &- 1]
        if bytes.equals(range, arena.span, entry.range) { return entry.value }
      }
      place = (place &+ 1) & mask
    }
  }

  /// Stores `value` for the bytes in `range`.
  ///
  /// - Precondition: nothing is stored for them yet, and all keys together are smaller than 4 GiB.
  package mutating func insert(
    _ value: UInt32, for bytes: borrowing Span<UInt8>, in range: Range<Int>, hash: UInt64
  ) {
    if (entries.count + 1) * 2 > slots.count { growSlots() }
    entries.append(Entry(offset: arena.count, count: range.count, value: value))
    arena.append(bytes, in: range)
    place(hash & ~0xFFFF_FFFF | UInt64(entries.count))
  }

  /// The key inserted as number `index`, counted from 0.
  package func key(at index: Int) -> [UInt8] {
    arena.span.extracting(entries[index].range).copied()
  }

  /// Removes everything and releases the memory.
  package mutating func removeAll() { self = ByteTable() }

  /// How many slots finding each key once takes, on average. For tests: how well keys are spread does
  /// not show in what is found.
  var meanProbeCount: Double { slots.meanProbeCount }

  private mutating func place(_ slot: UInt64) {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: slot >> 32) & mask
    while slots[place] != 0 { place = (place + 1) & mask }
    slots[place] = slot
  }

  private mutating func growSlots() {
    var old = OwnedBuffer<UInt64>(repeating: 0, count: slots.count * 2)
    swap(&old, &slots)
    for index in 0..<old.count where old[index] != 0 { place(old[index]) }
  }
}

extension OwnedBuffer where Element == UInt64 {
  /// Of a table's slots, as those of ``ByteTable``: how many of them finding each key once takes, on average.
  package var meanProbeCount: Double {
    let mask = count - 1
    var keys = 0
    var total = 0
    for place in 0..<count where self[place] != 0 {
      keys += 1
      total += (place - Int(truncatingIfNeeded: self[place] >> 32)) & mask + 1
    }
    return Double(total) / Double(max(keys, 1))
  }
}
