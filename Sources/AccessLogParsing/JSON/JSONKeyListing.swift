internal import ByteScanning

/// The keys that JSON lines have, whether anybody asks for them or not: for showing what there is.
///
/// It takes anything that looks like an object and gives up where a line does not; it is no parser.
package struct JSONKeyListing: Sendable {
  /// Far more than an access log has. Hostile lines may invent keys.
  package static let pathLimit = 200
  private static let lengthLimit = 100
  private static let depthLimit = 8

  /// Dotted paths of values that are no objects, in the order in which they turned up.
  package private(set) var paths: [String] = []
  /// For each path a value, as it stands in the line but for quotes around it; empty if it never
  /// says anything.
  package private(set) var examples: [String] = []
  private var indexes: [String: Int] = [:]

  package init() {}

  /// Adds the keys of the line in `range`.
  package mutating func add(_ bytes: borrowing Span<UInt8>, line range: Range<Int>) {
    var cursor = Cursor(offset: range.lowerBound, end: range.upperBound)
    cursor.skipSpace(bytes)
    addObject(bytes, &cursor, prefix: "", depth: 0)
  }

  private mutating func addObject(
    _ bytes: borrowing Span<UInt8>, _ cursor: inout Cursor, prefix: String, depth: Int
  ) {
    guard cursor.take(UInt8(ascii: "{"), bytes) else { return }
    while paths.count < Self.pathLimit, let key = cursor.string(bytes) {
      guard cursor.take(UInt8(ascii: ":"), bytes) else { return }
      let path = prefix + key
      if cursor.peek(bytes) == UInt8(ascii: "{"), depth < Self.depthLimit {
        addObject(bytes, &cursor, prefix: path + ".", depth: depth + 1)
      } else {
        let start = cursor.offset
        cursor.skipValue(bytes)
        add(path, bytes, start..<cursor.offset)
      }
      guard cursor.take(UInt8(ascii: ","), bytes) else { break }
    }
    _ = cursor.take(UInt8(ascii: "}"), bytes)
  }

  private mutating func add(_ path: String, _ bytes: borrowing Span<UInt8>, _ value: Range<Int>) {
    guard path.utf8.count <= Self.lengthLimit else { return }
    if indexes[path] == nil {
      indexes[path] = paths.count
      paths.append(path)
      examples.append("")
    }
    guard let index = indexes[path], examples[index].isEmpty else { return }
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

  /// Where the listing stands in a line.
  private struct Cursor {
    var offset: Int
    let end: Int

    func peek(_ bytes: borrowing Span<UInt8>) -> UInt8? { offset < end ? bytes[offset] : nil }

    mutating func skipSpace(_ bytes: borrowing Span<UInt8>) {
      while offset < end, bytes[offset] == 0x20 || bytes[offset] == 0x09 { offset += 1 }
    }

    /// Passes over `byte` and white space around it, if it is what comes next.
    mutating func take(_ byte: UInt8, _ bytes: borrowing Span<UInt8>) -> Bool {
      skipSpace(bytes)
      guard peek(bytes) == byte else { return false }
      offset += 1
      skipSpace(bytes)
      return true
    }

    /// The text of a string as it stands there; nil if there is none, or none that ends.
    mutating func string(_ bytes: borrowing Span<UInt8>) -> String? {
      guard peek(bytes) == UInt8(ascii: "\"") else { return nil }
      let start = offset + 1
      guard skipString(bytes) else { return nil }
      return String(decoding: bytes.extracting(start..<offset - 1).copied(), as: UTF8.self)
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

    /// Passes over a value of any kind, up to the comma or brace behind it.
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
