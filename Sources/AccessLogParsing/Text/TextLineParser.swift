internal import ByteScanning

/// Parses lines of text with one layout.
package struct TextLineParser {
  private var program: TextProgram
  private var assembly: RecordAssembly
  /// Where the values of the current line are.
  private var values: [FieldSlice]
  /// For each captured field, its slot.
  private let captures: [Int]
  /// Whether the last line ended before its last value.
  package private(set) var wasCut = false

  /// - Throws: ``LineParser/SetupError/unknownField(name:known:)``.
  package init(
    layout: TextLayout, capturing fields: [String], clock: LocalClock? = nil,
    allowsUnknown: Bool = false
  ) throws(LineParser.SetupError) {
    let all = layout.fields
    guard all.count <= TextProgram.fieldLimit else {
      throw .tooManyKeys(limit: TextProgram.fieldLimit)
    }
    var slots = Array(repeating: -1, count: all.count)
    var count = 0
    func slot(of index: Int) -> Int {
      if slots[index] < 0 {
        slots[index] = count
        count += 1
      }
      return slots[index]
    }
    var assembly = RecordAssembly(clock: clock)
    assembly.timestampMoment = layout.timestampMoment
    for (index, field) in all.enumerated() where field.role.isUsed {
      assembly.add(field.role, slot: slot(of: index))
    }
    assembly.impliesMethod = assembly.method.all.isEmpty && assembly.request.all.isEmpty
    var captures: [Int] = []
    for name in fields {
      guard let index = layout.index(ofField: name) else {
        guard allowsUnknown else { throw .unknownField(name: name, known: layout.fieldNames) }
        captures.append(-1)
        continue
      }
      captures.append(slot(of: index))
    }
    // After all the slots there is one that no value goes to.
    self.captures = captures.map { $0 < 0 ? count : $0 }
    self.assembly = assembly
    values = Array(repeating: .absent, count: count + 1)
    program = TextProgram(layout, slots: slots)
  }

  /// Parses the line in `line` into `record`.
  @inline(__always)
  package mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    if program.hasOptionalValues {
      for index in values.indices { values[index] = .absent }
    }
    wasCut = try TextProgram.run(&program, bytes, line: line, into: &values) == .cut
    try assembly.assemble(bytes, lineStart: line.lowerBound, values, into: &record)
    record.dashMeansAbsent = true
    for index in captures.indices { record.captured[index] = values[captures[index]] }
  }
}

extension TextLineParser: LineParsing {}

extension TextField.Role {
  /// Whether the record uses the value.
  var isUsed: Bool { self != .none && self != .undecidedDuration }
}

extension RecordAssembly {
  /// Gives the value in `slot` the meaning of `role`.
  mutating func add(_ role: TextField.Role, slot: Int) {
    switch role {
    case .none, .undecidedDuration: break
    case .commonTime: time = .common(slot)
    case .patternedTime(let pattern): time = .patterned(slot, pattern)
    case .time:
      if case .any(let slots) = time { time = .any(slots + [slot]) } else { time = .any([slot]) }
    case .request: request.append(slot)
    case .method: method.append(slot)
    case .target: target.append(slot)
    case .route: route.append(slot)
    case .status: status.append(slot)
    case .requestSize: requestSize.append(slot)
    case .responseSize: responseSize.append(slot)
    case .responseSizeOrNone:
      responseSize.append(slot)
      dashIsNoBytes = true
    case .declaredResponseSize: responseSize.insert(slot)
    case .duration(let unit):
      // Several timers of a text format are the parts of one duration.
      sumsDurations = !durations.isEmpty
      durations.append(RecordAssembly.Duration(slot: slot, unit: unit))
    }
  }
}
