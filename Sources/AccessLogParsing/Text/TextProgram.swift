internal import ByteScanning

/// A layout compiled to steps over bytes: each takes a value and the literal after it, or a literal
/// alone. No step backtracks, so a line takes time proportional to its length, whatever it
/// contains.
struct TextProgram {
  /// How many values a layout may have; nginx's longest templates have about forty.
  static let fieldLimit = 128

  struct Step: BitwiseCopyable {
    enum Kind: UInt8 {
      /// Only the literal.
      case literal
      /// Bytes up to the literal.
      case value
      /// Bytes up to the literal, which begins with a quote; a backslash hides a quote.
      case quoted
      case list
      /// Bytes up to the end of the line.
      case rest
      case commonTime
      case patternedTime
      case byte
      /// If the literal's first byte does not come next, the steps up to `jump` are skipped.
      case optional
      case spaces
    }

    var kind: Kind
    /// Where the value goes; -1 if it is not needed.
    var slot: Int16 = -1
    var shape = TextField.Shape.any
    /// Whether the literal only counts if it is followed by a common timestamp, or by what may be a
    /// status.
    var timestampFollows = false
    var digitFollows = false
    /// Whether the line has to end after the literal.
    var endFollows = false
    /// Whether the literal is the first byte of what follows, and stays.
    var literalStays = false
    /// Whether the value may also extend to the end of the line.
    var mayEndLine = false
    /// Whether the literal has up to eight bytes, and anything may follow it.
    var isPlain = false
    /// The same, with one byte.
    var isOneByte = false
    /// Whether the value's escapes matter.
    var mayBeEscaped = false
    /// The literal: its length, its position in `literals`, and its first bytes as a word, with the
    /// bits that belong to it.
    var length: Int32 = 0
    var literal: Int32 = 0
    var word: UInt64 = 0
    var mask: UInt64 = 0
    var jump: Int32 = 0
    /// Which of the patterns the timestamp has.
    var pattern: Int32 = 0
  }

  private(set) var steps: [Step] = []
  private(set) var literals: [UInt8] = []
  private(set) var patterns: [TimestampPattern] = []
  /// From this step on, a line that ends too early has everything that a record needs.
  private(set) var firstDispensable = 0
  let hasEscapes: Bool
  let allowsMore: Bool
  private(set) var slotCount = 0
  /// Whether there are optional values: their slots have to be cleared beforehand.
  private(set) var hasOptionalValues = false

  /// - Parameter slot: for each field of the layout, the slot that its value goes to, or -1.
  init(_ layout: TextLayout, slots: [Int]) {
    hasEscapes = layout.hasEscapes
    allowsMore = layout.allowsMore
    slotCount = (slots.max() ?? -1) + 1
    var number = 0
    compile(layout.pieces, slots, &number)
    if let last = steps.indices.last { steps[last].endFollows = !layout.allowsMore }
    for index in steps.indices {
      let step = steps[index]
      let asksForMore = step.timestampFollows || step.digitFollows || step.endFollows
      steps[index].isPlain = step.length <= 8 && !asksForMore
      steps[index].isOneByte = step.length == 1 && !asksForMore
    }
  }

  private mutating func compile(_ pieces: [TextLayout.Piece], _ slots: [Int], _ number: inout Int) {
    var index = 0
    while index < pieces.count {
      switch pieces[index] {
      case .literal(let text):
        steps.append(step(.literal, literal: text))
        index += 1
      case .spaces:
        steps.append(Step(kind: .spaces))
        index += 1
      case .optional(let inner):
        guard case .literal(let text)? = inner.first else {
          index += 1
          continue
        }
        let place = steps.count
        hasOptionalValues = true
        steps.append(step(.optional, literal: text))
        compile(inner, slots, &number)
        steps[place].jump = Int32(steps.count)
        index += 1
      case .value(let field):
        var literal: [UInt8] = []
        if index + 1 < pieces.count, case .literal(let text) = pieces[index + 1] { literal = text }
        let following = literal.isEmpty ? index + 1 : index + 2
        // A host may be directly followed by the target.
        let meetsPath = following < pieces.count && literal.isEmpty && pieces[following].isPath
        if meetsPath { literal = [UInt8(ascii: "/")] }
        var meetsOptional = false
        if literal.isEmpty, following < pieces.count, case .optional(let inner) = pieces[following],
          case .literal(let text)? = inner.first
        {
          literal = [text[0]]
          meetsOptional = true
        }
        let isLast = index + 1 >= pieces.count
        append(field, literal, following < pieces.count ? pieces[following] : nil, isLast: isLast)
        steps[steps.count - 1].slot = Int16(slots[number])
        steps[steps.count - 1].literalStays = meetsPath || meetsOptional
        steps[steps.count - 1].mayEndLine = meetsOptional
        if field.role.isUsed { firstDispensable = steps.count }
        number += 1
        index = following
      }
    }
  }

