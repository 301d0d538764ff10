import AccessLogParsing
import Addressing
import ByteScanning
import FuzzModels

@testable import Attribution
@testable import HubServing
@testable import Messaging
@testable import Tallying

/// Text as JSON strings, whatever its bytes: it is read back as what it was, but for what is no text.
final class TextsTarget: FuzzTarget {
  private var json = OwnedBuffer<UInt8>(capacity: 1024)
  private var url = RequestURL(SecretMasking(RequestLogRules()))

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let bytes = input.plainCopy(of: 0..<input.count)
    let text = String(decoding: bytes, as: UTF8.self).replacing("\0", with: "\u{FFFD}")
    json.removeAll()
    appendJSONText(input, to: &json)
    try expect(Array(text.utf8), "text \(text)")
    json.removeAll()
    appendJSONLatin1(OwnedBuffer(copying: input), to: &json)
    let characters = bytes.map { $0 == 0 ? "\u{FFFD}" : String(Unicode.Scalar($0)) }
    try expect(Array(characters.joined().utf8), "latin-1 of \(bytes)")
    json.removeAll()
    appendJSONString(text.utf8, to: &json)
    try expect(Array(text.utf8), "string \(text)")
    try checkException(text)
    try checkURL(input)
  }

  private func expect(_ text: [UInt8], _ description: String) throws(Violation) {
    let written = json.copied()
    try check(SlowJSON.value(of: written)?.value == .string(text), description)
    try check((try? JSONReading.value(of: written)) != nil, "the hub reads \(description)")
  }

  private func checkException(_ text: String) throws(Violation) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard
      let exception = LoggedException(
        type: String(lines[0]), message: text, traceback: String(lines[lines.count - 1]))
    else { return }
    json.removeAll()
    json.append(literal: "{\"x\":0")
    exception.append(to: &json)
    json.append(literal: "}")
    let value = SlowJSON.value(of: json.copied())?.value["exception"].first
    try check(value?["type"] == [.string(Array(exception.type.utf8))], "type of an exception")
    try check(
      value?["message"] == [.string(Array(exception.message.utf8))], "message of an exception")
  }

  /// A URL is text that no byte of the target can break out of.
  private func checkURL(_ input: borrowing Span<UInt8>) throws(Violation) {
    let target = OwnedBuffer<UInt8>(copying: input)
    guard let parts = RequestURL.parts(of: target) else { return }
    var written = OwnedBuffer<UInt8>(capacity: 256)
    url.append(parts, of: target, to: &written)
    let bytes = written.copied()
    try check(!bytes.contains { [0x09, 0x0A, 0x0D, 0x23, 0x5C].contains($0) }, "\(bytes)")
    try SecretCheck.checkQuery(bytes)
  }
}

/// Whether what goes by the name of a secret is masked.
enum SecretCheck {
  private static let mask = Array("******".utf8)
  private static let encodedMask = Array("%2A%2A%2A%2A%2A%2A".utf8)

  static func checkQuery(_ url: [UInt8]) throws(Violation) {
    guard let mark = url.firstIndex(of: UInt8(ascii: "?")) else { return }
    for parameter in url[(mark + 1)...].split(separator: UInt8(ascii: "&")) {
      let parts = parameter.split(separator: UInt8(ascii: "="), maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = SlowTargets.decoded(parts[0])
      if holds(name, SecretFields.queryWords) {
        try check(Array(parts[1]) == encodedMask, "\(name) is masked")
      }
    }
  }

  static func checkHeader(_ name: [UInt8], _ value: [UInt8]) throws(Violation) {
    if holds(name, SecretFields.headerWords) { try check(value == mask, "\(name) is masked") }
  }

  private static func holds(_ name: [UInt8], _ words: [String]) -> Bool {
    let lower = name.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    return words.contains { word in
      let word = Array(word.utf8)
      return lower.count >= word.count
        && (0...lower.count - word.count).contains { lower[$0...].starts(with: word) }
    }
  }
}

/// Items of request logs: JSON in UTF-8 whatever the lines hold, a line each, with their secrets masked.
/// An input's first line names a format, the others are its lines.
final class ItemsTarget: FuzzTarget {
  /// Before the tables of names are full, everything begins anew.
  private static let nameLimit = 4_000
  private static let lineLimit = 4

  private let formats = LogFormat.readable
  private var harnesses: [String: ItemHarness] = [:]

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let end = input.plainLineEnd(from: 0)
    let name = input.text(0..<end)
    let item =
      formats.first { $0.name == name } ?? formats[input.choice(0..<end, of: formats.count)]
    let harness = harnesses[item.name] ?? ItemHarness(item.format)
    harnesses[item.name] = harness.nameCount > Self.nameLimit ? nil : harness
    var start = end + 1
    var count = 0
    while start < input.count, count < Self.lineLimit {
      let end = input.plainLineEnd(from: start)
      if end > start { harness.add(input, line: start..<end) }
      start = end + 1
      count += 1
    }
    try harness.checkItems()
  }
}

