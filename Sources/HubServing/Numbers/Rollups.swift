import ByteScanning
import GRDB

/// What items add to the roll-ups.
struct Rollups: ~Copyable {
  /// Whose items they are.
  struct Sender: Hashable {
    var origin: Int64
    var client: String
  }

  struct Bin: BitwiseCopyable {
    var key: Int64
    var count: Int64
  }

  /// An item that was added, which is in the list of a row of each kind. Of the item before it in a list it has
  /// the place + 1; 0 if it is the first.
  struct Entry: BitwiseCopyable {
    var counts: PackedEndpoints.Counts
    var firstBin: UInt32
    var binCount: UInt32
    var earlierOfHour: UInt32
    var earlierOfDay: UInt32
  }

  /// Of an hour, an endpoint and a status, or of a day and a consumer.
  private struct Row {
    var sums = RequestSums()
    var durationSum = 0.0
    /// The place + 1 of the last item of its list.
    var last: UInt32 = 0
  }

  /// By origin, hour, endpoint and status.
  private var hours = PlaceTable()
  private var hourRows: [Row] = []
  /// By origin, day and consumer.
  private var days = PlaceTable()
  private var dayRows: [Row] = []
  private var totals: [Sender: [Int64: RequestSums]] = [:]
  /// Of all rows, in lists: an array for each row would be allocated again and again.
  private var entries = OwnedBuffer<Entry>(capacity: 1_024)
  private var bins = OwnedBuffer<Bin>(capacity: 1_024)

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
    let counts = PackedEndpoints.Counts(
      endpoint: item.endpoint, requests: sums.requests, clientErrors: sums.clientErrors,
      serverErrors: sums.serverErrors)
    entries.append(
      Entry(
        counts: counts, firstBin: UInt32(bins.count), binCount: UInt32(item.bins.count),
        earlierOfHour: hourRows[hour].last, earlierOfDay: dayRows[day].last))
    hourRows[hour].last = UInt32(entries.count)
    dayRows[day].last = UInt32(entries.count)
    for bin in item.bins { bins.append(Bin(key: bin.key, count: bin.count)) }
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
      merge(row, .hour, with: table, at: 4, by: &near, histogramsInto: &packed)
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
      merge(row, .day, with: table, at: 5, by: &near, histogramsInto: &packed)
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

  private enum Kind {
    case hour, day
  }

  /// The histograms that a row has in the database, with the bins of its items: of a day only those of response
  /// times.
  private func merge(
    _ row: Row, _ kind: Kind, with table: RollupTable, at column: Int32, by near: inout NearSums,
    histogramsInto packed: inout PackedWriting
  ) {
    packed.removeAll()
    if table.withBlob(at: column, { near.add(histograms: $0) })
      && allBins(of: row, kind, { near.add($0.count, at: $0.key) })
    {
      return near.drain(histogramsTo: &packed)
    }
    near.removeAll()
    var added: [(key: Int64, count: Int64)] = []
    _ = allBins(of: row, kind) { bin in
      added.append((bin.key, bin.count))
      return true
    }
    var histograms = table.withBlob(at: column) { PackedHistograms($0) }
    histograms.add(added)
    histograms.write(to: &packed)
  }

  /// The endpoints that a day of a consumer has in the database, with those of its items.
  private func merge(
    _ row: Row, with table: RollupTable, at column: Int32, by near: inout NearSums,
    endpointsInto packed: inout PackedWriting
  ) {
    packed.removeAll()
    if table.withBlob(at: column, { near.add(endpoints: $0) })
      && allEntries(of: row, .day, { near.add($0.counts) })
    {
      return near.drain(endpointsTo: &packed)
    }
    near.removeAll()
    var endpoints = table.withBlob(at: column) { PackedEndpoints($0) }
    _ = allEntries(of: row, .day) { entry in
      endpoints.add(entry.counts)
      return true
    }
    endpoints.write(to: &packed)
  }

  /// Whether `body` returns true for all items of a row, the last of them first. It ends at the first for which
  /// it does not.
  @inline(__always)
  private func allEntries(of row: Row, _ kind: Kind, _ body: (Entry) -> Bool) -> Bool {
    var place = row.last
    while place > 0 {
      let entry = entries[Int(place) - 1]
      guard body(entry) else { return false }
      place = kind == .hour ? entry.earlierOfHour : entry.earlierOfDay
    }
    return true
  }

  /// The same for the bins of its items.
  @inline(__always)
  private func allBins(of row: Row, _ kind: Kind, _ body: (Bin) -> Bool) -> Bool {
    allEntries(of: row, kind) { entry in
      for place in Int(entry.firstBin)..<Int(entry.firstBin) + Int(entry.binCount) {
        let bin = bins[place]
        if kind == .day, !PackedHistograms.isTime(bin.key) { continue }
        guard body(bin) else { return false }
      }
      return true
    }
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
  static func sum(_ column: String) -> String {
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
