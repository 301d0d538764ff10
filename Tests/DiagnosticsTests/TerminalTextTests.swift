import Diagnostics
import Testing

struct TerminalTextTests {
  @Test(
    arguments: [
      0x00, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9B, 0x9F, 0xAD, 0x61C, 0x115F, 0x180E,
      0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2064,
      0x2066,
      0x2069, 0x206F, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFE, 0xFFFF, 0xFDD0, 0x1D173,
      0x1FFFE,
      0xE0001, 0xE0020, 0xE007F, 0xE0100, 0x1FFFF,
    ] as [UInt32])
  func `what is not simply shown is written as an escape`(_ value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    let digits = String(value, radix: 16, uppercase: true)
    #expect(terminalSafe("a\(scalar)b") == "a\\u{\(digits)}b")
    #expect(isActedOnByTerminals(scalar))
  }

  @Test(arguments: [
    "", "plain ~", "é", "e\u{301}", "日本語", "עברית", "العربية", "😀", "\u{A0}", "\u{3000}",
    "\u{E000}",
    "\u{FFFD}", #"\u{1B}"#,
  ])
  func `what is shown stays`(_ text: String) {
    #expect(terminalSafe(text) == text)
  }
}
