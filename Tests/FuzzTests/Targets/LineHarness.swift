import ByteScanning
import FuzzModels

@testable import AccessLogParsing

/// What a parser makes of a line, with places counted from the line's start.
struct LineOutcome: Equatable {
  var rejection: LineRejection?
  var start: Int64 = 0
  var status: UInt16 = 0
  var method: SlowSlice?
  var target: SlowSlice?
  var route: SlowSlice?
  var requestSize: Int64 = 0
  var responseSize: Int64 = 0
  var duration: Int64 = 0
  var dashMeansAbsent = false
  var captured: [SlowSlice?] = []

  init(_ rejection: LineRejection) { self.rejection = rejection }

  init(_ record: borrowing AccessRecord, lineStart: Int, captureCount: Int) {
    func slice(_ slice: FieldSlice) -> SlowSlice? {
      if slice.isAbsent { return nil }
      return SlowSlice(
        Int(slice.offset) - lineStart..<Int(slice.end) - lineStart, isEscaped: slice.isEscaped)
    }
    start = record.start
    status = record.status
    method = slice(record.method)
    target = slice(record.target)
    route = slice(record.route)
    requestSize = record.requestSize
    responseSize = record.responseSize
    duration = record.duration
    dashMeansAbsent = record.dashMeansAbsent
    captured = (0..<captureCount).map { slice(record.captured[$0]) }
  }
}

/// Parses lines of one format by a parser that has seen others, among other bytes, and by one that has
/// not, alone: they must agree.
final class LineHarness {
  /// How many lines of an input are looked at.
  private static let lineLimit = 8

  let name: String
  let format: LogFormat
  let captured: [String]
  private let pristine: LineParser
  private var used: LineParser
  private var usedRecord = AccessRecord()
  private var text = OwnedBuffer<UInt8>(capacity: 1024)

  /// - Parameter name: for messages; a format's own is searched for.
  init?(
    _ format: LogFormat, name: String, capturing fields: [String] = LineHarness.fields,
    clock: LocalClock?
  ) {
    self.name = name
    // What a format does not have cannot be captured.
    captured = fields.filter(format.hasField)
    guard let parser = try? LineParser(format: format, capturing: captured, clock: clock) else {
      return nil
    }
    self.format = format
    pristine = parser
    used = parser
  }

  static let fields = [
    "host", "user_agent", "remote_address", "referer", "remote_user", "http_x_api_user", "extra_1",
    "extra_2",
  ]

  /// Parses the lines of `input` from `start` on, and hands each with its outcome to `body`.
  func parse(
    _ input: borrowing Span<UInt8>, from start: Int,
    _ body: (borrowing Span<UInt8>, LineOutcome) throws(Violation) -> Void =
      { _, _ throws(Violation) in }
  ) throws(Violation) {
    var offset = start
    var fresh = pristine
    used.beginChunk()
    var count = 0
    while offset < input.count, count < Self.lineLimit {
      let end = input.plainLineEnd(from: offset)
      let isTerminated = end > offset && input[end - 1] == 0x0D
      let range = offset..<(isTerminated ? end - 1 : end)
      offset = end + 1
      if range.isEmpty { continue }
      count += 1
      let line = input.extracting(range)
      let outcome = Self.outcome(&used, &usedRecord, input, range, captured.count)
      try checkAgreement(outcome, line, &fresh)
      try checkPlaces(outcome, line)
      try body(line, outcome)
    }
  }

  /// Every second line is parsed alone, the others among bytes that mean something.
  private func checkAgreement(
    _ outcome: LineOutcome, _ line: borrowing Span<UInt8>, _ fresh: inout LineParser
  ) throws(Violation) {
    let around =
      line.count % 2 == 0
      ? Surroundings(of: line) : Surroundings(amongLines: line, filledBy: line.count)
    // Only columns are what lines before have said.
    if !format.isColumns { fresh = pristine }
    var record = AccessRecord()
    let other = Self.outcome(&fresh, &record, around.span, around.range, captured.count)
    try check(
      outcome == other,
      "\(name): \(line.text(0..<line.count)): \(outcome), but alone \(other)")
  }

