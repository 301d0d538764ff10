internal import ByteScanning
internal import Reporting
internal import Tallying

/// Adds requests up into the ``Report/Detail`` of a page, beside a ``ReportBuilder`` and by the numbers of its
/// names. Memory is bounded by the limits there, and beyond them follows the names.
struct DetailBuilder: ~Copyable {
  var width: SlotWidth
  /// Slots get numbers in the order in which they turn up.
  var slotKeys = KeyIndex()
  /// The number of the slot of the last request, and its bounds in seconds.
  private var slot = 0
  private var slotSeconds = 0..<0
  /// Endpoint << 32 | number of the slot; by it a list of ``EndpointKey``.
  var endpointKeys = KeyIndex()
  var endpoints = OwnedBuffer<CountList>(capacity: 16)
  var endpointCounts = CountLists<UInt32>()
  /// By the consumer's number.
  var consumers = OwnedBuffer<ConsumerRow>(capacity: 16)
  var durationCounts = CountLists<UInt32>()
  var slotCounts = CountLists<UInt32>()
  var pairCounts = CountLists<UInt64>()
  /// ``ShareKey``; by it a list of ``ClassKey``.
  var shareKeys = KeyIndex()
  var shares = OwnedBuffer<CountList>(capacity: 16)
  var shareCounts = CountLists<UInt32>()
  /// How many consumers in slots and pairs with an endpoint there are.
  var consumerCellCount = 0
  let limits: Limits

  /// How many cells of each kind there may be.
  struct Limits {
    var endpointCells = Report.Detail.endpointCellLimit
    var consumerCells = Report.Detail.consumerCellLimit
    var shares = Report.Detail.shareLimit
  }

  /// What is kept of a consumer.
  struct ConsumerRow: BitwiseCopyable {
    var requests = 0
    /// By ``ClassKey``.
    var durations = CountList()
    /// By ``PartKey``: number of the slot, number of the endpoint.
    var slots = CountList()
    var pairs = CountList()
    /// How many slots, pairs and shares there are.
    var slotCount = 0
    var pairCount = 0
    var shareCount = 0
    /// Whether nothing is kept by slot and endpoint, because others have more requests; and whether no shares
    /// are.
    var isLeftOut = false
    var isUnshared = false

    var cellCount: Int { slotCount + pairCount }
  }

  /// - Parameter width: that of the finest slots.
  init(limits: Limits = Limits(), width: SlotWidth = .finest) {
    (self.limits, self.width) = (limits, width)
  }

  /// Makes room for buckets that begin between two seconds, before any of them is added.
  mutating func reach(from first: Int, to last: Int) {
    let finest = SlotWidth.finest(from: first, to: last, slots: Report.Detail.slotLimit)
    if finest.seconds > width.seconds { widen(to: finest) }
  }

  // MARK: Adding

  /// Adds requests of a status of an endpoint and a consumer, by their numbers, in a bucket that begins at
  /// `second`.
  mutating func add(
    _ count: Int, _ status: Int, endpoint: Int, consumer: Int, at second: Int,
    _ reading: borrowing TallyReading
  ) {
    let place = place(endpoint: endpoint, consumer: consumer, at: second)
    let kind = StatusClass(status)
    addStatus(count, status, kind, place)
    var rest = count
    func add(_ count: Int, bin: Int, _ builder: inout DetailBuilder) {
      rest -= count
      builder.addDuration(count, ClassKey.key(bin, kind), place)
    }
    if reading.durations.zeroCount > 0 {
      add(Int(reading.durations.zeroCount), bin: ClassBins.zero, &self)
    }
    for index in 0..<reading.durations.counts.count where reading.durations.counts[index] > 0 {
      add(
        Int(reading.durations.counts[index]), bin: reading.durations.firstBin + index, &self)
    }
    if rest > 0 { addShare(rest, ClassKey.key(ClassBins.none, kind), place) }
    keepLimits()
  }

