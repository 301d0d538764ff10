/// The syntax of patterns that users write, made into RE2's.
///
/// RE2's `\w`, `\d` and `\s` know ASCII alone, where values are text in any language; and a few spellings
/// that others know (`(?<name>…)`, `\u00E9`, `(?x)`, `(?#…)`) it does not. What it would read as something
/// else than it looks like is refused.
enum PatternSyntax {
  enum Problem: Error, Equatable {
    /// `[\W]`: RE2 has no way to say it.
    case negatedWordInClass
    /// `[a&&[b]]`: RE2 takes them as plain characters.
    case classOperation
    case byte
    case openClass
    case openComment
    case openName
    case repetition
    case trailingBackslash
    case codePoint

    var message: String {
      switch self {
      case .negatedWordInClass: "`\\W` cannot stand in brackets; write `[^\\w…]`"
      case .classOperation:
        "brackets in brackets, `&&`, `--` and `~~` are not supported; escape them with `\\`"
      case .byte: "`\\C` is not supported"
      case .openClass: "missing closing `]`"
      case .openComment: "missing closing `)` of a comment"
      case .openName: "missing closing `>` of a group's name"
      case .repetition:
        "repetitions, multiplied where they are nested, go up to \(PatternSyntax.repetitionLimit)"
      case .trailingBackslash: "trailing `\\`"
      case .codePoint: "`\\u` needs four hexadecimal digits, or some in braces"
      }
    }
  }

  /// What `{n,m}` may add up to where such repetitions are nested. They are what makes a pattern slow:
  /// each is written out, and a search follows all copies at once.
  static let repetitionLimit = 128

  /// `\w` by Unicode TS #18, annex C: letters, marks, digits, connectors, joiners.
  private static let word =
    #"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200C}\x{200D}\x{24B6}-\x{24E9}"#
  /// `White_Space` of Unicode.
  private static let space =
    #"\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"#
  private static let noSpace =
    #"\x{0}-\x{8}\x{E}-\x{1F}!-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}"#
    + #"\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF}"#

  static func translated(_ pattern: String) throws(Problem) -> String {
    var reader = Reader(pattern)
    return try reader.translated()
  }

  private struct Reader {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var output = String.UnicodeScalarView()
    /// Whether white space and comments have no meaning, in this group and those around it.
    private var isExtended = [false]
    /// The largest product of repetitions in this group so far, and in those around it.
    private var repetitions = [1]
    /// The largest product in what a repetition would follow.
    private var last = 1

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
      index + distance < scalars.count ? scalars[index + distance] : nil
    }

    private func holds(_ text: String) -> Bool {
      scalars[index...].starts(with: text.unicodeScalars)
    }

    private mutating func put(_ text: String) { output.append(contentsOf: text.unicodeScalars) }

    /// Copies a scalar.
    private mutating func take() {
      output.append(scalars[index])
      index += 1
    }

    mutating func translated() throws(Problem) -> String {
      while let scalar = peek() {
        switch scalar {
        case "\\":
          try escape(inClass: false)
          last = 1
        case "[":
          try characterClass()
          last = 1
        case "(": try group()
        case ")":
          take()
          last = repetitions.last ?? 1
          if repetitions.count > 1 {
            repetitions.removeLast()
            isExtended.removeLast()
            repetitions[repetitions.count - 1] = max(repetitions[repetitions.count - 1], last)
          }
        case "{" where repetition() != nil: try takeRepetition()
        case "*", "+", "?": take()
        case "#" where isExtended.last == true:
          while let next = peek(), next != "\n" && next != "\r" { index += 1 }
        case _ where isExtended.last == true && scalar.properties.isPatternWhitespace: index += 1
        default:
          take()
          last = 1
        }
      }
      return String(output)
    }

    // MARK: Groups

    private mutating func group() throws(Problem) {
      if holds("(?#") {
        guard let end = scalars[index...].firstIndex(of: ")") else { throw .openComment }
        index = end + 1
        return
      }
      if holds("(?<") && peek(3) != "=" && peek(3) != "!" {
        guard let end = scalars[index...].firstIndex(of: ">") else { throw .openName }
        put("(?P<")
        index += 3
        while index <= end { take() }
        return open()
      }
      if holds("(?"), let end = flagsEnd {
        let flags = scalars[index + 2..<end]
        let isGroup = scalars[end] == ":"
        if isGroup { open() }
        var isOn = true
        for flag in flags {
          if flag == "-" { isOn = false }
          if flag == "x" { isExtended[isExtended.count - 1] = isOn }
        }
        var kept = flags.filter { $0 != "x" }
        if kept.last == "-" { kept.removeLast() }
        index = end + 1
        if isGroup || !kept.isEmpty {
          put("(?" + String(String.UnicodeScalarView(kept)) + (isGroup ? ":" : ")"))
        }
        return
      }
      take()
      // `(?` that is none of the above is RE2's to refuse.
      open()
    }

