internal import Addressing
internal import Delivery
internal import Diagnostics
internal import Foundation

/// Apitally's API, as far as it is asked: which apps a team has, and what they have of traffic.
struct ReadingAPI: Sendable {
  /// How many consumers of an app are read at most: their names take some 100 MB.
  static let consumerLimit = 500_000

  struct App: Decodable, Sendable {
    struct Environment: Decodable, Sendable {
      var name: String
    }

    var id: Int
    var name: String?
    var client_id: String?
    var envs: [Environment]
  }

  private struct List<Item: Decodable>: Decodable {
    var data: [Item]
    var has_more: Bool?
    var next_token: String?
  }

  private struct Consumer: Decodable {
    var id: Int
    var identifier: String
  }

  /// Of `POST …/metrics`, grouped one way or the other.
  private struct Row: Decodable {
    var period_start: String
    var method: String?
    var path: String?
    var status_code: Int?
    var consumer_id: Int?
    var requests: Int64
    var bytes_received: Int64?
    var bytes_sent: Int64?
  }

  private let client: ReadingClient

  init(_ client: ReadingClient) { self.client = client }

  func shutDown() async { await client.shutDown() }

  func apps() async throws -> [App] {
    try decoded(List<App>.self, try await client.answer(to: .init("/v1/apps"))).data
  }

  /// The identifiers of an app's consumers by their numbers; nil if there are too many.
  func consumers(of app: Int) async throws -> [Int: String]? {
    var names: [Int: String] = [:]
    var token: String?
    while true {
      var path = "/v1/apps/\(app)/consumers?limit=1000"
      if let token { path += "&next_token=\(escaped(token))" }
      let page = try decoded(
        List<Consumer>.self, try await client.answer(to: .init(path)))
      for consumer in page.data { names[consumer.id] = consumer.identifier }
      guard names.count <= Self.consumerLimit else { return nil }
      guard page.has_more == true, let next = page.next_token, next != token else { return names }
      token = next
    }
  }

  /// Gives `body` the sums by hour and endpoint of some days.
  func endpoints(
    _ app: Int, env: String, days: Range<Int64>, _ body: (EndpointHour, TrafficSum) -> Void
  ) async throws {
    let groups = ["method", "path", "status_code"]
    for row in try await rows(app, env, Self.seconds(days), "hour", groups) {
      let key = EndpointHour(
        hour: try seconds(row.period_start) / 3_600, method: row.method ?? "",
        path: row.path ?? "", status: row.status_code ?? 0)
      body(
        key,
        TrafficSum(
          requests: row.requests, received: row.bytes_received ?? 0, sent: row.bytes_sent ?? 0))
    }
  }

  /// Gives `body` the requests by day and consumer of some days; nil stands for those without one.
  func consumers(
    _ app: Int, env: String, days: Range<Int64>,
    _ body: (_ day: Int64, _ consumer: Int?, _ requests: Int64) -> Void
  ) async throws {
    for row in try await rows(app, env, Self.seconds(days), "day", ["consumer_id"]) {
      body(try seconds(row.period_start) / 86_400, row.consumer_id, row.requests)
    }
  }

  /// How many requests of an endpoint there are in some seconds since 1970.
  func requests(
    _ app: Int, env: String, seconds: Range<Int64>, method: String, path: String
  ) async throws -> Int64 {
    try await rows(app, env, seconds, "minute", ["method", "path"])
      .filter { $0.method == method && $0.path == path }.reduce(0) { $0 + $1.requests }
  }

  private static func seconds(_ days: Range<Int64>) -> Range<Int64> {
    days.lowerBound * 86_400..<days.upperBound * 86_400
  }

  private func rows(
    _ app: Int, _ env: String, _ seconds: Range<Int64>, _ interval: String, _ groups: [String]
  ) async throws -> [Row] {
    struct Filter: Encodable {
      var field = "env"
      var op = "eq"
      var value: String
    }
    struct Query: Encodable {
      var since: String
      var until: String
      var interval: String
      var timezone = "UTC"
      var metrics = ["requests", "bytes_received", "bytes_sent"]
      var group_by: [String]
      var filters: [Filter]
      var format = "ndjson"
    }
    let query = Query(
      since: moment(seconds.lowerBound), until: moment(seconds.upperBound), interval: interval,
      group_by: groups, filters: [Filter(value: env)])
    let body = Array(try JSONEncoder().encode(query))
    let answer = try await client.answer(to: .init("/v1/apps/\(app)/metrics", body: body))
    return try answer.split(separator: UInt8(ascii: "\n")).map {
      try decoded(Row.self, Array($0))
    }
  }

  private func moment(_ second: Int64) -> String {
    "\(timestamp(second * 1_000_000_000, separator: "T").prefix(19))Z"
  }

  /// Seconds since 1970 of a moment in ISO 8601.
  private func seconds(_ text: String) throws -> Int64 {
    let style = Date.ISO8601FormatStyle()
    for style in [style, Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
      if let date = try? style.parse(text) { return Int64(date.timeIntervalSince1970) }
    }
    throw Diagnostic.strangeAnswer
  }

  private func decoded<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw Diagnostic.strangeAnswer
    }
  }

  private func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }
}

extension Diagnostic {
  static let strangeAnswer = Diagnostic(
    .error, code: "strange-answer", "what the API answered is not what Apitally's answers",
    hint: "check the address (--api-url, api_url or APITALLY_API_BASE_URL)",
    exitStatus: .undelivered)
}

extension ReadingFault {
  var diagnostic: Diagnostic {
    switch self {
    case .answered(let status, let reason, _) where status == 401 || status == 403:
      Diagnostic(
        .error, code: "api-key-refused", "the API key is refused (\(status): \(reason))",
        hint: "check APITALLY_API_KEY or api_key; a key is a team's, and needs the Premium plan",
        exitStatus: .credentialsRefused)
    case .answered(let status, let reason, _):
      Diagnostic(
        .error, code: "api-refused", "the API answered \(status) (\(reason))",
        hint: status == 404
          ? "check the address (--api-url, api_url or APITALLY_API_BASE_URL)" : nil,
        exitStatus: .undelivered)
    case .failed(let reason):
      Diagnostic(
        .error, code: "api-unreachable", "the API could not be reached (\(reason))",
        exitStatus: .undelivered)
    case .tooLarge:
      Diagnostic(
        .error, code: "answer-too-large",
        "an answer of the API, of a single day, is larger than "
          + "\(ReadingClient.answerLimit >> 20) MiB",
        exitStatus: .undelivered)
    }
  }
}
