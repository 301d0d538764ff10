/// Text as it may stand in markup, in an element or a quoted attribute. What would be acted on rather than
/// shown is written as an escape, as in a terminal.
package func htmlText(_ text: String) -> String {
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
