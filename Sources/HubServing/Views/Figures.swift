import FoundationEssentials
import GRDB

/// Sums, statuses, endpoints, errors and response times over time: what a page shows of requests, in one pass.
struct Figures {
  private struct Row {
    var endpoint: Int64
    var sums = RequestSums()
    var trend: [Int64]
  }

  private struct ErrorKey: Hashable {
    var row: Int
    var status: Int64
  }

  private struct ErrorRow {
    var requests: Int64 = 0
    var last = 0
    var trend: [Int64]
  }

  private let slots: ViewSlots
  private var total = RequestSums()
  private var series: [RequestSums]
  private var statuses: [Int64: Int64] = [:]
  private var rows: [Row] = []
  private var rowOf: [Int64: Int] = [:]
  private var last: (endpoint: Int64, row: Int) = (.min, 0)
  private var errors: [ErrorKey: ErrorRow] = [:]
  /// A row for each slot, then one for each of `rows`.
  private var bins: BinSums

  init(_ slots: ViewSlots) {
    self.slots = slots
    series = Array(repeating: RequestSums(), count: slots.count)
    bins = BinSums(rowCount: slots.count)
  }

  mutating func add(_ item: PackedItem, at moment: Int64) throws {
    let slot = slots.slot(of: moment)
    // A row of the roll-ups may be of another time than its hour says only if the file was changed.
    guard series.indices.contains(slot) else { return }
    let part = slot / slots.partSlots
    let row = try row(of: item.endpoint)
    total.add(item)
    series[slot].add(item)
    Self.add(item.requestCount, to: &statuses[item.status, default: 0])
    rows[row].sums.add(item)
    rows[row].trend[part] = cappedSum(rows[row].trend[part], item.requestCount)
    try bins.add(item, to: slot, and: slots.count + row)
    guard item.status >= 400, item.status < 600 else { return }
    let key = ErrorKey(row: row, status: item.status)
    // In its place: a copy of each row that changes would take most of the time.
    Self.add(
      item.requestCount, slot, part,
      to: &errors[key, default: ErrorRow(trend: Array(repeating: 0, count: slots.partCount))])
  }

  private static func add(_ count: Int64, to sum: inout Int64) { sum = cappedSum(sum, count) }

  private static func add(_ count: Int64, _ slot: Int, _ part: Int, to error: inout ErrorRow) {
    add(count, to: &error.requests)
    error.last = max(error.last, slot)
    add(count, to: &error.trend[part])
  }

  private mutating func row(of endpoint: Int64) throws -> Int {
    // Roll-ups have the statuses of an endpoint one after another.
    if last.endpoint == endpoint { return last.row }
    let row = try knownRow(of: endpoint)
    last = (endpoint, row)
    return row
  }

  private mutating func knownRow(of endpoint: Int64) throws -> Int {
    if let row = rowOf[endpoint] { return row }
    try ViewSlots.checkRoom(rows.count)
    let row = rows.count
    rowOf[endpoint] = row
    rows.append(Row(endpoint: endpoint, trend: Array(repeating: 0, count: slots.partCount)))
    bins.addRow()
    return row
  }

