import Configuring
import GRDB

/// What a rule's metric is for an environment now.
///
/// Numbers are of the last whole minutes of which all has come: a client reports once a minute, so the minute
/// before this one is waited for. What is backfilled of long ago is of other minutes.
struct AlertMeasuring {
  /// How long after a minute its numbers may come, in seconds.
  private static let delay = 60.0

  let origin: Int64
  /// Seconds since 1970.
  let now: Double
  let db: Database

  /// In the unit of the metric; nil if it cannot be known.
  func value(of rule: AlertRule) throws -> Double? {
    if rule.metric == .uptime { return try uptime(rule) }
    let end = Int64((now - Self.delay) / 60) * 60
    let minutes = Int64((rule.window + 59) / 60)
    let span = end - minutes * 60..<end
    // No requests are no news of a time in which nothing could have come.
    if rule.metric.isOfTraffic, rule.direction == .below, try !isWatched(span) { return nil }
    var sums = AlertSums()
    try forEachItem(rule, span) { sums.add($0) }
    return sums.value(of: rule, minutes: Double(minutes))
  }

  /// In percent of what is known of the window; nil if no live client has ever reported.
  private func uptime(_ rule: AlertRule) throws -> Double? {
    let span = now - Double(rule.window)..<now
    let record = try UptimeReading(origin: origin, now: now, db: db)
      .record(span, wantsSilences: false)
    guard let outages = record.environment, let first = outages.alive.first else { return nil }
    let known = span.upperBound - max(span.lowerBound, first.start)
    guard known > 0 else { return nil }
    return 100 * (1 - min(1, outages.secondsDown(in: span) / known))
  }

  /// Whether a live client had begun to report before, and the hub ran all the time.
  private func isWatched(_ span: Range<Int64>) throws -> Bool {
    let (start, end) = (Double(span.lowerBound), Double(span.upperBound))
    let reading = UptimeReading(origin: origin, now: now, db: db)
    guard let first = try reading.firstArrival(), first <= start else { return false }
    return try HubStore.unwatched(db).allSatisfy { $0.upperBound <= start || end <= $0.lowerBound }
  }

  private func forEachItem(
    _ rule: AlertRule, _ span: Range<Int64>, _ body: (PackedItem) -> Void
  ) throws {
    let filter = rule.filter
    let endpoints = try endpoints(filter)
    let person = try person(filter)
    if endpoints?.isEmpty == true || filter.consumer != nil && person == nil { return }
    let wantsBins = rule.metric.unit == .milliseconds || rule.metric == .apdex
    try HubStore.forEachItem(of: origin, in: span, wantsBins: wantsBins, db) { _, item in
      guard endpoints?.contains(item.endpoint) ?? true, person.map({ $0 == item.person }) ?? true,
        filter.statuses.isEmpty || filter.statuses.contains(where: { $0 ~= Int(item.status) })
      else { return }
      body(item)
    }
  }

  /// nil for all.
  private func endpoints(_ filter: AlertRule.Filter) throws -> Set<Int64>? {
    guard filter.method != nil || filter.path != nil else { return nil }
    return try Int64.fetchSet(
      db.cachedStatement(
        sql: """
          SELECT id FROM endpoint
          WHERE method = coalesce(:method, method) AND path = coalesce(:path, path)
          """), arguments: ["method": filter.method, "path": filter.path])
  }

  private func person(_ filter: AlertRule.Filter) throws -> Int64? {
    guard let consumer = filter.consumer else { return nil }
    return try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM person WHERE identifier = ?"), arguments: [consumer])
  }
}

extension AlertRule.Metric {
  /// Whether it is 0 if there are no requests.
  fileprivate var isOfTraffic: Bool { unit == .count || unit == .bytes }
}

/// What some requests add up to.
struct AlertSums {
  private var sums = ViewSums()
  private var consumers: Set<Int64> = []

  mutating func add(_ item: PackedItem) {
    sums.add(item)
    if item.person != 0 { consumers.insert(item.person) }
  }

  func value(of rule: AlertRule, minutes: Double) -> Double? {
    let counts = sums.counts
    let requests = Double(counts.requests)
    func share(_ count: Int64) -> Double? { requests > 0 ? 100 * Double(count) / requests : nil }
    func percentile(_ rank: Double) -> Double? { sums.percentiles([rank])?.first }
    return switch rule.metric {
    case .requestsPerMinute: requests / minutes
    case .requests: requests
    case .bytes: Double(counts.received) + Double(counts.sent)
    case .bytesReceived: Double(counts.received)
    case .bytesSent: Double(counts.sent)
    case .consumers: Double(consumers.count)
    case .clientErrors: Double(counts.clientErrors)
    case .serverErrors: Double(counts.serverErrors)
    case .errorRate: share(cappedSum(counts.clientErrors, counts.serverErrors))
    case .clientErrorRate: share(counts.clientErrors)
    case .serverErrorRate: share(counts.serverErrors)
    case .p50: percentile(0.5)
    case .p75: percentile(0.75)
    case .p95: percentile(0.95)
    case .apdex: apdex(rule.apdexThreshold)
    // Of arrivals, not of requests.
    case .uptime: nil
    }
  }

  /// Satisfied up to the threshold, and half so up to four times as much; by response times alone.
  private func apdex(_ threshold: Double) -> Double? {
    var (all, satisfied, tolerating) = (0.0, 0.0, 0.0)
    for bin in sums.timeBins {
      all += Double(bin.count)
      if bin.value <= threshold {
        satisfied += Double(bin.count)
      } else if bin.value <= 4 * threshold {
        tolerating += Double(bin.count)
      }
    }
    return all > 0 ? (satisfied + tolerating / 2) / all : nil
  }
}
