internal import ByteScanning

/// What identifies something within a segment that holds other text as well: the place of the
/// placeholder, with literal text before and behind it.
///
/// | segment | placeholder |
/// |---|---|
/// | `10000:cancel` | `{id}:cancel`: a custom method (AIP-136) behind anything that identifies something |
/// | `Orders(10000)`, `Orders('ALFKI')` | `Orders({id})`: an OData key |
/// | `17,18,19` | `{ids}`: a list; also with `;` or `|` |
/// | `52.52,13.40` | `{coordinates}`: a list of numbers with a decimal point |
/// | `-33.8688` | `{number}`: negative, or with three decimal places or more |
/// | `user-10000`, `ORD-2026-10000`, `SKU12345`, `cus_9s6XKzkNRiz8i3` | `user-{id}`: a prefix and five or more digits, or a random-looking word |
///
/// In doubt, because the application's own words look the same. These identify something where there
/// are others like them:
///
/// | segment | placeholder |
/// |---|---|
/// | `1.0.0`, `v1.0.0-rc.1`, `left-pad-1.0.0` | `{version}` |
/// | `19.99` | `{number}` |
/// | `user-42`, `step3` | `user-{id}`: fewer digits; but not `v1` |
/// | `cus_kNRizXKzkNRizi` | `cus_{id}`: a word that mixes cases or digits and letters |
/// | `2026-11` | `{id}`: digits and dashes |
struct SegmentForm: Equatable {
  var kind: SegmentKind
  /// What the placeholder stands for.
  var placeholder: Range<Int>

  /// With so many digits, what follows a prefix identifies something.
  static let certainDigits = 5
  /// The shortest random-looking word behind a prefix.
  static let shortestWord = 8

  init(_ kind: SegmentKind, _ placeholder: Range<Int>) {
    (self.kind, self.placeholder) = (kind, placeholder)
  }

  /// The form of a segment that certainly identifies something; nil if it does not, or if all of it is
  /// of a ``SegmentKind``.
  init?(certain path: borrowing Span<UInt8>, _ segment: Range<Int>) {
    guard path.mayHoldForm(segment),
      let form = Self.beforeEnding(path, segment, Self.certain) ?? Self.compound(path, segment)
    else { return nil }
    self = form
  }

  /// The form of a segment that identifies something if there are others like it.
  init?(doubtful path: borrowing Span<UInt8>, _ segment: Range<Int>) {
    guard
      let form = Self.beforeEnding(path, segment, Self.doubtful) ?? Self.doubtful(path, segment)
    else { return nil }
    self = form
  }

  /// The form of what stands before a custom method or a file extension.
  private static func beforeEnding(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>,
    _ form: (borrowing Span<UInt8>, Range<Int>) -> SegmentForm?
  ) -> SegmentForm? {
    if let colon = path.methodColon(in: segment) {
      return form(path, segment.lowerBound..<colon)
    }
    guard let dot = path.extensionDot(in: segment), path.hasLetter(dot + 1..<segment.upperBound)
    else { return nil }
    return form(path, segment.lowerBound..<dot)
  }

  /// The text before and behind the placeholder in `segment`, all of which the form is of: as the key of
  /// ``PathNode/parameters``.
  func surroundings(in segment: [UInt8]) -> [UInt8] {
    let prefix = segment[..<placeholder.lowerBound]
    let rest = segment[placeholder.upperBound...]
    return prefix.isEmpty ? Array(rest) : prefix + [PathNode.placeholder] + rest
  }

  // MARK: Certain

