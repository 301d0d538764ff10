internal import Attribution
internal import ByteScanning
internal import Tallying

/// The requests (`ResourceMetrics`) that a table makes, one after another: protobuf, written by hand.
///
/// A request has the data points of one bucket, of three metrics. Points are in the order of method,
/// route, status and consumer, and those of one tally are in the same request: Apitally's server
/// joins sizes to the duration beside them.
///
/// Apart from ``MetricsEncoder``, because a generic type's code runs unspecialized in other modules.
struct MetricsRequests: ~Copyable {
  private let resource: [UInt8]
  private let width: BucketWidth
  private var consumers: NameCatalog
  private var methods: NameCatalog
  private var routes: NameCatalog
  private var order = ItemOrder()
  /// How many entries of `order` went into requests.
  private var position = 0
  /// Data points of the request that is being made, by metric.
  var durations = OwnedBuffer<UInt8>(capacity: 1 << 16)
  var requestSizes = OwnedBuffer<UInt8>(capacity: 1 << 16)
  var responseSizes = OwnedBuffer<UInt8>(capacity: 1 << 16)
  /// The attributes of a tally's points, and what a vector may read beyond them.
  var attributes = OwnedBuffer<UInt8>(capacity: 1024)
  var attributesSize = 0
  var values = ScaledHistogram(scale: MetricsRequests.scale)
  /// Kept here, since a global one is copied for each use.
  private let durationScale = ExponentialScale.durations
  private let sizeScale = ExponentialScale.sizes
  /// How many requests of clients the request counts.
  var requestCount: Int64 = 0
  /// How many of those have no duration, and count as 0 s.
  var timelessCount: Int64 = 0

  /// That of the middleware's histograms.
  static let scale = 3

  init(_ source: TelemetrySource, width: BucketWidth, names: RunNames) {
    resource = source.resource
    self.width = width
    consumers = NameCatalog(names.consumers, attribute: "apitally.consumer.identifier")
    methods = NameCatalog(names.methods, attribute: "http.request.method")
    routes = NameCatalog(names.routes, attribute: "http.route")
  }

  // MARK: Order

  /// Begins with the tallies of `table` in buckets before `end`.
  mutating func begin(_ table: borrowing TallyTable, before end: Int64) {
    consumers.refresh()
    routes.refresh()
    methods.refresh()
    position = 0
    order.removeAll()
    var firstBucket = Int64.max
    var lastBucket = Int64.min
    let tallies = table.all
    for index in tallies.indices {
      let bucket = tallies[index].key.bucket
      guard bucket < end else { continue }
      firstBucket = min(firstBucket, bucket)
      lastBucket = max(lastBucket, bucket)
    }
    if firstBucket <= lastBucket { sort(table, from: firstBucket, through: lastBucket) }
  }

  /// Sorts the tallies of these buckets by bucket, method, route, status and consumer.
  private mutating func sort(
    _ table: borrowing TallyTable, from firstBucket: Int64, through lastBucket: Int64
  ) {
    // A status is below 1,000.
    let statusShift = bitWidth(of: consumers.lastRank)
    let routeShift = statusShift + 10
    let methodShift = routeShift + bitWidth(of: routes.lastRank)
    let bucketShift = methodShift + bitWidth(of: methods.lastRank)
    let bucketBits = bitWidth(of: Int(lastBucket - firstBucket))
    // The limits of the names keep all but the bucket within a word.
    precondition(bucketShift <= 64)
    let holdsBucket = bucketShift + bucketBits <= 64
    let tallies = table.all
    for index in tallies.indices {
      let key = tallies[index].key
      guard key.bucket <= lastBucket else { continue }
      var place =
        UInt64(methods.rank(of: key.method)) &<< methodShift
        | UInt64(routes.rank(of: key.route)) &<< routeShift
        | UInt64(key.status) &<< statusShift | UInt64(consumers.rank(of: key.consumer))
      if holdsBucket { place |= UInt64(key.bucket - firstBucket) << bucketShift }
      order.append(index, at: place)
    }
    order.sort(bits: Int(holdsBucket ? bucketShift + bucketBits : bucketShift))
    if !holdsBucket {
      for position in 0..<order.count {
        order.replacePlace(
          at: position, by: UInt64(tallies[order.index(at: position)].key.bucket - firstBucket))
      }
      order.sort(bits: Int(bucketBits))
    }
  }

