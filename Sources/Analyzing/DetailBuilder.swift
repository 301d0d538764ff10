internal import ByteScanning
internal import Reporting
internal import Tallying

/// Adds tallies up into the ``Report/Detail`` of a page, beside a ``ReportBuilder`` and by the numbers of its
/// names. Memory is bounded by the limits there, and beyond them follows the names.
final class DetailBuilder {
  private var width: SlotWidth
  /// Endpoint << 32 | slot.
  private var endpointKeys = KeyIndex()
  private var endpoints: [Report.Detail.EndpointCell] = []
  /// Consumer << 32 | slot.
  private var consumerKeys = KeyIndex()
  private var consumers: [Report.Detail.ConsumerCell] = []
  private var consumerDurations: [ClassBins] = []
  /// Consumer << 32 | endpoint.
  private var pairKeys = KeyIndex()
  private var pairs: [Report.Pair] = []
  /// Number of the pair << 32 | slot.
  private var shareKeys = KeyIndex()
  private var shares: [Report.Detail.Share] = []
  /// Consumers of which nothing is kept by slot and endpoint, because others have more requests; and those of
  /// which no shares are kept.
  private var leftOut: Set<Int> = []
  private var unshared: Set<Int> = []
  private let limits: Limits

  /// How many cells of each kind there may be.
  struct Limits {
    var endpointCells = Report.Detail.endpointCellLimit
    var consumerCells = Report.Detail.consumerCellLimit
    var shares = Report.Detail.shareLimit
  }

  /// - Parameter width: that of the finest slots.
  init(limits: Limits = Limits(), width: SlotWidth = .finest) {
    (self.limits, self.width) = (limits, width)
  }

  /// Makes room for buckets that begin between two seconds, before any of them is added.
  func reach(from first: Int, to last: Int) {
    let finest = SlotWidth.finest(from: first, to: last, slots: Report.Detail.slotLimit)
    if finest.seconds > width.seconds { widen(to: finest) }
  }

  /// Adds requests of a status of an endpoint and a consumer, by their numbers, in a bucket that begins at
  /// `second`.
  func add(
    _ count: Int, _ status: Int, endpoint: Int, consumer: Int, at second: Int,
    _ reading: borrowing TallyReading
  ) {
    let kind = StatusClass(status)
    let slot = width.slot(of: second)
    let cell = endpointCell(endpoint, slot: slot)
    endpoints[cell].statuses.add(count, to: status)
    endpoints[cell].durations.add(reading.durations, kind)
    while consumerDurations.count <= consumer { consumerDurations.append(ClassBins()) }
    consumerDurations[consumer].add(reading.durations, kind)
    if !leftOut.contains(consumer) {
      addConsumer(consumer, endpoint, count, status, slot: slot)
      if !unshared.contains(consumer) {
        addShare(consumer, endpoint, count, kind, slot: slot, reading)
      }
    }
    keepLimits()
  }

  /// Adds one request, likewise.
  ///
  /// - Parameter bin: of its duration, as ``ClassBins`` numbers them.
  func add(_ status: Int, endpoint: Int, consumer: Int, at second: Int, bin: Int) {
    let kind = StatusClass(status)
    let slot = width.slot(of: second)
    let cell = endpointCell(endpoint, slot: slot)
    endpoints[cell].statuses.add(1, to: status)
    while consumerDurations.count <= consumer { consumerDurations.append(ClassBins()) }
    if bin != ClassBins.none {
      endpoints[cell].durations.add(1, bin: bin, kind)
      consumerDurations[consumer].add(1, bin: bin, kind)
    }
    if !leftOut.contains(consumer) {
      addConsumer(consumer, endpoint, 1, status, slot: slot)
      if !unshared.contains(consumer) {
        shares[share(consumer, endpoint, slot: slot)].durations.add(1, bin: bin, kind)
      }
    }
    keepLimits()
  }

  private func addConsumer(_ consumer: Int, _ endpoint: Int, _ count: Int, _ status: Int, slot: Int)
  {
    consumers[consumerCell(consumer, slot: slot)].classes.add(count, status: status)
    pairs[pair(consumer, endpoint)].classes.add(count, status: status)
  }

  private func addShare(
    _ consumer: Int, _ endpoint: Int, _ count: Int, _ kind: StatusClass, slot: Int,
    _ reading: borrowing TallyReading
  ) {
    let share = share(consumer, endpoint, slot: slot)
    shares[share].durations.add(reading.durations, kind)
    let rest = count - Int(reading.durations.count)
    if rest > 0 { shares[share].durations.add(rest, bin: ClassBins.none, kind) }
  }

