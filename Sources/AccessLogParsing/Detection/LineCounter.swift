internal import ByteScanning
internal import Synchronization

/// Counts the lines that a format reads, by one of its parsers.
protocol LineCounting: Sendable {
  func count(
    _ bytes: borrowing Span<UInt8>, of candidate: DetectionCandidate,
    into count: inout DetectionCandidate.Count)
}

/// A parser that waits for the next log: to make one, or only to copy it, takes longer than to parse a few
/// lines.
final class LineCounter<Parser: LineParsing & Sendable>: LineCounting {
  /// Holds the parser while no thread uses it.
  private let idle: Mutex<Box?>
  private let fresh: Parser
  /// Whether what the parser has read makes no difference to the next log.
  private let isReusable: Bool

  /// Belongs to one thread at a time.
  private final class Box: @unchecked Sendable {
    var parser: Parser
    init(_ parser: Parser) { self.parser = parser }
  }

  init(_ parser: Parser, isReusable: Bool = true) {
    fresh = parser
    self.isReusable = isReusable
    idle = Mutex(nil)
  }

  func count(
    _ bytes: borrowing Span<UInt8>, of candidate: DetectionCandidate,
    into count: inout DetectionCandidate.Count
  ) {
    let box = idle.withLock { $0.take() } ?? Box(fresh)
    candidate.tally(bytes, by: &box.parser, &count)
    if isReusable { idle.withLock { $0 = box } }
  }
}

extension LineParser {
  /// The parser itself, since the enumeration is large.
  var counter: any LineCounting {
    switch self {
    case .common(let parser): LineCounter(parser)
    case .json(let parser): LineCounter(parser)
    case .text(let parser): LineCounter(parser)
    // The names of columns hold until there are others.
    case .columns(let parser): LineCounter(parser, isReusable: false)
    case .pairs(let parser): LineCounter(parser)
    }
  }
}
