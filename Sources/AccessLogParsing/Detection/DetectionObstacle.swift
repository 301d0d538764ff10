internal import ByteScanning

/// Why lines cannot be read that no format reads, where that is known.
package enum DetectionObstacle: Equatable, Sendable {
  /// Each request has two lines, and they have no date.
  case pairsWithoutDate
  /// Each request has two lines, and nothing says which of them belong together.
  case pairsWithoutID
  /// The time of a request is on a line before its own.
  case timeOnOtherLine
  /// JSON objects that have the keys of a request, with other values than these have.
  case objectsUnread
  /// JSON objects in which no known key has these parts of a request.
  case objectsWithout([String])
  /// JSON arrays in which no object is.
  case arrays
  /// Lines of requests that have a time of the day, but no date.
  case noDate
  /// Lines of requests that have no time.
  case noTime
  /// Lines of requests, with these parts, whose layout is not known.
  case unknownLayout(lacksStatus: Bool)
  /// Lines in which neither a method nor a path is.
  case noRequests
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
    case .timeOnOtherLine:
      (
        "the lines of the requests have no time: it is on another line of two",
        "let the logger write a line for each request (ASP.NET Core: the console's SingleLine), or read "
          + "what a collector noted with its own time"
      )
    case .objectsUnread:
      (
        "these are JSON objects that have the keys of a request, but not their values",
        "`backtally inspect` shows them; name those of a request under format.fields in the configuration"
      )
    case .objectsWithout(let parts):
      (
        "these are JSON objects in which no key that is known has "
          + (parts.count == 1
            ? parts[0] : parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")),
        "`backtally inspect` shows their keys; name those of a request under format.fields in the "
          + "configuration"
      )
    case .arrays:
      (
        "this begins with JSON arrays in which no object is",
        "a request has to be an object, with its time, method, path and status; if the file is whole, "
          + "it holds none"
      )
    case .noDate:
      (
        "its lines have a time of day, but no date",
        "let the logger write the date too, or read what a collector noted with its own time"
      )
    case .noTime:
      (
        "its lines have no time",
        "let the logger write it, or read what a collector noted with its own (docker logs -t, kubectl "
          + "logs --timestamps)"
      )
    case .unknownLayout(let lacksStatus):
      (
        lacksStatus
          ? "its lines have a method and a path, but no status"
          : "its lines have a time, a method, a path and a status, in a layout that is not known",
        "`backtally formats` lists the layouts that are known; what nginx or Apache wrote can be read by "
          + "the server's own format string: --format 'nginx:…' or 'apache:…'"
      )
    case .noRequests:
      (
        "nothing in its lines looks like a request: there is no method with a path",
        "is this the log of the requests?"
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
    if let features = LineFeatures(bytes), Self.areFinishedWithoutTime(bytes) {
      self = features.untimedObstacle
    } else if begun > 0, ended > 0 {
      self = identified > 0 ? .pairsWithoutDate : .pairsWithoutID
    } else if let parts = Self.lackingParts(bytes) {
      self = parts.isEmpty ? .objectsUnread : .objectsWithout(parts)
    } else if Self.areArrays(bytes) {
      self = .arrays
    } else if bytes.firstOffset(of: 0, from: 0, to: bytes.count) < bytes.count {
      self = .binary
    } else if let features = LineFeatures(bytes) {
      self = features.obstacle
    } else {
      return nil
    }
  }

  /// The parts of a request that are under no usual key, if most lines are JSON objects; nil if they are
  /// not.
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
    return parts
  }

  /// Whether there are lines of ASP.NET Core's console, which have all but the time.
  private static func areFinishedWithoutTime(_ bytes: borrowing Span<UInt8>) -> Bool {
    var start = 0
    var count = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      guard let place = bytes.firstOffset(of: finished, in: line.range) else { continue }
      count += 1
      let before = line.range.lowerBound..<place
      if before.contains(where: { bytes[$0] == UInt8(ascii: ":") }) { return false }
    }
    return count > 0
  }

  /// Whether the text begins with nothing but brackets, as lines that begin with a stamp do not.
  private static func areArrays(_ bytes: borrowing Span<UInt8>) -> Bool {
    var brackets = 0
    for offset in bytes.indices where bytes[offset] > UInt8(ascii: " ") {
      guard bytes[offset] == UInt8(ascii: "[") || bytes[offset] == UInt8(ascii: "]"), brackets < 32
      else { return brackets >= 2 }
      brackets += 1
    }
    return brackets > 0
  }

  private static let finished = Array("Request finished HTTP/".utf8)
  private static let started = Array("Started ".utf8)
  private static let completed = Array("Completed ".utf8)
  private static let sent = Array(" Sent ".utf8)
  /// Rocket's lines of a request.
  private static let matched = Array(">> Matched: ".utf8)
  private static let outcome = Array(">> Outcome: ".utf8)
}
