import ByteScanning
import GRDB

/// Writes the numbers of messages, with their roll-ups, in the message's transaction.
///
/// Used by the connection that writes, one call at a time. It remembers the numbers that names have; a
/// transaction that is rolled back may have given some, so then it has to forget them (``forget()``).
final class NumbersWriting {
  /// With so many names it begins anew: some 100 MB.
  static let nameLimit = 500_000

  private var methods = ByteTable()
  private var paths = ByteTable()
  private var consumers = ByteTable()
  /// By the place of method and path in these tables.
  private var endpoints: [UInt64: Int64] = [:]
  /// By the place in `consumers`.
  private var persons: [Int64] = []
  /// Clients choose names; without knowing the seed, they cannot choose names that collide.
  private let seed = UInt64.random(in: .min ... .max)
  private var packed = PackedWriting()

  func forget() {
    methods = ByteTable()
    paths = ByteTable()
    consumers = ByteTable()
    endpoints = [:]
    persons = []
  }

  /// - Parameter message: the row of the message that the numbers came with; nil for those of OTLP.
  func write(
    _ batch: TrafficBatch, from origin: Int64, message: Int64?, to db: Database
  ) throws {
    if consumers.count + paths.count > Self.nameLimit { forget() }
    var rollups = Rollups()
    var items: [(bucket: Int64, item: PackedItem)] = []
    items.reserveCapacity(batch.items.count)
    for item in batch.items {
      let packed = try packedItem(item, batch, db)
      rollups.add(packed, bucket: item.bucket)
      items.append((item.bucket, packed))
    }
    // Mostly all are of one minute.
    if items.contains(where: { $0.bucket != items[0].bucket }) {
      items.sort { $0.bucket < $1.bucket }
    }
    var start = 0
    while start < items.count {
      var end = start + 1
      while end < items.count, items[end].bucket == items[start].bucket { end += 1 }
      packed.removeAll()
      for place in start..<end { items[place].item.write(to: &packed) }
      try insert(items[start].bucket, from: origin, message: message, to: db)
      start = end
    }
    try rollups.write(from: origin, to: db)
  }

  private func insert(
    _ bucket: Int64, from origin: Int64, message: Int64?, to db: Database
  ) throws {
    let statement = try RawStatement(
      "INSERT INTO numbers (origin, bucket, message, items) VALUES (?, ?, nullif(?, 0), ?)", db)
    statement.bind(origin, at: 1)
    statement.bind(bucket, at: 2)
    statement.bind(message ?? 0, at: 3)
    statement.bind(packed.bytes, at: 4)
    try statement.run(db)
  }

  // MARK: Names

  private func packedItem(
    _ item: TrafficBatch.Item, _ batch: TrafficBatch, _ db: Database
  ) throws -> PackedItem {
    var packed = PackedItem()
    packed.endpoint = try endpoint(item, batch.text, db)
    packed.person = try item.consumer.isEmpty ? 0 : person(item.consumer, batch.text, db)
    packed.status = item.status
    packed.requestCount = item.requestCount
    packed.requestSizeSum = item.requestSizeSum
    packed.responseSizeSum = item.responseSizeSum
    packed.durationSum = item.durationSum
    packed.bins = batch.bins[item.bins].map { (PackedHistograms.key(of: $0), $0.count) }
    if packed.bins.count > 1 { packed.bins.sort { $0.key < $1.key } }
    return packed
  }

  private func endpoint(
    _ item: TrafficBatch.Item, _ text: [UInt8], _ db: Database
  ) throws -> Int64 {
    let method = Self.place(of: item.method, of: text.span, in: &methods, seed)
    let path = Self.place(of: item.path, of: text.span, in: &paths, seed)
    let key = UInt64(method) << 32 | UInt64(path)
    if let known = endpoints[key] { return known }
    let names = [item.method, item.path].map { String(decoding: text[$0], as: UTF8.self) }
    try db.cachedStatement(
      sql: "INSERT INTO endpoint (method, path) VALUES (?, ?) ON CONFLICT DO NOTHING"
    ).execute(arguments: StatementArguments(names))
    let number = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM endpoint WHERE method = ? AND path = ?"),
      arguments: StatementArguments(names))
    endpoints[key] = number ?? 0
    return number ?? 0
  }

  private func person(_ name: Range<Int>, _ text: [UInt8], _ db: Database) throws -> Int64 {
    let place = Int(Self.place(of: name, of: text.span, in: &consumers, seed))
    if place < persons.count { return persons[place] }
    let identifier = String(decoding: text[name], as: UTF8.self)
    try db.cachedStatement(
      sql: "INSERT INTO person (identifier) VALUES (?) ON CONFLICT DO NOTHING"
    ).execute(arguments: [identifier])
    let number = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM person WHERE identifier = ?"),
      arguments: [identifier])
    persons.append(number ?? 0)
    return number ?? 0
  }

  /// The place of a name among those of `table`, which it is added to if it is new.
  private static func place(
    of name: Range<Int>, of text: borrowing Span<UInt8>, in table: inout ByteTable, _ seed: UInt64
  ) -> UInt32 {
    let hash = text.hash(of: name, seed: seed)
    if let known = table.value(for: text, in: name, hash: hash) { return known }
    let place = UInt32(table.count)
    table.insert(place, for: text, in: name, hash: hash)
    return place
  }
}

/// What the items of a message add to the roll-ups.
private struct Rollups {
  private struct HourKey: Hashable {
    var hour: Int64
    var endpoint: Int64
    var status: Int64
  }

  private struct DayKey: Hashable {
    var day: Int64
    var person: Int64
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

  func write(from origin: Int64, to db: Database) throws {
    try writeHours(from: origin, to: db)
    try writeConsumers(from: origin, to: db)
  }

  private func writeHours(from origin: Int64, to db: Database) throws {
    let select = try RawStatement(
      """
      SELECT histograms FROM hour_endpoint
      WHERE origin = ? AND hour = ? AND endpoint = ? AND status = ?
      """, db)
    let upsert = try RawStatement(Self.upsertHour, db)
    for (key, sums) in hours {
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
    for (key, sums) in consumers {
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

  /// Sums of numbers of requests that no longer fit are an error: the tables are STRICT. Those of sizes
  /// stop at the largest number.
  private static let upsertHour = """
    INSERT INTO hour_endpoint (
      origin, hour, endpoint, status, requests, received, sent, duration_sum, histograms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
      received = received + excluded.received, sent = sent + excluded.sent,
      duration_sum = duration_sum + excluded.duration_sum, histograms = excluded.histograms
    """

  private static let upsertConsumer = """
    INSERT INTO day_consumer (
      origin, day, consumer, requests, client_errors, server_errors, received, sent, histograms,
      endpoints)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
      client_errors = client_errors + excluded.client_errors,
      server_errors = server_errors + excluded.server_errors,
      received = received + excluded.received, sent = sent + excluded.sent,
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
