/// How many states the automaton of a pattern can be in, which decides what a search costs.
///
/// RE2 makes an automaton of a pattern while it searches: for each byte it goes on to the next state, in a
/// few nanoseconds if it has been there before. A new state takes it a hundred times as long, and when its
/// memory is full it forgets all. A pattern such as `a.{100}c` has more states than there are atoms in the
/// universe, and whoever writes the value chooses them: such patterns are what makes a search slow. So the
/// states are counted when the run begins, on a small alphabet that tells all classes of the pattern apart,
/// and RE2 is given the memory that they need (``Pattern/memory(forStates:)``).
///
/// Taking out a group is done by following all places at once (`threads`) through the match.
struct PatternStates {
  /// More states, and the pattern is refused.
  static let stateLimit = 8_192
  /// When a match of any length goes on from more places at once, a pattern with a group is refused.
  static let threadLimit = 8
  /// When counting takes so many steps, the pattern is refused.
  static let stepLimit = 20_000_000

  enum Excess: Error {
    case states, threads, emptyRepetition, size

    var message: String {
      switch self {
      case .states:
        "a search can take too long, because a repetition can begin at too many places at once; begin it "
          + "with `^`, or repeat a class that what stands before it does not match"
      case .threads:
        "taking out the group can take too long, because a repetition can begin at too many places at "
          + "once; let it repeat a class that what stands before it does not match"
      case .emptyRepetition:
        "taking out the group can take too long, because what is repeated can be empty; write, for instance, "
          + "`(\\w+)*` for `(\\w*)*`"
      case .size: "it is too large"
      }
    }
  }

  /// The states of all automata that a search uses.
  private(set) var count = 0
  private let graph: PatternGraph
  /// For each kind of character that the pattern tells apart: which atoms match it.
  private let kinds: [[Bool]]
  private var steps = 0

  /// - Parameters:
  ///   - pattern: RE2 has accepted it.
  ///   - matches: whether RE2 finds the pattern given first in the text given second.
  init(
    _ pattern: String, ignoringCase ignoresCase: Bool, takesGroup: Bool,
    matches: (_ pattern: String, _ texts: [Unicode.Scalar]) -> [Bool]
  ) throws(Excess) {
    guard let graph = PatternGraph(pattern) else { throw .size }
    self.graph = graph
    kinds = Self.kinds(graph, ignoresCase, matches)
    let (forward, backward) = (Direction(forward: graph), Direction(backward: graph))
    // What ends with `$` RE2 searches from the end.
    let endsAtEnd = graph.isOneSequence && pattern.hasSuffix("$") && !pattern.hasSuffix("\\$")
    if !endsAtEnd { _ = try explore(forward, isAnchored: false, goesOn: takesGroup) }
    if endsAtEnd || takesGroup { _ = try explore(backward, isAnchored: true, goesOn: takesGroup) }
    guard takesGroup else { return }
    if graph.repeatsEmpty { throw .emptyRepetition }
    // The group is taken out of the match alone, whose beginning RE2 has found by going back.
    let threads = try explore(forward, isAnchored: true, goesOn: true)
    if graph.isUnbounded, threads > Self.threadLimit { throw .threads }
  }

  /// One way through the graph.
  private struct Direction {
    var exits: [[Int32]]
    var first: Int32
    var last: Int32
    /// What can be passed at the first place only, and what at the last only.
    var opening: PatternGraph.Place
    var closing: PatternGraph.Place

    init(forward graph: PatternGraph) {
      exits = graph.exits
      (first, last) = (Int32(graph.first), Int32(graph.last))
      (opening, closing) = (.start, .end)
    }

    init(backward graph: PatternGraph) {
      exits = [[Int32]](repeating: [], count: graph.exits.count)
      for (place, targets) in graph.exits.enumerated() {
        for target in targets { exits[Int(target)].append(Int32(place)) }
      }
      (first, last) = (Int32(graph.last), Int32(graph.first))
      (opening, closing) = (.end, .start)
    }
  }

  // MARK: The alphabet

  /// Characters of which some belong to each class that people write, besides those of the pattern.
  private static let examples: [Unicode.Scalar] =
    (0..<128).compactMap { Unicode.Scalar($0) } + [
      "\u{85}", "\u{A0}", "£", "ª", "µ", "É", "é", "ß", "ſ", "ǅ", "ʰ", "\u{301}", "Ω", "ж", "א",
      "ع", "٣",
      "अ", "\u{903}", "\u{1680}", "\u{200D}", "\u{2003}", "\u{2028}", "‿", "—", "€", "Ⅷ", "②", "Ⓐ",
      "→",
      "⠿", "日", "ひ", "한", "\u{E000}", "\u{FEFF}", "\u{FFFD}", "𝒳", "😀", "\u{10FFFF}",
    ]

