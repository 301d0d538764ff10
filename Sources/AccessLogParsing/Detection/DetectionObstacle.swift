internal import ByteScanning

/// Why lines cannot be read that no format reads, where that is known.
package enum DetectionObstacle: Equatable, Sendable {
  /// Each request has two lines, and they have no date.
  case pairsWithoutDate
  /// Each request has two lines, and nothing says which of them belong together.
  case pairsWithoutID
  /// Much of it is no text.
  case binary

  /// What is wrong, and what can be done, for people.
  package var explanation: (problem: String, hint: String) {
    switch self {
    case .pairsWithoutDate:
      (
        "each request has two lines here, and these have a time but no date",
        "let the logger write the date too ($date $time), or a line for each request"
      )
    case .pairsWithoutID:
      (
        "each request has two lines here, and nothing in them says which belong together",
        "let the logger write the request's id (Rails: config.log_tags = [:request_id]), or a line for "
          + "each request (lograge)"
      )
    case .binary: ("this is no text", "extract or convert it, and pipe the text in")
    }
  }

  /// - Parameter bytes: the first lines, which no format reads.
  init?(_ bytes: borrowing Span<UInt8>) {
    var begun = 0
    var ended = 0
    var identified = 0
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if let half = bytes.halfOfRequest(in: line.range) {
        identified += 1
        if half.isEnd { ended += 1 } else { begun += 1 }
      } else if bytes.firstOffset(of: Self.started, in: line.range) != nil {
        begun += 1
      } else if bytes.firstOffset(of: Self.completed, in: line.range) != nil
        || bytes.firstOffset(of: Self.sent, in: line.range) != nil
      {
        ended += 1
      }
    }
    if begun > 0, ended > 0 {
      self = identified > 0 ? .pairsWithoutDate : .pairsWithoutID
    } else if bytes.firstOffset(of: 0, from: 0, to: bytes.count) < bytes.count {
      self = .binary
    } else {
      return nil
    }
  }

  private static let started = Array("Started ".utf8)
  private static let completed = Array("Completed ".utf8)
  private static let sent = Array(" Sent ".utf8)
}
