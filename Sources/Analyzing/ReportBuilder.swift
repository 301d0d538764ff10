internal import Attribution
internal import ByteScanning
internal import Reporting
internal import Tallying

/// What one tally holds, read from its table.
struct TallyReading: ~Copyable {
  var durations = ScaledHistogram(scale: Distribution.scale)
  var sizes = ScaledHistogram(scale: 0)
  var requestBytes: Int64 = 0
  var responseBytes: Int64 = 0
  var sizedRequests = 0
  var sizedResponses = 0
  /// Kept here, since a global one is copied for each use.
  private let durationScale = ExponentialScale.durations
  private let sizeScale = ExponentialScale.sizes

  mutating func read(_ tally: Tally, of table: borrowing TallyTable) {
    table.read(tally.responseTimes, in: durationScale, into: &durations)
    table.read(tally.requestSizes, in: sizeScale, into: &sizes)
    (requestBytes, sizedRequests) = (Int64(clamping: sizes.sum), Int(sizes.count))
    table.read(tally.responseSizes, in: sizeScale, into: &sizes)
    (responseBytes, sizedResponses) = (Int64(clamping: sizes.sum), Int(sizes.count))
  }
}

/// Adds tallies up into the marginals of a ``Report``, by the numbers of their names.
struct ReportBuilder: ~Copyable {
  private var slotKeys = KeyIndex()
  private var slotWidth = SlotWidth.finest
  private var slots: [Figures] = []
  /// Route << 32 | method.
  private var endpointKeys = KeyIndex()
  private var endpoints: [Figures] = []
  /// Endpoint << 32 | slot.
  private var endpointSlotKeys = KeyIndex()
  private var endpointSlotWidth = SlotWidth.finest
  private var endpointSlots: [Report.EndpointSlot] = []
  /// By the consumer's number; 0 is none.
  private var consumers: [Figures] = []
  /// Consumer << 32 | slot.
  private var consumerSlotKeys = KeyIndex()
  private var consumerSlotWidth = SlotWidth.finest
  private var consumerSlots = OwnedBuffer<ClassCounts>(capacity: 64)
  /// Endpoint << 32 | consumer.
  private var pairKeys = KeyIndex()
  private var pairs = OwnedBuffer<ClassCounts>(capacity: 64)
  private var mergedPairRequests = 0
  private var resolution: Int64 = 1_000_000_000
  private var coverage = Report.Coverage()
  /// The seconds in which the first and the last bucket begin.
  private var first = Int.max
  private var last = Int.min
  private(set) var requests = 0
  /// nil if no page is made.
  private var detail: DetailBuilder?

  init(detail: DetailBuilder? = nil) { self.detail = detail }

  /// The seconds in which the first and the last bucket begin.
  var period: ClosedRange<Int>? { first <= last ? first...last : nil }

  /// Makes room for buckets that begin between two seconds, before any of them is added.
  mutating func reach(from first: Int, to last: Int) {
    (self.first, self.last) = (min(first, self.first), max(last, self.last))
    let width = SlotWidth.finest(from: self.first, to: self.last, slots: Report.slotLimit)
    if width.seconds > slotWidth.seconds { widenSlots(to: width) }
    let part = SlotWidth.finest(from: self.first, to: self.last, slots: Report.partSlotLimit)
    if part.seconds > endpointSlotWidth.seconds { widenEndpointSlots(to: part) }
    if part.seconds > consumerSlotWidth.seconds { widenConsumerSlots(to: part) }
    detail?.reach(from: self.first, to: self.last)
  }

