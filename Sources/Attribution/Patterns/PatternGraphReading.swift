extension PatternGraph {
  /// Makes the graph of a pattern, from its beginning to its end without recursion.
  struct Reader {
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
