import ByteScanning
import GRDB

/// What items add to the roll-ups.
struct Rollups: ~Copyable {
  /// Whose items they are.
  struct Sender: Hashable {
    var origin: Int64
    var client: String
  }

  /// A value of a list; the one before it of the same list is at `earlier` - 1, if that is not 0.
  struct Link<Value: BitwiseCopyable>: BitwiseCopyable {
    var value: Value
    var earlier: UInt32
  }

  struct Bin: BitwiseCopyable {
    var key: Int64
    var count: Int64
  }

  /// Of an hour, an endpoint and a status, or of a day and a consumer.
  private struct Row {
    var sums = RequestSums()
    var durationSum = 0.0
    /// The place + 1 of the last one of its list; 0 for none.
    var lastBin: UInt32 = 0
    var lastEndpoint: UInt32 = 0
  }

  /// By origin, hour, endpoint and status.
  private var hours = PlaceTable()
  private var hourRows: [Row] = []
  /// By origin, day and consumer.
  private var days = PlaceTable()
  private var dayRows: [Row] = []
  private var totals: [Sender: [Int64: RequestSums]] = [:]
  /// Of all rows, in lists: an array for each row would be allocated again and again.
  private var bins = OwnedBuffer<Link<Bin>>(capacity: 1_024)
  private var endpoints = OwnedBuffer<Link<PackedEndpoints.Counts>>(capacity: 1_024)

  // MARK: Adding

  /// Adds `items`, packed, of the minute that begins with `bucket` (seconds since 1970).
  ///
  /// - Returns: how many there are.
  mutating func add(
    _ items: borrowing Span<UInt8>, from sender: Sender, bucket: Int64
  ) -> Int {
    var cursor = PackedCursor()
    var item = PackedItem()
    var sums = RequestSums()
    var count = 0
    while !cursor.isAtEnd(of: items) {
      item.read(&cursor, items, wantsBins: true)
      add(item, from: sender.origin, bucket: bucket)
      sums.add(item)
      count += 1
    }
    totals[sender, default: [:]][bucket / 3_600, default: RequestSums()].add(sums)
    return count
  }

  private mutating func add(_ item: PackedItem, from origin: Int64, bucket: Int64) {
    let hour = hours.place(
      of: .init(
        first: origin, second: bucket / 3_600, third: item.endpoint, fourth: item.status))
    if hour == hourRows.count { hourRows.append(Row()) }
    let day = days.place(of: .init(first: origin, second: bucket / 86_400, third: item.person))
    if day == dayRows.count { dayRows.append(Row()) }
    var sums = RequestSums()
    sums.add(item)
    hourRows[hour].sums.add(sums)
    hourRows[hour].durationSum += item.durationSum
    dayRows[day].sums.add(sums)
    for bin in item.bins {
      let isTime = PackedHistograms.isTime(bin.key)
      let bin = Bin(key: bin.key, count: bin.count)
      Self.append(bin, to: &bins, last: &hourRows[hour].lastBin)
      if isTime { Self.append(bin, to: &bins, last: &dayRows[day].lastBin) }
    }
    let counts = PackedEndpoints.Counts(
      endpoint: item.endpoint, requests: sums.requests, clientErrors: sums.clientErrors,
      serverErrors: sums.serverErrors)
    Self.append(counts, to: &endpoints, last: &dayRows[day].lastEndpoint)
  }

  private static func append<Value>(
    _ value: Value, to list: inout OwnedBuffer<Link<Value>>, last: inout UInt32
  ) {
    list.append(Link(value: value, earlier: last))
    last = UInt32(list.count)
  }

  // MARK: Writing

  func write(to db: Database) throws {
    try writeHours(to: db)
    try writeDays(to: db)
    try writeTotals(to: db)
  }

  private func writeHours(to db: Database) throws {
    var table = try RollupTable(
      "hour_endpoint", keys: ["origin", "hour", "endpoint", "status"],
      values: ["requests", "received", "sent", "duration_sum", "histograms"], db)
    var packed = PackedWriting()
    var near = NearSums()
    for place in Self.order(hours) {
      let (key, row) = (hours[place], hourRows[place])
      try table.find([key.first, key.second, key.third, key.fourth], db)
      table.add(row.sums.requests, at: 0)
      table.add(row.sums.received, at: 1)
      table.add(row.sums.sent, at: 2)
      table.add(row.durationSum, at: 3)
      merge(row, with: table, at: 4, by: &near, histogramsInto: &packed)
      table.put(packed, at: 4)
      try table.write(db)
    }
  }

