package import Diagnostics
package import Yams

/// The text of a YAML (or JSON) document, and its tree of nodes.
///
/// Nodes know their lines, so errors found later still have a place. Plain scalars remain text
/// (`no` stays `no`). Aliases are refused: nested, they let a kilobyte expand to gigabytes.
package struct YAMLText: Sendable {
  /// Without a byte order mark.
  package let text: String

  package init(text: String) { self.text = text }

  package init(bytes: [UInt8], maximumByteCount: Int) throws(YAMLRefusal) {
    guard bytes.count <= maximumByteCount else {
      throw YAMLRefusal(.tooLarge(maximumByteCount: maximumByteCount))
    }
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      let lineCount = bytes[..<error.byteOffsets.lowerBound].count { $0 == UInt8(ascii: "\n") }
      throw YAMLRefusal(.notUTF8, lineNumber: lineCount + 1)
    }
    let hasByteOrderMark = bytes.starts(with: "\u{FEFF}".utf8)
    text = String(decoding: bytes.dropFirst(hasByteOrderMark ? 3 : 0), as: UTF8.self)
  }

  /// The root, or nil if the text contains no document. libyaml limits the nesting to 1,000.
  package func composed() throws(YAMLRefusal) -> Node? {
    if let alias = YAMLAliasSearch(text).firstAlias() { throw alias }
    guard !text.isEmpty else { return nil }
    do {
      // The encoding is given because Yams would otherwise look for it in the environment. The
      // basic resolver leaves plain scalars alone.
      return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw YAMLRefusal(error, in: text)
    } catch {
      throw YAMLRefusal(.syntax("\(error)"))
    }
  }

  /// A place in the text; the column (in Unicode scalars, from 1) becomes a byte offset.
  package func place(lineNumber: Int?, column: Int?, in source: String) -> Place {
    guard let lineNumber, let column else { return Place(source: source, lineNumber: lineNumber) }
    let lines = text.utf8.split(
      separator: UInt8(ascii: "\n"), maxSplits: lineNumber, omittingEmptySubsequences: false)
    guard lines.indices.contains(lineNumber - 1) else {
      return Place(source: source, lineNumber: lineNumber)
    }
    let before = Substring(lines[lineNumber - 1]).unicodeScalars.prefix(column - 1)
    return Place(source: source, lineNumber: lineNumber, byteOffset: Substring(before).utf8.count)
  }
}

/// Why a text was refused as YAML.
package struct YAMLRefusal: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    case tooLarge(maximumByteCount: Int)
    case notUTF8
    case alias(String)
    case duplicateKey(String)
    /// In libyaml's words.
    case syntax(String)

    package var message: String {
      switch self {
      case .tooLarge(let count): "the file is larger than \(count >> 20) MiB"
      case .notUTF8: "the file is not UTF-8 text"
      case .alias(let name): "the alias `*\(name)` is not supported"
      case .duplicateKey(let key): "the key `\(key)` occurs more than once"
      case .syntax(let problem): "not valid YAML: \(problem)"
      }
    }

    package var hint: String? {
      switch self {
      case .alias: "write out what it stands for"
      case .duplicateKey: "keep one of them"
      case .tooLarge, .notUTF8, .syntax: nil
      }
    }
  }

  package var reason: Reason
  /// From 1.
  package var lineNumber: Int?
  /// In Unicode scalars, from 1.
  package var column: Int?

  init(_ reason: Reason, lineNumber: Int? = nil, column: Int? = nil) {
    (self.reason, self.lineNumber, self.column) = (reason, lineNumber, column)
  }

  init(_ error: YamlError, in text: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
      self.init(.syntax(problem), lineNumber: mark.line, column: mark.column)
    case .composer(let context, let problem, let mark, _):
      let context = context.map { "\($0.text) " } ?? ""
      self.init(.syntax(context + problem), lineNumber: mark.line, column: mark.column)
    case .duplicatedKeysInMapping(let keys, let context):
      let mark = context.mark
      self.init(.duplicateKey(keys.first ?? ""), lineNumber: mark.line, column: mark.column)
    case .reader(let problem, let offset, _, _):
      let lineCount = offset.map { text.prefix($0).utf8.count { $0 == UInt8(ascii: "\n") } }
      self.init(.syntax(problem), lineNumber: lineCount.map { $0 + 1 })
    default:
      self.init(.syntax("\(error)"))
    }
  }
}

