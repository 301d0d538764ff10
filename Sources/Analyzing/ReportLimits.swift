internal import ByteScanning
internal import Reporting

// How a report stays small: slots become wider, and the smallest pairs are merged.

extension ReportBuilder {
  /// Keeps what grows within the limits of a ``Report``.
  @inline(__always)
  mutating func keepLimits() {
    if cells.count > Report.endpointSlotLimit || consumerSlotCount > consumerSlotCountLimit
      || pairCount > pairCountLimit
    {
      lessen()
    }
  }

  @inline(never)
  private mutating func lessen() {
    while cells.count > Report.endpointSlotLimit, cellWidth.wider != cellWidth {
      widenCells(to: cellWidth.wider)
    }
    if consumerSlotCount > consumerSlotCountLimit { settleConsumerSlots() }
    if pairCount > pairCountLimit { mergeSmallPairs() }
  }

  mutating func widenSlots(to width: SlotWidth) {
    var keys = KeyIndex()
    var apdex: [ApdexCounts] = []
    for place in 0..<slots.count {
      let second = Int(slotKeys.keys[place]) * slotWidth.seconds
      let known = keys.count
      let row = keys.number(of: UInt64(width.slot(of: second)))
      slots.move(place, to: row, isNew: row == known)
      if place < slotApdex.count { apdex.merge(slotApdex[place], at: row) }
    }
    slots.truncate(to: keys.count)
    slotKeys = keys
    (slotApdex, slotWidth) = (apdex, width)
    forgetPlaces()
  }

  mutating func widenCells(to width: SlotWidth) {
    var keys = KeyIndex()
    for place in 0..<cells.count {
      let key = cellKeys.keys[place]
      let slot = width.slot(of: Int(key & 0xFFFF_FFFF) * cellWidth.seconds)
      let known = keys.count
      let row = keys.number(of: Analyzing.key(Int(key >> 32), slot))
      cells.move(place, to: row, isNew: row == known)
    }
    cells.truncate(to: keys.count)
    cellKeys = keys
    cellWidth = width
    forgetPlaces()
  }

  mutating func widenConsumerSlots(to width: SlotWidth) {
    var keys = KeyIndex()
    var numbers: [Int] = []
    for place in 0..<consumerSlotKeys.count {
      let second = Int(consumerSlotKeys.keys[place]) * consumerSlotWidth.seconds
      numbers.append(keys.number(of: UInt64(width.slot(of: second))))
    }
    consumerSlotKeys = keys
    var old = CountLists<UInt32>()
    swap(&old, &consumerSlots)
    consumerSlotCount = 0
    for consumer in 0..<consumers.count {
      let list = consumers[consumer].slots
      consumers[consumer].slots = CountList()
      old.forEach(list, consumer) { key, count in
        addSlot(
          count, PartKind.key(numbers[PartKind.part(key)], PartKind.kind(key)), of: consumer)
      }
    }
    consumerSlotWidth = width
    forgetPlaces()
  }

  /// Has slots so wide that there are not too many consumers in slots.
  mutating func settleConsumerSlots() {
    var cells = consumerCellCount
    while cells > Report.consumerSlotLimit, consumerSlotWidth.wider != consumerSlotWidth {
      widenConsumerSlots(to: consumerSlotWidth.wider)
      cells = consumerCellCount
    }
    // Each count is of one more consumer in a slot at most. A few too many are settled at the end.
    let limit = Report.consumerSlotLimit
    consumerSlotCountLimit = consumerSlotCount + max(limit - cells, limit / 8)
  }

  /// How many consumers in slots there are.
  private var consumerCellCount: Int {
    var count = 0
    // A bit for each slot of a consumer: most have counts of several classes.
    var seen = [UInt64](repeating: 0, count: consumerSlotKeys.count / 64 + 1)
    for consumer in 0..<consumers.count where consumers[consumer].slots.count > 0 {
      consumerSlots.forEach(consumers[consumer].slots, consumer) { key, _ in
        let (word, bit) = (PartKind.part(key) / 64, UInt64(1) << (PartKind.part(key) % 64))
        if seen[word] & bit == 0 { count += 1 }
        seen[word] |= bit
      }
      for word in seen.indices { seen[word] = 0 }
    }
    return count
  }

  /// Keeps the largest pairs, if there are too many; of the others only their requests.
  private mutating func mergeSmallPairs() {
    var sums: [Int] = []
    for consumer in 0..<consumers.count {
      for (_, classes) in pairs(of: consumer) { sums.append(classes.requests) }
    }
    pairCountLimit = 2 * pairCount
    guard sums.count > 2 * Report.pairLimit else { return }
    sums.sort(by: >)
    let least = sums[Report.pairLimit - 1]
    // How many of the smallest that are kept there is room for.
    var room = Report.pairLimit - (sums.firstIndex(of: least) ?? 0)
    var old = CountLists<UInt64>()
    swap(&old, &pairs)
    pairCount = 0
    for consumer in 0..<consumers.count {
      let list = consumers[consumer].pairs
      consumers[consumer].pairs = CountList()
      for (endpoint, classes) in Self.classes(list, consumer, in: old) {
        let requests = classes.requests
        if requests == least { room -= 1 }
        guard requests > least || requests == least && room >= 0 else {
          mergedPairRequests += requests
          continue
        }
        for kind in 0...5 where classes.count(kind: kind) > 0 {
          addPair(classes.count(kind: kind), PartKind.key(endpoint, kind), of: consumer)
        }
      }
    }
    pairCountLimit = max(2 * Report.pairLimit, 2 * pairCount)
  }

