import Reporting
import Testing

struct YAMLCharactersTests {
  @Test func `a scalar is one line of characters that every reader of YAML takes`() {
    for value in (0...0x10FFFF as ClosedRange<UInt32>) where value < 0x3000 || value % 251 < 4 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for text in [yamlText("a\(scalar)b"), yamlCommentText("a\(scalar)b")] {
        let isSound = text.unicodeScalars.allSatisfy { scalar in
          switch scalar.value {
          case 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF:
            scalar.value != 0x2028 && scalar.value != 0x2029 && scalar.value != 0xFEFF
          default: false
          }
        }
        #expect(isSound, "U+\(String(value, radix: 16))")
      }
    }
  }

  @Test(arguments: [
    ("plain", "plain"), ("no", #""no""#), ("a\u{2028}b", #""a\u2028b""#), ("a\"b", #""a\"b""#),
    ("\u{E0001}", #""\U000e0001""#), ("\u{FFFF}", #""\uffff""#), ("a\nb", #""a\u000ab""#),
  ])
  func `what is not plain is quoted`(_ text: String, _ expected: String) {
    #expect(yamlText(text) == expected)
  }
}
