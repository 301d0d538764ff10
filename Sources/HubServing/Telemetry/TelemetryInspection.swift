import SwiftProtobuf
import TelemetryDecoding

/// Reads a message of OTLP, and complains of whatever a receiver could misunderstand: more than Apitally's
/// own, which drops without a word what it cannot use.
///
/// What an Apitally SDK sends passes. Of backtally's own messages more is asked (``isOwn``): times on the
/// bounds of minutes, and nothing that is not in the protocol's description.
struct TelemetryInspection {
  /// Plain rules, with their limits.
  private static let maximumCombinations = 1_000
  /// The years 2000 to 2100, in nanoseconds.
  static let times: ClosedRange<UInt64> =
    946_684_800_000_000_000...4_102_444_800_000_000_000
  private static let scale: Int32 = 3
  private static let units = [
    "http.server.request.duration": "s", "http.server.request.body.size": "By",
    "http.server.response.body.size": "By",
  ]

  var inspection = Inspection()
  private let environment: String
  /// Whether the resource says that backtally has made the message.
  private(set) var isOwn = false
  private(set) var instance: String?

  /// - Parameter environment: of the request's header, which each resource has to name.
  init(environment: String) { self.environment = environment }

  /// - Returns: nil if there is something to complain about.
  static func message(
    _ body: [UInt8], _ signal: TelemetrySignal, digest: [UInt8], environment: String
  ) throws(InvalidMessage) -> TelemetryMessage {
    var reader = TelemetryInspection(environment: environment)
    var message: TelemetryMessage? = TelemetryMessage(signal, digest: digest)
    do {
      switch signal {
      case .metrics: reader.read(try OTLPMetricsRequest(serializedBytes: body), into: &message)
      case .logs: reader.read(try OTLPLogsRequest(serializedBytes: body), into: &message)
      case .traces: reader.read(try OTLPTracesRequest(serializedBytes: body), into: &message)
      }
    } catch {
      reader.inspection.complain(.wrongType, "not a message of OTLP in protobuf")
    }
    message?.instance = reader.instance
    message?.isOwn = reader.isOwn
    return try reader.inspection.verdict(message)
  }

  // MARK: What all have

  mutating func check(_ resource: OTLPResource) {
    var texts: [String: String] = [:]
    for pair in resource.attributes {
      if texts.updateValue(pair.value.stringValue, forKey: pair.key) != nil {
        inspection.complain(.duplicate, "resource attribute \(pair.key) twice")
      }
    }
    isOwn = texts["telemetry.distro.name"] == "backtally"
    for key in [
      "service.instance.id", "deployment.environment.name", "telemetry.distro.name",
      "telemetry.distro.version",
    ] where (texts[key] ?? "").isEmpty {
      inspection.complain(.missing, "resource attribute \(key) is required")
    }
    instance = texts["service.instance.id"]
    if let id = instance, canonicalUUID(id) == nil {
      inspection.complain(.wrongValue, "service.instance.id is not a UUID")
    }
    if let name = texts["deployment.environment.name"], name != environment {
      inspection.complain(
        .inconsistent, "deployment.environment.name differs from the header Apitally-Env")
    }
    if texts.values.contains(where: { $0.hasPrefix("apt_") }) {
      inspection.complain(.wrongValue, "a resource attribute holds a write token")
    }
    if isOwn, !resource.unknownFields.data.isEmpty {
      inspection.complain(.unknownKey, "the resource has unknown fields")
    }
  }

  mutating func check(_ scope: OTLPInstrumentationScope, _ unknown: UnknownStorage) {
    if isOwn && scope.name != "apitally" {
      inspection.complain(.wrongValue, "the scope is not apitally")
    }
    if isOwn && !unknown.data.isEmpty { inspection.complain(.unknownKey, "unknown fields") }
  }

  // MARK: Metrics

  private mutating func read(_ request: OTLPMetricsRequest, into message: inout TelemetryMessage?) {
    if request.resourceMetrics.isEmpty { inspection.complain(.missing, "the message is empty") }
    var seen: Set<PointKey> = []
    for resource in request.resourceMetrics where !inspection.isFull {
      check(resource.resource)
      for scope in resource.scopeMetrics { check(scope.scope, scope.unknownFields) }
      message?.groups += groups(resource.scopeMetrics.flatMap(\.metrics), &seen)
    }
  }

