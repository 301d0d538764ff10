import GRDB

/// What items add to the roll-ups.
struct Rollups {
  private struct HourKey: Hashable, Comparable {
    var hour: Int64
    var endpoint: Int64
    var status: Int64

    static func < (left: Self, right: Self) -> Bool {
      (left.hour, left.endpoint, left.status) < (right.hour, right.endpoint, right.status)
    }
  }

  private struct DayKey: Hashable, Comparable {
    var day: Int64
    var person: Int64

    static func < (left: Self, right: Self) -> Bool {
      (left.day, left.person) < (right.day, right.person)
    }
  }

  private struct Sums {
    var requests: Int64 = 0
    var clientErrors: Int64 = 0
    var serverErrors: Int64 = 0
    var received: Int64 = 0
    var sent: Int64 = 0
    var durationSum = 0.0
    var bins: [(key: Int64, count: Int64)] = []
    var endpoints: [PackedEndpoints.Counts] = []

    mutating func add(_ item: PackedItem) {
      requests = cappedSum(requests, item.requestCount)
      if (400...499).contains(item.status) {
        clientErrors = cappedSum(clientErrors, item.requestCount)
      }
      if (500...599).contains(item.status) {
        serverErrors = cappedSum(serverErrors, item.requestCount)
      }
      received = cappedSum(received, item.requestSizeSum)
      sent = cappedSum(sent, item.responseSizeSum)
      durationSum += item.durationSum
    }

    /// Requests and errors only.
    mutating func add(_ other: Sums) {
      requests = cappedSum(requests, other.requests)
      clientErrors = cappedSum(clientErrors, other.clientErrors)
      serverErrors = cappedSum(serverErrors, other.serverErrors)
    }

    mutating func addBins(_ item: PackedItem) { bins += item.bins }

    mutating func addTimes(_ item: PackedItem) {
      for bin in item.bins where PackedHistograms.isTime(bin.key) { bins.append(bin) }
    }

    mutating func addEndpoint(_ item: PackedItem) {
      endpoints.append(
        PackedEndpoints.Counts(
          endpoint: item.endpoint, requests: item.requestCount,
          clientErrors: (400...499).contains(item.status) ? item.requestCount : 0,
          serverErrors: (500...599).contains(item.status) ? item.requestCount : 0))
    }
  }

  private var hours: [HourKey: Sums] = [:]
  private var consumers: [DayKey: Sums] = [:]

  mutating func add(_ item: PackedItem, bucket: Int64) {
    let hour = HourKey(hour: bucket / 3_600, endpoint: item.endpoint, status: item.status)
    // One look-up for both.
    Self.add(item, to: &hours[hour, default: Sums()]) { $0.addBins($1) }
    let key = DayKey(day: bucket / 86_400, person: item.person)
    Self.add(item, to: &consumers[key, default: Sums()]) {
      $0.addTimes($1)
      $0.addEndpoint($1)
    }
  }

  private static func add(
    _ item: PackedItem, to sums: inout Sums, _ addBins: (inout Sums, PackedItem) -> Void
  ) {
    sums.add(item)
    addBins(&sums, item)
  }

  func write(from origin: Int64, _ client: HubStore.Client?, to db: Database) throws {
    try writeHours(from: origin, to: db)
    try writeConsumers(from: origin, to: db)
    if let client { try writeTotals(from: origin, client, to: db) }
  }

  private func writeTotals(
    from origin: Int64, _ client: HubStore.Client, to db: Database
  ) throws {
    var totals: [Int64: Sums] = [:]
    for (key, sums) in hours {
      totals[key.hour, default: Sums()].add(sums)
    }
    let upsert = try db.cachedStatement(sql: Self.upsertTotals)
    for (hour, sums) in totals {
      try upsert.execute(arguments: [
        origin, hour, client.rawValue, sums.requests, sums.clientErrors, sums.serverErrors,
      ])
    }
  }

