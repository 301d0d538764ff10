/// Takes the first group out of long matches, of which RE2 takes up to half a millisecond for 4 KB: for
/// groups it follows all places of a pattern at once, byte by byte, where for matches it goes from
/// state to state.
///
/// Here a match is gone through twice. Forward, from state to state: a state is the list of places that
/// the search can be at, the preferred first, and each step between two states also knows which place of
/// the one each place of the other was reached from, and whether the group begins or ends on the way.
/// Then back, from the first place that ends the match, along these. States and steps are made when they
/// are first met, and kept.
///
/// What RE2 means is found (the tests compare the two); where this search cannot say what that is, or
/// would keep too much, RE2 is asked. Not shared between workers.
final class GroupSearch {
  /// RE2 takes the group out of matches that are no longer, in bytes, in less time than it takes to get
  /// here.
  static let shortMatch = 128
  /// How many states, and places in all steps, are kept. With more, RE2 is asked.
  static let stateLimit = 4_096
  static let placeLimit = 1 << 20
  /// Kinds of characters that a pattern may tell apart, as a power of two.
  static let kindBits = 6

  private let pattern: Pattern
  private let graph: PatternGraph
  private let atoms: [AtomMatching]
  /// The kind of each character of the first plane that was met; `unknown` of the others.
  private var kinds: [UInt8]
  private var furtherKinds: [UInt32: UInt8] = [:]
  private var kindOfRow: [[Bool]: UInt8] = [:]
  private var rows: [[Bool]] = []

  /// Of each state its places: a part of ``places``.
  private var states: [Range<Int>] = []
  private var places: [Int32] = []
  private var stateOfPlaces: [[Int32]: Int32] = [:]
  /// The step from each state (in the upper bits of the index) with each kind.
  private var steps: [Step] = []
  /// Of each step, for each place of the state that it leads to: which place of the other it comes from,
  /// above a bit each for the group's end and start.
  private var origins: [UInt32] = []
  /// The steps to the states at the beginning of a text (1) and elsewhere (0).
  private var firstSteps = [Step.unknown, .unknown]
  /// Of each step of a search, where its origins begin.
  private var trace = [Int32](repeating: 0, count: Pattern.valueLimit + 1)
  private var visits: [UInt32]
  private var visit: UInt32 = 0

  private static let unknown = UInt8.max
  private static let groupStart: UInt32 = 1
  private static let groupEnd: UInt32 = 2

  private struct Step {
    /// The state that it leads to; -1 if the step has not been met.
    var state: Int32
    var originStart: Int32

    static let unknown = Step(state: -1, originStart: 0)
  }

  /// Nil if only RE2 knows what the pattern's groups are.
  init?(_ pattern: Pattern) {
    guard pattern.groupCount > 0, let graph = PatternGraph(pattern.text), graph.isInOrder,
      !graph.places.contains(.condition), !graph.repeatsEmpty
    else { return nil }
    self.pattern = pattern
    self.graph = graph
    atoms = graph.atoms.map { AtomMatching($0, ignoringCase: pattern.ignoresCase) }
    kinds = Array(repeating: Self.unknown, count: 1 << 16)
    visits = Array(repeating: 0, count: graph.places.count)
  }

  /// The first group of the first match in the UTF-8 text; nil if there is no match, or if the group has no
  /// part in it.
  func firstGroup(in text: borrowing Span<UInt8>) -> Range<Int>? {
    guard let match = pattern.firstMatch(in: text) else { return nil }
    guard match.count > Self.shortMatch else { return pattern.firstGroup(in: text) }
    switch group(in: text, match: match) {
    case .found(let group): return group
    case .unknown: return pattern.firstGroup(in: text)
    }
  }

  enum Outcome: Equatable {
    case found(Range<Int>?)
    /// RE2 has to be asked.
    case unknown
  }

  /// - Parameter match: where the pattern matches first.
  func group(in text: borrowing Span<UInt8>, match: Range<Int>) -> Outcome {
    guard text.count <= Pattern.valueLimit,
      var step = firstStep(isStart: match.lowerBound == 0)
    else { return .unknown }
    // Taken out, so that nothing has to be asked of it at each byte.
    var trace: [Int32] = []
    swap(&trace, &self.trace)
    defer { swap(&trace, &self.trace) }
    trace[0] = step.originStart
    var count = 1
    var offset = match.lowerBound
    while true {
      go(text, to: match.upperBound, &offset, &step, &trace, &count)
      guard offset < match.upperBound else { break }
      // Something that has not been met before.
      guard let (kind, length) = kind(in: text, at: offset, before: match.upperBound),
        let next = makeStep(from: step.state, with: kind)
      else { return .unknown }
      step = next
      trace[count] = step.originStart
      count += 1
      offset += length
    }
    return wayBack(in: text, match, from: Int(step.state), trace, stepCount: count)
  }

