/// Takes secrets out of text that has no grammar: a line, a header's value, what an inspection shows.
///
/// Masked are the values of names that ``SecretFields`` knows (`name=value`, also percent-encoded, and
/// `"name": "value"`), what follows the name of a scheme of authentication, JSON web tokens under
/// any name, and users in addresses.
package enum SecretText {
  package static let mask = "******"

  package static func masked(_ text: String) -> String {
    let bytes = Array(text.utf8)
    return masked(bytes).map { String(decoding: $0, as: UTF8.self) } ?? text
  }

  /// The bytes without secrets; nil if there were none.
  package static func masked(_ bytes: [UInt8]) -> [UInt8]? {
    var secrets: [Range<Int>] = []
    var reader = Reader(bytes: bytes)
    while reader.index < bytes.count {
      if let secret = reader.secret() {
        if !secret.isEmpty { secrets.append(secret) }
        reader.index = max(secret.upperBound, reader.index + 1)
      } else {
        reader.index += 1
      }
    }
    guard !secrets.isEmpty else { return nil }
    var output: [UInt8] = []
    var copied = 0
    for secret in secrets where secret.lowerBound >= copied {
      output += bytes[copied..<secret.lowerBound]
      output += mask.utf8
      copied = secret.upperBound
    }
    return output + bytes[copied...]
  }

  private struct Reader {
    let bytes: [UInt8]
    let names = SecretNames.all
    var index = 0

    /// The secret that the sign at ``index`` leads to.
    func secret() -> Range<Int>? {
      switch bytes[index] {
      case UInt8(ascii: "="): parameter(nameEnd: index, valueStart: index + 1, isEncoded: false)
      case UInt8(ascii: "%"):
        holds("%3D", at: index) || holds("%3d", at: index)
          ? parameter(nameEnd: index, valueStart: index + 3, isEncoded: true) : nil
      case UInt8(ascii: "\""): member()
      case UInt8(ascii: "e"): webToken()
      case UInt8(ascii: ":"): holds("://", at: index) ? user() : nil
      // What a scheme begins with.
      case UInt8(ascii: "a"), UInt8(ascii: "A"), UInt8(ascii: "b"), UInt8(ascii: "B"),
        UInt8(ascii: "d"), UInt8(ascii: "D"), UInt8(ascii: "h"), UInt8(ascii: "H"),
        UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"), UInt8(ascii: "T"):
        credentials()
      default: nil
      }
    }

    private func holds(_ text: StaticString, at start: Int) -> Bool {
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

    /// `token=…` and `token%3D…`.
    private func parameter(nameEnd: Int, valueStart: Int, isEncoded: Bool) -> Range<Int>? {
      // Asked before the value is looked at, which may reach to the end of the text.
      let signs = signs(ofParameterEndingAt: nameEnd)
      guard signs.isSecret(valueCount: .max) else { return nil }
      var end = valueStart
      if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
        end = quoteEnd(from: end + 1)
      } else {
        end = schemesEnd(from: end)
        while end < bytes.count, !endsValue(bytes[end]),
          !(isEncoded && (holds("%26", at: end) || holds("%22", at: end)))
        {
          end += 1
        }
      }
      return end > valueStart && signs.isSecret(valueCount: end - valueStart)
        ? valueStart..<end : nil
    }

    private func signs(ofParameterEndingAt end: Int) -> SecretNames.Signs {
      var start = end
      var isEncoded = false
      while start > 0, end - start < 64, !endsName(bytes[start - 1]) {
        if start >= 3, bytes[start - 3] == UInt8(ascii: "%"),
          let high = digit(bytes[start - 2]), let low = digit(bytes[start - 1])
        {
          // `%3Ftoken%3D`: the separator may be encoded.
          if endsName(high << 4 | low) { break }
          isEncoded = true
        }
        start -= 1
      }
      let range = start..<end
      return isEncoded
        ? names.signs(of: decoded(range).span) : names.signs(of: bytes.span.extracting(range))
    }

    /// `"token": "…"`, also with escaped quotes, and `'token': '…'`.
    private func member() -> Range<Int>? {
      var start = index
      if start > 0, bytes[start - 1] == UInt8(ascii: "\\") { start -= 1 }
      let nameEnd = start
      while start > 0, nameEnd - start < 64, bytes[start - 1] != UInt8(ascii: "\"") { start -= 1 }
      var value = index + 1
      while value < bytes.count, bytes[value] == UInt8(ascii: " ") { value += 1 }
      guard start < nameEnd, value < bytes.count, bytes[value] == UInt8(ascii: ":") else {
        return nil
      }
      value += 1
      while value < bytes.count, bytes[value] == UInt8(ascii: " ") { value += 1 }
      let signs = names.signs(of: bytes.span.extracting(start..<nameEnd))
      guard value < bytes.count, signs.isSecret(valueCount: .max) else { return nil }
      if holds("\\\"", at: value) {
        value += 2
      } else if bytes[value] == UInt8(ascii: "\"") {
        value += 1
      } else {
        var end = schemesEnd(from: value)
        while end < bytes.count, !",]} ".utf8.contains(bytes[end]) { end += 1 }
        return end > value && signs.isSecret(valueCount: end - value) ? value..<end : nil
      }
      var end = quoteEnd(from: value)
      if end > value { end -= bytes[end - 1] == UInt8(ascii: "\"") ? 1 : 0 }
      if end > value, bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
      return end > value && signs.isSecret(valueCount: end - value) ? value..<end : nil
    }

    /// Behind the quote that ends what begins at `start`.
    private func quoteEnd(from start: Int) -> Int {
      var end = start
      while end < bytes.count {
        if bytes[end] == UInt8(ascii: "\"") { return end + 1 }
        end += 1
      }
      return end
    }

    /// `eyJ….eyJ….…`: a header that begins with `{"` in base64, and at least one more part.
    private func webToken() -> Range<Int>? {
      guard holds("eyJ", at: index), index == 0 || !isOfToken(bytes[index - 1]) else { return nil }
      var end = index
      var dotCount = 0
      while end < bytes.count, isOfToken(bytes[end]) || bytes[end] == UInt8(ascii: ".") {
        if bytes[end] == UInt8(ascii: ".") { dotCount += 1 }
        end += 1
      }
      return dotCount >= 1 && end - index >= 16 ? index..<end : nil
    }

    /// `://user:password@`.
    private func user() -> Range<Int>? {
      let start = index + 3
      var end = start
      var sign: Int?
      while end < bytes.count, bytes[end] > 0x20, !endsAuthority(bytes[end]) {
        if bytes[end] == UInt8(ascii: "@") { sign = end }
        end += 1
      }
      return sign.map { start..<$0 }
    }

    /// `Bearer …`; of the schemes that are also words, only at the beginning.
    private func credentials() -> Range<Int>? {
      let isFirst = index == 0
      guard isFirst || !isOfToken(bytes[index - 1]) else { return nil }
      for (scheme, isWord) in Self.schemes {
        guard isFirst || !isWord, holdsIgnoringCase(scheme, at: index) else { continue }
        let start = index + scheme.utf8CodeUnitCount
        let end = credentialsEnd(from: start)
        if end > start { return start..<end }
      }
      return nil
    }

    /// Behind the first word that is no scheme: some clients send `Bearer Bearer …`.
    private func credentialsEnd(from start: Int) -> Int {
      var end = start
      while end < bytes.count, bytes[end] == UInt8(ascii: " ") { end += 1 }
      end = schemesEnd(from: end)
      while end < bytes.count, bytes[end] > 0x20, bytes[end] != UInt8(ascii: "\"") { end += 1 }
      return end
    }

    /// Behind the schemes at `start` and the spaces that follow them.
    private func schemesEnd(from start: Int) -> Int {
      var end = start
      while let scheme = Self.schemes.first(where: { holdsIgnoringCase($0.0, at: end) }) {
        end += scheme.0.utf8CodeUnitCount
        while end < bytes.count, bytes[end] == UInt8(ascii: " ") { end += 1 }
      }
      return end
    }

    private static let schemes: [(StaticString, Bool)] = [
      ("bearer ", false), ("basic ", true), ("digest ", true), ("negotiate ", false),
      ("token ", true),
      ("apikey ", true), ("api-key ", true), ("aws4-hmac-sha256 ", false), ("hawk ", true),
      ("bearer%20", false), ("bearer+", false), ("basic%20", true),
    ]

    private func decoded(_ range: Range<Int>) -> [UInt8] {
      var output: [UInt8] = []
      var offset = range.lowerBound
      while offset < range.upperBound {
        if bytes[offset] == UInt8(ascii: "%"), offset + 2 < range.upperBound,
          let high = digit(bytes[offset + 1]), let low = digit(bytes[offset + 2])
        {
          output.append(high << 4 | low)
          offset += 3
        } else {
          output.append(bytes[offset])
          offset += 1
        }
      }
      return output
    }
  }
}

private func digit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x37
  case 0x61...0x66: byte - 0x57
  default: nil
  }
}

private func isOfToken(_ byte: UInt8) -> Bool {
  byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
}

private func endsName(_ byte: UInt8) -> Bool {
  switch byte {
  case 0...0x20, UInt8(ascii: "="), UInt8(ascii: "&"), UInt8(ascii: "?"), UInt8(ascii: ";"),
    UInt8(ascii: ","), UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "'"),
    UInt8(ascii: "/"), UInt8(ascii: "{"), UInt8(ascii: "("):
    true
  default: false
  }
}

private func endsValue(_ byte: UInt8) -> Bool {
  switch byte {
  case 0...0x20, UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "#"),
    UInt8(ascii: "\""), UInt8(ascii: "'"):
    true
  default: false
  }
}

private func endsAuthority(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    || byte == UInt8(ascii: "\"")
}
