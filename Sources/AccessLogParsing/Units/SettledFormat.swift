internal import ByteScanning

/// A format as the first lines of a source settle it: where the duration is and in which unit, which of
/// several keys holds the path, and what looks like a duration or a size and is not taken.
package struct SettledFormat: Equatable, Sendable {
  package var format: LogFormat
  /// What was decided about a duration whose unit the format does not define; nil if it does.
  package var decision: UnitDecision?
  /// Fields that look like durations or sizes, and are not counted.
  package var notTaken: [String] = []
  /// The fields that the lines have.
  package var fields: [String] = []

  init(_ format: LogFormat, _ decision: UnitDecision? = nil) {
    (self.format, self.decision) = (format, decision)
  }
}

extension LogFormat {
  /// How many lines are examined if the first ones, as many as detection examines, leave a unit open.
  private static let longSampleLimit = 5_000

  /// The format as the lines of `bytes`, the first of a source, settle it.
  ///
  /// - Parameter asked: the unit that the user gave. It decides, whatever the format or the lines say.
  package func settled(
    by bytes: borrowing Span<UInt8>, clock: LocalClock?, asked: DurationUnit? = nil
  ) -> SettledFormat {
    let settled = settled(bytes, FormatDetection.sampleLimit, clock, asked)
    guard let decision = settled.decision, decision.unit == nil,
      bytes.endOfLines(FormatDetection.sampleLimit) < bytes.count
    else { return settled }
    return self.settled(bytes, Self.longSampleLimit, clock, asked)
  }

  private func settled(
    _ bytes: borrowing Span<UInt8>, _ limit: Int, _ clock: LocalClock?, _ asked: DurationUnit?
  ) -> SettledFormat {
    guard case .wrapped(let wrapping, let inner) = self else {
      let sample = bytes.extracting(0..<bytes.endOfLines(limit))
      return settled(sample, reading: self, clock, asked)
    }
    var unwrapper = LineUnwrapper(wrapping)
    unwrapper.unwrap(bytes, limit: limit)
    let shaped = wrapping.passesTime ? inner.afterTimestamp : inner
    var settled = inner.settled(unwrapper.text.span, reading: shaped, clock, asked)
    settled.format = .wrapped(wrapping, settled.format)
    // The object around the line may say how long the request took, and the line not.
    if wrapping.envelope == .json, settled.decision?.unit == nil {
      settled.notTaken += MappingSettling.durationKeys(of: bytes)
    }
    return settled
  }

  /// - Parameter shaped: what reads `bytes`: the format itself, or with a time that was put there.
  private func settled(
    _ bytes: borrowing Span<UInt8>, reading shaped: LogFormat, _ clock: LocalClock?,
    _ asked: DurationUnit?
  ) -> SettledFormat {
    let settled: SettledFormat
    switch self {
    case .common(let layout): settled = Self.settled(layout, bytes, asked)
    case .columns(let layout): settled = Self.settled(layout, bytes, clock)
    case .json(let mapping, let moment):
      settled =
        MappingSettling(mapping, bytes, reading: shaped, clock, asked) {
          .json($0, moment)
        }.settled
    case .pairs(let mapping, let moment):
      settled =
        MappingSettling(mapping, bytes, reading: shaped, clock, asked) {
          .pairs($0, moment)
        }.settled
    case .text(let layout): settled = Self.settled(layout, bytes, reading: shaped, clock)
    case .wrapped: settled = SettledFormat(self)
    }
    var result = settled.settlingUnit(bytes, reading: shaped, clock, asked)
    if result.fields.isEmpty { result.fields = result.format.fieldNames }
    return result
  }

