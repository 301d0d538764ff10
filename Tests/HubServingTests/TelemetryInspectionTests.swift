import SwiftProtobuf
import TelemetryDecoding
import Testing

@testable import HubServing

/// Messages of OTLP, and what is wrong with them.
struct TelemetryInspectionTests {
  private typealias Point = OTLPExponentialHistogramDataPoint

  /// Two requests of 0.25 s and 1 s.
  private static func point(_ change: (inout Point) -> Void = { _ in }) -> Point {
    .with {
      $0.attributes = [
        TelemetryParts.pair("http.request.method", "GET"), TelemetryParts.pair("http.route", "/a"),
        TelemetryParts.pair("http.response.status_code", 200),
      ]
      $0.startTimeUnixNano = 1_795_425_000_000_000_000
      $0.timeUnixNano = 1_795_425_059_999_000_000
      $0.count = 2
      $0.sum = 1.25
      $0.scale = 3
      $0.min = 0.25
      $0.max = 1
      $0.positive.offset = -17
      $0.positive.bucketCounts = [1] + Array(repeating: 0, count: 15) + [1]
      change(&$0)
    }
  }

  private static func size(_ change: (inout Point) -> Void = { _ in }) -> Point {
    point {
      ($0.count, $0.sum, $0.min, $0.max) = (1, 1_025, 1_025, 1_025)
      $0.positive.offset = 80
      $0.positive.bucketCounts = [1]
      change(&$0)
    }
  }

  private static func request(
    _ points: [Point], sizes: [Point] = [], distro: String = "backtally",
    _ change: (inout OTLPResourceMetrics) -> Void = { _ in }
  ) -> OTLPMetricsRequest {
    func metric(_ name: String, _ unit: String, _ points: [Point]) -> OTLPMetric {
      .with {
        $0.name = name
        $0.unit = unit
        $0.exponentialHistogram.aggregationTemporality = 1
        $0.exponentialHistogram.dataPoints = points
      }
    }
    return .with {
      $0.resourceMetrics = [
        .with {
          $0.resource = TelemetryParts.resource(distro: distro)
          $0.scopeMetrics = [
            .with {
              $0.scope.name = "apitally"
              if !points.isEmpty {
                $0.metrics.append(metric("http.server.request.duration", "s", points))
              }
              if !sizes.isEmpty {
                $0.metrics.append(metric("http.server.response.body.size", "By", sizes))
              }
            }
          ]
          change(&$0)
        }
      ]
    }
  }

  private static func problems(_ request: OTLPMetricsRequest) throws -> [String] {
    let body: [UInt8] = try request.serializedBytes()
    return complaints { () throws(InvalidMessage) in
      _ = try TelemetryInspection.message(body, .metrics, digest: [], environment: "prod")
    }
  }

  @Test func `a message is read as numbers of a minute`() throws {
    let body: [UInt8] = try Self.request([Self.point()], sizes: [Self.size()]).serializedBytes()
    let message = try TelemetryInspection.message(body, .metrics, digest: [], environment: "prod")
    let group = try #require(message.groups.first)
    #expect(message.groups.count == 1)
    #expect(group.bucket == 1_795_425_000)
    #expect((group.requestCount, group.durationSum, group.responseSizeSum) == (2, 1.25, 1_025))
    #expect(group.key.path == "/a" && group.key.consumer == nil)
    let bars = group.bars.map { "\($0.histogram.rawValue) \($0.bin) \($0.count)" }.sorted()
    #expect(bars == ["durations -1 1", "durations -17 1", "response_size_bins 80 1"])
  }

  /// A change to a sound point, and part of what is said of it.
  struct PointFault: Sendable, CustomTestStringConvertible {
    var complaint: String
    var change: @Sendable (inout OTLPExponentialHistogramDataPoint) -> Void

    init(
      _ complaint: String,
      _ change: @escaping @Sendable (inout OTLPExponentialHistogramDataPoint) -> Void
    ) {
      (self.complaint, self.change) = (complaint, change)
    }

