internal import Attribution
internal import ByteScanning
internal import Reporting

extension ReportBuilder {
  /// The report of what was added. Its parts move there, so that they are not in memory twice; only
  /// ``requests`` and ``period`` stay.
  mutating func takeReport(_ names: RunNames, _ apdex: ApdexThresholds) -> Report {
    var report = Report()
    report.books.requests = requests
    report.apdex = apdex
    report.resolution = resolution.nanoseconds
    report.coverage = coverage
    report.mergedPairRequests = mergedPairRequests
    report.slots = sortedSlots
    slotKeys = KeyIndex()
    slots = FigureRows()
    addEndpoints(to: &report, names)
    cellKeys = KeyIndex()
    cells = FigureRows()
    let places = addConsumers(to: &report, names)
    forgetPlaces()
    report.detail = detail?.takeDetail(consumers: places, count: report.consumers.count)
    countApdex(in: &report)
    report.sortRows()
    return report
  }

  private var sortedSlots: Report.Slots<Figures> {
    var sorted = Report.Slots<Figures>()
    sorted.width = slotWidth
    for place in (0..<slots.count).sorted(by: { slotKeys.keys[$0] < slotKeys.keys[$1] }) {
      sorted.numbers.append(Int(slotKeys.keys[place]))
      var figures = slots.figures(of: place, isSeen: false)
      if place < slotApdex.count { figures.apdex = slotApdex[place] }
      sorted.values.append(figures)
    }
    return sorted
  }

  private func addEndpoints(to report: inout Report, _ names: RunNames) {
    report.endpointSlotWidth = cellWidth
    var sums = FigureRows()
    for place in 0..<cells.count {
      let endpoint = Int(cellKeys.keys[place] >> 32)
      sums.reach(endpoint)
      sums.add(place, of: cells, to: endpoint)
    }
    for place in 0..<endpointKeys.count {
      let key = endpointKeys.keys[place]
      var endpoint = Report.Endpoint(
        method: names.methods.text(NameTable.ID(key & 0xFFFF_FFFF)),
        route: names.routes.text(NameTable.ID(key >> 32)))
      if place < sums.count { endpoint.figures = sums.figures(of: place) }
      if place < endpointApdex.count { endpoint.figures.apdex = endpointApdex[place] }
      report.endpoints.append(endpoint)
    }
    for place in 0..<cells.count {
      let key = cellKeys.keys[place]
      var slot = Report.EndpointSlot(number: Int(key & 0xFFFF_FFFF))
      slot.statuses = cells.statuses(of: place)
      slot.durations = cells.durations(of: place)
      report.endpoints[Int(key >> 32)].slots.append(slot)
    }
    for place in report.endpoints.indices {
      report.endpoints[place].slots.sort { $0.number < $1.number }
    }
  }

  /// Adds consumers, and who used what. What moves to the report is forgotten here, one kind after another,
  /// the largest first.
  ///
  /// - Returns: the place of each consumer in the report, by its number.
  private mutating func addConsumers(to report: inout Report, _ names: RunNames) -> [Int] {
    if consumerSlotCount > Report.consumerSlotLimit { settleConsumerSlots() }
    report.consumerSlotWidth = consumerSlotWidth
    let numbers = (0..<consumers.count).filter { !consumers[$0].isEmpty }
    var places = [Int](repeating: 0, count: consumers.count)
    report.consumers.reserveCapacity(numbers.count)
    for number in numbers {
      places[number] = report.consumers.count
      var consumer = Report.Consumer(
        name: number == 0 ? nil : names.consumers.text(NameTable.ID(number)))
      consumer.figures = consumers.figures(of: number)
      report.consumers.append(consumer)
    }
    consumers.forgetCounts()
    for number in numbers {
      var slots = slots(of: number).map { slot, classes in
        Report.ConsumerSlot(number: Int(consumerSlotKeys.keys[slot]), classes: classes)
      }
      slots.sort { $0.number < $1.number }
      report.consumers[places[number]].slots = slots
    }
    consumerSlots = CountLists<UInt32>()
    consumerSlotKeys = KeyIndex()
    report.pairs.reserveCapacity(pairCount)
    for number in numbers {
      for (endpoint, classes) in pairs(of: number) {
        report.pairs.append(
          Report.Pair(endpoint: endpoint, consumer: places[number], classes: classes))
      }
    }
    pairs = CountLists<UInt64>()
    consumers = FigureRows()
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
