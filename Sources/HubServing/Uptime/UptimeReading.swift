import GRDB

/// What is known of an environment's uptime.
struct UptimeRecord: Sendable {
  struct Instance: Sendable {
    var name: String
    var outages: Outages
  }

  /// What is told of, in seconds since 1970: later than what was asked for, if that was too much.
  var span: Range<Double>
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
  /// So many arrivals are read: those of seven instances for ninety days.
  static let arrivalLimit = 1_000_000
  /// So many arrivals before a span say how often an instance reports.
  static let arrivalsBefore = 30
  /// The longest time of which silences are looked for, in days: the last of the span.
  static let silenceDays: Int64 = 400

  let origin: Int64
  /// Seconds since 1970.
  let now: Double
  let db: Database
  /// How many arrivals are read.
  var limit = Self.arrivalLimit

  /// - Parameters:
  ///   - span: seconds since 1970; what is after `now` is left out.
  ///   - wantsSilences: whether they are asked for, too.
  func record(_ span: Range<Double>, wantsSilences: Bool) throws -> UptimeRecord {
    var record = UptimeRecord(span: span)
    record.unwatched = try HubStore.unwatched(db)
    let known = try instances()
    record.isCut = known.count > Self.instanceLimit
    let arrivals = try arrivals(of: known.prefix(Self.instanceLimit), in: &record)
    let all = arrivals.map { name, arrivals in
      let outages = Heartbeats(arrivals: arrivals).outages(unwatched: record.unwatched, now: now)
      return UptimeRecord.Instance(name: name, outages: outages)
    }
    if !all.isEmpty {
      record.environment = Outages(
        of: all.map(\.outages), unwatched: record.unwatched, now: now)
    }
    record.instances = all.filter { $0.outages.isAlive(in: record.span) }
    if wantsSilences {
      try readSilences(span, into: &record, firstArrival: known.map(\.first).min())
    }
    return record
  }

  // MARK: Arrivals

  private struct Instance: FetchableRecord {
    var name: String
    var first: Double
    var last: Double

    init(row: Row) {
      (name, first, last) = (row["name"], row["first"], row["last"])
    }
  }

  /// Of a live client, in seconds since 1970; nil if none has ever reported.
  func firstArrival() throws -> Double? { try instances().map(\.first).min() }

  /// Those heard of last come first; one more than there may be.
  private func instances() throws -> [Instance] {
    // Each step finds the next name in the index, however many arrivals a name has.
    func names(_ table: String) -> String {
      let next =
        "SELECT instance FROM \(table) WHERE origin = :origin AND client = 'live' AND instance"
      return """
        SELECT name, '\(table)' AS kind FROM (
          WITH RECURSIVE seen (name) AS (
            SELECT (\(next) > '' ORDER BY instance LIMIT 1)
            UNION ALL
            SELECT (\(next) > seen.name ORDER BY instance LIMIT 1)
            FROM seen WHERE seen.name IS NOT NULL LIMIT :limit)
          SELECT name FROM seen WHERE name IS NOT NULL)
        """
    }
    func arrival(_ function: String) -> String {
      let cases = ["message", "telemetry"].map { table in
        """
        WHEN '\(table)' THEN (SELECT \(function)(received_at) FROM \(table)
          WHERE origin = :origin AND client = 'live' AND instance = name)
        """
      }
      return "\(function)(CASE kind \(cases.joined(separator: " ")) END)"
    }
    return try Instance.fetchAll(
      db,
      sql: """
        SELECT name, \(arrival("min")) AS first, \(arrival("max")) AS last
        FROM (\(names("message")) UNION ALL \(names("telemetry")))
        GROUP BY name HAVING last IS NOT NULL ORDER BY last DESC, name LIMIT :limit
        """, arguments: ["origin": origin, "limit": Self.instanceLimit + 1])
  }