  private static func settled(
    _ layout: CommonLogLayout, _ bytes: borrowing Span<UInt8>, _ asked: DurationUnit?
  ) -> SettledFormat {
    guard case .requestTime = layout.duration,
      let (layout, decision) = ExtraFieldEvidence(bytes, layout).decision(bytes, asked: asked)
    else { return SettledFormat(.common(layout)) }
    var settled = SettledFormat(.common(layout), decision)
    if decision.unit == nil { settled.notTaken = [decision.field] }
    // nginx's own field needs no note, unless its unit was doubtful.
    if case .requestTime(.extra(1)) = layout.duration, asked == nil { settled.decision = nil }
    return settled
  }

  /// A value that takes all the rest of the line may take what is behind it, too.
  private static func settled(
    _ layout: TextLayout, _ bytes: borrowing Span<UInt8>, reading shaped: LogFormat,
    _ clock: LocalClock?
  ) -> SettledFormat {
    var settled = SettledFormat(.text(layout))
    guard case .value(let last)? = layout.pieces.last, last.role == .none, last.shape == .any,
      let name = last.names.first
    else { return settled }
    let values = FieldSample(bytes, shaped, field: name, clock)
    let longer = values.texts.count { $0.endsWithNumber }
    if longer * 10 >= values.lineCount * 9, longer > 0 {
      settled.notTaken = ["the end of \(name)"]
    }
    return settled
  }

  private static func settled(
    _ layout: ColumnLayout, _ bytes: borrowing Span<UInt8>, _ clock: LocalClock?
  ) -> SettledFormat {
    var layout = layout
    guard layout.columns.contains("time-taken"), layout.durationUnit == nil else {
      return SettledFormat(.columns(layout))
    }
    let values = FieldSample(bytes, .columns(layout), field: "time-taken", clock)
    guard layout.unitOfTimeTaken == nil, !values.numbers.isEmpty else {
      return SettledFormat(.columns(layout))
    }
    var decision = UnitDecision(field: "time-taken", unit: nil, evidence: "")
    if layout.isW3CLogger, values.decimals == 4 {
      layout.durationUnit = .milliseconds
      layout.timestampMoment = .start
      decision.evidence =
        "the columns are those of ASP.NET Core, which writes milliseconds with four decimals"
    } else if bytes.holds("#Software: Microsoft Internet Information Services") {
      layout.durationUnit = .milliseconds
      decision.evidence = "the file says that IIS wrote it"
    } else if values.hasDecimals {
      let (unit, evidence) = DecimalEvidence(values.numbers.map(\.approximation)).decision
      layout.durationUnit = unit
      decision.evidence = evidence
    } else {
      decision.evidence = "the specification has seconds, and IIS writes milliseconds"
    }
    decision.unit = layout.durationUnit
    var settled = SettledFormat(.columns(layout), decision)
    if decision.unit == nil { settled.notTaken = ["time-taken"] }
    return settled
  }
}

extension SettledFormat {
  /// Settles what is the same for all formats: a unit that is still open, and the user's.
  fileprivate func settlingUnit(
    _ bytes: borrowing Span<UInt8>, reading shaped: LogFormat, _ clock: LocalClock?,
    _ asked: DurationUnit?
  ) -> SettledFormat {
    var settled = self
    if settled.decision == nil {
      settled.decision =
        DurationEvidence(bytes, format: format.like(shaped), clock: clock)?.decision
        ?? WholeNumberEvidence(bytes, format: format.like(shaped), clock: clock)?.decision
        ?? tooSmall(bytes, shaped, clock)
      if let decision = settled.decision {
        settled.format =
          decision.unit.flatMap { format.deciding(decision.field, unit: $0) }
          ?? format.leavingDurationOpen
        settled.notTaken.removeAll { $0 == decision.field }
        if decision.unit == nil { settled.notTaken.append(decision.field) }
      }
    }
    guard let asked else { return settled }
    if settled.decision?.unit == asked, settled.decision?.evidence == ExtraFieldEvidence.asked {
      return settled
    }
    // Unless the lines have shown a field behind the common format, there is none.
    if settled.decision == nil, case .common(let layout) = settled.format,
      case .requestTime = layout.duration
    {
      return settled
    }
    guard hasDuration(settled.format), let overridden = settled.format.overriding(asked) else {
      return settled
    }
    let field = overridden.parts.first { $0.name == .duration }?.fields.joined(separator: " + ")
    settled.format = overridden
    settled.decision = UnitDecision(
      field: field ?? "", unit: asked, evidence: ExtraFieldEvidence.asked)
    settled.notTaken.removeAll { $0 == field }
    return settled
  }

