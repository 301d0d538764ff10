import Foundation
import Testing
import TestSupport

/// What happens at the limits that docs/LIMITS.md lists.
struct LimitTests {
  private func summary(
    _ folder: TemporaryFolder, _ options: [String] = []
  ) async throws -> (summary: Summary, errors: String) {
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json"] + options + ["access.log"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return (try outcome.summary, outcome.errors)
  }

  @Test func `a line over a mebibyte is rejected, and those around it are read`() async throws {
    let folder = try TemporaryFolder()
    let frame = Log.line("/?").utf8.count - 1
    func line(_ count: Int) -> String {
      Log.line("/?" + String(repeating: "x", count: count - frame))
    }
    let lines = [Log.line(), line(1 << 20), line(1 << 20 + 1), line(3 << 20), Log.line()]
    try folder.write(lines.joined(), to: "access.log")
    let (summary, errors) = try await summary(folder, ["--max-rejected", "50"])
    #expect(summary.lines == .init(read: 5, tallied: 3, left_out: ["line-too-long": 2]))
    #expect(errors.contains("access.log:3, byte 1048576: warning: the line is longer than 1 MiB"))
  }

  @Test func `paths beyond a thousand templates are counted as one`() async throws {
    let folder = try TemporaryFolder()
    // Words of letters only: a number behind a word would be folded.
    let words = (0..<1200).map { number in
      String(String(number).compactMap { Array("abcdefghij")[$0.wholeNumberValue ?? 0] })
    }
    try folder.write(words.map { Log.line("/\($0)") }.joined(), to: "access.log")
    let (summary, errors) = try await summary(folder)
    #expect(summary.requests == 1200)
    #expect(summary.routes == 1001)
    #expect(errors.contains("the rest are counted as /{other}"))
  }

  @Test func `a consumer is cut to 128 characters, not bytes`() async throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "é", count: 130)
    try folder.write(Log.line(user: name) + Log.line(user: name + "x"), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--consumer", "remote_user"] + Program.target + ["access.log"])
    let sums = try Sums(payloads: outcome.output)
    #expect(sums.groups.values.map(\.consumer) == [String(repeating: "é", count: 128)])
    #expect(sums.requestCount == 2)
  }

  @Test func `a message is split before it grows past a megabyte`() async throws {
    let folder = try TemporaryFolder()
    let user = String(repeating: "u", count: 100)
    let log = (0..<6000).map { Log.line("/users", user: "\(user)\($0)") }
    try folder.write(log.joined(), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--consumer", "remote_user"] + Program.target + ["access.log"])
    let syncs = outcome.output.split(separator: UInt8(ascii: "\n")).filter { $0.count > 1000 }
    #expect(syncs.count == 2)
    #expect(syncs.allSatisfy { $0.count < 1_000_000 + 200 })
    #expect(try Sums(payloads: outcome.output).requestCount == 6000)
  }

  @Test func `more fields than can be captured are refused before anything is read`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(#"{"status":200}"#, to: "access.log")
    let consumers = (0..<17).flatMap { ["--consumer", "field\($0)"] }
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--format", "json"] + consumers + ["access.log"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("consumers and filters use more than 16 fields"))
    #expect(outcome.output.isEmpty)
  }
}