  private static func certain(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> SegmentForm? {
    if let kind = SegmentKind(path, segment) { return SegmentForm(kind, segment) }
    return compound(path, segment)
  }

  private static func compound(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> SegmentForm? {
    if path.isCertainNumber(segment) { return SegmentForm(.number, segment) }
    if let kind = listKind(path, segment) { return SegmentForm(kind, segment) }
    return key(path, segment) ?? prefixed(path, segment)
  }

  /// `Orders(10000)`: a word, and a key with a digit or a quote in parentheses.
  private static func key(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> SegmentForm? {
    guard segment.count > 3, path[segment.upperBound - 1] == UInt8(ascii: ")") else { return nil }
    let open = path.firstOffset(
      of: UInt8(ascii: "("), from: segment.lowerBound, to: segment.upperBound)
    let key = min(open + 1, segment.upperBound - 1)..<segment.upperBound - 1
    guard !key.isEmpty, path[segment.lowerBound].isLetter else { return nil }
    for offset in segment.lowerBound..<open {
      let byte = path[offset]
      if !byte.isLetter, !byte.isDigit, byte != UInt8(ascii: "_"), byte != UInt8(ascii: ".") {
        return nil
      }
    }
    let isKey = path[key.lowerBound] == UInt8(ascii: "'") || path.digitCount(in: key) > 0
    return isKey ? SegmentForm(.reference, key) : nil
  }

  /// Two or more of what identifies something, with separators between.
  private static func listKind(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> SegmentKind? {
    var start = segment.lowerBound
    var count = 0
    var fractions = 0
    var areNumbers = true
    while true {
      var end = start
      while end < segment.upperBound, !path[end].separatesList { end += 1 }
      if end == segment.upperBound && count == 0 { return nil }
      let element = start..<end
      if path.isNumber(element) {
        if path.fractionLength(of: element) > 0 { fractions += 1 }
      } else {
        areNumbers = false
        guard SegmentKind(path, element) != nil || prefixed(path, element) != nil else {
          return nil
        }
      }
      count += 1
      if end == segment.upperBound { break }
      start = end + 1
    }
    return areNumbers && fractions > 0 && count <= 4 ? .coordinates : .list
  }

  /// A prefix, and what certainly identifies something.
  private static func prefixed(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> SegmentForm? {
    guard let start = path.prefixEnd(in: segment), start > segment.lowerBound else { return nil }
    let rest = start..<segment.upperBound
    if path.areDigitGroups(rest) {
      let count = path.digitCount(in: rest)
      guard count >= certainDigits else { return nil }
      return SegmentForm(count == rest.count ? .id : .reference, rest)
    }
    guard !path[start - 1].isLetter else { return nil }
    if let kind = SegmentKind(path, rest) { return SegmentForm(kind, rest) }
    return path.isRandomWord(rest) ? SegmentForm(.reference, rest) : nil
  }

  // MARK: In doubt

  private static func doubtful(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> SegmentForm? {
    if path.isNumber(segment), path.fractionLength(of: segment) > 0 {
      return SegmentForm(.number, segment)
    }
    guard let start = path.prefixEnd(in: segment) else { return mixedWord(path, segment) }
    let rest = start..<segment.upperBound
    let isMarked = start > segment.lowerBound && !path[start - 1].isLetter
    let isVersionMark =
      start > segment.lowerBound && path[start - 1] | 0x20 == UInt8(ascii: "v")
      && (start == segment.lowerBound + 1 || path[start - 2].isPrefixMark)
    if start == segment.lowerBound || isMarked || isVersionMark, path.isVersion(rest) {
      return SegmentForm(.version, isVersionMark ? start - 1..<segment.upperBound : rest)
    }
    // `v1` is a version of the application itself.
    if path.areDigitGroups(rest), !isVersionMark { return SegmentForm(.reference, rest) }
    return isMarked && path.isMixedWord(rest) ? SegmentForm(.reference, rest) : nil
  }

  /// A prefix, and a word without digits that mixes cases.
  private static func mixedWord(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> SegmentForm? {
    var start = segment.upperBound
    while start > segment.lowerBound, path[start - 1].isLetter { start -= 1 }
    guard start > segment.lowerBound + 1, path[start - 1] == UInt8(ascii: "_"),
      path.isMixedWord(start..<segment.upperBound)
    else { return nil }
    return SegmentForm(.reference, start..<segment.upperBound)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
  fileprivate var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

  fileprivate var separatesList: Bool {
    switch self {
    case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "|"): true
    default: false
    }
  }

  /// What may stand at the beginning of a prefix: of a telephone number, or a user's name.
  fileprivate var mayBeginName: Bool {
    self == UInt8(ascii: "+") || self == UInt8(ascii: "@") || self == UInt8(ascii: "*")
  }

  /// What stands between a prefix and an identifier.
  fileprivate var isPrefixMark: Bool {
    switch self {
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
      UInt8(ascii: "="), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"):
      true
    default: false
    }
  }
}

extension Span where Element == UInt8 {
  /// Where a prefix of letters and marks ends: at the first word with a digit, or at the first digit, if
  /// only digits follow or a `v` stands before it. The segment's start if that is a digit; nil if there is no digit.
  fileprivate func prefixEnd(in segment: Range<Int>) -> Int? {
    var word = segment.lowerBound
    for offset in segment {
      let byte = self[offset]
      if byte.isDigit {
        if areDigitGroups(offset..<segment.upperBound) || isVersionMark(word, offset) {
          return offset
        }
        return word > segment.lowerBound || offset == word ? word : nil
      }
      if byte.isPrefixMark || offset == segment.lowerBound && byte.mayBeginName {
        word = offset + 1
      } else if !byte.isLetter {
        return nil
      }
    }
    return nil
  }

  /// Whether the word that begins at `start` has only a `v` before its digits.
  private func isVersionMark(_ start: Int, _ digits: Int) -> Bool {
    digits == start + 1 && self[start] | 0x20 == UInt8(ascii: "v")
  }

  fileprivate func digitCount(in range: Range<Int>) -> Int {
    var count = 0
    for offset in range where self[offset].isDigit { count += 1 }
    return count
  }

  /// Whether there is a digit or a parenthesis, as in every form that is certain.
  fileprivate func mayHoldForm(_ segment: Range<Int>) -> Bool {
    for offset in segment where self[offset].isDigit || self[offset] == UInt8(ascii: "(") {
      return true
    }
    return false
  }

  func hasLetter(_ range: Range<Int>) -> Bool {
    for offset in range where self[offset].isLetter { return true }
    return false
  }

  /// Digits, and single dashes, underscores or colons between them.
  fileprivate func areDigitGroups(_ range: Range<Int>) -> Bool {
    var isDigit = false
    for offset in range {
      let byte = self[offset]
      let isMark =
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
      if !byte.isDigit && !(isMark && isDigit) { return false }
      isDigit = byte.isDigit
    }
    return isDigit
  }

  /// Digits, perhaps with a minus sign and a fraction.
  fileprivate func isNumber(_ range: Range<Int>) -> Bool {
    var start = range.lowerBound
    if start < range.upperBound, self[start] == UInt8(ascii: "-") { start += 1 }
    let point = endOfDigits(from: start, to: range.upperBound)
    guard point > start else { return false }
    if point == range.upperBound { return true }
    return self[point] == UInt8(ascii: ".") && point + 1 < range.upperBound
      && endOfDigits(from: point + 1, to: range.upperBound) == range.upperBound
  }

  private func endOfDigits(from start: Int, to end: Int) -> Int {
    var offset = start
    while offset < end, self[offset].isDigit { offset += 1 }
    return offset
  }

  /// How many decimal places a number has.
  fileprivate func fractionLength(of number: Range<Int>) -> Int {
    let point = firstOffset(
      of: UInt8(ascii: "."), from: number.lowerBound, to: number.upperBound)
    return Swift.max(0, number.upperBound - point - 1)
  }

  /// A number that is no version: negative with a fraction, or with three decimal places.
  fileprivate func isCertainNumber(_ range: Range<Int>) -> Bool {
    guard isNumber(range) else { return false }
    let length = fractionLength(of: range)
    return length > 2 || length > 0 && self[range.lowerBound] == UInt8(ascii: "-")
  }

  /// `1.0.0`, with two to four parts, and perhaps a pre-release or build behind (Semantic Versioning,
  /// 9 and 10).
  fileprivate func isVersion(_ range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    var parts = 0
    while true {
      let end = endOfDigits(from: offset, to: range.upperBound)
      guard end > offset else { return false }
      parts += 1
      offset = end
      guard offset < range.upperBound, self[offset] == UInt8(ascii: ".") else { break }
      offset += 1
    }
    guard (2...4).contains(parts) else { return false }
    if offset == range.upperBound { return true }
    guard self[offset] == UInt8(ascii: "-") || self[offset] == UInt8(ascii: "+"),
      offset + 1 < range.upperBound
    else { return false }
    for rest in offset + 1..<range.upperBound {
      let byte = self[rest]
      if !byte.isDigit, !byte.isLetter, byte != UInt8(ascii: "."), byte != UInt8(ascii: "-"),
        byte != UInt8(ascii: "+")
      {
        return false
      }
    }
    return true
  }

  /// The colon before a custom method: letters, digits and marks, beginning with a letter.
  func methodColon(in segment: Range<Int>) -> Int? {
    guard
      let colon = lastOffset(
        of: UInt8(ascii: ":"), from: segment.lowerBound, to: segment.upperBound),
      colon > segment.lowerBound, colon + 1 < segment.upperBound, self[colon + 1].isLetter
    else { return nil }
    for offset in colon + 1..<segment.upperBound {
      let byte = self[offset]
      if !byte.isDigit, !byte.isLetter, byte != UInt8(ascii: "_"), byte != UInt8(ascii: "-") {
        return nil
      }
    }
    return colon
  }

  /// Letters and digits that change often: three times, or twice where the letters are of both cases.
  fileprivate func isRandomWord(_ range: Range<Int>) -> Bool {
    let word = MixedWord(self, range)
    return word.isWhole && range.count >= SegmentForm.shortestWord
      && (word.changes >= 3 || word.changes >= 2 && word.hasUpper && word.hasLower)
  }

  /// Letters with digits, or of both cases within.
  fileprivate func isMixedWord(_ range: Range<Int>) -> Bool {
    let word = MixedWord(self, range)
    return word.isWhole && range.count >= SegmentForm.shortestWord
      && (word.changes > 0 || word.hasInnerUpper && word.hasLower)
  }
}

/// What a word consists of.
private struct MixedWord {
  /// Whether it consists of letters and digits only.
  private(set) var isWhole = true
  /// How often letters and digits change.
  private(set) var changes = 0
  private(set) var hasUpper = false
  private(set) var hasLower = false
  /// Whether there is a capital letter behind the first byte.
  private(set) var hasInnerUpper = false

  init(_ text: borrowing Span<UInt8>, _ range: Range<Int>) {
    for offset in range {
      let byte = text[offset]
      guard byte.isDigit || byte.isLetter else {
        isWhole = false
        return
      }
      if offset > range.lowerBound, byte.isDigit != text[offset - 1].isDigit { changes += 1 }
      if byte.isDigit { continue }
      if byte & 0x20 == 0 {
        hasUpper = true
        if offset > range.lowerBound { hasInnerUpper = true }
      } else {
        hasLower = true
      }
    }
  }
}
