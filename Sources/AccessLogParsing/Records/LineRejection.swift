/// Why a line is not a record, and at which byte that was found.
package struct LineRejection: Error, Equatable, Sendable {
  package enum Reason: UInt8, CaseIterable, Sendable {
    /// Over the limit of a megabyte.
    case lineTooLong
    /// The line does not have its format's shape at all.
    case unrecognized
    case missingTime
    case invalidTime
    /// Before 1970 or after 2261: no real clock shows that.
    case timeOutOfRange
    /// A timestamp that does not include its time zone.
    case timeWithoutZone
    /// There is no HTTP request: the server logged `-`, nothing, or bytes that are not one.
    case noRequest
    /// The line has no method or no target: their keys are not those in the mapping.
    case missingTarget
    case missingStatus
    /// The status is 0, -1 or `-`: the connection ended before there was a response.
    case noResponse
    case invalidStatus
    case invalidSize
    case invalidDuration
    case unterminatedString
    case invalidJSON
    case nestedTooDeep
    /// Not an access-log line, in a source whose first lines have shown that it contains other
    /// lines, too.
    case otherLine
    /// A line that the format reserves for itself, such as `#Fields:`.
    case comment
    /// The line begins as its format has it, and goes on where the format ends: what is behind would be
    /// lost.
    case lineGoesOn
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
    case .lineGoesOn: "line-goes-on"
    }
  }

  /// What the reason means, for people.
  package var explanation: String {
    switch self {
    case .lineTooLong: "the line is longer than 1 MiB"
    case .unrecognized: "the line does not match the format"
    case .missingTime: "the line has no timestamp"
    case .invalidTime: "the timestamp cannot be read"
    case .timeOutOfRange: "the timestamp is before 1970 or after 2261"
    case .timeWithoutZone: "the timestamp does not include a time zone"
    case .noRequest: "the server logged a connection without an HTTP request"
    case .missingTarget: "the line has no method or no path"
    case .missingStatus: "the line has no status"
    case .noResponse: "the connection ended before there was a response"
    case .invalidStatus: "the status is not a number from 100 to 999"
    case .invalidSize: "a size is not a number of bytes"
    case .invalidDuration: "the duration is not a number"
    case .unterminatedString: "a quoted string is not closed"
    case .invalidJSON: "the line is not a JSON object"
    case .nestedTooDeep: "the JSON is nested too deeply"
    case .otherLine: "not an access-log line, in a log that contains others as well"
    case .comment: "the line is a comment in this format"
    case .lineGoesOn: "the line goes on where the format ends"
    }
  }

  /// Whether the rejection is evidence against the line's format. A connection without a request,
  /// or without a response, is logged correctly; it is not. Nor is a line of another kind in a log
  /// that is known to contain such lines.
  package var speaksAgainstFormat: Bool {
    switch self {
    case .noRequest, .noResponse, .otherLine, .comment: false
    default: true
    }
  }

  /// Whether a line rejected for this reason may be corrected and imported again.
  package var isWorthKeeping: Bool { self != .otherLine && self != .comment }

  /// Whether a line rejected for this reason does not have its format's shape at all, like the
  /// lines of an application's own log among those of its requests.
  package var isOtherShape: Bool {
    switch self {
    case .unrecognized, .invalidJSON, .missingTime, .missingTarget, .missingStatus,
      .unterminatedString:
      true
    default: false
    }
  }
}