private final class ItemHarness {
  private let names = RunNames(routeLimit: 10_000)
  private var parser: LineParser?
  private let fields: RequestLogFields
  private var attributor: Attributor?
  private var builder: RequestLogBuilder
  private var record = AccessRecord()

  init(_ format: LogFormat) {
    var rules = AttributionRules(routes: RouteRules(known: [], unmatched: .keep))
    rules.consumers = [
      ConsumerRule(field: "http_x_api_user", digest: .sha256), ConsumerRule(field: "remote_user"),
      ConsumerRule(field: "user_agent", encoding: .latin1),
    ].filter { format.hasField($0.field) }
    let captured = rules.capturedFields
    fields = RequestLogFields(format: format, capturedAfter: captured.count)
    parser = try? LineParser(
      format: format, capturing: captured + fields.names, clock: LocalClock(offset: 0))
    attributor = try? Attributor(rules: rules, names: names)
    builder = RequestLogBuilder(
      rules: RequestLogRules(), app: App(clientID: "client", environment: "test"),
      names: names, budget: RequestLogBuilder.Budget(limit: nil), consumers: rules.consumers,
      compresses: false)
    builder.beginChunk()
  }

  var nameCount: Int { names.routes.count + names.consumers.count }

  func add(_ bytes: borrowing Span<UInt8>, line: Range<Int>) {
    record.duration = AccessRecord.absent
    record.requestSize = AccessRecord.absent
    record.route = .absent
    guard (try? parser?.parse(bytes, line: line, into: &record)) != nil,
      case .counted(let request) = attributor?.attribute(record, in: bytes)
    else { return }
    builder.add(
      record, in: bytes, line: line, fields: fields, consumer: request.consumer,
      route: request.route, exception: nil)
  }

  func checkItems() throws(Violation) {
    builder.beginChunk()
    let (files, counts, _) = builder.take()
    let lines = files.flatMap { $0.body.split(separator: 0x0A) }
    try check(lines.count == counts.items, "an item a line")
    for line in lines {
      let text = String(decoding: line, as: UTF8.self)
      guard let json = SlowJSON.value(of: Array(line)) else { throw Violation("no JSON: \(text)") }
      try check(!json.oddities.hasRepeatedName && !json.oddities.hasHalfPair, "odd: \(text)")
      try check((try? JSONReading.value(of: Array(line))) != nil, "the hub reads \(text)")
      guard let request = json.value["request"].first, let response = json.value["response"].first
      else { throw Violation("half an item: \(text)") }
      guard case .string(let url) = request["url"].first else { throw Violation("no URL: \(text)") }
      try SecretCheck.checkQuery(url)
      try Self.checkHeaders(request)
      try Self.checkHeaders(response)
    }
  }

  private static func checkHeaders(_ part: SlowJSON.Value) throws(Violation) {
    guard let list = part["headers"].first else { return }
    guard case .array(let headers) = list else { throw Violation("headers are a list") }
    for header in headers {
      guard case .array(let pair) = header, pair.count == 2, case .string(let name) = pair[0],
        case .string(let value) = pair[1]
      else { throw Violation("a header is a name and a value") }
      try SecretCheck.checkHeader(name, value)
    }
  }
}

/// What the messages that are sent add up to. Each line of an input is a request: consumer, method and
/// route between tabs, and then bytes for its numbers.
final class MessagesTarget: FuzzTarget {
  private static let lineLimit = 8

  private struct Key: Hashable {
    var second: Int
    var consumer: [UInt8]?
    var method: [UInt8]
    var route: [UInt8]
    var status: Int

    /// Without a consumer first, then by bytes.
    func precedes(_ other: Key) -> Bool {
      if consumer != other.consumer {
        guard let consumer else { return true }
        return other.consumer.map { consumer.lexicographicallyPrecedes($0) } ?? false
      }
      if method != other.method { return method.lexicographicallyPrecedes(other.method) }
      if route != other.route { return route.lexicographicallyPrecedes(other.route) }
      return status < other.status
    }
  }

  private struct Sums: Equatable {
    var count = 0
    var requestSize = 0
    var responseSize = 0
    var histograms: [[Int: Int]] = [[:], [:], [:]]
  }

  /// Counts and encodes again and again, as a worker does.
  private final class Harness {
    let names = RunNames(routeLimit: 1_000)
    let width = BucketWidth(seconds: 60)
    var table = TallyTable()
    private var encoder: SyncEncoder<Seeded>

