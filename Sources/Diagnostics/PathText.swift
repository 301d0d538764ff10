/// Paths as strings, without loss. A path is any bytes but NUL, and a string is Unicode: a byte that is
/// no UTF-8 is kept as one of the last 128 private characters (U+10FF80 for 0x80 to U+10FFFF for 0xFF),
/// and so are the bytes of such a character where a path has one. So no two paths are one string.
package enum PathText {
  private static let escapes: ClosedRange<UInt32> = 0x10FF80...0x10FFFF

  /// The string that stands for a path.
  package static func text(of bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self), !hasEscapes(text) { return text }
    var text = String.UnicodeScalarView()
    var start = 0
    while start < bytes.count {
      let scalar = scalar(at: start, of: bytes)
      if let scalar, !escapes.contains(scalar.value) {
        text.append(scalar)
        start += UTF8.width(scalar)
      } else if let escape = Unicode.Scalar(escapes.lowerBound + UInt32(bytes[start] & 0x7F)) {
        text.append(escape)
        start += 1
      }
    }
    return String(text)
  }

  /// The path that `text` stands for.
  package static func bytes(of text: String) -> [UInt8] {
    guard hasEscapes(text) else { return Array(text.utf8) }
    return text.unicodeScalars.flatMap { scalar in
      escapedByte(scalar).map { [$0] } ?? Array(String(scalar).utf8)
    }
  }

  /// The byte that `scalar` stands for, if it stands for one.
  static func escapedByte(_ scalar: Unicode.Scalar) -> UInt8? {
    escapes.contains(scalar.value) ? UInt8(truncatingIfNeeded: scalar.value) : nil
  }

  private static func hasEscapes(_ text: String) -> Bool {
    // All of them begin with this byte.
    text.utf8.contains(0xF4) && text.unicodeScalars.contains { escapes.contains($0.value) }
  }

  /// The scalar that is encoded at `start`; nil if none is.
  private static func scalar(at start: Int, of bytes: [UInt8]) -> Unicode.Scalar? {
    for length in 1...4 where start + length <= bytes.count {
      let text = String(validating: bytes[start..<start + length], as: UTF8.self)
      if let text { return text.unicodeScalars.first }
    }
    return nil
  }
}

extension String {
  /// Calls `body` with the path that the string stands for, as the system takes it.
  package func withPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    if !utf8.contains(0xF4) { return unsafe withCString(body) }
    let path = PathText.bytes(of: self).map { CChar(bitPattern: $0) } + [0]
    return unsafe path.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("an array without bytes") }
      // SAFETY: the array ends with a NUL.
      return unsafe body(start)
    }
  }
}
