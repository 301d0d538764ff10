/// Finds values in a line of JSON by their dotted paths, as `JSONLineScanner` is to find them: lenient
/// with what it passes over, and without any memory of earlier lines.
package struct SlowJSONLine {
  private static let openLimit = 16
  private static let nestingLimit = 512

  private let paths: [[UInt8]]
  private var line: [UInt8] = []
  private var offset = 0
  /// The value of each path; of several the last.
  package private(set) var values: [SlowSlice?]

  package init(paths: [String]) {
    self.paths = paths.map { Array($0.utf8) }
    values = []
  }

  package mutating func read(_ line: [UInt8]) throws(SlowRejection) {
    self.line = line
    offset = 0
    values = Array(repeating: nil, count: paths.count)
    skipSpace()
    guard next == UInt8(ascii: "{") else { throw SlowRejection(.invalidJSON, at: offset) }
    offset += 1
    /// The names that lead to each open object, joined by dots.
    var open: [[UInt8]] = [[]]
    var isFirst = true
    while true {
      skipSpace()
      while next == UInt8(ascii: "}") {
        offset += 1
        skipSpace()
        open.removeLast()
        isFirst = false
        if open.isEmpty {
          guard offset == line.count else { throw SlowRejection(.invalidJSON, at: offset) }
          return
        }
      }
      if !isFirst {
        try expect(UInt8(ascii: ","))
        skipSpace()
      }
      guard next == UInt8(ascii: "\"") else { throw SlowRejection(.invalidJSON, at: offset) }
      let name = try string()
      skipSpace()
      try expect(UInt8(ascii: ":"))
      skipSpace()
      isFirst = false
      let path =
        open.count == 1
        ? Array(line[name.range]) : open[open.count - 1] + Array(".".utf8) + line[name.range]
      let slot = paths.firstIndex(of: path)
      let leadsOn = paths.contains { $0.starts(with: path + Array(".".utf8)) }
      guard let first = next else { throw SlowRejection(.invalidJSON, at: offset) }
      if first == UInt8(ascii: "{"), leadsOn, open.count < Self.openLimit {
        offset += 1
        open.append(path)
        isFirst = true
      } else {
        try readValue(first, slot)
      }
    }
  }

  private mutating func readValue(_ first: UInt8, _ slot: Int?) throws(SlowRejection) {
    switch first {
    case UInt8(ascii: "\""):
      let value = try string()
      if let slot { values[slot] = value }
    case UInt8(ascii: "{"): try skipNested()
    case UInt8(ascii: "["):
      let start = offset
      offset += 1
      skipSpace()
      if let slot, next == UInt8(ascii: "\"") { values[slot] = try string() }
      offset = start
      try skipNested()
    default:
      let start = offset
      while let byte = next, !",}]".utf8.contains(byte) { offset += 1 }
      if let space = line[start..<offset].firstIndex(where: Self.isSpace) { offset = space }
      let isNull = line[start..<offset].starts(with: "null".utf8)
      if let slot, !isNull { values[slot] = SlowSlice(start..<offset) }
    }
  }

  private var next: UInt8? { offset < line.count ? line[offset] : nil }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D
  }

  private mutating func skipSpace() {
    while let byte = next, Self.isSpace(byte) { offset += 1 }
  }

  private mutating func expect(_ byte: UInt8) throws(SlowRejection) {
    guard next == byte else { throw SlowRejection(.invalidJSON, at: offset) }
    offset += 1
  }

  private mutating func string() throws(SlowRejection) -> SlowSlice {
    let quote = offset
    offset += 1
    var isEscaped = false
    while let byte = next {
      if byte == UInt8(ascii: "\"") {
        offset += 1
        return SlowSlice(quote + 1..<offset - 1, isEscaped: isEscaped)
      }
      if byte == UInt8(ascii: "\\") {
        isEscaped = true
        offset += 1
      }
      offset += 1
    }
    throw SlowRejection(.unterminatedString, at: quote)
  }

  private mutating func skipNested() throws(SlowRejection) {
    var depth = 0
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        _ = try string()
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth > Self.nestingLimit { throw SlowRejection(.nestedTooDeep, at: offset) }
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      offset += 1
      if depth == 0 { return }
    }
    throw SlowRejection(.invalidJSON, at: offset)
  }
}
