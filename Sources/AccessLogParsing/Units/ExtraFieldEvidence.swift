internal import ByteScanning

/// Looks for a duration, and its unit, in the fields that people put behind the common log format and
/// its descendants.
///
/// In the order in which they are believed: a unit that is part of the value (`12ms`) or the word behind
/// it (`12.345 ms`, `(38 ms)`); a name before it (`rt=0.038`, `duration_ms=38`); decimals, whose
/// unit their values have to show; whole numbers, whose unit the order of the lines has to show, or the
/// seconds before them (`1/1038123`).
struct ExtraFieldEvidence {
  private struct Field {
    /// The values as they are written, without names, quotes and parentheses.
    var values: [(number: Decimal?, text: String)] = []
    var names: Set<String> = []
    /// Lines with text that is no duration.
    var otherCount = 0
    /// Whether nothing was written around any of the values.
    var isBare = true
    /// The whole seconds that stand before a value, and it.
    var divided: [(seconds: Int64, value: Int64)] = []

    /// Whether almost all lines that have the field have a duration in it.
    var isDuration: Bool { !values.isEmpty && values.count >= otherCount * 9 }
    var hasUnits: Bool { values.allSatisfy { $0.number == nil } }
    var numbers: [Decimal] { values.compactMap(\.number) }
    var hasDecimals: Bool { numbers.contains { $0.exponent < 0 } }
    /// How many decimals all values have; nil if they differ.
    var decimals: Int? {
      let counts = Set(numbers.map { -$0.exponent })
      return counts.count == 1 ? counts.first : nil
    }
    /// The unit in which all values are the seconds before them; nil if there are none, or all are below a
    /// second.
    var unitBesideSeconds: DurationUnit? {
      guard divided.count == values.count, divided.contains(where: { $0.seconds > 0 }) else {
        return nil
      }
      if divided.allSatisfy({ $0.seconds == $0.value / 1_000_000 }) { return .microseconds }
      return divided.allSatisfy({ $0.seconds == $0.value / 1_000 }) ? .milliseconds : nil
    }
    /// The one name that all values have.
    var name: String? { names.count == 1 ? names.first : nil }
  }

  private let layout: CommonLogLayout
  private var fields = Array(repeating: Field(), count: CommonLogField.extraLimit)
  /// For each field, what lines have there, if it is a single word.
  private var words: [Set<String>] = Array(
    repeating: [], count: CommonLogField.extraLimit + 1)
  private var server = NginxMarks()

  /// Examines the lines of `bytes`, which have `layout`.
  init(_ bytes: borrowing Span<UInt8>, _ layout: CommonLogLayout) {
    var bare = layout
    bare.duration = .none
    self.layout = bare
    guard bytes.mayHaveMore(than: bare) else { return }
    let names = (1...CommonLogField.extraLimit).map { "extra_\($0)" }
    guard
      var parser = try? LineParser(format: .common(bare), capturing: names + NginxMarks.fields)
    else { return }
    parser.forEachRecord(in: bytes) { record, bytes in
      for index in names.indices { note(record.captured[index], bytes, at: index) }
      server.note(record, from: names.count, bytes)
    }
  }

  private mutating func note(_ slice: FieldSlice, _ bytes: borrowing Span<UInt8>, at index: Int) {
    guard bytes.hasValue(slice) else { return }
    let (range, secondsInFront) = bytes.durationText(in: slice.range)
    let text = String(decoding: bytes.extracting(range.prefix(32)).copied(), as: UTF8.self)
    if words[index].count < 4 { words[index].insert(text) }
    let equals = bytes.firstOffset(
      of: UInt8(ascii: "="), from: slice.range.lowerBound, to: slice.range.upperBound)
    if equals < slice.range.upperBound, fields[index].names.count < 2 {
      let name = bytes.extracting((slice.range.lowerBound..<equals).prefix(32)).copied()
      fields[index].names.insert(String(decoding: name, as: UTF8.self))
    }
    if range.isEmpty || text == "-" { return }
    if range != slice.range { fields[index].isBare = false }
    if let seconds = secondsInFront, let value = bytes.integer(in: range) {
      fields[index].divided.append((seconds, value))
    }
    if let number = bytes.decimal(in: range) {
      if !number.isNegative { fields[index].values.append((number, text)) }
    } else if (try? bytes.duration(in: range, unit: .seconds)) != nil {
      fields[index].values.append((nil, text))
    } else {
      fields[index].otherCount += 1
    }
  }