  private static func kinds(
    _ graph: PatternGraph, _ ignoresCase: Bool,
    _ matches: (_ pattern: String, _ texts: [Unicode.Scalar]) -> [Bool]
  ) -> [[Bool]] {
    let scalars = alphabet(graph)
    var columns: [[Bool]] = []
    for atom in graph.atoms {
      if let literal = atom.literal, !ignoresCase, !atom.flags.contains("i") {
        columns.append(scalars.map { $0 == literal })
      } else {
        let text = atom.literal.map(escaped) ?? atom.text
        let flags = "s" + (ignoresCase || atom.flags.contains("i") ? "i" : "")
        let isDot = atom.text == "." && !atom.flags.contains("s")
        columns.append(matches("\\A(?\(flags):\(isDot ? "[^\\n]" : text))\\z", scalars))
      }
    }
    var seen: Set<[Bool]> = []
    for index in scalars.indices { seen.insert(columns.map { $0[index] }) }
    return seen.filter { $0.contains(true) }
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    "\\x{" + String(scalar.value, radix: 16) + "}"
  }

  private static func alphabet(_ graph: PatternGraph) -> [Unicode.Scalar] {
    var scalars = Set(examples)
    for atom in graph.atoms {
      let text = atom.literal.map { String($0) } ?? atom.text
      for scalar in text.unicodeScalars where !scalar.isASCII {
        for value in scalar.value - 1...scalar.value + 1 {
          if let neighbour = Unicode.Scalar(value) { scalars.insert(neighbour) }
        }
      }
    }
    return Array(scalars)
  }

  // MARK: The states

  /// Follows the graph through all states.
  ///
  /// - Parameters:
  ///   - isAnchored: whether a match begins at the beginning; otherwise one can begin at any character.
  ///   - goesOn: whether a state with a match is followed further.
  /// - Returns: from how many places at most a search goes on at once.
  private mutating func explore(
    _ direction: Direction, isAnchored: Bool, goesOn: Bool
  ) throws(Excess) -> Int {
    var marks = Marks(count: direction.exits.count)
    let start = try closure([direction.first], direction, &marks, isStart: true)
    var known: Set = [start]
    var waiting = [start]
    var threads = 0
    while let state = waiting.popLast() {
      if !goesOn, state.contains(direction.last) { continue }
      for kind in kinds {
        var targets: [Int32] = isAnchored ? [] : [direction.first]
        var goingOn = 0
        for place in state {
          if case .character(let atom) = graph.places[Int(place)], kind[atom] {
            targets += direction.exits[Int(place)]
            goingOn += 1
          }
        }
        threads = max(threads, goingOn)
        steps += state.count
        let next = try closure(targets, direction, &marks, isStart: false)
        guard known.insert(next).inserted else { continue }
        count += 1
        if count > Self.stateLimit { throw .states }
        waiting.append(next)
      }
    }
    return threads
  }

  /// Which places have been visited, without a pass over all of them between two visits.
  private struct Marks {
    private var marks: [UInt32]
    private var current: UInt32 = 0

    init(count: Int) { marks = Array(repeating: 0, count: count) }

    mutating func begin() { current += 1 }

    mutating func visit(_ place: Int32) -> Bool {
      defer { marks[Int(place)] = current }
      return marks[Int(place)] != current
    }
  }

  /// The places that are reached without a character and tell states apart, in order.
  private mutating func closure(
    _ targets: [Int32], _ direction: Direction, _ marks: inout Marks, isStart: Bool
  ) throws(Excess) -> [Int32] {
    marks.begin()
    var found: [Int32] = []
    var stack = targets
    while let place = stack.popLast() {
      guard marks.visit(place) else { continue }
      steps += 1
      switch graph.places[Int(place)] {
      case .passage where place != direction.last: break
      case .groupStart, .groupEnd: break
      case direction.opening: if !isStart { continue }
      case .condition: found.append(place)
      default:
        found.append(place)
        continue
      }
      stack += direction.exits[Int(place)]
    }
    guard steps <= Self.stepLimit else { throw .size }
    found.sort()
    return found
  }
}
