/// Something worth telling the user: what happened, where, and what they can do about it.
///
/// Modules throw small typed errors of their own; at the program's edge each becomes a
/// `Diagnostic`. A message never contains a client address, a query string or a token.
package struct Diagnostic: Error, Equatable, Sendable {
  package enum Severity: String, Sendable {
    case note, warning, error
  }

  package var severity: Severity
  /// What happened, in lower-case kebab style (`unknown-key`), for scripts that read stderr.
  package var code: String
  /// One sentence without a full stop.
  package var message: String
  /// What the user can do next, in one sentence; nil if there is nothing to do.
  package var hint: String?
  package var place: Place?
  /// The program's exit status if this diagnostic ends it.
  package var exitStatus: ExitStatus

  package init(
    _ severity: Severity,
    code: String,
    _ message: String,
    hint: String? = nil,
    at place: Place? = nil,
    exitStatus: ExitStatus = .unexpectedFault
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.hint = hint
    self.place = place
    self.exitStatus = exitStatus
  }

  /// The text for a terminal: `error: message`, preceded by the place and followed by the hint.
  /// Characters that a terminal would act on are escaped.
  package var rendered: String {
    var text = ""
    if let place { text += "\(place): " }
    text += "\(severity.rawValue): \(message)"
    if let hint { text += "\n  hint: \(hint)" }
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { terminalSafe(String($0)) }
      .joined(separator: "\n")
  }
}

/// Where in the input something was found.
package struct Place: Equatable, Sendable, CustomStringConvertible {
  /// The path as the user gave it; `-` for standard input.
  package var source: String
  /// The line's number, from 1.
  package var lineNumber: Int?
  /// An offset from 0: into the line if there is a line number, otherwise into the source.
  package var byteOffset: Int?

  package init(source: String, lineNumber: Int? = nil, byteOffset: Int? = nil) {
    self.source = source
    self.lineNumber = lineNumber
    self.byteOffset = byteOffset
  }

  package var description: String {
    let source = source == "-" ? "(standard input)" : source
    switch (lineNumber, byteOffset) {
    case (let line?, let offset?): return "\(source):\(line), byte \(offset)"
    case (let line?, nil): return "\(source):\(line)"
    case (nil, let offset?): return "\(source), byte \(offset)"
    case (nil, nil): return source
    }
  }
}
