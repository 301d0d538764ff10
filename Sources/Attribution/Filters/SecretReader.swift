/// Goes through a text for ``SecretText``, from one sign that a secret can follow to the next.
struct SecretReader {
  let bytes: [UInt8]
  /// How often the text has been decoded.
  let depth: Int
  var index = 0

  private let names = SecretNames.all
  /// How long a name is that is looked at, in bytes.
  static let nameLimit = 64
  /// How long the local part of an e-mail address may be (RFC 5321, 4.5.3.1.1), perhaps encoded.
  private static let localPartLimit = 192

  init(bytes: [UInt8], depth: Int) { (self.bytes, self.depth) = (bytes, depth) }

  /// Whether a byte can be a sign (1), or the first letter of a scheme or token (2).
  private static let kinds: [UInt8] = {
    var kinds = [UInt8](repeating: 0, count: 256)
    for byte in "=%:/>@-".utf8 { kinds[Int(byte)] = 1 }
    for byte in "abdeghjnprstwxyABDHJNST".utf8 { kinds[Int(byte)] = 2 }
    return kinds
  }()

  /// The next byte from ``index`` on that a secret may follow; the end if there is none.
  var nextSign: Int {
    let known = Self.kinds
    let (kinds, bytes) = (known.span, bytes.span)
    var index = index
    while index < bytes.count {
      let kind = kinds[Int(bytes[index])]
      if kind == 1 || kind == 2 && (index == 0 || !isOfToken(bytes[index - 1])) { break }
      index += 1
    }
    return index
  }

  /// The secret that the sign at ``index`` leads to.
  func secret() -> Range<Int>? {
    let byte = bytes[index]
    switch byte {
    case UInt8(ascii: "="): return parameter(nameEnd: index, from: index + 1, isEncoded: false)
    case UInt8(ascii: "%"):
      if holds("%3D", at: index) || holds("%3d", at: index) {
        return parameter(nameEnd: index, from: index + 3, isEncoded: true)
      }
      return holds("%40", at: index) ? address(from: index + 3) : nil
    case UInt8(ascii: ":"): return holds("://", at: index) ? nil : member()
    case UInt8(ascii: "/"): return holds("//", at: index) ? user() : nil
    case UInt8(ascii: ">"): return element()
    case UInt8(ascii: "@"): return address(from: index + 1)
    case UInt8(ascii: "-"): return holds("-----BEGIN", at: index) ? privateKey() : nil
    default: return webToken() ?? knownToken() ?? credentials()
    }
  }

  func holds(_ text: StaticString, at start: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard start + count <= bytes.count else { return false }
    for offset in 0..<count {
      // SAFETY: a StaticString has utf8CodeUnitCount bytes and lives for ever.
      if unsafe bytes[start + offset] != text.utf8Start[offset] { return false }
    }
    return true
  }

  func holdsIgnoringCase(_ text: StaticString, at start: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard start + count <= bytes.count else { return false }
    for offset in 0..<count {
      let byte = bytes[start + offset]
      let lower = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
      // SAFETY: as above.
      if unsafe lower != text.utf8Start[offset] { return false }
    }
    return true
  }

  private func skippingSpaces(from start: Int) -> Int {
    var end = start
    while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 { end += 1 }
    return end
  }

  private func isQuote(at place: Int) -> Bool {
    place < bytes.count && (bytes[place] == UInt8(ascii: "\"") || bytes[place] == UInt8(ascii: "'"))
  }

  /// The range as a secret, if it is long enough for one and not masked already.
  private func secret(_ range: Range<Int>, _ signs: SecretNames.Signs) -> Range<Int>? {
    guard !range.isEmpty, signs.isSecret(valueCount: range.count) else { return nil }
    let isMask = range.count == 6 && bytes[range].allSatisfy { $0 == UInt8(ascii: "*") }
    return isMask ? nil : range
  }

  // MARK: Names and values

  /// `token=…` and `token%3D…`.
  private func parameter(nameEnd: Int, from start: Int, isEncoded: Bool) -> Range<Int>? {
    // Asked before the value is looked at, which may reach to the end of the text.
    let signs = signs(ofNameEndingAt: nameEnd)
    guard signs.isSecret(valueCount: .max) else { return nil }
    let start = isEncoded ? start : skippingSpaces(from: start)
    if let quoted = quoted(from: start) { return secret(quoted.outer, signs) }
    var end = schemesEnd(from: start)
    while end < bytes.count, !endsValue(at: end),
      !(isEncoded && (holds("%26", at: end) || holds("%22", at: end)))
    {
      end += 1
    }
    return secret(start..<end, signs)
  }

  /// `"token": "…"`, also with escaped quotes or others or none, and `token: …`.
  private func member() -> Range<Int>? {
    var nameEnd = index
    while nameEnd > 0, bytes[nameEnd - 1] == 0x20 { nameEnd -= 1 }
    let isQuoted = nameEnd > 0 && isQuote(at: nameEnd - 1)
    if isQuoted {
      nameEnd -= 1
      if nameEnd > 0, bytes[nameEnd - 1] == UInt8(ascii: "\\") { nameEnd -= 1 }
    }
    let signs = signs(ofNameEndingAt: nameEnd)
    guard signs.isSecret(valueCount: .max) else { return nil }
    let start = skippingSpaces(from: index + 1)
    if start < bytes.count, bytes[start] == UInt8(ascii: "[") {
      var end = start + 1
      while end < bytes.count, bytes[end] != UInt8(ascii: "]") { end += 1 }
      return secret(start + 1..<end, signs)
    }
    if let quoted = quoted(from: start) { return secret(quoted.inner, signs) }
    // `/v1/token:refresh` is a verb of an API.
    if !isQuoted, start == index + 1, !looksLikeSecret(from: start, atLeast: 8) { return nil }
    var end = schemesEnd(from: start)
    while end < bytes.count, !endsValue(at: end),
      bytes[end] != UInt8(ascii: "]"), bytes[end] != UInt8(ascii: "}")
    {
      end += 1
    }
    return secret(start..<end, signs)
  }

