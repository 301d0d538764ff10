import GRDB
import RawStatements

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
  /// Of all of them together; nil if no live client had reported until then.
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
  /// Of so many instances it is looked what came before and after the span; each is a few steps in an index.
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
    var arrivals = try arrivals(in: &record)
    // What has been silent for the whole span is known by the last that came before.
    if let last = try lastInstance(before: record.span.lowerBound),
      !arrivals.contains(where: { $0.name == last })
    {
      arrivals.append((last, []))
    }
    if arrivals.count > Self.instanceLimit { record.isCut = true }
    var all: [UptimeRecord.Instance] = []
    for (place, instance) in arrivals.enumerated() {
      var moments = instance.moments
      if place < Self.instanceLimit || place == arrivals.count - 1 {
        try addSurroundings(of: instance.name, record.span, to: &moments)
      }
      let outages = Heartbeats(arrivals: moments).outages(unwatched: record.unwatched, now: now)
      all.append(UptimeRecord.Instance(name: instance.name, outages: outages))
    }
    if !all.isEmpty {
      record.environment = Outages(
        of: all.map(\.outages), unwatched: record.unwatched, now: now)
    }
    record.instances = all.filter { $0.outages.isAlive(in: record.span) }
    if wantsSilences { try readSilences(span, into: &record) }
    return record
  }

  // MARK: Arrivals

  /// The arrivals of each instance in the record's span, in order; the instances heard of last come first. Where
  /// there are too many, the span begins later.
  private func arrivals(
    in record: inout UptimeRecord
  ) throws -> [(name: String, moments: [Double])] {
    let select = try selecting(
      "received_at, instance", "received_at >= ?2 AND received_at < ?3", "DESC LIMIT ?4")
    defer { select.reset() }
    select.bind(record.span.lowerBound, at: 2)
    select.bind(record.span.upperBound, at: 3)
    select.bind(Int64(limit + 1), at: 4)
    var instances: [(name: String, moments: [Double])] = []
    var places: [String: Int] = [:]
    var count = 0
    while try select.step(db) {
      let (moment, name) = (select.real(0), select.text(1))
      count += 1
      if count > limit {
        record.isCut = true
        // Those of this very moment are told of or not.
        record.span = moment.nextUp..<max(moment.nextUp, record.span.upperBound)
        break
      }
      if let place = places[name] {
        instances[place].moments.append(moment)
      } else {
        places[name] = instances.count
        instances.append((name, [moment]))
      }
    }
    return instances.map { ($0.name, $0.moments.reversed()) }
  }

  /// Of live clients of the origin: both kinds of messages, by when they came. ?2 and those after it are to be
  /// bound.
  private func selecting(
    _ columns: String, _ condition: String, _ order: String
  ) throws -> RawStatement {
    let parts = ["message", "telemetry"].map { table in
      "SELECT \(columns) FROM \(table) WHERE origin = ?1 AND client = 'live' AND \(condition)"
    }
    let select = try RawStatement(
      parts.joined(separator: " UNION ALL ") + " ORDER BY 1 " + order, db)
    select.bind(origin, at: 1)
    return select
  }

  private func lastInstance(before moment: Double) throws -> String? {
    let select = try selecting("received_at, instance", "received_at < ?2", "DESC LIMIT 1")
    defer { select.reset() }
    select.bind(moment, at: 2)
    return try select.step(db) ? select.text(1) : nil
  }

  /// Of a live client, in seconds since 1970; nil if none has ever reported.
  func firstArrival() throws -> Double? {
    let select = try selecting("received_at", "received_at >= 0", "LIMIT 1")
    defer { select.reset() }
    return try select.step(db) ? select.real(0) : nil
  }

  /// Adds some arrivals before the span and the one after it: an outage may reach beyond it to either side, and
  /// how often an instance reports is to be known.
  private func addSurroundings(
    of instance: String, _ span: Range<Double>, to moments: inout [Double]
  ) throws {
    let before = try read(instance, "DESC", from: 0, to: span.lowerBound, Self.arrivalsBefore)
    let after = try read(instance, "ASC", from: span.upperBound, to: .infinity, 1)
    moments = before.reversed() + moments + after.filter { $0 <= now }
  }

  private func read(
    _ instance: String, _ order: String, from since: Double, to until: Double, _ limit: Int
  ) throws -> [Double] {
    let select = try selecting(
      "received_at", "instance = ?2 AND received_at >= ?3 AND received_at < ?4",
      "\(order) LIMIT ?5")
    defer { select.reset() }
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
    _ span: Range<Double>, into record: inout UptimeRecord
  ) throws {
    let until = Int64(min(span.upperBound, try firstArrival() ?? .infinity, now + 86_400))
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
    select.bind(origin, at: 1)
    select.bind(until, at: 3)
    var minutes: [Int] = []
    while since < until {
      select.bind(since, at: 2)
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