  /// The arrivals of each instance. Where that would be too many, of a shorter time: of all instances the same, or
  /// it would look as if those of which nothing was read had been down.
  private func arrivals(
    of instances: ArraySlice<Instance>, in record: inout UptimeRecord
  ) throws -> [(name: String, arrivals: [Double])] {
    var since = record.span.lowerBound
    let until = record.span.upperBound
    // Each may have as many as it is long there: most report equally often.
    let lengths = instances.map { max(0, min($0.last, until) - max($0.first, since)) }
    let whole = max(1, lengths.reduce(0, +))
    var read: [(name: String, arrivals: [Double])] = []
    for (instance, length) in zip(instances, lengths) {
      let share = max(Self.arrivalsBefore, Int(Double(limit) * length / whole))
      let (arrivals, earliest) = try arrivals(of: instance.name, from: since, to: until, share)
      since = max(since, earliest ?? since)
      read.append((instance.name, arrivals))
      // Those that follow were heard of before this one.
      if instance.last < since { break }
    }
    if since > record.span.lowerBound {
      record.isCut = true
      record.span = since..<max(since, until)
    }
    return read.filter { !$0.arrivals.isEmpty }
  }

  /// Those in the span with some before it and the one after it, in order: an outage may reach beyond the span to
  /// either side. If there are more than `limit` in it, the latest, and the first that was read.
  private func arrivals(
    of instance: String, from since: Double, to until: Double, _ limit: Int
  ) throws -> (arrivals: [Double], earliest: Double?) {
    let inside = try read(instance, "DESC", from: since, to: until, limit + 1)
    let after = try read(instance, "ASC", from: until, to: .infinity, 1).filter { $0 <= now }
    if inside.count > limit { return (inside.reversed() + after, inside.last) }
    let before = try read(instance, "DESC", from: 0, to: since, Self.arrivalsBefore)
    return (before.reversed() + inside.reversed() + after, nil)
  }

  private func read(
    _ instance: String, _ order: String, from since: Double, to until: Double, _ limit: Int
  ) throws -> [Double] {
    let tables = ["message", "telemetry"].map { table in
      """
      SELECT received_at FROM \(table) WHERE origin = ?1 AND client = 'live'
        AND instance = ?2 AND received_at >= ?3 AND received_at < ?4
      """
    }
    let select = try RawStatement(
      tables.joined(separator: " UNION ALL ") + " ORDER BY 1 \(order) LIMIT ?5", db)
    defer { select.reset() }
    select.bind(origin, at: 1)
    select.bind(instance, at: 2)
    select.bind(since, at: 3)
    select.bind(until, at: 4)
    select.bind(Int64(limit), at: 5)
    var arrivals: [Double] = []
    while try select.step(db) { arrivals.append(select.real(0)) }
    return arrivals
  }

  // MARK: Silences

  /// Those before the first arrival of a live client: from then on that client tells more.
  private func readSilences(
    _ span: Range<Double>, into record: inout UptimeRecord, firstArrival: Double?
  ) throws {
    let until = Int64(min(span.upperBound, firstArrival ?? .infinity, now + 86_400))
    var since = max(0, Int64(span.lowerBound))
    if until - since > Self.silenceDays * 86_400 {
      since = until - Self.silenceDays * 86_400
      record.isCut = true
    }
    // A step in the index for each minute, however many rows it has.
    let select = try RawStatement(
      """
      SELECT bucket FROM numbers WHERE origin = ? AND bucket >= ? AND bucket < ?
      ORDER BY bucket LIMIT 1
      """, db)
    defer { select.reset() }
    var minutes: [Int] = []
    while since < until {
      select.bind(origin, at: 1)
      select.bind(since, at: 2)
      select.bind(until, at: 3)
      guard try select.step(db) else { break }
      let minute = select.integer(0) / 60
      minutes.append(Int(minute))
      since = (minute + 1) * 60
      select.reset()
    }
    record.silences = Silences(minutes: minutes).spans.map {
      $0.lowerBound * 60..<$0.upperBound * 60
    }
  }
}