  /// Adds one request, likewise.
  ///
  /// - Parameter bin: of its duration, as ``ClassBins`` numbers them.
  @inline(__always)
  mutating func add(_ status: Int, endpoint: Int, consumer: Int, at second: Int, bin: Int) {
    let place = place(endpoint: endpoint, consumer: consumer, at: second)
    let kind = StatusClass(status)
    addStatus(1, status, kind, place)
    let key = ClassKey.key(bin, kind)
    if bin != ClassBins.none { addDuration(1, key, place) } else { addShare(1, key, place) }
    keepLimits()
  }

  /// Has loaded what is known of a consumer before it is needed.
  ///
  /// - Returns: something, so that it is done.
  @inline(__always)
  func touch(_ consumer: Int) -> UInt64 {
    consumer < consumers.count ? UInt64(truncatingIfNeeded: consumers[consumer].requests) : 0
  }

  /// Has loaded what a request will change of a consumer's lists.
  @inline(__always)
  func touch(_ consumer: Int, _ status: Int, endpoint: Int, bin: Int) -> UInt64 {
    guard consumer < consumers.count else { return 0 }
    let row = consumers[consumer]
    let kind = StatusClass(status)
    return durationCounts.touch(ClassKey.key(bin, kind), of: row.durations)
      &+ slotCounts.touch(PartKey.key(slot, kind), of: row.slots)
      &+ pairCounts.touch(PartKey.key(endpoint, kind), of: row.pairs)
  }

  /// Where requests are added.
  struct Place {
    var slot: Int
    var endpoint: Int
    var consumer: Int
    /// Of the endpoint in the slot.
    var cell: Int
    /// The number of the share and its key, if the consumer's are kept.
    var share: (number: Int, key: UInt64)?
  }

  @inline(__always)
  private mutating func place(endpoint: Int, consumer: Int, at second: Int) -> Place {
    if !slotSeconds.contains(second) { begin(second) }
    while consumers.count <= consumer { consumers.append(ConsumerRow()) }
    let cell = endpointCell(endpoint, slot)
    // None has so many endpoints; there is no key for them.
    if endpoint >= ShareKey.endpointLimit, !consumers[consumer].isLeftOut { leaveOut(consumer) }
    var place = Place(slot: slot, endpoint: endpoint, consumer: consumer, cell: cell)
    if !consumers[consumer].isLeftOut, !consumers[consumer].isUnshared {
      let key = ShareKey.key(consumer, endpoint, slot)
      place.share = (share(key), key)
    }
    return place
  }

  @inline(never)
  private mutating func begin(_ second: Int) {
    let number = width.slot(of: second)
    slot = slotKeys.number(of: UInt64(number))
    slotSeconds = number * width.seconds..<(number + 1) * width.seconds
  }

  /// Has the next request look its slot up.
  mutating func forgetSlot() { slotSeconds = 0..<0 }

  @inline(__always)
  private mutating func addStatus(_ count: Int, _ status: Int, _ kind: StatusClass, _ place: Place)
  {
    endpointCounts.add(
      count, to: EndpointKey.key(ofStatus: status), of: &endpoints[place.cell], place.cell)
    let consumer = place.consumer
    consumers[consumer].requests += count
    if consumers[consumer].isLeftOut { return }
    addSlot(count, kind, place.slot, of: consumer)
    addPair(count, kind, place.endpoint, of: consumer)
  }

  /// Adds requests of a duration and a class.
  @inline(__always)
  private mutating func addDuration(_ count: Int, _ key: Int, _ place: Place) {
    endpointCounts.add(count, to: key, of: &endpoints[place.cell], place.cell)
    durationCounts.add(count, to: key, of: &consumers[place.consumer].durations, place.consumer)
    addShare(count, key, place)
  }

  @inline(__always)
  private mutating func addShare(_ count: Int, _ key: Int, _ place: Place) {
    guard let share = place.share else { return }
    addShare(count, key, share.number, share.key)
  }

  @inline(__always)
  mutating func addSlot(_ count: Int, _ kind: StatusClass, _ slot: Int, of consumer: Int) {
    let isNew = slotCounts.add(
      count, to: PartKey.key(slot, kind), of: &consumers[consumer].slots, consumer)
    if isNew, PartKey.isFirst(kind, of: slot, consumers[consumer].slots, in: slotCounts) {
      consumers[consumer].slotCount += 1
      consumerCellCount += 1
    }
  }

