/// A hash table from byte strings to numbers, which copies its keys into one arena.
///
/// Open addressing with linear probing, at most half full. Keys are compared by their bytes, so
/// hostile keys that collide cost time, not correctness.
@usableFromInline
package struct ByteTable: ~Copyable {
  @usableFromInline
  struct Entry: BitwiseCopyable {
    @usableFromInline var hash: UInt64
    @usableFromInline var offset: Int
    @usableFromInline var count: Int
    @usableFromInline var value: UInt32
  }

  @usableFromInline var entries = OwnedBuffer<Entry>(capacity: 64)
  /// Index + 1 into `entries`; 0 is free.
  @usableFromInline var slots = OwnedBuffer<UInt32>(repeating: 0, count: 128)
  @usableFromInline var arena = OwnedBuffer<UInt8>(capacity: 1024)

  @inlinable package init() {}

  package var count: Int { entries.count }

  /// About how much memory the table holds, in bytes.
  package var memory: Int {
    entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * 4 + arena.capacity
  }

  /// The number stored for the bytes in `range`, whose hash is `hash`.
  @inlinable @inline(__always)
  package func value(
    for bytes: borrowing Span<UInt8>, in range: Range<Int>, hash: UInt64
  ) -> UInt32? {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let index = slots[slot]
      if index == 0 { return nil }
      let entry = entries[Int(index) &- 1]
      if entry.hash == hash,
        bytes.equals(range, arena.span, entry.offset..<entry.offset &+ entry.count)
      {
        return entry.value
      }
      slot = (slot &+ 1) & mask
    }
  }

  /// Stores `value` for the bytes in `range`.
  ///
  /// - Precondition: nothing is stored for them yet.
  package mutating func insert(
    _ value: UInt32, for bytes: borrowing Span<UInt8>, in range: Range<Int>, hash: UInt64
  ) {
    if (entries.count + 1) * 2 > slots.count { growSlots() }
    entries.append(Entry(hash: hash, offset: arena.count, count: range.count, value: value))
    arena.append(bytes, in: range)
    place(entries.count - 1, hash: hash)
  }

  /// The key that was inserted as number `index`, counted from 0.
  package func key(at index: Int) -> [UInt8] {
    let entry = entries[index]
    let bytes = arena.span
    return (entry.offset..<entry.offset + entry.count).map { bytes[$0] }
  }

  /// Forgets everything and gives the memory back.
  package mutating func removeAll() { self = ByteTable() }

  private mutating func place(_ index: Int, hash: UInt64) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = UInt32(index + 1)
  }

  private mutating func growSlots() {
    slots = OwnedBuffer(repeating: 0, count: slots.count * 2)
    for index in 0..<entries.count { place(index, hash: entries[index].hash) }
  }
}
