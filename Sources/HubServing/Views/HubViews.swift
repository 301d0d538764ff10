import FoundationEssentials
import GRDB

// What people and the dashboard are shown, as JSON.

extension HubStore {
  /// Totals over all that a query includes.
  func summary(of origin: Origin, _ query: ViewQuery) async throws -> String {
    try await view(origin, query) { view, json in
      var sums = ViewSums()
      var consumers: Set<Int64> = []
      var endpoints: Set<Int64> = []
      try view.forEach { _, item in
        sums.add(item)
        endpoints.insert(item.endpoint)
        if item.person != 0 { consumers.insert(item.person) }
      }
      sums.write(to: &json)
      json.member("endpoints", endpoints.count)
      // Roll-ups by endpoint do not tell consumers apart.
      json.member("consumers", try view.isRolledUp ? view.consumerCount() : consumers.count)
    }
  }

  /// Sums by step; steps without requests are left out.
  func series(of origin: Origin, _ query: ViewQuery) async throws -> String {
    try await view(origin, query) { view, json in
      var steps: [Int64: ViewSums] = [:]
      let width = query.step.rawValue
      try view.forEach { time, item in
        steps[time / width * width, default: ViewSums()].add(item)
      }
      json.member("step_seconds", Int(width))
      json.member("series") { json in
        json.list(steps.sorted { $0.key < $1.key }) { json, step in
          json.object { json in
            json.member("time", Self.moment(step.key))
            step.value.write(to: &json)
          }
        }
      }
    }
  }

  /// Sums by endpoint, those with the most requests first.
  func endpoints(of origin: Origin, _ query: ViewQuery) async throws -> String {
    try await view(origin, query) { view, json in
      var sums: [Int64: ViewSums] = [:]
      try view.forEach { _, item in sums[item.endpoint, default: ViewSums()].add(item) }
      Self.writeList(sums, "endpoints", query, to: &json) { json, endpoint in
        let name = view.endpoints[endpoint]
        json.member("method", name?.method)
        json.member("path", name?.path)
      }
    }
  }

  /// Sums by consumer, those with the most requests first.
  func consumers(of origin: Origin, _ query: ViewQuery) async throws -> String {
    try await view(origin, query, tellsConsumersApart: true) { view, json in
      var sums: [Int64: ViewSums] = [:]
      try view.forEach { _, item in sums[item.person, default: ViewSums()].add(item) }
      let details = try view.details()
      Self.writeList(sums, "consumers", query, to: &json) { json, person in
        let name = view.persons[person]
        json.member("consumer", name)
        json.member("name", name.flatMap { details[$0]?.name })
        json.member("group", name.flatMap { details[$0]?.group })
      }
    }
  }