  /// Goes on as long as everything is known.
  private func go(
    _ text: borrowing Span<UInt8>, to end: Int, _ offset: inout Int, _ step: inout Step,
    _ trace: inout [Int32], _ count: inout Int
  ) {
    let (knownKinds, knownSteps) = (kinds, steps)
    let (kinds, steps) = (knownKinds.span, knownSteps.span)
    var trace = trace.mutableSpan
    while offset < end {
      let byte = text[offset]
      var kind = kinds[Int(byte)]
      var length = 1
      if byte >= 0x80 {
        guard let (scalar, found) = text.scalar(at: offset, before: end), scalar < 1 << 16 else {
          return
        }
        kind = kinds[Int(scalar)]
        length = found
      }
      guard kind != Self.unknown else { return }
      let next = steps[Int(step.state) << Self.kindBits | Int(kind)]
      guard next.state >= 0 else { return }
      step = next
      trace[count] = next.originStart
      count += 1
      offset += length
    }
  }

  /// The kind of the character at `offset`, and its length in bytes.
  private func kind(
    in text: borrowing Span<UInt8>, at offset: Int, before end: Int
  ) -> (Int, length: Int)? {
    if text[offset] < 0x80 { return kindOf(UInt32(text[offset])).map { (Int($0), 1) } }
    guard let (scalar, length) = text.scalar(at: offset, before: end) else { return nil }
    return kindOf(scalar).map { (Int($0), length) }
  }

  private func wayBack(
    in text: borrowing Span<UInt8>, _ match: Range<Int>, from state: Int, _ trace: [Int32],
    stepCount: Int
  ) -> Outcome {
    var offset = match.upperBound
    guard
      let (last, marks) = lastPlace(
        of: state, isEnd: offset == text.count, isStart: offset == 0)
    else { return .unknown }
    var start = marks & Self.groupStart != 0 ? offset : -1
    var end = marks & Self.groupEnd != 0 ? offset : -1
    var place = last
    let knownOrigins = origins
    let (trace, origins) = (trace.span, knownOrigins.span)
    var index = stepCount - 1
    while true {
      let origin = origins[Int(trace[index]) + place]
      if origin & (Self.groupEnd | Self.groupStart) != 0 {
        if end < 0, origin & Self.groupEnd != 0 { end = offset }
        if start < 0, origin & Self.groupStart != 0 { start = offset }
        if start >= 0 && end >= 0 { break }
      }
      if index == 0 { break }
      place = Int(origin >> 2)
      index -= 1
      offset -= 1
      while text[offset] & 0xC0 == 0x80 { offset -= 1 }
    }
    return .found(start >= 0 && end >= start ? start..<end : nil)
  }

  /// The first place of a state that ends the match, and what the group does on the way from it.
  private func lastPlace(
    of state: Int, isEnd: Bool, isStart: Bool
  ) -> (index: Int, marks: UInt32)? {
    for (index, place) in places[states[state]].enumerated() {
      if Int(place) == graph.last { return (index, 0) }
      if isEnd, graph.places[Int(place)] == .end, let marks = wayToEnd(from: place, isStart) {
        return (index, marks)
      }
    }
    return nil
  }

  /// What the group does between an end of the text and that of the pattern.
  private func wayToEnd(from place: Int32, _ isStart: Bool) -> UInt32? {
    visit += 1
    var stack = [(place: place, marks: UInt32(0))]
    while let (place, marks) = stack.popLast() {
      if Int(place) == graph.last { return marks }
      guard visits[Int(place)] != visit else { continue }
      visits[Int(place)] = visit
      switch graph.places[Int(place)] {
      case .character, .condition: continue
      case .start: if !isStart { continue }
      case .passage, .end, .groupStart, .groupEnd: break
      }
      let marks = marks | mark(of: place)
      for exit in graph.exits[Int(place)].reversed() { stack.append((exit, marks)) }
    }
    return nil
  }

  private func mark(of place: Int32) -> UInt32 {
    switch graph.places[Int(place)] {
    case .groupStart: Self.groupStart
    case .groupEnd: Self.groupEnd
    default: 0
    }
  }

  // MARK: States

