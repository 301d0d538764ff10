internal import ByteScanning

/// Finds the wanted values in one line of JSON (RFC 8259) and passes over the rest.
///
/// It is lenient where loggers are careless: nginx without `escape=json` writes `\xHH` in strings
/// and leaves numbers empty (`"rt":,`). What is passed over is only checked for its brackets and
/// quotes. Neither nesting nor the number of keys costs memory.
struct JSONLineScanner {
  /// Objects in objects that are looked into. Paths in configurations have fewer dots.
  static let nodeDepthLimit = 16
  /// Brackets in brackets that are passed over.
  static let nestingLimit = 512
  /// How many keys of a line are remembered as likely in the next.
  private static let predictionLimit = 64

  let table: JSONKeyTable
  /// Where the value of each slot stands; only those in `filled` belong to the current line.
  private var values: [FieldSlice]
  /// Bit n is set if slot n has a value in the current line.
  private(set) var filled: UInt64 = 0
  /// The keys of the last line in order: lines of one log mostly repeat them.
  private var predictions: [KeyPrediction] = []
  /// The text of each prediction, ``KeyPrediction/wordLimit`` words long.
  private var predictedWords: [UInt64] = []

  init(table: JSONKeyTable) {
    self.table = table
    values = Array(repeating: .absent, count: table.slots.count)
  }

  /// The value of `slot` in the current line.
  @inline(__always)
  subscript(slot: Int) -> FieldSlice {
    filled & (1 << UInt64(slot)) == 0 ? .absent : values[slot]
  }

  /// Scans the object that the line consists of.
  @inline(__always)
  mutating func scan(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>
  ) throws(LineRejection) {
    filled = 0
    let lineStart = line.lowerBound
    let end = line.upperBound
    var offset = bytes.skippingSpace(from: lineStart, to: end)
    guard offset < end, bytes[offset] == UInt8(ascii: "{") else {
      throw LineRejection(.invalidJSON, at: offset - lineStart)
    }
    offset += 1
    var path = InlineArray<16, Int16>(repeating: 0)
    var depth = 0
    var keyNumber = 0
    var isFirst = true
    while true {
      offset = bytes.skippingSpace(from: offset, to: end)
      guard offset < end else { throw LineRejection(.invalidJSON, at: offset - lineStart) }
      if bytes[offset] == UInt8(ascii: "}") {
        offset += 1
        if depth == 0 { break }
        depth -= 1
        isFirst = false
        continue
      }
      if !isFirst {
        guard bytes[offset] == UInt8(ascii: ",") else {
          throw LineRejection(.invalidJSON, at: offset - lineStart)
        }
        offset = bytes.skippingSpace(from: offset &+ 1, to: end)
      }
      isFirst = false
      guard offset < end, bytes[offset] == UInt8(ascii: "\"") else {
        throw LineRejection(.invalidJSON, at: offset - lineStart)
      }
      let node = path[depth]
      let target = try key(bytes, &offset, line, at: node, number: keyNumber)
      keyNumber &+= 1
      offset = bytes.skippingSpace(from: offset, to: end)
      if target.node >= 0, offset < end, bytes[offset] == UInt8(ascii: "{"),
        depth + 1 < Self.nodeDepthLimit
      {
        depth += 1
        path[depth] = target.node
        offset += 1
        isFirst = true
        continue
      }
      try value(bytes, &offset, line, slot: target.slot)
    }
    offset = bytes.skippingSpace(from: offset, to: end)
    guard offset == end else { throw LineRejection(.invalidJSON, at: offset - lineStart) }
  }

  /// Reads the key whose opening quote stands at `offset`, and the colon behind it.
  @inline(__always)
  private mutating func key(
    _ bytes: borrowing Span<UInt8>, _ offset: inout Int, _ line: Range<Int>, at node: Int16,
    number: Int
  ) throws(LineRejection) -> JSONKeyTable.Target {
    if number < predictions.count {
      let prediction = predictions[number]
      if prediction.node == node, matches(prediction, number, bytes, at: offset) {
        offset &+= prediction.length
        return prediction.target
      }
    }
    return try unpredictedKey(bytes, &offset, line, at: node, number: number)
  }

