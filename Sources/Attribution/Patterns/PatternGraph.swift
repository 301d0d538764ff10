/// A pattern as a graph of places that a search can be at (Thompson's construction), from RE2's syntax as
/// ``PatternSyntax`` writes it.
///
/// What a character class holds is not known here: a class is an ``Atom``, its text, and RE2 says what it
/// matches (`PatternStates`). RE2 has accepted the pattern before, so nothing of it is refused here.
struct PatternGraph {
  /// What one character is compared with: its text in the pattern, and the flags that hold there.
  struct Atom: Hashable {
    var text: String
    var flags: String
    /// The character, if the text stands for this one alone.
    var literal: Unicode.Scalar?
  }

  enum Place: Equatable {
    /// Goes on without a character.
    case passage
    /// Goes on with a character that the atom matches, by its index.
    case character(Int)
    /// `^` and `\A`: only at the beginning of the text.
    case start
    /// `$` and `\z`: only at its end.
    case end
    /// `\b`, and `^` and `$` of lines: at places that the text decides.
    case condition
    /// Goes on without a character, where the first group begins or ends.
    case groupStart, groupEnd
  }

  /// How many places a pattern may have. RE2 refuses most that are larger by themselves.
  static let placeLimit = 50_000

  private(set) var places: [Place] = []
  private(set) var exits: [[Int32]] = []
  var atoms: [Atom] = []
  private(set) var first = 0
  private(set) var last = 0
  /// Whether a match can have any length.
  private(set) var isUnbounded = false
  /// Whether the pattern is no choice of several.
  private(set) var isOneSequence = false
  /// Whether exits are in the order in which RE2 prefers them: `(?U)`, which turns it around, is not
  /// followed.
  var isInOrder = true

  /// Nil if the pattern has too many places.
  init?(_ pattern: String) {
    var reader = Reader(pattern)
    guard let whole = reader.read(into: &self) else { return nil }
    isOneSequence = reader.alternativeCount == 1
    (first, last) = (whole.entry, whole.exit)
  }

  /// A part of the pattern: adjacent places, of which one is its beginning and one its end.
  struct Part {
    var range: Range<Int>
    var entry: Int
    var exit: Int
  }

  /// Whether a repetition can repeat what is empty: a way without a character that leads back to where it
  /// begins.
  var repeatsEmpty: Bool {
    func isPassed(_ place: Int) -> Bool {
      if case .character = places[place] { false } else { true }
    }
    // How many such ways lead to each place, of those not yet gone.
    var counts = Array(repeating: 0, count: places.count)
    for place in places.indices where isPassed(place) {
      for exit in exits[place] { counts[Int(exit)] += 1 }
    }
    var waiting = places.indices.filter { counts[$0] == 0 }
    var goneCount = 0
    while let place = waiting.popLast() {
      goneCount += 1
      guard isPassed(place) else { continue }
      for exit in exits[place] {
        counts[Int(exit)] -= 1
        if counts[Int(exit)] == 0 { waiting.append(Int(exit)) }
      }
    }
    return goneCount < places.count
  }

  mutating func add(_ place: Place, to exits: Int...) -> Int {
    places.append(place)
    self.exits.append(exits.map(Int32.init))
    return places.count - 1
  }

  mutating func connect(_ from: Int, _ to: Int) { exits[from].append(Int32(to)) }

  mutating func part(_ place: Place) -> Part {
    let entry = add(place)
    let exit = add(.passage)
    connect(entry, exit)
    return Part(range: entry..<exit + 1, entry: entry, exit: exit)
  }

  mutating func sequence(_ one: Part, _ other: Part) -> Part {
    connect(one.exit, other.entry)
    return Part(
      range: one.range.lowerBound..<other.range.upperBound, entry: one.entry, exit: other.exit)
  }

