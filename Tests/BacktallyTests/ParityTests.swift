import Foundation
import Testing
import TestSupport

/// What the live middleware sent for real traffic, and what the import makes of the same requests.
/// `scripts/fixtures/make_oracle_fixtures.py` made the fixtures, and added them up by itself.
struct ParityTests {
  @Test(arguments: [
    ("calls.yaml", "calls.jsonl", "calls.totals.json", 400),
    ("nginx.yaml", "nginx.json.log", "nginx.totals.json", 223),
  ])
  func `the sums are those of the middleware in every field of every group`(
    configuration: String, log: String, totals: String, requestCount: Int
  ) async throws {
    let folder = try TemporaryFolder()
    let outcome = try await folder.backtally(
      [
        "import", "--config", Program.fixture("oracle/\(configuration)"), "--payloads", "-",
        Program.fixture("oracle/\(log)"),
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let url = URL(filePath: Program.fixture("oracle/\(totals)"))
    let recorded = try Sums(items: Data(contentsOf: url))
    let sums = try Sums(payloads: outcome.output)
    #expect(sums.requestCount == requestCount)
    expect(sums, toEqual: recorded)
  }

  @Test func `lines that are left out of nginx's log are explained`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await folder.backtally(
      [
        "import", "--config", Program.fixture("oracle/nginx.yaml"), "--dry-run", "--summary",
        "json",
        Program.fixture("oracle/nginx.json.log"),
      ])
    let expected = [
      "unmatched-route": 32, "options": 21, "no-request": 8, "never-forwarded": 6,
      "invalid-size": 2, "missing-target": 1,
    ]
    #expect(try outcome.summary.lines == .init(read: 293, tallied: 223, left_out: expected))
  }
}
