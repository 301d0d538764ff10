internal import Diagnostics

/// `text` as a YAML scalar that reads back as the same text: plain where that is certain, otherwise
/// in double quotes (YAML 1.2, 7.3.1).
package func yamlText(_ text: String) -> String {
  isPlain(text) ? text : yamlQuoted(text)
}

func yamlQuoted(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": quoted += "\\\(scalar)"
    case _ where isActedOnByTerminals(scalar):
      let digits = String(scalar.value, radix: 16)
      let (letter, width) = scalar.value > 0xFFFF ? ("U", 8) : ("u", 4)
      quoted += "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}

/// Whether the text begins with a letter, a slash or an underscore, continues with characters that
/// mean nothing in YAML, and is not a word with a meaning.
private func isPlain(_ text: String) -> Bool {
  let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
  guard let first = text.utf8.first, isLetter(first) || "/_".utf8.contains(first) else {
    return false
  }
  return !words.contains(text.lowercased())
    && text.utf8.allSatisfy { byte in
      isLetter(byte) || (0x30...0x39).contains(byte) || "/_.-".utf8.contains(byte)
    }
}

private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }

/// `text` as comments of at most `width` columns, or as one that is cut to `width`.
///
/// Whatever goes into a comment goes through one of these two. `terminalSafe` leaves nothing that ends
/// a line for any reader of YAML (CR, LF, NEL, LS, PS; 1.1, 4.2) or that one refuses.
func yamlComments(_ text: String, width: Int = 96) -> [String] {
  wrapped(terminalSafe(text), to: width).map { "# \($0)" }
}

/// What may follow `# `: one line, at most `width` columns wide.
package func yamlCommentText(_ text: String, width: Int = 100) -> String { fitted(text, to: width) }
