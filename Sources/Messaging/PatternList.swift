internal import Attribution
internal import ByteScanning

/// Regular expressions that are searched in a text, in upper or lower case, as Python's
/// `re.search(pattern, text, re.I)` does. One worker's own.
///
/// Texts repeat, and a search takes microseconds, so answers are remembered.
final class PatternList {
  /// How many texts are remembered before the memory is given back, and how many bytes of them:
  /// clients choose the texts, and each thread has a handful of lists.
  private static let rememberedLimit = 4_096
  private static let rememberedMemoryLimit = 512 << 10
  /// Longer texts are not remembered.
  private static let longestRemembered = 512

  private let patterns: [Pattern]
  private var remembered = ByteTable()
  private let seed = UInt64.random(in: .min ... .max)

  /// - Parameter patterns: those that are no regular expression must have been refused before.
  init(_ patterns: [String]) {
    self.patterns = patterns.compactMap { try? Pattern($0, ignoringCase: true, takesGroup: false) }
  }

  /// Whether one of the patterns is found in `text`.
  func matches(_ text: borrowing OwnedBuffer<UInt8>) -> Bool {
    matches(text.span, in: 0..<text.count)
  }

  private func matches(_ bytes: borrowing Span<UInt8>, in range: Range<Int>) -> Bool {
    if patterns.isEmpty { return false }
    let hash = bytes.hash(of: range, seed: seed)
    if let known = remembered.value(for: bytes, in: range, hash: hash) { return known == 1 }
    let text = Array(String(decoding: bytes.extracting(range).copied(), as: UTF8.self).utf8)
    let isFound = patterns.contains { $0.isFound(in: text.span) }
    if range.count <= Self.longestRemembered {
      if remembered.count >= Self.rememberedLimit || remembered.memory > Self.rememberedMemoryLimit
      {
        remembered.removeAll()
      }
      remembered.insert(isFound ? 1 : 0, for: bytes, in: range, hash: hash)
    }
    return isFound
  }
}