    init() {
      encoder = SyncEncoder(
        app: App(clientID: "client", environment: "test"), width: width, names: names,
        generator: Seeded())
    }

    /// Whether names may soon be refused for want of room.
    var isWornOut: Bool {
      names.methods.count > RunNames.methodLimit - MessagesTarget.lineLimit
        || names.routes.count > 900 || names.consumers.count > 5_000
    }

    func takeBodies() -> [[UInt8]] {
      var bodies: [[UInt8]] = []
      encoder.encode(table) { bodies.append($0.body) }
      table.removeAll()
      return bodies
    }
  }

  private struct Seeded: RandomNumberGenerator {
    var state: UInt64 = 1
    mutating func next() -> UInt64 {
      state &*= 6_364_136_223_846_793_005
      state &+= 1
      return state
    }
  }

  private var harness = Harness()

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    if harness.isWornOut { harness = Harness() }
    var model: [Key: Sums] = [:]
    var start = 0
    var count = 0
    while start < input.count, count < Self.lineLimit {
      let end = input.plainLineEnd(from: start)
      Self.add(input, start..<end, harness.names, harness.width, to: &harness.table, &model)
      start = end + 1
      count += 1
    }
    var found: [Key: Sums] = [:]
    for body in harness.takeBodies() { try Self.read(body, into: &found) }
    try check(found == model, "\(found), not \(model)")
  }

  private static func add(
    _ input: borrowing Span<UInt8>, _ line: Range<Int>, _ names: RunNames, _ width: BucketWidth,
    to table: inout TallyTable, _ model: inout [Key: Sums]
  ) {
    let parts = input.plainCopy(of: line)
      .split(separator: 0x09, maxSplits: 3, omittingEmptySubsequences: false).map { Array($0) }
    guard parts.count == 4 else { return }
    let numbers = (parts[3] + [UInt8](repeating: 0, count: 8)).map { Int64($0) }
    var record = AccessRecord()
    record.duration = numbers[0] == 0 ? AccessRecord.absent : numbers[0] * numbers[1] * 1_234_567
    record.requestSize = numbers[2] == 0 ? AccessRecord.absent : numbers[2] * numbers[3] * 17
    record.responseSize = numbers[4] == 0 ? AccessRecord.absent : numbers[4] * numbers[5] * 171
    let status = 100 + Int(numbers[6]) * 3
    let second = Int(numbers[7]) * 20
    guard let method = id(of: parts[1], in: names.methods),
      let route = id(of: parts[2], in: names.routes)
    else { return }
    let consumer =
      parts[0].isEmpty ? 0 : id(of: parts[0], in: names.consumers) ?? 0
    table.add(
      record,
      at: TallyKey(
        bucket: width.bucket(of: Int64(second) * 1_000_000_000),
        consumer: consumer, method: method, route: route, status: UInt16(status)))
    let key = Key(
      second: second / 60 * 60 + 59, consumer: consumer == 0 ? nil : corrected(parts[0]),
      method: corrected(parts[1]), route: corrected(parts[2]), status: status)
    var sums = model[key] ?? Sums()
    sums.count += 1
    if record.duration >= 0 {
      sums.histograms[0][Int(record.duration / 10_000_000) * 10, default: 0] += 1
    }
    if record.requestSize >= 0 {
      sums.requestSize += Int(record.requestSize)
      sums.histograms[1][Int(record.requestSize / 1000), default: 0] += 1
    }
    if record.responseSize >= 0 {
      sums.responseSize += Int(record.responseSize)
      sums.histograms[2][Int(record.responseSize / 1000), default: 0] += 1
    }
    model[key] = sums
  }

  private static func id(of name: [UInt8], in table: NameTable) -> NameTable.ID? {
    table.id(for: name.span, in: 0..<name.count)
  }

  private static func corrected(_ name: [UInt8]) -> [UInt8] {
    Array(String(decoding: name, as: UTF8.self).replacing("\0", with: "\u{FFFD}").utf8)
  }

  private static func read(_ body: [UInt8], into found: inout [Key: Sums]) throws(Violation) {
    let text = String(decoding: body, as: UTF8.self)
    guard let json = SlowJSON.value(of: body), !json.oddities.hasRepeatedName else {
      throw Violation("no JSON: \(text)")
    }
    try check((try? JSONReading.value(of: body)) != nil, "the hub reads \(text)")
    guard case .array(let items) = json.value["requests"].first,
      case .number(let stamp) = json.value["timestamp"].first
    else { throw Violation("no message: \(text)") }
    let second = Int(String(decoding: stamp.prefix { $0 != 0x2E }, as: UTF8.self)) ?? -1
    var last: Key?
    for item in items {
      guard case .string(let method) = item["method"].first,
        case .string(let route) = item["path"].first
      else { throw Violation("no item: \(text)") }
      var consumer: [UInt8]?
      if case .string(let name) = item["consumer"].first { consumer = name }
      let key = Key(
        second: second, consumer: consumer, method: method, route: route,
        status: number(item["status_code"]))
      try check(found[key] == nil, "an item for each: \(text)")
      try check(last.map { $0.precedes(key) } ?? true, "in order: \(text)")
      last = key
      found[key] = Sums(
        count: number(item["request_count"]), requestSize: number(item["request_size_sum"]),
        responseSize: number(item["response_size_sum"]),
        histograms: ["response_times", "request_sizes", "response_sizes"].map {
          histogram(item[$0])
        })
    }
  }

  private static func number(_ values: [SlowJSON.Value]) -> Int {
    guard case .number(let digits) = values.first else { return -1 }
    return Int(String(decoding: digits, as: UTF8.self)) ?? -1
  }

  private static func histogram(_ values: [SlowJSON.Value]) -> [Int: Int] {
    guard case .object(let members) = values.first else { return [-1: -1] }
    var bins: [Int: Int] = [:]
    for member in members {
      bins[Int(String(decoding: member.name, as: UTF8.self)) ?? -1] = number([member.value])
    }
    return bins
  }
}

