/// Why a variable in a value of the configuration cannot be replaced.
package enum VariableProblem: Error, Equatable, Sendable {
  case unset(String)
  /// `${` without a name and a closing brace.
  case unnamed

  var message: String {
    switch self {
    case .unset(let name): "the variable `\(name)` is not set"
    case .unnamed: "`${` is not followed by a name and `}`"
    }
  }

  var hint: String {
    switch self {
    case .unset(let name): "set \(name) in the environment"
    case .unnamed: "write `${NAME}` for a variable of the environment, and `$${` for the text `${`"
    }
  }
}

/// Whether a value of the configuration takes something from the environment.
func holdsVariable(_ text: String) -> Bool { text.contains("${") }

/// `text` with each `${NAME}` replaced by that variable's value, and each `$${` by `${`. What is replaced is
/// not looked at again.
func expandingVariables(
  in text: String, from environment: [String: String]
) throws(VariableProblem) -> String {
  var expanded = ""
  var rest = text[...]
  while let dollar = rest.firstIndex(of: "$") {
    expanded += rest[..<dollar]
    rest = rest[dollar...]
    if rest.hasPrefix("$${") {
      expanded += "${"
      rest = rest.dropFirst(3)
    } else if rest.hasPrefix("${") {
      guard let close = rest.firstIndex(of: "}"), isVariableName(rest[..<close].dropFirst(2)) else {
        throw .unnamed
      }
      let name = String(rest[..<close].dropFirst(2))
      guard let value = environment[name] else { throw .unset(name) }
      expanded += value
      rest = rest[close...].dropFirst()
    } else {
      expanded += "$"
      rest = rest.dropFirst()
    }
  }
  return expanded + rest
}

/// As POSIX has it: letters, digits and underscores, not beginning with a digit.
private func isVariableName(_ name: Substring) -> Bool {
  guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
  return name.utf8.allSatisfy { byte in
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
      || byte == UInt8(ascii: "_")
  }
}