  /// One endpoint: its totals, statuses and consumers.
  func endpoint(of origin: Origin, _ query: ViewQuery) async throws -> String {
    guard query.path != nil, query.method != nil else {
      throw ViewQuery.refused("endpoint", "endpoint and method are required")
    }
    return try await view(origin, query, tellsConsumersApart: true) { view, json in
      var sums = ViewSums()
      var statuses: [Int64: Int64] = [:]
      var consumers: [Int64: ViewSums] = [:]
      try view.forEach { _, item in
        sums.add(item)
        statuses[item.status] = cappedSum(statuses[item.status] ?? 0, item.requestCount)
        consumers[item.person, default: ViewSums()].add(item)
      }
      json.member("method", query.method)
      json.member("path", query.path)
      sums.write(to: &json)
      json.member("statuses") { json in
        json.object { json in
          for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
            json.member(String(status), Int(count))
          }
        }
      }
      Self.writeList(consumers, "consumers", query, to: &json) { json, person in
        json.member("consumer", view.persons[person])
      }
    }
  }

  /// One consumer: its totals and endpoints.
  func consumer(of origin: Origin, _ query: ViewQuery) async throws -> String {
    guard let consumer = query.consumer else {
      throw ViewQuery.refused("consumer", "required")
    }
    return try await view(origin, query) { view, json in
      var sums = ViewSums()
      var endpoints: [Int64: ViewSums] = [:]
      try view.forEach { _, item in
        sums.add(item)
        endpoints[item.endpoint, default: ViewSums()].add(item)
      }
      let details = try view.details()[consumer]
      json.member("consumer", consumer.isEmpty ? nil : consumer)
      json.member("name", details?.name)
      json.member("group", details?.group)
      sums.write(to: &json)
      Self.writeList(endpoints, "endpoints", query, to: &json) { json, endpoint in
        json.member("method", view.endpoints[endpoint]?.method)
        json.member("path", view.endpoints[endpoint]?.path)
      }
    }
  }

  /// Requests with 4xx and 5xx by endpoint and status, the most frequent first.
  func errors(of origin: Origin, _ query: ViewQuery) async throws -> String {
    struct Key: Hashable {
      var endpoint: Int64
      var status: Int64
    }
    return try await view(origin, query) { view, json in
      var sums: [Key: Int64] = [:]
      try view.forEach { _, item in
        guard item.status >= 400 else { return }
        let key = Key(endpoint: item.endpoint, status: item.status)
        sums[key] = cappedSum(sums[key] ?? 0, item.requestCount)
      }
      let rows = sums.sorted {
        ($1.value, $0.key.endpoint, $0.key.status) < ($0.value, $1.key.endpoint, $1.key.status)
      }
      json.member("errors") { json in
        json.list(rows.prefix(query.limit)) { json, row in
          json.object { json in
            json.member("method", view.endpoints[row.key.endpoint]?.method)
            json.member("path", view.endpoints[row.key.endpoint]?.path)
            json.member("status", Int(row.key.status))
            json.member("requests", Int(row.value))
          }
        }
      }
      json.member("more", max(0, rows.count - query.limit))
    }
  }

  private static func writeList(
    _ sums: [Int64: ViewSums], _ name: String, _ query: ViewQuery, to json: inout JSONWriting,
    _ write: (inout JSONWriting, Int64) -> Void
  ) {
    let rows = sums.sorted { ($1.value.requests, $0.key) < ($0.value.requests, $1.key) }
    json.member(name) { json in
      json.list(rows.prefix(query.limit)) { json, row in
        json.object { json in
          write(&json, row.key)
          row.value.write(to: &json)
        }
      }
    }
    json.member("more", max(0, rows.count - query.limit))
  }

  private func view(
    _ origin: Origin, _ query: ViewQuery, tellsConsumersApart: Bool = false,
    _ write: @escaping @Sendable (View, inout JSONWriting) throws -> Void
  ) async throws -> String {
    try await database.read { db in
      let id = try Int64.fetchOne(
        db, sql: "SELECT id FROM origin WHERE client_id = ? AND env = ?",
        arguments: [origin.clientID, origin.env])
      let view = try View(
        origin: id ?? 0, query: query, tellsConsumersApart: tellsConsumersApart, db)
      var failure: (any Error)?
      var json = JSONWriting()
      json.object { json in
        json.member("since", Self.moment(query.span.lowerBound))
        json.member("until", Self.moment(query.span.upperBound))
        do { try write(view, &json) } catch { failure = error }
      }
      if let failure { throw failure }
      return json.text
    }
  }
}

/// The numbers that a query includes, from the roll-ups where these tell enough.
struct View {
  let endpoints: [Int64: HubStore.EndpointName]
  let persons: [Int64: String]
  /// Whether what it gives is of whole hours and all consumers.
  let isRolledUp: Bool
  private let origin: Int64
  private let query: ViewQuery
  private let db: Database
  /// The numbers of the endpoints that are included; nil for all.
  private let includedEndpoints: Set<Int64>?
  /// Of consumers; nil for all.
  private let includedPersons: Set<Int64>?

