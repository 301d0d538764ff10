import TestSupport
import Testing

@testable import Attribution

/// The automaton finds what a search for each word would find.
struct SecretNamesTests {
  private static func expected(_ name: String) -> SecretNames.Signs {
    let name = name.lowercased()
    var signs: SecretNames.Signs = []
    if SecretFields.headerWords.contains(where: { name.contains($0) }) { signs.insert(.header) }
    if SecretFields.queryWords.contains(where: { name.contains($0) }) { signs.insert(.query) }
    if SecretFields.furtherWords.contains(where: { name.contains($0) })
      || SecretFields.furtherNames.contains(name)
    {
      signs.insert(.further)
    }
    if SecretFields.shortSecretNames.contains(name) { signs.insert(.short) }
    return signs
  }

  private static let words =
    SecretFields.headerWords + SecretFields.queryWords + SecretFields.furtherWords
    + SecretFields.furtherNames + SecretFields.shortSecretNames

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
          name += ["é", "-", "1", "["][name.count % 4]
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
    let signs = SecretNames.all.signs(of: Array("cookie".utf8).span)
    #expect(
      signs.isSecret(in: .header, valueCount: 1) && !signs.isSecret(in: .query, valueCount: 1))
  }
}
