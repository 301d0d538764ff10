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
  private(set) var atoms: [Atom] = []
  private(set) var first = 0
  private(set) var last = 0
  /// Whether a match can have any length.
  private(set) var isUnbounded = false
  /// Whether the pattern is no choice of several.
  private(set) var isOneSequence = false
  /// Whether exits are in the order in which RE2 prefers them: `(?U)`, which turns it around, is not
  /// followed.
  private(set) var isInOrder = true

  /// Nil if the pattern has too many places.
  init?(_ pattern: String) {
    var reader = Reader(pattern)
    guard let whole = reader.read(into: &self) else { return nil }
    isOneSequence = reader.alternativeCount == 1
    (first, last) = (whole.entry, whole.exit)
  }

  /// A part of the pattern: adjacent places, of which one is its beginning and one its end.
  private struct Part {
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

  private mutating func add(_ place: Place, to exits: Int...) -> Int {
    places.append(place)
    self.exits.append(exits.map(Int32.init))
    return places.count - 1
  }

  private mutating func connect(_ from: Int, _ to: Int) { exits[from].append(Int32(to)) }

  private mutating func part(_ place: Place) -> Part {
    let entry = add(place)
    let exit = add(.passage)
    connect(entry, exit)
    return Part(range: entry..<exit + 1, entry: entry, exit: exit)
  }

  private mutating func sequence(_ one: Part, _ other: Part) -> Part {
    connect(one.exit, other.entry)
    return Part(
      range: one.range.lowerBound..<other.range.upperBound, entry: one.entry, exit: other.exit)
  }

  private mutating func choice(_ parts: [Part]) -> Part {
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
  private mutating func loop(
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
  private mutating func group(_ part: Part) -> Part {
    let start = add(.groupStart, to: part.entry)
    let end = add(.groupEnd)
    let exit = add(.passage)
    connect(part.exit, end)
    connect(end, exit)
    return Part(range: part.range.lowerBound..<exit + 1, entry: start, exit: exit)
  }

  private mutating func copy(_ part: Part) -> Part {
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
  private mutating func repetition(
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

  private mutating func repeated(
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

extension PatternGraph {
  private struct Reader {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var indexOfAtom: [Atom: Int] = [:]
    private var groups = [Group()]
    private var hasGroup = false

    private struct Group {
      var alternatives: [Part] = []
      var sequence: Part?
      /// What a repetition would repeat.
      var latest: Part?
      var flags: Set<Character> = []
      /// Whether it is the first that captures.
      var isFirst = false

      init(flags: Set<Character> = []) { self.flags = flags }
    }

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
      index + distance < scalars.count ? scalars[index + distance] : nil
    }

    /// How many alternatives the pattern itself has.
    var alternativeCount: Int { groups[0].alternatives.count }

    private var flags: Set<Character> { groups[groups.count - 1].flags }

    mutating func read(into graph: inout PatternGraph) -> Part? {
      while let scalar = peek() {
        guard graph.places.count <= PatternGraph.placeLimit else { return nil }
        switch scalar {
        case "(": openGroup(&graph)
        case ")":
          index += 1
          if groups.count > 1 {
            var whole = close(&graph)
            if groups.removeLast().isFirst { whole = graph.group(whole) }
            push(whole, &graph)
          }
        case "|":
          index += 1
          endAlternative(&graph)
        case "*", "+", "?":
          index += 1
          repeatLatest(
            &graph, scalar == "+" ? 1 : 0, scalar == "?" ? 1 : nil, lazy: takeLaziness())
        case "{" where bounds() != nil:
          guard let (end, lower, upper) = bounds() else { return nil }
          index = end + 1
          guard repeatLatest(&graph, lower, upper, lazy: takeLaziness()) else { return nil }
        default: push(place(&graph), &graph)
        }
      }
      return close(&graph)
    }

    // MARK: Parts

    private mutating func push(_ part: Part, _ graph: inout PatternGraph) {
      settleLatest(&graph)
      groups[groups.count - 1].latest = part
    }

    private mutating func settleLatest(_ graph: inout PatternGraph) {
      let group = groups.count - 1
      guard let latest = groups[group].latest else { return }
      groups[group].sequence =
        groups[group].sequence.map { graph.sequence($0, latest) } ?? latest
      groups[group].latest = nil
    }

    private mutating func endAlternative(_ graph: inout PatternGraph) {
      settleLatest(&graph)
      let group = groups.count - 1
      let part = groups[group].sequence ?? graph.part(.passage)
      groups[group].alternatives.append(part)
      groups[group].sequence = nil
    }

    private mutating func close(_ graph: inout PatternGraph) -> Part {
      endAlternative(&graph)
      return graph.choice(groups[groups.count - 1].alternatives)
    }

    @discardableResult
    private mutating func repeatLatest(
      _ graph: inout PatternGraph, _ lower: Int, _ upper: Int?, lazy isLazy: Bool
    ) -> Bool {
      let group = groups.count - 1
      guard let latest = groups[group].latest else { return true }
      let part: Part? =
        lower == 0 && upper == 1
        ? graph.loop(latest, optional: true, repeated: false, lazy: isLazy)
        : graph.repetition(latest, lower, upper, lazy: isLazy)
      groups[group].latest = part
      return part != nil
    }

    // MARK: Syntax

    private mutating func openGroup(_ graph: inout PatternGraph) {
      index += 1
      var inherited = flags
      guard peek() == "?" else { return openCapture(inherited) }
      index += 1
      if peek() == "P" {
        while let scalar = peek(), scalar != ">" { index += 1 }
        index += 1
        return openCapture(inherited)
      }
      var isOn = true
      while let scalar = peek(), scalar != ":", scalar != ")" {
        if scalar == "-" {
          isOn = false
        } else if isOn {
          inherited.insert(Character(scalar))
          if scalar == "U" { graph.isInOrder = false }
        } else {
          inherited.remove(Character(scalar))
        }
        index += 1
      }
      let isGroup = peek() == ":"
      index += 1
      if isGroup {
        groups.append(Group(flags: inherited))
      } else {
        settleLatest(&graph)
        groups[groups.count - 1].flags = inherited
      }
    }

    private mutating func openCapture(_ flags: Set<Character>) {
      groups.append(Group(flags: flags))
      groups[groups.count - 1].isFirst = !hasGroup
      hasGroup = true
    }

    private mutating func takeLaziness() -> Bool {
      guard peek() == "?" else { return false }
      index += 1
      return true
    }

    private func bounds() -> (end: Int, lower: Int, upper: Int?)? {
      guard let end = scalars[index...].firstIndex(of: "}") else { return nil }
      let parts = scalars[index + 1..<end].split(separator: ",", omittingEmptySubsequences: false)
        .map { String(String.UnicodeScalarView($0)) }
      guard (1...2).contains(parts.count), let lower = Int(parts[0]) else { return nil }
      if parts.count == 1 { return (end, lower, lower) }
      if parts[1].isEmpty { return (end, lower, nil) }
      return Int(parts[1]).map { (end, lower, $0) }
    }

    private mutating func place(_ graph: inout PatternGraph) -> Part {
      let scalar = scalars[index]
      let isMultiline = flags.contains("m")
      switch scalar {
      case "^":
        index += 1
        return graph.part(isMultiline ? .condition : .start)
      case "$":
        index += 1
        return graph.part(isMultiline ? .condition : .end)
      case "[": return atom(classEnd, nil, &graph)
      case "\\": return escape(&graph)
      default: return atom(index + 1, scalar == "." ? nil : scalar, &graph)
      }
    }

    private mutating func escape(_ graph: inout PatternGraph) -> Part {
      guard let letter = peek(1) else { return atom(index + 1, "\\", &graph) }
      switch letter {
      case "A":
        index += 2
        return graph.part(.start)
      case "z":
        index += 2
        return graph.part(.end)
      case "b", "B":
        index += 2
        return graph.part(.condition)
      case "Q": return quotation(&graph)
      case "p", "P", "x":
        var end = index + 3
        if peek(2) == "{" {
          end = (scalars[index...].firstIndex(of: "}") ?? index + 2) + 1
        } else if letter == "x" {
          end = index + 4
        }
        return atom(min(end, scalars.count), nil, &graph)
      case "0"..."7":
        var end = index + 2
        while end < scalars.count, end < index + 4, ("0"..."7").contains(scalars[end]) { end += 1 }
        return atom(end, nil, &graph)
      default:
        let isWord = letter.properties.isAlphabetic || ("0"..."9").contains(letter)
        return atom(index + 2, isWord ? nil : letter, &graph)
      }
    }

    /// `\Q…\E`, each character by itself.
    private mutating func quotation(_ graph: inout PatternGraph) -> Part {
      index += 2
      var whole: Part?
      while let scalar = peek(), !(scalar == "\\" && peek(1) == "E") {
        // A repetition behind it repeats the last character only.
        if let whole { push(whole, &graph) }
        whole = character(Atom(text: "", flags: atomFlags, literal: scalar), &graph)
        index += 1
      }
      index = min(index + 2, scalars.count)
      return whole ?? graph.part(.passage)
    }

    private var atomFlags: String {
      (flags.contains("i") ? "i" : "") + (flags.contains("s") ? "s" : "")
    }

    /// Behind the bracket that closes the class.
    private var classEnd: Int {
      var end = index + 1
      if end < scalars.count, scalars[end] == "^" { end += 1 }
      if end < scalars.count, scalars[end] == "]" { end += 1 }
      while end < scalars.count, scalars[end] != "]" {
        if scalars[end] == "\\" {
          end += 2
        } else if scalars[end] == "[", end + 1 < scalars.count, scalars[end + 1] == ":",
          let closing = scalars[end...].firstIndex(of: "]")
        {
          end = closing + 1
        } else {
          end += 1
        }
      }
      return min(end + 1, scalars.count)
    }

    private mutating func atom(
      _ end: Int, _ literal: Unicode.Scalar?, _ graph: inout PatternGraph
    ) -> Part {
      let text = String(String.UnicodeScalarView(scalars[index..<end]))
      index = end
      return character(
        Atom(text: literal == nil ? text : "", flags: atomFlags, literal: literal), &graph)
    }

    private mutating func character(_ atom: Atom, _ graph: inout PatternGraph) -> Part {
      let number = indexOfAtom[atom] ?? graph.atoms.count
      if number == graph.atoms.count {
        graph.atoms.append(atom)
        indexOfAtom[atom] = number
      }
      return graph.part(.character(number))
    }
  }
}
