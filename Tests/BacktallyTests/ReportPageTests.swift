import Foundation
import Testing
import TestSupport

/// docs/ANALYZE.md, held against what `analyze --json` prints: the same keys with the same types, neither
/// more nor fewer.
struct ReportPageTests {
  private static let page = "docs/ANALYZE.md"

  /// Two days in which something of each kind happens: a silence, an endpoint that gets slower, a consumer
  /// that is sent away, and a new one.
  private static var story: String {
    // 2026-11-02T00:00:00Z.
    let start = 1_793_577_600
    var log = ""
    for index in 0..<9_000 where !(3_000..<3_300).contains(index) {
      let consumer = index > 5_500 && index % 9 == 0 ? 9 : index / 7 % 6
      let slowdown = index % 5 == 2 && index > 5_000 ? 6 : 1
      let rare = [700: 101, 701: 301, 702: 600][index]
      let status =
        rare
        ?? (consumer == 3 && index % 2 == 1
          ? 429 : index % 97 == 0 ? 500 : index % 31 == 0 ? 404 : 200)
      log +=
        #"{"time":\#(start + index * 20),"method":"GET","path":"/e\#(index % 5)","status":\#(status),"#
      log += #""duration_ms":\#((20 + index * 7_919 % 50) * slowdown),"request_size":10,"#
      log += #""response_size":100"# + (consumer > 0 ? #","user":"c\#(consumer)"}"# : "}") + "\n"
    }
    return log
  }

  /// The keys of a table, with those of FIGURES and of SAMPLE wherever the page says that they are.
  private func documentedReport() throws -> JSON.Keys {
    var keys = try JSON.documented("## JSON", page: Self.page)
    let figures = try JSON.documented("## FIGURES", page: Self.page)
    for place in ["totals", "series[]", "endpoints[]", "consumers[]"] {
      for (key, types) in figures {
        let isOfWhole = key == "first_seen" || key == "last_seen"
        if isOfWhole && place == "series[]" { continue }
        keys["\(place).\(key)"] = types
      }
    }
    for (key, types) in figures where key.hasPrefix("duration.") && !key.contains("duration.p") {
      keys["endpoints[].series[].\(key)"] = types
    }
    let sample = try JSON.documented("## SAMPLE", page: Self.page)
    for place in ["findings[].before", "findings[].after"] {
      for (key, types) in sample { keys["\(place).\(key)"] = types }
    }
    return keys
  }

  @Test func `the keys of a report`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.story, to: "story.log")
    try folder.write(
      Log.lines(3) + Log.line().replacing("GET", with: "OPTIONS"), to: "timeless.log")
    try folder.write("", to: "empty.log")
    var keys: JSON.Keys = [:]
    for arguments in [
      ["--consumer", "user", "story.log"], ["--apdex", "GET /e2=50ms", "story.log"],
      ["timeless.log"], ["empty.log"],
    ] {
      let outcome = try await folder.backtally(["analyze", "--json"] + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let statuses = ["totals", "series[]", "endpoints[]", "consumers[]", "endpoints[].series[]"]
      var members = Dictionary(
        uniqueKeysWithValues: statuses.map { ("\($0).statuses", "STATUS") })
      members["definitions"] = "WORD"
      members["books.left_out"] = "REASON"
      members["method.apdex_thresholds_ms"] = "ENDPOINT"
      members["consumers[].series"] = "COLUMN"
      try JSON(outcome.output).note(in: &keys, namingMembersOf: members)
    }
    JSON.expect(keys, toBe: try documentedReport())
  }

  @Test func `the keys of a comparison`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.story, to: "story.log")
    let early = Self.story.split(separator: "\n").prefix(4_000)
    try folder.write(
      early.joined(separator: "\n").replacing("/e4", with: "/gone") + "\n", to: "early.log")
    // Nothing but more errors: no durations.
    try folder.write(Log.lines(60), to: "well.log")
    try folder.write(Log.lines(60).replacing(" 200 ", with: " 500 "), to: "ill.log")
    try folder.write("", to: "empty.log")
    var keys: JSON.Keys = [:]
    for sides in [
      ["early.log", "story.log"], ["well.log", "ill.log"], ["empty.log", "empty.log"],
    ] {
      let outcome = try await folder.backtally(["analyze", "--json", "--compare"] + sides)
      #expect(outcome.status == 0, "\(outcome.errors)")
      try JSON(outcome.output).note(in: &keys)
    }
    JSON.expect(keys, toBe: try JSON.documented("## A comparison as JSON", page: Self.page))
  }
}
