import Foundation
import Testing
import TestSupport

/// What imports without known routes call endpoints: in messages, in the startup message, from night to
/// night.
struct FoundRouteTests {
  private static func word(_ number: Int) -> String {
    String(String(number).compactMap { Array("abcdefghij")[$0.wholeNumberValue ?? 0] })
  }

  /// A scanner's paths, then those of an application.
  private static func night(_ seed: Int, scanned: Int = 1_500) -> String {
    (0..<scanned).map { Log.line("/wp/\(word(seed))/\(word($0)).php", status: 404) }.joined()
      + (0..<40).map { Log.line("/v1/orders/\($0)") }.joined()
      + Log.line("/v1/orders/7", status: 404) + Log.line("/v1/gone", status: 405)
      + Log.line("/v1/users")
  }

  private func paths(_ outcome: Outcome) throws -> [String: Int] {
    let sums = try Sums(payloads: outcome.output)
    return Dictionary(
      sums.groups.values.map { ($0.path, $0.request_count) }, uniquingKeysWith: +)
  }

  @Test(arguments: ["1", "4"])
  func `what was only answered 404 or 405 takes no template's place`(_ jobs: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.night(1, scanned: 6_000), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--jobs", jobs] + Program.target + ["access.log"])
    #expect(
      try paths(outcome) == ["/v1/orders/{id}": 41, "/v1/users": 1, "/{other}": 6_001],
      "\(outcome.errors)")
    let startup = try #require(outcome.lines.first { $0.contains("/startup\"") })
    #expect(!startup.contains("wp") && !startup.contains("gone") && !startup.contains("other"))
    #expect(!outcome.errors.contains("templates"))
  }

  @Test func `nights of scanners do not make the startup message grow`() async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub { hub in
      for night in 1...3 {
        try folder.write(Self.night(night), to: "night\(night).log")
        let outcome = try await folder.backtally(
          ["import", "--hub-url", hub.url, "--complete"] + Program.target
            + ["night\(night).log"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await hub.totals().messages.startup == 1)
      }
    }
  }

  @Test func `with unmatched requests kept, the same again is not told again`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.night(1, scanned: 10) + Log.line("/extra/7"), to: "access.log")
    try folder.write("GET /v1/orders/{order_id}\n", to: "routes.txt")
    try await folder.withHub { hub in
      for count in [2, 2, 2] {
        let outcome = try await folder.backtally(
          ["import", "--hub-url", hub.url, "--no-ledger", "--routes", "routes.txt"]
            + ["--unmatched", "keep"] + Program.target + ["access.log"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await hub.totals().messages.startup == count)
      }
    }
  }

  @Test func `inspect shows what an import counts`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.night(1, scanned: 30), to: "access.log")
    let outcome = try await folder.backtally(["inspect", "access.log"])
    let text = String(decoding: outcome.output, as: UTF8.self)
    #expect(text.contains("Routes: 3, folded from paths"), "\(text)")
    #expect(text.contains("41  GET /v1/orders/{id}") && text.contains("31  GET /{other}"))
  }
}
