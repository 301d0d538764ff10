internal import ByteScanning

/// Words that are looked for in names, in upper or lower case: a client may send thousands of
/// parameters whose names nobody has seen before, and a regular expression takes microseconds for each.
struct WordList {
  private let words: [[UInt8]]
  private let names: [[UInt8]]

  /// - Parameters:
  ///   - words: in lower case, found anywhere in a name.
  ///   - names: in lower case, found only as the whole name.
  init(_ words: [String], names: [String] = []) {
    precondition(words.allSatisfy { !$0.isEmpty })
    self.words = words.map { Array($0.utf8) }
    self.names = names.map { Array($0.utf8) }
  }

  func matches(_ name: borrowing OwnedBuffer<UInt8>) -> Bool {
    for other in names where other.count == name.count && holds(other, name, at: 0) { return true }
    for start in 0..<name.count {
      let first = lowerCase(name[start])
      for word in words where word[0] == first && holds(word, name, at: start) { return true }
    }
    return false
  }

  private func holds(
    _ word: [UInt8], _ name: borrowing OwnedBuffer<UInt8>, at start: Int
  ) -> Bool {
    guard word.count <= name.count - start else { return false }
    for index in word.indices where lowerCase(name[start + index]) != word[index] { return false }
    return true
  }

  private func lowerCase(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }
}
