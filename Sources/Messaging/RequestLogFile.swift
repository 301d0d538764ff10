internal import Addressing
internal import ByteScanning
internal import Compressing
internal import Crypto

/// Items of request logs on their way into a file: gzip for the hub, or plain lines; or spans on their way
/// into a message.
struct RequestLogFile: ~Copyable {
  /// What a file may have, in bytes as it is sent. The middleware closes a file at a megabyte.
  static let sizeLimit = 1_000_000
  /// The same before compression: a hub has to unpack it.
  static let plainLimit = 16 << 20
  /// What libz may hold back of what it was given (less than its window of 32 KB and the block that it
  /// gathers), and what one more item may add: an item is at most ``RequestLogBuilder/itemLimit``
  /// long and does not grow by being compressed.
  private static let reserve = RequestLogBuilder.itemLimit + (1 << 16)

  private let app: App
  private let telemetry: TelemetrySource?
  private let identity: Insecure.SHA1
  private var digest: Insecure.SHA1
  /// nil for plain lines.
  private let gzip: GzipStream?
  private var content = OwnedBuffer<UInt8>(capacity: 1 << 16)
  private var plainCount = 0
  private(set) var itemCount = 0

  init(app: App, compresses: Bool, telemetry: TelemetrySource? = nil) {
    self.app = app
    self.telemetry = telemetry
    identity = app.identity(of: "/log")
    digest = identity
    gzip = compresses && telemetry == nil ? GzipStream() : nil
  }

  /// About how much memory the file takes.
  var memory: Int { content.capacity }

  /// Adds an item, whose UUID is `uuid` and which ends in a line feed.
  ///
  /// - Returns: the file, if it is full now; then another begins.
  mutating func add(_ item: borrowing OwnedBuffer<UInt8>, uuid: String) -> HubMessage? {
    digest.update(data: Array(uuid.utf8))
    if let gzip { gzip.compress(item.span, into: &content) } else { content.append(item) }
    plainCount += item.count
    itemCount += 1
    if telemetry != nil {
      return plainCount > TelemetryLimits.body - Self.reserve ? take() : nil
    }
    let isFull =
      content.count > Self.sizeLimit - Self.reserve || plainCount > Self.plainLimit - Self.reserve
    return isFull ? take() : nil
  }

  /// What was added so far; nil if that is nothing.
  mutating func take() -> HubMessage? {
    guard itemCount > 0 else { return nil }
    gzip?.finish(into: &content)
    defer {
      content.removeAll()
      digest = identity
      plainCount = 0
      itemCount = 0
    }
    let uuid = uuidText(named: digest)
    if let telemetry {
      let request = telemetry.request { $0.append(content) }
      return HubMessage(
        kind: .log, envelope: telemetry.envelope(of: .log), uuid: uuid,
        content: BodyEncoder(telemetry.encoding).encode(request), requestCount: 0)
    }
    return HubMessage(
      kind: .log, envelope: app.envelope(of: .log, uuid: uuid), uuid: uuid,
      content: MessageContent(copying: content.span), requestCount: 0)
  }
}
