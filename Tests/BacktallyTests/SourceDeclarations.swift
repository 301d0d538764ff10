import Foundation

/// Which types Swift sources declare, and their members: so much of the grammar as a test needs that
/// looks up a constant by its type, in whichever file and folder it is.
///
/// Types nest, and extensions count. It knows comments, strings with interpolation, and brackets, but
/// no regular expressions between slashes that hold a quote or a brace alone.
struct SourceDeclarations {
  /// What follows the name of each property, to the end of its definition, by `Type.name`, where `Type`
  /// is the path from the outermost type: `RetryPolicy.Limits.longestDelay`. Types of the same path in
  /// two modules may both have one.
  private(set) var properties: [String: [String]] = [:]
  /// The cases of enumerations, by the path of the type.
  private(set) var cases: [String: [String]] = [:]
  /// The functions of types, as `Type.name`.
  private(set) var functions: Set<String> = []

  /// All of `Sources`.
  init() throws {
    let sources = Program.root.appending(path: "Sources").resolvingSymlinksInPath().path
    for path in try FileManager.default.subpathsOfDirectory(atPath: sources).sorted()
    where path.hasSuffix(".swift") {
      add(try String(contentsOfFile: "\(sources)/\(path)", encoding: .utf8))
    }
  }

  init(of text: String) { add(text) }

  private mutating func add(_ text: String) {
    var scanner = DeclarationScanner(text)
    scanner.scan()
    properties.merge(scanner.properties) { $0 + $1 }
    cases.merge(scanner.cases) { $0 + $1 }
    functions.formUnion(scanner.functions)
  }

  /// The number that a property is defined as, or holds by default: `= 1 << 20`, `= 1_000`,
  /// `{ 4 * 60 }`; seconds for `= .seconds(10)`. Nil if it is none, or not in these words.
  static func number(of definition: String) -> Double? {
    let withoutType = definition.replacing(/^\s*:\s*[\w.<>?]+/, with: "")
    var words = withoutType.trimmingCharacters(in: .whitespacesAndNewlines)[...]
    if words.hasPrefix("=") {
      words = words.dropFirst()
    } else if words.hasPrefix("{") && words.hasSuffix("}") {
      words = words.dropFirst().dropLast()
    } else {
      return nil
    }
    var arithmetic = Arithmetic(text: words)
    return arithmetic.value()
  }
}

/// Products, shifts and durations. In Swift a shift binds more tightly than a product.
private struct Arithmetic {
  var text: Substring

  mutating func value() -> Double? {
    let value = product()
    skipSpace()
    return text.isEmpty ? value : nil
  }

  private mutating func product() -> Double? {
    guard var value = shift() else { return nil }
    while take("*") {
      guard let factor = shift() else { return nil }
      value *= factor
    }
    return value
  }

  private mutating func shift() -> Double? {
    guard var value = atom() else { return nil }
    while take("<<") {
      guard let count = atom(), (0..<63).contains(count) else { return nil }
      value *= Double(Int(1) << Int(count))
    }
    return value
  }

  private mutating func atom() -> Double? {
    for (name, factor) in [(".seconds(", 1), (".milliseconds(", 0.001), ("(", 1)] where take(name) {
      guard let value = product(), take(")") else { return nil }
      return value * factor
    }
    skipSpace()
    let digits = text.prefix { $0.isNumber || $0 == "_" }
    text = text.dropFirst(digits.count)
    return Double(digits.replacing("_", with: ""))
  }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard text.hasPrefix(word) else { return false }
    text = text.dropFirst(word.count)
    return true
  }

  private mutating func skipSpace() { text = text.drop { $0.isWhitespace } }
}

/// Goes through one file by its brackets.
private struct DeclarationScanner {
  private(set) var properties: [String: [String]] = [:]
  private(set) var cases: [String: [String]] = [:]
  private(set) var functions: Set<String> = []

  /// With blanks for comments.
  private let text: [UInt8]
  /// With blanks for comments and strings, so that brackets are brackets.
  private let masked: [UInt8]
  /// For each open brace the name of the type that it belongs to, if it does.
  private var scopes: [String?] = []
  /// The type whose brace comes next.
  private var announced: String?

  init(_ source: String) {
    let mask = Mask(applyingTo: Array(source.utf8))
    (text, masked) = (mask.withoutComments, mask.withoutStrings)
  }

  private static let types: Set = ["struct", "class", "enum", "actor", "protocol", "extension"]

  mutating func scan() {
    var offset = 0
    while offset < masked.count {
      switch masked[offset] {
      case UInt8(ascii: "{"):
        scopes.append(announced)
        announced = nil
        offset += 1
      case UInt8(ascii: "}"):
        _ = scopes.popLast()
        offset += 1
      case let byte where isNameByte(byte):
        let word = name(at: offset)
        let isMember =
          offset > 0 && [UInt8(ascii: "."), UInt8(ascii: "`")].contains(masked[offset - 1])
        offset += word.utf8.count
        if !isMember { declare(word, at: offset) }
      default: offset += 1
      }
    }
  }

