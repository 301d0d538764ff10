package import Diagnostics

/// How what is reported is written for a log instead of for a person.
package enum LogLineFormat: String, CaseIterable, Sendable {
  /// `2026-11-30T04:10:53.120Z error: access.log:3: message [code] (hint: …)`
  case text
  /// One object: `time`, `severity`, `code`, `message`, `hint`, `place`.
  case json

  /// The line, without its end. A diagnostic is one line, whatever is in it.
  ///
  /// - Parameter time: nanoseconds since 1970.
  package func line(_ diagnostic: Diagnostic, at time: Int64) -> String {
    let stamp = "\(timestamp(time, separator: "T"))Z"
    switch self {
    case .text:
      var text = "\(stamp) \(diagnostic.severity.rawValue): "
      if let place = diagnostic.place { text += "\(place): " }
      text += "\(diagnostic.message) [\(diagnostic.code)]"
      if let hint = diagnostic.hint { text += " (hint: \(hint))" }
      return terminalSafe(text)
    case .json:
      return """
        {"time":"\(stamp)","severity":"\(diagnostic.severity.rawValue)",\
        "code":\(jsonString(diagnostic.code)),"message":\(jsonString(diagnostic.message)),\
        "hint":\(diagnostic.hint.map { jsonString($0) } ?? "null"),\
        "place":\(diagnostic.place.map(json) ?? "null")}
        """
    }
  }

  private func json(_ place: Place) -> String {
    """
    {"source":\(jsonString(place.source)),"line":\(place.lineNumber.map { "\($0)" } ?? "null"),\
    "byte":\(place.byteOffset.map { "\($0)" } ?? "null")}
    """
  }
}
