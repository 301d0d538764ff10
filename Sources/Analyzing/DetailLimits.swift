internal import ByteScanning
internal import Reporting

// How a detail stays small: slots become wider, and consumers with few requests are left out. And how two are
// merged.

extension DetailBuilder {
  @inline(__always)
  mutating func keepLimits() {
    if endpoints.count > limits.endpointCells || shares.count > limits.shares
      || consumerCellCount > limits.consumerCells
    {
      lessen()
    }
  }

  @inline(never)
  private mutating func lessen() {
    while endpoints.count > limits.endpointCells, width.wider != width { widen(to: width.wider) }
    if shares.count > limits.shares {
      keepShares(of: heaviest(within: limits.shares / 2) { $0.shareCount })
    }
    if consumerCellCount > limits.consumerCells {
      // Each slot of a consumer stands for a pair or less, as a rule.
      let heavy = heaviest(within: limits.consumerCells / 2) { $0.cellCount }
      for consumer in heavy.indices where !heavy[consumer] && consumers[consumer].cellCount > 0 {
        leaveOut(consumer)
      }
      keepShares(of: heavy)
    }
  }

  /// By consumer: whether it is of those with the most requests, whose cells are at most `limit` together.
  private func heaviest(within limit: Int, _ cells: (ConsumerRow) -> Int) -> [Bool] {
    var heavy = [Bool](repeating: false, count: consumers.count)
    let order = heavy.indices.filter { cells(consumers[$0]) > 0 }.sorted {
      (consumers[$1].requests, $0) < (consumers[$0].requests, $1)
    }
    var used = 0
    for consumer in order {
      let count = cells(consumers[consumer])
      guard used + count <= limit else { continue }
      used += count
      heavy[consumer] = true
    }
    return heavy
  }

  /// Forgets what is kept of a consumer by slot and endpoint, but for its shares.
  mutating func leaveOut(_ consumer: Int) {
    slotCounts.remove(&consumers[consumer].slots, consumer)
    pairCounts.remove(&consumers[consumer].pairs, consumer)
    consumerCellCount -= consumers[consumer].cellCount
    (consumers[consumer].slotCount, consumers[consumer].pairCount) = (0, 0)
    consumers[consumer].isLeftOut = true
  }

  /// Forgets the shares of all other consumers.
  private mutating func keepShares(of kept: [Bool]) {
    var keys = KeyIndex()
    var lists = OwnedBuffer<CountList>(capacity: 16)
    for place in 0..<shares.count {
      let key = shareKeys.keys[place]
      let consumer = ShareKey.consumer(key)
      if kept[consumer] {
        _ = keys.number(of: key)
        lists.append(shares[place])
      } else {
        shareCounts.remove(&shares[place], Int(key))
        consumers[consumer].shareCount = 0
        consumers[consumer].isUnshared = true
      }
    }
    shareKeys = keys
    shares = lists
  }

  // MARK: Slots

  mutating func widen(to wide: SlotWidth) {
    var keys = KeyIndex()
    var numbers: [Int] = []
    for place in 0..<slotKeys.count {
      let second = Int(slotKeys.keys[place]) * width.seconds
      numbers.append(keys.number(of: UInt64(wide.slot(of: second))))
    }
    slotKeys = keys
    width = wide
    forgetSlot()
    renumberEndpointSlots(numbers)
    renumberConsumerSlots(numbers)
    renumberShareSlots(numbers)
  }

  private mutating func renumberEndpointSlots(_ numbers: [Int]) {
    var keys = KeyIndex()
    var lists = OwnedBuffer<CountList>(capacity: 16)
    var counts = CountLists<UInt32>()
    swap(&keys, &endpointKeys)
    swap(&lists, &endpoints)
    swap(&counts, &endpointCounts)
    for place in 0..<lists.count {
      let key = keys.keys[place]
      let cell = endpointCell(Int(key >> 32), numbers[Int(key & 0xFFFF_FFFF)])
      counts.forEach(lists[place], place) { key, count in
        endpointCounts.add(count, to: key, of: &endpoints[cell], cell)
      }
    }
  }

  private mutating func renumberConsumerSlots(_ numbers: [Int]) {
    var counts = CountLists<UInt32>()
    swap(&counts, &slotCounts)
    for consumer in 0..<consumers.count {
      let list = consumers[consumer].slots
      consumers[consumer].slots = CountList()
      consumerCellCount -= consumers[consumer].slotCount
      consumers[consumer].slotCount = 0
      counts.forEach(list, consumer) { key, count in
        addSlot(count, PartKey.kind(key), numbers[PartKey.part(key)], of: consumer)
      }
    }
  }