  private mutating func append(
    _ field: TextField, _ literal: [UInt8], _ next: TextLayout.Piece?, isLast: Bool
  ) {
    let kind: Step.Kind =
      switch (field.role, field.shape) {
      case (.commonTime, _): .commonTime
      case (.patternedTime, _): .patternedTime
      case (_, .byte): .byte
      case (_, .list) where literal.first == UInt8(ascii: " "): .list
      default:
        isLast ? .rest : literal.first == UInt8(ascii: "\"") ? .quoted : .value
      }
    var step = step(kind, literal: literal)
    step.shape = field.shape
    switch field.role {
    case .request, .target, .route, .none: step.mayBeEscaped = hasEscapes
    default: break
    }
    if case .patternedTime(let pattern) = field.role {
      step.pattern = Int32(patterns.count)
      patterns.append(pattern)
    }
    if case .value(let field)? = next {
      step.timestampFollows = field.role == .commonTime
      step.digitFollows = field.role == .status && kind == .quoted
    }
    steps.append(step)
  }

  private mutating func step(_ kind: Step.Kind, literal: [UInt8]) -> Step {
    var step = Step(kind: kind)
    step.length = Int32(literal.count)
    step.literal = Int32(literals.count)
    for (index, byte) in literal.prefix(8).enumerated() {
      step.word |= UInt64(byte) << UInt64(8 * index)
    }
    step.mask = lowBytes(min(literal.count, 8))
    literals += literal
    return step
  }
}

extension TextProgram {
  /// How running the steps ended.
  enum Ending {
    case complete
    /// The line ends too early, but has everything that a record needs.
    case cut
  }

  /// Runs the steps over `line`; each value that is needed goes to its slot in `values`. A slot
  /// whose value is missing becomes absent, except for those of ``hasOptionalValues``.
  ///
  /// - Parameter program: passed by reference although it is not changed: otherwise it would be
  ///   copied for each line.
  @inline(__always)
  static func run(
    _ program: inout TextProgram, _ bytes: borrowing Span<UInt8>, line: Range<Int>,
    into values: inout [FieldSlice]
  ) throws(LineRejection) -> Ending {
    switch pass(&program, bytes, line: line, into: &values) {
    case .complete: return .complete
    case .stopped(let index, let start):
      return try program.ending(index, bytes, start, line, &values)
    case .unrecognized(let offset):
      throw LineRejection(.unrecognized, at: offset - line.lowerBound)
    case .goesOn(let offset):
      throw LineRejection(.lineGoesOn, at: offset - line.lowerBound)
    }
  }

  private enum Passage {
    case complete
    /// A step did not find what it was looking for from an offset on.
    case stopped(step: Int, offset: Int)
    /// The text at an offset does not belong there.
    case unrecognized(offset: Int)
    /// The text from an offset on is more than the last value.
    case goesOn(offset: Int)
  }

  /// As above, without interpreting the result. It does not throw: in blocks of a throwing function
  /// that the compiler considers rare, it calls even functions that must always be inlined (Swift
  /// 6.3).
  @inline(never)
  private static func pass(
    _ program: inout TextProgram, _ bytes: borrowing Span<UInt8>, line: Range<Int>,
    into values: inout [FieldSlice]
  ) -> Passage {
    // Taken once: an array checks whether it is shared for each element that is set.
    var values = values.mutableSpan
    let steps = program.steps.span
    let hasEscapes = program.hasEscapes
    var offset = line.lowerBound
    let end = line.upperBound
    var index = 0
    while index < steps.count {
      let step = steps[index]
      let start = offset
      var isEscaped = false
      let isTaken: Bool
      switch step.kind {
      case .value:
        isTaken =
          takeValue(step, program.literals, bytes, &offset, end)
          || step.mayEndLine && offset == end
      case .quoted:
        if hasEscapes {
          isTaken = takeQuoted(step, program.literals, bytes, &offset, end, &isEscaped)
        } else {
          isTaken = takeValue(step, program.literals, bytes, &offset, end)
        }
      case .literal:
        isTaken = matches(step, program.literals, bytes, at: offset, end)
      case .commonTime:
        offset &+= TimestampReader.commonLength
        isTaken = offset <= end && matches(step, program.literals, bytes, at: offset, end)
      case .rest:
        offset = end
        isTaken = true
      case .optional:
        if offset < end, bytes[offset] == UInt8(truncatingIfNeeded: step.word) {
          index &+= 1
        } else {
          index = Int(step.jump)
        }
        continue
      case .spaces:
        while offset < end, bytes[offset] == UInt8(ascii: " ") { offset &+= 1 }
        index &+= 1
        continue
      case .list, .patternedTime, .byte:
        isTaken = program.takeUnusual(step, bytes, &offset, end)
      }
      if !isTaken { return .stopped(step: index, offset: start) }
      if step.shape != .any, !hasShape(step, bytes, start..<offset) {
        let isLast =
          step.shape == .unquoted
          || step.kind == .rest && [.list, .unspaced, .word].contains(step.shape)
        return isLast ? .goesOn(offset: start) : .unrecognized(offset: start)
      }
      if step.slot >= 0 {
        if step.mayBeEscaped && step.kind != .quoted {
          let backslash = bytes.firstOffset(of: UInt8(ascii: "\\"), from: start, to: offset)
          isEscaped = backslash < offset
        }
        values[Int(step.slot)] = FieldSlice(
          offset: Int32(truncatingIfNeeded: start), end: Int32(truncatingIfNeeded: offset),
          isEscaped: isEscaped)
      }
      if !step.literalStays { offset = min(offset &+ Int(step.length), end) }
      index &+= 1
    }
    return offset >= end || program.allowsMore ? .complete : .unrecognized(offset: offset)
  }

