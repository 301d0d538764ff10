/// Goes through a text for ``SecretText``, from one sign that a secret can follow to the next.
struct SecretReader {
  let bytes: [UInt8]
  /// How often the text has been decoded.
  let depth: Int
  var index = 0

  private let names = SecretNames.all
  /// How long a name is that is looked at, in bytes.
  private static let nameLimit = 64
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

  private func holdsIgnoringCase(_ text: StaticString, at start: Int) -> Bool {
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
  private func looksLikeSecret(from start: Int, atLeast count: Int) -> Bool {
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

  // MARK: Tokens

  /// `eyJ….….…`: a header that begins with `{"` in base64, and at least one more part; or JSON in base64
  /// that holds a secret.
  private func webToken() -> Range<Int>? {
    guard bytes[index] == UInt8(ascii: "e"), holds("ey", at: index) || holds("ew", at: index) else {
      return nil
    }
    var end = index
    var hasDot = false
    while end < bytes.count, isOfToken(bytes[end]) || bytes[end] == UInt8(ascii: ".") {
      hasDot = hasDot || bytes[end] == UInt8(ascii: ".")
      if hasDot, !holds("eyJ", at: index) { return nil }
      end += 1
    }
    if hasDot { return end - index >= 16 ? index..<end : nil }
    // Behind a slash, which is a digit of base64, too, it is the segment of a path.
    let isSegment = index > 0 && "/+".utf8.contains(bytes[index - 1])
    if !isSegment {
      while end < bytes.count, isOfToken(bytes[end]) || "/+".utf8.contains(bytes[end]) { end += 1 }
    }
    guard end - index >= 16, depth < SecretText.depthLimit,
      let json = Base64.decoded(bytes[index..<end])
    else { return nil }
    return SecretText.masked(json, depth: depth + 1) == nil ? nil : index..<end
  }

  /// What tokens of well-known services begin with: whoever finds one can use it, whatever it is called.
  private static let prefixes: [StaticString] = [
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "xoxb-", "xoxp-",
    "xoxa-", "xoxr-", "xoxs-", "xapp-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_",
    "sk-", "AKIA", "ASIA", "AIza", "ya29.", "npm_", "dop_v1_", "SG.", "hf_", "shpat_", "shpss_",
    "pypi-",
  ]
  /// How many characters a token has at least behind what it begins with.
  private static let shortestRest = 12

  private func knownToken() -> Range<Int>? {
    guard index + 1 < bytes.count else { return nil }
    let second = bytes[index + 1]
    let isPossible =
      switch bytes[index] {
      case UInt8(ascii: "g"): "hil".utf8.contains(second)
      case UInt8(ascii: "x"): "oa".utf8.contains(second)
      case UInt8(ascii: "s"): "kh".utf8.contains(second)
      case UInt8(ascii: "A"): "KSI".utf8.contains(second)
      case UInt8(ascii: "r"): second == UInt8(ascii: "k")
      case UInt8(ascii: "w"): second == UInt8(ascii: "h")
      case UInt8(ascii: "y"): second == UInt8(ascii: "a")
      case UInt8(ascii: "n"): second == UInt8(ascii: "p")
      case UInt8(ascii: "d"): second == UInt8(ascii: "o")
      case UInt8(ascii: "S"): second == UInt8(ascii: "G")
      case UInt8(ascii: "h"): second == UInt8(ascii: "f")
      case UInt8(ascii: "p"): second == UInt8(ascii: "y")
      default: false
      }
    guard isPossible else { return nil }
    for prefix in Self.prefixes where holds(prefix, at: index) {
      let rest = index + prefix.utf8CodeUnitCount
      guard looksLikeSecret(from: rest, atLeast: Self.shortestRest) else { return nil }
      var end = rest
      while end < bytes.count, isOfToken(bytes[end]) || bytes[end] == UInt8(ascii: ".") { end += 1 }
      return end - rest >= Self.shortestRest ? index..<end : nil
    }
    return nil
  }

  private func privateKey() -> Range<Int>? {
    let head = min(index + 48, bytes.count)
    guard (index..<head).contains(where: { holds("PRIVATE", at: $0) }) else { return nil }
    var end = index + 1
    while end < bytes.count, !holds("-----END", at: end) { end += 1 }
    return index..<end
  }

  /// `Bearer …`; of the schemes that are also words, only at the beginning.
  private func credentials() -> Range<Int>? {
    guard let (start, isWord) = schemeEnd(from: index) else { return nil }
    // "basic instructions" are none.
    if index > 0, isWord, !looksLikeSecret(from: start, atLeast: 12) { return nil }
    let end = credentialsEnd(from: start)
    guard end > start else { return nil }
    let isMask = end - start == 6 && bytes[start..<end].allSatisfy { $0 == UInt8(ascii: "*") }
    return isMask ? nil : start..<end
  }

  /// Behind the first word that is no scheme: some clients send `Bearer Bearer …`.
  private func credentialsEnd(from start: Int) -> Int {
    var end = schemesEnd(from: start)
    while end < bytes.count, bytes[end] > 0x20, bytes[end] != UInt8(ascii: "\"") { end += 1 }
    return end
  }

  /// Behind the schemes at `start` and the spaces that follow them.
  private func schemesEnd(from start: Int) -> Int {
    var end = start
    for _ in 0..<Self.schemeLimit {
      guard end < bytes.count, isLetter(bytes[end]), let (next, _) = schemeEnd(from: end) else {
        break
      }
      end = next
    }
    return end
  }

  /// How many schemes may follow one another.
  private static let schemeLimit = 8
  private static let schemes: [(StaticString, isWord: Bool)] = [
    ("bearer", false), ("basic", true), ("digest", true), ("negotiate", false), ("token", true),
    ("apikey", true), ("api-key", true), ("aws4-hmac-sha256", false), ("hawk", true),
    ("dpop", false), ("ntlm", false), ("jwt", true),
  ]

  /// Behind a scheme and the spaces after it, of which there must be some; and whether it is a word.
  private func schemeEnd(from start: Int) -> (Int, isWord: Bool)? {
    guard start + 1 < bytes.count else { return nil }
    let second = bytes[start + 1] | 0x20
    let isPossible =
      switch bytes[start] | 0x20 {
      case UInt8(ascii: "a"): second == UInt8(ascii: "p") || second == UInt8(ascii: "w")
      case UInt8(ascii: "b"): second == UInt8(ascii: "e") || second == UInt8(ascii: "a")
      case UInt8(ascii: "d"): second == UInt8(ascii: "i") || second == UInt8(ascii: "p")
      case UInt8(ascii: "n"): second == UInt8(ascii: "e") || second == UInt8(ascii: "t")
      case UInt8(ascii: "t"): second == UInt8(ascii: "o")
      case UInt8(ascii: "h"): second == UInt8(ascii: "a")
      case UInt8(ascii: "j"): second == UInt8(ascii: "w")
      default: false
      }
    guard isPossible else { return nil }
    for (scheme, isWord) in Self.schemes where holdsIgnoringCase(scheme, at: start) {
      let first = start + scheme.utf8CodeUnitCount
      var end = first
      while end < bytes.count {
        if bytes[end] == 0x20 || bytes[end] == 0x09 || bytes[end] == UInt8(ascii: "+") {
          end += 1
        } else if bytes[end] == 0xC2, end + 1 < bytes.count, bytes[end + 1] == 0xA0 {
          end += 2
        } else if holds("%20", at: end) || holds("%09", at: end) {
          end += 3
        } else {
          break
        }
      }
      return end > first ? (end, isWord) : nil
    }
    return nil
  }
}
