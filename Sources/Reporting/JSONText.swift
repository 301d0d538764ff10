/// `text` as a JSON string (RFC 8259, 7).
func jsonString(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": json += "\\\(scalar)"
    case _ where scalar.value < 0x20 || scalar.value == 0x7F:
      json += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}

/// A moment in nanoseconds since 1970 as a JSON string in ISO 8601, or null.
func jsonInstant(_ moment: Int64?) -> String {
  moment.map { "\"\(timestamp($0, separator: "T"))Z\"" } ?? "null"
}