  /// Whether at least so many bytes that are no space follow, with a digit among the first of them; said
  /// before the end of the value is looked for, which may be that of the text.
  func looksLikeSecret(from start: Int, atLeast count: Int) -> Bool {
    var end = start
    var hasDigit = false
    while end < bytes.count, end - start < Self.nameLimit, bytes[end] > 0x20 {
      hasDigit = hasDigit || isDigit(bytes[end]) || bytes[end] == UInt8(ascii: "=")
      end += 1
    }
    return hasDigit && end - start >= count
  }

  /// `<token>…`.
  private func element() -> Range<Int>? {
    var start = index
    while start > 0, index - start < Self.nameLimit, bytes[start - 1] != UInt8(ascii: "<") {
      start -= 1
    }
    guard start > 0, bytes[start - 1] == UInt8(ascii: "<") else { return nil }
    let nameEnd = bytes[start..<index].firstIndex { $0 <= 0x20 } ?? index
    let signs = names.signs(of: bytes.span.extracting(start..<nameEnd))
    guard signs.isSecret(valueCount: .max) else { return nil }
    var end = index + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "<") { end += 1 }
    return secret(index + 1..<end, signs)
  }

  /// What stands in quotes at `start`, with them and without; in quotes that are escaped, up to the next
  /// such.
  private func quoted(from start: Int) -> (outer: Range<Int>, inner: Range<Int>)? {
    let isEscaped = start < bytes.count && bytes[start] == UInt8(ascii: "\\")
    let first = isEscaped ? start + 1 : start
    guard isQuote(at: first) else { return nil }
    var end = first + 1
    while end < bytes.count {
      if bytes[end] == UInt8(ascii: "\\") {
        if isEscaped, end + 1 < bytes.count, bytes[end + 1] == bytes[first] {
          return (start..<end + 2, first + 1..<end)
        }
        end += 2
      } else if bytes[end] == bytes[first] {
        return (start..<end + 1, first + 1..<end)
      } else {
        end += 1
      }
    }
    return (start..<bytes.count, first + 1..<bytes.count)
  }

  private func signs(ofNameEndingAt end: Int) -> SecretNames.Signs {
    var end = end
    while end > 0, bytes[end - 1] == 0x20 { end -= 1 }
    var start = end
    var isEncoded = false
    while start > 0, end - start < Self.nameLimit, !endsName(bytes[start - 1]) {
      if start >= 3, bytes[start - 3] == UInt8(ascii: "%"),
        let high = hexadecimalDigit(bytes[start - 2]), let low = hexadecimalDigit(bytes[start - 1])
      {
        // `%3Ftoken%3D`: the separator may be encoded.
        if endsName(high << 4 | low) { break }
        isEncoded = true
      }
      start -= 1
    }
    let range = start..<end
    return isEncoded
      ? names.signs(of: SecretText.decoded(bytes[range]).span)
      : names.signs(of: bytes.span.extracting(range))
  }

  private func endsValue(at place: Int) -> Bool {
    switch bytes[place] {
    case 0...0x20, UInt8(ascii: "&"), UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "'"),
      UInt8(ascii: "<"):
      return true
    case UInt8(ascii: ";"), UInt8(ascii: ","): return beginsName(from: place + 1)
    default: return false
    }
  }

  /// Whether what separates values may stand before `start`: a secret may hold a comma.
  private func beginsName(from start: Int) -> Bool {
    guard start < bytes.count, bytes[start] > 0x20 else { return true }
    var end = start
    while end < bytes.count, end - start < Self.nameLimit,
      isOfToken(bytes[end]) || bytes[end] == UInt8(ascii: ".") || isQuote(at: end)
    {
      end += 1
    }
    return end > start && end < bytes.count
      && (bytes[end] == UInt8(ascii: "=") || bytes[end] == UInt8(ascii: ":"))
  }

  // MARK: Addresses

  /// `//user:password@`.
  private func user() -> Range<Int>? {
    let start = index + 2
    var end = start
    var sign: Int?
    var hasPassword = index > 0 && bytes[index - 1] == UInt8(ascii: ":")
    while end < bytes.count, bytes[end] > 0x20, !endsAuthority(bytes[end]) {
      if bytes[end] == UInt8(ascii: "@") { sign = end }
      if bytes[end] == UInt8(ascii: ":"), sign == nil { hasPassword = true }
      end += 1
    }
    return hasPassword ? sign.map { start..<$0 } : nil
  }

  /// `jane@example.com`, whose domain begins at `start`.
  private func address(from start: Int) -> Range<Int>? {
    var first = index
    let earliest = max(0, index - Self.localPartLimit)
    while first > earliest, isOfLocalPart(bytes[first - 1]) { first -= 1 }
    guard first < index else { return nil }
    var end = start
    while end < bytes.count, isOfDomain(bytes[end]) { end += 1 }
    // A full stop or a dash behind an address is none of it.
    while end > start, bytes[end - 1] == UInt8(ascii: ".") || bytes[end - 1] == UInt8(ascii: "-") {
      end -= 1
    }
    guard let dot = bytes[start..<end].lastIndex(of: UInt8(ascii: ".")), dot > start, end - dot > 2
    else { return nil }
    return first..<end
  }
}
