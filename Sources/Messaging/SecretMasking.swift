internal import AccessLogParsing
internal import Attribution
internal import ByteScanning

/// Takes secrets out of what a log says of a request. One worker's own.
///
/// What the middleware masks is masked by its own patterns. Beyond that: e-mail addresses wherever
/// they stand, users and passwords in addresses, parameters in other headers than the request's
/// own target (a referer has a query, too), and a few more names of secrets.
final class SecretMasking {
  /// What stands where a secret was, in hub v2.
  static let mask: StaticString = "******"

  /// What stands where a secret was.
  let mask: StaticString

  /// The user's own.
  private let parameters: PatternList
  private let headers: PatternList

  /// The parameters that consumer rules hash or cut.
  private let hidden: Set<[UInt8]>

  /// - Parameters:
  ///   - names: parameters to mask whatever they are called.
  ///   - isOfSpans: whether secrets are masked as the middleware's later versions (1.0) do.
  init(_ rules: RequestLogRules, hiding names: [String] = [], isOfSpans: Bool = false) {
    mask = isOfSpans ? SpanText.mask : Self.mask
    hidden = Set(names.map { Array($0.utf8) })
    parameters = PatternList(
      rules.maskedQueryParameters + (isOfSpans ? SpanText.secretParameters : []))
    headers = PatternList(rules.maskedHeaders + (isOfSpans ? SpanText.secretHeaders : []))
  }

  /// Whether the value of the query parameter called so is masked, which has `count` characters.
  func masksParameter(_ name: borrowing OwnedBuffer<UInt8>, valueCount count: Int) -> Bool {
    SecretNames.all.signs(of: name.span).isSecret(in: .query, valueCount: count)
      || parameters.matches(name) || !hidden.isEmpty && hidden.contains(name.copied())
  }

  /// Whether the value of the header called so, in lower case, is masked.
  func masksHeader(_ name: borrowing OwnedBuffer<UInt8>, valueCount count: Int) -> Bool {
    SecretNames.all.signs(of: name.span).isSecret(in: .header, valueCount: count)
      || headers.matches(name)
  }

  /// Appends the value of a header that is not masked as a whole, without what is secret in it.
  func appendValue(
    _ value: borrowing OwnedBuffer<UInt8>, to output: inout OwnedBuffer<UInt8>
  ) {
    if value.span.holdsCredentials {
      output.append(literal: mask)
      return
    }
    // It may be text of any kind, with names of its own, and a token may stand under any name.
    if let masked = SecretText.masked(value.copied()) {
      var text = OwnedBuffer<UInt8>(capacity: masked.count + 16)
      text.append(masked)
      appendPlainValue(text, to: &output)
      return
    }
    appendPlainValue(value, to: &output)
  }

  private func appendPlainValue(
    _ value: borrowing OwnedBuffer<UInt8>, to output: inout OwnedBuffer<UInt8>
  ) {
    let all = 0..<value.count
    let sign = value.span.firstOffset(
      of: UInt8(ascii: "="), or: UInt8(ascii: "@"), from: 0, to: value.count)
    guard sign < value.count || value.span.holdsEncodedSign(in: all) else {
      output.append(value)
      return
    }
    var first = OwnedBuffer<UInt8>(capacity: value.count + 16)
    appendWithoutUsers(value, to: &first)
    var second = OwnedBuffer<UInt8>(capacity: value.count + 16)
    appendWithoutParameters(first, to: &second)
    appendMaskingAddresses(second, by: mask, to: &output)
  }

  // MARK: Parts of a value

