import ByteScanning
import Compressing
import Synchronization

/// Packs the bodies of messages for the database, as gzip files: an item is written much like the one before it, so
/// a body takes a tenth of its room, and what takes none is neither logged, copied nor synced.
///
/// Safe to use from several threads, one of which packs at a time.
final class BodyPacking: Sendable {
  private let gzip = Mutex(FastGzip())

  func packed(_ text: String) -> [UInt8] {
    gzip.withLock { $0.compressed(text.utf8.span).span.copied() }
  }

  /// The text that `bytes` were made of; nil if they are damaged.
  static func unpacked(_ bytes: [UInt8]) -> String? {
    guard let text = try? inflated(bytes, limit: HubRoutes.maximumBodyByteCount) else { return nil }
    return String(decoding: text, as: UTF8.self)
  }
}
