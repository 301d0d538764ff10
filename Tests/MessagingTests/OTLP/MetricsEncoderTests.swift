import Foundation
import Messaging
import SwiftProtobuf
import Tallying
import TelemetryDecoding
import TestSupport
import Testing

/// What is written by hand is held against code that was generated for the same messages.
struct MetricsEncoderTests {
  private static func mixed(count: Int, seed: UInt64) -> MetricsHarness {
    var generator = SeededGenerator(seed: seed)
    var harness = MetricsHarness()
    for _ in 0..<count {
      var request = NamedRequest(
        consumer: [nil, "a", "ü", String(repeating: "x", count: 128)].randomElement(
          using: &generator) ?? nil,
        method: ["GET", "POST"].randomElement(using: &generator) ?? "",
        path: ["/", "/users/{id:int}", "/\(String(repeating: "p", count: 200))"].randomElement(
          using: &generator) ?? "",
        status: [100, 127, 128, 200, 404, 599].randomElement(using: &generator) ?? 0,
        second: Int64.random(in: 0..<600, using: &generator))
      let hasSizes = Bool.random(using: &generator)
      if hasSizes {
        request.requestSize = Int64.random(in: 0..<1 << 40, using: &generator) >> 20
        request.responseSize =
          Int64.random(in: 0..<1 << 50, using: &generator)
          >> Int64.random(in: 0..<50, using: &generator)
      }
      let duration =
        Int64.random(in: 0..<1 << 40, using: &generator)
        >> Int64.random(in: 0..<40, using: &generator)
      harness.add(request, duration: Bool.random(using: &generator) ? duration : nil)
    }
    return harness
  }

  @Test(arguments: [1, 7, 3_000])
  func `the bytes are those that generated code makes of the same message`(count: Int) throws {
    let harness = Self.mixed(count: count, seed: 71)
    for message in harness.messages() {
      let decoded = try OTLPMetricsRequest(serializedBytes: message.body)
      let bytes: [UInt8] = try decoded.serializedBytes()
      #expect(bytes == message.body)
      #expect(decoded.resourceMetrics.allSatisfy { $0.unknownFields.data.isEmpty })
    }
  }

