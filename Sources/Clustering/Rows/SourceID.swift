internal import Crypto

/// What a source goes by in a cluster: its content, wherever it lies. The first 16 bytes of a SHA-256 over
/// fingerprint, position and check (`docs/STATE.md`), so that a copy has the same.
package struct SourceID: Hashable, Comparable, Sendable {
  /// How many hexadecimal digits it is written with.
  package static let digitCount = 32

  private var high: UInt64
  private var low: UInt64

  init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// - Parameters:
  ///   - fingerprint: a hash of the first bytes of the content.
  ///   - position: how many bytes the content has.
  ///   - check: a hash of its last bytes.
  package init(fingerprint: [UInt8], position: Int, check: [UInt8]) {
    let place = (0..<8).map { UInt8(truncatingIfNeeded: position >> (8 * $0)) }
    self.init(digestOf: fingerprint + place + check)
  }

  /// What the rows of tallies go by that were made of one copy of a source. Two copies may be cut into rows
  /// at other places, so that rows of the one cannot stand for those of the other.
  package init(copyOf source: SourceID, at path: String) {
    self.init(digestOf: Array("copy \(source.text) ".utf8) + Array(path.utf8))
  }

  /// Of a source that has no content, because it could not be opened.
  package init(unreadableAt path: String) {
    self.init(digestOf: Array("unreadable ".utf8) + Array(path.utf8))
  }

  private init(digestOf bytes: [UInt8]) {
    var words: [UInt64] = [0, 0]
    for (place, byte) in SHA256.hash(data: bytes).prefix(16).enumerated() {
      words[place / 8] = words[place / 8] << 8 | UInt64(byte)
    }
    (high, low) = (words[0], words[1])
  }

  /// nil if `digits` is not what ``text`` gives.
  package init?(_ digits: String) {
    let bytes = Array(digits.utf8)
    guard let id = SourceID(bytes.span, at: 0), bytes.count == Self.digitCount else { return nil }
    self = id
  }

  /// From its digits at `offset`; nil if they are none.
  @inline(__always)
  init?(_ bytes: borrowing Span<UInt8>, at offset: Int) {
    guard offset + Self.digitCount <= bytes.count else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for place in 0..<Self.digitCount {
      let byte = bytes[offset &+ place]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte &- UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte &- UInt8(ascii: "a") &+ 10
      default: return nil
      }
      if place < 16 {
        words.0 = words.0 << 4 | UInt64(digit)
      } else {
        words.1 = words.1 << 4 | UInt64(digit)
      }
    }
    (high, low) = words
  }

  /// 32 hexadecimal digits.
  package var text: String {
    hexadecimal(
      (0..<16).map { place in
        UInt8(truncatingIfNeeded: (place < 8 ? high : low) >> UInt64(56 - place % 8 * 8))
      })
  }

  package static func < (left: SourceID, right: SourceID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// `bytes` in hexadecimal digits.
package func hexadecimal(_ bytes: [UInt8]) -> String {
  var digits: [UInt8] = []
  digits.reserveCapacity(2 * bytes.count)
  for byte in bytes {
    digits.append(hexadecimalDigit(byte >> 4))
    digits.append(hexadecimalDigit(byte & 15))
  }
  return String(decoding: digits, as: UTF8.self)
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// The bytes that `digits` stands for; nil if it is something else.
package func bytes(ofHexadecimal digits: String) -> [UInt8]? {
  let digits = Array(digits.utf8)
  guard digits.count % 2 == 0 else { return nil }
  var bytes: [UInt8] = []
  for place in stride(from: 0, to: digits.count, by: 2) {
    let pair = String(decoding: digits[place..<place + 2], as: UTF8.self)
    guard let byte = UInt8(pair, radix: 16), pair == pair.lowercased(), !pair.hasPrefix("+") else {
      return nil
    }
    bytes.append(byte)
  }
  return bytes
}

/// The SHA-256 of `bytes`.
package func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

/// The SHA-256 of what comes in pieces.
struct PartHash {
  private var hash = SHA256()

  mutating func add(_ bytes: [UInt8]) { hash.update(data: bytes) }

  /// In hexadecimal digits.
  var text: String { hexadecimal(Array(hash.finalize())) }
}