  // MARK: Requests

  /// The bucket of the next request of `table`; nil if there are no more.
  func nextBucket(of table: borrowing TallyTable) -> Int64? {
    position < order.count ? table.all[order.index(at: position)].key.bucket : nil
  }

  /// Makes the next request, of the bucket that comes next.
  ///
  /// - Parameter part: how many parts of the bucket were made before, by this run or another. The
  ///   points of each end a little earlier, so that no two are the same to a receiver.
  mutating func makeNext(of table: borrowing TallyTable, part: Int) {
    guard let bucket = nextBucket(of: table) else { preconditionFailure("there are no more") }
    durations.removeAll()
    requestSizes.removeAll()
    responseSizes.removeAll()
    (requestCount, timelessCount) = (0, 0)
    let times = PointTimes(width, bucket: bucket, part: part)
    let tallies = table.all
    var tallyCount = 0
    while position < order.count, tallyCount < TelemetryLimits.combinations,
      durations.count + requestSizes.count + responseSizes.count < TelemetryLimits.points
    {
      let tally = tallies[order.index(at: position)]
      guard tally.key.bucket == bucket else { break }
      append(tally, in: table, times)
      tallyCount += 1
      position += 1
    }
  }

  private mutating func append(
    _ tally: Tally, in table: borrowing TallyTable, _ times: PointTimes
  ) {
    writeAttributes(of: tally.key)
    // The least and the largest value stay when nothing is read into it.
    let count = tally.requestCount
    table.read(tally.responseTimes, in: durationScale, into: &values)
    let timeless = count - values.count
    if timeless > 0 {
      // The number of requests is that of durations: there is no other place for it.
      values.addZeros(timeless)
      timelessCount += timeless
    }
    requestCount += count
    Self.append(values, attributes, attributesSize, times, areSeconds: true, to: &durations)
    if tally.requestSizes.count > 0 {
      table.read(tally.requestSizes, in: sizeScale, into: &values)
      Self.append(values, attributes, attributesSize, times, areSeconds: false, to: &requestSizes)
    }
    if tally.responseSizes.count > 0 {
      table.read(tally.responseSizes, in: sizeScale, into: &values)
      Self.append(values, attributes, attributesSize, times, areSeconds: false, to: &responseSizes)
    }
  }

  // MARK: Data points

  private mutating func writeAttributes(of key: TallyKey) {
    // Taken out, so that it can be written to while the names are read.
    var attributes = OwnedBuffer<UInt8>(capacity: 1)
    swap(&attributes, &self.attributes)
    defer { swap(&attributes, &self.attributes) }
    attributes.removeAll()
    let limit =
      methods.longestLiteral + routes.longestLiteral + consumers.longestLiteral
      + Self.statusSize
    attributes.write(atMost: limit + 16) { writer in
      methods.putLiteral(of: key.method, by: &writer)
      routes.putLiteral(of: key.route, by: &writer)
      Self.put(status: UInt64(key.status), by: &writer)
      if key.consumer != 0 { consumers.putLiteral(of: key.consumer, by: &writer) }
    }
    attributesSize = attributes.count
    attributes.write(atMost: 16) { writer in
      writer.put(littleEndian: 0)
      writer.put(littleEndian: 0)
    }
  }

  @inline(__always)
  static func put(status: UInt64, by writer: inout ByteWriter) {
    let size = varintSize(status)
    // KeyValue {key, AnyValue {int_value}}.
    writer.put(byte: 0x0A)
    writer.put(byte: UInt8(2 + 25 + 2 + 1 + size))
    writer.put(byte: 0x0A)
    writer.put(byte: 25)
    writer.put(literal: "http.response.status_code")
    writer.put(byte: 0x12)
    writer.put(byte: UInt8(1 + size))
    writer.put(byte: 0x18)
    writer.put(varint: status)
  }

