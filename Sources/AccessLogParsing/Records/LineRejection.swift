/// A line that is no record: why, and at which byte that was seen.
package struct LineRejection: Error, Equatable, Sendable {
  package enum Reason: UInt8, CaseIterable, Sendable {
    /// Over the limit of a megabyte.
    case lineTooLong
    /// The line does not have the shape of its format at all.
    case unrecognized
    case missingTime
    case invalidTime
    /// Before 1970 or after 2261: no clock says so.
    case timeOutOfRange
    /// A time stamp that does not say in which zone it is.
    case timeWithoutZone
    /// No HTTP request was read: the server logged `-`, nothing, or bytes that are none.
    case noRequest
    /// The line has no method, or no target: the keys for them are others than the mapping says.
    case missingTarget
    case missingStatus
    /// The status is 0 or -1: the connection ended before there was a response.
    case noResponse
    case invalidStatus
    case invalidSize
    case invalidDuration
    case unterminatedString
    case invalidJSON
    case nestedTooDeep
    /// No access line, in a source whose first lines have shown that it holds others as well.
    case otherLine
    /// A line that the format keeps for itself, such as `#Fields:`.
    case comment
  }

  package var reason: Reason
  /// Offset from the start of the line.
  package var byteOffset: Int

  package init(_ reason: Reason, at byteOffset: Int) {
    self.reason = reason
    self.byteOffset = byteOffset
  }
}

extension LineRejection.Reason {
  /// The reason's name in summaries.
  package var name: String {
    switch self {
    case .lineTooLong: "line-too-long"
    case .unrecognized: "unrecognized"
    case .missingTime: "missing-time"
    case .invalidTime: "invalid-time"
    case .timeOutOfRange: "time-out-of-range"
    case .timeWithoutZone: "time-without-zone"
    case .noRequest: "no-request"
    case .missingTarget: "missing-target"
    case .missingStatus: "missing-status"
    case .noResponse: "no-response"
    case .invalidStatus: "invalid-status"
    case .invalidSize: "invalid-size"
    case .invalidDuration: "invalid-duration"
    case .unterminatedString: "unterminated-string"
    case .invalidJSON: "invalid-json"
    case .nestedTooDeep: "nested-too-deep"
    case .otherLine: "other-line"
    case .comment: "comment"
    }
  }

  /// What the reason means, for people.
  package var explanation: String {
    switch self {
    case .lineTooLong: "the line is longer than 1 MiB"
    case .unrecognized: "the line does not have the shape of the format"
    case .missingTime: "the line has no time stamp"
    case .invalidTime: "the time stamp cannot be read"
    case .timeOutOfRange: "the time stamp lies before 1970 or after 2261"
    case .timeWithoutZone: "the time stamp does not name its zone"
    case .noRequest: "the server logged a connection without an HTTP request"
    case .missingTarget: "the line names no method or no path"
    case .missingStatus: "the line has no status"
    case .noResponse: "the connection ended before there was a response"
    case .invalidStatus: "the status is not a number from 100 to 999"
    case .invalidSize: "a size is not a number of bytes"
    case .invalidDuration: "the duration is not a number"
    case .unterminatedString: "a quoted string has no end"
    case .invalidJSON: "the line is not a JSON object"
    case .nestedTooDeep: "the JSON is nested too deeply"
    case .otherLine: "the line is no access line, in a log that holds others as well"
    case .comment: "the line is a comment of the format"
    }
  }

  /// Whether the line's format is at fault. A connection without a request, or without a response,
  /// is well logged; it does not speak against the choice of the format. Nor does a line of another
  /// kind in a log that is known to hold such.
  package var speaksAgainstFormat: Bool {
    switch self {
    case .noRequest, .noResponse, .otherLine, .comment: false
    default: true
    }
  }

  /// Whether a line that is refused for this may be mended and read again.
  package var isWorthKeeping: Bool { self != .otherLine && self != .comment }

  /// Whether a line that is refused for this has not the shape of its format at all, as the lines
  /// of an application's own log among those of its requests.
  package var isOtherShape: Bool {
    switch self {
    case .unrecognized, .invalidJSON, .missingTime, .missingTarget, .missingStatus,
      .unterminatedString:
      true
    default: false
    }
  }
}
