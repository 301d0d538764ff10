import Foundation
import Testing
import TestSupport

/// A line of a payload file.
struct Payload: Decodable {
  var path: String
  var body: Body

  struct Body: Decodable {
    var instance_uuid: String
    var message_uuid: String
    /// These two in `/sync` messages only.
    var timestamp: Double?
    var requests: [SyncItem]?
  }
}

extension SyncItem {
  /// Bytes, because texts that are equal to Swift (é in one scalar and in two) are two to the hub.
  fileprivate var group: [[UInt8]] {
    [consumer.map { [1] + Array($0.utf8) } ?? [], Array(method.utf8), Array(path.utf8)]
      + [Array("\(status_code)".utf8)]
  }

  fileprivate mutating func add(_ other: SyncItem) {
    request_count += other.request_count
    request_size_sum += other.request_size_sum
    response_size_sum += other.response_size_sum
    response_times.merge(other.response_times, uniquingKeysWith: +)
    request_sizes.merge(other.request_sizes, uniquingKeysWith: +)
    response_sizes.merge(other.response_sizes, uniquingKeysWith: +)
  }
}

/// What items add up to, by consumer, method, path and status.
struct Sums: Equatable {
  private(set) var groups: [[[UInt8]]: SyncItem] = [:]

  init(_ items: some Sequence<SyncItem>) {
    for item in items {
      if groups[item.group]?.add(item) == nil { groups[item.group] = item }
    }
  }

  /// Of a payload file: one message a line, and nothing else.
  init(payloads: Data) throws {
    let messages = try payloads.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Payload.self, from: $0)
    }
    self.init(messages.flatMap { $0.body.requests ?? [] })
  }

  /// Of a list of items, such as recorded totals.
  init(items: Data) throws {
    self.init(try JSONDecoder().decode([SyncItem].self, from: items))
  }

  var requestCount: Int { groups.values.reduce(0) { $0 + $1.request_count } }
}

/// Fails with the first differences, not with two walls of text.
func expect(
  _ sums: Sums, toEqual expected: Sums, sourceLocation: SourceLocation = #_sourceLocation
) {
  let keys = Set(sums.groups.keys).union(expected.groups.keys)
  let differences = keys.filter { sums.groups[$0] != expected.groups[$0] }
  guard let key = differences.first else { return }
  Issue.record(
    """
    \(differences.count) of \(keys.count) groups differ, such as
    \(String(describing: sums.groups[key]))
    expected: \(String(describing: expected.groups[key]))
    """, sourceLocation: sourceLocation)
}

/// What `--summary json` prints.
struct Summary: Decodable, Equatable {
  struct Lines: Decodable, Equatable {
    var read: Int
    var tallied: Int
    var left_out: [String: Int]
  }

  struct Bytes: Decodable, Equatable {
    var read: Int
    var uncompressed: Int
  }

  struct Messages: Decodable, Equatable {
    var queued: Int
    var delivered: Int
    var waiting: Int
    var refused: Int
    var uncertain: Int
    var damaged = 0
  }

  var lines: Lines
  var bytes: Bytes
  var sources: Int
  var requests: Int
  var consumers: Int
  var routes: Int
  var buckets: Int
  var messages: Messages
  var first_request: String?
  var last_request: String?
  var seconds: Double
}

/// Lines of access logs.
enum Log {
  /// A line in the combined format: minute, target, status.
  static func line(
    minute: Int = 0, _ target: String = "/users", user: String = "-", status: Int = 200,
    size: Int = 5
  ) -> String {
    let stamp = String(format: "23/Nov/2026:09:%02d:13 +0000", minute)
    return #"192.0.2.1 - \#(user) [\#(stamp)] "GET \#(target) HTTP/1.1" \#(status) \#(size)"#
      + #" "-" "test""# + "\n"
  }

  static func lines(_ count: Int) -> String {
    (0..<count).map { line(minute: $0 % 60, "/users/\($0)") }.joined()
  }
}
