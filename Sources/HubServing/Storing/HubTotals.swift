import GRDB

/// Everything that the messages of one origin add up to.
package struct HubTotals: Equatable, Sendable {
  package struct MessageCounts: Equatable, Sendable {
    package var startup = 0
    package var sync = 0
    /// Request-log files, not items.
    package var log = 0
    /// Messages and files that were dropped because their UUID was known.
    package var duplicate = 0
    /// Messages of OTLP, by signal; nil if there were none.
    package var telemetry: [String: Int]?
  }

  package struct Group: Equatable, Sendable {
    /// Seconds since 1970, the start of a minute; nil in totals over all time.
    package var bucket: Int?
    package var consumer: String?
    package var method: String
    package var path: String
    package var statusCode: Int
    package var requestCount: Int
    package var requestSizeSum: Int
    package var responseSizeSum: Int
    package var responseTimes: [Int: Int] = [:]
    package var requestSizes: [Int: Int] = [:]
    package var responseSizes: [Int: Int] = [:]
    /// Of OTLP, in seconds.
    package var durationSum = 0.0
    /// Of OTLP: bins of exponential histograms of scale 3, and ``HubTotals/zeroBin``.
    package var durationBins: [Int: Int] = [:]
    package var requestSizeBins: [Int: Int] = [:]
    package var responseSizeBins: [Int: Int] = [:]
  }

  /// Where values of 0 are counted, which no bin holds: below all that doubles have.
  package static let zeroBin = -10_000

  package struct Consumer: Equatable, Sendable {
    package var identifier: String
    package var name: String?
    package var group: String?
  }

  package var messages = MessageCounts()
  /// Sorted by consumer (none first), method, path, status and bucket; texts are compared by their
  /// bytes.
  package var groups: [Group] = []
  /// The body of the last startup message, as it was sent.
  package var startup: String?
  /// Consumers with a name or a group, sorted by identifier.
  package var consumers: [Consumer] = []
  /// Request-log items, without those whose UUID was known.
  package var logItemCount = 0
}

extension HubStore {
  /// All zero and empty for an origin that has sent nothing.
  ///
  /// - Parameter byBucket: whether the groups are separated by minute.
  package func totals(of origin: Origin, byBucket: Bool = false) async throws -> HubTotals {
    try await reading { db in
      let originRow = try Row.fetchOne(
        db, sql: "SELECT id, duplicates FROM origin WHERE client_id = ? AND env = ?",
        arguments: [origin.clientID, origin.env])
      guard let originRow else { return HubTotals() }
      let id: Int64 = originRow["id"]
      var totals = HubTotals()
      totals.messages = try messageCounts(of: id, duplicate: originRow["duplicates"], db)
      totals.groups = try groups(of: id, byBucket: byBucket, db)
      totals.startup = try String.fetchOne(
        db,
        sql: """
          SELECT body FROM message WHERE origin = ? AND kind = 'startup' ORDER BY id DESC LIMIT 1
          """, arguments: [id])
      totals.consumers = try consumers(of: id, db)
      totals.logItemCount =
        try Int.fetchOne(
          db, sql: "SELECT count(*) FROM log_item WHERE origin = ?", arguments: [id]) ?? 0
      return totals
    }
  }

  private func messageCounts(
    of origin: Int64, duplicate: Int, _ db: Database
  ) throws -> HubTotals.MessageCounts {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT
          (SELECT count(*) FROM message WHERE origin = :id AND kind = 'startup') AS startup,
          (SELECT count(*) FROM message WHERE origin = :id AND kind = 'sync') AS sync,
          (SELECT count(*) FROM log_file WHERE origin = :id) AS log
        """, arguments: ["id": origin])
    guard let row else { return HubTotals.MessageCounts() }
    let signals = try Row.fetchAll(
      db, sql: "SELECT signal, count(*) AS count FROM telemetry WHERE origin = ? GROUP BY signal",
      arguments: [origin])
    return HubTotals.MessageCounts(
      startup: row["startup"], sync: row["sync"], log: row["log"], duplicate: duplicate,
      telemetry: signals.isEmpty
        ? nil
        : Dictionary(
          signals.map { ($0["signal"] as String, $0["count"] as Int) }, uniquingKeysWith: +))
  }

  private func consumers(of origin: Int64, _ db: Database) throws -> [HubTotals.Consumer] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT identifier, name, "group" FROM consumer WHERE origin = ? ORDER BY identifier
        """, arguments: [origin])
    return rows.map {
      HubTotals.Consumer(identifier: $0["identifier"], name: $0["name"], group: $0["group"])
    }
  }

  private func groups(
    of origin: Int64, byBucket: Bool, _ db: Database
  ) throws -> [HubTotals.Group] {
    var sums: [GroupKey: PackedItem] = [:]
    try Self.forEachItem(of: origin, wantsBins: true, db) { bucket, item in
      let key = GroupKey(
        person: item.person, endpoint: item.endpoint, status: item.status,
        bucket: byBucket ? bucket : 0)
      if sums[key]?.add(item) == nil { sums[key] = item }
    }
    let endpoints = try Self.endpointNames(db)
    let persons = try Self.personNames(of: [origin], db)
    let groups = sums.compactMap { key, item -> HubTotals.Group? in
      guard let endpoint = endpoints[key.endpoint] else { return nil }
      var group = HubTotals.Group(
        bucket: byBucket ? Int(key.bucket) : nil, consumer: persons[key.person],
        method: endpoint.method, path: endpoint.path, statusCode: Int(key.status),
        requestCount: Int(item.requestCount), requestSizeSum: Int(item.requestSizeSum),
        responseSizeSum: Int(item.responseSizeSum))
      group.durationSum = item.durationSum
      for bin in item.bins { group.add(bin) }
      return group
    }
    return groups.sorted { $0.precedes($1) }
  }
}

