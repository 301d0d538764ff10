internal import ByteScanning

/// A format that may be a log's, with what is computed once for all logs.
final class DetectionCandidate: Sendable {
  let format: LogFormat
  /// Of the format.
  let name: String
  let placement: LineWrapping.TimestampPlacement
  /// How many values its lines have.
  let valueCount: Int
  private let kind: Kind
  var isJSON: Bool { if case .object = kind { true } else { false } }
  /// Text that its lines contain.
  private let marks: [[UInt8]]
  /// For what no line is understood without: what the keys end with that may have it.
  private let keyEnds: [[[UInt8]]]
  /// What its values have to look like.
  private let plausibility: FieldPlausibility
  /// Of lines as ``DetectionSample`` makes them; nil if the format cannot be parsed.
  private let counter: (any LineCounting)?

  /// What the lines may refine, apart from the format, which is large.
  private enum Kind {
    case common(CommonLogLayout)
    case columns, object, other
  }

  private init(_ format: LogFormat) {
    self.format = format
    let entry = FormatCatalogue.entries.first { $0.format == format }
    name = entry?.name ?? format.name
    let marks = entry?.marks ?? []
    self.marks = marks.map { Array($0.utf8) }
    placement = format.timestampPlacement
    valueCount =
      switch format {
      case .common: 9
      case .text(let layout): layout.fields.count
      case .columns(let layout): layout.columns.count
      case .json, .pairs: 9 + marks.count
      case .wrapped: 9
      }
    kind =
      switch format {
      case .common(let layout): .common(layout)
      case .columns: .columns
      case .json: .object
      case .text, .pairs, .wrapped: .other
      }
    keyEnds = Self.keyEnds(of: format)
    plausibility = FieldPlausibility(of: format)
    counter = Self.counter(format, plausibility)
  }

  /// Without the time, or without any of the method and the request line, an object says nothing: unless
  /// it is told by a condition to be another one than is counted.
  private static func keyEnds(of format: LogFormat) -> [[[UInt8]]] {
    guard case .json(let mapping, _) = format, mapping.condition == nil else { return [] }
    return [mapping.time, mapping.method + mapping.request].filter { !$0.isEmpty }.map { keys in
      keys.map { Array((($0.split(separator: ".").last ?? "") + "\"").utf8) }
    }
  }

  /// Those of the catalogue, which are the same for every log.
  static let known: [DetectionCandidate] = FormatDetection.candidates.map { DetectionCandidate($0) }

  private static let knownByName = Dictionary(
    known.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The one of the catalogue that has this name.
  static func known(_ name: String) -> DetectionCandidate? { knownByName[name] }

  private static let knownByPlacement = Dictionary(grouping: known, by: \.placement)

  /// Those of the catalogue that have a time, or get one that way.
  static func known(with placement: LineWrapping.TimestampPlacement) -> [DetectionCandidate] {
    knownByPlacement[placement] ?? []
  }

  static func of(_ format: LogFormat) -> DetectionCandidate {
    known.first { $0.format == format } ?? DetectionCandidate(format)
  }

  /// A timestamp without a zone is understood; the user just has to supply the zone. So there is one
  /// here.
  private static func counter(
    _ format: LogFormat, _ plausibility: FieldPlausibility
  ) -> (any LineCounting)? {
    let parser = try? LineParser(
      format: format.hasTime ? format : format.afterTimestamp,
      capturing: plausibility.fields, clock: LocalClock(offset: 0), allowsUnknown: true)
    return parser?.counter
  }

  /// How many lines the format reads and in how much detail.
  struct Count {
    /// The format, if the lines have refined it.
    var refined: LogFormat?
    var read = 0
    var requests = 0
    var details = 0
  }

  func count(_ bytes: borrowing Span<UInt8>) -> Count {
    var count = Count()
    guard bytes.holdsAll(marks, in: 0..<bytes.count), keyEnds.allSatisfy({ bytes.holdsAny($0) })
    else { return count }
    switch kind {
    case .common(let layout):
      let hasMore = bytes.haveRefererAndAgent
      if hasMore != layout.hasRefererAndAgent {
        var other = layout
        other.hasRefererAndAgent = hasMore
        count.refined = .common(other)
        Self.counter(.common(other), plausibility)?.count(bytes, of: self, into: &count)
        return count
      }
    case .columns: count.refined = bytes.lastColumns.map { .columns($0) }
    case .object, .other: break
    }
    counter?.count(bytes, of: self, into: &count)
    return count
  }

  /// Adds the lines that `parser` understands to `count`.
  func tally<Parser: LineParsing>(
    _ bytes: borrowing Span<UInt8>, by parser: inout Parser, _ count: inout Count
  ) {
    var record = AccessRecord()
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      if !marks.isEmpty, !bytes.holdsAll(marks, in: line.range) { continue }
      do throws(LineRejection) {
        try parser.parse(bytes, line: line.range, into: &record)
        if parser.wasCut || !plausibility.holds(for: record, in: bytes) { continue }
        count.read += 1
        count.requests += 1
        count.details += record.detailCount
      } catch {
        if parser.wasCut { continue }
        // A duration in an unusual unit is no evidence against everything else.
        let isUnderstood =
          error.reason == .invalidDuration
          && bytes.mayBeNumber(at: line.range.lowerBound + error.byteOffset)
        if isUnderstood { count.requests += 1 }
        if !error.reason.speaksAgainstFormat || isUnderstood { count.read += 1 }
      }
    }
  }
}

extension AccessRecord {
  fileprivate var detailCount: Int {
    (duration == Self.absent ? 0 : 1) + (requestSize == Self.absent ? 0 : 1)
      + (responseSize == Self.absent ? 0 : 1) + (route.isAbsent ? 0 : 1)
  }
}

extension Span where Element == UInt8 {
  fileprivate func holdsAny(_ texts: [[UInt8]]) -> Bool {
    for text in texts where holds(text, in: 0..<count) { return true }
    return false
  }

  /// Whether quoted strings follow the size decides between `common` and `combined`: in the latter, most
  /// lines that have a quoted request have more quotes.
  fileprivate var haveRefererAndAgent: Bool {
    var withRequest = 0
    var withMore = 0
    var start = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      let quotes = quoteCount(in: line.range, limit: 6)
      if quotes >= 2 && self[line.range.lowerBound] != UInt8(ascii: "{") { withRequest += 1 }
      if quotes >= 6 { withMore += 1 }
    }
    return withMore * 2 >= withRequest
  }

  /// How many quotes are in `range`, up to `limit`.
  func quoteCount(in range: Range<Int>, limit: Int) -> Int {
    var quotes = 0
    var next = range.lowerBound
    while quotes < limit {
      next = firstOffset(of: UInt8(ascii: "\""), from: next, to: range.upperBound) + 1
      if next > range.upperBound { break }
      quotes += 1
    }
    return quotes
  }

  /// Whether a number may begin at `offset`.
  fileprivate func mayBeNumber(at offset: Int) -> Bool {
    guard offset < count else { return false }
    let byte = self[offset]
    return byte &- UInt8(ascii: "0") <= 9 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
  }

  /// The columns that the first `#Fields:` line names.
  fileprivate var lastColumns: ColumnLayout? {
    var start = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      if let columns = ColumnLayout(self, line: line.range) { return columns }
    }
    return nil
  }
}
