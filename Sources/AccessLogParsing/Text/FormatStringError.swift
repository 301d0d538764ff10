/// Why a server's format string cannot be used, and at which of its bytes.
package struct FormatStringError: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    case empty
    /// Over the limit.
    case tooLong(limit: Int)
    /// A quote or a brace that is not closed.
    case unterminated(String)
    case unknownDirective(String)
    /// Two values with nothing between them.
    case adjacent(String, String)
    /// A conversion of `strftime`, or a whole timestamp, from which the time cannot be determined.
    case unreadableTime(String)
    /// A template that looks like JSON but is not.
    case notJSON
    case tooManyValues(limit: Int)
    /// Nothing identifies the request; the name of the value that would.
    case noRequest(suggestion: String)
    case noStatus(suggestion: String)
  }

  package var reason: Reason
  /// From 0.
  package var offset: Int

  init(_ reason: Reason, at offset: Int) { (self.reason, self.offset) = (reason, offset) }

  package var message: String {
    switch reason {
    case .empty: "the format string is empty"
    case .tooLong(let limit): "the format string is longer than \(limit) bytes"
    case .unterminated(let text): "'\(text)' is not closed"
    case .unknownDirective(let text): "'\(text)' is not one of the server's directives"
    case .adjacent(let first, let second):
      "there is nothing between '\(first)' and '\(second)' to show where the first one ends"
    case .unreadableTime(let text): "'\(text)' is not a timestamp that can be read"
    case .notJSON: "the template begins like JSON, but is not valid"
    case .tooManyValues(let limit): "the format string has more than \(limit) values"
    case .noRequest: "the format string does not log the request"
    case .noStatus: "the format string does not log the status"
    }
  }

  package var hint: String? {
    switch reason {
    case .empty: "give the server's own format string"
    case .unterminated: "copy the format string exactly as it is in the server's configuration"
    case .unknownDirective: "see the server's documentation for the values it can log"
    case .adjacent: "put a space between them in the server's configuration"
    case .unreadableTime: "log date, hour, minute, second and time zone"
    case .noRequest(let suggestion): "lines without \(suggestion) cannot be counted"
    case .noStatus(let suggestion): "lines without \(suggestion) cannot be counted"
    case .tooLong, .notJSON, .tooManyValues: nil
    }
  }
}

/// The longest format string that is compiled, in bytes.
let formatStringLimit = 16_384
