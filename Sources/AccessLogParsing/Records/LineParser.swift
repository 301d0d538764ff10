internal import ByteScanning

/// Parses the lines of one format.
package enum LineParser {
  case common(CommonLogParser)
  case json(JSONLineParser)
  case text(TextLineParser)
  case columns(ColumnLineParser)
  case pairs(PairLineParser)

  /// Why a parser cannot be created: the user named fields that the format does not have.
  package enum SetupError: Error, Equatable, Sendable {
    case unknownField(name: String, known: [String])
    case tooManyKeys(limit: Int)
    case tooManyCapturedFields(limit: Int)
  }

  /// A parser for `format` that captures `fields` in that order.
  ///
  /// For a wrapped format, it parses the lines that ``LineUnwrapper`` produces.
  ///
  /// - Parameters:
  ///   - clock: converts timestamps without a zone; without it they are refused.
  ///   - allowsUnknown: whether fields that the format does not have are absent in all lines
  ///     instead of an error.
  package init(
    format: LogFormat, capturing fields: [String], clock: LocalClock? = nil,
    allowsUnknown: Bool = false
  ) throws(SetupError) {
    guard fields.count <= AccessRecord.capturedLimit else {
      throw .tooManyCapturedFields(limit: AccessRecord.capturedLimit)
    }
    switch format {
    case .common(let layout):
      var captures: [CommonLogField] = []
      for name in fields {
        guard let field = CommonLogField(name: name) ?? (allowsUnknown ? layout.absentField : nil)
        else {
          throw .unknownField(
            name: name, known: CommonLogField.names.map(\.name) + ["extra_1", "extra_2"])
        }
        captures.append(field)
      }
      self = .common(CommonLogParser(layout: layout, captures: captures))
    case .json(let mapping, let moment):
      guard
        let parser = JSONLineParser(
          mapping: mapping, timestampMoment: moment, capturing: fields, clock: clock)
      else { throw .tooManyKeys(limit: JSONLineParser.keyLimit) }
      self = .json(parser)
    case .text(let layout):
      self = .text(
        try TextLineParser(
          layout: layout, capturing: fields, clock: clock, allowsUnknown: allowsUnknown))
    case .columns(let layout):
      self = .columns(ColumnLineParser(layout: layout, capturing: fields, clock: clock))
    case .pairs(let mapping, let moment):
      guard
        let parser = PairLineParser(
          mapping: mapping, timestampMoment: moment, capturing: fields, clock: clock)
      else { throw .tooManyKeys(limit: JSONLineParser.keyLimit) }
      self = .pairs(parser)
    case .wrapped(let wrapping, let inner):
      try self.init(
        format: wrapping.passesTime ? inner.afterTimestamp : inner, capturing: fields, clock: clock,
        allowsUnknown: allowsUnknown)
    }
  }

  /// Parses the line that `line` delimits (without its terminator) into `record`.
  ///
  /// For single lines. Code that parses many takes the parser out of the enum once and calls it
  /// directly.
  package mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    switch consume self {
    case .common(var parser):
      defer { self = .common(parser) }
      try parser.parse(bytes, line: line, into: &record)
    case .json(var parser):
      defer { self = .json(parser) }
      try parser.parse(bytes, line: line, into: &record)
    case .text(var parser):
      defer { self = .text(parser) }
      try parser.parse(bytes, line: line, into: &record)
    case .columns(var parser):
      defer { self = .columns(parser) }
      try parser.parse(bytes, line: line, into: &record)
    case .pairs(var parser):
      defer { self = .pairs(parser) }
      try parser.parse(bytes, line: line, into: &record)
    }
  }

  /// Parses the lines of `bytes`, and gives `body` each record, which it may not keep, with `bytes`. Lines
  /// that are rejected are passed over.
  mutating func forEachRecord(
    in bytes: borrowing Span<UInt8>,
    _ body: (_ record: inout AccessRecord, _ bytes: borrowing Span<UInt8>) -> Void
  ) {
    var record = AccessRecord()
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      guard !line.range.isEmpty, (try? parse(bytes, line: line.range, into: &record)) != nil else {
        continue
      }
      body(&record, bytes)
    }
  }

  package var wasCut: Bool {
    if case .text(let parser) = self { parser.wasCut } else { false }
  }
}

/// Parses lines of one format, one after another.
package protocol LineParsing {
  /// Parses the line that `line` delimits (without its terminator) into `record`.
  mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection)

  /// Whether the last line ended before its last value, so that it may be of a shorter format.
  var wasCut: Bool { get }
}

extension LineParsing {
  package var wasCut: Bool { false }
}

extension LineParser: LineParsing {}
extension CommonLogParser: LineParsing {}
extension JSONLineParser: LineParsing {}
