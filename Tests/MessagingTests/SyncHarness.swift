import Addressing
import AccessLogParsing
import Attribution
import ByteScanning
import Foundation
import Messaging
import Tallying
import TestSupport

/// A request as it is counted, with its names in words.
struct NamedRequest: Hashable {
  var consumer: String?
  var method = "GET"
  var path = "/"
  var status = 200
  /// Seconds since 1970.
  var second: Int64 = 0
  /// Milliseconds.
  var duration: Int64?
  var requestSize: Int64?
  var responseSize: Int64?
}

/// A `/sync` message, as the hub reads it.
struct SyncBody: Decodable {
  var instance_uuid: String
  var message_uuid: String
  var timestamp: Double
  var requests: [SyncItem]
  var resources: String?

  init(_ message: HubMessage) throws {
    self = try JSONDecoder().decode(SyncBody.self, from: Data(message.body))
  }
}

/// Counts requests and encodes them.
struct SyncHarness: ~Copyable {
  static let app = App(
    clientID: "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", environment: "prod")

  let names = RunNames(routeLimit: 1 << 20)
  let width: BucketWidth
  private(set) var table = TallyTable()

  init(seconds: Int = 60) { width = BucketWidth(seconds: seconds) }

  mutating func add(_ request: NamedRequest) {
    var record = AccessRecord()
    record.duration = request.duration.map { $0 * 1_000_000 } ?? AccessRecord.absent
    record.requestSize = request.requestSize ?? AccessRecord.absent
    record.responseSize = request.responseSize ?? AccessRecord.absent
    let consumer = request.consumer.flatMap { names.consumers.id(for: $0) } ?? 0
    let method = names.methods.id(for: request.method) ?? 0
    let route = names.routes.id(for: request.path) ?? 0
    let bucket = width.bucket(of: request.second * 1_000_000_000)
    table.add(
      record,
      at: TallyKey(
        bucket: bucket, consumer: consumer, method: method, route: route,
        status: UInt16(request.status)))
  }

  func encoder(seed: UInt64 = 1) -> SyncEncoder<SeededGenerator> {
    SyncEncoder(
      app: Self.app, width: width, names: names,
      generator: SeededGenerator(seed: seed))
  }

  func messages(before end: Int64 = .max, seed: UInt64 = 1) -> [HubMessage] {
    var encoder = encoder(seed: seed)
    var messages: [HubMessage] = []
    encoder.encode(table, before: end) { messages.append($0) }
    return messages
  }
}

/// The items that `requests` make, by bucket.
func expectedItems(_ requests: [NamedRequest], seconds: Int64 = 60) -> [Int64: Set<SyncItem>] {
  struct Key: Hashable {
    var bucket: Int64
    var consumer: String?
    var method: String
    var path: String
    var status: Int
  }
  var items: [Key: SyncItem] = [:]
  for request in requests {
    let key = Key(
      bucket: request.second / seconds, consumer: request.consumer, method: request.method,
      path: request.path, status: request.status)
    var item =
      items[key]
      ?? SyncItem(
        consumer: key.consumer, method: key.method, path: key.path, statusCode: key.status)
    item.request_count += 1
    if let duration = request.duration {
      item.response_times["\(duration / 10 * 10)", default: 0] += 1
    }
    if let size = request.requestSize {
      item.request_size_sum += Int(size)
      item.request_sizes["\(size / 1000)", default: 0] += 1
    }
    if let size = request.responseSize {
      item.response_size_sum += Int(size)
      item.response_sizes["\(size / 1000)", default: 0] += 1
    }
    items[key] = item
  }
  return Dictionary(grouping: items, by: \.key.bucket).mapValues { Set($0.map(\.value)) }
}
