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
    try await database.read { db in
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
    let key = "consumer, method, path, status_code" + (byBucket ? ", bucket" : "")
    let tallies = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(key), capped_sum(request_count) AS request_count,
          capped_sum(request_size_sum) AS request_size_sum,
          capped_sum(response_size_sum) AS response_size_sum, sum(duration_sum) AS duration_sum
        FROM tally WHERE origin = ? GROUP BY \(key) ORDER BY \(key)
        """, arguments: [origin])
    var groups: [HubTotals.Group] = []
    while let row = try tallies.next() { groups.append(HubTotals.Group(row, byBucket: byBucket)) }

    let bars = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(key), histogram, bin, capped_sum(count) AS count
        FROM tally JOIN bar ON bar.tally = tally.id
        WHERE origin = ? GROUP BY \(key), histogram, bin ORDER BY \(key)
        """, arguments: [origin])
    // Both are in the same order, and each bar belongs to a group that has come before.
    var index = 0
    while let row = try bars.next() {
      while !groups[index].isGroup(of: row, byBucket: byBucket) { index += 1 }
      groups[index].add(row)
    }
    return groups
  }
}

extension HubTotals.Group {
  fileprivate init(_ row: Row, byBucket: Bool) {
    let consumer: String = row["consumer"]
    self.init(
      bucket: byBucket ? row["bucket"] : nil, consumer: consumer.isEmpty ? nil : consumer,
      method: row["method"], path: row["path"], statusCode: row["status_code"],
      requestCount: row["request_count"], requestSizeSum: row["request_size_sum"],
      responseSizeSum: row["response_size_sum"])
    durationSum = row["duration_sum"]
  }

  fileprivate func isGroup(of row: Row, byBucket: Bool) -> Bool {
    let text: (String, String, String) = (row["consumer"], row["method"], row["path"])
    return text.0.utf8.elementsEqual((consumer ?? "").utf8)
      && text.1.utf8.elementsEqual(method.utf8) && text.2.utf8.elementsEqual(path.utf8)
      && statusCode == row["status_code"] && (!byBucket || bucket == row["bucket"])
  }

  fileprivate mutating func add(_ bar: Row) {
    let bin: Int = bar["bin"]
    switch Histogram(rawValue: bar["histogram"]) {
    case .responseTimes: responseTimes[bin] = bar["count"]
    case .requestSizes: requestSizes[bin] = bar["count"]
    case .responseSizes: responseSizes[bin] = bar["count"]
    case .durationBins: durationBins[bin] = bar["count"]
    case .requestSizeBins: requestSizeBins[bin] = bar["count"]
    case .responseSizeBins: responseSizeBins[bin] = bar["count"]
    case nil: preconditionFailure("the hub writes no other histogram")
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