  private struct PointKey: Hashable {
    var metric: String
    var key: RequestItem.Key
    var start: UInt64
    var end: UInt64
  }

  private mutating func groups(
    _ metrics: [OTLPMetric], _ seen: inout Set<PointKey>
  ) -> [TelemetryMessage.Group] {
    var groups: [PointKey: TelemetryMessage.Group] = [:]
    var combinations: Set<RequestItem.Key> = []
    for metric in metrics.sorted(by: { $0.unit == "s" && $1.unit != "s" }) {
      guard let unit = Self.units[metric.name] else {
        if isOwn || !metric.name.hasPrefix("process.") {
          inspection.complain(.unknownKey, "unexpected metric \(metric.name.prefix(64))")
        }
        continue
      }
      if metric.unit != unit {
        inspection.complain(.wrongValue, "\(metric.name) is not in \(unit)")
      }
      guard case .exponentialHistogram(let histogram)? = metric.data,
        histogram.aggregationTemporality == 1
      else {
        inspection.complain(.wrongValue, "\(metric.name) is not a delta exponential histogram")
        continue
      }
      if histogram.dataPoints.isEmpty {
        inspection.complain(.missing, "\(metric.name) has no points")
      }
      for point in histogram.dataPoints where !inspection.isFull {
        guard let key = key(of: point), check(point, of: metric) else { continue }
        combinations.insert(key)
        let place = PointKey(
          metric: metric.name, key: key, start: point.startTimeUnixNano, end: point.timeUnixNano)
        if !seen.insert(place).inserted {
          inspection.complain(.duplicate, "a point comes twice: the same series, start and end")
        }
        add(point, of: metric.name, at: place, to: &groups)
      }
    }
    if combinations.count > Self.maximumCombinations {
      inspection.complain(.wrongValue, "more than \(Self.maximumCombinations) combinations")
    }
    return Array(groups.values)
  }

  /// Adds a point to the group of its duration, which has come before it.
  private mutating func add(
    _ point: OTLPExponentialHistogramDataPoint, of metric: String, at place: PointKey,
    to groups: inout [PointKey: TelemetryMessage.Group]
  ) {
    var anchor = place
    anchor.metric = ""
    if metric == "http.server.request.duration" {
      groups[anchor] = TelemetryMessage.Group(
        key: place.key, bucket: Int(place.start / 60_000_000_000 * 60))
      groups[anchor]?.requestCount = Int(point.count)
      groups[anchor]?.durationSum = point.sum
    } else if let count = groups[anchor]?.requestCount {
      if Int(point.count) > count { inspection.complain(.inconsistent, "more sizes than requests") }
      if metric == "http.server.request.body.size" {
        groups[anchor]?.requestSizeSum = Int(point.sum)
      } else {
        groups[anchor]?.responseSizeSum = Int(point.sum)
      }
    } else {
      inspection.complain(.inconsistent, "a size without its duration in the same request")
      return
    }
    let histogram = Histogram(metric: metric)
    if point.zeroCount > 0 {
      groups[anchor]?.bars.append((histogram, HubTotals.zeroBin, Int(point.zeroCount)))
    }
    for (index, count) in point.positive.bucketCounts.enumerated() where count > 0 {
      groups[anchor]?.bars.append((histogram, Int(point.positive.offset) + index, Int(count)))
    }
  }

  /// What the point is about; nil if that is not as it has to be.
  private mutating func key(of point: OTLPExponentialHistogramDataPoint) -> RequestItem.Key? {
    var texts: [String: String] = [:]
    var status: Int64?
    for pair in point.attributes {
      switch (pair.key, pair.value.value) {
      case ("http.response.status_code", .intValue(let value)?): status = value
      case ("http.request.method", .stringValue(let text)?),
        ("http.route", .stringValue(let text)?),
        ("apitally.consumer.identifier", .stringValue(let text)?):
        if texts.updateValue(text, forKey: pair.key) != nil {
          inspection.complain(.duplicate, "attribute \(pair.key) twice")
        }
      default:
        inspection.complain(.unknownKey, "attribute \(pair.key.prefix(64)), or its type")
      }
    }
    guard let method = texts["http.request.method"], let route = texts["http.route"],
      let status, !method.isEmpty, !route.isEmpty
    else {
      inspection.complain(.missing, "method, route and status are required")
      return nil
    }
    if method != method.uppercased() || method == "OPTIONS" {
      inspection.complain(.wrongValue, "the method is not in upper case, or OPTIONS")
    }
    if !(100...999).contains(status) { inspection.complain(.wrongValue, "not a status: \(status)") }
    let consumer = texts["apitally.consumer.identifier"]
    if let consumer, consumer.isEmpty || consumer.unicodeScalars.count > 128 {
      inspection.complain(.wrongValue, "a consumer is empty or longer than 128 characters")
    }
    return RequestItem.Key(
      consumer: consumer, method: method, path: route, statusCode: Int(status))
  }

