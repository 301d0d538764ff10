import GRDB

/// What is known of an environment's uptime.
struct UptimeRecord: Sendable {
  struct Instance: Sendable {
    var name: String
    var outages: Outages
  }

  /// Those that were alive at some time in the span; those heard of last come first.
  var instances: [Instance] = []
  /// Of all of them together; nil if no live client has ever reported.
  var environment: Outages?
  /// When the hub did not run.
  var unwatched: [Range<Double>] = []
  /// Of logs, in seconds since 1970.
  var silences: [Range<Int>] = []
  /// Whether there was more than is read for one answer.
  var isCut = false
}

/// Reads arrivals of live clients, and which minutes of logs have requests.
///
/// Bounded: an answer takes as much as these limits allow, and says when that is not all.
struct UptimeReading {
  /// So many instances are looked at; each is a few steps in an index.
  static let instanceLimit = 5_000
  /// So many arrivals are read: ten instances for a month. Those of the latest come first.
  static let arrivalLimit = 500_000
  /// So many arrivals before a span say how often an instance reports.
  static let arrivalsBefore = 30
  /// The longest time of which silences are looked for, in days: the last of the span.
  static let silenceDays: Int64 = 400

  let origin: Int64
  /// Seconds since 1970.
  let now: Double
  let db: Database

  /// - Parameters:
  ///   - span: seconds since 1970; what is after `now` is left out.
  ///   - wantsSilences: whether they are asked for, too.
  func record(_ span: Range<Double>, wantsSilences: Bool) throws -> UptimeRecord {
    var record = UptimeRecord()
    record.unwatched = try HubStore.unwatched(db)
    var left = Self.arrivalLimit
    var all: [UptimeRecord.Instance] = []
    for name in try instances(isCut: &record.isCut) {
      let arrivals = try arrivals(of: name, in: span, limit: left)
      left -= arrivals.count
      if left <= 0 { record.isCut = true }
      guard !arrivals.isEmpty else { continue }
      let outages = Heartbeats(arrivals: arrivals).outages(unwatched: record.unwatched, now: now)
      all.append(UptimeRecord.Instance(name: name, outages: outages))
    }
    if !all.isEmpty {
      record.environment = Outages(
        of: all.map(\.outages), unwatched: record.unwatched, now: now)
    }
    record.instances = all.filter { instance in
      instance.outages.alive.contains { $0.end >= span.lowerBound && $0.start < span.upperBound }
    }
    if wantsSilences { record.silences = try silences(span, isCut: &record.isCut) }
    return record
  }

  /// The latest first.
  private func instances(isCut: inout Bool) throws -> [String] {
    // Each step finds the next name in the index, however many arrivals a name has.
    func names(_ table: String) -> String {
      let next =
        "SELECT instance FROM \(table) WHERE origin = :origin AND client = 'live' AND instance"
      return """
        SELECT name FROM (
          WITH RECURSIVE seen (name) AS (
            SELECT (\(next) > '' ORDER BY instance LIMIT 1)
            UNION ALL
            SELECT (\(next) > seen.name ORDER BY instance LIMIT 1)
            FROM seen WHERE seen.name IS NOT NULL LIMIT :limit)
          SELECT name FROM seen WHERE name IS NOT NULL)
        """
    }
    let latest = ["message", "telemetry"].map { table in
      """
      coalesce((SELECT max(received_at) FROM \(table)
        WHERE origin = :origin AND client = 'live' AND instance = name), 0)
      """
    }
    let found = try String.fetchAll(
      db,
      sql: """
        SELECT name FROM (\(names("message")) UNION \(names("telemetry")))
        ORDER BY max(\(latest.joined(separator: ", "))) DESC, name
        """, arguments: ["origin": origin, "limit": Self.instanceLimit + 1])
    if found.count > Self.instanceLimit { isCut = true }
    return Array(found.prefix(Self.instanceLimit))
  }

  /// Those in `span` with some before it and the one after it, in order: an outage may reach beyond the span to
  /// either side. If there are more than `limit`, the latest.
  private func arrivals(
    of instance: String, in span: Range<Double>, limit: Int
  ) throws -> [Double] {
    guard limit > 0 else { return [] }
    func from(_ condition: String, _ order: String) -> String {
      let tables = ["message", "telemetry"].map { table in
        """
        SELECT received_at FROM \(table) WHERE origin = :origin AND client = 'live'
          AND instance = :instance AND received_at \(condition)
        """
      }
      return tables.joined(separator: " UNION ALL ") + " ORDER BY 1 \(order) LIMIT :limit"
    }
    func read(_ sql: String, _ limit: Int) throws -> [Double] {
      var arguments: StatementArguments = [
        "origin": origin, "instance": instance, "limit": limit,
      ]
      if sql.contains(":since") { arguments += ["since": span.lowerBound] }
      if sql.contains(":until") { arguments += ["until": span.upperBound] }
      return try Double.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }
    let inside = try read(from(">= :since AND received_at < :until", "DESC"), limit)
    let after = try read(from(">= :until", "ASC"), 1)
    let before = try read(
      from("< :since", "DESC"), min(Self.arrivalsBefore, limit - inside.count))
    return before.reversed() + inside.reversed() + after.filter { $0 <= now }
  }

  /// Those before the first arrival of a live client: from then on that client tells more.
  private func silences(_ span: Range<Double>, isCut: inout Bool) throws -> [Range<Int>] {
    let until = Int64(min(span.upperBound, try firstArrival() ?? .infinity, now + 86_400))
    var since = max(0, Int64(span.lowerBound))
    if until - since > Self.silenceDays * 86_400 {
      since = until - Self.silenceDays * 86_400
      isCut = true
    }
    let select = try RawStatement(
      "SELECT bucket FROM numbers WHERE origin = ? AND bucket >= ? AND bucket < ? ORDER BY bucket",
      db)
    defer { select.reset() }
    select.bind(origin, at: 1)
    select.bind(since, at: 2)
    select.bind(until, at: 3)
    var minutes: [Int] = []
    while try select.step(db) {
      let minute = Int(select.integer(0) / 60)
      if minute != minutes.last { minutes.append(minute) }
    }
    return Silences(minutes: minutes).spans.map { $0.lowerBound * 60..<$0.upperBound * 60 }
  }

  /// Of a live client, in seconds since 1970; nil if none has ever reported.
  func firstArrival() throws -> Double? {
    let tables = ["message", "telemetry"].map { table in
      "SELECT min(received_at) AS at FROM \(table) WHERE origin = :origin AND client = 'live'"
    }
    return try Double.fetchOne(
      db, sql: "SELECT min(at) FROM (\(tables.joined(separator: " UNION ALL ")))",
      arguments: ["origin": origin])
  }
}
