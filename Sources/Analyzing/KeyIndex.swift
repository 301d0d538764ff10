internal import ByteScanning

/// Numbers keys in the order in which they turn up, from 0: where what is counted for a key stands.
struct KeyIndex: ~Copyable {
  /// In the order of their numbers.
  private(set) var keys = OwnedBuffer<UInt64>(capacity: 64)
  /// Number + 1; 0 is free. Linear probing, at most half full.
  private var slots = OwnedBuffer<UInt32>(repeating: 0, count: 128)
  // Names are numbered in the order in which clients send them; without knowing these, they cannot choose an
  // order that collides.
  private let seed = UInt64.random(in: .min ... .max)
  private let factor = UInt64.random(in: .min ... .max) | 1

  var count: Int { keys.count }

  /// The number of `key`, which it is given if it is new: then it equals the count of the keys before it.
  @inline(__always)
  mutating func number(of key: UInt64) -> Int {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash(key)) & mask
    while true {
      let number = slots[slot]
      if number == 0 { break }
      if keys[Int(number) &- 1] == key { return Int(number) &- 1 }
      slot = (slot &+ 1) & mask
    }
    return insert(key, at: slot)
  }

  private mutating func insert(_ key: UInt64, at slot: Int) -> Int {
    keys.append(key)
    slots[slot] = UInt32(keys.count)
    let number = keys.count - 1
    if keys.count * 2 > slots.count { grow() }
    return number
  }

  private mutating func grow() {
    slots = OwnedBuffer(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for number in 0..<keys.count {
      var slot = Int(truncatingIfNeeded: hash(keys[number])) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(number + 1)
    }
  }

  /// How many slots finding each key once takes, on average. For tests: how well keys are spread does not show
  /// in their numbers.
  var meanProbeCount: Double {
    let mask = slots.count - 1
    var total = 0
    for slot in 0..<slots.count where slots[slot] != 0 {
      let key = keys[Int(slots[slot]) - 1]
      total += (slot - Int(truncatingIfNeeded: hash(key))) & mask + 1
    }
    return Double(total) / Double(max(count, 1))
  }

  @inline(__always)
  private func hash(_ key: UInt64) -> UInt64 {
    spread((key ^ seed).multipliedFullWidth(by: factor))
  }
}

/// Two numbers of 32 bits as a key.
@inline(__always)
func key(_ high: Int, _ low: Int) -> UInt64 {
  UInt64(UInt32(high)) << 32 | UInt64(UInt32(low))
}
