import ByteScanning
import GRDB
import RawStatements

/// Writes the numbers of messages, in the message's transaction.
///
/// Used by the connection that writes, one call at a time. It remembers the numbers that names have; a
/// transaction that is rolled back may have given some, so then it has to forget them (``forget()``).
struct NumbersWriting: ~Copyable {
  /// With so many names it begins anew: some 100 MB.
  static let nameLimit = 500_000

  private var methods = ByteTable()
  private var paths = ByteTable()
  private var consumers = ByteTable()
  /// Of a method's and a path's place in these tables, and the endpoint's number by the place here.
  private var endpoints = PlaceTable()
  private var endpointNumbers: [Int64] = []
  /// By the place in `consumers`.
  private var persons: [Int64] = []
  /// Clients choose names; without knowing the seed, they cannot choose names that collide.
  private let seed = UInt64.random(in: .min ... .max)
  private var packed = PackedWriting()
  /// The item that is being written: its bins keep their room.
  private var item = PackedItem()

  mutating func forget() {
    methods = ByteTable()
    paths = ByteTable()
    consumers = ByteTable()
    endpoints = PlaceTable()
    endpointNumbers = []
    persons = []
  }

  /// - Parameters:
  ///   - client: who has sent them; nil if that is not known.
  ///   - message: the row of the message that the numbers came with; nil for those of OTLP.
  mutating func write(
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

  private mutating func insert(
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
    statement.bind(blob: packed.buffer.span, at: 4)
    try statement.run(db)
  }

  // MARK: Names

  /// Makes ``item`` one of a batch, whose names get numbers.
  private mutating func read(
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

  /// Writes what an application reports of errors, in the hour that has the second `bucket`.
  mutating func write(
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

  private mutating func endpoint(
    _ item: TrafficBatch.Item, _ text: [UInt8], _ db: Database
  ) throws -> Int64 {
    let method = Self.place(of: item.method, of: text.span, in: &methods, seed)
    let path = Self.place(of: item.path, of: text.span, in: &paths, seed)
    let place = endpoints.place(of: .init(first: Int64(method), second: Int64(path)))
    if place < endpointNumbers.count { return endpointNumbers[place] }
    let number = try Self.number(
      of: [text[item.method], text[item.path]],
      "SELECT id FROM endpoint WHERE method = ? AND path = ?",
      "INSERT INTO endpoint (method, path) VALUES (?, ?)", db)
    endpointNumbers.append(number)
    return number
  }

  private mutating func person(
    _ name: Range<Int>, _ text: [UInt8], _ db: Database
  ) throws -> Int64 {
    let place = Int(Self.place(of: name, of: text.span, in: &consumers, seed))
    if place < persons.count { return persons[place] }
    let number = try Self.number(
      of: [text[name]], "SELECT id FROM person WHERE identifier = ?",
      "INSERT INTO person (identifier) VALUES (?)", db)
    persons.append(number)
    return number
  }

  /// The number of what has these names, by which `selecting` finds it and `inserting` adds it.
  private static func number(
    of names: [ArraySlice<UInt8>], _ selecting: String, _ inserting: String, _ db: Database
  ) throws -> Int64 {
    let (select, insert) = (try RawStatement(selecting, db), try RawStatement(inserting, db))
    defer { select.reset() }
    for (index, name) in names.enumerated() {
      select.bind(text: name, at: Int32(index + 1))
      insert.bind(text: name, at: Int32(index + 1))
    }
    if try select.step(db) { return select.integer(0) }
    try insert.run(db)
    return db.lastInsertedRowID
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