  /// Whether the numbers of a point agree with each other.
  private mutating func check(
    _ point: OTLPExponentialHistogramDataPoint, of metric: OTLPMetric
  ) -> Bool {
    let before = inspection.complaints.count
    func require(_ isRight: Bool, _ message: String) {
      if !isRight { inspection.complain(.wrongValue, "\(metric.name): \(message)") }
    }
    require(point.scale == Self.scale, "the scale is not 3")
    require(point.hasSum && point.hasMin && point.hasMax, "sum, min or max is missing")
    require(point.zeroThreshold == 0 && point.flags == 0, "zero_threshold or flags are set")
    require(
      point.negative.bucketCounts.isEmpty && point.negative.offset == 0,
      "there are negative buckets")
    let counts = point.positive.bucketCounts
    require(counts.first != 0 && counts.last != 0, "there is an empty bucket at an end")
    require(counts.count < 17_000, "there are more buckets than doubles have")
    var sum = point.zeroCount
    var isOver = false
    for count in counts {
      let (next, overflow) = sum.addingReportingOverflow(count)
      (sum, isOver) = (next, isOver || overflow)
    }
    require(
      point.count > 0 && point.count < 1 << 53 && !isOver && point.count == sum,
      "count is not that of its buckets")
    require(
      point.sum.isFinite && point.min.isFinite && point.max.isFinite && 0 <= point.min
        && point.min <= point.max && point.sum < 0x1p62, "sum, min or max cannot be")
    guard inspection.complaints.count == before else { return false }
    let count = Double(point.count)
    require(
      count * point.min * (1 - 1e-9) <= point.sum && point.sum <= count * point.max * (1 + 1e-9),
      "the sum is not between count times min and count times max")
    require((point.min == 0) == (point.zeroCount > 0), "min is 0 exactly when there are zeros")
    require(!counts.isEmpty || point.positive.offset == 0, "there is an offset without buckets")
    if metric.unit == "By" {
      require(
        point.sum == point.sum.rounded() && point.min == point.min.rounded(), "not whole bytes")
    }
    if isOwn, let last = counts.indices.last {
      let first = Int(point.positive.offset)
      require(Self.exponentialBin(point.max) == first + last, "max is not in the last bucket")
      require(
        point.min == 0 || Self.exponentialBin(point.min) == first, "min is not in the first bucket")
    }
    let (start, end) = (point.startTimeUnixNano, point.timeUnixNano)
    require(
      Self.times.contains(start) && Self.times.contains(end), "a time is not of this century")
    require(start < end, "the start is not before the end")
    if isOwn {
      require(start % 1_000_000_000 == 0, "the start is not on a second")
      require(end % 60_000_000_000 != 0, "the end is the next minute's start")
    }
    if isOwn { require(point.unknownFields.data.isEmpty, "there are unknown fields") }
    return inspection.complaints.count == before
  }

  /// The bin of a value above 0 at scale 3: 2^(i/8) < value <= 2^((i+1)/8), by comparing significands.
  private static func exponentialBin(_ value: Double) -> Int {
    let bounds: [UInt64] = [
      0x10_0000_0000_0000, 0x11_72B8_3C7D_517A, 0x13_06FE_0A31_B715, 0x14_BFDA_D536_2A27,
      0x16_A09E_667F_3BCC, 0x18_ACE5_422A_A0DB, 0x1A_E89F_995A_D3AD, 0x1D_5818_DCFB_A487,
    ]
    let significand = value.significand.significandBitPattern | 1 << 52
    return Int(value.exponent) * 8 + bounds.count { significand > $0 } - 1
  }
}

extension Histogram {
  /// That of a metric.
  fileprivate init(metric: String) {
    switch metric {
    case "http.server.request.duration": self = .durationBins
    case "http.server.request.body.size": self = .requestSizeBins
    default: self = .responseSizeBins
    }
  }
}
