internal import Addressing
internal import ByteScanning
internal import Compressing
internal import Crypto

/// Who reports by OTLP, and how its messages travel: what all messages of a run have in common.
package struct TelemetrySource: Sendable {
  /// How bodies are written.
  package enum Encoding: Sendable {
    /// As they are sent.
    case gzip
    /// As they are before they are compressed.
    case plain
    /// Not at all: of a dry run, which only tells how much it would be to send, a few are compressed.
    case measured
  }

  /// The scope of all that is reported, and the name of what reports it.
  static let scope: StaticString = "apitally"

  package var environment: String
  /// A UUID: one for an app, an environment and a state directory, because each is another running
  /// instance.
  package var instance: String
  /// This program's.
  package var version: String
  package var encoding: Encoding

  package init(environment: String, instance: String, version: String, encoding: Encoding) {
    (self.environment, self.instance) = (environment, instance)
    (self.version, self.encoding) = (version, encoding)
  }

  /// The resource: field 1 of `ResourceMetrics`, `ResourceLogs` and `ResourceSpans`.
  var resource: [UInt8] {
    var bytes = OwnedBuffer<UInt8>(capacity: 512)
    bytes.append(field: 1) { resource in
      resource.append(field: 1, attribute: "telemetry.sdk.language", text: "swift")
      resource.append(field: 1, attribute: "telemetry.sdk.name", text: "backtally")
      resource.append(field: 1, attribute: "telemetry.sdk.version", text: version)
      resource.append(field: 1, attribute: "service.instance.id", text: instance)
      resource.append(field: 1, attribute: "service.name", text: "backtally")
      resource.append(field: 1, attribute: "deployment.environment.name", text: environment)
      resource.append(field: 1, attribute: "telemetry.distro.name", text: "backtally")
      resource.append(field: 1, attribute: "telemetry.distro.version", text: version)
    }
    return bytes.copied()
  }

  /// How messages of `kind` travel.
  func envelope(of kind: MessageKind) -> Envelope {
    let path =
      switch kind {
      case .sync: "/v1/metrics"
      case .startup: "/v1/logs"
      case .log: "/v1/traces"
      }
    return envelope(to: path, isDroppable: kind == .log)
  }

  func envelope(to path: String, isDroppable: Bool = false) -> Envelope {
    var headers = [
      Envelope.Header.contentType("application/x-protobuf"),
      Envelope.Header("Apitally-Env", environment),
    ]
    if encoding != .plain { headers.insert(Envelope.Header("Content-Encoding", "gzip"), at: 1) }
    return Envelope(path: path, headers: headers, isDroppable: isDroppable)
  }

  /// A resource and its one scope, which hold what `body` appends to the scope: the whole body of a
  /// request for logs or spans.
  func request(_ body: (inout OwnedBuffer<UInt8>) -> Void) -> OwnedBuffer<UInt8> {
    var bytes = OwnedBuffer<UInt8>(capacity: 4096)
    bytes.append(field: 1) { request in
      request.append(resource)
      request.append(field: 2) { scope in
        scope.append(field: 1) { $0.append(field: 1, literal: Self.scope) }
        body(&scope)
      }
    }
    return bytes
  }
}

/// Compresses bodies, one after another.
final class BodyEncoder {
  /// Of bodies that are measured, so many at first and one in so many are compressed, up to so many bytes of each:
  /// compressing all would take as long as everything before it.
  private static let (firstCompressed, compressedEvery, sampleSize) = (2, 32, 1 << 18)

  private let compressor: Compressor?
  private let isMeasuring: Bool
  private var bodyCount = 0
  /// Of what was compressed while measuring.
  private var plainSize = 0
  private var compressedSize = 0

  private enum Compressor {
    case small(GzipStream)
    case fast(FastGzip)

    func compressed(_ body: borrowing Span<UInt8>) -> OwnedBuffer<UInt8> {
      switch self {
      case .fast(let gzip): return gzip.compressed(body)
      case .small(let gzip):
        var compressed = OwnedBuffer<UInt8>(capacity: 1 << 14)
        gzip.compress(body, into: &compressed)
        gzip.finish(into: &compressed)
        return compressed
      }
    }
  }

  /// - Parameter isFast: whether bodies may be larger by some, for a tenth of the time.
  init(_ encoding: TelemetrySource.Encoding, isFast: Bool = false) {
    compressor = encoding == .plain ? nil : isFast ? .fast(FastGzip()) : .small(GzipStream())
    isMeasuring = encoding == .measured
  }

  /// Whether more of the next body has to be there than `count` bytes, if it has more.
  func needsMore(than count: Int) -> Bool {
    if !isMeasuring { return true }
    let isSample =
      bodyCount < Self.firstCompressed || (bodyCount + 1).isMultiple(of: Self.compressedEvery)
    return isSample && count < Self.sampleSize
  }

  func encode(_ body: borrowing OwnedBuffer<UInt8>) -> MessageContent {
    encode(body, ofSize: body.count)
  }

  /// - Parameters:
  ///   - body: as much of it as is needed.
  ///   - size: how many bytes all of it has.
  func encode(_ body: borrowing OwnedBuffer<UInt8>, ofSize size: Int) -> MessageContent {
    guard let compressor else { return MessageContent(copying: body.span) }
    if !isMeasuring { return MessageContent(compressor.compressed(body.span)) }
    let isSample = needsMore(than: 0)
    bodyCount += 1
    if isSample {
      let sample = body.span.extracting(0..<min(body.count, Self.sampleSize))
      let compressedCount = compressor.compressed(sample).count
      plainSize += sample.count
      compressedSize += compressedCount
      if sample.count == size { return MessageContent(ofSize: compressedCount) }
    }
    return MessageContent(ofSize: Int(Double(size) * Double(compressedSize) / Double(plainSize)))
  }
}

/// How large messages may be.
package enum TelemetryLimits {
  /// A message is closed before its body, uncompressed, grows beyond this many bytes. Apitally's SDKs
  /// close theirs at 4,000,000, and its server drops one of over 16 MiB.
  package static let body = 2_000_000
  /// How many combinations of method, route, status and consumer a request of a message holds at most.
  package static let combinations = 1_000
  /// A request is closed, too, when its data points have this many bytes.
  static let points = 1_000_000
}
