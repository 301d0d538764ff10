/// Reads the lines of one format.
package enum LineParser {
  case common(CommonLogParser)
  case json(JSONLineParser)

  /// Why a parser cannot be made: the user named fields that the format does not have.
  package enum SetupError: Error, Equatable, Sendable {
    case unknownField(name: String, known: [String])
    case tooManyKeys(limit: Int)
    case tooManyCapturedFields(limit: Int)
  }

  /// A parser for `format` that captures `fields` in that order.
  package init(format: LogFormat, capturing fields: [String]) throws(SetupError) {
    guard fields.count <= AccessRecord.capturedLimit else {
      throw .tooManyCapturedFields(limit: AccessRecord.capturedLimit)
    }
    switch format {
    case .common(let layout):
      var captures: [CommonLogField] = []
      for name in fields {
        guard let field = CommonLogField(name: name) else {
          throw .unknownField(
            name: name, known: CommonLogField.names.map(\.name) + ["extra_1", "extra_2"])
        }
        captures.append(field)
      }
      self = .common(CommonLogParser(layout: layout, captures: captures))
    case .json(let mapping, let moment):
      guard
        let parser = JSONLineParser(mapping: mapping, stampMoment: moment, capturing: fields)
      else { throw .tooManyKeys(limit: JSONLineParser.keyLimit) }
      self = .json(parser)
    }
  }

  /// Reads the line that `line` delimits (without its terminator) into `record`.
  ///
  /// For a line at a time. Whoever reads many takes the parser out once and calls it itself.
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
    }
  }
}

/// Reads lines of one format, one after another.
package protocol LineParsing {
  /// Reads the line that `line` delimits (without its terminator) into `record`.
  mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection)
}

extension CommonLogParser: LineParsing {}
extension JSONLineParser: LineParsing {}
