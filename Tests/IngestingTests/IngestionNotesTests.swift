import AccessLogParsing
import Attribution
import Diagnostics
import LogReading
import Tallying
import Testing

@testable import Ingesting

/// The notes at the end of a reading, as a function of what it came to.
struct IngestionNotesTests {
  /// A reading of these files in which nothing happened.
  private static func outcome(
    _ paths: [String], routeLimit: Int = 10
  ) -> IngestionOutcome {
    let rules = AttributionRules(routes: RouteRules(known: [], unmatched: .drop))
    return IngestionOutcome(
      paths: paths, sources: paths.map { _ in SourceProgress() },
      counts: LineCounts(filterCount: 0),
      coverage: Coverage(width: BucketWidth(seconds: 60), countsConsumersByDay: true),
      decisions: DecisionLog(), unfinishedIndexes: [], rules: rules,
      names: RunNames(routeLimit: routeLimit))
  }

  private static func texts(_ outcome: IngestionOutcome, isResumable: Bool = true) -> [String] {
    IngestionNotes(outcome, isResumable: isResumable).all.map(\.rendered)
  }

  @Test func `a reading in which nothing happened has nothing to say`() {
    #expect(Self.texts(Self.outcome(["a.log", "-"])).isEmpty)
  }

  @Test func `sources that were read before are named one by one up to a limit`() {
    var outcome = Self.outcome((1...8).map { "\($0).log" })
    outcome.sources[0].isUnchanged = true
    outcome.sources[1].isUnchanged = true
    for index in 2..<8 {
      outcome.sources[index].startPosition = 1
      outcome.sources[index].startLines = 1_000
    }
    let texts = Self.texts(outcome)
    #expect(
      texts == [
        "1.log: note: unchanged since it was imported, so it was not read, as are 1 more"
      ]
        + (3...7).map { "\($0).log: note: resumed after line 1,000, where the last import ended" }
        + ["note: 1 more file resumed where the last import ended"])
  }

  @Test(arguments: [true, false])
  func `a stopped run names the first file it has not finished, and how to go on`(
    isResumable: Bool
  ) {
    var outcome = Self.outcome(["-", "a.log", "b.log"])
    outcome.unfinishedIndexes = [0, 1, 2]
    let texts = Self.texts(outcome, isResumable: isResumable)
    #expect(texts.count == 1)
    #expect(
      texts.first?.hasPrefix(
        "a.log: warning: not read to its end because the run was stopped, nor was 1 other")
        == true)
    #expect(texts.first?.contains("run again") == isResumable)
    #expect(outcome.hasUnfinishedFile)
  }

  @Test func `a reason is given once, at its first place, with the number of lines`() {
    var outcome = Self.outcome(["a.log"])
    let chunk = Chunk(copying: "x\ny\n".utf8)
    for line in [1, 0] {
      _ = outcome.counts.count(
        LineRejection(.unrecognized, at: 7), line: line, of: chunk)
    }
    let notes = IngestionNotes(outcome, isResumable: false).all
    #expect(notes.map(\.code) == ["unrecognized"])
    #expect(notes.first?.severity == .warning)
    #expect(notes.first?.rendered.hasPrefix("a.log:1, byte 7: warning: ") == true)
    #expect(notes.first?.message.hasSuffix("(2 lines like this)") == true)
  }

  @Test func `names beyond the limit are warned of`() {
    let outcome = Self.outcome(["a.log"], routeLimit: 1)
    for name in ["/a", "/b"] { _ = outcome.names.routes.id(for: name) }
    #expect(IngestionNotes(outcome, isResumable: false).all.map(\.code) == ["too-many-routes"])
  }

  /// A reading of two requests by the rules for `fields`, of which those in `found` had values.
  private static func consumers(
    _ fields: [String], found: UInt64, withoutConsumer: Int = 0
  ) -> [String] {
    var outcome = Self.outcome(["a.log"])
    outcome.rules.consumers = fields.map { ConsumerRule(field: $0) }
    var chunk = ChunkCounts()
    for second in 0..<2 { chunk.countRequest(at: Int64(second)) }
    outcome.counts.count(chunk)
    outcome.counts.foundConsumerRules = found
    outcome.counts.withoutConsumer = withoutConsumer
    return texts(outcome)
  }

  @Test func `each consumer rule that never finds a value is named`() {
    let fields = ["api_user", "http_x_api_key", "remote_user"]
    #expect(Self.consumers(fields, found: 0b111).isEmpty)
    // The last one was never asked.
    #expect(Self.consumers(fields, found: 0b011).isEmpty)
    let two = Self.consumers(fields, found: 0b010, withoutConsumer: 1)
    #expect(two.count == 2)
    #expect(
      two[0]
        == "warning: the rule for 'api_user' found no consumer: it has no value in any line\n"
        + "  hint: `backtally inspect` shows which fields have values")
    #expect(two[1].contains("'remote_user'"))
    #expect(Self.consumers(fields, found: 0b100).count == 2)
    let none = Self.consumers(fields, found: 0, withoutConsumer: 2)
    #expect(none.count == 1 && none[0].contains("no request has a consumer"))
  }

  @Test func `too many consumers on too many days are counted as at least so many`() {
    var outcome = Self.outcome(["a.log"])
    var days = ConsumerDays()
    for day in 0..<600 as Range<Int64> {
      days.begin(at: day * 86_400)
      days.note(1)
      days.note(400_000)
    }
    #expect(days.isOverLimit)
    #expect(days.most == 2)
    outcome.coverage.consumerDays = days
    let texts = Self.texts(outcome)
    #expect(texts.count == 1 && texts[0].hasSuffix("there were at least 2 on one day"))
  }
}

