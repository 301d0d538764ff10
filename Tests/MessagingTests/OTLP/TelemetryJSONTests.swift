import ByteScanning
import Foundation
import Messaging
import SwiftProtobuf
import TelemetryDecoding
import Testing

struct TelemetryJSONTests {
  private static func json(_ body: [UInt8], _ path: String) throws -> [String: Any] {
    var text = OwnedBuffer<UInt8>(capacity: 1024)
    TelemetryJSON.append(body, of: path, to: &text)
    return try #require(
      JSONSerialization.jsonObject(with: Data(text.copied())) as? [String: Any])
  }

  /// Generated code reads proto3's own JSON, which differs from OTLP's mapping in identifiers only.
  @Test func `the JSON of metrics means what the bytes mean`() throws {
    var harness = MetricsHarness()
    for second in [0, 3, 60, 61] as [Int64] {
      harness.add(
        NamedRequest(
          consumer: "ü \"q\"", path: "/{a}", second: second, requestSize: second,
          responseSize: 1 << 40), duration: second * 1_234_567_891)
    }
    for message in harness.messages() {
      var text = OwnedBuffer<UInt8>(capacity: 1024)
      TelemetryJSON.append(message.body, of: "/v1/metrics", to: &text)
      let read = try OTLPMetricsRequest(jsonUTF8Bytes: text.copied())
      #expect(try read == OTLPMetricsRequest(serializedBytes: message.body))
    }
  }

  @Test func `64-bit integers are text, doubles and enumerations are numbers`() throws {
    var harness = MetricsHarness()
    harness.add(NamedRequest(second: 60), duration: 290_000_000)
    let body = try #require(harness.messages().first).body
    let point = try #require(Self.firstPoint(Self.json(body, "/v1/metrics")))
    #expect(point["startTimeUnixNano"] as? String == "60000000000")
    #expect(point["count"] as? String == "1")
    #expect(point["sum"] as? Double == 0.29)
    #expect(point["scale"] as? Int == 3)
    let positive = try #require(point["positive"] as? [String: Any])
    #expect(positive["offset"] as? Int == -15)
    #expect(positive["bucketCounts"] as? [String] == ["1"])
    #expect(point["zeroCount"] == nil)
  }

  private static func firstPoint(_ json: [String: Any]) -> [String: Any]? {
    let request = (json["resourceMetrics"] as? [[String: Any]])?.first
    let scope = (request?["scopeMetrics"] as? [[String: Any]])?.first
    let metric = (scope?["metrics"] as? [[String: Any]])?.first
    let histogram = metric?["exponentialHistogram"] as? [String: Any]
    return (histogram?["dataPoints"] as? [[String: Any]])?.first
  }
}
