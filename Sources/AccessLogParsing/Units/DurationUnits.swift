internal import ByteScanning

/// The unit of a duration whose format does not define it, and the evidence for it.
package struct UnitDecision: Equatable, Sendable {
  /// The field that looks like a duration, by the name that rules use.
  package var field: String
  /// nil if the log does not reveal it.
  package var unit: DurationUnit?
  /// The observations, for people.
  package var evidence: String
}

extension LogFormat {
  /// The format with its undecided duration in `unit`; `field` names it if several fields of the
  /// format could be it. nil if it has none.
  package func deciding(_ field: String? = nil, unit: DurationUnit) -> LogFormat? {
    switch self {
    case .common(var layout):
      guard let field, let place = CommonLogField(name: field) else { return nil }
      layout.duration = .field(place, unit)
      // Apache's `%t` is the start of the request.
      layout.timestampMoment = .start
      return .common(layout)
    case .text(var layout):
      let meant = field.flatMap { layout.index(ofField: $0) }.map { layout.fields[$0] }
      if field != nil && meant == nil { return nil }
      var isFound = false
      layout.pieces = layout.pieces.map { piece in
        guard case .value(var value) = piece else { return piece }
        if meant.map({ value == $0 }) ?? (value.role == .undecidedDuration) {
          value.role = .duration(unit)
          isFound = true
        } else if case .duration = value.role, meant != nil {
          value.role = .none
        }
        return .value(value)
      }
      return isFound ? .text(layout) : nil
    case .json(var mapping, let moment):
      return mapping.decide(field, unit) ? .json(mapping, moment) : nil
    case .pairs(var mapping, let moment):
      return mapping.decide(field, unit) ? .pairs(mapping, moment) : nil
    case .columns(var layout):
      layout.durationUnit = unit
      return .columns(layout)
    case .wrapped(let wrapping, let inner):
      return inner.deciding(field, unit: unit).map { .wrapped(wrapping, $0) }
    }
  }

  /// The format with all its durations in `unit`, whatever it says about them; nil if it has none.
  func overriding(_ unit: DurationUnit) -> LogFormat? {
    switch self {
    case .common(var layout):
      switch layout.duration {
      case .none: return nil
      case .requestTime(let field): layout.duration = .found(field, unit)
      case .found(let field, _): layout.duration = .found(field, unit)
      case .field(let field, _): layout.duration = .field(field, unit)
      }
      return .common(layout)
    case .text(var layout):
      var isFound = false
      layout.pieces = layout.pieces.map { $0.overriding(unit, &isFound) }
      return isFound ? .text(layout) : nil
    case .json(var mapping, let moment):
      return mapping.override(unit) ? .json(mapping, moment) : nil
    case .pairs(var mapping, let moment):
      return mapping.override(unit) ? .pairs(mapping, moment) : nil
    case .columns(var layout):
      layout.durationUnit = unit
      return layout.columns.contains("time-taken") ? .columns(layout) : nil
    case .wrapped(let wrapping, let inner):
      return inner.overriding(unit).map { .wrapped(wrapping, $0) }
    }
  }

  /// The format with `moment` as the meaning of its timestamps.
  package func timestamped(_ moment: TimestampMoment) -> LogFormat {
    switch self {
    case .common(var layout):
      layout.timestampMoment = moment
      return .common(layout)
    case .text(var layout):
      layout.timestampMoment = moment
      return .text(layout)
    case .json(let mapping, _): return .json(mapping, moment)
    case .pairs(let mapping, _): return .pairs(mapping, moment)
    case .columns(var layout):
      layout.timestampMoment = moment
      return .columns(layout)
    case .wrapped(let wrapping, let inner): return .wrapped(wrapping, inner.timestamped(moment))
    }
  }

  /// The format without its duration, whose unit the log does not reveal.
  package var leavingDurationOpen: LogFormat {
    switch self {
    case .json(var mapping, let moment):
      mapping.leaveDurationOpen()
      return .json(mapping, moment)
    case .pairs(var mapping, let moment):
      mapping.leaveDurationOpen()
      return .pairs(mapping, moment)
    case .wrapped(let wrapping, let inner): return .wrapped(wrapping, inner.leavingDurationOpen)
    case .columns(var layout):
      layout.durationUnit = nil
      return .columns(layout)
    case .text(var layout):
      layout.pieces = layout.pieces.map { piece in
        guard case .value(var field) = piece, case .duration = field.role else { return piece }
        field.role = .undecidedDuration
        return .value(field)
      }
      return .text(layout)
    case .common: return self
    }
  }

