package import Diagnostics
internal import Foundation
internal import Ingesting
package import Reporting

/// Reads reports that `analyze --json` wrote.
package enum ReportReading {
  /// The most bytes that a report may have.
  package static let byteLimit = 512 << 20

  /// Whether the file at `path` begins as a report does.
  package static func isReport(_ path: String) -> Bool {
    guard path != "-", let file = FileHandle(forReadingAtPath: path),
      let start = try? file.read(upToCount: 256)
    else { return false }
    let text = String(decoding: start, as: UTF8.self).filter { !$0.isWhitespace }
    let kind = ReportJSON.kind.filter { !$0.isWhitespace }
    return text.hasPrefix("{\"schema\":") && text.contains("\"kind\":\"\(kind)\"")
  }

  /// The report at `path`.
  package static func report(at path: String) throws(Diagnostic) -> Report {
    let bytes = try readFile(path, limit: byteLimit)
    guard bytes.count <= byteLimit else {
      throw .unreadableReport(path, "is larger than \(byteLimit >> 20) MiB")
    }
    do {
      return try report(of: bytes)
    } catch let error as ReportError {
      throw .unreadableReport(path, error.message)
    } catch {
      throw .unreadableReport(path, "is not a report that this version can read")
    }
  }

  static func report(of bytes: [UInt8]) throws -> Report {
    try JSONDecoder().decode(StoredReport.self, from: Data(bytes)).report()
  }
}

/// Why a report cannot be used.
struct ReportError: Error {
  var message: String

  init(_ message: String) { self.message = message }
}

extension Diagnostic {
  fileprivate static func unreadableReport(_ path: String, _ message: String) -> Diagnostic {
    Diagnostic(
      .error, code: "unreadable-report", message,
      hint: "name a file that `backtally analyze --json` wrote", at: Place(source: path),
      exitStatus: .inputUnreadable)
  }
}

// The keys of the JSON that the report is made of again. Others say the same in other words.

private struct StoredReport: Decodable {
  var schema: Int
  var method: Method
  var span: Span
  var books: Books
  var coverage: Coverage
  var slot_seconds: SlotSeconds
  var series: [Slot]
  var endpoints: [Endpoint]
  var consumers: [Consumer]
  var consumer_endpoints: [Pair]
  var merged_pair_requests: Int

  struct Method: Decodable {
    var resolution_ms: Decimal?
    var apdex_threshold_ms: Decimal
    var apdex_thresholds_ms: [String: Decimal]?
  }

  struct Span: Decodable {
    var first: String?
    var last: String?
  }

  struct Books: Decodable {
    var lines_read: Int
    var requests: Int
    var left_out: [String: Int]
  }

  struct Coverage: Decodable {
    var durations: Int
    var request_sizes: Int
    var response_sizes: Int
    var consumers: Int
  }

  struct SlotSeconds: Decodable {
    var series: Int
    var endpoints: Int
    var consumers: Int
  }

  struct Slot: Decodable {
    var start: String
    var statuses: [String: Int]
    var bytes_in: Int64?
    var bytes_out: Int64?
    var duration: Duration?
    var apdex: Apdex?
  }

  struct Endpoint: Decodable {
    var method: String
    var route: String
    var statuses: [String: Int]
    var bytes_in: Int64?
    var bytes_out: Int64?
    var duration: Duration?
    var apdex: Apdex?
    var first_seen: String
    var last_seen: String
    var series: [EndpointSlot]
  }

  struct EndpointSlot: Decodable {
    var slot: Int
    var statuses: [String: Int]
    var duration: Duration?
  }

  struct Consumer: Decodable {
    var name: String?
    var statuses: [String: Int]
    var bytes_in: Int64?
    var bytes_out: Int64?
    var duration: Duration?
    var apdex: Apdex?
    var first_seen: String
    var last_seen: String
    var series: [String: [Int]]
  }

  struct Pair: Decodable {
    var consumer: String?
    var method: String
    var route: String
    var counts: [String: Int]

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Key.self)
      consumer = try values.decodeIfPresent(String.self, forKey: Key(stringValue: "consumer"))
      method = try values.decode(String.self, forKey: Key(stringValue: "method"))
      route = try values.decode(String.self, forKey: Key(stringValue: "route"))
      counts = [:]
      for (name, _) in ClassCounts.classes {
        counts[name] = try values.decodeIfPresent(Int.self, forKey: Key(stringValue: name))
      }
    }
  }

  struct Duration: Decodable {
    var sum_ms: Decimal
    var min_ms: Decimal
    var max_ms: Decimal
    var histogram: Histogram
  }

  struct Histogram: Decodable {
    var scale: Int
    var zero: Int
    var offset: Int
    var counts: [Int]
  }

  struct Apdex: Decodable {
    var satisfied: Int
    var tolerating: Int
  }
}