  private func writeDays(to db: Database) throws {
    var table = try RollupTable(
      "day_consumer", keys: ["origin", "day", "consumer"],
      values: [
        "requests", "client_errors", "server_errors", "received", "sent", "histograms", "endpoints",
      ], db)
    var packed = PackedWriting()
    var near = NearSums()
    for place in Self.order(days) {
      let (key, row) = (days[place], dayRows[place])
      try table.find([key.first, key.second, key.third], db)
      table.add(row.sums.requests, at: 0)
      table.add(row.sums.clientErrors, at: 1)
      table.add(row.sums.serverErrors, at: 2)
      table.add(row.sums.received, at: 3)
      table.add(row.sums.sent, at: 4)
      merge(row, with: table, at: 5, by: &near, histogramsInto: &packed)
      table.put(packed, at: 5)
      merge(row, with: table, at: 6, by: &near, endpointsInto: &packed)
      table.put(packed, at: 6)
      try table.write(db)
    }
  }

  private func writeTotals(to db: Database) throws {
    for (sender, hours) in totals where HubStore.Client(rawValue: sender.client) != nil {
      let upsert = try db.cachedStatement(sql: Self.upsertTotals)
      for (hour, sums) in hours {
        try upsert.execute(arguments: [
          sender.origin, hour, sender.client, sums.requests, sums.clientErrors, sums.serverErrors,
        ])
      }
    }
  }

  /// The histograms that a row has in the database, with its bins.
  private func merge(
    _ row: Row, with table: RollupTable, at column: Int32, by near: inout NearSums,
    histogramsInto packed: inout PackedWriting
  ) {
    packed.removeAll()
    if table.withBlob(at: column, { near.add(histograms: $0) })
      && Self.all(of: bins, from: row.lastBin, { near.add($0.count, at: $0.key) })
    {
      return near.drain(histogramsTo: &packed)
    }
    near.removeAll()
    var added: [(key: Int64, count: Int64)] = []
    _ = Self.all(of: bins, from: row.lastBin) { bin in
      added.append((bin.key, bin.count))
      return true
    }
    var histograms = table.withBlob(at: column) { PackedHistograms($0) }
    histograms.add(added)
    histograms.write(to: &packed)
  }

  /// The endpoints that a row has in the database, with its own.
  private func merge(
    _ row: Row, with table: RollupTable, at column: Int32, by near: inout NearSums,
    endpointsInto packed: inout PackedWriting
  ) {
    packed.removeAll()
    if table.withBlob(at: column, { near.add(endpoints: $0) })
      && Self.all(of: endpoints, from: row.lastEndpoint, { near.add($0) })
    {
      return near.drain(endpointsTo: &packed)
    }
    near.removeAll()
    var endpoints = table.withBlob(at: column) { PackedEndpoints($0) }
    _ = Self.all(of: self.endpoints, from: row.lastEndpoint) { counts in
      endpoints.add(counts)
      return true
    }
    endpoints.write(to: &packed)
  }

  /// Whether `body` returns true for all values of a list, the last of which is at `last` - 1. It ends at the first
  /// for which it does not.
  @inline(__always)
  private static func all<Value>(
    of list: borrowing OwnedBuffer<Link<Value>>, from last: UInt32, _ body: (Value) -> Bool
  ) -> Bool {
    var place = last
    while place > 0 {
      let link = list[Int(place) - 1]
      guard body(link.value) else { return false }
      place = link.earlier
    }
    return true
  }

  /// The places of a table in the order of their keys, in which the rows stand in the database.
  private static func order(_ table: borrowing PlaceTable) -> [Int] {
    let keys = (0..<table.count).map { (key: table[$0], place: $0) }
    return keys.sorted { $0.key < $1.key }.map(\.place)
  }

  private static let upsertTotals = """
    INSERT INTO origin_hour (origin, hour, client, requests, client_errors, server_errors)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET \(sum("requests")), \(sum("client_errors")), \(sum("server_errors"))
    """

  /// SQL for the sum of what a column has and what is added, neither of them negative: it stops at the largest
  /// number.
  private static func sum(_ column: String) -> String {
    "\(column) = \(column) + min(excluded.\(column), 9223372036854775807 - \(column))"
  }
}

extension PackedHistograms {
  /// Whether a bin is of response times.
  static func isTime(_ key: Int64) -> Bool {
    let kind = key & 7
    return kind == Histogram.responseTimes.number || kind == Histogram.durationBins.number
  }
}
