package import Addressing
internal import ByteScanning
internal import Crypto

/// A message for the hub (generation "hub v2"), encoded.
package struct HubMessage: Equatable, Sendable {
  package var kind: MessageKind
  package var envelope: Envelope
  /// Unique for the message; it stays the same through every retry, so that the hub can drop what
  /// it has already taken.
  package var uuid: String
  /// Compact JSON in UTF-8; of request logs gzip, or an item a line if they are not to be sent.
  package var content: MessageContent
  /// How many requests the message counts.
  package var requestCount: Int64
  /// For a startup message: what it says, without its identity, as a digest. A startup that says
  /// what the last one said need not be sent.
  package var contentDigest: String?

  /// A copy of the content, where an array is needed.
  package var body: [UInt8] { content.copied() }
}

/// The bytes of a message. They stay where they were written: a dry run, which only counts them, would spend
/// a twentieth of its instructions on making copies.
package final class MessageContent: Equatable, Sendable {
  private let bytes: OwnedBuffer<UInt8>
  /// How many bytes there are, or would be.
  package let count: Int

  init(_ bytes: consuming OwnedBuffer<UInt8>) {
    count = bytes.count
    self.bytes = bytes
  }

  init(copying bytes: borrowing Span<UInt8>) {
    count = bytes.count
    self.bytes = OwnedBuffer(copying: bytes)
  }

  /// Stands for content that is not sent, and was not made: it has about `count` bytes.
  init(ofSize count: Int) {
    self.count = count
    bytes = OwnedBuffer(capacity: 1)
  }

  func copied() -> [UInt8] {
    precondition(bytes.count == count, "only its size is known")
    return bytes.copied()
  }

  package static func == (left: MessageContent, right: MessageContent) -> Bool {
    left.copied() == right.copied()
  }
}

/// The namespace of the UUIDs of version 5.
private let namespace: [UInt8] = [
  0x0D, 0x6F, 0x1E, 0x52, 0x6C, 0x1B, 0x4A, 0x57, 0x9A, 0x3C, 0x5B, 0x1F, 0x7E, 0x2D, 0x84, 0x60,
]

extension App {
  /// How the hub wants messages of `kind`: posted to `/v2/<client ID>/<environment>/<kind>`.
  ///
  /// - Parameter uuid: the identity of request logs, which is in the query and not in the body.
  package func envelope(of kind: MessageKind, uuid: String? = nil) -> Envelope {
    Envelope(
      path: "/v2/\(clientID)/\(environment)/\(kind.rawValue)",
      query: uuid.map { "uuid=\($0)" },
      // Request logs are a gzip file without any content type, as the middleware sends them.
      headers: kind == .log ? [] : [.contentType("application/json")],
      goesFirst: kind == .startup, isDroppable: kind == .log)
  }

  /// The instance that all messages of this application and environment come from: always the same,
  /// because the hub takes every new one for another running process. It is a UUID of version 5
  /// (RFC 9562, 5.5): a SHA-1 of a namespace of our own and of the name `client_id/env`.
  package var instanceUUID: String {
    uuidText(named: identity(of: ""))
  }

  /// The beginning of the name of a UUID of version 5 for something of this application and
  /// environment.
  func identity(of thing: String) -> Insecure.SHA1 {
    var digest = Insecure.SHA1()
    digest.update(data: namespace + Array("\(clientID.lowercased())/\(environment)\(thing)".utf8))
    return digest
  }
}

/// The UUID of version 5 (RFC 9562, 5.5) whose namespace and name `digest` was given.
func uuidText(named digest: Insecure.SHA1) -> String {
  let bytes = Array(digest.finalize())
  func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
  return uuidText(
    word(bytes[0..<8]) & ~0xF000 | 0x5000, word(bytes[8..<16]) & ~(0b11 << 62) | 0b10 << 62)
}

/// The UUID of version 5 (RFC 9562, 5.5) of `name`, in a namespace of our own.
package func derivedUUID(of name: some Sequence<UInt8>) -> String {
  var digest = Insecure.SHA1()
  digest.update(data: namespace + Array(name))
  return uuidText(named: digest)
}

/// A random UUID (version 4) from `generator`.
package func randomUUID(using generator: inout some RandomNumberGenerator) -> String {
  // Two words, since the system's generator costs a system call each time it is asked.
  let high = generator.next().byteSwapped
  let low = generator.next().byteSwapped
  return uuidText(high & ~0xF000 | 0x4000, low & ~(0b11 << 62) | 0b10 << 62)
}

/// The SHA-256 of `content` in hexadecimal digits.
func digestText(of content: [UInt8]) -> String {
  SHA256.hash(data: content).map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}

/// Sixteen bytes, the first one highest, as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
private func uuidText(_ high: UInt64, _ low: UInt64) -> String {
  unsafe String(unsafeUninitializedCapacity: 36) { text in
    var place = 0
    func put(_ byte: UInt8) {
      // SAFETY: 32 digits and four dashes are as many bytes as there is room for.
      unsafe text[place] = byte
      place += 1
    }
    for word in [high, low] {
      for digit in 0..<16 {
        if place == 8 || place == 13 || place == 18 || place == 23 { put(UInt8(ascii: "-")) }
        let value = UInt8(truncatingIfNeeded: word >> (60 - 4 * UInt64(digit)) & 15)
        put(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value)
      }
    }
    return place
  }
}