extension StoredReport {
  func report() throws -> Report {
    guard schema == ReportJSON.schema else {
      throw ReportError("has schema \(schema), which this version cannot read")
    }
    var report = Report()
    report.books.linesRead = try checked(books.lines_read)
    report.books.requests = try checked(books.requests)
    for (reason, count) in books.left_out { report.books.leftOut[reason] = try checked(count) }
    report.coverage.durations = try checked(coverage.durations)
    report.coverage.requestSizes = try checked(coverage.request_sizes)
    report.coverage.responseSizes = try checked(coverage.response_sizes)
    report.coverage.consumers = try checked(coverage.consumers)
    if let first = span.first, let last = span.last {
      let (start, end) = (try instantNanoseconds(first), try instantNanoseconds(last))
      guard start <= end else { throw ReportError("ends before it begins") }
      report.period = start...end
    }
    report.resolution = try method.resolution_ms.map(nanoseconds) ?? 1_000_000_000
    guard report.resolution > 0 else { throw ReportError("has no resolution") }
    report.apdex.common = try nanoseconds(method.apdex_threshold_ms)
    for (name, value) in method.apdex_thresholds_ms ?? [:] {
      report.apdex.byEndpoint[name] = try nanoseconds(value)
    }
    try addSlots(to: &report)
    try addEndpoints(to: &report)
    try addConsumers(to: &report)
    try addPairs(to: &report)
    return report
  }

  private func addSlots(to report: inout Report) throws {
    report.slots.width = try width(slot_seconds.series)
    for slot in series {
      report.slots.numbers.append(
        report.slots.width.slot(of: try seconds(ofInstant: slot.start)))
      report.slots.values.append(
        try figures(slot.statuses, slot.duration, slot.apdex, slot.bytes_in, slot.bytes_out))
    }
    guard zip(report.slots.numbers, report.slots.numbers.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw ReportError("has slots out of order")
    }
  }

  private func addEndpoints(to report: inout Report) throws {
    report.endpointSlotWidth = try width(slot_seconds.endpoints)
    for stored in endpoints {
      var endpoint = Report.Endpoint(method: stored.method, route: stored.route)
      endpoint.figures = try figures(
        stored.statuses, stored.duration, stored.apdex, stored.bytes_in, stored.bytes_out)
      endpoint.figures.firstSeen = try seconds(ofInstant: stored.first_seen)
      endpoint.figures.lastSeen = try seconds(ofInstant: stored.last_seen)
      for slot in stored.series {
        var row = Report.EndpointSlot(number: try slotNumber(slot.slot))
        row.statuses = try statuses(slot.statuses)
        if let duration = slot.duration { row.durations = try distribution(duration) }
        endpoint.slots.append(row)
      }
      report.endpoints.append(endpoint)
    }
  }

  private func addConsumers(to report: inout Report) throws {
    report.consumerSlotWidth = try width(slot_seconds.consumers)
    for stored in consumers {
      var consumer = Report.Consumer(name: stored.name)
      consumer.figures = try figures(
        stored.statuses, stored.duration, stored.apdex, stored.bytes_in, stored.bytes_out)
      if stored.duration != nil && stored.apdex == nil { consumer.figures.apdex = nil }
      consumer.figures.firstSeen = try seconds(ofInstant: stored.first_seen)
      consumer.figures.lastSeen = try seconds(ofInstant: stored.last_seen)
      for (index, number) in (stored.series["slot"] ?? []).enumerated() {
        var classes = ClassCounts()
        for (name, path) in ClassCounts.classes {
          guard let counts = stored.series[name] else { continue }
          guard counts.indices.contains(index) else { throw ReportError("has a series cut short") }
          classes[keyPath: path] = try checked(counts[index])
        }
        consumer.slots.append(Report.ConsumerSlot(number: try slotNumber(number), classes: classes))
      }
      report.consumers.append(consumer)
    }
  }