  /// Adds a tally of a bucket that begins at `second`.
  mutating func add(_ tally: Tally, at second: Int, _ reading: borrowing TallyReading) {
    let key = tally.key
    let count = Int(tally.requestCount)
    let status = Int(key.status)
    requests += count
    noteResolution(reading.durations)
    coverage.durations += Int(reading.durations.count)
    coverage.requestSizes += reading.sizedRequests
    coverage.responseSizes += reading.sizedResponses
    if key.consumer != 0 { coverage.consumers += count }

    let slot = slotKeys.number(of: UInt64(slotWidth.slot(of: second)))
    if slot == slots.count { slots.append(Figures()) }
    slots[slot].add(count, status, reading)

    let endpoint = endpointKeys.number(of: Analyzing.key(Int(key.route), Int(key.method)))
    if endpoint == endpoints.count { endpoints.append(Figures()) }
    endpoints[endpoint].add(count, status, reading)
    endpoints[endpoint].note(second)
    addEndpointSlot(endpoint, count, status, at: second, reading)

    let consumer = Int(key.consumer)
    while consumers.count <= consumer { consumers.append(Figures()) }
    consumers[consumer].add(count, status, reading)
    consumers[consumer].note(second)
    addConsumerSlot(consumer, count, status, at: second)
    addPair(endpoint, consumer, count, status)
    detail?.add(count, status, endpoint: endpoint, consumer: consumer, at: second, reading)
  }

  /// Adds what observers counted of an endpoint in the bucket that begins at `second`.
  mutating func add(
    _ counts: ApdexCounts, route: NameTable.ID, method: NameTable.ID, at second: Int
  ) {
    let slot = slotKeys.number(of: UInt64(slotWidth.slot(of: second)))
    if slot == slots.count { slots.append(Figures()) }
    slots[slot].apdex?.merge(counts)
    let endpoint = endpointKeys.number(of: key(Int(route), Int(method)))
    if endpoint == endpoints.count { endpoints.append(Figures()) }
    endpoints[endpoint].apdex?.merge(counts)
  }

  /// Adds what `other` holds, which has the same names.
  mutating func merge(_ other: borrowing ReportBuilder) {
    guard other.first <= other.last else { return }
    reach(from: other.first, to: other.last)
    for (place, figures) in other.slots.enumerated() {
      let second = Int(other.slotKeys.keys[place]) * other.slotWidth.seconds
      let slot = slotKeys.number(of: UInt64(slotWidth.slot(of: second)))
      if slot == slots.count { slots.append(figures) } else { slots[slot].merge(figures) }
    }
    for (place, figures) in other.endpoints.enumerated() {
      let endpoint = endpointKeys.number(of: other.endpointKeys.keys[place])
      if endpoint == endpoints.count {
        endpoints.append(figures)
      } else {
        endpoints[endpoint].merge(figures)
      }
    }
    for (number, figures) in other.consumers.enumerated() where figures.requests > 0 {
      while consumers.count <= number { consumers.append(Figures()) }
      consumers[number].merge(figures)
    }
    for place in 0..<other.pairs.count {
      let key = other.pairKeys.keys[place]
      let endpoint = endpointKeys.number(of: other.endpointKeys.keys[Int(key >> 32)])
      let pair = pairKeys.number(of: Analyzing.key(endpoint, Int(key & 0xFFFF_FFFF)))
      if pair == pairs.count { pairs.append(ClassCounts()) }
      pairs[pair].merge(other.pairs[place])
    }
    mergeParts(other)
    requests += other.requests
    resolution = min(resolution, other.resolution)
    coverage.merge(other.coverage)
    mergedPairRequests += other.mergedPairRequests
  }

