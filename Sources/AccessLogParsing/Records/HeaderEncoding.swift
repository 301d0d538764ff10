package import ByteScanning

/// How a producer encodes the values of header fields so that they contain no spaces.
package enum HeaderEncoding: Sendable {
  case plain
  /// IIS writes a plus for each space, and leaves a plus as it is (IIS documentation, "W3C
  /// logging").
  case plus
  /// CloudFront encodes non-ASCII bytes, spaces and some other bytes (Amazon CloudFront
  /// documentation, "Standard logs": values are URL-encoded), and then the resulting percent signs
  /// again: `%2520`.
  case percent

  /// Decodes `text` and appends it to `value`. Invalid encodings are copied as they are.
  package func append(_ text: borrowing OwnedBuffer<UInt8>, to value: inout OwnedBuffer<UInt8>) {
    switch self {
    case .plain: value.append(text.span)
    case .plus:
      for index in 0..<text.count {
        value.append(text[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : text[index])
      }
    case .percent:
      var once = OwnedBuffer<UInt8>(capacity: max(text.count, 16))
      Self.appendDecoded(text, to: &once)
      Self.appendDecoded(once, to: &value)
    }
  }

  private static func appendDecoded(
    _ text: borrowing OwnedBuffer<UInt8>, to value: inout OwnedBuffer<UInt8>
  ) {
    var index = 0
    while index < text.count {
      let (byte, next) = text.span.decodedByte(at: index, before: text.count)
      value.append(byte)
      index = next
    }
  }
}
