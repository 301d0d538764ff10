/// Writes JSON member by member, so that the keys of a response come in the order of the code.
struct JSONWriting {
  private(set) var text = ""

  mutating func raw(_ json: some StringProtocol) {
    text += json
  }

  mutating func string(_ value: String?) {
    guard let value else { return text += "null" }
    text += "\""
    for scalar in value.unicodeScalars { append(scalar) }
    text += "\""
  }

  mutating func list<Elements: Sequence>(
    _ elements: Elements, _ write: (inout JSONWriting, Elements.Element) -> Void
  ) {
    text += "["
    separated(elements, write)
    text += "]"
  }

  /// An object with the members that `write` adds using ``member(_:_:)``.
  mutating func object(_ write: (inout JSONWriting) -> Void) {
    text += "{"
    write(&self)
    text += "}"
  }

  /// Adds a member to the object being written.
  mutating func member(_ key: String, _ write: (inout JSONWriting) -> Void) {
    if text.utf8.last != UInt8(ascii: "{") { text += "," }
    string(key)
    text += ":"
    write(&self)
  }

  mutating func member(_ key: String, _ value: Int) {
    member(key) { $0.raw(String(value)) }
  }

  mutating func member(_ key: String, _ value: String?) {
    member(key) { $0.string(value) }
  }

  private mutating func separated<Elements: Sequence>(
    _ elements: Elements, _ write: (inout JSONWriting, Elements.Element) -> Void
  ) {
    var isFirst = true
    for element in elements {
      if !isFirst { text += "," }
      isFirst = false
      write(&self, element)
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\u{0}"..<"\u{20}":
      let digits = String(scalar.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: text.unicodeScalars.append(scalar)
    }
  }
}
