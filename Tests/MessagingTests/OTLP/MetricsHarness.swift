import AccessLogParsing
import Attribution
import ByteScanning
import Messaging
import SwiftProtobuf
import Tallying
import TelemetryDecoding

/// Counts requests and encodes them as metrics.
struct MetricsHarness: ~Copyable {
  static let source = TelemetrySource(
    environment: "prod", instance: "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", version: "1.2.3",
    encoding: .plain)

  let names = RunNames(routeLimit: 1 << 20)
  let width: BucketWidth
  private(set) var table = TallyTable(measuring: .exponentialBins)

  init(seconds: Int = 60) { width = BucketWidth(seconds: seconds) }

  /// - Parameter duration: in nanoseconds; the request's own is left aside.
  mutating func add(_ request: NamedRequest, duration: Int64? = nil) {
    var record = AccessRecord()
    record.duration = duration ?? AccessRecord.absent
    record.requestSize = request.requestSize ?? AccessRecord.absent
    record.responseSize = request.responseSize ?? AccessRecord.absent
    table.add(
      record,
      at: TallyKey(
        bucket: width.bucket(of: request.second * 1_000_000_000),
        consumer: request.consumer.flatMap { names.consumers.id(for: $0) } ?? 0,
        method: names.methods.id(for: request.method) ?? 0,
        route: names.routes.id(for: request.path) ?? 0, status: UInt16(request.status)))
  }

  func messages(parts: [Int64: Int] = [:]) -> [HubMessage] {
    var encoder = MetricsEncoder(Self.source, width: width, names: names)
    var messages: [HubMessage] = []
    encoder.encode(table, part: { parts[$0] ?? 0 }) { messages.append($0) }
    encoder.finish { messages.append($0) }
    return messages
  }

  /// The requests of all messages, decoded by generated code.
  func requests(parts: [Int64: Int] = [:]) throws -> [OTLPResourceMetrics] {
    try messages(parts: parts).flatMap {
      try OTLPMetricsRequest(serializedBytes: $0.body).resourceMetrics
    }
  }
}

extension OTLPResourceMetrics {
  func points(_ metric: String) -> [OTLPExponentialHistogramDataPoint] {
    scopeMetrics.flatMap(\.metrics).filter { $0.name == metric }
      .flatMap(\.exponentialHistogram.dataPoints)
  }

  var durations: [OTLPExponentialHistogramDataPoint] { points("http.server.request.duration") }
  var requestSizes: [OTLPExponentialHistogramDataPoint] { points("http.server.request.body.size") }
  var responseSizes: [OTLPExponentialHistogramDataPoint] {
    points("http.server.response.body.size")
  }
}

extension [OTLPKeyValue] {
  /// As text, in order.
  var text: [String] {
    map { pair in
      switch pair.value.value {
      case .stringValue(let text): "\(pair.key)=\(text)"
      case .intValue(let number): "\(pair.key)=#\(number)"
      case .arrayValue(let list): "\(pair.key)=\(list.values.map(\.stringValue))"
      default: "\(pair.key)=?"
      }
    }
  }
}
