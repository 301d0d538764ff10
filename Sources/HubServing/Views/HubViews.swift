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
      let persons = try view.persons(sums.keys)
      Self.writeList(sums, "consumers", query, to: &json) { json, person in
        let name = persons[person]
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
      let persons = try view.persons(consumers.keys)
      Self.writeList(consumers, "consumers", query, to: &json) { json, person in
        json.member("consumer", persons[person])
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

  /// Is another one when anything has arrived or was removed.
  func revision() async throws -> String {
    try await reading { db in
      let ends = try ["numbers", "message", "log_item"].map { table in
        try Row.fetchOne(db, sql: "SELECT min(id) AS first, max(id) AS last FROM \(table)")
      }
      return ends.map { "\(($0?["first"] as Int64?) ?? 0).\(($0?["last"] as Int64?) ?? 0)" }
        .joined(separator: ".")
    }
  }

  private static func writeList(
    _ sums: [Int64: ViewSums], _ name: String, _ query: ViewQuery, to json: inout JSONWriting,
    _ write: (inout JSONWriting, Int64) -> Void
  ) {
    let rows = sums.sorted {
      ($1.value.counts.requests, $0.key) < ($0.value.counts.requests, $1.key)
    }
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

  func view(
    _ origin: Origin, _ query: ViewQuery, tellsConsumersApart: Bool = false,
    _ write: @escaping @Sendable (View, inout JSONWriting) throws -> Void
  ) async throws -> String {
    try await reading { db in
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
