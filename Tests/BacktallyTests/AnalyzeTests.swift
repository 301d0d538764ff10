import Foundation
import Testing
import TestSupport

/// `analyze` as users run it.
struct AnalyzeTests {
  private let log = Program.fixture("logs/access.log.gz")

  private func analyze(
    _ arguments: [String], in folder: TemporaryFolder, columns: Int = 80, locale: String = "C.UTF-8"
  ) async throws -> Outcome {
    try await folder.backtally(
      ["analyze"] + arguments, environment: ["COLUMNS": "\(columns)", "LC_ALL": locale])
  }

  @Test(arguments: [40, 60, 80, 120, 160])
  func `a report is as recorded, and fits its width`(columns: Int) async throws {
    let outcome = try await analyze(
      ["--consumer", "remote_user", log], in: TemporaryFolder(), columns: columns)
    #expect(outcome.status == 0)
    try Golden("analyze-\(columns).txt").expect(outcome.text)
    for line in outcome.lines { #expect(line.count <= columns, "\(line)") }
  }

  @Test(arguments: [(["--ascii"], "C.UTF-8"), ([], "C"), ([], "")])
  func `without UTF-8 a report is ASCII`(options: [String], locale: String) async throws {
    let outcome = try await analyze(
      ["--consumer", "remote_user", log] + options, in: TemporaryFolder(), columns: 120,
      locale: locale)
    #expect(outcome.status == 0)
    #expect(outcome.output.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
    try Golden("analyze-ascii.txt").expect(outcome.text)
  }

  @Test func `colours only repeat what stands there`() async throws {
    let folder = try TemporaryFolder()
    let arguments = ["--consumer", "remote_user", "--sort", "5xx", log]
    let plain = try await analyze(arguments, in: folder, columns: 120)
    let coloured = try await analyze(arguments + ["--color", "always"], in: folder, columns: 120)
    #expect(coloured.text.contains("\u{1B}[1;31m"))
    let stripped = coloured.text.replacing(/\u{1B}\[[0-9;]*m/, with: "")
    func trimmed(_ text: String) -> [Substring] {
      text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        var line = line
        while line.last == " " { line.removeLast() }
        return line
      }
    }
    #expect(trimmed(stripped) == trimmed(plain.text))
    #expect(!plain.text.contains("\u{1B}"))
  }

  @Test func `an option for each part of a report`() async throws {
    let outcome = try await analyze(
      [
        "--consumer", "remote_user", "--sort", "time", "--top", "3", "--percentiles", "50,90,99.9",
        "--by", "30m", "--slo", "99.9", "--show", "consumers-endpoints", "--apdex", "100ms",
        "--apdex", "GET /v1/orders=50ms", "--since", "2026-11-02T10:00:00Z", log,
      ], in: TemporaryFolder(), columns: 100)
    #expect(outcome.status == 0)
    try Golden("analyze-options.txt").expect(outcome.text)
  }

  @Test func `a page goes to standard output, or beside JSON into a file`() async throws {
    let folder = try TemporaryFolder()
    let page = try await analyze(["--consumer", "remote_user", "--html", "-", log], in: folder)
    #expect(page.status == 0, "\(page.errors)")
    #expect(page.text.hasPrefix("<!DOCTYPE html>") && page.text.hasSuffix("</html>\n"))
    #expect(page.output.count < 1_000_000)
    let both = try await analyze(
      ["--consumer", "remote_user", "--html", "report.html", "--json", log], in: folder)
    #expect(both.status == 0, "\(both.errors)")
    #expect(try folder.text(of: "report.html") == page.text)
    let json = try await analyze(["--consumer", "remote_user", "--json", log], in: folder)
    #expect(both.output == json.output)
    let quiet = try await analyze(
      ["--html", "report.html", "--fail-if", "requests<5000", log], in: folder)
    #expect(quiet.status == 6)
    #expect(quiet.output.isEmpty && quiet.errors.contains("requests"))
    for options in [["--html", "-", "--json"], ["--html", ""], ["--html", "x", "--live"]] {
      #expect(try await analyze(options + [log], in: folder).status == 2, "\(options)")
    }
  }

  @Test func `a page that was there stays if the run fails, and nothing else is left`() async throws
  {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "report.html")
    let missing = try await analyze(["--html", "report.html", "no-such.log"], in: folder)
    #expect(missing.status != 0)
    #expect(try folder.text(of: "report.html") == "old")
    let nowhere = try await analyze(["--html", "no/such/folder/page.html", log], in: folder)
    #expect(nowhere.status == 2)
    #expect(nowhere.errors.contains("the page cannot be written (No such file"))
    let full = try await analyze(["--html", "/dev/full", log], in: folder)
    #expect(full.status == 1)
    #expect(full.errors.contains("writing the page failed (No space left"))
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.filter { $0.hasPrefix("report") } == ["report.html"], "\(left)")
  }

  @Test func `hostile names stay text`() async throws {
    let folder = try TemporaryFolder()
    let names = [
      "\u{1B}]0;owned\u{7}", "a\u{202E}b", "=cmd()", "日本語の消費者", "x\u{200B}y", "\u{9B}2J",
    ]
    let lines = names.enumerated().map { index, name in
      #"{"time":"2026-11-02T09:00:1\#(index)Z","method":"GET","path":"/\#(name)","status":200,"#
        + #""user":"\#(name.replacing("\u{1B}", with: #"\u001b"#).replacing("\u{7}", with: #"\u0007"#))"}"#
    }
    try folder.write(lines.joined(separator: "\n") + "\n", to: "h.log")
    for columns in [40, 80, 160] {
      let outcome = try await analyze(
        ["--consumer", "user", "--show", "consumers-endpoints", "h.log"], in: folder,
        columns: columns)
      #expect(outcome.status == 0, "\(outcome.errors)")
      for scalar in outcome.text.unicodeScalars where scalar != "\n" {
        let category = scalar.properties.generalCategory
        #expect(category != .control && category != .format, "U+\(scalar.value)")
      }
    }
    let csv = try await analyze(["--consumer", "user", "--csv", "consumers", "h.log"], in: folder)
    #expect(csv.text.contains("'=cmd(),"))
    let raw = try await analyze(
      ["--consumer", "user", "--csv", "consumers", "--csv-raw", "h.log"], in: folder)
    #expect(raw.text.contains("\n=cmd(),"))
  }

  /// Whether `/late` is an endpoint is known after its first request, and `/never` is none.
  @Test func `Apdex counts a route that was first answered 404`() async throws {
    let folder = try TemporaryFolder()
    let requests: [(path: String, status: Int, time: Double)] = [
      ("/late", 404, 0.25), ("/late", 200, 0.31), ("/late", 200, 0.7), ("/late", 200, 1.3),
      ("/late", 404, 0.3), ("/never", 404, 0.1), ("/other", 200, 0.1),
    ]
    let lines = requests.map { path, status, time in
      #"{"time":"2026-11-02T09:00:10Z","method":"GET","path":"\#(path)","status":\#(status),"#
        + #""duration_ms":\#(Int(time * 1000))}"#
    }
    try folder.write(lines.joined(separator: "\n") + "\n", to: "a.log")
    func rows(_ options: [String]) async throws -> [String: [Int]] {
      let outcome = try await analyze(
        ["--apdex", "300ms", "--json", "a.log"] + options, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any])
      let endpoints = try #require(report["endpoints"] as? [[String: Any]])
      #expect(Set(endpoints.compactMap { $0["route"] as? String }).count == endpoints.count)
      return endpoints.reduce(into: [:]) { rows, row in
        let apdex = row["apdex"] as? [String: Any]
        rows[row["route"] as? String ?? ""] = [
          row["requests"] as? Int ?? -1, apdex?["satisfied"] as? Int ?? -1,
          apdex?["tolerating"] as? Int ?? -1,
        ]
      }
    }
    let other = ["/{other}": [1, 1, 0]]
    let all = ["/late": [5, 2, 2], "/other": [1, 1, 0]].merging(other) { $1 }
    #expect(try await rows([]) == all)
    #expect(try await rows(["--route", "/{other}"]) == other)
    #expect(try await rows(["--route", "/late"]) == ["/late": [5, 2, 2]])
    #expect(try await rows(["--route", "/never"]) == [:])
  }

  @Test(arguments: ["endpoints", "consumers", "series", "statuses", "errors", "consumer-endpoints"])
  func `a table of CSV has as many fields in each line`(table: String) async throws {
    let outcome = try await analyze(
      ["--consumer", "remote_user", "--csv", table, log], in: TemporaryFolder())
    #expect(outcome.status == 0)
    let lines = outcome.text.components(separatedBy: "\r\n")
    #expect(lines.last == "" && lines.count > 2)
    let counts = Set(lines.dropLast().map { $0.count { $0 == "," } })
    #expect(counts.count == 1)
  }

  @Test func `reports of two logs make the report of both`() async throws {
    let folder = try TemporaryFolder()
    let text = try await folder.bash("zcat '\(log)'").text
    let lines = text.split(separator: "\n")
    for (name, part) in [("a", lines[..<700]), ("b", lines[700...]), ("all", lines[...])] {
      try folder.write(part.joined(separator: "\n") + "\n", to: "\(name).log")
      let outcome = try await analyze(
        ["--consumer", "remote_user", "--json", "\(name).log"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      try folder.write(outcome.text, to: "\(name).json")
    }
    let merged = try await analyze(["--json", "b.json", "a.json"], in: folder)
    let isSame = try merged.output == Data(contentsOf: URL(filePath: folder.path(of: "all.json")))
    #expect(isSame && merged.status == 0, "\(merged.errors)")
    for arguments in [
      ["a.json", "a.log"], ["--since", "-1h", "a.json"], ["--status", "500", "a.json"],
    ] {
      #expect(try await analyze(arguments, in: folder).status == 2, "\(arguments)")
    }
    #expect(try await analyze(["--apdex", "1s", "a.json"], in: folder).status == 2)
    try folder.write(String(merged.text.prefix(3_000)), to: "cut.json")
    #expect(try await analyze(["cut.json"], in: folder).status == 4)
  }

  @Test func `a condition that is met is exit status 6`() async throws {
    let folder = try TemporaryFolder()
    let good = try await analyze(["--fail-if", "5xx>90%", "--fail-if", "p99>1h", log], in: folder)
    #expect(good.status == 2)
    let met = try await analyze(
      ["--fail-if", "5xx>90%", "--fail-if", "p50>1us", "--fail-if", "apdex<0.1", log], in: folder)
    #expect(met.status == 6)
    let lines = met.lines
    #expect(lines[0].hasPrefix("✓ 5xx>90%") && lines[1].hasPrefix("✗ p50>1us"))
    let fine = try await analyze(["--json", "--fail-if", "requests<1", log], in: folder)
    #expect(fine.status == 0 && fine.text.hasPrefix("{"))
  }

  @Test(arguments: [
    ["--top", "0"], ["--by", "7s"], ["--by", "x"], ["--apdex", "5"], ["--apdex", "x=5ms"],
    ["--slo", "100"], ["--percentiles", "0"], ["--percentiles", "50,101"], ["--show", "x"],
    ["--fail-if", "p95"], ["--fail-if", "5xx>1"], ["--status", "6x"], ["--sort", "x"],
    ["--csv", "x"], ["--csv-raw"], ["--json", "--csv", "series"], ["--compare", "a"], ["--all"],
    ["--compare", "a", "b", "c"], ["--baseline", "day"],
    ["--baseline", "week", "--compare-at", "2026-11-02"], ["--compare-at", "never"],
  ])
  func `what cannot be meant is refused`(options: [String]) async throws {
    let outcome = try await analyze([log] + options, in: TemporaryFolder())
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func `what is compared is said on both sides`() async throws {
    let folder = try TemporaryFolder()
    let same = try await analyze(["--compare", log, log], in: folder)
    #expect(same.status == 0, "\(same.errors)")
    #expect(same.text.contains("no change beyond chance"))
    let divided = try await analyze(["--compare-at", "2026-11-02T10:30:00Z", log], in: folder)
    #expect(divided.status == 0, "\(divided.errors)")
    try Golden("analyze-compare.txt").expect(divided.text)
    let json = try await analyze(
      ["--json", "--compare-at", "2026-11-02T10:30:00Z", log], in: folder)
    #expect(json.text.contains(#""kind":"backtally comparison""#))
    #expect((try? JSONSerialization.jsonObject(with: json.output)) != nil)
    let short = try await analyze(["--baseline", "week", log], in: folder)
    #expect(short.status == 2)
  }

  @Test func `a file where a command is due is met with a suggestion`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(["access.log"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("backtally analyze access.log"))
    let other = try await folder.backtally(["nothing.log"])
    #expect(!other.errors.contains("hint: to see"))
  }

  @Test func `an empty log and one without durations have reports`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "empty.log")
    let empty = try await analyze(["empty.log"], in: folder)
    #expect(empty.status == 0)
    #expect(empty.text == "0 requests in 0 lines, none left out\n")
    #expect(try await analyze(["--json", "empty.log"], in: folder).status == 0)
    try folder.write(Log.lines(30), to: "plain.log")
    let plain = try await analyze(["plain.log"], in: folder)
    #expect(plain.status == 0 && plain.text.contains("has no durations"))
    #expect(!plain.text.contains("p95"))
  }
}