  /// The field that may be a duration, in a format that does not define its unit.
  fileprivate var undecidedField: String? {
    switch self {
    case .text(let layout):
      layout.fields.first { $0.role == .undecidedDuration }?.names.first
    case .json(let mapping, _), .pairs(let mapping, _): mapping.undecidedDuration.first
    case .common, .columns, .wrapped: nil
    }
  }
}

extension LogFormat {
  fileprivate var unitMarks: [UnitMark] {
    switch self {
    case .json(let mapping, _), .pairs(let mapping, _): mapping.unitMarks
    case .common, .text, .columns, .wrapped: []
    }
  }
}

extension TextLayout.Piece {
  fileprivate func overriding(_ unit: DurationUnit, _ isFound: inout Bool) -> TextLayout.Piece {
    switch self {
    case .literal, .spaces: return self
    case .optional(let pieces): return .optional(pieces.map { $0.overriding(unit, &isFound) })
    case .value(var field):
      switch field.role {
      case .duration, .undecidedDuration:
        field.role = .duration(unit)
        isFound = true
      default: break
      }
      return .value(field)
    }
  }
}

extension FieldMapping {
  fileprivate mutating func override(_ unit: DurationUnit) -> Bool {
    if duration.isEmpty { return decide(nil, unit) }
    durationUnit = unit
    wholeNumberUnits = []
    return true
  }

  fileprivate mutating func decide(_ field: String?, _ unit: DurationUnit) -> Bool {
    let keys = field.map { [$0] } ?? undecidedDuration
    guard !keys.isEmpty else { return false }
    duration = keys
    durationUnit = unit
    undecidedDuration = []
    wholeNumberUnits = []
    return true
  }

  fileprivate mutating func leaveDurationOpen() {
    guard undecidedDuration.isEmpty else { return }
    undecidedDuration = duration
    duration = []
  }
}