  /// A word and what follows it.
  private mutating func declare(_ word: String, at offset: Int) {
    let start = skippingSpace(offset)
    if Self.types.contains(word) {
      let path = name(at: start, withDots: true)
      // `class func` and `class var` declare no type.
      if !path.isEmpty && !["func", "var", "let", "subscript"].contains(path) { announced = path }
    } else if ["let", "var", "case", "func"].contains(word), let type = currentType {
      let name = name(at: start)
      guard !name.isEmpty else { return }
      switch word {
      case "case": cases[type, default: []].append(name)
      case "func": functions.insert("\(type).\(name)")
      default:
        let definition = definition(from: start + name.utf8.count)
        properties["\(type).\(name)", default: []].append(definition)
      }
    }
  }

  /// The path of the type whose members stand here; nil in bodies and outside of types.
  private var currentType: String? {
    guard case .some(.some) = scopes.last else { return nil }
    return scopes.compactMap(\.self).joined(separator: ".")
  }

  /// To the end of the line at which all brackets are closed again, and nothing is left open.
  private func definition(from start: Int) -> String {
    var depth = 0
    var end = start
    var last = UInt8(ascii: " ")
    while end < masked.count {
      let byte = masked[end]
      if "([{".utf8.contains(byte) { depth += 1 }
      if ")]}".utf8.contains(byte) { depth -= 1 }
      if depth < 0 { break }
      if byte == UInt8(ascii: "\n") && depth == 0 && !"=*+-,:".utf8.contains(last) {
        let next = skippingSpace(end)
        if next == masked.count || !"*+-=".utf8.contains(masked[next]) { break }
      }
      if byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\n") { last = byte }
      end += 1
    }
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  private func skippingSpace(_ start: Int) -> Int {
    var offset = start
    while offset < masked.count, " \n\t".utf8.contains(masked[offset]) { offset += 1 }
    return offset
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
      || (0x41...0x5A).contains(byte & 0xDF)
        && byte >= 0x41
  }

  private func name(at start: Int, withDots: Bool = false) -> String {
    var end = start
    while end < masked.count,
      isNameByte(masked[end]) || withDots && masked[end] == UInt8(ascii: ".")
    {
      end += 1
    }
    return String(decoding: masked[start..<end], as: UTF8.self)
  }
}

/// Blanks out comments, and strings as well.
private struct Mask {
  private let text: [UInt8]
  private(set) var withoutComments: [UInt8]
  private(set) var withoutStrings: [UInt8]
  private var offset = 0

  init(applyingTo text: [UInt8]) {
    (self.text, withoutComments, withoutStrings) = (text, text, text)
    skip(until: nil)
  }

  private func isAt(_ word: String, _ place: Int) -> Bool {
    place + word.utf8.count <= text.count
      && text[place..<place + word.utf8.count].elementsEqual(word.utf8)
  }

  /// Goes on to the bracket that closes an interpolation, or to the end.
  private mutating func skip(until closing: UInt8?) {
    var depth = 0
    while offset < text.count {
      if isAt("//", offset) || isAt("/*", offset) {
        skipComment()
      } else if let hashes = hashesOfString() {
        skipString(hashes: hashes)
      } else {
        if let closing {
          if text[offset] == UInt8(ascii: "(") { depth += 1 }
          if text[offset] == closing {
            if depth == 0 { return }
            depth -= 1
          }
        }
        offset += 1
      }
    }
  }

  private mutating func blank(_ range: Range<Int>, isComment: Bool) {
    for place in range where text[place] != UInt8(ascii: "\n") {
      withoutStrings[place] = UInt8(ascii: " ")
      if isComment { withoutComments[place] = UInt8(ascii: " ") }
    }
  }

  private mutating func skipComment() {
    let start = offset
    if isAt("//", offset) {
      while offset < text.count, text[offset] != UInt8(ascii: "\n") { offset += 1 }
    } else {
      var depth = 0
      repeat {
        if isAt("/*", offset) { depth += 1 }
        if isAt("*/", offset) { depth -= 1 }
        offset += isAt("/*", offset) || isAt("*/", offset) ? 2 : 1
      } while depth > 0 && offset < text.count
    }
    blank(start..<min(offset, text.count), isComment: true)
  }

  /// How many `#` stand before the quote of a string that begins here; nil if none does.
  private func hashesOfString() -> Int? {
    var place = offset
    while place < text.count, text[place] == UInt8(ascii: "#") { place += 1 }
    return place < text.count && text[place] == UInt8(ascii: "\"") ? place - offset : nil
  }

  private mutating func skipString(hashes: Int) {
    let start = offset
    offset += hashes
    let quotes = isAt("\"\"\"", offset) ? "\"\"\"" : "\""
    offset += quotes.utf8.count
    let marks = String(repeating: "#", count: hashes)
    while offset < text.count {
      if isAt(quotes + marks, offset) {
        offset += quotes.utf8.count + hashes
        break
      }
      if isAt("\\" + marks + "(", offset) {
        offset += hashes + 2
        skip(until: UInt8(ascii: ")"))
      } else if isAt("\\" + marks, offset) {
        offset += hashes + 1
      }
      offset += 1
    }
    blank(start..<min(offset, text.count), isComment: false)
  }
}