  /// Adds the endpoints and consumers in slots of `other`, whose names are numbered here already.
  private mutating func mergeParts(_ other: borrowing ReportBuilder) {
    for (place, slot) in other.endpointSlots.enumerated() {
      let key = Int(other.endpointSlotKeys.keys[place] >> 32)
      let endpoint = endpointKeys.number(of: other.endpointKeys.keys[key])
      let number = endpointSlotWidth.slot(of: slot.number * other.endpointSlotWidth.seconds)
      let part = endpointSlotKeys.number(of: Analyzing.key(endpoint, number))
      if part == endpointSlots.count { endpointSlots.append(Report.EndpointSlot(number: number)) }
      endpointSlots[part].statuses.merge(slot.statuses)
      endpointSlots[part].durations.merge(slot.durations)
    }
    for place in 0..<other.consumerSlots.count {
      let key = other.consumerSlotKeys.keys[place]
      let second = Int(key & 0xFFFF_FFFF) * other.consumerSlotWidth.seconds
      let part = consumerSlotKeys.number(
        of: Analyzing.key(Int(key >> 32), consumerSlotWidth.slot(of: second)))
      if part == consumerSlots.count { consumerSlots.append(ClassCounts()) }
      consumerSlots[part].merge(other.consumerSlots[place])
    }
  }

  private mutating func addEndpointSlot(
    _ endpoint: Int, _ count: Int, _ status: Int, at second: Int, _ reading: borrowing TallyReading
  ) {
    let number = endpointSlotWidth.slot(of: second)
    let place = endpointSlotKeys.number(of: Analyzing.key(endpoint, number))
    if place == endpointSlots.count { endpointSlots.append(Report.EndpointSlot(number: number)) }
    endpointSlots[place].statuses.add(count, to: status)
    endpointSlots[place].durations.add(reading.durations)
    while endpointSlots.count > Report.endpointSlotLimit,
      endpointSlotWidth.wider != endpointSlotWidth
    {
      widenEndpointSlots(to: endpointSlotWidth.wider)
    }
  }

  private mutating func addConsumerSlot(
    _ consumer: Int, _ count: Int, _ status: Int, at second: Int
  ) {
    let key = Analyzing.key(consumer, consumerSlotWidth.slot(of: second))
    let place = consumerSlotKeys.number(of: key)
    if place == consumerSlots.count { consumerSlots.append(ClassCounts()) }
    consumerSlots[place].add(count, status: status)
    while consumerSlots.count > Report.consumerSlotLimit,
      consumerSlotWidth.wider != consumerSlotWidth
    {
      widenConsumerSlots(to: consumerSlotWidth.wider)
    }
  }

  private mutating func addPair(_ endpoint: Int, _ consumer: Int, _ count: Int, _ status: Int) {
    let place = pairKeys.number(of: Analyzing.key(endpoint, consumer))
    if place == pairs.count { pairs.append(ClassCounts()) }
    pairs[place].add(count, status: status)
    if pairs.count > 2 * Report.pairLimit { mergeSmallPairs() }
  }

  /// The largest power of ten nanoseconds, up to a second, that all durations are multiples of. Of a tally
  /// with many different ones it looks at the sum, the least and the largest.
  private mutating func noteResolution(_ durations: borrowing ScaledHistogram) {
    guard durations.count > 0 else { return }
    let sum = durations.sum
    let (least, largest) = (durations.least, durations.largest)
    while resolution > 1,
      least % resolution != 0 || largest % resolution != 0 || sum % UInt128(resolution) != 0
    {
      resolution /= 10
    }
  }

  // MARK: Limits

  private mutating func widenSlots(to width: SlotWidth) {
    var keys = KeyIndex()
    var merged: [Figures] = []
    for (place, figures) in slots.enumerated() {
      let wide = keys.number(
        of: UInt64(width.slot(of: Int(slotKeys.keys[place]) * slotWidth.seconds)))
      if wide == merged.count { merged.append(figures) } else { merged[wide].merge(figures) }
    }
    slotKeys = keys
    (slots, slotWidth) = (merged, width)
  }