  private func endpointCell(_ endpoint: Int, slot: Int) -> Int {
    let cell = endpointKeys.number(of: key(endpoint, slot))
    if cell == endpoints.count {
      endpoints.append(Report.Detail.EndpointCell(endpoint: endpoint, slot: slot))
    }
    return cell
  }

  private func consumerCell(_ consumer: Int, slot: Int) -> Int {
    let cell = consumerKeys.number(of: key(consumer, slot))
    if cell == consumers.count {
      consumers.append(
        Report.Detail.ConsumerCell(consumer: consumer, slot: slot, classes: ClassCounts()))
    }
    return cell
  }

  private func pair(_ consumer: Int, _ endpoint: Int) -> Int {
    let pair = pairKeys.number(of: key(consumer, endpoint))
    if pair == pairs.count {
      pairs.append(Report.Pair(endpoint: endpoint, consumer: consumer, classes: ClassCounts()))
    }
    return pair
  }

  private func share(_ consumer: Int, _ endpoint: Int, slot: Int) -> Int {
    let share = shareKeys.number(of: key(pairKeys.number(of: key(consumer, endpoint)), slot))
    if share == shares.count {
      shares.append(
        Report.Detail.Share(
          consumer: consumer, endpoint: endpoint, slot: slot, durations: ClassBins()))
    }
    return share
  }

  // MARK: Limits

  private func keepLimits() {
    while endpoints.count > limits.endpointCells, width.wider != width { widen(to: width.wider) }
    if shares.count > limits.shares {
      let heavy = heaviest(
        shares.map { ($0.consumer, $0.durations.total) }, within: limits.shares / 2)
      unshared.formUnion(Set(shares.map(\.consumer)).subtracting(heavy))
      keepShares(of: heavy)
    }
    if consumers.count + pairs.count > limits.consumerCells {
      // Each slot of a consumer stands for a pair or less, as a rule.
      let heavy = heaviest(
        consumers.map { ($0.consumer, $0.classes.requests) }
          + pairs.map { ($0.consumer, $0.classes.requests) }, within: limits.consumerCells / 2)
      leftOut.formUnion(Set(consumers.map(\.consumer)).subtracting(heavy))
      keepConsumers(heavy)
      unshared.formUnion(Set(shares.map(\.consumer)).subtracting(heavy))
      keepShares(of: heavy)
    }
  }

  /// The consumers with the most requests, whose cells are at most `limit` together.
  private func heaviest(_ cells: [(consumer: Int, requests: Int)], within limit: Int) -> Set<Int> {
    var sums: [Int: (cells: Int, requests: Int)] = [:]
    for cell in cells {
      sums[cell.consumer, default: (0, 0)].cells += 1
      sums[cell.consumer, default: (0, 0)].requests += cell.requests
    }
    var heavy: Set<Int> = []
    var used = 0
    for (consumer, sum) in sums.sorted(by: {
      ($1.value.requests, $0.key) < ($0.value.requests, $1.key)
    }) {
      guard used + sum.cells <= limit else { continue }
      used += sum.cells
      heavy.insert(consumer)
    }
    return heavy
  }

  /// Pairs get new numbers, so that shares have to be kept after them.
  private func keepConsumers(_ heavy: Set<Int>) {
    consumers.removeAll { !heavy.contains($0.consumer) }
    pairs.removeAll { !heavy.contains($0.consumer) }
    consumerKeys = KeyIndex()
    for cell in consumers { _ = consumerKeys.number(of: key(cell.consumer, cell.slot)) }
    pairKeys = KeyIndex()
    for pair in pairs { _ = pairKeys.number(of: key(pair.consumer, pair.endpoint)) }
  }

  private func keepShares(of heavy: Set<Int>) {
    shares.removeAll { !heavy.contains($0.consumer) }
    shareKeys = KeyIndex()
    for share in shares { _ = shareKeys.number(of: shareKey(share)) }
  }

  private func shareKey(_ share: Report.Detail.Share) -> UInt64 {
    key(pairKeys.number(of: key(share.consumer, share.endpoint)), share.slot)
  }

