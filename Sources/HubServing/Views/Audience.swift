import GRDB
import RawStatements

/// Consumers, and how many of them there were over time: what a page shows of them, in one pass.
///
/// Up to three days are told apart in parts of equally many slots, longer times by days (UTC), for which there
/// is a roll-up.
struct Audience {
  /// How long a time is that is told apart by slots, in seconds.
  private static let shortSpan: Int64 = 3 * 86_400
  static let day: Int64 = 86_400

  private struct Row {
    var person: Int64
    var sums = RequestSums()
    var trend: [Int64]
    /// The periods in which the consumer was active, a bit for each.
    var active: [UInt64]

    var firstPeriod: Int? {
      active.indices.first { active[$0] != 0 }.map { $0 * 64 + active[$0].trailingZeroBitCount }
    }

    func isActive(in period: Int) -> Bool { active[period / 64] >> UInt64(period % 64) & 1 == 1 }
  }

  /// What is known of when consumers came, from all that there is: days counted from 1970.
  struct Arrivals {
    /// By the consumer's number.
    var days: [Int64: ClosedRange<Int64>] = [:]
    var first: Int64 { days.values.lazy.map(\.lowerBound).min() ?? 0 }
  }

  let slots: ViewSlots
  let isByDay: Bool
  /// Of the whole time, in seconds since 1970; each ends where the next begins.
  private let periods: [Range<Int64>]
  private let periodsInPart: Int
  private let partCount: Int
  private var rows: [Row] = []
  private var rowOf: [Int64: Int] = [:]
  private var bins = BinSums(rowCount: 0)

  init(_ slots: ViewSlots) {
    self.slots = slots
    let span = slots.span
    isByDay = span.upperBound - span.lowerBound > Self.shortSpan
    let length = isByDay ? Self.day : slots.width * Int64(slots.partSlots)
    var periods: [Range<Int64>] = []
    var start = span.lowerBound
    while start < span.upperBound {
      // Days begin where they do, slots with the time.
      let end = isByDay ? (start / length + 1) * length : start + length
      periods.append(start..<min(end, span.upperBound))
      start = end
    }
    self.periods = periods
    periodsInPart = (periods.count + ViewSlots.partLimit - 1) / ViewSlots.partLimit
    partCount = (periods.count + periodsInPart - 1) / periodsInPart
  }

  private func period(of moment: Int64) -> Int {
    let span = slots.span
    if isByDay { return Int(moment / Self.day - span.lowerBound / Self.day) }
    return Int((moment - span.lowerBound) / (slots.width * Int64(slots.partSlots)))
  }

  private mutating func row(of person: Int64) throws -> Int {
    if let row = rowOf[person] { return row }
    try ViewSlots.checkRoom(rows.count)
    let row = rows.count
    rowOf[person] = row
    rows.append(
      Row(
        person: person, trend: Array(repeating: 0, count: partCount),
        active: Array(repeating: 0, count: (periods.count + 63) / 64)))
    bins.addRow()
    return row
  }

  mutating func add(_ item: PackedItem, at moment: Int64) throws {
    let row = try row(of: item.person)
    rows[row].sums.add(item)
    try note(item, row, moment)
  }

  /// What a consumer did on a day: `item` has its requests and bins, `sums` the errors.
  mutating func add(_ item: PackedItem, _ sums: RequestSums, at moment: Int64) throws {
    let row = try row(of: item.person)
    rows[row].sums.add(sums)
    try note(item, row, moment)
  }

  private mutating func note(_ item: PackedItem, _ row: Int, _ moment: Int64) throws {
    let period = period(of: moment)
    guard periods.indices.contains(period) else { return }
    rows[row].active[period / 64] |= 1 << UInt64(period % 64)
    let part = period / periodsInPart
    rows[row].trend[part] = cappedSum(rows[row].trend[part], item.requestCount)
    try bins.add(item.bins, to: row)
  }

  /// The numbers of the consumers with the most requests.
  func heaviest(_ limit: Int) -> [Int64] { order.prefix(limit).map { rows[$0].person } }

  private var order: [Int] {
    rows.indices.sorted {
      (rows[$1].sums.requests, rows[$0].person) < (rows[$0].sums.requests, rows[$1].person)
    }
  }

