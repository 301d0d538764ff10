internal import ByteScanning

/// Parses the lines of an extended log file. The columns are those of the most recent `#Fields:`
/// line; a file may have several.
package struct ColumnLineParser {
  private let fields: [String]
  private let clock: LocalClock?
  /// The columns at the beginning of a chunk.
  private let first: ColumnLayout
  private var layout = ColumnLayout()
  private var assembly: RecordAssembly
  /// For each column, the slot of its value, or -1.
  private var slots: [Int] = []
  /// For each captured field, its slot, or -1 if the file has no such column.
  private var captures: [Int] = []
  private var values: [FieldSlice] = []
  /// The slot of a target that may begin with a host; -1 if there is none.
  private var hostSlot = -1

  package init(layout: ColumnLayout, capturing fields: [String], clock: LocalClock? = nil) {
    self.fields = fields
    self.clock = clock
    first = layout
    assembly = RecordAssembly(clock: clock)
    use(layout)
  }

  /// Returns to the columns that the parser was created with. Has to be called before each chunk:
  /// the reading thread creates a parser for each set of columns.
  package mutating func beginChunk() { if layout != first { use(first) } }

  /// Parses the line in `line` into `record`.
  package mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    if bytes[line.lowerBound] == UInt8(ascii: "#") {
      if var columns = ColumnLayout(bytes, line: line) {
        columns.durationUnit = layout.durationUnit
        columns.timestampMoment = layout.timestampMoment
        if columns != layout { use(columns) }
      }
      throw LineRejection(.comment, at: 0)
    }
    guard !layout.columns.isEmpty else { throw LineRejection(.unrecognized, at: 0) }
    try split(bytes, line)
    if hostSlot >= 0 { dropHost(bytes) }
    try assembly.assemble(bytes, lineStart: line.lowerBound, values, into: &record)
    record.dashMeansAbsent = true
    for index in captures.indices {
      record.captured[index] = captures[index] < 0 ? .absent : values[captures[index]]
    }
  }

  /// Imperva's `cs-uri` has the host before the path, without a scheme.
  private mutating func dropHost(_ bytes: borrowing Span<UInt8>) {
    let uri = values[hostSlot]
    guard bytes.hasValue(uri), bytes[Int(uri.offset)] != UInt8(ascii: "/") else { return }
    let slash = bytes.firstOffset(
      of: UInt8(ascii: "/"), from: Int(uri.offset), to: Int(uri.end))
    guard slash < Int(uri.end), bytes[slash - 1] != UInt8(ascii: ":") else { return }
    values[hostSlot] = FieldSlice(slash..<Int(uri.end))
  }

  /// Columns are separated by one or more tabs or spaces; a value that contains spaces is quoted.
  private mutating func split(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>
  ) throws(LineRejection) {
    for index in values.indices { values[index] = .absent }
    let end = line.upperBound
    var offset = line.lowerBound
    var column = 0
    // Once one value lacks a closing quote, so do all those after it.
    var mayClose = true
    while offset < end {
      if bytes[offset] <= UInt8(ascii: " ") {
        offset += 1
        continue
      }
      guard column < slots.count else {
        throw LineRejection(.unrecognized, at: offset - line.lowerBound)
      }
      let start = offset
      offset = bytes.firstOffset(
        of: UInt8(ascii: " "), or: UInt8(ascii: "\t"), from: start, to: end)
      var value = start..<offset
      if mayClose, bytes[start] == UInt8(ascii: "\"") {
        if let close = closingQuote(bytes, start, end) {
          value = start + 1..<close
          offset = close + 1
        } else {
          mayClose = false
        }
      }
      if slots[column] >= 0 { values[slots[column]] = FieldSlice(value) }
      column += 1
    }
    guard column == slots.count else {
      throw LineRejection(.unrecognized, at: end - line.lowerBound)
    }
  }

  private func closingQuote(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var offset = start + 1
    while offset < end {
      offset = bytes.firstOffset(of: UInt8(ascii: "\""), from: offset, to: end)
      if offset >= end { return nil }
      if offset + 1 == end || bytes[offset + 1] <= UInt8(ascii: " ") { return offset }
      offset += 1
    }
    return nil
  }

  /// Switches to the columns of `layout`.
  ///
  /// Sizes in these logs include the headers (IIS and CloudFront documentation), so only
  /// CloudFront's copy of the response's Content-Length is used.
  private mutating func use(_ layout: ColumnLayout) {
    self.layout = layout
    var slots = Array(repeating: -1, count: layout.columns.count)
    var count = 0
    func slot(_ index: Int) -> Int {
      if slots[index] < 0 {
        slots[index] = count
        count += 1
      }
      return slots[index]
    }
    func slot(of names: [String]) -> [Int] { layout.index(of: names).map { [slot($0)] } ?? [] }
    var assembly = RecordAssembly(clock: clock)
    assembly.timestampMoment = layout.timestampMoment
    if let date = layout.index(of: ["date"]), let time = layout.index(of: ["time"]) {
      assembly.time = .dateAndTime(slot(date), slot(time))
    } else {
      assembly.time = .any(slot(of: ["x-timestamp", "timestamp", "timestamp(ms)"]))
    }
    assembly.method = RecordAssembly.Slots(slot(of: ["cs-method"]))
    assembly.target = RecordAssembly.Slots(slot(of: ["cs-uri-stem", "cs-uri"]))
    let isWholeURI = layout.index(of: ["cs-uri-stem"]) == nil
    hostSlot = isWholeURI ? slot(of: ["cs-uri"]).first ?? -1 : -1
    assembly.status = RecordAssembly.Slots(slot(of: ["sc-status"]))
    assembly.responseSize = RecordAssembly.Slots(slot(of: ["sc-content-len"]))
    if let index = layout.index(of: ColumnLayout.durationColumns),
      let unit = layout.unitOfTimeTaken
    {
      assembly.durations = [RecordAssembly.Duration(slot: slot(index), unit: unit)]
    }
    captures = fields.map { layout.index(ofField: $0).map { slot($0) } ?? -1 }
    self.assembly = assembly
    self.slots = slots
    values = Array(repeating: .absent, count: count)
  }
}

extension ColumnLineParser: LineParsing {}
