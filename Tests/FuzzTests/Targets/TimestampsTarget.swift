import FuzzModels

@testable import AccessLogParsing

/// timestamps: what is remembered of one must not change another, and what stands around it must
/// not either. An input's first line is a pattern for `strftime`, perhaps none; the others are timestamps.
final class TimestampsTarget: FuzzTarget {
  private static let clock = LocalClock(first: 3600, changes: [(1_000_000_000, 7200)])
  private static let lineLimit = 8

  private var zoned = TimestampReader()
  private var local = TimestampReader(clock: TimestampsTarget.clock)
  private var patternText: [UInt8] = []
  private var pattern: TimestampPattern?
  private var patterned = TimestampReader(clock: TimestampsTarget.clock)

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let end = input.plainLineEnd(from: 0)
    try usePattern(input, 0..<min(end, 64))
    var start = end + 1
    var count = 0
    while start < input.count, count < Self.lineLimit {
      let end = input.plainLineEnd(from: start)
      if end > start { try compare(input, start..<end) }
      start = end + 1
      count += 1
    }
  }

  private func usePattern(_ input: borrowing Span<UInt8>, _ range: Range<Int>) throws(Violation) {
    let text = input.plainCopy(of: range)
    guard text != patternText else { return }
    patternText = text
    patterned = TimestampReader(clock: Self.clock)
    do throws(TimestampPattern.PatternError) {
      pattern = try TimestampPattern(String(decoding: text, as: UTF8.self))
    } catch {
      try check((0...text.count * 3).contains(error.offset), "a pattern is refused within itself")
      pattern = nil
    }
  }

  private func compare(
    _ input: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(Violation) {
    let timestamp = input.extracting(range)
    let alone = Surroundings(of: timestamp)
    let known = Result { () throws(TimestampError) in try zoned.any(input, in: range) }
    var fresh = TimestampReader()
    let expected = Result { () throws(TimestampError) in try fresh.any(alone.span, in: alone.range)
    }
    try check(known == expected, "\(input.text(range)): \(known), but at first \(expected)")
    try check(
      known == Result { () throws(TimestampError) in try zoned.any(input, in: range) }, "once more")
    try compareWithModel(expected, timestamp, hasClock: false)

    let inZone = Result { () throws(TimestampError) in try local.any(input, in: range) }
    var freshInZone = TimestampReader(clock: Self.clock)
    let expectedInZone = Result { () throws(TimestampError) in
      try freshInZone.any(alone.span, in: alone.range)
    }
    try check(
      inZone == expectedInZone, "\(input.text(range)): \(inZone), but at first \(expectedInZone)")
    if case .success = expected {
      try check(
        inZone == expected,
        "\(input.text(range)): a clock does not change a timestamp that has a zone")
    }
    if let pattern { try compare(input, range, pattern) }
  }

  private func compare(
    _ input: borrowing Span<UInt8>, _ range: Range<Int>, _ pattern: TimestampPattern
  ) throws(Violation) {
    let alone = Surroundings(of: input.extracting(range), filledBy: range.count)
    var end = range.lowerBound
    let known = Result { () throws(TimestampError) in
      try patterned.patterned(input, at: &end, before: range.upperBound, pattern)
    }
    var freshEnd = alone.start
    let expected = Result { () throws(TimestampError) in
      try pattern.read(alone.span, at: &freshEnd, before: alone.range.upperBound, Self.clock)
    }
    try check(known == expected, "\(input.text(range)): \(known), but at first \(expected)")
    guard case .success(let moment) = known else { return }
    try check(end - range.lowerBound == freshEnd - alone.start, "\(input.text(range)): other ends")
    try check(end <= range.upperBound, "\(input.text(range)): ends within its line")
    try check(
      (0..<(TimestampReader.lastSecond + 1) * 1_000_000_000).contains(moment),
      "\(input.text(range)): out of range")
  }

  /// A timestamp that ``SlowTimestamp`` can read is read so.
  private func compareWithModel(
    _ result: Result<Int64, TimestampError>, _ timestamp: borrowing Span<UInt8>, hasClock: Bool
  ) throws(Violation) {
    guard let moment = SlowTimestamp.nanoseconds(timestamp.plainCopy(of: 0..<timestamp.count))
    else { return }
    let isInRange = (0..<(TimestampReader.lastSecond + 1) * 1_000_000_000).contains(moment)
    let expected: Result<Int64, TimestampError> =
      isInRange ? .success(moment) : .failure(.outOfRange)
    try check(
      result == expected, "\(timestamp.text(0..<timestamp.count)): \(result), not \(expected)")
  }
}
