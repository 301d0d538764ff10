/// JSON (RFC 8259) as the grammar has it, one rule after the other.
package enum SlowJSON {
  package indirect enum Value: Equatable {
    case null
    case bool(Bool)
    /// As it is written.
    case number([UInt8])
    /// In UTF-8. Half a surrogate pair is U+FFFD.
    case string([UInt8])
    case array([Value])
    case object([Member])

    /// The values of the members called `name`.
    package subscript(name: String) -> [Value] {
      guard case .object(let members) = self else { return [] }
      return members.filter { $0.name == Array(name.utf8) }.map(\.value)
    }
  }

  package struct Member: Equatable {
    package var name: [UInt8]
    package var value: Value
  }

  /// What a text holds that the grammar allows and a careful reader may not want.
  package struct Oddities: Equatable {
    package var depth = 0
    package var hasRepeatedName = false
    package var hasHalfPair = false
  }

  /// The value that `text` is, or nil if it is none.
  package static func value(of text: [UInt8]) -> (value: Value, oddities: Oddities)? {
    var reader = SlowJSONReader(text: text)
    guard let value = reader.value(depth: 0), reader.isAtEnd() else { return nil }
    return (value, reader.oddities)
  }

  /// Whether `bytes` are UTF-8 (RFC 3629).
  package static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while let first = rest.popFirst() {
      if first < 0x80 { continue }
      let length = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1
      guard first >= 0xC2, first <= 0xF4, rest.count >= length else { return false }
      var scalar = UInt32(first) & (0x3F >> UInt32(length))
      for _ in 0..<length {
        guard let next = rest.popFirst(), next & 0xC0 == 0x80 else { return false }
        scalar = scalar << 6 | UInt32(next & 0x3F)
      }
      let least: UInt32 = length == 1 ? 0x80 : length == 2 ? 0x800 : 0x10000
      if scalar < least || scalar > 0x10FFFF || (0xD800..<0xE000).contains(scalar) { return false }
    }
    return true
  }
}

private struct SlowJSONReader {
  let text: [UInt8]
  var offset = 0
  var oddities = SlowJSON.Oddities()

  init(text: [UInt8]) { self.text = text }

  var next: UInt8? { offset < text.count ? text[offset] : nil }

  mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { offset += 1 }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    offset += 1
    return true
  }

  mutating func isAtEnd() -> Bool {
    skipSpace()
    return offset == text.count
  }

  mutating func value(depth: Int) -> SlowJSON.Value? {
    skipSpace()
    oddities.depth = max(oddities.depth, depth)
    switch next {
    case UInt8(ascii: "{"): return object(depth: depth + 1)
    case UInt8(ascii: "["): return array(depth: depth + 1)
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "n"): return word("null", .null)
    case UInt8(ascii: "t"): return word("true", .bool(true))
    case UInt8(ascii: "f"): return word("false", .bool(false))
    default: return number()
    }
  }

  private mutating func word(_ word: String, _ value: SlowJSON.Value) -> SlowJSON.Value? {
    for byte in word.utf8 where !take(byte) { return nil }
    return value
  }

  private mutating func object(depth: Int) -> SlowJSON.Value? {
    oddities.depth = max(oddities.depth, depth)
    offset += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object([]) }
    var members: [SlowJSON.Member] = []
    repeat {
      skipSpace()
      guard let name = string() else { return nil }
      skipSpace()
      guard take(UInt8(ascii: ":")), let value = value(depth: depth) else { return nil }
      if members.contains(where: { $0.name == name }) { oddities.hasRepeatedName = true }
      members.append(SlowJSON.Member(name: name, value: value))
      skipSpace()
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "}")) ? .object(members) : nil
  }

  private mutating func array(depth: Int) -> SlowJSON.Value? {
    oddities.depth = max(oddities.depth, depth)
    offset += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array([]) }
    var elements: [SlowJSON.Value] = []
    repeat {
      guard let element = value(depth: depth) else { return nil }
      elements.append(element)
      skipSpace()
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "]")) ? .array(elements) : nil
  }

  private mutating func digits() -> Bool {
    let start = offset
    while let byte = next, byte >= 0x30, byte <= 0x39 { offset += 1 }
    return offset > start
  }

  private mutating func number() -> SlowJSON.Value? {
    let start = offset
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) {
      guard digits() else { return nil }
    }
    if take(UInt8(ascii: ".")), !digits() { return nil }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() else { return nil }
    }
    return .number(Array(text[start..<offset]))
  }

  private mutating func string() -> [UInt8]? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    var bytes: [UInt8] = []
    var start = offset
    while let byte = next, byte >= 0x20 {
      if byte == UInt8(ascii: "\"") {
        guard SlowJSON.isUTF8(text[start..<offset]) else { return nil }
        bytes += text[start..<offset]
        offset += 1
        return bytes
      }
      offset += 1
      guard byte == UInt8(ascii: "\\") else { continue }
      guard SlowJSON.isUTF8(text[start..<offset - 1]), let escaped = escape() else { return nil }
      bytes += text[start..<offset - escaped.length - 1]
      bytes += escaped.bytes
      start = offset
    }
    return nil
  }

  /// What an escape stands for, and how long it was behind the backslash.
  private mutating func escape() -> (bytes: [UInt8], length: Int)? {
    guard let letter = next else { return nil }
    offset += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return ([letter], 1)
    case UInt8(ascii: "b"): return ([0x08], 1)
    case UInt8(ascii: "f"): return ([0x0C], 1)
    case UInt8(ascii: "n"): return ([0x0A], 1)
    case UInt8(ascii: "r"): return ([0x0D], 1)
    case UInt8(ascii: "t"): return ([0x09], 1)
    case UInt8(ascii: "u"): break
    default: return nil
    }
    guard let unit = codeUnit() else { return nil }
    if unit & 0xFC00 == 0xD800, offset + 1 < text.count, text[offset] == UInt8(ascii: "\\"),
      text[offset + 1] == UInt8(ascii: "u")
    {
      let before = offset
      offset += 2
      guard let low = codeUnit() else { return nil }
      if low & 0xFC00 == 0xDC00 {
        return (Self.utf8(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF), 11)
      }
      offset = before
    }
    if unit & 0xF800 == 0xD800 {
      oddities.hasHalfPair = true
      return ([0xEF, 0xBF, 0xBD], 5)
    }
    return (Self.utf8(unit), 5)
  }

  private mutating func codeUnit() -> UInt32? {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next else { return nil }
      switch byte {
      case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x41 + 10)
      case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x61 + 10)
      default: return nil
      }
      offset += 1
    }
    return unit
  }

  private static func utf8(_ scalar: UInt32) -> [UInt8] {
    func byte(_ lead: UInt32, _ shift: UInt32) -> UInt8 {
      UInt8(truncatingIfNeeded: lead | scalar >> shift & 0x3F)
    }
    switch scalar {
    case ..<0x80: return [UInt8(truncatingIfNeeded: scalar)]
    case ..<0x800: return [byte(0xC0, 6), byte(0x80, 0)]
    case ..<0x10000:
      return [UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12), byte(0x80, 6), byte(0x80, 0)]
    default:
      return [
        UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18), byte(0x80, 12), byte(0x80, 6),
        byte(0x80, 0),
      ]
    }
  }
}
