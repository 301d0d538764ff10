internal import AccessLogParsing
internal import ByteScanning
internal import Reporting

/// Surveys the fields of a log, line by line: how often they have a value, how many different
/// things, and of what kind.
struct FieldSurvey {
  /// How many values of a field are told apart, and how many bytes are kept of them.
  static let distinctLimit = 10_000
  static let distinctMemoryLimit = 1 << 20
  /// How many fields are looked at. A log that has more is not one of a server.
  static let fieldLimit = 64

  let format: LogFormat
  private let clock: LocalClock?
  private(set) var fields: [SurveyedField] = []
  private(set) var parts: [SurveyedPart] = []
  private var batches: [Batch] = []
  private var record = AccessRecord()
  /// Where the current line has each field.
  private var slices: [FieldSlice] = []

  /// As many fields as one parser captures.
  private struct Batch {
    var parser: LineParser
    var range: Range<Int>
  }

  init(format: LogFormat, clock: LocalClock?) {
    self.format = format
    self.clock = clock
    parts = format.parts.map { SurveyedPart(name: $0.name) }
    if let index = parts.firstIndex(where: { $0.name == .duration }) {
      parts[index].isSum = format.sumsDurations
    }
    add(format.hasKeys ? [] : format.fieldNames)
  }

  /// Looks at these fields as well from now on.
  mutating func add(_ names: [String]) {
    let known = Set(fields.map(\.name))
    let new = names.filter { !known.contains($0) }.prefix(Self.fieldLimit - fields.count)
    guard !new.isEmpty else { return }
    fields += new.map { SurveyedField($0) }
    slices = Array(repeating: .absent, count: fields.count)
    batches = []
    let size = AccessRecord.capturedLimit
    for start in stride(from: 0, to: fields.count, by: size) {
      addBatch(start..<min(start + size, fields.count))
    }
    for (index, part) in format.parts.enumerated() {
      parts[index].fields = part.fields.compactMap { name in fields.firstIndex { $0.name == name } }
    }
    for (index, field) in fields.enumerated() {
      // A capture by the name of a part takes the part's other fields as well.
      let part = format.parts.firstIndex { $0.name.rawValue == field.name }
      field.stands = part.map { parts[$0].fields.filter { $0 != index } } ?? []
    }
  }

  /// Has the fields in `range` looked at. A mapping with many keys leaves a parser less room for others, so
  /// these may take several.
  private mutating func addBatch(_ range: Range<Int>) {
    let names = fields[range].map(\.name)
    if let parser = try? LineParser(format: format, capturing: names, clock: clock) {
      batches.append(Batch(parser: parser, range: range))
    } else if range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      addBatch(range.lowerBound..<middle)
      addBatch(middle..<range.upperBound)
    }
  }

  /// Lets the parsers see a line that is no record, but says how those behind it are to be read.
  mutating func pass(_ bytes: borrowing Span<UInt8>, line: Range<Int>) {
    for index in batches.indices {
      try? batches[index].parser.parse(bytes, line: line, into: &record)
    }
  }

  /// Looks at a line that `counted` was made of.
  mutating func add(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, counted: borrowing AccessRecord
  ) {
    for index in batches.indices {
      do throws(LineRejection) {
        try batches[index].parser.parse(bytes, line: line, into: &record)
      } catch {
        return
      }
      for field in batches[index].range {
        slices[field] = record.captured[field - batches[index].range.lowerBound]
      }
    }
    for (index, field) in fields.enumerated() {
      let isAlias = field.stands.contains { slices[$0] == slices[index] }
      if isAlias { slices[index] = .absent }
      if bytes.hasValue(slices[index]) { field.add(bytes, slices[index]) }
    }
    for index in parts.indices {
      if parts[index].name == .duration && counted.duration < 0 { continue }
      guard let field = parts[index].fields.first(where: { bytes.hasValue(slices[$0]) }) else {
        continue
      }
      parts[index].counts[field, default: 0] += 1
    }
  }

  /// Where the line that was added last has the field from which the part comes.
  func slice(of part: FormatPart.Name, _ bytes: borrowing Span<UInt8>) -> FieldSlice {
    guard let part = parts.first(where: { $0.name == part }) else { return .absent }
    for field in part.fields where bytes.hasValue(slices[field]) { return slices[field] }
    return .absent
  }

  /// The fields that no part came from, in the order in which they turned up.
  var others: [SurveyedField] {
    let used = Set(
      parts.flatMap { $0.isSum && !$0.counts.isEmpty ? $0.fields : Array($0.counts.keys) })
    return fields.enumerated().filter { !used.contains($0.offset) }.map(\.element)
  }
}