  /// `https://jane:secret@host/` has a user and a password.
  private func appendWithoutUsers(
    _ value: borrowing OwnedBuffer<UInt8>, to output: inout OwnedBuffer<UInt8>
  ) {
    let text = value.span
    var copied = 0
    var offset = 0
    while offset < text.count {
      let colon = text.firstOffset(of: UInt8(ascii: ":"), from: offset, to: text.count)
      guard text.holds("://", at: colon, before: text.count) else {
        offset = colon + 1
        continue
      }
      let start = colon + 3
      var end = start
      var at: Int?
      while end < text.count, !isEndOfAuthority(text[end]) {
        if text[end] == UInt8(ascii: "@") { at = end }
        end += 1
      }
      if let at {
        output.append(text.extracting(copied..<start))
        output.append(literal: mask)
        copied = at
      }
      offset = end
    }
    output.append(text.extracting(copied..<text.count))
  }

  /// `?token=…&x=1` and `token=…; x=1`.
  private func appendWithoutParameters(
    _ value: borrowing OwnedBuffer<UInt8>, to output: inout OwnedBuffer<UInt8>
  ) {
    let text = value.span
    var name = OwnedBuffer<UInt8>(capacity: 64)
    var copied = 0
    var offset = 0
    while offset < text.count {
      let equals = text.firstOffset(of: UInt8(ascii: "="), from: offset, to: text.count)
      guard equals < text.count else { break }
      var start = equals
      while start > offset, !separatesParameters(text[start - 1]) { start -= 1 }
      let isQuoted = equals + 1 < text.count && text[equals + 1] == UInt8(ascii: "\"")
      var end = equals + 1
      if isQuoted {
        end = text.firstOffset(of: UInt8(ascii: "\""), from: equals + 2, to: text.count)
        end = min(end + 1, text.count)
      } else {
        while end < text.count, !separatesParameters(text[end]) { end += 1 }
      }
      name.removeAll()
      appendUnquoting(text, in: start..<equals, to: &name)
      if end > equals + 1,
        masksParameter(name, valueCount: end - equals - 1)
          || holdsSecretParameter(text, in: equals + 1..<end)
      {
        output.append(text.extracting(copied..<equals + 1))
        output.append(literal: mask)
        copied = end
        offset = end
      } else {
        // Between quotes there may be parameters, too.
        offset = isQuoted ? equals + 2 : end
      }
    }
    output.append(text.extracting(copied..<text.count))
  }

  /// Whether a value holds an encoded address with a parameter that is masked, as in
  /// `next=%2Flogin%3Ftoken%3D…`.
  private func holdsSecretParameter(_ text: borrowing Span<UInt8>, in range: Range<Int>) -> Bool {
    guard text.holdsEncodedSign(in: range) else { return false }
    var value = OwnedBuffer<UInt8>(capacity: range.count + 16)
    appendUnquoting(text, in: range, to: &value)
    let inner = value.span
    var name = OwnedBuffer<UInt8>(capacity: 64)
    var offset = 0
    while offset < inner.count {
      let equals = inner.firstOffset(of: UInt8(ascii: "="), from: offset, to: inner.count)
      guard equals < inner.count else { return false }
      var start = equals
      while start > offset, !separatesParameters(inner[start - 1]) { start -= 1 }
      var end = equals + 1
      while end < inner.count, !separatesParameters(inner[end]) { end += 1 }
      name.removeAll()
      appendUnquoting(inner, in: start..<equals, to: &name)
      if end > equals + 1, masksParameter(name, valueCount: end - equals - 1) { return true }
      offset = end
    }
    return false
  }
}

/// How long the local part of an address may be, in bytes: 64 (RFC 5321, 4.5.3.1.1), each of them
/// perhaps percent-encoded. It keeps a line of nothing but signs from costing its square.
private let localPartLimit = 192

