/// A pattern of the form `^(?!…)`, perhaps with `.*` or `.*$` behind it: it is found in a value that does not
/// begin as the part in parentheses says.
struct NegatedPattern {
  /// What such a value does not match.
  let inner: String

  /// - Returns: nil if `text` is of another form.
  init?(_ text: String) {
    let opening = "^(?!"
    guard text.hasPrefix(opening) else { return nil }
    let rest = text.dropFirst(opening.count)
    guard let end = Self.closingParenthesis(in: rest),
      ["", ".*", ".*$"].contains(rest[rest.index(after: end)...])
    else { return nil }
    inner = "^(?:\(rest[..<end]))"
  }

  /// Where the parenthesis is closed that is open before `text`.
  private static func closingParenthesis(in text: Substring) -> Substring.Index? {
    var depth = 1
    var isInClass = false
    var index = text.startIndex
    while index < text.endIndex {
      switch text[index] {
      case "\\": index = text.index(after: index)
      case "[" where !isInClass: isInClass = true
      case "]" where isInClass: isInClass = false
      case "(" where !isInClass: depth += 1
      case ")" where !isInClass: depth -= 1
      default: break
      }
      if depth == 0 { return index }
      guard index < text.endIndex else { return nil }
      index = text.index(after: index)
    }
    return nil
  }
}
