internal import Addressing
package import Attribution
internal import ByteScanning
package import Tallying

/// Encodes tallies as messages with metrics (OTLP): delta exponential histograms of durations and sizes.
///
/// A message holds the requests of many buckets, one after another, and is closed at the latest when
/// ``finish(_:)`` is called.
package struct MetricsEncoder: ~Copyable {
  private let source: TelemetrySource
  private var requests: MetricsRequests
  private let encoder: BodyEncoder
  /// As much of the body as the encoder needs.
  private var body = OwnedBuffer<UInt8>(capacity: 1 << 16)
  private var bodySize = 0
  /// Requests of clients in the body.
  private var requestCount: Int64 = 0
  private var generator = SystemRandomNumberGenerator()
  /// How many requests of clients had no duration, and count as 0 s.
  package private(set) var timelessCount: Int64 = 0

  package init(_ source: TelemetrySource, width: BucketWidth, names: RunNames) {
    self.source = source
    requests = MetricsRequests(source, width: width, names: names)
    encoder = BodyEncoder(source.encoding, isFast: true)
  }

  /// Encodes the tallies of `table` in buckets before `end`, and calls `send` with each message that is
  /// full.
  ///
  /// - Parameter part: how many parts of a bucket, which it is given by its number, were made before. It
  ///   is called once for each bucket.
  package mutating func encode<Failure: Error>(
    _ table: borrowing TallyTable, before end: Int64 = .max,
    part: (Int64) throws(Failure) -> Int, _ send: (HubMessage) throws(Failure) -> Void
  ) throws(Failure) {
    requests.begin(table, before: end)
    var last: (bucket: Int64, part: Int)?
    while let bucket = requests.nextBucket(of: table) {
      let number =
        if let last, last.bucket == bucket { last.part } else { try part(bucket) }
      last = (bucket, number)
      requests.makeNext(of: table, part: number)
      if bodySize + requests.encodedSize > TelemetryLimits.body { try finish(send) }
      if encoder.needsMore(than: body.count) { requests.appendRequest(to: &body) }
      bodySize += requests.encodedSize
      requestCount += requests.requestCount
      timelessCount += requests.timelessCount
    }
  }

  /// Calls `send` with what has not been sent yet.
  package mutating func finish<Failure: Error>(
    _ send: (HubMessage) throws(Failure) -> Void
  ) throws(Failure) {
    guard bodySize > 0 else { return }
    let message = HubMessage(
      kind: .sync, envelope: source.envelope(of: .sync), uuid: randomUUID(using: &generator),
      content: encoder.encode(body, ofSize: bodySize), requestCount: requestCount)
    body.removeAll()
    (bodySize, requestCount) = (0, 0)
    try send(message)
  }
}