/// The hub's own reader of JSON against ``SlowJSON``: it takes what the grammar allows, but for what it
/// says it does not.
final class HubJSONTarget: FuzzTarget {
  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let bytes = input.plainCopy(of: 0..<input.count)
    let text = String(decoding: bytes, as: UTF8.self)
    let json = SlowJSON.value(of: bytes)
    let value: JSONValue
    do throws(JSONSyntaxError) {
      value = try JSONReading.value(of: bytes)
    } catch {
      try check((0...bytes.count).contains(error.byteOffset), "\(text) is refused within itself")
      return try check(Self.isRightlyRefused(json, error.reason), "\(text): \(error)")
    }
    guard let json else { throw Violation("\(text) is no JSON") }
    try Self.compare(value, json.value, text)
    try checkWriting(value, text)
  }

  private static func isRightlyRefused(
    _ json: (value: SlowJSON.Value, oddities: SlowJSON.Oddities)?, _ reason: JSONSyntaxError.Reason
  ) -> Bool {
    guard let json else { return true }
    return switch reason {
    case .duplicateKey: json.oddities.hasRepeatedName
    case .tooDeep: json.oddities.depth > JSONReading.maximumDepth
    case .invalidString: json.oddities.hasHalfPair
    case .numberOutOfRange: holdsHugeNumber(json.value)
    default: false
    }
  }

  private static func holdsHugeNumber(_ value: SlowJSON.Value) -> Bool {
    switch value {
    case .number(let digits):
      !(Double(String(decoding: digits, as: UTF8.self)) ?? .infinity).isFinite
    case .array(let elements): elements.contains(where: holdsHugeNumber)
    case .object(let members): members.contains { holdsHugeNumber($0.value) }
    default: false
    }
  }

  private static func compare(
    _ value: JSONValue, _ expected: SlowJSON.Value, _ text: String
  ) throws(Violation) {
    switch (value, expected) {
    case (.null, .null): break
    case (.bool(let left), .bool(let right)) where left == right: break
    case (.integer(let number), .number(let digits)):
      try check(Int64(String(decoding: digits, as: UTF8.self)) == number, "\(text): \(number)")
    case (.number(let number), .number(let digits)):
      try check(Double(String(decoding: digits, as: UTF8.self)) == number, "\(text): \(number)")
    case (.string(let left), .string(let right)):
      try check(Array(left.utf8) == right, "\(text): \(left)")
    case (.array(let left), .array(let right)) where left.count == right.count:
      for index in left.indices { try compare(left[index], right[index], text) }
    case (.object(let left), .object(let right)) where left.members.count == right.count:
      for (index, member) in left.members.enumerated() {
        try check(Array(member.key.utf8) == right[index].name, "\(text): \(member.key)")
        try compare(member.value, right[index].value, text)
      }
    default: throw Violation("\(text): \(value), not \(expected)")
    }
  }

  /// What the hub writes of a string is read as the string.
  private func checkWriting(_ value: JSONValue, _ text: String) throws(Violation) {
    guard case .string(let string) = value else { return }
    var writing = JSONWriting()
    writing.string(string)
    let written = SlowJSON.value(of: Array(writing.text.utf8))?.value
    try check(written == .string(Array(string.utf8)), "\(text) is written as \(writing.text)")
  }
}
