import ByteScanning
import GRDB

/// Writes the numbers of messages, in the message's transaction.
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
  /// The item that is being written: its bins keep their room.
  private var item = PackedItem()

  func forget() {
    methods = ByteTable()
    paths = ByteTable()
    consumers = ByteTable()
    endpoints = [:]
    persons = []
  }

  /// - Parameters:
  ///   - client: who has sent them; nil if that is not known.
  ///   - message: the row of the message that the numbers came with; nil for those of OTLP.
  func write(
    _ batch: TrafficBatch, from origin: Int64, _ client: HubStore.Client?, message: Int64?,
    to db: Database
  ) throws {
    if consumers.count + paths.count > Self.nameLimit { forget() }
    // Mostly all are of one minute.
    let isOfOne = batch.items.allSatisfy { $0.bucket == batch.items[0].bucket }
    let items = isOfOne ? batch.items : batch.items.sorted { $0.bucket < $1.bucket }
    packed.removeAll()
    for (place, item) in items.enumerated() {
      if place > 0, item.bucket != items[place - 1].bucket {
        try insert(items[place - 1].bucket, from: origin, client, message: message, to: db)
        packed.removeAll()
      }
      try read(item, batch, db)
      self.item.write(to: &packed)
    }
    if let last = items.last {
      try insert(last.bucket, from: origin, client, message: message, to: db)
    }
  }

  private func insert(
    _ bucket: Int64, from origin: Int64, _ client: HubStore.Client?, message: Int64?,
    to db: Database
  ) throws {
    // Of a client there was no column when databases of version 2 were converted.
    let statement = try RawStatement(
      client == nil
        ? "INSERT INTO numbers (origin, bucket, message, items) VALUES (?, ?, nullif(?, 0), ?)"
        : """
        INSERT INTO numbers (origin, bucket, message, items, client)
        VALUES (?, ?, nullif(?, 0), ?, ?)
        """, db)
    if let client { statement.bind(client.rawValue, at: 5) }
    statement.bind(origin, at: 1)
    statement.bind(bucket, at: 2)
    statement.bind(message ?? 0, at: 3)
    statement.bind(packed.bytes, at: 4)
    try statement.run(db)
  }

  // MARK: Names

  /// Makes ``item`` one of a batch, whose names get numbers.
  private func read(
    _ source: TrafficBatch.Item, _ batch: TrafficBatch, _ db: Database
  ) throws {
    item.endpoint = try endpoint(source, batch.text, db)
    item.person = try source.consumer.isEmpty ? 0 : person(source.consumer, batch.text, db)
    item.status = source.status
    item.requestCount = source.requestCount
    item.requestSizeSum = source.requestSizeSum
    item.responseSizeSum = source.responseSizeSum
    item.durationSum = source.durationSum
    item.bins.removeAll(keepingCapacity: true)
    for place in source.bins {
      item.bins.append((PackedHistograms.key(of: batch.bins[place]), batch.bins[place].count))
    }
    if item.bins.count > 1 { item.bins.sort { $0.key < $1.key } }
  }

  /// Writes what an application reports of errors, in the minute that begins with `bucket`.
  func write(
    _ errors: [ReportedError], from origin: Int64, bucket: Int, to db: Database
  ) throws {
    for error in errors {
      var item = TrafficBatch()
      let name = TrafficBatch.Item(
        consumer: item.append(error.consumer ?? ""), method: item.append(error.method),
        path: item.append(error.path))
      let endpoint = try endpoint(name, item.text, db)
      let person = try name.consumer.isEmpty ? 0 : person(name.consumer, item.text, db)
      try error.write(from: origin, endpoint: endpoint, person: person, bucket: bucket, to: db)
    }
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
