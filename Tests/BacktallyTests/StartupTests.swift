import Foundation
import Testing
import TestSupport

/// The startup message: routes, versions, the client's name, the OpenAPI document.
struct StartupTests {
  private struct Message: Decodable {
    struct Body: Decodable {
      var paths: [[String: String]]?
      var versions: [String: String]?
      var client: String?
      var openapi: String?
    }

    var path: String
    var body: Body
  }

  private func startup(_ outcome: Outcome) throws -> Message.Body {
    let line = try #require(outcome.lines.first { $0.contains("/startup\"") }, "\(outcome.errors)")
    return try JSONDecoder().decode(Message.self, from: Data(line.utf8)).body
  }

  @Test func `it names the paths that the middleware names`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(1), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-"] + Program.target
        + ["--routes", Program.fixture("oracle/routes.txt"), "access.log"])
    let url = URL(filePath: Program.fixture("oracle/startup.paths.json"))
    let recorded = try JSONDecoder().decode([[String: String]].self, from: Data(contentsOf: url))
    let paths = try #require(try startup(outcome).paths)
    #expect(Set(paths) == Set(recorded))
    #expect(paths.count == recorded.count && paths.count == 35)
  }

  @Test func `versions, client and document are what the user gives`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(1), to: "access.log")
    let document = try String(
      contentsOfFile: Program.fixture("logs/openapi.json"), encoding: .utf8)
    try folder.write(document, to: "openapi.json")
    try folder.write(
      "client: python:starlette\napp_version: '1'\nroutes: {openapi: openapi.json}\n", to: "c.yaml")
    let arguments = ["import", "--payloads", "-", "--config", "c.yaml"] + Program.target
    let configured = try startup(try await folder.backtally(arguments + ["access.log"]))
    #expect(configured.client == "python:starlette")
    #expect(configured.versions?["app"] == "1" && configured.versions?["backtally"] != nil)
    #expect(configured.openapi == document)
    let option = try startup(
      try await folder.backtally(arguments + ["--app-version", "2.0 beta", "access.log"]))
    #expect(option.versions?["app"] == "2.0 beta")
    let bad = try await folder.backtally(arguments + ["--app-version", "", "access.log"])
    #expect(bad.status == 2 && bad.errors.contains("`--app-version` is not a valid version"))
  }

  @Test func `a new version of the application is told, the same again is not`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(1), to: "access.log")
    try await folder.withHub { hub in
      for (version, count) in [("1", 1), ("1", 1), ("2", 2)] {
        let outcome = try await folder.backtally(
          ["import", "--no-ledger", "--hub-url", hub.url, "--app-version", version]
            + Program.target + ["access.log"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await hub.totals().messages.startup == count)
      }
    }
  }
}

/// Errors that the log itself carries.
struct LoggedErrorTests {
  private static let configuration = """
    format:
      type: json
      fields:
        time: ts
        request: request
        status: status
        exception_type: error.type
        exception_message: error.message
        exception_traceback: error.stack
        validation_errors: detail
    request_logs: {base_url: "http://a.test"}

    """

  private func line(_ status: Int, _ members: String) -> String {
    #"{"ts":"2026-11-23T09:00:13Z","request":"POST /a HTTP/1.1","status":\#(status)\#(members)}"#
      + "\n"
  }

  /// What is folded only beside others of its kind is known after all of them were read.
  @Test func `errors stand under the routes that their requests are counted under`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.configuration, to: "c.yaml")
    let log = (100..<108).map { number in
      #"{"ts":"2026-11-23T09:00:13Z","request":"POST /o/item-\#(number) HTTP/1.1","status":500,"#
        + #""error":{"type":"app.Bad","message":"m","stack":"s"}}"# + "\n"
    }
    try folder.write(log.joined(), to: "a.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--config", "c.yaml"] + Program.target + ["a.log"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let paths = outcome.lines.filter { $0.contains("/sync\"") }.flatMap { line in
      line.matches(of: /"path":"(\/o\/[^"]*)"/).map { String($0.1) }
    }
    #expect(Set(paths).count == 1 && paths.count == 2, "\(paths)")
    #expect(paths.first?.contains("{") == true)
    #expect(outcome.text.contains(#""error_count":8"#))
  }

  @Test func `a 500 has its exception, a 422 its reasons, and nothing is made up`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.configuration, to: "c.yaml")
    let error = #","error":{"type":"app.Bad","message":"no \"luck\"","stack":"Trace\n  line\n"}"#
    let detail = #"[{"loc":["body",0],"msg":"Field required","type":"missing"},{"loc":1}]"#
    let log = [
      line(500, error), line(500, error), line(503, error), line(500, ""),
      line(422, #","detail":\#(detail)"#), line(422, #","detail":{"detail":\#(detail)}"#),
      line(422, #","detail":"\#(detail.replacing("\"", with: "\\\""))""#), line(422, ""),
      line(400, #","detail":\#(detail)"#),
    ]
    try folder.write(log.joined(), to: "a.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-", "--request-logs", "--config", "c.yaml"] + Program.target
        + ["a.log"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let syncs = outcome.lines.filter { $0.contains("/sync\"") }
    let details = try #require(syncs.first { !$0.contains(#""server_errors":[]"#) })
    #expect(
      details.contains(
        #""server_errors":[{"consumer":null,"method":"POST","path":"/a","type":"app.Bad","#
          + #""msg":"no \"luck\"","traceback":"Trace\n  line","sentry_event_id":null,"#
          + #""error_count":2}]"#))
    #expect(
      details.contains(
        #""validation_errors":[{"consumer":null,"method":"POST","path":"/a","loc":["body","0"],"#
          + #""msg":"Field required","type":"missing","error_count":3}]"#))
    #expect(details.contains(#""timestamp":1795424459.999,"requests":[],"#))
    #expect(syncs.count == 2)
    let exceptions = outcome.lines.filter { $0.contains("/log\"") && $0.contains("\"exception\"") }
    #expect(exceptions.count == 2)
  }
}
