import ByteScanning

/// Gives keys of some numbers places, counted from 0 in the order in which they come: a hash table with open
/// addressing, at most half full.
///
/// Items are looked up by the million, for which a dictionary takes several times as long.
struct PlaceTable: ~Copyable {
  struct Key: BitwiseCopyable, Comparable {
    var first: Int64
    var second: Int64
    var third: Int64 = 0
    var fourth: Int64 = 0

    static func < (left: Self, right: Self) -> Bool {
      (left.first, left.second, left.third, left.fourth)
        < (right.first, right.second, right.third, right.fourth)
    }
  }

  private var keys = OwnedBuffer<Key>(capacity: 16)
  /// Half of a key's hash, and its place + 1 below it; 0 is free.
  private var slots = OwnedBuffer<UInt64>(repeating: 0, count: 32)
  /// Clients choose times and statuses; without knowing the seed, they cannot choose keys that collide.
  private let seed = UInt64.random(in: .min ... .max)

  var count: Int { keys.count }

  /// The key at a place.
  subscript(place: Int) -> Key { keys[place] }

  /// The place of a key; ``count`` as it was before if the key is a new one.
  mutating func place(of key: Key) -> Int {
    let hash = hash(of: key)
    let mask = slots.count &- 1
    var index = Int(truncatingIfNeeded: hash &>> 32) & mask
    while slots[index] != 0 {
      let slot = slots[index]
      if slot &>> 32 == hash &>> 32 {
        let place = Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) &- 1
        if keys[place] == key { return place }
      }
      index = (index &+ 1) & mask
    }
    keys.append(key)
    slots[index] = hash & ~0xFFFF_FFFF | UInt64(keys.count)
    if keys.count * 2 > slots.count { grow() }
    return keys.count - 1
  }

  /// How many slots finding each key once takes, on average. For tests: how well keys are spread does not show
  /// in their places.
  var meanProbeCount: Double { slots.meanProbeCount }

  private func hash(of key: Key) -> UInt64 {
    var hash = mixed(seed ^ UInt64(bitPattern: key.first))
    hash = mixed(hash ^ UInt64(bitPattern: key.second))
    hash = mixed(hash ^ UInt64(bitPattern: key.third))
    return mixed(hash ^ UInt64(bitPattern: key.fourth))
  }

  private mutating func grow() {
    var old = OwnedBuffer<UInt64>(repeating: 0, count: slots.count * 2)
    swap(&old, &slots)
    let mask = slots.count - 1
    for index in 0..<old.count where old[index] != 0 {
      var place = Int(truncatingIfNeeded: old[index] &>> 32) & mask
      while slots[place] != 0 { place = (place + 1) & mask }
      slots[place] = old[index]
    }
  }
}