  // MARK: Decisions

  /// The layout with the duration that was found, and why; nil if no field may be one.
  ///
  /// - Parameter asked: the unit that the user gave.
  func decision(
    _ bytes: borrowing Span<UInt8>, asked: DurationUnit?
  ) -> (layout: CommonLogLayout, decision: UnitDecision)? {
    let candidates = fields.indices.filter { fields[$0].isDuration && !isOfPart($0) }
    let found =
      candidates.lazy.compactMap { explicit($0) }.first
      ?? candidates.lazy.compactMap { byDecimals($0) }.first
    if var found {
      if let asked {
        (found.unit, found.evidence) = (asked, Self.asked)
      }
      return (layout(with: found), UnitDecision(found))
    }
    // Two whole numbers are sizes, as mod_logio writes them, or one of them is: a name tells them apart.
    guard let index = candidates.first(where: { fields[$0].name != nil }) ?? candidates.first
    else { return nil }
    return byOrder(index, bytes, asked)
  }

  static let asked = "as --duration-unit says"

  struct Found {
    /// From 1.
    var number: Int
    var unit: DurationUnit?
    var evidence: String
    /// Whether it is nginx's `$request_time`, for which the parser has a path of its own.
    var isRequestTime = false
  }

  private func layout(with found: Found) -> CommonLogLayout {
    var layout = layout
    let field = CommonLogField.extra(found.number)
    layout.duration =
      switch found.unit {
      case .seconds? where found.isRequestTime: .requestTime(field)
      case let unit?: .found(field, unit)
      case nil: .none
      }
    return layout
  }

  /// A unit in the value or behind it, or a name that says which value it is.
  private func explicit(_ index: Int) -> Found? {
    let field = fields[index]
    let number = index + 1
    let example = field.values[0].text
    if field.hasUnits {
      return Found(
        number: number, unit: .milliseconds, evidence: "it says its unit, as in '\(example)'")
    }
    if let word = words[index + 1].first, words[index + 1].count == 1,
      let unit = DurationUnit(word: word)
    {
      return Found(number: number, unit: unit, evidence: "the word '\(word)' follows it")
    }
    if let unit = field.unitBesideSeconds {
      return Found(
        number: number, unit: unit,
        evidence:
          "the same stands before it in seconds, as in '\(field.divided[0].seconds)/\(example)'")
    }
    guard let name = field.name, let meaning = DurationName(name) else { return nil }
    if let unit = meaning.unit {
      return Found(number: number, unit: unit, evidence: "its name is '\(name)'")
    }
    guard field.decimals == 3, ["rt", "request_time"].contains(name) else { return nil }
    return Found(
      number: number, unit: .seconds,
      evidence: "it is called '\(name)' and has three decimals, as nginx's $request_time")
  }

  /// Whether the field's name says that it is a duration of something else, or no duration.
  private func isOfPart(_ index: Int) -> Bool {
    guard let name = fields[index].name else { return !fields[index].names.isEmpty }
    return DurationName(name) == nil && name != Self.nameOfApache
  }

  /// What is written before Apache's `%D`, whose unit Tomcat has another opinion of.
  private static let nameOfApache = "D"