    private mutating func open() {
      isExtended.append(isExtended.last ?? false)
      repetitions.append(1)
      last = 1
    }

    /// Where the flags of `(?ix)` or `(?i-s:` end, if there are such.
    private var flagsEnd: Int? {
      var end = index + 2
      while end < scalars.count, scalars[end] == "-" || isLetter(scalars[end]) { end += 1 }
      guard end < scalars.count, scalars[end] == ")" || scalars[end] == ":" else { return nil }
      return scalars[end] == ":" || end > index + 2 ? end : nil
    }

    // MARK: Repetitions

    /// The end and the larger bound of `{n}`, `{n,}` or `{n,m}`; nil for braces that are plain text.
    private func repetition() -> (end: Int, count: Int)? {
      guard let end = scalars[index...].firstIndex(of: "}") else { return nil }
      let bounds = scalars[index + 1..<end].split(separator: ",", omittingEmptySubsequences: false)
      guard (1...2).contains(bounds.count), let first = number(bounds[0]) else { return nil }
      if bounds.count == 1 || bounds[1].isEmpty { return (end, first) }
      return number(bounds[1]).map { (end, max(first, $0)) }
    }

    private func number(_ digits: ArraySlice<Unicode.Scalar>) -> Int? {
      guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
      return Int(String(String.UnicodeScalarView(digits))) ?? .max
    }

    private mutating func takeRepetition() throws(Problem) {
      guard let (end, count) = repetition() else { return }
      let (product, isTooLarge) = last.multipliedReportingOverflow(by: max(count, 1))
      guard !isTooLarge, product <= PatternSyntax.repetitionLimit else { throw .repetition }
      last = product
      repetitions[repetitions.count - 1] = max(repetitions[repetitions.count - 1], product)
      while index <= end { take() }
    }

    // MARK: Escapes and classes

    private mutating func escape(inClass: Bool) throws(Problem) {
      guard let letter = peek(1) else { throw .trailingBackslash }
      switch letter {
      case "w": replace(with: PatternSyntax.word, inClass)
      case "d": replace(with: #"\p{Nd}"#, inClass)
      case "s": replace(with: PatternSyntax.space, inClass)
      case "D": replace(with: #"\P{Nd}"#, inClass)
      case "S": replace(with: PatternSyntax.noSpace, inClass)
      case "W":
        if inClass { throw .negatedWordInClass }
        replace(with: "^" + PatternSyntax.word, false)
      case "C": throw .byte
      case "u": try codePoint()
      case "Q" where !inClass:
        // Literal text up to `\E`.
        while index < scalars.count, !holds(#"\E"#) { take() }
        if index < scalars.count {
          take()
          take()
        }
      default:
        take()
        take()
      }
    }

    private mutating func replace(with text: String, _ inClass: Bool) {
      put(inClass ? text : "[\(text)]")
      index += 2
    }

    /// `\u00E9` and `\u{E9}` as `\x{E9}`.
    private mutating func codePoint() throws(Problem) {
      var digits = scalars[(index + 2)...]
      if digits.first == "{" {
        guard let end = digits.firstIndex(of: "}") else { throw .codePoint }
        digits = digits[(index + 3)..<end]
        index = end + 1
      } else {
        guard digits.count >= 4 else { throw .codePoint }
        digits = digits.prefix(4)
        index += 6
      }
      guard !digits.isEmpty, digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else {
        throw .codePoint
      }
      put("\\x{" + String(String.UnicodeScalarView(digits)) + "}")
    }

    private mutating func characterClass() throws(Problem) {
      take()
      if peek() == "^" { take() }
      // A bracket that closes at once is a plain character.
      if peek() == "]" { take() }
      while let scalar = peek() {
        switch scalar {
        case "]": return take()
        case "\\": try escape(inClass: true)
        case "[":
          // `[:alpha:]`
          guard peek(1) == ":", let end = scalars[index...].firstIndex(of: "]") else {
            throw .classOperation
          }
          while index <= end { take() }
        case "&" where peek(1) == "&", "~" where peek(1) == "~", "-" where peek(1) == "-":
          throw .classOperation
        default: take()
        }
      }
      throw .openClass
    }
  }
}

private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
  ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
}
