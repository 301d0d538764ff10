internal import Reporting

/// The data of a page, of one fineness: what the script decodes.
///
/// A length of four bytes, the lowest first; so many bytes of JSON (``PageHead``); then sections
/// (``CountSection``), with E endpoints, C consumers, S statuses, T slots, G groups of slots, N bins and the
/// classes of ``StatusClass``:
///
/// | | key | counts |
/// |---|---|---|
/// | A | (status · E + endpoint) · T + slot | requests |
/// | B | (class · C + consumer) · T + slot | requests |
/// | C | (endpoint · C + consumer) · 3 + class | requests |
/// | D | ((class · E + endpoint) · N + bin) · G + group | durations |
/// | E | (consumer · 3 + class) · N + bin | durations |
/// | F | (class · N + bin) · T + slot | durations |
/// | L | (((shared consumer · T + slot) · E + endpoint) · 3 + class) · N + bin | requests; bin 0 has no duration |
///
/// Time comes last where much is there in every slot: the keys are then one apart, which packs well.
/// Bin 0 is no duration, 1 a duration of 0, and b + 2 the bin `lowestBin` + b of the histogram.
struct PageData {
  let report: Report
  let detail: Report.Detail
  let fineness: PageFineness

  /// The places of the consumers that are told apart, and by place the number of each on the page.
  let told: [Int]
  let consumerNumbers: [Int]
  let endpointCount: Int
  let consumerCount: Int
  let firstSlot: Int
  let slotCount: Int
  let groupCount: Int
  let statuses: [Int]
  let lowestBin: Int
  let binCount: Int
  private let statusNumbers: [Int: Int]

  init(_ report: Report, _ detail: Report.Detail, _ fineness: PageFineness) {
    (self.report, self.detail, self.fineness) = (report, detail, fineness)
    let complete = Self.completeConsumers(report, detail)
    told = Array(complete.prefix(fineness.consumerLimit))
    let others = report.consumers.count - told.count
    var numbers = [Int](repeating: told.count, count: report.consumers.count)
    for (number, place) in told.enumerated() { numbers[place] = number }
    consumerNumbers = numbers
    consumerCount = told.count + (others > 0 ? 1 : 0)
    endpointCount = min(
      report.endpoints.count,
      fineness.endpointLimit == .max ? .max : fineness.endpointLimit + 1)
    let slots = detail.endpoints.map { $0.slot / fineness.slotsMerged }
    firstSlot = slots.min() ?? 0
    slotCount = (slots.max() ?? -1) - firstSlot + 1
    let size = fineness.slotsPerGroup
    groupCount = (firstSlot + max(0, slotCount - 1)) / size - firstSlot / size + 1
    var all = SparseCounts()
    for endpoint in report.endpoints { all.merge(endpoint.figures.statuses) }
    statuses = all.pairs.map(\.key)
    statusNumbers = Dictionary(
      uniqueKeysWithValues: statuses.enumerated().map { ($1, $0) })
    var bins = SparseCounts()
    for endpoint in report.endpoints { bins.merge(endpoint.figures.durations.bins) }
    let shift = Distribution.scale - fineness.scale
    lowestBin = (bins.first ?? 0) >> shift
    binCount = (bins.isEmpty ? 0 : (bins.last ?? 0) >> shift - lowestBin + 1) + 2
  }

  /// Consumers whose slots and pairs add up to their requests, the most requests first.
  private static func completeConsumers(_ report: Report, _ detail: Report.Detail) -> [Int] {
    var inSlots = [Int](repeating: 0, count: report.consumers.count)
    var inPairs = inSlots
    for cell in detail.consumers { inSlots[cell.consumer] += cell.classes.requests }
    for pair in detail.pairs { inPairs[pair.consumer] += pair.classes.requests }
    return report.consumers.indices.filter {
      let requests = report.consumers[$0].figures.requests
      return inSlots[$0] == requests && inPairs[$0] == requests
    }
  }

  func endpointNumber(_ place: Int) -> Int { min(place, endpointCount - 1) }
  func slotNumber(_ slot: Int) -> Int { slot / fineness.slotsMerged - firstSlot }

  /// Groups are counted from 1970 on, so that they begin at midnight.
  func groupNumber(_ slot: Int) -> Int {
    let size = fineness.slotsPerGroup
    return slot / fineness.slotsMerged / size - firstSlot / size
  }

  /// Consumers all of whose shares are there, by their numbers on the page; those with the most requests
  /// first.
  var sharedConsumers: [Int] {
    guard report.coverage.consumers > 0 else { return [] }
    var sums: [Int: Int] = [:]
    for share in detail.shares { sums[share.consumer, default: 0] += share.durations.total }
    return told.filter { sums[$0] == report.consumers[$0].figures.requests }.map {
      consumerNumbers[$0]
    }
  }

  // MARK: Sections

  /// A to F.
  enum Section: CaseIterable {
    case slotEndpoints, slotConsumers, endpointConsumers, endpointDurations, consumerDurations
    case slotDurations
  }

  func bytes(of section: Section) -> [UInt8] {
    switch section {
    case .slotEndpoints: slotEndpoints
    case .slotConsumers: slotConsumers
    case .endpointConsumers: endpointConsumers
    case .endpointDurations: endpointDurations
    case .consumerDurations: consumerDurations
    case .slotDurations: slotDurations
    }
  }

  private func bin(_ bin: Int) -> Int {
    switch bin {
    case ClassBins.none: 0
    case ClassBins.zero: 1
    default: bin >> (Distribution.scale - fineness.scale) - lowestBin + 2
    }
  }

