/// `text` with every character that is not simply shown written as an escape: `\u{1B}`, or `\xE9` for a
/// byte of a path that is no UTF-8 (``PathText``).
///
/// Log files are hostile input: a user agent may contain `ESC ] 0 ; …`, a path what reads as another
/// path. What comes out is one line, for terminals and for YAML, and what it looks like is what it is.
package func terminalSafe(_ text: String) -> String {
  guard !isPrintableASCII(text),
    text.unicodeScalars.contains(where: {
      isActedOnByTerminals($0) || PathText.escapedByte($0) != nil
    })
  else { return text }
  var safe = ""
  for scalar in text.unicodeScalars {
    if let byte = PathText.escapedByte(scalar) {
      safe += "\\x" + String(byte, radix: 16, uppercase: true)
    } else if isActedOnByTerminals(scalar) {
      safe += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    } else {
      safe.unicodeScalars.append(scalar)
    }
  }
  return safe
}

/// Whether a terminal, an editor or a reader of YAML does anything with `scalar` other than show it.
///
/// - Control characters (C0, DEL, C1), which include the line breaks CR, LF and NEL, and the line and
///   paragraph separators.
/// - Formatting characters: bidirectional ones (Unicode UAX #9), which can make a line read as another;
///   the byte order mark; tags and zero-width characters, which hide text in text.
/// - What is not shown for other reasons (`Default_Ignorable_Code_Point`), such as fillers.
/// - Noncharacters, of which YAML allows two nowhere (1.2, 5.1).
package func isActedOnByTerminals(_ scalar: Unicode.Scalar) -> Bool {
  guard scalar.value >= 0x7F else { return scalar.value < 0x20 }
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator: return true
  default:
    return scalar.properties.isDefaultIgnorableCodePoint
      || scalar.properties.isNoncharacterCodePoint
  }
}

private func isPrintableASCII(_ text: String) -> Bool {
  text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
}
