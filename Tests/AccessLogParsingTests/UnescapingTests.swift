import AccessLogParsing
import ByteScanning
import Foundation
import TestSupport
import Testing

struct UnescapingTests {
  private static func resolved(_ text: [UInt8], isEscaped: Bool = true) -> [UInt8] {
    var result = OwnedBuffer<UInt8>(capacity: 4)
    Unescaping.append(
      FieldSlice(0..<text.count, isEscaped: isEscaped), of: text.span, to: &result)
    return result.span.copied()
  }

  private static let words: [String] = [
    "a", "\u{0}", "\u{1F}", "\"", "\\", "/", "é", "\u{7FF}", "\u{FFFF}", "😀", "\u{10FFFF}", "\n",
  ]

  @Test func `every string that JSONSerialization writes comes back`() throws {
    var generator = SeededGenerator(seed: 15)
    for _ in 0..<2_000 {
      let count = Int.random(in: 0...12, using: &generator)
      let text = (0..<count).map { _ in Self.words.randomElement(using: &generator) ?? "" }.joined()
      let json = Array(try JSONSerialization.data(withJSONObject: [text]))
      #expect(Self.resolved(Array(json.dropFirst(2).dropLast(2))) == Array(text.utf8))
    }
  }

  @Test func `every code unit escaped by number comes back`() {
    var generator = SeededGenerator(seed: 16)
    for _ in 0..<2_000 {
      let count = Int.random(in: 0...12, using: &generator)
      let text = (0..<count).map { _ in Self.words.randomElement(using: &generator) ?? "" }.joined()
      let escaped = text.utf16.map { String(format: "\\u%04x", Int($0)) }.joined()
      #expect(Self.resolved(Array(escaped.utf8)) == Array(text.utf8))
      let bytes = text.utf8.map { String(format: "\\x%02X", Int($0)) }.joined()
      #expect(Self.resolved(Array(bytes.utf8)) == Array(text.utf8))
    }
  }

  @Test(arguments: [
    (#"\"#, #"\"#), (#"a\"#, #"a\"#), (#"\q"#, #"\q"#), (#"\x"#, #"\x"#), (#"\x4"#, #"\x4"#),
    (#"\x4g"#, #"\x4g"#), (#"\u"#, #"\u"#), (#"\u12"#, #"\u12"#), (#"\u12g4"#, #"\u12g4"#),
    (#"\ud83d"#, "\u{FFFD}"), (#"\ud83d\u"#, #"\#u{FFFD}\u"#), (#"\ud83d\u0041"#, "\u{FFFD}A"),
    (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"), (#"\\x41"#, #"\x41"#), (#"\\\x41"#, #"\A"#),
    (#"\v\b\f"#, "\u{B}\u{8}\u{C}"),
  ])
  func `what begins no escape stands for itself`(_ text: String, _ expected: String) {
    #expect(Self.resolved(Array(text.utf8)) == Array(expected.utf8))
  }

  @Test func `a field without escapes is taken as it is`() {
    #expect(Self.resolved(Array(#"\n\x41"#.utf8), isEscaped: false) == Array(#"\n\x41"#.utf8))
  }

  @Test func `any bytes can be resolved`() {
    var generator = SeededGenerator(seed: 17)
    let alphabet = Array("\\\\\\ux0dD8aF\"n".utf8) + [0x00, 0xFF]
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...16, using: &generator)
      let text = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      // The longest that an escape stands for is three bytes, from six.
      #expect(Self.resolved(text).count <= text.count)
    }
  }
}