  private func addPairs(to report: inout Report) throws {
    let endpointPlaces = Dictionary(
      report.endpoints.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    let consumerPlaces = Dictionary(
      report.consumers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    guard endpointPlaces.count == endpoints.count, consumerPlaces.count == consumers.count else {
      throw ReportError("has the same endpoint or consumer twice")
    }
    for stored in consumer_endpoints {
      guard let endpoint = endpointPlaces["\(stored.method) \(stored.route)"],
        let consumer = consumerPlaces[stored.consumer]
      else { throw ReportError("has a pair of unknown names") }
      var classes = ClassCounts()
      for (name, path) in ClassCounts.classes {
        classes[keyPath: path] = try checked(stored.counts[name] ?? 0)
      }
      report.pairs.append(Report.Pair(endpoint: endpoint, consumer: consumer, classes: classes))
    }
    report.mergedPairRequests = try checked(merged_pair_requests)
    report.sortRows()
  }

  // MARK: Values

  private func figures(
    _ counts: [String: Int], _ duration: Duration?, _ apdex: Apdex?, _ bytesIn: Int64?,
    _ bytesOut: Int64?
  ) throws -> Figures {
    var figures = Figures()
    figures.statuses = try statuses(counts)
    if let duration { figures.durations = try distribution(duration) }
    if let apdex {
      figures.apdex = ApdexCounts(
        satisfied: try checked(apdex.satisfied), tolerating: try checked(apdex.tolerating))
    }
    figures.requestBytes = max(0, bytesIn ?? 0)
    figures.responseBytes = max(0, bytesOut ?? 0)
    return figures
  }

  private func statuses(_ counts: [String: Int]) throws -> SparseCounts {
    var statuses = SparseCounts()
    for (name, count) in counts {
      guard let status = Int(name), (0...9_999).contains(status) else {
        throw ReportError("has a status that is none")
      }
      statuses.add(try checked(count), to: status)
    }
    return statuses
  }

  private func distribution(_ stored: Duration) throws -> Distribution {
    let histogram = stored.histogram
    guard histogram.scale == Distribution.scale, (-4_096...4_096).contains(histogram.offset),
      histogram.counts.count <= 4_096
    else { throw ReportError("has a histogram that this version cannot read") }
    var distribution = Distribution()
    distribution.addZeros(try checked(histogram.zero))
    for (index, count) in histogram.counts.enumerated() where count != 0 {
      distribution.add(try checked(count), toBin: histogram.offset + index)
    }
    distribution.note(
      sum: try nanoseconds(stored.sum_ms), least: try nanoseconds(stored.min_ms),
      largest: try nanoseconds(stored.max_ms))
    return distribution
  }

  private func checked(_ count: Int) throws -> Int {
    guard (0..<1 << 40).contains(count) else { throw ReportError("has a count that is none") }
    return count
  }

  private func slotNumber(_ number: Int) throws -> Int {
    guard (0..<1 << 31).contains(number) else { throw ReportError("has a slot that is none") }
    return number
  }

  private func width(_ seconds: Int) throws -> SlotWidth {
    guard let width = SlotWidth(of: seconds) else {
      throw ReportError("has slots of unknown width")
    }
    return width
  }

  private func nanoseconds(_ milliseconds: Decimal) throws -> Int64 {
    let value = milliseconds * 1_000_000
    guard value >= 0, value <= Decimal(Int64.max) else {
      throw ReportError("has a duration that is none")
    }
    return Int64(truncating: value as NSDecimalNumber)
  }

  private func seconds(ofInstant text: String) throws -> Int {
    Int(try instantNanoseconds(text) / 1_000_000_000)
  }
}

/// Reads `2026-11-23T09:10:13.501Z`, in nanoseconds since 1970.
func instantNanoseconds(_ text: String) throws -> Int64 {
  let bytes = Array(text.utf8)
  func number(_ range: Range<Int>) throws -> Int64 {
    guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (48...57).contains($0) })
    else {
      throw ReportError("has a time that is none")
    }
    return bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) }
  }
  let (year, month, day) = (try number(0..<4), try number(5..<7), try number(8..<10))
  let (hour, minute, second) = (try number(11..<13), try number(14..<16), try number(17..<19))
  guard year >= 1970, year <= 2262, (1...12).contains(month), (1...31).contains(day), hour < 24,
    minute < 60, second < 60, bytes.last == UInt8(ascii: "Z")
  else { throw ReportError("has a time that is none") }
  // Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
  let shifted = month <= 2 ? year - 1 : year
  let (era, yearOfEra) = (shifted / 400, shifted % 400)
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  let days = era * 146_097 + dayOfEra - 719_468
  var nanoseconds = days * 86_400 + hour * 3_600 + minute * 60 + second
  guard nanoseconds < 9_000_000_000 else { throw ReportError("has a time that is none") }
  nanoseconds *= 1_000_000_000
  if bytes.count > 20 {
    let digits = bytes.count - 21
    guard bytes[19] == UInt8(ascii: "."), (1...9).contains(digits) else {
      throw ReportError("has a time that is none")
    }
    var fraction = try number(20..<20 + digits)
    for _ in digits..<9 { fraction *= 10 }
    nanoseconds += fraction
  }
  return nanoseconds
}