  private mutating func renumberShareSlots(_ numbers: [Int]) {
    var keys = KeyIndex()
    var lists = OwnedBuffer<CountList>(capacity: 16)
    var counts = CountLists<UInt32>()
    swap(&keys, &shareKeys)
    swap(&lists, &shares)
    swap(&counts, &shareCounts)
    for consumer in 0..<consumers.count { consumers[consumer].shareCount = 0 }
    for place in 0..<lists.count {
      let old = keys.keys[place]
      let new = ShareKey.key(
        ShareKey.consumer(old), ShareKey.endpoint(old), numbers[ShareKey.slot(old)])
      let share = share(new)
      counts.forEach(lists[place], Int(old)) { key, count in addShare(count, key, share, new) }
    }
  }

  // MARK: Merging

  /// Adds what `other` holds, which has the same consumers; nothing may be added there afterwards.
  ///
  /// - Parameter endpoints: for each endpoint of `other`, its number here.
  mutating func take(_ other: inout DetailBuilder, endpoints places: [Int]) {
    while other.width.seconds < width.seconds { other.widen(to: other.width.wider) }
    if width.seconds < other.width.seconds { widen(to: other.width) }
    while consumers.count < other.consumers.count { consumers.append(ConsumerRow()) }
    leaveOut(whatIsLeftOutOf: other)
    var slots: [Int] = []
    for place in 0..<other.slotKeys.count {
      slots.append(slotKeys.number(of: other.slotKeys.keys[place]))
    }
    for place in 0..<other.endpoints.count {
      let key = other.endpointKeys.keys[place]
      let cell = endpointCell(places[Int(key >> 32)], slots[Int(key & 0xFFFF_FFFF)])
      other.endpointCounts.forEach(other.endpoints[place], place) { key, count in
        endpointCounts.add(count, to: key, of: &endpoints[cell], cell)
      }
    }
    for consumer in 0..<other.consumers.count { take(consumer, of: other, slots, places) }
    takeShares(of: other, slots, places)
    keepLimits()
  }

  private mutating func take(
    _ consumer: Int, of other: borrowing DetailBuilder, _ slots: [Int], _ endpoints: [Int]
  ) {
    let theirs = other.consumers[consumer]
    consumers[consumer].requests += theirs.requests
    other.durationCounts.forEach(theirs.durations, consumer) { key, count in
      durationCounts.add(count, to: key, of: &consumers[consumer].durations, consumer)
    }
    if consumers[consumer].isLeftOut { return }
    other.slotCounts.forEach(theirs.slots, consumer) { key, count in
      addSlot(count, PartKey.kind(key), slots[PartKey.part(key)], of: consumer)
    }
    other.pairCounts.forEach(theirs.pairs, consumer) { key, count in
      addPair(count, PartKey.kind(key), endpoints[PartKey.part(key)], of: consumer)
    }
  }

  private mutating func takeShares(
    of other: borrowing DetailBuilder, _ slots: [Int], _ endpoints: [Int]
  ) {
    for place in 0..<other.shares.count {
      let old = other.shareKeys.keys[place]
      let consumer = ShareKey.consumer(old)
      if consumers[consumer].isLeftOut || consumers[consumer].isUnshared { continue }
      let endpoint = endpoints[ShareKey.endpoint(old)]
      let new = ShareKey.key(consumer, endpoint, slots[ShareKey.slot(old)])
      let share = share(new)
      other.shareCounts.forEach(other.shares[place], Int(old)) { key, count in
        addShare(count, key, share, new)
      }
    }
  }

  /// Drops here what `other` does not have.
  private mutating func leaveOut(whatIsLeftOutOf other: borrowing DetailBuilder) {
    var kept = [Bool](repeating: true, count: consumers.count)
    for consumer in 0..<other.consumers.count {
      let theirs = other.consumers[consumer]
      if theirs.isLeftOut, !consumers[consumer].isLeftOut { leaveOut(consumer) }
      if theirs.isUnshared { consumers[consumer].isUnshared = true }
      kept[consumer] = !consumers[consumer].isLeftOut && !consumers[consumer].isUnshared
    }
    keepShares(of: kept)
  }
}