  private func checkPlaces(
    _ outcome: LineOutcome, _ line: borrowing Span<UInt8>
  ) throws(Violation) {
    if let rejection = outcome.rejection {
      try check(
        (0...line.count).contains(rejection.byteOffset), "a line is refused within itself")
      return
    }
    try check((100...999).contains(outcome.status), "status \(outcome.status)")
    let impliesMethod = name == "bunny" && outcome.target != nil
    try check(outcome.method != nil || impliesMethod, "a record has a method")
    try check(outcome.target != nil || outcome.route != nil, "a record has a target")
    let year = Span<UInt8>.durationLimit
    try check((-1...year).contains(outcome.duration), "duration")
    try check((-1...Span<UInt8>.sizeLimit).contains(outcome.requestSize), "size")
    try check((-1...Span<UInt8>.sizeLimit).contains(outcome.responseSize), "size")
    let last = (TimestampReader.lastSecond + 1) * 1_000_000_000
    try check((-year..<last).contains(outcome.start), "start")
    for slice in [outcome.method, outcome.target, outcome.route] + outcome.captured {
      guard let slice else { continue }
      try check(
        slice.start >= 0 && slice.start <= slice.end && slice.end <= line.count,
        "a field stands within its line")
      text.removeAll()
      Unescaping.append(
        FieldSlice(slice.range, isEscaped: slice.isEscaped), of: line, to: &text)
      try check(text.count <= slice.range.count, "escapes are longer than what they mean")
    }
  }

  private static func outcome(
    _ parser: inout LineParser, _ record: inout AccessRecord, _ bytes: borrowing Span<UInt8>,
    _ line: Range<Int>, _ captureCount: Int
  ) -> LineOutcome {
    // As whoever counts lines does it.
    record.duration = AccessRecord.absent
    record.requestSize = AccessRecord.absent
    record.route = .absent
    do throws(LineRejection) {
      try parser.parse(bytes, line: line, into: &record)
      return LineOutcome(record, lineStart: line.lowerBound, captureCount: captureCount)
    } catch {
      return LineOutcome(error)
    }
  }
}

extension LineParser {
  /// Forgets what lines of a chunk have said of those behind them.
  fileprivate mutating func beginChunk() {
    guard case .columns(var parser) = self else { return }
    parser.beginChunk()
    self = .columns(parser)
  }
}

extension LogFormat {
  fileprivate var isColumns: Bool { if case .columns = self { true } else { false } }

  /// Formats that are read by themselves, or behind a stamp if their lines have none.
  static let readable: [(name: String, format: LogFormat)] = FormatCatalogue.entries.map { entry in
    if entry.format.hasTime { return (entry.name, entry.format) }
    var wrapping = LineWrapping(.timestamp)
    wrapping.timestampPlacement = entry.format.timestampPlacement
    return (entry.name, .wrapped(wrapping, entry.format))
  }
}

/// Harnesses that are chosen by an input's first line: by a name, else by any bytes.
struct HarnessChoice {
  private let harnesses: [(name: [UInt8], harness: LineHarness)]

  init(_ formats: [(name: String, format: LogFormat)], capturing fields: [String]? = nil) {
    harnesses = formats.compactMap { item in
      let harness = LineHarness(
        item.format, name: item.name, capturing: fields ?? LineHarness.fields,
        clock: LocalClock(offset: 3600))
      return harness.map { (Array(item.name.utf8), $0) }
    }
  }

  /// The harness, and where the lines begin.
  func choose(_ input: borrowing Span<UInt8>) -> (harness: LineHarness, start: Int) {
    let end = input.plainLineEnd(from: 0)
    for (name, harness) in harnesses
    where name.count == end && input.plainHolds(name, in: 0..<end) {
      return (harness, end + 1)
    }
    return (harnesses[input.choice(0..<end, of: harnesses.count)].harness, end + 1)
  }
}
