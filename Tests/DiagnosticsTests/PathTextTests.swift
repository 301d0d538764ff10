import Diagnostics
import Foundation
import Testing

struct PathTextTests {
  @Test func `any bytes are had back from the string that stands for them`() {
    // Such as make sequences, the reserved characters' among them.
    let alphabet: [UInt8] = [0x61, 0xC3, 0xA9, 0xF4, 0x8F, 0xBE, 0xBF, 0xFF]
    var paths: [[UInt8]] = [[]]
    for length in 1...4 {
      paths += paths.filter { $0.count == length - 1 }.flatMap { path in
        alphabet.map { path + [$0] }
      }
    }
    for path in paths {
      let text = PathText.text(of: path)
      #expect(PathText.bytes(of: text) == path)
      let seen = unsafe text.withPath {
        unsafe Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
      }
      #expect(seen.map { UInt8(bitPattern: $0) } == path)
    }
    let texts = Set(paths.map { Array(PathText.text(of: $0).unicodeScalars) })
    #expect(texts.count == paths.count)
  }

  @Test func `paths in UTF-8 stand for themselves, and other bytes are shown as escapes`() {
    #expect(PathText.text(of: "zürich 日本.log".utf8) == "zürich 日本.log")
    let latin = PathText.text(of: [0x63, 0x61, 0x66, 0xE9] + Array(".log".utf8))
    #expect(terminalSafe(latin) == #"caf\xE9.log"#)
    #expect(terminalSafe(PathText.text(of: [0xFF])) == #"\xFF"#)
  }
}
