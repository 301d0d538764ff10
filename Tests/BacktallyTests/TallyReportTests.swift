import Foundation
import TestSupport
import Testing

/// `analyze --from-tallies`: the report of rows is that of the logs that were tallied.
struct TallyReportTests {
  private static var options: [String] { reading.split(separator: " ").map(String.init) }
  private static let reading = "--format combined --duration-unit s --consumer remote_user"

  /// Three logs of an hour and a half, with templates that only the rest shows to be some.
  private static func folder() async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let log = Program.fixture("logs/access.log.gz")
    let script = """
      zcat '\(log)' | split -d -a 1 -n r/3 --additional-suffix .log - s
      for number in 1 2 3 4 5 6 7; do
        sed -n "1s#\\(GET\\|POST\\|DELETE\\|PATCH\\|PUT\\) [^ ]*#GET /steps/step-$number#p" s0.log >> s1.log
        sed -n "2s#\\(GET\\|POST\\|DELETE\\|PATCH\\|PUT\\) [^ ]*#GET /steps/step-2$number#p" s0.log >> s2.log
      done
      echo 'no request' >> s1.log
      mkdir work
      """
    let outcome = try await folder.bash(script)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private func tally(
    _ folder: TemporaryFolder, _ options: String = "--target otlp --bucket 10",
    files: [String] = ["s0.log", "s1.log s2.log"]
  ) async throws {
    let script = files.enumerated().map { number, files in
      "backtally cluster tally \(Self.reading) \(options) --output work/\(number).tally \(files)"
    }.joined(separator: " && ")
    let outcome = try await folder.bash(script)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test(arguments: [
    ["--json"], ["--csv", "consumer-endpoints"], ["--top", "all", "--sort", "p95"],
    ["--json", "--status", "4xx,5xx", "--route", "/v1/**", "--method", "GET"],
    ["--json", "--consumer-is", "acme-web", "--consumer-is", "-", "--apdex", "250ms"],
    ["--json", "--baseline", "week"], ["--fail-if", "p95>1ms"], ["--json", "--status", "503"],
  ])
  func `rows of ten seconds make the report of the logs`(options: [String]) async throws {
    let folder = try await Self.folder()
    try await tally(folder)
    let rows = try await folder.backtally(["analyze", "--from-tallies", "work"] + options)
    let logs = try await folder.backtally(
      ["analyze"] + Self.options + ["s0.log", "s1.log", "s2.log"] + options)
    #expect(rows.status == logs.status, "\(rows.errors)")
    let isSame = rows.text == logs.text
    #expect(isSame)
    #expect(options.contains("--baseline") || logs.text.count > 100)
  }

  @Test func `rows make a page`() async throws {
    let folder = try await Self.folder()
    try await tally(folder)
    let page = try await folder.backtally(["analyze", "--from-tallies", "work", "--html", "-"])
    #expect(page.status == 0, "\(page.errors)")
    #expect(page.text.hasPrefix("<!DOCTYPE html>") && page.text.hasSuffix("</html>\n"))
  }

  @Test func `rows of a minute make a report by minutes`() async throws {
    let folder = try await Self.folder()
    try await tally(folder, "--target otlp")
    let rows = try await report(folder)
    #expect(rows.errors.contains("times are known to 60 s"))
    let logs = try await report(folder, of: Self.options)
    let (ours, theirs) = (rows.json, logs.json)
    for key in ["requests", "statuses", "duration", "apdex", "endpoints", "consumers"] {
      #expect(same(ours, theirs, "totals", key), "\(key)")
    }
    #expect(same(ours, theirs, "span") && same(ours, theirs, "books"))
    let series = try #require(ours["slot_seconds"] as? [String: Any])
    #expect(series["series"] as? Int == 60)
  }

  @Test func `rows for hub v2 have no durations, and the rest of the report`() async throws {
    let folder = try await Self.folder()
    try await tally(folder, "--target hub --bucket 10")
    let rows = try await report(folder)
    #expect(rows.errors.contains("too coarse for a report"))
    let logs = try await report(folder, of: Self.options)
    for key in ["requests", "statuses", "bytes_in", "bytes_out", "endpoints", "consumers"] {
      #expect(same(rows.json, logs.json, "totals", key), "\(key)")
    }
    #expect(same(rows.json, logs.json, "consumer_endpoints"))
    #expect(rows.json["totals"].map { !"\($0)".contains("duration") } == true)
    let text = try await folder.backtally(["analyze", "--from-tallies", "work"])
    #expect(text.text.contains("has no durations"))
  }

  @Test func `a source that breaks off is left out, and a copy counts once`() async throws {
    let folder = try await Self.folder()
    let cut = try await folder.bash("gzip -c s2.log | head -c 3000 > s2.log.gz && cp s1.log t.log")
    #expect(cut.status == 0)
    try await tally(folder, files: ["s0.log s2.log.gz", "s1.log", "t.log"])
    let rows = try await report(folder)
    #expect(rows.status == 4)
    #expect(rows.errors.contains("s2.log.gz: warning: is left out"))
    #expect(rows.errors.contains("1 source has the content of another, and is counted once"))
    let logs = try await report(
      folder, of: Self.options, ["s0.log", "s1.log"])
    #expect(same(rows.json, logs.json, "totals") && same(rows.json, logs.json, "books"))
  }

  /// What is done to the rows, and what is said of it.
  @Test(arguments: [
    ("sed -i '2s/\"request_count\":1/\"request_count\":2/' work/0.tally", "damaged"),
    ("sed -i '2s/,\"n\":0/,\"n\":1/' work/0.tally", "damaged"),
    ("sed -i '2d' work/0.tally", "missing"), ("sed -i '$d' work/0.tally", "cut off"),
    ("head -c 5000 work/0.tally > x; mv x work/0.tally", "cut off"),
    ("sed -i '1s/\"tally\":1/\"tally\":2/' work/0.tally", "another version"),
    ("sed -i '1d' work/0.tally", "damaged"), ("echo >> work/0.tally", "damaged"),
    ("echo '{}' > work/9.tally", "damaged"), (": > work/9.tally; rm work/[01].tally", "first row"),
    ("rm work/*", "no file whose name ends with .tally"), ("rm -r work", "cannot be read"),
    ("cp work/0.tally work/2.tally", "tallied twice"),
  ])
  func `rows that are not as they were written are refused`(
    change: String, problem: String
  ) async throws {
    let folder = try await Self.folder()
    try await tally(folder)
    let changed = try await folder.bash(change)
    #expect(changed.status == 0, "\(changed.errors)")
    let rows = try await folder.backtally(["analyze", "--from-tallies", "work"])
    #expect(rows.status == 4)
    #expect(rows.output.isEmpty && rows.errors.contains(problem), "\(rows.errors)")
  }

  @Test func `rows of two jobs, and of buckets that fill no slots, are refused`() async throws {
    let folder = try await Self.folder()
    try await tally(folder, files: ["s0.log"])
    let other = try await folder.bash(
      "backtally cluster tally --format combined --duration-unit s --target otlp --output work/1.tally s1.log"
    )
    #expect(other.status == 0)
    let both = try await folder.backtally(["analyze", "--from-tallies", "work"])
    #expect(both.status == 4 && both.errors.contains("another job"))
    try await tally(folder, "--target otlp --bucket 7")
    let uneven = try await folder.backtally(["analyze", "--from-tallies", "work"])
    #expect(uneven.status == 4 && uneven.errors.contains("buckets of 7 s"))
  }

  @Test(arguments: [
    ["access.log"], ["--files-from", "list"], ["--format", "json"], ["--since", "-1h"],
    ["--until", "2026-11-02"], ["--consumer", "remote_user"], ["--routes", "r.txt"],
    ["--config", "c.yaml"], ["--rejects", "r.log"], ["--live"], ["--apdex", "300ms"],
    ["--compare-at", "2026-11-02"], ["--compare", "a", "b"], ["--apdex", "GET /x=1s"],
  ])
  func `what rows cannot give is refused`(options: [String]) async throws {
    let outcome = try await TemporaryFolder().backtally(
      ["analyze", "--from-tallies", "work"] + options)
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  // MARK: Reports as JSON

  private struct Found {
    var status: Int32
    var errors: String
    var json: [String: Any]
  }

  /// The report of the rows in `work`, or of logs that are read with `options`.
  private func report(
    _ folder: TemporaryFolder, of options: [String]? = nil,
    _ logs: [String] = ["s0.log", "s1.log", "s2.log"]
  ) async throws -> Found {
    let outcome = try await folder.backtally(
      ["analyze", "--json"] + (options.map { $0 + logs } ?? ["--from-tallies", "work"]))
    let json = try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any]
    return Found(
      status: outcome.status, errors: outcome.errors,
      json: try #require(json, "\(outcome.errors)"))
  }

  private func same(_ left: [String: Any], _ right: [String: Any], _ path: String...) -> Bool {
    func value(_ json: [String: Any]) -> Data? {
      let found = path.dropLast().reduce(json) { $0[$1] as? [String: Any] ?? [:] }[path.last ?? ""]
      return found.flatMap {
        try? JSONSerialization.data(
          withJSONObject: $0, options: [.sortedKeys, .fragmentsAllowed])
      }
    }
    return value(left) == value(right)
  }
}