  private mutating func widenEndpointSlots(to width: SlotWidth) {
    var keys = KeyIndex()
    var merged: [Report.EndpointSlot] = []
    for (place, slot) in endpointSlots.enumerated() {
      let number = width.slot(of: slot.number * endpointSlotWidth.seconds)
      let wide = keys.number(
        of: endpointSlotKeys.keys[place] & 0xFFFF_FFFF_0000_0000 | UInt64(number))
      if wide == merged.count { merged.append(Report.EndpointSlot(number: number)) }
      merged[wide].statuses.merge(slot.statuses)
      merged[wide].durations.merge(slot.durations)
    }
    endpointSlotKeys = keys
    (endpointSlots, endpointSlotWidth) = (merged, width)
  }

  private mutating func widenConsumerSlots(to width: SlotWidth) {
    var keys = KeyIndex()
    var merged = OwnedBuffer<ClassCounts>(capacity: 64)
    for place in 0..<consumerSlots.count {
      let key = consumerSlotKeys.keys[place]
      let number = width.slot(of: Int(key & 0xFFFF_FFFF) * consumerSlotWidth.seconds)
      let wide = keys.number(of: key & 0xFFFF_FFFF_0000_0000 | UInt64(number))
      if wide == merged.count { merged.append(ClassCounts()) }
      merged[wide].merge(consumerSlots[place])
    }
    consumerSlotKeys = keys
    consumerSlots = merged
    consumerSlotWidth = width
  }

  /// Keeps the largest pairs; of the others only their requests.
  private mutating func mergeSmallPairs() {
    let order = (0..<pairs.count).sorted { pairs[$0].requests > pairs[$1].requests }
    var keys = KeyIndex()
    var kept = OwnedBuffer<ClassCounts>(capacity: Report.pairLimit)
    for place in order[..<Report.pairLimit] {
      _ = keys.number(of: pairKeys.keys[place])
      kept.append(pairs[place])
    }
    for place in order[Report.pairLimit...] { mergedPairRequests += pairs[place].requests }
    pairKeys = keys
    pairs = kept
  }

  // MARK: The report

  /// The report of what was added. Its parts move there, so that they are not in memory twice; only
  /// ``requests`` and ``period`` stay.
  mutating func takeReport(_ names: RunNames, _ apdex: ApdexThresholds) -> Report {
    var report = Report()
    report.books.requests = requests
    report.apdex = apdex
    report.resolution = resolution
    report.coverage = coverage
    report.mergedPairRequests = mergedPairRequests
    report.slots = sortedSlots
    addEndpoints(to: &report, names)
    endpointSlotKeys = KeyIndex()
    (endpointSlots, endpoints) = ([], [])
    let consumerPlaces = addConsumers(to: &report, names)
    consumerSlotKeys = KeyIndex()
    consumerSlots = OwnedBuffer(capacity: 1)
    consumers = []
    report.pairs.reserveCapacity(pairs.count)
    for place in 0..<pairs.count {
      let key = pairKeys.keys[place]
      report.pairs.append(
        Report.Pair(
          endpoint: Int(key >> 32), consumer: consumerPlaces[Int(key & 0xFFFF_FFFF)],
          classes: pairs[place]))
    }
    pairKeys = KeyIndex()
    pairs = OwnedBuffer(capacity: 1)
    report.detail = detail?.takeDetail(consumers: consumerPlaces, count: report.consumers.count)
    countApdex(in: &report)
    report.sortRows()
    return report
  }

  private var sortedSlots: Report.Slots<Figures> {
    var sorted = Report.Slots<Figures>()
    sorted.width = slotWidth
    for place in slots.indices.sorted(by: { slotKeys.keys[$0] < slotKeys.keys[$1] }) {
      sorted.numbers.append(Int(slotKeys.keys[place]))
      sorted.values.append(slots[place])
    }
    return sorted
  }

