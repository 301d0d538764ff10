import Addressing
import Attribution
import Foundation
import Messaging
import TestSupport
import Testing

struct StartupFactsTests {
  private static let app = App(
    clientID: "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", environment: "prod")

  private static func message(
    _ entries: [String], versions: [(name: String, version: String)] = []
  ) throws -> HubMessage {
    let routes = try entries.flatMap { try RouteList.routes(ofEntry: $0) }
    var generator = SeededGenerator(seed: 28)
    return StartupFacts(routes: routes, versions: versions)
      .message(from: app, using: &generator)
  }

  /// As recorded from the middleware: methods in lower case, no converters, no HEAD; OPTIONS is
  /// named, although its requests are not counted.
  @Test func `a message is this, byte for byte`() throws {
    let message = try Self.message(
      [
        "GET /", "GET,POST /users", "GET /users/{user_id}/orders/{order_id:int}",
        "PUT /files/{path:path}", "HEAD /files/{path:path}", "OPTIONS,GET /cors",
      ], versions: [("backtally", "1.0.0"), ("app", "2026-11 \"beta\"")])
    let expected = """
      {"instance_uuid":"\(Self.app.instanceUUID)","message_uuid":"\(message.uuid)","paths":[\
      {"path":"/","method":"get"},{"path":"/users","method":"get"},\
      {"path":"/users","method":"post"},\
      {"path":"/users/{user_id}/orders/{order_id}","method":"get"},\
      {"path":"/files/{path}","method":"put"},\
      {"path":"/cors","method":"options"},{"path":"/cors","method":"get"}],\
      "versions":{"backtally":"1.0.0","app":"2026-11 \\"beta\\""},"client":"swift:backtally"}
      """
    #expect(String(decoding: message.body, as: UTF8.self) == expected)
    #expect(message.kind == .startup && message.requestCount == 0)
  }

  @Test func `a path and method is named once`() throws {
    let message = try Self.message(["GET /a/{x:int}", "GET /a/{x}", "POST /a/{x}"])
    let object = try JSONSerialization.jsonObject(with: Data(message.body)) as? [String: Any]
    let paths = object?["paths"] as? [[String: String]]
    #expect(
      paths == [["path": "/a/{x}", "method": "get"], ["path": "/a/{x}", "method": "post"]])
  }

  @Test func `what has no room is left out, routes last`() throws {
    let routes = (0..<20_000).map {
      KnownRoute(method: "GET", template: "/\(String(repeating: "x", count: 90))/\($0)")
    }
    var generator = SystemRandomNumberGenerator()
    let facts = StartupFacts(routes: routes, versions: [("app", "1")], openAPI: "{}")
    let message = facts.message(from: Self.app, using: &generator)
    #expect(message.body.count <= StartupFacts.byteLimit && message.body.count > 999_000)
    let object = try JSONSerialization.jsonObject(with: Data(message.body)) as? [String: Any]
    let count = (object?["paths"] as? [Any])?.count ?? 0
    #expect(count > 8_000 && facts.omittedPathCount == routes.count - count)
    let document = "{\"x\":\"\(String(repeating: "\"", count: 499_000))\"}"
    let small = StartupFacts(routes: Array(routes.prefix(3)), versions: [], openAPI: document)
    #expect(small.message(from: Self.app, using: &generator).body.count > 990_000)
    let large = StartupFacts(routes: Array(routes.prefix(99)), versions: [], openAPI: document)
    #expect(large.message(from: Self.app, using: &generator).body.count < 20_000)
    #expect(small.omittedPathCount == 0 && large.omittedPathCount == 0)
  }

  @Test func `without routes and versions it is valid, too`() throws {
    let message = try Self.message([])
    let object = try JSONSerialization.jsonObject(with: Data(message.body)) as? [String: Any]
    #expect((object?["paths"] as? [Any])?.isEmpty == true)
    #expect((object?["versions"] as? [String: String])?.isEmpty == true)
    #expect(object?["client"] as? String == "swift:backtally")
  }

  @Test func `the content is the same for the same facts whatever the message's identity`() {
    let routes = [KnownRoute(method: "GET", template: "/\u{1}\"é")]
    let facts = StartupFacts(routes: routes, versions: [("app", "1")])
    var generator = SeededGenerator(seed: 29)
    let first = facts.message(from: Self.app, using: &generator)
    let second = facts.message(from: Self.app, using: &generator)
    #expect(first.uuid != second.uuid)
    #expect(first.contentDigest == second.contentDigest)
    for other in [
      StartupFacts(routes: routes, versions: [("app", "2")]),
      StartupFacts(routes: [], versions: []),
      StartupFacts(routes: routes, versions: [("app", "1")], client: "python:starlette"),
      StartupFacts(routes: routes, versions: [("app", "1")], openAPI: "{}"),
      StartupFacts(
        routes: [KnownRoute(method: "PUT", template: "/\u{1}\"é")], versions: [("app", "1")]),
    ] {
      let message = other.message(from: Self.app, using: &generator)
      #expect(message.contentDigest != first.contentDigest)
    }
    #expect(facts == StartupFacts(routes: routes, versions: [("app", "1")]))
    #expect(facts != StartupFacts(routes: routes, versions: [("app", "2")]))
    #expect(facts != StartupFacts(routes: [], versions: [("app", "1")]))
  }
}