  /// - Parameter limit: of endpoints, and of errors.
  func write(
    to json: inout JSONWriting, names: [Int64: HubStore.EndpointName], limit: Int
  ) {
    slots.write(to: &json)
    total.write(to: &json)
    json.member("statuses") { json in
      json.object { json in
        for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
          json.member(String(status), Int(count))
        }
      }
    }
    json.member("series") { json in
      json.list(series) { json, counts in
        json.raw("[\(counts.requests),\(counts.clientErrors),\(counts.serverErrors)]")
      }
    }
    json.member("durations") { json in
      json.list(0..<slots.count) { json, slot in bins.write(slot, to: &json) }
    }
    let order = rows.indices.sorted {
      (rows[$1].sums.requests, rows[$0].endpoint) < (rows[$0].sums.requests, rows[$1].endpoint)
    }
    writeEndpoints(order, names, limit, to: &json)
    writeErrors(names, limit, to: &json)
  }

  private func writeEndpoints(
    _ order: [Int], _ names: [Int64: HubStore.EndpointName], _ limit: Int,
    to json: inout JSONWriting
  ) {
    json.member("endpoints") { json in
      json.list(order.prefix(limit)) { json, row in
        json.object { json in
          json.member("method", names[rows[row].endpoint]?.method)
          json.member("path", names[rows[row].endpoint]?.path)
          rows[row].sums.write(to: &json)
          json.member("trend") { $0.list(rows[row].trend) { $0.raw(String($1)) } }
          json.member("durations") { bins.write(slots.count + row, to: &$0) }
        }
      }
    }
    json.member("more_endpoints", max(0, order.count - limit))
  }

  private func writeErrors(
    _ names: [Int64: HubStore.EndpointName], _ limit: Int, to json: inout JSONWriting
  ) {
    let order = errors.sorted {
      ($1.value.requests, $0.key.row, $0.key.status)
        < ($0.value.requests, $1.key.row, $1.key.status)
    }
    json.member("errors") { json in
      json.list(order.prefix(limit)) { json, error in
        json.object { json in
          let name = names[rows[error.key.row].endpoint]
          json.member("method", name?.method)
          json.member("path", name?.path)
          json.member("status", Int(error.key.status))
          json.member("requests", Int(error.value.requests))
          json.member("last_slot", error.value.last)
          json.member("trend") { $0.list(error.value.trend) { $0.raw(String($1)) } }
        }
      }
    }
    json.member("more_errors", max(0, order.count - limit))
  }
}

extension HubStore {
  /// Everything that a page shows of requests. The time is widened to whole slots.
  func figures(of origin: Origin, _ query: ViewQuery) async throws -> String {
    let slots = try ViewSlots(query)
    return try await view(origin, query.over(slots)) { view, json in
      var figures = Figures(slots)
      try view.forEach { moment, item in try figures.add(item, at: moment) }
      figures.write(to: &json, names: view.endpoints, limit: query.limit)
      try view.writeArrival(slots, to: &json)
    }
  }
}

extension View {
  /// When the newest requests began, and what of the time was filled in afterwards.
  fileprivate func writeArrival(_ slots: ViewSlots, to json: inout JSONWriting) throws {
    let ends = try Row.fetchOne(
      db,
      sql: """
        SELECT (SELECT min(bucket) FROM numbers WHERE origin = :origin) AS first,
          (SELECT max(bucket) FROM numbers WHERE origin = :origin) AS last
        """, arguments: ["origin": origin])
    for (name, column) in [("first_minute", "first"), ("last_minute", "last")] {
      let bucket: Int64? = ends?[column]
      json.member(name, bucket.map { HubStore.moment($0) })
    }
    let hours = try Int64.fetchAll(
      db,
      sql: """
        SELECT DISTINCT hour FROM origin_hour
        WHERE origin = ? AND hour >= ? AND hour < ? AND client = 'backfill' ORDER BY hour
        """,
      arguments: [
        origin, slots.span.lowerBound / 3_600, (slots.span.upperBound + 3_599) / 3_600,
      ])
    var bands: [Range<Int64>] = []
    for hour in hours {
      let start = max(slots.span.lowerBound, hour * 3_600)
      let end = min(slots.span.upperBound, (hour + 1) * 3_600)
      // A gap that is shorter than a slot is not seen.
      if let last = bands.last, start - last.upperBound < slots.width {
        bands[bands.count - 1] = last.lowerBound..<end
      } else {
        bands.append(start..<end)
      }
    }
    json.member("backfilled") { json in
      json.list(bands) { $0.raw("[\($1.lowerBound),\($1.upperBound)]") }
    }
  }
}