    var testDescription: String { complaint }
  }

  private static let faults = [
    PointFault("the scale is not 3") { $0.scale = 2 },
    PointFault("sum, min or max is missing") { $0.clearSum() },
    PointFault("flags") { $0.flags = 1 },
    PointFault("negative") { $0.negative.bucketCounts = [1] },
    PointFault("empty bucket") { $0.positive.bucketCounts.append(0) },
    PointFault("count is not") { $0.count = 3 },
    PointFault("the sum is not between") { $0.sum = 9 },
    PointFault("max is not in the last bucket") { $0.positive.offset = -16 },
    PointFault("min is 0 exactly") { $0.min = 0 },
    PointFault("cannot be") { $0.max = .infinity },
    PointFault("the start is not before") { $0.timeUnixNano = $0.startTimeUnixNano },
    PointFault("this century") { $0.startTimeUnixNano = 5 },
    PointFault("on a second") { $0.startTimeUnixNano += 1 },
    PointFault("the next minute's start") { $0.timeUnixNano = 1_795_425_060_000_000_000 },
    PointFault("method, route and status") { $0.attributes.removeFirst() },
    PointFault("attribute user.id") { $0.attributes.append(TelemetryParts.pair("user.id", "1")) },
    PointFault("not in upper case") { $0.attributes[0].value.stringValue = "get" },
    PointFault("OPTIONS") { $0.attributes[0].value.stringValue = "OPTIONS" },
    PointFault("its type") { $0.attributes[2].value.stringValue = "200" },
  ]

  @Test(arguments: faults)
  func `what is wrong with a point is said`(_ fault: PointFault) throws {
    let found = try Self.problems(Self.request([Self.point(fault.change)]))
    #expect(found.contains { $0.contains(fault.complaint) }, "\(found)")
  }

  @Test func `a sound message is taken`() throws {
    #expect(try Self.problems(Self.request([Self.point()], sizes: [Self.size()])).isEmpty)
  }

  @Test func `what is wrong with a request is said`() throws {
    func expect(_ complaint: String, _ request: OTLPMetricsRequest) throws {
      let found = try Self.problems(request)
      #expect(found.contains { $0.contains(complaint) }, "\(found)")
    }
    try expect("a size without its duration", Self.request([], sizes: [Self.size()]))
    try expect("a point comes twice", Self.request([Self.point(), Self.point()]))
    try expect("the message is empty", OTLPMetricsRequest())
    try expect(
      "differs from the header",
      Self.request([Self.point()]) { $0.resource.attributes[1].value.stringValue = "dev" })
    try expect(
      "not a UUID",
      Self.request([Self.point()]) { $0.resource.attributes[0].value.stringValue = "host-1" })
    try expect(
      "write token",
      Self.request([Self.point()]) { $0.resource.attributes[3].value.stringValue = "apt_1" })
    try expect(
      "not apitally", Self.request([Self.point()]) { $0.scopeMetrics[0].scope.name = "other" })
    try expect(
      "is not in s", Self.request([Self.point()]) { $0.scopeMetrics[0].metrics[0].unit = "ms" })
    try expect(
      "not a delta",
      Self.request([Self.point()]) {
        $0.scopeMetrics[0].metrics[0].exponentialHistogram.aggregationTemporality = 2
      })
    let found = complaints { () throws(InvalidMessage) in
      _ = try TelemetryInspection.message(
        [0xFF, 0x01], .metrics, digest: [], environment: "prod")
    }
    #expect(found.contains { $0.contains("not a message of OTLP") })
  }

  /// A live process's interval begins when it likes, and it has gauges of its own.
  @Test func `what an SDK sends is taken`() throws {
    let point = Self.point { $0.startTimeUnixNano += 907_116 }
    let request = Self.request([point], distro: "apitally-py") {
      $0.scopeMetrics[0].metrics.append(
        .with {
          $0.name = "process.uptime"
          $0.unit = "s"
          $0.gauge = OTLPGauge()
        })
    }
    #expect(try Self.problems(request).isEmpty)
  }
}
