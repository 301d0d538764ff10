internal import ByteScanning

/// The keys of one bucket: byte strings, numbered from 0, which can be had in order.
///
/// Open addressing with linear probing, at most half full. Keys are compared by their bytes, so hostile
/// keys that collide cost time, not correctness; without knowing the seed, nobody can choose such keys.
struct KeyTable: ~Copyable {
  struct Entry: BitwiseCopyable {
    var start: Int
    var count: Int
    /// The first bytes as a number, which mostly decides the place among all.
    var beginning: UInt128
  }

  /// Tables that have grown beyond this are made anew for the next bucket.
  private static let keptSlots = 1 << 14

  private(set) var entries = OwnedBuffer<Entry>(capacity: 256)
  /// The bytes of all keys.
  private(set) var bytes = OwnedBuffer<UInt8>(capacity: 1 << 14)
  /// The hash's upper half, with the number + 1 below it; 0 means free.
  private var slots = OwnedBuffer<UInt64>(repeating: 0, count: 1024)
  private let seed = UInt64.random(in: .min ... .max)

  var count: Int { entries.count }

  /// The number of the key in `range` of `text`, which gets one if it is new.
  @inline(__always)
  mutating func number(of text: borrowing Span<UInt8>, in range: Range<Int>) -> Int {
    let hash = text.hash(of: range, seed: seed)
    let tag = hash &>> 32
    let mask = slots.count &- 1
    var place = Int(truncatingIfNeeded: tag) & mask
    while true {
      let slot = slots[place]
      if slot == 0 { break }
      if slot &>> 32 == tag {
        let number = Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) &- 1
        let entry = entries[number]
        if text.equals(range, bytes.span, entry.start..<entry.start &+ entry.count) {
          return number
        }
      }
      place = (place &+ 1) & mask
    }
    return insert(text, range, tag)
  }

  private mutating func insert(
    _ text: borrowing Span<UInt8>, _ range: Range<Int>, _ tag: UInt64
  ) -> Int {
    let number = entries.count
    precondition(number < Int(UInt32.max), "a bucket of more than 4 thousand million keys")
    var beginning: UInt128 = 0
    for place in 0..<16 {
      let offset = range.lowerBound + place
      beginning = beginning << 8 | UInt128(offset < range.upperBound ? text[offset] : 0)
    }
    entries.append(Entry(start: bytes.count, count: range.count, beginning: beginning))
    bytes.append(text, in: range)
    if entries.count * 2 > slots.count { growSlots() }
    place(tag << 32 | UInt64(number + 1))
    return number
  }

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

  /// How many slots finding each key once takes, on average. For tests: how well keys are spread does not show
  /// in their numbers.
  var meanProbeCount: Double { slots.meanProbeCount }

  /// The numbers of all keys in the order of their bytes; those that do not begin with a quote, which have
  /// no consumer, come first.
  func sorted() -> [Int] {
    let all = bytes.span
    let quote = UInt128(UInt8(ascii: "\"")) << 120
    func rank(_ entry: Entry) -> UInt128 {
      entry.beginning & (0xFF << 120) == quote ? entry.beginning : entry.beginning & ~(0xFF << 120)
    }
    let ranked = (0..<entries.count).map { (rank: rank(entries[$0]), number: $0) }
    let bytes = all
    return ranked.sorted { left, right in
      if left.rank != right.rank { return left.rank < right.rank }
      let (first, second) = (entries[left.number], entries[right.number])
      return bytes.precedes(
        first.start..<first.start + first.count, second.start..<second.start + second.count)
    }.map(\.number)
  }

  /// Forgets all keys.
  mutating func removeAll() {
    entries.removeAll()
    bytes.removeAll()
    if slots.count > Self.keptSlots {
      slots = OwnedBuffer(repeating: 0, count: 1024)
      entries = OwnedBuffer(capacity: 256)
      bytes = OwnedBuffer(capacity: 1 << 14)
    } else {
      for place in 0..<slots.count { slots[place] = 0 }
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether the bytes in `left` come before those in `right`.
  fileprivate func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    let shared = Swift.min(left.count, right.count)
    var offset = 0
    while offset < shared {
      let length = Swift.min(8, shared &- offset)
      let (mine, other): (UInt64, UInt64) =
        length == 8
        ? (word(at: left.lowerBound &+ offset), word(at: right.lowerBound &+ offset))
        : (
          word(at: left.lowerBound &+ offset, count: length),
          word(at: right.lowerBound &+ offset, count: length)
        )
      if mine != other { return mine.byteSwapped < other.byteSwapped }
      offset &+= 8
    }
    return left.count < right.count
  }
}