  func write(
    to json: inout JSONWriting, names: [Int64: String], details: [String: HubTotals.Consumer],
    _ arrivals: Arrivals, limit: Int
  ) {
    slots.write(to: &json)
    json.member("by_day") { $0.raw(isByDay ? "true" : "false") }
    json.member("named", rows.count { $0.person != 0 })
    writePeriods(arrivals, to: &json)
    json.member("consumers") { json in
      json.list(order.prefix(limit)) { json, place in
        let row = rows[place]
        let name = names[row.person]
        json.object { json in
          json.member("consumer", name)
          json.member("name", name.flatMap { details[$0]?.name })
          json.member("group", name.flatMap { details[$0]?.group })
          row.sums.write(to: &json)
          json.member("trend") { $0.list(row.trend) { $0.raw(String($1)) } }
          json.member("durations") { bins.write(place, to: &$0) }
          let days = arrivals.days[row.person]
          json.member("first_day") { $0.raw(days.map { "\($0.lowerBound * Self.day)" } ?? "null") }
          json.member("last_day") { $0.raw(days.map { "\($0.upperBound * Self.day)" } ?? "null") }
        }
      }
    }
    json.member("more_consumers", max(0, rows.count - limit))
    json.member("first_day_end", Int((arrivals.first + 1) * Self.day))
  }

  private func writePeriods(_ arrivals: Arrivals, to json: inout JSONWriting) {
    var known = Array(repeating: 0, count: periods.count)
    var new = known
    let start = max(slots.span.lowerBound / Self.day, arrivals.first + 1)
    for row in rows where row.person != 0 {
      let isNew = arrivals.days[row.person].map { $0.lowerBound >= start } ?? false
      let first = row.firstPeriod
      for period in periods.indices where row.isActive(in: period) {
        if isNew && period == first { new[period] += 1 } else { known[period] += 1 }
      }
    }
    json.member("periods") { json in
      json.list(periods.indices) { json, period in
        let span = periods[period]
        json.raw("[\(span.lowerBound),\(span.upperBound),\(known[period]),\(new[period])]")
      }
    }
    json.member("part_periods", periodsInPart)
  }
}

extension HubStore {
  /// Everything that a page shows of consumers. The time is widened to whole slots.
  func audience(of origin: Origin, _ query: ViewQuery) async throws -> String {
    let slots = try ViewSlots(query)
    let query = query.over(slots)
    return try await view(origin, query, tellsConsumersApart: true) { view, json in
      var audience = Audience(slots)
      if audience.isByDay, view.isOfAllEndpoints {
        // Whole days from the roll-up, and what is before and after them from the numbers.
        let day = Audience.day
        let whole = (query.span.lowerBound + day - 1) / day..<query.span.upperBound / day
        for part in [
          query.span.lowerBound..<whole.lowerBound * day,
          whole.upperBound * day..<query.span.upperBound,
        ] where !part.isEmpty {
          try view.forEachItem(in: part, wantsBins: true) { try audience.add($1, at: $0) }
        }
        try view.forEachDay(in: whole) { try audience.add($1, $2, at: $0) }
      } else {
        try view.forEachItem(wantsBins: true) { try audience.add($1, at: $0) }
      }
      audience.write(
        to: &json, names: try view.persons(audience.heaviest(query.limit)),
        details: try view.details(), try view.arrivals(), limit: query.limit)
    }
  }
}

extension View {
  /// Gives `body` what each consumer did on each of some days (counted from 1970), with the second in which
  /// the day began.
  fileprivate func forEachDay(
    in days: Range<Int64>,
    _ body: (_ time: Int64, _ item: PackedItem, _ sums: RequestSums) throws -> Void
  ) throws {
    let select = try RawStatement(
      """
      SELECT day, consumer, requests, client_errors, server_errors, received, sent, histograms
      FROM day_consumer WHERE origin = ? AND day >= ? AND day < ?
      """, db)
    defer { select.reset() }
    for (index, value) in [origin, days.lowerBound, days.upperBound].enumerated() {
      select.bind(value, at: Int32(index + 1))
    }
    var item = PackedItem()
    while try select.step(db) {
      item.person = select.integer(1)
      guard includes(person: item.person) else { continue }
      item.requestCount = select.integer(2)
      let sums = RequestSums(
        requests: item.requestCount, clientErrors: select.integer(3),
        serverErrors: select.integer(4), received: select.integer(5), sent: select.integer(6))
      select.withBlob(7) { bytes in
        var cursor = PackedCursor()
        item.readBins(&cursor, bytes, limit: .max, wantsBins: true)
      }
      try body(select.integer(0) * Audience.day, item, sums)
    }
  }

  func arrivals() throws -> Audience.Arrivals {
    let select = try RawStatement(
      """
      SELECT consumer, min(day), max(day) FROM day_consumer WHERE origin = ? GROUP BY consumer
      """, db)
    defer { select.reset() }
    select.bind(origin, at: 1)
    var arrivals = Audience.Arrivals()
    while try select.step(db) {
      arrivals.days[select.integer(0)] = select.integer(1)...select.integer(2)
    }
    return arrivals
  }
}
