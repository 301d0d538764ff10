import FoundationEssentials
import Hummingbird
import HummingbirdCore

/// What `POST …/metrics` asks for, checked: anything that this hub cannot answer as Apitally would is
/// refused, and not ignored.
struct MetricsQuery: Sendable {
  enum Interval: String, CaseIterable, Sendable {
    case minute, hour, day, month
  }

  /// Sums that are exact. Percentiles are not among them.
  enum Metric: String, CaseIterable, Sendable {
    case requests
    case bytesReceived = "bytes_received"
    case bytesSent = "bytes_sent"
    case clientErrors = "client_errors"
    case serverErrors = "server_errors"
  }

  enum Group: String, CaseIterable, Sendable {
    case env, method, path
    case consumer = "consumer_id"
    case status = "status_code"
  }

  struct Filter: Sendable {
    enum Operator: String, CaseIterable, Sendable {
      case equals = "eq"
      case differs = "neq"
      case above = "gt"
      case atLeast = "gte"
      case below = "lt"
      case atMost = "lte"
      case isAmong = "in"
      case isNotAmong = "not_in"
      case isNull = "is_null"
      case isNotNull = "is_not_null"

      /// Whether it compares with one value, with a list, or with none.
      var takesList: Bool { self == .isAmong || self == .isNotAmong }
      var takesNothing: Bool { self == .isNull || self == .isNotNull }
    }

    /// A value of a row, or one that it is compared with.
    enum Value: Sendable {
      case text(String)
      case number(Int64)
      case nothing

      /// -1, 0 or 1; nil if the two cannot be compared.
      func order(to other: Value) -> Int? {
        switch (self, other) {
        case (.text(let left), .text(let right)):
          left.utf8.elementsEqual(right.utf8)
            ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        case (.number(let left), .number(let right)): left == right ? 0 : left < right ? -1 : 1
        default: nil
        }
      }
    }

    var group: Group
    var `operator`: Operator
    var values: [Value]

    /// As SQL has it: what is null compares with nothing.
    func matches(_ value: Value) -> Bool {
      let isNull = if case .nothing = value { true } else { false }
      let orders = values.map { value.order(to: $0) }
      return switch `operator` {
      case .isNull: isNull
      case .isNotNull: !isNull
      case _ where isNull: false
      case .equals, .isAmong: orders.contains(0)
      case .differs, .isNotAmong: !orders.contains(0)
      case .above: orders.contains(1)
      case .atLeast: orders.contains { $0 == 0 || $0 == 1 }
      case .below: orders.contains(-1)
      case .atMost: orders.contains { $0 == 0 || $0 == -1 }
      }
    }
  }

  /// Seconds since 1970; half open.
  var span: Range<Int64>
  /// nil for one row a group.
  var interval: Interval?
  var metrics: [Metric] = []
  var groups: [Group] = []
  var filters: [Filter] = []

  init(_ body: [UInt8], now: Date) throws(InvalidMessage) {
    var inspection = Inspection()
    let value = inspection.json(body)
    let query = value.flatMap { inspection.object($0) }.flatMap { Self.read($0, now, &inspection) }
    self = try inspection.verdict(query)
  }

  fileprivate init(_ span: Range<Int64>) { self.span = span }

  private static let keys: Set<String> = [
    "since", "until", "interval", "timezone", "metrics", "group_by", "filters", "format",
  ]

  private static func read(
    _ object: JSONObject, _ now: Date, _ inspection: inout Inspection
  ) -> MetricsQuery? {
    for member in object.members where !keys.contains(member.key) && !inspection.isFull {
      inspection.at(.name(member.key)) { $0.complain(.unknownKey, "unknown key") }
    }
    let since = inspection.required("since", of: object) { $0.moment($1) }
    let until =
      inspection.optional("until", of: object) { $0.moment($1) }
      ?? Int64(now.timeIntervalSince1970) + 1
    let interval = inspection.optional("interval", of: object) {
      $0.word($1, among: Interval.allCases)
    }
    _ = inspection.optional("timezone", of: object) { inspection, value -> Void? in
      if value != .string("UTC") { inspection.complain(.wrongValue, "this hub knows UTC only") }
      return ()
    }
    _ = inspection.optional("format", of: object) { inspection, value -> Void? in
      if value != .string("ndjson") {
        inspection.complain(.wrongValue, "this hub answers in ndjson")
      }
      return ()
    }
    let metrics = inspection.required("metrics", of: object) { inspection, value in
      inspection.list(value).map { list in
        inspection.elements(of: list) { $0.word($1, among: Metric.allCases) }
      }
    }
    let groups =
      inspection.optional("group_by", of: object) { inspection, value in
        inspection.list(value).map { list in
          inspection.elements(of: list) { $0.word($1, among: Group.allCases) }
        }
      } ?? []
    let filters =
      inspection.optional("filters", of: object) { inspection, value in
        inspection.list(value).map { list in inspection.elements(of: list) { $0.filter($1) } }
      } ?? []
    guard let since, let metrics else { return nil }
    guard since < until else {
      inspection.at(.name("until")) { $0.complain(.wrongValue, "not after since") }
      return nil
    }
    var query = MetricsQuery(since..<until)
    query.interval = interval
    query.metrics = metrics
    query.groups = groups
    query.filters = filters
    return query
  }
}

