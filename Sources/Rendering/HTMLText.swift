internal import Diagnostics

/// Text as it may stand in markup, in an element or a quoted attribute. What would be acted on rather than
/// shown is written as an escape, as in a terminal.
func htmlText(_ text: String) -> String {
  var html = ""
  for scalar in terminalSafe(text).unicodeScalars {
    switch scalar {
    case "&": html += "&amp;"
    case "<": html += "&lt;"
    case ">": html += "&gt;"
    case "\"": html += "&quot;"
    case "'": html += "&#39;"
    default: html.unicodeScalars.append(scalar)
    }
  }
  return html
}

/// A name of a log as the page shows it.
enum ShownName {
  /// Characters. Longer names would be most of a page, and nobody reads them.
  static let limit = 200

  /// `name`, safe and shortened.
  static func text(_ name: String) -> String {
    let safe = terminalSafe(name)
    guard safe.unicodeScalars.count > limit else { return safe }
    return String(String.UnicodeScalarView(safe.unicodeScalars.prefix(limit - 1))) + "…"
  }
}
