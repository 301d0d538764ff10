internal import ByteScanning

/// The keys that occur in JSON lines, whether or not anything uses them, for display.
///
/// Accepts anything that looks like an object, and gives up on a line that does not; it is not a
/// parser.
package struct JSONKeyListing: Sendable {
  /// Far more than an access log has. Hostile lines may invent keys.
  package static let pathLimit = 200
  private static let lengthLimit = 100
  private static let depthLimit = 8

  /// Dotted paths of values that are not objects, in order of appearance.
  package private(set) var paths: [String] = []
  /// For each path a value as written in the line, but without quotes; empty if there never is one.
  package private(set) var examples: [String] = []
  private var indexes: [String: Int] = [:]
  /// The members of the first line, in order: most lines have the same, whose paths need not be made
  /// again.
  private var members: [Member] = []
  /// How many members of the line have been read, if they are the same so far; -1 if not.
  private var memberCount = 0

  private struct Member {
    var key: [UInt8]
    var depth: Int
    var path: String
    /// Of the path in ``paths``; nil for an object, or if it is too long.
    var index: Int?
  }

  package init() {}

  /// Adds the keys of the line in `range`.
  package mutating func add(_ bytes: borrowing Span<UInt8>, line range: Range<Int>) {
    var cursor = Cursor(offset: range.lowerBound, end: range.upperBound)
    cursor.skipSpace(bytes)
    let isFirst = paths.isEmpty && members.isEmpty
    memberCount = isFirst ? -1 : 0
    addObject(bytes, &cursor, prefix: "", depth: 0, isFirst: isFirst)
  }

  /// Adds the keys of the `key=value` pairs in `range`.
  package mutating func add(_ bytes: borrowing Span<UInt8>, pairsIn range: Range<Int>) {
    var offset = range.lowerBound
    while offset < range.upperBound, paths.count < Self.pathLimit {
      let start = offset
      offset = bytes.firstOffset(
        of: UInt8(ascii: "="), or: UInt8(ascii: " "), from: start, to: range.upperBound)
      guard offset < range.upperBound, bytes[offset] == UInt8(ascii: "="), offset > start else {
        offset += 1
        continue
      }
      let key = String(decoding: bytes.extracting(start..<offset).copied(), as: UTF8.self)
      var cursor = Cursor(offset: offset + 1, end: range.upperBound)
      cursor.skipPairValue(bytes)
      add(key, bytes, offset + 1..<cursor.offset)
      offset = cursor.offset + 1
    }
  }

  private mutating func addObject(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, prefix: String, depth: Int,
    isFirst: Bool
  ) {
    guard cursor.take(UInt8(ascii: "{"), bytes) else { return }
    while paths.count < Self.pathLimit, let key = cursor.string(bytes) {
      guard cursor.take(UInt8(ascii: ":"), bytes) else { return }
      let known = known(bytes, key, depth)
      let path: String
      if let known {
        path = known.path
      } else {
        let text = bytes.extracting(key).copied()
        path = prefix + String(decoding: text, as: UTF8.self)
      }
      let isObject = cursor.peek(bytes) == UInt8(ascii: "{") && depth < Self.depthLimit
      if isFirst {
        let index = isObject ? nil : indexes[path] ?? paths.count
        members.append(
          Member(
            key: bytes.extracting(key).copied(), depth: depth, path: path,
            index: path.utf8.count <= Self.lengthLimit ? index : nil))
      }
      if isObject {
        addObject(bytes, &cursor, prefix: path + ".", depth: depth + 1, isFirst: isFirst)
      } else {
        let start = cursor.offset
        cursor.skipValue(bytes)
        if let index = known?.index {
          addExample(bytes, start..<cursor.offset, to: index)
        } else {
          add(path, bytes, start..<cursor.offset)
        }
      }
      guard cursor.take(UInt8(ascii: ","), bytes) else { break }
    }
    _ = cursor.take(UInt8(ascii: "}"), bytes)
  }

  /// The member of the first line at this place, if the line is like that one up to here.
  private mutating func known(
    _ bytes: borrowing Span<UInt8>, _ key: Range<Int>, _ depth: Int
  ) -> Member? {
    guard memberCount >= 0, memberCount < members.count else { return nil }
    let member = members[memberCount]
    memberCount += 1
    if member.depth == depth, member.key.count == key.count,
      bytes.equals(key, member.key.span, 0..<key.count)
    {
      return member
    }
    memberCount = -1
    return nil
  }

  private mutating func add(_ path: String, _ bytes: borrowing Span<UInt8>, _ value: Range<Int>) {
    guard path.utf8.count <= Self.lengthLimit else { return }
    if indexes[path] == nil {
      indexes[path] = paths.count
      paths.append(path)
      examples.append("")
    }
    if let index = indexes[path] { addExample(bytes, value, to: index) }
  }

  private mutating func addExample(
    _ bytes: borrowing Span<UInt8>, _ value: Range<Int>, to index: Int
  ) {
    guard examples[index].isEmpty else { return }
    var end = value.upperBound
    while end > value.lowerBound, bytes[end - 1] <= 0x20 { end -= 1 }
    var range = value.lowerBound..<end
    if range.count >= 2 && bytes[range.lowerBound] == UInt8(ascii: "\"") {
      range = range.lowerBound + 1..<range.upperBound - 1
    }
    let text = bytes.extracting(range.prefix(Self.lengthLimit)).copied()
    let example = String(decoding: text, as: UTF8.self)
    if !["-", "null"].contains(example) { examples[index] = example }
  }

  /// The listing's position in a line.
  private struct Cursor {
    var offset: Int
    let end: Int

    func peek(_ bytes: borrowing Span<UInt8>) -> UInt8? { offset < end ? bytes[offset] : nil }

    mutating func skipSpace(_ bytes: borrowing Span<UInt8>) {
      while offset < end, bytes[offset] == 0x20 || bytes[offset] == 0x09 { offset += 1 }
    }

    /// Skips `byte` and the white space around it, if it comes next.
    mutating func take(_ byte: UInt8, _ bytes: borrowing Span<UInt8>) -> Bool {
      skipSpace(bytes)
      guard peek(bytes) == byte else { return false }
      offset += 1
      skipSpace(bytes)
      return true
    }

    /// The raw text of a string; nil if there is none, or if it is not closed.
    mutating func string(_ bytes: borrowing Span<UInt8>) -> Range<Int>? {
      guard peek(bytes) == UInt8(ascii: "\"") else { return nil }
      let start = offset + 1
      guard skipString(bytes) else { return nil }
      return start..<offset - 1
    }

    /// Skips the value of a pair, up to the space after it.
    mutating func skipPairValue(_ bytes: borrowing Span<UInt8>) {
      if peek(bytes) == UInt8(ascii: "\""), skipString(bytes) { return }
      offset = bytes.firstOffset(of: UInt8(ascii: " "), from: min(offset, end), to: end)
    }

    private mutating func skipString(_ bytes: borrowing Span<UInt8>) -> Bool {
      offset += 1
      while offset < end {
        let byte = bytes[offset]
        offset += byte == UInt8(ascii: "\\") ? 2 : 1
        if byte == UInt8(ascii: "\"") { return true }
      }
      offset = end
      return false
    }

    /// Skips a value of any kind, up to the comma or brace after it.
    mutating func skipValue(_ bytes: borrowing Span<UInt8>) {
      var depth = 0
      while offset < end {
        switch bytes[offset] {
        case UInt8(ascii: "\""):
          guard skipString(bytes) else { return }
          continue
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          if depth == 0 { return }
          depth -= 1
        case UInt8(ascii: ","):
          if depth == 0 { return }
        default: break
        }
        offset += 1
      }
    }
  }
}