  private func addEndpoints(to report: inout Report, _ names: RunNames) {
    report.endpointSlotWidth = endpointSlotWidth
    for (place, figures) in endpoints.enumerated() {
      let key = endpointKeys.keys[place]
      var endpoint = Report.Endpoint(
        method: names.methods.text(NameTable.ID(key & 0xFFFF_FFFF)),
        route: names.routes.text(NameTable.ID(key >> 32)))
      endpoint.figures = figures
      report.endpoints.append(endpoint)
    }
    for place in endpointSlots.indices {
      let endpoint = Int(endpointSlotKeys.keys[place] >> 32)
      report.endpoints[endpoint].slots.append(endpointSlots[place])
    }
    for place in report.endpoints.indices {
      report.endpoints[place].slots.sort { $0.number < $1.number }
    }
  }

  /// - Returns: the place of each consumer in the report, by its number.
  private func addConsumers(to report: inout Report, _ names: RunNames) -> [Int] {
    report.consumerSlotWidth = consumerSlotWidth
    var places = [Int](repeating: 0, count: consumers.count)
    for (number, figures) in consumers.enumerated() where figures.requests > 0 {
      places[number] = report.consumers.count
      var consumer = Report.Consumer(
        name: number == 0 ? nil : names.consumers.text(NameTable.ID(number)))
      consumer.figures = figures
      report.consumers.append(consumer)
    }
    var counts = [Int](repeating: 0, count: report.consumers.count)
    for place in 0..<consumerSlots.count {
      counts[places[Int(consumerSlotKeys.keys[place] >> 32)]] += 1
    }
    for (place, count) in counts.enumerated() {
      report.consumers[place].slots.reserveCapacity(count)
    }
    for place in 0..<consumerSlots.count {
      let key = consumerSlotKeys.keys[place]
      report.consumers[places[Int(key >> 32)]].slots.append(
        Report.ConsumerSlot(number: Int(key & 0xFFFF_FFFF), classes: consumerSlots[place]))
    }
    for place in report.consumers.indices {
      report.consumers[place].slots.sort { $0.number < $1.number }
    }
    return places
  }

  /// Fills in Apdex from the bins, where the threshold is a bound of them.
  private func countApdex(in report: inout Report) {
    guard let exponent = report.apdex.commonPowerOfTwo else {
      for place in report.consumers.indices { report.consumers[place].figures.apdex = nil }
      return
    }
    for place in report.endpoints.indices { report.endpoints[place].figures.countApdex(exponent) }
    for place in report.consumers.indices { report.consumers[place].figures.countApdex(exponent) }
    for place in report.slots.values.indices { report.slots.values[place].countApdex(exponent) }
  }
}

extension Figures {
  /// - Parameter exponent: the threshold is 2^exponent seconds.
  fileprivate mutating func countApdex(_ exponent: Int) {
    let satisfied = durations.count(upToPowerOfTwo: exponent)
    apdex = ApdexCounts(
      satisfied: satisfied,
      tolerating: durations.count(upToPowerOfTwo: exponent + 2) - satisfied)
  }
}

extension Figures {
  @inline(__always)
  fileprivate mutating func add(
    _ count: Int, _ status: Int, _ reading: borrowing TallyReading
  ) {
    statuses.add(count, to: status)
    durations.add(reading.durations)
    requestBytes = requestBytes.addingSaturated(reading.requestBytes)
    responseBytes = responseBytes.addingSaturated(reading.responseBytes)
  }

  /// Notes that requests began in the bucket that begins at `second`.
  @inline(__always)
  fileprivate mutating func note(_ second: Int) {
    if second < firstSeen { firstSeen = second }
    if second > lastSeen { lastSeen = second }
  }
}

extension Distribution {
  /// Adds durations in nanoseconds, of the same scale.
  fileprivate mutating func add(_ durations: borrowing ScaledHistogram) {
    guard durations.count > 0 else { return }
    if durations.zeroCount > 0 { addZeros(Int(durations.zeroCount)) }
    for index in 0..<durations.counts.count where durations.counts[index] > 0 {
      add(Int(durations.counts[index]), toBin: durations.firstBin + index)
    }
    note(
      sum: Int64(clamping: durations.sum), least: durations.least, largest: durations.largest)
  }
}
