internal import AccessLogParsing
internal import Attribution
internal import ByteScanning

/// Writes the URL of a request as the middleware spells it: Starlette's `request.url` with the query
/// parsed and put together again.
///
/// - The path is decoded; only `?`, `#` and `\` are encoded again. What the URL parser of Python
///   drops is dropped: tabs and line breaks, and a `;` at the end. So are parameters of segments, as in
///   `/cart;jsessionid=…`: they are sessions.
/// - The query is what Python's `urlencode(parse_qsl(query))` makes of it: parameters without a value
///   vanish, and the encoding is normalised. Secrets are masked, so that `******` comes out
///   as `%2A%2A%2A%2A%2A%2A`.
struct RequestURL: ~Copyable {
  private let masking: SecretMasking
  private var name = OwnedBuffer<UInt8>(capacity: 256)
  private var value = OwnedBuffer<UInt8>(capacity: 1024)
  private var masked = OwnedBuffer<UInt8>(capacity: 1024)
  private var path = OwnedBuffer<UInt8>(capacity: 1024)

  init(_ masking: SecretMasking) { self.masking = masking }

  /// The parts of a request target (RFC 9112, 3.2): ranges of it.
  struct Parts {
    /// Host and port, where the target is absolute, without user and password.
    var authority: Range<Int>?
    var isSecure = false
    var path: Range<Int>
    /// Behind the question mark; empty if there is none.
    var query: Range<Int>
  }

  /// nil for a target without a path (`*`, the authority of a CONNECT).
  static func parts(of text: borrowing OwnedBuffer<UInt8>) -> Parts? {
    let target = text.span
    var start = 0
    var authority: Range<Int>?
    guard target.count > 0 else { return nil }
    let isSecure = target.holdsIgnoringCase("https://")
    if isSecure || target.holdsIgnoringCase("http://") {
      let first = isSecure ? 8 : 7
      start = first
      var host = first
      while start < target.count, target[start] != UInt8(ascii: "/"),
        target[start] != UInt8(ascii: "?"), target[start] != UInt8(ascii: "#")
      {
        if target[start] == UInt8(ascii: "@") { host = start + 1 }
        start += 1
      }
      authority = host..<start
    } else if target[0] != UInt8(ascii: "/") {
      return nil
    }
    let fragment = target.firstOffset(of: UInt8(ascii: "#"), from: start, to: target.count)
    let mark = target.firstOffset(of: UInt8(ascii: "?"), from: start, to: fragment)
    return Parts(
      authority: authority, isSecure: isSecure, path: start..<mark,
      query: min(mark + 1, fragment)..<fragment)
  }

  /// The decoded path of `target`, as routes are matched against it.
  static func appendDecodedPath(
    of target: borrowing OwnedBuffer<UInt8>, _ range: Range<Int>,
    to output: inout OwnedBuffer<UInt8>
  ) {
    output.appendDecodedPath(target.span, in: range)
    if range.isEmpty { output.append(UInt8(ascii: "/")) }
  }

  /// Appends path and query. The bytes need not be UTF-8.
  mutating func append(
    _ parts: Parts, of target: borrowing OwnedBuffer<UInt8>, to url: inout OwnedBuffer<UInt8>
  ) {
    appendPath(of: target, parts.path, to: &url)
    appendQuery(of: target, parts.query, to: &url)
  }

  private mutating func appendPath(
    of target: borrowing OwnedBuffer<UInt8>, _ range: Range<Int>, to url: inout OwnedBuffer<UInt8>
  ) {
    path.removeAll()
    Self.appendDecodedPath(of: target, range, to: &path)
    masked.removeAll()
    if let secretless = SecretText.masked(path.copied()) {
      masked.append(secretless)
    } else {
      appendMaskingAddresses(path, to: &masked)
    }
    let start = url.count
    var lastSlash = start
    for index in 0..<masked.count {
      switch masked[index] {
      case UInt8(ascii: "?"): url.append(literal: "%3F")
      case UInt8(ascii: "#"): url.append(literal: "%23")
      case UInt8(ascii: "\\"): url.append(literal: "%5C")
      case 0x09, 0x0A, 0x0D: break
      case UInt8(ascii: "/"):
        lastSlash = url.count
        url.append(UInt8(ascii: "/"))
      default: url.append(masked[index])
      }
    }
    let semicolon = url.span.firstOffset(of: UInt8(ascii: ";"), from: lastSlash, to: url.count)
    if semicolon == url.count - 1 { url.truncate(to: semicolon) }
  }

  private mutating func appendQuery(
    of target: borrowing OwnedBuffer<UInt8>, _ range: Range<Int>, to url: inout OwnedBuffer<UInt8>
  ) {
    var start = range.lowerBound
    var separator = UInt8(ascii: "?")
    while start < range.upperBound {
      let end = target.span.firstOffset(of: UInt8(ascii: "&"), from: start, to: range.upperBound)
      let equals = target.span.firstOffset(of: UInt8(ascii: "="), from: start, to: end)
      if equals + 1 < end {
        url.append(separator)
        separator = UInt8(ascii: "&")
        appendParameter(of: target, start..<equals, equals + 1..<end, to: &url)
      }
      start = end + 1
    }
  }

  private mutating func appendParameter(
    of target: borrowing OwnedBuffer<UInt8>, _ nameRange: Range<Int>, _ valueRange: Range<Int>,
    to url: inout OwnedBuffer<UInt8>
  ) {
    name.removeAll()
    appendUnquoting(target.span, in: nameRange, to: &name)
    value.removeAll()
    appendUnquoting(target.span, in: valueRange, to: &value)
    if let secretless = SecretText.masked(name.copied()) {
      masked.removeAll()
      masked.append(secretless)
      appendQuoting(masked, to: &url)
    } else {
      appendQuoting(name, to: &url)
    }
    url.append(UInt8(ascii: "="))
    if masking.masksParameter(name, valueCount: value.count) {
      url.append(literal: "%2A%2A%2A%2A%2A%2A")
      return
    }
    masked.removeAll()
    masking.appendValue(value, to: &masked)
    appendQuoting(masked, to: &url)
  }
}

/// Appends what Python's `quote_plus` makes of `text`, which is taken as UTF-8.
private func appendQuoting(
  _ text: borrowing OwnedBuffer<UInt8>, to output: inout OwnedBuffer<UInt8>
) {
  let isSound = (try? UTF8Span(validating: text.span)) != nil
  let corrected = isSound ? [] : Array(String(decoding: text.copied(), as: UTF8.self).utf8)
  for index in 0..<(isSound ? text.count : corrected.count) {
    let byte = isSound ? text[index] : corrected[index]
    switch byte {
    case UInt8(ascii: " "): output.append(UInt8(ascii: "+"))
    case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "~"):
      output.append(byte)
    default:
      if isLetterOrDigit(byte) {
        output.append(byte)
      } else {
        output.append(UInt8(ascii: "%"))
        output.append(upperHexadecimalDigit(byte >> 4))
        output.append(upperHexadecimalDigit(byte & 15))
      }
    }
  }
}

private func upperHexadecimalDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

extension Span where Element == UInt8 {
  /// Whether the span begins with `text`, which is in lower case.
  func holdsIgnoringCase(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard count >= length else { return false }
    for index in 0..<length {
      let byte = self[index]
      let lower = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
      // SAFETY: a StaticString's UTF-8 buffer has utf8CodeUnitCount bytes and lives forever.
      if unsafe lower != text.utf8Start[index] { return false }
    }
    return true
  }
}