  static let statusSize = 64

  /// Appends values as a point: field 1 of `ExponentialHistogram`.
  ///
  /// - Parameter attributes: begins with so many bytes of attributes.
  @inline(__always)
  static func append(
    _ values: borrowing ScaledHistogram, _ attributes: borrowing OwnedBuffer<UInt8>,
    _ attributesSize: Int, _ times: PointTimes, areSeconds: Bool,
    to points: inout OwnedBuffer<UInt8>
  ) {
    let counts = values.counts.span
    var packed = 0
    for index in counts.indices {
      packed &+= varintSize(UInt64(truncatingIfNeeded: counts[index]))
    }
    let offset = zigzag(values.firstBin)
    let positive =
      counts.count == 0
      ? 0 : (offset == 0 ? 0 : 1 + varintSize(offset)) + 1 + varintSize(packed) + packed
    let size =
      attributesSize + (times.start == 0 ? 0 : 9) + 9 + 9 + 9 + 2
      + (values.zeroCount > 0 ? 9 : 0)
      + (positive == 0 ? 0 : 1 + varintSize(positive) + positive) + 9 + 9
    points.write(atMost: size + 16) { writer in
      writer.put(byte: 0x0A)
      writer.put(length: size)
      writer.put(attributes.span, in: 0..<attributesSize)
      if times.start != 0 { writer.put(tag: 0x11, fixed64: times.start) }
      writer.put(tag: 0x19, fixed64: times.end)
      writer.put(tag: 0x21, fixed64: UInt64(truncatingIfNeeded: values.count))
      writer.put(tag: 0x29, double: values.sum.real(areSeconds: areSeconds))
      writer.put(byte: 0x30)
      writer.put(byte: UInt8(zigzag(MetricsRequests.scale)))
      if values.zeroCount > 0 {
        writer.put(tag: 0x39, fixed64: UInt64(truncatingIfNeeded: values.zeroCount))
      }
      if positive > 0 {
        writer.put(byte: 0x42)
        writer.put(length: positive)
        if offset != 0 {
          writer.put(byte: 0x08)
          writer.put(varint: offset)
        }
        writer.put(byte: 0x12)
        writer.put(length: packed)
        for index in counts.indices {
          writer.put(varint: UInt64(truncatingIfNeeded: counts[index]))
        }
      }
      let first = values.zeroCount > 0 ? nil : values.firstBin
      let last = counts.count > 0 ? values.firstBin + counts.count - 1 : nil
      writer.put(tag: 0x61, double: values.least.real(areSeconds: areSeconds, inBin: first))
      writer.put(tag: 0x69, double: values.largest.real(areSeconds: areSeconds, inBin: last))
    }
  }

  // MARK: Assembling

  private static let durationNames: Names = ("http.server.request.duration", "s")
  private static let requestSizeNames: Names = ("http.server.request.body.size", "By")
  private static let responseSizeNames: Names = ("http.server.response.body.size", "By")

  private typealias Names = (name: StaticString, unit: StaticString)

  /// How many bytes the request has that was made last.
  var encodedSize: Int {
    let size = contentSize
    return 1 + varintSize(size) + size
  }

  private var contentSize: Int {
    resource.count + 1 + varintSize(scopeMetricsSize) + scopeMetricsSize
  }

  private var scopeMetricsSize: Int {
    1 + varintSize(Self.scopeSize) + Self.scopeSize + Self.size(durations.count, Self.durationNames)
      + Self.size(requestSizes.count, Self.requestSizeNames)
      + Self.size(responseSizes.count, Self.responseSizeNames)
  }

  private static let scopeSize = 2 + TelemetrySource.scope.utf8CodeUnitCount

