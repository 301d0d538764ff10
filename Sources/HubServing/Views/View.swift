import FoundationEssentials
import GRDB
import RawStatements

/// The numbers that a query includes, from the roll-ups where these tell enough.
struct View {
  let endpoints: [Int64: HubStore.EndpointName]
  /// Whether what it gives is of whole hours and all consumers.
  let isRolledUp: Bool
  let origin: Int64
  let query: ViewQuery
  let db: Database
  /// The numbers of the endpoints that are included; nil for all.
  let includedEndpoints: Set<Int64>?
  /// Of consumers; nil for all.
  let includedPersons: Set<Int64>?

  init(origin: Int64, query: ViewQuery, tellsConsumersApart: Bool, _ db: Database) throws {
    self.origin = origin
    self.query = query
    self.db = db
    endpoints = try HubStore.endpointNames(db)
    includedEndpoints =
      query.path == nil && query.method == nil
      ? nil
      : Set(
        endpoints.filter { _, name in
          (query.path.map { $0.utf8.elementsEqual(name.path.utf8) } ?? true)
            && (query.method.map { $0 == name.method } ?? true)
        }.keys)
    includedPersons = try Self.persons(query, origin, db)
    let isWhole =
      query.span.lowerBound % 3_600 == 0 && query.span.upperBound % 3_600 == 0
      || query.span.upperBound > Int64(Date.now.timeIntervalSince1970)
    isRolledUp =
      !tellsConsumersApart && includedPersons == nil && query.step.rawValue % 3_600 == 0
      && query.span.lowerBound % 3_600 == 0 && isWhole
  }

  /// The numbers of the consumers that a query includes; nil for all.
  private static func persons(
    _ query: ViewQuery, _ origin: Int64, _ db: Database
  ) throws -> Set<Int64>? {
    var included: Set<Int64>?
    if let consumer = query.consumer {
      included =
        consumer.isEmpty
        ? [0]
        : try Int64.fetchSet(
          db, sql: "SELECT id FROM person WHERE identifier = ?", arguments: [consumer])
    }
    if let group = query.group {
      let members = try Int64.fetchSet(
        db,
        sql: """
          SELECT person.id FROM consumer JOIN person ON person.identifier = consumer.identifier
          WHERE consumer.origin = ? AND "group" = ?
          """, arguments: [origin, group])
      included = included?.intersection(members) ?? members
    }
    return included
  }

  /// The identifiers of some consumers, by their numbers.
  func persons(_ numbers: some Sequence<Int64>) throws -> [Int64: String] {
    try HubStore.personNames(numbered: numbers, db)
  }

  /// Whether no endpoint and no status is left out.
  var isOfAllEndpoints: Bool {
    includedEndpoints == nil && query.statuses.isEmpty && query.classes.isEmpty
  }

  func includes(person: Int64) -> Bool { includedPersons?.contains(person) ?? true }

  /// Gives `body` all items that are included, with the time (seconds since 1970) of their minute or hour, by
  /// time.
  func forEach(_ body: (_ time: Int64, _ item: PackedItem) throws -> Void) throws {
    if isRolledUp { return try forEachHour(body) }
    try forEachItem(wantsBins: true, body)
  }

  func forEachItem(
    in span: Range<Int64>? = nil, wantsBins: Bool,
    _ body: (_ time: Int64, _ item: PackedItem) throws -> Void
  ) throws {
    let span = span ?? query.span
    if isOfAllEndpoints, includedPersons == nil {
      return try HubStore.forEachItem(of: origin, in: span, wantsBins: wantsBins, db, body)
    }
    try HubStore.forEachItem(of: origin, in: span, wantsBins: wantsBins, db) { bucket, item in
      guard query.includes(status: item.status),
        includedEndpoints?.contains(item.endpoint) ?? true,
        includedPersons?.contains(item.person) ?? true
      else { return }
      try body(bucket, item)
    }
  }

  /// Of whole hours, and all consumers.
  func forEachHour(
    wantsBins: Bool = true, _ body: (_ time: Int64, _ item: PackedItem) throws -> Void
  ) throws {
    let select = try RawStatement(
      """
      SELECT hour, endpoint, status, requests, received, sent, histograms FROM hour_endpoint
      WHERE origin = ? AND hour >= ? AND hour < ? ORDER BY hour
      """, db)
    defer { select.reset() }
    select.bind(origin, at: 1)
    select.bind(query.span.lowerBound / 3_600, at: 2)
    select.bind((query.span.upperBound + 3_599) / 3_600, at: 3)
    var item = PackedItem()
    while try select.step(db) {
      item.endpoint = select.integer(1)
      item.status = select.integer(2)
      guard query.includes(status: item.status),
        includedEndpoints?.contains(item.endpoint) ?? true
      else { continue }
      item.requestCount = select.integer(3)
      item.requestSizeSum = select.integer(4)
      item.responseSizeSum = select.integer(5)
      if wantsBins {
        select.withBlob(6) { bytes in
          var cursor = PackedCursor()
          item.readBins(&cursor, bytes, limit: .max, wantsBins: true)
        }
      }
      try body(select.integer(0) * 3_600, item)
    }
  }

  /// How many consumers there were: from the roll-ups if these tell as much, that is of whole days and all
  /// endpoints and statuses.
  func consumerCount() throws -> Int {
    let day: Int64 = 86_400
    let (start, end) = (query.span.lowerBound, query.span.upperBound)
    guard isOfAllEndpoints,
      start % day == 0, end % day == 0
    else {
      var consumers: Set<Int64> = []
      try forEachItem(wantsBins: false) { _, item in
        if item.person != 0 { consumers.insert(item.person) }
      }
      return consumers.count
    }
    return try Int.fetchOne(
      db,
      sql: """
        SELECT count(DISTINCT consumer) FROM day_consumer
        WHERE origin = ? AND day >= ? AND day < ? AND consumer <> 0
        """, arguments: [origin, start / day, end / day]) ?? 0
  }

  /// Names and groups by identifier.
  func details() throws -> [String: HubTotals.Consumer] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT identifier, name, \"group\" FROM consumer WHERE origin = ?",
      arguments: [origin])
    return Dictionary(
      rows.map { row in
        let identifier: String = row["identifier"]
        return (
          identifier,
          HubTotals.Consumer(identifier: identifier, name: row["name"], group: row["group"])
        )
      }, uniquingKeysWith: { $1 })
  }
}