  /// Whether the lines have what `format` takes for the duration, if it goes by keys.
  private func hasDuration(_ format: LogFormat) -> Bool {
    switch format {
    case .json(let mapping, _), .pairs(let mapping, _):
      (mapping.duration + mapping.undecidedDuration).contains { fields.contains($0) }
    default: true
    }
  }

  /// Apache's `%D` is in microseconds, Tomcat's up to version 10.0 in milliseconds; nothing takes a few
  /// microseconds.
  private func tooSmall(
    _ bytes: borrowing Span<UInt8>, _ shaped: LogFormat, _ clock: LocalClock?
  ) -> UnitDecision? {
    guard case .text(let layout) = format, layout.name == "apache",
      let field = layout.fields.first(where: { $0.role == .duration(.microseconds) })?.names.first
    else { return nil }
    let numbers = FieldSample(bytes, shaped, field: field, clock).numbers
      .compactMap { $0.scaled(byPowerOfTen: 0) }.sorted()
    guard !numbers.isEmpty else { return nil }
    let median = numbers[numbers.count / 2]
    guard median < Self.leastMicroseconds else { return nil }
    return UnitDecision(
      field: field, unit: nil,
      evidence: "in microseconds, half of the requests would take \(median) µs or less; "
        + "Tomcat up to 10.0 writes milliseconds for %D")
  }

  /// Half of the requests in a log take longer than this.
  private static let leastMicroseconds: Int64 = 50
}

extension String {
  /// Whether several words end with a number, or with one that has a unit.
  fileprivate var endsWithNumber: Bool {
    guard let space = lastIndex(of: " "), space > startIndex else { return false }
    let word = Array(self[index(after: space)...].utf8)
    return !word.isEmpty && (try? word.span.duration(in: 0..<word.count, unit: .seconds)) != nil
  }
}

extension LogFormat {
  /// The format, with a time in front where `shaped` has one that was put there.
  fileprivate func like(_ shaped: LogFormat) -> LogFormat {
    !hasTime && shaped.hasTime ? afterTimestamp : self
  }
}

/// The values of one field in the first lines of a source.
struct FieldSample {
  private(set) var numbers: [Decimal] = []
  /// Values that are no numbers.
  private(set) var texts: [String] = []
  private(set) var lineCount = 0

  /// Reads the lines of `bytes` that have `format`. A field that the format does not have yields none.
  init(_ bytes: borrowing Span<UInt8>, _ format: LogFormat, field: String, _ clock: LocalClock?) {
    guard
      var parser = try? LineParser(
        format: format.leavingDurationOpen, capturing: [field],
        clock: clock ?? LocalClock(offset: 0))
    else { return }
    parser.forEachRecord(in: bytes) { record, bytes in
      lineCount += 1
      let slice = record.captured[0]
      guard bytes.hasValue(slice) else { return }
      if let number = bytes.decimal(in: slice.range) {
        if !number.isNegative { numbers.append(number) }
      } else {
        let text = bytes.extracting(slice.range.prefix(200)).copied()
        texts.append(String(decoding: text, as: UTF8.self))
      }
    }
  }

  var hasDecimals: Bool { numbers.contains { $0.exponent < 0 } }
  /// How many decimals all numbers have; nil if they differ.
  var decimals: Int? {
    let counts = Set(numbers.map { -$0.exponent })
    return counts.count == 1 ? counts.first : nil
  }
}
