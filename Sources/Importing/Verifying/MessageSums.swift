internal import Addressing
internal import Compressing
internal import Foundation
internal import Messaging
internal import SwiftProtobuf
internal import TelemetryDecoding

/// What a message that this program has made counts: nothing, if it is none with numbers.
func trafficSums(_ envelope: Envelope, _ body: [UInt8]) -> TrafficSums {
  if envelope.path.hasPrefix("/v2/") { return hubSums(body) }
  guard envelope.path == "/v1/metrics" else { return TrafficSums() }
  let isCompressed = envelope.headers.contains {
    $0.name == "Content-Encoding" && $0.value == "gzip"
  }
  guard let content = isCompressed ? try? inflated(body, limit: 2 * TelemetryLimits.body) : body,
    let request = try? OTLPMetricsRequest(serializedBytes: content)
  else { return TrafficSums() }
  return request.sums
}

// MARK: - Hub v2

/// The part of a `/sync` message that counts.
private struct SyncNumbers: Decodable {
  struct Item: Decodable {
    var consumer: String?
    var method: String
    var path: String
    var status_code: Int
    var request_count: Int64
    var request_size_sum: Int64
    var response_size_sum: Int64
  }

  var timestamp: Double
  var requests: [Item]
}

private func hubSums(_ body: [UInt8]) -> TrafficSums {
  var sums = TrafficSums()
  guard let message = try? JSONDecoder().decode(SyncNumbers.self, from: Data(body)) else {
    return sums
  }
  for item in message.requests {
    sums.add(
      TrafficSum(
        requests: item.request_count, received: item.request_size_sum,
        sent: item.response_size_sum),
      at: Int64(message.timestamp.rounded(.down)), consumer: item.consumer, method: item.method,
      path: item.path, status: item.status_code)
  }
  return sums
}

// MARK: - OTLP

extension OTLPMetricsRequest {
  fileprivate var sums: TrafficSums {
    var sums = TrafficSums()
    for metric in resourceMetrics.flatMap(\.scopeMetrics).flatMap(\.metrics) {
      guard case .exponentialHistogram(let histogram)? = metric.data else { continue }
      for point in histogram.dataPoints {
        let size = Int64(nearest: point.sum)
        let sum =
          switch metric.name {
          case "http.server.request.duration": TrafficSum(requests: Int64(clamping: point.count))
          case "http.server.request.body.size": TrafficSum(received: size)
          case "http.server.response.body.size": TrafficSum(sent: size)
          default: TrafficSum()
          }
        sums.add(sum, of: point)
      }
    }
    return sums
  }
}

extension TrafficSums {
  fileprivate mutating func add(_ sum: TrafficSum, of point: OTLPExponentialHistogramDataPoint) {
    var texts: [String: String] = [:]
    var status = 0
    for pair in point.attributes {
      switch pair.value.value {
      case .stringValue(let text)?: texts[pair.key] = text
      case .intValue(let number)?: status = Int(number)
      default: break
      }
    }
    add(
      sum, at: Int64(clamping: point.startTimeUnixNano / 1_000_000_000),
      consumer: texts["apitally.consumer.identifier"], method: texts["http.request.method"] ?? "",
      path: texts["http.route"] ?? "", status: status)
  }
}

extension Int64 {
  /// The whole number next to a sum of sizes, which are whole.
  fileprivate init(nearest size: Double) {
    self = size < 0x1p63 ? Int64(Swift.max(size, 0).rounded()) : .max
  }
}