  @inline(never)
  private mutating func unpredictedKey(
    _ bytes: borrowing Span<UInt8>, _ offset: inout Int, _ line: Range<Int>, at node: Int16,
    number: Int
  ) throws(LineRejection) -> JSONKeyTable.Target {
    let start = offset
    let string = try bytes.string(at: &offset, line)
    offset = bytes.skippingSpace(from: offset, to: line.upperBound)
    guard offset < line.upperBound, bytes[offset] == UInt8(ascii: ":") else {
      throw LineRejection(.invalidJSON, at: offset - line.lowerBound)
    }
    offset += 1
    let target = table.target(bytes, key: string.range, at: node)
    predict(bytes, start..<offset, at: node, number: number, target)
    return target
  }

  /// Whether the key of `prediction`, which is number `number`, stands at `offset`.
  @inline(__always)
  private func matches(
    _ prediction: KeyPrediction, _ number: Int, _ bytes: borrowing Span<UInt8>, at offset: Int
  ) -> Bool {
    let first = number &* KeyPrediction.wordLimit
    let last = prediction.wordCount &- 1
    guard offset &+ 8 &* prediction.wordCount <= bytes.count else { return false }
    for index in 0..<last
    where bytes.word(at: offset &+ 8 &* index) != predictedWords[first &+ index] {
      return false
    }
    let difference = bytes.word(at: offset &+ 8 &* last) ^ predictedWords[first &+ last]
    return difference & prediction.lastMask == 0
  }

  /// Remembers the key in `range`, with its quotes and the colon, for the next line.
  private mutating func predict(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, at node: Int16, number: Int,
    _ target: JSONKeyTable.Target
  ) {
    guard number < Self.predictionLimit, number <= predictions.count,
      let prediction = KeyPrediction(length: range.count, at: node, target)
    else { return }
    if number == predictions.count {
      predictions.append(prediction)
      predictedWords += Array(repeating: 0, count: KeyPrediction.wordLimit)
    } else {
      predictions[number] = prediction
    }
    for index in 0..<prediction.wordCount {
      let offset = range.lowerBound + 8 * index
      predictedWords[number * KeyPrediction.wordLimit + index] =
        bytes.word(at: offset, count: min(8, range.upperBound - offset))
    }
  }

  /// Reads or passes over the value at `offset`: most are strings without escapes, or numbers.
  @inline(__always)
  private mutating func value(
    _ bytes: borrowing Span<UInt8>, _ offset: inout Int, _ line: Range<Int>, slot: Int16
  ) throws(LineRejection) {
    let end = line.upperBound
    if offset < end, bytes[offset] == UInt8(ascii: "\"") {
      let start = offset &+ 1
      let hit = bytes.firstOffset(
        of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: start, to: end)
      if hit < end, bytes[hit] == UInt8(ascii: "\"") {
        if slot >= 0 { fill(slot, FieldSlice(start..<hit)) }
        offset = hit &+ 1
        return
      }
    } else if let numberEnd = bytes.shortNumberEnd(from: offset, to: end) {
      if slot >= 0 { fill(slot, FieldSlice(offset..<numberEnd)) }
      offset = numberEnd
      return
    }
    try otherValue(bytes, &offset, line, slot: slot)
  }

  @inline(never)
  private mutating func otherValue(
    _ bytes: borrowing Span<UInt8>, _ offset: inout Int, _ line: Range<Int>, slot: Int16
  ) throws(LineRejection) {
    guard offset < line.upperBound else {
      throw LineRejection(.invalidJSON, at: offset - line.lowerBound)
    }
    switch bytes[offset] {
    case UInt8(ascii: "\""):
      let string = try bytes.string(at: &offset, line)
      if slot >= 0 { fill(slot, string) }
    case UInt8(ascii: "{"):
      try bytes.skipNested(at: &offset, line)
    case UInt8(ascii: "["):
      // Headers come as lists; the first of them is the one that counts.
      let first = bytes.skippingSpace(from: offset + 1, to: line.upperBound)
      if slot >= 0, first < line.upperBound, bytes[first] == UInt8(ascii: "\"") {
        var element = first
        fill(slot, try bytes.string(at: &element, line))
      }
      try bytes.skipNested(at: &offset, line)
    default:
      let literal = bytes.literal(at: &offset, line.upperBound)
      let isNull =
        literal.count >= 4 && bytes.word(at: literal.lowerBound, count: 4) == 0x6C_6C_75_6E
      if slot >= 0 && !isNull {
        fill(slot, FieldSlice(literal))
      }
    }
  }

