internal import ByteScanning

/// Parses lines of `key=value` pairs (logfmt), using a mapping of keys. Text between pairs is
/// skipped: `heroku[router]: at=info method=GET path="/" status=200`.
package struct PairLineParser {
  private let table: JSONKeyTable
  private var assembly: RecordAssembly
  private var values: [FieldSlice]
  private let captures: [[Int]]
  private let dashMeansAbsent: Bool

  /// - Returns: nil if mapping and captures name more keys than ``JSONLineParser/keyLimit``.
  package init?(
    mapping: FieldMapping, timestampMoment: TimestampMoment, capturing fields: [String],
    clock: LocalClock? = nil
  ) {
    var table = JSONKeyTable()
    var isComplete = true
    func slots(_ paths: [String]) -> [Int] {
      paths.compactMap { path in
        let slot = table.slot(for: path)
        if slot == nil { isComplete = false }
        return slot
      }
    }
    var assembly = RecordAssembly(clock: clock)
    assembly.time = .any(slots(mapping.time))
    assembly.method = RecordAssembly.Slots(slots(mapping.method))
    assembly.target = RecordAssembly.Slots(slots(mapping.target))
    assembly.route = RecordAssembly.Slots(slots(mapping.route))
    assembly.request = RecordAssembly.Slots(slots(mapping.request))
    assembly.status = RecordAssembly.Slots(slots(mapping.status))
    assembly.requestSize = RecordAssembly.Slots(slots(mapping.requestSize))
    assembly.responseSize = RecordAssembly.Slots(slots(mapping.responseSize))
    assembly.durations = slots(mapping.duration).map {
      RecordAssembly.Duration(slot: $0, unit: mapping.durationUnit)
    }
    assembly.sumsDurations = mapping.sumsDurations
    assembly.timestampMoment = timestampMoment
    captures = fields.map { slots([$0] + (mapping.keys(ofPart: $0) ?? [])) }
    guard isComplete else { return nil }
    self.table = table
    self.assembly = assembly
    dashMeansAbsent = mapping.dashMeansAbsent
    values = Array(repeating: .absent, count: table.slots.count)
  }

  /// Parses the line in `line` into `record`.
  package mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    for index in values.indices { values[index] = .absent }
    guard try split(bytes, line) else { throw LineRejection(.unrecognized, at: 0) }
    try assembly.assemble(bytes, lineStart: line.lowerBound, values, into: &record)
    record.dashMeansAbsent = dashMeansAbsent
    for index in captures.indices {
      let slot = captures[index].first { !values[$0].isAbsent }
      record.captured[index] = slot.map { values[$0] } ?? .absent
    }
  }

  /// - Returns: whether the line has a pair with a wanted key.
  private mutating func split(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>
  ) throws(LineRejection) -> Bool {
    let end = line.upperBound
    var offset = line.lowerBound
    var hasPair = false
    while offset < end {
      let start = offset
      offset = bytes.firstOffset(of: UInt8(ascii: "="), or: UInt8(ascii: " "), from: start, to: end)
      guard offset < end, bytes[offset] == UInt8(ascii: "=") else {
        offset = min(offset + 1, end)
        continue
      }
      let slot = table.target(bytes, key: start..<offset, at: 0).slot
      let value = try value(bytes, at: offset + 1, line)
      offset = min(value.next, end)
      if slot >= 0, values[Int(slot)].isAbsent {
        values[Int(slot)] = value.slice
        hasPair = true
      }
    }
    return hasPair
  }

  private func value(
    _ bytes: borrowing Span<UInt8>, at start: Int, _ line: Range<Int>
  ) throws(LineRejection) -> (slice: FieldSlice, next: Int) {
    let end = line.upperBound
    guard start < end, bytes[start] == UInt8(ascii: "\"") else {
      let space = bytes.firstOffset(of: UInt8(ascii: " "), from: min(start, end), to: end)
      return (FieldSlice(min(start, end)..<space), space + 1)
    }
    var isEscaped = false
    var search = start + 1
    while true {
      let hit = bytes.firstOffset(
        of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: min(search, end), to: end)
      guard hit < end else {
        throw LineRejection(.unterminatedString, at: start - line.lowerBound)
      }
      if bytes[hit] == UInt8(ascii: "\"") {
        return (FieldSlice(start + 1..<hit, isEscaped: isEscaped), hit + 1)
      }
      isEscaped = true
      search = hit + 2
    }
  }
}

extension PairLineParser: LineParsing {}
