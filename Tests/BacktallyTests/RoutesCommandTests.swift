import Foundation
import Testing
import TestSupport

/// `backtally routes`: the list that it drafts is one that an import takes.
struct RoutesCommandTests {
  @Test(arguments: [
    ("routes-names.yaml", ["--consumer", "remote_user", "names.log"]),
    ("routes-known.yaml", ["--routes", "routes.txt", "--unmatched", "keep", "edge.log"]),
    ("routes-named.yaml", ["--config", "app.yaml", "app.log"]),
  ])
  func `routes are drafted`(golden: String, arguments: [String]) async throws {
    let folder = try TemporaryFolder(
      copying:
        "logs/names.log", "logs/edge.log", "logs/routes.txt", "logs/app.log")
    try folder.write(
      """
      format:
        type: json
        fields: {time: ts, method: http.method, target: http.path, route: http.route, status: http.status}
      """, to: "app.yaml")
    let outcome = try await folder.backtally(["routes"] + arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    try Golden(golden).expect(outcome.text)
  }

  /// Every request is counted under the route under which it is listed, or is said not to be listed.
  @Test(arguments: ["logs/names.log", "logs/access.log.gz", "oracle/nginx.json.log"])
  func `the list counts what it says it counts`(fixture: String) async throws {
    let folder = try TemporaryFolder(copying: fixture)
    let log = String(fixture.split(separator: "/").last ?? "")
    let drafted = try await folder.backtally(["routes", log])
    try folder.write(drafted.output, to: "routes.yaml")
    let sent = try await folder.backtally(
      ["import", "--payloads", "-", "--routes", "routes.yaml"] + Program.target + [log])
    #expect(sent.status == 0, "\(sent.errors)")
    var counts: [String: Int] = [:]
    for item in try Sums(payloads: sent.output).groups.values {
      counts[item.path, default: 0] += item.request_count
    }
    #expect(counts == Draft(drafted.text).counts)
    let imported = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "--routes", "routes.yaml", log])
    let unmatched = try imported.summary.lines.left_out["unmatched-route"] ?? 0
    #expect(unmatched == Draft(drafted.text).notListed)
  }

  @Test func `entries can stand in the configuration`() async throws {
    let folder = try TemporaryFolder(copying: "logs/names.log")
    let drafted = try await folder.backtally(["routes", "names.log"])
    let entries = drafted.lines.filter { $0.hasPrefix("- ") }.map { "    \($0)\n" }.joined()
    try folder.write("routes:\n  list:\n" + entries, to: "c.yaml")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "--config", "c.yaml", "names.log"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try outcome.summary.lines.left_out == ["unmatched-route": 10])
  }

  @Test func `a log without requests makes no list`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.line("/x", status: 404), to: "access.log")
    let strays = try await folder.backtally(["routes", "access.log"])
    #expect(strays.status == 4)
    #expect(strays.errors.contains("no request was found that could belong to a route"))
    try folder.write("Lorem ipsum\n", to: "prose.txt")
    let prose = try await folder.backtally(["routes", "prose.txt"])
    #expect(prose.status == 4)
    #expect(prose.errors.contains("prose.txt: error: no known format fits"))
  }

  @Test func `with known routes only those are counted, unless others are asked for`() async throws
  {
    let folder = try TemporaryFolder(copying: "logs/edge.log", "logs/routes.txt")
    let outcome = try await folder.backtally(["routes", "--routes", "routes.txt", "edge.log"])
    #expect(outcome.status == 0)
    let known = try folder.text(of: "routes.txt").split(separator: "\n").filter {
      $0.hasPrefix("G")
    }
    let listed = outcome.lines.filter { $0.hasPrefix("- GET") }.map { String($0.dropFirst(2)) }
    #expect(listed == known.map { String($0) })
  }
}

/// The facts in a drafted list.
private struct Draft {
  var counts: [String: Int] = [:]
  var notListed = 0

  init(_ text: String) {
    var count = 0
    for line in text.split(separator: "\n") {
      if let match = line.firstMatch(of: #/^# ([\d,]+) requests?(;|$)/#) {
        count = number(match.output.1)
      } else if let match = line.firstMatch(of: #/^# ([A-Z]+ [\d,]*\d(?:, [A-Z]+ [\d,]*\d)+)/#) {
        count = match.output.1.matches(of: #/[A-Z] ([\d,]*\d)/#).reduce(0) {
          $0 + number($1.output.1)
        }
      } else if let match = line.firstMatch(of: #/^# Not listed: ([\d,]+) /#) {
        notListed += number(match.output.1)
      } else if line.hasPrefix("- ") {
        let entry = line.dropFirst(2).trimmingCharacters(in: ["\""]).replacing(#"\\"#, with: #"\"#)
        counts[String(entry.split(separator: " ", maxSplits: 1)[1]), default: 0] += count
      }
    }
  }
}

private func number(_ text: Substring) -> Int { Int(text.replacing(",", with: "")) ?? 0 }
