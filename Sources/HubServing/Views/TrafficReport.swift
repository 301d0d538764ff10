import Reporting

/// Makes of numbers the report that a log of the same requests would have, as far as they tell it, so that the
/// hub judges by the same statistics as `analyze`.
///
/// It has endpoints and consumers, and slots of time; neither sizes nor Apdex, and of consumers no times. Items
/// have to come by time.
struct TrafficReport {
  /// What requests of an endpoint there were in a slot.
  private struct Cell {
    var slot: Int
    var statuses = SparseCounts()
    var tens = SparseCounts()
    var coarse = SparseCounts()
    var zeroCount = 0

    mutating func merge(_ other: Cell) {
      statuses.merge(other.statuses)
      tens.merge(other.tens)
      coarse.merge(other.coarse)
      zeroCount += other.zeroCount
    }
  }

  private struct Endpoint {
    var number: Int64
    /// By time.
    var cells: [Cell] = []
  }

  private struct Consumer {
    var number: Int64
    /// Of the minutes of its requests.
    var first: Int64
    var last: Int64
    var requests = 0
    var rateLimited = 0
    /// But for those.
    var clientErrors = 0
    var serverErrors = 0

    mutating func add(_ count: Int, _ status: Int) {
      requests += count
      switch status {
      case 429: rateLimited += count
      case 400...499: clientErrors += count
      case 500...599: serverErrors += count
      default: break
      }
    }

    /// As precise as it is judged by.
    var statuses: SparseCounts {
      let rest = requests - rateLimited - clientErrors - serverErrors
      return SparseCounts([
        (200, rest), (400, clientErrors), (429, rateLimited), (500, serverErrors),
      ])
    }
  }

  /// The rows of numbers that tables have given, most of which are small.
  private struct Rows {
    private static let nearCount: Int64 = 65_536
    private var near = [Int32](repeating: -1, count: Int(nearCount))
    private var far: [Int64: Int] = [:]

    subscript(number: Int64) -> Int? {
      get {
        guard (0..<Self.nearCount).contains(number) else { return far[number] }
        return near[Int(number)] < 0 ? nil : Int(near[Int(number)])
      }
      set {
        guard (0..<Self.nearCount).contains(number) else { return far[number] = newValue }
        near[Int(number)] = Int32(newValue ?? -1)
      }
    }
  }

  /// Where a moment belongs to.
  private struct Place {
    var moment = Int64.min
    var slot = 0
    var cell = 0
  }

  /// Of one item: whoever sends more has not counted.
  private static let largestCount: Int64 = 1 << 32

  private let span: Range<Int64>
  private let wantsConsumers: Bool
  private let slotWidth: SlotWidth
  /// Requests.
  private var slots: [Int]
  private var cellWidth: SlotWidth
  private var cellCount = 0
  private var endpoints: [Endpoint] = []
  private var rowOfEndpoint = Rows()
  private var consumers: [Consumer] = []
  private var rowOfConsumer = Rows()
  /// Mostly the next item is of the same.
  private var place = Place()
  private var first = Int64.max
  private var last = Int64.min

  /// - Parameters:
  ///   - span: seconds since 1970.
  ///   - unit: how long the times are that items are of: a minute, or an hour.
  ///   - wantsConsumers: whether to tell them apart.
  init(_ span: Range<Int64>, unit: Int, wantsConsumers: Bool) {
    (self.span, self.wantsConsumers) = (span, wantsConsumers)
    slotWidth = Self.width(span, unit, slots: Report.slotLimit)
    cellWidth = Self.width(span, unit, slots: Report.partSlotLimit)
    let count =
      slotWidth.slot(of: Int(span.upperBound - 1)) - slotWidth.slot(of: Int(span.lowerBound))
    slots = Array(repeating: 0, count: count + 1)
  }

  private static func width(_ span: Range<Int64>, _ unit: Int, slots: Int) -> SlotWidth {
    var width = SlotWidth.finest(
      from: Int(span.lowerBound), to: Int(span.upperBound - 1), slots: slots)
    while width.seconds < unit { width = width.wider }
    return width
  }

  // MARK: Adding

  mutating func add(_ item: PackedItem, at moment: Int64) throws {
    // Anything else there is only if the file was changed.
    guard span.contains(moment), (0...Int64(SparseCounts.keys.upperBound)).contains(item.status)
    else { return }
    let (count, status) = (Self.clamped(item.requestCount), Int(item.status))
    if place.moment != moment { move(to: moment) }
    slots[place.slot] += count
    let row = try row(ofEndpoint: item.endpoint)
    if endpoints[row].cells.last?.slot != place.cell {
      endpoints[row].cells.append(Cell(slot: place.cell))
      cellCount += 1
    }
    Self.add(item, count, status, to: &endpoints[row].cells[endpoints[row].cells.count - 1])
    if wantsConsumers { try add(count, status, to: item.person, moment) }
    if cellCount > Report.endpointSlotLimit { widen() }
  }

  private mutating func move(to moment: Int64) {
    (first, last) = (min(first, moment), max(last, moment))
    place.moment = moment
    place.slot = slotWidth.slot(of: Int(moment)) - slotWidth.slot(of: Int(span.lowerBound))
    place.cell = cellWidth.slot(of: Int(moment))
  }

  private static func clamped(_ count: Int64) -> Int { Int(max(0, min(count, largestCount))) }

  private static func add(_ item: PackedItem, _ count: Int, _ status: Int, to cell: inout Cell) {
    cell.statuses.add(count, to: status)
    for bin in item.bins {
      let (kind, number) = (bin.key & 7, bin.key >> 3)
      let count = clamped(bin.count)
      if kind == Histogram.responseTimes.number {
        cell.tens.add(count, to: Int(max(0, min(number / 10, Int64(SparseCounts.keys.upperBound)))))
      } else if kind == Histogram.durationBins.number {
        if number == Int64(HubTotals.zeroBin) {
          cell.zeroCount += count
        } else {
          cell.coarse.add(count, to: Int(max(-4_000, min(number, 4_000))))
        }
      }
    }
  }