  /// What it means that a step did not find what it was looking for.
  @inline(never)
  private func ending(
    _ index: Int, _ bytes: borrowing Span<UInt8>, _ start: Int, _ line: Range<Int>,
    _ values: inout [FieldSlice]
  ) throws(LineRejection) -> Ending {
    let step = steps[index]
    let end = line.upperBound
    if index >= firstDispensable {
      for step in steps[index...] where step.slot >= 0 { values[Int(step.slot)] = .absent }
      if start >= end { return .cut }
      // Within the quotes of the last value that the line has, or right behind them.
      if step.kind == .quoted {
        let quote = Self.endOfQuoted(bytes, start..<end, hasEscapes: hasEscapes)
        guard quote == end || isPrefix(bytes, quote..<end, of: step) else {
          let isLast = index == steps.count - 1
          throw LineRejection(
            isLast ? .lineGoesOn : .unrecognized, at: quote + 1 - line.lowerBound)
        }
        if step.slot >= 0 {
          values[Int(step.slot)] = FieldSlice(start..<quote, isEscaped: step.mayBeEscaped)
        }
        return .cut
      }
      if step.kind == .literal, isPrefix(bytes, start..<end, of: step) { return .cut }
    }
    let reason: LineRejection.Reason =
      step.kind == .quoted ? .unterminatedString : .unrecognized
    throw LineRejection(reason, at: min(start, end) - line.lowerBound)
  }

