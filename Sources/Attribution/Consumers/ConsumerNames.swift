package import Diagnostics
internal import Yams

/// Consumers' names and groups, from a file maintained by the user: CSV with the columns
/// identifier, name and group, or YAML.
///
/// CSV follows RFC 4180, in UTF-8; a first line `identifier,name,group` is a heading. YAML is a
/// list of mappings with these keys, or a mapping from identifiers to names or to mappings.
package struct ConsumerNames: Equatable, Sendable {
  /// Enough for a hundred thousand lines.
  package static let maximumByteCount = 16 << 20

  /// Keyed by identifier, each of which may occur once in the file.
  package private(set) var entries: [String: ConsumerDetails] = [:]

  /// - Parameter source: the path as the user gave it; its extension tells CSV from YAML.
  package init(bytes: [UInt8], source: String) throws(ConsumerNamesError) {
    let text: YAMLText
    do throws(YAMLRefusal) {
      text = try YAMLText(bytes: bytes, maximumByteCount: Self.maximumByteCount)
    } catch {
      throw ConsumerNamesError(.document(error.reason), source, error.lineNumber)
    }
    if source.hasSuffix(".yaml") || source.hasSuffix(".yml") || source.hasSuffix(".json") {
      try readYAML(text, source)
    } else {
      try readCSV(text.text, source)
    }
  }

  private mutating func add(
    _ identifier: String, _ details: ConsumerDetails, _ source: String, _ lineNumber: Int?
  ) throws(ConsumerNamesError) {
    let identifier = strippingWhiteSpace(identifier[...])
    guard !identifier.isEmpty else {
      throw ConsumerNamesError(.noIdentifier, source, lineNumber)
    }
    guard entries.updateValue(details, forKey: identifier) == nil else {
      throw ConsumerNamesError(.repeated, source, lineNumber)
    }
  }

  // MARK: CSV

  private mutating func readCSV(_ text: String, _ source: String) throws(ConsumerNamesError) {
    var reader = CSVReader(text)
    var isFirst = true
    while true {
      let lineNumber = reader.lineNumber
      guard let row = reader.row() else { break }
      guard let row else { throw ConsumerNamesError(.unterminatedQuote, source, lineNumber) }
      defer { isFirst = false }
      if isFirst && row.first?.lowercased() == "identifier" || row == [""] { continue }
      guard (2...3).contains(row.count) else {
        throw ConsumerNamesError(.columns(row.count), source, lineNumber)
      }
      try add(
        row[0], ConsumerDetails(name: row[1], group: row.count > 2 ? row[2] : nil), source,
        lineNumber)
    }
  }

  // MARK: YAML

  private mutating func readYAML(
    _ text: YAMLText, _ source: String
  ) throws(ConsumerNamesError) {
    let root: Node?
    do throws(YAMLRefusal) {
      root = try text.composed()
    } catch {
      throw ConsumerNamesError(.document(error.reason), source, error.lineNumber)
    }
    if let list = root?.sequence {
      for node in list {
        guard let mapping = node.mapping else {
          throw ConsumerNamesError(.shape, source, node.mark?.line)
        }
        let identifier = mapping.first { $0.key.scalar?.string == "identifier" }?.value.scalar
        try add(
          identifier?.string ?? "", try details(node, allowing: ["identifier"], source), source,
          node.mark?.line)
      }
    } else if let mapping = root?.mapping {
      for (key, value) in mapping {
        let details =
          if let name = value.scalar { ConsumerDetails(name: name.string, group: nil) } else {
            try details(value, allowing: [], source)
          }
        try add(key.scalar?.string ?? "", details, source, key.mark?.line)
      }
    } else if root != nil {
      throw ConsumerNamesError(.shape, source, root?.mark?.line)
    }
  }

  private func details(
    _ node: Node, allowing keys: [String], _ source: String
  ) throws(ConsumerNamesError) -> ConsumerDetails {
    guard let mapping = node.mapping else {
      throw ConsumerNamesError(.shape, source, node.mark?.line)
    }
    var name: String?
    var group: String?
    for (key, value) in mapping {
      guard let text = value.scalar?.string else {
        throw ConsumerNamesError(.shape, source, value.mark?.line)
      }
      switch key.scalar?.string ?? "" {
      case "name": name = text
      case "group": group = text
      case let other where keys.contains(other): break
      case let other: throw ConsumerNamesError(.unknownKey(other), source, key.mark?.line)
      }
    }
    return ConsumerDetails(name: name, group: group)
  }
}

/// Rows of CSV (RFC 4180), one after another.
private struct CSVReader {
  private let text: [UInt8]
  private var offset = 0
  private(set) var lineNumber = 1

  init(_ text: String) { self.text = Array(text.utf8) }

  /// The next row's fields, or an inner nil if one of its quotes is not closed; nil when there are
  /// no more rows.
  mutating func row() -> [String]?? {
    guard offset < text.count else { return .none }
    var fields: [String] = []
    while true {
      guard let field = field() else { return .some(nil) }
      fields.append(field)
      guard offset < text.count else { return fields }
      let byte = text[offset]
      offset += 1
      if byte == UInt8(ascii: ",") { continue }
      if byte == UInt8(ascii: "\r"), offset < text.count, text[offset] == UInt8(ascii: "\n") {
        offset += 1
      }
      lineNumber += 1
      return fields
    }
  }

  private mutating func field() -> String? {
    var bytes: [UInt8] = []
    if offset < text.count, text[offset] == UInt8(ascii: "\"") {
      offset += 1
      while offset < text.count {
        let byte = text[offset]
        offset += 1
        if byte == UInt8(ascii: "\"") {
          let isDoubled = offset < text.count && text[offset] == UInt8(ascii: "\"")
          if !isDoubled { return rest(after: bytes) }
          offset += 1
        }
        if byte == UInt8(ascii: "\n") { lineNumber += 1 }
        bytes.append(byte)
      }
      return nil
    }
    return rest(after: bytes)
  }

  /// The text up to the next comma or the end of the line.
  private mutating func rest(after start: [UInt8]) -> String {
    var bytes = start
    while offset < text.count, !",\r\n".utf8.contains(text[offset]) {
      bytes.append(text[offset])
      offset += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Why a file with consumers' names was refused.
package struct ConsumerNamesError: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    case document(YAMLRefusal.Reason)
    case columns(Int)
    case unterminatedQuote
    case noIdentifier
    case repeated
    case shape
    case unknownKey(String)
  }

  package var reason: Reason
  package var place: Place

  init(_ reason: Reason, _ source: String, _ lineNumber: Int?) {
    self.reason = reason
    place = Place(source: source, lineNumber: lineNumber)
  }

  package var diagnostic: Diagnostic {
    Diagnostic(
      .error, code: "invalid-consumer-names", message, hint: hint, at: place,
      exitStatus: .wrongUsage)
  }

  private var message: String {
    switch reason {
    case .document(let reason): reason.message
    case .columns(let count): "a line has identifier, name and group, not \(count) fields"
    case .unterminatedQuote: "a quote that begins here is not closed"
    case .noIdentifier: "the identifier is missing here"
    case .repeated: "the identifier appears earlier in the file"
    case .shape: "this is neither a name nor a mapping with `name` and `group`"
    case .unknownKey(let key): "unknown key `\(key)`"
    }
  }

  private var hint: String? {
    switch reason {
    case .document(let reason): reason.hint
    case .columns: "put fields that contain a comma in quotes"
    case .unknownKey: "the valid keys are `identifier`, `name`, `group`"
    case .unterminatedQuote, .noIdentifier, .repeated, .shape: nil
    }
  }
}
