import FuzzModels
import TestSupport
/// What paths fold into, without regard to speed.
enum FoldingModel {
  static func folded(_ path: [UInt8]) -> [UInt8] {
    SlowFolding.template(of: path.span, in: 0..<path.count)
  }
}

/// Segments that often are, or nearly are, what folds.
enum RandomSegments {
  private static let shapes = [
    "7", "42", "0b4da1c2-1b8e-4a2a-9c1a-2b7d5e6f7a8b", "507f1f77bcf86cd799439011", "2026-11-23",
    "2026-11-23T09:10", "a@b.test", "AbCd1234EfGh5678IjKl", "sk_live_4eC39HqLyjWDarjt", "users",
    "v1",
    "10-ways-to-read-logs-2026", "", "abcdefab-cdef-abcd-efab-cdefabcdefab", "deadbeefcafe",
    "caf\u{E9}",
    "------------------------------------", "12345678901234567890123456789012345678",
    "10000:cancel", "Orders(10000)", "Orders('ALFKI')", "1,2,3", "52.52,-13.4", "-33.8688", "1.25",
    "user-10000", "ORD-2026-10000", "SKU12345", "cus_9s6XKzkNRiz8i3", "v1.0.0", "lib-v10000",
  ]
  private static let bytes =
    Array("0189afgzAFGZ-_.=~+:@T %,()'v".utf8) + [0x00, 0x80, 0xB0, 0xC3, 0xE1, 0xFF]

  static func segment(_ generator: inout SeededGenerator) -> [UInt8] {
    var segment = Array((shapes.randomElement(using: &generator) ?? "").utf8)
    if Int.random(in: 0..<5, using: &generator) == 0 {
      segment += Array(
        [".json", ".7z", ".x", ".toolong", "."].randomElement(using: &generator)?.utf8 ?? "".utf8)
    }
    for _ in 0..<(Bool.random(using: &generator) ? 0 : Int.random(in: 1...2, using: &generator)) {
      let place = Int.random(in: 0...segment.count, using: &generator)
      let byte = bytes.randomElement(using: &generator) ?? 0
      if Bool.random(using: &generator) || place == segment.count {
        segment.insert(byte, at: place)
      } else {
        segment[place] = byte
      }
    }
    return segment
  }

  static func path(_ generator: inout SeededGenerator) -> [UInt8] {
    (0..<Int.random(in: 1...4, using: &generator)).flatMap { _ in [0x2F] + segment(&generator) }
  }
}
