import AccessLogParsing
import Attribution
import Configuring
import Diagnostics
import Foundation
import LogReading
import Tallying
import TestSupport
import Testing

@testable import Ingesting

/// Readings into sinks that have nothing to do with a hub.
struct IngestionTests {
  private static let demo = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures/logs/access.log.gz").path

  private static func preparation(
    _ inputs: [String], jobs: Int = 1, _ change: (inout Ingestion.Options) -> Void = { _ in }
  ) throws -> IngestionPreparation {
    var settings = Settings()
    settings.inputs = inputs
    var options = Ingestion.Options(settings: settings, jobs: jobs)
    change(&options)
    return try IngestionPreparation(options, reportingTo: SilentWatcher())
  }

  @Test(arguments: [1, 2, 5])
  func `a sink that counts by status sees each request once, and no histogram is made`(
    jobs: Int
  ) throws {
    let preparation = try Self.preparation([Self.demo], jobs: jobs)
    let sink = StatusCounter()
    let ingestion = Ingestion(preparation, into: sink)
    try ingestion.run()
    #expect(sink.counts == (try Self.statuses(of: Self.demo)))
    #expect(!sink.hasBins)
    #expect(sink.checkpoints == [true])
    #expect(ingestion.outcome.counts.linesTallied == sink.counts.values.reduce(0, +))
  }

  /// The outcome of a reading of `lines`, one file each, by an import that knows none of them.
  private static func outcome(
    _ files: [[String]], _ change: (inout Settings) -> Void = { _ in }
  ) throws -> IngestionOutcome {
    let folder = try TemporaryFolder()
    var paths: [String] = []
    for (index, lines) in files.enumerated() {
      paths.append(try folder.write(lines.map { $0 + "\n" }.joined(), to: "\(index).log"))
    }
    let preparation = try Self.preparation(paths) { change(&$0.settings) }
    let ingestion = Ingestion(preparation, into: StatusCounter(measures: .linearBins))
    try ingestion.run()
    return ingestion.outcome
  }

  private static func line(_ request: String, _ rest: String = "") -> String {
    #"203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] "\#(request)" 200 5 "-" "app"\#(rest)"#
  }

