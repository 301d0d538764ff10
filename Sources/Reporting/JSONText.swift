internal import Diagnostics

/// `text` as a JSON string (RFC 8259, 7). Characters that a terminal would act on are escaped too.
package func jsonString(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": json += "\\\(scalar)"
    case _ where isActedOnByTerminals(scalar):
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}

/// A moment in nanoseconds since 1970 as an ISO 8601 JSON string, or null.
func jsonInstant(_ moment: Int64?) -> String {
  moment.map { "\"\(timestamp($0, separator: "T"))Z\"" } ?? "null"
}
