internal import ByteScanning

/// An exception that the application has logged with its request, cut as the middleware cuts it.
package struct LoggedException: Hashable, Sendable {
  /// In Unicode scalars, as Python counts.
  static let messageLimit = 2048
  static let tracebackLimit = 65_536
  private static let typeLimit = 256

  package let type: String
  package let message: String
  package let traceback: String

  /// - Returns: nil without a type, by which exceptions are told apart.
  package init?(type: String, message: String, traceback: String) {
    let type = Self.sound(type)
    guard !type.isEmpty else { return nil }
    self.type = String(type.unicodeScalars.prefix(Self.typeLimit))
    self.message = Self.cut(message: Self.sound(message))
    self.traceback = Self.cut(traceback: Self.sound(traceback))
  }

  /// Without white space around it, and without NUL, which PostgreSQL's text cannot hold.
  private static func sound(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(String.UnicodeScalarView(scalars[first...last]))
      .replacing("\0", with: "\u{FFFD}")
  }

  private static func cut(message: String) -> String {
    let scalars = message.unicodeScalars
    guard scalars.count > messageLimit else { return message }
    let suffix = "... (truncated)"
    return String(String.UnicodeScalarView(scalars.prefix(messageLimit - suffix.count))) + suffix
  }

  /// Keeps the last lines, where the exception itself stands.
  private static func cut(traceback: String) -> String {
    guard traceback.unicodeScalars.count > tracebackLimit else { return traceback }
    let prefix = "... (truncated) ...\n"
    let limit = tracebackLimit - prefix.count
    var kept: [Substring] = []
    var length = 0
    for line in traceback.split(separator: "\n", omittingEmptySubsequences: false).reversed() {
      // With the line feed behind it.
      let count = line.unicodeScalars.count + 1
      if length + count > limit { break }
      kept.append(line)
      length += count
    }
    return prefix + kept.reversed().joined(separator: "\n")
  }

  /// Appends the exception as a member of an item of request logs.
  func append(to item: inout OwnedBuffer<UInt8>) {
    item.append(literal: ",\"exception\":{\"type\":")
    appendJSONString(type.utf8, to: &item)
    item.append(literal: ",\"message\":")
    appendJSONString(message.utf8, to: &item)
    item.append(literal: ",\"traceback\":")
    appendJSONString(traceback.utf8, to: &item)
    item.append(UInt8(ascii: "}"))
  }
}

/// Why a request was refused with 422, as FastAPI says it.
package struct LoggedValidationError: Hashable, Sendable {
  /// In Unicode scalars: FastAPI's own texts are far shorter.
  private static let textLimit = 2048
  private static let locationLimit = 32

  package let location: [String]
  package let message: String
  package let type: String

  package init(location: [String], message: String, type: String) {
    func cut(_ text: String) -> String {
      String(text.replacing("\0", with: "\u{FFFD}").unicodeScalars.prefix(Self.textLimit))
    }
    self.location = location.prefix(Self.locationLimit).map(cut)
    self.message = cut(message)
    self.type = cut(type)
  }
}