  init(origin: Int64, query: ViewQuery, tellsConsumersApart: Bool, _ db: Database) throws {
    self.origin = origin
    self.query = query
    self.db = db
    endpoints = try HubStore.endpointNames(db)
    persons = try HubStore.personNames(of: [origin], db)
    includedEndpoints =
      query.path == nil && query.method == nil
      ? nil
      : Set(
        endpoints.filter { _, name in
          (query.path.map { $0.utf8.elementsEqual(name.path.utf8) } ?? true)
            && (query.method.map { $0 == name.method } ?? true)
        }.keys)
    includedPersons = try Self.persons(persons, query, origin, db)
    let isWhole =
      query.span.lowerBound % 3_600 == 0 && query.span.upperBound % 3_600 == 0
      || query.span.upperBound > Int64(Date.now.timeIntervalSince1970)
    isRolledUp =
      !tellsConsumersApart && includedPersons == nil && query.step != .minute
      && query.span.lowerBound % 3_600 == 0 && isWhole
  }

  private static func persons(
    _ persons: [Int64: String], _ query: ViewQuery, _ origin: Int64, _ db: Database
  ) throws -> Set<Int64>? {
    var included: Set<Int64>?
    if let consumer = query.consumer {
      included =
        consumer.isEmpty
        ? [0] : Set(persons.filter { $0.value.utf8.elementsEqual(consumer.utf8) }.keys)
    }
    if let group = query.group {
      let names = try String.fetchSet(
        db, sql: "SELECT identifier FROM consumer WHERE origin = ? AND \"group\" = ?",
        arguments: [origin, group])
      let members = Set(persons.filter { names.contains($0.value) }.keys)
      included = included?.intersection(members) ?? members
    }
    return included
  }

  /// Gives `body` all items that are included, with the time (seconds since 1970) of their minute or hour.
  func forEach(_ body: (_ time: Int64, _ item: PackedItem) throws -> Void) throws {
    if isRolledUp { return try forEachHour(body) }
    try forEachItem(wantsBins: true, body)
  }

  private func forEachItem(
    wantsBins: Bool, _ body: (_ time: Int64, _ item: PackedItem) throws -> Void
  ) throws {
    try HubStore.forEachItem(of: origin, in: query.span, wantsBins: wantsBins, db) {
      bucket, item in
      guard query.includes(status: item.status),
        includedEndpoints?.contains(item.endpoint) ?? true,
        includedPersons?.contains(item.person) ?? true
      else { return }
      try body(bucket, item)
    }
  }

  private func forEachHour(_ body: (_ time: Int64, _ item: PackedItem) throws -> Void) throws {
    let select = try RawStatement(
      """
      SELECT hour, endpoint, status, requests, received, sent, histograms FROM hour_endpoint
      WHERE origin = ? AND hour >= ? AND hour < ?
      """, db)
    defer { select.reset() }
    select.bind(origin, at: 1)
    select.bind(query.span.lowerBound / 3_600, at: 2)
    select.bind((query.span.upperBound + 3_599) / 3_600, at: 3)
    while try select.step(db) {
      var item = PackedItem()
      item.endpoint = select.integer(1)
      item.status = select.integer(2)
      guard query.includes(status: item.status),
        includedEndpoints?.contains(item.endpoint) ?? true
      else { continue }
      item.requestCount = select.integer(3)
      item.requestSizeSum = select.integer(4)
      item.responseSizeSum = select.integer(5)
      item.bins = PackedHistograms(select.blob(6)).bins
      try body(select.integer(0) * 3_600, item)
    }
  }

  /// How many consumers there were: from the roll-ups if these tell as much, that is of whole days and all
  /// endpoints and statuses.
  func consumerCount() throws -> Int {
    let day: Int64 = 86_400
    let (start, end) = (query.span.lowerBound, query.span.upperBound)
    guard includedEndpoints == nil, query.statuses.isEmpty, query.classes.isEmpty,
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
