internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
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
  /// The slots and endpoints of consumers, by class of status (``PartKey``).
  var parts = CountLists()
  var consumerSlotKeys = KeyIndex()
  var consumerSlotWidth = SlotWidth.finest
  /// How many consumers in slots there are, and pairs of a consumer and an endpoint.
  var consumerSlotCount = 0
  var pairCount = 0
  var mergedPairRequests = 0
  /// What observers have counted, by slot and by endpoint.
  var slotApdex: [ApdexCounts] = []
  var endpointApdex: [ApdexCounts] = []
  var resolution: Int64 = 1_000_000_000
  var coverage = Report.Coverage()
  /// The seconds in which the first and the last bucket begin.
  var first = Int.max
  var last = Int.min
  var requests = 0
  /// nil if no page is made.
  var detail: DetailBuilder?
  /// Where requests of the last bucket are added.
  var moment = Moment()
  private let durationScale = ExponentialScale.durations

  /// - Parameter width: that of the finest slots: a multiple of 10 s.
  init(detail: DetailBuilder? = nil, width: SlotWidth = .finest) {
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
    /// The numbers of slots of endpoints and, among those that occur, of consumers.
    var cellSlot = 0
    var consumerSlot = 0
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
    moment.consumerSlot = consumerSlotKeys.number(
      of: UInt64(consumerSlotWidth.slot(of: second)))
  }

  // MARK: Adding

  /// Adds a request of a bucket that begins at `second`.
  ///
  /// - Parameter record: by reference, although it stays as it is: it would be copied for each line.
  mutating func add(_ record: inout AccessRecord, _ request: AttributedRequest, at second: Int) {
    if second != moment.second { begin(second) }
    let (status, duration) = (Int(record.status), record.duration)
    let (requestSize, responseSize) = (record.requestSize, record.responseSize)
    requests &+= 1
    if duration >= 0 {
      coverage.durations &+= 1
      if resolution > 1, duration % resolution != 0 { note(multiple: duration) }
    }
    if requestSize >= 0 { coverage.requestSizes &+= 1 }
    if responseSize >= 0 { coverage.responseSizes &+= 1 }
    if request.consumer != 0 { coverage.consumers &+= 1 }
    let bin = duration > 0 ? durationScale.bin(of: duration) : FigureRows.zeroBin

    slots.add(
      status: status, duration: duration, bin: bin, requestSize: requestSize,
      responseSize: responseSize, bucket: moment.bucket, to: moment.slot)
    let endpoint = endpointKeys.number(of: key(Int(request.route), Int(request.method)))
    let cell = cell(of: endpoint)
    cells.add(
      status: status, duration: duration, bin: bin, requestSize: requestSize,
      responseSize: responseSize, bucket: moment.bucket, to: cell)
    let consumer = Int(request.consumer)
    consumers.reach(consumer)
    consumers.add(
      status: status, duration: duration, bin: bin, requestSize: requestSize,
      responseSize: responseSize, bucket: moment.bucket, to: consumer)
    detail?.add(
      status, endpoint: endpoint, consumer: consumer, at: second,
      bin: duration < 0 ? ClassBins.none : duration == 0 ? ClassBins.zero : bin)
    addParts(1, status, endpoint: endpoint, consumer: consumer)
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
    let endpoint = endpointKeys.number(of: key(Int(request.route), Int(request.method)))
    let cell = cell(of: endpoint)
    cells.add(count, status: status, reading, bucket: moment.bucket, to: cell)
    let consumer = Int(request.consumer)
    consumers.reach(consumer)
    consumers.add(count, status: status, reading, bucket: moment.bucket, to: consumer)
    detail?.add(count, status, endpoint: endpoint, consumer: consumer, at: second, reading)
    addParts(count, status, endpoint: endpoint, consumer: consumer)
  }

  /// Adds what observers counted of an endpoint in the bucket that begins at `second`.
  mutating func add(
    _ counts: ApdexCounts, route: NameTable.ID, method: NameTable.ID, at second: Int
  ) {
    if second != moment.second { begin(second) }
    slotApdex.merge(counts, at: moment.slot)
    endpointApdex.merge(counts, at: endpointKeys.number(of: key(Int(route), Int(method))))
  }

  /// The row of an endpoint in the slot of this moment.
  @inline(__always)
  private mutating func cell(of endpoint: Int) -> Int {
    let cell = cellKeys.number(of: key(endpoint, moment.cellSlot))
    cells.reach(cell)
    return cell
  }

  /// Counts for the consumer's slot and endpoint, and keeps the limits of all that grows.
  @inline(__always)
  private mutating func addParts(_ count: Int, _ status: Int, endpoint: Int, consumer: Int) {
    let kind = PartKey.kind(ofStatus: status)
    addPart(count, PartKey.slot(moment.consumerSlot, kind), of: consumer)
    addPart(count, PartKey.endpoint(endpoint, kind), of: consumer)
    if cells.count > Report.endpointSlotLimit || consumerSlotCount > Report.consumerSlotLimit
      || pairCount > 2 * Report.pairLimit
    {
      keepLimits()
    }
  }

  @inline(__always)
  mutating func addPart(_ count: Int, _ key: Int, of consumer: Int) {
    if key >= CountLists.keyLimit {
      mergedPairRequests += count
    } else if parts.add(count, to: key, of: &consumers[consumer].parts) {
      notePart(key, of: consumer)
    }
  }

  /// Notes that a consumer has requests of a class in a slot, or to an endpoint, that it had none of.
  private mutating func notePart(_ key: Int, of consumer: Int) {
    let list = consumers[consumer].parts
    for kind in 0...5 where kind != PartKey.kind(key) {
      if parts.contains(key & ~7 | kind, in: list) { return }
    }
    if PartKey.isEndpoint(key) { pairCount += 1 } else { consumerSlotCount += 1 }
  }

  /// The largest power of ten nanoseconds, up to a second, that all durations are multiples of. Of a tally
  /// with many different ones it looks at the sum, the least and the largest.
  private mutating func noteResolution(_ durations: borrowing ScaledHistogram) {
    guard durations.count > 0 else { return }
    note(multiple: durations.least)
    note(multiple: durations.largest)
    while resolution > 1, durations.sum % UInt128(resolution) != 0 { resolution /= 10 }
  }

  private mutating func note(multiple duration: Int64) {
    while resolution > 1, duration % resolution != 0 { resolution /= 10 }
  }
}