/// Looks for the unit of a duration in the first lines of a log.
///
/// Servers write a line when its request has ended, so with the right unit the requests end in the
/// order of their lines; and if the timestamp is the start, one that took long comes after others
/// that began later. A unit is accepted only if it alone agrees with both. If the timestamp is the
/// end, the order reveals nothing, and other contents of the lines have to decide.
package struct DurationEvidence {
  private static let units: [DurationUnit] = [.seconds, .milliseconds, .microseconds]
  /// Allows for clocks that count whole seconds, and for lines that were written a little late.
  private static let slack: Int64 = 2_000_000_000
  /// How many lines have to contradict a unit.
  private static let fewest = 3

  struct Line {
    var start: Int64
    var value: Decimal
  }

  private(set) var lines: [Line] = []
  private var hasFraction = false
  private let field: String
  /// The format's marks that were seen.
  private var marks: [UnitMark] = []
  private let timestampIsEnd: Bool

  /// Examines the lines of `bytes`; nil if the format leaves no unit undefined, or the lines have
  /// no such value.
  package init?(_ bytes: borrowing Span<UInt8>, format: LogFormat, clock: LocalClock?) {
    if case .wrapped(let wrapping, let inner) = format {
      var unwrapper = LineUnwrapper(wrapping)
      unwrapper.unwrap(bytes, limit: FormatDetection.sampleLimit)
      self.init(unwrapper.text.span, format: inner, clock: clock)
      return
    }
    let sample = bytes.extracting(0..<bytes.endOfLines(FormatDetection.sampleLimit))
    guard let field = format.undecidedField else { return nil }
    self.init(sample, format, field: field, clock)
    if lines.isEmpty { return nil }
    marks = format.unitMarks.filter { sample.holds($0.text) }
  }

  /// Examines `field`, whatever the format takes it for.
  init(
    _ bytes: borrowing Span<UInt8>, _ format: LogFormat, field: String, _ clock: LocalClock?
  ) {
    self.field = field
    // Apache's `%t`, when a bare number follows it, is the start; nginx defines its unit.
    if case .common = format {
      timestampIsEnd = false
    } else {
      timestampIsEnd = format.timestampMoment == .end
    }
    guard var parser = try? LineParser(format: format, capturing: [field], clock: clock) else {
      return
    }
    var record = AccessRecord()
    var start = 0
    var otherCount = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      guard !line.range.isEmpty,
        (try? parser.parse(bytes, line: line.range, into: &record)) != nil
      else { continue }
      // What the layout already takes for a duration is decided.
      if record.duration != AccessRecord.absent { otherCount += 1 }
      let slice = record.captured[0]
      guard bytes.hasValue(slice) else { continue }
      guard let value = bytes.decimal(in: slice.range), !value.isNegative else {
        otherCount += 1
        continue
      }
      if value.exponent < 0 { hasFraction = true }
      lines.append(Line(start: record.start, value: value))
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
    if timestampIsEnd {
      return UnitDecision(field: field, unit: nil, evidence: "nothing else in the lines reveals it")
    }
    return decisionByOrder
  }

  /// What the order of the lines reveals.
  private var decisionByOrder: UnitDecision {
    let against = Self.units.map { linesAgainst($0) }
    let tolerated = lines.count / 200
    let possible = Self.units.indices.filter { against[$0] <= tolerated }
    let refused = Self.units.indices.filter { !possible.contains($0) }
    let isClear = refused.allSatisfy { against[$0] >= tolerated + Self.fewest }
    let isPlausible = possible.count != 1 || isNeeded(Self.units[possible[0]])
    guard possible.count == 1, isClear, isPlausible else {
      return UnitDecision(
        field: field, unit: nil,
        evidence: "the order of the lines agrees with "
          + (possible.isEmpty
            ? "no unit"
            : possible.map { Self.units[$0].rawValue }.joined(separator: " and ")
              + (isPlausible ? "" : ", as it does with any small one if the stamp is the end")))
    }
    let counts = refused.map { "\(against[$0]) lines contradict \(Self.units[$0].rawValue)" }
    return UnitDecision(
      field: field, unit: Self.units[possible[0]],
      evidence: "only in \(Self.units[possible[0]].rawValue) do the requests end in the order of "
        + "their \(lines.count) lines; " + counts.joined(separator: ", "))
  }

  /// Whether the lines are in order with `unit` only because it is the unit. If the stamp is the end
  /// of the request they are in order anyway, and the smallest unit changes nothing about that: then
  /// there must be lines that come after later ones, or the next larger unit must be out of the
  /// question.
  private func isNeeded(_ unit: DurationUnit) -> Bool {
    guard unit == .microseconds else { return true }
    var latest = Int64.min
    var lateCount = 0
    for line in lines {
      if latest != .min, line.start < latest - Self.slack { lateCount += 1 }
      latest = max(latest, line.start)
    }
    let values = lines.map { $0.value.scaled(byPowerOfTen: 0) ?? .max }.sorted()
    return lateCount >= Self.fewest || values[values.count / 2] >= Self.manyMilliseconds
  }

  /// Half of the requests in a log do not take longer than this, in milliseconds: ten seconds.
  private static let manyMilliseconds: Int64 = 10_000

  /// How many lines are where they could not be if durations were in `unit`.
  private func linesAgainst(_ unit: DurationUnit) -> Int {
    let power = [DurationUnit.seconds: 9, .milliseconds: 6, .microseconds: 3][unit] ?? 0
    let durations = lines.map { min($0.value.scaled(byPowerOfTen: power) ?? .max, 1 << 61) }
    var count = 0
    var earliestEnd = Int64.max
    for index in lines.indices.reversed() {
      let end = min(lines[index].start, 1 << 62) + durations[index]
      if earliestEnd != .max, end > earliestEnd + Self.slack { count += 1 }
      earliestEnd = min(earliestEnd, end)
    }
    var latestStart = Int64.min
    for index in lines.indices {
      let start = lines[index].start
      let isLate = latestStart != .min && start < latestStart - Self.slack
      if isLate, durations[index] < latestStart - start - Self.slack { count += 1 }
      latestStart = max(latestStart, start)
    }
    return count
  }
}
