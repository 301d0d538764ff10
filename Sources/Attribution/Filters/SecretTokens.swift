extension SecretReader {
  /// `eyJ….….…`: a header that begins with `{"` in base64, and at least one more part; or JSON in base64
  /// that holds a secret.
  func webToken() -> Range<Int>? {
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

  func knownToken() -> Range<Int>? {
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

  func privateKey() -> Range<Int>? {
    let head = min(index + 48, bytes.count)
    guard (index..<head).contains(where: { holds("PRIVATE", at: $0) }) else { return nil }
    var end = index + 1
    while end < bytes.count, !holds("-----END", at: end) { end += 1 }
    return index..<end
  }

  /// `Bearer …`; of the schemes that are also words, only at the beginning.
  func credentials() -> Range<Int>? {
    guard let (start, isWord) = schemeEnd(from: index) else { return nil }
    // "basic instructions" are none.
    if index > 0, isWord, !looksLikeSecret(from: start, atLeast: 12) { return nil }
    let end = credentialsEnd(from: start)
    guard end > start else { return nil }
    let isMask = end - start == 6 && bytes[start..<end].allSatisfy { $0 == UInt8(ascii: "*") }
    return isMask ? nil : start..<end
  }

  /// Behind the first word that is no scheme: some clients send `Bearer Bearer …`.
  func credentialsEnd(from start: Int) -> Int {
    var end = schemesEnd(from: start)
    while end < bytes.count, bytes[end] > 0x20, bytes[end] != UInt8(ascii: "\"") { end += 1 }
    return end
  }

  /// Behind the schemes at `start` and the spaces that follow them.
  func schemesEnd(from start: Int) -> Int {
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
  func schemeEnd(from start: Int) -> (Int, isWord: Bool)? {
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