/// What a consumer's counts of ``ReportBuilder/parts`` are of: a class of status, in a slot or of an endpoint.
enum PartKey {
  /// The endpoints that there are keys for.
  static let endpointLimit = 1_048_576
  /// The highest bit of a key is set if it is of an endpoint, and the lowest three are the class.
  private static let endpoints = CountLists.keyLimit / 2

  /// The first digit of a status; 0 of those outside of 100 to 599.
  @inline(__always)
  static func kind(ofStatus status: Int) -> Int { status < 600 ? status / 100 : 0 }

  /// - Parameter slot: among those that occur, of which there are at most ``Report/partSlotLimit`` at once.
  @inline(__always)
  static func slot(_ slot: Int, _ kind: Int) -> Int { slot &<< 3 | kind }

  /// At least ``CountLists/keyLimit`` for endpoints from ``endpointLimit`` on.
  @inline(__always)
  static func endpoint(_ endpoint: Int, _ kind: Int) -> Int { endpoints + (endpoint &<< 3 | kind) }

  static func isEndpoint(_ key: Int) -> Bool { key >= endpoints }
  /// The slot or the endpoint of a key.
  static func number(_ key: Int) -> Int { (key & (endpoints - 1)) >> 3 }
  static func kind(_ key: Int) -> Int { key & 7 }
}

extension [ApdexCounts] {
  mutating func merge(_ counts: ApdexCounts, at place: Int) {
    while count <= place { append(ApdexCounts()) }
    self[place].merge(counts)
  }
}