  @Test func `a source of which nothing counts fails by itself, with the reason`() throws {
    let outcome = try Self.outcome([
      Array(repeating: Self.line("GET / HTTP/1.1"), count: 3),
      Array(repeating: Self.line(#"\x16\x03"#), count: 7), [],
    ])
    #expect(outcome.counts.linesTallied == 3)
    #expect(outcome.sources.map { $0.isNothingCounted(limit: 10) } == [false, true, false])
    let failure = try #require(outcome.sources[1].failure)
    #expect(failure.exitStatus == .inputUnreadable && failure.severity == .error)
    #expect(failure.message == "none of its 7 lines counted; left out: 7 no-request")
    #expect(outcome.sources[0].failure == nil && outcome.sources[2].failure == nil)
  }

  @Test func `lines whose targets are no paths are a reason like others`() throws {
    let outcome = try Self.outcome([Array(repeating: Self.line("GET shop HTTP/1.1"), count: 7)])
    #expect(
      outcome.sources[0].failure?.message == "none of its 7 lines counted; left out: 7 no-path")
  }

  @Test func `a source of which some lines count is no failure`() throws {
    let lines = Array(repeating: Self.line(#"\x16\x03"#), count: 9) + [Self.line("GET / HTTP/1.1")]
    #expect(try !Self.outcome([lines]).sources[0].isNothingCounted(limit: 10))
    let options = Array(repeating: Self.line("OPTIONS / HTTP/1.1"), count: 9)
    #expect(try !Self.outcome([options]).sources[0].isNothingCounted(limit: 10))
  }

  @Test func `one source that is no log holds up no other`() throws {
    let outcome = try Self.outcome([
      Array(repeating: Self.line("GET / HTTP/1.1"), count: 3),
      Array(repeating: "garbage", count: 9),
    ])
    #expect(outcome.counts.linesTallied == 3)
    let failure = try #require(outcome.sources[1].failure)
    #expect(failure.message == "none of its 9 lines counted; left out: 9 rejected")
    #expect(!outcome.sources[1].isRemembered && outcome.sources[0].failure == nil)
  }

  @Test func `a source with too many broken lines is named, and a reading without it counts`()
    throws
  {
    let folder = try TemporaryFolder()
    let good = Array(repeating: Self.line("GET / HTTP/1.1"), count: 30)
    let bad = Array(repeating: "garbage", count: 10)
    let paths = try [good, good + bad].enumerated().map { index, lines in
      try folder.write(lines.map { $0 + "\n" }.joined(), to: "\(index).log")
    }
    let preparation = try Self.preparation(paths)
    let first = Ingestion(preparation, into: StatusCounter())
    #expect(throws: Diagnostic.self) { try first.run() }
    let blamed = first.blamed
    #expect(
      blamed.mapValues(\.message) == [
        paths[1]:
          "25.0 % of its lines were rejected, more than 10.0 %; nothing of it is counted, and the "
          + "other sources are"
      ])
    let sink = StatusCounter()
    let second = Ingestion(preparation.anew, into: sink, without: blamed)
    try second.run()
    #expect(sink.counts == [200: 30] && second.blamed.isEmpty)
    #expect(second.outcome.sources[1].failure == blamed[paths[1]])
    #expect(second.outcome.hasUnreadableSource && second.outcome.counts.rejectedCount == 0)
  }

  @Test func `a source without a field of the rules holds up no other`() throws {
    let combined = Array(repeating: Self.line("GET / HTTP/1.1"), count: 3)
    let json = (1...4).map {
      #"{"time":"2026-11-23T09:10:0\#($0)Z","request_method":"GET","request_uri":"/","status":200,"#
        + #""request_time":0.1,"http_x_user":"ann"}"#
    }
    func byUser(_ settings: inout Settings) {
      settings.consumers = [ConsumerRule(field: "http_x_user")]
    }
    for files in [[combined, json], [json, combined], [combined, json, combined]] {
      let outcome = try Self.outcome(files, byUser)
      #expect(outcome.counts.linesTallied == 4)
      for (source, lines) in zip(outcome.sources, files) {
        #expect((source.failure?.code == "unknown-field") == (lines == combined))
        #expect(source.failure?.exitStatus ?? .inputUnreadable == .inputUnreadable)
      }
    }
    // If none of them has it, it is a mistake of whoever named it.
    for files in [[combined], [combined, combined]] {
      let error = #expect(throws: Diagnostic.self) { try Self.outcome(files, byUser) }
      #expect(error?.exitStatus == .wrongUsage && error?.code == "unknown-field")
    }
  }

  @Test(
    arguments: [
      ("/shop/cart;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9.node1?q=1", "/shop/cart"),
      ("/shop;v=1/items/42", "/shop/items/{id}"), ("/c/cus_8fGh2Kq91mZx7a", "/c/cus_{id}"),
      ("/u/ann%40example.com#x", "/u/{email}"), ("http://example.com/a/17", "/a/{id}"), ("/", "/"),
      ("/Orders(17)/x", "/Orders({id})/x"),
    ])
  func `what is shown of a path to no known route identifies nobody`(target: String, shown: String)
    throws
  {
    let known = KnownRoute(method: "GET", template: "/known")
    let lines = Array(repeating: Self.line("GET /known HTTP/1.1"), count: 9)
    let outcome = try Self.outcome([lines + [Self.line("GET \(target) HTTP/1.1")]]) {
      $0.routes = .list([known])
    }
    #expect(outcome.unmatchedPaths.map(\.path) == [shown])
  }

  @Test func `of many sources with one problem, some are named and the others counted`() throws {
    let good = [Self.line("GET / HTTP/1.1")]
    let bad = Array(repeating: "garbage", count: 9)
    let outcome = try Self.outcome([good] + Array(repeating: bad, count: 25))
    let failures = IngestionNotes(outcome, isResumable: false).all
      .filter { $0.code == "nothing-counted" }
    #expect(failures.count == 21)
    #expect(
      failures.last?.message == "5 more files with the same problem (nothing-counted)"
        && failures.last?.place == nil)
  }

  @Test func `zeros before a line are passed over, however many`() throws {
    let line = Self.line("GET / HTTP/1.1")
    for count in [1, 500, 3 << 20] {
      let hole = String(repeating: "\0", count: count)
      let outcome = try Self.outcome([[hole + line, line], [line, hole + line]])
      #expect(outcome.counts.linesTallied == 4 && outcome.counts.rejectedCount == 0)
    }
  }

  @Test func `times that only a wrong clock has are counted, and remarked on`() throws {
    let outcome = try Self.outcome([
      [
        Self.line("GET / HTTP/1.1"),
        Self.line("GET /1970 HTTP/1.1").replacing("2026", with: "1970"),
        Self.line("GET /1999 HTTP/1.1").replacing("2026", with: "1999"),
        Self.line("GET /2106 HTTP/1.1").replacing("2026", with: "2106"),
      ]
    ]) { _ in }
    #expect(outcome.counts.linesTallied == 4)
    // Nobody has said what time it is.
    #expect(outcome.counts.early == 2 && outcome.counts.late == 0)
    let folder = try TemporaryFolder()
    let path = try folder.write(
      Self.line("GET / HTTP/1.1") + "\n"
        + Self.line("GET / HTTP/1.1").replacing("2026", with: "2106") + "\n", to: "a.log")
    let preparation = try Self.preparation([path]) {
      $0.plausibleTimes = $0.plausibleTimes.lowerBound..<1_800_000_000_000_000_000
    }
    let ingestion = Ingestion(preparation, into: StatusCounter())
    try ingestion.run()
    #expect(
      IngestionNotes(ingestion.outcome, isResumable: true).clockNotes.map(\.message) == [
        "1 request more than a day in the future: the clock of a machine that logged them was wrong; "
          + "they count at the times that the log has"
      ])
  }

