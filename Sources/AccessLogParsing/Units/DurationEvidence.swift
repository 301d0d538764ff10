internal import ByteScanning

/// Looks for the unit of a duration in the first lines of a log, if its format does not define it.
package struct DurationEvidence {
  private(set) var lines: [UnitElimination.Line] = []
  private var hasFraction = false
  private let field: String
  /// The format's marks that were seen.
  private var marks: [UnitMark] = []

  /// Examines the lines of `bytes`; nil if the format leaves no unit undefined, or the lines have
  /// no such value.
  package init?(_ bytes: borrowing Span<UInt8>, format: LogFormat, clock: LocalClock?) {
    guard let field = format.undecidedField else { return nil }
    self.init(bytes, format, field: field, clock)
    if lines.isEmpty { return nil }
    marks = format.unitMarks.filter { bytes.holds($0.text) }
  }

  /// Examines `field`, whatever the format takes it for.
  init(
    _ bytes: borrowing Span<UInt8>, _ format: LogFormat, field: String, _ clock: LocalClock?
  ) {
    self.field = field
    guard var parser = try? LineParser(format: format, capturing: [field], clock: clock) else {
      return
    }
    // Behind the common log format, a number may have a name and more around it.
    let isBehindFormat = if case .common = format { true } else { false }
    var otherCount = 0
    parser.forEachRecord(in: bytes) { record, bytes in
      // What the layout already takes for a duration is decided.
      if record.duration != AccessRecord.absent { otherCount += 1 }
      let slice = record.captured[0]
      guard bytes.hasValue(slice) else { return }
      let range = isBehindFormat ? bytes.durationText(in: slice.range).text : slice.range
      guard let value = bytes.decimal(in: range), !value.isNegative else {
        otherCount += 1
        return
      }
      if value.exponent < 0 { hasFraction = true }
      // A connection that became a WebSocket lasts as long as people look at the page.
      if record.status == 101 { return }
      lines.append(
        UnitElimination.Line(
          time: record.start, value: value.scaled(byPowerOfTen: 0) ?? .max,
          size: record.responseSize))
    }
    if lines.count <= otherCount * 9 { lines = [] }
  }

  /// What the lines reveal.
  package var decision: UnitDecision {
    if hasFraction {
      return UnitDecision(
        field: field, unit: .seconds, evidence: "it has decimals, as only seconds have")
    }
    if let mark = marks.first, marks.allSatisfy({ $0.unit == mark.unit }) {
      return UnitDecision(field: field, unit: mark.unit, evidence: mark.meaning)
    }
    if !marks.isEmpty {
      return UnitDecision(field: field, unit: nil, evidence: "its lines are of several versions")
    }
    return wholeNumbers(.anyServer).decision(of: field)
  }

  /// What the numbers and their order reveal.
  func wholeNumbers(_ producers: UnitElimination.Producers) -> UnitElimination {
    UnitElimination(lines, producers)
  }
}