  private var slotEndpoints: [UInt8] {
    var section = CountSection()
    for cell in detail.endpoints {
      let (slot, endpoint) = (slotNumber(cell.slot), endpointNumber(cell.endpoint))
      cell.statuses.forEach { status, count in
        let row = (statusNumbers[status] ?? 0) * endpointCount + endpoint
        section.add(count, to: row * slotCount + slot)
      }
    }
    return section.bytes()
  }

  private var slotConsumers: [UInt8] {
    var section = CountSection()
    var others: [Int: Int] = [:]
    for cell in detail.endpoints {
      let slot = slotNumber(cell.slot)
      cell.statuses.forEach { status, count in
        others[slot * 3 + StatusClass(status).rawValue, default: 0] += count
      }
    }
    for cell in detail.consumers where consumerNumbers[cell.consumer] < told.count {
      let slot = slotNumber(cell.slot)
      for status in StatusClass.allCases {
        let count = cell.classes.count(of: status)
        others[slot * 3 + status.rawValue, default: 0] -= count
        let row = status.rawValue * consumerCount + consumerNumbers[cell.consumer]
        section.add(count, to: row * slotCount + slot)
      }
    }
    // What is left belongs to the consumers that are not told apart.
    for (key, count) in others where count > 0 {
      section.add(count, to: (key % 3 * consumerCount + told.count) * slotCount + key / 3)
    }
    return section.bytes()
  }

  private var endpointConsumers: [UInt8] {
    var section = CountSection()
    var others: [Int: Int] = [:]
    for (place, endpoint) in report.endpoints.enumerated() {
      endpoint.figures.statuses.forEach { status, count in
        others[endpointNumber(place) * 3 + StatusClass(status).rawValue, default: 0] += count
      }
    }
    for pair in detail.pairs where consumerNumbers[pair.consumer] < told.count {
      let endpoint = endpointNumber(pair.endpoint)
      for status in StatusClass.allCases {
        let count = pair.classes.count(of: status)
        others[endpoint * 3 + status.rawValue, default: 0] -= count
        let row = endpoint * consumerCount + consumerNumbers[pair.consumer]
        section.add(count, to: row * 3 + status.rawValue)
      }
    }
    for (key, count) in others where count > 0 {
      section.add(count, to: (key / 3 * consumerCount + told.count) * 3 + key % 3)
    }
    return section.bytes()
  }

  private var endpointDurations: [UInt8] {
    var section = CountSection()
    let cells = detail.endpoints
    let order = cells.indices.sorted {
      endpointNumber(cells[$0].endpoint) < endpointNumber(cells[$1].endpoint)
    }
    // Keys are those of one class after another, and of one endpoint after another.
    for kind in 0..<(fineness.hasEndpointClasses ? StatusClass.allCases.count : 1) {
      var last = -1
      for index in order {
        let (group, endpoint) = (
          groupNumber(cells[index].slot), endpointNumber(cells[index].endpoint)
        )
        if endpoint != last { section.settle() }
        last = endpoint
        let row = kind * endpointCount + endpoint
        cells[index].durations.forEach { bin, status, count in
          if fineness.hasEndpointClasses, status.rawValue != kind { return }
          section.add(count, to: (row * binCount + self.bin(bin)) * groupCount + group)
        }
      }
      section.settle()
    }
    return section.bytes()
  }

  private var consumerDurations: [UInt8] {
    var section = CountSection()
    for (place, durations) in detail.consumerDurations.enumerated() {
      durations.forEach { bin, status, count in
        let row = consumerNumbers[place] * 3 + status.rawValue
        section.add(count, to: row * binCount + self.bin(bin))
      }
    }
    return section.bytes()
  }

  private var slotDurations: [UInt8] {
    // Few keys, and many cells to each.
    var sums = [Int](repeating: 0, count: 3 * binCount * slotCount)
    for cell in detail.endpoints {
      let slot = slotNumber(cell.slot)
      cell.durations.forEach { bin, status, count in
        sums[(status.rawValue * binCount + self.bin(bin)) * slotCount + slot] += count
      }
    }
    var section = CountSection()
    for (key, count) in sums.enumerated() { section.add(count, to: key) }
    return section.bytes()
  }

  /// L, of the consumers with these numbers.
  func shareSection(of shared: ArraySlice<Int>) -> [UInt8] {
    var places = [Int](repeating: -1, count: consumerCount)
    for (place, number) in shared.enumerated() { places[number] = place }
    var section = CountSection()
    var last = -1
    // Keys are those of one consumer after another.
    for index in sharesByPlace(places) {
      let share = detail.shares[index]
      let place = places[consumerNumbers[share.consumer]]
      if place != last { section.settle() }
      last = place
      let row =
        (place * slotCount + slotNumber(share.slot)) * endpointCount
        + endpointNumber(share.endpoint)
      share.durations.forEach { bin, status, count in
        section.add(count, to: (row * 3 + status.rawValue) * binCount + self.bin(bin))
      }
    }
    return section.bytes()
  }

  /// The shares of consumers that have a place, in its order.
  private func sharesByPlace(_ places: [Int]) -> [Int] {
    let placed = detail.shares.indices.filter { index in
      let number = consumerNumbers[detail.shares[index].consumer]
      return places[number] >= 0 && number < told.count
    }
    func place(_ index: Int) -> Int { places[consumerNumbers[detail.shares[index].consumer]] }
    return placed.sorted { place($0) < place($1) }
  }
}
