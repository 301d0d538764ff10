package import ByteScanning

/// Resolves the escapes that servers write into fields: `\"`, `\\`, `\/`, `\b \f \n \r \t \v`,
/// `\xHH` (one byte; nginx and Apache), `\uXXXX` (JSON, with surrogate pairs).
///
/// One set serves all formats: no producer writes a literal backslash without escaping it. A
/// backslash that does not begin an escape stands for itself; half a surrogate pair becomes U+FFFD.
package enum Unescaping {
  /// Appends the text of `slice` to `text`, as the bytes that it stands for. They need not be
  /// UTF-8.
  package static func append(
    _ slice: FieldSlice, of bytes: borrowing Span<UInt8>, to text: inout OwnedBuffer<UInt8>
  ) {
    let range = slice.range
    guard slice.isEscaped else {
      text.append(bytes.extracting(range))
      return
    }
    var offset = range.lowerBound
    while offset < range.upperBound {
      let backslash = bytes.firstOffset(of: UInt8(ascii: "\\"), from: offset, to: range.upperBound)
      text.append(bytes.extracting(offset..<backslash))
      offset = backslash
      if offset < range.upperBound {
        appendEscape(bytes, at: &offset, before: range.upperBound, to: &text)
      }
    }
  }

  /// Resolves the escape at the backslash at `offset`, and moves past it.
  private static func appendEscape(
    _ bytes: borrowing Span<UInt8>, at offset: inout Int, before end: Int,
    to text: inout OwnedBuffer<UInt8>
  ) {
    guard offset + 1 < end else {
      text.append(UInt8(ascii: "\\"))
      offset += 1
      return
    }
    let letter = bytes[offset + 1]
    switch letter {
    case UInt8(ascii: "x"):
      if let value = bytes.hexadecimal(2, at: offset + 2, before: end) {
        text.append(UInt8(truncatingIfNeeded: value))
        offset += 4
        return
      }
    case UInt8(ascii: "u"):
      if appendCodeUnits(bytes, at: &offset, before: end, to: &text) { return }
    default:
      if let byte = simpleEscape(letter) {
        text.append(byte)
        offset += 2
        return
      }
    }
    text.append(UInt8(ascii: "\\"))
    offset += 1
  }

  private static func simpleEscape(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "v"): 0x0B
    default: nil
    }
  }

  /// Resolves `\uXXXX`, or two of them that form a surrogate pair; false if it is not such an
  /// escape.
  private static func appendCodeUnits(
    _ bytes: borrowing Span<UInt8>, at offset: inout Int, before end: Int,
    to text: inout OwnedBuffer<UInt8>
  ) -> Bool {
    guard let first = bytes.hexadecimal(4, at: offset + 2, before: end) else { return false }
    offset += 6
    var value = first
    if (0xD800..<0xDC00).contains(first), bytes.holds("\\u", at: offset, before: end),
      let second = bytes.hexadecimal(4, at: offset + 2, before: end),
      (0xDC00..<0xE000).contains(second)
    {
      value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
      offset += 6
    }
    for byte in String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8 { text.append(byte) }
    return true
  }
}

extension Span where Element == UInt8 {
  /// The number that `count` hexadecimal digits at `offset` form.
  fileprivate func hexadecimal(_ count: Int, at offset: Int, before end: Int) -> UInt32? {
    guard offset + count <= end else { return nil }
    var value: UInt32 = 0
    for index in offset..<offset + count {
      guard let digit = hexadecimalValue(of: self[index]) else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}

extension Span where Element == UInt8 {
  /// The byte at `offset`, percent-decoded, and where the next one is. An invalid encoding stands for
  /// itself.
  @inlinable @inline(__always)
  package func decodedByte(at offset: Int, before end: Int) -> (UInt8, next: Int) {
    let byte = self[offset]
    guard byte == UInt8(ascii: "%"), offset + 2 < end,
      let high = hexadecimalValue(of: self[offset + 1]),
      let low = hexadecimalValue(of: self[offset + 2])
    else { return (byte, offset + 1) }
    return (high << 4 | low, offset + 3)
  }
}

/// The value of a hexadecimal digit in either case.
@inlinable
package func hexadecimalValue(of byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
