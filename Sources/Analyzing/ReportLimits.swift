internal import ByteScanning
internal import Reporting

// How a report stays small: slots become wider, and the smallest pairs are merged.

extension ReportBuilder {
  /// Keeps what grows within the limits of a ``Report``.
  @inline(never)
  mutating func keepLimits() {
    while cells.count > Report.endpointSlotLimit, cellWidth.wider != cellWidth {
      widenCells(to: cellWidth.wider)
    }
    while consumerSlotCount > Report.consumerSlotLimit,
      consumerSlotWidth.wider != consumerSlotWidth
    {
      widenConsumerSlots(to: consumerSlotWidth.wider)
    }
    if pairCount > 2 * Report.pairLimit { mergeSmallPairs() }
  }

  mutating func widenSlots(to width: SlotWidth) {
    var keys = KeyIndex()
    var merged = FigureRows()
    var apdex: [ApdexCounts] = []
    for place in 0..<slots.count {
      let second = Int(slotKeys.keys[place]) * slotWidth.seconds
      let row = keys.number(of: UInt64(width.slot(of: second)))
      merged.reach(row)
      merged.add(place, of: slots, to: row)
      if place < slotApdex.count { apdex.merge(slotApdex[place], at: row) }
    }
    slotKeys = keys
    slots = merged
    (slotApdex, slotWidth) = (apdex, width)
    moment = Moment()
  }

  mutating func widenCells(to width: SlotWidth) {
    var keys = KeyIndex()
    var merged = FigureRows()
    for place in 0..<cells.count {
      let key = cellKeys.keys[place]
      let slot = width.slot(of: Int(key & 0xFFFF_FFFF) * cellWidth.seconds)
      let row = keys.number(of: Analyzing.key(Int(key >> 32), slot))
      merged.reach(row)
      merged.add(place, of: cells, to: row)
    }
    cellKeys = keys
    cells = merged
    cellWidth = width
    moment = Moment()
  }

  mutating func widenConsumerSlots(to width: SlotWidth) {
    var keys = KeyIndex()
    var numbers: [Int] = []
    for place in 0..<consumerSlotKeys.count {
      let second = Int(consumerSlotKeys.keys[place]) * consumerSlotWidth.seconds
      numbers.append(keys.number(of: UInt64(width.slot(of: second))))
    }
    rebuildParts { _, key in
      PartKey.isEndpoint(key) ? key : PartKey.slot(numbers[PartKey.number(key)], PartKey.kind(key))
    }
    consumerSlotKeys = keys
    consumerSlotWidth = width
    moment = Moment()
  }

  /// Keeps the largest pairs; of the others only their requests.
  private mutating func mergeSmallPairs() {
    var sums: [Int] = []
    for consumer in 0..<consumers.count {
      for (_, classes) in pairs(of: consumer) { sums.append(classes.requests) }
    }
    sums.sort(by: >)
    let least = sums[Report.pairLimit - 1]
    // How many of the smallest that are kept there is room for.
    var room = Report.pairLimit - (sums.firstIndex(of: least) ?? 0)
    var dropped: Set<UInt64> = []
    for consumer in 0..<consumers.count {
      for (endpoint, classes) in pairs(of: consumer) where classes.requests <= least {
        if classes.requests == least, room > 0 {
          room -= 1
        } else {
          dropped.insert(key(consumer, endpoint))
          mergedPairRequests += classes.requests
        }
      }
    }
    rebuildParts { consumer, part in
      PartKey.isEndpoint(part) && dropped.contains(key(consumer, PartKey.number(part))) ? nil : part
    }
  }

  /// Gives the parts of consumers other keys; nil drops them.
  private mutating func rebuildParts(_ newKey: (_ consumer: Int, _ key: Int) -> Int?) {
    var old = CountLists()
    swap(&old, &parts)
    (consumerSlotCount, pairCount) = (0, 0)
    for consumer in 0..<consumers.count {
      let list = consumers[consumer].parts
      consumers[consumer].parts = CountLists.List()
      old.forEach(list) { part, count in
        if let part = newKey(consumer, part) { addPart(count, part, of: consumer) }
      }
    }
  }

  // MARK: What consumers did

  /// The endpoints of a consumer.
  func pairs(of consumer: Int) -> [(number: Int, classes: ClassCounts)] {
    classes(of: consumer) { PartKey.isEndpoint($0) }
  }

  /// The slots of a consumer, by their numbers among those that occur.
  func slots(of consumer: Int) -> [(number: Int, classes: ClassCounts)] {
    classes(of: consumer) { !PartKey.isEndpoint($0) }
  }

  private func classes(
    of consumer: Int, _ isWanted: (Int) -> Bool
  ) -> [(number: Int, classes: ClassCounts)] {
    var counts: [(key: Int, count: Int)] = []
    parts.forEach(consumers[consumer].parts) { key, count in
      if isWanted(key) { counts.append((key, count)) }
    }
    counts.sort { $0.key < $1.key }
    var rows: [(number: Int, classes: ClassCounts)] = []
    for (key, count) in counts {
      if rows.last?.number != PartKey.number(key) {
        rows.append((PartKey.number(key), ClassCounts()))
      }
      rows[rows.count - 1].classes.add(count, status: PartKey.kind(key) * 100)
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
    if let theirs = other.detail, let period {
      detail?.reach(from: period.lowerBound, to: period.upperBound)
      detail?.take(theirs, endpoints: endpointNumbers(of: other))
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
    moment = Moment()
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
    resolution = min(resolution, other.resolution)
    coverage.merge(other.coverage)
    mergedPairRequests += other.mergedPairRequests
    keepLimits()
  }

  /// - Parameter endpoints: for each endpoint of `other`, its number here.
  private mutating func mergeCells(_ other: borrowing ReportBuilder, _ endpoints: [Int]) {
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
    var slots: [Int] = []
    for place in 0..<other.consumerSlotKeys.count {
      let second = Int(other.consumerSlotKeys.keys[place]) * other.consumerSlotWidth.seconds
      slots.append(consumerSlotKeys.number(of: UInt64(consumerSlotWidth.slot(of: second))))
    }
    for consumer in 0..<other.consumers.count where !other.consumers[consumer].isEmpty {
      consumers.reach(consumer)
      consumers.add(consumer, of: other.consumers, to: consumer)
      other.parts.forEach(other.consumers[consumer].parts) { part, count in
        let (number, kind) = (PartKey.number(part), PartKey.kind(part))
        let here =
          PartKey.isEndpoint(part)
          ? PartKey.endpoint(endpoints[number], kind) : PartKey.slot(slots[number], kind)
        addPart(count, here, of: consumer)
      }
    }
  }
}
