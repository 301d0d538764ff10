internal import ByteScanning

/// Finds the format of a source from its first lines.
package struct FormatDetection: Equatable, Sendable {
  /// How many lines are looked at.
  package static let sampleLimit = 500

  /// The format that reads the most lines, or nil if none reads any.
  package var format: LogFormat?
  /// How many lines it read, of how many that were looked at.
  package var readCount = 0
  package var lineCount = 0
  /// What each candidate came to, best first.
  package private(set) var scores: [Score] = []

  /// How well a format fits.
  package struct Score: Equatable, Sendable {
    package var format: LogFormat
    package var name: String
    /// How many lines it read, of how many that were looked at.
    package var readCount: Int
    package var lineCount: Int
  }

  /// Tries each of `candidates` on the first lines of `bytes`; of equals the earlier wins.
  package init(_ bytes: borrowing Span<UInt8>, candidates: [LogFormat]) {
    for candidate in candidates {
      let candidate = Self.refined(candidate, bytes)
      let count = Self.countRead(bytes, by: candidate)
      lineCount = count.lines
      scores.append(
        Score(
          format: candidate, name: candidate.name, readCount: count.read, lineCount: count.lines))
      if count.read > readCount {
        readCount = count.read
        format = candidate
      }
    }
    // Of equals the earlier stays first: `sort` keeps their order.
    scores.sort { $0.readCount > $1.readCount }
  }

  /// How many of the first lines `format` reads, of how many.
  private static func countRead(
    _ bytes: borrowing Span<UInt8>, by format: LogFormat
  ) -> (read: Int, lines: Int) {
    let users = format.isCommonWithoutVirtualHost ? ["remote_user"] : []
    var count = (read: 0, lines: 0)
    guard var parser = try? LineParser(format: format, capturing: users) else { return count }
    var record = AccessRecord()
    var start = 0
    while start < bytes.count && count.lines < sampleLimit {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      count.lines += 1
      do throws(LineRejection) {
        try parser.parse(bytes, line: line.range, into: &record)
        // Users may hold spaces, so a line with a virtual host can be read without: the client is
        // then the identity, and the user begins with the dash that is the identity.
        let user = record.captured[0]
        let isShifted = bytes.holds(
          "- ", at: user.range.lowerBound, before: user.range.upperBound)
        if users.isEmpty || !isShifted { count.read += 1 }
      } catch {
        if !error.reason.speaksAgainstFormat { count.read += 1 }
      }
    }
    return count
  }

  /// Whether quoted strings follow the size decides between `common` and `combined`: most of the
  /// lines that have a request in quotes have more of them.
  private static func refined(_ format: LogFormat, _ bytes: borrowing Span<UInt8>) -> LogFormat {
    guard case .common(var layout) = format else { return format }
    var withRequest = 0
    var withMore = 0
    var lines = 0
    var start = 0
    while start < bytes.count && lines < sampleLimit {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      lines += 1
      let quotes = line.range.reduce(0) { $0 + (bytes[$1] == UInt8(ascii: "\"") ? 1 : 0) }
      if quotes >= 2 && bytes[line.range.lowerBound] != UInt8(ascii: "{") { withRequest += 1 }
      if quotes >= 6 { withMore += 1 }
    }
    layout.hasRefererAndAgent = withMore * 2 >= withRequest
    return .common(layout)
  }
}

extension LogFormat {
  fileprivate var isCommonWithoutVirtualHost: Bool {
    if case .common(let layout) = self { !layout.hasVirtualHost } else { false }
  }
}