  /// Appends the request that was made last, field 1 of the message: the three metrics in their scope and
  /// resource.
  func appendRequest(to body: inout OwnedBuffer<UInt8>) {
    body.write(atMost: encodedSize + 16) { writer in
      writer.put(byte: 0x0A)
      writer.put(length: contentSize)
      writer.put(resource.span, in: 0..<resource.count)
      writer.put(byte: 0x12)
      writer.put(length: scopeMetricsSize)
      writer.put(byte: 0x0A)
      writer.put(length: Self.scopeSize)
      writer.put(byte: 0x0A)
      writer.put(length: TelemetrySource.scope.utf8CodeUnitCount)
      writer.put(literal: TelemetrySource.scope)
      Self.put(durations, Self.durationNames, by: &writer)
      Self.put(requestSizes, Self.requestSizeNames, by: &writer)
      Self.put(responseSizes, Self.responseSizeNames, by: &writer)
    }
  }

  /// How many bytes a metric with so many bytes of points has, as field 2 of `ScopeMetrics`.
  private static func size(_ points: Int, _ names: Names) -> Int {
    if points == 0 { return 0 }
    let size = contentSize(points, names)
    return 1 + varintSize(size) + size
  }

  private static func contentSize(_ points: Int, _ names: Names) -> Int {
    2 + names.name.utf8CodeUnitCount + 2 + names.unit.utf8CodeUnitCount + 1
      + varintSize(points + 2) + points + 2
  }

  private static func put(
    _ points: borrowing OwnedBuffer<UInt8>, _ names: Names, by writer: inout ByteWriter
  ) {
    if points.isEmpty { return }
    writer.put(byte: 0x12)
    writer.put(length: contentSize(points.count, names))
    for (tag, text) in [(0x0A, names.name), (0x1A, names.unit)] as [(UInt8, StaticString)] {
      writer.put(byte: tag)
      writer.put(length: text.utf8CodeUnitCount)
      writer.put(literal: text)
    }
    writer.put(byte: 0x52)
    writer.put(length: points.count + 2)
    writer.put(points.span, in: 0..<points.count)
    // aggregation_temporality: delta.
    writer.put(byte: 0x10)
    writer.put(byte: 1)
  }
}

/// Which time the points of a part of a bucket are of, in nanoseconds since 1970.
struct PointTimes {
  /// The bucket's. Apitally goes by it.
  let start: UInt64
  /// The last millisecond of the bucket, so that a receiver that goes by the end cuts to the same minute;
  /// of each further part a millisecond earlier, and when these are used up a nanosecond.
  let end: UInt64

  init(_ width: BucketWidth, bucket: Int64, part: Int) {
    let start = UInt64(width.start(of: bucket)) * 1_000_000_000
    let milliseconds = width.seconds * 1_000 - 1
    let whole = min(part, milliseconds - 1)
    // Nobody reopens a bucket a million times.
    let rest = min(part - whole, 999_999)
    self.start = start
    end = start + UInt64(milliseconds - whole) * 1_000_000 - UInt64(rest)
  }
}

extension UInt128 {
  /// A sum of nanoseconds or bytes as it is written: in seconds, or in bytes.
  fileprivate func real(areSeconds: Bool) -> Double {
    // The wide conversion is slow.
    let number =
      self <= UInt128(UInt64.max) ? Double(UInt64(truncatingIfNeeded: self)) : Double(self)
    return areSeconds ? number / 1e9 : number
  }
}

extension Int64 {
  /// A value as it is written.
  ///
  /// - Parameter bin: where it was counted; nil for zero. Doubles of very large numbers are so far apart that
  ///   the nearest may lie beyond the bin's bound; then it is the next one within.
  fileprivate func real(areSeconds: Bool, inBin bin: Int?) -> Double {
    let number = areSeconds ? Double(self) / 1e9 : Double(self)
    guard self >= 1 << 50, let bin else { return number }
    return number.moved(intoBin: bin)
  }
}

extension Double {
  /// The nearest one in that bin.
  fileprivate func moved(intoBin bin: Int) -> Double {
    var number = self
    func distance() -> Int {
      ExponentialScale.bin(ofDouble: number, scale: MetricsRequests.scale) - bin
    }
    while distance() < 0 { number = number.nextUp }
    while distance() > 0 { number = number.nextDown }
    return number
  }
}

/// How many bits it takes to write `number`, which is not negative.
private func bitWidth(of number: Int) -> UInt64 {
  UInt64(Int.bitWidth - number.leadingZeroBitCount)
}
