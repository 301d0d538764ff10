internal import Attribution
internal import ByteScanning
internal import Ingesting
internal import Reporting
internal import Tallying

/// Adds requests up into the marginals of a ``Report``, by the numbers of their names: one by one while they
/// are read, or those of tallies.
struct ReportBuilder: ~Copyable {
  var slotKeys = KeyIndex()
  var slotWidth = SlotWidth.finest
  var slots = FigureRows()
  /// Route << 32 | method.
  var endpointKeys = KeyIndex()
  /// Endpoint << 32 | slot; the figures of endpoints are the sums of theirs.
  var cellKeys = KeyIndex()
  var cellWidth = SlotWidth.finest
  var cells = FigureRows()
  /// By the consumer's number; 0 is none.
  var consumers = FigureRows()
  /// The slots of consumers, by class of status (``PartKind``). They have numbers in the order in which they turned up.
  var consumerSlots = CountLists<UInt32>()
  var consumerSlotKeys = KeyIndex()
  var consumerSlotWidth = SlotWidth.finest
  /// How many counts there are, which are no fewer than consumers in slots, and when there are so many that it
  /// is looked at the number of these.
  var consumerSlotCount = 0
  var consumerSlotCountLimit = Report.consumerSlotLimit
  /// The endpoints of consumers, likewise: how many counts there are, and when there are so many that it is
  /// looked at the number of pairs.
  var pairs = CountLists<UInt64>()
  var pairCount = 0
  var pairCountLimit = 2 * Report.pairLimit
  var mergedPairRequests = 0
  /// What observers have counted, by slot and by endpoint.
  var slotApdex: [ApdexCounts] = []
  var endpointApdex: [ApdexCounts] = []
  var resolution = DecimalResolution()
  var coverage = Report.Coverage()
  /// The seconds in which the first and the last bucket begin.
  var first = Int.max
  var last = Int.min
  var requests = 0
  /// nil if no page is made.
  var detail: DetailBuilder?
  /// Whether one is. To look for it in ``detail`` takes copying that.
  private let isDetailed: Bool
  /// Where requests of the last bucket are added.
  var moment = Moment()
  private let durationScale = ExponentialScale.durations
  private var added = OwnedBuffer<Added>(capacity: RequestBatch.limit)
  /// By route: the endpoint that it was last of.
  private var openEndpoints = OwnedBuffer<OpenEndpoint>(capacity: 16)
  /// By endpoint: the row that it was last counted in.
  private var openCells = OwnedBuffer<OpenCell>(capacity: 16)
  /// Nothing but a place for what is loaded early.
  private var touched: UInt64 = 0

  /// - Parameter width: that of the finest slots: a multiple of 10 s.
  init(detail: consuming DetailBuilder? = nil, width: SlotWidth = .finest) {
    isDetailed = detail != nil
    self.detail = detail
    (slotWidth, cellWidth, consumerSlotWidth) = (width, width, width)
  }

  /// The seconds in which the first and the last bucket begin.
  var period: ClosedRange<Int>? { first <= last ? first...last : nil }

  /// The places of a bucket; neighbours in a log mostly share theirs.
  struct Moment {
    /// In which the bucket begins; -1 if nothing is known.
    var second = -1
    var bucket = 0
    /// A row of ``slots``.
    var slot = 0
    /// The slot of endpoints, and the number of that of consumers.
    var cellSlot = 0
    var consumerSlot = 0
  }

  /// An endpoint of a route.
  struct OpenEndpoint: BitwiseCopyable {
    var method: UInt32 = 0
    /// Of the endpoint, + 1; 0 is none.
    var number: UInt32 = 0
  }

  /// A row of ``cells``, and the slot that it is of.
  struct OpenCell: BitwiseCopyable {
    var slot = UInt32.max
    var row: UInt32 = 0
  }

  /// Makes room for buckets that begin between two seconds, before any of them is added.
  mutating func reach(from first: Int, to last: Int) {
    (self.first, self.last) = (min(first, self.first), max(last, self.last))
    if let width = widened(slotWidth, Report.slotLimit) { widenSlots(to: width) }
    if let width = widened(cellWidth, Report.partSlotLimit) { widenCells(to: width) }
    if let width = widened(consumerSlotWidth, Report.partSlotLimit) {
      widenConsumerSlots(to: width)
    }
    detail?.reach(from: self.first, to: self.last)
  }

  /// How wide slots have to be so that at most `limit` of them reach from first to last; nil if they are.
  private func widened(_ width: SlotWidth, _ limit: Int) -> SlotWidth? {
    if width.slot(of: last) - width.slot(of: first) < limit { return nil }
    let finest = SlotWidth.finest(from: first, to: last, slots: limit)
    return finest.seconds > width.seconds ? finest : nil
  }

  @inline(never)
  private mutating func begin(_ second: Int) {
    if second < first || second > last { reach(from: second, to: second) }
    moment.second = second
    moment.bucket = second / SlotWidth.finest.seconds
    moment.slot = slotKeys.number(of: UInt64(slotWidth.slot(of: second)))
    slots.reach(moment.slot)
    moment.cellSlot = cellWidth.slot(of: second)
    moment.consumerSlot = consumerSlotKeys.number(of: UInt64(consumerSlotWidth.slot(of: second)))
  }