  @Test func `the parts that requests have are counted`() throws {
    let outcome = try Self.outcome([
      [
        Self.line("GET / HTTP/1.1", " 0.012"), Self.line("GET / HTTP/1.1", " -"),
        Self.line("GET / HTTP/1.1", " 0.000"),
      ]
    ])
    let parts = Dictionary(uniqueKeysWithValues: outcome.parts.map { ($0.name, $0) })
    #expect(parts["duration"]?.requestCount == 2 && parts["duration"]?.unit == "s")
    #expect(parts["duration"]?.fields == ["extra_1"])
    #expect(parts["response_size"]?.requestCount == 3)
    #expect(parts["request_size"]?.requestCount == 0)
    #expect(parts["consumer"]?.requestCount == 0 && parts["route"]?.requestCount == 3)
  }

  @Test func `a unit for which there is no duration is refused before anything counts`() {
    #expect(throws: Diagnostic.self) {
      try Self.outcome([[Self.line("GET / HTTP/1.1")]]) { $0.durationUnit = .seconds }
    }
  }

  @Test func `two sinks measure what each asks for, of the same log`() throws {
    let preparation = try Self.preparation([Self.demo])
    let plain = StatusCounter()
    let measuring = StatusCounter(measures: .linearBins)
    try Ingestion(preparation, into: plain).run()
    try Ingestion(try Self.preparation([Self.demo]), into: measuring).run()
    #expect(plain.counts == measuring.counts)
    #expect(measuring.hasBins && !plain.hasBins)
  }

  @Test func `an observer sees each tallied record once, before the sink takes its tally`() throws {
    let sink = ObservingSink()
    let ingestion = Ingestion(try Self.preparation([Self.demo], jobs: 2), into: sink)
    try ingestion.run()
    #expect(sink.notedCount == ingestion.outcome.counts.linesTallied)
    #expect(sink.notedCount == sink.takenCount)
    // What was handed over at a flush is of the lines whose tallies the sink takes then or later.
    #expect(sink.wasNotedFirst)
  }

  @Test func `a checkpoint comes by bytes, and what was taken before it is all that was read`()
    throws
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let line =
      #"192.0.2.1 - - [23/Nov/2026:09:10:13 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl""# + "\n"
    let path = folder.appending(path: "access.log").path
    try Data(String(repeating: line, count: 100_000).utf8).write(to: URL(filePath: path))
    let sink = StatusCounter()
    let ingestion = Ingestion(
      try Self.preparation([path], jobs: 2) { $0.checkpointInterval = 100_000 }, into: sink)
    try ingestion.run()
    #expect(sink.counts == [200: 100_000])
    #expect(sink.checkpoints.count > 5 && sink.checkpoints.last == true)
    #expect(sink.checkpoints.dropLast().allSatisfy { !$0 })
    #expect(sink.isBalancedAtCheckpoints)
  }

  @Test func `a sink that fails ends the reading with its diagnostic`() throws {
    let sink = StatusCounter(failure: Diagnostic(.error, code: "full", "the disk is full"))
    #expect(throws: Diagnostic(.error, code: "full", "the disk is full")) {
      try Ingestion(try Self.preparation([Self.demo], jobs: 2), into: sink).run()
    }
  }

  @Test func `positions say where sources begin, and hear of their ends`() throws {
    let positions = FixedPositions(unchanged: [1])
    let sink = StatusCounter()
    let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".gz")
    try FileManager.default.copyItem(atPath: Self.demo, toPath: copy.path)
    defer { try? FileManager.default.removeItem(at: copy) }
    let ingestion = Ingestion(
      try Self.preparation([Self.demo, copy.path]), into: sink, from: positions)
    try ingestion.run()
    #expect(sink.counts == (try Self.statuses(of: Self.demo)))
    #expect(positions.finished == [0])
    #expect(ingestion.outcome.sources[1].isUnchanged)
    #expect(ingestion.outcome.sources[0].isAtEnd)
  }

  /// Status and number of requests of a log in the combined format, counted by a regular expression.
  private static func statuses(of path: String) throws -> [Int: Int] {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/gzip")
    process.arguments = ["-dc", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    var counts: [Int: Int] = [:]
    for line in text.split(separator: "\n") {
      guard let match = line.firstMatch(of: #/"([A-Z]+) \S+ HTTP/[0-9.]+" ([0-9]{3}) /#),
        match.output.1 != "OPTIONS", let status = Int(match.output.2)
      else { continue }
      counts[status, default: 0] += 1
    }
    return counts
  }
}

/// Counts requests by status.
private final class StatusCounter: TallySink {
  let measures: TallyMeasures
  private let failure: Diagnostic?
  private(set) var counts: [Int: Int] = [:]
  private(set) var hasBins = false
  /// For each checkpoint whether it was said to be the last.
  private(set) var checkpoints: [Bool] = []
  private(set) var isBalancedAtCheckpoints = true
  /// Of each source, as the last checkpoint had it that was told of it.
  private var requests: [Int: Int] = [:]

  init(measures: TallyMeasures = [], failure: Diagnostic? = nil) {
    self.measures = measures
    self.failure = failure
  }

  func makeObserver() throws -> (any RecordObserver)? { nil }

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    if let failure { throw failure }
    let tallies = table.all
    for index in tallies.indices where tallies[index].key.bucket < end {
      counts[Int(tallies[index].key.status), default: 0] += Int(tallies[index].requestCount)
      hasBins = hasBins || !tallies[index].responseSizes.isEmpty
    }
  }

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    checkpoints.append(facts.isLast)
    for source in facts.sources { requests[source.index] = source.requestCount }
    let isBalanced =
      facts.counts.linesTallied == counts.values.reduce(0, +)
      && requests.values.reduce(0, +) == facts.counts.linesTallied
    isBalancedAtCheckpoints = isBalancedAtCheckpoints && isBalanced
  }
}

