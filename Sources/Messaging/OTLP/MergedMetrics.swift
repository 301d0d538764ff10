internal import Addressing
internal import Attribution
internal import ByteScanning
package import Tallying

/// Encodes numbers that were added up elsewhere as requests with metrics (OTLP), one bucket after another:
/// the same points that ``MetricsEncoder`` makes of a table.
package struct MergedMetrics: ~Copyable {
  /// The numbers of one combination of consumer, method, route and status.
  package struct Point {
    /// Names as bytes; a consumer that is nil is none.
    package var consumer: [UInt8]?
    package var method: [UInt8]
    package var route: [UInt8]
    /// Below 1,000.
    package var status: Int64
    package var requestCount: Int64
    package var durations: ExponentialHistogram
    package var requestSizes: ExponentialHistogram
    package var responseSizes: ExponentialHistogram

    package init(
      consumer: [UInt8]?, method: [UInt8], route: [UInt8], status: Int64, requestCount: Int64,
      durations: ExponentialHistogram, requestSizes: ExponentialHistogram,
      responseSizes: ExponentialHistogram
    ) {
      (self.consumer, self.method, self.route) = (consumer, method, route)
      (self.status, self.requestCount) = (status, requestCount)
      (self.durations, self.requestSizes) = (durations, requestSizes)
      self.responseSizes = responseSizes
    }
  }

  private let width: BucketWidth
  private var requests: MetricsRequests
  private var pointCount = 0

  package init(_ source: TelemetrySource, width: BucketWidth) {
    self.width = width
    requests = MetricsRequests(source, width: width, names: RunNames(routeLimit: 1))
  }

  package var isEmpty: Bool { pointCount == 0 }
  /// Whether a request has to end before the next point.
  package var isFull: Bool {
    pointCount >= TelemetryLimits.combinations || requests.pointSize >= TelemetryLimits.points
  }

  /// Adds a point of `bucket`, as the first part of it.
  package mutating func append(_ point: Point, bucket: Int64) {
    if pointCount == 0 { requests.beginRequest() }
    requests.append(point, PointTimes(width, bucket: bucket, part: 0))
    pointCount += 1
  }

  /// What ``finish()`` gives.
  package struct Request {
    /// Field 1 of the message.
    package var body: [UInt8]
    package var requestCount: Int64
    /// How many of them have no duration, and count as 0 s.
    package var timelessCount: Int64
  }

  /// Ends the request.
  package mutating func finish() -> Request {
    var body = OwnedBuffer<UInt8>(capacity: requests.encodedSize + 16)
    requests.appendRequest(to: &body)
    pointCount = 0
    return Request(
      body: body.copied(), requestCount: requests.requestCount,
      timelessCount: requests.timelessCount)
  }
}

extension MetricsRequests {
  /// How many bytes the points of the request have that is being made.
  fileprivate var pointSize: Int { durations.count + requestSizes.count + responseSizes.count }

  fileprivate mutating func beginRequest() {
    durations.removeAll()
    requestSizes.removeAll()
    responseSizes.removeAll()
    (requestCount, timelessCount) = (0, 0)
  }

  fileprivate mutating func append(_ point: MergedMetrics.Point, _ times: PointTimes) {
    attributes.removeAll()
    attributes.append(field: 1, attribute: "http.request.method") {
      $0.append(field: AnyValueField.text, bytes: point.method.span)
    }
    attributes.append(field: 1, attribute: "http.route") {
      $0.append(field: AnyValueField.text, bytes: point.route.span)
    }
    attributes.write(atMost: Self.statusSize) { Self.put(status: UInt64(point.status), by: &$0) }
    if let consumer = point.consumer {
      attributes.append(field: 1, attribute: "apitally.consumer.identifier") {
        $0.append(field: AnyValueField.text, bytes: consumer.span)
      }
    }
    attributesSize = attributes.count
    attributes.write(atMost: 16) { writer in
      writer.put(littleEndian: 0)
      writer.put(littleEndian: 0)
    }
    values.fill(point.durations)
    let timeless = point.requestCount - values.count
    if timeless > 0 {
      // As in a table's point.
      values.addZeros(timeless)
      timelessCount += timeless
    }
    requestCount += point.requestCount
    Self.append(values, attributes, attributesSize, times, areSeconds: true, to: &durations)
    if !point.requestSizes.isEmpty {
      values.fill(point.requestSizes)
      Self.append(values, attributes, attributesSize, times, areSeconds: false, to: &requestSizes)
    }
    if !point.responseSizes.isEmpty {
      values.fill(point.responseSizes)
      Self.append(values, attributes, attributesSize, times, areSeconds: false, to: &responseSizes)
    }
  }
}