/// Looks for an alias whose anchor is in the text, before anything follows it.
///
/// It looks at every `&name` and `*name` in a position where a node may begin, which covers at least every
/// position that libyaml would accept, and also prose and quoted text. If there are two of the same name,
/// libyaml decides, by a copy of the text in which such an alias has no anchor.
private struct YAMLAliasSearch {
  private struct Alias {
    var name: String
    var lineNumber: Int
    var column: Int
    /// Of the name.
    var index: String.Index
  }

  private let text: String

  init(_ text: String) { self.text = text }

  func firstAlias() -> YAMLRefusal? {
    let bytes = text.utf8
    guard bytes.contains(UInt8(ascii: "&")), bytes.contains(UInt8(ascii: "*")) else { return nil }
    var anchors: Set<String> = []
    forEachName(after: UInt8(ascii: "&")) { anchors.insert($0.name) }
    guard !anchors.isEmpty else { return nil }
    var aliases: [Alias] = []
    forEachName(after: UInt8(ascii: "*")) { if anchors.contains($0.name) { aliases.append($0) } }
    guard let first = aliases.first else { return nil }
    do {
      _ = try Parser(
        yaml: renaming(aliases, otherThan: anchors), resolver: .basic, encoding: .utf8
      ).singleRoot()
      return nil
    } catch YamlError.composer(_, _, let mark, _) {
      let found = aliases.first { $0.lineNumber == mark.line } ?? first
      return YAMLRefusal(.alias(found.name), lineNumber: found.lineNumber, column: found.column)
    } catch {
      // The text has this fault, too, or an alias before it.
      return YAMLRefusal(
        .alias(first.name), lineNumber: first.lineNumber, column: first.column)
    }
  }

  /// The text with another name for each of `aliases`, one that none of `anchors` has.
  private func renaming(_ aliases: [Alias], otherThan anchors: Set<String>) -> String {
    // Their names may begin like this, too, but each has one number.
    let used = Set(anchors.compactMap { Int($0.dropFirst().prefix { $0 != "_" }) })
    let prefix = "a\((0...used.count).first { !used.contains($0) } ?? 0)_"
    var renamed = ""
    var start = text.startIndex
    for alias in aliases {
      renamed += text[start..<alias.index]
      renamed += prefix
      start = alias.index
    }
    return renamed + text[start...]
  }

  private func forEachName(after sigil: UInt8, _ body: (Alias) -> Void) {
    var lineNumber = 0
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      lineNumber += 1
      var previous: UInt8?
      var hasTag = false
      for (offset, index) in line.indices.enumerated() {
        let byte = line[index]
        if byte == sigil, hasTag || previous.map(Self.endsBeforeNode) ?? true {
          let name = line[line.index(after: index)...].prefix(while: Self.isNameByte)
          if !name.isEmpty {
            body(
              Alias(
                name: String(Substring(name)), lineNumber: lineNumber, column: offset + 1,
                index: name.startIndex))
          }
        }
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): break
        case UInt8(ascii: "\r"): (previous, hasTag) = (nil, false)
        case UInt8(ascii: "!"): (previous, hasTag) = (byte, true)
        default: previous = byte
        }
      }
    }
  }

  /// Whether a node may begin after this byte and blanks. Bytes above ASCII include a byte order
  /// mark and Unicode line breaks.
  private static func endsBeforeNode(_ byte: UInt8) -> Bool {
    byte >= 0x80 || "-:?,[{".utf8.contains(byte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}
