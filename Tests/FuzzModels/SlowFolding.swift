/// What paths fold into, written as the table of `PathFolder` says it: one rule after the other, over
/// single bytes.
package enum SlowFolding {
  package static func template(of path: borrowing Span<UInt8>, in range: Range<Int>) -> [UInt8] {
    var template: [UInt8] = []
    var start = range.lowerBound
    while start < range.upperBound {
      // A slash stands at `start`.
      var end = start + 1
      while end < range.upperBound, path[end] != UInt8(ascii: "/") { end += 1 }
      template.append(UInt8(ascii: "/"))
      append(path, start + 1..<end, to: &template)
      start = end
    }
    return template
  }

  private static func append(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>, to template: inout [UInt8]
  ) {
    let whole = kind(path, segment)
    if let whole, whole != .token {
      template += Array(whole.rawValue.utf8)
      return
    }
    var text: [UInt8] = []
    for offset in segment { text.append(path[offset]) }
    if let dot = extensionDot(path, segment), let stem = kind(path, segment.lowerBound..<dot),
      stem != .id || text[(dot - segment.lowerBound)...].contains(where: isLetter)
    {
      template += Array(stem.rawValue.utf8) + text[(dot - segment.lowerBound)...]
    } else if whole == .token, SlowForms.withoutMethod(text) == nil {
      template += Array(Kind.token.rawValue.utf8)
    } else if let form = SlowForms.folded(text) {
      template += form
    } else {
      template += whole.map { Array($0.rawValue.utf8) } ?? text
    }
  }

  /// The placeholder of a text that identifies something as a whole.
  static func placeholder(_ text: [UInt8]) -> [UInt8]? {
    kind(text.span, 0..<text.count).map { Array($0.rawValue.utf8) }
  }

  private enum Kind: String {
    case id = "{id}"
    case uuid = "{uuid}"
    case hash = "{hash}"
    case email = "{email}"
    case date = "{date}"
    case token = "{token}"
  }

  private static func kind(_ path: borrowing Span<UInt8>, _ segment: Range<Int>) -> Kind? {
    var digits = 0
    var letters = 0
    var hexadecimals = 0
    var isPlain = true
    for offset in segment {
      let byte = path[offset]
      if isDigit(byte) { digits += 1 }
      if isLetter(byte) { letters += 1 }
      if isHexadecimal(byte) { hexadecimals += 1 }
      if !isDigit(byte), !isLetter(byte), !isMark(byte) { isPlain = false }
    }
    if segment.isEmpty { return nil }
    if digits == segment.count { return .id }
    if isUUID(path, segment) { return .uuid }
    let isMixed = digits > 0 && letters > 0
    if segment.count >= 12, hexadecimals == segment.count, isMixed { return .hash }
    if isEmailAddress(path, segment) { return .email }
    if isDate(path, segment) { return .date }
    if segment.count >= 20, isPlain, isMixed, isRandom(path, segment) { return .token }
    return nil
  }

  private static func isUUID(_ path: borrowing Span<UInt8>, _ segment: Range<Int>) -> Bool {
    guard segment.count == 36 else { return false }
    for index in 0..<36 {
      let byte = path[segment.lowerBound + index]
      let isDash = index == 8 || index == 13 || index == 18 || index == 23
      if isDash ? byte != UInt8(ascii: "-") : !isHexadecimal(byte) { return false }
    }
    return true
  }

  /// Something, an `@`, something and a dot with something behind.
  private static func isEmailAddress(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> Bool {
    guard let at = segment.first(where: { path[$0] == UInt8(ascii: "@") }),
      let dot = segment.first(where: { $0 > at && path[$0] == UInt8(ascii: ".") })
    else { return false }
    return at > segment.lowerBound && dot > at + 1 && dot + 1 < segment.upperBound
  }

  private static func isDate(_ path: borrowing Span<UInt8>, _ segment: Range<Int>) -> Bool {
    guard segment.count >= 10 else { return false }
    for index in 0..<10 {
      let byte = path[segment.lowerBound + index]
      let isDash = index == 4 || index == 7
      if isDash ? byte != UInt8(ascii: "-") : !isDigit(byte) { return false }
    }
    if segment.count == 10 { return true }
    let behind = path[segment.lowerBound + 10]
    return behind == UInt8(ascii: "T") || behind == UInt8(ascii: "t")
  }

  /// Whether more than half of the segment are pieces in which letters and digits change at least
  /// twice.
  private static func isRandom(_ path: borrowing Span<UInt8>, _ segment: Range<Int>) -> Bool {
    var random = 0
    var start = segment.lowerBound
    while start < segment.upperBound {
      var end = start
      var changes = 0
      while end < segment.upperBound, isDigit(path[end]) || isLetter(path[end]) {
        if end > start, isDigit(path[end]) != isDigit(path[end - 1]) { changes += 1 }
        end += 1
      }
      if changes >= 2 { random += end - start }
      start = end + 1
    }
    return random * 2 > segment.count
  }

  /// The last dot, if one to five letters or digits stand behind it, and something before it.
  private static func extensionDot(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> Int? {
    guard let dot = segment.last(where: { path[$0] == UInt8(ascii: ".") }),
      dot > segment.lowerBound
    else { return nil }
    let ending = dot + 1..<segment.upperBound
    guard (1...5).contains(ending.count) else { return nil }
    for offset in ending where !isDigit(path[offset]) && !isLetter(path[offset]) { return nil }
    return dot
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x2D, 0x5F, 0x2E, 0x3D, 0x7E, 0x2B, 0x3A: true  // - _ . = ~ + :
    default: false
    }
  }
  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  static func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
  }
  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte >= 0x41 && byte <= 0x46 || byte >= 0x61 && byte <= 0x66
  }
}
