internal import ByteScanning

/// Why lines cannot be read that no format reads, where that is known.
package enum DetectionObstacle: Equatable, Sendable {
  /// Each request has two lines, and they have no date.
  case pairsWithoutDate
  /// Each request has two lines, and nothing says which of them belong together.
  case pairsWithoutID
  /// JSON objects in which no known key has these parts of a request.
  case objectsWithout([String])
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
    case .objectsWithout(let parts):
      (
        "these are JSON objects in which no key that is known has "
          + (parts.count == 1
            ? parts[0] : parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")),
        "`backtally inspect` shows their keys; name those of a request under format.fields in the "
          + "configuration"
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
      } else if bytes.firstOffset(of: Self.started, in: line.range) != nil
        || bytes.firstOffset(of: Self.matched, in: line.range) != nil
      {
        begun += 1
      } else if bytes.firstOffset(of: Self.completed, in: line.range) != nil
        || bytes.firstOffset(of: Self.sent, in: line.range) != nil
        || bytes.firstOffset(of: Self.outcome, in: line.range) != nil
      {
        ended += 1
      }
    }
    if begun > 0, ended > 0 {
      self = identified > 0 ? .pairsWithoutDate : .pairsWithoutID
    } else if let parts = Self.lackingParts(bytes) {
      self = .objectsWithout(parts)
    } else if bytes.firstOffset(of: 0, from: 0, to: bytes.count) < bytes.count {
      self = .binary
    } else {
      return nil
    }
  }

  /// The parts of a request that are under no usual key, if most lines are JSON objects; nil if there
  /// are none.
  private static func lackingParts(_ bytes: borrowing Span<UInt8>) -> [String]? {
    var listing = JSONKeyListing()
    var objects = 0
    var lines = 0
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      lines += 1
      guard let object = bytes.object(in: line.range)?.range else { continue }
      objects += 1
      listing.add(bytes, line: object)
    }
    guard objects * 2 > lines else { return nil }
    let mapping = FieldMapping.nginx
    let hasRequest = mapping.request.contains { listing.paths.contains($0) }
    let parts = [
      ("the time", mapping.time), ("the method", hasRequest ? [] : mapping.method),
      ("the path", hasRequest ? [] : mapping.target), ("the status", mapping.status),
    ].filter { !$0.1.isEmpty && !$0.1.contains { listing.paths.contains($0) } }.map(\.0)
    return parts.isEmpty ? nil : parts
  }

  private static let started = Array("Started ".utf8)
  private static let completed = Array("Completed ".utf8)
  private static let sent = Array(" Sent ".utf8)
  /// Rocket's lines of a request.
  private static let matched = Array(">> Matched: ".utf8)
  private static let outcome = Array(">> Outcome: ".utf8)
}