  private func firstStep(isStart: Bool) -> Step? {
    let index = isStart ? 1 : 0
    if firstSteps[index].state >= 0 { return firstSteps[index] }
    guard let step = makeStep([(Int32(graph.first), 0)], isStart: isStart) else { return nil }
    firstSteps[index] = step
    return step
  }

  private func makeStep(from state: Int32, with kind: Int) -> Step? {
    let index = Int(state) << Self.kindBits | kind
    if steps[index].state >= 0 { return steps[index] }
    let row = rows[kind]
    var targets: [(place: Int32, origin: UInt32)] = []
    for (number, place) in places[states[Int(state)]].enumerated() {
      guard case .character(let atom) = graph.places[Int(place)], row[atom] else { continue }
      for exit in graph.exits[Int(place)] { targets.append((exit, UInt32(number) << 2)) }
    }
    guard let step = makeStep(targets, isStart: false) else { return nil }
    steps[index] = step
    return step
  }

  /// The places that are reached from others without a character, the preferred first.
  private func makeStep(_ targets: [(place: Int32, origin: UInt32)], isStart: Bool) -> Step? {
    visit += 1
    var found: [Int32] = []
    var ways: [UInt32] = []
    var stack = Array(targets.reversed())
    while let (place, origin) = stack.popLast() {
      guard visits[Int(place)] != visit else { continue }
      visits[Int(place)] = visit
      switch graph.places[Int(place)] {
      case _ where Int(place) == graph.last, .character, .end:
        found.append(place)
        ways.append(origin)
        continue
      case .start: if !isStart { continue }
      case .passage, .condition, .groupStart, .groupEnd: break
      }
      let way = origin | mark(of: place)
      for exit in graph.exits[Int(place)].reversed() { stack.append((exit, way)) }
    }
    guard origins.count + ways.count <= Self.placeLimit, let state = state(of: found) else {
      return nil
    }
    let step = Step(state: state, originStart: Int32(origins.count))
    origins += ways
    return step
  }

  private func state(of found: [Int32]) -> Int32? {
    if let known = stateOfPlaces[found] { return known }
    guard states.count < Self.stateLimit, places.count + found.count <= Self.placeLimit else {
      return nil
    }
    let number = Int32(states.count)
    states.append(places.count..<places.count + found.count)
    places += found
    stateOfPlaces[found] = number
    steps += repeatElement(.unknown, count: 1 << Self.kindBits)
    return number
  }

  // MARK: Kinds of characters

  /// Nil if there are too many kinds.
  private func kindOf(_ value: UInt32) -> UInt8? {
    let known = value < 1 << 16 ? kinds[Int(value)] : furtherKinds[value] ?? Self.unknown
    if known != Self.unknown { return known }
    guard let scalar = Unicode.Scalar(value) else { return nil }
    let row = atoms.map { $0.matches(scalar) }
    let kind: UInt8
    if let same = kindOfRow[row] {
      kind = same
    } else {
      guard rows.count < 1 << Self.kindBits else { return nil }
      kind = UInt8(rows.count)
      rows.append(row)
      kindOfRow[row] = kind
    }
    if value < 1 << 16 { kinds[Int(value)] = kind } else { furtherKinds[value] = kind }
    return kind
  }
}

/// What one place of a pattern matches, as RE2 says.
private struct AtomMatching {
  private let literal: Unicode.Scalar?
  private let pattern: Pattern?

  init(_ atom: PatternGraph.Atom, ignoringCase ignoresCase: Bool) {
    let isExact = atom.literal != nil && !ignoresCase && !atom.flags.contains("i")
    literal = isExact ? atom.literal : nil
    pattern = isExact ? nil : Pattern(of: atom, ignoringCase: ignoresCase)
  }

  func matches(_ scalar: Unicode.Scalar) -> Bool {
    if let literal { return literal == scalar }
    let bytes = Array(String(scalar).utf8)
    return pattern?.isFound(in: bytes.span) ?? false
  }
}

extension Span<UInt8> {
  /// The scalar at `offset` and its length in bytes; nil if there is none before `end`.
  fileprivate func scalar(at offset: Int, before end: Int) -> (UInt32, Int)? {
    let first = self[offset]
    let length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
    guard length > 0, offset + length <= end else { return nil }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for index in 1..<length {
      guard self[offset + index] & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(self[offset + index] & 0x3F)
    }
    // Longer than it need be, or half of a pair.
    guard value >= [0, 0, 0x80, 0x800, 0x1_0000][length], Unicode.Scalar(value) != nil else {
      return nil
    }
    return (value, length)
  }
}