  mutating func choice(_ parts: [Part]) -> Part {
    guard let lower = parts.first?.range.lowerBound, parts.count > 1 else {
      return parts.first ?? part(.passage)
    }
    let entry = add(.passage)
    let exit = add(.passage)
    for part in parts {
      connect(entry, part.entry)
      connect(part.exit, exit)
    }
    return Part(range: lower..<exit + 1, entry: entry, exit: exit)
  }

  /// The part, passed over or repeated as well. What is tried first comes first in the exits.
  mutating func loop(
    _ part: Part, optional isOptional: Bool, repeated isRepeated: Bool, lazy isLazy: Bool
  ) -> Part {
    let entry = add(.passage)
    let exit = add(.passage)
    if isLazy, isOptional { connect(entry, exit) }
    connect(entry, part.entry)
    if !isLazy, isOptional { connect(entry, exit) }
    if isLazy || !isRepeated { connect(part.exit, exit) }
    if isRepeated {
      connect(part.exit, part.entry)
      isUnbounded = true
      if !isLazy { connect(part.exit, exit) }
    }
    return Part(range: part.range.lowerBound..<exit + 1, entry: entry, exit: exit)
  }

  /// The part as the first group.
  mutating func group(_ part: Part) -> Part {
    let start = add(.groupStart, to: part.entry)
    let end = add(.groupEnd)
    let exit = add(.passage)
    connect(part.exit, end)
    connect(end, exit)
    return Part(range: part.range.lowerBound..<exit + 1, entry: start, exit: exit)
  }

  mutating func copy(_ part: Part) -> Part {
    let distance = places.count - part.range.lowerBound
    for index in part.range {
      places.append(places[index])
      // The last place of a part leads nowhere yet.
      exits.append(
        exits[index].filter { part.range.contains(Int($0)) }.map { $0 + Int32(distance) })
    }
    return Part(
      range: part.range.lowerBound + distance..<part.range.upperBound + distance,
      entry: part.entry + distance, exit: part.exit + distance)
  }

  /// `{lower,upper}`; without an upper bound if that is nil. Nil if there are too many places.
  mutating func repetition(
    _ part: Part, _ lower: Int, _ upper: Int?, lazy isLazy: Bool
  ) -> Part? {
    guard let upper else {
      guard lower > 1 else { return loop(part, optional: lower == 0, repeated: true, lazy: isLazy) }
      // The pattern itself is the first; the last of the others repeats.
      return repeated(part, lower, lower, lazy: isLazy) { graph, copy in
        graph.loop(copy, optional: false, repeated: true, lazy: isLazy)
      }
    }
    if upper == 0 { return self.part(.passage) }
    return repeated(part, lower, upper, lazy: isLazy) { _, copy in copy }
  }

  mutating func repeated(
    _ part: Part, _ lower: Int, _ upper: Int, lazy isLazy: Bool,
    last: (inout PatternGraph, Part) -> Part
  ) -> Part? {
    let size = part.range.count + 2
    guard size * upper + places.count <= Self.placeLimit else { return nil }
    // The original stays whole, as what is copied; nothing leads to it. As RE2 has it, `a{1,3}` is
    // `a(a(a)?)?`: from where one is left out, all further ones are.
    var whole: Part?
    var leftOut: [Int] = []
    for number in 1...upper {
      var next = copy(part)
      if number == upper { next = last(&self, next) }
      if number > lower {
        let entry = add(.passage, to: next.entry)
        leftOut.append(entry)
        next = Part(
          range: next.range.lowerBound..<entry + 1, entry: entry, exit: next.exit)
      }
      whole = whole.map { sequence($0, next) } ?? next
    }
    if !leftOut.isEmpty, let known = whole {
      let exit = add(.passage)
      for place in leftOut {
        if isLazy { exits[place].insert(Int32(exit), at: 0) } else { connect(place, exit) }
      }
      connect(known.exit, exit)
      whole = Part(
        range: known.range.lowerBound..<exit + 1, entry: known.entry, exit: exit)
    }
    guard var whole else { return nil }
    whole.range = part.range.lowerBound..<whole.range.upperBound
    return whole
  }
}
