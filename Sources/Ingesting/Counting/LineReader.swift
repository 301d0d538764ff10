package import AccessLogParsing
package import Attribution
internal import ByteScanning
package import LogReading

/// Takes chunks apart into lines, parses and attributes these: the one loop over lines that an import,
/// an inspection and a draft of routes share. Used by one thread at a time.
///
///     chunk → lines → record, or rejection → consumer and route, or the reason to leave it out
package struct LineReader: ~Copyable {
  private let capturedFields: [String]
  /// Further fields that the parsers of a format capture.
  private let furtherFields: (LogFormat) -> [String]
  private var attributor: Attributor
  /// Parsers by their plan's number.
  private var parsers = PlanSlots<LineParser>()
  /// Unwrapped lines, by the number of their plan.
  private var unwrapped = PlanSlots<UnwrappedLines>()
  /// Reads the lines of another shape, where the source holds two formats.
  private var alternate: LineParser?
  /// Whether the source is known to hold other lines as well.
  private var isMixed = false

  /// - Parameter furtherFields: gives the fields of a format to capture behind those of the rules.
  /// - Throws: if a pattern of the rules is no regular expression.
  package init(
    rules: AttributionRules, names: RunNames,
    furtherFields: @escaping (LogFormat) -> [String] = { _ in [] }
  ) throws(PatternError) {
    attributor = try Attributor(rules: rules, names: names)
    capturedFields = rules.capturedFields
    self.furtherFields = furtherFields
  }

  /// A bit for each of the first 64 consumer rules that has found a consumer of any record.
  package var foundConsumerRules: UInt64 { attributor.foundConsumerRules }

  /// Fails if lines of `format` can't be read by the rules.
  package func check(_ format: LogFormat, clock: LocalClock?) throws(LineParser.SetupError) {
    _ = try parser(format, clock)
  }

  private func parser(
    _ format: LogFormat, _ clock: LocalClock?, allowsUnknown: Bool = false
  ) throws(LineParser.SetupError) -> LineParser {
    try LineParser(
      format: format, capturing: capturedFields + furtherFields(format), clock: clock,
      allowsUnknown: allowsUnknown)
  }

  /// Reads the lines of `chunk` by `plan`.
  ///
  /// - Parameters:
  ///   - plan: nil if no format fits: then every line is rejected.
  ///   - limit: how many lines to read; wrapped ones are read to the chunk's end.
  /// - Returns: how many lines were read.
  package mutating func read<Receiver: LineReceiver & ~Copyable>(
    _ chunk: Chunk, by plan: SourcePlan?, limit: Int = .max, into receiver: inout Receiver
  ) throws(LineParser.SetupError) -> Int {
    attributor.countedBefore = chunk.countedBefore
    if chunk.isOversizedLine {
      rejectOversizedLine(chunk.bytes, of: chunk, into: &receiver)
      return 1
    }
    guard let plan else {
      (alternate, isMixed) = (nil, false)
      var parser = RejectingParser()
      return read(chunk.bytes, of: chunk, by: &parser, limit: limit, into: &receiver)
    }
    let known = parsers[plan.number]
    let parser = if let known { known } else { try parser(plan.format, plan.clock) }
    // Taken out of its slot for the chunk, so that the loop has it to itself.
    parsers[plan.number] = nil
    isMixed = plan.isMixed
    // If the second format lacks a field of the rules, its lines count without it, and a note says so.
    alternate = plan.alternate.flatMap { try? self.parser($0, plan.clock, allowsUnknown: true) }
    guard let wrapping = plan.wrapping else {
      return read(
        chunk.bytes, of: chunk, by: parser, plan.number, limit: limit, into: &receiver)
    }
    let lines = unwrapped[plan.number] ?? UnwrappedLines(wrapping)
    unwrapped[plan.number] = lines
    lines.unwrapper.unwrap(chunk.bytes.span)
    return read(
      lines.unwrapper.text, of: chunk, unwrapped: lines, by: parser, plan.number, limit: .max,
      into: &receiver)
  }

  private func rejectOversizedLine<Receiver: LineReceiver & ~Copyable>(
    _ content: borrowing OwnedBuffer<UInt8>, of chunk: Chunk, into receiver: inout Receiver
  ) {
    let bytes = content.span
    receiver.begin(bytes, of: chunk, unwrapped: nil)
    receiver.reject(
      LineRejection(.lineTooLong, at: SourceReader.lineLimit), in: bytes,
      line: LinePlace(range: nil, index: 0))
    receiver.end(lineCount: 1, joinedCount: 0)
  }

  /// Reads the lines of `content`, and puts the parser back for the next chunk.
  private mutating func read<Receiver: LineReceiver & ~Copyable>(
    _ content: borrowing OwnedBuffer<UInt8>, of chunk: Chunk,
    unwrapped lines: UnwrappedLines? = nil,
    by parser: LineParser, _ number: Int, limit: Int, into receiver: inout Receiver
  ) -> Int {
    switch parser {
    case .common(var parser):
      defer { parsers[number] = .common(parser) }
      return read(
        content, of: chunk, unwrapped: lines, by: &parser, limit: limit, into: &receiver)
    case .json(var parser):
      defer { parsers[number] = .json(parser) }
      return read(
        content, of: chunk, unwrapped: lines, by: &parser, limit: limit, into: &receiver)
    case .text(var parser):
      defer { parsers[number] = .text(parser) }
      return read(
        content, of: chunk, unwrapped: lines, by: &parser, limit: limit, into: &receiver)
    case .columns(var parser):
      defer { parsers[number] = .columns(parser) }
      parser.beginChunk()
      return read(
        content, of: chunk, unwrapped: lines, by: &parser, limit: limit, into: &receiver)
    case .pairs(var parser):
      defer { parsers[number] = .pairs(parser) }
      return read(
        content, of: chunk, unwrapped: lines, by: &parser, limit: limit, into: &receiver)
    }
  }

  // MARK: The loop

  private mutating func read<Receiver: LineReceiver & ~Copyable>(
    _ content: borrowing OwnedBuffer<UInt8>, of chunk: Chunk,
    unwrapped lines: UnwrappedLines? = nil,
    by parser: inout some LineParsing, limit: Int, into receiver: inout Receiver
  ) -> Int {
    let bytes = content.span
    receiver.begin(bytes, of: chunk, unwrapped: lines)
    // Not a property: it would be copied for each line that the attributor, another one, reads.
    var record = AccessRecord()
    var start = 0
    var index = 0
    while start < bytes.count && index < limit {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty {
        receiver.countBlank()
      } else {
        do throws(LineRejection) {
          try read(line.range, index, of: bytes, by: &parser, into: &record, &receiver)
        } catch {
          if let rest = bytes.rangeBehindHole(of: line.range) {
            readRest(rest, index, of: bytes, by: &parser, into: &record, &receiver)
          } else {
            reject(error, line.range, index, of: bytes, &receiver)
          }
        }
      }
      index &+= 1
    }
    let lineCount = lines?.unwrapper.lineCount ?? index
    receiver.end(lineCount: lineCount, joinedCount: lines?.unwrapper.joinedCount ?? 0)
    return lineCount
  }

  /// One line on its way from bytes to request.
  @inline(__always)
  private mutating func read<Receiver: LineReceiver & ~Copyable>(
    _ line: Range<Int>, _ index: Int, of bytes: borrowing Span<UInt8>,
    by parser: inout some LineParsing, into record: inout AccessRecord, _ receiver: inout Receiver
  ) throws(LineRejection) {
    if line.count > SourceReader.lineLimit {
      throw LineRejection(.lineTooLong, at: SourceReader.lineLimit)
    }
    record.reset()
    try parser.parse(bytes, line: line, into: &record)
    switch attributor.attribute(&record, in: bytes) {
    case .counted(let request):
      receiver.count(&record, request, in: bytes, line: LinePlace(range: line, index: index))
    case .leftOut(let reason):
      receiver.leaveOut(
        &record, for: reason, &attributor, in: bytes, line: LinePlace(range: line, index: index))
    }
  }

  /// What follows zeros, which a crash or a truncation has left before the line.
  @inline(never)
  private mutating func readRest<Receiver: LineReceiver & ~Copyable>(
    _ line: Range<Int>, _ index: Int, of bytes: borrowing Span<UInt8>,
    by parser: inout some LineParsing, into record: inout AccessRecord, _ receiver: inout Receiver
  ) {
    do throws(LineRejection) {
      try read(line, index, of: bytes, by: &parser, into: &record, &receiver)
    } catch {
      reject(error, line, index, of: bytes, &receiver)
    }
  }

  /// A line was refused. If the source holds a second format, the line may be of that one.
  @inline(never)
  private mutating func reject<Receiver: LineReceiver & ~Copyable>(
    _ rejection: LineRejection, _ line: Range<Int>, _ index: Int, of bytes: borrowing Span<UInt8>,
    _ receiver: inout Receiver
  ) {
    var rejection = rejection
    if rejection.reason.isOtherShape, var parser = alternate {
      alternate = nil
      receiver.changeFormats()
      defer {
        alternate = parser
        receiver.changeFormats()
      }
      var record = AccessRecord()
      do throws(LineRejection) {
        return try read(line, index, of: bytes, by: &parser, into: &record, &receiver)
      } catch {
        if !error.reason.isOtherShape {
          return receiver.reject(error, in: bytes, line: LinePlace(range: line, index: index))
        }
      }
    }
    if isMixed && rejection.reason.isOtherShape { rejection.reason = .otherLine }
    receiver.reject(rejection, in: bytes, line: LinePlace(range: line, index: index))
  }
}

extension Span where Element == UInt8 {
  /// What of `line` follows zeros that it begins with; nil if it begins with none, or holds nothing else.
  fileprivate func rangeBehindHole(of line: Range<Int>) -> Range<Int>? {
    guard self[line.lowerBound] == 0 else { return nil }
    var start = line.lowerBound
    while start < line.upperBound, self[start] == 0 { start += 1 }
    return start < line.upperBound ? start..<line.upperBound : nil
  }
}

/// Reads the lines of a source whose format was not recognized.
private struct RejectingParser: LineParsing {
  mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    throw LineRejection(.unrecognized, at: 0)
  }
}
