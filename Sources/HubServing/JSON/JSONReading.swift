/// Reads one JSON text (RFC 8259, UTF-8, no byte order mark).
///
/// Stricter than most readers where they would silently lose something: a duplicate key and half a
/// surrogate pair are errors.
struct JSONReading {
  /// Deeper nesting is refused, because each level takes a stack frame. Messages nest to 6.
  static let maximumDepth = 64
  /// Up to this many members, each key is compared with all before it; beyond that, keys go into a
  /// set, so that a hostile object takes linear time.
  private static let fewMembers = 16

  /// More values are refused, because each takes many times the room of its text: `0,` becomes a value
  /// of a few dozen bytes. A message of a megabyte has a fifth of these at most.
  static let maximumValueCount = 500_000

  private let bytes: [UInt8]
  private var valueCount = 0
  private var index = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  static func value(of bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
    var reading = JSONReading(bytes)
    let value = try reading.value()
    reading.skipWhitespace()
    guard reading.index == bytes.count else { throw reading.error(.trailingBytes) }
    return value
  }

  // MARK: The grammar, one function per rule

  private mutating func value() throws(JSONSyntaxError) -> JSONValue {
    skipWhitespace()
    valueCount += 1
    guard valueCount <= Self.maximumValueCount else { throw error(.tooManyValues) }
    switch try current() {
    case UInt8(ascii: "{"), UInt8(ascii: "["): return try container()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    default: throw error(.unexpectedByte)
    }
  }

  private mutating func container() throws(JSONSyntaxError) -> JSONValue {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw error(.tooDeep) }
    return try bytes[index] == UInt8(ascii: "{") ? .object(object()) : .array(array())
  }

  private mutating func object() throws(JSONSyntaxError) -> JSONObject {
    var object = JSONObject()
    var keys = Set<String>()
    index += 1
    skipWhitespace()
    if try take(UInt8(ascii: "}")) { return object }
    repeat {
      skipWhitespace()
      guard try current() == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
      let keyIndex = index
      let key = try string()
      guard isNew(key, among: object.members, and: &keys) else {
        throw JSONSyntaxError(reason: .duplicateKey, byteOffset: keyIndex)
      }
      skipWhitespace()
      guard try take(UInt8(ascii: ":")) else { throw error(.unexpectedByte) }
      object.members.append(JSONObject.Member(key: key, value: try value()))
      skipWhitespace()
    } while try take(UInt8(ascii: ","))
    guard try take(UInt8(ascii: "}")) else { throw error(.unexpectedByte) }
    return object
  }

  private mutating func array() throws(JSONSyntaxError) -> [JSONValue] {
    var elements: [JSONValue] = []
    index += 1
    skipWhitespace()
    if try take(UInt8(ascii: "]")) { return elements }
    repeat {
      elements.append(try value())
      skipWhitespace()
    } while try take(UInt8(ascii: ","))
    guard try take(UInt8(ascii: "]")) else { throw error(.unexpectedByte) }
    return elements
  }

  private mutating func literal(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    let word = "\(word)".utf8
    guard bytes[index...].starts(with: word) else { throw error(.unexpectedByte) }
    index += word.count
    return value
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = index
    if bytes[index] == UInt8(ascii: "-") { index += 1 }
    let leadingZero = index < bytes.count && bytes[index] == UInt8(ascii: "0")
    let digitCount = try digits()
    if leadingZero && digitCount > 1 {
      throw JSONSyntaxError(reason: .invalidNumber, byteOffset: start)
    }
    var isInteger = true
    if peek() == UInt8(ascii: ".") {
      index += 1
      isInteger = false
      _ = try digits()
    }
    if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
      index += 1
      isInteger = false
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { index += 1 }
      _ = try digits()
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw JSONSyntaxError(reason: .numberOutOfRange, byteOffset: start)
    }
    return .number(number)
  }

  /// Reads one or more digits and returns how many.
  private mutating func digits() throws(JSONSyntaxError) -> Int {
    let start = index
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
    guard index > start else { throw error(.invalidNumber) }
    return index - start
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    index += 1
    let start = index
    while true {
      switch try current() {
      case UInt8(ascii: "\""):
        defer { index += 1 }
        return try text(bytes[start..<index], at: start)
      case UInt8(ascii: "\\"):
        return try stringWithEscapes(from: start)
      case 0..<0x20:
        throw error(.invalidString)
      default:
        index += 1
      }
    }
  }

  /// The string that began at `start`; `index` is at its first backslash.
  private mutating func stringWithEscapes(from start: Int) throws(JSONSyntaxError) -> String {
    var unescaped = Array(bytes[start..<index])
    while true {
      let byte = try current()
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return try text(unescaped[...], at: start)
      case UInt8(ascii: "\\"):
        index += 1
        try unescaped.append(contentsOf: escape())
      case 0..<0x20:
        throw error(.invalidString)
      default:
        unescaped.append(byte)
        index += 1
      }
    }
  }

  /// The bytes for the escape whose letter is at `index`.
  private mutating func escape() throws(JSONSyntaxError) -> [UInt8] {
    let letter = try current()
    index += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(try escapedScalar()).utf8)
    default: throw JSONSyntaxError(reason: .unexpectedByte, byteOffset: index - 1)
    }
  }

  private mutating func escapedScalar() throws(JSONSyntaxError) -> Unicode.Scalar {
    let start = index
    var code = try hexadecimalQuad()
    if (0xD800..<0xDC00).contains(code), bytes[index...].starts(with: "\\u".utf8) {
      index += 2
      let low = try hexadecimalQuad()
      guard (0xDC00..<0xE000).contains(low) else {
        throw JSONSyntaxError(reason: .invalidString, byteOffset: start)
      }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw JSONSyntaxError(reason: .invalidString, byteOffset: start)
    }
    return scalar
  }

  private mutating func hexadecimalQuad() throws(JSONSyntaxError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try current())).hexDigitValue else {
        throw error(.unexpectedByte)
      }
      code = code << 4 | UInt32(digit)
      index += 1
    }
    return code
  }

  // MARK: Bytes

  private func text(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw JSONSyntaxError(reason: .invalidString, byteOffset: offset)
    }
    return text
  }

  private func isNew(
    _ key: String, among members: [JSONObject.Member], and keys: inout Set<String>
  ) -> Bool {
    if members.count < Self.fewMembers { return !members.contains { $0.key == key } }
    if keys.isEmpty { keys = Set(members.map(\.key)) }
    return keys.insert(key).inserted
  }

  private mutating func skipWhitespace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      index += 1
    }
  }

  private func peek() -> UInt8? {
    index < bytes.count ? bytes[index] : nil
  }

  private func current() throws(JSONSyntaxError) -> UInt8 {
    guard index < bytes.count else { throw error(.endOfText) }
    return bytes[index]
  }

  /// Steps over `byte` if it comes next.
  private mutating func take(_ byte: UInt8) throws(JSONSyntaxError) -> Bool {
    guard try current() == byte else { return false }
    index += 1
    return true
  }

  private func error(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError {
    JSONSyntaxError(reason: reason, byteOffset: index)
  }
}