  private mutating func row(ofEndpoint number: Int64) throws -> Int {
    if let row = rowOfEndpoint[number] { return row }
    try ViewSlots.checkRoom(endpoints.count)
    endpoints.append(Endpoint(number: number))
    rowOfEndpoint[number] = endpoints.count - 1
    return endpoints.count - 1
  }

  private mutating func add(_ count: Int, _ status: Int, to number: Int64, _ moment: Int64) throws {
    if let row = rowOfConsumer[number] {
      consumers[row].add(count, status)
      consumers[row].last = moment
      return
    }
    try ViewSlots.checkRoom(consumers.count)
    rowOfConsumer[number] = consumers.count
    consumers.append(Consumer(number: number, first: moment, last: moment))
    consumers[consumers.count - 1].add(count, status)
  }

  /// With very many endpoints there are fewer slots.
  private mutating func widen() {
    guard cellWidth < cellWidth.wider else { return }
    let wider = cellWidth.wider
    cellCount = 0
    for row in endpoints.indices {
      var merged: [Cell] = []
      for var cell in endpoints[row].cells {
        cell.slot = wider.slot(of: cell.slot * cellWidth.seconds)
        if merged.last?.slot == cell.slot {
          merged[merged.count - 1].merge(cell)
        } else {
          merged.append(cell)
        }
      }
      endpoints[row].cells = merged
      cellCount += merged.count
    }
    cellWidth = wider
    place.moment = .min
  }

  // MARK: The report

  /// What of each consumer a report needs that is not in the numbers of its time.
  struct Names {
    var endpoints: [Int64: HubStore.EndpointName]
    var consumers: [Int64: String] = [:]
    /// The day, from 1970, on which each was first seen of all that has arrived.
    var firstDays: [Int64: Int64] = [:]
  }

  /// The numbers of the consumers.
  var people: some Sequence<Int64> { consumers.lazy.map(\.number) }

  /// - Parameter period: what it is said to be of, seconds; nil for that of the requests.
  func report(_ names: Names, period: Range<Int64>? = nil) -> Report {
    var report = Report()
    if first <= last {
      let period = period ?? first..<last + 60
      report.period = period.lowerBound * 1_000_000_000...period.upperBound * 1_000_000_000 - 1
    }
    let kind = kind
    report.resolution = kind == .tens ? 10_000_000 : 1
    report.endpointSlotWidth = cellWidth
    report.endpoints = endpoints.compactMap { self.endpoint($0, kind, names) }
    report.slots.width = slotWidth
    let firstSlot = slotWidth.slot(of: Int(span.lowerBound))
    for (place, count) in slots.enumerated() where count > 0 {
      // Of slots it is asked how many requests there were.
      var figures = Reporting.Figures()
      figures.statuses = SparseCounts([(200, count)])
      report.slots.numbers.append(firstSlot + place)
      report.slots.values.append(figures)
    }
    report.consumers = consumers.map { self.consumer($0, names) }
    return report
  }

  /// Of OTLP's bins alone, of hub v2's alone, or of both, which are then put in one kind's.
  private var kind: Distribution.Kind {
    let cells = endpoints.lazy.flatMap(\.cells)
    let hasCoarse = cells.contains { $0.zeroCount > 0 || !$0.coarse.isEmpty }
    return hasCoarse ? cells.contains { !$0.tens.isEmpty } ? .fine : .coarse : .tens
  }

  private func endpoint(
    _ endpoint: Endpoint, _ kind: Distribution.Kind, _ names: Names
  ) -> Report.Endpoint? {
    guard let name = names.endpoints[endpoint.number] else { return nil }
    var row = Report.Endpoint(method: name.method, route: name.path)
    row.slots = endpoint.cells.map { cell in
      var slot = Report.EndpointSlot(number: cell.slot)
      slot.statuses = cell.statuses
      slot.durations = Self.durations(cell, kind)
      return slot
    }
    for slot in row.slots {
      row.figures.statuses.merge(slot.statuses)
      row.figures.durations.merge(slot.durations)
    }
    row.figures.apdex = nil
    return row
  }

  private static func durations(_ cell: Cell, _ kind: Distribution.Kind) -> Distribution {
    switch kind {
    case .tens: return Distribution(.tens, bins: cell.tens)
    case .coarse: return Distribution(.coarse, bins: cell.coarse, zeroCount: cell.zeroCount)
    case .fine:
      var bins = SparseCounts()
      cell.tens.forEach { bin, count in
        bins.add(count, to: Distribution.bin(of: (Double(bin) * 10 + 5) * 1e6))
      }
      // The upper of the two in the middle.
      cell.coarse.forEach { bin, count in bins.add(count, to: bin * 4 + 1) }
      return Distribution(bins: bins, zeroCount: cell.zeroCount, sum: 0, least: 0, largest: .max)
    }
  }

  private func consumer(_ consumer: Consumer, _ names: Names) -> Report.Consumer {
    var row = Report.Consumer(name: names.consumers[consumer.number])
    row.figures.statuses = consumer.statuses
    row.figures.apdex = nil
    // Who was known before is not new, whenever it comes.
    let day = names.firstDays[consumer.number] ?? consumer.first / Audience.day
    let isKnown = day < consumer.first / Audience.day
    row.figures.firstSeen = Int(isKnown ? max(day * Audience.day, first) : consumer.first)
    row.figures.lastSeen = Int(consumer.last)
    return row
  }
}
