internal import AccessLogParsing
internal import ByteScanning

/// The decoded path of a request target, which routes are matched against.
struct RequestPath: ~Copyable {
  /// A buffer for the target with its escapes resolved.
  private var target = OwnedBuffer<UInt8>(capacity: 4096)
  /// A buffer for the path with its percent-encoding resolved.
  private var decoded = OwnedBuffer<UInt8>(capacity: 4096)

  /// Calls `body` with the bytes and range of the decoded path of `slice`; nil if the target has no
  /// path (`*`, the authority of a CONNECT, garbage).
  ///
  /// The path is what the client sent before the query, percent-decoded (RFC 3986, 2.1), as ASGI
  /// servers pass it to the application. Invalid encodings are left as they are. Parameters of a segment
  /// (`;name=value`, RFC 3986, 3.3) are left out: they are not what routes are matched by, and servlet
  /// containers write session ids there.
  mutating func withPath<Result>(
    of slice: FieldSlice, in bytes: borrowing Span<UInt8>,
    _ body: (borrowing Span<UInt8>, Range<Int>) -> Result?
  ) -> Result? {
    guard slice.isEscaped else { return withPath(of: bytes, in: slice.range, body) }
    target.removeAll()
    Unescaping.append(slice, of: bytes, to: &target)
    // Copied for the call, which needs the rest of `self` to decode into.
    let unescaped = OwnedBuffer<UInt8>(copying: target.span)
    return withPath(of: unescaped.span, in: 0..<unescaped.count, body)
  }

  private mutating func withPath<Result>(
    of bytes: borrowing Span<UInt8>, in range: Range<Int>,
    _ body: (borrowing Span<UInt8>, Range<Int>) -> Result?
  ) -> Result? {
    guard let start = bytes.pathStart(ofTargetIn: range) else { return nil }
    let mark = bytes.firstOffset(
      of: UInt8(ascii: "?"), or: UInt8(ascii: "#"), or: UInt8(ascii: "%"), or: UInt8(ascii: ";"),
      from: start, to: range.upperBound)
    let isPlain =
      mark == range.upperBound
      || bytes[mark] != UInt8(ascii: "%") && bytes[mark] != UInt8(ascii: ";")
    if isPlain && mark > start { return body(bytes, start..<mark) }
    let end = bytes.firstOffset(
      of: UInt8(ascii: "?"), or: UInt8(ascii: "#"), from: mark, to: range.upperBound)
    let path = start..<end
    decoded.removeAll()
    decoded.appendDecodedPath(bytes, in: path)
    if decoded.isEmpty { decoded.append(UInt8(ascii: "/")) }
    return body(decoded.span, 0..<decoded.count)
  }
}

extension OwnedBuffer<UInt8> {
  /// Appends the path in `range`, decoded and without parameters of its segments.
  package mutating func appendDecodedPath(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>
  ) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let (byte, next) = bytes.decodedByte(at: offset, before: range.upperBound)
      if byte == UInt8(ascii: ";"), let end = bytes.endOfParameter(from: next, to: range.upperBound)
      {
        offset = end
      } else {
        append(byte)
        offset = next
      }
    }
  }
}

extension Span where Element == UInt8 {
  /// Where the parameter ends that begins at `start`, behind a semicolon: at a slash, at another
  /// semicolon, or with the path. nil if it is none: a name, `=` and perhaps a value. Semicolon and
  /// equals sign may be percent-encoded, as some proxies log them.
  fileprivate func endOfParameter(from start: Int, to end: Int) -> Int? {
    var offset = start
    var hasValue = false
    while offset < end, self[offset] != UInt8(ascii: "/") {
      let (byte, next) = decodedByte(at: offset, before: end)
      if byte == UInt8(ascii: ";") { break }
      if byte == UInt8(ascii: "="), !hasValue {
        if offset == start { return nil }
        hasValue = true
      }
      offset = next
    }
    return hasValue ? offset : nil
  }

  /// The range of the path in a target of the usual kind: in origin form (RFC 9112, 3.2), without
  /// escapes added by the log, percent-encoding and parameters. nil for others.
  @inline(__always)
  func plainPath(of target: FieldSlice) -> Range<Int>? {
    let range = target.range
    guard !target.isEscaped, !range.isEmpty, self[range.lowerBound] == UInt8(ascii: "/") else {
      return nil
    }
    let end = firstOffset(
      of: UInt8(ascii: "?"), or: UInt8(ascii: "#"), or: UInt8(ascii: "%"), or: UInt8(ascii: ";"),
      from: range.lowerBound, to: range.upperBound)
    guard
      end == range.upperBound
        || self[end] != UInt8(ascii: "%") && self[end] != UInt8(ascii: ";")
    else { return nil }
    return range.lowerBound..<end
  }

  /// Where the path begins in a target in origin form (`/path?query`) or absolute form
  /// (`http://host/path`); in the latter it may be empty. nil for the other forms (RFC 9112, 3.2).
  @inline(__always)
  fileprivate func pathStart(ofTargetIn range: Range<Int>) -> Int? {
    guard !range.isEmpty else { return nil }
    if self[range.lowerBound] == UInt8(ascii: "/") { return range.lowerBound }
    guard var start = authorityStart(in: range) else { return nil }
    while start < range.upperBound, self[start] != UInt8(ascii: "/"),
      self[start] != UInt8(ascii: "?")
    {
      start += 1
    }
    return start
  }

  private func authorityStart(in range: Range<Int>) -> Int? {
    for length in [4, 5] where range.count >= length + 3 {
      let colon = range.lowerBound + length
      guard holds("://", at: colon, before: range.upperBound) else { continue }
      // "http" in either case, as a little-endian word.
      let isHTTP =
        word(at: range.lowerBound, count: 4) | repeated(0x20) & 0xFFFF_FFFF == 0x7074_7468
      let isSecure = length == 4 || (self[range.lowerBound + 4] | 0x20) == UInt8(ascii: "s")
      return isHTTP && isSecure ? colon + 3 : nil
    }
    return nil
  }
}