  /// Where the first quote is that no backslash hides: the end of `range` if there is none.
  private static func endOfQuoted(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, hasEscapes: Bool
  ) -> Int {
    var offset = range.lowerBound
    while offset < range.upperBound, bytes[offset] != UInt8(ascii: "\"") {
      offset += hasEscapes && bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(offset, range.upperBound)
  }

  private func isPrefix(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, of step: Step
  ) -> Bool {
    guard range.count < Int(step.length) else { return false }
    for index in 0..<range.count
    where bytes[range.lowerBound + index] != literals[Int(step.literal) + index] {
      return false
    }
    return true
  }

  // These are static and take only the literals, because the program is too large to be passed by
  // value.

  /// Whether the literal of `step` is at `offset`, followed by what has to follow.
  @inline(__always)
  private static func matches(
    _ step: Step, _ literals: borrowing [UInt8], _ bytes: borrowing Span<UInt8>, at offset: Int,
    _ end: Int
  ) -> Bool {
    guard end &- offset >= Int(step.length) else { return false }
    if offset &+ 8 <= bytes.count {
      if bytes.word(at: offset) & step.mask != step.word { return false }
    } else if bytes.word(at: offset, count: min(Int(step.length), 8)) != step.word {
      return false
    }
    return step.isPlain || matchesMore(step, literals, bytes, at: offset, end)
  }

  /// Whether the rest of a long literal is there, too, followed by what has to follow.
  @inline(never)
  private static func matchesMore(
    _ step: Step, _ literals: borrowing [UInt8], _ bytes: borrowing Span<UInt8>, at offset: Int,
    _ end: Int
  ) -> Bool {
    let length = Int(step.length)
    if length > 8 {
      for index in 8..<length
      where bytes[offset + index] != literals[Int(step.literal) + index] {
        return false
      }
    }
    if step.timestampFollows {
      let timestamp = offset &+ length
      return end &- timestamp >= TimestampReader.commonLength
        && bytes[timestamp &+ 2] == UInt8(ascii: "/") && bytes[timestamp &+ 11] == UInt8(ascii: ":")
    }
    if step.endFollows { return offset &+ length == end }
    if step.digitFollows {
      let digit = offset &+ length
      return digit < end
        && (bytes[digit] &- UInt8(ascii: "0") <= 9 || bytes[digit] == UInt8(ascii: "-"))
    }
    return true
  }

  /// Moves `offset` to the literal after the value that begins there.
  @inline(__always)
  private static func takeValue(
    _ step: Step, _ literals: borrowing [UInt8], _ bytes: borrowing Span<UInt8>,
    _ offset: inout Int, _ end: Int
  ) -> Bool {
    let byte = UInt8(truncatingIfNeeded: step.word)
    while offset <= end {
      offset = bytes.firstOffset(of: byte, from: offset, to: end)
      if offset >= end { return false }
      if step.isOneByte || matches(step, literals, bytes, at: offset, end) { return true }
      offset &+= 1
    }
    return false
  }

  @inline(__always)
  private static func takeQuoted(
    _ step: Step, _ literals: borrowing [UInt8], _ bytes: borrowing Span<UInt8>,
    _ offset: inout Int, _ end: Int, _ isEscaped: inout Bool
  ) -> Bool {
    while offset < end {
      let hit = bytes.firstOffset(
        of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: offset, to: end)
      if hit >= end { return false }
      if bytes[hit] == UInt8(ascii: "\\") {
        isEscaped = true
        offset = min(hit &+ 2, end)
      } else if matches(step, literals, bytes, at: hit, end) {
        offset = hit
        return true
      } else {
        offset = hit &+ 1
      }
    }
    return false
  }

  @inline(never)
  private func takeUnusual(
    _ step: Step, _ bytes: borrowing Span<UInt8>, _ offset: inout Int, _ end: Int
  ) -> Bool {
    switch step.kind {
    case .byte:
      offset += 1
      return offset <= end && Self.matches(step, literals, bytes, at: offset, end)
    case .patternedTime:
      // The pattern itself finds the end; without a zone the timestamp is read again with the
      // clock.
      let utc = LocalClock(offset: 0)
      guard (try? patterns[Int(step.pattern)].read(bytes, at: &offset, before: end, utc)) != nil
      else { return false }
      return Self.matches(step, literals, bytes, at: offset, end)
    default: return takeList(step, bytes, &offset, end)
    }
  }

  private func takeList(
    _ step: Step, _ bytes: borrowing Span<UInt8>, _ offset: inout Int, _ end: Int
  ) -> Bool {
    let start = offset
    while Self.takeValue(step, literals, bytes, &offset, end) {
      if bytes.holds(" : ", at: offset, before: end) {
        offset += 3
      } else if offset > start, bytes[offset - 1] == UInt8(ascii: ",") {
        offset += 1
      } else {
        return true
      }
    }
    return false
  }

  private static func hasShape(
    _ step: Step, _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) -> Bool {
    switch step.shape {
    // A path begins where its slash was found.
    case .any, .byte, .path: return true
    case .list: return step.kind != .rest || isList(bytes, range)
    case .unquoted:
      let quote = bytes.firstOffset(
        of: UInt8(ascii: "\""), from: range.lowerBound, to: range.upperBound)
      return quote == range.upperBound
        || endOfQuoted(bytes, range, hasEscapes: true) == range.upperBound
    case .word, .unspaced:
      let space = bytes.firstOffset(
        of: UInt8(ascii: " "), from: range.lowerBound, to: range.upperBound)
      return space == range.upperBound && (!range.isEmpty || step.shape == .unspaced)
    case .digits:
      for offset in range where bytes[offset] &- UInt8(ascii: "0") > 9 { return false }
      return !range.isEmpty
    case .number:
      if range.count == 1, bytes[range.lowerBound] == UInt8(ascii: "-") { return true }
      return bytes.decimal(in: range) != nil
    case .addresses:
      if range.count == 1, bytes[range.lowerBound] == UInt8(ascii: "-") { return true }
      var isAddress = false
      for offset in range {
        if bytes[offset] == UInt8(ascii: ".") || bytes[offset] == UInt8(ascii: ":") {
          isAddress = true
        }
      }
      return isAddress
    }
  }
}

extension TextProgram {
  /// Whether all spaces in `range` are those of a list's separators, `, ` and ` : `.
  private static func isList(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    for offset in range where bytes[offset] == UInt8(ascii: " ") {
      let isBehind =
        offset > range.lowerBound
        && (bytes[offset - 1] == UInt8(ascii: ",") || bytes[offset - 1] == UInt8(ascii: ":"))
      if !isBehind, !bytes.holds(" : ", at: offset, before: range.upperBound) { return false }
    }
    return true
  }
}

extension TextLayout.Piece {
  fileprivate var isPath: Bool {
    if case .value(let field) = self { field.shape == .path } else { false }
  }
}