/// Appends `text` without the e-mail addresses in it; `@` may be percent-encoded.
func appendMaskingAddresses(
  _ value: borrowing OwnedBuffer<UInt8>, by mask: StaticString = SecretMasking.mask,
  to output: inout OwnedBuffer<UInt8>
) {
  let text = value.span
  var copied = 0
  var offset = 0
  while offset < text.count {
    let sign = text.firstOffset(
      of: UInt8(ascii: "@"), or: UInt8(ascii: "%"), from: offset, to: text.count)
    guard sign < text.count else { break }
    let isEncoded = text.holds("%40", at: sign, before: text.count)
    let length = text[sign] == UInt8(ascii: "@") ? 1 : isEncoded ? 3 : 0
    offset = sign + max(length, 1)
    guard length > 0 else { continue }
    var start = sign
    let earliest = max(copied, sign - localPartLimit)
    while start > earliest, isOfLocalPart(text[start - 1]) { start -= 1 }
    guard start < sign, let end = text.domainEnd(from: sign + length) else { continue }
    output.append(text.extracting(copied..<start))
    output.append(literal: mask)
    copied = end
    offset = end
  }
  output.append(text.extracting(copied..<text.count))
}

extension Span where Element == UInt8 {
  /// Where the domain of an e-mail address ends that begins at `start`; nil if it has no dot.
  fileprivate func domainEnd(from start: Int) -> Int? {
    var end = start
    while end < count, isOfDomain(self[end]) { end += 1 }
    // A full stop or a dash behind an address is none of it.
    while end > start, self[end - 1] == UInt8(ascii: ".") || self[end - 1] == UInt8(ascii: "-") {
      end -= 1
    }
    guard let dot = lastOffset(of: UInt8(ascii: "."), from: start, to: end), dot > start,
      end - dot > 2
    else { return nil }
    return end
  }

  /// Whether a value has the shape of credentials (RFC 9110, 11.4), whatever header it stands in.
  fileprivate var holdsCredentials: Bool {
    for scheme in [
      "bearer " as StaticString, "basic ", "digest ", "negotiate ", "token ", "apikey ", "api-key ",
      "hawk ", "aws4-hmac-sha256 ",
    ]
    where holdsIgnoringCase(scheme) && count > scheme.utf8CodeUnitCount {
      return true
    }
    return false
  }

  fileprivate func holdsEncodedSign(in range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let sign = firstOffset(of: UInt8(ascii: "%"), from: offset, to: range.upperBound)
      if holds("%40", at: sign, before: range.upperBound)
        || holds("%3D", at: sign, before: range.upperBound)
        || holds("%3d", at: sign, before: range.upperBound)
      {
        return true
      }
      offset = sign + 1
    }
    return false
  }
}

/// Appends the text that `+` and percent-encoding in `range` stand for.
func appendUnquoting(
  _ bytes: borrowing Span<UInt8>, in range: Range<Int>, plusIsSpace: Bool = true,
  to output: inout OwnedBuffer<UInt8>
) {
  var offset = range.lowerBound
  while offset < range.upperBound {
    let (byte, next) = bytes.decodedByte(at: offset, before: range.upperBound)
    let isSpace = plusIsSpace && bytes[offset] == UInt8(ascii: "+")
    output.append(isSpace ? UInt8(ascii: " ") : byte)
    offset = next
  }
}

private func isEndOfAuthority(_ byte: UInt8) -> Bool {
  byte <= UInt8(ascii: " ") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?")
    || byte == UInt8(ascii: "#")
}

private func separatesParameters(_ byte: UInt8) -> Bool {
  switch byte {
  case 0...UInt8(ascii: " "), UInt8(ascii: "&"), UInt8(ascii: "?"), UInt8(ascii: ";"),
    UInt8(ascii: ","), UInt8(ascii: "#"), UInt8(ascii: "\""):
    true
  default: false
  }
}

private func isOfDomain(_ byte: UInt8) -> Bool {
  isLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte >= 0x80
}

private func isOfLocalPart(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "%"), UInt8(ascii: "+"),
    UInt8(ascii: "-"), UInt8(ascii: "'"), 0x80...:
    true
  default: isLetterOrDigit(byte)
  }
}

extension OwnedBuffer<UInt8> {
  /// Appends all of `other`.
  mutating func append(_ other: borrowing OwnedBuffer<UInt8>) { append(other.span) }

  mutating func append(_ bytes: [UInt8]) { append(bytes.span) }
}

func isLetterOrDigit(_ byte: UInt8) -> Bool {
  byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
}
