import Foundation
import Testing
import TestSupport

/// Logs of other producers than the demonstration's, from file to sums.
struct FormatTests {
  private func summary(
    _ folder: TemporaryFolder, _ arguments: [String], file: String = "access.log"
  ) async throws -> (summary: Summary, errors: String) {
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json"] + arguments + [file])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return (try outcome.summary, outcome.errors)
  }

  private static let uvicorn = #"INFO:     127.0.0.1:5000 - "GET /users/%d HTTP/1.1" 200 OK"#

  @Test func `a log without a time is read with that of what is around it`() async throws {
    let folder = try TemporaryFolder()
    let line = Self.uvicorn.replacing("%d", with: "1").replacing("\"", with: "\\\"")
    let object = #"{"log":"\#(line)\n","stream":"stdout","time":"2026-11-02T09:00:11.5Z"}"#
    let other = #"{"log":"INFO:     Started\n","stream":"stderr","time":"2026-11-02T09:00:10Z"}"#
    try folder.write(
      other + "\n" + Array(repeating: object + "\n", count: 9).joined(), to: "access.log")
    let (summary, errors) = try await summary(folder, [])
    #expect(summary.lines == .init(read: 10, tallied: 9, left_out: ["other-line": 1]))
    #expect(errors.contains("read as uvicorn in docker json-file"))

    try folder.write(Self.uvicorn.replacing("%d", with: "1") + "\n", to: "bare.log")
    let bare = try await folder.backtally(["import", "--dry-run", "bare.log"])
    #expect(bare.status == 4)
    #expect(bare.errors.contains("the line has no timestamp"))
    #expect(bare.errors.contains("docker logs -t"))
  }

