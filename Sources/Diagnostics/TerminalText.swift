/// `text` with every character that a terminal would act on written as an escape.
///
/// Log files are hostile input: a user agent may contain `ESC ] 0 ; …`. Control characters (C0,
/// DEL, C1) and the bidirectional overrides (Unicode UAX #9, which can make a line read as another)
/// are escaped as `\u{1B}`.
package func terminalSafe(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isActedOnByTerminals) else { return text }
  var safe = ""
  for scalar in text.unicodeScalars {
    if isActedOnByTerminals(scalar) {
      safe += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    } else {
      safe.unicodeScalars.append(scalar)
    }
  }
  return safe
}

/// Whether a terminal does anything with `scalar` other than show it. All such characters lie below
/// U+10000.
package func isActedOnByTerminals(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0: true
  case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
  default: false
  }
}
