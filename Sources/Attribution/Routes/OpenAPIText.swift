internal import Yams

extension OpenAPIDocument {
  /// The largest document that is sent, in bytes: it travels in one message, and servers commonly
  /// refuse bodies over a megabyte.
  package static let sentByteCount = 900_000

  /// The document as JSON, as the middleware sends it in startup messages; nil if it is too large.
  /// A JSON document is sent unchanged.
  package var json: String? {
    let isJSON = text.unicodeScalars.first { !$0.properties.isWhitespace } == "{"
    let document: String?
    if isJSON {
      document = text
    } else {
      document = (try? YAMLText(text: text).composed()).flatMap { $0 }.map { node in
        var json = ""
        append(node, to: &json)
        return json
      }
    }
    return document.flatMap { $0.utf8.count <= Self.sentByteCount ? $0 : nil }
  }
}

/// Appends a node as JSON. libyaml limits the nesting.
private func append(_ node: Node, to json: inout String) {
  switch node {
  case .mapping(let mapping):
    json += "{"
    for (index, (key, value)) in mapping.enumerated() {
      if index > 0 { json += "," }
      appendString(key.scalar?.string ?? "", to: &json)
      json += ":"
      append(value, to: &json)
    }
    json += "}"
  case .sequence(let sequence):
    json += "["
    for (index, element) in sequence.enumerated() {
      if index > 0 { json += "," }
      append(element, to: &json)
    }
    json += "]"
  case .scalar(let scalar):
    if scalar.style == .plain, let literal = literal(scalar.string) {
      json += literal
    } else {
      appendString(scalar.string, to: &json)
    }
  case .alias: json += "null"
  }
}

/// The JSON literal for a plain scalar in YAML's core schema (1.2, 10.3.2), or nil if it is text.
/// Only numbers in JSON's own spelling count: a number would not preserve the `1.0` of a version.
private func literal(_ text: String) -> String? {
  switch text {
  case "", "~", "null", "Null", "NULL": return "null"
  case "true", "True", "TRUE": return "true"
  case "false", "False", "FALSE": return "false"
  default: return text.wholeMatch(of: /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?/) == nil ? nil : text
  }
}

private func appendString(_ text: String, to json: inout String) {
  json += "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": json += "\\" + String(scalar)
    case "\n": json += "\\n"
    case "\r": json += "\\r"
    case "\t": json += "\\t"
    case "\0"..<" ":
      let digits = String(scalar.value, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: json.unicodeScalars.append(scalar)
    }
  }
  json += "\""
}
