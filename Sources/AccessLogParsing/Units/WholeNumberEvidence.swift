internal import ByteScanning

/// Looks for the unit of a duration that has decimals, or includes its unit, unless the server was
/// configured to write whole numbers in another unit: Caddy's `duration_format`.
package struct WholeNumberEvidence {
  /// No request takes a server less than this, in the smallest of the units: a microsecond.
  private static let leastInNanoseconds: Int64 = 1_000
  /// Half of the requests in a log do not take longer than this, in milliseconds: ten minutes.
  private static let mostInMilliseconds: Int64 = 600_000

  private let field: String
  private let units: [DurationUnit]
  /// In ascending order.
  private var values: [Int64] = []

  /// Examines the first lines of `bytes`; nil if the format has no such duration, if any line has
  /// one with decimals or a unit of its own, or if none has one.
  package init?(_ bytes: borrowing Span<UInt8>, format: LogFormat, clock: LocalClock?) {
    if case .wrapped(let wrapping, let inner) = format {
      var unwrapper = LineUnwrapper(wrapping)
      unwrapper.unwrap(bytes, limit: FormatDetection.sampleLimit)
      self.init(unwrapper.text.span, format: inner, clock: clock)
      return
    }
    guard case .json(let mapping, _) = format, let field = mapping.duration.first,
      !mapping.wholeNumberUnits.isEmpty
    else { return nil }
    self.init(field: field, units: mapping.wholeNumberUnits)
    let sample = bytes.extracting(0..<bytes.endOfLines(FormatDetection.sampleLimit))
    guard collect(sample, format, clock), !values.isEmpty else { return nil }
    values.sort()
  }

  private init(field: String, units: [DurationUnit]) { (self.field, self.units) = (field, units) }

  /// - Returns: whether all durations are whole numbers.
  private mutating func collect(
    _ bytes: borrowing Span<UInt8>, _ format: LogFormat, _ clock: LocalClock?
  ) -> Bool {
    guard var parser = try? LineParser(format: format, capturing: [field], clock: clock) else {
      return false
    }
    var record = AccessRecord()
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      guard !line.range.isEmpty else { continue }
      do throws(LineRejection) {
        try parser.parse(bytes, line: line.range, into: &record)
      } catch {
        // As seconds, nanoseconds would be more than a year.
        if error.reason != .invalidDuration { continue }
        guard let value = value(bytes, error, line.range) else { return false }
        values.append(value)
        continue
      }
      let slice = record.captured[0]
      guard bytes.hasValue(slice) else { continue }
      guard let value = bytes.integer(in: slice.range) else { return false }
      values.append(value)
    }
    return true
  }

  /// The whole number for which a line was rejected.
  private func value(
    _ bytes: borrowing Span<UInt8>, _ rejection: LineRejection, _ line: Range<Int>
  ) -> Int64? {
    let start = line.lowerBound + rejection.byteOffset
    var end = start
    while end < line.upperBound, bytes[end] &- UInt8(ascii: "0") <= 9 { end += 1 }
    return bytes.integer(in: start..<end)
  }

  /// What the lines reveal.
  package var decision: UnitDecision {
    let least = values[0]
    let median = values[values.count / 2]
    var possible = units
    var reasons: [String] = []
    if least < Self.leastInNanoseconds {
      possible.removeAll { $0 == .nanoseconds }
      reasons.append("in nanoseconds, the shortest request would take only \(least) ns")
    }
    if median > Self.mostInMilliseconds {
      possible.removeAll { $0 == .milliseconds }
      reasons.append("in milliseconds, half of the requests would take over ten minutes")
    }
    let lines = values.count == 1 ? "the only line" : "all \(values.count) lines"
    let start = "it is a whole number on \(lines), so it is not in seconds"
    guard possible.count == 1 else {
      let names = possible.map(\.rawValue).joined(separator: " or ")
      return UnitDecision(
        field: field, unit: nil,
        evidence: start + (names.isEmpty ? "" : ", but may be in \(names)"))
    }
    return UnitDecision(
      field: field, unit: possible[0], evidence: "\(start); \(reasons.joined(separator: "; "))")
  }
}
