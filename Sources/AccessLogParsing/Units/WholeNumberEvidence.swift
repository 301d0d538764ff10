internal import ByteScanning

/// Looks for the unit of a duration that has decimals, or names its unit, unless the server was told to
/// write whole numbers in another one: Caddy's `duration_format`.
package struct WholeNumberEvidence {
  /// No request that a server answers takes less, in the smallest of the units: a microsecond.
  private static let leastInNanoseconds: Int64 = 1_000
  /// Half of the requests of a log do not take longer, in milliseconds: ten minutes.
  private static let mostInMilliseconds: Int64 = 600_000

  private let field: String
  private let units: [DurationUnit]
  /// Ascending.
  private var values: [Int64] = []

  /// Looks at the first lines of `bytes`; nil if the format has no such duration, or a line has one
  /// with decimals or a unit of its own, or none has one.
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
        // Nanoseconds are more seconds than a year has.
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

  /// The whole number at which a line was refused.
  private func value(
    _ bytes: borrowing Span<UInt8>, _ rejection: LineRejection, _ line: Range<Int>
  ) -> Int64? {
    let start = line.lowerBound + rejection.byteOffset
    var end = start
    while end < line.upperBound, bytes[end] &- UInt8(ascii: "0") <= 9 { end += 1 }
    return bytes.integer(in: start..<end)
  }

  /// What the lines tell.
  package var decision: UnitDecision {
    let least = values[0]
    let median = values[values.count / 2]
    var possible = units
    var reasons: [String] = []
    if least < Self.leastInNanoseconds {
      possible.removeAll { $0 == .nanoseconds }
      reasons.append("no request takes the \(least) ns that the shortest would")
    }
    if median > Self.mostInMilliseconds {
      possible.removeAll { $0 == .milliseconds }
      reasons.append("half of the requests would take over ten minutes in ms")
    }
    let start = "it is a whole number on all \(values.count) lines, as seconds are not"
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