  @Test func `a point holds count, sum, least, largest and bins of its values`() throws {
    var harness = MetricsHarness()
    let request = NamedRequest(
      consumer: "acme", path: "/a", status: 201, second: 120, requestSize: 0, responseSize: 1_025)
    harness.add(request, duration: 290_000_000)
    harness.add(request, duration: 1_000_000_000)
    harness.add(request, duration: 1_001_000_000)
    harness.add(request, duration: 0)
    let all = try harness.requests()
    try #require(all.count == 1)
    let point = try #require(all[0].durations.first)
    #expect(
      point.attributes.text == [
        "http.request.method=GET", "http.route=/a", "http.response.status_code=#201",
        "apitally.consumer.identifier=acme",
      ])
    #expect(point.startTimeUnixNano == 120_000_000_000)
    #expect(point.timeUnixNano == 179_999_000_000)
    #expect(point.count == 4)
    #expect(point.zeroCount == 1)
    #expect(point.sum == 2.291)
    #expect((point.min, point.max) == (0, 1.001))
    #expect(point.scale == 3)
    #expect(point.positive.offset == -15)
    #expect(point.positive.bucketCounts == [1] + Array(repeating: 0, count: 13) + [1, 1])
    let received = try #require(all[0].requestSizes.first)
    #expect((received.count, received.zeroCount, received.hasPositive) == (4, 4, false))
    #expect(received.hasSum && received.hasMin && received.hasMax)
    let sent = try #require(all[0].responseSizes.first)
    #expect((sent.sum, sent.min, sent.max) == (4_100, 1_025, 1_025))
    #expect((sent.positive.offset, sent.positive.bucketCounts) == (80, [4]))
    #expect(all[0].scopeMetrics.map(\.scope.name) == ["apitally"])
    let metrics = all[0].scopeMetrics[0].metrics
    #expect(
      metrics.map { "\($0.name) \($0.unit)" } == [
        "http.server.request.duration s", "http.server.request.body.size By",
        "http.server.response.body.size By",
      ])
    #expect(metrics.allSatisfy { $0.exponentialHistogram.aggregationTemporality == 1 })
  }

  @Test func `the resource tells who reports, and nothing of the machine`() throws {
    var harness = MetricsHarness()
    harness.add(NamedRequest(), duration: 1)
    #expect(
      try harness.requests()[0].resource.attributes.text == [
        "telemetry.sdk.language=swift", "telemetry.sdk.name=backtally",
        "telemetry.sdk.version=1.2.3",
        "service.instance.id=76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", "service.name=backtally",
        "deployment.environment.name=prod", "telemetry.distro.name=backtally",
        "telemetry.distro.version=1.2.3",
      ])
  }

  @Test func `requests without a duration count as 0 s, since there is no other place for them`()
    throws
  {
    var harness = MetricsHarness()
    for _ in 0..<3 { harness.add(NamedRequest(responseSize: 5)) }
    harness.add(NamedRequest(), duration: 2_000_000_000)
    var encoder = MetricsEncoder(MetricsHarness.source, width: harness.width, names: harness.names)
    var body: [UInt8] = []
    encoder.encode(harness.table, part: { _ in 0 }) { body = $0.body }
    encoder.finish { body = $0.body }
    let point = try #require(
      OTLPMetricsRequest(serializedBytes: body).resourceMetrics.first?.durations.first)
    #expect((point.count, point.zeroCount, point.sum) == (4, 3, 2))
    #expect((point.min, point.max) == (0, 2))
    #expect(encoder.timelessCount == 3)
  }

  @Test func `points are in the order of method, route, status and consumer`() throws {
    var generator = SeededGenerator(seed: 72)
    var harness = MetricsHarness()
    let words = ["a", "B", "b", "é", "😀", "ab"]
    var keys: [[String]] = []
    for method in ["GET", "DELETE"] {
      for path in words {
        for status in [200, 404] {
          for consumer in [""] + words { keys.append([method, path, "\(status)", consumer]) }
        }
      }
    }
    for key in keys.shuffled(using: &generator) {
      harness.add(
        NamedRequest(
          consumer: key[3].isEmpty ? nil : key[3], method: key[0], path: key[1],
          status: Int(key[2]) ?? 0), duration: 1)
    }
    let expected = keys.sorted { left, right in
      for (first, second) in zip(left, right) where first != second {
        return first.utf8.lexicographicallyPrecedes(second.utf8)
      }
      return false
    }
    let found = try harness.requests().flatMap(\.durations).map { point in
      let texts = point.attributes.map {
        $0.value.intValue > 0 ? "\($0.value.intValue)" : $0.value.stringValue
      }
      return texts + (texts.count == 3 ? [""] : [])
    }
    #expect(found == expected)
  }

  @Test func `a request holds at most a thousand combinations, and sizes beside their durations`()
    throws
  {
    var harness = MetricsHarness()
    for index in 0..<2_500 {
      harness.add(
        NamedRequest(consumer: "c\(index)", second: 0, responseSize: index % 2 == 0 ? 9 : nil),
        duration: 1_000)
    }
    let all = try harness.requests()
    #expect(all.map(\.durations.count) == [1_000, 1_000, 500])
    #expect(all.reduce(0) { $0 + $1.responseSizes.count } == 1_250)
    for request in all {
      let durations = Set(request.durations.map(\.attributes.text))
      #expect(request.responseSizes.allSatisfy { durations.contains($0.attributes.text) })
    }
  }

  @Test func `a message is closed before it is too large`() {
    var harness = MetricsHarness()
    for index in 0..<6_000 {
      harness.add(
        NamedRequest(
          consumer: "c\(index)", path: "/" + String(repeating: "r", count: 300),
          second: Int64(index % 7) * 60, requestSize: 1, responseSize: 1), duration: 1)
    }
    let messages = harness.messages()
    #expect(messages.count > 1)
    #expect(messages.allSatisfy { $0.body.count <= TelemetryLimits.body })
    #expect(messages.reduce(0) { $0 + $1.requestCount } == 6_000)
  }

  // MARK: Times

  @Test func `a further part of a bucket begins with it, and ends a millisecond earlier`() throws {
    var harness = MetricsHarness()
    harness.add(NamedRequest(second: 60), duration: 1)
    let ends = try (0..<4).map { part in
      try harness.requests(parts: [1: part])[0].durations[0].timeUnixNano
    }
    #expect(ends == [119_999_000_000, 119_998_000_000, 119_997_000_000, 119_996_000_000])
  }

  @Test func `parts of a bucket of one second end at different times, however many there are`()
    throws
  {
    var harness = MetricsHarness(seconds: 1)
    harness.add(NamedRequest(second: 7), duration: 1)
    var ends: Set<UInt64> = []
    for part in 0..<3_000 {
      let point = try harness.requests(parts: [7: part])[0].durations[0]
      #expect(point.startTimeUnixNano == 7_000_000_000)
      #expect((7_000_000_001...7_999_000_000).contains(point.timeUnixNano))
      ends.insert(point.timeUnixNano)
    }
    #expect(ends.count == 3_000)
  }

  // MARK: Bins

  /// Beside each bound of scale 3, and where doubles are further apart than the bound is from a value, the
  /// least and the largest are in the first and the last bin all the same.
  @Test(arguments: [true, false])
  func `least and largest are in the bins that they were counted in`(areDurations: Bool) throws {
    let scale = areDurations ? ExponentialScale.durations : .sizes
    let limit: Double = areDurations ? 366 * 86_400e9 : 0x1p62
    var checked = 0
    for bin in scale.bin(of: 1)...scale.bin(of: 1 << 62) where bin & 3 == 3 {
      let bound = scale.upperBound(of: bin)
      guard bound < limit else { break }
      for value in [Int64(bound) - 1, Int64(bound), Int64(bound) + 1] where value > 0 {
        var harness = MetricsHarness()
        let request = NamedRequest(responseSize: areDurations ? nil : value)
        harness.add(request, duration: areDurations ? value : 1)
        let all = try harness.requests()
        let point = try #require((areDurations ? all[0].durations : all[0].responseSizes).first)
        #expect(point.min == point.max)
        #expect(ExponentialScale.bin(ofDouble: point.max, scale: 3) == point.positive.offset)
        #expect(Int(point.positive.offset) == scale.bin(of: value) >> 2)
        checked += 1
      }
    }
    #expect(checked > 1_000)
  }

  /// Bins that exact arithmetic gives (of 1 s they are eight for each doubling).
  @Test(
    arguments: [
      (1, -240), (1_000, -160), (1_000_000, -80), (62_500_000, -33), (100_000_000, -27),
      (125_000_000, -25), (250_000_000, -17), (290_000_000, -15), (500_000_000, -9),
      (1_000_000_000, -1), (2_000_000_000, 7), (3_000_000_000, 12), (1_000_000_000_000, 79),
      (10_000_000, -54), (20_000_000, -46), (999_000_000, -1), (1_001_000_000, 0),
    ] as [(Int64, Int32)])
  func `a duration is counted in its bin`(_ nanoseconds: Int64, _ bin: Int32) throws {
    var harness = MetricsHarness()
    harness.add(NamedRequest(), duration: nanoseconds)
    let point = try harness.requests()[0].durations[0]
    #expect((point.positive.offset, point.positive.bucketCounts) == (bin, [1]))
    #expect(point.sum == Double(nanoseconds) / 1e9)
  }

  /// The values that no log can hold, too: what a receiver of doubles finds.
  @Test(arguments: [
    ("5e-324", -8593), ("2.2250738585072014e-308", -8177), ("1.5e-323", -8580),
    ("1.7e308", 8191), ("1.0000000000000002", 0), ("0.9999999999999999", -1),
    ("1024.0000000000002", 80), ("1099511627776.0002", 320), ("0.0009765625000000002", -80),
    ("0.0009765624999999999", -81), ("9007199254740991", 423), ("9007199254740992", 423),
    ("8.98846567431158e307", 8183), ("8.988465674311582e307", 8184),
    ("1.7976931348623157e308", 8191), ("1e9", 239), ("3", 12),
  ])
  func `the bin of a double`(_ text: String, _ bin: Int) throws {
    let value = try #require(Double(text))
    #expect(ExponentialScale.bin(ofDouble: value, scale: 3) == bin)
  }
}