  @inline(__always)
  mutating func addPair(_ count: Int, _ kind: StatusClass, _ endpoint: Int, of consumer: Int) {
    let isNew = pairCounts.add(
      count, to: PartKey.key(endpoint, kind), of: &consumers[consumer].pairs, consumer)
    if isNew, PartKey.isFirst(kind, of: endpoint, consumers[consumer].pairs, in: pairCounts) {
      consumers[consumer].pairCount += 1
      consumerCellCount += 1
    }
  }

  /// The number of an endpoint in a slot.
  @inline(__always)
  mutating func endpointCell(_ endpoint: Int, _ slot: Int) -> Int {
    let cell = endpointKeys.number(of: key(endpoint, slot))
    if cell == endpoints.count { endpoints.append(CountList()) }
    return cell
  }

  /// The number of a share.
  @inline(__always)
  mutating func share(_ key: UInt64) -> Int {
    let share = shareKeys.number(of: key)
    if share == shares.count {
      shares.append(CountList())
      consumers[ShareKey.consumer(key)].shareCount += 1
    }
    return share
  }

  /// Shares get other numbers when some are left out, and own their counts by their keys.
  @inline(__always)
  mutating func addShare(_ count: Int, _ key: Int, _ share: Int, _ shareKey: UInt64) {
    shareCounts.add(count, to: key, of: &shares[share], Int(shareKey))
  }
}

/// What an endpoint in a slot is counted by: ``ClassKey``, and behind these statuses.
enum EndpointKey {
  private static let firstStatus = 3 * 2_048

  @inline(__always)
  static func key(ofStatus status: Int) -> Int { firstStatus + status }

  /// nil for a ``ClassKey``.
  static func status(_ key: Int) -> Int? { key < firstStatus ? nil : key - firstStatus }
}

/// A duration and a class of status.
enum ClassKey {
  /// The bin of a nanosecond is -957, the last one 1,059.
  private static let offset = 960

  /// - Parameter bin: as ``ClassBins`` numbers them.
  @inline(__always)
  static func key(_ bin: Int, _ kind: StatusClass) -> Int {
    let number = bin == ClassBins.none ? 0 : bin == ClassBins.zero ? 1 : bin &+ offset
    return number &* 3 &+ kind.rawValue
  }

  static func bin(_ key: Int) -> Int {
    switch key / 3 {
    case 0: ClassBins.none
    case 1: ClassBins.zero
    default: key / 3 - offset
    }
  }

  static func kind(_ key: Int) -> StatusClass { StatusClass(rawValue: key % 3) ?? .other }
}

/// A slot or an endpoint and a class of status.
enum PartKey {
  @inline(__always)
  static func key(_ part: Int, _ kind: StatusClass) -> Int { part &<< 2 | kind.rawValue }

  static func part(_ key: Int) -> Int { key >> 2 }
  static func kind(_ key: Int) -> StatusClass { StatusClass(rawValue: key & 3) ?? .other }

  /// Whether `list` has no other class of `part`.
  @inline(never)
  static func isFirst<Cell>(
    _ kind: StatusClass, of part: Int, _ list: CountList, in counts: borrowing CountLists<Cell>
  ) -> Bool {
    for other in StatusClass.allCases where other != kind && counts.has(key(part, other), in: list)
    {
      return false
    }
    return true
  }
}

/// A consumer, an endpoint and a slot.
enum ShareKey {
  private static let slotBits = 11
  private static let endpointBits = 21
  static let endpointLimit = 1 << endpointBits

  @inline(__always)
  static func key(_ consumer: Int, _ endpoint: Int, _ slot: Int) -> UInt64 {
    UInt64(consumer &<< (endpointBits &+ slotBits) | endpoint &<< slotBits | slot)
  }

  static func consumer(_ key: UInt64) -> Int { Int(key >> UInt64(endpointBits + slotBits)) }
  static func endpoint(_ key: UInt64) -> Int { Int(key >> UInt64(slotBits)) & (endpointLimit - 1) }
  static func slot(_ key: UInt64) -> Int { Int(key) & (1 << slotBits - 1) }
}
