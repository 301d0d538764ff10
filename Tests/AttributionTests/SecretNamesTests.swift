import TestSupport
import Testing

@testable import Attribution

/// The automaton finds what a search for each word would find.
struct SecretNamesTests {
  private static func expected(_ name: String) -> SecretNames.Signs {
    let lower = name.lowercased()
    let tight = lower.filter { !isSeparator($0) }
    var parts: [String] = []
    var part = ""
    for character in name {
      let isCapital = character.isASCII && character.isUppercase
      let wasLower = part.last.map { $0.isASCII && $0.isLowercase } ?? false
      if isSeparator(character) || isCapital && wasLower {
        parts.append(part.lowercased())
        part = ""
      }
      if !isSeparator(character) { part.append(character) }
    }
    parts = (parts + [part.lowercased()]).filter { !$0.isEmpty }
    let isAlone = parts.count == 1 || parts.count == 2 && parts[0] == "x"
    var signs: SecretNames.Signs = []
    if SecretFields.headerWords.contains(where: { lower.contains($0) }) { signs.insert(.header) }
    if SecretFields.queryWords.contains(where: { lower.contains($0) }) { signs.insert(.query) }
    let words = SecretFields.headerWords + SecretFields.queryWords + SecretFields.furtherWords
    if words.contains(where: { tight.contains($0) })
      || parts.contains(where: {
        SecretFields.furtherNames.contains($0) || SecretFields.shortSecretNames.contains($0)
      })
      || isAlone && parts.last.map({ SecretFields.furtherWholeNames.contains($0) }) == true
      || parts.last == "key" && (isAlone || !SecretFields.openKeys.contains(parts[parts.count - 2]))
      || SecretFields.furtherWords.contains(where: { lower.contains($0) })
    {
      signs.insert(.further)
    }
    if parts.last.map({ SecretFields.shortSecretNames.contains($0) }) == true {
      signs.insert(.short)
    }
    return signs
  }

  private static func isSeparator(_ character: Character) -> Bool {
    character.isASCII && !character.isLetter && !character.isNumber
  }

  private static let words =
    SecretFields.headerWords + SecretFields.queryWords + SecretFields.furtherWords
    + SecretFields.furtherNames + SecretFields.furtherWholeNames + SecretFields.shortSecretNames
    + SecretFields.openKeys.map { "\($0)-key" } + ["key", "otherKey"]

  @Test func `each word is found by itself, and with something around it`() {
    for word in Self.words {
      for name in [word, word.uppercased(), "x" + word, word + "x", "au\(word)th", word + word] {
        let signs = SecretNames.all.signs(of: Array(name.utf8).span)
        #expect(signs == Self.expected(name), "\(name)")
      }
    }
  }

  /// Words that overlap, begin like others, or break off.
  @Test(arguments: 0..<50 as Range<UInt64>)
  func `what is put together from pieces of words is read as a search would`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      var name = ""
      for _ in 0..<Int.random(in: 0...4, using: &generator) {
        let word = Self.words.randomElement(using: &generator) ?? ""
        let piece = word.dropFirst(Int.random(in: 0...2, using: &generator))
        name += piece.dropLast(Int.random(in: 0...2, using: &generator))
        if Int.random(in: 0..<4, using: &generator) == 0 {
          name += ["é", "-", "1", "[", "X", "_", "?", "/"][name.count % 8]
        }
      }
      #expect(SecretNames.all.signs(of: Array(name.utf8).span) == Self.expected(name), "\(name)")
    }
  }

  @Test func `a value decides with its name`() {
    #expect(SecretFields.isSecret(parameter: "session", valueCount: 8))
    #expect(!SecretFields.isSecret(parameter: "session", valueCount: 7))
    #expect(SecretFields.isSecret(parameter: "pin", valueCount: 1))
    #expect(!SecretFields.isSecret(parameter: "spin", valueCount: 99))
    for name in ["user[pin]", "X-PIN", "cardCvv", "new.otp", "page/?otp", "a:pin", "a?b?pin"] {
      #expect(SecretFields.isSecret(parameter: name, valueCount: 1), "\(name)")
    }
    for name in [
      "deploy_key", "stripeKey", "X-Code", "PHPSESSID", "user[access code]", "x_csrf", "api key",
      "Ocp-Apim-Subscription-Key", "code_verifier", "otpValue",
    ] {
      #expect(SecretFields.isSecret(parameter: name, valueCount: 8), "\(name)")
      #expect(!SecretFields.isSecret(parameter: name, valueCount: 7), "\(name)")
    }
    for name in [
      "Idempotency-Key", "sortKey", "error_code", "monkey", "spinner", "compass", "bypass_x",
      "page",
      "status-code", "keyword", "signal",
    ] {
      #expect(!SecretFields.isSecret(parameter: name, valueCount: 99), "\(name)")
    }
    let signs = SecretNames.all.signs(of: Array("cookie".utf8).span)
    #expect(
      signs.isSecret(in: .header, valueCount: 1) && !signs.isSecret(in: .query, valueCount: 1))
  }
}