  private func byDecimals(_ index: Int) -> Found? {
    let field = fields[index]
    guard field.hasDecimals else { return nil }
    let number = index + 1
    if field.decimals == 4, !layout.hasRefererAndAgent {
      return Found(
        number: number, unit: .seconds,
        evidence: "it has four decimals after the common format, as Rack and Puma write seconds")
    }
    if field.decimals == 3, isFollowedByUpstreamTime(index) {
      return Found(
        number: number, unit: .seconds,
        evidence: "the time of the upstream follows it, as in nginx's $request_time "
          + "$upstream_response_time", isRequestTime: field.isBare)
    }
    let evidence = DecimalEvidence(field.numbers.map(\.approximation))
    var decision = evidence.decision
    if decision.unit == nil, evidence.canBeSeconds, field.decimals == 3, let mark = server.mark {
      decision = (.seconds, "it has three decimals, as nginx's $request_time, and \(mark)")
    }
    return Found(
      number: number, unit: decision.unit, evidence: decision.evidence,
      isRequestTime: field.decimals == 3 && field.name == nil && field.isBare)
  }

  /// Whether the next field has three decimals as well, is never larger, and is missing on some lines or
  /// equal on some.
  private func isFollowedByUpstreamTime(_ index: Int) -> Bool {
    guard index + 1 < fields.count else { return false }
    let own = fields[index]
    let next = fields[index + 1]
    guard next.isDuration, next.decimals == 3, next.otherCount == 0,
      next.values.count == own.values.count
    else { return false }
    return zip(own.numbers, next.numbers).allSatisfy { $0.mantissa >= $1.mantissa }
      && zip(own.numbers, next.numbers).contains { $0.mantissa == $1.mantissa }
  }

  /// Whole numbers: Apache's `%D` or `%T`, or something else.
  private func byOrder(
    _ index: Int, _ bytes: borrowing Span<UInt8>, _ asked: DurationUnit?
  ) -> (layout: CommonLogLayout, decision: UnitDecision)? {
    let field = "extra_\(index + 1)"
    let evidence = DurationEvidence(bytes, .common(layout), field: field, nil)
    guard !evidence.lines.isEmpty else { return nil }
    let numbers = evidence.wholeNumbers(.commonLog)
    var decision = numbers.decision(of: field)
    if let asked { (decision.unit, decision.evidence) = (asked, Self.asked) }
    var layout = layout
    if let unit = decision.unit {
      layout.duration = .found(.extra(index + 1), unit)
      // Apache's `%t` is the start of the request, Tomcat's the end.
      layout.timestampMoment =
        numbers.stampIsStart || !numbers.isOutOfOrder(in: unit) ? .start : .end
    }
    return (layout, decision)
  }
}

extension UnitDecision {
  fileprivate init(_ found: ExtraFieldEvidence.Found) {
    self.init(field: "extra_\(found.number)", unit: found.unit, evidence: found.evidence)
  }
}

extension Span where Element == UInt8 {
  /// Whether a line may have something behind the fields of `layout`. In most logs none has, and to see that
  /// takes a tenth of the time of parsing the lines.
  fileprivate func mayHaveMore(than layout: CommonLogLayout) -> Bool {
    var start = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      let hasEnded =
        layout.hasRefererAndAgent ? endsWithAgent(line.range) : endsWithSize(line.range)
      if !hasEnded { return true }
    }
    return false
  }

  /// Whether the line has three quoted values, of which the third follows the second and is its end.
  private func endsWithAgent(_ line: Range<Int>) -> Bool {
    let quote = UInt8(ascii: "\"")
    guard self[line.upperBound - 1] == quote, quoteCount(in: line, limit: 7) == 6,
      let beginning = lastOffset(of: quote, from: line.lowerBound, to: line.upperBound - 1)
    else { return false }
    // Four more are before it.
    return self[beginning - 1] == UInt8(ascii: " ") && self[beginning - 2] == quote
  }

  /// Whether the line has one quoted value, and behind it two words.
  private func endsWithSize(_ line: Range<Int>) -> Bool {
    guard quoteCount(in: line, limit: 3) == 2,
      let end = lastOffset(of: UInt8(ascii: "\""), from: line.lowerBound, to: line.upperBound)
    else { return false }
    let spaces = (end + 1..<line.upperBound).count { self[$0] == UInt8(ascii: " ") }
    return spaces == 2 && self[end + 1] == UInt8(ascii: " ")
  }
}
