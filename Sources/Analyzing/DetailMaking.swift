internal import ByteScanning
internal import Reporting

extension DetailBuilder {
  /// The detail of what was added. Its parts move there one by one, so that they are not in memory twice.
  ///
  /// - Parameter places: the place of each consumer in the report, by its number.
  mutating func takeDetail(consumers places: [Int], count: Int) -> Report.Detail {
    var detail = Report.Detail()
    detail.width = width
    addEndpoints(to: &detail)
    endpointKeys = KeyIndex()
    endpointCounts = CountLists<UInt32>()
    addShares(to: &detail, places)
    shareKeys = KeyIndex()
    shareCounts = CountLists<UInt32>()
    addConsumers(to: &detail, places)
    detail.consumerDurations = [ClassBins](repeating: ClassBins(), count: count)
    for consumer in 0..<consumers.count where consumers[consumer].durations.count > 0 {
      detail.consumerDurations[places[consumer]] = bins(
        consumers[consumer].durations, consumer, in: durationCounts)
    }
    self = DetailBuilder(limits: limits)
    return detail
  }

  private func slotNumber(_ slot: Int) -> Int { Int(slotKeys.keys[slot]) }

  private func addEndpoints(to detail: inout Report.Detail) {
    detail.endpoints.reserveCapacity(endpoints.count)
    for place in 0..<endpoints.count {
      let key = endpointKeys.keys[place]
      var cell = Report.Detail.EndpointCell(
        endpoint: Int(key >> 32), slot: slotNumber(Int(key & 0xFFFF_FFFF)))
      var statuses: [(key: Int, count: Int)] = []
      endpointCounts.forEach(endpoints[place], place) { key, count in
        if let status = EndpointKey.status(key) { statuses.append((status, count)) }
      }
      cell.statuses = SparseCounts(statuses)
      cell.durations = bins(endpoints[place], place, in: endpointCounts)
      detail.endpoints.append(cell)
    }
  }

  private func addShares(to detail: inout Report.Detail, _ places: [Int]) {
    detail.shares.reserveCapacity(shares.count)
    for place in 0..<shares.count {
      let key = shareKeys.keys[place]
      detail.shares.append(
        Report.Detail.Share(
          consumer: places[ShareKey.consumer(key)], endpoint: ShareKey.endpoint(key),
          slot: slotNumber(ShareKey.slot(key)),
          durations: bins(shares[place], Int(key), in: shareCounts)))
    }
  }

  private func addConsumers(to detail: inout Report.Detail, _ places: [Int]) {
    for consumer in 0..<consumers.count {
      let row = consumers[consumer]
      var parts: [(key: Int, count: Int)] = []
      slotCounts.forEach(row.slots, consumer) { parts.append(($0, $1)) }
      for (slot, classes) in classes(of: parts) {
        detail.consumers.append(
          Report.Detail.ConsumerCell(
            consumer: places[consumer], slot: slotNumber(slot), classes: classes))
      }
      parts = []
      pairCounts.forEach(row.pairs, consumer) { parts.append(($0, $1)) }
      for (endpoint, classes) in classes(of: parts) {
        detail.pairs.append(
          Report.Detail.Pair(endpoint: endpoint, consumer: places[consumer], classes: classes))
      }
    }
  }

  /// Counts by slot or endpoint, in the order of their numbers.
  private func classes(
    of parts: [(key: Int, count: Int)]
  ) -> [(part: Int, classes: StatusClassCounts)] {
    var rows: [(part: Int, classes: StatusClassCounts)] = []
    for (key, count) in parts.sorted(by: { $0.key < $1.key }) {
      if rows.last?.part != PartKey.part(key) {
        rows.append((PartKey.part(key), StatusClassCounts()))
      }
      rows[rows.count - 1].classes.add(count, PartKey.kind(key))
    }
    return rows
  }

  /// The durations in a list of ``ClassKey``.
  private func bins(
    _ list: CountList, _ owner: Int, in counts: borrowing CountLists<UInt32>
  ) -> ClassBins {
    var bins: [(bin: Int, status: StatusClass, count: Int)] = []
    bins.reserveCapacity(list.count)
    counts.forEach(list, owner) { key, count in
      if EndpointKey.status(key) == nil {
        bins.append((ClassKey.bin(key), ClassKey.kind(key), count))
      }
    }
    return ClassBins(bins)
  }
}