struct ConsumerDaysTests {
  @Test func `each consumer counts once a day, and nobody is no consumer`() {
    var days = ConsumerDays()
    for second in [0, 86_399, 86_400, 5, 90_000] as [Int64] {
      days.begin(at: second)
      for consumer in [0, 1, 1, 70, UInt32(second % 3 + 2)] { days.note(consumer) }
    }
    // On the first day 1, 70, 2 and 4 (by 0, 86,399 and 5), on the second 1, 70 and 2.
    #expect(days.most == 4)
    #expect(!days.isOverLimit)
  }
}

/// The one loop over lines, with a receiver that writes down what it is called with.
struct LineReaderTests {
  private struct Transcript: LineReceiver {
    var entries: [String] = []
    var isSecond = false

    mutating func begin(
      _ bytes: borrowing Span<UInt8>, of chunk: Chunk, unwrapped lines: UnwrappedLines?
    ) { entries.append("begin") }
    mutating func changeFormats() { isSecond.toggle() }
    mutating func countBlank() { entries.append("blank") }
    mutating func count(
      _ record: inout AccessRecord, _ request: AttributedRequest, in bytes: borrowing Span<UInt8>,
      line: LinePlace
    ) { entries.append("\(line.index) \(isSecond ? "second" : "first") \(record.status)") }
    mutating func leaveOut(
      _ record: inout AccessRecord, for reason: LeftOut, _ attributor: inout Attributor,
      in bytes: borrowing Span<UInt8>, line: LinePlace
    ) { entries.append("\(line.index) \(reason)") }
    mutating func reject(
      _ rejection: LineRejection, in bytes: borrowing Span<UInt8>, line: LinePlace
    ) { entries.append("\(line.index) \(rejection.reason.name)") }
    mutating func end(lineCount: Int, joinedCount: Int) {
      entries.append("end \(lineCount) \(joinedCount)")
    }
  }

  private static let rules = AttributionRules(routes: RouteRules(known: [], unmatched: .drop))
  private static let common =
    #"192.0.2.1 - - [23/Nov/2026:09:10:13 +0000] "GET /a HTTP/1.1" 200 5"#
  private static let options = common.replacing("GET", with: "OPTIONS")
  private static let json =
    #"{"time":"2026-11-02T09:00:11Z","request_method":"GET","request_uri":"/a","status":404}"#

  private static func read(
    _ lines: [String], _ plan: SourcePlan?, limit: Int = .max
  ) throws -> [String] {
    var reader = try LineReader(rules: rules, names: RunNames(routeLimit: 10))
    var transcript = Transcript()
    let chunk = Chunk(copying: lines.joined(separator: "\n").utf8)
    let count = try reader.read(chunk, by: plan, limit: limit, into: &transcript)
    #expect(transcript.entries.last?.hasPrefix("end \(count) ") == true)
    return transcript.entries
  }

  private static func plan(
    _ name: String, isMixed: Bool = false, alternate: LogFormat? = nil
  ) throws -> SourcePlan {
    let format: LogFormat? = LogFormat(name: name)
    return SourcePlan(
      number: 0, format: try #require(format), clock: nil, isMixed: isMixed,
      isDetected: true, alternate: alternate)
  }

  @Test func `each line is counted, left out or rejected, in order`() throws {
    let entries = try Self.read(
      [Self.common, "", Self.options, "what is this?"], try Self.plan("common"))
    #expect(
      entries == [
        "begin", "0 first 200", "blank", "2 options", "3 malformed", "end 4 0",
      ] || entries[4].hasPrefix("3 "), "\(entries)")
    #expect(entries.prefix(4) == ["begin", "0 first 200", "blank", "2 options"])
    #expect(entries.last == "end 4 0")
  }

  @Test func `lines of a second format are received as such, and no others`() throws {
    let entries = try Self.read(
      [Self.json, Self.common, Self.json],
      try Self.plan("common", alternate: LogFormat(name: "json")))
    #expect(entries == ["begin", "0 second 404", "1 first 200", "2 second 404", "end 3 0"])
  }

  @Test func `in a mixed log what is of another shape is no rejection`() throws {
    let plan = try Self.plan("common", isMixed: true)
    #expect(try Self.read(["started", Self.common], plan)[1] == "0 other-line")
  }

  @Test func `without a plan every line is unrecognized, and a limit ends the reading`() throws {
    let lines = [Self.common, Self.common, Self.common]
    #expect(
      try Self.read(lines, nil, limit: 2)
        == ["begin", "0 unrecognized", "1 unrecognized", "end 2 0"])
  }
}
