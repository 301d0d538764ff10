import TestSupport
/// What paths fold into, written as the table of `PathFolder` says it and without regard to speed.
enum FoldingModel {
  static func folded(_ path: [UInt8]) -> [UInt8] {
    let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return segments.dropFirst().flatMap { Array("/".utf8) + template(Array($0)) }
  }

  private static func template(_ segment: [UInt8]) -> [UInt8] {
    let whole = kind(segment)
    if let whole, whole != "{token}" { return Array(whole.utf8) }
    if let dot = segment.lastIndex(of: UInt8(ascii: ".")) {
      let ending = segment[(dot + 1)...]
      let isExtension =
        (1...5).contains(ending.count) && ending.allSatisfy { isDigit($0) || isLetter($0) }
      if isExtension, let stem = kind(Array(segment[..<dot])) {
        return Array(stem.utf8) + segment[dot...]
      }
    }
    return whole.map { Array($0.utf8) } ?? segment
  }

  private static func kind(_ segment: [UInt8]) -> String? {
    let hasDigit = segment.contains(where: isDigit)
    let hasLetter = segment.contains(where: isLetter)
    if !segment.isEmpty && segment.allSatisfy(isDigit) { return "{id}" }
    if isUUID(segment) { return "{uuid}" }
    let isHexadecimal = segment.allSatisfy { $0 != UInt8(ascii: "-") && isHexadecimalDigit($0) }
    if segment.count >= 12, isHexadecimal, hasDigit, hasLetter { return "{hash}" }
    if isEmailAddress(segment) { return "{email}" }
    if isDate(segment) { return "{date}" }
    let isPlain = segment.allSatisfy { isDigit($0) || isLetter($0) || "-_.=~+:".utf8.contains($0) }
    if segment.count >= 20, isPlain, hasDigit, hasLetter, isMixed(segment) { return "{token}" }
    return nil
  }

  private static func isUUID(_ segment: [UInt8]) -> Bool {
    let groups = segment.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return groups.map(\.count) == [8, 4, 4, 4, 12]
      && groups.allSatisfy { $0.allSatisfy(isHexadecimalDigit) }
  }

  private static func isEmailAddress(_ segment: [UInt8]) -> Bool {
    guard let at = segment.firstIndex(of: UInt8(ascii: "@")), at > 0 else { return false }
    let host = segment[(at + 1)...]
    guard let dot = host.firstIndex(of: UInt8(ascii: ".")) else { return false }
    return dot > host.startIndex && dot + 1 < host.endIndex
  }

  private static func isDate(_ segment: [UInt8]) -> Bool {
    let shape = segment.prefix(10).map { isDigit($0) ? UInt8(ascii: "0") : $0 }
    guard shape == Array("0000-00-00".utf8) else { return false }
    return segment.count == 10 || segment[10] | 0x20 == UInt8(ascii: "t")
  }

  /// Whether most of the segment are pieces in which letters and digits change at least twice.
  private static func isMixed(_ segment: [UInt8]) -> Bool {
    let pieces = segment.split { !isDigit($0) && !isLetter($0) }
    let mixed = pieces.filter { piece in
      zip(piece, piece.dropFirst()).count { isDigit($0) != isDigit($1) } >= 2
    }
    return mixed.reduce(0) { $0 + $1.count } * 2 > segment.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) && byte < 0x80
  }
  private static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x66).contains(byte | 0x20) && byte < 0x80
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
  ]
  private static let bytes =
    Array("0189afgzAFGZ-_.=~+:@T %".utf8) + [0x00, 0x80, 0xB0, 0xC3, 0xE1, 0xFF]

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
