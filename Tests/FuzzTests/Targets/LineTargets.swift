import FuzzModels

@testable import AccessLogParsing

/// Every format of the catalogue. An input's first line names the format, the others are its lines.
final class LinesTarget: FuzzTarget {
  private let choice = HarnessChoice(LogFormat.readable)

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let (harness, start) = choice.choose(input)
    try harness.parse(input, from: start)
  }
}

/// What servers' own format strings are compiled to. An input's first line is the string, behind
/// `nginx:` or `apache:`; the others are lines of that format.
final class StringsTarget: FuzzTarget {
  /// Longer strings take long and tell nothing new.
  private static let stringLimit = 400

  /// The last string and what it was compiled to: inputs that differ in their lines only share it.
  private var text: [UInt8] = []
  private var harness: LineHarness?

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let end = input.plainLineEnd(from: 0)
    let text = input.plainCopy(of: 0..<min(end, Self.stringLimit))
    if text != self.text {
      self.text = text
      harness = try Self.format(of: text).flatMap { LineHarness($0, name: "string", clock: nil) }
    }
    try harness?.parse(input, from: end + 1)
  }

  private static func format(of text: [UInt8]) throws(Violation) -> LogFormat? {
    let isNginx = !text.starts(with: "apache:".utf8)
    let prefix = text.starts(with: "nginx:".utf8) ? 6 : isNginx ? 0 : 7
    let string = String(decoding: text[prefix...], as: UTF8.self)
    do throws(FormatStringError) {
      return isNginx
        ? try NginxFormatString.format(of: string) : try ApacheFormatString.format(of: string)
    } catch {
      try check(
        (0...string.utf8.count).contains(error.offset), "\(string): refused at \(error.offset)")
      try check(!error.message.isEmpty, "a refusal says why")
      return nil
    }
  }
}

/// The JSON formats, and ``JSONLineScanner`` against a scanner that has no memory of earlier lines. An
/// input's first line names the format, the others are its lines.
final class JSONTarget: FuzzTarget {
  private let choice: HarnessChoice
  /// For each format the scanner and its model.
  private var scanners: [String: (scanner: JSONLineScanner, model: SlowJSONLine)] = [:]

  init() {
    var formats = LogFormat.readable.filter {
      if case .json = $0.format { true } else { false }
    }
    formats.append(("nested", Self.nested))
    choice = HarnessChoice(formats)
    for item in formats {
      guard case .json(let mapping, _) = item.format else { continue }
      var table = JSONKeyTable()
      for path in Self.paths(of: mapping) { _ = table.slot(for: path) }
      scanners[item.name] = (JSONLineScanner(table: table), SlowJSONLine(paths: table.slots))
    }
  }

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let (harness, start) = choice.choose(input)
    guard var pair = scanners[harness.name] else { return }
    scanners[harness.name] = nil
    defer { scanners[harness.name] = pair }
    try harness.parse(input, from: start) { line, outcome throws(Violation) in
      try Self.compare(&pair.scanner, &pair.model, line)
      try Self.checkMembers(line)
    }
  }

  /// What looks into a line a second time stays in it, and finds what the grammar says is there.
  private static func checkMembers(_ line: borrowing Span<UInt8>) throws(Violation) {
    let bytes = line.plainCopy(of: 0..<line.count)
    let alone = Surroundings(of: line)
    var listing = JSONKeyListing()
    listing.add(alone.span, line: alone.range)
    try check(listing.paths.count == listing.examples.count, "an example for each key")
    let json = SlowJSON.value(of: bytes)
    let isPlain = json?.oddities.hasRepeatedName == false && !bytes.contains(UInt8(ascii: "\\"))
    for name in ["status", "request", "time"] {
      let value = JSONMembers.value(at: name, of: alone.span, line: alone.range)
      if let value {
        try check(
          value.lowerBound >= 0 && value.upperBound <= line.count && !value.isEmpty,
          "a value lies in its line")
      }
      guard isPlain, let json, case .object = json.value else { continue }
      let found = value.flatMap { SlowJSON.value(of: Array(bytes[$0])) }
      try check(
        found?.value == json.value[name].first, "\(name) in \(line.text(0..<line.count))")
    }
  }

  private static func compare(
    _ scanner: inout JSONLineScanner, _ model: inout SlowJSONLine, _ line: borrowing Span<UInt8>
  ) throws(Violation) {
    let bytes = line.plainCopy(of: 0..<line.count)
    var expected: SlowRejection?
    do throws(SlowRejection) { try model.read(bytes) } catch { expected = error }
    let around = Surroundings(amongLines: line, filledBy: line.count / 2)
    var rejection: LineRejection?
    do throws(LineRejection) {
      try scanner.scan(around.span, line: around.range)
    } catch {
      rejection = error
    }
    func text() -> String { String(decoding: bytes, as: UTF8.self) }
    try check(
      rejection == expected.map { LineRejection($0) },
      "\(text()): \(String(describing: rejection)), not \(String(describing: expected))")
    if let json = SlowJSON.value(of: bytes), case .object = json.value, json.oddities.depth < 500 {
      try check(rejection == nil, "\(text()): JSON that is refused")
    }
    guard rejection == nil else { return }
    for (slot, value) in model.values.enumerated() {
      let slice = scanner[slot]
      let found =
        slice.isAbsent
        ? nil
        : SlowSlice(
          Int(slice.offset) - around.start..<Int(slice.end) - around.start,
          isEscaped: slice.isEscaped)
      try check(
        found == value,
        "\(text()): \(scanner.table.slots[slot]) is \(String(describing: found)), not \(String(describing: value))"
      )
    }
  }

  private static func paths(of mapping: FieldMapping) -> [String] {
    let parts =
      mapping.time + mapping.method + mapping.target + mapping.route + mapping.request
      + mapping.status + mapping.requestSize + mapping.responseSize + mapping.duration
    return parts + mapping.host + mapping.userAgent
  }

  /// Names that are the beginnings of others.
  private static let nested: LogFormat = {
    var mapping = FieldMapping()
    mapping.name = "nested"
    mapping.time = ["ts", "a.b.c", "a"]
    mapping.method = ["request.method", "a.b"]
    mapping.target = ["request.uri", "request"]
    mapping.status = ["status", "a.b.d"]
    mapping.duration = ["duration"]
    return .json(mapping, .end)
  }()
}