  /// The endpoints of a consumer, in the order of their numbers.
  func pairs(of consumer: Int) -> [(endpoint: Int, classes: ClassCounts)] {
    Self.classes(consumers[consumer].pairs, consumer, in: pairs)
      .map { (endpoint: $0.part, classes: $0.classes) }
  }

  /// The slots of a consumer, in the order of their numbers.
  func slots(of consumer: Int) -> [(part: Int, classes: ClassCounts)] {
    Self.classes(consumers[consumer].slots, consumer, in: consumerSlots)
  }

  private static func classes<Cell>(
    _ list: CountList, _ owner: Int, in lists: borrowing CountLists<Cell>
  ) -> [(part: Int, classes: ClassCounts)] {
    var counts: [(key: Int, count: Int)] = []
    counts.reserveCapacity(list.count)
    lists.forEach(list, owner) { counts.append(($0, $1)) }
    counts.sort { $0.key < $1.key }
    var rows: [(part: Int, classes: ClassCounts)] = []
    rows.reserveCapacity(counts.count)
    for (key, count) in counts {
      if rows.last?.part != PartKind.part(key) {
        rows.append((PartKind.part(key), ClassCounts()))
      }
      rows[rows.count - 1].classes.add(count, kind: PartKind.kind(key))
    }
    return rows
  }

  // MARK: Merging

  /// Adds what `other` holds, which has the same names; it is empty afterwards.
  mutating func take(_ other: inout ReportBuilder) {
    // The smaller one is added to the larger.
    if requests < other.requests { swap(&self, &other) }
    let period = other.period
    merge(other)
    if var theirs = other.detail.take(), let period {
      let endpoints = endpointNumbers(of: other)
      detail?.reach(from: period.lowerBound, to: period.upperBound)
      detail?.take(&theirs, endpoints: endpoints)
    }
    other = ReportBuilder()
  }

  /// For each endpoint of `other`, its number here.
  private mutating func endpointNumbers(of other: borrowing ReportBuilder) -> [Int] {
    var numbers: [Int] = []
    for place in 0..<other.endpointKeys.count {
      numbers.append(endpointKeys.number(of: other.endpointKeys.keys[place]))
    }
    return numbers
  }

  /// Adds what `other` holds, which has the same names. A page's detail is not among it.
  mutating func merge(_ other: borrowing ReportBuilder) {
    guard other.first <= other.last else { return }
    reach(from: other.first, to: other.last)
    forgetPlaces()
    for place in 0..<other.slots.count {
      let second = Int(other.slotKeys.keys[place]) * other.slotWidth.seconds
      let row = slotKeys.number(of: UInt64(slotWidth.slot(of: second)))
      slots.reach(row)
      slots.add(place, of: other.slots, to: row)
      if place < other.slotApdex.count { slotApdex.merge(other.slotApdex[place], at: row) }
    }
    let endpoints = endpointNumbers(of: other)
    for (place, counts) in other.endpointApdex.enumerated() {
      endpointApdex.merge(counts, at: endpoints[place])
    }
    mergeCells(other, endpoints)
    mergeConsumers(other, endpoints)
    requests += other.requests
    resolution.merge(other.resolution)
    coverage.merge(other.coverage)
    mergedPairRequests += other.mergedPairRequests
    keepLimits()
  }

  /// - Parameter endpoints: for each endpoint of `other`, its number here.
  private mutating func mergeCells(_ other: borrowing ReportBuilder, _ endpoints: [Int]) {
    if cellWidth < other.cellWidth { widenCells(to: other.cellWidth) }
    for place in 0..<other.cells.count {
      let key = other.cellKeys.keys[place]
      let second = Int(key & 0xFFFF_FFFF) * other.cellWidth.seconds
      let row = cellKeys.number(
        of: Analyzing.key(endpoints[Int(key >> 32)], cellWidth.slot(of: second)))
      cells.reach(row)
      cells.add(place, of: other.cells, to: row)
    }
  }

  private mutating func mergeConsumers(_ other: borrowing ReportBuilder, _ endpoints: [Int]) {
    if consumerSlotWidth < other.consumerSlotWidth {
      widenConsumerSlots(to: other.consumerSlotWidth)
    }
    var slots: [Int] = []
    for place in 0..<other.consumerSlotKeys.count {
      let second = Int(other.consumerSlotKeys.keys[place]) * other.consumerSlotWidth.seconds
      slots.append(consumerSlotKeys.number(of: UInt64(consumerSlotWidth.slot(of: second))))
    }
    for consumer in 0..<other.consumers.count where !other.consumers[consumer].isEmpty {
      consumers.reach(consumer)
      consumers.add(consumer, of: other.consumers, to: consumer)
      other.pairs.forEach(other.consumers[consumer].pairs, consumer) { key, count in
        let endpoint = endpoints[PartKind.part(key)]
        addPair(count, PartKind.key(endpoint, PartKind.kind(key)), of: consumer)
      }
      other.consumerSlots.forEach(other.consumers[consumer].slots, consumer) { key, count in
        let slot = slots[PartKind.part(key)]
        addSlot(count, PartKind.key(slot, PartKind.kind(key)), of: consumer)
      }
    }
  }
}

extension ClassCounts {
  /// - Parameter kind: as ``PartKind`` numbers them.
  fileprivate func count(kind: Int) -> Int {
    switch kind {
    case 1: informational
    case 2: success
    case 3: redirection
    case 4: clientError
    case 5: serverError
    default: other
    }
  }
}