/// Makes messages of requests with metrics that were made before: one behind the other, compressed.
package struct MetricsMessages: ~Copyable {
  private let source: TelemetrySource
  private let encoder: BodyEncoder
  private var body = OwnedBuffer<UInt8>(capacity: 1 << 16)
  private var requestCount: Int64 = 0

  package init(_ source: TelemetrySource) {
    self.source = source
    encoder = BodyEncoder(source.encoding, isFast: true)
  }

  /// Adds a request; calls `send` with the message before it, if that is full.
  ///
  /// - Parameter uuid: the identity of a message with such a body.
  package mutating func add<Failure: Error>(
    _ request: [UInt8], requestCount: Int64, uuid: ([UInt8]) -> String,
    _ send: (HubMessage) throws(Failure) -> Void
  ) throws(Failure) {
    if body.count + request.count > TelemetryLimits.body { try finish(uuid: uuid, send) }
    body.append(request.span)
    self.requestCount += requestCount
  }

  package mutating func finish<Failure: Error>(
    uuid: ([UInt8]) -> String, _ send: (HubMessage) throws(Failure) -> Void
  ) throws(Failure) {
    guard !body.isEmpty else { return }
    let message = HubMessage(
      kind: .sync, envelope: source.envelope(of: .sync), uuid: uuid(body.copied()),
      content: encoder.encode(body), requestCount: requestCount)
    body.removeAll()
    requestCount = 0
    try send(message)
  }
}

/// Gives the points of a request with metrics the times of another part of their bucket.
package enum MetricsTimes {
  /// Which fields lead to the end of a point's time: those of a message's `ResourceMetrics`, its
  /// `ScopeMetrics`, `Metric`, `ExponentialHistogram` and `ExponentialHistogramDataPoint`.
  private static let path: [UInt64] = [1, 2, 2, 10, 1]
  private static let endField: UInt64 = 3

  /// - Returns: how many points there are; nil if `request` is not what this module writes.
  package static func setPart(
    _ part: Int, ofBucket bucket: Int64, _ width: BucketWidth, in request: inout [UInt8]
  ) -> Int? {
    let end = PointTimes(width, bucket: bucket, part: part).end
    return setTime(end, in: &request, 0..<request.count, path[...])
  }

  private static func setTime(
    _ time: UInt64, in bytes: inout [UInt8], _ range: Range<Int>, _ path: ArraySlice<UInt64>
  ) -> Int? {
    var count = 0
    var offset = range.lowerBound
    while offset < range.upperBound {
      guard let tag = varint(bytes, &offset, range.upperBound),
        let type = WireType(rawValue: tag & 7)
      else { return nil }
      let field = tag >> 3
      let size: Int
      switch type {
      case .varint:
        guard varint(bytes, &offset, range.upperBound) != nil else { return nil }
        size = 0
      case .fixed64: size = 8
      case .fixed32: size = 4
      case .delimited:
        guard let length = varint(bytes, &offset, range.upperBound),
          let length = Int(exactly: length)
        else { return nil }
        size = length
      }
      guard size <= range.upperBound - offset else { return nil }
      if let next = path.first {
        if field == next, type == .delimited {
          guard let inner = setTime(time, in: &bytes, offset..<offset + size, path.dropFirst())
          else { return nil }
          count += inner
        }
      } else if field == endField, type == .fixed64 {
        for place in 0..<8 {
          bytes[offset + place] = UInt8(truncatingIfNeeded: time >> UInt64(8 * place))
        }
        count += 1
      }
      offset += size
    }
    return count
  }

  private static func varint(_ bytes: [UInt8], _ offset: inout Int, _ end: Int) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < end, shift < 64 {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
