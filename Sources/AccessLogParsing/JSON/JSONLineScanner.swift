internal import ByteScanning

/// Finds the wanted values in one line of JSON (RFC 8259) and skips the rest.
///
/// Lenient where loggers are careless: nginx without `escape=json` writes `\xHH` in strings and
/// leaves numbers empty (`"rt":,`). What is skipped is only checked for its brackets and quotes.
/// Neither nesting nor the number of keys costs memory.
struct JSONLineScanner {
  /// How deep nested objects are looked into. Paths in configurations have fewer dots.
  static let nodeDepthLimit = 16
  /// How deeply nested a skipped value may be.
  static let nestingLimit = 512
  /// How many keys of a line are remembered as likely in the next.
  private static let predictionLimit = 64

  let table: JSONKeyTable
  /// Where the value of each slot is; only those in `filled` belong to the current line.
  private var values: [FieldSlice]
  /// Bit n is set if slot n has a value in the current line.
  private(set) var filled: UInt64 = 0
  /// The keys of the last line, in order: lines of one log mostly repeat them.
  private var predictions = [KeyPrediction](repeating: .none, count: predictionLimit)

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
    var place = Place(offset: bytes.skippingSpace(from: line.lowerBound, to: line.upperBound))
    guard place.offset < line.upperBound, bytes[place.offset] == UInt8(ascii: "{") else {
      throw LineRejection(.invalidJSON, at: place.offset - line.lowerBound)
    }
    place.offset &+= 1
    while true {
      let pause = Self.passPredicted(
        bytes, &place, to: line.upperBound, &predictions, into: &values, &filled)
      switch pause {
      case .end: return
      case .unpredicted: guard try member(bytes, &place, line) else { return }
      case .unusual(let step): try follow(step, bytes, &place, line)
      }
    }
  }

  /// Why members no longer match those of the last line.
  private enum Pause {
    case end
    /// The text before the next value is different.
    case unpredicted
    /// It is the same, but the value is neither a string without escapes nor a short number.
    case unusual(Step)
  }

  /// Reads the members from `place` on that are there as in the last line.
  ///
  /// It does not throw: in blocks of a throwing function that the compiler considers rare, it calls
  /// even functions that must always be inlined (Swift 6.3).
  @inline(never)
  private static func passPredicted(
    _ bytes: borrowing Span<UInt8>, _ place: inout Place, to end: Int,
    _ predictions: inout [KeyPrediction], into values: inout [FieldSlice], _ filled: inout UInt64
  ) -> Pause {
    // Said once, instead of at each key.
    guard bytes.count >= KeyPrediction.textLimit else { return .unpredicted }
    // Taken once: an array checks whether it is shared for each element that is set.
    var values = values.mutableSpan
    let predictions = predictions.span
    // Kept separate from what is in memory.
    var offset = place.offset
    var number = place.number
    var context = place.context
    var found = filled
    defer {
      place.move(to: offset, number, context)
      filled = found
    }
    while true {
      guard number < predictions.count, predictions[number].stands(in: bytes, at: offset) else {
        let isEnd = place.depth == 0 && offset &+ 1 == end && bytes[offset] == UInt8(ascii: "}")
        return isEnd ? .end : .unpredicted
      }
      let step = predictions[number].step
      if predictions[number].context != context {
        place.move(to: offset, number, context)
        guard predictions[number].isReached(from: place) else { return .unpredicted }
      }
      let start = offset &+ Int(step.length)
      guard let valueEnd = bytes.plainValueEnd(of: step.value, from: start, to: end) else {
        // The text may extend into what ends the line.
        return start < end ? .unusual(step) : .unpredicted
      }
      if step.target.slot >= 0 {
        let slot = Int(step.target.slot)
        values[slot] = FieldSlice(
          offset: Int32(truncatingIfNeeded: start), end: Int32(truncatingIfNeeded: valueEnd),
          isEscaped: false)
        found |= 1 &<< UInt64(truncatingIfNeeded: slot)
      }
      offset = step.value == .string ? valueEnd &+ 1 : valueEnd
      number &+= 1
      if step.closes > 0 {
        place.close(Int(step.closes))
        context = place.context
      }
      context.isFirst = false
    }
  }

  /// The scanner's position in a line.
  struct Place {
    var offset: Int
    /// How many keys came before.
    var number = 0
    /// How many objects are open, in addition to the line's own.
    private(set) var depth = 0
    /// The node of each open object.
    private(set) var path = InlineArray<16, Int16>(repeating: 0)
    /// Whether nothing has come before in the innermost object.
    var isFirst = true

    @inline(__always)
    init(offset: Int) { self.offset = offset }

    /// The context of the next text.
    @inline(__always)
    var context: Context { Context(node: depth == 0 ? 0 : path[depth], isFirst: isFirst) }

    @inline(__always)
    mutating func open(_ node: Int16) {
      depth &+= 1
      path[depth] = node
      isFirst = true
    }

    @inline(__always)
    mutating func close(_ count: Int) { depth &-= count }

    @inline(__always)
    mutating func move(to offset: Int, _ number: Int, _ context: Context) {
      self.offset = offset
      self.number = number
      isFirst = context.isFirst
    }

    /// Moves past the text before a value.
    @inline(__always)
    mutating func take(_ step: Step) {
      offset &+= Int(step.length)
      number &+= 1
      close(Int(step.closes))
      isFirst = false
    }

    /// Whether the object that `target` leads to is looked into, once `count` objects are closed.
    func opens(_ target: JSONKeyTable.Target, after count: Int = 0) -> Bool {
      target.node >= 0 && depth - count + 1 < JSONLineScanner.nodeDepthLimit
    }

    /// The node of the innermost object once `count` objects are closed; nil if there are fewer.
    @inline(__always)
    func node(closing count: Int) -> Int16? {
      if count == 0 && depth == 0 { return 0 }
      return count <= depth ? path[depth &- count] : nil
    }
  }

  /// The innermost object, and whether nothing has come before in it.
  struct Context: Equatable, BitwiseCopyable {
    /// A context that no place has.
    static let none = Context()

    private var rawValue: Int32 = -1

    private init() {}

    @inline(__always)
    init(node: Int16, isFirst: Bool) { rawValue = Int32(node) &<< 1 | (isFirst ? 1 : 0) }

    @inline(__always)
    var isFirst: Bool {
      get { rawValue & 1 == 1 }
      set { rawValue = rawValue & ~1 | (newValue ? 1 : 0) }
    }
  }

  /// Where the text before a value leads.
  struct Step: BitwiseCopyable {
    enum Value: UInt8, BitwiseCopyable {
      /// A string; its opening quote is part of the text.
      case string
      /// An object that is looked into; its bracket is part of the text.
      case object
      case other
    }

    /// How many bytes the text has.
    var length: Int32 = 0
    /// How many objects it closes.
    var closes: Int16 = 0
    var value = Value.other
    var target = JSONKeyTable.Target.none
  }

  /// Takes a step, and reads, looks into or skips the value after it.
  @inline(never)
  private mutating func follow(
    _ step: Step, _ bytes: borrowing Span<UInt8>, _ place: inout Place, _ line: Range<Int>
  ) throws(LineRejection) {
    place.take(step)
    switch step.value {
    case .object:
      place.open(step.target.node)
      return
    case .string: place.offset -= 1
    case .other: place.offset = bytes.skippingSpace(from: place.offset, to: line.upperBound)
    }
    guard place.offset < line.upperBound else {
      // A carriage return after the line may have been taken for space before the value.
      throw LineRejection(.invalidJSON, at: line.count)
    }
    if bytes[place.offset] == UInt8(ascii: "{"), place.opens(step.target) {
      place.offset += 1
      place.open(step.target.node)
    } else {
      try value(bytes, &place.offset, line, slot: step.target.slot)
    }
  }

  /// Reads the next member, with the brackets and the comma before it; false at the line's end.
  @inline(never)
  private mutating func member(
    _ bytes: borrowing Span<UInt8>, _ place: inout Place, _ line: Range<Int>
  ) throws(LineRejection) -> Bool {
    let before = (offset: place.offset, isFirst: place.isFirst)
    var closes = 0
    let end = line.upperBound
    var offset = place.offset
    func rejection() -> LineRejection { LineRejection(.invalidJSON, at: offset - line.lowerBound) }
    offset = bytes.skippingSpace(from: offset, to: end)
    while offset < end, bytes[offset] == UInt8(ascii: "}") {
      offset = bytes.skippingSpace(from: offset + 1, to: end)
      if closes == place.depth {
        guard offset == end else { throw rejection() }
        return false
      }
      closes += 1
    }
    guard offset < end, let node = place.node(closing: closes) else { throw rejection() }
    if !place.isFirst || closes > 0 {
      guard bytes[offset] == UInt8(ascii: ",") else { throw rejection() }
      offset = bytes.skippingSpace(from: offset + 1, to: end)
    }
    guard offset < end, bytes[offset] == UInt8(ascii: "\"") else { throw rejection() }
    let key = try bytes.string(at: &offset, line)
    offset = bytes.skippingSpace(from: offset, to: end)
    guard offset < end, bytes[offset] == UInt8(ascii: ":") else { throw rejection() }
    offset = bytes.skippingSpace(from: offset + 1, to: end)
    let target = table.target(bytes, key: key.range, at: node)
    var value = Step.Value.other
    if offset < end, bytes[offset] == UInt8(ascii: "\"") {
      value = .string
      offset += 1
    } else if offset < end, bytes[offset] == UInt8(ascii: "{"), place.opens(target, after: closes) {
      value = .object
      offset += 1
    }
    // Lines are far shorter than 2 GiB, and no more objects are closed than were opened.
    let step = Step(
      length: Int32(truncatingIfNeeded: offset - before.offset),
      closes: Int16(truncatingIfNeeded: closes), value: value, target: target)
    if place.number < Self.predictionLimit {
      predictions[place.number] = KeyPrediction(
        bytes, text: before.offset..<offset, node: node, isFirst: before.isFirst, step)
    }
    try follow(step, bytes, &place, line)
    return true
  }

  /// Reads or skips the value at `offset`, of any kind.
  private mutating func value(
    _ bytes: borrowing Span<UInt8>, _ offset: inout Int, _ line: Range<Int>, slot: Int16
  ) throws(LineRejection) {
    switch bytes[offset] {
    case UInt8(ascii: "\""):
      let string = try bytes.string(at: &offset, line)
      if slot >= 0 { fill(slot, string) }
    case UInt8(ascii: "{"):
      try bytes.skipNested(at: &offset, line)
    case UInt8(ascii: "["):
      // Headers come as lists, of which the first element counts.
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

/// A key as in the last line, with everything between it and the values around it.
private struct KeyPrediction: BitwiseCopyable {
  /// The maximum length of a predicted text, in bytes; longer texts are not predicted.
  static let textLimit = 40
  static let none = KeyPrediction()

  /// The text, such as `,"status":`, as little-endian words, and which of their bits belong to it.
  /// What cannot be predicted is eight zeros, which no line of JSON has.
  private var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
  private var masks: (UInt64, UInt64, UInt64, UInt64, UInt64) = (.max, 0, 0, 0, 0)
  private(set) var step = JSONLineScanner.Step()
  /// What the text follows, if it is usable and neither closes nor opens an object: the places that it
  /// then leads to are the same.
  private(set) var context = JSONLineScanner.Context.none
  /// The object that contains the key.
  private var node: Int16 = 0
  /// Whether nothing came before the text.
  private var isFirst = false
  /// Whether the text is valid, and short enough to be predicted.
  private var isUsable = false

  private init() {}

  /// - Parameters:
  ///   - text: the bytes between two values, of which the second is the key's.
  ///   - node: the object that contains the key.
  ///   - isFirst: whether the text begins where nothing has come before in an object.
  init(
    _ bytes: borrowing Span<UInt8>, text: Range<Int>, node: Int16, isFirst: Bool,
    _ step: JSONLineScanner.Step
  ) {
    guard text.count <= Self.textLimit else { return }
    isUsable = true
    self.node = node
    self.isFirst = isFirst
    self.step = step
    if step.closes == 0 && step.value != .object {
      context = JSONLineScanner.Context(node: node, isFirst: isFirst)
    }
    func word(_ index: Int) -> (UInt64, UInt64) {
      let count = min(max(text.count - 8 * index, 0), 8)
      return count == 0
        ? (0, 0) : (bytes.word(at: text.lowerBound + 8 * index, count: count), lowBytes(count))
    }
    (words.0, masks.0) = word(0)
    (words.1, masks.1) = word(1)
    (words.2, masks.2) = word(2)
    (words.3, masks.3) = word(3)
    (words.4, masks.4) = word(4)
  }

  /// Whether the text occurs at `offset`. Whether it means the same there, ``context`` or ``isReached(from:)``
  /// says.
  @inline(__always)
  func stands(in bytes: borrowing Span<UInt8>, at offset: Int) -> Bool {
    guard let text = bytes.fiveWords(at: offset) else { return false }
    var difference =
      (text.0 ^ words.0) & masks.0 | (text.1 ^ words.1) & masks.1 | (text.2 ^ words.2) & masks.2
    if step.length > 24 {
      difference |= (text.3 ^ words.3) & masks.3 | (text.4 ^ words.4) & masks.4
    }
    return difference == 0
  }

  /// Whether the text leads from `place` to where it did: the same object may be reached through
  /// fewer or more brackets.
  func isReached(from place: borrowing JSONLineScanner.Place) -> Bool {
    guard isUsable else { return false }
    if step.value == .object {
      guard place.opens(step.target, after: Int(step.closes)) else { return false }
    }
    guard place.isFirst == isFirst else { return false }
    return place.node(closing: Int(step.closes)) == node
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

  /// The string whose opening quote is at `offset`; moves past the closing one.
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

  /// Where a value that begins at `start` (after its quote, if it is a string) ends: before the
  /// closing quote of a string without escapes, or after a short number; nil for any other.
  @inline(__always)
  fileprivate func plainValueEnd(
    of value: JSONLineScanner.Step.Value, from start: Int, to end: Int
  ) -> Int? {
    switch value {
    case .string:
      return firstOffset(
        of: UInt8(ascii: "\""), before: UInt8(ascii: "\\"), from: start, to: end)
    case .object: return nil
    case .other: return shortNumberEnd(from: start, to: end)
    }
  }

  /// Where the digits, points and dashes that begin at `start` end, if there are one to seven of
  /// them, followed by a comma or a brace.
  @inline(__always)
  fileprivate func shortNumberEnd(from start: Int, to end: Int) -> Int? {
    guard count >= 8, UInt(bitPattern: start) <= UInt(bitPattern: count &- 8) else { return nil }
    let word = word(at: start)
    let numeric = asciiBytes(of: word, from: UInt8(ascii: "-"), through: UInt8(ascii: "9"))
    let length = (~numeric & repeated(0x80)).trailingZeroBitCount &>> 3
    guard length > 0, length < 8, start &+ length < end else { return nil }
    let byte = UInt8(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: length &* 8))
    return byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") ? start &+ length : nil
  }

  /// A number, `true`, `null` or, from careless templates, nothing: whatever precedes the next
  /// comma or bracket.
  @inline(__always)
  fileprivate func literal(at offset: inout Int, _ end: Int) -> Range<Int> {
    let start = offset
    offset = firstOffset(
      of: UInt8(ascii: ","), or: UInt8(ascii: "}"), or: UInt8(ascii: "]"), from: start, to: end)
    for space in start..<offset where isJSONSpace(self[space]) {
      offset = space
      break
    }
    return start..<offset
  }

  /// Moves past the object or array that begins at `offset`.
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
