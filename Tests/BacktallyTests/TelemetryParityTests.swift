import Foundation
import SwiftProtobuf
import TelemetryDecoding
import TestSupport
import Testing

/// What the live middleware (1.0) counted, and what the import reports of the same requests by OTLP.
/// `scripts/fixtures/make_telemetry_fixture.py` made the fixture, and added it up in fractions.
struct TelemetryParityTests {
  private struct Series: Decodable {
    var metric: String
    var start: Int64
    var method: String
    var route: String
    var status: Int64
    var consumer: String?
    var count: Int
    /// Nanoseconds or bytes, as are `min` and `max`.
    var sum: Int64
    var zero: Int
    var min: Int64
    var max: Int64
    var bins: [String: Int]

    var key: String {
      "\(metric) \(start) \(method) \(route) \(status) \(consumer.map { "'\($0)'" } ?? "none")"
    }
  }

  private static func expected() throws -> [String: Series] {
    let url = URL(filePath: Program.fixture("oracle/otlp.totals.json"))
    let list = try JSONDecoder().decode([Series].self, from: Data(contentsOf: url))
    return Dictionary(uniqueKeysWithValues: list.map { ($0.key, $0) })
  }

  private struct Line: Decodable {
    var path: String
    var headers: [String: String]
    var body_base64: String?
  }

  private static func payloads(_ encoding: String) async throws -> [Substring] {
    let folder = try TemporaryFolder()
    let outcome = try await folder.backtally(
      [
        "import", "--config", Program.fixture("oracle/otlp.yaml"), "--payloads", "-",
        "--payloads-encoding", encoding, Program.fixture("oracle/otlp.calls.jsonl"),
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.text.split(separator: "\n")
  }

  /// The request in a line, from JSON or from bytes.
  private static func request(_ line: Substring) throws -> OTLPMetricsRequest? {
    let head = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
    #expect(head.headers == ["Apitally-Env": "test"])
    guard head.path == "/v1/metrics" else { return nil }
    if let text = head.body_base64 {
      return try OTLPMetricsRequest(serializedBytes: #require(Data(base64Encoded: text)))
    }
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    let body = try JSONSerialization.data(withJSONObject: #require(object?["body"]))
    return try OTLPMetricsRequest(jsonUTF8Bytes: Array(body))
  }

  @Test(arguments: ["json", "protobuf"])
  func `counts, sums and bins are those of the middleware in every series and minute`(
    encoding: String
  ) async throws {
    var rest = try Self.expected()
    #expect(rest.count > 300)
    for request in try await Self.payloads(encoding).compactMap(Self.request) {
      for metric in request.resourceMetrics.flatMap(\.scopeMetrics).flatMap(\.metrics) {
        for point in metric.exponentialHistogram.dataPoints {
          let consumer = point.attributes.first { $0.key == "apitally.consumer.identifier" }
          let key =
            "\(metric.name) \(point.startTimeUnixNano / 1_000_000_000) "
            + "\(point.attributes[0].value.stringValue) \(point.attributes[1].value.stringValue) "
            + "\(point.attributes[2].value.intValue) "
            + (consumer.map { "'\($0.value.stringValue)'" } ?? "none")
          guard let series = rest.removeValue(forKey: key) else {
            Issue.record("not in what was counted: \(key)")
            continue
          }
          let unit = metric.unit == "s" ? 1e9 : 1
          #expect(point.count == UInt64(series.count), "\(key)")
          #expect(point.zeroCount == UInt64(series.zero), "\(key)")
          #expect(point.sum == Double(series.sum) / unit, "\(key)")
          #expect(point.min == Double(series.min) / unit, "\(key)")
          #expect(point.max == Double(series.max) / unit, "\(key)")
          var bins: [String: Int] = [:]
          for (index, count) in point.positive.bucketCounts.enumerated() where count > 0 {
            bins["\(Int(point.positive.offset) + index)"] = Int(count)
          }
          #expect(bins == series.bins, "\(key)")
        }
      }
    }
    #expect(rest.isEmpty, "\(rest.keys.prefix(3))")
  }

  @Test func `both encodings of a message mean the same`() async throws {
    for line in try await Self.payloads("both") {
      let bytes = try Self.request(line)
      var object = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      object["body_base64"] = nil
      let text = try JSONSerialization.data(withJSONObject: object)
      #expect(try Self.request(Substring(decoding: text, as: UTF8.self)) == bytes)
    }
  }
}
