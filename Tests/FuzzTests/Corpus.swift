import Foundation
import TestSupport

/// The inputs that were kept for a target: `fixtures/fuzz/TARGET.txt` has one a line, as
/// `scripts/fuzz/corpus.py` writes them.
enum Corpus {
  static let folder = Repository.fixture("fuzz")

  static func inputs(of target: FuzzTargetName) throws -> [[UInt8]] {
    let file = folder.appending(path: "\(target.rawValue).txt")
    return try String(contentsOf: file, encoding: .utf8)
      .split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .map { unescaped(Array($0.utf8)) }
  }

  /// `\n`, `\\` and `\xHH` as what they stand for.
  static func unescaped(_ text: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    var offset = 0
    while offset < text.count {
      guard text[offset] == UInt8(ascii: "\\"), offset + 1 < text.count else {
        bytes.append(text[offset])
        offset += 1
        continue
      }
      switch text[offset + 1] {
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "x") where offset + 3 < text.count:
        let digits = String(decoding: text[offset + 2...offset + 3], as: UTF8.self)
        bytes.append(UInt8(digits, radix: 16) ?? 0)
        offset += 2
      default: bytes.append(text[offset + 1])
      }
      offset += 2
    }
    return bytes
  }
}