  private func writeHours(from origin: Int64, to db: Database) throws {
    let select = try RawStatement(
      """
      SELECT histograms FROM hour_endpoint
      WHERE origin = ? AND hour = ? AND endpoint = ? AND status = ?
      """, db)
    let upsert = try RawStatement(Self.upsertHour, db)
    // In the order in which they stand in the table.
    for (key, sums) in hours.sorted(by: { $0.key < $1.key }) {
      let keys = [origin, key.hour, key.endpoint, key.status]
      for (index, value) in keys.enumerated() {
        select.bind(value, at: Int32(index + 1))
        upsert.bind(value, at: Int32(index + 1))
      }
      upsert.bind(sums.requests, at: 5)
      upsert.bind(sums.received, at: 6)
      upsert.bind(sums.sent, at: 7)
      upsert.bind(sums.durationSum, at: 8)
      upsert.bind(try merged(sums.bins, select, db), at: 9)
      try upsert.run(db)
    }
  }

  private func writeConsumers(from origin: Int64, to db: Database) throws {
    let select = try RawStatement(
      """
      SELECT histograms, endpoints FROM day_consumer
      WHERE origin = ? AND day = ? AND consumer = ?
      """, db)
    let upsert = try RawStatement(Self.upsertConsumer, db)
    for (key, sums) in consumers.sorted(by: { $0.key < $1.key }) {
      for (index, value) in [origin, key.day, key.person].enumerated() {
        select.bind(value, at: Int32(index + 1))
        upsert.bind(value, at: Int32(index + 1))
      }
      upsert.bind(sums.requests, at: 4)
      upsert.bind(sums.clientErrors, at: 5)
      upsert.bind(sums.serverErrors, at: 6)
      upsert.bind(sums.received, at: 7)
      upsert.bind(sums.sent, at: 8)
      let isKnown = try select.step(db)
      var histograms = isKnown ? PackedHistograms(select.blob(0)) : PackedHistograms()
      var endpoints = isKnown ? PackedEndpoints(select.blob(1)) : PackedEndpoints()
      select.reset()
      histograms.add(sums.bins)
      endpoints.add(sums.endpoints)
      upsert.bind(histograms.bytes, at: 9)
      upsert.bind(endpoints.bytes, at: 10)
      try upsert.run(db)
    }
  }

  /// The histograms that a row has, with `bins` added.
  private func merged(
    _ bins: [(key: Int64, count: Int64)], _ select: RawStatement, _ db: Database
  ) throws -> [UInt8] {
    defer { select.reset() }
    var histograms =
      try select.step(db) ? PackedHistograms(select.blob(0)) : PackedHistograms()
    histograms.add(bins)
    return histograms.bytes
  }

  /// SQL for the sum of what a column has and what is added, neither of them negative: it stops at the largest
  /// number.
  private static func sum(_ columns: String...) -> String {
    columns.map { column in
      let room = "9223372036854775807 - \(column)"
      return "\(column) = \(column) + min(excluded.\(column), \(room))"
    }.joined(separator: ", ")
  }

  private static let upsertHour = """
    INSERT INTO hour_endpoint (
      origin, hour, endpoint, status, requests, received, sent, duration_sum, histograms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET \(sum("requests", "received", "sent")),
      duration_sum = duration_sum + excluded.duration_sum, histograms = excluded.histograms
    """

  private static let upsertTotals = """
    INSERT INTO origin_hour (origin, hour, client, requests, client_errors, server_errors)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET \(sum("requests", "client_errors", "server_errors"))
    """

  private static let upsertConsumer = """
    INSERT INTO day_consumer (
      origin, day, consumer, requests, client_errors, server_errors, received, sent, histograms,
      endpoints)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      \(sum("requests", "client_errors", "server_errors", "received", "sent")),
      histograms = excluded.histograms, endpoints = excluded.endpoints
    """
}

extension PackedHistograms {
  /// Whether a bin is of response times.
  static func isTime(_ key: Int64) -> Bool {
    let kind = key & 7
    return kind == Histogram.responseTimes.number || kind == Histogram.durationBins.number
  }
}