  @Test func `a stamp without a zone needs one to be named`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"2026-11-02 09:00:11,866 INFO 127.0.0.1:0 - "POST /users HTTP/1.1" 201 Created"# + "\n",
      to: "access.log")
    let refused = try await folder.backtally(["import", "--dry-run", "access.log"])
    #expect(refused.status == 4)
    #expect(refused.errors.contains("the timestamp does not include a time zone"))
    #expect(refused.errors.contains("hint: give the time zone with --timezone"))
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--timezone", "Europe/Paris", "access.log"])
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("from 2026-11-02 08:00:11.866"))
  }

  /// The parts of long lines, and chunks that end between them.
  @Test(arguments: [1, 4])
  func `lines in parts are counted once, whatever chunk they are in`(jobs: Int) async throws {
    let folder = try TemporaryFolder()
    let line = Log.line("/users/1").dropLast()
    let padding = String(repeating: "x", count: 900)
    var log = ""
    for _ in 0..<3_000 {
      let stamp = "2026-11-02T09:00:11.5Z stdout"
      log += "\(stamp) P \(line.dropLast(5))\n2026-11-02T09:00:11.5Z stderr F \(padding)\n"
      log += "\(stamp) F \(line.suffix(5))\n"
    }
    try folder.write(log, to: "access.log")
    let (summary, _) = try await summary(folder, ["--jobs", "\(jobs)"])
    #expect(
      summary.lines
        == .init(read: 9_000, tallied: 3_000, left_out: ["joined": 3_000, "other-line": 3_000]))
    let piped = try await folder.bash(
      "cat access.log | backtally import --dry-run --summary json --jobs \(jobs) -")
    #expect(try piped.summary.lines == summary.lines)
  }

  private static func extended(_ columns: String, _ lines: Int, _ row: String) -> String {
    "#Fields: \(columns)\n" + String(repeating: row + "\n", count: lines)
  }

  private static let changing =
    extended("date time cs-method cs-uri-stem sc-status", 20_000, "2026-11-02 09:00:11 GET /a 200")
    + extended(
      "date time sc-status cs-uri-stem cs-method", 20_000, "2026-11-02 09:00:12 409 /b PUT")

  @Test func `columns hold for the chunks that follow, whoever parses them`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.changing, to: "access.log")
    for jobs in ["1", "4"] {
      let outcome = try await folder.backtally(
        ["import", "--payloads", "-", "--jobs", jobs] + Program.target + ["access.log"])
      let groups = try Sums(payloads: outcome.output).groups.values
      #expect(groups.count == 2)
      #expect(groups.allSatisfy { $0.request_count == 20_000 })
      #expect(Set(groups.map { "\($0.method) \($0.path)" }) == ["GET /a", "PUT /b"])
    }
  }

  @Test func `an import that goes on in the middle knows the columns`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.changing, to: "access.log")
    try await folder.withHub { hub in
      let arguments =
        ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + ["access.log"]
      let first = try await folder.backtally(arguments)
      #expect(try first.summary.requests == 40_000, "\(first.errors)")
      try folder.write(
        Self.changing + String(repeating: "2026-11-02 09:00:13 500 /c PUT\n", count: 3),
        to: "access.log")
      let second = try await folder.backtally(arguments)
      #expect(try second.summary.lines == .init(read: 3, tallied: 3, left_out: [:]))
    }
  }

  @Test func `a server that was reconfigured half way is noticed`() async throws {
    let folder = try TemporaryFolder()
    let object =
      #"{"time":"2026-11-02T09:00:11Z","request_method":"GET","request_uri":"/a","status":200}"#
    try folder.write(
      Log.lines(9_000) + String(repeating: object + "\n", count: 9_000) + Log.lines(9_000),
      to: "access.log")
    for jobs in ["1", "4"] {
      let (summary, errors) = try await summary(folder, ["--jobs", jobs])
      #expect(summary.lines == .init(read: 27_000, tallied: 27_000, left_out: [:]))
      #expect(errors.contains("later lines read as json"))
    }
  }

  @Test func `two programs may write to one log`() async throws {
    let folder = try TemporaryFolder()
    let object =
      #"{"time":"2026-11-02T09:00:11Z","request_method":"GET","request_uri":"/a","status":200}"#
    let both = (object + "\n" + object + "\n" + Log.line("/b"))
    try folder.write(String(repeating: both, count: 30) + "started\n", to: "access.log")
    let (summary, errors) = try await summary(folder, [])
    #expect(summary.lines == .init(read: 91, tallied: 90, left_out: ["other-line": 1]))
    #expect(errors.contains("read as json, which fits 60 of its first 91 lines; 30 of the others"))
  }

  @Test func `a second format without the consumer's field counts without consumer`() async throws {
    let folder = try TemporaryFolder()
    let object =
      #"{"time":"2026-11-02T09:00:11Z","request_method":"GET","request_uri":"/a","status":200,"key":"k"}"#
    try folder.write(
      String(repeating: object + "\n" + object + "\n" + Log.line("/b"), count: 30), to: "access.log"
    )
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--consumer", "key"] + Program.target + ["access.log"])
    #expect(outcome.status == 0)
    #expect(
      outcome.errors.contains(
        "30 of the others as combined, which has no key; those lines count without it"))
    let groups = try Sums(payloads: outcome.output).groups.values
    #expect(groups.count == 2)
    #expect(groups.first { $0.path == "/a" }?.consumer == "k")
    let second = try #require(groups.first { $0.path == "/b" })
    #expect(second.consumer == nil && second.request_count == 30)
  }

  @Test(
    arguments: [
      (["20264447", "1300000", "98760000"], ["0": 1, "20": 1, "90": 1], "whole number"),
      (["20", "1", "98"], ["0": 1, "20": 1, "90": 1], "in ms"),
      ([#""20.264447ms""#, #""1300µs""#, #""98.76ms""#], ["0": 1, "20": 1, "90": 1], nil),
      (["0.020264447", "0.0013", "0.09876"], ["0": 1, "20": 1, "90": 1], nil),
      (["1204", "30000", "20000"], [:], "may be in ns or ms"),
    ] as [([String], [String: Int], String?)])
  func `Caddy's durations are read in the unit that it was told to write`(
    durations: [String], bins: [String: Int], note: String?
  ) async throws {
    let folder = try TemporaryFolder()
    let lines = durations.map {
      #"{"ts":1795425013.5,"request":{"method":"GET","uri":"/"},"duration":\#($0),"status":200}"#
        + "\n"
    }
    try folder.write(lines.joined(), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-"] + Program.target + ["access.log"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try Sums(payloads: outcome.output).groups.values.first?.response_times == bins)
    if let note {
      #expect(outcome.errors.contains(note), "\(outcome.errors)")
    } else {
      #expect(!outcome.errors.contains("is the duration"), "\(outcome.errors)")
    }
  }

  @Test func `rejected lines are kept as they stood in their wrapping`() async throws {
    let folder = try TemporaryFolder()
    let good = "2026-11-02T09:00:11.5Z stdout F " + Log.line("/a")
    let bad =
      "2026-11-02T09:00:11.5Z stdout F " + Log.line("/a").replacing(" 200 5 ", with: " 200 5x ")
    try folder.write(String(repeating: good, count: 20) + bad, to: "access.log")
    let (summary, errors) = try await summary(folder, ["--rejects", "rejected.log"])
    #expect(summary.lines == .init(read: 21, tallied: 20, left_out: ["invalid-size": 1]))
    #expect(errors.contains("access.log:21, byte"))
    #expect(try folder.text(of: "rejected.log") == bad)
  }

  @Test func `records of a cloud come many to a line`() async throws {
    let folder = try TemporaryFolder()
    let record =
      #"{"time":"2026-11-02T09:00:11.1234567Z","properties":{"httpMethod":"GET","requestUri":"/a","httpStatus":200,"timeTaken":0.5,"clientPort":-}}"#
    try folder.write(
      #"{"records":[\#(record),\#(record)]}"# + "\n" + #"{"records": [\#(record)]}"# + "\n",
      to: "access.log")
    let (summary, errors) = try await summary(folder, [])
    #expect(summary.lines == .init(read: 3, tallied: 3, left_out: [:]))
    #expect(errors.contains("read as azure-app-gateway in json arrays"))
    #expect(errors.contains("properties.timeTaken is the duration in s: it has decimals"))
  }

  @Test func `a number without a unit is the duration once somebody says the unit`() async throws {
    let folder = try TemporaryFolder()
    let lines = (0..<50).map { Log.line(minute: $0, "/a").dropLast() + " \(20 + $0)\n" }
    try folder.write(lines.joined(), to: "access.log")
    let (_, errors) = try await summary(folder, [])
    #expect(errors.contains("extra_1 may be the duration, but its unit is unknown"))
    #expect(errors.contains("hint: give the unit with --duration-unit"))
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--duration-unit", "ms"] + Program.target + ["access.log"])
    #expect(outcome.text.contains(#""response_times":{"20":1}"#))
  }

  @Test func `a format string that is wrong is shown where`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--format", "apache:%h %y", "access.log"])
    #expect(outcome.status == 2)
    #expect(
      outcome.errors.contains("in `--format`, byte 3: '%y' is not one of the server's directives"))
  }
}