  // MARK: Adding

  /// Adds requests that were read, in buckets of ``SlotWidth/finest``; at most ``RequestBatch/limit``.
  ///
  /// Consumers are many, and what they count is seldom in the processor's cache. So it is asked for of all
  /// requests before it is changed for the first: the waits fall into one.
  mutating func add(_ requests: borrowing Span<CountedRequest>) {
    added.removeAll()
    var touched: UInt64 = 0
    for index in requests.indices {
      let request = requests[index]
      let second = Int(truncatingIfNeeded: request.bucket) &* SlotWidth.finest.seconds
      if second != moment.second { begin(second) }
      noteCoverage(request)
      let bin = request.duration > 0 ? durationScale.bin(of: request.duration) : FigureRows.zeroBin
      slots.add(request, bin: bin, bucket: moment.bucket, to: moment.slot)
      let endpoint = endpoint(Int(request.route), Int(request.method))
      cells.add(request, bin: bin, bucket: moment.bucket, to: cell(of: endpoint))
      consumers.reach(Int(request.consumer))
      added.append(Added(endpoint: endpoint, bin: bin))
      touched &+= UInt64(consumers[Int(request.consumer)].pairs.count)
      if isDetailed { touched &+= detail?.touch(Int(request.consumer)) ?? 0 }
    }
    for index in requests.indices {
      let request = requests[index]
      let consumer = Int(request.consumer)
      consumers.addSums(request, bucket: Int(truncatingIfNeeded: request.bucket), to: consumer)
      let kind = PartKind.kind(ofStatus: Int(request.status))
      touched &+= consumers.touch(added[index].bin, of: consumer)
      touched &+= pairs.touch(
        PartKind.key(added[index].endpoint, kind), of: consumers[consumer].pairs)
      touched &+= consumerSlots.touch(
        PartKind.key(moment.consumerSlot, kind), of: consumers[consumer].slots)
      if isDetailed {
        let added = added[index]
        let bin = Self.classBin(of: request, added)
        touched &+=
          detail?.touch(consumer, Int(request.status), endpoint: added.endpoint, bin: bin) ?? 0
      }
    }
    addParts(requests)
    self.touched &+= touched
    keepLimits()
  }

  /// What is found out of a request in the first pass.
  struct Added: BitwiseCopyable {
    var endpoint: Int
    var bin: Int
  }

  /// The last pass over requests.
  @inline(__always)
  private mutating func addParts(_ requests: borrowing Span<CountedRequest>) {
    for index in requests.indices {
      let request = requests[index]
      let second = Int(truncatingIfNeeded: request.bucket) &* SlotWidth.finest.seconds
      if second != moment.second { begin(second) }
      let (consumer, added) = (Int(request.consumer), added[index])
      consumers.addCounts(request, bin: added.bin, to: consumer)
      if isDetailed {
        detail?.add(
          Int(request.status), endpoint: added.endpoint, consumer: consumer, at: second,
          bin: Self.classBin(of: request, added))
      }
      addParts(1, Int(request.status), endpoint: added.endpoint, consumer: consumer)
    }
  }

  @inline(__always)
  private static func classBin(of request: CountedRequest, _ added: Added) -> Int {
    request.duration < 0 ? ClassBins.none : request.duration == 0 ? ClassBins.zero : added.bin
  }

  @inline(__always)
  private mutating func noteCoverage(_ request: CountedRequest) {
    self.requests &+= 1
    if request.duration >= 0 {
      coverage.durations &+= 1
      resolution.note(request.duration)
    }
    if request.requestSize >= 0 { coverage.requestSizes &+= 1 }
    if request.responseSize >= 0 { coverage.responseSizes &+= 1 }
    if request.consumer != 0 { coverage.consumers &+= 1 }
  }

  /// Adds a tally of a bucket that begins at `second`.
  mutating func add(_ tally: Tally, at second: Int, _ reading: borrowing TallyReading) {
    let key = tally.key
    add(
      Int(tally.requestCount), status: Int(key.status),
      AttributedRequest(consumer: key.consumer, method: key.method, route: key.route), at: second,
      reading)
  }

  /// Adds `count` requests with the same status of a bucket that begins at `second`.
  mutating func add(
    _ count: Int, status: Int, _ request: AttributedRequest, at second: Int,
    _ reading: borrowing TallyReading
  ) {
    if second != moment.second { begin(second) }
    requests += count
    noteResolution(reading.durations)
    coverage.durations += Int(reading.durations.count)
    coverage.requestSizes += reading.sizedRequests
    coverage.responseSizes += reading.sizedResponses
    if request.consumer != 0 { coverage.consumers += count }

    slots.add(count, status: status, reading, bucket: moment.bucket, to: moment.slot)
    let endpoint = endpoint(Int(request.route), Int(request.method))
    let cell = cell(of: endpoint)
    cells.add(count, status: status, reading, bucket: moment.bucket, to: cell)
    let consumer = Int(request.consumer)
    consumers.reach(consumer)
    consumers.add(count, status: status, reading, bucket: moment.bucket, to: consumer)
    detail?.add(count, status, endpoint: endpoint, consumer: consumer, at: second, reading)
    addParts(count, status, endpoint: endpoint, consumer: consumer)
    keepLimits()
  }

