/// What segments fold into that hold other text as well, as the first table of `SegmentForm` says it.
enum SlowForms {
  /// The folded segment; nil if it stays as it is.
  static func folded(_ text: [UInt8]) -> [UInt8]? {
    guard text.contains(where: { isDigit($0) || $0 == UInt8(ascii: "(") }) else { return nil }
    if let (stem, method) = withoutMethod(text) {
      if let folded = whole(stem) { return folded + method }
    } else if let (stem, ending) = withoutExtension(text), let folded = whole(stem) {
      return folded + ending
    }
    return compound(text)
  }

  /// What stands before a custom method, and that with its colon.
  static func withoutMethod(_ text: [UInt8]) -> (stem: [UInt8], method: [UInt8])? {
    guard let colon = text.lastIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
    let name = text[(colon + 1)...]
    guard let first = name.first, isLetter(first),
      name.allSatisfy({ isDigit($0) || isLetter($0) || $0 == 0x5F || $0 == 0x2D })
    else { return nil }
    return (Array(text[..<colon]), Array(text[colon...]))
  }

  private static func withoutExtension(
    _ text: [UInt8]
  ) -> (stem: [UInt8], ending: [UInt8])? {
    guard let dot = text.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return nil }
    let ending = text[(dot + 1)...]
    guard (1...5).contains(ending.count), ending.contains(where: isLetter),
      ending.allSatisfy({ isDigit($0) || isLetter($0) })
    else { return nil }
    return (Array(text[..<dot]), Array(text[dot...]))
  }

  private static func whole(_ text: [UInt8]) -> [UInt8]? {
    SlowFolding.placeholder(text) ?? compound(text)
  }

  private static func compound(_ text: [UInt8]) -> [UInt8]? {
    if let places = decimalPlaces(text), places > 2 || places > 0 && text[0] == UInt8(ascii: "-") {
      return Array("{number}".utf8)
    }
    return list(text) ?? key(text) ?? prefixed(text)
  }

  private static func list(_ text: [UInt8]) -> [UInt8]? {
    let elements = text.split(omittingEmptySubsequences: false) { ",;|".utf8.contains($0) }
      .map { Array($0) }
    guard elements.count > 1 else { return nil }
    let places = elements.map(decimalPlaces)
    for (element, places) in zip(elements, places) where places == nil {
      guard SlowFolding.placeholder(element) != nil || prefixed(element) != nil else { return nil }
    }
    let areNumbers = places.allSatisfy { $0 != nil }
    let hasFraction = places.contains { $0 ?? 0 > 0 }
    return Array(
      (areNumbers && hasFraction && elements.count <= 4 ? "{coordinates}" : "{ids}").utf8)
  }

  /// How many decimal places a number has, perhaps with a minus sign; nil for anything else.
  private static func decimalPlaces(_ text: [UInt8]) -> Int? {
    let number = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
    let parts = number.split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }) else {
      return nil
    }
    return parts.count == 2 ? parts[1].count : 0
  }

  private static func key(_ text: [UInt8]) -> [UInt8]? {
    guard let open = text.firstIndex(of: UInt8(ascii: "(")), text.last == UInt8(ascii: ")"),
      open + 1 < text.count - 1, let first = text.first, isLetter(first),
      text[..<open].allSatisfy({ isDigit($0) || isLetter($0) || $0 == 0x5F || $0 == 0x2E })
    else { return nil }
    let key = text[(open + 1)..<(text.count - 1)]
    guard key.first == UInt8(ascii: "'") || key.contains(where: isDigit) else { return nil }
    return text[...open] + Array("{id})".utf8)
  }

  /// A prefix of letters and marks, and what certainly identifies something.
  private static func prefixed(_ text: [UInt8]) -> [UInt8]? {
    guard let digit = text.firstIndex(where: isDigit), digit > 0 else { return nil }
    let before = text[..<digit]
    guard before.dropFirst().allSatisfy({ isLetter($0) || isMark($0) }),
      isLetter(before[0]) || isMark(before[0]) || "+@*".utf8.contains(before[0])
    else { return nil }
    if areGroups(text[digit...]) {
      let count = text[digit...].count(where: isDigit)
      return count >= 5 ? before + Array("{id}".utf8) : nil
    }
    // The word that the digit stands in, unless a `v` is all that stands before it.
    guard let mark = before.lastIndex(where: { !isLetter($0) }) else { return nil }
    let isVersion = before[(mark + 1)...] == [0x76] || before[(mark + 1)...] == [0x56]
    if isVersion { return nil }
    let rest = Array(text[(mark + 1)...])
    let prefix = text[...mark]
    if let kind = SlowFolding.placeholder(rest) { return prefix + kind }
    guard rest.count >= 8, rest.allSatisfy({ isDigit($0) || isLetter($0) }) else { return nil }
    let changes = zip(rest, rest.dropFirst()).count { isDigit($0) != isDigit($1) }
    let isOfBothCases =
      rest.contains { isLetter($0) && $0 & 0x20 == 0 }
      && rest.contains { isLetter($0) && $0 & 0x20 != 0 }
    return changes >= 3 || changes == 2 && isOfBothCases ? prefix + Array("{id}".utf8) : nil
  }

  /// Digits, and single marks between them.
  private static func areGroups(_ text: ArraySlice<UInt8>) -> Bool {
    text.split(omittingEmptySubsequences: false) { "-_:".utf8.contains($0) }
      .allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
  }

  private static func isMark(_ byte: UInt8) -> Bool { "-_.:=~!$".utf8.contains(byte) }
  private static func isDigit(_ byte: UInt8) -> Bool { SlowFolding.isDigit(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool { SlowFolding.isLetter(byte) }
}