/// The common log family against ``SlowCommonLog``. An input's first line names the layout, the others
/// are its lines.
final class CommonTarget: FuzzTarget {
  private static let captured = [
    "host", "remote_addr", "ident", "remote_user", "time_local", "request", "status",
    "body_bytes_sent", "http_referer", "http_user_agent", "extra_1", "extra_2", "extra_3",
  ]

  private let choice: HarnessChoice

  init() {
    var layouts: [(name: String, format: LogFormat)] = []
    for (name, duration) in [
      ("", CommonLogLayout.Duration.requestTime(.extra(1))), (" none", .none),
      (" ms", .field(.extra(2), .milliseconds)),
    ] {
      for family in ["common", "combined", "vhost_common", "vhost_combined"] {
        var layout = CommonLogLayout()
        layout.hasVirtualHost = family.hasPrefix("vhost")
        layout.hasRefererAndAgent = family.hasSuffix("combined")
        layout.duration = duration
        if name == " ms" { layout.stampMoment = .start }
        layouts.append((family + name, .common(layout)))
      }
    }
    choice = HarnessChoice(layouts, capturing: Self.captured)
  }

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let (harness, start) = choice.choose(input)
    guard case .common(let layout) = harness.format else { return }
    try harness.parse(input, from: start) { line, outcome throws(Violation) in
      let expected = Self.expected(line, layout)
      try check(
        outcome == expected, "\(line.text(0..<line.count)): \(outcome), not \(expected)")
    }
  }

  private static func expected(
    _ line: borrowing Span<UInt8>, _ layout: CommonLogLayout
  ) -> LineOutcome {
    do throws(LineRejection) {
      return try record(line, layout)
    } catch {
      return LineOutcome(error)
    }
  }

  /// Places by the model; numbers and stamps, which have targets of their own, by themselves.
  private static func record(
    _ line: borrowing Span<UInt8>, _ layout: CommonLogLayout
  ) throws(LineRejection) -> LineOutcome {
    var record = AccessRecord()
    record.dashMeansAbsent = true
    var model: SlowCommonLog
    do throws(SlowRejection) {
      model = try SlowCommonLog(
        line.plainCopy(of: 0..<line.count), hasVirtualHost: layout.hasVirtualHost)
    } catch {
      throw LineRejection(error)
    }
    record.start = try stamp(line, model.time)
    do throws(SlowRejection) { try model.readRequest() } catch { throw LineRejection(error) }
    do throws(SlowRejection) { try model.readStatus() } catch { throw LineRejection(error) }
    let status = Surroundings(of: line.extracting(model.status))
    guard let value = status.span.status(in: status.range) else {
      throw LineRejection(
        status.span.statusRejection(in: status.range), at: model.status.lowerBound)
    }
    record.status = value
    model.readSize()
    record.responseSize = try size(line, model.size)
    do throws(SlowRejection) {
      try model.readRest(hasRefererAndAgent: layout.hasRefererAndAgent)
    } catch {
      throw LineRejection(error)
    }
    record.duration = try duration(line, model, layout.duration)
    if layout.stampMoment == .end, record.duration > 0 { record.start -= record.duration }
    var outcome = LineOutcome(record, lineStart: 0, captureCount: 0)
    outcome.method = SlowSlice(model.method)
    outcome.target = model.target
    outcome.captured = captures(model)
    return outcome
  }

  private static func captures(_ model: SlowCommonLog) -> [SlowSlice?] {
    let fields: [SlowSlice?] = [
      model.virtualHost, SlowSlice(model.remoteAddress), SlowSlice(model.ident), model.remoteUser,
      SlowSlice(model.time), model.request, SlowSlice(model.status), SlowSlice(model.size),
      model.referer, model.userAgent,
    ]
    return fields + (0..<3).map { $0 < model.extras.count ? model.extras[$0] : nil }
  }

  private static func stamp(
    _ line: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(LineRejection) -> Int64 {
    let alone = Surroundings(of: line.extracting(range))
    var stamps = StampReader()
    do throws(StampError) {
      return try stamps.common(alone.span, at: 0)
    } catch {
      throw LineRejection(error.reason, at: range.lowerBound)
    }
  }

  private static func size(
    _ line: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(LineRejection) -> Int64 {
    let alone = Surroundings(of: line.extracting(range))
    if range.count == 1, line[range.lowerBound] == UInt8(ascii: "-") { return 0 }
    do throws(ValueError) {
      return try alone.span.size(in: alone.range)
    } catch {
      throw LineRejection(.invalidSize, at: range.lowerBound)
    }
  }

  private static func duration(
    _ line: borrowing Span<UInt8>, _ model: SlowCommonLog, _ duration: CommonLogLayout.Duration
  ) throws(LineRejection) -> Int64 {
    let index: Int
    let unit: DurationUnit
    switch duration {
    case .requestTime(.extra(let number)): (index, unit) = (number - 1, .seconds)
    case .field(.extra(let number), let fieldUnit): (index, unit) = (number - 1, fieldUnit)
    default: return AccessRecord.absent
    }
    guard index < model.extras.count else { return AccessRecord.absent }
    let range = model.extras[index].range
    let text = Surroundings(of: line.extracting(range))
    if range.isEmpty || range.count == 1 && text.span[0] == UInt8(ascii: "-") {
      return AccessRecord.absent
    }
    if case .requestTime = duration, !isRequestTime(text.span) { return AccessRecord.absent }
    do throws(ValueError) {
      return try text.span.duration(in: text.range, unit: unit)
    } catch {
      throw LineRejection(.invalidDuration, at: range.lowerBound)
    }
  }

  /// Digits, and exactly three of them behind a point.
  private static func isRequestTime(_ text: borrowing Span<UInt8>) -> Bool {
    guard text.count >= 5 else { return false }
    for index in 0..<text.count {
      let byte = text[index]
      let isDigit = byte >= 0x30 && byte <= 0x39
      if index == text.count - 4 ? byte != UInt8(ascii: ".") : !isDigit { return false }
    }
    return true
  }
}

extension LineRejection {
  fileprivate init(_ rejection: SlowRejection) {
    let reason: Reason =
      switch rejection.reason {
      case .unrecognized: .unrecognized
      case .unterminatedString: .unterminatedString
      case .noRequest: .noRequest
      case .invalidJSON: .invalidJSON
      case .nestedTooDeep: .nestedTooDeep
      }
    self.init(reason, at: rejection.offset)
  }
}
