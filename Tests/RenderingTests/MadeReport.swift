import Reporting
import TestSupport

/// Requests from which a test makes a report by hand.
struct MadeReport {
  struct Request {
    var endpoint: Int
    var consumer: Int
    var slot: Int
    var status: Int
    /// nil without a duration; 0 to 20 are bins of the histogram.
    var bin: Int?

    var kind: Int { StatusClass(status).rawValue }
  }

  var requests: [Request] = []
  var endpointNames: [String]
  var consumerNames: [String?]
  let slots: Int
  static let firstSlot = 500_000

  init(endpoints: Int, consumers: Int, slots: Int, requests count: Int, seed: UInt64) {
    endpointNames = (0..<endpoints).map { "/e\($0)" }
    consumerNames = (0..<consumers).map { $0 == 1 ? nil : "c\($0)" }
    self.slots = slots
    var generator = SeededGenerator(seed: seed)
    func skewed(_ count: Int) -> Int {
      let x = Double.random(in: 0..<1, using: &generator)
      return Int(Double(count) * x * x)
    }
    for index in 0..<count {
      // The first of each are there.
      requests.append(
        Request(
          endpoint: index < endpoints ? index : skewed(endpoints),
          consumer: index < consumers ? index : skewed(consumers),
          slot: Self.firstSlot + Int.random(in: 0..<slots, using: &generator),
          status: [200, 200, 200, 304, 404, 429, 500][Int.random(in: 0..<7, using: &generator)],
          bin: index % 11 == 0 ? nil : Int.random(in: -200..<(-100), using: &generator)))
    }
  }

  var report: Report {
    var report = Report()
    report.books.requests = requests.count
    report.books.linesRead = requests.count
    report.coverage.consumers = requests.count
    report.coverage.durations = requests.count { $0.bin != nil }
    report.resolution = 1_000
    let width = SlotWidth(of: 3_600) ?? .finest
    let first = Self.firstSlot * width.seconds
    report.period = Int64(first) * 1_000_000_000...Int64(first + slots * 3_600) * 1_000_000_000
    report.slots.width = width
    for name in endpointNames {
      report.endpoints.append(Report.Endpoint(method: "GET", route: name))
    }
    for name in consumerNames { report.consumers.append(Report.Consumer(name: name)) }
    var all = [Int: Figures]()
    var cells: [Int: Report.Detail.EndpointCell] = [:]
    var slotCells: [Int: StatusClassCounts] = [:]
    var pairs: [Int: ClassCounts] = [:]
    var shares: [[Int]: ClassBins] = [:]
    var detail = Report.Detail()
    detail.width = width
    detail.consumerDurations = consumerNames.map { _ in ClassBins() }
    for request in requests {
      let (endpoint, consumer) = (request.endpoint, request.consumer)
      add(request, to: &report.endpoints[endpoint].figures)
      add(request, to: &report.consumers[consumer].figures)
      add(request, to: &all[request.slot, default: Figures()])
      let place = endpoint << 32 | request.slot
      var cell =
        cells[place] ?? Report.Detail.EndpointCell(endpoint: endpoint, slot: request.slot)
      cell.statuses.add(1, to: request.status)
      let kind = StatusClass(request.status)
      if let bin = request.bin {
        cell.durations.add(1, bin: bin, kind)
        detail.consumerDurations[consumer].add(1, bin: bin, kind)
      }
      cells[place] = cell
      slotCells[consumer << 32 | request.slot, default: StatusClassCounts()].add(1, kind)
      pairs[endpoint << 32 | consumer, default: ClassCounts()].add(1, status: request.status)
      shares[[consumer, endpoint, request.slot], default: ClassBins()].add(
        1, bin: request.bin ?? ClassBins.none, kind)
    }
    for (number, figures) in all.sorted(by: { $0.key < $1.key }) {
      report.slots.numbers.append(number)
      report.slots.values.append(figures)
    }
    detail.endpoints = Array(cells.values)
    detail.consumers = slotCells.map {
      Report.Detail.ConsumerCell(consumer: $0 >> 32, slot: $0 & 0xFFFF_FFFF, classes: $1)
    }
    report.pairs = pairs.map {
      Report.Pair(endpoint: $0 >> 32, consumer: $0 & 0xFFFF_FFFF, classes: $1)
    }
    detail.pairs = report.pairs.map {
      Report.Detail.Pair(
        endpoint: $0.endpoint, consumer: $0.consumer, classes: StatusClassCounts($0.classes))
    }
    detail.shares = shares.map {
      Report.Detail.Share(consumer: $0[0], endpoint: $0[1], slot: $0[2], durations: $1)
    }
    report.detail = detail
    report.findings = []
    report.sortRows()
    return report
  }

  private func add(_ request: Request, to figures: inout Figures) {
    figures.statuses.add(1, to: request.status)
    if let bin = request.bin {
      figures.durations.add(1, toBin: bin)
      let duration = Int64(Distribution.bound(bin + 1))
      figures.durations.note(sum: duration, least: duration, largest: duration)
    }
    figures.firstSeen = min(figures.firstSeen, request.slot * 3_600)
    figures.lastSeen = max(figures.lastSeen, request.slot * 3_600)
  }
}
