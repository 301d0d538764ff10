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
      return layout.durationColumn == nil ? nil : .columns(layout)
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
  var undecidedField: String? {
    switch self {
    case .text(let layout):
      layout.fields.first { $0.role == .undecidedDuration }?.names.first
    case .json(let mapping, _), .pairs(let mapping, _): mapping.undecidedDuration.first
    case .common, .columns, .wrapped: nil
    }
  }
}

extension LogFormat {
  /// Text in the lines that reveals the unit of a duration.
  var unitMarks: [UnitMark] {
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
