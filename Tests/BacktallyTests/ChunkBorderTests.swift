import Foundation
import Testing
import TestSupport

/// What has to be known of the lines before, wherever a chunk or a piece of a pipe ends.
struct ChunkBorderTests {
  private static let stamp = "2026-11-02T09:00:11.5Z"

  private static func docker(_ line: String) -> String {
    #"{"log":"\#(line)\n","stream":"stdout","time":"\#(stamp)"}"# + "\n"
  }

  private static func cri(_ line: String) -> String { "\(stamp) stdout F \(line)\n" }

  private static func syslog(_ line: String) -> String {
    "<134>1 \(stamp) host iis 1 - - \(line)\n"
  }

  private static func extended(_ wrap: (String) -> String) -> String {
    wrap("#Fields: date time cs-method cs-uri-stem sc-status")
      + String(repeating: wrap("2026-11-02 09:00:11 GET /a 200"), count: 10_000)
      + wrap("#Fields: date time sc-status cs-uri-stem cs-method")
      + String(repeating: wrap("2026-11-02 09:00:12 409 /b PUT"), count: 10_000)
  }

  @Test(arguments: ["docker", "cri", "syslog"])
  func `columns that wrapped lines name hold for the chunks that follow`(
    _ wrapping: String
  ) async throws {
    let folder = try TemporaryFolder()
    let wrap = ["docker": Self.docker, "cri": Self.cri, "syslog": Self.syslog][wrapping]
    try folder.write(Self.extended(try #require(wrap)), to: "access.log")
    for jobs in ["1", "4"] {
      let outcome = try await folder.backtally(
        ["import", "--payloads", "-", "--jobs", jobs] + Program.target + ["access.log"])
      let groups = try Sums(payloads: outcome.output).groups.values
      #expect(groups.allSatisfy { $0.request_count == 10_000 }, "\(outcome.errors)")
      #expect(Set(groups.map { "\($0.method) \($0.path)" }) == ["GET /a", "PUT /b"])
    }
  }

  @Test func `an import of wrapped lines that goes on in the middle knows the columns`()
    async throws
  {
    let folder = try TemporaryFolder()
    let log = Self.docker("starting") + Self.extended(Self.docker)
    try folder.write(log, to: "access.log")
    try await folder.withHub { hub in
      let arguments =
        ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + ["access.log"]
      let first = try await folder.backtally(arguments)
      #expect(try first.summary.requests == 20_000, "\(first.errors)")
      let row = Self.docker("2026-11-02 09:00:13 500 /c PUT")
      try folder.write(log + String(repeating: row, count: 3), to: "access.log")
      let second = try await folder.backtally(arguments)
      #expect(
        try second.summary.lines == .init(read: 3, tallied: 3, left_out: [:]), "\(second.errors)")
    }
  }

  private static func parts(_ line: String, _ count: Int) -> String {
    let bytes = Array(line.utf8)
    let size = bytes.count / count + 1
    let pieces = stride(from: 0, to: bytes.count, by: size).map {
      String(decoding: bytes[$0..<min($0 + size, bytes.count)], as: UTF8.self)
    }
    return pieces.dropLast().map { "\(stamp) stdout P \($0)\n" }.joined()
      + "\(stamp) stdout F \(pieces.last ?? "")\n"
  }

  @Test func `the parts of a line may come one at a time`() async throws {
    let folder = try TemporaryFolder()
    let line = String(Log.line("/users/1").dropLast())
    try folder.write(
      Self.parts(line, 1) + Self.parts(line, 4) + Self.parts(line, 3), to: "access.log")
    let outcome = try await folder.bash(
      #"while IFS= read -r line; do printf '%s\n' "$line"; sleep 0.3; done <access.log"#
        + " | backtally import --dry-run --summary json -")
    #expect(
      try outcome.summary.lines == .init(read: 8, tallied: 3, left_out: ["joined": 5]),
      "\(outcome.errors)")
  }

  /// More parts than lines were once looked at.
  @Test(arguments: ["1", "4"])
  func `a line may have a thousand parts`(_ jobs: String) async throws {
    let folder = try TemporaryFolder()
    let target = "/users/1?" + String(repeating: "x", count: 300_000)
    let line = Self.parts(String(Log.line(target).dropLast()), 1_000)
    let whole = Self.cri(String(Log.line("/users/1").dropLast()))
    try folder.write(whole + String(repeating: line, count: 5), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "--jobs", jobs, "access.log"])
    let tallied = try outcome.summary.lines.tallied
    #expect(tallied == 6, "\(outcome.errors)")
    #expect(try outcome.summary.lines.left_out.keys.sorted() == ["joined"])
  }

  @Test func `parts without an end are left for the next run of a log that grows`() async throws {
    let folder = try TemporaryFolder()
    let line = String(Log.line("/users/1").dropLast())
    let whole = Self.parts(line, 1)
    let parted = Self.parts(line, 2).split(separator: "\n").map { $0 + "\n" }
    try folder.write(whole + whole + parted[0], to: "access.log")
    try await folder.withHub { hub in
      let arguments =
        ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + ["access.log"]
      let first = try await folder.backtally(arguments)
      #expect(try first.summary.lines == .init(read: 2, tallied: 2, left_out: [:]))
      try folder.write(whole + whole + parted.joined(), to: "access.log")
      let second = try await folder.backtally(arguments)
      #expect(
        try second.summary.lines == .init(read: 2, tallied: 1, left_out: ["joined": 1]),
        "\(second.errors)")
    }
  }

  @Test func `a log that begins with much that is no access log is read from where one begins`()
    async throws
  {
    let folder = try TemporaryFolder()
    let noise = String(repeating: "starting the server, please wait\n", count: 60_000)
    try folder.write(noise + Log.lines(50_000), to: "access.log")
    for jobs in ["1", "4"] {
      let outcome = try await folder.backtally(
        [
          "import", "--dry-run", "--summary", "json", "--max-rejected", "100", "--jobs", jobs,
          "access.log",
        ])
      let lines = try outcome.summary.lines
      #expect(lines.read == 110_000 && lines.tallied > 40_000, "\(lines)")
    }
  }
}