  private func widen(to wide: SlotWidth) {
    func number(_ slot: Int) -> Int { wide.slot(of: slot * width.seconds) }
    let (oldEndpoints, oldConsumers, oldShares) = (endpoints, consumers, shares)
    (endpoints, consumers, shares) = ([], [], [])
    endpointKeys = KeyIndex()
    consumerKeys = KeyIndex()
    shareKeys = KeyIndex()
    for var cell in oldEndpoints {
      cell.slot = number(cell.slot)
      let place = endpointKeys.number(of: key(cell.endpoint, cell.slot))
      if place == endpoints.count {
        endpoints.append(cell)
      } else {
        endpoints[place].statuses.merge(cell.statuses)
        endpoints[place].durations.merge(cell.durations)
      }
    }
    for var cell in oldConsumers {
      cell.slot = number(cell.slot)
      let place = consumerKeys.number(of: key(cell.consumer, cell.slot))
      if place == consumers.count {
        consumers.append(cell)
      } else {
        consumers[place].classes.merge(cell.classes)
      }
    }
    for var share in oldShares {
      share.slot = number(share.slot)
      let place = shareKeys.number(of: shareKey(share))
      if place == shares.count {
        shares.append(share)
      } else {
        shares[place].durations.merge(share.durations)
      }
    }
    width = wide
  }

  // MARK: Merging

  /// Adds what `other` holds, which has the same consumers; nothing may be added there afterwards.
  ///
  /// - Parameter endpoints: for each endpoint of `other`, its number here.
  func take(_ other: DetailBuilder, endpoints places: [Int]) {
    while other.width.seconds < width.seconds { other.widen(to: other.width.wider) }
    if width.seconds < other.width.seconds { widen(to: other.width) }
    leaveOut(other)
    for cell in other.endpoints {
      let mine = endpointCell(places[cell.endpoint], slot: cell.slot)
      endpoints[mine].statuses.merge(cell.statuses)
      endpoints[mine].durations.merge(cell.durations)
    }
    for (consumer, bins) in other.consumerDurations.enumerated() where !bins.isEmpty {
      while consumerDurations.count <= consumer { consumerDurations.append(ClassBins()) }
      consumerDurations[consumer].merge(bins)
    }
    for cell in other.consumers where !leftOut.contains(cell.consumer) {
      consumers[consumerCell(cell.consumer, slot: cell.slot)].classes.merge(cell.classes)
    }
    for cell in other.pairs where !leftOut.contains(cell.consumer) {
      pairs[pair(cell.consumer, places[cell.endpoint])].classes.merge(cell.classes)
    }
    for cell in other.shares
    where !leftOut.contains(cell.consumer) && !unshared.contains(cell.consumer) {
      let mine = share(cell.consumer, places[cell.endpoint], slot: cell.slot)
      shares[mine].durations.merge(cell.durations)
    }
    keepLimits()
  }

  /// Drops here what `other` does not have.
  private func leaveOut(_ other: DetailBuilder) {
    let isLess = !other.leftOut.isSubset(of: leftOut) || !other.unshared.isSubset(of: unshared)
    leftOut.formUnion(other.leftOut)
    unshared.formUnion(other.unshared)
    guard isLess else { return }
    keepConsumers(Set(consumers.map(\.consumer)).subtracting(leftOut))
    keepShares(of: Set(shares.map(\.consumer)).subtracting(leftOut).subtracting(unshared))
  }

  // MARK: The detail

  /// What was added; it moves there.
  ///
  /// - Parameter places: the place of each consumer in the report, by its number.
  func takeDetail(consumers places: [Int], count: Int) -> Report.Detail {
    var detail = Report.Detail()
    detail.width = width
    swap(&detail.endpoints, &endpoints)
    swap(&detail.consumers, &consumers)
    swap(&detail.pairs, &pairs)
    swap(&detail.shares, &shares)
    endpointKeys = KeyIndex()
    consumerKeys = KeyIndex()
    pairKeys = KeyIndex()
    shareKeys = KeyIndex()
    for index in detail.consumers.indices {
      detail.consumers[index].consumer = places[detail.consumers[index].consumer]
    }
    for index in detail.pairs.indices {
      detail.pairs[index].consumer = places[detail.pairs[index].consumer]
    }
    for index in detail.shares.indices {
      detail.shares[index].consumer = places[detail.shares[index].consumer]
    }
    detail.consumerDurations = [ClassBins](repeating: ClassBins(), count: count)
    for (number, bins) in consumerDurations.enumerated() where !bins.isEmpty {
      detail.consumerDurations[places[number]] = bins
    }
    consumerDurations = []
    return detail
  }
}

extension ClassBins {
  /// Adds durations of requests with a status of one class.
  @inline(__always)
  fileprivate mutating func add(_ durations: borrowing ScaledHistogram, _ status: StatusClass) {
    guard durations.count > 0 else { return }
    if durations.zeroCount > 0 { add(Int(durations.zeroCount), bin: ClassBins.zero, status) }
    for index in 0..<durations.counts.count where durations.counts[index] > 0 {
      add(Int(durations.counts[index]), bin: durations.firstBin + index, status)
    }
  }
}
