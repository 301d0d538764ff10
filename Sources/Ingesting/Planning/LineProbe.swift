internal import AccessLogParsing
internal import ByteScanning

/// Tries lines, one at a time and in any order: the last of each chunk.
final class LineProbe {
  let plan: SourcePlan
  private var parser: LineParser
  private var unwrapper: LineUnwrapper?
  private var record = AccessRecord()

  init?(_ plan: SourcePlan) {
    guard let parser = try? LineParser(format: plan.format, capturing: [], clock: plan.clock) else {
      return nil
    }
    self.plan = plan
    self.parser = parser
    unwrapper = plan.wrapping.map { LineUnwrapper($0) }
  }

  /// Whether the line with its terminator in `range` is no evidence against the format.
  func reads(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    var unwrapper: LineUnwrapper? = nil
    swap(&unwrapper, &self.unwrapper)
    guard var unwrapper else { return reads(line: bytes.extracting(range)) }
    unwrapper.unwrap(bytes.extracting(range))
    let isRead = reads(line: unwrapper.text.span)
    self.unwrapper = consume unwrapper
    return isRead
  }

  /// When the request in the line in `range` began, in nanoseconds since 1970; nil if there is none.
  func time(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Int64? {
    var unwrapper: LineUnwrapper? = nil
    swap(&unwrapper, &self.unwrapper)
    guard var unwrapper else { return time(ofLine: bytes.extracting(range)) }
    unwrapper.unwrap(bytes.extracting(range))
    let time = time(ofLine: unwrapper.text.span)
    self.unwrapper = consume unwrapper
    return time
  }

  private func time(ofLine bytes: borrowing Span<UInt8>) -> Int64? {
    let line = bytes.line(from: 0).range
    if line.isEmpty { return nil }
    return (try? parser.parse(bytes, line: line, into: &record)) == nil ? nil : record.start
  }

  private func reads(line bytes: borrowing Span<UInt8>) -> Bool {
    let line = bytes.line(from: 0).range
    if line.isEmpty { return true }
    do throws(LineRejection) {
      try parser.parse(bytes, line: line, into: &record)
      return true
    } catch {
      return !error.reason.speaksAgainstFormat || !error.reason.isOtherShape
    }
  }
}