  /// Adds what observers counted of an endpoint in the bucket that begins at `second`.
  mutating func add(
    _ counts: ApdexCounts, route: NameTable.ID, method: NameTable.ID, at second: Int
  ) {
    if second != moment.second { begin(second) }
    slotApdex.merge(counts, at: moment.slot)
    endpointApdex.merge(counts, at: endpoint(Int(route), Int(method)))
  }

  /// The number of an endpoint.
  @inline(__always)
  private mutating func endpoint(_ route: Int, _ method: Int) -> Int {
    if route < openEndpoints.count {
      let open = openEndpoints[route]
      if open.number > 0, open.method == UInt32(truncatingIfNeeded: method) {
        return Int(open.number) &- 1
      }
    }
    return found(route, method)
  }

  @inline(never)
  private mutating func found(_ route: Int, _ method: Int) -> Int {
    let number = endpointKeys.number(of: key(route, method))
    while openEndpoints.count <= route { openEndpoints.append(OpenEndpoint()) }
    openEndpoints[route] = OpenEndpoint(method: UInt32(method), number: UInt32(number + 1))
    return number
  }

  /// The row of an endpoint in the slot of this moment.
  @inline(__always)
  private mutating func cell(of endpoint: Int) -> Int {
    if endpoint < openCells.count {
      let open = openCells[endpoint]
      if open.slot == UInt32(truncatingIfNeeded: moment.cellSlot) { return Int(open.row) }
    }
    return foundCell(of: endpoint)
  }

  @inline(never)
  private mutating func foundCell(of endpoint: Int) -> Int {
    let cell = cellKeys.number(of: key(endpoint, moment.cellSlot))
    cells.reach(cell)
    while openCells.count <= endpoint { openCells.append(OpenCell()) }
    openCells[endpoint] = OpenCell(slot: UInt32(moment.cellSlot), row: UInt32(cell))
    return cell
  }

  /// Has slots and rows looked up anew, because they are others.
  mutating func forgetPlaces() {
    moment = Moment()
    openCells.removeAll()
  }

  /// Counts for the consumer's slot and endpoint.
  @inline(__always)
  private mutating func addParts(_ count: Int, _ status: Int, endpoint: Int, consumer: Int) {
    let kind = PartKind.kind(ofStatus: status)
    addSlot(count, PartKind.key(moment.consumerSlot, kind), of: consumer)
    addPair(count, PartKind.key(endpoint, kind), of: consumer)
  }

  @inline(__always)
  mutating func addSlot(_ count: Int, _ key: Int, of consumer: Int) {
    if consumerSlots.add(count, to: key, of: &consumers[consumer].slots, consumer) {
      consumerSlotCount &+= 1
    }
  }

  @inline(__always)
  mutating func addPair(_ count: Int, _ key: Int, of consumer: Int) {
    if key >= CountLists<UInt64>.keyLimit {
      mergedPairRequests += count
    } else if pairs.add(count, to: key, of: &consumers[consumer].pairs, consumer) {
      pairCount &+= 1
    }
  }

  /// Of a tally with many different durations the sum, the least and the largest are looked at.
  private mutating func noteResolution(_ durations: borrowing ScaledHistogram) {
    guard durations.count > 0 else { return }
    resolution.note(durations.least)
    resolution.note(durations.largest)
    resolution.note(sum: durations.sum)
  }
}

/// What a consumer's counts of ``ReportBuilder/pairs`` and ``ReportBuilder/consumerSlots`` are of: an endpoint
/// or a slot, and a class of status.
enum PartKind {
  /// The endpoints that there are keys for.
  static let endpointLimit = 2_097_152

  /// The first digit of a status; 0 of those outside of 100 to 599.
  @inline(__always)
  static func kind(ofStatus status: Int) -> Int { status < 600 ? status / 100 : 0 }

  /// At least ``CountLists/keyLimit`` for endpoints from ``endpointLimit`` on.
  @inline(__always)
  static func key(_ part: Int, _ kind: Int) -> Int { part &<< 3 | kind }

  static func part(_ key: Int) -> Int { key >> 3 }
  static func kind(_ key: Int) -> Int { key & 7 }
}

extension ClassCounts {
  @inline(__always)
  mutating func add(_ count: Int, kind: Int) {
    switch kind {
    case 2: success += count
    case 4: clientError += count
    case 3: redirection += count
    case 5: serverError += count
    case 1: informational += count
    default: other += count
    }
  }
}

extension [ApdexCounts] {
  mutating func merge(_ counts: ApdexCounts, at place: Int) {
    while count <= place { append(ApdexCounts()) }
    self[place].merge(counts)
  }
}