/// A part of a record, and on how many lines it came from which field.
struct SurveyedPart {
  let name: FormatPart.Name
  /// Indexes of fields, in the order in which they are asked.
  var fields: [Int] = []
  var counts: [Int: Int] = [:]
  /// Whether it is the sum of all its fields.
  var isSum = false

  init(name: FormatPart.Name) { self.name = name }
}

/// A field of the log. A class, because what it counts cannot be copied.
final class SurveyedField {
  let name: String
  /// Fields of which this one is only another name, on lines where they are and this is not.
  fileprivate(set) var stands: [Int] = []
  private(set) var valueCount = 0
  private(set) var example: [UInt8] = []
  /// Distinct values among the first so many.
  private(set) var distinct = Share(0, of: 0)
  private(set) var numbers = NumberFindings()
  private var numberCount = 0
  private var values = ByteTable()
  /// Clients choose values; without knowing the seed, they cannot choose values that collide.
  private let seed = UInt64.random(in: .min ... .max)

  /// The longest example that is kept, in bytes.
  private static let exampleLimit = 300

  init(_ name: String) { self.name = name }

  /// Whether all values are numbers.
  var isNumeric: Bool { numberCount > 0 && numberCount == valueCount }

  func add(_ bytes: borrowing Span<UInt8>, _ slice: FieldSlice) {
    valueCount += 1
    if valueCount == 1 { example = plainBytes(of: slice, in: bytes, limit: Self.exampleLimit) }
    if numberCount == valueCount - 1 { addNumber(bytes, slice.range) }
    guard distinct.total < FieldSurvey.distinctLimit,
      values.memory < FieldSurvey.distinctMemoryLimit
    else { return }
    distinct.total += 1
    let hash = bytes.hash(of: slice.range, seed: seed)
    if values.value(for: bytes, in: slice.range, hash: hash) == nil {
      values.insert(1, for: bytes, in: slice.range, hash: hash)
    }
    distinct.count = values.count
  }

  /// Digits, perhaps with a point among them.
  private func addNumber(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
    guard range.count <= 15 else { return }
    guard let decimals = decimalCount(bytes, range) else { return }
    let text = String(decoding: bytes.extracting(range).copied(), as: UTF8.self)
    guard let value = Double(text) else { return }
    numbers.smallest = numberCount == 0 ? value : min(numbers.smallest, value)
    numbers.largest = numberCount == 0 ? value : max(numbers.largest, value)
    numbers.decimals[decimals, default: 0] += 1
    numberCount += 1
  }
}

/// How many digits follow the decimal point of a number; nil if it is not a number.
func decimalCount(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Int? {
  var point: Int?
  for offset in range {
    let byte = bytes[offset]
    if byte == UInt8(ascii: "."), point == nil, offset > range.lowerBound {
      point = offset
    } else if byte &- UInt8(ascii: "0") > 9 {
      return nil
    }
  }
  guard let point else { return range.isEmpty ? nil : 0 }
  return point == range.upperBound - 1 ? nil : range.upperBound - point - 1
}

/// The value of a field without escapes, from at most `limit` bytes of the log.
func plainBytes(
  of slice: FieldSlice, in bytes: borrowing Span<UInt8>, limit: Int
) -> [UInt8] {
  let range = slice.range
  let cut = FieldSlice(
    range.lowerBound..<min(range.upperBound, range.lowerBound + limit),
    isEscaped: slice.isEscaped)
  var text = OwnedBuffer<UInt8>(capacity: max(cut.count, 16))
  Unescaping.append(cut, of: bytes, to: &text)
  return text.copied()
}