/// Counts what its observers note.
private final class ObservingSink: TallySink, @unchecked Sendable {
  let measures: TallyMeasures = []
  private let lock = NSLock()
  private(set) var notedCount = 0
  private(set) var takenCount = 0
  private(set) var wasNotedFirst = true

  func makeObserver() throws -> (any RecordObserver)? { CountingObserver(self) }

  fileprivate func add(_ count: Int) { lock.withLock { notedCount += count } }

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    let tallies = table.all
    for index in tallies.indices where tallies[index].key.bucket < end {
      takenCount += Int(tallies[index].requestCount)
    }
    if takenCount > notedCount { wasNotedFirst = false }
  }

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {}
}

private final class CountingObserver: RecordObserver {
  private let sink: ObservingSink
  private var count = 0

  init(_ sink: ObservingSink) { self.sink = sink }

  func capturedFields(of format: LogFormat) -> [String] { ["http_user_agent"] }
  func begin(_ plan: SourcePlan) {}
  func changeFormats() {}
  func note(
    _ record: borrowing AccessRecord, _ request: AttributedRequest,
    in bytes: borrowing Span<UInt8>, line: Range<Int>
  ) {
    let agent = record.captured[0]
    precondition(agent.isAbsent || line.contains(agent.range.lowerBound))
    count += 1
  }
  func noteUnmatched(
    _ record: borrowing AccessRecord, consumer: NameTable.ID, in bytes: borrowing Span<UInt8>,
    line: Range<Int>
  ) {}
  var isFull: Bool { count > 100 }
  func handOver() {
    sink.add(count)
    count = 0
  }
}

/// Begins each source at its beginning, but for those that have not changed.
private final class FixedPositions: SourcePositions, @unchecked Sendable {
  private let unchanged: Set<Int>
  private let lock = NSLock()
  private var ended: [Int] = []

  init(unchanged: Set<Int>) { self.unchanged = unchanged }

  var finished: [Int] { lock.withLock { ended } }

  func predecessors(of paths: [String]) -> [Int?] { paths.map { _ in nil } }

  func open(_ path: String, index: Int) throws(ReadingError) -> SourceStart {
    if unchanged.contains(index) { return .unchanged }
    return .read(OpenSource(try SourceReader(path: path, sourceIndex: index)))
  }

  func open(_ member: OpenSource, index: Int) throws(ReadingError) -> SourceStart { .read(member) }

  func didRefuse(_ index: Int) {}

  func didFinish(_ progress: SourceProgress, index: Int) { lock.withLock { ended.append(index) } }
}

private final class SilentWatcher: RunWatcher {
  func report(_ diagnostic: Diagnostic) {}
  func show(_ progress: ReadingProgress) {}
  func endProgress() {}
}