/// What `GET …/traffic` asks for.
struct TrafficQuery: Sendable {
  /// Hours or days, from the beginning of one.
  var metrics: MetricsQuery
  /// The environment's number; nil for all.
  var environment: Int64?

  init(_ parameters: FlatDictionary<Substring, Substring>, now: Date) throws {
    func refused(_ name: String, _ message: String) -> InvalidMessage {
      InvalidMessage(complaints: [
        Complaint(location: [.name("query"), .name(name)], message: message, kind: .wrongValue)
      ])
    }
    func moment(_ name: String) throws -> Int64? {
      guard let text = parameters[name[...]] else { return nil }
      guard let second = secondsSince1970(of: String(text)) else {
        throw refused(name, "not a moment in ISO 8601")
      }
      return second
    }
    func number(_ name: String) throws -> Int64? {
      guard let text = parameters[name[...]] else { return nil }
      guard let number = Int64(text) else { throw refused(name, "not a number") }
      return number
    }
    let now = Int64(now.timeIntervalSince1970)
    let width: Int64
    switch parameters["intervals"] ?? "hours" {
    case "hours": width = 3_600
    case "days": width = 86_400
    default: throw refused("intervals", "hours or days")
    }
    if let zone = parameters["timezone"], zone != "UTC" {
      throw refused("timezone", "this hub knows UTC only")
    }
    let start = try moment("start") ?? now - (width == 3_600 ? 86_400 : 30 * 86_400)
    let end = try moment("end") ?? now
    guard start < end else { throw refused("end", "not after start") }
    metrics = MetricsQuery(start / width * width..<end)
    metrics.interval = width == 3_600 ? .hour : .day
    metrics.metrics = [.requests, .bytesReceived, .bytesSent]
    environment = try number("app_env_id")
    if let consumer = try number("consumer_id") {
      metrics.filters = [
        MetricsQuery.Filter(group: .consumer, operator: .equals, values: [.number(consumer)])
      ]
    }
  }
}

/// The second of a moment in ISO 8601 with a zone; nil if it is none, or before 1970.
func secondsSince1970(of text: String) -> Int64? {
  let style = Date.ISO8601FormatStyle()
  for style in [
    style, Date.ISO8601FormatStyle(includingFractionalSeconds: true), style.year().month().day(),
  ] {
    if let date = try? style.parse(text), date.timeIntervalSince1970 >= 0 {
      return Int64(date.timeIntervalSince1970)
    }
  }
  return nil
}

extension Inspection {
  fileprivate mutating func moment(_ value: JSONValue) -> Int64? {
    guard let text = string(value) else { return nil }
    guard let second = secondsSince1970(of: text) else {
      complain(.wrongValue, "not a moment in ISO 8601")
      return nil
    }
    return second
  }

  fileprivate mutating func word<Word: RawRepresentable<String>>(
    _ value: JSONValue, among words: [Word]
  ) -> Word? {
    guard let text = string(value) else { return nil }
    guard let word = Word(rawValue: text) else {
      complain(
        .wrongValue, "this hub knows \(words.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    return word
  }

  fileprivate mutating func filter(_ value: JSONValue) -> MetricsQuery.Filter? {
    guard let object = object(value) else { return nil }
    let group = required("field", of: object) {
      $0.word($1, among: MetricsQuery.Group.allCases)
    }
    let word = required("op", of: object) {
      $0.word($1, among: MetricsQuery.Filter.Operator.allCases)
    }
    guard let group, let word else { return nil }
    if word.takesNothing { return MetricsQuery.Filter(group: group, operator: word, values: []) }
    let values = required("value", of: object) { inspection, value in
      guard word.takesList else { return inspection.value(value, of: group).map { [$0] } }
      return inspection.list(value).map { list in
        inspection.elements(of: list) { $0.value($1, of: group) }
      }
    }
    return values.map { MetricsQuery.Filter(group: group, operator: word, values: $0) }
  }

  private mutating func value(
    _ value: JSONValue, of group: MetricsQuery.Group
  ) -> MetricsQuery.Filter.Value? {
    switch group {
    case .env, .method, .path: string(value).map { .text($0) }
    case .consumer, .status: integer(value, atLeast: 0).map { .number(Int64($0)) }
    }
  }
}