private struct GroupKey: Hashable {
  var person: Int64
  var endpoint: Int64
  var status: Int64
  var bucket: Int64
}

extension PackedItem {
  /// Adds the numbers of another item. Sums stop at the largest number.
  fileprivate mutating func add(_ other: PackedItem) {
    requestCount = cappedSum(requestCount, other.requestCount)
    requestSizeSum = cappedSum(requestSizeSum, other.requestSizeSum)
    responseSizeSum = cappedSum(responseSizeSum, other.responseSizeSum)
    durationSum += other.durationSum
    var histograms = PackedHistograms()
    histograms.add(bins)
    histograms.add(other.bins)
    bins = histograms.bins
  }
}

extension HubTotals.Group {
  fileprivate func precedes(_ other: HubTotals.Group) -> Bool {
    for (left, right) in [
      (consumer ?? "", other.consumer ?? ""), (method, other.method), (path, other.path),
    ] where !left.utf8.elementsEqual(right.utf8) {
      return left.utf8.lexicographicallyPrecedes(right.utf8)
    }
    return (statusCode, bucket ?? 0) < (other.statusCode, other.bucket ?? 0)
  }

  fileprivate mutating func add(_ bin: (key: Int64, count: Int64)) {
    guard let bar = PackedHistograms.bin(of: bin.key, count: bin.count) else { return }
    let (number, count) = (Int(bar.bin), Int(bar.count))
    switch bar.histogram {
    case .responseTimes: responseTimes[number] = count
    case .requestSizes: requestSizes[number] = count
    case .responseSizes: responseSizes[number] = count
    case .durationBins: durationBins[number] = count
    case .requestSizeBins: requestSizeBins[number] = count
    case .responseSizeBins: responseSizeBins[number] = count
    }
  }
}

extension HubTotals {
  /// The response to `GET …/totals`.
  package var json: String {
    var json = JSONWriting()
    json.object { json in
      json.member("messages") { json in
        json.object { json in
          json.member("startup", messages.startup)
          json.member("sync", messages.sync)
          json.member("log", messages.log)
          json.member("duplicate", messages.duplicate)
          for (signal, count) in (messages.telemetry ?? [:]).sorted(by: { $0.key < $1.key }) {
            json.member(signal, count)
          }
        }
      }
      json.member("totals") { $0.list(groups) { $1.write(to: &$0) } }
      json.member("startup") { $0.raw(startup ?? "null") }
      json.member("consumers") { $0.list(consumers) { $1.write(to: &$0) } }
      json.member("log_items", logItemCount)
    }
    return json.text
  }
}

extension HubTotals.Group {
  fileprivate func write(to json: inout JSONWriting) {
    json.object { json in
      if let bucket { json.member("bucket", bucket) }
      json.member("consumer", consumer)
      json.member("method", method)
      json.member("path", path)
      json.member("status_code", statusCode)
      json.member("request_count", requestCount)
      json.member("request_size_sum", requestSizeSum)
      json.member("response_size_sum", responseSizeSum)
      write(responseTimes, as: .responseTimes, to: &json)
      write(requestSizes, as: .requestSizes, to: &json)
      write(responseSizes, as: .responseSizes, to: &json)
      if !durationBins.isEmpty {
        json.member("duration_sum") { $0.raw("\(durationSum)") }
        write(durationBins, as: .durationBins, to: &json)
        write(requestSizeBins, as: .requestSizeBins, to: &json)
        write(responseSizeBins, as: .responseSizeBins, to: &json)
      }
    }
  }

  private func write(
    _ bars: [Int: Int], as histogram: Histogram, to json: inout JSONWriting
  ) {
    json.member(histogram.rawValue) { json in
      json.object { json in
        for (bin, count) in bars.sorted(by: { $0.key < $1.key }) { json.member(String(bin), count) }
      }
    }
  }
}

extension HubTotals.Consumer {
  fileprivate func write(to json: inout JSONWriting) {
    json.object { json in
      json.member("identifier", identifier)
      json.member("name", name)
      json.member("group", group)
    }
  }
}