  @inline(__always)
  private mutating func fill(_ slot: Int16, _ slice: FieldSlice) {
    values[Int(slot)] = slice
    filled |= 1 << UInt64(slot)
  }
}

/// A key as it stood in the last line.
private struct KeyPrediction: BitwiseCopyable {
  /// The words that a key with its quotes and colon may fill; longer keys are not predicted.
  static let wordLimit = 5

  let node: Int16
  let target: JSONKeyTable.Target
  /// The length with the quotes and the colon.
  let length: Int
  let wordCount: Int
  /// Which bits of the last word belong to the key.
  let lastMask: UInt64

  /// Nil if a key of that length is too long.
  init?(length: Int, at node: Int16, _ target: JSONKeyTable.Target) {
    guard length <= 8 * Self.wordLimit else { return nil }
    self.node = node
    self.target = target
    self.length = length
    wordCount = (length + 7) / 8
    lastMask = lowBytes(length - 8 * (wordCount - 1))
  }
}

extension Span where Element == UInt8 {
  @inline(__always)
  fileprivate func skippingSpace(from start: Int, to end: Int) -> Int {
    var offset = start
    while offset < end {
      let byte = self[offset]
      // One comparison for most: no other character of JSON's grammar is below the quote.
      if byte > UInt8(ascii: " ") || !isJSONSpace(byte) { return offset }
      offset &+= 1
    }
    return offset
  }

  /// The string whose opening quote stands at `offset`; moves behind the closing one.
  @inline(__always)
  fileprivate func string(
    at offset: inout Int, _ line: Range<Int>
  ) throws(LineRejection) -> FieldSlice {
    let start = offset + 1
    var isEscaped = false
    var search = start
    while true {
      let hit = firstOffset(
        of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: search, to: line.upperBound)
      guard hit < line.upperBound else {
        throw LineRejection(.unterminatedString, at: start - 1 - line.lowerBound)
      }
      if self[hit] == UInt8(ascii: "\"") {
        offset = hit + 1
        return FieldSlice(start..<hit, isEscaped: isEscaped)
      }
      isEscaped = true
      search = Swift.min(hit + 2, line.upperBound)
    }
  }

  /// Where the digits, points and dashes that begin at `start` end, if they are one to seven and a
  /// comma or a brace follows.
  @inline(__always)
  fileprivate func shortNumberEnd(from start: Int, to end: Int) -> Int? {
    guard start &+ 8 <= count else { return nil }
    let numeric = asciiBytes(
      of: word(at: start), from: UInt8(ascii: "-"), through: UInt8(ascii: "9"))
    let length = (~numeric & repeated(0x80)).trailingZeroBitCount &>> 3
    guard length > 0, length < 8, start &+ length < end else { return nil }
    let byte = self[start &+ length]
    return byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") ? start &+ length : nil
  }

  /// A number, `true`, `null` or, as careless templates write them, nothing: what stands before
  /// the next comma or bracket.
  @inline(__always)
  fileprivate func literal(at offset: inout Int, _ end: Int) -> Range<Int> {
    let start = offset
    while offset < end {
      let byte = self[offset]
      if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
        || isJSONSpace(byte)
      {
        break
      }
      offset &+= 1
    }
    return start..<offset
  }

  /// Moves behind the object or array that begins at `offset`.
  fileprivate func skipNested(at offset: inout Int, _ line: Range<Int>) throws(LineRejection) {
    var depth = 0
    while offset < line.upperBound {
      switch self[offset] {
      case UInt8(ascii: "\""):
        _ = try string(at: &offset, line)
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth > JSONLineScanner.nestingLimit {
          throw LineRejection(.nestedTooDeep, at: offset - line.lowerBound)
        }
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 {
          offset += 1
          return
        }
      default: break
      }
      offset += 1
    }
    throw LineRejection(.invalidJSON, at: offset - line.lowerBound)
  }
}

@inline(__always)
private func isJSONSpace(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
}
